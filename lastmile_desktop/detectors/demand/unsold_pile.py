"""demand.unsold-pile: projects that were built for days and that nobody has been asked to pay for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from lastmile_desktop.core.conversation import Ladder
from lastmile_desktop.core.evidence import derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.project.view import ProjectView

_CHECK = "demand.unsold-pile"
_FEWEST_PROJECTS = 3
_MUCH_BUILDING_H = 20.0
_PILE = 3
_PILE_BEFORE_A_START = 2
_NEW = timedelta(days=30)
_MOST_NAMED = 4


def detect(view: ProjectView) -> Detection:
    cards = view.portfolio
    if len(cards) < _FEWEST_PROJECTS:
        return Detection(not_applicable=NotApplicable("Fewer than three projects are registered."))
    findings = tuple(_findings(view, cards))
    today = view.now.date()
    undecided = [card for card in cards if card.for_sale and not card.decided(today)]
    unread = [card for card in undecided if card.here and card.build.hours is None]
    unknown = _unknown(undecided, unread) if not findings else ""
    proof = f"what becomes of each of the {len(cards)} projects is decided"
    return Detection(
        findings=findings,
        passes=() if findings or unknown else (PassEvidence(derived(proof)),),
        unknowns=(Unknown(unknown),) if unknown else (),
        looked=(Looked("registered projects", len(cards) - len(unread), len(cards)),),
    )


def _findings(view: ProjectView, cards: Sequence[ProjectCard]) -> Iterator[RawFinding]:
    pile = [card for card in cards if _is_unsold(card, view)]
    if len(pile) >= _PILE:
        hours = sum(card.hours for card in pile)
        yield _finding(
            "pile",
            f"{len(pile)} projects took {hours:,.0f} hours, and none has been sold or shown lately: {_names(pile)}.",
        )
    begun = next((card for card in cards if card.is_open and _is_new(card, view)), None)
    others = [card for card in pile if not card.is_open]
    if begun is not None and begun.for_sale and len(others) >= _PILE_BEFORE_A_START:
        yield _finding(
            "new-start",
            f"{begun.project.name} was begun while {len(others)} others wait to be sold: {_names(others)}.",
        )


def _is_unsold(card: ProjectCard, view: ProjectView) -> bool:
    """Much was built, nothing was paid, nobody was asked lately, and what becomes of it is open."""
    return (
        card.for_sale
        and card.hours >= _MUCH_BUILDING_H
        and card.best is not Ladder.MONEY
        and not card.recent_talks
        and not card.decided(view.now.date())
    )


def _is_new(card: ProjectCard, view: ProjectView) -> bool:
    return card.build.first_built is not None and view.now - card.build.first_built <= _NEW


def _unknown(undecided: Sequence[ProjectCard], unread: Sequence[ProjectCard]) -> str:
    if unread:
        return f"How long {_names(unread)} took cannot be told: git was not read there, or there is none."
    if undecided:
        return f"What becomes of {_names(undecided)} is not decided."
    return ""


def _names(cards: Sequence[ProjectCard]) -> str:
    named = ", ".join(card.project.name for card in cards[:_MOST_NAMED])
    return f"{named} and {len(cards) - _MOST_NAMED} more" if len(cards) > _MOST_NAMED else named


def _finding(rule: str, message: str) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (derived("your registered projects"),), symbol=rule)
