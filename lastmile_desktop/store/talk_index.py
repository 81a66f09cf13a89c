"""What the search looks through: one row of text for each conversation, and marks to filter by."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from lastmile_desktop.core.conversation import Conversation


def put(connection: sqlite3.Connection, talk: Conversation, transcript: str | None = None) -> None:
    """Index a stored conversation anew. Without `transcript` the text that is indexed of one stays."""
    if transcript is None:
        row = connection.execute("SELECT transcript FROM talk_text WHERE rowid = ?", (talk.id,)).fetchone()
        transcript = str(row["transcript"]) if row else ""
    drop(connection, talk.id)
    connection.execute(
        "INSERT INTO talk_text (rowid, person, notes, transcript) VALUES (?, ?, ?, ?)",
        (talk.id, " ".join((talk.person, talk.company, *talk.others)), notes(talk), transcript),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO talk_marks (conversation_id, kind, value) VALUES (?, ?, ?)",
        [(talk.id, kind, value) for kind, value in _marks(talk)],
    )


def drop(connection: sqlite3.Connection, conversation_id: int) -> None:
    connection.execute("DELETE FROM talk_text WHERE rowid = ?", (conversation_id,))
    connection.execute("DELETE FROM talk_marks WHERE conversation_id = ?", (conversation_id,))


def rename(connection: sqlite3.Connection, conversation_id: int, names: Iterable[str]) -> None:
    """The talk is found by these names of people and companies from now on."""
    connection.execute("UPDATE talk_text SET person = ? WHERE rowid = ?", (" ".join(names), conversation_id))


def notes(talk: Conversation) -> str:
    """All that was written down of a talk, as one text."""
    parts = (
        talk.said,
        *(quote.text for quote in talk.quotes),
        talk.problem,
        talk.story,
        talk.workaround,
        talk.pays_today,
        talk.deciders,
        talk.surprises,
        talk.objections,
        talk.promise,
        talk.commitment.what,
        *talk.tools,
        *talk.words,
        *talk.features,
        *talk.tags,
    )
    return "\n".join(part for part in parts if part)


def _marks(talk: Conversation) -> Iterator[tuple[str, str]]:
    for tag in talk.tags:
        yield "tag", tag.casefold()
    for signal in talk.signals:
        yield "signal", str(signal)
    for check in talk.checks:
        yield "check", check
