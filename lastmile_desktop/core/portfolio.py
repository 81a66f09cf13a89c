"""All registered projects side by side: what was built, who has seen it, what was sold (catalogue §6.8). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.conversation import Ladder
from lastmile_desktop.core.notebook import StageChoice, StageDecision
from lastmile_desktop.core.scan import Project

NOT_FOR_SALE = frozenset([StageChoice.HOBBY, StageChoice.CLIENT])
_PUT_ASIDE = frozenset([StageChoice.PAUSED, StageChoice.STOPPED, StageChoice.HAND_OVER])
DECISION_DAYS = 90


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """What git said of a project when it was last read. `head` tells whether it has moved on since, `first_commit`
    stays when a folder is renamed or moved. `hours` are None when git could not tell them. `tool` is the AI tool that
    the scan with the id `scan` has told."""

    head: str
    hours: float | None = None
    first_built: datetime | None = None
    last_built: datetime | None = None
    first_commit: str = ""
    tool: str = ""
    scan: int = 0


NOT_READ = BuildRecord("")


@dataclass(frozen=True, slots=True)
class Sum:
    """Minor units of one currency."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """One project. `is_open` marks the one that is open, `here` is whether the folder still is; `before` are folders
    it was in earlier. `people` counts those talked to who could be customers, `payers` those of them who could decide
    to pay, `recent_talks` talks of the last 30 days. `stoppers` are the open gaps of the last stored scan that stop,
    None before the first one."""

    project: Project
    is_open: bool = False
    here: bool = True
    before: tuple[str, ...] = ()
    stage: Stage = Stage.UNKNOWN
    build: BuildRecord = NOT_READ
    people: int = 0
    payers: int = 0
    talks: int = 0
    recent_talks: int = 0
    last_talk: date | None = None
    best: Ladder = Ladder.NONE
    sold: bool = False
    money: tuple[Sum, ...] = ()
    stoppers: int | None = None
    decision: StageDecision | None = None

    @property
    def hours(self) -> float:
        return self.build.hours or 0.0

    @property
    def for_sale(self) -> bool:
        """Whether it is meant to be sold, as far as the founder has said."""
        if self.stage is Stage.HOBBY:
            return False
        return self.decision is None or self.decision.choice not in NOT_FOR_SALE

    def decided(self, today: date) -> bool:
        """Whether what becomes of it was decided in the last 90 days."""
        return self.decision is not None and (today - self.decision.decided_on).days < DECISION_DAYS


class Pile(StrEnum):
    """Where a project stands between an idea and money, closest to sold first."""

    SOLD = "sold"
    UNDER_WAY = "under way"
    UNSOLD = "unsold"
    PUT_ASIDE = "put aside"
    NOT_FOR_SALE = "not for sale"


def pile_of(card: ProjectCard) -> Pile:
    """`UNDER_WAY` is what somebody has given something for, or was talked about in the last 30 days."""
    if not card.for_sale:
        return Pile.NOT_FOR_SALE
    if card.sold:
        return Pile.SOLD
    if card.decision is not None and card.decision.choice in _PUT_ASIDE:
        return Pile.PUT_ASIDE
    if card.best is not Ladder.NONE or card.recent_talks:
        return Pile.UNDER_WAY
    return Pile.UNSOLD


@dataclass(frozen=True, slots=True)
class Tally:
    """ "Built: 7 · In front of someone who could pay: 2 · Sold: 1"."""

    built: int
    shown: int
    sold: int


def tally(cards: Iterable[ProjectCard]) -> Tally:
    """Of the projects that are meant to be sold; what is for fun or for a client counts nowhere."""
    meant = [card for card in cards if card.for_sale]
    return Tally(len(meant), sum(card.payers > 0 for card in meant), sum(card.sold for card in meant))


def closest_to_sold(cards: Iterable[ProjectCard]) -> tuple[ProjectCard, ...]:
    """By pile; in each the highest commitment first, then the most talks of the last 30 days, then the most hours of
    building."""
    piles = list(Pile)
    return tuple(
        sorted(
            cards,
            key=lambda card: (
                piles.index(pile_of(card)),
                -card.best.step,
                -card.recent_talks,
                -card.hours,
                card.project.name.casefold(),
            ),
        )
    )


def settled(cards: Sequence[ProjectCard]) -> tuple[ProjectCard, ...]:
    """With projects whose folder was renamed or moved put together: the same first commit, and only one folder that
    is still there."""
    homes: dict[str, ProjectCard] = {}
    for card in cards:
        if card.here and card.build.first_commit:
            homes.setdefault(card.build.first_commit, card)
    moved: dict[int, list[ProjectCard]] = {}
    kept: list[ProjectCard] = []
    for card in cards:
        home = homes.get(card.build.first_commit) if card.build.first_commit else None
        if home is not None and not card.here:
            moved.setdefault(home.project.id, []).append(card)
        else:
            kept.append(card)
    return tuple(_with_history(card, moved.get(card.project.id, ())) for card in kept)


def _with_history(card: ProjectCard, earlier: Sequence[ProjectCard]) -> ProjectCard:
    if not earlier:
        return card
    whole = (card, *earlier)
    decisions = [item.decision for item in whole if item.decision is not None]
    return replace(
        card,
        before=tuple(item.project.root for item in earlier),
        people=sum(item.people for item in whole),
        payers=sum(item.payers for item in whole),
        talks=sum(item.talks for item in whole),
        recent_talks=sum(item.recent_talks for item in whole),
        last_talk=max((item.last_talk for item in whole if item.last_talk), default=None),
        best=max((item.best for item in whole), key=lambda level: level.step),
        sold=any(item.sold for item in whole),
        money=total(part for item in whole for part in item.money),
        decision=max(decisions, key=lambda item: item.decided_on, default=None),
    )


def total(parts: Iterable[Sum]) -> tuple[Sum, ...]:
    """Added up by currency, the largest first."""
    amounts: dict[str, int] = {}
    for part in parts:
        amounts[part.currency] = amounts.get(part.currency, 0) + part.amount
    found = [Sum(amount, currency) for currency, amount in amounts.items() if amount]
    return tuple(sorted(found, key=lambda part: (-part.amount, part.currency)))
