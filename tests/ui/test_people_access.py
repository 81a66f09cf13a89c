"""Everyone can use the People page: names, keys, nothing cut off in a narrow window or with large or long words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from lastmile_desktop.ui.people.right_ten import RightTenTab
from tests.ui import sample_month
from tests.ui.conftest import Opener, Screen
from tests.ui.test_access import Lengthened, controls, cut_off, long_words
from tests.ui.test_people import opened, page, select

__all__ = ["Lengthened", "long_words"]


def _reading(screen: Screen) -> None:
    opened(screen, "Ines Fuchs")


def _about(screen: Screen) -> None:
    opened(screen, "Rosa Keller").details.show_about()


def _marking(screen: Screen) -> None:
    select(opened(screen, "Ines Fuchs"), "nobody knows which is which")
    screen.press("mark_quote")


def _forgetting(screen: Screen) -> None:
    _about(screen)
    screen.press("person_forget")


def _tab(name: str) -> Callable[[Screen], None]:
    def show(screen: Screen) -> None:
        page(screen).show_tab(name)

    return show


def _filtering(screen: Screen) -> None:
    page(screen).show_tab("talks")
    screen.settle()
    screen.press("talk_filters")


def _one_of_ten(screen: Screen) -> None:
    tab = page(screen).show_tab("ten")
    assert isinstance(tab, RightTenTab)
    tab.list.entered.emit(screen.state.notebook.right_ten[0].id)


def _balance(screen: Screen) -> None:
    quiet = replace(sample_month.BALANCE.window, talk_hours=0.0, conversations=0, live_conversations=0)
    screen.tell(replace(sample_month.BALANCE, window=quiet))
    page(screen).show_tab("balance")


VIEWS: dict[str, Callable[[Screen], None]] = {
    "list": _tab("people"),
    "reading": _reading,
    "about": _about,
    "marking": _marking,
    "talks": _filtering,
    "ten": _one_of_ten,
    "guide": _tab("guide"),
    "lane": _tab("lane"),
    "balance": _balance,
}


def shown(open_screen: Opener, view: str, width: int, scale: str = "100") -> Screen:
    screen = open_screen(width, 800, stored={"font_scale": scale}, asked_before=sample_month.MONTH)
    VIEWS[view](screen)
    # Parts within parts find their height one after the other.
    for _ in range(4):
        screen.settle()
    return screen


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [380, 1240])
def test_every_control_has_a_name(open_screen: Opener, view: str, width: int) -> None:
    found = controls(shown(open_screen, view, width).window)
    assert len(found) >= 4
    for control in found:
        interface = QAccessible.queryAccessibleInterface(control)
        name = interface.text(QAccessible.Text.Name) if interface else ""
        assert name.strip(), f"{control.objectName() or control} has no name"


@pytest.mark.parametrize("view", VIEWS)
def test_tab_reaches_every_control(open_screen: Opener, view: str) -> None:
    screen = shown(open_screen, view, 1240)
    wanted = {item for item in controls(screen.window) if item.focusPolicy() & Qt.FocusPolicy.TabFocus}
    reached: set[QWidget] = set()
    for _ in range(4 * len(wanted) + 20):
        QTest.keyClick(QApplication.focusWidget() or screen.window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is not None:
            reached.add(focus)
    # Of tabs that exclude each other Tab reaches the chosen one, arrows the others.
    missing = {item.objectName() for item in wanted - reached if not getattr(item, "autoExclusive", bool)()}
    assert not missing


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("width", "scale"), [(360, "100"), (380, "200"), (1240, "100"), (1280, "200")])
def test_nothing_is_cut_off(open_screen: Opener, view: str, width: int, scale: str) -> None:
    screen = shown(open_screen, view, width, scale)
    assert screen.window.width() == width
    assert cut_off(screen.window) == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [360, 1240])
def test_long_words_fit(long_words: None, open_screen: Opener, view: str, width: int) -> None:
    screen = shown(open_screen, view, width)
    assert screen.window.width() == width
    assert cut_off(screen.window) == []


@pytest.mark.parametrize("scale", ["100", "200"])
def test_the_question_before_forgetting_fits(open_screen: Opener, scale: str) -> None:
    screen = open_screen(360, 800, stored={"font_scale": scale}, asked_before=sample_month.MONTH)
    _forgetting(screen)
    screen.settle()
    dialog = screen.window.findChild(QWidget, "forget_dialog")
    assert dialog is not None and dialog.isVisible()
    assert cut_off(dialog) == []
