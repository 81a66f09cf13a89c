"""Django migrations: what `operations` do, as the same changes that SQL files make."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from lastmile_desktop.project.models.sql import sql_changes as sql
from lastmile_desktop.project.models.sql.alembic_ops import shifted
from lastmile_desktop.project.models.sql.python_syntax import (
    argument,
    called,
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

_RELATIONS = frozenset({"ForeignKey", "OneToOneField"})
_MANY = "ManyToManyField"
_TYPES = {
    "AutoField": "integer", "BigAutoField": "bigint", "SmallAutoField": "smallint", "TextField": "text",
    "IntegerField": "integer", "PositiveIntegerField": "integer", "BigIntegerField": "bigint",
    "PositiveBigIntegerField": "bigint", "SmallIntegerField": "smallint", "DateField": "date",
    "PositiveSmallIntegerField": "smallint", "BooleanField": "boolean", "NullBooleanField": "boolean",
    "DateTimeField": "timestamptz", "UUIDField": "uuid", "JSONField": "jsonb", "FloatField": "float8",
    "GenericIPAddressField": "inet", "DurationField": "interval", "BinaryField": "bytea", "TimeField": "time",
}  # fmt: skip
_LENGTHS = {
    "CharField": 0, "EmailField": 254, "SlugField": 50, "URLField": 200, "FileField": 100, "ImageField": 100,
    "FilePathField": 100,
}  # fmt: skip


def app_of(path: str) -> str:
    """The app label of `<app>/migrations/0001_x.py`."""
    return PurePosixPath(path).parent.parent.name.lower()


def read_django(app: str, text: str) -> SqlFile:
    """The operations of a migration in order; empty for a file that is none."""
    if "migrations.Migration" not in text and "class Migration(" not in text:
        return SqlFile()
    module = parsed(text)
    if module is None:
        return SqlFile((Statement(Span(1, 1), "PYTHON", error="this migration is not valid Python"),))
    for node in module.body:
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            return SqlFile(tuple(_statements(app, node)))
    return SqlFile()


def _statements(app: str, node: ast.ClassDef) -> Iterator[Statement]:
    atomic, operations = True, None
    for item in node.body:
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            name = item.targets[0].id
            if name == "atomic" and isinstance(item.value, ast.Constant):
                atomic = bool(item.value.value)
            elif name == "operations":
                operations = item.value
    if not atomic:
        span = Span(node.lineno, node.lineno)
        yield Statement(span, "COMMIT", (sql.Transaction("commit", span),))
    if isinstance(operations, ast.List | ast.Tuple):
        for operation in operations.elts:
            if isinstance(operation, ast.Call):
                yield from _operation(app, operation)


def _operation(app: str, call: ast.Call) -> Iterator[Statement]:
    name = called(call)
    if name == "RunSQL":
        text = text_of(argument(call, 0, "sql"))
        if text is not None:
            first = argument(call, 0, "sql")
            offset = (first.lineno if first is not None else call.lineno) - 1
            yield from (shifted(statement, offset) for statement in read_sql(text).statements)
        return
    if name == "SeparateDatabaseAndState":
        inside = argument(call, 0, "database_operations")
        for operation in inside.elts if isinstance(inside, ast.List | ast.Tuple) else ():
            if isinstance(operation, ast.Call):
                yield from _operation(app, operation)
        return
    reader = _READERS.get(name)
    changes = reader(app, call) if reader is not None else ()
    if changes:
        yield Statement(_span(call), name.upper(), changes)


def _span(node: ast.expr) -> Span:
    return Span(node.lineno, node.end_lineno or node.lineno)


def _model(app: str, call: ast.Call, position: int = 0, *names: str) -> str:
    return f"public.{app}_{(text_of(argument(call, position, *(names or ('model_name',)))) or '').lower()}"


def field_column(name: str, node: ast.Call) -> sql.ColumnChange | None:
    """A model field as a column; None for one that makes no column."""
    kind = called(node)
    if kind == _MANY or not kind:
        return None
    related = kind in _RELATIONS
    column = (text_of(keyword(node, "db_column")) or (f"{name}_id" if related else name)).lower()
    constraints: list[Constraint] = []
    span = Span(node.lineno, node.lineno)
    if related:
        constraints.append(
            Constraint(
                ConstraintKind.FOREIGN,
                "",
                (column,),
                span,
                table=_target(argument(node, 0, "to")),
                references=("id",),
            )
        )
    if flag(node, "primary_key"):
        constraints.append(Constraint(ConstraintKind.PRIMARY, "", (column,), span))
    if flag(node, "unique") or kind == "OneToOneField":
        constraints.append(Constraint(ConstraintKind.UNIQUE, "", (column,), span))
    elif flag(node, "db_index") is True or (
        flag(node, "db_index") is not False and (related or kind == "SlugField")
    ):
        constraints.append(Constraint(ConstraintKind.INDEX, "", (column,), span))
    default = keyword(node, "db_default")
    return sql.ColumnChange(
        name=column,
        type="integer" if related else _type(kind, node),
        nullable=flag(node, "null") is True,
        default=None if default is None else ast.unparse(default),
        span=span,
        computed="stored" if kind == "GeneratedField" else "serial" if "Auto" in kind else "",
        constraints=tuple(constraints),
    )


def _type(kind: str, node: ast.Call) -> str:
    """What Postgres calls the field's type."""
    if kind in _LENGTHS:
        size = _number(node, "max_length") or _LENGTHS[kind]
        return f"varchar({size})" if size else "varchar"
    if kind == "DecimalField":
        return f"numeric({_number(node, 'max_digits')},{_number(node, 'decimal_places')})"
    return _TYPES.get(kind, kind.removesuffix("Field").lower())


