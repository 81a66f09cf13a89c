from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from icalendar import Calendar

from lastmile_desktop.core.conversation import Channel, Commitment, Conversation, Ladder, Quote, QuoteSignal
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.log import LogFileError, LogFormat, LogImported
from lastmile_desktop.core.notebook import Assumption, Citation, LearningGoal
from lastmile_desktop.core.people import Person, PersonRole
from lastmile_desktop.core.scan import Project
from lastmile_desktop.customers import exports, imports
from lastmile_desktop.store import conversations, erase, people, projects, records, whole_log
from lastmile_desktop.store.database import Database

WHEN = datetime(2026, 11, 18, 10, 0, 7, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "home" / "l.sqlite3")
    yield database
    database.close()


@pytest.fixture
def project(db: Database) -> Project:
    return projects.register(db, Path("/home/ann/acme-crm"), "2026-11-20T12:00:00+00:00")


@pytest.fixture
def other(db: Database) -> Project:
    return projects.register(db, Path("/home/ann/other"), "2026-11-20T12:00:00+00:00")


@pytest.fixture
def dana(db: Database, project: Project) -> Conversation:
    """A log with two people, two talks, an assumption with a citation."""
    talk = conversations.save(
        db,
        project,
        Conversation(
            person="Dana Ortiz",
            company="Ortiz Roofing",
            role=PersonRole.BUYER,
            said="I lose the job if I'm not first.\nAlways.",
            when=WHEN,
            channel=Channel.CALL,
            quotes=(Quote("I lose the job", signals=(QuoteSignal.PAIN,)),),
            tags=("quotes",),
            commitment=Commitment(Ladder.MONEY, "pre-order", 4_900, "USD"),
            follow_up=date(2026, 11, 24),
        ),
    )
    conversations.save(
        db, project, Conversation("Lee Park", "All in my phone.", WHEN, others=("Dana Ortiz",))
    )
    records.keep(db, project, Assumption("They pay", citations=(Citation(talk.id, "I lose the job"),)))
    return talk


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.skipif(os.name != "posix", reason="modes")
@pytest.mark.parametrize("kind", LogFormat)
def test_only_the_owner_may_read_what_is_exported(
    db: Database, project: Project, dana: Conversation, tmp_path: Path, kind: LogFormat
) -> None:
    path = tmp_path / "log"
    exports.write(exports.whole(db, project), path, kind)
    files = [path] if path.is_file() else [path / name for name in names(path)]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert path.is_file() or stat.S_IMODE(path.stat().st_mode) == 0o700
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith(".log-")] == []


def test_markdown_is_for_people_to_read(
    db: Database, project: Project, dana: Conversation, tmp_path: Path
) -> None:
    exports.write(exports.whole(db, project), tmp_path / "log.md", LogFormat.MARKDOWN)
    text = (tmp_path / "log.md").read_text()
    assert "## Talks\n\n### Dana Ortiz, 2026-11-18\n" in text
    assert "- said:\n  > I lose the job if I'm not first.\n  > Always.\n" in text
    assert "- commitment.amount: 4900\n" in text
    assert "- minutes" not in text


def test_a_cell_that_looks_like_a_formula_is_none(db: Database, project: Project, tmp_path: Path) -> None:
    people.save(db, project, Person("=cmd|' /C calc'!A0", contact="+1 555 0100", note="'quoted"))
    exports.write(exports.whole(db, project), tmp_path / "log", LogFormat.CSV)
    table = (tmp_path / "log" / "people.csv").read_text(encoding="utf-8-sig")
    assert "'=cmd|' /C calc'!A0" in table
    assert "'+1 555 0100" in table
    assert "''quoted" in table


def test_tables_that_a_spreadsheet_has_saved_again_are_read(
    db: Database, project: Project, dana: Conversation, other: Project, tmp_path: Path
) -> None:
    exports.write(exports.whole(db, project), tmp_path / "log", LogFormat.CSV)
    file = tmp_path / "log" / "goals.csv"
    file.write_text("id;text;learned;closed\r\n90;Who signs?;;FALSE\r\n", encoding="utf-8-sig")
    imports.merge(db, other, imports.read(tmp_path / "log"))
    assert [goal.text for goal in records.notebook(db, other).goals] == ["Who signs?"]


