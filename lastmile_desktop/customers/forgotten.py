"""A talk that was taken out of the log, for as long as it can be brought back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.log import Log, Numbers, records_of, talk_with, transcript_with
from lastmile_desktop.core.notebook import Assumption, Feature, Record, Term
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import erase, people, records, whole_log
from lastmile_desktop.store.database import Database


def forget(db: Database, project: Project, conversation_id: int) -> Log:
    """Take the talk out of the log; gives back the log as it was, of this talk alone."""
    gone = whole_log.one_talk(db, project, conversation_id)
    erase.talk(db, project, conversation_id)
    return gone


def bring_back(db: Database, project: Project, gone: Log) -> None:
    """Put the talk back with its transcript and the citations of it, under another number when its own was given
    away. Raises LastMileError when the person has been forgotten since."""
    (kept,) = gone.talks
    with db.transaction() as connection:
        there = {person.id for person in people.in_log(connection, project)}
        if kept.talk.person_id not in there:
            raise cannot()
        ours = records_of(records.notebook(db, project))
        numbers = Numbers(
            people={person: person for person in there},
            talks={kept.talk.id: _free(connection, "conversations", kept.talk.id)},
            transcripts={item.id: _free(connection, "transcripts", item.id) for item in gone.transcripts},
            records={record.id: record.id for record in ours},
        )
        talk = talk_with(kept, numbers)
        texts = tuple(transcript_with(item, numbers) for item in gone.transcripts)
        whole_log.add(connection, project, Log(talks=(talk,), transcripts=texts))
        for record in _cited_again(ours, records_of(gone.notebook), kept.talk.id, talk.talk.id):
            records.write(connection, project, record)


def cannot() -> LastMileError:
    return LastMileError(
        "The talk was not brought back",
        "It is not kept any longer, or its person has been forgotten.",
        "Write it down again.",
    )


def _free(connection: sqlite3.Connection, table: str, number: int) -> int:
    taken = connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (number,)).fetchone()  # noqa: S608
    return whole_log.first_free(connection, table) if taken else number


def _cited_again(
    ours: Iterable[Record], before: Iterable[Record], was: int, talk: int
) -> Iterable[Assumption | Term | Feature]:
    """What cited the talk before it went and is still there, citing it again."""
    cited = {record.id: record for record in before}
    for record in ours:
        old = cited.get(record.id)
        if isinstance(record, (Assumption, Term, Feature)) and isinstance(old, type(record)):
            kept = (
                replace(item, conversation=talk) if item.conversation == was else item
                for item in old.citations
                if item.conversation == was or item in record.citations
            )
            since = (item for item in record.citations if item not in old.citations)
            yield replace(record, citations=(*kept, *since))
