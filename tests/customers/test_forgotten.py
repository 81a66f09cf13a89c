"""A talk that was deleted comes back with all that went with it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.log import Log
from lastmile_desktop.core.notebook import Citation, Term
from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.search import TalkQuery
from lastmile_desktop.customers import exports, imports, transcripts
from lastmile_desktop.customers.forgotten import bring_back, forget
from lastmile_desktop.store import conversations, erase, projects, records, talk_search
from lastmile_desktop.store import transcripts as stored
from lastmile_desktop.store.database import Database
from tests.customers.logs import logs
from tests.customers.test_round_trip import database

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAID = b"Dana: I lose the photos of the roof.\nMe: How often?\nDana: Every week.\n"


@pytest.fixture
def log(tmp_path: Path) -> Generator[tuple[Database, Project]]:
    db = Database(tmp_path / "l.sqlite3")
    yield db, projects.register(db, tmp_path / "acme", NOW.isoformat())
    db.close()


def imported(db: Database, project: Project) -> Conversation:
    return transcripts.take_in(db, project, "dana.txt", SAID, NOW).talk.conversation


def test_the_transcript_and_the_citations_come_back(log: tuple[Database, Project]) -> None:
    db, project = log
    talk = imported(db, project)
    term = records.keep(db, project, Term("photos", citations=(Citation(talk.id, "the photos"),)))
    gone = forget(db, project, talk.id)
    assert conversations.newest(db, project) == () and stored.read(db, project, talk.transcript) is None
    assert records.notebook(db, project).terms == (replace(term, citations=()),)
    bring_back(db, project, gone)
    (back,) = conversations.newest(db, project)
    assert back == talk and records.notebook(db, project).terms == (term,)
    assert stored.original(db, project, back.transcript) == SAID
    assert talk_search.find(db, project, TalkQuery("every week")).total == 1


def test_a_number_that_was_given_away_is_not_taken_back(log: tuple[Database, Project]) -> None:
    db, project = log
    talk = imported(db, project)
    gone = forget(db, project, talk.id)
    other = conversations.save(db, project, Conversation("Lee", "Something else", NOW))
    assert other.id == talk.id
    bring_back(db, project, gone)
    found = {item.id: item for item in conversations.newest(db, project)}
    assert found.pop(other.id) == other
    (back,) = found.values()
    assert back == replace(talk, id=back.id, transcript=back.transcript)
    assert stored.original(db, project, back.transcript) == SAID


def test_nobody_who_was_forgotten_comes_back_with_a_talk(log: tuple[Database, Project]) -> None:
    db, project = log
    talk = imported(db, project)
    gone = forget(db, project, talk.id)
    erase.person(db, project, talk.person_id)
    with pytest.raises(LastMileError, match="not brought back"):
        bring_back(db, project, gone)
    assert conversations.newest(db, project) == ()


@given(logs())
@settings(max_examples=40)
def test_every_talk_of_any_log_comes_back_as_it_was(log: Log) -> None:
    with database() as (db, project, _):
        imports.merge(db, project, log)
        before = exports.whole(db, project)
        for kept in before.talks:
            bring_back(db, project, forget(db, project, kept.talk.id))
            assert exports.whole(db, project) == before
