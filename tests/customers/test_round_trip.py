"""What is exported can be imported again: into an empty database it gives the same log."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings

from lastmile_desktop.core.log import (
    Log,
    LogFormat,
    Numbers,
    notebook_with,
    record_with,
    records_of,
    talk_with,
    transcript_with,
)
from lastmile_desktop.core.scan import Project
from lastmile_desktop.customers import exports, imports
from lastmile_desktop.store import projects, whole_log
from lastmile_desktop.store.database import Database
from tests.customers.logs import logs

NOW = "2026-11-20T12:00:00+00:00"


@cache
def empty() -> bytes:
    """An empty database: making one takes longer than all that is done with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "l.sqlite3")
        Database(path).close()
        return path.read_bytes()


@contextmanager
def database() -> Generator[tuple[Database, Project, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "l.sqlite3")
        path.write_bytes(empty())
        db = Database(path)
        yield db, projects.register(db, Path(folder, "acme"), NOW), Path(folder)
        db.close()


def numbered(log: Log) -> Log:
    """The same log with its numbers counted from one, which is all that an import may change."""
    people = {person.id: place for place, person in enumerate(log.notebook.people, 1)}
    talks = {kept.talk.id: place for place, kept in enumerate(log.talks, 1)}
    transcripts = {kept.id: place for place, kept in enumerate(log.transcripts, 1)}
    in_order = sorted(records_of(log.notebook), key=lambda record: record.id)
    records = {record.id: place for place, record in enumerate(in_order, 1)}
    numbers = Numbers(people, talks, transcripts, records)
    notebook = notebook_with(log.notebook, lambda record: record_with(record, numbers))
    return Log(
        "",
        replace(notebook, people=tuple(replace(person, id=people[person.id]) for person in notebook.people)),
        tuple(talk_with(kept, numbers) for kept in log.talks),
        tuple(transcript_with(kept, numbers) for kept in log.transcripts),
    )


@pytest.mark.parametrize("kind", LogFormat)
@settings(max_examples=60)
@given(log=logs())
def test_export_empty_database_import_gives_the_same_log(kind: LogFormat, log: Log) -> None:
    with database() as (first, ours, folder), database() as (second, theirs, _):
        with first.transaction() as connection:
            whole_log.add(connection, ours, log)
        stored = exports.whole(first, ours)
        exports.write(stored, folder / "log", kind)
        imports.merge(second, theirs, imports.read(folder / "log"))
        back = exports.whole(second, theirs)
    assert numbered(stored) == numbered(log)
    assert back == replace(numbered(log), project=theirs.name)


@settings(max_examples=40)
@given(log=logs())
def test_importing_twice_adds_nothing(log: Log) -> None:
    with database() as (db, project, _):
        first = imports.merge(db, project, log)
        once = exports.whole(db, project)
        again = imports.merge(db, project, log)
        assert exports.whole(db, project) == once
    assert (again.people, again.talks, again.transcripts, again.records) == (0, 0, 0, 0)
    assert again.known == first.people + first.talks + first.records
