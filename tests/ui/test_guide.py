"""The guide: goals, questions that do not lead, assumptions with what speaks for them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands
from lastmile_desktop.core.notebook import Standing
from lastmile_desktop.ui.people.guide import GuideTab
from lastmile_desktop.ui.people.rows import WrittenLine
from lastmile_desktop.ui.people.talks_tab import TalksTab
from tests.ui import sample_month
from tests.ui.conftest import Opener, Screen
from tests.ui.test_people import page


def guide(screen: Screen) -> GuideTab:
    tab = page(screen).show_tab("guide")
    assert isinstance(tab, GuideTab)
    screen.settle()
    return tab


def lines(tab: QWidget, name: str) -> list[WrittenLine]:
    return [line for line in tab.findChildren(WrittenLine, name) if line.isVisible()]


def test_three_goals_and_no_fourth(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    tab = guide(screen)
    for number in range(3):
        (new,) = lines(tab, "goal_new")
        new.setFocus()
        qtbot.keyClicks(new, f"Goal {number}")
        qtbot.keyClick(new, Qt.Key.Key_Return)
        screen.settle()
    assert [goal.text for goal in screen.state.notebook.goals] == ["Goal 0", "Goal 1", "Goal 2"]
    assert not lines(tab, "goal_new")
    learned = lines(tab, "goal_learned")[0]
    learned.setFocus()
    qtbot.keyClicks(learned, "At night")
    qtbot.keyClick(learned, Qt.Key.Key_Tab)
    screen.settle()
    assert screen.state.notebook.goals[0].learned == "At night"
    screen.press("goal_remove")
    screen.settle()
    assert [goal.text for goal in screen.state.notebook.goals] == ["Goal 1", "Goal 2"]


def test_a_leading_question_is_pointed_out_with_a_better_form(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    tab = guide(screen)
    fine, leading = lines(tab, "question")
    assert not fine.extraSelections() and leading.extraSelections()
    screen.press("question_better")
    screen.settle()
    after = screen.state.notebook.questions[1].text
    assert "Would you pay" not in after and not lines(tab, "question")[1].extraSelections()


def test_a_question_of_the_guide_is_taken_over_once(open_screen: Opener) -> None:
    screen = open_screen()
    tab = guide(screen)
    for _ in range(2):
        screen.press("guide_take")
        screen.settle()
    assert len(screen.state.notebook.questions) == 1
    screen.press("guide_copy")
    assert screen.state.notebook.questions[0].text in QGuiApplication.clipboard().text()
    assert tab.isVisible()


def test_an_assumption_is_decided_and_leads_to_what_speaks_for_it(open_screen: Opener) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    tab = guide(screen)
    boxes = tab.findChildren(QComboBox, "assumption_standing")
    assert [box.currentData() for box in boxes] == ["validated", "invalidated", "open"]
    boxes[2].setCurrentIndex(boxes[2].findData(Standing.INVALIDATED))
    boxes[2].activated.emit(boxes[2].currentIndex())
    screen.settle()
    decided = screen.state.notebook.assumptions[2]
    assert (decided.standing, decided.decided_on) == (Standing.INVALIDATED, sample_month.TODAY)
    cited = [label.text() for label in tab.findChildren(QLabel) if label.text().startswith("“")]
    assert cited[0].endswith("Ines Fuchs, 3 days ago")
    screen.press("citation")
    screen.settle()
    screen.settle()
    talks = page(screen).tab
    assert isinstance(talks, TalksTab) and "three roofs" in talks.reader.view.toPlainText()


def test_a_record_that_is_emptied_is_dropped(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    tab = guide(screen)
    goal = lines(tab, "goal")[1]
    goal.setFocus()
    goal.selectAll()
    qtbot.keyClick(goal, Qt.Key.Key_Delete)
    qtbot.keyClick(goal, Qt.Key.Key_Tab)
    screen.settle()
    assert len(screen.state.notebook.goals) == 2
    assert isinstance(screen.session.last(commands.DropRecord), commands.DropRecord)
