"""The user's one database: opened, copied before it is changed, refused politely when it is newer than we are."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Generator
from pathlib import Path

from lastmile_desktop.core.errors import StoreError
from lastmile_desktop.store.version import SCHEMA_VERSION

BUSY_MS = 5_000
_COPIES_KEPT = 3


class Database:
    """A connection owned by one thread. All writes go through `transaction()`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with known_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = not path.exists()
            self.connection = sqlite3.connect(path, timeout=BUSY_MS / 1_000, isolation_level=None)
            if fresh and os.name == "posix":
                path.chmod(0o600)
            self._prepare(fresh)

    def _prepare(self, fresh: bool) -> None:
        self.connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self.connection.execute(f"PRAGMA {pragma}")
        version = int(self.connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            self.connection.close()
            raise StoreError(
                "Your data was written by a newer Last Mile",
                f"{self.path} has version {version}; this program knows version {SCHEMA_VERSION}.",
                "Update Last Mile. Nothing was changed.",
            )
        if version < SCHEMA_VERSION:
            if not fresh and version:
                self._copy(version)
            self._migrate()

    def _migrate(self) -> None:
        # Imported only when there is something to migrate: it takes longer than opening the window may.
        from sqlite_utils import Database as SqliteUtils

        from lastmile_desktop.store.migrations import MIGRATIONS

        MIGRATIONS.apply(SqliteUtils(self.connection))
        self.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _copy(self, version: int) -> None:
        """A whole copy beside the database, before a migration touches it; the oldest copies go."""
        copy = self.path.with_name(f"{self.path.stem}.before-{SCHEMA_VERSION}-from-{version}.sqlite3")
        with contextlib.closing(sqlite3.connect(copy)) as target:
            self.connection.backup(target)
        shutil.copymode(self.path, copy)
        copies = sorted(self.copies(), key=lambda p: p.stat().st_mtime)
        for old in copies[:-_COPIES_KEPT]:
            old.unlink(missing_ok=True)

    @contextlib.contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """All or nothing. Raises StoreError when the disk is full or another program holds the database."""
        with known_errors(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                # A full disk ends the transaction by itself.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with known_errors(self.path):
            return self.connection.execute(sql, values).fetchall()

    def compact(self) -> None:
        """Give back what was erased, so that no page, no index and no log of the file holds it any longer."""
        with known_errors(self.path):
            self.connection.execute("INSERT INTO talk_text (talk_text) VALUES ('optimize')")
            self.connection.execute("VACUUM")
            (busy, *_) = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError(
                "Erased, but not yet from the disk",
                f"Another program was reading {self.path}; the journal beside it still holds what was erased.",
                "Close every window of Last Mile once. Then nothing of it is left.",
            )

    def copies(self) -> tuple[Path, ...]:
        """Copies that were made before an update; whoever was erased since is still in them."""
        return tuple(sorted(self.path.parent.glob(f"{self.path.stem}.before-*.sqlite3")))

    def close(self) -> None:
        self.connection.close()


@contextlib.contextmanager
def known_errors(path: Path) -> Generator[None]:
    """SQLite's errors in words a person can act on."""
    try:
        yield
    except sqlite3.OperationalError as problem:
        text = str(problem)
        if "locked" in text or "busy" in text:
            raise StoreError(
                "Your data is in use",
                f"Another program holds {path}.",
                "Close it, then scan again. What you see stays as it is until then.",
            ) from problem
        if "full" in text or "disk I/O" in text:
            raise StoreError(
                "The disk is full",
                f"{path} could not be written ({text}).",
                "Make room, then scan again. What you see stays in memory until then.",
            ) from problem
        raise StoreError("Your data could not be read", f"{path}: {text}.", "Restart Last Mile.") from problem
    except (sqlite3.DatabaseError, OSError) as problem:
        raise StoreError(
            "Your data could not be opened",
            f"{path}: {problem}.",
            "Check that the disk has room and that you may write there. A copy from before the last update may "
            "lie beside it.",
        ) from problem
