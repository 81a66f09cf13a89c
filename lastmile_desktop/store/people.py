"""The people of a project's log."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from functools import lru_cache

import msgspec

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.people import Person, same_person
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import talk_index
from lastmile_desktop.store.database import Database

# Made once: a decoder that is made for every row takes longer than the row.
_DECODER = msgspec.json.Decoder(Person)
_REMEMBERED = 4_096


def all_of(db: Database, project: Project) -> tuple[Person, ...]:
    """In the order in which they came into the log."""
    rows = db.rows("SELECT id, body FROM people WHERE project_id = ? ORDER BY id", project.id)
    return tuple(from_row(row["id"], row["body"]) for row in rows)


def save(db: Database, project: Project, person: Person) -> Person:
    """Store a new person (id 0) or replace the one with this id; gives it back with its id."""
    with db.transaction() as connection:
        return write(connection, project, person)


def write(connection: sqlite3.Connection, project: Project, person: Person) -> Person:
    """As `save`, inside a transaction that is under way."""
    before = None
    if person.id == 0:
        cursor = connection.execute(
            "INSERT INTO people (project_id, name, body) VALUES (?, ?, '{}')", (project.id, person.name)
        )
        person = replace(person, id=int(cursor.lastrowid or 0))
    else:
        row = connection.execute("SELECT id, body FROM people WHERE id = ?", (person.id,)).fetchone()
        before = from_row(row["id"], row["body"]) if row else None
    connection.execute(
        "UPDATE people SET name = ?, body = ? WHERE id = ? AND project_id = ?",
        (person.name, msgspec.json.encode(person).decode(), person.id, project.id),
    )
    if before is not None and (before.name, before.company) != (person.name, person.company):
        _rename(connection, before, person)
    return person


def _rename(connection: sqlite3.Connection, before: Person, person: Person) -> None:
    """Talks at which the person was are found by the name they have now, and say it."""
    rows = connection.execute(
        "SELECT c.id, c.person_id, c.body, p.id AS main, p.body AS main_body FROM conversation_people j "
        "JOIN conversations c ON c.id = j.conversation_id JOIN people p ON p.id = c.person_id "
        "WHERE j.person_id = ?",
        (person.id,),
    ).fetchall()
    for row in rows:
        talk = msgspec.json.decode(row["body"], type=Conversation)
        main = from_row(row["main"], row["main_body"])
        others = tuple(person.name if other == before.name else other for other in talk.others)
        if main.id != person.id and others != talk.others:
            talk = replace(talk, others=others)
            body = msgspec.json.encode(talk).decode()
            connection.execute("UPDATE conversations SET body = ? WHERE id = ?", (body, row["id"]))
        talk_index.rename(connection, row["id"], (main.name, main.company, *talk.others))


def restore(connection: sqlite3.Connection, project: Project, person: Person) -> None:
    """Put a person under the id they have, which must be free."""
    connection.execute(
        "INSERT INTO people (id, project_id, name, body) VALUES (?, ?, ?, ?)",
        (person.id, project.id, person.name, msgspec.json.encode(person).decode()),
    )


def in_log(connection: sqlite3.Connection, project: Project) -> tuple[Person, ...]:
    """As `all_of`, inside a transaction that is under way."""
    rows = connection.execute("SELECT id, body FROM people WHERE project_id = ? ORDER BY id", (project.id,))
    return tuple(from_row(row["id"], row["body"]) for row in rows)


def named(
    connection: sqlite3.Connection, project: Project, name: str, company: str = "", *, sure: bool = True
) -> Person | None:
    """The person that a note about `name` of `company` means; None when nobody in the log fits, or several do, of whom
    one who is not `sure` takes the first."""
    rows = connection.execute(
        "SELECT id, body FROM people WHERE project_id = ? AND name = ? COLLATE NOCASE ORDER BY id",
        (project.id, name),
    ).fetchall()
    people = [from_row(row["id"], row["body"]) for row in rows]
    fitting = [person for person in people if same_person(person, name, company)]
    exact = [person for person in fitting if person.company.casefold() == company.casefold()]
    chosen = exact or fitting
    return chosen[0] if len(chosen) == 1 or (chosen and not sure) else None


def drop_unheard(db: Database, project: Project, person_id: int) -> None:
    """Take a person out who was at no talk: a guess at who had spoken that was wrong."""
    with db.transaction() as connection:
        connection.execute(
            "DELETE FROM people WHERE id = ? AND project_id = ? "
            "AND id NOT IN (SELECT person_id FROM conversation_people)",
            (person_id, project.id),
        )


@lru_cache(maxsize=_REMEMBERED)
def from_row(identity: int, body: str) -> Person:
    """The person of a row. Everybody is told anew whenever the log changes; what has not changed is not read again."""
    person = _DECODER.decode(body)
    return person if person.id == identity else replace(person, id=identity)
