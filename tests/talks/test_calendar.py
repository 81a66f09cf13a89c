"""Calendars take the follow-ups in, a second time too, and the days stay free."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.people import Person, PersonStatus
from lastmile_desktop.talks.calendar import Due, follow_ups, rhythm, write

STAMP = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 27)


def events(data: bytes) -> list[dict[str, str]]:
    return [
        {name: str(value) for name, value in event.items() if name in ("UID", "SUMMARY", "DESCRIPTION")}
        for event in Calendar.from_ical(data).walk("VEVENT")
    ]


def talk(number: int, person_id: int = 0, follow_up: date | None = DAY, promise: str = "") -> Conversation:
    return Conversation(
        "Dana", "…", STAMP, id=number, person_id=person_id, follow_up=follow_up, promise=promise
    )


def test_what_was_promised_is_due_on_its_day() -> None:
    data = write(
        follow_ups(
            [Person("Dana", 7, company="Ross; Roofing, Inc.")],
            [talk(3, 7, promise="the demo,\nwith 3 roofs; really")],
        ),
        "roofs",
        STAMP,
    )
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Dana (Ross; Roofing, Inc.)"
    assert str(event["DESCRIPTION"]) == "the demo,\nwith 3 roofs; really"
    assert event.decoded("DTSTART") == DAY
    assert event.decoded("DTEND") == date(2026, 11, 28)
    assert event.decoded("DTSTAMP") == STAMP
    assert str(event["TRANSP"]) == "TRANSPARENT"


def test_one_person_is_due_once_on_a_day() -> None:
    people = [Person("Dana", 7, next_on=DAY), Person("Luis", 8, next_on=DAY)]
    assert [due.key for due in follow_ups(people, [talk(3, 7), talk(4, 7)])] == ["person-8", "talk-3"]


@pytest.mark.parametrize("status", [PersonStatus.NO, PersonStatus.LEAVE_ALONE])
def test_who_said_no_is_left_alone(status: PersonStatus) -> None:
    assert follow_ups([Person("Dana", 7, status=status, next_on=DAY)], [talk(3, 7)]) == ()


def test_a_talk_of_nobody_who_is_stored_is_due_all_the_same() -> None:
    assert [due.title for due in follow_ups([], [talk(3)])] == ["Dana"]


def test_what_moves_keeps_its_id_and_two_projects_never_share_one() -> None:
    first = events(write([Due("talk-3", DAY, "Dana")], "roofs", STAMP))
    moved = events(write([Due("talk-3", date(2026, 12, 1), "Dana Ross")], "roofs", STAMP))
    other = events(write([Due("talk-3", DAY, "Dana")], "gutters", STAMP))
    assert first[0]["UID"] == moved[0]["UID"] != other[0]["UID"]


def test_the_same_calendar_is_written_to_the_same_bytes() -> None:
    assert write(rhythm(DAY), "roofs", STAMP) == write(rhythm(DAY), "roofs", STAMP)


@pytest.mark.parametrize(
    ("today", "friday", "monday"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), date(2026, 12, 7)),
        (date(2026, 11, 21), date(2026, 11, 27), date(2026, 12, 7)),
        (date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 4)),
        (date(2026, 6, 1), date(2026, 6, 5), date(2026, 6, 1)),
    ],
)
def test_the_rhythm_is_a_quarter_of_an_hour_a_week_and_half_an_hour_a_month(
    today: date, friday: date, monday: date
) -> None:
    week, month = Calendar.from_ical(write(rhythm(today), "roofs", STAMP)).walk("VEVENT")
    assert (week.decoded("DTSTART"), week.decoded("DTEND")) == (
        datetime(friday.year, friday.month, friday.day, 9),
        datetime(friday.year, friday.month, friday.day, 9, 15),
    )
    assert week["RRULE"].to_ical() == b"FREQ=WEEKLY"
    assert month.decoded("DTSTART").date() == monday
    assert (month.decoded("DTEND") - month.decoded("DTSTART")).seconds == 1800
    assert month["RRULE"].to_ical() == b"FREQ=MONTHLY;BYDAY=1MO"


def test_no_project_and_nothing_due_is_still_a_calendar() -> None:
    data = write([], "", STAMP)
    assert data.startswith(b"BEGIN:VCALENDAR\r\n")
    assert b"VERSION:2.0\r\n" in data
    assert data.endswith(b"END:VCALENDAR\r\n")


@given(st.text(max_size=300), st.text(max_size=600))
def test_whatever_they_said_comes_back_and_no_line_is_longer_than_75_octets(title: str, note: str) -> None:
    data = write([Due("talk-1", DAY, title, note)], title, STAMP)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    (event,) = events(data)
    assert event["SUMMARY"].strip() == " ".join(_seen(title).split())[:200].strip()
    assert " ".join(event.get("DESCRIPTION", "").split()) == " ".join(_seen(note)[:4_000].split())


def _seen(text: str) -> str:
    return "".join(
        " " if character != "\n" and (character < " " or "\x7f" <= character <= "\x9f") else character
        for character in text.replace("\r\n", "\n")
    )
