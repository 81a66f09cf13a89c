"""Stored settings; what they mean is declared in `lastmile_desktop/settings.py`."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from lastmile_desktop.store.database import Database


def read(db: Database) -> Mapping[str, str]:
    return {row["key"]: row["value"] for row in db.rows("SELECT key, value FROM settings ORDER BY key")}


def write(db: Database, key: str, value: str) -> None:
    with db.transaction() as connection:
        connection.execute(
            "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )


def forget(connection: sqlite3.Connection, key: str) -> None:
    """Back to its default, inside a transaction that is under way."""
    connection.execute("DELETE FROM settings WHERE key = ?", (key,))
