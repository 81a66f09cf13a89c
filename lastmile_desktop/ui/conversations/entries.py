"""The lines of the log, grouped by day and month. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from lastmile_desktop.core.conversation import Conversation, Ladder, MoneyStep
from lastmile_desktop.core.people import Person, PersonRole
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.phrases import money, period, short_day


@dataclass(frozen=True, slots=True)
class PeriodEntry:
    """A heading: "today", "12 days ago", "October"."""

    title: str

    @property
    def id(self) -> str:
        return f"period:{self.title}"

    @property
    def spoken(self) -> str:
        return self.title

    @property
    def passive(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Tag:
    """A pill below a talk; `news` ones are filled."""

    text: str
    news: bool = False


@dataclass(frozen=True, slots=True)
class TalkEntry:
    """`rest` follows the person's name; `quotes` are verbatim and stand behind a bar."""

    talk: Conversation
    rest: str
    tags: tuple[Tag, ...]

    @property
    def id(self) -> str:
        return f"talk:{self.talk.id}"

    @property
    def title(self) -> str:
        return self.talk.person

    @property
    def spoken(self) -> str:
        parts = [self.talk.person, self.rest, self.talk.said, *(quote.text for quote in self.talk.quotes)]
        return ", ".join([part for part in parts if part] + [tag.text for tag in self.tags])

    @property
    def passive(self) -> bool:
        return False


Entry = PeriodEntry | TalkEntry


def entries(talks: Iterable[Conversation], now: datetime) -> tuple[Entry, ...]:
    """Newest first, a heading before the first talk of each day or month."""
    lines: list[Entry] = []
    heading = ""
    for talk in sorted(talks, key=lambda item: item.when, reverse=True):
        day = talk.when.astimezone(now.tzinfo).date()
        if (title := period(day, now.date())) != heading:
            heading = title
            lines.append(PeriodEntry(title))
        lines.append(TalkEntry(talk, _rest(talk), _tags(talk)))
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody to come back to: promised in a talk, or set as the person's next date."""

    name: str
    company: str
    on: date
    talk: Conversation | None = None
    person: Person | None = None


def due(talks: Iterable[Conversation], people: Iterable[Person], today: date) -> tuple[Due, ...]:
    """Whose day has come, the oldest promise first; a person whose talk says it already is named once."""
    found = [
        Due(talk.person, talk.company, talk.follow_up, talk=talk)
        for talk in talks
        if talk.follow_up is not None and talk.follow_up <= today
    ]
    promised = {item.talk.person_id for item in found if item.talk}
    found += [
        Due(person.name, person.company, person.next_on, person=person)
        for person in people
        if person.next_on is not None
        and person.next_on <= today
        and person.id not in promised
        and not person.status.is_closed
    ]
    return tuple(sorted(found, key=lambda item: (item.on, item.name)))


def role_title(role: PersonRole) -> str:
    return {
        PersonRole.UNKNOWN: tr("not said"),
        PersonRole.BUYER: tr("would buy it"),
        PersonRole.USER: tr("would use it"),
        PersonRole.BOTH: tr("would buy and use it"),
        PersonRole.INFLUENCER: tr("has a say in it"),
        PersonRole.PEER: tr("another builder"),
        PersonRole.FRIEND: tr("friend or family"),
    }[role]


def ladder_title(level: Ladder) -> str:
    return {
        Ladder.NONE: tr("nothing yet"),
        Ladder.TIME: tr("time"),
        Ladder.REPUTATION: tr("their name"),
        Ladder.MONEY: tr("money"),
    }[level]


def money_title(step: MoneyStep) -> str:
    return {
        MoneyStep.LETTER: tr("letter of intent"),
        MoneyStep.PRE_ORDER: tr("pre-order or deposit"),
        MoneyStep.PAID: tr("paid"),
        MoneyStep.RENEWED: tr("paid again"),
    }[step]


def _rest(talk: Conversation) -> str:
    role = role_title(talk.role) if talk.role is not PersonRole.UNKNOWN else ""
    lane = tr("not your lane") if talk.in_lane is False else ""
    return " · ".join(part for part in (talk.company, role, lane, tr(talk.channel.value)) if part)


def _tags(talk: Conversation) -> tuple[Tag, ...]:
    tags: list[Tag] = []
    if talk.checks:
        tags.append(Tag(counted(len(talk.checks), "linked to a gap", "linked to {n} gaps"), news=True))
    if talk.transcript:
        tags.append(Tag(tr("transcript")))
    if talk.commitment.level is not Ladder.NONE:
        what = talk.commitment.what
        amount = money(talk.commitment.amount, talk.commitment.currency) if talk.commitment.amount else ""
        given = " ".join(part for part in (what, amount) if part)
        level = ladder_title(talk.commitment.level)
        tags.append(Tag(f"{level}: {given}" if given else level))
    if talk.follow_up is not None:
        tags.append(Tag(tr("follow up {day}", day=short_day(talk.follow_up))))
    return (*tags, *(Tag(text) for text in talk.tags))
