"""Follows one row of the checklist and carries out what its buttons ask."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication

from lastmile_desktop.core.commands import Attest, LiftSuppression, OpenInEditor, ScanNow, SuppressFinding
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.prompt import render
from lastmile_desktop.core.walkthrough import Walkthrough
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.detail.content import Around, Detail, Mend, Place, detail
from lastmile_desktop.ui.detail.suppress import Decision, Question, SuppressDialog
from lastmile_desktop.ui.detail.view import DetailView
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice


class DetailController(QObject):
    """`row_id` is the row on show, "" for none. `fix_wanted` asks for its walkthrough."""

    closed = Signal()
    fix_wanted = Signal(str)

    def __init__(self, context: Context, view: DetailView) -> None:
        super().__init__(view)
        self._context, self._view = context, view
        self._place = 0
        self._narrow = False
        self.row_id = ""
        view.closed.connect(self.closed)
        view.stepped.connect(self._step)
        view.fix_wanted.connect(lambda: self.fix_wanted.emit(self.row_id))
        view.copy_wanted.connect(lambda: self.copy_prompt(self.row_id))
        view.editor_wanted.connect(lambda: self.open_in_editor(self.row_id))
        view.suppress_wanted.connect(lambda: self.suppress(self.row_id))
        view.lift_wanted.connect(self._lift)
        view.mend_wanted.connect(self._mend)
        view.reference_wanted.connect(_open_reference)
        view.attest.stated.connect(self._attest)
        for signal in (context.state.checklist_changed, context.state.conversations_changed):
            signal.connect(self.refresh)

    def show_row(self, row_id: str) -> None:
        if row_id != self.row_id:
            self.row_id, self._place = row_id, 0
            self._view.verticalScrollBar().setValue(0)
            found = self._detail(row_id)
            if found and found.check.attestation:
                self._view.attest.ask(found.check.attestation, self._context.state.now().date())
        self.refresh()

    def set_narrow(self, narrow: bool) -> None:
        if narrow != self._narrow:
            self._narrow = narrow
            self.refresh()

    def refresh(self) -> None:
        if not self.row_id:
            return
        found = self._detail(self.row_id)
        if found is None:
            if self._context.state.scanning is None:
                self.row_id = ""
                self.closed.emit()
            return
        self._place = min(self._place, max(0, len(found.places) - 1))
        self._view.show_detail(found, self._place, self._horizon, narrow=self._narrow)

    def walkthrough(self, row_id: str) -> Walkthrough | None:
        """The steps for this row and the founder's tool; None, with a notice, when there are none."""
        row = self._context.state.row(row_id)
        if row is None:
            return None
        try:
            return self._context.session.walkthrough(row.check_id, self._context.state.tool)
        except LastMileError as problem:
            self._context.navigator.notice(Notice(problem.title, f"{problem.happened} {problem.remedy}"))
            return None

    def copy_prompt(self, row_id: str) -> None:
        verdict, found = self._context.state.verdict(row_id), self._detail(row_id)
        steps = self.walkthrough(row_id) if verdict and found and found.can_fix else None
        if verdict and steps:
            QGuiApplication.clipboard().setText(render(steps, verdict, self._context.state.owned))
            self._context.navigator.say(tr("Prompt copied"))

    def open_in_editor(self, row_id: str) -> None:
        place = self._current_place(row_id)
        if place and place.path:
            self._context.submit(OpenInEditor(place.path, max(1, place.line_start)))

    def suppress(self, row_id: str) -> None:
        found = self._detail(row_id)
        if found is None or not found.can_suppress:
            return
        question = Question(
            found.title, len(found.places), found.row.severity, self._context.state.now().date()
        )
        place = self._current_place(row_id)
        dialog = SuppressDialog(self._context.theme, question, self._view.window())

        def decided(decision: Decision) -> None:
            self._suppress(row_id, place, decision)

        dialog.decided.connect(decided)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _suppress(self, row_id: str, place: Place | None, decision: Decision) -> None:
        fingerprint = "" if decision.all_places or place is None else place.fingerprint
        self._context.submit(
            SuppressFinding(row_id, fingerprint, decision.kind, decision.reason, decision.expires)
        )

    def _detail(self, row_id: str) -> Detail | None:
        state = self._context.state
        row, verdict = state.row(row_id), state.verdict(row_id)
        if row is None or verdict is None:
            return None
        around = Around(state.engines, state.conversations, state.now(), self._minutes(row.check_id))
        return detail(row, verdict, state.checks[row.check_id], around)

    def _minutes(self, check_id: str) -> int | None:
        try:
            return self._context.session.walkthrough(check_id, self._context.state.tool).minutes
        except LastMileError:
            return None

    @property
    def _horizon(self) -> int:
        found = self._context.state.checklist
        return found.situation.horizon if found else 0

    def _current_place(self, row_id: str) -> Place | None:
        found = self._detail(row_id)
        if found is None or not found.places:
            return None
        return found.places[self._place if row_id == self.row_id else 0]

    def _step(self, by: int) -> None:
        self._place = max(0, self._place + by)
        self.refresh()

    def _lift(self) -> None:
        place = self._current_place(self.row_id)
        self._context.submit(LiftSuppression(self.row_id, place.fingerprint if place else ""))

    def _mend(self, kind: str) -> None:
        if kind == Mend.ENGINES:
            self._context.navigator.engines_wanted.emit()
        else:
            self._context.submit(ScanNow())

    def _attest(self, done_on: date, proof: str, by: str) -> None:
        self._context.submit(Attest(self.row_id, done_on, proof, by))


def _open_reference(url: str) -> None:
    QDesktopServices.openUrl(QUrl(url))
