"""The day of a talk, where a file states it without doubt."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan", "januar", "jänner"),
            ("february", "feb", "februar"),
            ("march", "mar", "märz", "mär"),
            ("april", "apr"),
            ("may", "mai"),
            ("june", "jun", "juni"),
            ("july", "jul", "juli"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct", "oktober", "okt"),
            ("november", "nov"),
            ("december", "dec", "dezember", "dez"),
        ),
        start=1,
    )
    for name in names
}
_ISO = re.compile(r"(?<!\d)(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_PACKED = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?=[_T -]|$|\D)")
_DAY_MONTH = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.)?\s+([^\W\d_]{3,9})\.?,?\s+(20\d\d)(?!\d)")
_MONTH_DAY = re.compile(r"(?<!\w)([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(20\d\d)(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(20\d\d|\d\d)(?!\d)")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(20\d\d|\d\d)(?!\d)")


def day_in(text: str) -> date | None:
    """The first date in it. `06/07/2026` is none: nobody knows which month it means."""
    text = text[:400]
    for found in (_ISO.search(text), _PACKED.search(text)):
        if found:
            return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_MONTH.search(text):
        return _day(int(found[3]), _MONTHS.get(found[2].lower(), 0), int(found[1]))
    if found := _MONTH_DAY.search(text):
        return _day(int(found[3]), _MONTHS.get(found[1].lower(), 0), int(found[2]))
    if found := _DOTTED.search(text):
        return _day(_year(found[3]), int(found[2]), int(found[1]))
    if found := _SLASHED.search(text):
        first, second = int(found[1]), int(found[2])
        if first == second or first > 12:
            return _day(_year(found[3]), second, first)
        return _day(_year(found[3]), first, second) if second > 12 else None
    return None


def day_of_epoch(value: float) -> date | None:
    """Seconds or milliseconds since 1970, when it is a day of this century."""
    stamp = value / 1000 if value > 1e11 else value
    return datetime.fromtimestamp(stamp, UTC).date() if 946_684_800 <= stamp < 4_102_444_800 else None


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
