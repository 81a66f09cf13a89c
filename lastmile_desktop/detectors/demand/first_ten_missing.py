"""demand.first-ten-missing: whether the ten customers wanted first have names, fit the lane and wait for nobody.

Counts people and names none: a scan is kept after a person was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.evidence import derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.core.lane import Lane
from lastmile_desktop.core.people import Person, PersonStatus
from lastmile_desktop.project.lane import LANE_FILE, lane_of
from lastmile_desktop.project.view import ProjectView

_CHECK = "demand.first-ten-missing"
_TEN = 10
_MOST_OUTSIDE = 3
_MOST_UNTOUCHED = 5
_FEWEST_INSIDE = 7
_WAITED = timedelta(days=14)
_BEFORE = (PersonStatus.TO_CONTACT, PersonStatus.CONTACTED, PersonStatus.SCHEDULED)
_TWO_SIDES = ("marketplace", "two-sided", "both sides")


def detect(view: ProjectView) -> Detection:
    stage = view.build_talk.stage
    if stage is Stage.HOBBY:
        return Detection(not_applicable=NotApplicable("You said this one is for fun."))
    if stage is Stage.GROWING:
        return Detection(not_applicable=NotApplicable("More pay every month: the first ten are behind you."))
    lane = lane_of(view)
    if lane is None:
        return Detection(not_applicable=NotApplicable("It is not written down yet who it is for."))
    if lane.problem_with_file:
        return Detection(unknowns=(Unknown(lane.problem_with_file, LANE_FILE),))
    ten = view.notebook.right_ten
    findings = tuple(_findings(view, lane, ten))
    unsure = "" if findings else _unsure(ten)
    proof = f"{len(ten)} people are on the list, each with a next step or an answer"
    return Detection(
        findings=findings,
        passes=() if findings or unsure else (PassEvidence(derived(proof)),),
        unknowns=(Unknown(unsure),) if unsure else (),
        looked=(Looked("people on the list of the right ten", len(ten), len(ten)),),
    )


def _findings(view: ProjectView, lane: Lane, ten: Sequence[Person]) -> Iterator[RawFinding]:
    yield from _too_few(lane, ten)
    outside = sum(person.in_lane is False for person in ten)
    if outside > _MOST_OUTSIDE:
        yield _finding(
            "not-in-lane", f"{outside} of the {len(ten)} people on your list are not who it is for."
        )
    today = view.now.date()
    untouched = [person for person in ten if _untouched(person, today)]
    if len(untouched) > _MOST_UNTOUCHED:
        yield _finding(
            "untouched",
            f"{len(untouched)} of the {len(ten)} people on your list have waited two weeks for a first word.",
        )
    adrift, late = _adrift(view, ten, today)
    if adrift or late:
        yield _finding("no-next-step", _without_step(adrift, late))


def _too_few(lane: Lane, ten: Sequence[Person]) -> Iterator[RawFinding]:
    """A marketplace needs ten on each side, told apart by their segment."""
    said = f"{lane.for_who} {lane.industry} {lane.problem}".lower()
    sides = {person.segment.casefold() for person in ten if person.segment}
    if any(word in said for word in _TWO_SIDES) and len(ten) >= _TEN:
        fewest = min((sum(person.segment.casefold() == side for person in ten) for side in sides), default=0)
        if len(sides) < 2 or fewest < _TEN:
            least = fewest if len(sides) > 1 else 0
            yield _finding(
                "fewer-than-ten", f"One side of the market has {least} people on your list; it needs ten too."
            )
    elif len(ten) < _TEN:
        named = (
            f"{len(ten)} of the ten customers you want first have"
            if ten
            else "None of the ten you want first has"
        )
        yield _finding("fewer-than-ten", f"{named} a name.")


def _untouched(person: Person, today: date) -> bool:
    waited = person.added_on is not None and today - person.added_on >= _WAITED
    return person.status is PersonStatus.TO_CONTACT and person.contacted_on is None and waited


def _adrift(view: ProjectView, ten: Sequence[Person], today: date) -> tuple[int, int]:
    """How many were spoken to and have no next step, and how many wait for a step whose day is past."""
    promised: dict[int, list[date]] = {}
    for talk in view.talks:
        if talk.follow_up is not None:
            promised.setdefault(talk.person_id, []).append(talk.follow_up)
    adrift = late = 0
    for person in ten:
        if person.status.is_closed or person.status is PersonStatus.PAYING:
            continue
        days = [*promised.get(person.id, ()), *([person.next_on] if person.next_on else [])]
        if any(day < today for day in days):
            late += 1
        elif not days and person.status not in _BEFORE:
            adrift += 1
    return adrift, late


def _without_step(adrift: int, late: int) -> str:
    parts = [
        f"{adrift} of the people you spoke to {'has' if adrift == 1 else 'have'} no next step"
        if adrift
        else "",
        f"{late} {'waits' if late == 1 else 'wait'} for one whose day is past" if late else "",
    ]
    text = ", and ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}."


def _unsure(ten: Sequence[Person]) -> str:
    """What is still open although no rule fires, "" when nothing is."""
    inside = sum(person.in_lane is True for person in ten)
    if inside < _FEWEST_INSIDE:
        return f"Of {len(ten)} people {inside} are marked as who it is for; seven would be enough."
    undated = sum(
        person.next_on is None and not person.status.is_closed and person.status in _BEFORE for person in ten
    )
    return f"{undated} of the {len(ten)} people have no day for the next step." if undated else ""


def _finding(rule: str, message: str) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (derived("the list of the right ten"),), symbol=rule)