def test_a_folder_with_something_in_it_is_left_as_it_is(
    db: Database, project: Project, dana: Conversation, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(LastMileError, match="something in"):
        exports.write(exports.whole(db, project), tmp_path / "mine", LogFormat.CSV)
    assert names(tmp_path / "mine") == ["notes.txt"]


def test_a_place_that_cannot_be_written_is_said(db: Database, project: Project, tmp_path: Path) -> None:
    with pytest.raises(LastMileError, match="Choose another place"):
        exports.write(exports.whole(db, project), tmp_path / "no" / "log.json", LogFormat.JSON)


def test_one_person_goes_out_with_their_own_talks_alone(
    db: Database, project: Project, dana: Conversation, other: Project, tmp_path: Path
) -> None:
    exports.write(exports.one_person(db, project, dana.person_id), tmp_path / "dana.md", LogFormat.MARKDOWN)
    assert "Lee Park" not in (tmp_path / "dana.md").read_text()
    imports.merge(db, other, imports.read(tmp_path / "dana.md"))
    assert [talk.said for talk in conversations.newest(db, other)] == [dana.said]
    with pytest.raises(LastMileError, match="no such person"):
        exports.one_person(db, project, 99)


def test_a_log_that_has_entries_gets_only_what_is_new(
    db: Database, project: Project, dana: Conversation, tmp_path: Path
) -> None:
    exports.write(exports.whole(db, project), tmp_path / "log.json", LogFormat.JSON)
    erase.talk(db, project, dana.id)
    changed = conversations.newest(db, project)[0]
    conversations.save(db, project, replace(changed, said="All in my phone, he said."))
    records.keep(db, project, LearningGoal("Who signs?"))
    counts = imports.merge(db, project, imports.read(tmp_path / "log.json"))
    assert (counts.people, counts.talks, counts.kept) == (0, 1, 1)
    assert {talk.said for talk in conversations.newest(db, project)} == {
        dana.said,
        "All in my phone, he said.",
    }
    assert len(records.notebook(db, project).goals) == 1


def test_a_person_who_is_known_is_completed_and_not_changed(
    db: Database, project: Project, other: Project
) -> None:
    people.save(db, project, Person("Dana Ortiz", contact="dana@ortiz.example", note="theirs", rank=1))
    kept = people.save(db, other, Person("dana ortiz", company="Ortiz Roofing", note="ours"))
    counts = imports.merge(db, other, whole_log.read(db, project))
    assert people.all_of(db, other) == (replace(kept, contact="dana@ortiz.example"),)
    assert counts == LogImported(known=1)


def test_two_people_do_not_share_a_place_among_the_right_ten(
    db: Database, project: Project, other: Project
) -> None:
    people.save(db, project, Person("Lee Park", rank=1))
    people.save(db, other, Person("Dana Ortiz", rank=1))
    imports.merge(db, other, whole_log.read(db, project))
    assert [person.rank for person in people.all_of(db, other)] == [1, None]


def test_what_was_new_is_said_in_words() -> None:
    assert imports.told(LogImported(people=1, talks=2)) == "New in the log: 1 person, 2 talks."
    assert imports.told(LogImported(known=3, kept=1)) == (
        "Nothing in it was new. 3 were there before. 1 of them had been changed since and stayed as before."
    )


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def newer(data: bytes) -> bytes:
    return data.replace(b'"version": 1', b'"version": 2').replace(b"version: 1\n", b"version: 2\n")


def stranger(data: bytes) -> bytes:
    return data.replace(b'"person_id": 1', b'"person_id": 77').replace(
        b"- person_id: 1\n", b"- person_id: 77\n"
    )


def wrong(data: bytes) -> bytes:
    return data.replace(b'"channel": "call"', b'"channel": "fax"').replace(
        b"- id: 1\n- person_id", b"- id: 1\n- channel: fax\n- person_id"
    )


@pytest.mark.parametrize("kind", [LogFormat.JSON, LogFormat.MARKDOWN])
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut, "could not be read"),
        (newer, "newer Last Mile"),
        (stranger, "person 77, who is not in it"),
        (wrong, "fax"),
        (lambda _: b"Dear Sir or Madam", "not a log"),
        (lambda _: b"", "not a log"),
        (lambda _: b"\xff\xfe\x00PK\x03\x04", "not a log"),
        (lambda _: json.dumps({"people": []}).encode(), "not a log"),
    ],
)
def test_what_is_broken_or_foreign_is_refused_and_nothing_is_imported(
    db: Database,
    project: Project,
    dana: Conversation,
    other: Project,
    tmp_path: Path,
    kind: LogFormat,
    spoil: Callable[[bytes], bytes],
    said: str,
) -> None:
    file = tmp_path / "log"
    exports.write(exports.whole(db, project), file, kind)
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(LogFileError, match=said):
        imports.merge(db, other, imports.read(file))
    assert whole_log.read(db, other).talks == ()
    assert people.all_of(db, other) == ()


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("about.csv", "", "not a log"),
        ("about.csv", "format,version,project\r\nlastmile-log,9,acme\r\n", "newer"),
        ("conversations.csv", "id,when\r\n1,yesterday\r\n", "conversations.csv, row 2"),
        ("conversations.csv", "id,when\r\n1,2,3\r\n", "another number of cells"),
        ("quotes.csv", "of,text\r\n55,hello\r\n", "55"),
        ("people.csv", 'id,name\r\n1,"Dana\r\n', "people.csv"),
    ],
)
def test_broken_tables_are_refused_by_file_and_row(
    db: Database, project: Project, dana: Conversation, tmp_path: Path, file: str, text: str, said: str
) -> None:
    exports.write(exports.whole(db, project), tmp_path / "log", LogFormat.CSV)
    (tmp_path / "log" / file).write_text(text)
    with pytest.raises(LogFileError, match=said):
        imports.merge(db, project, imports.read(tmp_path / "log"))


def test_a_failure_half_way_leaves_the_log_as_it_was(
    db: Database, project: Project, dana: Conversation, other: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = whole_log.read(db, project)

    def fail(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(records, "restore", fail)
    with pytest.raises(LastMileError):
        imports.merge(db, other, log)
    assert whole_log.read(db, other) == replace(log, project="other", notebook=type(log.notebook)(), talks=())


def test_what_was_promised_goes_into_a_calendar(
    db: Database, project: Project, dana: Conversation, tmp_path: Path
) -> None:
    file = tmp_path / "follow-ups.ics"
    assert exports.write_calendar(db, project, file, WHEN) == 1
    entries: list[Any] = cast(Any, Calendar.from_ical(file.read_bytes())).walk("VEVENT")
    due = {str(entry["SUMMARY"]): entry["DTSTART"].dt for entry in entries}
    assert [day for title, day in due.items() if "Dana Ortiz" in title] == [dana.follow_up]
    assert len(entries) > 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
