"""The People page, put together: its tabs and what the keys do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from lastmile_desktop.ui.actions import Action
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.pages import Page, PageView
from lastmile_desktop.ui.people.tab import Tab
from lastmile_desktop.ui.tabs import TabRow


class PeoplePage(PageView):
    """Tabs are read and made when they are first shown."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("people")
        self._context = context
        self._narrow = False
        tabs: tuple[tuple[str, str, Callable[[], Tab]], ...] = (
            ("people", tr("People"), self._make_people),
            ("talks", tr("Talks"), self._make_talks),
            ("ten", tr("Right ten"), self._make_ten),
            ("guide", tr("Guide"), self._make_guide),
            ("lane", tr("Lane and words"), self._make_lane),
            ("balance", tr("Balance"), self._make_balance),
        )
        self._makers = {name: make for name, _, make in tabs}
        self._made: dict[str, Tab] = {}
        self._row = TabRow(tuple((name, title) for name, title, _ in tabs), tr("Part of the page"))
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._row)
        layout.addWidget(self._stack, 1)
        self._row.chosen.connect(self._show)
        self._titles = {name: title for name, title, _ in tabs}
        self._show("people")

    @property
    def tab(self) -> Tab:
        found = self._stack.currentWidget()
        assert isinstance(found, Tab)
        return found

    def show_tab(self, name: str) -> Tab:
        self._row.choose(name)
        return self.tab

    def open_person(self, person_id: int) -> None:
        from lastmile_desktop.ui.people.people_tab import PeopleTab

        people = self.show_tab("people")
        if isinstance(people, PeopleTab):
            people.open_person(person_id)

    def open_talk(self, talk_id: int) -> None:
        from lastmile_desktop.ui.people.talks_tab import TalksTab

        talks = self.show_tab("talks")
        if isinstance(talks, TalksTab):
            talks.open_talk(talk_id)

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
        self.tab.shown()
        self.take_focus()

    def talk_partner(self) -> str:
        from lastmile_desktop.ui.people.people_tab import PeopleTab

        return self.tab.details.name if isinstance(self.tab, PeopleTab) else ""

    def actions_offered(self) -> tuple[Action, ...]:
        tabs = tuple(
            Action(
                f"people-{name}",
                tr("People: {tab}", tab=title),
                (f"Alt+{number}",),
                lambda to=name: self._go(to),
            )
            for number, (name, title) in enumerate(self._titles.items(), start=1)
        )
        return (
            Action("find-person", tr("Find a person"), (), self._find_person),
            Action("find-talks", tr("Find what was said"), ("/",), self._find_talks),
            *tabs,
        )

    def keep(self) -> None:
        for tab in self._made.values():
            tab.keep()

    def _go(self, name: str) -> None:
        self.show_tab(name).take_focus()

    def _show(self, name: str) -> None:
        if name not in self._made:
            tab = self._makers[name]()
            tab.set_narrow(self._narrow)
            self._made[name] = tab
            self._stack.addWidget(tab)
        self._stack.setCurrentWidget(self._made[name])
        if self.isVisible():
            self._made[name].shown()

    def _make_people(self) -> Tab:
        from lastmile_desktop.ui.people.people_tab import PeopleTab

        return PeopleTab(self._context)

    def _make_talks(self) -> Tab:
        from lastmile_desktop.ui.people.talks_tab import TalksTab

        return TalksTab(self._context)

    def _make_ten(self) -> Tab:
        from lastmile_desktop.ui.people.right_ten import RightTenTab

        tab = RightTenTab(self._context)
        tab.person_wanted.connect(self.open_person)
        return tab

    def _make_guide(self) -> Tab:
        from lastmile_desktop.ui.people.guide import GuideTab

        tab = GuideTab(self._context)
        tab.talk_wanted.connect(self.open_talk)
        return tab

    def _make_lane(self) -> Tab:
        from lastmile_desktop.ui.people.lane_tab import LaneTab

        return LaneTab(self._context)

    def _make_balance(self) -> Tab:
        from lastmile_desktop.ui.people.balance import BalanceTab

        return BalanceTab(self._context)

    def _find_person(self) -> None:
        from lastmile_desktop.ui.people.people_tab import PeopleTab

        people = self.show_tab("people")
        if isinstance(people, PeopleTab):
            people.search_people()

    def _find_talks(self) -> None:
        from lastmile_desktop.ui.people.talks_tab import TalksTab

        talks = self.show_tab("talks")
        if isinstance(talks, TalksTab):
            talks.start_search()


PAGE = Page("people", "People", "users", 20, PeoplePage)
