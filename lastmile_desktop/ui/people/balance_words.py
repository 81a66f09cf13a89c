"""The balance in words: the weeks of the plot, the sentence of the fortnight, the nudge. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lastmile_desktop.core.balance import BuildTalk, WeekOfWork
from lastmile_desktop.core.conversation import Commitment, Conversation, Ladder, MoneyStep
from lastmile_desktop.core.nudges import Nudge, NudgeKind
from lastmile_desktop.ui.conversations.entries import ladder_title, money_title
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.people.plot import Column, week_of
from lastmile_desktop.ui.phrases import hours, long_day

ASK = "If it did that by the end of the month, would you pay for the first three months now?"


def columns_of(weeks: Sequence[WeekOfWork], talks: Sequence[Conversation], today: date) -> tuple[Column, ...]:
    given: dict[date, list[Commitment]] = {}
    for talk in talks:
        if talk.commitment.level is not Ladder.NONE and talk.role.is_customer:
            given.setdefault(week_of(talk.when.date()), []).append(talk.commitment)
    return tuple(
        Column(
            week.monday,
            week.build_hours,
            week.talk_hours,
            tuple(item.level for item in given.get(week.monday, ())),
            any(item.sells for item in given.get(week.monday, ())),
            _spoken(week, given.get(week.monday, ()), today),
        )
        for week in weeks
    )


def _spoken(week: WeekOfWork, given: Sequence[Commitment], today: date) -> str:
    parts = [tr("Week of {day}:", day=long_day(week.monday, today))]
    if week.build_hours is not None:
        parts.append(tr("{n} h building,", n=hours(week.build_hours)))
    talks = counted(week.conversations, "{n} talk", "{n} talks")
    parts.append(tr("{n} h talking, {talks}", n=hours(week.talk_hours), talks=talks))
    if given:
        firmest = sorted(given, key=lambda item: (-item.level.step, not item.sells))
        levels = dict.fromkeys(_title(item) for item in firmest)
        parts.append(tr("– given: {what}", what=", ".join(levels)))
    return " ".join(parts)


def _title(item: Commitment) -> str:
    return money_title(item.money) if item.money is MoneyStep.LETTER else ladder_title(item.level)


def fortnight(window: BuildTalk) -> str:
    """ "14 days: 31 h building, 1 conversation"."""
    talks = counted(window.conversations, "{n} conversation", "{n} conversations")
    if not window.known:
        return tr(
            "{days} days: {talks}. Git does not tell the hours of building.", days=window.days, talks=talks
        )
    built = hours(window.build_hours)
    return tr("{days} days: {n} h building, {talks}", days=window.days, n=built, talks=talks)


def nudge_words(said: Nudge, first_of_ten: str) -> str:
    """Facts, then one small action. `first_of_ten` is whom nobody has written to yet, "" for nobody."""
    numbers = [hours(number) for number in said.numbers]
    match said.kind:
        case NudgeKind.TALK_TO_SOMEBODY:
            days, built, talks = numbers
            facts = tr(
                "{days} days: {built} h of building, {talks} conversations. That is a lot made.",
                days=days,
                built=built,
                talks=talks,
            )
            if first_of_ten:
                return f"{facts} " + tr(
                    "{name} is on your list and has not heard from you. One call, twenty minutes, then back to code?",
                    name=first_of_ten,
                )
            return f"{facts} " + tr("Three names of people who have the problem would do for a start.")
        case NudgeKind.SHOW_WHAT_SHIPPED:
            shipped, days, wanted = numbers
            return tr(
                "You shipped {n} features in {days} days. {wanted} of them go back to somebody who asked. Show the "
                "others to one person before you build the next?",
                n=shipped,
                days=days,
                wanted=wanted,
            )
        case NudgeKind.ASK_FOR_MONEY:
            return tr(
                "{n} people talked to you, and nobody has been asked to pay yet. A no would be an answer too. One line "
                "to ask with: “{ask}”",
                n=numbers[0],
                ask=tr(ASK),
            )
        case NudgeKind.FOLLOW_UP:
            return tr("Follow-ups due: {n}", n=numbers[0])
