"""Numbers, durations and settings of jobs as they are written in code."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Call, Value
from lastmile_desktop.project.models.jobs.model import ENDLESS, Settings

_PRODUCT = re.compile(r"^[\d_.]{1,12}(?:\s{0,3}\*\s{0,3}[\d_.]{1,12}){0,5}$")
NO_VALUE = Value("")
_MILLISECONDS = 1000.0
_MODULE = re.compile(r"^(?:npm:|jsr:|https://esm\.sh/|https://deno\.land/x/)")
_VERSION = re.compile(r"(?<=.)@[\d^~][\w.^~-]*")


def bare_module(module: str) -> str:
    """`npm:bullmq@5`, `https://esm.sh/bullmq@5?target=deno` → `bullmq`."""
    return _VERSION.sub("", _MODULE.sub("", module)).partition("?")[0]


def text_of(value: Value | None) -> str:
    """The text of a literal, else the source, short."""
    if value is None:
        return ""
    return value.literal if value.literal is not None else value.text[:80]


def first(call: Call) -> Value:
    """The first argument; an empty value when there is none."""
    return next(iter(call.args), NO_VALUE)


def last(call: Call) -> Value:
    """The last argument; an empty value when there is none."""
    return next(reversed(call.args), NO_VALUE)


def last_name(call: Call) -> str:
    """The last name of a dotted call: `add` of `mail.queue.add(…)`."""
    return call.callee.rpartition(".")[2]


def number(value: Value | None) -> float | None:
    """A number, also written as a product (`60 * 1000`)."""
    if value is None or not _PRODUCT.match(value.text):
        return None
    result = 1.0
    for part in value.text.split("*"):
        try:
            result *= float(part.strip().replace("_", ""))
        except ValueError:
            return None
    return result if result < float("inf") else None


def duration(value: Value | None) -> float | None:
    """Seconds of a value in milliseconds."""
    found = number(value)
    return found / _MILLISECONDS if found is not None else None


def retry_settings(options: Value) -> Settings:
    """`{ attempts: 3, backoff: { type: "exponential" }, jobId }` of BullMQ and Bull."""
    entries = dict(options.entries)
    attempts = entries.get("attempts")
    count = number(attempts)
    tries = int(count) if count is not None else None
    if attempts is not None and "Infinity" in attempts.text:
        tries = ENDLESS
    is_open = (
        "..." in entries
        or (attempts is not None and tries is None)
        or (not entries and re.fullmatch(r"[\w$.]+", options.text) is not None)
    )
    return Settings(
        tries,
        "option" if tries is not None else "",
        "backoff" in entries,
        once="jobId" in entries or "deduplication" in entries,
        is_open=is_open,
    )
