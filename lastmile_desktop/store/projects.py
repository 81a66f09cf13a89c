"""Registered projects and the founder's answers about them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lastmile_desktop.core.scan import Project
from lastmile_desktop.store.database import Database


def register(db: Database, root: Path, now: str) -> Project:
    """The project of this folder, added when it is opened for the first time."""
    with db.transaction() as connection:
        connection.execute(
            "INSERT INTO projects (root, name, opened_at) VALUES (?, ?, ?) "
            "ON CONFLICT (root) DO UPDATE SET opened_at = excluded.opened_at",
            (str(root), root.name or str(root), now),
        )
        row = connection.execute(
            "SELECT id, root, name FROM projects WHERE root = ?", (str(root),)
        ).fetchone()
    return Project(row["id"], row["root"], row["name"])


def known(db: Database, root: Path) -> Project | None:
    """The project of this folder, when it has been opened before."""
    rows = db.rows("SELECT id, root, name FROM projects WHERE root = ?", str(root))
    return Project(rows[0]["id"], rows[0]["root"], rows[0]["name"]) if rows else None


def latest(db: Database) -> Project | None:
    """The project that was opened last."""
    rows = db.rows("SELECT id, root, name FROM projects ORDER BY opened_at DESC, id DESC LIMIT 1")
    return Project(rows[0]["id"], rows[0]["root"], rows[0]["name"]) if rows else None


def answers(db: Database, project: Project) -> Mapping[str, str]:
    rows = db.rows("SELECT key, value FROM answers WHERE project_id = ? ORDER BY key", project.id)
    return {row["key"]: row["value"] for row in rows}


def answer(db: Database, project: Project, key: str, value: str, now: str) -> None:
    """Store an answer; an empty one forgets it, because unanswered is unknown and never "no"."""
    with db.transaction() as connection:
        if value:
            connection.execute(
                "INSERT INTO answers (project_id, key, value, answered_at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (project_id, key) DO UPDATE SET "
                "value = excluded.value, answered_at = excluded.answered_at",
                (project.id, key, value, now),
            )
        else:
            connection.execute("DELETE FROM answers WHERE project_id = ? AND key = ?", (project.id, key))
