"""What the log gives away, each time into a file that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QToolButton

from tests.ui import sample_month
from tests.ui.conftest import Opener, Screen
from tests.ui.test_people import named, opened, people


def choose(screen: Screen, path: Path) -> None:
    """Answer the file dialog that is open."""
    screen.settle()
    dialog = next(item for item in screen.window.findChildren(QFileDialog) if item.isVisible())
    dialog.fileSelected.emit(str(path))
    dialog.close()
    screen.settle()


def pick(screen: Screen, text: str) -> None:
    """Take an entry of the log's menu."""
    menu = people(screen).findChild(QToolButton, "log_menu")
    assert menu is not None
    next(action for action in menu.menu().actions() if action.text() == text).trigger()


def notice(screen: Screen) -> str:
    return screen.window.notices.bars()[0].notice.text


def test_follow_ups_go_into_a_calendar(open_screen: Opener, tmp_path: Path) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    screen.press("follow_ups")
    screen.press("follow_ups_calendar")
    choose(screen, tmp_path / "dates.ics")
    assert "Ines Fuchs" in (tmp_path / "dates.ics").read_text() and notice(screen)


def test_all_about_a_person_is_exported(open_screen: Opener, tmp_path: Path) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    opened(screen, "Ines Fuchs").details.show_about()
    screen.settle()
    screen.press("person_export")
    choose(screen, tmp_path / "ines.md")
    told = (tmp_path / "ines.md").read_text()
    assert "three roofs" in told and "Noor Haddad" not in told


@pytest.mark.parametrize(("kind", "name"), [("Markdown", "log.md"), ("JSON", "log.json")])
def test_the_whole_log_goes_out_and_comes_in_again(
    open_screen: Opener, tmp_path: Path, kind: str, name: str
) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    pick(screen, f"Export the log as {kind}…")
    choose(screen, tmp_path / name)
    other = open_screen()
    pick(other, "Import a log…")
    choose(other, tmp_path / name)
    assert {"Ines Fuchs", "Walt Brandt"} <= {person.name for person in other.state.notebook.people}


def test_the_log_goes_out_as_tables(open_screen: Opener, tmp_path: Path) -> None:
    screen = open_screen(asked_before=sample_month.MONTH)
    pick(screen, "Export the log as tables…")
    choose(screen, tmp_path / "tables")
    assert any("Ines Fuchs" in file.read_text() for file in (tmp_path / "tables").glob("*.csv"))


def test_a_list_of_people_is_imported(open_screen: Opener, tmp_path: Path) -> None:
    screen = open_screen()
    file = tmp_path / "people.csv"
    file.write_text("name,company\nLee Park,Park Ltd\n")
    pick(screen, "Import a list of people…")
    choose(screen, file)
    assert named(screen, "Lee Park").company == "Park Ltd"
    assert notice(screen) == "New in the log: 1 person."
