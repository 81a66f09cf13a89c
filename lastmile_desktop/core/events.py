"""What the session tells its clients. Every event is a value; they arrive on a thread of the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.core.balance import BuildTalk, WeekOfWork
from lastmile_desktop.core.commands import ReadTalks
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.features import FeatureUnit
from lastmile_desktop.core.lane import Lane
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.policy_book import NOTHING_WRITTEN, PolicyProblem, PolicyReading
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.core.search import TalksFound
from lastmile_desktop.core.transcript import Transcript


class WatchState(StrEnum):
    STARTING = "starting"
    WATCHING = "watching"
    PAUSED = "paused"
    DEGRADED = "degraded"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ProjectOpened:
    """`last_scan` is the newest stored scan, shown until the first new one lands; `users` today."""

    project: Project
    last_scan: Scan | None
    users: int
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ScanStarted:
    """`full` when everything is looked at; else `files` counts the changed ones."""

    full: bool
    files: int


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """`phase` names what is being looked at, in the founder's words; `total` 0 when it is not known."""

    phase: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ScanUpdated:
    """A new state of the checklist; `scan.partial` while the rest is still running."""

    scan: Scan


@dataclass(frozen=True, slots=True)
class ScanEnded:
    """`error` is None when it went through; a cancelled scan leaves the last list as it was."""

    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class WatchChanged:
    """`reason` says why watching is degraded and what is done instead."""

    state: WatchState
    files: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DraftKept:
    """What is unfinished in a form is on disk, as far as `text` says it."""

    text: str
    form: str = "draft"


@dataclass(frozen=True, slots=True)
class ConversationsChanged:
    """The newest conversations first, and what the week looks like."""

    conversations: tuple[Conversation, ...]


@dataclass(frozen=True, slots=True)
class NotebookChanged:
    """Everybody in the log and all the founder keeps beside it."""

    notebook: Notebook


@dataclass(frozen=True, slots=True)
class WholeTalk:
    """A talk with its transcript, None when it has none."""

    conversation: Conversation
    transcript: Transcript | None = None


@dataclass(frozen=True, slots=True)
class TalksRead:
    """The answer to `ReadTalks`, the newest first."""

    asked: ReadTalks
    talks: tuple[WholeTalk, ...]


@dataclass(frozen=True, slots=True)
class TalkImported:
    """A transcript is in the log now, or was before (`again`)."""

    talk: WholeTalk
    again: bool = False


@dataclass(frozen=True, slots=True)
class PlansRead:
    """The lane file and the policy book as they stand in the project: their texts, None when there is no such file,
    and what they were understood to say."""

    lane_text: str | None = None
    lane: Lane | None = None
    policy_text: str | None = None
    policy: PolicyReading = NOTHING_WRITTEN


@dataclass(frozen=True, slots=True)
class PolicyPreviewed:
    """The answer to `PreviewPolicy`: the text as it is and as it would be, and what would be wrong with it. `diff` are
    its lines, each with a sign (`+`, `-` or a space) before it."""

    before: str | None
    after: str
    diff: tuple[str, ...]
    problems: tuple[PolicyProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class PortfolioChanged:
    """All registered projects, closest to sold first; git was not asked yet about `waiting` of them."""

    cards: tuple[ProjectCard, ...]
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class DataMeasured:
    """`size` is in bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was asked for is done: one sentence to be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class BuildTalkChanged:
    """`week` covers 7 days for the strip, `window` the 14 days that the checks judge; `weeks` are the last ones, the
    oldest first."""

    week: BuildTalk
    window: BuildTalk
    sold: str
    weeks: tuple[WeekOfWork, ...] = ()


@dataclass(frozen=True, slots=True)
class FeaturesBuilt:
    """What git says was built in the last 30 days, the newest first."""

    units: tuple[FeatureUnit, ...]


@dataclass(frozen=True, slots=True)
class StopperAppeared:
    """At most one a burst: `text` is ready to be shown as a notification."""

    text: str
    row_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A known error, or a bug (`report` is then the path of the redacted crash report)."""

    title: str
    happened: str
    remedy: str
    report: str = ""


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    values: Mapping[str, str]


Event = (
    ProjectOpened
    | ScanStarted
    | ScanProgress
    | ScanUpdated
    | ScanEnded
    | WatchChanged
    | DraftKept
    | ConversationsChanged
    | NotebookChanged
    | TalksFound
    | TalksRead
    | TalkImported
    | PlansRead
    | PolicyPreviewed
    | PortfolioChanged
    | DataMeasured
    | Told
    | BuildTalkChanged
    | FeaturesBuilt
    | StopperAppeared
    | Failed
    | SettingsChanged
)
