"""What a client asks of the session. Every command is a value; the answer comes as an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.log import LogFormat
from lastmile_desktop.core.notebook import Record, StageChoice
from lastmile_desktop.core.people import Person
from lastmile_desktop.core.policy_book import PolicyChange
from lastmile_desktop.core.search import TalkQuery
from lastmile_desktop.core.suppression import ReasonKind


@dataclass(frozen=True, slots=True)
class OpenProject:
    root: Path


@dataclass(frozen=True, slots=True)
class ScanNow:
    """Look at the folder again; works while paused. `everything` forgets what is known of unchanged files too."""

    everything: bool = False


@dataclass(frozen=True, slots=True)
class CancelScan:
    pass


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop all background work until Resume."""


@dataclass(frozen=True, slots=True)
class Resume:
    pass


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question of the project profile, such as `profile.stage` = `paying`; "" forgets it."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class SetSetting:
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """Write down what is unfinished in a form, as the window words it; "" when nothing is. `form` is the setting it is
    kept under. Does not wait for a scan. Answered by `DraftKept`."""

    text: str
    form: str = "draft"


@dataclass(frozen=True, slots=True)
class LogConversation:
    """Stores a new conversation (id 0) or replaces the one with its id."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class ForgetConversation:
    id: int


@dataclass(frozen=True, slots=True)
class BringBackConversation:
    """Put the conversation that was forgotten last back into the log, with its transcript."""

    id: int


@dataclass(frozen=True, slots=True)
class KeepPerson:
    """Stores a new person (id 0) or replaces the one with this id."""

    person: Person


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Erase the person with all their talks and transcripts, for good."""

    id: int


@dataclass(frozen=True, slots=True)
class KeepRecord:
    """Stores a new record of the notebook (id 0) or replaces the one with its id."""

    record: Record


@dataclass(frozen=True, slots=True)
class DropRecord:
    record: Record


@dataclass(frozen=True, slots=True)
class FindTalks:
    """Answered by `TalksFound`."""

    query: TalkQuery


@dataclass(frozen=True, slots=True)
class ReadTalks:
    """Talks whole, with their transcripts: all with a person, or the newest `last` ones, or these. Answered by
    `TalksRead`."""

    person_id: int = 0
    last: int = 0
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportTalk:
    """Read a transcript file into the log, or a table with a talk in each row; the file stays as it is. Answered by
    `TalkImported`, and for a table by `Told`."""

    path: Path


@dataclass(frozen=True, slots=True)
class ImportPastedTalk:
    """As `ImportTalk`, of a text from the clipboard."""

    text: str


@dataclass(frozen=True, slots=True)
class ChooseFounder:
    """Which speaker of a talk's transcript is the founder; "" when none is."""

    conversation_id: int
    speaker: str


@dataclass(frozen=True, slots=True)
class ExportLog:
    """Write the whole log to a file, or to an empty or new folder for `LogFormat.CSV`. Answered by `Told`."""

    path: Path
    format: LogFormat


@dataclass(frozen=True, slots=True)
class ImportLog:
    """Add what is new in an exported log. Answered by `Told`."""

    path: Path


@dataclass(frozen=True, slots=True)
class ExportPerson:
    """Write all that the log holds of one person; the name of the file says in which format. Answered by `Told`."""

    person_id: int
    path: Path


@dataclass(frozen=True, slots=True)
class ExportCalendar:
    """Write what was promised, and the weekly and monthly look at things, as a calendar file. Answered by `Told`."""

    path: Path


@dataclass(frozen=True, slots=True)
class ImportPeople:
    """Add people from a table or from contact cards. Answered by `Told`."""

    path: Path


@dataclass(frozen=True, slots=True)
class ImportPastedPeople:
    """As `ImportPeople`, of a text from the clipboard: a person a line, or a table."""

    text: str


@dataclass(frozen=True, slots=True)
class ReadPlans:
    """The lane and the policy book as they stand in the project. Answered by `PlansRead`."""


@dataclass(frozen=True, slots=True)
class WriteLane:
    """Write the lane file into the project; the version before is kept."""

    text: str


@dataclass(frozen=True, slots=True)
class PreviewPolicy:
    """How the policy book would look with other values for some keys, or with another text. Answered by
    `PolicyPreviewed`."""

    changes: tuple[PolicyChange, ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class WritePolicy:
    """Write the policy book into the project; None takes it out."""

    text: str | None


@dataclass(frozen=True, slots=True)
class ExportScoreboard:
    """Write the scoreboard of a month (2026-11) to a file, as one page of Markdown."""

    month: str
    path: Path


@dataclass(frozen=True, slots=True)
class MeasureData:
    """How much of the disk everything that Last Mile keeps takes. Answered by `DataMeasured`."""


@dataclass(frozen=True, slots=True)
class AskPortfolio:
    """All registered projects. Answered by `PortfolioChanged`."""


@dataclass(frozen=True, slots=True)
class DecideStage:
    """What becomes of a registered project, open or not; None takes the last decision back."""

    project_id: int
    choice: StageChoice | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class SuppressFinding:
    """Suppress one finding of a row, or all of them when `fingerprint` is empty."""

    row_id: str
    fingerprint: str
    kind: ReasonKind
    reason: str
    expires: date | None


@dataclass(frozen=True, slots=True)
class LiftSuppression:
    row_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Attest:
    row_id: str
    done_on: date
    proof: str
    by: str


@dataclass(frozen=True, slots=True)
class OpenInEditor:
    """Open `path` (relative to the project) at `line` in the founder's editor."""

    path: str
    line: int


LogCommand = (
    LogConversation
    | ForgetConversation
    | BringBackConversation
    | KeepPerson
    | ForgetPerson
    | KeepRecord
    | DropRecord
    | FindTalks
    | ReadTalks
    | ImportTalk
    | ImportPastedTalk
    | ChooseFounder
    | ExportLog
    | ImportLog
    | ExportPerson
    | ExportCalendar
    | ImportPeople
    | ImportPastedPeople
    | ReadPlans
    | WriteLane
    | PreviewPolicy
    | WritePolicy
    | ExportScoreboard
    | MeasureData
)
PortfolioCommand = AskPortfolio | DecideStage
CustomerCommand = LogCommand | PortfolioCommand | KeepDraft
ProjectCommand = (
    OpenProject
    | ScanNow
    | CancelScan
    | Pause
    | Resume
    | Answer
    | SetSetting
    | SuppressFinding
    | LiftSuppression
    | Attest
    | OpenInEditor
)
Command = CustomerCommand | ProjectCommand
