"""Verdicts: what a check says of a target, decided in one place (catalogue §1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence
from lastmile_desktop.core.finding import Finding, Life, Looked, NotApplicable, Unknown

NO_POSITIVE_EVIDENCE = "no-positive-evidence"
SHOWN_CONFIDENCE = 0.5


class State(StrEnum):
    GAP = "gap"
    PASSED = "passed"
    NOT_APPLICABLE = "not-applicable"
    NEEDS_ATTESTATION = "needs-attestation"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that a verdict rests on. `attested` is True when a live attestation stands."""

    check_id: str
    target: str
    findings: tuple[Finding, ...] = ()
    passes: tuple[Evidence, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    looked: tuple[Looked, ...] = ()
    not_applicable: NotApplicable | None = None
    needs_attestation: str = ""
    attested: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is one plain sentence or "" for a gap (its findings say it)."""

    check_id: str
    target: str
    state: State
    reason: str
    findings: tuple[Finding, ...] = ()
    passes: tuple[Evidence, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    looked: tuple[Looked, ...] = ()

    @property
    def row_id(self) -> str:
        return self.check_id if self.target == "." else f"{self.check_id}@{self.target}"

    @property
    def gaps(self) -> tuple[Finding, ...]:
        """The findings that make the gap: open, ranked, and certain enough to be shown as one."""
        return tuple(finding for finding in self.findings if counts(finding))


def counts(finding: Finding) -> bool:
    """Whether a finding makes a gap: info is only recorded, a guess below .5 is only "worth a look"."""
    return (
        finding.is_open and finding.severity is not Severity.INFO and finding.confidence >= SHOWN_CONFIDENCE
    )


def decide(grounds: Grounds) -> Verdict:
    """The first that holds wins: not applicable, gap, suppressed, unknown, needs attestation, passed.

    No findings and no pass evidence is `unknown`, never `passed`.
    """
    state, reason = _state(grounds)
    passes = grounds.passes + ((grounds.attested,) if grounds.attested else ())
    if state is State.NOT_APPLICABLE and grounds.not_applicable and grounds.not_applicable.evidence:
        passes = (grounds.not_applicable.evidence,)
    elif state is State.NOT_APPLICABLE:
        passes = ()
    return Verdict(
        check_id=grounds.check_id,
        target=grounds.target,
        state=state,
        reason=reason,
        findings=() if state is State.NOT_APPLICABLE else grounds.findings,
        passes=passes,
        unknowns=grounds.unknowns,
        looked=grounds.looked,
    )


def _state(grounds: Grounds) -> tuple[State, str]:
    if grounds.not_applicable is not None:
        return State.NOT_APPLICABLE, grounds.not_applicable.reason
    if any(counts(finding) for finding in grounds.findings):
        return State.GAP, ""
    if any(finding.life is Life.SUPPRESSED for finding in grounds.findings):
        return State.SUPPRESSED, "You decided not to act on this for now."
    if grounds.unknowns:
        return State.UNKNOWN, grounds.unknowns[0].reason
    if grounds.needs_attestation and grounds.attested is None:
        return State.NEEDS_ATTESTATION, grounds.needs_attestation
    if not grounds.passes and grounds.attested is None:
        return State.UNKNOWN, NO_POSITIVE_EVIDENCE
    return State.PASSED, ""


_WORST_FIRST = (
    State.GAP,
    State.UNKNOWN,
    State.NEEDS_ATTESTATION,
    State.SUPPRESSED,
    State.PASSED,
    State.NOT_APPLICABLE,
)


def worst(states: tuple[State, ...]) -> State:
    """The roll-up of several targets: the worst of its members."""
    return min(states, key=_WORST_FIRST.index, default=State.NOT_APPLICABLE)
