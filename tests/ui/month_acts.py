"""What is opened and clicked for the pictures of the founder's month."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from lastmile_desktop.core import commands
from lastmile_desktop.ui.app import Desk
from lastmile_desktop.ui.conversations.quick_add import QuickAdd
from lastmile_desktop.ui.people.balance import BalanceTab
from lastmile_desktop.ui.people.page import PeoplePage
from lastmile_desktop.ui.people.people_tab import PeopleTab
from lastmile_desktop.ui.people.right_ten import RightTenTab
from lastmile_desktop.ui.people.talks_tab import TalksTab
from lastmile_desktop.ui.today.page import TodayPage
from tests.ui import sample_month
from tests.ui.fake_session import FakeSession

Act = Callable[[Desk, FakeSession], None]


def _settled(desk: Desk) -> None:
    for _ in range(3):
        desk.bridge.flush()
        QTest.qWait(10)


def _page(desk: Desk) -> PeoplePage:
    desk.window.go("people")
    _settled(desk)
    return cast(PeoplePage, desk.window.page)


def _click(desk: Desk, name: str) -> None:
    button = next(item for item in desk.window.findChildren(QAbstractButton, name) if item.isVisible())
    button.click()
    _settled(desk)


def _tab(name: str) -> Act:
    def act(desk: Desk, session: FakeSession) -> None:
        _page(desk).show_tab(name)
        _settled(desk)

    return act


def _person(desk: Desk, session: FakeSession) -> None:
    tab = cast(PeopleTab, _page(desk).show_tab("people"))
    rosa = next(person for person in desk.state.notebook.people if person.name == "Rosa Keller")
    tab.open_person(rosa.id)
    _settled(desk)


def _about(desk: Desk, session: FakeSession) -> None:
    _person(desk, session)
    cast(PeopleTab, _page(desk).tab).details.show_about()
    _settled(desk)


def _marking(desk: Desk, session: FakeSession) -> None:
    _person(desk, session)
    reader = cast(PeopleTab, _page(desk).tab).details.reader
    reader.view.setTextCursor(reader.view.document().find("By then he had signed with somebody else."))
    _click(desk, "mark_quote")
    _click(desk, "signal_pain")
    _click(desk, "signal_money")


def _talks(desk: Desk, session: FakeSession) -> None:
    tab = cast(TalksTab, _page(desk).show_tab("talks"))
    _settled(desk)
    tab.search.setText("photos")
    _settled(desk)
    if tab.reader.isVisible():
        tab.list.setCurrentIndex(tab.list.model().index(0, 0))
    _settled(desk)


def _ten(desk: Desk, session: FakeSession) -> None:
    tab = cast(RightTenTab, _page(desk).show_tab("ten"))
    tab.list.setCurrentIndex(tab.list.model().index(0, 0))
    tab.list.setFocus()
    _settled(desk)


def _balance(desk: Desk, session: FakeSession) -> None:
    tab = cast(BalanceTab, _page(desk).show_tab("balance"))
    tab.plot.pointed.emit(10)
    _settled(desk)


def _logging(desk: Desk, session: FakeSession) -> None:
    cast(TodayPage, desk.window.built("today")).log_conversation()
    card = desk.window.findChild(QuickAdd)
    assert isinstance(card, QuickAdd)
    card.person.setText("Tom Adeyemi")
    card.text.setPlainText("Three crews, one phone. Wants to see it with his own photos before he pays.")
    card.more.follow_up.put(sample_month.TODAY)
    QTest.qWait(400)
    _settled(desk)


def _more(desk: Desk, session: FakeSession) -> None:
    _logging(desk, session)
    _click(desk, "conversation_more")


def _imported(desk: Desk, session: FakeSession) -> None:
    session.submit(commands.ImportPastedTalk(sample_month.TRANSCRIPT.replace("forty", "thirty")))
    _settled(desk)


FOUR: tuple[tuple[str, Act], ...] = (
    ("people", _person),
    ("talks", _talks),
    ("right-ten", _ten),
    ("guide", _tab("guide")),
    ("lane", _tab("lane")),
    ("balance", _balance),
)
"""Taken narrow and wide, light and dark."""
TWO: tuple[tuple[str, Act], ...] = (
    ("log-a-talk", _logging),
    ("log-more", _more),
    ("person-about", _about),
    ("marking-a-quote", _marking),
    ("imported-talk", _imported),
)
"""Taken wide and light, narrow and dark."""
