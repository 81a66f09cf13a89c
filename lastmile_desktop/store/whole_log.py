"""The whole log of a project, read at once and added to at once."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from lastmile_desktop.core.log import KeptTalk, KeptTranscript, Log, records_of
from lastmile_desktop.core.notebook import Assumption, Feature, Notebook, Term
from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.transcript import Transcript
from lastmile_desktop.store import conversations, people, records
from lastmile_desktop.store.database import Database

_C = TypeVar("_C", Assumption, Term, Feature)


def read(db: Database, project: Project, *, originals: bool = True) -> Log:
    """Everything; without the files that transcripts came from unless `originals`."""
    talks = sorted(conversations.newest(db, project, -1), key=lambda talk: talk.id)
    present = _present(db, project)
    return Log(
        project=project.name,
        notebook=records.notebook(db, project),
        talks=tuple(KeptTalk(talk, present.get(talk.id, ())) for talk in talks),
        transcripts=_transcripts(db, project, originals),
    )


def one_talk(db: Database, project: Project, conversation_id: int) -> Log:
    """One talk with its transcript and the records that cite it; empty when there is none."""
    talks = conversations.by_ids(db, project, (conversation_id,))
    present = _present(db, project)
    notebook = records.notebook(db, project)
    return Log(
        project=project.name,
        notebook=Notebook(
            assumptions=_citing(notebook.assumptions, conversation_id),
            terms=_citing(notebook.terms, conversation_id),
            features=_citing(notebook.features, conversation_id),
        ),
        talks=tuple(KeptTalk(talk, present.get(talk.id, ())) for talk in talks),
        transcripts=_transcripts(db, project, True, conversation_id),
    )


def add(connection: sqlite3.Connection, project: Project, log: Log) -> None:
    """Add what is in `log` under the numbers it has there, which must be free; inside a transaction that is under
    way."""
    for person in log.notebook.people:
        people.restore(connection, project, person)
    by_id = {person.id: person for person in people.in_log(connection, project)}
    texts = {kept.conversation: kept.transcript.text for kept in log.transcripts}
    for kept in log.talks:
        talk = conversations.of_person(kept.talk, by_id[kept.talk.person_id])
        conversations.restore(connection, project, talk, kept.present, texts.get(talk.id, ""))
    for kept in log.transcripts:
        connection.execute(
            "INSERT INTO transcripts (id, project_id, conversation_id, name, sha256, body, original) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(kept.id, project.id, kept.conversation, kept.transcript.name, kept.transcript.sha256),
                msgspec.json.encode(kept.transcript).decode(),
                zlib.compress(kept.original),
            ),
        )
    for record in sorted(records_of(log.notebook), key=lambda record: record.id):
        records.restore(connection, project, record)


def first_free(connection: sqlite3.Connection, table: str) -> int:
    """The first number that nothing in this table has, now or later."""
    return int(connection.execute(f"SELECT ifnull(max(id), 0) + 1 FROM {table}").fetchone()[0])  # noqa: S608


def _present(db: Database, project: Project) -> dict[int, tuple[int, ...]]:
    rows = db.rows(
        "SELECT j.conversation_id AS talk, j.person_id AS person FROM conversation_people j "
        "JOIN conversations c ON c.id = j.conversation_id "
        "WHERE c.project_id = ? AND j.person_id <> c.person_id ORDER BY 1, 2",
        project.id,
    )
    present: dict[int, tuple[int, ...]] = {}
    for row in rows:
        present[row["talk"]] = (*present.get(row["talk"], ()), row["person"])
    return present


def _citing(found: tuple[_C, ...], conversation_id: int) -> tuple[_C, ...]:
    return tuple(
        record
        for record in found
        if any(citation.conversation == conversation_id for citation in record.citations)
    )


def _transcripts(
    db: Database, project: Project, originals: bool, conversation_id: int = 0
) -> tuple[KeptTranscript, ...]:
    """Those of one talk, or all."""
    original = "original" if originals else "NULL AS original"
    rows: Sequence[sqlite3.Row] = db.rows(
        f"SELECT id, conversation_id, body, {original} FROM transcripts "  # noqa: S608
        "WHERE project_id = ? AND ? IN (0, conversation_id) ORDER BY id",
        project.id,
        conversation_id,
    )
    return tuple(
        KeptTranscript(
            row["id"],
            row["conversation_id"],
            msgspec.json.decode(row["body"], type=Transcript),
            zlib.decompress(row["original"]) if row["original"] is not None else b"",
        )
        for row in rows
    )
