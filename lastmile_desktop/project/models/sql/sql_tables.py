"""CREATE TABLE, ALTER TABLE and indexes, read from the parse tree."""

from __future__ import annotations

import re
from collections.abc import Iterable

from postgast import pg_query_pb2 as pb

from lastmile_desktop.project.models.sql.sql_changes import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    AttachPartition,
    Change,
    ColumnChange,
    Constraint,
    ConstraintKind,
    CreateIndex,
    CreateTable,
    DropConstraint,
    Rebuild,
    RowSecurity,
    Span,
    ValidateConstraint,
    ViewInvoker,
)
from lastmile_desktop.project.models.sql.sql_nodes import (
    Source,
    expression,
    is_volatile,
    lowered,
    option_text,
    relation,
    type_text,
)

_KINDS = {
    pb.CONSTR_PRIMARY: ConstraintKind.PRIMARY,
    pb.CONSTR_UNIQUE: ConstraintKind.UNIQUE,
    pb.CONSTR_FOREIGN: ConstraintKind.FOREIGN,
    pb.CONSTR_CHECK: ConstraintKind.CHECK,
    pb.CONSTR_EXCLUSION: ConstraintKind.EXCLUDE,
    pb.CONSTR_NOTNULL: ConstraintKind.NOT_NULL,
}
_DELETE_ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
_SERIALS = {"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"}
_ALTER_COLUMN = {
    pb.AT_DropColumn: "drop",
    pb.AT_SetNotNull: "set-not-null",
    pb.AT_DropNotNull: "drop-not-null",
    pb.AT_AddIdentity: "add-identity",
}
_ROW_SECURITY: dict[int, tuple[bool | None, bool | None]] = {
    pb.AT_EnableRowSecurity: (True, None),
    pb.AT_DisableRowSecurity: (False, None),
    pb.AT_ForceRowSecurity: (None, True),
    pb.AT_NoForceRowSecurity: (None, False),
}
_REWRITES: dict[int, str] = {
    pb.AT_SetLogged: "SET LOGGED",
    pb.AT_SetUnLogged: "SET UNLOGGED",
    pb.AT_SetTableSpace: "SET TABLESPACE",
    pb.AT_SetAccessMethod: "SET ACCESS METHOD",
}
TRUE_WORDS = frozenset({"true", "on", "1", "yes", "t"})


def create_table(node: pb.CreateStmt, source: Source) -> tuple[Change, ...]:
    columns: list[ColumnChange] = []
    constraints: list[Constraint] = []
    like: list[str] = []
    for element in node.table_elts:
        match element.WhichOneof("node"):
            case "column_def":
                columns.append(column(element.column_def, source))
            case "constraint":
                constraints.extend(_constraint(element.constraint, source))
            case "table_like_clause":
                like.append(relation(element.table_like_clause.relation, source.schema))
            case _:
                pass
    partitioned = node.HasField("partbound") and len(node.inh_relations) > 0
    return (
        CreateTable(
            table=relation(node.relation, source.schema),
            span=source.span,
            columns=tuple(columns),
            constraints=tuple(constraints),
            partition_of=relation(node.inh_relations[0].range_var, source.schema) if partitioned else "",
            like=tuple(like),
            if_not_exists=node.if_not_exists,
            temporary=node.relation.relpersistence == "t" or node.relation.schemaname.startswith("pg_temp"),
        ),
    )


def column(node: pb.ColumnDef, source: Source) -> ColumnChange:
    """A column definition with what it implies: default, NOT NULL, keys, generated values."""
    kind = type_text(node.type_name)
    nullable, default, computed, volatile = True, None, "serial" if kind in _SERIALS else "", False
    constraints: list[Constraint] = []
    name = node.colname.lower()
    for wrapped in node.constraints:
        item = wrapped.constraint
        if item.contype == pb.CONSTR_DEFAULT:
            default, volatile = expression(item.raw_expr), is_volatile(item.raw_expr)
        elif item.contype == pb.CONSTR_IDENTITY:
            computed = "identity"
        elif item.contype == pb.CONSTR_GENERATED:
            computed = "virtual" if item.generated_kind == "v" else "stored"
        elif item.contype in (pb.CONSTR_NOTNULL, pb.CONSTR_PRIMARY):
            nullable = False
        if item.contype != pb.CONSTR_NOTNULL:
            constraints.extend(_constraint(item, source, name))
    span = source.at(node.location)
    return ColumnChange(name, kind, nullable, default, span, computed, volatile, tuple(constraints))


