"""SQL text → statements with what each of them does, parsed one at a time by Postgres's own grammar."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError
from postgast import PgQueryError, parse, walk
from postgast import pg_query_pb2 as pb

from lastmile_desktop.project.models.sql import sql_access, sql_blocks, sql_tables
from lastmile_desktop.project.models.sql.sql_changes import (
    REFRESH,
    AlterColumn,
    Change,
    CreateTable,
    DropFunction,
    DropIndex,
    DropPolicy,
    DropRelation,
    DropSchema,
    DropTrigger,
    EnumType,
    EnumValue,
    EventTrigger,
    MoveTable,
    Rebuild,
    SetBucket,
    SetPolicy,
    Setting,
    SqlFile,
    Statement,
    Transaction,
    WriteRows,
)
from lastmile_desktop.project.models.sql.sql_nodes import Source, constant, dotted, lowered, relation, strings
from lastmile_desktop.project.models.sql.sql_split import SqlStatement, resplit, split

_MYSQL = re.compile(
    r"\bENGINE\s*=\s*\w|\bAUTO_INCREMENT\b|^\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?`", re.I | re.M
)
_SQLITE = re.compile(
    r"\bAUTOINCREMENT\b|^\s*PRAGMA\s+\w|\bWITHOUT\s+ROWID\b|\bunixepoch\(|\bstrftime\('%s'", re.I | re.M
)
_KEYWORD = re.compile(r"[A-Za-z]+")
_NAMED = re.compile(
    r"\b(?:TABLE(?:\s+IF\s+(?:NOT\s+)?EXISTS)?|ON|INTO|UPDATE|FROM|JOIN|VIEW|REFERENCES)\s+(?:ONLY\s+)?"
    r'((?:"[^"\n]{1,63}"|\w{1,63})(?:\s?\.\s?(?:"[^"\n]{1,63}"|\w{1,63}))?)',
    re.IGNORECASE,
)
_NOT_NAMES = frozenset({
    "select", "table", "delete", "update", "conflict", "all", "each", "set", "if", "not", "only", "schema",
    "function", "lateral",
})  # fmt: skip
_SKIPPED = frozenset({
    "SELECT", "COMMENT", "COPY", "EXPLAIN", "SHOW", "VALUES", "ANALYZE", "NOTIFY", "LISTEN", "LOCK",
    "RESET", "CALL", "DECLARE", "FETCH", "CLOSE", "PREPARE", "DEALLOCATE", "DISCARD", "LOAD", "CHECKPOINT",
    "USE", "SECURITY",
})  # fmt: skip
_LONG_INSERT = 400
_STATEMENT_CAP = 400_000


def read_sql(text: str) -> SqlFile:
    """A whole file. Never raises: what does not parse is a statement with an error."""
    text = text.replace("\x00", " ")
    if _MYSQL.search(text):
        return SqlFile(dialect="mysql")
    if _SQLITE.search(text):
        return SqlFile(dialect="sqlite")
    reader = _Reader()
    for statement in split(text):
        reader.read(statement)
    return SqlFile(tuple(reader.statements))


class _Reader:
    """Reads statements in order, because `SET search_path` changes what later names mean."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self._schema = "public"

    def read(self, statement: SqlStatement) -> None:
        keyword = _keyword(statement.text)
        source = Source(statement.text, statement.line, self._schema)
        if not keyword or keyword in _SKIPPED or _is_data(keyword, statement.text):
            return
        try:
            changes = changes_of(source)
        except (PgQueryError, DecodeError, UnicodeError, ValueError) as problem:
            self._broken(statement, source, keyword, str(problem))
            return
        for change in changes:
            if isinstance(change, Setting) and change.name == "search_path":
                first = change.value.split(",")[0].strip(' "')
                self._schema = first if first and not first.startswith("$") else "public"
        if changes:
            self.statements.append(Statement(source.span, keyword, changes, in_block=keyword == "DO"))

    def _broken(self, statement: SqlStatement, source: Source, keyword: str, error: str) -> None:
        pieces = resplit(statement)
        if pieces:
            for piece in pieces:
                self.read(piece)
            return
        self.statements.append(
            Statement(
                source.span, keyword, error=error[:200], names=named_tables(statement.text, self._schema)
            )
        )


