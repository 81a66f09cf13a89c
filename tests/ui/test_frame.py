"""The frame: pages, palette, notices, settings, dropping a folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands, events
from lastmile_desktop.ui import today
from lastmile_desktop.ui.actions import score
from lastmile_desktop.ui.notices import NoticeBar
from lastmile_desktop.ui.pages import discover
from lastmile_desktop.ui.palette import Palette
from lastmile_desktop.ui.shortcuts import ShortcutsDialog
from lastmile_desktop.ui.span_text import SpanText
from tests.ui import sample
from tests.ui.conftest import Opener


def test_pages_are_found_by_their_folders() -> None:
    folders = {path.parent.name for path in Path(today.__file__).parents[1].glob("*/page.py")}
    found = [page.id for page in discover()]
    assert set(found) == folders and found[0] == "today" and found[-1] == "settings"


def test_first_run_offers_a_folder_and_the_sample(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(with_project=False)
    screen.press("open_sample")
    assert screen.session.last(commands.OpenProject) == commands.OpenProject(Path("/sample"))
    screen.settle()
    assert screen.window.windowTitle().startswith("acme-crm")


def test_the_last_project_is_opened_again(open_screen: Opener) -> None:
    screen = open_screen(with_project=False, stored={"last_project": "/projects/acme-crm"})
    assert screen.session.last(commands.OpenProject) == commands.OpenProject(Path("/projects/acme-crm"))


def test_a_dropped_folder_is_opened(open_screen: Opener) -> None:
    screen = open_screen(with_project=False)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/projects/other")])
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    screen.window.dropEvent(event)
    assert screen.session.last(commands.OpenProject) == commands.OpenProject(Path("/projects/other"))


def test_pause_and_go_on(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    screen.press("pause")
    assert screen.session.asked[-1] == commands.Pause()
    screen.settle()
    screen.press("pause")
    assert screen.session.asked[-1] == commands.Resume()


def test_the_palette_reaches_checks_and_actions(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    qtbot.keyClick(screen.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = screen.window.findChild(Palette)
    assert isinstance(palette, Palette)
    qtbot.keyClicks(palette.field, "master key")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert screen.today.detail.row_id == "secrets.privileged-key-in-client"
    screen.window.open_palette()
    palette = screen.window.findChildren(Palette)[-1]
    qtbot.keyClicks(palette.field, "rls-dis")
    assert palette.list.currentItem().text() == "Every table that the browser can reach has row security on"
    palette.field.clear()
    qtbot.keyClicks(palette.field, "zzzz")
    assert palette.list.count() == 0 and not palette.list.isVisible()
    palette.field.clear()
    qtbot.keyClicks(palette.field, "go to settings")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert screen.window.page.objectName() == "settings"


def test_letters_in_order_are_found_and_words_weigh_more() -> None:
    assert score("mk", "A master key") > 0
    assert score("zz", "A master key") == 0
    assert score("master", "A master key") > score("master", "Many a stray letter")


def test_the_keys_are_listed(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    qtbot.keyClicks(screen.window, "?")
    assert screen.window.findChild(ShortcutsDialog) is not None


def test_a_failure_says_what_happened_and_goes_when_dismissed(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    screen.tell(events.Failed("The list was not stored", "The disk is full.", "Make room, then scan again."))
    bar = screen.window.findChild(NoticeBar)
    assert isinstance(bar, NoticeBar) and bar.isVisible()
    assert bar.accessibleName() == "The list was not stored. The disk is full. Make room, then scan again."
    screen.press("notice_dismiss")
    assert not bar.isVisible()


def test_at_most_three_notices_and_the_same_one_once(open_screen: Opener) -> None:
    screen = open_screen()
    for number in range(5):
        screen.tell(events.Failed(f"Problem {number}", "x", "y"))
    screen.tell(events.Failed("Problem 4", "x", "y"))
    assert [bar.notice.title for bar in screen.window.notices.bars()] == [
        "Problem 4",
        "Problem 3",
        "Problem 2",
    ]


def test_a_new_stopper_is_told_once_and_leads_to_its_row(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    told = events.StopperAppeared("A master key", "secrets.privileged-key-in-client")
    screen.tell(told, told)
    assert len(screen.window.notices.bars()) == 1
    screen.press("notice_action")
    assert screen.today.detail.row_id == "secrets.privileged-key-in-client"


def test_no_word_of_new_stoppers_when_not_wanted(open_screen: Opener) -> None:
    screen = open_screen(stored={"notify": "no"})
    screen.tell(events.StopperAppeared("A master key", "secrets.privileged-key-in-client"))
    assert screen.window.notices.bars() == []


def test_settings_change_the_look_at_once(open_screen: Opener) -> None:
    screen = open_screen()
    screen.window.go("settings")
    theme = screen.window.findChild(QComboBox, "setting_theme")
    scale = screen.window.findChild(QComboBox, "setting_font_scale")
    assert theme is not None and scale is not None
    for box, value in ((theme, "dark"), (scale, "150")):
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())
    screen.settle()
    assert screen.desk.theme.is_dark and screen.desk.theme.scale == 1.5
    assert QApplication.font().pixelSize() == 20


def test_the_editor_command_is_asked_for_only_with_another_command(open_screen: Opener) -> None:
    screen = open_screen()
    screen.window.go("settings")
    field = screen.window.findChild(QLineEdit, "setting_editor_command")
    assert field is not None and not field.isEnabled()
    screen.session.submit(commands.SetSetting("editor", "custom"))
    screen.settle()
    assert field.isEnabled()


def test_settings_say_where_the_data_lives_and_how_much_it_is(open_screen: Opener) -> None:
    screen = open_screen()
    screen.window.go("settings")
    assert screen.session.last(commands.MeasureData) is not None
    screen.settle()
    size = screen.window.findChild(SpanText, "data_size")
    assert size is not None and size.isVisible() and size.text().endswith("B.")
    screen.tell(events.DataMeasured(12_345_678))
    assert size.text() == "It takes 11.8 MB."


def test_the_questions_come_after_the_first_scan_and_stay_away(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(answers={})
    card = screen.window.findChild(QWidget, "questions")
    assert card is not None and card.isVisible()
    screen.press("questions_answer")
    stage = card.findChild(QComboBox, "profile_stage")
    assert stage is not None
    stage.setCurrentIndex(stage.findData("paying"))
    stage.activated.emit(stage.currentIndex())
    assert screen.session.last(commands.Answer) == commands.Answer("profile.stage", "paying")
    screen.settle()
    assert card.isVisible()
    screen.press("questions_done")
    screen.settle()
    assert not card.isVisible() and screen.session.stored["questions"] == "1"
    later = open_screen(answers={}, stored={"questions": "1"})
    assert not later.window.findChild(QWidget, "questions").isVisible()  # pyright: ignore[reportOptionalMemberAccess]


def test_the_window_comes_back_where_it_was(open_screen: Opener) -> None:
    screen = open_screen(700, 500)
    screen.window.close()
    kept = screen.session.stored["window_place"]
    other = open_screen(with_project=False)
    other.window.place(kept)
    other.settle()
    assert other.window.size() == screen.window.size()
    other.window.place("not base64 at all")


def test_the_status_says_when_watching_is_not_what_it_should_be(open_screen: Opener) -> None:
    screen = open_screen()
    screen.tell(events.WatchChanged(events.WatchState.DEGRADED, 1_204, "Too many folders to watch."))
    texts = [
        child.accessibleName() or getattr(child, "text", str)()
        for child in screen.window.status_bar.findChildren(QWidget)
    ]
    assert "Too many folders to watch." in texts


def test_a_project_without_any_row_has_words(open_screen: Opener) -> None:
    screen = open_screen(scan=sample.scan(()))
    assert screen.today.model.rowCount() == 1
    assert screen.today.model.index_of("empty:stop").isValid()


def test_everything_belongs_to_the_window(open_screen: Opener) -> None:
    """A part without a parent would outlive the window, and be styled again with every change of the look."""
    screen = open_screen()
    for page in discover():
        screen.window.go(page.id)
        screen.settle()
    assert {type(item).__name__ for item in QApplication.topLevelWidgets() if item.parent() is None} == {
        "MainWindow"
    }
