"""The journal page: typed entries are kept, deleted ones come back, the scoreboard leads to what it rests on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands
from lastmile_desktop.core.checklist import Chip
from lastmile_desktop.core.notebook import Difference, Incident, JournalEntry
from lastmile_desktop.ui.journal.form import EntryForm, texts_of
from lastmile_desktop.ui.journal.keeper import draft_in
from lastmile_desktop.ui.journal.page import SCOREBOARD, JournalPage
from lastmile_desktop.ui.journal.scoreboard import ScoreboardView
from lastmile_desktop.ui.journal.view import EntryButton
from tests.ui import sample, sample_journal
from tests.ui.conftest import Opener, Screen


def opened(open_screen: Opener, **more: object) -> Screen:
    screen = open_screen(asked_before=sample_journal.KEPT, **more)
    screen.window.go("journal")
    screen.settle()
    return screen


def page(screen: Screen) -> JournalPage:
    found = screen.window.page
    assert isinstance(found, JournalPage)
    return found


def field(screen: Screen, name: str) -> QWidget:
    found = screen.window.page.findChild(QWidget, f"journal_{name}")
    assert isinstance(found, QWidget)
    return found


def tick(screen: Screen, name: str) -> None:
    box = screen.window.page.findChild(QCheckBox, name)
    assert isinstance(box, QCheckBox)
    box.click()


def journal(screen: Screen) -> tuple[JournalEntry, ...]:
    return screen.state.notebook.journal


def titles(screen: Screen) -> list[str]:
    buttons = [item for item in screen.window.page.findChildren(EntryButton) if not item.isHidden()]
    return [item.words.text().partition("\u2028")[0] for item in sorted(buttons, key=lambda item: item.y())]


def test_a_new_entry_is_kept_while_it_is_typed_and_stays_one(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    before = len(journal(screen))
    screen.press("journal_new")
    qtbot.keyClicks(field(screen, "symptom"), "The map is empty")
    qtbot.waitUntil(lambda: len(journal(screen)) == before + 1)
    tick(screen, "different_browser")
    qtbot.keyClicks(field(screen, "fails_in"), "Safari on an iPad")
    qtbot.waitUntil(lambda: journal(screen)[-1].fails_in == "Safari on an iPad")
    kept = journal(screen)[-1]
    assert (kept.symptom, kept.differences) == ("The map is empty", (Difference.BROWSER,))
    assert len(journal(screen)) == before + 1
    assert titles(screen)[0] == "The map is empty"


def test_a_second_of_typing_is_the_most_that_can_be_lost(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    screen.press("journal_new")
    qtbot.keyClicks(field(screen, "symptom"), "half a sen")

    def on_disk() -> bool:
        draft = draft_in(screen.session.stored.get("journal_draft", ""))
        return draft is not None and draft.texts["symptom"] == "half a sen"

    qtbot.waitUntil(on_disk, timeout=1_000)


def test_what_was_typed_before_the_program_ended_comes_back(qtbot: QtBot, open_screen: Opener) -> None:
    texts = {
        "symptom": "It was killed",
        "differences": str(Difference.CACHE),
        "incident": "yes",
        "impact": "all",
    }
    draft = json.dumps({"project": sample.PROJECT.id, "entry": 0, "texts": texts})
    screen = opened(open_screen, stored={"journal_draft": draft})
    qtbot.waitUntil(lambda: any(item.symptom == "It was killed" for item in journal(screen)))
    kept = next(item for item in journal(screen) if item.symptom == "It was killed")
    assert (kept.differences, kept.incident) == ((Difference.CACHE,), Incident("all"))
    qtbot.waitUntil(lambda: screen.session.stored["journal_draft"] == "")


def test_drafts_that_cannot_be_read_are_no_reason_to_fail(open_screen: Opener) -> None:
    for text in ("", "{", "[]", '{"project": 1}', '{"project": 1, "entry": "x", "texts": {}}'):
        assert draft_in(text) is None
    other = json.dumps({"project": 99, "entry": 0, "texts": {"symptom": "elsewhere"}})
    screen = opened(open_screen, stored={"journal_draft": other})
    assert not any(item.symptom == "elsewhere" for item in journal(screen))


def test_an_entry_is_opened_changed_deleted_and_brought_back(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    first = next(item for item in screen.window.page.findChildren(EntryButton) if "PDF" in item.words.text())
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert "PDF export hangs" in _text(field(screen, "symptom"))
    screen.press("journal_delete")
    qtbot.waitUntil(lambda: "PDF export hangs for Marcus" not in titles(screen))
    screen.press("notice_action")
    qtbot.waitUntil(lambda: "PDF export hangs for Marcus" in titles(screen))


def test_what_broke_twice_raises_its_checks_and_is_said(open_screen: Opener) -> None:
    screen = opened(open_screen)
    above = screen.window.page.findChild(QLabel, "journal_above")
    assert isinstance(above, QLabel)
    assert above.text() == "Environment variable: at least twice in 60 days. 1 linked gap ranks higher."
    row = screen.state.row("delivery.env-parity")
    assert row is not None and Chip.BROKE_TWICE in row.chips


def test_an_incident_asks_for_more(open_screen: Opener) -> None:
    screen = opened(open_screen)
    screen.press("journal_new")
    assert not field(screen, "impact").isVisible()
    tick(screen, "journal_incident")
    assert field(screen, "impact").isVisible() and field(screen, "detected").isVisible()


def test_the_form_gives_back_every_entry_as_it_was(open_screen: Opener) -> None:
    screen = opened(open_screen)
    form = EntryForm(screen.desk.theme)
    form.offer_checks((("delivery.env-parity", "Settings"), ("access.object-ownership", "Rows")))
    for number, entry in enumerate(sample_journal.ENTRIES):
        form.fill(texts_of(entry), sample.NOW.date() + timedelta(days=1))
        assert form.entry(number) == replace(entry, id=number)
    form.deleteLater()


def test_narrow_shows_the_list_or_the_entry(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen, width=380)
    screen.press("journal_new")
    assert not screen.window.page.findChild(QWidget, "journal_list").isVisible()  # pyright: ignore
    qtbot.keyClick(screen.window, Qt.Key.Key_Escape)
    assert screen.window.page.findChild(QWidget, "journal_list").isVisible()  # pyright: ignore


def test_the_scoreboard_shows_a_month_and_leads_to_its_evidence(open_screen: Opener) -> None:
    screen = opened(open_screen)
    page(screen).show_tab(SCOREBOARD)
    screen.settle()
    board = screen.window.page.findChild(ScoreboardView)
    assert isinstance(board, ScoreboardView)
    said = [item.text() for item in board.findChildren(QLabel) if item.isVisible()]
    assert "1 incident, 180 minutes lost. 1 gap came back." in said
    assert "Did anyone pay?  yes" in said
    screen.press("scoreboard_copy")
    assert QGuiApplication.clipboard().text().startswith("# acme-crm: 2026-11\n")
    link = next(
        item
        for item in board.findChildren(QAbstractButton, "outcome_link")
        if item.accessibleName() == "Show Job photos of another crew on the dashboard"
    )
    link.click()
    assert _text(field(screen, "symptom")) == "Job photos of another crew on the dashboard"
    page(screen).show_tab(SCOREBOARD)
    board.link_wanted.emit("check:reliability.no-timeouts")
    assert screen.window.page is screen.today
    assert screen.today.detail.row_id == "reliability.no-timeouts"


def test_the_page_is_written_where_the_founder_says(open_screen: Opener, tmp_path: Path) -> None:
    screen = opened(open_screen)
    screen.session.submit(commands.ExportScoreboard("2026-11", tmp_path / "month.md"))
    assert "Did we pass compliance?" in (tmp_path / "month.md").read_text()


def _text(found: QWidget) -> str:
    if isinstance(found, QPlainTextEdit):
        return found.toPlainText()
    assert isinstance(found, QLineEdit)
    return found.text()
