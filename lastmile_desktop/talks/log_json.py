"""A log as JSON: every value under its own name, nothing left out (docs/log-format.md)."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from lastmile_desktop.core.log import LOG_FORMAT, LOG_VERSION, Log, LogFileError


@dataclass(frozen=True, slots=True)
class _Head:
    format: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class _File:
    format: str
    version: int
    log: Log


def write(log: Log) -> bytes:
    body = msgspec.json.encode(_File(LOG_FORMAT, LOG_VERSION, log))
    return msgspec.json.format(body, indent=1) + b"\n"


def is_log(data: bytes) -> bool:
    """Whether this is meant to be a log, of whatever version."""
    return data.lstrip()[:1] == b"{" and LOG_FORMAT.encode() in data[:200]


def read(data: bytes) -> Log:
    """Raises LogFileError when it is no log, or not one that this program can read."""
    try:
        head = msgspec.json.decode(data, type=_Head)
        if head.format != LOG_FORMAT:
            raise not_a_log("It is JSON, but not a log that Last Mile wrote.")
        check_version(head.version)
        return msgspec.json.decode(data, type=_File).log
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise LogFileError(
            "This log could not be read",
            f"{problem}.",
            "Nothing was imported. The file may have been cut off: export it again.",
        ) from problem


def not_a_log(happened: str) -> LogFileError:
    return LogFileError(
        "This is not a log of Last Mile",
        happened,
        "Nothing was imported. Choose a file, or a folder of tables, that was exported here.",
    )


def check_version(version: int) -> None:
    """Raises LogFileError for a log of a program that is newer than this one, or of no program at all."""
    if version > LOG_VERSION:
        raise LogFileError(
            "This log was written by a newer Last Mile",
            f"It has version {version}; this program knows version {LOG_VERSION}.",
            "Update Last Mile. Nothing was imported.",
        )
    if version < 1:
        raise not_a_log(f"There is no version {version}.")
