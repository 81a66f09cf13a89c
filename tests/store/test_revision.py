from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lastmile_desktop.store import settings
from lastmile_desktop.store.database import Database
from lastmile_desktop.store.revision import Revision


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    databases = Database(tmp_path / "l.sqlite3"), Database(tmp_path / "l.sqlite3")
    yield databases
    for database in databases:
        database.close()


def test_a_change_of_the_log_is_heard_once_and_by_others_only(two: tuple[Database, Database]) -> None:
    window, visitor = Revision(two[0]), Revision(two[1])
    assert not window.changed_by_others()
    visitor.change()
    assert window.changed_by_others()
    assert not window.changed_by_others()
    assert not visitor.changed_by_others()


def test_what_others_write_beside_the_log_is_no_change_of_it(two: tuple[Database, Database]) -> None:
    window = Revision(two[0])
    settings.write(two[1], "draft", "unfinished")
    assert not window.changed_by_others()


def test_own_changes_are_none(two: tuple[Database, Database]) -> None:
    window = Revision(two[0])
    window.change()
    settings.write(two[1], "draft", "unfinished")
    assert not window.changed_by_others()
