"""Forgetting a talk, or one person: everything that names them goes, from the index and from the file's free pages
too."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import replace

from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import conversations, people, records, settings, talk_index
from lastmile_desktop.store.database import Database


def talk(db: Database, project: Project, conversation_id: int) -> None:
    """Take a talk out, with its transcript and every citation of it."""
    with db.transaction() as connection:
        _drop(connection, project, {conversation_id})


def person(db: Database, project: Project, person_id: int) -> int:
    """Erase the person, their talks and transcripts, and their name where they were beside somebody else; gives
    back how many talks went. What was written about them in notes of talks with others stays."""
    rows = db.rows("SELECT name FROM people WHERE id = ? AND project_id = ?", person_id, project.id)
    if not rows:
        return 0
    name = str(rows[0]["name"]).casefold()
    talks = conversations.with_person(db, project, person_id)
    own = {talk.id for talk in talks if talk.person_id == person_id}
    db.connection.execute("PRAGMA secure_delete = ON")
    with db.transaction() as connection:
        _drop(connection, project, own)
        for talk in talks:
            if talk.id not in own:
                others = tuple(other for other in talk.others if other.casefold() != name)
                conversations.write(connection, project, replace(talk, others=others))
        connection.execute("DELETE FROM people WHERE id = ? AND project_id = ?", (person_id, project.id))
        for form in ("draft", "journal_draft"):
            settings.forget(connection, form)
    people.from_row.cache_clear()
    conversations.from_row.cache_clear()
    db.compact()
    return len(own)


def _drop(connection: sqlite3.Connection, project: Project, talks: Collection[int]) -> None:
    for identity in talks:
        talk_index.drop(connection, identity)
        connection.execute(
            "DELETE FROM conversations WHERE id = ? AND project_id = ?", (identity, project.id)
        )
    records.uncite(connection, project, talks)
