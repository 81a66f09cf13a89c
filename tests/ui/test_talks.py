"""Finding what was said: as you type, with filters, and read beside."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands
from lastmile_desktop.ui.people.talks_tab import TalksTab
from tests.ui import sample_month
from tests.ui.conftest import Opener, Screen
from tests.ui.test_people import page


def talks(screen: Screen) -> TalksTab:
    tab = page(screen).show_tab("talks")
    assert isinstance(tab, TalksTab)
    settle(screen)
    return tab


def settle(screen: Screen) -> None:
    """A question and its answer, and once more for one that waited."""
    for _ in range(4):
        screen.settle()


def found(tab: TalksTab) -> list[str]:
    model = tab.list.model()
    return [str(model.index(n, 0).data()).split("  ")[0] for n in range(model.rowCount())]


def month(open_screen: Opener, width: int = 1240) -> Screen:
    return open_screen(width, 800, asked_before=sample_month.MONTH)


def test_without_words_all_talks_are_listed_the_newest_first(open_screen: Opener) -> None:
    tab = talks(month(open_screen))
    assert found(tab) == ["Ines Fuchs", "Noor Haddad", "Dana Ortiz", "Marcus Bell", "Priya Nair"]


def test_words_are_found_as_they_are_typed_and_shown_bold(qtbot: QtBot, open_screen: Opener) -> None:
    screen = month(open_screen)
    tab = talks(screen)
    qtbot.keyClicks(tab.search, "photo")
    settle(screen)
    assert set(found(tab)) == {"Ines Fuchs", "Dana Ortiz"}
    line = tab._model.entry(tab.list.model().index(0, 0))
    assert line is not None
    assert next(span.text.lower() for span in line.paragraphs[1] if span.bold).startswith("photo")
    qtbot.keyClicks(tab.search, "s of three")
    settle(screen)
    assert found(tab) == ["Ines Fuchs"]
    qtbot.keyClick(tab.search, Qt.Key.Key_Return)
    settle(screen)
    assert "Photos of three roofs" in tab.reader.view.toPlainText()


def test_a_question_waits_for_the_answer_to_the_last_one(qtbot: QtBot, open_screen: Opener) -> None:
    screen = month(open_screen)
    tab = talks(screen)
    asked = len(screen.session.asked)
    qtbot.keyClicks(tab.search, "insurer")
    settle(screen)
    questions = [item for item in screen.session.asked[asked:] if isinstance(item, commands.FindTalks)]
    assert questions[-1].query.text == "insurer" and found(tab) == ["Ines Fuchs"]


def test_filters_narrow_and_closing_them_widens_again(open_screen: Opener) -> None:
    screen = month(open_screen)
    tab = talks(screen)
    screen.press("talk_filters")
    for name, value, left in (
        ("filter_least", "money", ["Ines Fuchs", "Dana Ortiz"]),
        ("filter_signal", "pain", ["Ines Fuchs"]),
        ("filter_segment", "commercial", []),
    ):
        box = tab.findChild(QComboBox, name)
        assert box is not None
        box.setCurrentIndex(box.findData(value))
        settle(screen)
        assert found(tab) == left
    screen.press("talk_filters")
    settle(screen)
    assert len(found(tab)) == 5


def test_the_last_talks_are_read_in_one_go(open_screen: Opener) -> None:
    screen = month(open_screen, 380)
    tab = talks(screen)
    screen.press("talks_last")
    settle(screen)
    text = tab.reader.view.toPlainText()
    assert not tab.list.isVisible() and text.index("Ines Fuchs") < text.index("Priya Nair")
    screen.press("pane_back")
    assert tab.list.isVisible()
