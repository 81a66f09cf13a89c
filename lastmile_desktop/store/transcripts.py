"""Transcripts: what was read of a file, and the file itself as it came."""

from __future__ import annotations

import zlib
from dataclasses import replace

import msgspec

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.transcript import Transcript
from lastmile_desktop.store import conversations
from lastmile_desktop.store.database import Database


def attach(
    db: Database, project: Project, talk: Conversation, transcript: Transcript, original: bytes
) -> Conversation:
    """Store the talk with its transcript; the original is kept as it came."""
    with db.transaction() as connection:
        talk = conversations.write(connection, project, talk, transcript.text)
        cursor = connection.execute(
            "INSERT INTO transcripts (project_id, conversation_id, name, sha256, body, original) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                project.id,
                talk.id,
                transcript.name,
                transcript.sha256,
                msgspec.json.encode(transcript).decode(),
                zlib.compress(original),
            ),
        )
        return conversations.write(connection, project, replace(talk, transcript=int(cursor.lastrowid or 0)))


def read(db: Database, project: Project, transcript_id: int) -> Transcript | None:
    rows = db.rows("SELECT body FROM transcripts WHERE id = ? AND project_id = ?", transcript_id, project.id)
    return msgspec.json.decode(rows[0]["body"], type=Transcript) if rows else None


def original(db: Database, project: Project, transcript_id: int) -> bytes | None:
    """The file as it was imported."""
    rows = db.rows(
        "SELECT original FROM transcripts WHERE id = ? AND project_id = ?", transcript_id, project.id
    )
    return zlib.decompress(rows[0]["original"]) if rows else None


def replace_reading(db: Database, project: Project, transcript_id: int, transcript: Transcript) -> None:
    """Keep another reading of the same file, such as one in which the founder has said which speaker is "me"."""
    with db.transaction() as connection:
        connection.execute(
            "UPDATE transcripts SET body = ? WHERE id = ? AND project_id = ?",
            (msgspec.json.encode(transcript).decode(), transcript_id, project.id),
        )


def known(db: Database, project: Project, sha256: str) -> int:
    """The conversation to which this very file was imported before, 0 when it is new."""
    rows = db.rows(
        "SELECT conversation_id FROM transcripts WHERE sha256 = ? AND project_id = ?", sha256, project.id
    )
    return int(rows[0]["conversation_id"]) if rows else 0
