"""Build-vs-talk: the plot in words and its keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from lastmile_desktop.ui.people.balance import BalanceTab
from lastmile_desktop.ui.people.plot import axis_step
from tests.ui import sample_month
from tests.ui.conftest import Opener, Screen
from tests.ui.test_people import page

QUIET = replace(
    sample_month.BALANCE,
    window=replace(
        sample_month.BALANCE.window, build_hours=31.0, talk_hours=0.0, conversations=0, live_conversations=0
    ),
)


def balance(screen: Screen, told: object = sample_month.BALANCE) -> BalanceTab:
    screen.tell(told)
    tab = page(screen).show_tab("balance")
    assert isinstance(tab, BalanceTab)
    screen.settle()
    return tab


def text(tab: QWidget, name: str) -> str:
    found = tab.findChild(QLabel, name)
    assert found is not None
    return found.text()


@pytest.mark.parametrize(("most", "step"), [(1.0, 1), (6.0, 2), (31.0, 10), (80.0, 20), (900.0, 200)])
def test_the_axis_has_a_handful_of_lines(most: float, step: int) -> None:
    assert axis_step(most) == step


def test_the_plot_is_read_with_the_arrow_keys(qtbot: QtBot, open_screen: Opener) -> None:
    tab = balance(open_screen(asked_before=sample_month.MONTH))
    assert text(tab, "balance_head") == "14 days: 21.5 h building, 3 conversations"
    tab.plot.setFocus()
    qtbot.keyClick(tab.plot, Qt.Key.Key_Left)
    expected = "Week of 16 November: 9.5 h building, 2.3 h talking, 2 talks – given: letter of intent"
    assert text(tab, "balance_week") == expected
    assert expected in tab.plot.accessibleDescription().splitlines()
    qtbot.keyClick(tab.plot, Qt.Key.Key_Left)
    assert text(tab, "balance_week").startswith("Week of 9 November: 12 h building")


def test_the_mouse_points_at_weeks_too(qtbot: QtBot, open_screen: Opener) -> None:
    tab = balance(open_screen(asked_before=sample_month.MONTH))
    qtbot.mouseMove(tab.plot, tab.plot.rect().center())
    assert text(tab, "balance_week").startswith("Week of ")


def test_hours_that_git_does_not_tell_are_not_drawn_as_none(open_screen: Opener) -> None:
    told = replace(
        QUIET,
        window=replace(QUIET.window, known=False),
        weeks=tuple(replace(week, build_hours=None) for week in QUIET.weeks),
    )
    tab = balance(open_screen(asked_before=sample_month.MONTH), told)
    assert "building," not in tab.plot.accessibleDescription()
    assert "Git does not tell" in text(tab, "balance_head")
