from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lastmile_desktop.core.errors import StoreError
from lastmile_desktop.store.database import Database
from lastmile_desktop.store.version import SCHEMA_VERSION

FROZEN = Path(__file__).resolve().parents[1] / "data" / "databases"


def schema_of(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB '_sqlite*' ORDER BY name"
        ).fetchall()
    connection.close()
    return rows


def test_a_new_database_is_private_and_write_ahead_logged(tmp_path: Path) -> None:
    db = Database(tmp_path / "data" / "l.sqlite3")
    assert stat.S_IMODE((tmp_path / "data" / "l.sqlite3").stat().st_mode) == 0o600
    assert db.rows("PRAGMA journal_mode")[0][0] == "wal"
    db.close()


def test_a_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer Last Mile"):
        Database(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("frozen", sorted(FROZEN.glob("*.sql")), ids=lambda path: path.stem)
def test_every_released_schema_migrates_to_the_present_one_and_keeps_its_rows(
    frozen: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.sqlite3"
    with sqlite3.connect(old) as connection:
        connection.executescript(frozen.read_text())
    connection.close()
    Database(old).close()
    Database(tmp_path / "new.sqlite3").close()
    assert schema_of(old) == schema_of(tmp_path / "new.sqlite3")
    db = Database(old)
    assert db.rows("SELECT name FROM projects")[0]["name"] == "acme-crm"
    assert db.rows("SELECT person FROM conversations")[0]["person"] == "Dana Ortiz"
    db.close()


def test_a_copy_is_made_before_an_older_database_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "l.sqlite3"
    Database(path).close()
    monkeypatch.setattr("lastmile_desktop.store.database.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    Database(path).close()
    assert [copy.name for copy in tmp_path.glob("*before*")] == [
        f"l.before-{SCHEMA_VERSION + 1}-from-{SCHEMA_VERSION}.sqlite3"
    ]


def test_a_database_that_another_program_holds_is_a_known_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lastmile_desktop.store.database.BUSY_MS", 50)
    db = Database(tmp_path / "l.sqlite3")
    other = sqlite3.connect(tmp_path / "l.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="in use"), db.transaction():
        raise AssertionError("must not get here")
    other.execute("ROLLBACK")
    other.close()
    with db.transaction() as connection:
        connection.execute("INSERT INTO settings VALUES ('a', 'b')")
    db.close()


def test_a_full_disk_is_a_known_error_and_nothing_is_half_written(tmp_path: Path) -> None:
    db = Database(tmp_path / "l.sqlite3")
    pages = int(db.rows("PRAGMA page_count")[0][0])
    db.connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StoreError, match="disk is full"), db.transaction() as connection:
        connection.execute("INSERT INTO settings VALUES ('small', 'x')")
        connection.execute("INSERT INTO settings VALUES ('big', ?)", ("x" * 1_000_000,))
    assert db.rows("SELECT * FROM settings") == []
    db.close()


def test_what_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "l.sqlite3").write_bytes(b"this is a letter, not a database" * 200)
    with pytest.raises(StoreError, match="could not be opened"):
        Database(tmp_path / "l.sqlite3")


WRITER = """
import sys
from pathlib import Path
from lastmile_desktop.store.database import Database
db = Database(Path(sys.argv[1]))
number = 0
while True:
    with db.transaction() as connection:
        connection.execute("INSERT INTO settings VALUES (?, 'one')", (f"{number}-a",))
        connection.execute("INSERT INTO settings VALUES (?, 'two')", (f"{number}-b",))
    number += 1
    print(number, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_killed_writer_leaves_whole_transactions(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        while int(writer.stdout.readline()) < 20:
            time.sleep(0)
        writer.kill()
    db = Database(path)
    assert db.rows("PRAGMA integrity_check")[0][0] == "ok"
    rows = [row["key"] for row in db.rows("SELECT key FROM settings")]
    assert len(rows) >= 40
    assert sorted(key[:-2] for key in rows if key.endswith("a")) == sorted(
        key[:-2] for key in rows if key.endswith("b")
    )
    db.close()