def _keyword(text: str) -> str:
    match = _KEYWORD.match(text)
    return match.group().upper() if match else ""


def _is_data(keyword: str, text: str) -> bool:
    """Rows being inserted say nothing of the schema, except those that make storage buckets."""
    return keyword == "INSERT" and "buckets" not in text[:_LONG_INSERT].lower()


def named_tables(text: str, schema: str) -> tuple[str, ...]:
    """Tables that the text of a broken statement names."""
    names: list[str] = []
    for match in _NAMED.finditer(text[:20_000]):
        parts = [part.strip(' "') for part in match.group(1).split(".")]
        if parts[0].lower() not in _NOT_NAMES:
            names.append(dotted(tuple(parts), schema))
    return tuple(dict.fromkeys(names))


def changes_of(source: Source) -> tuple[Change, ...]:
    """What one statement does. Raises PgQueryError when it is not valid SQL."""
    if len(source.text) > _STATEMENT_CAP:
        raise ValueError("this statement is too long to read")
    changes: list[Change] = []
    for raw in parse(source.text).stmts:
        which = raw.stmt.WhichOneof("node")
        read = _READERS.get(which or "")
        if read is not None and which is not None:
            changes.extend(read(getattr(raw.stmt, which), source))
    return tuple(changes)


def _rename(node: pb.RenameStmt, source: Source) -> tuple[Change, ...]:
    table = relation(node.relation, source.schema) if node.HasField("relation") else ""
    span, new = source.span, node.newname.lower()
    match node.rename_type:
        case pb.OBJECT_TABLE | pb.OBJECT_VIEW | pb.OBJECT_MATVIEW:
            return (MoveTable(table, f"{table.partition('.')[0]}.{new}", span),)
        case pb.OBJECT_COLUMN:
            return (AlterColumn(table, node.subname.lower(), "rename", span, new),)
        case pb.OBJECT_POLICY:
            return (SetPolicy(table, node.subname, span, renamed=node.newname),)
        case _:
            return ()


def _set_schema(node: pb.AlterObjectSchemaStmt, source: Source) -> tuple[Change, ...]:
    if not node.HasField("relation"):
        return ()
    table = relation(node.relation, source.schema)
    return (MoveTable(table, f"{node.newschema.lower()}.{table.partition('.')[2]}", source.span),)


def _drop(node: pb.DropStmt, source: Source) -> tuple[Change, ...]:
    changes: list[Change] = []
    for wrapped in node.objects:
        change = _dropped(node, wrapped, source)
        if change is not None:
            changes.append(change)
    return tuple(changes)


def _dropped(node: pb.DropStmt, wrapped: pb.Node, source: Source) -> Change | None:
    span = source.span
    parts = strings(wrapped.list.items) if wrapped.WhichOneof("node") == "list" else ()
    match node.remove_type:
        case pb.OBJECT_TABLE | pb.OBJECT_VIEW | pb.OBJECT_MATVIEW:
            return DropRelation(dotted(parts, source.schema), span)
        case pb.OBJECT_INDEX:
            return DropIndex(dotted(parts, source.schema), span, node.concurrent)
        case pb.OBJECT_POLICY if len(parts) > 1:
            return DropPolicy(dotted(parts[:-1], source.schema), parts[-1], span)
        case pb.OBJECT_TRIGGER if len(parts) > 1:
            return DropTrigger(dotted(parts[:-1], source.schema), parts[-1].lower(), span)
        case pb.OBJECT_FUNCTION | pb.OBJECT_PROCEDURE | pb.OBJECT_ROUTINE:
            name, args = sql_access.function_identity(wrapped.object_with_args, source.schema)
            return DropFunction(name, args, span)
        case pb.OBJECT_SCHEMA if wrapped.WhichOneof("node") == "string":
            return DropSchema(wrapped.string.sval.lower(), span)
        case _:
            return None


