"""Nudges in the window: at opening or after a quiet while, once, and silent for as long as the founder says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from lastmile_desktop.core import events
from lastmile_desktop.core.commands import Command, KeepRecord, LogConversation
from lastmile_desktop.core.notebook import NudgeChoice, NudgeNote
from lastmile_desktop.core.nudges import NudgeKind
from lastmile_desktop.ui.notices import NoticeBar
from tests.ui import sample
from tests.ui.conftest import Opener, Screen

TODAY = sample.NOW.date()
# The sample's promises are due; they are kept first.
KEPT: tuple[Command, ...] = tuple(
    LogConversation(replace(talk, follow_up=None)) for talk in sample.CONVERSATIONS if talk.follow_up
)


def opened(open_screen: Opener, *before: Command) -> Screen:
    return open_screen(asked_before=(*KEPT, *before), nudges=True)


def bars(screen: Screen) -> list[NoticeBar]:
    screen.settle()
    return [bar for bar in screen.window.notices.bars() if bar.notice.key == "nudge"]


def choices(screen: Screen) -> list[tuple[str, NudgeChoice]]:
    screen.settle()
    return [(note.nudge, note.choice) for note in screen.state.notebook.nudges]


def test_promises_that_are_due_are_recalled_at_opening_and_once_a_day(
    qtbot: QtBot, open_screen: Opener
) -> None:
    screen = open_screen(nudges=True)
    qtbot.waitUntil(lambda: len(bars(screen)) == 1)
    assert bars(screen)[0].notice.text == "Follow-ups due: 2"
    qtbot.waitUntil(lambda: choices(screen) == [(NudgeKind.FOLLOW_UP, NudgeChoice.SHOWN)])
    told = [KeepRecord(replace(note, id=0)) for note in screen.state.notebook.nudges]
    again = open_screen(asked_before=told, nudges=True)
    assert all(bar.notice.title != "For today" for bar in bars(again))


def test_much_building_and_little_talk_is_said_with_one_small_step(qtbot: QtBot, open_screen: Opener) -> None:
    screen = opened(open_screen)
    qtbot.waitUntil(lambda: len(bars(screen)) == 1)
    assert bars(screen)[0].notice.text.startswith("14 days: 31 h of building, 1 conversations.")
    screen.press("notice_action")
    assert screen.window.page.objectName() == "people"
    qtbot.waitUntil(lambda: choices(screen) == [(NudgeKind.TALK_TO_SOMEBODY, NudgeChoice.SHOWN)])


def test_closing_it_is_thirty_days_of_silence_and_never_is_for_ever(
    qtbot: QtBot, open_screen: Opener
) -> None:
    closed = opened(open_screen)
    qtbot.waitUntil(lambda: len(bars(closed)) == 1)
    closed.press("notice_dismiss")
    assert choices(closed)[-1] == (NudgeKind.TALK_TO_SOMEBODY, NudgeChoice.DISMISSED)
    refused = opened(open_screen)
    qtbot.waitUntil(lambda: len(bars(refused)) == 1)
    refused.press("notice_refusal")
    assert choices(refused)[-1] == (NudgeKind.TALK_TO_SOMEBODY, NudgeChoice.NEVER)
    assert bars(refused) == []


def test_a_refusal_of_long_ago_still_stands(open_screen: Opener) -> None:
    old = NudgeNote(NudgeChoice.NEVER, TODAY - timedelta(days=900), nudge=NudgeKind.ASK_FOR_MONEY)
    assert bars(opened(open_screen, KeepRecord(old))) == []


def test_it_comes_up_after_a_quiet_while_and_not_in_between(qtbot: QtBot, open_screen: Opener) -> None:
    recent = NudgeNote(NudgeChoice.SHOWN, TODAY - timedelta(days=1), nudge=NudgeKind.ASK_FOR_MONEY)
    screen = opened(open_screen, KeepRecord(recent))
    assert bars(screen) == []
    for note in screen.state.notebook.nudges:
        screen.session.submit(KeepRecord(replace(note, on=TODAY - timedelta(days=8))))
    screen.tell(events.ScanStarted(False, 3))
    assert bars(screen) == []
    assert screen.desk.nudger is not None
    screen.desk.nudger._idle.setInterval(10)
    screen.tell(events.ScanEnded())
    qtbot.waitUntil(lambda: len(bars(screen)) == 1)


def test_the_line_to_ask_with_is_copied(open_screen: Opener) -> None:
    screen = opened(open_screen)
    assert screen.desk.nudger is not None
    screen.desk.nudger.copy_line()
    assert QGuiApplication.clipboard().text().startswith("If it did that by the end of the month")
