from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lastmile_desktop.core.conversation import Conversation, Ladder, Quote
from lastmile_desktop.core.errors import StoreError
from lastmile_desktop.core.notebook import Assumption, Citation, Term
from lastmile_desktop.core.people import Person, PersonRole, PersonStatus, due_for_deletion
from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.search import TalkQuery
from lastmile_desktop.core.transcript import Transcript, TranscriptFormat, Turn
from lastmile_desktop.store import (
    conversations,
    erase,
    people,
    projects,
    records,
    settings,
    talk_search,
    transcripts,
)
from lastmile_desktop.store.database import Database

WHEN = datetime(2026, 11, 18, 10, tzinfo=UTC)
V1 = Path(__file__).resolve().parents[1] / "data" / "databases" / "v1.sql"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "l.sqlite3")
    yield database
    database.close()


@pytest.fixture
def project(db: Database) -> Project:
    return projects.register(db, Path("/home/ann/acme-crm"), "2026-11-20T12:00:00+00:00")


def test_a_person_comes_back_whole(db: Database, project: Project) -> None:
    dana = Person(
        "Dana Ortiz",
        company="Ortiz Roofing",
        role=PersonRole.BUYER,
        in_lane=True,
        rank=3,
        next_on=date(2026, 11, 24),
        tags=("pilot",),
        delete_by=date(2028, 1, 1),
    )
    stored = people.save(db, project, dana)
    assert people.all_of(db, project) == (replace(dana, id=stored.id),)


def test_a_talk_adds_its_person_and_says_no_more_of_them_than_it_knows(
    db: Database, project: Project
) -> None:
    talk = conversations.save(db, project, Conversation("Dana Ortiz", "One.", WHEN, company="Ortiz Roofing"))
    conversations.save(db, project, Conversation("dana ortiz", "Two.", WHEN, role=PersonRole.BUYER))
    (dana,) = people.all_of(db, project)
    assert (dana.id, dana.company, dana.role) == (talk.person_id, "Ortiz Roofing", PersonRole.BUYER)
    assert (dana.status, dana.added_on) == (PersonStatus.TALKED, WHEN.date())
    assert {item.company for item in conversations.with_person(db, project, dana.id)} == {"Ortiz Roofing"}


def test_two_with_the_same_name_are_told_apart_by_their_company(db: Database, project: Project) -> None:
    one = conversations.save(db, project, Conversation("Lee Park", "One.", WHEN, company="One Ltd"))
    two = conversations.save(db, project, Conversation("Lee Park", "Two.", WHEN, company="Two Ltd"))
    assert one.person_id != two.person_id
    beside = conversations.save(db, project, Conversation("Ann", "Hi.", WHEN, others=("Lee Park",)))
    conversations.save(db, project, beside)
    assert len(people.all_of(db, project)) == 3, "being beside somebody makes no third one of them"


def test_another_name_in_a_note_is_another_person(db: Database, project: Project) -> None:
    talk = conversations.save(db, project, Conversation("Dana Ortiz", "One.", WHEN))
    moved = conversations.save(db, project, replace(talk, person="Lee Park"))
    assert moved.person_id != talk.person_id
    assert [person.name for person in people.all_of(db, project)] == ["Dana Ortiz", "Lee Park"]


def test_links_go_with_what_they_lead_to(db: Database, project: Project) -> None:
    assumption = records.keep(db, project, Assumption("They pay"))
    quote = Quote("I would", linked_assumptions=(assumption.id,))
    talk = conversations.save(db, project, Conversation("Dana", "Hi.", WHEN, quotes=(quote,)))
    term = records.keep(db, project, Term("job site", citations=(Citation(talk.id, "on the job site"),)))
    records.drop(db, project, assumption)
    assert conversations.newest(db, project)[0].quotes == (Quote("I would"),)
    erase.talk(db, project, talk.id)
    assert records.notebook(db, project).terms == (replace(term, citations=()),)


def test_people_whose_day_has_come_are_named(db: Database, project: Project) -> None:
    for name, day in (("Dana", date(2026, 11, 20)), ("Lee", date(2026, 11, 21)), ("Kim", None)):
        people.save(db, project, Person(name, delete_by=day))
    due = due_for_deletion(people.all_of(db, project), date(2026, 11, 20))
    assert [person.name for person in due] == ["Dana"]
    assert len(people.all_of(db, project)) == 3


