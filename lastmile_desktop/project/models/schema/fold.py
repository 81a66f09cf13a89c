"""Applies the changes of all migrations in order and gives the tables, policies and privileges that are
left."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lastmile_desktop.project.models.schema.fold_access import ACCESS_HANDLERS
from lastmile_desktop.project.models.schema.model import Clash, Column, ForeignKey, Index, Unparsed
from lastmile_desktop.project.models.schema.relation import Folding, Relation
from lastmile_desktop.project.models.sql import sql_changes as sql
from lastmile_desktop.project.models.sql.sql_changes import ConstraintKind
from lastmile_desktop.project.models.sql.sql_templates import for_table


def fold_file(fold: Folding, path: str, content: sql.SqlFile) -> None:
    """Apply a file's statements, and note those that are not valid SQL."""
    fold.path = path
    for statement in content.statements:
        if statement.error:
            place = fold.at(statement.span)
            fold.out.unparsed.append(Unparsed(place, statement.error, statement.names, statement.keyword))
        for change in statement.changes:
            apply(fold, change)


def apply(fold: Folding, change: sql.Change) -> None:
    handler = _HANDLERS.get(type(change))
    if handler is not None:
        handler(fold, change)


def _create(fold: Folding, change: sql.CreateTable) -> None:
    known = fold.out.tables.get(change.table)
    place = fold.at(change.span)
    if change.temporary or (known is not None and known.created):
        if known is not None and known.created_place and not (change.temporary or change.if_not_exists):
            fold.out.clashes.append(Clash(change.table, place, known.created_place))
        return
    table = known or Relation(change.table, place)
    if known is not None:
        fold.out.early.append(Clash(change.table, known.first_place or known.place, place))
    table.created, table.place, table.created_place = True, place, place
    fold.sequence += 1
    table.sequence = fold.sequence
    table.partition_of = change.partition_of
    table.realtime = table.realtime or fold.all_realtime
    fold.out.tables[change.table] = table
    for source in (*change.like, change.partition_of):
        if source in fold.out.tables:
            table.columns |= fold.out.tables[source].columns
    for item in change.columns:
        _column(fold, table, item)
    for item in change.constraints:
        _constraint(fold, table, item)
    for default in fold.default_privileges.get(table.name.partition(".")[0], []):
        table.privileges(default.granted, default.roles, default.privileges)
    if fold.auto_rls is not None:
        table.rls, table.rls_place = True, fold.auto_rls


def _column(fold: Folding, table: Relation, item: sql.ColumnChange) -> None:
    if item.name not in table.columns:
        place = fold.at(item.span)
        table.columns[item.name] = Column(item.name, item.type, item.nullable, item.default, place)
    for constraint in item.constraints:
        _constraint(fold, table, constraint)


def _constraint(fold: Folding, table: Relation, item: sql.Constraint) -> None:
    place = fold.at(item.span)
    name = item.name or f"{item.kind}:{','.join(item.columns)}"
    match item.kind:
        case ConstraintKind.PRIMARY:
            table.primary_key = item.columns
        case ConstraintKind.FOREIGN:
            table.foreign_keys[name] = ForeignKey(
                item.columns, item.table, item.references, item.on_delete, place
            )
        case ConstraintKind.UNIQUE:
            table.indexes[name] = Index(name, item.columns, True, "", place)
        case ConstraintKind.INDEX:
            table.indexes[name] = Index(name, item.columns, False, "", place)
        case ConstraintKind.CHECK:
            table.checks[name] = item.expression
        case _:
            pass


def _add_column(fold: Folding, change: sql.AddColumn) -> None:
    _column(fold, fold.table(change.table, change.span), change.column)


def _alter_column(fold: Folding, change: sql.AlterColumn) -> None:
    table = fold.table(change.table, change.span)
    column = table.columns.get(change.column)
    if change.what == "drop":
        table.columns.pop(change.column, None)
        table.indexes = {
            key: item for key, item in table.indexes.items() if change.column not in item.columns
        }
        table.foreign_keys = {
            key: item for key, item in table.foreign_keys.items() if change.column not in item.columns
        }
    elif change.what == "rename":
        # Django calls a column of a relation by the relation: `team` is kept as `team_id`.
        end = "" if change.column in table.columns or f"{change.column}_id" not in table.columns else "_id"
        _rename_column(table, change.column + end, change.value + end)
    elif column is not None:
        place = fold.at(change.span)
        match change.what:
            case "type":
                table.columns[column.name] = replace(column, type=change.value, place=place)
            case "set-not-null" | "drop-not-null":
                table.columns[column.name] = replace(
                    column, nullable=change.what == "drop-not-null", place=place
                )
            case "set-default" | "drop-default":
                table.columns[column.name] = replace(column, default=change.value or None, place=place)
            case _:
                pass


