"""The schema, step by step. A released step is never edited; a change is a new step and a higher version."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("lastmile")


@MIGRATIONS()
def m001_first(db: Database) -> None:
    for statement in _FIRST:
        db.execute(statement)


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