def _number(node: ast.Call, name: str) -> int:
    value = keyword(node, name)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, int) else 0


def _target(node: ast.expr | None) -> str:
    """The table of a related model, as far as its name tells."""
    name = text_of(node)
    if name is None:
        return "public.auth_user" if node is not None and "AUTH_USER" in ast.unparse(node) else ""
    return f"public.{name.lower().replace('.', '_')}"


def _create_model(app: str, call: ast.Call) -> tuple[Change, ...]:
    options = keyword(call, "options")
    table = _model(app, call, 0, "name")
    if isinstance(options, ast.Dict):
        for key, value in zip(options.keys, options.values, strict=True):
            if text_of(key) == "db_table" and (own := text_of(value)):
                table = f"public.{own}".lower()
            elif text_of(key) == "proxy" or (text_of(key) == "managed" and ast.unparse(value) == "False"):
                return ()
    columns: list[sql.ColumnChange] = []
    fields = argument(call, 1, "fields")
    for item in fields.elts if isinstance(fields, ast.List | ast.Tuple) else ():
        if isinstance(item, ast.Tuple) and len(item.elts) == 2 and isinstance(item.elts[1], ast.Call):
            made = field_column(text_of(item.elts[0]) or "", item.elts[1])
            columns.extend([made] if made else [])
    return (sql.CreateTable(table, _span(call), tuple(columns)),)


def _add_field(app: str, call: ast.Call) -> tuple[Change, ...]:
    node = argument(call, 2, "field")
    if not isinstance(node, ast.Call):
        return ()
    made = field_column(text_of(argument(call, 1, "name")) or "", node)
    return (sql.AddColumn(_model(app, call), made, _span(call)),) if made else ()


def _alter_field(app: str, call: ast.Call) -> tuple[Change, ...]:
    node = argument(call, 2, "field")
    made = (
        field_column(text_of(argument(call, 1, "name")) or "", node) if isinstance(node, ast.Call) else None
    )
    if made is None:
        return ()
    # The earlier definition decides what really changes: the lock rules compare with the folded column.
    what = "drop-not-null" if made.nullable else "set-not-null"
    table, span = _model(app, call), _span(call)
    # An index has nothing to prove about the rows, and the field may have had it before.
    kept = tuple(
        sql.AddConstraint(table, replace(item, validates=item.kind is ConstraintKind.UNIQUE), span)
        for item in made.constraints
        if item.kind in (ConstraintKind.UNIQUE, ConstraintKind.INDEX)
    )
    return (
        sql.AlterColumn(table, made.name, what, span),
        sql.AlterColumn(table, made.name, "type", span, made.type),
        sql.DropConstraint(table, f"{ConstraintKind.INDEX}:{made.name}", span),
        *kept,
    )


