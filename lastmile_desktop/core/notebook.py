"""What the founder keeps beside the talks: goals, questions, assumptions, words, features, the journal, decisions.

Catalogue §6 and §7. Every record belongs to one project; `id` is 0 until stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lastmile_desktop.core.people import Person

MOST_GOALS = 3


@dataclass(frozen=True, slots=True)
class Citation:
    """A talk, and the words in it when one quote is meant."""

    conversation: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class LearningGoal:
    """What the founder wants to know from the next talks; `learned` is written down after them."""

    text: str
    id: int = 0
    learned: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class GuideQuestion:
    """A question of the founder's own guide, in the order of `place` within its section."""

    text: str
    id: int = 0
    section: str = ""
    place: int = 0


class Standing(StrEnum):
    OPEN = "open"
    VALIDATED = "validated"
    INVALIDATED = "invalidated"


@dataclass(frozen=True, slots=True)
class Assumption:
    """`citations` are what speaks for or against it."""

    text: str
    id: int = 0
    standing: Standing = Standing.OPEN
    citations: tuple[Citation, ...] = ()
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the vertical: what they say, what everybody says, what our buttons say."""

    theirs: str
    id: int = 0
    generic: str = ""
    ours: str = ""
    vertical: str = ""
    citations: tuple[Citation, ...] = ()


class FeatureState(StrEnum):
    ASKED = "asked"
    BUILDING = "building"
    SHIPPED = "shipped"
    PARKED = "parked"
    KILLED = "killed"


class FeatureReason(StrEnum):
    """Why it was built although nobody is linked to it; founders may have conviction."""

    NONE = "none"
    EXPERIMENT = "experiment"
    MAINTENANCE = "maintenance"
    MY_CALL = "my call"


@dataclass(frozen=True, slots=True)
class Feature:
    """`unit` is the key of the work in git that it stands for, "" when it was typed. `citations` are who asked."""

    name: str
    id: int = 0
    unit: str = ""
    state: FeatureState = FeatureState.ASKED
    reason: FeatureReason = FeatureReason.NONE
    why: str = ""
    citations: tuple[Citation, ...] = ()


class Difference(StrEnum):
    """What was different where it failed (catalogue §7.2)."""

    ENVIRONMENT_VARIABLE = "environment variable"
    PERMISSION = "permission or role"
    NETWORK = "network, DNS or port"
    OTHER_SERVICE = "another service or its limits"
    DATA_VOLUME = "amount of data"
    LEGACY_DATA = "shape of old data"
    VERSION = "version or runtime"
    PATH_CASE = "system or letter case of a path"
    TIME_ZONE = "time zone or locale"
    BUILD_CONFIG = "setting at build or at run time"
    TEST_OR_LIVE = "test or live mode of a provider"
    CONCURRENCY = "several at once"
    CACHE = "cache or CDN"
    BROWSER = "browser or device"
    MIGRATION = "migration not applied"
    NOT_PUBLISHED = "merged but not published"


@dataclass(frozen=True, slots=True)
class Incident:
    """What customers felt. `detected_after_min` is how many minutes passed until the founder knew, None if unknown."""

    impact: str
    detected_after_min: int | None = None
    told: str = ""
    timeline: str = ""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Worked here, broke there, and what was different. `guard` is what was added against it: a check, a test, an
    alert, a rule. `incident` when customers were hit."""

    symptom: str
    happened_on: date
    id: int = 0
    works_in: str = ""
    fails_in: str = ""
    differences: tuple[Difference, ...] = ()
    evidence: str = ""
    fix: str = ""
    guard: str = ""
    linked_checks: tuple[str, ...] = ()
    minutes_lost: int = 0
    incident: Incident | None = None


class StageChoice(StrEnum):
    """What the founder has decided about a project (catalogue §6.8)."""

    SELL_NOW = "sell now"
    PAUSED = "paused"
    STOPPED = "stopped"
    HOBBY = "hobby"
    CLIENT = "client work"
    HAND_OVER = "hand to someone who sells"


@dataclass(frozen=True, slots=True)
class StageDecision:
    choice: StageChoice
    decided_on: date
    id: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the scoreboard in a month: the question, the answer in words, what it rests on. `links` lead to it:
    `check:<row>`, `journal:<id>`, `talk:<id>`. `good` is None where nothing tells."""

    question: str
    answer: str
    evidence: str = ""
    good: bool | None = None
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthlyOutcomes:
    """The scoreboard as it stood in `month` (2026-11)."""

    month: str
    outcomes: tuple[Outcome, ...]
    id: int = 0


@dataclass(frozen=True, slots=True)
class LaneVersion:
    """The lane file as it was written on a day."""

    text: str
    written_on: date
    id: int = 0


class NudgeChoice(StrEnum):
    SHOWN = "shown"
    DISMISSED = "dismissed"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class NudgeNote:
    """What became of a nudge, so that the next one waits its turn."""

    choice: NudgeChoice
    on: date
    id: int = 0
    nudge: str = ""


Record = (
    LearningGoal
    | GuideQuestion
    | Assumption
    | Term
    | Feature
    | JournalEntry
    | StageDecision
    | MonthlyOutcomes
    | LaneVersion
    | NudgeNote
)


@dataclass(frozen=True, slots=True)
class Notebook:
    """All of a project's people and records, each kind in the order it was written."""

    people: tuple[Person, ...] = ()
    goals: tuple[LearningGoal, ...] = ()
    questions: tuple[GuideQuestion, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    terms: tuple[Term, ...] = ()
    features: tuple[Feature, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    decisions: tuple[StageDecision, ...] = ()
    outcomes: tuple[MonthlyOutcomes, ...] = ()
    lanes: tuple[LaneVersion, ...] = ()
    nudges: tuple[NudgeNote, ...] = ()

    @property
    def right_ten(self) -> tuple[Person, ...]:
        """The ten customers wanted first, by rank."""
        return tuple(
            sorted((p for p in self.people if p.rank is not None), key=lambda p: (p.rank or 0, p.name))
        )
