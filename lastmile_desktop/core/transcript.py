"""What was said in one talk, turn by turn, as its file states it (catalogue §6.5)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class TranscriptFormat(StrEnum):
    """The shape that was found in the content, whatever the file is called."""

    WEBVTT = "WebVTT"
    SRT = "SRT"
    TEXT = "text"
    MARKDOWN = "Markdown"
    CHAT = "chat"
    DOCX = "Word document"
    JSON = "JSON"
    EMAIL = "e-mail"
    MAILBOX = "mailbox"
    TABLE = "CSV"


@dataclass(frozen=True, slots=True)
class Turn:
    """`speaker` is "" and `start_s` (seconds into the recording) None when the file does not say."""

    speaker: str
    start_s: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """`held_on` and `title` only when the file states them. `skipped` counts cues that could not be read,
    `truncated` says that there was more than is kept. `length_s` is where the last cue ends.
    `founder` is the speaker that is "me", chosen after the import."""

    name: str
    format: TranscriptFormat
    turns: tuple[Turn, ...]
    held_on: date | None
    title: str
    sha256: str
    skipped: int = 0
    truncated: bool = False
    founder: str = ""
    length_s: float | None = None

    @property
    def text(self) -> str:
        """One line for each turn, `Name: what was said`."""
        return "\n".join(f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text for turn in self.turns)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Named speakers, in the order in which they first speak."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns if turn.speaker))

    @property
    def words_by_speaker(self) -> Mapping[str, int]:
        """ "" stands for what nobody is named for."""
        words: dict[str, int] = {}
        for turn in self.turns:
            words[turn.speaker] = words.get(turn.speaker, 0) + len(turn.text.split())
        return words

    @property
    def minutes(self) -> int | None:
        """How long it took, rounded up; None when the file has no times."""
        starts = [turn.start_s for turn in self.turns if turn.start_s is not None]
        last = max([*starts, self.length_s or 0.0], default=0.0)
        return math.ceil(last / 60) if last > 0 else None
