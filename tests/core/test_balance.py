"""The balance of building and talking: the worked examples of the definition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.core.balance import (
    BuildTalk,
    Signal,
    Stage,
    TalkNote,
    balance,
    build_hours,
    build_sessions,
    talk_hours,
    weeks_of_work,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_single_commit_is_half_an_hour() -> None:
    assert build_hours(build_sessions([at(10, 9)])) == 0.5


def test_a_gap_of_more_than_ninety_minutes_splits() -> None:
    assert len(build_sessions([at(10, 9), at(10, 10, 30)])) == 1
    assert len(build_sessions([at(10, 9), at(10, 10, 31)])) == 2


def test_a_session_lasts_from_first_to_last_and_half_an_hour() -> None:
    assert build_hours(build_sessions([at(10, 9), at(10, 10), at(10, 11)])) == 2.5


def test_forty_commits_of_a_bot_in_a_minute_are_one_short_session() -> None:
    times = [at(10, 9) + timedelta(seconds=second) for second in range(40)]
    assert build_hours(build_sessions(times)) == pytest.approx(0.51, abs=0.01)


def test_no_session_exceeds_ten_hours_and_no_day_twelve() -> None:
    all_day = [at(10, 0) + timedelta(hours=hour) for hour in range(24)]
    assert build_hours(build_sessions(all_day)) == 10
    twice = [at(10, hour) for hour in (0, 1, 2, 3, 4, 5, 6, 7, 8)] + [at(10, hour) for hour in range(14, 23)]
    assert build_hours(build_sessions(twice)) == 12


def test_hours_of_talking() -> None:
    notes = [
        TalkNote(NOW, minutes=60),
        TalkNote(NOW),
        TalkNote(NOW, live=False, minutes=90),
        TalkNote(NOW, minutes=60, role="peer"),
        TalkNote(NOW, minutes=60, role="friend"),
    ]
    assert talk_hours(notes) == pytest.approx(1.5 + 1.0 + 0.25)
    assert talk_hours([], outreach_sent=3) == 0.75
    assert talk_hours([], outreach_sent=30) == 1.5


def test_worked_example_thirty_one_hours_and_one_conversation() -> None:
    talk = BuildTalk(known=True, build_hours=31, talk_hours=1.0, live_conversations=1, stage=Stage.IDEA)
    assert round(talk.balance, 2) == 0.03
    assert talk.signal is Signal.SKEWED
    assert talk.conversations_per_ten_hours == pytest.approx(0.32, abs=0.01)


@pytest.mark.parametrize(
    ("stage", "talked", "live", "signal"),
    [
        (Stage.IDEA, 9.0, 2, Signal.HEALTHY),
        (Stage.IDEA, 2.5, 2, Signal.WATCH),
        (Stage.IDEA, 2.5, 5, Signal.HEALTHY),
        (Stage.IDEA, 1.0, 1, Signal.SKEWED),
        (Stage.FIRST_USERS, 2.0, 1, Signal.WATCH),
        (Stage.PAYING, 3.0, 1, Signal.HEALTHY),
        (Stage.GROWING, 0.5, 9, Signal.SKEWED),
        (Stage.HOBBY, 0.0, 0, Signal.NO_SIGNAL),
    ],
)
def test_what_is_healthy_depends_on_the_stage(stage: Stage, talked: float, live: int, signal: Signal) -> None:
    talk = BuildTalk(known=True, build_hours=20, talk_hours=talked, live_conversations=live, stage=stage)
    assert talk.signal is signal


def test_little_building_is_no_signal() -> None:
    assert BuildTalk(known=True, build_hours=2.9).signal is Signal.NO_SIGNAL
    assert BuildTalk(known=False, build_hours=90).signal is Signal.NO_SIGNAL


def test_only_the_window_counts() -> None:
    times = [at(18, 9), at(18, 10), NOW - timedelta(days=15)]
    notes = [
        TalkNote(NOW - timedelta(days=20), role="buyer"),
        TalkNote(NOW - timedelta(days=2), role="buyer", in_lane=True),
        TalkNote(NOW - timedelta(days=1), role="peer"),
        TalkNote(NOW + timedelta(days=1), role="buyer"),
    ]
    talk = balance(times, notes, NOW)
    assert (talk.build_hours, talk.conversations, talk.ever, talk.in_lane) == (1.5, 1, 2, 1)
    assert talk.days_since_last_talk == 2
    assert len(talk.trend) == 6


def test_without_git_nothing_is_known() -> None:
    assert not balance(None, [], NOW).known


@given(st.lists(st.integers(0, 20 * 24 * 60), max_size=60))
def test_no_window_has_more_hours_than_its_days(minutes: list[int]) -> None:
    times = [NOW - timedelta(minutes=minute) for minute in minutes]
    talk = balance(times, [], NOW)
    assert 0 <= talk.build_hours <= 15 * 12
    assert 0 <= talk.balance <= 1


def test_each_week_has_its_hours_the_oldest_first() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    commits = [datetime(2026, 11, 17, hour, tzinfo=UTC) for hour in (9, 10, 11)]
    notes = [TalkNote(datetime(2026, 11, 12, 9, tzinfo=UTC), 60), TalkNote(now, 30, role="peer")]
    weeks = weeks_of_work(commits, notes, now, weeks=3)
    assert [week.monday.day for week in weeks] == [2, 9, 16]
    assert [(week.build_hours, week.talk_hours, week.conversations) for week in weeks] == [
        (0, 0, 0),
        (0, 1.5, 1),
        (2.5, 0, 0),
    ]
    assert [week.build_hours for week in weeks_of_work(None, notes, now, weeks=1)] == [None]
