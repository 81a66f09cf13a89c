"""Migrations that were left behind when the project moved to another database.

A migration that makes several tables again which earlier ones made fails on a database that has them. When the types
generated from the live database know the new tables and none of the old ones, the earlier files built another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.core.finding import Looked
from lastmile_desktop.project.models.schema.files import SqlSource
from lastmile_desktop.project.models.schema.fold import apply
from lastmile_desktop.project.models.schema.generated_types import generated_types
from lastmile_desktop.project.models.schema.model import Begun, Place, SchemaModel
from lastmile_desktop.project.models.schema.relation import Folding, Relation
from lastmile_desktop.project.models.sql import sql_changes as sql

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SEVERAL = 2
_FEWEST_LEFT = 3
_SHARE_LEFT = 0.8
_Columns = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Again:
    """A migration, by its index, that makes tables again: as they were and as it makes them. `left` are tables from
    before it that nothing makes again."""

    index: int
    line: int
    before: _Columns
    now: _Columns
    left: frozenset[str]


def todays(view: ProjectView, sources: tuple[SqlSource, ...]) -> tuple[tuple[SqlSource, ...], Begun | None]:
    """The migrations of the database in use, and where it begins when earlier ones built another."""
    again = view.whole("schema.again", sources, lambda: tuple(_made_again(sources)))
    types = generated_types(view) if again else None
    if types is None:
        return sources, None
    live = {f"public.{name}": frozenset(table.columns) for name, table in types.tables.items()}
    for found in reversed(again):
        if _is_other_database(found, live):
            first = sources[found.index]
            series = first.migration.series
            behind = [item for item in sources[: found.index] if item.migration.series == series]
            kept = tuple(item for item in sources if item not in behind)
            path = first.migration.path
            return kept, Begun(Place(path, found.line, found.line), len(behind), types.path)
    return sources, None


def looked_migrations(schema: SchemaModel) -> tuple[Looked, ...]:
    """That only some of the migrations were looked at, where the earlier ones built another database."""
    if schema.begun is None:
        return ()
    count = len(schema.migrations)
    total = count + schema.begun.left_behind
    return (Looked("migrations; those before them built another database", count, total),)


def _is_other_database(found: _Again, live: _Columns) -> bool:
    """Whether the live database has the tables as they were made again, and hardly one of the others."""
    if any(name not in live for name in found.now):
        return False
    # Where the live columns fit the first making as well, the second one may be a dump of the same database.
    of_now = sum(len((found.now[name] - found.before[name]) & live[name]) for name in found.now)
    of_before = sum(len((found.before[name] - found.now[name]) & live[name]) for name in found.now)
    if of_now <= of_before:
        return False
    gone = [name for name in found.left if name not in live]
    return len(found.left) >= _FEWEST_LEFT and len(gone) >= _SHARE_LEFT * len(found.left)


def _made_again(sources: tuple[SqlSource, ...]) -> Iterator[_Again]:
    if not _is_worth_reading(sources):
        return
    folds: dict[str, Folding] = {}
    for index, source in enumerate(sources):
        if not _is_migration(source):
            continue
        path = source.migration.path
        fold = folds.setdefault(source.migration.series, Folding(frozenset()))
        fold.path = path
        before: dict[str, frozenset[str]] = {}
        now: dict[str, frozenset[str]] = {}
        line = 0
        for change in _changes(source):
            if isinstance(change, sql.CreateTable) and (known := _there(change, fold)) is not None:
                before[change.table] = frozenset(known.columns)
                now[change.table] = frozenset(column.name for column in change.columns)
                line = line or change.span.line
            apply(fold, change)
        if len(now) >= _SEVERAL:
            later = {change.table for item in sources[index:] for change in _made(item)}
            yield _Again(index, line, before, now, frozenset(_from_before(fold) - later))


def _is_worth_reading(sources: tuple[SqlSource, ...]) -> bool:
    """Whether some tables are made more than once without a word about those that may be there."""
    seen: dict[str, int] = {}
    for source in sources:
        for change in _made(source) if _is_migration(source) else ():
            if not change.if_not_exists:
                seen[change.table] = seen.get(change.table, 0) + 1
    return sum(times > 1 for times in seen.values()) >= _SEVERAL


def _is_migration(source: SqlSource) -> bool:
    migration = source.migration
    return not source.stray and migration.tool != "sql" and migration.dialect == "postgres"


def _changes(source: SqlSource) -> Iterator[sql.Change]:
    return (change for statement in source.content.statements for change in statement.changes)


def _made(source: SqlSource) -> Iterator[sql.CreateTable]:
    return (change for change in _changes(source) if isinstance(change, sql.CreateTable))


def _there(change: sql.CreateTable, fold: Folding) -> Relation | None:
    """The table of an earlier file that makes this one fail."""
    known = fold.out.tables.get(change.table)
    if change.if_not_exists or change.temporary or known is None or known.created_place is None:
        return None
    return known if known.created_place.path != fold.path else None


def _from_before(fold: Folding) -> set[str]:
    return {
        name
        for name, table in fold.out.tables.items()
        if table.created_place is not None and table.created_place.path != fold.path
    }
