"""The conversation log: writing down, changing, forgetting, coming back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.conversation import Channel, Ladder
from lastmile_desktop.core.people import Person
from lastmile_desktop.ui.conversations.entries import PeriodEntry, TalkEntry, due, entries
from lastmile_desktop.ui.conversations.more_fields import parse_amount
from lastmile_desktop.ui.conversations.quick_add import QuickAdd
from lastmile_desktop.ui.conversations.view import TalkList
from lastmile_desktop.ui.people.page import PeoplePage
from tests.ui import sample
from tests.ui.conftest import Opener, Screen


def card(screen: Screen) -> QuickAdd:
    found = screen.window.findChild(QuickAdd)
    assert isinstance(found, QuickAdd)
    return found


def logged(screen: Screen) -> commands.LogConversation:
    found = screen.session.last(commands.LogConversation)
    assert isinstance(found, commands.LogConversation)
    return found


def test_n_then_who_then_what_then_enter(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    qtbot.keyClick(screen.window, Qt.Key.Key_N)
    assert card(screen).person.hasFocus()
    qtbot.keyClicks(card(screen).person, "Lee Park")
    qtbot.keyClick(card(screen).person, Qt.Key.Key_Return)
    assert card(screen).text.hasFocus()
    qtbot.keyClicks(card(screen).text, "We lose a day a week on this.")
    qtbot.keyClick(card(screen).text, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(card(screen).text, "Second line: j k c e s n")
    qtbot.keyClick(card(screen).text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    talk = logged(screen).conversation
    assert (talk.person, talk.channel, talk.when) == ("Lee Park", Channel.CALL, sample.NOW)
    assert talk.said == "We lose a day a week on this.\nSecond line: j k c e s n"
    screen.settle()
    assert card(screen).person.text() == "" and card(screen).text.toPlainText() == ""


def test_nothing_is_logged_without_who_and_what(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    card(screen).text.setPlainText("words without a person")
    qtbot.keyClick(card(screen).text, Qt.Key.Key_Return)
    assert screen.session.last(commands.LogConversation) is None
    assert card(screen).person.hasFocus()


def test_an_unfinished_note_is_kept_and_comes_back(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    qtbot.keyClicks(card(screen).person, "Ida")
    qtbot.keyClicks(card(screen).text, "half a sen")
    qtbot.waitUntil(lambda: "half a sen" in screen.session.stored.get("draft", ""))
    other = open_screen(stored={"draft": screen.session.stored["draft"]})
    assert (card(other).person.text(), card(other).text.toPlainText()) == ("Ida", "half a sen")


def test_closing_the_window_keeps_the_note(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    qtbot.keyClicks(card(screen).text, "typed a moment ago")
    screen.window.close()
    assert "typed a moment ago" in screen.session.stored["draft"]


@pytest.mark.parametrize("draft", ["", "no json", "[]", '{"1": 3}', '{"1": {"person": null}}'])
def test_a_broken_draft_is_no_reason_to_fail(open_screen: Opener, draft: str) -> None:
    screen = open_screen(stored={"draft": draft})
    assert card(screen).text.toPlainText() == ""


def test_a_talk_is_changed_in_the_card(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    view = screen.window.findChild(TalkList)
    assert isinstance(view, TalkList)
    view.setFocus()
    view.setCurrentIndex(view.model().index(1, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert card(screen).is_editing and card(screen).person.text() == "Dana Ortiz"
    card(screen).text.setPlainText("New words")
    screen.press("conversation_log")
    talk = logged(screen).conversation
    dana = sample.CONVERSATIONS[0]
    assert (talk.id, talk.said, talk.when, talk.commitment) == (3, "New words", dana.when, dana.commitment)
    assert talk.quotes == dana.quotes and talk.linked_checks == dana.linked_checks
    screen.settle()
    assert not card(screen).is_editing


def test_a_deleted_talk_can_be_brought_back(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    view = screen.window.findChild(TalkList)
    assert isinstance(view, TalkList)
    view.setFocus()
    view.setCurrentIndex(view.model().index(1, 0))
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert screen.session.last(commands.ForgetConversation) == commands.ForgetConversation(3)
    screen.settle()
    assert 3 not in {talk.id for talk in screen.session.talks()}
    screen.press("notice_action")
    assert 3 in {talk.id for talk in screen.session.talks()}


def test_more_fields_are_logged_too(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    screen.press("conversation_more")
    fields = card(screen).more
    card(screen).person.setText("Lee")
    card(screen).text.setPlainText("I would pay today")
    fields.put(
        {"company": "Park Ltd", "given": Ladder.MONEY, "amount": "49 eur", "about": "access.object-ownership"}
    )
    fields.follow_up.tick.setChecked(True)
    screen.press("conversation_log")
    talk = logged(screen).conversation
    assert (talk.commitment.amount, talk.commitment.currency, talk.company) == (4_900, "EUR", "Park Ltd")
    assert talk.follow_up == sample.NOW.date() + timedelta(days=7)
    assert talk.linked_checks == ("access.object-ownership",)


def test_follow_ups_that_are_due(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    screen.press("follow_ups")
    screen.press("follow_up_done")
    assert logged(screen).conversation.person == "Dana Ortiz"
    assert logged(screen).conversation.follow_up is None


def test_talks_are_grouped_by_day_and_then_by_month() -> None:
    found = entries(sample.CONVERSATIONS, sample.NOW)
    assert [line.title for line in found if isinstance(line, PeriodEntry)] == ["12 days ago", "October"]
    assert [line.title for line in found if isinstance(line, TalkEntry)] == [
        "Dana Ortiz",
        "Marcus Bell",
        "Priya Nair",
    ]
    assert [item.name for item in due(sample.CONVERSATIONS, (), date(2026, 11, 19))] == ["Dana Ortiz"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("49 USD", (4_900, "USD")),
        ("$49", (4_900, "USD")),
        ("49,50 €", (4_950, "EUR")),
        ("30 chf", (3_000, "CHF")),
        ("", (0, "")),
        ("a lot", (0, "")),
        ("nan", (0, "")),
        ("1e400", (0, "")),
        ("-5", (0, "")),
        ("4 9 x x", (900, "X")),
        ("$1,200", (120_000, "USD")),
        ("1.200,50 €", (120_050, "EUR")),
    ],
)
def test_amounts(text: str, amount: tuple[int, str]) -> None:
    assert parse_amount(text) == amount


def test_a_known_person_is_completed_and_the_follow_up_set_in_five_presses(
    qtbot: QtBot, open_screen: Opener
) -> None:
    """The call has just ended: beside the words themselves N, Down, Enter, Ctrl+7, Enter."""
    screen = open_screen()
    presses = 0

    def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        nonlocal presses
        presses += 1
        qtbot.keyClick(
            QApplication.activePopupWidget() or QApplication.focusWidget() or screen.window, key, modifier
        )

    press(Qt.Key.Key_N)
    qtbot.keyClicks(card(screen).person, "da")
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert card(screen).text.hasFocus() and card(screen).person.text() == "Dana Ortiz"
    qtbot.keyClicks(card(screen).text, "She wants it before Friday.")
    press(Qt.Key.Key_7, Qt.KeyboardModifier.ControlModifier)
    press(Qt.Key.Key_Return)
    screen.settle()
    newest = screen.session.talks()[0]
    assert (newest.person, newest.person_id) == ("Dana Ortiz", sample_person(screen, "Dana Ortiz").id)
    assert newest.follow_up == sample.NOW.date() + timedelta(days=7)
    assert presses == 5


def sample_person(screen: Screen, name: str) -> Person:
    return next(person for person in screen.state.notebook.people if person.name == name)


def test_the_kind_of_customer_goes_to_the_person(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    for name, said in (("Dana Ortiz", "Again"), ("Lee Park", "New")):
        card(screen).person.setText(name)
        card(screen).text.setPlainText(said)
        card(screen).more.put({"segment": "roofers", "date": "2026-11-20", "role": "buyer"})
        screen.press("conversation_log")
        screen.settle()
        assert sample_person(screen, name).segment == "roofers"
    assert len(screen.state.notebook.people) == 4


def test_a_follow_up_can_wait_a_week(open_screen: Opener) -> None:
    screen = open_screen()
    screen.press("follow_ups")
    screen.press("follow_up_later")
    assert logged(screen).conversation.follow_up == date(2026, 11, 27)


def test_people_with_a_next_date_are_due_too(open_screen: Opener) -> None:
    screen = open_screen()
    priya = replace(sample_person(screen, "Priya Nair"), next_on=date(2026, 11, 18))
    dana = replace(sample_person(screen, "Dana Ortiz"), next_on=date(2026, 11, 1))
    found = due(screen.state.conversations, (priya, dana), sample.NOW.date())
    assert [(item.name, item.on.day) for item in found] == [
        ("Priya Nair", 18),
        ("Dana Ortiz", 19),
        ("Marcus Bell", 20),
    ]
    screen.session.submit(commands.KeepPerson(priya))
    screen.settle()
    screen.press("follow_ups")
    screen.press("follow_up_done")
    screen.settle()
    assert sample_person(screen, "Priya Nair").next_on is None


def test_n_logs_from_any_page_and_knows_whom_one_was_looking_at(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    for name in ("settings", "people"):
        screen.window.go(name)
        screen.settle()
        if isinstance(screen.window.page, PeoplePage):
            screen.window.page.open_person(sample_person(screen, "Marcus Bell").id)
            screen.settle()
        qtbot.keyClick(screen.window, Qt.Key.Key_N)
        assert screen.window.page is screen.today
    assert card(screen).person.text() == "Marcus Bell" and card(screen).text.hasFocus()


def test_a_note_is_logged_once_however_often_enter_is_pressed(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    card(screen).person.setText("Lee")
    card(screen).text.setPlainText("Words")
    for _ in range(3):
        qtbot.keyClick(card(screen).text, Qt.Key.Key_Return)
    assert card(screen).kept.text() == "Logging…"
    screen.settle()
    assert len(screen.session.talks()) == 4 and card(screen).kept.text() == ""


def test_a_note_that_was_not_stored_stays_and_can_be_sent_again(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    card(screen).person.setText("Lee")
    card(screen).text.setPlainText("Words")
    qtbot.keyClick(card(screen).text, Qt.Key.Key_Return)
    screen.state.failed.emit(events.Failed("The disk is full", "Nothing was stored.", "Make room."))
    assert card(screen).text.toPlainText() == "Words"
    asked = len(screen.session.asked)
    qtbot.keyClick(card(screen).text, Qt.Key.Key_Return)
    assert isinstance(screen.session.asked[asked], commands.LogConversation)
