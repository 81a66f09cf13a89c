"""Build-vs-talk: how many hours went into building and how many into customers (catalogue §6.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    UNKNOWN = "unknown"
    HOBBY = "hobby"
    IDEA = "idea"
    DEMO = "demo"
    FIRST_USERS = "first-users"
    PAYING = "paying"
    GROWING = "growing"


class Signal(StrEnum):
    """How building and talking compare. `NO_SIGNAL` is never bad: too little was built to say."""

    NO_SIGNAL = "no-signal"
    HEALTHY = "healthy"
    WATCH = "watch"
    SKEWED = "skewed"


WINDOW_DAYS = 14
WEEK_DAYS = 7
TREND_WINDOWS = 6

_SESSION_GAP = timedelta(minutes=90)
_SESSION_EXTRA_HOURS = 0.5
_SESSION_MIN_HOURS = 0.5
_SESSION_MAX_HOURS = 10.0
_DAY_MAX_HOURS = 12.0
_NO_SIGNAL_HOURS = 3.0

_LIVE_DEFAULT_MINUTES = 30
_LIVE_EXTRA_HOURS = 0.5
_WRITTEN_HOURS = 0.25
_OUTREACH_HOURS = 0.25
_OUTREACH_MAX_HOURS = 1.5
_NOT_CUSTOMERS = frozenset(["peer", "friend"])


@dataclass(frozen=True, slots=True)
class TalkNote:
    """A conversation as far as the balance needs it. `role` is the person's (`buyer`, `user`, `peer`, …)."""

    when: datetime
    minutes: int | None = None
    live: bool = True
    role: str = ""
    in_lane: bool = False

    @property
    def counts(self) -> bool:
        """Whether it was with someone who could be a customer."""
        return self.role not in _NOT_CUSTOMERS

    @property
    def hours(self) -> float:
        if not self.live:
            return _WRITTEN_HOURS
        minutes = _LIVE_DEFAULT_MINUTES if self.minutes is None else max(0, self.minutes)
        return minutes / 60 + _LIVE_EXTRA_HOURS


@dataclass(frozen=True, slots=True)
class Session:
    """A stretch of building without a gap of more than 90 minutes."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        length = (self.end - self.start).total_seconds() / 3600 + _SESSION_EXTRA_HOURS
        return min(max(length, _SESSION_MIN_HOURS), _SESSION_MAX_HOURS)


@dataclass(frozen=True, slots=True)
class BuildTalk:
    """A window of `days` days. `known` is False when git could not tell the build hours.

    `conversations` counts talks in the window with people who are neither peers nor friends, `in_lane` those
    of them with people the founder says are who it is for, `ever` all such talks. `balance` is T / (T + B).
    `trend` is the balance of this window and the ones before it, the oldest first; None where too little was
    built to say.
    """

    known: bool = False
    days: int = WINDOW_DAYS
    build_hours: float = 0.0
    talk_hours: float = 0.0
    conversations: int = 0
    live_conversations: int = 0
    in_lane: int = 0
    ever: int = 0
    days_since_last_talk: int | None = None
    stage: Stage = Stage.UNKNOWN
    best_commitment: str = ""
    trend: tuple[float | None, ...] = field(default=())

    @property
    def balance(self) -> float:
        total = self.talk_hours + self.build_hours
        return self.talk_hours / total if total else 0.0

    @property
    def conversations_per_ten_hours(self) -> float:
        return 10 * self.live_conversations / max(self.build_hours, 1.0)

    @property
    def signal(self) -> Signal:
        """Where the balance stands for the stage; a project for fun is never judged."""
        if not self.known or self.build_hours < _NO_SIGNAL_HOURS or self.stage is Stage.HOBBY:
            return Signal.NO_SIGNAL
        healthy, watch, enough_live = THRESHOLDS[self.stage]
        if self.balance >= healthy or (enough_live is not None and self.live_conversations >= enough_live):
            return Signal.HEALTHY
        return Signal.WATCH if self.balance >= watch else Signal.SKEWED


@dataclass(frozen=True, slots=True)
class WeekOfWork:
    """The week that begins on `monday`: hours of building, None when git could not tell, and hours of talking."""

    monday: date
    build_hours: float | None
    talk_hours: float
    conversations: int


PLOTTED_WEEKS = 12


_EARLY = (0.30, 0.10, 5)
THRESHOLDS: dict[Stage, tuple[float, float, int | None]] = {
    Stage.UNKNOWN: _EARLY,
    Stage.IDEA: _EARLY,
    Stage.DEMO: _EARLY,
    Stage.FIRST_USERS: (0.20, 0.07, 3),
    Stage.PAYING: (0.12, 0.05, 2),
    Stage.GROWING: (0.08, 0.03, None),
}
"""Stage → (healthy from, watch from, live conversations that are enough by themselves)."""


def build_sessions(commit_times: Iterable[datetime]) -> tuple[Session, ...]:
    """Stretches of work, the oldest first. Commits of people and of AI tools count alike."""
    sessions: list[Session] = []
    for moment in sorted(commit_times):
        if sessions and moment - sessions[-1].end <= _SESSION_GAP:
            sessions[-1] = Session(sessions[-1].start, moment)
        else:
            sessions.append(Session(moment, moment))
    return tuple(sessions)


def build_hours(sessions: Iterable[Session]) -> float:
    """Hours of building; no calendar day, as the author's clock had it, counts more than twelve."""
    by_day: dict[date, float] = {}
    for session in sessions:
        day = session.start.date()
        by_day[day] = by_day.get(day, 0.0) + session.hours
    return sum(min(hours, _DAY_MAX_HOURS) for hours in by_day.values())