def _create_table_as(node: pb.CreateTableAsStmt, source: Source) -> tuple[Change, ...]:
    if node.objtype == pb.OBJECT_MATVIEW:
        return (sql_access.create_table_as(node, source),)
    temporary = node.into.rel.relpersistence == "t"
    name = relation(node.into.rel, source.schema)
    return (CreateTable(name, source.span, if_not_exists=node.if_not_exists, temporary=temporary),)


def _insert(node: pb.InsertStmt, source: Source) -> tuple[Change, ...]:
    if relation(node.relation, source.schema) != "storage.buckets":
        return ()
    columns = [item.res_target.name.lower() for item in node.cols]
    changes: list[Change] = []
    for row in node.select_stmt.select_stmt.values_lists:
        values = dict(zip(columns, (constant(item) for item in row.list.items), strict=False))
        name = values.get("id") or values.get("name")
        if isinstance(name, str):
            public = values.get("public")
            changes.append(SetBucket(name, public if isinstance(public, bool) else False, source.span))
    return tuple(changes)


def _update(node: pb.UpdateStmt, source: Source) -> tuple[Change, ...]:
    table = relation(node.relation, source.schema)
    if table != "storage.buckets":
        bounded, missing = _limits(node.where_clause, bool(node.from_clause))
        return (WriteRows(table, "update", bounded, source.span, missing),)
    values = {item.res_target.name: constant(item.res_target.val) for item in node.target_list}
    public = values.get("public")
    bucket = constant(node.where_clause.a_expr.rexpr)
    if isinstance(public, bool) and isinstance(bucket, str):
        return (SetBucket(bucket, public, source.span),)
    return ()


def _limits(where: pb.Node, joins: bool) -> tuple[bool, str]:
    """Whether a WHERE picks some rows only: a mere join does not. And the column, when it only asks for NULL."""
    which = where.WhichOneof("node")
    if which == "null_test" and where.null_test.nulltesttype == pb.IS_NULL:
        column = lowered(where.null_test.arg.column_ref.fields)
        return True, column[-1] if column else ""
    if which is None:
        return False, ""
    if constant(where) is True:
        return False, ""
    compares = (pb.A_Const, pb.NullTest, pb.ParamRef, pb.SubLink)
    return not joins or any(isinstance(child, compares) for _, child in walk(where)), ""


def _delete(node: pb.DeleteStmt, source: Source) -> tuple[Change, ...]:
    bounded = node.where_clause.WhichOneof("node") is not None
    return (WriteRows(relation(node.relation, source.schema), "delete", bounded, source.span),)


def _truncate(node: pb.TruncateStmt, source: Source) -> tuple[Change, ...]:
    return tuple(
        WriteRows(relation(item.range_var, source.schema), "truncate", False, source.span)
        for item in node.relations
    )


def _refresh(node: pb.RefreshMatViewStmt, source: Source) -> tuple[Change, ...]:
    if node.concurrent or node.skip_data:
        return ()
    return (Rebuild(relation(node.relation, source.schema), REFRESH, source.span),)


def _set(node: pb.VariableSetStmt, source: Source) -> tuple[Change, ...]:
    values = [constant(item) for item in node.args]
    return (Setting(node.name.lower(), ", ".join(str(value) for value in values), source.span),)


def _transaction(node: pb.TransactionStmt, source: Source) -> tuple[Change, ...]:
    match node.kind:
        case pb.TRANS_STMT_BEGIN | pb.TRANS_STMT_START:
            return (Transaction("begin", source.span),)
        case pb.TRANS_STMT_COMMIT:
            return (Transaction("commit", source.span),)
        case pb.TRANS_STMT_ROLLBACK:
            return (Transaction("rollback", source.span),)
        case _:
            return ()


def _vacuum(node: pb.VacuumStmt, source: Source) -> tuple[Change, ...]:
    if not node.is_vacuumcmd or not any(item.def_elem.defname == "full" for item in node.options):
        return ()
    tables = [relation(item.vacuum_relation.relation, source.schema) for item in node.rels] or [""]
    return tuple(Rebuild(table, "VACUUM FULL", source.span) for table in tables)


