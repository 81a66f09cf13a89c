"""Today, put together: which part shows what, and what the keys do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout

from lastmile_desktop.core.commands import Answer, OpenProject, SetSetting
from lastmile_desktop.core.questions import QUESTIONS
from lastmile_desktop.ui.actions import Action
from lastmile_desktop.ui.checklist.controller import ChecklistController
from lastmile_desktop.ui.checklist.model import ChecklistModel
from lastmile_desktop.ui.checklist.view import ChecklistView
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.conversations.controller import ConversationsController
from lastmile_desktop.ui.conversations.view import ConversationsView, TalkModel
from lastmile_desktop.ui.detail.controller import DetailController
from lastmile_desktop.ui.detail.view import DetailView
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.onboarding.first_run import FirstRun
from lastmile_desktop.ui.onboarding.questions import Questions
from lastmile_desktop.ui.pages import Page, PageView
from lastmile_desktop.ui.today.summary import Summary
from lastmile_desktop.ui.today.view import TodayView
from lastmile_desktop.ui.walkthrough.controller import WalkthroughController
from lastmile_desktop.ui.walkthrough.view import WalkthroughView


class TodayPage(PageView):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("today")
        self._context = context
        theme, state = context.theme, context.state
        self.model = ChecklistModel(self)
        self._list_view = ChecklistView(theme, self.model)
        self._log_view = ConversationsView(theme, TalkModel(self))
        self._detail_view = DetailView(theme)
        self._questions = Questions(theme)
        self._view = TodayView(
            Summary(theme, state), self._questions, self._list_view, self._log_view, self._detail_view
        )
        self._first_run = FirstRun(theme, with_sample=context.sample is not None)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._first_run)
        self._stack.addWidget(self._view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        talks = self._log_view.list.model()
        assert isinstance(talks, TalkModel)
        self.checklist = ChecklistController(state, self.model, self._list_view)
        self.log = ConversationsController(context, talks, self._log_view)
        self.detail = DetailController(context, self._detail_view)
        self._steps_view = WalkthroughView(theme)
        # Until it covers the window it belongs to this page, or it would outlive it.
        self._steps_view.setParent(self)
        self._steps_view.hide()
        self.walkthrough = WalkthroughController(context, self._steps_view)
        self._connect()
        self._turn()

    def set_narrow(self, narrow: bool) -> None:
        self._view.set_narrow(narrow)
        self.detail.set_narrow(narrow)
        self._steps_view.set_narrow(narrow)

    def escape(self) -> bool:
        if self.walkthrough.is_open:
            self.walkthrough.leave()
        elif self._list_view.is_filtering:
            self._list_view.end_filter()
        elif self._view.is_detail_shown:
            self.close_detail()
        elif self._log_view.add.is_editing:
            self._log_view.add.start_new()
        elif not self._list_view.list.hasFocus() and self._list_view.isVisible():
            self._list_view.list.setFocus()
        else:
            return False
        return True

    def take_focus(self) -> None:
        if self._context.state.project is None:
            self._first_run.setFocus()
        else:
            self._list_view.list.setFocus()

    def keep(self) -> None:
        self.log.keep_draft()

    def actions_offered(self) -> tuple[Action, ...]:
        row = self._list_view.list
        return (
            Action("next", tr("Next row"), ("J",), lambda: row.step(1), listed=False),
            Action("previous", tr("Previous row"), ("K",), lambda: row.step(-1), listed=False),
            Action("copy", tr("Copy the prompt for this check"), ("C",), self._copy),
            Action("edit", tr("Open the line in your editor"), ("E",), self._edit),
            Action("suppress", tr("Suppress this check"), ("S",), self._suppress),
            Action("fix", tr("Fix it with me"), (), self._fix_current),
            Action("filter", tr("Filter the checklist"), ("/",), self._list_view.start_filter),
        )

    def open_row(self, row_id: str) -> None:
        """Show a check in full, and where it stands in the list."""
        if self.walkthrough.is_open:
            self.walkthrough.leave()
        self.checklist.select(row_id)
        self._show(row_id)

    def close_detail(self) -> None:
        self.detail.row_id = ""
        self._view.show_detail(False)
        if self._list_view.isVisible():
            self._list_view.list.setFocus()

    def log_conversation(self, person: str = "") -> None:
        """Ready to write; a new note begins with this name."""
        self.detail.row_id = ""
        self._view.show_log()
        self._log_view.add.begin_with(person)
        self._log_view.add.focus()

    def choose_folder(self) -> None:
        dialog = QFileDialog(self.window(), tr("Open a folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._open_folder)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _connect(self) -> None:
        self.checklist.opened.connect(self._show)
        self.checklist.entered.connect(self._enter)
        self.checklist.walked.connect(self._walk)
        self.detail.closed.connect(self.close_detail)
        self.detail.fix_wanted.connect(self._fix)
        self.walkthrough.copy_wanted.connect(self.detail.copy_prompt)
        self._view.tab_changed.connect(self._tab_chosen)
        self._first_run.choose_wanted.connect(self.choose_folder)
        self._first_run.sample_wanted.connect(self._open_sample)
        self._questions.form.answered.connect(self._answer)
        self._questions.done.connect(self._answered)
        state = self._context.state
        for signal in (state.project_changed, state.progress_changed, state.settings_changed):
            signal.connect(self._turn)

    def _tab_chosen(self, log: bool) -> None:
        if log:
            self._log_view.add.focus()

    def _turn(self) -> None:
        state = self._context.state
        shown = self._view if state.project else self._first_run
        if self._stack.currentWidget() is not shown:
            self._stack.setCurrentWidget(shown)
            self.take_focus()
        scanned = state.scan is not None and not state.scan.partial and state.scanning is None
        asked = state.project is None or str(state.project.id) in state.settings.get("questions", "").split(
            ","
        )
        answered = any(item.key in state.answers for item in QUESTIONS if item.first)
        ask = scanned and bool(state.settings) and not asked and not answered
        if ask or asked or state.project is None:
            self._view.ask(ask)
        if ask:
            self._questions.form.show_answers(state.answers)

    def _answer(self, key: str, value: str) -> None:
        self._context.submit(Answer(key, value))

    def _answered(self) -> None:
        project = self._context.state.project
        self._view.ask(False)
        if project is not None:
            known = self._context.state.settings.get("questions", "")
            self._context.submit(SetSetting("questions", f"{known},{project.id}".strip(",")))

    def _open_folder(self, folder: str) -> None:
        self._context.submit(OpenProject(Path(folder)))

    def _open_sample(self) -> None:
        if self._context.sample is not None:
            self._context.submit(OpenProject(self._context.sample))

    def _show(self, row_id: str) -> None:
        self.detail.show_row(row_id)
        self._view.show_detail(True)
        if not self._list_view.isVisible():
            self._detail_view.setFocus()

    def _enter(self, row_id: str) -> None:
        """Enter opens a check; once it is open, Enter starts its walkthrough."""
        if self._view.is_detail_shown and self.detail.row_id == row_id:
            self._fix(row_id)
        else:
            self._show(row_id)

    def _walk(self, row_id: str) -> None:
        if self._view.is_detail_shown:
            self.detail.show_row(row_id)

    def _fix(self, row_id: str) -> None:
        steps = self.detail.walkthrough(row_id)
        if steps is not None:
            self.walkthrough.open(row_id, steps)
            QTimer.singleShot(0, self._steps_view.setFocus)

    @property
    def _current(self) -> str:
        return self.detail.row_id or self.checklist.selected

    def _copy(self) -> None:
        self.detail.copy_prompt(self._current)

    def _edit(self) -> None:
        self.detail.open_in_editor(self._current)

    def _suppress(self) -> None:
        self.detail.suppress(self._current)

    def _fix_current(self) -> None:
        if self._current:
            self._show(self._current)
            self._fix(self._current)


PAGE = Page("today", "Today", "checks", 10, TodayPage)
