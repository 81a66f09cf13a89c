"""What parsers find, and how cues become turns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.transcript import TranscriptFormat, Turn

MOST_TURNS = 20_000
MOST_LINES = 60_000
LONGEST_TURN = 20_000
LONGEST_NAME = 80
LONGEST_TALK_S = 7 * 24 * 3600.0
PAUSE_S = 2.0
LONGEST_UNNAMED = 600
"""What nobody is named for is joined to whole sentences and no further: two people may be speaking."""
TIME = r"(?:\d{1,3}:)?\d{1,3}:[0-5]?\d(?:[.,]\d{1,9})?"

_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]?\d)(?:[.,](\d{1,9}))?")
_SENTENCE_END = (".", "?", "!", "…", '."', "。", "？", "！")


class TranscriptError(LastMileError):
    """The file cannot be read as a talk; `happened` says why in plain words."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A stretch of speech. `speaker` is "" and times are None when the file does not say."""

    speaker: str
    start_s: float | None
    end_s: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a parser took from one file. `length_s` is for files that state clock times and no offsets."""

    format: TranscriptFormat
    cues: Sequence[Cue]
    title: str = ""
    held_on: date | None = None
    skipped: int = 0
    length_s: float | None = None
    is_cut: bool = False
    """There was more than is looked at."""


def seconds(text: str) -> float | None:
    """`1:02:03.5`, `02:03` or `2:3` as seconds; None when it is no time."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, whole, fraction = match.groups()
    value = (
        int(hours or 0) * 3600
        + int(minutes) * 60
        + int(whole)
        + (float(f"0.{fraction}") if fraction else 0.0)
    )
    return value if value <= LONGEST_TALK_S else None


def one_line(text: str) -> str:
    return " ".join(text.split())


def merged(cues: Iterable[Cue]) -> tuple[tuple[Turn, ...], bool]:
    """Turns, and whether there were more than are kept."""
    kept: list[Cue] = []
    texts: list[list[str]] = []
    for cue in cues:
        text = cue.text.strip()
        if not text:
            continue
        if kept and _continues(kept[-1], texts[-1], cue):
            texts[-1].append(text)
            kept[-1] = Cue(kept[-1].speaker, kept[-1].start_s, cue.end_s or cue.start_s, "")
        elif len(kept) == MOST_TURNS:
            return _turns(kept, texts), True
        else:
            kept.append(cue)
            texts.append([text])
    turns = _turns(kept, texts)
    return turns, any(len(" ".join(text)) > LONGEST_TURN for text in texts)


def _turns(cues: Sequence[Cue], texts: Sequence[Sequence[str]]) -> tuple[Turn, ...]:
    return tuple(
        Turn(cue.speaker[:LONGEST_NAME], cue.start_s, " ".join(text)[:LONGEST_TURN])
        for cue, text in zip(cues, texts, strict=True)
    )


def _continues(last: Cue, so_far: Sequence[str], cue: Cue) -> bool:
    if cue.speaker != last.speaker or cue.start_s is None or last.end_s is None:
        return False
    if not -PAUSE_S < cue.start_s - last.end_s < PAUSE_S:
        return False
    if len(so_far) > 2_000:
        return False
    if last.speaker:
        return True
    return not so_far[-1].endswith(_SENTENCE_END) and sum(map(len, so_far[-20:])) < LONGEST_UNNAMED


def length(cues: Iterable[Cue]) -> float | None:
    """Where the last cue ends, when any cue has a time."""
    return max((end for cue in cues if (end := cue.end_s or cue.start_s) is not None), default=None)
