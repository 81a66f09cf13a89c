"""The policy page: read, changed by form or as text, looked at, written, taken back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands
from lastmile_desktop.ui.policy.page import BOOK, PolicyPage
from lastmile_desktop.ui.policy.rules import KeyRow
from tests.ui.conftest import Opener, Screen

BOOK_TEXT = """schema = 1
owner = "Dana"

[access]
# marketing
public_routes = ["/", "/pricing"]
colour = "blue"

[backup]
rpo_hours = "a day"
"""


def opened(open_screen: Opener, text: str | None = BOOK_TEXT, **more: object) -> Screen:
    screen = open_screen(**more)
    if text is not None:
        file(screen).parent.mkdir(exist_ok=True)
        file(screen).write_text(text)
    screen.window.go("policy")
    screen.settle()
    return screen


def file(screen: Screen) -> Path:
    return screen.session.root / ".lastmile" / "policy.toml"


def page(screen: Screen) -> PolicyPage:
    found = screen.window.page
    assert isinstance(found, PolicyPage)
    return found


def row(screen: Screen, name: str) -> KeyRow:
    return page(screen).rules.rows[name]


def said(row: KeyRow) -> list[str]:
    return [item.text() for item in row.findChildren(QLabel)]


def line(screen: Screen, name: str) -> QLineEdit:
    found = page(screen).findChild(QLineEdit, f"policy_{name}")
    assert isinstance(found, QLineEdit)
    return found


def text_of(screen: Screen, name: str) -> str:
    found = page(screen).findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found.text()


def test_each_key_says_what_it_holds_and_who_acts_on_it(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    qtbot.waitUntil(lambda: line(screen, "owner").text() == "Dana")
    assert text_of(screen, "policy_summary") == "3 rules are written."
    assert "owner  written" in said(row(screen, "owner"))
    assert any("No check acts on it yet" in text for text in said(row(screen, "backup.rto_hours")))
    backup = said(row(screen, "backup.rpo_hours"))
    assert any("Acted on by: You don’t know that you could get your data back" in text for text in backup)
    assert line(screen, "secrets.rotation_days").placeholderText() == "not written: 180"
    assert any("Not written. For example:" in text for text in said(row(screen, "slo")))


def test_problems_lead_to_their_line(open_screen: Opener) -> None:
    screen = opened(open_screen)
    screen.press("policy_problem")
    cursor = page(screen).book.text.textCursor()
    assert cursor.selectedText() == 'colour = "blue"'


def test_a_form_is_previewed_written_and_undone(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    qtbot.keyClicks(line(screen, "secrets.rotation_days"), "90")
    screen.press("policy_preview")
    screen.settle()
    diff = page(screen).findChild(QPlainTextEdit, "policy_diff")
    assert isinstance(diff, QPlainTextEdit)
    qtbot.waitUntil(lambda: "+rotation_days = 90" in diff.toPlainText())
    assert file(screen).read_text() == BOOK_TEXT
    screen.press("policy_apply")
    assert file(screen).read_text() == BOOK_TEXT + "\n[secrets]\nrotation_days = 90\n"
    screen.settle()
    screen.press("notice_action")
    assert file(screen).read_text() == BOOK_TEXT


def test_undoing_the_first_rule_takes_the_file_out_again(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen, None)
    assert "No policy book yet" in text_of(screen, "policy_summary")
    qtbot.keyClicks(line(screen, "owner"), "Dana")
    screen.press("policy_preview")
    screen.settle()
    screen.press("policy_apply")
    assert file(screen).read_text() == 'schema = 1\nowner = "Dana"\n'
    screen.settle()
    screen.press("notice_action")
    assert not file(screen).exists()


def test_the_text_is_checked_before_it_is_written(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    page(screen).show_tab(BOOK)
    page(screen).book.text.setPlainText("[acess]\n")
    screen.press("policy_preview")
    screen.settle()
    qtbot.waitUntil(lambda: "Line 1: acess is not a key" in text_of(screen, "policy_diff_problems"))
    screen.press("policy_back")
    screen.press("policy_discard")
    assert page(screen).book.written is None
    assert file(screen).read_text() == BOOK_TEXT


def test_what_is_no_toml_can_only_be_mended_as_text(open_screen: Opener) -> None:
    screen = opened(open_screen, "[access\n")
    screen.settle()
    assert "cannot be read" in text_of(screen, "policy_summary")
    assert not line(screen, "owner").isEnabled()


def test_what_is_typed_stays_when_the_book_is_read_again(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    qtbot.keyClicks(line(screen, "backup.rto_hours"), "4")
    screen.session.submit(commands.ReadPlans())
    screen.settle()
    assert line(screen, "backup.rto_hours").text() == "4"
    screen.press("policy_discard")
    assert line(screen, "backup.rto_hours").text() == ""
