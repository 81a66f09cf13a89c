"""Days as people type them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

T = TypeVar("T")

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED = {"yesterday": -1, "today": 0, "tomorrow": 1}
_STEP = re.compile(r"\+?(\d{1,3})\s*(d|days?|w|weeks?)")


def coming(text: str) -> date:
    """A day from now on: `2026-11-24`, `tomorrow`, `fri` (the next one), `3d`, `2w`."""
    return _day(text, datetime.now().astimezone().date(), 1)


def past(text: str) -> date:
    """A day until now: `2026-11-18`, `yesterday`, `fri` (the last one)."""
    return _day(text, datetime.now().astimezone().date(), -1)


def moment(text: str) -> datetime:
    """When something was: a day as in `past` (its noon), or `2026-11-18T15:30`."""
    if "T" in text:
        return _wanted(datetime.fromisoformat, text).astimezone(UTC)
    noon = datetime.combine(past(text), time(12)).astimezone(UTC)
    return min(noon, datetime.now(UTC))


def _day(text: str, today: date, direction: int) -> date:
    wanted = text.strip().casefold()
    if wanted in _NAMED:
        return today + timedelta(days=_NAMED[wanted])
    if step := _STEP.fullmatch(wanted):
        days = int(step[1]) * (7 if step[2].startswith("w") else 1)
        return today + timedelta(days=direction * days)
    if wanted[:3] in _WEEKDAYS and wanted.isalpha():
        away = (_WEEKDAYS.index(wanted[:3]) - today.weekday()) * direction % 7 or 7
        return today + timedelta(days=direction * away)
    return _wanted(date.fromisoformat, wanted)


def _wanted(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no day; write 2026-11-24, tomorrow, fri or 3d"
        ) from problem
