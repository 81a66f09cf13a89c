"""What the window knows: the newest state of everything the session told it, with one signal a topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, Signal, Slot

from lastmile_desktop.core.check import Check
from lastmile_desktop.core.checklist import Checklist, Row, checklist, situation_of
from lastmile_desktop.core.conversation import Conversation, asked_checks
from lastmile_desktop.core.events import (
    BuildTalkChanged,
    ConversationsChanged,
    DataMeasured,
    DraftKept,
    Event,
    Failed,
    FeaturesBuilt,
    NotebookChanged,
    PlansRead,
    PolicyPreviewed,
    PortfolioChanged,
    ProjectOpened,
    ScanEnded,
    ScanProgress,
    ScanStarted,
    ScanUpdated,
    SettingsChanged,
    StopperAppeared,
    TalkImported,
    TalksRead,
    Told,
    WatchChanged,
    WatchState,
)
from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.core.features import FeatureUnit
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.core.journal import repeated_checks
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.ranking import USERS_UNKNOWN
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.core.search import TalksFound
from lastmile_desktop.core.verdict import Verdict
from lastmile_desktop.ui.phrases import moment


@dataclass(frozen=True, slots=True)
class Progress:
    phase: str = ""
    done: int = 0
    total: int = 0


class WindowState(QObject):
    """Changed only by `apply` (on the main thread) and by the user's own moves that need no answer."""

    project_changed = Signal()
    checklist_changed = Signal()
    progress_changed = Signal()
    health_changed = Signal()
    conversations_changed = Signal()
    notebook_changed = Signal()
    plans_changed = Signal()
    policy_previewed = Signal(object)
    portfolio_changed = Signal()
    talks_found = Signal(object)
    talks_read = Signal(object)
    talk_imported = Signal(object)
    data_measured = Signal(object)
    told = Signal(str)
    draft_kept = Signal(str)
    balance_changed = Signal()
    features_changed = Signal()
    settings_changed = Signal()
    failed = Signal(object)
    stopper = Signal(object)

    def __init__(self, checks: Mapping[str, Check], now: Callable[[], datetime]) -> None:
        super().__init__()
        self.checks = checks
        self.now = now
        self.project: Project | None = None
        self.scan: Scan | None = None
        self.checklist: Checklist | None = None
        self.users = USERS_UNKNOWN
        self.answers: Mapping[str, str] = {}
        self.settings: Mapping[str, str] = {}
        self.watch = WatchChanged(WatchState.STARTING, 0)
        self.engines: tuple[EngineInfo, ...] = ()
        self.scanning: ScanStarted | None = None
        self.progress = Progress()
        self.conversations: tuple[Conversation, ...] = ()
        self.notebook = Notebook()
        self.plans = PlansRead()
        self.portfolio = PortfolioChanged(())
        self.balance: BuildTalkChanged | None = None
        self.built: tuple[FeatureUnit, ...] = ()
        self._stale = False
        self._users_said: int | None = None

    def row(self, row_id: str) -> Row | None:
        rows = self.checklist.rows if self.checklist else ()
        return next((row for row in rows if row.id == row_id), None)

    def verdict(self, row_id: str) -> Verdict | None:
        return self.scan.verdict(row_id) if self.scan else None

    @property
    def scanned_at(self) -> datetime | None:
        """When the list on screen was true; None while the first one is still coming in."""
        if self.scan is None or self.scan.partial:
            return None
        started = moment(self.scan.started)
        return started + timedelta(milliseconds=self.scan.duration_ms) if started else None

    @property
    def is_first_scan(self) -> bool:
        """Whether rows are still streaming in for the first time."""
        return self.scanning is not None and (self.scan is None or self.scan.partial)

    @property
    def tool(self) -> str:
        """The AI tool the project is built with, "" when it is not known."""
        facts = self.scan.facts if self.scan else FactSet()
        return facts.value("tool.current") or facts.value("tool.origin") or ""

    @property
    def owned(self) -> tuple[str, ...]:
        """Globs of files that the AI tool generates, which a prompt must not ask it to edit."""
        return self.scan.facts.values("tool.owned") if self.scan else ()

    def set_users(self, users: int) -> None:
        """Re-orders the list at once; telling the session is the caller's part."""
        if users != self.users:
            self.users = self._users_said = users
            self._rank()
            self.project_changed.emit()

    @Slot(list)
    def apply(self, events: list[Event]) -> None:
        """One batch from the session; the list is ranked once, whatever the batch holds."""
        for event in events:
            self._apply(event)
        if self._stale:
            self._rank()

    def _apply(self, event: Event) -> None:
        match event:
            case ProjectOpened():
                self._turn_to(event)
            case ScanStarted() | ScanProgress() | ScanUpdated() | ScanEnded():
                self._follow(event)
            case WatchChanged():
                self.watch = event
                self.health_changed.emit()
            case (
                ConversationsChanged()
                | NotebookChanged()
                | PlansRead()
                | PolicyPreviewed()
                | PortfolioChanged()
                | TalksFound()
                | TalksRead()
                | TalkImported()
                | DataMeasured()
                | Told()
            ):
                self._hear_customers(event)
            case DraftKept(text, form):
                if form == "draft":
                    self.draft_kept.emit(text)
            case BuildTalkChanged():
                self.balance = event
                self.balance_changed.emit()
            case FeaturesBuilt(units):
                self.built = units
                self.features_changed.emit()
            case SettingsChanged(values):
                self.settings = values
                self.settings_changed.emit()
            case StopperAppeared():
                self.stopper.emit(event)
            case Failed():
                self.failed.emit(event)

    def _hear_customers(
        self,
        event: ConversationsChanged
        | NotebookChanged
        | PlansRead
        | PolicyPreviewed
        | PortfolioChanged
        | TalksFound
        | TalksRead
        | TalkImported
        | DataMeasured
        | Told,
    ) -> None:
        match event:
            case ConversationsChanged(conversations):
                self.conversations = conversations
                self._stale = True
                self.conversations_changed.emit()
            case NotebookChanged(notebook):
                self.notebook = notebook
                self._stale = True
                self.notebook_changed.emit()
            case PlansRead():
                self.plans = event
                self.plans_changed.emit()
            case PolicyPreviewed():
                self.policy_previewed.emit(event)
            case PortfolioChanged():
                self.portfolio = event
                self.portfolio_changed.emit()
            case TalksFound():
                self.talks_found.emit(event)
            case TalksRead():
                self.talks_read.emit(event)
            case TalkImported():
                self.talk_imported.emit(event)
            case DataMeasured(size):
                self.data_measured.emit(size)
            case Told(text):
                self.told.emit(text)

    def _turn_to(self, event: ProjectOpened) -> None:
        if self.project and event.project.id == self.project.id:
            self._hear_answers(event)
            return
        self.scanning, self.progress, self.conversations = None, Progress(), ()
        self.notebook, self.plans = Notebook(), PlansRead()
        self.balance, self.built = None, ()
        self._users_said = None
        self.project, self.scan = event.project, event.last_scan
        self.users, self.answers = event.users, event.answers
        self.engines = event.last_scan.engines if event.last_scan else ()
        self.watch = WatchChanged(WatchState.STARTING, event.last_scan.files if event.last_scan else 0)
        self._rank()
        for signal in (
            self.project_changed,
            self.health_changed,
            self.progress_changed,
            self.conversations_changed,
            self.notebook_changed,
            self.plans_changed,
            self.balance_changed,
            self.features_changed,
        ):
            signal.emit()

    def _hear_answers(self, event: ProjectOpened) -> None:
        """The open project again, with new answers. A number of users that is older than the one the
        founder has just chosen must not move the list back."""
        self.answers = event.answers
        if self._users_said in (None, event.users):
            self._users_said, self.users = None, event.users
        self._stale = True
        self.project_changed.emit()

    def _follow(self, event: ScanStarted | ScanProgress | ScanUpdated | ScanEnded) -> None:
        match event:
            case ScanStarted():
                self.scanning, self.progress = event, Progress()
                self._stale = True
            case ScanProgress(phase, done, total):
                self.progress = Progress(phase, done, total)
            case ScanUpdated(scan):
                self.scan = scan
                if scan.engines and not scan.partial:
                    self.engines = scan.engines
                self._stale = True
                self.health_changed.emit()
            case ScanEnded():
                self.scanning, self.progress = None, Progress()
                self._stale = True
        self.progress_changed.emit()

    def _rank(self) -> None:
        self._stale = False
        if self.scan is None:
            self.checklist = None
        else:
            asked = asked_checks(self.conversations)
            repeated = repeated_checks(self.notebook.journal, self.now().date())
            situation = situation_of(self.scan, self.users, asked, repeated)
            self.checklist = checklist(self.scan, self.checks, situation)
        self.checklist_changed.emit()
