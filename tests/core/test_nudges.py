"""When something is said about customers, and when nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from lastmile_desktop.core.balance import BuildTalk, Stage
from lastmile_desktop.core.conversation import Commitment, Conversation, Ladder
from lastmile_desktop.core.features import FeatureUnit
from lastmile_desktop.core.notebook import Citation, Feature, NudgeChoice, NudgeNote
from lastmile_desktop.core.nudges import Nudge, NudgeKind, Occasion, Told, nudge
from lastmile_desktop.core.people import PersonRole

TODAY = date(2026, 11, 20)
OPENED = Occasion(TODAY, opened=True)
SKEWED = BuildTalk(True, 14, 31.0, 1.0, 1, 1, 1, 3, 12, Stage.IDEA)
BUSY = Told(SKEWED)


def note(choice: NudgeChoice, days_ago: int, kind: str = NudgeKind.TALK_TO_SOMEBODY) -> NudgeNote:
    return NudgeNote(choice, TODAY - timedelta(days=days_ago), nudge=kind)


def talk(person: str, **more: object) -> Conversation:
    made = Conversation(person, "It takes days.", datetime(2026, 11, 2, tzinfo=UTC))
    return replace(made, **more)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ((), True),
        ((note(NudgeChoice.SHOWN, 6),), False),
        ((note(NudgeChoice.SHOWN, 7),), True),
        ((note(NudgeChoice.DISMISSED, 29),), False),
        ((note(NudgeChoice.DISMISSED, 30),), True),
        ((note(NudgeChoice.NEVER, 3_000),), False),
        ((note(NudgeChoice.SHOWN, 6, NudgeKind.ASK_FOR_MONEY),), False),
        ((note(NudgeChoice.SHOWN, 0, NudgeKind.FOLLOW_UP),), True),
        ((note(NudgeChoice.NEVER, 9, NudgeKind.FOLLOW_UP),), True),
    ],
)
def test_one_a_week_silence_after_a_dismissal_and_never_is_for_ever(
    notes: tuple[NudgeNote, ...], said: bool
) -> None:
    assert (nudge(BUSY, notes, OPENED) is not None) is said


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ((), True),
        ((note(NudgeChoice.SHOWN, 0, NudgeKind.FOLLOW_UP),), False),
        ((note(NudgeChoice.DISMISSED, 0, NudgeKind.FOLLOW_UP),), False),
        ((note(NudgeChoice.DISMISSED, 1, NudgeKind.FOLLOW_UP),), True),
        ((note(NudgeChoice.NEVER, 400, NudgeKind.FOLLOW_UP),), False),
        ((note(NudgeChoice.NEVER, 1),), True),
    ],
)
def test_promises_are_recalled_once_a_day(notes: tuple[NudgeNote, ...], said: bool) -> None:
    found = nudge(Told(None, due=2), notes, OPENED)
    assert found == (Nudge(NudgeKind.FOLLOW_UP, (2,)) if said else None)


@pytest.mark.parametrize(("minutes", "said"), [(0, False), (19.9, False), (20, True), (90, True)])
def test_nobody_is_interrupted(minutes: float, said: bool) -> None:
    assert (nudge(BUSY, (), Occasion(TODAY, idle_minutes=minutes)) is not None) is said


def test_whoever_listened_three_times_is_reminded_to_ask() -> None:
    three = Told(SKEWED, [talk(name) for name in ("Dana", "Lee", "Ida")])
    assert nudge(three, (), OPENED) == Nudge(NudgeKind.ASK_FOR_MONEY, (3,))
    asked = Told(SKEWED, [*three.talks, talk("Sam", asked=Ladder.MONEY)])
    assert nudge(asked, (), OPENED) == Nudge(NudgeKind.TALK_TO_SOMEBODY, (14, 31.0, 1))
    paid = Told(None, [*three.talks, talk("Sam", commitment=Commitment(Ladder.MONEY))])
    assert nudge(paid, (), OPENED) is None
    friends = Told(None, [talk(name, role=PersonRole.FRIEND) for name in ("Dana", "Lee", "Ida")])
    assert nudge(friends, (), OPENED) is None


def test_much_that_nobody_asked_for_is_worth_showing() -> None:
    units = [FeatureUnit(f"page:{n}", f"page {n}", TODAY - timedelta(days=n)) for n in range(6)]
    linked = [Feature(name, unit=f"page:{name}", citations=(Citation(1),)) for name in ("0", "1")]
    assert nudge(Told(None, (), units, linked), (), OPENED) == Nudge(NudgeKind.SHOW_WHAT_SHIPPED, (6, 9, 2))
    assert nudge(Told(None, (), units[:3], ()), (), OPENED) is None
    assert nudge(Told(None, (), units[:4], linked), (), OPENED) is None


def test_nothing_to_report_is_silence() -> None:
    assert nudge(Told(replace(SKEWED, talk_hours=40.0)), (), OPENED) is None
    assert nudge(Told(replace(SKEWED, stage=Stage.HOBBY)), (), OPENED) is None
    assert nudge(Told(None), (), OPENED) is None
