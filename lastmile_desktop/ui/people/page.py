"""The People page, put together: its tabs and what the keys do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from lastmile_desktop.ui.actions import Action
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.pages import Page, PageView
from lastmile_desktop.ui.people.people_tab import PeopleTab
from lastmile_desktop.ui.people.right_ten import RightTenTab
from lastmile_desktop.ui.people.tab import Tab
from lastmile_desktop.ui.people.talks_tab import TalksTab
from lastmile_desktop.ui.tabs import TabRow


class PeoplePage(PageView):
    """Tabs are made when they are first shown."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("people")
        self._context = context
        self._narrow = False
        self._makers: dict[str, Callable[[Context], Tab]] = {
            "people": PeopleTab,
            "talks": TalksTab,
            "ten": self._ten,
        }
        self._made: dict[str, Tab] = {}
        titles = (("people", tr("People")), ("talks", tr("Talks")), ("ten", tr("Right ten")))
        self._row = TabRow(titles, tr("Part of the page"))
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._row)
        layout.addWidget(self._stack, 1)
        self._row.chosen.connect(self._show)
        self._show("people")

    @property
    def tab(self) -> Tab:
        found = self._stack.currentWidget()
        assert isinstance(found, Tab)
        return found

    def show_tab(self, name: str) -> Tab:
        self._row.choose(name)
        return self.tab

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        self._row.set_narrow(narrow)
        for tab in self._made.values():
            tab.set_narrow(narrow)

    def escape(self) -> bool:
        return self.tab.escape()

    def take_focus(self) -> None:
        self.tab.take_focus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.take_focus()

    def actions_offered(self) -> tuple[Action, ...]:
        return (
            Action("find-person", tr("Find a person"), (), self._find_person),
            Action("find-talks", tr("Find what was said"), ("/",), self._find_talks),
        )

    def keep(self) -> None:
        for tab in self._made.values():
            tab.keep()

    def _show(self, name: str) -> None:
        if name not in self._made:
            tab = self._makers[name](self._context)
            tab.set_narrow(self._narrow)
            self._made[name] = tab
            self._stack.addWidget(tab)
        self._stack.setCurrentWidget(self._made[name])
        self._made[name].shown()

    def _ten(self, context: Context) -> Tab:
        tab = RightTenTab(context)
        tab.person_wanted.connect(self.open_person)
        return tab

    def open_person(self, person_id: int) -> None:
        people = self.show_tab("people")
        assert isinstance(people, PeopleTab)
        people.open_person(person_id)

    def _find_person(self) -> None:
        people = self.show_tab("people")
        assert isinstance(people, PeopleTab)
        people.search_people()

    def _find_talks(self) -> None:
        talks = self.show_tab("talks")
        assert isinstance(talks, TalksTab)
        talks.start_search()


PAGE = Page("people", "People", "users", 20, PeoplePage)
