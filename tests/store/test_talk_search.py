from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lastmile_desktop.core.conversation import Commitment, Conversation, Ladder, Quote, QuoteSignal
from lastmile_desktop.core.people import Person
from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.search import Piece, TalkQuery
from lastmile_desktop.core.transcript import Transcript, TranscriptFormat, Turn
from lastmile_desktop.store import conversations, erase, people, projects, talk_search, transcripts
from lastmile_desktop.store.database import Database

WHEN = datetime(2026, 11, 18, 10, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "l.sqlite3")
    yield database
    database.close()


@pytest.fixture
def project(db: Database) -> Project:
    return projects.register(db, Path("/home/ann/acme-crm"), "2026-11-20T12:00:00+00:00")


@pytest.fixture
def log(db: Database, project: Project) -> dict[str, Conversation]:
    dana = people.save(db, project, Person("Dana Ortíz", company="Ortiz Roofing", segment="Roofing"))
    talks = {
        "dana": Conversation(
            dana.name,
            "Quotes go out two days late.",
            WHEN,
            person_id=dana.id,
            quotes=(
                Quote("I lose the job site photos", signals=(QuoteSignal.PAIN,), linked_checks=("data.x",)),
            ),
            tags=("Quotes",),
            commitment=Commitment(Ladder.MONEY, "pre-order"),
        ),
        "lee": Conversation("Lee Park", "The job photos are all in my phone.", WHEN - timedelta(days=9)),
        "kim": Conversation(
            "Kim Weiß", "Nothing about it. Über-Überraschung: Café!", WHEN, others=("Lee Park",)
        ),
    }
    return {name: conversations.save(db, project, talk) for name, talk in talks.items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("photos", {"dana", "lee"}),
        ("pho", {"dana", "lee"}),
        ("PHOTOS Job", {"dana", "lee"}),
        ("photos phone", {"lee"}),
        ('"job photos"', {"lee"}),
        ('"job site"', {"dana"}),
        ('"photos job"', set[str]()),
        ('"job pho"', set[str]()),
        ('late "two days"', {"dana"}),
        ("cafe", {"kim"}),
        ("ÜBERRASCHUNG", {"kim"}),
        ("ortiz", {"dana"}),
        ("park", {"lee", "kim"}),
        ("pre-order", {"dana"}),
        ("hotos", set[str]()),
        ("i", {"dana"}),
        ("!!!", set[str]()),
        ("photos AND NOT phone", set[str]()),
        ('"unclosed job', set[str]()),
        ('NEAR(job) ^photos col:job* "', set[str]()),
    ],
)
def test_words_their_beginnings_and_phrases_are_found(
    db: Database, project: Project, log: dict[str, Conversation], text: str, found: set[str]
) -> None:
    hits = talk_search.find(db, project, TalkQuery(text))
    assert {hit.conversation.id for hit in hits.hits} == {log[name].id for name in found}
    assert hits.total == len(found)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (TalkQuery(tag="quotes"), {"dana"}),
        (TalkQuery(signal=QuoteSignal.PAIN), {"dana"}),
        (TalkQuery(signal=QuoteSignal.PRAISE), set[str]()),
        (TalkQuery(segment="roofing"), {"dana"}),
        (TalkQuery(check="data.x"), {"dana"}),
        (TalkQuery(least=Ladder.TIME), {"dana"}),
        (TalkQuery(since=date(2026, 11, 18)), {"dana", "kim"}),
        (TalkQuery(until=date(2026, 11, 9)), {"lee"}),
        (TalkQuery("photos", since=date(2026, 11, 9), until=date(2026, 11, 9)), {"lee"}),
        (TalkQuery("job", tag="quotes", least=Ladder.MONEY, segment="ROOFING"), {"dana"}),
        (TalkQuery(), {"dana", "lee", "kim"}),
    ],
)
def test_filters_leave_what_fits_all_of_them(
    db: Database, project: Project, log: dict[str, Conversation], query: TalkQuery, found: set[str]
) -> None:
    hits = talk_search.find(db, project, query).hits
    assert {hit.conversation.id for hit in hits} == {log[name].id for name in found}


def test_a_person_is_found_where_they_were_beside_somebody_else(
    db: Database, project: Project, log: dict[str, Conversation]
) -> None:
    hits = talk_search.find(db, project, TalkQuery(person_id=log["lee"].person_id)).hits
    assert [hit.conversation.id for hit in hits] == [log["kim"].id, log["lee"].id]


def test_what_was_looked_for_is_marked_in_the_excerpt(
    db: Database, project: Project, log: dict[str, Conversation]
) -> None:
    (hit,) = talk_search.find(db, project, TalkQuery("phone pho")).hits
    assert hit.excerpt == (
        Piece("The job "),
        Piece("photos", hit=True),
        Piece(" are all in my "),
        Piece("phone", hit=True),
        Piece("."),
    )


def test_the_best_hit_comes_first_and_no_more_than_asked_for(
    db: Database, project: Project, log: dict[str, Conversation]
) -> None:
    named = conversations.save(db, project, Conversation("Job Photos", "Hello.", WHEN - timedelta(days=99)))
    found = talk_search.find(db, project, TalkQuery("photos", limit=1))
    assert ([hit.conversation.id for hit in found.hits], found.total) == ([named.id], 3)


def test_another_project_is_not_looked_into(
    db: Database, project: Project, log: dict[str, Conversation]
) -> None:
    other = projects.register(db, Path("/home/ann/other"), "2026-11-20T12:00:00+00:00")
    assert talk_search.find(db, other, TalkQuery("photos")).total == 0
    assert talk_search.find(db, other, TalkQuery()).total == 0


def test_transcripts_are_looked_through_and_stay_so_when_the_note_changes(
    db: Database, project: Project
) -> None:
    transcript = Transcript(
        "call.vtt", TranscriptFormat.WEBVTT, (Turn("Dana", 1.0, "measurements in messages"),), None, "", "abc"
    )
    talk = transcripts.attach(db, project, Conversation("Dana", "", WHEN), transcript, b"WEBVTT original")
    conversations.save(db, project, replace(talk, said="edited"))
    for text in ("measurements", "edited"):
        assert talk_search.find(db, project, TalkQuery(text)).total == 1
    assert transcripts.read(db, project, talk.transcript) == transcript
    assert transcripts.original(db, project, talk.transcript) == b"WEBVTT original"
    assert transcripts.known(db, project, "abc") == talk.id
    erase.talk(db, project, talk.id)
    assert talk_search.find(db, project, TalkQuery("measurements")).total == 0
    assert transcripts.read(db, project, talk.transcript) is None
    assert transcripts.known(db, project, "abc") == 0


def test_a_renamed_person_is_found_by_the_new_name_alone(
    db: Database, project: Project, log: dict[str, Conversation]
) -> None:
    lee = next(person for person in people.all_of(db, project) if person.name == "Lee Park")
    people.save(db, project, replace(lee, name="Robin Hood", company="Sherwood"))
    for text in ("robin", "sherwood"):
        assert talk_search.find(db, project, TalkQuery(text)).total == (2 if text == "robin" else 1)
    assert talk_search.find(db, project, TalkQuery("park")).total == 0
    assert conversations.by_ids(db, project, (log["kim"].id,))[0].others == ("Robin Hood",)
