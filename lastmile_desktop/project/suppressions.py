"""`.lastmile/suppressions.toml`: decisions not to act, kept in the project so that they can be reviewed in git."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.items import Table

from lastmile_desktop.core.suppression import ReasonKind, Suppression
from lastmile_desktop.project import own_files
from lastmile_desktop.project.policy import PROJECT_DIR

FILE = f"{PROJECT_DIR}/suppressions.toml"
_HEAD = "Decisions not to act, made in Last Mile. Each has a reason and an end; review them like code."


@dataclass(frozen=True, slots=True)
class Suppressions:
    """`problems` name entries that were not understood, with their number; these suppress nothing."""

    entries: tuple[Suppression, ...] = ()
    problems: tuple[str, ...] = ()


def parse(text: str | None) -> Suppressions:
    """The file's entries; None when there is no file."""
    if not text:
        return Suppressions()
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        return Suppressions(problems=(f"{FILE}: {problem}",))
    raw: Any = data.get("suppression", [])
    entries: list[Suppression] = []
    problems: list[str] = []
    for number, item in enumerate(cast(list[Any], raw) if isinstance(raw, list) else [raw], start=1):
        try:
            entries.append(_entry(item))
        except (KeyError, TypeError, ValueError) as problem:
            problems.append(f"{FILE}, entry {number}: {problem}")
    return Suppressions(tuple(entries), tuple(problems))


def _entry(item: Mapping[str, Any]) -> Suppression:
    kind = ReasonKind(item["kind"])
    expires = _date(item["expires"]) if "expires" in item else None
    fingerprint = str(item.get("fingerprint", ""))
    if expires is None and not (kind is ReasonKind.FALSE_POSITIVE and fingerprint):
        raise ValueError("has no end date (`expires`)")
    return Suppression(
        rule=str(item["rule"]),
        kind=kind,
        reason=str(item["reason"]),
        created=_date(item["created"]),
        expires=expires,
        fingerprint=fingerprint,
        path_glob=str(item.get("path", "")),
        target=str(item.get("target", ".")) if not fingerprint and "path" not in item else "",
        by=str(item.get("by", "")),
    )


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def write(root: Path, entries: Iterable[Suppression]) -> None:
    """Replace the file's entries, atomically. Raises ProjectError when the folder cannot be written."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    tables = tomlkit.aot()
    for entry in entries:
        tables.append(_table(entry))
    document.add("suppression", tables)
    own_files.write(root, FILE, tomlkit.dumps(document), "This was not suppressed")


def _table(entry: Suppression) -> Table:
    table = tomlkit.table()
    table.add("rule", entry.rule)
    if entry.fingerprint:
        table.add("fingerprint", entry.fingerprint)
    if entry.path_glob:
        table.add("path", entry.path_glob)
    if entry.target and not entry.fingerprint:
        table.add("target", entry.target)
    table.add("kind", str(entry.kind))
    table.add("reason", entry.reason)
    table.add("created", entry.created)
    if entry.expires is not None:
        table.add("expires", entry.expires)
    if entry.by:
        table.add("by", entry.by)
    return table
