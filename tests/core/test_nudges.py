"""When something is said about customers, and when nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from lastmile_desktop.core.balance import BuildTalk, Stage
from lastmile_desktop.core.conversation import Commitment, Conversation, Ladder
from lastmile_desktop.core.notebook import Notebook, NudgeChoice, NudgeNote
from lastmile_desktop.core.nudges import (
    FOLLOW_UP,
    Nudge,
    NudgeFacts,
    Occasion,
    interrupts,
    is_told,
    may_remind,
    nudge_for,
)
from lastmile_desktop.core.people import Person, PersonRole, PersonStatus

TODAY = date(2026, 11, 20)
OPENED = Occasion(opened=True)
SKEWED = BuildTalk(True, 14, 31.0, 1.0, 1, 1, 1, 3, 12, Stage.IDEA)
LISTED = NudgeFacts(Nudge.LIST_THREE, 31.0)


def note(choice: NudgeChoice, days_ago: int, kind: str = Nudge.LIST_THREE) -> NudgeNote:
    return NudgeNote(choice, TODAY - timedelta(days=days_ago), nudge=kind)


def talk(person: str, **more: object) -> Conversation:
    made = Conversation(person, "It takes days.", datetime(2026, 11, 2, tzinfo=UTC))
    return replace(made, **more)  # pyright: ignore[reportArgumentType]


def found(*notes: NudgeNote) -> NudgeFacts | None:
    return nudge_for(SKEWED, Notebook(nudges=notes), (), TODAY)


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ((), True),
        ((note(NudgeChoice.SHOWN, 6, Nudge.ASK_FOR_MONEY),), False),
        ((note(NudgeChoice.SHOWN, 7, Nudge.ASK_FOR_MONEY),), True),
        ((note(NudgeChoice.SHOWN, 6),), True),
        ((note(NudgeChoice.DISMISSED, 29),), False),
        ((note(NudgeChoice.DISMISSED, 29, Nudge.ASK_FOR_MONEY),), False),
        ((note(NudgeChoice.DISMISSED, 30),), True),
        ((note(NudgeChoice.NEVER, 3_000, Nudge.ASK_FOR_MONEY),), False),
        ((note(NudgeChoice.SHOWN, 0, FOLLOW_UP),), True),
        ((note(NudgeChoice.NEVER, 9, FOLLOW_UP),), True),
    ],
)
def test_one_a_week_silence_after_a_dismissal_and_never_is_for_ever(
    notes: tuple[NudgeNote, ...], said: bool
) -> None:
    assert (found(*notes) == LISTED) is said


@pytest.mark.parametrize(("days_ago", "told"), [(0, True), (6, True), (7, False)])
def test_what_was_shown_this_week_does_not_come_up_again(days_ago: int, told: bool) -> None:
    notebook = Notebook(nudges=(note(NudgeChoice.SHOWN, days_ago),))
    assert is_told(LISTED, notebook, TODAY) is told
    assert interrupts(LISTED, notebook, TODAY, OPENED) is not told


@pytest.mark.parametrize(("minutes", "said"), [(0, False), (19.9, False), (20, True), (90, True)])
def test_nobody_is_interrupted(minutes: float, said: bool) -> None:
    occasion = Occasion(idle_minutes=minutes)
    assert interrupts(LISTED, Notebook(), TODAY, occasion) is said
    assert may_remind(Notebook(), TODAY, occasion) is said


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ((), True),
        ((note(NudgeChoice.SHOWN, 0, FOLLOW_UP),), False),
        ((note(NudgeChoice.DISMISSED, 0, FOLLOW_UP),), False),
        ((note(NudgeChoice.DISMISSED, 1, FOLLOW_UP),), True),
        ((note(NudgeChoice.NEVER, 400, FOLLOW_UP),), False),
        ((note(NudgeChoice.NEVER, 1),), True),
    ],
)
def test_promises_are_recalled_once_a_day(notes: tuple[NudgeNote, ...], said: bool) -> None:
    assert may_remind(Notebook(nudges=notes), TODAY, OPENED) is said


def test_the_first_of_the_ten_who_has_not_heard_anything_is_named() -> None:
    heard = Person("Dana", rank=1, status=PersonStatus.CONTACTED)
    waiting = Person("Walt Brandt", rank=2)
    notebook = Notebook(people=(waiting, heard))
    assert nudge_for(SKEWED, notebook, (), TODAY) == NudgeFacts(Nudge.CALL_FIRST_OF_TEN, 31.0, "Walt Brandt")
    assert nudge_for(SKEWED, Notebook(people=(heard,)), (), TODAY) is None


def test_whoever_listened_three_times_is_reminded_to_ask() -> None:
    three = [talk(name) for name in ("Dana", "Lee", "Ida")]
    assert nudge_for(None, Notebook(), three, TODAY) == NudgeFacts(Nudge.ASK_FOR_MONEY, talks=3)
    assert nudge_for(None, Notebook(), [*three, talk("Sam", asked=Ladder.MONEY)], TODAY) is None
    paid = talk("Sam", commitment=Commitment(Ladder.MONEY))
    assert nudge_for(None, Notebook(), [*three, paid], TODAY) is None
    friends = [talk(name, role=PersonRole.FRIEND) for name in ("Dana", "Lee", "Ida")]
    assert nudge_for(None, Notebook(), friends, TODAY) is None


def test_nothing_to_report_is_silence() -> None:
    assert nudge_for(replace(SKEWED, talk_hours=40.0), Notebook(), (), TODAY) is None
    assert nudge_for(replace(SKEWED, stage=Stage.HOBBY), Notebook(), (), TODAY) is None
    assert nudge_for(None, Notebook(), (), TODAY) is None
