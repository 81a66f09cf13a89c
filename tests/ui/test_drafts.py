"""What is typed is kept: while typing goes on, for every field, and through a kill."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.conversation import Ladder
from lastmile_desktop.ui.conversations.drafts import read_drafts
from lastmile_desktop.ui.conversations.view import TalkList
from tests.ui import sample
from tests.ui.conftest import Opener
from tests.ui.killed import typed_and_killed
from tests.ui.test_conversations import card


def test_typing_without_a_pause_is_kept_every_so_often(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    kept_at: list[float] = []
    screen.state.draft_kept.connect(lambda _text: kept_at.append(time.monotonic()))
    start = time.monotonic()
    while time.monotonic() - start < 2.0:
        qtbot.keyClicks(card(screen).text, "x")
        qtbot.wait(20)
    moments = [start, *kept_at, time.monotonic()]
    assert max(later - before for before, later in pairwise(moments)) < 1.0
    assert card(screen).kept.text() == "Kept"


def test_every_field_of_a_note_comes_back(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    qtbot.keyClicks(card(screen).person, "Ida")
    screen.press("conversation_more")
    fields = card(screen).more
    fields.put({"given": Ladder.MONEY, "amount": "49 u", "story": "Last Tuesday", "tags": "photos\nmoney"})
    qtbot.keyClicks(fields.company, "Ida & Co")
    qtbot.waitUntil(lambda: "Ida & Co" in screen.session.stored.get("draft", ""))
    other = open_screen(stored={"draft": screen.session.stored["draft"]})
    back = card(other).more
    assert card(other).person.text() == "Ida" and back.isVisible()
    assert [back.value(name) for name in ("company", "given", "amount", "story", "tags")] == [
        "Ida & Co",
        "money",
        "49 u",
        "Last Tuesday",
        "photos\nmoney",
    ]


def test_a_talk_that_is_being_changed_comes_back_as_that_talk(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    view = screen.window.findChild(TalkList)
    assert isinstance(view, TalkList)
    view.setFocus()
    view.setCurrentIndex(view.model().index(1, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.keyClicks(card(screen).text, " And she")
    qtbot.waitUntil(lambda: "And she" in screen.session.stored.get("draft", ""))
    other = open_screen(stored={"draft": screen.session.stored["draft"]})
    assert card(other).is_editing and "And she" in card(other).text.toPlainText()
    other.press("conversation_log")
    logged = other.session.last(commands.LogConversation)
    assert isinstance(logged, commands.LogConversation)
    assert logged.conversation.id == 3 and logged.conversation.quotes


def test_a_logged_note_leaves_no_draft(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    qtbot.keyClicks(card(screen).person, "Ida")
    qtbot.keyClicks(card(screen).text, "words")
    qtbot.waitUntil(lambda: "words" in screen.session.stored.get("draft", ""))
    qtbot.keyClick(card(screen).text, Qt.Key.Key_Return)
    screen.settle()
    assert screen.session.stored["draft"] == "" and card(screen).kept.text() == ""


def test_a_draft_of_an_older_version_is_read() -> None:
    assert read_drafts('{"1": {"person": "Ida", "said": "half"}}')["1"].fields == {
        "person": "Ida",
        "said": "half",
    }


def test_each_project_has_a_note_of_its_own(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen()
    qtbot.keyClicks(card(screen).text, "of the first")
    other = replace(sample.PROJECT, id=2, name="other")
    screen.tell(events.ProjectOpened(other, None, 1, {}))
    assert card(screen).text.toPlainText() == ""
    qtbot.keyClicks(card(screen).text, "of the second")
    screen.tell(events.ProjectOpened(sample.PROJECT, None, 1, {}))
    assert card(screen).text.toPlainText() == "of the first"
    drafts = read_drafts(screen.session.stored["draft"])
    assert [drafts[key].fields["said"] for key in ("1", "2")] == ["of the first", "of the second"]


def test_a_draft_of_a_talk_that_is_gone_does_not_stop_the_next_one(qtbot: QtBot, open_screen: Opener) -> None:
    screen = open_screen(stored={"draft": '{"1": {"talk": 99, "said": "of a talk that is gone"}}'})
    assert card(screen).text.toPlainText() == "of a talk that is gone" and not card(screen).is_editing
    qtbot.keyClicks(card(screen).text, "!")
    qtbot.waitUntil(lambda: read_drafts(screen.session.stored["draft"])["1"].talk == 0)


CARD = """
from lastmile_desktop.ui.conversations.quick_add import QuickAdd

desk.window.go("today")
card = desk.window.findChild(QuickAdd)

def field():
    return card.text
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_kill_while_typing_loses_a_second_at_most(tmp_path: Path) -> None:
    typed = typed_and_killed(tmp_path, CARD)
    (draft,) = read_drafts(typed.settings["draft"]).values()
    assert typed.lost_s(len(draft.fields["said"])) <= 1.0
