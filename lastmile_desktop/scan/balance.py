"""Build-vs-talk for a scan: hours from git sessions, talks from the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from lastmile_desktop.core.balance import (
    WINDOW_DAYS,
    BuildTalk,
    Stage,
    TalkNote,
    WeekOfWork,
    balance,
    weeks_of_work,
)
from lastmile_desktop.core.conversation import Conversation, best_commitment
from lastmile_desktop.project.git_facts import GitFacts

_STAGE = "profile.stage"


def build_talk(
    now: datetime, answers: Mapping[str, str], talks: Sequence[Conversation], days: int = WINDOW_DAYS
) -> Callable[[GitFacts], BuildTalk]:
    """The balance of the last `days` days, once git's commits are known."""
    notes = tuple(_note(talk) for talk in talks)
    best = best_commitment(talks)

    def judge(git: GitFacts) -> BuildTalk:
        times = tuple(commit.when for commit in git.commits) if git.available else None
        return balance(times, notes, now, days=days, stage=_stage(answers), best_commitment=str(best))

    return judge


def weeks(now: datetime, talks: Sequence[Conversation], git: GitFacts) -> tuple[WeekOfWork, ...]:
    """The last weeks with their hours, for the plot."""
    times = tuple(commit.when for commit in git.commits) if git.available else None
    return weeks_of_work(times, tuple(_note(talk) for talk in talks), now)


def talkless(now: datetime, answers: Mapping[str, str]) -> Callable[[GitFacts], BuildTalk]:
    """The balance of a project whose log is empty."""
    return build_talk(now, answers, ())


def _stage(answers: Mapping[str, str]) -> Stage:
    try:
        return Stage(answers.get(_STAGE, "unknown"))
    except ValueError:
        return Stage.UNKNOWN


def _note(talk: Conversation) -> TalkNote:
    return TalkNote(
        when=talk.when,
        minutes=talk.minutes,
        live=talk.channel.is_live,
        role=str(talk.role),
        in_lane=talk.in_lane is True,
    )
