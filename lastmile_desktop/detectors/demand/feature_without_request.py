"""demand.feature-without-request: what was built lately, and whether somebody had asked for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.features import FeatureUnit, Standing, asked_for, share_open, standing
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.core.notebook import FeatureState
from lastmile_desktop.project.models.usage.feature_units import feature_units
from lastmile_desktop.project.view import ProjectView

_CHECK = "demand.feature-without-request"
_FEWEST_UNITS = 3
_MOST_OPEN = 0.6
_ENOUGH_ASKED = 0.5
_ASKED_BY = 3
_WAITED = timedelta(days=45)
_MOST_NAMED = 3
_ANSWERED = (FeatureState.BUILDING, FeatureState.SHIPPED, FeatureState.PARKED, FeatureState.KILLED)


def detect(view: ProjectView) -> Detection:
    if view.build_talk.stage is Stage.HOBBY:
        return Detection(not_applicable=NotApplicable("You said this one is for fun."))
    if not view.git.available:
        reason = view.git.reason or "git cannot be read here."
        return Detection(unknowns=(Unknown(f"What was built lately cannot be told: {reason}"),))
    units = view.made(feature_units)
    waiting = tuple(_asked_not_built(view))
    if len(units) < _FEWEST_UNITS and not waiting:
        return Detection(
            not_applicable=NotApplicable("Fewer than three new pages, tables or additions in 30 days.")
        )
    standings = [standing(unit, view.notebook.features, view.talks) for unit in units]
    findings = (*_unlinked(units, standings), *waiting)
    asked = sum(item is Standing.ASKED for item in standings)
    settled = Standing.OPEN not in standings and asked >= _ENOUGH_ASKED * len(units)
    proof = (
        f"{asked} of {len(units)} things built in 30 days were asked for; you said why you made the others"
    )
    unknown = f"{asked} of {len(units)} things built in 30 days are linked to somebody who asked."
    return Detection(
        findings=findings,
        passes=(PassEvidence(derived(proof)),) if settled and not findings else (),
        unknowns=() if settled or findings else (Unknown(unknown),),
        looked=(Looked("things built in the last 30 days", len(units), len(units)),),
    )


def _unlinked(units: Sequence[FeatureUnit], standings: Sequence[Standing]) -> Iterator[RawFinding]:
    if len(units) < _FEWEST_UNITS or share_open(standings) <= _MOST_OPEN:
        return
    loose = [unit for unit, item in zip(units, standings, strict=True) if item is Standing.OPEN]
    named = ", ".join(f"“{unit.name}”" for unit in loose[:_MOST_NAMED])
    more = f" and {len(loose) - _MOST_NAMED} more" if len(loose) > _MOST_NAMED else ""
    yield RawFinding(
        f"{_CHECK}/unlinked",
        f"Of {len(units)} things built in 30 days {len(loose)} are linked to nobody who asked: {named}{more}.",
        (_place(loose),),
        symbol="unlinked",
    )


def _place(loose: Sequence[FeatureUnit]) -> Evidence:
    path = next((path for unit in loose for path in unit.paths), "")
    return at(path, 1) if path else derived("the commits of the last 30 days")


def _asked_not_built(view: ProjectView) -> Iterator[RawFinding]:
    """What three people of the lane asked for more than 45 days ago, and no feature of that name answers."""
    answered = {item.name.casefold() for item in view.notebook.features if item.state in _ANSWERED}
    inside = [talk for talk in view.talks if talk.in_lane and talk.role.is_customer]
    for name, talks in sorted(asked_for(inside).items()):
        first = {talk.person: talk.when for talk in sorted(talks, key=lambda item: item.when, reverse=True)}
        days = sorted(first.values())
        if name not in answered and len(days) >= _ASKED_BY and view.now - days[_ASKED_BY - 1] > _WAITED:
            yield RawFinding(
                f"{_CHECK}/asked-not-built",
                f"{len(days)} people in your lane asked for “{name}”, and nothing says what became of it.",
                (derived("the conversation log"),),
                symbol=name,
            )
