"""The journal page: what broke and what was different, and how each month went."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from lastmile_desktop.ui.actions import Action
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.journal.controller import JournalController
from lastmile_desktop.ui.journal.features import FeaturesView
from lastmile_desktop.ui.journal.scoreboard import ScoreboardView
from lastmile_desktop.ui.journal.view import JournalView
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.pages import Page, PageView
from lastmile_desktop.ui.tabs import TabRow

JOURNAL, FEATURES, SCOREBOARD = "journal", "features", "scoreboard"


class JournalPage(PageView):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("journal")
        self._context = context
        self._view = JournalView(context.theme)
        self.journal = JournalController(context, self._view)
        self.scoreboard = ScoreboardView(context)
        self.features = FeaturesView(context)
        self._views = {JOURNAL: self._view, FEATURES: self.features, SCOREBOARD: self.scoreboard}
        titles = ((JOURNAL, tr("Journal")), (FEATURES, tr("Features")), (SCOREBOARD, tr("Scoreboard")))
        self._tabs = TabRow(titles, tr("What of the journal is shown"))
        self._stack = QStackedWidget()
        for view in self._views.values():
            self._stack.addWidget(view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._tabs)
        layout.addWidget(self._stack, 1)
        self._tabs.chosen.connect(self._turn)
        self.scoreboard.link_wanted.connect(self._follow)

    def set_narrow(self, narrow: bool) -> None:
        self._view.set_narrow(narrow)
        self.features.set_narrow(narrow)
        self._tabs.set_narrow(narrow)

    def escape(self) -> bool:
        if self._view.is_open and self._view.isVisible():
            self.journal.close()
            return True
        if self.features.is_open and self.features.isVisible():
            self.features.close_feature()
            return True
        return False

    def keep(self) -> None:
        self.journal.keep()

    def actions_offered(self) -> tuple[Action, ...]:
        return (
            Action("new-entry", tr("New journal entry"), ("Ctrl+N",), self._start_new),
            Action("features", tr("Link what was built to who asked"), (), lambda: self.show_tab(FEATURES)),
            Action("scoreboard", tr("Scoreboard of the month"), (), lambda: self.show_tab(SCOREBOARD)),
        )

    def _start_new(self) -> None:
        self.show_tab(JOURNAL)
        self.journal.start_new()

    def show_tab(self, name: str) -> None:
        self._tabs.choose(name)

    def _turn(self, name: str) -> None:
        self._stack.setCurrentWidget(self._views[name])

    def _follow(self, link: str) -> None:
        kind, _, key = link.partition(":")
        if kind == "check":
            self._context.navigator.open_row(key)
        elif kind == "journal" and key.isdigit():
            self.show_tab(JOURNAL)
            self.journal.open(int(key))
        else:
            self._context.navigator.go("today")


PAGE = Page("journal", "Journal", "notebook", 40, JournalPage)
