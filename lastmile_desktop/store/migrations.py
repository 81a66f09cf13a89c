"""The schema, step by step. A released step is never edited; a change is a new step and a higher version."""

from __future__ import annotations

import json

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("lastmile")


@MIGRATIONS()
def m001_first(db: Database) -> None:
    for statement in _FIRST:
        db.execute(statement)


@MIGRATIONS()
def m002_people(db: Database) -> None:
    for statement in _PEOPLE:
        db.execute(statement)
    rows = db.execute(
        "SELECT id, project_id, held_at, person, body FROM conversations ORDER BY id"
    ).fetchall()
    people: dict[tuple[int, str, str], int] = {}
    for identity, project_id, held_at, name, body in rows:
        talk = json.loads(body)
        about = {key: talk.pop(key) for key in ("company", "role", "in_lane") if key in talk}
        key = (project_id, name.casefold(), about.get("company", "").casefold())
        person = {"name": name, "status": "talked", "added_on": held_at[:10], **about}
        if key not in people:
            cursor = db.execute(
                "INSERT INTO people (project_id, name, body) VALUES (?, ?, ?)",
                [project_id, name, json.dumps(person)],
            )
            people[key] = int(cursor.lastrowid or 0)
        talk["quotes"] = [{"text": text} for text in talk.get("quotes", [])]
        level = ("none", "time", "reputation", "money").index(talk.get("commitment", {}).get("level", "none"))
        db.execute(
            "UPDATE conversations SET person_id = ?, commitment = ?, follow_up = ?, body = ? WHERE id = ?",
            [people[key], level, talk.get("follow_up"), json.dumps({**talk, "person": ""}), identity],
        )
        db.execute("INSERT INTO conversation_people VALUES (?, ?)", [identity, people[key]])
        said = "\n".join([talk.get("said", ""), *(quote["text"] for quote in talk["quotes"])])
        db.execute(
            "INSERT INTO talk_text (rowid, person, notes, transcript) VALUES (?, ?, ?, '')",
            [identity, f"{name} {about.get('company', '')}", said],
        )
        marks = [("tag", tag.casefold()) for tag in talk.get("tags", [])]
        marks += [("check", check) for check in talk.get("linked_checks", [])]
        for kind, value in marks:
            db.execute("INSERT OR IGNORE INTO talk_marks VALUES (?, ?, ?)", [identity, kind, value])


_PEOPLE = (
    """CREATE TABLE people (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        body TEXT NOT NULL
    )""",
    "CREATE INDEX people_named ON people (project_id, name COLLATE NOCASE)",
    "CREATE INDEX people_in ON people (project_id, json_extract(body, '$.segment') COLLATE NOCASE)",
    "ALTER TABLE conversations ADD COLUMN person_id INTEGER REFERENCES people(id) ON DELETE CASCADE",
    "ALTER TABLE conversations ADD COLUMN commitment INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN follow_up TEXT",
    "CREATE INDEX conversations_of ON conversations (person_id)",
    "CREATE INDEX conversations_sifted ON conversations (project_id, held_at DESC, commitment, person_id)",
    """CREATE TABLE conversation_people (
        conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        person_id INTEGER NOT NULL REFERENCES people(id) ON DELETE CASCADE,
        PRIMARY KEY (conversation_id, person_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX conversation_people_of ON conversation_people (person_id)",
    """CREATE TABLE talk_marks (
        conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (kind, value, conversation_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX talk_marks_of ON talk_marks (conversation_id)",
    """CREATE TABLE transcripts (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        body TEXT NOT NULL,
        original BLOB NOT NULL
    )""",
    "CREATE INDEX transcripts_of ON transcripts (conversation_id)",
    "CREATE INDEX transcripts_known ON transcripts (project_id, sha256)",
    """CREATE TABLE records (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        body TEXT NOT NULL
    )""",
    "CREATE INDEX records_of ON records (project_id, kind)",
    """CREATE VIRTUAL TABLE talk_text USING fts5 (
        person, notes, transcript, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
    )""",
)

_FIRST = (
    """CREATE TABLE projects (
        id INTEGER PRIMARY KEY,
        root TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        opened_at TEXT NOT NULL
    )""",
    """CREATE TABLE answers (
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        answered_at TEXT NOT NULL,
        PRIMARY KEY (project_id, key)
    )""",
    # `inputs` identifies all that a scan depends on: an unchanged tree is not scanned again.
    # `confirmed_at` moves on when a later scan gives the same checklist.
    """CREATE TABLE scans (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        started TEXT NOT NULL,
        confirmed_at TEXT NOT NULL,
        git_commit TEXT NOT NULL,
        branch TEXT NOT NULL,
        catalogue TEXT NOT NULL,
        checklist_digest TEXT NOT NULL,
        gaps INTEGER NOT NULL,
        stoppers INTEGER NOT NULL,
        body BLOB NOT NULL
    )""",
    "CREATE INDEX scans_newest ON scans (project_id, id DESC)",
    """CREATE TABLE findings (
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        rule TEXT NOT NULL,
        life TEXT NOT NULL,
        first_seen TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        ended_at TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (project_id, fingerprint)
    )""",
    """CREATE TABLE attestations (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        check_id TEXT NOT NULL,
        target TEXT NOT NULL,
        done_on TEXT NOT NULL,
        body TEXT NOT NULL
    )""",
    "CREATE INDEX attestations_of ON attestations (project_id, check_id)",
    """CREATE TABLE conversations (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        held_at TEXT NOT NULL,
        person TEXT NOT NULL,
        body TEXT NOT NULL
    )""",
    "CREATE INDEX conversations_newest ON conversations (project_id, held_at DESC)",
    "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