def _add_constraint(fold: Folding, change: sql.AddConstraint) -> None:
    _constraint(fold, fold.table(change.table, change.span), change.constraint)


def _drop_constraint(fold: Folding, change: sql.DropConstraint) -> None:
    table = fold.table(change.table, change.span)
    for kept in (table.foreign_keys, table.indexes, table.checks):
        kept.pop(change.name, None)
    if change.name.endswith("_fkey"):
        columns = change.name.removeprefix(table.name.partition(".")[2] + "_").removesuffix("_fkey")
        table.foreign_keys.pop(f"{ConstraintKind.FOREIGN}:{columns}", None)


def _row_security(fold: Folding, change: sql.RowSecurity) -> None:
    table = fold.table(change.table, change.span)
    place = fold.at(change.span)
    if change.enabled is not None:
        table.rls, table.rls_place = change.enabled, place
        if not change.enabled:
            table.rls_ever_disabled = place
    if change.forced is not None:
        table.rls_forced = change.forced


def _attach(fold: Folding, change: sql.AttachPartition) -> None:
    fold.table(change.child, change.span).partition_of = "" if change.detaches else change.table


def _move(fold: Folding, change: sql.MoveTable) -> None:
    if view := fold.out.views.pop(change.table, None):
        fold.out.views[change.to] = replace(view, name=change.to)
    table = fold.out.tables.pop(change.table, None)
    if table is None:
        return
    table.name = change.to
    fold.out.tables[change.to] = table
    for other in fold.out.tables.values():
        for key, item in other.foreign_keys.items():
            if item.table == change.table:
                other.foreign_keys[key] = replace(item, table=change.to)


def _drop_relation(fold: Folding, change: sql.DropRelation) -> None:
    fold.out.tables.pop(change.table, None)
    fold.out.views.pop(change.table, None)


def _drop_schema(fold: Folding, change: sql.DropSchema) -> None:
    prefix = change.schema + "."
    fold.out.tables = {name: item for name, item in fold.out.tables.items() if not name.startswith(prefix)}
    fold.out.views = {name: item for name, item in fold.out.views.items() if not name.startswith(prefix)}
    fold.out.functions = {
        key: item for key, item in fold.out.functions.items() if not key[0].startswith(prefix)
    }


def _index(fold: Folding, change: sql.CreateIndex) -> None:
    table = fold.table(change.table, change.span)
    name = change.name or ",".join(change.columns)
    place = fold.at(change.span)
    table.indexes[name] = Index(name, change.columns, change.unique, change.where, place, change.method)


def _drop_index(fold: Folding, change: sql.DropIndex) -> None:
    bare = change.name.partition(".")[2]
    for table in fold.out.tables.values():
        table.indexes.pop(bare, None)


def _each_table(fold: Folding, change: sql.ForEachTable) -> None:
    for name in list(fold.out.tables):
        schema, _, bare = name.partition(".")
        if schema == change.schema and bare not in change.excluded:
            for item in change.template:
                apply(fold, for_table(item, name))


def _rename_column(table: Relation, old: str, new: str) -> None:
    word = re.compile(rf"\b{re.escape(old)}\b")

    def swap(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in names)

    def renamed(text: str | None) -> str | None:
        return text if text is None else word.sub(new, text)

    table.columns = {
        (new if name == old else name): replace(item, name=new) if name == old else item
        for name, item in table.columns.items()
    }
    table.primary_key = swap(table.primary_key)
    table.indexes = {key: replace(item, columns=swap(item.columns)) for key, item in table.indexes.items()}
    table.foreign_keys = {
        key: replace(item, columns=swap(item.columns)) for key, item in table.foreign_keys.items()
    }
    table.policies = {
        key: replace(item, using=renamed(item.using), check=renamed(item.check))
        for key, item in table.policies.items()
    }


_HANDLERS: dict[type, Callable[[Folding, Any], None]] = {
    **ACCESS_HANDLERS,
    sql.CreateTable: _create,
    sql.AddColumn: _add_column,
    sql.AlterColumn: _alter_column,
    sql.AddConstraint: _add_constraint,
    sql.DropConstraint: _drop_constraint,
    sql.RowSecurity: _row_security,
    sql.AttachPartition: _attach,
    sql.MoveTable: _move,
    sql.DropRelation: _drop_relation,
    sql.DropSchema: _drop_schema,
    sql.CreateIndex: _index,
    sql.DropIndex: _drop_index,
    sql.ForEachTable: _each_table,
}
