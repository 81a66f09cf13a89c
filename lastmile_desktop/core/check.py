"""What the catalogue asks: a Check is one question a founder must be able to answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Severity(StrEnum):
    """How bad it is when it happens (catalogue §1.3)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def weight(self) -> int:
        return _WEIGHT[self]

    def lowered(self, steps: int) -> Severity:
        """This severity moved `steps` towards info; negative steps raise it."""
        order = list(Severity)
        return order[max(0, min(len(order) - 1, order.index(self) + steps))]


_WEIGHT = {Severity.CRITICAL: 40, Severity.HIGH: 20, Severity.MEDIUM: 8, Severity.LOW: 3, Severity.INFO: 0}


class Reach(IntEnum):
    """The smallest number of users at which a gap bites."""

    DEMO = 1
    HUNDRED = 100
    THOUSAND = 1_000
    TEN_THOUSAND = 10_000
    HUNDRED_THOUSAND = 100_000


class Effort(StrEnum):
    """XS ≤ 15 min, S ≤ 1 h, M ≤ half a day, L more."""

    XS = "XS"
    S = "S"
    M = "M"
    L = "L"


class TargetKind(StrEnum):
    PROJECT = "project"
    PACKAGE = "package"


class Places(StrEnum):
    """Whether findings stand where something is wrong, or at an example of what the whole project lacks."""

    FAULTS = "faults"
    EXAMPLES = "examples"


class EngineName(StrEnum):
    """Who can decide a rule. `DETECTOR` is our own Python; the others are outside tools."""

    DETECTOR = "detector"
    SEMGREP = "semgrep"
    SECRETS = "secrets"
    MIGRATIONS = "migrations"
    MARKUP = "markup"
    WORKFLOWS = "workflows"
    GIT = "git"
    PROBE = "probe"
    AUDIT = "audit"
    ATTESTATION = "attestation"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to see a check failing. `id` is `<check>/<rule>` and never changes. `reach` is given where this way
    bites at fewer users than the check as a whole."""

    id: str
    engine: EngineName
    severity: Severity
    confidence: float
    title: str
    stacks: tuple[str, ...] = ()
    reach: Reach | None = None

    @property
    def check_id(self) -> str:
        return self.id.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Reference:
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Trap:
    """Something that looks like the gap and is not; `fixture` proves that it is not reported."""

    id: str
    text: str
    fixture: str


@dataclass(frozen=True, slots=True)
class AttestationSpec:
    """What a person may state about something that no tool can see (catalogue §1.9)."""

    statement: str
    minimum_evidence: str
    life_days: int
    voided_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Applies:
    """Fact keys that decide applicability: any of `any_of`, none of `none_of`. Empty = always."""

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    slug: str
    title: str
    order: int
    question: str


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the catalogue, as loaded from `rules/<area>/<check>/check.toml`."""

    id: str
    area: Area
    title_gap: str
    title_passed: str
    bites: str
    severity: Severity
    reach: Reach
    effort: Effort
    targets: TargetKind
    applies: Applies
    rules: tuple[Rule, ...]
    passes: str
    verify: str
    traps: tuple[Trap, ...] = ()
    attestation: AttestationSpec | None = None
    refs: tuple[Reference, ...] = ()
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    places: Places = Places.FAULTS

    def rule(self, rule_id: str) -> Rule:
        """The rule with this full id; KeyError if the check has none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def reach_of(self, rule_id: str) -> Reach:
        """From how many users on this rule bites: the check's own number unless the rule has one."""
        return next((rule.reach for rule in self.rules if rule.id == rule_id and rule.reach), self.reach)

    @property
    def engines(self) -> frozenset[EngineName]:
        return frozenset(rule.engine for rule in self.rules)