def _cluster(node: pb.ClusterStmt, source: Source) -> tuple[Change, ...]:
    table = relation(node.relation, source.schema) if node.HasField("relation") else ""
    return (Rebuild(table, "CLUSTER", source.span),)


def _reindex(node: pb.ReindexStmt, source: Source) -> tuple[Change, ...]:
    if any(item.def_elem.defname == "concurrently" for item in node.params):
        return ()
    is_table = node.HasField("relation") and node.kind == pb.REINDEX_OBJECT_TABLE
    return (Rebuild(relation(node.relation, source.schema) if is_table else "", "REINDEX", source.span),)


def _enum_type(node: pb.CreateEnumStmt, source: Source) -> tuple[Change, ...]:
    name = dotted(strings(node.type_name), source.schema)
    return (EnumType(name, tuple(strings(node.vals)), source.span),)


def _enum(node: pb.AlterEnumStmt, source: Source) -> tuple[Change, ...]:
    if not node.new_val or node.old_val:
        return ()
    return (EnumValue(dotted(strings(node.type_name), source.schema), node.new_val, source.span),)


def _event_trigger(node: pb.CreateEventTrigStmt, source: Source) -> tuple[Change, ...]:
    return (EventTrigger(dotted(strings(node.funcname), source.schema), node.eventname.lower(), source.span),)


def _create_publication(node: pb.CreatePublicationStmt, source: Source) -> tuple[Change, ...]:
    return sql_access.publish(node.pubname, node.pubobjects, node.for_all_tables, "set", source)


def _alter_publication(node: pb.AlterPublicationStmt, source: Source) -> tuple[Change, ...]:
    how = {pb.AP_AddObjects: "add", pb.AP_SetObjects: "set", pb.AP_DropObjects: "drop"}.get(
        node.action, "add"
    )
    return sql_access.publish(node.pubname, node.pubobjects, node.for_all_tables, how, source)


def _do(node: pb.DoStmt, source: Source) -> tuple[Change, ...]:
    for element in node.args:
        if element.def_elem.defname == "as":
            body = element.def_elem.arg.string.sval
            at = source.text.find(body)
            line = source.line + source.text.count("\n", 0, max(at, 0))
            return sql_blocks.read_block(Source(body, line, source.schema), _attempt)
    return ()


def _attempt(source: Source) -> tuple[Change, ...]:
    """A piece of a block read as SQL; () when it is not a whole statement, as in dynamic SQL."""
    try:
        return changes_of(source)
    except (PgQueryError, DecodeError, UnicodeError, ValueError):
        return ()


_READERS: dict[str, Callable[[Any, Source], tuple[Change, ...]]] = {
    "create_stmt": sql_tables.create_table,
    "alter_table_stmt": sql_tables.alter_table,
    "index_stmt": sql_tables.create_index,
    "create_policy_stmt": sql_access.create_policy,
    "alter_policy_stmt": sql_access.alter_policy,
    "grant_stmt": sql_access.grant,
    "alter_default_privileges_stmt": sql_access.default_privileges,
    "create_function_stmt": sql_access.create_function,
    "alter_function_stmt": sql_access.alter_function,
    "view_stmt": sql_access.create_view,
    "create_table_as_stmt": _create_table_as,
    "create_trig_stmt": sql_access.create_trigger,
    "create_publication_stmt": _create_publication,
    "alter_publication_stmt": _alter_publication,
    "rename_stmt": _rename,
    "alter_object_schema_stmt": _set_schema,
    "drop_stmt": _drop,
    "insert_stmt": _insert,
    "update_stmt": _update,
    "delete_stmt": _delete,
    "variable_set_stmt": _set,
    "transaction_stmt": _transaction,
    "vacuum_stmt": _vacuum,
    "cluster_stmt": _cluster,
    "reindex_stmt": _reindex,
    "truncate_stmt": _truncate,
    "refresh_mat_view_stmt": _refresh,
    "create_enum_stmt": _enum_type,
    "alter_enum_stmt": _enum,
    "create_event_trig_stmt": _event_trigger,
    "do_stmt": _do,
}
