"""Lines that open a turn in a written transcript: `Name: text`, `[00:12] Name`, `Name  0:12`, `0:12 - Name` …"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from lastmile_desktop.talks.transcripts.cues import TIME, one_line, seconds
from lastmile_desktop.talks.transcripts.names import plausible

_T = rf"@?(?P<t>{TIME})(?:\s?(?P<half>[AaPp]\.?[Mm]\.?))?"
_IN_BRACKETS = rf"(?:\*?[\[(]\s*{_T}\s*[\])]\*?)"
_BARE_OR_BRACKETS = rf"[\[(]?\s*{_T}\s*[\])]?"
_N = r"(?P<n>[^\s:\[\]()*|][^:\[\]|\n]{0,59}?)"
_REST = r"(?P<rest>.*)"
_HEAD = 240
"""No head is longer: a line's beginning decides."""


class Kind(IntEnum):
    TEXT = 0
    NAMED = 1
    """`Name: text`."""
    TIMED = 2
    """A time and a name, in a shape that nothing else has."""
    PERHAPS_TIMED = 3
    """A time and what may be a name or may be what was said."""
    TIME = 4
    """A time alone, or a stretch from one time to another."""
    TIME_TEXT = 5
    """A time, then what was said."""


@dataclass(frozen=True, slots=True)
class Head:
    kind: Kind
    speaker: str = ""
    start_s: float | None = None
    end_s: float | None = None
    rest: str = ""
    is_clock: bool = False
    """The time says which hour of the day it was."""
    day: str = ""
    """The date beside it, as written."""
    spoken: str = ""
    """What was said, should that which may be a name be none."""


_TIME_ALONE = re.compile(
    rf"(?:{_BARE_OR_BRACKETS})(?:\s*(?:-->|->|–|—|-|to)\s*[\[(]?(?P<end>{TIME})(?:\s?[AaPp]\.?[Mm]\.?)?[\])]?)?\s*"
)
_TIMED = tuple(
    re.compile(pattern, re.S)
    for pattern in (
        rf"{_BARE_OR_BRACKETS}\s+From\s+(?P<n>\S.{{0,60}}?)\s+to\s+\S.{{0,80}}?:(?!\S){_REST}",
        rf"{_BARE_OR_BRACKETS}\s+From\s+(?P<n>[^\s:][^:]{{0,60}}?)\s*:(?!\S){_REST}",
        rf"{_BARE_OR_BRACKETS}\s*[-–—|:]?\s*{_N}\s*[:：](?!//|\d){_REST}",
        rf"@?{_BARE_OR_BRACKETS}\s*[-–—|]\s*{_N}\s*(?P<rest>)",
        rf"{_N}\s*{_IN_BRACKETS}\s*[:：]\s*{_REST}",
        rf"{_N}\s*{_IN_BRACKETS}\s*(?P<rest>)",
        rf"{_N}(?:\s{{2,}}|\t+|\s*[-–—|]\s+|\s*\|\s*|\s*,\s*){_T}\s*(?P<rest>)",
        rf"\[(?P<n>[^\]\n]{{1,60}})\]\s+{_T}\s*(?P<rest>)",
    )
)
_DATED = re.compile(
    r"\[?(?P<day>\d{1,4}[./-]\d{1,2}[./-]\d{1,4}),?\s+(?P<t>\d{1,2}:\d\d(?::\d\d)?)(?:[\s\u202f]?[AaPp]\.?[Mm]\.?)?\]?"
    r"\s*(?:-\s)?\s*(?P<n>[^\s:][^:]{0,60}?):\s(?P<rest>.*)",
    re.S,
)
_PERHAPS = tuple(
    re.compile(pattern, re.S)
    for pattern in (
        rf"{_IN_BRACKETS}\s+{_N}\s*(?P<rest>)",
        rf"{_N}\s{_T}\s*(?P<rest>)",
        rf"{_N}\s*[:：]\s*{_BARE_OR_BRACKETS}\s*(?P<rest>)",
        rf"{_N}\s*[:：]\s*{_IN_BRACKETS}\s+(?P<rest>\S.*)",
        rf"{_N}\s*{_IN_BRACKETS}\s+(?P<rest>\S.*)",
    )
)
_TIME_TEXT = re.compile(
    rf"(?:{_IN_BRACKETS}\s*|{_T.replace('?P<t>', '?P<t2>').replace('?P<half>', '?P<half2>')}\s+)(?P<rest>\S.*)",
    re.S,
)
_BRACKET = re.compile(r"[\[\]]")
_DIRECT = re.compile(r"\s*\((?:Direct Message|Privately|direct message)\)\s*")


def head_of(line: str) -> Head:
    """What a line opens; `Kind.TEXT` when it opens nothing."""
    start, tail = _GAP.sub("  ", line[:_HEAD]), line[_HEAD:]
    if ":" not in start and "：" not in start:
        return Head(Kind.TEXT)
    if alone := _TIME_ALONE.fullmatch(start):
        ends = seconds(alone["end"]) if alone["end"] else None
        return Head(Kind.TIME, "", seconds(alone["t"]), ends, tail, bool(alone["half"]))
    if start[:1].isdigit() or start[:1] in "[(@" or _has_time(start):
        if (dated := _DATED.match(start)) and plausible(one_line(dated["n"])):
            return Head(
                Kind.TIMED, one_line(dated["n"]), None, None, dated["rest"] + tail, True, dated["day"]
            )
        for kind, patterns in ((Kind.TIMED, _TIMED), (Kind.PERHAPS_TIMED, _PERHAPS)):
            for pattern in patterns:
                found = pattern.fullmatch(start)
                if found and plausible(name := _clean(found["n"])):
                    spoken = found["n"] + tail if pattern is _PERHAPS[0] else ""
                    is_clock = bool(found["half"])
                    return Head(
                        kind, name, seconds(found["t"]), None, found["rest"] + tail, is_clock, spoken=spoken
                    )
        if found := _TIME_TEXT.fullmatch(start):
            time = found["t"] or found["t2"]
            return Head(
                Kind.TIME_TEXT,
                "",
                seconds(time),
                None,
                found["rest"] + tail,
                bool(found["half"] or found["half2"]),
            )
    return _named(start, tail)


def _named(start: str, tail: str) -> Head:
    before, mark, after = start.partition(":")
    if not mark or len(before) > 60:
        before, mark, after = start.partition("：")
    bare = before.removeprefix(">>").strip()
    name = _clean(bare[1:-1] if bare[:1] == "[" and bare[-1:] == "]" else bare)
    is_number = after[:1].isdigit() and before[-1:].isdigit()
    if not mark or after[:2] == "//" or is_number or _BRACKET.search(name) or not plausible(name):
        return Head(Kind.TEXT)
    return Head(Kind.NAMED, name, None, None, after + tail)


_GAP = re.compile(r"\s{3,}")
"""A gap says no more than two spaces do, and takes patterns longer."""
_ANY_TIME = re.compile(r"\d:[0-5]\d")


def _has_time(text: str) -> bool:
    return _ANY_TIME.search(text) is not None


def _clean(name: str) -> str:
    return one_line(_DIRECT.sub(" ", name)).strip("*_- ").strip()