def test_of_a_forgotten_person_no_byte_is_left(db: Database, project: Project) -> None:
    name, words = "Zephyrine Quillfeather", "unmistakable marmalade"
    transcript = Transcript(
        "q.vtt", TranscriptFormat.WEBVTT, (Turn(name, 1.0, f"{words} spoken"),), None, "", "abc"
    )
    original = f"WEBVTT {name} {words}".encode()
    talk = transcripts.attach(
        db, project, Conversation(name, words, WHEN, tags=("marmaladetag",)), transcript, original
    )
    conversations.save(db, project, replace(talk, quotes=(Quote(words),), company="Quillfeather Ltd"))
    beside = conversations.save(db, project, Conversation("Lee Park", "Hello.", WHEN, others=(name,)))
    records.keep(
        db, project, Assumption("They pay", citations=(Citation(talk.id, words), Citation(beside.id, "x")))
    )
    settings.write(db, "draft", f"{name}: {words}")
    for number in range(50):
        conversations.save(db, project, Conversation(f"Other {number}", "Filler. " * 50, WHEN))
    person = next(item for item in people.all_of(db, project) if item.name == name)
    assert erase.person(db, project, person.id) == 1
    files = [file for file in db.path.parent.iterdir() if file.name.startswith(db.path.name)]
    left = b"".join(file.read_bytes() for file in files).lower()
    for trace in ("zephyrine", "quillfeather", "unmistakable", "marmalade"):
        assert trace.encode() not in left, trace
    assert conversations.by_ids(db, project, (beside.id,))[0].others == ()
    assert records.notebook(db, project).assumptions[0].citations == (Citation(beside.id, "x"),)
    assert talk_search.find(db, project, TalkQuery("filler")).total == 50


def test_bytes_that_are_left_because_somebody_reads_are_said(
    db: Database, project: Project, tmp_path: Path
) -> None:
    talk = conversations.save(db, project, Conversation("Zephyrine", "Hello.", WHEN))
    db.connection.execute("PRAGMA busy_timeout = 50")
    other = Database(tmp_path / "l.sqlite3")
    other.connection.execute("BEGIN")
    other.rows("SELECT * FROM people")
    with pytest.raises(StoreError, match="not yet from the disk"):
        erase.person(db, project, talk.person_id)
    assert people.all_of(db, project) == ()
    other.close()


def test_a_log_of_the_first_version_keeps_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    told = {
        "person": "Lee Park",
        "said": "All in my phone.",
        "when": "2026-11-19T00:00:00Z",
        "company": "Park Ltd",
        "role": "buyer",
        "in_lane": True,
        "quotes": ["in my phone", "for years"],
        "tags": ["Phone"],
        "linked_checks": ["data.x"],
        "commitment": {"level": "money", "what": "pre-order", "amount": 4900, "currency": "USD"},
        "follow_up": "2026-11-24",
    }
    with sqlite3.connect(path) as connection:
        connection.executescript(V1.read_text())
        for identity, said in ((2, "All in my phone."), (3, "Again.")):
            connection.execute(
                "INSERT INTO conversations VALUES (?, 1, '2026-11-19T00:00:00+00:00', 'Lee Park', ?)",
                (identity, json.dumps({**told, "said": said})),
            )
    connection.close()
    db = Database(path)
    project = projects.known(db, Path(db.rows("SELECT root FROM projects")[0]["root"]))
    assert project is not None
    dana, lee = people.all_of(db, project)
    assert (lee.name, lee.company, lee.role, lee.in_lane) == ("Lee Park", "Park Ltd", PersonRole.BUYER, True)
    assert (dana.name, lee.added_on) == ("Dana Ortiz", date(2026, 11, 19))
    again, talk = conversations.with_person(db, project, lee.id)
    assert again.said == "Again."
    assert (talk.company, talk.role, talk.in_lane) == ("Park Ltd", PersonRole.BUYER, True)
    assert talk.quotes == (Quote("in my phone"), Quote("for years"))
    assert (talk.commitment.amount, talk.follow_up) == (4_900, date(2026, 11, 24))
    for query in (
        TalkQuery("phone"),
        TalkQuery(tag="phone"),
        TalkQuery(check="data.x"),
        TalkQuery(least=Ladder.MONEY),
    ):
        assert talk.id in {hit.conversation.id for hit in talk_search.find(db, project, query).hits}
    db.close()
