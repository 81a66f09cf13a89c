from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.conversation import Channel, Commitment, Conversation, Ladder, Quote
from lastmile_desktop.core.finding import Life
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import attestations, conversations, erase, projects, scans, settings
from lastmile_desktop.store.database import Database
from tests.core.samples import finding, gap, scan

NOW = "2026-11-20T12:00:00+00:00"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "l.sqlite3")
    yield database
    database.close()


@pytest.fixture
def project(db: Database) -> Project:
    return projects.register(db, Path("/home/ann/acme-crm"), NOW)


def test_a_scan_comes_back_whole(db: Database, project: Project) -> None:
    made = scans.save(db, project, scan(gap(finding())), (), 1)
    assert scans.latest(db, project) == made
    assert scans.load(db, made.id) == made


def test_an_unchanged_checklist_adds_no_row(db: Database, project: Project) -> None:
    first = scans.save(db, project, scan(gap(finding(life=Life.NEW))), (), 1)
    later = scans.save(db, project, scan(gap(finding(life=Life.OPEN)), started="2026-11-20T13:00:00"), (), 1)
    assert later.id == first.id
    (row,) = db.rows("SELECT started, confirmed_at FROM scans")
    assert (row["started"], row["confirmed_at"]) == ("2026-11-20T12:00:00", "2026-11-20T13:00:00")


def test_a_changed_checklist_adds_one(db: Database, project: Project) -> None:
    scans.save(db, project, scan(gap(finding())), (), 1)
    scans.save(db, project, scan(gap(finding(), finding(fingerprint="f2"))), (), 1)
    assert len(db.rows("SELECT id FROM scans")) == 2


def test_history_knows_how_each_finding_last_stood(db: Database, project: Project) -> None:
    scans.save(db, project, scan(gap(finding())), (), 1)
    scans.save(db, project, scan(), (finding(life=Life.FIXED),), 0)
    known = scans.known(db, project)["f1"]
    assert (known.life, known.first_seen) == (Life.FIXED, "2026-11-20T10:00:00")
    (row,) = db.rows("SELECT ended_at, last_seen FROM findings")
    assert row["ended_at"] == row["last_seen"] == "2026-11-20T12:00:00"


def test_projects_do_not_see_each_other(db: Database, project: Project) -> None:
    other = projects.register(db, Path("/home/ann/other"), NOW)
    scans.save(db, project, scan(gap(finding())), (), 1)
    assert scans.latest(db, other) is None
    assert scans.known(db, other) == {}


def test_an_empty_answer_is_forgotten(db: Database, project: Project) -> None:
    projects.answer(db, project, "profile.stage", "paying", NOW)
    projects.answer(db, project, "profile.stage", "growing", NOW)
    assert projects.answers(db, project) == {"profile.stage": "growing"}
    projects.answer(db, project, "profile.stage", "", NOW)
    assert projects.answers(db, project) == {}


def test_conversations_are_kept_changed_and_forgotten(db: Database, project: Project) -> None:
    talk = Conversation(
        person="Dana Ortiz",
        said="I lose the job site photos <b>every</b> week.",
        when=datetime(2026, 11, 18, 10, tzinfo=UTC),
        channel=Channel.CALL,
        quotes=(Quote("I lose the job site photos"),),
        commitment=Commitment(Ladder.MONEY, "pre-order", 4_900, "USD"),
        follow_up=date(2026, 11, 24),
    )
    stored = conversations.save(db, project, talk)
    assert conversations.newest(db, project) == (replace(talk, id=stored.id, person_id=stored.person_id),)
    conversations.save(db, project, replace(stored, company="Ortiz Roofing"))
    assert conversations.newest(db, project)[0].company == "Ortiz Roofing"
    erase.talk(db, project, stored.id)
    assert conversations.newest(db, project) == ()


def test_an_attestation_is_voided_and_never_lost(db: Database, project: Project) -> None:
    made = Attestation("data.backup-unproven", ".", "Restored.", date(2026, 11, 1), "Ann", "note", 90)
    attestations.add(db, project, made)
    attestations.void(db, project, made, "db.provider changed")
    (kept,) = attestations.all_of(db, project)
    assert kept.voided == "db.provider changed"
    assert not kept.is_live(date(2026, 11, 20))


def test_settings_are_replaced(db: Database) -> None:
    settings.write(db, "theme", "dark")
    settings.write(db, "theme", "light")
    assert settings.read(db) == {"theme": "light"}
