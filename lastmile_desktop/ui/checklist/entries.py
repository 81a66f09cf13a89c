"""The lines of the list, worked out from the checklist. Pure: the model only applies what this says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lastmile_desktop.core.check import Check
from lastmile_desktop.core.checklist import Checklist, Row
from lastmile_desktop.core.ranking import MOST_BEFORE_YOU_DOUBLE, Band
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.phrases import band_title, spoken

CLOSED_AT_FIRST = frozenset({Band.SUPPRESSED, Band.PASSED, Band.NOT_APPLICABLE})
_MOST_SKELETONS = 6


@dataclass(frozen=True, slots=True)
class BandEntry:
    """A heading; `open` tells whether its rows are shown below it."""

    band: Band
    title: str
    count: int
    open: bool

    @property
    def id(self) -> str:
        return f"band:{self.band}"

    @property
    def passive(self) -> bool:
        return False

    @property
    def spoken(self) -> str:
        state = tr("expanded") if self.open else tr("collapsed")
        return f"{self.title}, {self.count}, {state}"


@dataclass(frozen=True, slots=True)
class RowEntry:
    row: Row
    area: str

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def title(self) -> str:
        return self.row.title

    @property
    def passive(self) -> bool:
        return False

    @property
    def spoken(self) -> str:
        """ "stopper: A master key is in what you send to the browser, new, src/lib/supabase.ts line 7"."""
        place, _, line = self.row.place.rpartition(":")
        where = tr("{path} line {line}", path=place, line=line) if place else self.row.place
        parts = [f"{spoken(self.row.band)}: {self.row.title}"]
        parts += [tr(chip.value).lower() for chip in self.row.chips]
        parts += [where] if where else [self.row.detail] if self.row.detail else []
        if self.row.more > 0:
            parts.append(counted(self.row.more, "and {n} more place", "and {n} more places"))
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class MoreEntry:
    """ "7 shown, 4 more"; choosing it shows the rest."""

    band: Band
    shown: int
    hidden: int

    @property
    def id(self) -> str:
        return f"more:{self.band}"

    @property
    def title(self) -> str:
        return tr("{shown} shown, {hidden} more", shown=self.shown, hidden=self.hidden)

    @property
    def spoken(self) -> str:
        return self.title

    @property
    def passive(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class EmptyEntry:
    """A band worth saying something about although nothing is in it."""

    id: str
    title: str
    text: str
    good: bool

    @property
    def spoken(self) -> str:
        return f"{self.title}. {self.text}" if self.text else self.title

    @property
    def passive(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class SkeletonEntry:
    """The place of a row that is still being worked out."""

    number: int

    @property
    def id(self) -> str:
        return f"skeleton:{self.number}"

    @property
    def title(self) -> str:
        return ""

    @property
    def spoken(self) -> str:
        return tr("being looked at")

    @property
    def passive(self) -> bool:
        return True


Entry = BandEntry | RowEntry | MoreEntry | EmptyEntry | SkeletonEntry


@dataclass(frozen=True, slots=True)
class Shape:
    """How the user wants the list, and what is going on around it."""

    closed: frozenset[Band] = CLOSED_AT_FIRST
    expanded: frozenset[Band] = frozenset()
    filter: str = ""
    streaming: bool = False
    freshness: str = ""
    all_engines_ran: bool = True
    selected: str = field(default="")


def entries(found: Checklist | None, checks: Mapping[str, Check], shape: Shape) -> tuple[Entry, ...]:
    """All lines in order."""
    if found is None:
        return _skeletons(_MOST_SKELETONS) if shape.streaming else ()
    wanted = [row for row in found.rows if _matches(row, checks, shape.filter)]
    lines: list[Entry] = []
    for band in Band:
        rows = [row for row in wanted if row.band is band]
        if rows:
            lines += _band(band, rows, found.situation.horizon, checks, shape)
    if shape.filter:
        return tuple(lines) or (_nothing_matches(shape.filter),)
    if shape.streaming:
        return (*lines, *_skeletons(min(_MOST_SKELETONS, len(checks) - len(found.rows))))
    if not found.count(Band.STOP):
        lines.insert(0, _no_stoppers(shape))
    return tuple(lines)


def _band(
    band: Band, rows: list[Row], horizon: int, checks: Mapping[str, Check], shape: Shape
) -> list[Entry]:
    opened = band not in shape.closed or bool(shape.filter)
    lines: list[Entry] = [BandEntry(band, band_title(band, horizon), len(rows), opened)]
    if not opened:
        return lines
    shown = rows
    if band is Band.BEFORE_YOU_DOUBLE and band not in shape.expanded and not shape.filter:
        shown = [
            row
            for place, row in enumerate(rows)
            if place < MOST_BEFORE_YOU_DOUBLE or row.id == shape.selected
        ]
    lines += [RowEntry(row, checks[row.check_id].area.title) for row in shown]
    if len(shown) < len(rows):
        lines.append(MoreEntry(band, len(shown), len(rows) - len(shown)))
    return lines


def _matches(row: Row, checks: Mapping[str, Check], text: str) -> bool:
    if not text:
        return True
    area = checks[row.check_id].area.title
    hay = f"{row.title} {row.place} {row.check_id} {area} {row.detail}".lower()
    return all(word in hay for word in text.lower().split())


def _skeletons(count: int) -> tuple[Entry, ...]:
    return tuple(SkeletonEntry(number) for number in range(max(0, count)))


def _no_stoppers(shape: Shape) -> EmptyEntry:
    title = tr("No stoppers") if shape.all_engines_ran else tr("No stoppers in what could be checked")
    return EmptyEntry("empty:stop", title, shape.freshness, shape.all_engines_ran)


def _nothing_matches(text: str) -> EmptyEntry:
    return EmptyEntry(
        "empty:filter", tr("Nothing matches “{words}”", words=text), tr("Escape clears it."), False
    )