def _remove_field(app: str, call: ast.Call) -> tuple[Change, ...]:
    return (sql.AlterColumn(_model(app, call), _field_name(call), "drop", _span(call)),)


def _rename_field(app: str, call: ast.Call) -> tuple[Change, ...]:
    new = (text_of(argument(call, 2, "new_name")) or "").lower()
    return (sql.AlterColumn(_model(app, call), _field_name(call, "old_name"), "rename", _span(call), new),)


def _field_name(call: ast.Call, key: str = "name") -> str:
    return (text_of(argument(call, 1, key)) or "").lower()


def _add_index(app: str, call: ast.Call) -> tuple[Change, ...]:
    index = argument(call, 1, "index")
    if not isinstance(index, ast.Call):
        return ()
    columns = tuple(name.lstrip("-") for name in texts_of(keyword(index, "fields")))
    name = (text_of(keyword(index, "name")) or "").lower()
    concurrently = called(call) == "AddIndexConcurrently"
    condition = keyword(index, "condition")
    where = ast.unparse(condition) if condition is not None else ""
    return (sql.CreateIndex(_model(app, call), name, columns, _span(call), False, where, concurrently),)


def _remove_index(app: str, call: ast.Call) -> tuple[Change, ...]:
    name = (text_of(argument(call, 1, "name")) or "").lower()
    concurrently = called(call) == "RemoveIndexConcurrently"
    return (sql.DropIndex(f"public.{name}", _span(call), concurrently, _model(app, call)),)


def _add_constraint(app: str, call: ast.Call) -> tuple[Change, ...]:
    node = argument(call, 1, "constraint")
    if not isinstance(node, ast.Call):
        return ()
    kind = ConstraintKind.UNIQUE if called(node) == "UniqueConstraint" else ConstraintKind.CHECK
    item = Constraint(
        kind,
        (text_of(keyword(node, "name")) or "").lower(),
        texts_of(keyword(node, "fields")),
        _span(call),
        validates=called(call) != "AddConstraintNotValid",
    )
    return (sql.AddConstraint(_model(app, call), item, _span(call)),)


def _unique_together(app: str, call: ast.Call) -> tuple[Change, ...]:
    sets = argument(call, 1, "unique_together", "index_together")
    elements = sets.elts if isinstance(sets, ast.Set | ast.Tuple | ast.List) else []
    kind = called(call)
    changes: list[Change] = []
    for element in elements:
        columns = texts_of(element)
        if kind == "AlterIndexTogether":
            changes.append(sql.CreateIndex(_model(app, call, 0, "name"), "", columns, _span(call)))
        else:
            item = Constraint(ConstraintKind.UNIQUE, "", columns, _span(call))
            changes.append(sql.AddConstraint(_model(app, call, 0, "name"), item, _span(call)))
    return tuple(changes)


def _delete_model(app: str, call: ast.Call) -> tuple[Change, ...]:
    return (sql.DropRelation(_model(app, call, 0, "name"), _span(call)),)


def _rename_model(app: str, call: ast.Call) -> tuple[Change, ...]:
    old, new = _model(app, call, 0, "old_name"), _model(app, call, 1, "new_name")
    return (sql.MoveTable(old, new, _span(call)),)


_READERS: dict[str, Callable[[str, ast.Call], tuple[Change, ...]]] = {
    "CreateModel": _create_model,
    "AddField": _add_field,
    "AlterField": _alter_field,
    "RemoveField": _remove_field,
    "RenameField": _rename_field,
    "AddIndex": _add_index,
    "AddIndexConcurrently": _add_index,
    "RemoveIndex": _remove_index,
    "RemoveIndexConcurrently": _remove_index,
    "AddConstraint": _add_constraint,
    "AddConstraintNotValid": _add_constraint,
    "AlterUniqueTogether": _unique_together,
    "AlterIndexTogether": _unique_together,
    "DeleteModel": _delete_model,
    "RenameModel": _rename_model,
}
