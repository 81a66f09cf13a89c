"""Which migrations may still have to run on the live database.

Nobody tells the product when a deploy happened. A migration committed long ago has run; one that is new or
not yet committed may not have. The very first batch meets an empty database and can hold nothing up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.migrations.migration_content import content_of
from lastmile_desktop.project.models.schema.model import Migration
from lastmile_desktop.project.models.sql.sql_changes import CreateTable

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

FRESH = timedelta(days=14)
_PYTHON_TOOLS = frozenset({"alembic", "django"})
_SAME_COMMIT = timedelta(minutes=1)
_IMPORTED = 5


@dataclass(frozen=True, slots=True)
class Pending:
    """`pending` may still have to run, `applied` have run, `first` made the database. `dated` is False when
    there is no history to go by."""

    pending: tuple[Migration, ...] = ()
    applied: tuple[Migration, ...] = ()
    first: tuple[Migration, ...] = ()
    dated: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(item.path for item in self.pending)

    @property
    def sql_paths(self) -> tuple[str, ...]:
        return tuple(item.path for item in self.pending if item.tool not in _PYTHON_TOOLS)

    @property
    def before(self) -> tuple[Migration, ...]:
        return (*self.first, *self.applied)


def pending_migrations(view: ProjectView) -> Pending:
    """The Postgres migrations of a project, told apart by git's history; without one, all but the first may
    be pending."""
    migrations = [
        item for item in view.schema.migrations if item.dialect == "postgres" and _is_migration(item)
    ]
    first: list[Migration] = []
    applied: list[Migration] = []
    pending: list[Migration] = []
    dated = False
    for _, group in groupby(
        sorted(migrations, key=lambda item: (item.series, item.order)), lambda item: item.series
    ):
        series = list(group)
        batch, known = _first_batch(view, series)
        dated = dated or known
        for item in series:
            if item in batch:
                first.append(item)
            elif known and _is_applied(view, item):
                applied.append(item)
            else:
                pending.append(item)
    return Pending(tuple(pending), tuple(applied), tuple(first), dated)


def _is_migration(migration: Migration) -> bool:
    """A loose SQL file is a migration when its name or folder numbers it among others."""
    if migration.tool != "sql":
        return True
    name = migration.path.rpartition("/")[2]
    folder = migration.series.rpartition("/")[2].lower()
    return name[:1].isdigit() or name[:1] == "V" or folder in ("migrations", "migration", "migrate")


def _first_batch(view: ProjectView, series: list[Migration]) -> tuple[tuple[Migration, ...], bool]:
    """What made the database, and whether history tells which others have run since."""
    added = {item.path: when for item in series if (when := view.git.added_on.get(item.path)) is not None}
    if not view.git.available or not added:
        return _opening(view, series), False
    earliest = min(added.values())
    batch = tuple(
        item for item in series if item.path in added and added[item.path] - earliest < _SAME_COMMIT
    )
    if len(batch) < len(series):
        return batch, True
    if not _is_recent(earliest, view.now):
        return _opening(view, series), True
    # One fresh commit brought them all: only the names can tell an import of old work from a young project.
    if len(series) >= _IMPORTED and all(item.dated for item in series):
        return _through_first_day(series), True
    return _opening(view, series), False


def _opening(view: ProjectView, series: list[Migration]) -> tuple[Migration, ...]:
    """The first file, if it makes tables: one that only changes some meets a database that is already there."""
    makes = any(
        isinstance(change, CreateTable)
        for statement in content_of(view, series[0]).statements
        for change in statement.changes
    )
    return tuple(series[:1]) if makes else ()


def _through_first_day(series: list[Migration]) -> tuple[Migration, ...]:
    """The first file, and those named for the same day."""
    day = series[0].dated.date() if series[0].dated else None
    same = [
        item for item in series[1:] if day is not None and item.dated is not None and item.dated.date() == day
    ]
    return (series[0], *same)


def _is_applied(view: ProjectView, migration: Migration) -> bool:
    added = view.git.added_on.get(migration.path)
    if added is None:
        return False
    named = migration.dated
    moments = [added, named] if named is not None and named <= view.now else [added]
    return not all(_is_recent(moment, view.now) for moment in moments)


def _is_recent(moment: datetime, now: datetime) -> bool:
    return now - moment <= FRESH
