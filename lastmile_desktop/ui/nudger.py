"""Says one thing about customers when nobody is interrupted by it, and keeps what became of it (catalogue §6.7)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from lastmile_desktop.core.commands import KeepRecord
from lastmile_desktop.core.notebook import NudgeChoice, NudgeNote
from lastmile_desktop.core.nudges import IDLE_MINUTES, Nudge, NudgeKind, Occasion, Told, nudge
from lastmile_desktop.core.people import PersonStatus
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.conversations.entries import due
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice
from lastmile_desktop.ui.people.balance_words import ASK, nudge_words

KEY = "nudge"


class Nudger(QObject):
    """`quiet_for` is how long nothing must have happened, in milliseconds: no save, no move in the window."""

    def __init__(self, context: Context, app: QApplication, quiet_for: int = IDLE_MINUTES * 60_000) -> None:
        super().__init__(app)
        self._context = context
        self._opened = 0
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(quiet_for)
        self._idle.timeout.connect(self._after_a_while)
        state = context.state
        state.balance_changed.connect(self._at_opening)
        state.progress_changed.connect(self._stir)
        app.focusChanged.connect(self._stir)

    def close(self) -> None:
        self._idle.stop()
        self.deleteLater()

    def _stir(self, *_: object) -> None:
        """Somebody is at work, here or in the editor: the quiet time begins anew."""
        if self._context.state.project is not None:
            self._idle.start()

    def _at_opening(self) -> None:
        """Once for each project, as soon as it is known how much was built."""
        project = self._context.state.project
        if project is not None and self._context.state.balance is not None and self._opened != project.id:
            self._opened = project.id
            self._consider(opened=True)

    def _after_a_while(self) -> None:
        self._consider(idle_minutes=IDLE_MINUTES)
        self._stir()

    def _consider(self, *, opened: bool = False, idle_minutes: float = 0.0) -> None:
        state = self._context.state
        today = state.now().date()
        told = Told(
            state.balance.window if state.balance else None,
            state.conversations,
            state.built,
            state.notebook.features,
            len(due(state.conversations, state.notebook.people, today)),
        )
        said = nudge(told, state.notebook.nudges, Occasion(today, opened, idle_minutes))
        if said is not None:
            self._note(said, NudgeChoice.SHOWN)
            self._show(said)

    def _show(self, said: Nudge) -> None:
        ten = self._context.state.notebook.right_ten
        waiting = next((person.name for person in ten if person.status is PersonStatus.TO_CONTACT), "")
        name, act = self._action(said)
        promise = said.kind is NudgeKind.FOLLOW_UP
        never = tr("Never remind me here") if promise else tr("Never for this project")
        self._context.navigator.notice(
            Notice(
                tr("For today") if promise else tr("One thing"),
                nudge_words(said, waiting),
                "news",
                name,
                act,
                KEY,
                never,
                lambda: self._note(said, NudgeChoice.NEVER),
                lambda: self._note(said, NudgeChoice.DISMISSED),
            )
        )

    def _action(self, said: Nudge) -> tuple[str, Callable[[], None]]:
        """The one small thing to do."""
        match said.kind:
            case NudgeKind.ASK_FOR_MONEY:
                return tr("Copy the line"), self.copy_line
            case NudgeKind.SHOW_WHAT_SHIPPED:
                return tr("See them"), lambda: self._context.navigator.go("journal")
            case NudgeKind.TALK_TO_SOMEBODY:
                return tr("Open the list"), lambda: self._context.navigator.go("people")
            case NudgeKind.FOLLOW_UP:
                return tr("Show them"), lambda: self._context.navigator.go("today")

    def copy_line(self) -> None:
        """A line to ask for money with."""
        QGuiApplication.clipboard().setText(tr(ASK))
        self._context.navigator.say(tr("Line copied"))

    def _note(self, said: Nudge, choice: NudgeChoice) -> None:
        today = self._context.state.now().date()
        self._context.submit(KeepRecord(NudgeNote(choice, today, nudge=said.kind)))
