"""Follow-ups and the weekly and monthly rhythm as calendar files (RFC 5545), which every calendar takes in.

The same follow-up has the same id whenever it is written: taken in again it moves, and is not there twice. Nothing
rings: entries say what is due and leave the day free.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from icalendar import Calendar, Event, vRecur, vText

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.people import Person

_PRODUCT = "-//Last Mile Desktop//Follow-ups//EN"
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]+")
_LONGEST_TITLE = 200
_LONGEST_NOTE = 4_000
_NINE = time(9)


class Every(StrEnum):
    WEEK = "WEEKLY"
    MONTH = "MONTHLY"


@dataclass(frozen=True, slots=True)
class Due:
    """An entry of the calendar: a whole day, or `minutes` from nine in the morning wherever its reader is. `key` is
    what it is about and never changes."""

    key: str
    day: date
    title: str
    note: str = ""
    minutes: int = 0
    every: Every | None = None


def follow_ups(people: Iterable[Person], talks: Iterable[Conversation]) -> tuple[Due, ...]:
    """What was promised in talks, and whom to get back to; once for a person on a day, and never to those who
    said no."""
    known = {person.id: person for person in people if person.id}
    due: dict[tuple[object, date], Due] = {}
    for talk in talks:
        person = known.get(talk.person_id)
        if talk.follow_up is None or (person is not None and person.status.is_closed):
            continue
        who = person.name if person else talk.person
        company = (person.company if person else "") or talk.company
        due.setdefault(
            (talk.person_id or who, talk.follow_up),
            Due(f"talk-{talk.id}", talk.follow_up, _named(who, company), talk.promise),
        )
    for person in known.values():
        if person.next_on is not None and not person.status.is_closed:
            entry = Due(
                f"person-{person.id}", person.next_on, _named(person.name, person.company), person.why
            )
            due.setdefault((person.id, person.next_on), entry)
    return tuple(sorted(due.values(), key=lambda item: (item.day, item.key)))


def rhythm(today: date) -> tuple[Due, ...]:
    """A quarter of an hour each Friday, half an hour on the first Monday of the month (catalogue §7.7)."""
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    return (
        Due(
            "rhythm-week",
            friday,
            "Last Mile: the week",
            "What is new or came back in the checklist. One entry in the journal. One conversation.",
            15,
            Every.WEEK,
        ),
        Due(
            "rhythm-month",
            _first_monday(today),
            "Last Mile: the month",
            "Statements that run out, who may see what, alerts that were wrong, limits of the plans, the policy book, "
            "the month's outcome.",
            30,
            Every.MONTH,
        ),
    )


def write(due: Iterable[Due], project: str, stamp: datetime) -> bytes:
    """The calendar file. `project` tells apart the same ids of two projects, `stamp` is when it is written."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", vText(_title(project) or "Last Mile"))
    for entry in _events(due, hashlib.sha256(project.encode(errors="replace")).hexdigest()[:12], stamp):
        calendar.add_component(entry)
    return calendar.to_ical()


def _events(due: Iterable[Due], project: str, stamp: datetime) -> Iterator[Event]:
    for item in due:
        event = Event()
        event.add("uid", f"{item.key}.{project}@lastmile-desktop")
        event.add("dtstamp", stamp)
        event.add("summary", _title(item.title))
        if note := _shown(item.note):
            event.add("description", note)
        if item.minutes:
            begin = datetime.combine(item.day, _NINE)
            event.add("dtstart", begin)
            event.add("dtend", begin + timedelta(minutes=item.minutes))
        else:
            event.add("dtstart", item.day)
            event.add("dtend", item.day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        if item.every is not None:
            event.add("rrule", _recurrence(item.every))
        yield event


def _recurrence(every: Every) -> vRecur:
    if every is Every.WEEK:
        return vRecur({"freq": every.value})
    return vRecur({"freq": every.value, "byday": "1MO"})


def _named(name: str, company: str) -> str:
    return f"{name} ({company})" if company else name


def _title(text: str) -> str:
    return " ".join(_shown(text).split())[:_LONGEST_TITLE]


def _shown(text: str) -> str:
    return _UNSEEN.sub(" ", text.replace("\r\n", "\n"))[:_LONGEST_NOTE].strip()


def _first_monday(today: date) -> date:
    for begin in (today.replace(day=1), (today.replace(day=1) + timedelta(days=32)).replace(day=1)):
        monday = begin + timedelta(days=-begin.weekday() % 7)
        if monday >= today:
            return monday
    raise AssertionError("the first Monday of the next month is never in the past")
