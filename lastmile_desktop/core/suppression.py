"""Decisions not to act, with a reason and an end (catalogue §1.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.finding import Finding

SHORTEST_REASON = 20
DEFAULT_DAYS = 90
LONGEST_DAYS = 180
LONGEST_DAYS_CRITICAL = 30
DECISION_NEEDED_DAYS = 14


class ReasonKind(StrEnum):
    ACCEPTED_RISK = "accepted-risk"
    FALSE_POSITIVE = "false-positive"
    COMPENSATING_CONTROL = "compensating-control"
    NOT_REACHABLE = "not-reachable"
    OUT_OF_SCOPE = "out-of-scope"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Covers one finding (`fingerprint`), or a rule in the files that match `path_glob`, or a whole check in a
    target (`rule` is then the check's id). `expires` is None only for a false positive, which lasts until the
    code changes, because a changed finding has another fingerprint."""

    rule: str
    kind: ReasonKind
    reason: str
    created: date
    expires: date | None
    fingerprint: str = ""
    path_glob: str = ""
    target: str = ""
    by: str = ""

    def covers(self, finding: Finding, today: date) -> bool:
        if self.expires is not None and today > self.expires:
            return False
        if self.fingerprint:
            return self.fingerprint == finding.fingerprint
        if self.rule not in (finding.rule, finding.check_id):
            return False
        if self.path_glob:
            path = finding.evidence[0].path if finding.evidence else ""
            return fnmatchcase(path, self.path_glob)
        return self.target == finding.target

    def needs_decision(self, today: date) -> bool:
        """Whether the end is near enough to ask again."""
        return self.expires is not None and self.expires - today <= timedelta(days=DECISION_NEEDED_DAYS)


def validated(suppression: Suppression, severity: Severity, forbidden: tuple[str, ...] = ()) -> Suppression:
    """The same suppression, or a LastMileError that says what is missing."""
    check_id = suppression.rule.partition("/")[0]
    problem = ""
    if check_id in forbidden:
        problem = "Your policy says that this check may not be suppressed."
    elif len(suppression.reason.strip()) < SHORTEST_REASON:
        problem = f"A reason has at least {SHORTEST_REASON} characters."
    elif suppression.expires is None and not (
        suppression.kind is ReasonKind.FALSE_POSITIVE and suppression.fingerprint
    ):
        problem = "Only a false positive of one finding may stand without an end date."
    elif suppression.expires is not None:
        longest = LONGEST_DAYS_CRITICAL if severity is Severity.CRITICAL else LONGEST_DAYS
        if suppression.expires > suppression.created + timedelta(days=longest):
            problem = f"This may be suppressed for at most {longest} days."
    if problem:
        raise LastMileError("This was not suppressed", problem, "Change it and try again.")
    return suppression
