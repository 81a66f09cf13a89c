"""What a pending migration takes away, renames under running code, or demands of rows that are already there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.migrations.lock_hazards import Known
from lastmile_desktop.project.models.migrations.migration_content import content_of
from lastmile_desktop.project.models.migrations.pending import Pending
from lastmile_desktop.project.models.schema.model import Migration
from lastmile_desktop.project.models.sql import sql_changes as sql
from lastmile_desktop.project.models.sql.sql_changes import Change, ConstraintKind, Span

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_PLAN = re.compile(
    r"(?:--|#|/\*|\"\"\"|\*).{0,200}\b(?:roll\s?back|revert|restore|undo|backup|forward[- ]fix|contract|no longer)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Danger:
    """`rule` is the short id of data.migration-destructive."""

    rule: str
    path: str
    span: Span
    table: str
    what: str


@dataclass
class _Live:
    """What the database holds before a pending statement: tables with rows, nullable columns, keys and views."""

    tables: set[str] = field(default_factory=set[str])
    views: set[str] = field(default_factory=set[str])
    fresh: set[str] = field(default_factory=set[str])
    columns: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])
    fresh_columns: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    mended: set[str] = field(default_factory=set[str])
    known: Known = field(default_factory=Known)

    def holds(self, table: str) -> bool:
        return table in self.tables and table not in self.fresh

    def learn(self, change: Change, pending: bool) -> None:
        self.known.learn(change)
        match change:
            case sql.CreateTable(table=table, columns=columns):
                if pending and table not in self.tables:
                    self.fresh.add(table)
                self.tables.add(table)
                self.columns |= {(table, column.name): column.nullable for column in columns}
            case sql.CreateView(name=name):
                self.views.add(name)
            case sql.AddColumn(table=table, column=column):
                self.columns[table, column.name] = column.nullable
                if pending:
                    self.fresh_columns.add((table, column.name))
            case sql.AlterColumn(table=table, column=column, what="set-not-null"):
                self.columns[table, column] = False
            case sql.AlterColumn(table=table, column=column, what="drop-not-null"):
                self.columns[table, column] = True
            case sql.DropRelation(table=table):
                self.tables.discard(table)
            case sql.MoveTable(table=table, to=to):
                (self.fresh if table in self.fresh else self.tables).add(to)
                self.tables.add(to)
                self.tables.discard(table)
            case sql.WriteRows(table=table):
                self.mended.add(table)
            case _:
                pass


def dangers(view: ProjectView, pending: Pending) -> tuple[Danger, ...]:
    """In the order in which the pending migrations run."""
    live = _Live()
    for migration in pending.before:
        for change in _changes(view, migration):
            live.learn(change, False)
    found: list[Danger] = []
    for migration in pending.pending:
        here: list[Danger] = []
        for change in _changes(view, migration):
            here += _of_change(migration.path, change, live)
            live.learn(change, True)
        found += here
        losing = [item for item in here if item.rule in ("drop", "rename-while-live")]
        if losing and not _has_way_back(view, migration):
            first = losing[0]
            found.append(Danger("no-down-or-forward", migration.path, first.span, first.table, first.what))
    return tuple(found)


def late_columns(view: ProjectView, pending: Pending) -> dict[str, dict[str, tuple[str, int]]]:
    """Columns that older rows lack: added later, without a default. By table, then by column."""
    found: dict[str, dict[str, tuple[str, int]]] = {}
    created: set[str] = set()
    for migration in (*pending.before, *pending.pending):
        for change in _changes(view, migration):
            if isinstance(change, sql.CreateTable):
                created.add(change.table)
            elif isinstance(change, sql.AddColumn) and change.table in created:
                column = change.column
                if column.nullable and column.default is None and not column.computed:
                    found.setdefault(change.table, {})[column.name] = (migration.path, change.span.line)
            elif isinstance(change, sql.WriteRows | sql.AlterColumn):
                late = found.get(change.table, {})
                gone = change.missing if isinstance(change, sql.WriteRows) else change.column
                if isinstance(change, sql.WriteRows) and not change.bounded:
                    late.clear()
                late.pop(gone, None)
    return found


def _changes(view: ProjectView, migration: Migration) -> Iterator[Change]:
    for statement in content_of(view, migration).statements:
        yield from statement.changes


def _of_change(path: str, change: Change, live: _Live) -> Iterator[Danger]:
    match change:
        case sql.DropRelation(table=table, span=span) if live.holds(table) and table not in live.views:
            yield Danger("drop", path, span, table, f"deletes the table {_bare(table)} with all its rows")
        case sql.DropSchema(schema=schema, span=span) if any(
            name.startswith(f"{schema}.") for name in live.tables
        ):
            yield Danger("drop", path, span, schema, f"deletes everything in the schema {schema}")
        case sql.AlterColumn(table=table, column=column, what="drop", span=span) if (
            live.holds(table) and (table, column) not in live.fresh_columns
        ):
            yield Danger(
                "drop", path, span, table, f"deletes what every row of {_bare(table)} keeps in {column}"
            )
        case sql.WriteRows(table=table, what="delete", bounded=False, span=span) if live.holds(table):
            yield Danger("drop", path, span, table, f"deletes all rows of {_bare(table)}")
        case sql.WriteRows(table=table, what="truncate", span=span) if live.holds(table):
            yield Danger("drop", path, span, table, f"empties {_bare(table)}")
        case sql.AlterColumn(table=table, column=column, what="rename", value=new, span=span) if (
            live.holds(table) and (table, column) not in live.fresh_columns
        ):
            yield Danger("rename-while-live", path, span, table, f"renames {_bare(table)}.{column} to {new}")
        case sql.MoveTable(table=table, to=to, span=span) if live.holds(table):
            yield Danger("rename-while-live", path, span, table, f"renames {_bare(table)} to {_bare(to)}")
        case _:
            yield from _tightened(path, change, live)


def _tightened(path: str, change: Change, live: _Live) -> Iterator[Danger]:
    """Rules that rows which are already there may break."""
    match change:
        case sql.AddColumn(table=table, column=column, span=span) if live.holds(table):
            if not column.nullable and column.default is None and not column.computed:
                what = f"adds {_bare(table)}.{column.name}, which must have a value, and gives old rows none"
                yield Danger("tighten-without-backfill", path, span, table, what)
        case sql.AlterColumn(table=table, column=column, what="set-not-null", span=span) if live.holds(table):
            proven = (table, column) in live.known.proven
            if live.columns.get((table, column), True) and table not in live.mended and not proven:
                what = f"makes {_bare(table)}.{column} required without filling the rows that have none"
                yield Danger("tighten-without-backfill", path, span, table, what)
        case sql.AddConstraint(table=table, constraint=made, span=span) if live.holds(table):
            risky = made.kind in (ConstraintKind.UNIQUE, ConstraintKind.CHECK) and made.validates
            if (
                risky
                and not made.using_index
                and table not in live.mended
                and not _on_fresh(table, made, live)
            ):
                what = f"adds a rule to {_bare(table)} that old rows may break"
                yield Danger("tighten-without-backfill", path, span, table, what)
        # Built beside the running app, it fails without harm where old rows are alike.
        case sql.CreateIndex(table=table, columns=columns, unique=True, concurrently=False, span=span) if (
            live.holds(table)
        ):
            fresh = any((table, column) in live.fresh_columns for column in columns)
            if table not in live.mended and not fresh:
                what = f"makes {', '.join(columns)} unique in {_bare(table)}, where old rows may be alike"
                yield Danger("tighten-without-backfill", path, span, table, what)
        case _:
            pass


def _on_fresh(table: str, made: sql.Constraint, live: _Live) -> bool:
    """A rule on columns that this batch adds finds no old values."""
    words = set(re.findall(r"\w+", made.expression)) | set(made.columns)
    return any((table, word) in live.fresh_columns for word in words)


def _has_way_back(view: ProjectView, migration: Migration) -> bool:
    """A script that takes the change back, or a note that says what to do instead."""
    down = migration.path.removesuffix(".sql") + ".down.sql"
    if down in view.tree or view.per_file("sql.plan", migration.path, _has_plan, False):
        return True
    return migration.tool in ("alembic", "django") and view.per_file(
        "py.down", migration.path, _has_down, True
    )


def _has_plan(text: str) -> bool:
    return any(_PLAN.search(line) for line in text.splitlines()[:80])


def _has_down(text: str) -> bool:
    """Whether `downgrade()` does something; Django reverses what it knows by itself."""
    body = text.partition("def downgrade")[2]
    return not body or "op." in body


def _bare(table: str) -> str:
    return table.removeprefix("public.")