def talk_hours(notes: Iterable[TalkNote], outreach_sent: int = 0) -> float:
    """Hours with people who could be customers, writing to them included."""
    outreach = min(outreach_sent * _OUTREACH_HOURS, _OUTREACH_MAX_HOURS)
    return sum(note.hours for note in notes if note.counts) + outreach


def balance(
    commit_times: Sequence[datetime] | None,
    notes: Sequence[TalkNote],
    now: datetime,
    *,
    stage: Stage = Stage.UNKNOWN,
    best_commitment: str = "",
    outreach_sent: int = 0,
    days: int = WINDOW_DAYS,
) -> BuildTalk:
    """The balance of the `days` days that end now. `commit_times` is None when git cannot tell them."""
    start = now - timedelta(days=days)
    sessions = build_sessions(commit_times or ())
    customers = [note for note in notes if note.counts and note.when <= now]
    recent = [note for note in customers if note.when > start]
    last = max((note.when for note in customers), default=None)
    return BuildTalk(
        known=commit_times is not None,
        days=days,
        build_hours=round(build_hours(_within(sessions, start, now)), 2),
        talk_hours=round(talk_hours(recent, outreach_sent), 2),
        conversations=len(recent),
        live_conversations=sum(note.live for note in recent),
        in_lane=sum(note.in_lane for note in recent),
        ever=len(customers),
        days_since_last_talk=(now - last).days if last else None,
        stage=stage,
        best_commitment=best_commitment,
        trend=_trend(sessions, customers, now, days) if commit_times is not None else (),
    )


def weeks_of_work(
    commit_times: Sequence[datetime] | None,
    notes: Sequence[TalkNote],
    now: datetime,
    weeks: int = PLOTTED_WEEKS,
) -> tuple[WeekOfWork, ...]:
    """The last `weeks` calendar weeks, this one included, the oldest first."""
    sessions = build_sessions(commit_times or ())
    this_monday = now.date() - timedelta(days=now.weekday())
    found: list[WeekOfWork] = []
    for back in range(weeks - 1, -1, -1):
        monday = this_monday - timedelta(weeks=back)
        after = monday + timedelta(days=7)
        built = build_hours(session for session in sessions if monday <= session.start.date() < after)
        talks = [note for note in notes if note.counts and monday <= note.when.date() < after]
        found.append(
            WeekOfWork(
                monday,
                None if commit_times is None else round(built, 2),
                round(talk_hours(talks), 2),
                len(talks),
            )
        )
    return tuple(found)


def _trend(
    sessions: Sequence[Session], customers: Sequence[TalkNote], now: datetime, days: int
) -> tuple[float | None, ...]:
    values: list[float | None] = []
    for back in range(TREND_WINDOWS - 1, -1, -1):
        end = now - timedelta(days=days * back)
        start = end - timedelta(days=days)
        built = build_hours(_within(sessions, start, end))
        talked = talk_hours(note for note in customers if start < note.when <= end)
        values.append(round(talked / (talked + built), 2) if built >= _NO_SIGNAL_HOURS else None)
    return tuple(values)


def _within(sessions: Iterable[Session], start: datetime, end: datetime) -> list[Session]:
    """A session belongs to the window in which it began."""
    return [session for session in sessions if start < session.start <= end]
