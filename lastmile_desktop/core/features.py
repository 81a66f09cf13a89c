"""What was built lately, in pieces that somebody may have asked for, and who did (catalogue §5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.notebook import Feature, FeatureReason

UNIT_DAYS = 30


@dataclass(frozen=True, slots=True)
class FeatureUnit:
    """A new page, endpoint or table, or a day's commits that add something. `key` stays the same from scan to scan,
    `name` is what the commit or the file calls it. `mends` is the check that it closes, "" for none."""

    key: str
    name: str
    day: date
    paths: tuple[str, ...] = ()
    mends: str = ""


class Standing(StrEnum):
    """Why a piece of work is there. `MARKED` means that the founder said why although nobody asked."""

    ASKED = "asked"
    MARKED = "marked"
    OPEN = "open"


def standing(unit: FeatureUnit, features: Iterable[Feature], talks: Iterable[Conversation]) -> Standing:
    """What links this piece to somebody who asked, to a gap, or to a decision of the founder's."""
    if unit.mends:
        return Standing.ASKED
    feature = next((item for item in features if item.unit == unit.key), None)
    if feature is None:
        return Standing.OPEN
    if feature.citations or feature.name.casefold() in asked_for(talks):
        return Standing.ASKED
    return Standing.OPEN if feature.reason is FeatureReason.NONE else Standing.MARKED


def asked_for(talks: Iterable[Conversation]) -> dict[str, list[Conversation]]:
    """The talks in which each feature was asked for, by its name in lower case."""
    found: dict[str, list[Conversation]] = {}
    for talk in talks:
        names = {*talk.features, *(name for quote in talk.quotes for name in quote.linked_features)}
        for name in sorted(names):
            found.setdefault(name.casefold(), []).append(talk)
    return found


def share_open(standings: Sequence[Standing]) -> float:
    return sum(item is Standing.OPEN for item in standings) / len(standings) if standings else 0.0
