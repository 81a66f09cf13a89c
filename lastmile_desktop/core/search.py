"""What to look for in the log, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lastmile_desktop.core.conversation import Conversation, Ladder, QuoteSignal

MOST_HITS = 100


@dataclass(frozen=True, slots=True)
class TalkQuery:
    """`text` holds words (the last one may be unfinished) and "phrases in quotes"; all of them must occur. Filters
    that are empty or None let everything through; `least` is the lowest commitment; days are inclusive."""

    text: str = ""
    person_id: int = 0
    segment: str = ""
    tag: str = ""
    signal: QuoteSignal | None = None
    check: str = ""
    least: Ladder = Ladder.NONE
    since: date | None = None
    until: date | None = None
    limit: int = MOST_HITS


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an excerpt; `hit` when it is what was looked for."""

    text: str
    hit: bool = False


@dataclass(frozen=True, slots=True)
class TalkHit:
    """`excerpt` is the passage around the best hit, empty when no text was asked for."""

    conversation: Conversation
    excerpt: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class TalksFound:
    """Newest first without a text, best first with one. `total` counts all, shown or not."""

    query: TalkQuery
    hits: tuple[TalkHit, ...]
    total: int
