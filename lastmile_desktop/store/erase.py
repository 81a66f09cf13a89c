"""Forgetting one person: everything that names them goes, from the index and from the file's free pages too."""

from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import conversations, settings, talk_index
from lastmile_desktop.store.database import Database


def person(db: Database, project: Project, person_id: int) -> int:
    """Erase the person, their talks and transcripts, and their name where they were beside somebody else; gives
    back how many talks went. What others wrote about them in notes of their own stays."""
    rows = db.rows("SELECT name FROM people WHERE id = ? AND project_id = ?", person_id, project.id)
    if not rows:
        return 0
    name = str(rows[0]["name"]).casefold()
    talks = conversations.with_person(db, project, person_id)
    own = [talk for talk in talks if talk.person_id == person_id]
    db.connection.execute("PRAGMA secure_delete = ON")
    with db.transaction() as connection:
        for talk in talks:
            if talk.person_id == person_id:
                talk_index.drop(connection, talk.id)
            else:
                others = tuple(other for other in talk.others if other.casefold() != name)
                conversations.write(connection, project, replace(talk, others=others))
        connection.execute("DELETE FROM people WHERE id = ? AND project_id = ?", (person_id, project.id))
        settings.forget(connection, "draft")
    db.compact()
    return len(own)
