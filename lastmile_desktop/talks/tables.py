"""People and talks from what founders keep them in today: a spreadsheet, an address book, a list of lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import TypeVar

from lastmile_desktop.core.conversation import Channel, Conversation
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.people import Person, PersonRole, PersonStatus, same_person
from lastmile_desktop.talks.columns import Table, is_head, table_in
from lastmile_desktop.talks.pasted import read_line
from lastmile_desktop.talks.transcripts import structured
from lastmile_desktop.talks.transcripts.cues import TranscriptError
from lastmile_desktop.talks.transcripts.dates import day_in
from lastmile_desktop.talks.transcripts.decoding import cleaned, decoded
from lastmile_desktop.talks.vcards import Card, cards_in, is_vcard

MOST_PEOPLE = 5_000
MOST_TALKS = 10_000
_LONGEST_FIELD = 300
_LONGEST_NOTE = 20_000
_MOST_TAGS = 20
_NOON = time(12)
_HOUR = re.compile(r"(?<!\d)([01]?\d|2[0-3]):([0-5]\d)(?!\d)")
_NUMBER = re.compile(r"\d{1,4}")
_TAGS = re.compile(r"\s*(?::::|[,;|])\s*")

_ROLES = {
    PersonRole.BUYER: (
        "decision maker",
        "decider",
        "käufer",
        "käuferin",
        "einkäufer",
        "einkäuferin",
        "entscheider",
    ),
    PersonRole.USER: ("end user", "nutzer", "nutzerin", "anwender", "anwenderin"),
    PersonRole.BOTH: ("buyer and user", "beides"),
    PersonRole.INFLUENCER: ("champion", "fürsprecher", "fürsprecherin"),
    PersonRole.PEER: ("fellow founder",),
    PersonRole.FRIEND: ("freund", "freundin"),
}
_STATUSES = {
    PersonStatus.CONTACTED: ("contacted", "kontaktiert", "angeschrieben"),
    PersonStatus.SCHEDULED: ("scheduled", "booked", "termin"),
    PersonStatus.TALKED: ("talked", "interviewed", "gesprochen"),
    PersonStatus.COMMITTED: ("committed", "zugesagt"),
    PersonStatus.PAYING: ("paying", "customer", "kunde", "zahlt"),
    PersonStatus.NO: ("no", "lost", "nein", "abgesagt"),
    PersonStatus.SILENT: ("silent", "no answer", "keine antwort"),
}
_CHANNELS = {
    Channel.IN_PERSON: (
        "in person",
        "visit",
        "meeting in person",
        "vor ort",
        "persönlich",
        "besuch",
        "coffee",
    ),
    Channel.VIDEO: ("video", "zoom", "teams", "meet", "google meet", "video call", "videocall", "videoanruf"),
    Channel.CALL: ("call", "phone", "telephone", "telefon", "anruf", "phone call"),
    Channel.CHAT: ("chat", "whatsapp", "slack", "dm", "sms", "linkedin", "message", "nachricht"),
    Channel.EMAIL: ("email", "e-mail", "mail"),
    Channel.TICKET: ("ticket", "support", "support ticket"),
    Channel.EVENT: ("event", "fair", "conference", "messe", "veranstaltung"),
    Channel.DEMO: ("demo", "vorführung"),
}

Cells = Mapping[str, tuple[str, ...]]
_Value = TypeVar("_Value", bound=StrEnum)


class TableError(LastMileError):
    """The file holds no people that can be read."""


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """`skipped` are the rows, counted from 1 with those above the first, in which nobody is named."""

    people: tuple[Person, ...]
    skipped: tuple[int, ...] = ()


def read_people(name: str, data: bytes) -> tuple[Person, ...]:
    """The people of a CSV, a vCard or a list of lines. Raises TableError when it names nobody."""
    found = people_in(_text(data, "people", ".csv or .vcf")).people
    if not found:
        raise TableError(
            "Nobody is named in this file",
            f"{name} has no column for names, no cards and no lines with a name.",
            "Write one person on a line, or give the column with the names the head Name.",
        )
    return found


def people_in(text: str) -> PeopleFound:
    """As `read_people`, of a text from the clipboard: nobody named is nobody found."""
    text = cleaned(text)
    if is_vcard(text):
        return _found([(_of_card(card), False) for card in cards_in(text)], 1)
    table = table_in(text, frozenset(("name", "first", "last")), MOST_PEOPLE)
    if table is not None:
        rows = ((_of_row(table.cells(row)), not any(row)) for row in table.rows)
        return _found(rows, table.first_line)
    lines = text.split("\n")[:MOST_PEOPLE]
    if is_head(next((line for line in lines if line.strip()), "")):
        return PeopleFound(())
    return _found(((_of_line(line), not line.strip()) for line in lines), 1)


def talks_in(data: bytes) -> tuple[Conversation, ...]:
    """The talks of a table with columns for the date, the person and what was said, in universal time; none when the
    file is no such table, or is the transcript of one talk. Rows without a date or a person are left out."""
    try:
        text = decoded(data)
    except TranscriptError:
        return ()
    if structured.read_table(text) is not None:
        return ()
    table = table_in(text, frozenset(("date",)), MOST_TALKS)
    return () if table is None else tuple(_talks(table))


def _text(data: bytes, what: str, as_file: str) -> str:
    try:
        return decoded(data)
    except TranscriptError as problem:
        raise TableError(
            f"This is not a list of {what}",
            problem.happened,
            f"Export the list as {as_file} and import that file.",
        ) from problem


def _found(people: Iterable[tuple[Person | None, bool]], first: int) -> PeopleFound:
    """Each person once: a later row of the same name and company adds nothing. With each comes whether its row is
    blank."""
    kept: list[Person] = []
    by_name: dict[str, list[Person]] = {}
    skipped: list[int] = []
    for at, (person, is_blank) in enumerate(people, first):
        if person is None:
            skipped += [] if is_blank else [at]
            continue
        known = by_name.setdefault(person.name.casefold(), [])
        if not any(same_person(other, person.name, person.company) for other in known):
            known.append(person)
            kept.append(person)
        if len(kept) == MOST_PEOPLE:
            break
    return PeopleFound(tuple(kept), tuple(skipped))


def _of_card(card: Card) -> Person | None:
    """A card without a name is named by the address on it, as a line is."""
    name = card.name or next(iter(card.contacts), "")
    return _person(name, card.company, card.role, card.contacts, card.notes, card.tags)


def _of_line(line: str) -> Person | None:
    found = read_line(line)
    if found is None:
        return None
    return _person(found.name, found.company, found.role, found.contacts, found.rest)


def _of_row(cells: Cells) -> Person | None:
    name = _first(cells, "name") or " ".join((*cells.get("first", ()), *cells.get("last", ())))
    tags = [tag.strip("* ") for cell in cells.get("tags", ()) for tag in _TAGS.split(cell)]
    person = _person(
        name,
        _first(cells, "company"),
        _first(cells, "role"),
        cells.get("contact", ()),
        cells.get("note", ()),
        [tag for tag in tags if tag],
    )
    return person and replace(
        person,
        segment=_first(cells, "segment"),
        how_met=_first(cells, "met"),
        why=_first(cells, "why"),
        next_on=day_in(_first(cells, "next")),
        status=_known(_STATUSES, _first(cells, "status")) or PersonStatus.TO_CONTACT,
    )


def _person(
    name: str,
    company: str,
    role: str,
    contacts: Iterable[str],
    notes: Iterable[str],
    tags: Iterable[str] = (),
) -> Person | None:
    """What somebody is called at work is no role of ours: it goes into the note, as written."""
    if not any(character.isalnum() for character in name):
        return None
    known = _known(_ROLES, role)
    told = [*notes] if known else [role, *notes]
    return Person(
        name[:_LONGEST_FIELD],
        company=company[:_LONGEST_FIELD],
        role=known or PersonRole.UNKNOWN,
        contact=", ".join(dict.fromkeys(contacts))[:_LONGEST_FIELD],
        tags=tuple(dict.fromkeys(tags))[:_MOST_TAGS],
        note="\n".join(line for line in told if line)[:_LONGEST_NOTE],
    )


def _talks(table: Table) -> Iterator[Conversation]:
    for row in table.rows:
        cells = table.cells(row)
        person, day = _of_row(cells), day_in(_first(cells, "date"))
        if person is None or day is None:
            continue
        minutes = _NUMBER.match(_first(cells, "minutes"))
        yield Conversation(
            person.name,
            "\n".join(cells.get("note", ()))[:_LONGEST_NOTE],
            datetime.combine(day, _hour(_first(cells, "date")), UTC),
            company=person.company,
            role=person.role,
            channel=_known(_CHANNELS, _first(cells, "channel")) or Channel.CALL,
            minutes=int(minutes[0]) if minutes else None,
            problem=_first(cells, "why"),
            tags=person.tags,
            follow_up=person.next_on,
        )


def _first(cells: Cells, meaning: str) -> str:
    return cells.get(meaning, ("",))[0][:_LONGEST_FIELD]


def _known(words: Mapping[_Value, tuple[str, ...]], text: str) -> _Value | None:
    """The value that is meant: by its own name, or by a word that is used for it."""
    said = text.casefold().strip()
    return next((value for value, names in words.items() if said in (value, *names)), None) if said else None


def _hour(text: str) -> time:
    found = _HOUR.search(text)
    return time(int(found[1]), int(found[2])) if found else _NOON
