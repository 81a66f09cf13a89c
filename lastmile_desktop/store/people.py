"""The people of a project's log."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import msgspec

from lastmile_desktop.core.people import Person, same_person
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import talk_index
from lastmile_desktop.store.database import Database


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
    if person.id == 0:
        cursor = connection.execute(
            "INSERT INTO people (project_id, name, body) VALUES (?, ?, '')", (project.id, person.name)
        )
        person = replace(person, id=int(cursor.lastrowid or 0))
    connection.execute(
        "UPDATE people SET name = ?, body = ? WHERE id = ? AND project_id = ?",
        (person.name, msgspec.json.encode(person).decode(), person.id, project.id),
    )
    talk_index.rename(connection, person)
    return person


def named(connection: sqlite3.Connection, project: Project, name: str, company: str = "") -> Person | None:
    """The person that a note about `name` of `company` means; None when nobody in the log fits, or several do."""
    rows = connection.execute(
        "SELECT id, body FROM people WHERE project_id = ? AND name = ? COLLATE NOCASE", (project.id, name)
    ).fetchall()
    people = [from_row(row["id"], row["body"]) for row in rows]
    fitting = [person for person in people if same_person(person, name, company)]
    exact = [person for person in fitting if person.company.casefold() == company.casefold()]
    chosen = exact or fitting
    return chosen[0] if len(chosen) == 1 else None


def drop_unheard(db: Database, project: Project, person_id: int) -> None:
    """Take a person out who was at no talk: a guess at who had spoken that was wrong."""
    with db.transaction() as connection:
        connection.execute(
            "DELETE FROM people WHERE id = ? AND project_id = ? "
            "AND id NOT IN (SELECT person_id FROM conversation_people)",
            (person_id, project.id),
        )


def from_row(identity: int, body: str) -> Person:
    return replace(msgspec.json.decode(body, type=Person), id=identity)
