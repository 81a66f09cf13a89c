"""The customer-conversation log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import msgspec

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.people import Person, PersonRole, PersonStatus
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import people, talk_index
from lastmile_desktop.store.database import Database

MOST_SHOWN = 500
_DECODER = msgspec.json.Decoder(Conversation)
_COLUMNS = "c.id, c.person_id, c.body, p.body AS person_body"
_FROM = "conversations c JOIN people p ON p.id = c.person_id"


def save(db: Database, project: Project, conversation: Conversation) -> Conversation:
    """Store a new conversation (id 0) or replace the one with its id; gives it back with its id. What it says of
    the person goes to the person, who is added to the log when new."""
    with db.transaction() as connection:
        return write(connection, project, conversation)


def write(
    connection: sqlite3.Connection, project: Project, talk: Conversation, transcript: str | None = None
) -> Conversation:
    """As `save`, inside a transaction that is under way; `transcript` is the text to find it by."""
    person = _person(connection, project, talk)
    if talk.id == 0:
        cursor = connection.execute(
            "INSERT INTO conversations (project_id, held_at, person, body) VALUES (?, ?, ?, '')",
            (project.id, talk.when.isoformat(), person.name),
        )
        talk = replace(talk, id=int(cursor.lastrowid or 0))
    talk = of_person(talk, person)
    _fill(connection, project, talk)
    _join(connection, project, talk)
    talk_index.put(connection, talk, transcript)
    return talk


def restore(
    connection: sqlite3.Connection,
    project: Project,
    talk: Conversation,
    present: Sequence[int],
    transcript: str,
) -> None:
    """Put a talk under the id it has, which must be free, with those who were there; nothing else is changed."""
    connection.execute(
        "INSERT INTO conversations (id, project_id, held_at, person, body) VALUES (?, ?, '', '', '')",
        (talk.id, project.id),
    )
    _fill(connection, project, talk)
    _seat(connection, talk.id, (talk.person_id, *present))
    talk_index.put(connection, talk, transcript)


def _fill(connection: sqlite3.Connection, project: Project, talk: Conversation) -> None:
    connection.execute(
        "UPDATE conversations SET held_at = ?, person = ?, person_id = ?, commitment = ?, follow_up = ?, body = ? "
        "WHERE id = ? AND project_id = ?",
        (
            talk.when.isoformat(),
            talk.person,
            talk.person_id,
            talk.commitment.level.step,
            talk.follow_up.isoformat() if talk.follow_up else None,
            _body(talk),
            talk.id,
            project.id,
        ),
    )


def unlink_assumption(connection: sqlite3.Connection, project: Project, assumption: int) -> None:
    """Take an assumption that is gone out of every quote that was linked to it."""
    rows = connection.execute(
        "SELECT id, body FROM conversations WHERE project_id = ? AND body GLOB '*\"linked_assumptions\":[[][0-9]*'",
        (project.id,),
    ).fetchall()
    for row in rows:
        talk = msgspec.json.decode(row["body"], type=Conversation)
        quotes = tuple(
            replace(
                quote,
                linked_assumptions=tuple(item for item in quote.linked_assumptions if item != assumption),
            )
            for quote in talk.quotes
        )
        if quotes != talk.quotes:
            body = msgspec.json.encode(replace(talk, quotes=quotes)).decode()
            connection.execute("UPDATE conversations SET body = ? WHERE id = ?", (body, row["id"]))


def newest(db: Database, project: Project, limit: int = MOST_SHOWN) -> tuple[Conversation, ...]:
    """The newest first; a negative limit gives all."""
    return _talks(
        db.rows(
            f"SELECT {_COLUMNS} FROM {_FROM} WHERE c.project_id = ? ORDER BY c.held_at DESC, c.id DESC LIMIT ?",  # noqa: S608
            project.id,
            limit,
        )
    )


def with_person(db: Database, project: Project, person_id: int) -> tuple[Conversation, ...]:
    """All talks at which the person was, the newest first."""
    return _talks(
        db.rows(
            f"SELECT {_COLUMNS} FROM {_FROM} WHERE c.project_id = ? AND c.id IN "  # noqa: S608
            "(SELECT conversation_id FROM conversation_people WHERE person_id = ?) "
            "ORDER BY c.held_at DESC, c.id DESC",
            project.id,
            person_id,
        )
    )


def by_ids(db: Database, project: Project, ids: Sequence[int]) -> tuple[Conversation, ...]:
    """These talks, in this order; ids that are gone are left out."""
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE c.project_id = ? AND c.id IN (SELECT value FROM json_each(?))",  # noqa: S608
        project.id,
        msgspec.json.encode(list(ids)).decode(),
    )
    found = {talk.id: talk for talk in _talks(rows)}
    return tuple(found[identity] for identity in ids if identity in found)


def _talks(rows: Sequence[sqlite3.Row]) -> tuple[Conversation, ...]:
    return tuple(
        from_row(row["id"], row["body"], people.from_row(row["person_id"], row["person_body"]))
        for row in rows
    )


@lru_cache(maxsize=2 * MOST_SHOWN)
def from_row(identity: int, body: str, person: Person) -> Conversation:
    """The talk of a row. The newest ones are told anew whenever the log changes; what has not changed is not read
    again."""
    return of_person(_DECODER.decode(body), person, identity)


def of_person(talk: Conversation, person: Person, identity: int = 0) -> Conversation:
    """The talk with what its person alone keeps."""
    return replace(
        talk,
        id=identity or talk.id,
        person=person.name,
        person_id=person.id,
        company=person.company,
        role=person.role,
        in_lane=person.in_lane,
    )


def _body(talk: Conversation) -> str:
    """Without what the person keeps, so that it stands in one place only."""
    bare = replace(talk, person="", person_id=0, company="", role=PersonRole.UNKNOWN, in_lane=None, id=0)
    return msgspec.json.encode(bare).decode()


def _person(connection: sqlite3.Connection, project: Project, talk: Conversation) -> Person:
    """The person of the talk as the log will know them: what the note says wins, what it does not say stays."""
    known = _known(connection, project, talk)
    told = replace(
        known,
        name=talk.person,
        company=talk.company or known.company,
        role=known.role if talk.role is PersonRole.UNKNOWN else talk.role,
        in_lane=known.in_lane if talk.in_lane is None else talk.in_lane,
        status=PersonStatus.TALKED if known.status in _BEFORE_TALKING else known.status,
    )
    if told == known and known.id:
        return known
    return people.write(connection, project, told)


_BEFORE_TALKING = (PersonStatus.TO_CONTACT, PersonStatus.CONTACTED, PersonStatus.SCHEDULED)


def _known(connection: sqlite3.Connection, project: Project, talk: Conversation) -> Person:
    if talk.person_id:
        row = connection.execute(
            "SELECT id, body FROM people WHERE id = ? AND project_id = ?", (talk.person_id, project.id)
        ).fetchone()
        known = people.from_row(row["id"], row["body"]) if row else None
        # Another name in an edited note is another person: renaming somebody is done where people are kept.
        if known is not None and known.name.casefold() == talk.person.casefold():
            return known
    found = people.named(connection, project, talk.person, talk.company)
    return found or Person(talk.person, company=talk.company, added_on=talk.when.date())


def _join(connection: sqlite3.Connection, project: Project, talk: Conversation) -> None:
    """Who was there, the main person first."""
    there = [talk.person_id]
    for name in talk.others:
        other = people.named(connection, project, name, sure=False) or people.write(
            connection, project, Person(name, status=PersonStatus.TALKED, added_on=talk.when.date())
        )
        there.append(other.id)
    connection.execute("DELETE FROM conversation_people WHERE conversation_id = ?", (talk.id,))
    _seat(connection, talk.id, there)


def _seat(connection: sqlite3.Connection, talk_id: int, people_ids: Iterable[int]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO conversation_people (conversation_id, person_id) VALUES (?, ?)",
        [(talk_id, person_id) for person_id in people_ids],
    )
