"""The customer-conversation log."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store.database import Database

MOST_SHOWN = 500


def save(db: Database, project: Project, conversation: Conversation) -> Conversation:
    """Store a new conversation (id 0) or replace the one with its id; gives it back with its id."""
    held_at = conversation.when.isoformat()
    with db.transaction() as connection:
        if conversation.id == 0:
            cursor = connection.execute(
                "INSERT INTO conversations (project_id, held_at, person, body) VALUES (?, ?, ?, '')",
                (project.id, held_at, conversation.person),
            )
            conversation = replace(conversation, id=int(cursor.lastrowid or 0))
        connection.execute(
            "UPDATE conversations SET held_at = ?, person = ?, body = ? WHERE id = ? AND project_id = ?",
            (
                held_at,
                conversation.person,
                msgspec.json.encode(conversation).decode(),
                conversation.id,
                project.id,
            ),
        )
    return conversation


def forget(db: Database, project: Project, conversation_id: int) -> None:
    with db.transaction() as connection:
        connection.execute(
            "DELETE FROM conversations WHERE id = ? AND project_id = ?", (conversation_id, project.id)
        )


def newest(db: Database, project: Project, limit: int = MOST_SHOWN) -> tuple[Conversation, ...]:
    """The newest first."""
    rows = db.rows(
        "SELECT body FROM conversations WHERE project_id = ? ORDER BY held_at DESC, id DESC LIMIT ?",
        project.id,
        limit,
    )
    return tuple(msgspec.json.decode(row["body"], type=Conversation) for row in rows)
