"""The founder's records beside the talks: each a typed value in one row."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

import msgspec

from lastmile_desktop.core.notebook import (
    Assumption,
    Feature,
    GuideQuestion,
    JournalEntry,
    LaneVersion,
    LearningGoal,
    MonthlyOutcomes,
    Notebook,
    NudgeNote,
    Record,
    StageDecision,
    Term,
)
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import conversations, people
from lastmile_desktop.store.database import Database

R = TypeVar("R", bound=Record)

_KINDS: dict[type[Record], str] = {
    LearningGoal: "goal",
    GuideQuestion: "question",
    Assumption: "assumption",
    Term: "term",
    Feature: "feature",
    JournalEntry: "journal",
    StageDecision: "decision",
    MonthlyOutcomes: "outcomes",
    LaneVersion: "lane",
    NudgeNote: "nudge",
}


def keep(db: Database, project: Project, record: R) -> R:
    """Store a new record (id 0) or replace the one with its id; gives it back with its id."""
    with db.transaction() as connection:
        return write(connection, project, record)


def write(connection: sqlite3.Connection, project: Project, record: R) -> R:
    """As `keep`, inside a transaction that is under way."""
    kind = _KINDS[type(record)]
    if record.id == 0:
        cursor = connection.execute(
            "INSERT INTO records (project_id, kind, body) VALUES (?, ?, '')", (project.id, kind)
        )
        record = replace(record, id=int(cursor.lastrowid or 0))
    connection.execute(
        "UPDATE records SET body = ? WHERE id = ? AND project_id = ? AND kind = ?",
        (msgspec.json.encode(record).decode(), record.id, project.id, kind),
    )
    return record


def restore(connection: sqlite3.Connection, project: Project, record: Record) -> None:
    """Put a record under the id it has, which must be free."""
    connection.execute(
        "INSERT INTO records (id, project_id, kind, body) VALUES (?, ?, ?, ?)",
        (record.id, project.id, _KINDS[type(record)], msgspec.json.encode(record).decode()),
    )


def drop(db: Database, project: Project, record: Record) -> None:
    """Take a record out, and every link of a quote to it: its number may be given to another one."""
    with db.transaction() as connection:
        connection.execute("DELETE FROM records WHERE id = ? AND project_id = ?", (record.id, project.id))
        if isinstance(record, Assumption):
            conversations.unlink_assumption(connection, project, record.id)


def uncite(connection: sqlite3.Connection, project: Project, talks: Collection[int]) -> None:
    """Take out every citation of these talks, with the words that were cited."""
    for kind in (Assumption, Term, Feature):
        rows = connection.execute(
            "SELECT id, body FROM records WHERE project_id = ? AND kind = ?", (project.id, _KINDS[kind])
        ).fetchall()
        for row in rows:
            record = replace(msgspec.json.decode(row["body"], type=kind), id=row["id"])
            left = tuple(item for item in record.citations if item.conversation not in talks)
            if left != record.citations:
                write(connection, project, replace(record, citations=left))


def notebook(db: Database, project: Project) -> Notebook:
    """Everything the founder keeps about the project beside the talks."""
    bodies: dict[str, list[tuple[int, str]]] = {}
    for row in db.rows("SELECT id, kind, body FROM records WHERE project_id = ? ORDER BY id", project.id):
        bodies.setdefault(row["kind"], []).append((row["id"], row["body"]))

    def of(kind: type[R]) -> tuple[R, ...]:
        return tuple(
            replace(msgspec.json.decode(body, type=kind), id=identity)
            for identity, body in bodies.get(_KINDS[kind], ())
        )

    return Notebook(
        people=people.all_of(db, project),
        goals=of(LearningGoal),
        questions=of(GuideQuestion),
        assumptions=of(Assumption),
        terms=of(Term),
        features=of(Feature),
        journal=of(JournalEntry),
        decisions=of(StageDecision),
        outcomes=of(MonthlyOutcomes),
        lanes=of(LaneVersion),
        nudges=of(NudgeNote),
    )
