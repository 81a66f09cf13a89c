"""The People page: finding somebody, changing what is known, reading and marking, forgetting."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands
from lastmile_desktop.core.conversation import Conversation, QuoteSignal
from lastmile_desktop.core.events import NotebookChanged, TalksRead, WholeTalk
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.people import Person, PersonStatus
from lastmile_desktop.core.transcript import Transcript, TranscriptFormat, Turn
from lastmile_desktop.ui.lines import LineModel
from lastmile_desktop.ui.people.page import PeoplePage
from lastmile_desktop.ui.people.people_lines import people_lines
from lastmile_desktop.ui.people.people_tab import PeopleTab
from lastmile_desktop.ui.people.reading_lines import clock, read_lines
from tests.ui import sample, sample_month
from tests.ui.conftest import Opener, Screen


def page(screen: Screen) -> PeoplePage:
    screen.window.go("people")
    screen.settle()
    found = screen.window.page
    assert isinstance(found, PeoplePage)
    return found


def people(screen: Screen) -> PeopleTab:
    tab = page(screen).show_tab("people")
    assert isinstance(tab, PeopleTab)
    return tab


def named(screen: Screen, name: str) -> Person:
    return next(person for person in screen.state.notebook.people if person.name == name)


def opened(screen: Screen, name: str) -> PeopleTab:
    tab = people(screen)
    tab.open_person(named(screen, name).id)
    screen.settle()
    return tab


def select(tab: PeopleTab, words: str) -> None:
    view = tab.details.reader.view
    cursor = view.document().find(words)
    assert not cursor.isNull()
    view.setTextCursor(cursor)


def field(tab: QWidget, name: str) -> QWidget:
    found = tab.findChild(QWidget, name)
    assert found is not None
    return found


@pytest.fixture
def month(open_screen: Opener) -> Screen:
    return open_screen(asked_before=sample_month.MONTH)


def test_the_list_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = LineModel()
    model.apply(people_lines(sample_month.PEOPLE, (), sample_month.TODAY, ""))
    qtmodeltester.check(model)
    model.apply(people_lines(sample_month.PEOPLE[2:], (), sample_month.TODAY, "roof"))
    qtmodeltester.check(model)


def test_whom_to_come_back_to_stands_first_and_words_narrow_the_list(month: Screen) -> None:
    tab = people(month)
    first = tab.list.model().index(0, 0)
    assert first.data() == "Ines Fuchs  Dachbau Fuchs"
    tab.search.setText("roof kel")
    assert [tab.list.model().index(n, 0).data() for n in range(tab.list.model().rowCount())] == [
        "Rosa Keller  Keller & Daughters Roofing"
    ]


def test_looking_at_people_changes_nothing(month: Screen) -> None:
    before = month.state.notebook.people
    for person in before:
        opened(month, person.name)
    assert month.state.notebook.people == before
    assert month.session.last(commands.KeepPerson) is None


def test_a_field_is_kept_once_it_is_left(qtbot: QtBot, month: Screen) -> None:
    tab = opened(month, "Rosa Keller")
    tab.details.show_about()
    company = field(tab, "person_company")
    company.setFocus()
    qtbot.keyClicks(company, " Ltd")
    qtbot.keyClick(company, Qt.Key.Key_Tab)
    month.settle()
    rosa = named(month, "Rosa Keller")
    assert rosa.company == "Keller & Daughters Roofing Ltd"
    assert (rosa.rank, rosa.reach_out, rosa.next_on) == (
        1,
        sample_month.PEOPLE[0].reach_out,
        date(2026, 11, 23),
    )


def test_closing_the_window_keeps_the_field_that_is_written_in(qtbot: QtBot, month: Screen) -> None:
    tab = opened(month, "Tom Adeyemi")
    tab.details.show_about()
    note = field(tab, "person_note")
    note.setFocus()
    qtbot.keyClicks(note, "Prefers the phone")
    month.window.close()
    kept = month.session.last(commands.KeepPerson)
    assert isinstance(kept, commands.KeepPerson) and kept.person.note == "Prefers the phone"


def test_a_name_that_nobody_has_is_added_by_enter(qtbot: QtBot, month: Screen) -> None:
    tab = people(month)
    qtbot.keyClicks(tab.search, "Lee Park")
    qtbot.keyClick(tab.search, Qt.Key.Key_Return)
    month.settle()
    assert named(month, "Lee Park").status is PersonStatus.TO_CONTACT
    assert tab.details.person_id == named(month, "Lee Park").id


def test_all_talks_with_somebody_are_read_and_a_passage_becomes_a_quote(qtbot: QtBot, month: Screen) -> None:
    tab = opened(month, "Ines Fuchs")
    view = tab.details.reader.view
    assert "wrong roof to an insurer" in view.toPlainText()
    assert [item.cursor.selectedText() for item in view.extraSelections()] == ["nobody knows which is which"]  # pyright: ignore
    select(tab, "had to drive out again")
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Q)
    month.press("signal_money")
    gaps = field(tab, "mark_checks")
    qtbot.keyClicks(gaps, "payment event")
    qtbot.keyClick(gaps, Qt.Key.Key_Return)
    month.press("mark_save")
    month.settle()
    quote = next(talk for talk in month.session.talks() if talk.person == "Ines Fuchs").quotes[-1]
    assert (quote.text, quote.signals) == ("had to drive out again", (QuoteSignal.MONEY,))
    assert quote.linked_checks == ("payments.webhook-replay-order",)
    month.window.open_row("payments.webhook-replay-order")
    month.settle()
    told = [label.text() for label in month.window.page.findChildren(QLabel)]
    assert any("had to drive out again" in text for text in told)


def test_a_quote_is_taken_back(month: Screen) -> None:
    tab = opened(month, "Ines Fuchs")
    select(tab, "nobody knows which is which")
    month.press("mark_quote")
    month.press("mark_remove")
    month.settle()
    month.settle()
    assert next(talk for talk in month.session.talks() if talk.person == "Ines Fuchs").quotes == ()
    assert tab.details.reader.view.extraSelections() == []


def test_words_of_two_talks_are_no_quote(month: Screen) -> None:
    tab = opened(month, "Ines Fuchs")
    view = tab.details.reader.view
    view.moveCursor(QTextCursor.MoveOperation.Start)
    view.moveCursor(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    assert view.passage() is None


def test_forgetting_says_what_goes_and_then_everything_is_gone(month: Screen) -> None:
    ines = named(month, "Ines Fuchs")
    tab = opened(month, ines.name)
    tab.details.show_about()
    month.settle()
    month.press("person_forget")
    dialog = field(month.window, "forget_dialog")
    assert any("1 talk with its quotes" in part.text() for part in dialog.findChildren(QLabel))
    month.press("forget_confirm")
    month.settle()
    assert not [person for person in month.state.notebook.people if person.name == "Ines Fuchs"]
    assert not [talk for talk in month.session.talks() if talk.person == "Ines Fuchs"]
    assert month.window.notices.bars()[0].notice.text.startswith("Forgotten, with one talk.")
    assert tab.details.person_id != ines.id


def test_escape_goes_back_from_a_person_in_a_narrow_window(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(380, 760, asked_before=sample_month.MONTH)
    tab = people(screen)
    tab.list.setFocus()
    tab.list.setCurrentIndex(tab.list.model().index(0, 0))
    qtbot.keyClick(tab.list, Qt.Key.Key_Return)
    assert not tab.list.isVisible() and tab.details.isVisible()
    qtbot.keyClick(QApplication.focusWidget() or screen.window, Qt.Key.Key_Escape)
    assert tab.list.isVisible()


def test_a_talk_of_two_hours_is_shown_without_a_pause(month: Screen) -> None:
    turns = tuple(
        Turn(
            "Sam" if n % 2 else "Ines",
            n * 4.5,
            f"Sentence {n} of what was said about photos, roofs and phones.",
        )
        for n in range(1_600)
    )
    talk = sample.CONVERSATIONS[0]
    transcript = Transcript("call.vtt", TranscriptFormat.WEBVTT, turns, None, "", "hash", founder="Sam")
    tab = opened(month, "Dana Ortiz")
    start = time.process_time()
    asked = commands.ReadTalks(person_id=tab.details.person_id)
    month.state.talks_read.emit(TalksRead(asked, (WholeTalk(talk, transcript),)))
    took = time.process_time() - start
    QApplication.processEvents()
    while "Sentence 1599" not in tab.details.reader.view.toPlainText():
        began = time.process_time()
        QApplication.processEvents()
        took = max(took, time.process_time() - began)
    assert took < 0.05
    lines = read_lines((WholeTalk(talk, transcript),), sample.NOW)
    assert [line.lead for line in lines if line.speaker][:2] == ["Ines 0:00", "You 0:04"]
    alone = replace(transcript, turns=turns[1::2])
    facts = read_lines((WholeTalk(talk, alone),), sample.NOW)[1].text
    assert facts.endswith("you spoke 100 % of the words")
    assert clock(3_727) == "1:02:07"


def test_of_very_many_people_the_first_are_listed_at_once(open_screen: Opener) -> None:
    screen = open_screen()
    tab = people(screen)
    many = tuple(Person(f"Person {n}", id=100 + n, company=f"Company {n % 300}") for n in range(5_000))
    start = time.process_time()
    screen.state.apply([NotebookChanged(Notebook(people=many))])
    QApplication.processEvents()
    assert time.process_time() - start < 0.2
    model = tab.list.model()
    assert model.rowCount() == 201
    assert model.index(200, 0).data() == "and 4,800 more: a few letters of the name find them"
    tab.search.setText("person 4999")
    assert [model.index(n, 0).data() for n in range(model.rowCount())] == ["Person 4999  Company 199"]


def test_leading_questions_of_the_founder_are_underlined_in_a_transcript(
    qtbot: QtBot, open_screen: Opener
) -> None:
    told = (
        "Sam: Would you pay for this?\nIda: Sure.\nSam: What happened last week?\nIda: We lost a job.\n" * 60
    )
    screen = open_screen(asked_before=(commands.ImportPastedTalk(told), commands.ChooseFounder(4, "Sam")))
    view = opened(screen, "Ida").details.reader.view
    qtbot.waitUntil(lambda: len(view.extraSelections()) == 60)
    words = {item.cursor.selectedText() for item in view.extraSelections()}  # pyright: ignore
    assert words == {"Would you pay"}
    pointer = screen.window.findChild(QLabel, "leading_words")
    assert pointer is not None
    assert pointer.text() == "60 questions of yours lead: underlined, a click says why."
    view.setTextCursor(view.document().find("you pay"))
    assert "What do you pay for this today" in pointer.text()


def test_a_quote_after_an_emoji_is_the_words_that_were_selected(open_screen: Opener) -> None:
    said = "👍🏽👍🏽 fine, but 🧾 the invoice was wrong 😬 again"
    screen = open_screen(asked_before=(commands.LogConversation(Conversation("Ida", said, sample.NOW)),))
    tab = opened(screen, "Ida")
    select(tab, "the invoice was wrong")
    passage = tab.details.reader.view.passage()
    assert passage is not None and passage.text == "the invoice was wrong"
    screen.press("mark_quote")
    screen.press("mark_save")
    screen.settle()
    screen.settle()
    (marked,) = tab.details.reader.view.extraSelections()
    assert marked.cursor.selectedText() == "the invoice was wrong"  # pyright: ignore
