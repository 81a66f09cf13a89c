"""What a schema change holds up on a table that is in use: which lock, and for how long.

Every hazard names the rule of data.migration-locks it belongs to. Whether the table is in use, and how the
tool runs the file, is for the caller to know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lastmile_desktop.project.models.sql import sql_changes as sql
from lastmile_desktop.project.models.sql.sql_changes import Change, ConstraintKind, Span

_SIZED = re.compile(r"^(varchar|char|varbit|numeric|timestamp|timestamptz|time)\((\d+)(?:,(\d+))?\)$")
_NOT_NULL_CHECK = re.compile(r"^\(*\s*\"?(\w+)\"?\s+is\s+not\s+null\s*\)*$", re.IGNORECASE)
_TEXTS = frozenset({"text", "varchar", "citext"})


@dataclass(frozen=True, slots=True)
class Hazard:
    """`rule` is the rule's short id; `message` one plain sentence. `table` is "" when it is not known."""

    rule: str
    table: str
    span: Span
    message: str


@dataclass
class Known:
    """What earlier statements made, as far as it decides what a later one must do: column types and
    nullability, tables by index, NOT NULL checks and which of them are proven, unique keys, columns just
    added (`fresh`). `tool` is the migration tool of the statement being judged."""

    types: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    nullable: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])
    index_tables: dict[str, str] = field(default_factory=dict[str, str])
    not_null_checks: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    proven: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    unique: set[tuple[str, tuple[str, ...]]] = field(default_factory=set[tuple[str, tuple[str, ...]]])
    fresh: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    unproven: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Rules that the transaction which is being judged has added without checking them, by table and name."""
    inside: bool = False
    tool: str = ""

    def learn(self, change: Change) -> None:
        """Take note of a change that has been judged."""
        match change:
            case sql.CreateTable(table=table, columns=columns):
                for column in columns:
                    self._column(table, column)
            case sql.AddColumn(table=table, column=column):
                self._column(table, column)
                self.fresh.add((table, column.name))
            case sql.AlterColumn(table=table, column=name, what="type", value=value):
                self.types[table, name] = value
            case sql.AlterColumn(table=table, column=name, what="set-not-null" | "drop-not-null" as what):
                self.nullable[table, name] = what == "drop-not-null"
            case sql.AlterColumn(table=table, column=name, what="rename", value=value):
                self._rename(table, name, value)
            case sql.CreateIndex(table=table, name=name):
                self.index_tables[f"{table.partition('.')[0]}.{name}"] = table
            case sql.AddConstraint(table=table, constraint=constraint):
                self._constraint(table, constraint)
            case sql.ValidateConstraint(table=table, name=name):
                self.proven |= {
                    key for key, held in self.not_null_checks.items() if key[0] == table and held == name
                }
            case _:
                pass

    def _column(self, table: str, column: sql.ColumnChange) -> None:
        self.types[table, column.name] = column.type
        self.nullable[table, column.name] = column.nullable
        for constraint in column.constraints:
            if constraint.kind is ConstraintKind.UNIQUE:
                self.unique.add((table, constraint.columns))

    def _rename(self, table: str, old: str, new: str) -> None:
        if (table, old) in self.types:
            self.types[table, new] = self.types.pop((table, old))
        if (table, old) in self.nullable:
            self.nullable[table, new] = self.nullable.pop((table, old))

    def _constraint(self, table: str, constraint: sql.Constraint) -> None:
        if not constraint.validates and constraint.name:
            self.unproven.add((table, constraint.name))
        if constraint.kind is ConstraintKind.UNIQUE:
            self.unique.add((table, constraint.columns))
        shape = _NOT_NULL_CHECK.match(constraint.expression)
        if constraint.kind is ConstraintKind.CHECK and shape:
            key = (table, shape.group(1).lower())
            self.not_null_checks[key] = constraint.name
            if constraint.validates:
                self.proven.add(key)


def hazards(change: Change, known: Known) -> Iterable[Hazard]:
    """What this change holds up, given what was there before."""
    judge = _JUDGES.get(type(change))
    return judge(change, known) if judge is not None else ()


def touches(change: Change) -> str:
    """The existing table that a change must lock, however briefly; "" for none."""
    match change:
        case (
            sql.AddColumn(table=table)
            | sql.AlterColumn(table=table)
            | sql.AddConstraint(table=table)
            | sql.DropConstraint(table=table)
            | sql.ValidateConstraint(table=table)
            | sql.RowSecurity(table=table)
            | sql.AttachPartition(table=table)
            | sql.MoveTable(table=table)
            | sql.DropRelation(table=table)
            | sql.CreateIndex(table=table)
            | sql.SetPolicy(table=table)
            | sql.DropPolicy(table=table)
            | sql.CreateTrigger(table=table)
            | sql.DropTrigger(table=table)
            | sql.WriteRows(table=table)
            | sql.Rebuild(table=table)
        ):
            return table
        case _:
            return ""


def _create_index(change: sql.CreateIndex, known: Known) -> Iterator[Hazard]:
    del known
    if not change.concurrently:
        name = f" {change.name}" if change.name else ""
        message = f"Creating index{name} blocks every write to {_bare(change.table)} until it is built."
        yield Hazard("index-not-concurrent", change.table, change.span, message)


def _drop_index(change: sql.DropIndex, known: Known) -> Iterator[Hazard]:
    if not change.concurrently:
        table = change.table or known.index_tables.get(change.name, "")
        where = _bare(table) if table else "its table"
        message = f"Dropping index {_bare(change.name)} waits for running queries, and all of {where} queues behind it."
        yield Hazard("index-not-concurrent", table, change.span, message)


def _add_column(change: sql.AddColumn, known: Known) -> Iterator[Hazard]:
    column, table, span = change.column, change.table, change.span
    added = f"Adding column {column.name} to {_bare(table)}"
    if column.computed in ("serial", "identity"):
        yield Hazard(
            "serial-identity-add", table, span, f"{added} rewrites the whole table to number its rows."
        )
    elif column.computed == "stored":
        yield Hazard(
            "stored-generated", table, span, f"{added} rewrites the whole table to compute its values."
        )
    elif column.volatile and column.default is not None:
        message = f"{added} rewrites the whole table, because its default differs for every row."
        yield Hazard("volatile-default", table, span, message)
    elif not column.nullable and column.default is None and known.tool != "django" and not column.computed:
        message = (
            f"{added} fails as soon as there are rows: they have no value, and none is allowed to be missing."
        )
        yield Hazard("set-not-null", table, span, message)
    for constraint in column.constraints:
        if constraint.kind in (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY):
            message = f"{added} blocks reads and writes while the index for its uniqueness builds."
            yield Hazard("unique-constraint", table, span, message)
        elif constraint.kind is ConstraintKind.CHECK or (
            constraint.kind is ConstraintKind.FOREIGN and column.default not in (None, "NULL")
        ):
            message = f"{added} checks its rule on every row while nobody can use the table."
            yield Hazard("constraint-validates", table, span, message)
        elif constraint.kind is ConstraintKind.INDEX:
            message = f"{added} blocks every write while the index on it builds."
            yield Hazard("index-not-concurrent", table, span, message)


def _alter_column(change: sql.AlterColumn, known: Known) -> Iterator[Hazard]:
    key = (change.table, change.column)
    place = f"{_bare(change.table)}.{change.column}"
    if change.what == "set-not-null" and key not in known.proven and known.nullable.get(key, True):
        message = f"Making {place} required reads every row while nobody can use the table."
        yield Hazard("set-not-null", change.table, change.span, message)
    elif change.what == "type":
        written = known.tool in ("alembic", "django")
        old = known.types.get(key) or (change.using if written else "")
        unknown = known.tool == "django" and not old
        if not unknown and not is_free_change(old, change.value, "" if written else change.using):
            message = f"Changing the type of {place} rewrites the whole table while nobody can use it."
            yield Hazard("type-change", change.table, change.span, message)
    elif change.what == "rename" and key not in known.fresh:
        message = f"Renaming {place} to {change.value} breaks the version of your app that is still running."
        yield Hazard("rename", change.table, change.span, message)
    elif change.what == "add-identity":
        message = f"Numbering {place} by the database locks the whole table while it is changed."
        yield Hazard("serial-identity-add", change.table, change.span, message)


def is_free_change(old: str, new: str, using: str) -> bool:
    """Whether Postgres changes this type in the catalogue alone, without looking at the rows."""
    if old == new and old:
        return True
    before, after = _parts(old), _parts(new)
    if using and before[0] not in _TEXTS:
        return False
    if before[0] in _TEXTS and after[0] in ("text", "varchar") and not after[1]:
        return before[2] == after[2]
    if before[0] == after[0] and before[0] in ("varchar", "varbit", "timestamp", "timestamptz", "time"):
        return bool(before[1]) and (not after[1] or after[1][0] >= before[1][0])
    if before[0] == after[0] == "numeric":
        same_scale = before[1][1:] == after[1][1:]
        return not after[1] or (bool(before[1]) and same_scale and after[1][0] >= before[1][0])
    return before[0] == "cidr" and after[0] == "inet"


def _parts(kind: str) -> tuple[str, tuple[int, ...], str]:
    """Type name, sizes, and `[]` for an array."""
    array = "[]" if kind.endswith("[]") else ""
    plain = kind.removesuffix("[]")
    match = _SIZED.match(plain)
    if match is None:
        return (plain, (), array)
    return (match.group(1), tuple(int(part) for part in match.groups()[1:] if part), array)


def _add_constraint(change: sql.AddConstraint, known: Known) -> Iterator[Hazard]:
    constraint, table = change.constraint, _bare(change.table)
    name = f" {constraint.name}" if constraint.name else ""
    if constraint.kind in (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY):
        repeated = known.tool == "django" and (change.table, constraint.columns) in known.unique
        if not constraint.using_index and not repeated:
            message = f"Adding the {constraint.kind} rule{name} blocks reads and writes of {table} until it is built."
            yield Hazard("unique-constraint", change.table, change.span, message)
    elif constraint.kind is ConstraintKind.EXCLUDE or (
        constraint.validates and constraint.kind is not ConstraintKind.NOT_NULL
    ):
        message = f"Adding the {constraint.kind} rule{name} checks every row of {table} while nobody can write to it."
        yield Hazard("constraint-validates", change.table, change.span, message)


def _validate(change: sql.ValidateConstraint, known: Known) -> Iterator[Hazard]:
    """NOT VALID gains nothing when the check of all rows runs in the transaction that added the rule."""
    if known.inside and (change.table, change.name) in known.unproven:
        message = (
            f"The rule {change.name} is added and checked in one transaction, so {_bare(change.table)} stays "
            f"locked until every row was read."
        )
        yield Hazard("constraint-validates", change.table, change.span, message)


def _move(change: sql.MoveTable, known: Known) -> Iterator[Hazard]:
    del known
    renamed = f"Renaming {_bare(change.table)} to {_bare(change.to)}"
    message = f"{renamed} breaks the version of your app that is still running."
    yield Hazard("rename", change.table, change.span, message)


def _rebuild(change: sql.Rebuild, known: Known) -> Iterator[Hazard]:
    del known
    where = _bare(change.table) if change.table else "every table it covers"
    message = f"{change.what} rewrites {where} while nobody can use it."
    if change.what == sql.REFRESH:
        message = f"Refreshing {where} without CONCURRENTLY blocks everyone who reads it until it is done."
    yield Hazard("cluster-vacuum-full-reindex", change.table, change.span, message)


def _write_rows(change: sql.WriteRows, known: Known) -> Iterator[Hazard]:
    everything = not change.bounded or (change.table, change.missing) in known.fresh
    if change.what == "update" and everything:
        message = f"This changes every row of {_bare(change.table)} in one go and keeps them all locked until it ends."
        yield Hazard("big-backfill", change.table, change.span, message)


def _brief(change: Any, known: Known) -> Iterator[Hazard]:
    del known
    if getattr(change, "concurrently", False):
        return
    message = f"This needs {_bare(change.table)} to itself for a moment, and every query queues behind it."
    yield Hazard("trigger-policy-hot-table", change.table, change.span, message)


def _bare(name: str) -> str:
    return name.removeprefix("public.")


_JUDGES: dict[type, Callable[[Any, Known], Iterator[Hazard]]] = {
    sql.CreateIndex: _create_index,
    sql.DropIndex: _drop_index,
    sql.AddColumn: _add_column,
    sql.AlterColumn: _alter_column,
    sql.AddConstraint: _add_constraint,
    sql.ValidateConstraint: _validate,
    sql.MoveTable: _move,
    sql.Rebuild: _rebuild,
    sql.WriteRows: _write_rows,
    sql.CreateTrigger: _brief,
    sql.SetPolicy: _brief,
    sql.RowSecurity: _brief,
    sql.AttachPartition: _brief,
}
