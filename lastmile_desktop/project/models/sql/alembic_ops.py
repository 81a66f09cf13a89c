"""Alembic migrations: what `upgrade()` does, as the same changes that SQL files make."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from lastmile_desktop.project.models.sql import sql_changes as sql
from lastmile_desktop.project.models.sql.alembic_loops import written_out
from lastmile_desktop.project.models.sql.python_syntax import (
    argument,
    called,
    calls_in,
    dotted,
    flag,
    keyword,
    parsed,
    text_of,
    texts_of,
)
from lastmile_desktop.project.models.sql.sql_changes import (
    Change,
    Constraint,
    ConstraintKind,
    Span,
    SqlFile,
    Statement,
)
from lastmile_desktop.project.models.sql.sql_parse import read_sql

_VOLATILE_DEFAULTS = ("uuid", "random(", "nextval", "clock_timestamp")
_TYPE_NAMES = {
    "string": "varchar", "unicode": "varchar", "uuid": "uuid", "integer": "integer", "biginteger": "bigint",
    "boolean": "boolean", "datetime": "timestamp", "enum": "enum", "autostring": "varchar", "float": "float8",
    "double": "float8", "double_precision": "float8", "smallinteger": "smallint", "decimal": "numeric",
}  # fmt: skip


def read_alembic(text: str) -> SqlFile:
    """The statements of an Alembic revision in order; empty for a file that is none."""
    if "alembic" not in text or "def upgrade" not in text:
        return SqlFile()
    module = parsed(text)
    if module is None:
        broken = Statement(Span(1, 1), "PYTHON", error="this migration is not valid Python")
        return SqlFile((broken,))
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "upgrade":
            return SqlFile(tuple(_Upgrade().read(written_out(module, node.body))))
    return SqlFile()


# `:org_id` of a text is filled in by the driver; `::text` is a cast.
_BOUND = re.compile(r"(?<![:\w]):[a-zA-Z_]\w{0,60}\b")


class _Upgrade:
    """Walks the statements of `upgrade()`, following `with` blocks and loops."""

    def __init__(self) -> None:
        self._batches: dict[str, str] = {}
        self._outside = False

    def read(self, body: list[ast.stmt]) -> Iterator[Statement]:
        for node in body:
            if isinstance(node, ast.With | ast.AsyncWith):
                yield from self._with(node)
            elif isinstance(node, ast.If | ast.For | ast.While):
                yield from self.read(node.body)
                yield from self.read(node.orelse)
            elif isinstance(node, ast.Try):
                yield from self.read(node.body)
            elif isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign):
                yield from self._calls(node)

    def _with(self, node: ast.With | ast.AsyncWith) -> Iterator[Statement]:
        before = self._outside
        for item in node.items:
            call = item.context_expr
            if called(call) == "autocommit_block":
                self._outside = True
                yield Statement(_span(call), "COMMIT", (sql.Transaction("commit", _span(call)),))
            elif called(call) == "batch_alter_table" and isinstance(call, ast.Call):
                alias = item.optional_vars
                if isinstance(alias, ast.Name) and call.args:
                    self._batches[alias.id] = _table(text_of(call.args[0]), call)
        yield from self.read(node.body)
        if self._outside and not before:
            yield Statement(_span(node), "BEGIN", (sql.Transaction("begin", _span(node)),))
        self._outside = before

    def _calls(self, node: ast.stmt) -> Iterator[Statement]:
        for call in calls_in(node):
            owner, _, name = dotted(call.func).rpartition(".")
            if name == "execute":
                yield from self._execute(call)
                continue
            reader = _READERS.get(name)
            if reader is None or (owner.rpartition(".")[2] != "op" and owner not in self._batches):
                continue
            changes = reader(call, self._batches.get(owner, ""))
            if changes:
                yield Statement(_span(call), name.upper(), changes)

    def _execute(self, call: ast.Call) -> Iterator[Statement]:
        text = text_of(argument(call, 0, "sqltext"))
        if text is None:
            return
        offset = (call.args[0].lineno if call.args else call.lineno) - 1
        for statement in read_sql(_BOUND.sub("$1", text)).statements:
            yield shifted(statement, offset)


def shifted(statement: Statement, offset: int) -> Statement:
    """A statement read from text inside another file, with its lines in that file."""

    def moved(span: Span) -> Span:
        return Span(span.line + offset, span.line_end + offset)

    changes = tuple(replace(change, span=moved(change.span)) for change in statement.changes)
    return replace(statement, span=moved(statement.span), changes=changes)


def _span(node: ast.stmt | ast.expr) -> Span:
    return Span(node.lineno, node.end_lineno or node.lineno)


def _table(name: str | None, call: ast.Call, key: str = "schema") -> str:
    schema = text_of(keyword(call, key)) or "public"
    return f"{schema}.{name}".lower() if name else ""


def column(node: ast.Call) -> tuple[sql.ColumnChange, ...]:
    """`sa.Column("name", Type, …)` as a column; () when its name is computed."""
    name = text_of(argument(node, 0, "name"))
    if name is None:
        return ()
    span = _span(node)
    args = node.args[1:]
    kinds = [arg for arg in args if called(arg) not in ("ForeignKey", "Identity", "Computed", "Sequence")]
    made = {called(arg) for arg in args}
    default = keyword(node, "server_default")
    primary = flag(node, "primary_key") is True
    constraints = [
        _inline_foreign(name, arg)
        for arg in args
        if isinstance(arg, ast.Call) and called(arg) == "ForeignKey"
    ]
    if primary:
        constraints.append(Constraint(ConstraintKind.PRIMARY, "", (name.lower(),), span))
    if flag(node, "unique"):
        constraints.append(Constraint(ConstraintKind.UNIQUE, "", (name.lower(),), span))
    written = "" if default is None else ast.unparse(default)
    return (
        sql.ColumnChange(
            name=name.lower(),
            type=_type(kinds[0]) if kinds else "",
            nullable=flag(node, "nullable") is not False and not primary,
            default=written or None,
            span=Span(node.lineno, node.lineno),
            computed="identity" if "Identity" in made else "stored" if "Computed" in made else "",
            volatile=any(word in written.lower() for word in _VOLATILE_DEFAULTS),
            constraints=tuple(constraints),
        ),
    )


def _inline_foreign(name: str, node: ast.Call) -> Constraint:
    target = (text_of(node.args[0]) if node.args else None) or ""
    table, _, referenced = target.rpartition(".")
    return Constraint(
        ConstraintKind.FOREIGN,
        "",
        (name.lower(),),
        Span(node.lineno, node.lineno),
        table=(table if "." in table else f"public.{table}").lower(),
        references=(referenced.lower(),),
        on_delete=(text_of(keyword(node, "ondelete")) or "").lower(),
    )


def _type(node: ast.expr) -> str:
    name = called(node) or dotted(node).rpartition(".")[2]
    plain = _TYPE_NAMES.get(name.lower(), name.lower())
    if plain == "timestamp" and isinstance(node, ast.Call) and flag(node, "timezone"):
        return "timestamptz"
    if plain == "numeric" and isinstance(node, ast.Call):
        sizes = [item.value for item in node.args if isinstance(item, ast.Constant)]
        return f"numeric({','.join(str(size) for size in sizes)})" if sizes else plain
    if plain in ("float8", "boolean"):
        return plain
    size = argument(node, 0, "length") if isinstance(node, ast.Call) else None
    return (
        f"{plain}({size.value})" if isinstance(size, ast.Constant) and isinstance(size.value, int) else plain
    )


def _create_table(call: ast.Call, batch: str) -> tuple[Change, ...]:
    del batch
    name = text_of(argument(call, 0, "table_name"))
    if name is None:
        return ()
    columns: list[sql.ColumnChange] = []
    constraints: list[Constraint] = []
    for arg in call.args[1:]:
        if isinstance(arg, ast.Call) and called(arg) == "Column":
            columns.extend(column(arg))
        elif isinstance(arg, ast.Call):
            constraints.extend(_table_constraint(arg))
    return (sql.CreateTable(_table(name, call), _span(call), tuple(columns), tuple(constraints)),)


def _table_constraint(call: ast.Call) -> tuple[Constraint, ...]:
    span = Span(call.lineno, call.lineno)
    match called(call):
        case "PrimaryKeyConstraint":
            return (Constraint(ConstraintKind.PRIMARY, "", _plain_texts(call), span),)
        case "UniqueConstraint":
            return (Constraint(ConstraintKind.UNIQUE, _named(call), _plain_texts(call), span),)
        case "ForeignKeyConstraint":
            targets = texts_of(argument(call, 1, "refcolumns"))
            table = targets[0].rpartition(".")[0] if targets else ""
            return (
                Constraint(
                    ConstraintKind.FOREIGN,
                    _named(call),
                    texts_of(argument(call, 0, "columns")),
                    span,
                    table=(table if "." in table else f"public.{table}").lower(),
                    references=tuple(target.rpartition(".")[2] for target in targets),
                    on_delete=(text_of(keyword(call, "ondelete")) or "").lower(),
                ),
            )
        case _:
            return ()


def _plain_texts(call: ast.Call) -> tuple[str, ...]:
    return tuple(value.lower() for arg in call.args if (value := text_of(arg)) is not None)


def _named(call: ast.Call) -> str:
    return (text_of(keyword(call, "name")) or "").lower()


def _add_column(call: ast.Call, batch: str) -> tuple[Change, ...]:
    table = batch or _table(text_of(argument(call, 0, "table_name")), call)
    node = argument(call, 0 if batch else 1, "column")
    if not table or not isinstance(node, ast.Call):
        return ()
    return tuple(sql.AddColumn(table, item, _span(call)) for item in column(node))


def _drop_column(call: ast.Call, batch: str) -> tuple[Change, ...]:
    table = batch or _table(text_of(argument(call, 0, "table_name")), call)
    name = text_of(argument(call, 0 if batch else 1, "column_name"))
    return (sql.AlterColumn(table, name.lower(), "drop", _span(call)),) if table and name else ()


def _alter_column(call: ast.Call, batch: str) -> tuple[Change, ...]:
    table = batch or _table(text_of(argument(call, 0, "table_name")), call)
    name = (text_of(argument(call, 0 if batch else 1, "column_name")) or "").lower()
    if not table or not name:
        return ()
    span = _span(call)
    changes: list[Change] = []
    nullable = flag(call, "nullable")
    if nullable is not None:
        changes.append(sql.AlterColumn(table, name, "drop-not-null" if nullable else "set-not-null", span))
    kind = keyword(call, "type_")
    if kind is not None:
        before = keyword(call, "existing_type")
        old = _type(before) if before is not None else ""
        changes.append(sql.AlterColumn(table, name, "type", span, _type(kind), old))
    renamed = text_of(keyword(call, "new_column_name"))
    if renamed:
        changes.append(sql.AlterColumn(table, name, "rename", span, renamed.lower()))
    return tuple(changes)


def _create_index(call: ast.Call, batch: str) -> tuple[Change, ...]:
    name = text_of(argument(call, 0, "index_name"))
    if name is None and call.args and isinstance(call.args[0], ast.Call):
        name = text_of(call.args[0].args[0]) if call.args[0].args else ""
    table = batch or _table(text_of(argument(call, 1, "table_name")), call)
    columns = texts_of(argument(call, 1 if batch else 2, "columns"))
    concurrently = flag(call, "postgresql_concurrently") is True
    unique = flag(call, "unique") is True
    if not table:
        return ()
    return (sql.CreateIndex(table, (name or "").lower(), columns, _span(call), unique, "", concurrently),)


def _drop_index(call: ast.Call, batch: str) -> tuple[Change, ...]:
    name = text_of(argument(call, 0, "index_name")) or ""
    table = batch or _table(text_of(argument(call, 1, "table_name")), call)
    concurrently = flag(call, "postgresql_concurrently") is True
    return (sql.DropIndex(_table(name, call), _span(call), concurrently, table),)


def _foreign_key(call: ast.Call, batch: str) -> tuple[Change, ...]:
    at = 0 if batch else 1
    table = batch or _table(text_of(argument(call, 1, "source_table")), call, "source_schema")
    target = text_of(argument(call, 1 + at, "referent_table"))
    if not table:
        return ()
    constraint = Constraint(
        ConstraintKind.FOREIGN,
        (text_of(argument(call, 0, "constraint_name")) or "").lower(),
        texts_of(argument(call, 2 + at, "local_cols")),
        _span(call),
        table=_table(target, call, "referent_schema"),
        references=texts_of(argument(call, 3 + at, "remote_cols")),
        on_delete=(text_of(keyword(call, "ondelete")) or "").lower(),
        validates=flag(call, "postgresql_not_valid") is not True,
    )
    return (sql.AddConstraint(table, constraint, _span(call)),)


def _constraint(kind: ConstraintKind) -> Callable[[ast.Call, str], tuple[Change, ...]]:
    def read(call: ast.Call, batch: str) -> tuple[Change, ...]:
        table = batch or _table(text_of(argument(call, 1, "table_name")), call)
        columns = (
            () if kind is ConstraintKind.CHECK else texts_of(argument(call, 1 if batch else 2, "columns"))
        )
        name = (text_of(argument(call, 0, "constraint_name")) or "").lower()
        validates = flag(call, "postgresql_not_valid") is not True
        item = Constraint(kind, name, columns, _span(call), validates=validates)
        return (sql.AddConstraint(table, item, _span(call)),) if table else ()

    return read


def _drop_constraint(call: ast.Call, batch: str) -> tuple[Change, ...]:
    table = batch or _table(text_of(argument(call, 1, "table_name")), call)
    name = text_of(argument(call, 0, "constraint_name")) or ""
    return (sql.DropConstraint(table, name.lower(), _span(call)),) if table else ()


def _drop_table(call: ast.Call, batch: str) -> tuple[Change, ...]:
    del batch
    name = text_of(argument(call, 0, "table_name"))
    return (sql.DropRelation(_table(name, call), _span(call)),) if name else ()


def _rename_table(call: ast.Call, batch: str) -> tuple[Change, ...]:
    del batch
    old, new = text_of(argument(call, 0, "old_table_name")), text_of(argument(call, 1, "new_table_name"))
    return (sql.MoveTable(_table(old, call), _table(new, call), _span(call)),) if old and new else ()


_READERS: dict[str, Callable[[ast.Call, str], tuple[Change, ...]]] = {
    "create_table": _create_table,
    "add_column": _add_column,
    "drop_column": _drop_column,
    "alter_column": _alter_column,
    "create_index": _create_index,
    "drop_index": _drop_index,
    "create_foreign_key": _foreign_key,
    "create_unique_constraint": _constraint(ConstraintKind.UNIQUE),
    "create_check_constraint": _constraint(ConstraintKind.CHECK),
    "create_primary_key": _constraint(ConstraintKind.PRIMARY),
    "drop_constraint": _drop_constraint,
    "drop_table": _drop_table,
    "rename_table": _rename_table,
}
