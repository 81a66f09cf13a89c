"""The customer-conversation log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.people import Person, PersonRole, PersonStatus
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import people, talk_index
from lastmile_desktop.store.database import Database

MOST_SHOWN = 500
_COLUMNS = "c.id, c.person_id, c.body, p.body AS person_body"
_FROM = "conversations c JOIN people p ON p.id = c.person_id"


def save(db: Database, project: Project, conversation: Conversation) -> Conversation:
    """Store a new conversation (id 0) or replace the one with its id; gives it back with its id. What it says of
    the person goes to the person, who is added to the log when new."""
    with db.transaction() as connection:
        return write(connection, project, conversation)


def save_all(
    db: Database, project: Project, conversations: Iterable[Conversation]
) -> tuple[Conversation, ...]:
    """As `save` for many: all or none."""
    with db.transaction() as connection:
        return tuple(write(connection, project, talk) for talk in conversations)


def write(
    connection: sqlite3.Connection, project: Project, talk: Conversation, transcript: str | None = None
) -> Conversation:
    """As `save`, inside a transaction that is under way; `transcript` is the text to find it by."""
    person = _person(connection, project, talk)
    held_at = talk.when.isoformat()
    if talk.id == 0:
        cursor = connection.execute(
            "INSERT INTO conversations (project_id, held_at, person, body) VALUES (?, ?, ?, '')",
            (project.id, held_at, person.name),
        )
        talk = replace(talk, id=int(cursor.lastrowid or 0))
    talk = _of(talk, person)
    connection.execute(
        "UPDATE conversations SET held_at = ?, person = ?, person_id = ?, commitment = ?, follow_up = ?, body = ? "
        "WHERE id = ? AND project_id = ?",
        (
            held_at,
            person.name,
            person.id,
            talk.commitment.level.step,
            talk.follow_up.isoformat() if talk.follow_up else None,
            _body(talk),
            talk.id,
            project.id,
        ),
    )
    _join(connection, project, talk)
    talk_index.put(connection, talk, transcript)
    return talk


def forget(db: Database, project: Project, conversation_id: int) -> None:
    with db.transaction() as connection:
        talk_index.drop(connection, conversation_id)
        connection.execute(
            "DELETE FROM conversations WHERE id = ? AND project_id = ?", (conversation_id, project.id)
        )


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
        _of(
            replace(msgspec.json.decode(row["body"], type=Conversation), id=row["id"]),
            people.from_row(row["person_id"], row["person_body"]),
        )
        for row in rows
    )


def _of(talk: Conversation, person: Person) -> Conversation:
    return replace(
        talk,
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
        other = people.named(connection, project, name) or people.write(
            connection, project, Person(name, status=PersonStatus.TALKED, added_on=talk.when.date())
        )
        there.append(other.id)
    connection.execute("DELETE FROM conversation_people WHERE conversation_id = ?", (talk.id,))
    connection.executemany(
        "INSERT OR IGNORE INTO conversation_people (conversation_id, person_id) VALUES (?, ?)",
        [(talk.id, person_id) for person_id in there],
    )
