"""Findings: where a rule fired, first as an engine reports it, then with identity and life."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence


@dataclass(frozen=True, slots=True)
class RawFinding:
    """One place where a rule fired, as an engine or a detector reports it.

    `rule` is `<check>/<rule>`. `message` is one plain sentence for the founder and holds no secret value.
    `evidence[0]` is the place at fault. `symbol` names the thing (table, function, variable) and is part of
    the identity. `severity` and `confidence` override the rule's own when the place calls for it.
    `target` is set only when the path does not tell which package the finding belongs to.
    """

    rule: str
    message: str
    evidence: tuple[Evidence, ...]
    symbol: str = ""
    severity: Severity | None = None
    confidence: float | None = None
    target: str | None = None

    @property
    def check_id(self) -> str:
        return self.rule.partition("/")[0]

    @property
    def path(self) -> str:
        return self.evidence[0].path if self.evidence else ""


class Life(StrEnum):
    """new → open → fixed | removed | suppressed; a fixed one that returns is `regressed`."""

    NEW = "new"
    OPEN = "open"
    FIXED = "fixed"
    REMOVED = "removed"
    REGRESSED = "regressed"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding with identity: the same gap keeps its fingerprint when lines shift."""

    rule: str
    fingerprint: str
    target: str
    message: str
    severity: Severity
    confidence: float
    evidence: tuple[Evidence, ...]
    life: Life = Life.NEW
    first_seen: str = ""
    suppression: str = ""

    @property
    def check_id(self) -> str:
        return self.rule.partition("/")[0]

    @property
    def is_open(self) -> bool:
        return self.life in (Life.NEW, Life.OPEN, Life.REGRESSED)


@dataclass(frozen=True, slots=True)
class PassEvidence:
    """Positive proof that a check holds, such as the span that enables row security on a table."""

    evidence: Evidence
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something the check could not look at, and why. Any of these keeps a check from passing."""

    reason: str
    path: str = ""
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at: `Looked("routes", 42, 42)` reads as "42 of 42 routes"."""

    noun: str
    seen: int
    total: int


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """Why the question does not arise here, with the fact that decides it."""

    reason: str
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """What a detector says about the whole project. Pure: the same models give the same detection."""

    findings: tuple[RawFinding, ...] = ()
    passes: tuple[PassEvidence, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    looked: tuple[Looked, ...] = ()
    not_applicable: NotApplicable | None = None
    needs_attestation: str = ""
