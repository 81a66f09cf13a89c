"""What has to change before the next doubling: bands and order (catalogue §1.4)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.core.check import Check, Effort, Reach, Severity
from lastmile_desktop.core.finding import Finding, Life
from lastmile_desktop.core.verdict import State, Verdict

USERS_UNKNOWN = 10
MOST_BEFORE_YOU_DOUBLE = 7


class Band(StrEnum):
    STOP = "stop"
    BEFORE_YOU_DOUBLE = "before-you-double"
    SOON = "soon"
    LATER = "later"
    NEEDS_YOU = "needs-you"
    NOT_CHECKED = "not-checked"
    SUPPRESSED = "suppressed"
    PASSED = "passed"
    NOT_APPLICABLE = "not-applicable"


class Exposure(StrEnum):
    """How far the project reaches: deployed to a public URL, deploy configuration present, local only."""

    PUBLIC = "public"
    CONFIGURED = "configured"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rank depends on beside the findings. `users` today; `asked` are checks a customer's quote names,
    `repeated` those linked to something that broke in the same way twice."""

    users: int = USERS_UNKNOWN
    exposure: Exposure = Exposure.CONFIGURED
    live_payments: bool = False
    asked: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()

    @property
    def horizon(self) -> int:
        """Twice today's users: the next doubling."""
        return 2 * max(1, self.users)


def users_of(answers: Mapping[str, str]) -> int:
    """How many users the founder says there are today."""
    text = answers.get("profile.users", "")
    return int(text) if text.isdigit() and int(text) > 0 else USERS_UNKNOWN


@dataclass(frozen=True, slots=True)
class Ranked:
    """A verdict with its place: `rank` counts from 1 over the whole list."""

    verdict: Verdict
    band: Band
    score: float
    rank: int


_EASE = {Effort.XS: 1.15, Effort.S: 1.05, Effort.M: 1.0, Effort.L: 0.9}
_EXPOSED = {Exposure.PUBLIC: 1.0, Exposure.CONFIGURED: 0.6, Exposure.LOCAL: 0.4}
_STATE_BAND = {
    State.NEEDS_ATTESTATION: Band.NEEDS_YOU,
    State.UNKNOWN: Band.NOT_CHECKED,
    State.SUPPRESSED: Band.SUPPRESSED,
    State.PASSED: Band.PASSED,
    State.NOT_APPLICABLE: Band.NOT_APPLICABLE,
}
_STATE_FACTOR = {State.GAP: 1.0, State.NEEDS_ATTESTATION: 0.6, State.UNKNOWN: 0.3}
_QUOTE_BOOST = 1.25
_REPEAT_BOOST = 1.2


def bite(reach: Reach, horizon: int) -> float:
    """How much of its force a gap has at this many users: 1 when it bites before the next doubling."""
    return 1.0 if reach <= horizon else 1.0 / (1.0 + math.log2(reach / horizon))


def finding_score(finding: Finding, check: Check, situation: Situation) -> float:
    boost = 1.25 if situation.live_payments and check.area.slug == "payments" else 1.0
    if finding.life is Life.REGRESSED:
        boost *= 1.2
    reach = check.reach_of(finding.rule)
    return _score(finding.severity, finding.confidence, reach, check, situation) * boost


def _score(severity: Severity, confidence: float, reach: Reach, check: Check, situation: Situation) -> float:
    asked = _QUOTE_BOOST if check.id in situation.asked else 1.0
    repeated = _REPEAT_BOOST if check.id in situation.repeated else 1.0
    return (
        severity.weight
        * confidence
        * bite(reach, situation.horizon)
        * _EXPOSED[situation.exposure]
        * _EASE[check.effort]
        * asked
        * repeated
    )


def check_score(verdict: Verdict, check: Check, situation: Situation) -> float:
    """The worst finding plus a tenth of each further one, at most half as much again."""
    if verdict.state is State.GAP:
        scores = sorted((finding_score(item, check, situation) for item in verdict.gaps), reverse=True)
        return min(scores[0] + 0.1 * sum(scores[1:]), 1.5 * scores[0])
    return _score(check.severity, 1.0, check.reach, check, situation) * _STATE_FACTOR.get(verdict.state, 0.0)


def band_of(verdict: Verdict, check: Check, situation: Situation) -> Band:
    if verdict.state is not State.GAP:
        return _STATE_BAND[verdict.state]
    gaps = [(item, check.reach_of(item.rule)) for item in verdict.gaps]
    if any(
        reach is Reach.DEMO and item.severity is Severity.CRITICAL and item.confidence >= 0.7
        for item, reach in gaps
    ):
        return Band.STOP
    forces = [(item, bite(reach, situation.horizon)) for item, reach in gaps]
    if any(force == 1.0 and item.severity.weight >= 20 and item.confidence >= 0.5 for item, force in forces):
        return Band.BEFORE_YOU_DOUBLE
    return Band.SOON if bite(check.reach, situation.horizon) >= 0.5 else Band.LATER


def rank(
    verdicts: Iterable[Verdict], checks: Mapping[str, Check], situation: Situation
) -> tuple[Ranked, ...]:
    """All verdicts in the order they are shown: by band, then score, then ease, then id."""
    bands = list(Band)
    scored = [
        (verdict, band_of(verdict, check, situation), check_score(verdict, check, situation), check)
        for verdict in verdicts
        if (check := checks.get(verdict.check_id)) is not None
    ]
    scored.sort(
        key=lambda item: (bands.index(item[1]), -round(item[2], 9), -_EASE[item[3].effort], item[0].row_id)
    )
    return tuple(
        Ranked(verdict, band, round(score, 3), place)
        for place, (verdict, band, score, _) in enumerate(scored, start=1)
    )
