"""The layout of Today: side by side when wide, one column with tabs when narrow."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lastmile_desktop.ui.checklist.view import ChecklistView
from lastmile_desktop.ui.conversations.view import ConversationsView
from lastmile_desktop.ui.detail.view import DetailView
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.onboarding.questions import Questions
from lastmile_desktop.ui.today.summary import Summary


class TodayView(QWidget):
    """`tab_changed` carries whether the log is wanted."""

    tab_changed = Signal(bool)

    def __init__(
        self,
        summary: Summary,
        questions: Questions,
        checklist: ChecklistView,
        log: ConversationsView,
        detail: DetailView,
    ) -> None:
        super().__init__()
        self._summary, self._questions = summary, questions
        self._checklist, self._log, self._detail = checklist, log, detail
        self._narrow, self._log_chosen, self._asking = False, False, False
        self.side = QStackedWidget()
        self.side.setObjectName("side")
        self.side.addWidget(log)
        self.side.addWidget(detail)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("splitter")
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(checklist)
        self.splitter.addWidget(self.side)
        self.splitter.setSizes([585, 508])
        self.splitter.setStretchFactor(0, 53)
        self.splitter.setStretchFactor(1, 47)
        self._tabs = self._tab_row()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (summary, questions, self._tabs):
            layout.addWidget(part)
        layout.addWidget(self.splitter, 1)
        self._arrange()

    @property
    def is_detail_shown(self) -> bool:
        return self.side.currentWidget() is self._detail

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        self._summary.set_narrow(narrow)
        self._arrange()

    def show_detail(self, shown: bool) -> None:
        self.side.setCurrentWidget(self._detail if shown else self._log)
        self._arrange()

    def show_log(self) -> None:
        self.side.setCurrentWidget(self._log)
        self.choose_tab(True)

    def choose_tab(self, log: bool) -> None:
        self._log_chosen = log
        (self._log_tab if log else self._list_tab).setChecked(True)
        self._arrange()

    def ask(self, asking: bool) -> None:
        """Whether the questions are on show."""
        self._asking = asking
        self._arrange()

    def _arrange(self) -> None:
        detail, narrow = self.is_detail_shown, self._narrow
        covering = narrow and detail
        self._summary.setVisible(not covering)
        self._questions.setVisible(self._asking and not covering)
        self._tabs.setVisible(narrow and not detail)
        self._checklist.setVisible(not narrow or not (detail or self._log_chosen))
        self.side.setVisible(not narrow or detail or self._log_chosen)

    def _tab_row(self) -> QFrame:
        row = QFrame()
        row.setObjectName("tabs_row")
        self._list_tab, self._log_tab = QPushButton(tr("Checklist")), QPushButton(tr("Conversations"))
        group = QButtonGroup(row)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(11, 6, 11, 8)
        layout.setSpacing(6)
        for button in (self._list_tab, self._log_tab):
            button.setObjectName("tab")
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            group.addButton(button)
            layout.addWidget(button)
        self._list_tab.setChecked(True)
        self._list_tab.clicked.connect(lambda: self._choose(False))
        self._log_tab.clicked.connect(lambda: self._choose(True))
        return row

    def _choose(self, log: bool) -> None:
        self.choose_tab(log)
        self.tab_changed.emit(log)