def _constraint(node: pb.Constraint, source: Source, own_column: str = "") -> Iterable[Constraint]:
    kind = _KINDS.get(node.contype)
    if kind is None:
        return ()
    columns = lowered(node.fk_attrs) if kind is ConstraintKind.FOREIGN else lowered(node.keys)
    return (
        Constraint(
            kind=kind,
            name=node.conname.lower(),
            columns=columns or ((own_column,) if own_column else ()),
            span=source.at(node.location),
            table=relation(node.pktable, source.schema) if kind is ConstraintKind.FOREIGN else "",
            references=lowered(node.pk_attrs),
            on_delete=_DELETE_ACTIONS.get(node.fk_del_action, ""),
            validates=not node.skip_validation,
            using_index=bool(node.indexname),
            expression=(expression(node.raw_expr) or "") if kind is ConstraintKind.CHECK else "",
        ),
    )


def alter_table(node: pb.AlterTableStmt, source: Source) -> tuple[Change, ...]:
    table = relation(node.relation, source.schema)
    changes: list[Change] = []
    for wrapped in node.cmds:
        changes.extend(_command(table, wrapped.alter_table_cmd, source))
    return tuple(changes)


def _command(table: str, cmd: pb.AlterTableCmd, source: Source) -> Iterable[Change]:
    kind, span = cmd.subtype, source.span
    if kind == pb.AT_AddColumn:
        added = column(getattr(cmd, "def").column_def, source)
        return (AddColumn(table, added, added.span),)
    if kind == pb.AT_AddConstraint:
        made = _constraint(getattr(cmd, "def").constraint, source)
        return tuple(AddConstraint(table, item, item.span) for item in made)
    if kind in _REWRITES:
        return (Rebuild(table, _REWRITES[kind], span),)
    if kind in _ROW_SECURITY:
        enabled, forced = _ROW_SECURITY[kind]
        return (RowSecurity(table, span, enabled, forced),)
    if kind == pb.AT_DropConstraint:
        return (DropConstraint(table, cmd.name.lower(), span),)
    if kind == pb.AT_ValidateConstraint:
        return (ValidateConstraint(table, cmd.name.lower(), span),)
    if kind in (pb.AT_AttachPartition, pb.AT_DetachPartition):
        part: pb.PartitionCmd = getattr(cmd, "def").partition_cmd
        child = relation(part.name, source.schema)
        return (AttachPartition(table, child, span, kind == pb.AT_DetachPartition, part.concurrent),)
    if kind in (pb.AT_SetRelOptions, pb.AT_ResetRelOptions):
        return _invoker(table, cmd, span)
    return _alter_column(table, cmd, source)


def _alter_column(table: str, cmd: pb.AlterTableCmd, source: Source) -> Iterable[Change]:
    name, span = cmd.name.lower(), _span_of(cmd, source)
    if cmd.subtype in _ALTER_COLUMN:
        return (AlterColumn(table, name, _ALTER_COLUMN[cmd.subtype], span),)
    if cmd.subtype == pb.AT_AlterColumnType:
        definition: pb.ColumnDef = getattr(cmd, "def").column_def
        using = expression(definition.raw_default) or ""
        return (AlterColumn(table, name, "type", span, type_text(definition.type_name), using),)
    if cmd.subtype == pb.AT_ColumnDefault:
        value = expression(getattr(cmd, "def"))
        what = "drop-default" if value is None else "set-default"
        return (AlterColumn(table, name, what, span, value or ""),)
    return ()


_ACTION_WORDS = {
    pb.AT_SetNotNull: r"set\s+not\s+null",
    pb.AT_DropNotNull: r"drop\s+not\s+null",
    pb.AT_AlterColumnType: r"(?:set\s+data\s+)?type",
    pb.AT_AddIdentity: r"add\s+generated",
}


def _span_of(cmd: pb.AlterTableCmd, source: Source) -> Span:
    """The line of one of several actions: the parser only keeps where the statement starts."""
    action = _ACTION_WORDS.get(cmd.subtype)
    if action is None or "\n" not in source.text:
        return source.span
    match = re.search(rf'\b{re.escape(cmd.name)}"?\s+{action}\b', source.text, re.IGNORECASE)
    if match is None:
        return source.span
    line = source.line + source.text.count("\n", 0, match.start())
    return Span(line, line)


def _invoker(table: str, cmd: pb.AlterTableCmd, span: Span) -> Iterable[Change]:
    for item in getattr(cmd, "def").list.items:
        if item.def_elem.defname.lower() == "security_invoker":
            on = cmd.subtype == pb.AT_SetRelOptions and option_text(item.def_elem) in TRUE_WORDS
            return (ViewInvoker(table, on, span),)
    return ()


def create_index(node: pb.IndexStmt, source: Source) -> tuple[Change, ...]:
    columns = tuple(
        param.index_elem.name.lower() or (expression(param.index_elem.expr) or "")
        for param in node.index_params
    )
    return (
        CreateIndex(
            table=relation(node.relation, source.schema),
            name=node.idxname.lower(),
            columns=columns,
            span=source.span,
            unique=node.unique,
            where=expression(node.where_clause) or "",
            concurrently=node.concurrent,
            method="" if node.access_method == "btree" else node.access_method,
        ),
    )
