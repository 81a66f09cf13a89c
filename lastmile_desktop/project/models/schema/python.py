"""Tables from SQLAlchemy, SQLModel, Flask-SQLAlchemy and Django model classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lastmile_desktop.project.models.sql.alembic_ops import column as alembic_column
from lastmile_desktop.project.models.sql.django_ops import field_column
from lastmile_desktop.project.models.sql.python_syntax import called, dotted, flag, keyword, parsed, text_of
from lastmile_desktop.project.models.sql.sql_changes import (
    AddConstraint,
    Change,
    ColumnChange,
    Constraint,
    ConstraintKind,
    CreateIndex,
    CreateTable,
    Span,
    SqlFile,
    Statement,
)

_MARKS = re.compile(r"\b(?:__tablename__|mapped_column|SQLModel|db\.Model|models\.Model)\b")
# Its models are called like Django's.
_OTHER = re.compile(r"^(?:from|import)\s+tortoise\b", re.MULTILINE)
_NO_COLUMNS = frozenset({
    "Relationship", "relationship", "association_proxy", "column_property", "synonym", "composite", "query_expression",
})  # fmt: skip
_COLUMN_MAKERS = frozenset({"Column", "mapped_column", "Field"})
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OPTIONAL = re.compile(r"\bOptional\[|\bNone\b")


def reads_models(text: str) -> bool:
    return bool(_MARKS.search(text)) and not _OTHER.search(text)


def read_models(app: str, text: str) -> SqlFile:
    """One CREATE TABLE a model class; `app` is Django's label for models in this file."""
    if not reads_models(text):
        return SqlFile()
    module = parsed(text)
    if module is None:
        return SqlFile()
    found: list[Statement] = []
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            found.extend(_class(app, node))
    return SqlFile(tuple(found))


def _class(app: str, node: ast.ClassDef) -> Iterator[Statement]:
    bases = [dotted(base) for base in node.bases]
    if any(
        base in ("models.Model", "AbstractUser", "AbstractBaseUser") or base.endswith("TimeStampedModel")
        for base in bases
    ):
        yield from _django(app, node)
        return
    is_table = any(item.arg == "table" and ast.unparse(item.value) == "True" for item in node.keywords)
    name = _tablename(node)
    if name is None and (is_table or "db.Model" in bases):
        name = node.name.lower() if is_table else _SNAKE.sub("_", node.name).lower()
    if name is None:
        return
    changes = list(_columns(node))
    if not changes and _is_a_kind_of_another(node):
        return
    span = Span(node.lineno, node.end_lineno or node.lineno)
    table = f"public.{name}".lower()
    indexes: list[Change] = [
        CreateIndex(table, f"index:{item.name}", (item.name,), item.span)
        for item, indexed in changes
        if indexed
    ]
    create = CreateTable(table, span, tuple(item for item, _ in changes))
    yield Statement(span, "MODEL", (create, *indexes, *_table_args(table, node)))


def _is_a_kind_of_another(node: ast.ClassDef) -> bool:
    """Whether its rows stand in the table of the class it comes from, told apart by a column there."""
    return any(
        isinstance(item, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "__mapper_args__" for target in item.targets)
        and "polymorphic_identity" in ast.unparse(item.value)
        for item in node.body
    )


def _table_args(table: str, node: ast.ClassDef) -> Iterator[Change]:
    """Keys, indexes and rules over several columns."""
    for item in node.body:
        target = item.targets[0] if isinstance(item, ast.Assign) else None
        if not isinstance(target, ast.Name) or target.id != "__table_args__":
            continue
        for call in ast.walk(item):
            if isinstance(call, ast.Call):
                span = Span(call.lineno, call.lineno)
                columns = tuple(name.lower() for name in map(text_of, call.args) if name)
                match called(call):
                    case "UniqueConstraint":
                        yield CreateIndex(table, f"unique:{','.join(columns)}", columns, span, True)
                    case "PrimaryKeyConstraint":
                        primary = Constraint(ConstraintKind.PRIMARY, "", columns, span)
                        yield AddConstraint(table, primary, span)
                    case "Index":
                        unique = flag(call, "unique") is True
                        yield CreateIndex(table, columns[0] if columns else "", columns[1:], span, unique)
                    case "CheckConstraint":
                        check = Constraint(
                            ConstraintKind.CHECK, "", (), span, expression=columns[0] if columns else ""
                        )
                        yield AddConstraint(table, check, span)
                    case _:
                        pass


def _tablename(node: ast.ClassDef) -> str | None:
    for item in node.body:
        target = (
            item.targets[0]
            if isinstance(item, ast.Assign)
            else item.target
            if isinstance(item, ast.AnnAssign)
            else None
        )
        if (
            isinstance(item, ast.Assign | ast.AnnAssign)
            and isinstance(target, ast.Name)
            and target.id == "__tablename__"
        ):
            return text_of(item.value)
    return None


def _columns(node: ast.ClassDef) -> Iterator[tuple[ColumnChange, bool]]:
    """Each column, and whether it is indexed."""
    for item in node.body:
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            name, value, annotation = item.targets[0].id, item.value, ""
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            name, value, annotation = item.target.id, item.value, ast.unparse(item.annotation)
        else:
            continue
        if isinstance(value, ast.Call) and called(value) in _COLUMN_MAKERS:
            yield _column(name, value, annotation), flag(value, "index") is True
        elif (
            annotation
            and not name.startswith("_")
            and called(value) not in _NO_COLUMNS
            and "AssociationProxy" not in annotation
            and "ClassVar" not in annotation
        ):
            nullable = bool(_OPTIONAL.search(annotation))
            yield (
                ColumnChange(
                    name.lower(), annotation.lower(), nullable, None, Span(item.lineno, item.lineno)
                ),
                False,
            )


def _column(name: str, call: ast.Call, annotation: str) -> ColumnChange:
    own = text_of(call.args[0]) if call.args else None
    if own is None:
        # Columns named by their attribute read like those of a migration once the name stands first.
        named = ast.Call(func=call.func, args=[ast.Constant(value=name), *call.args], keywords=call.keywords)
        ast.copy_location(named, call)
    else:
        named = call
    made = alembic_column(named)[0]
    constraints = list(made.constraints)
    target = text_of(keyword(call, "foreign_key"))
    if target:
        table, _, referenced = target.rpartition(".")
        constraints.append(
            Constraint(
                ConstraintKind.FOREIGN,
                "",
                (made.name,),
                made.span,
                table=f"public.{table}".lower(),
                references=(referenced,),
            )
        )
    return ColumnChange(
        name=made.name,
        type=made.type or annotation.lower(),
        nullable=made.nullable and (not annotation or bool(_OPTIONAL.search(annotation))),
        default=made.default,
        span=made.span,
        constraints=tuple(constraints),
    )


def _django(app: str, node: ast.ClassDef) -> Iterator[Statement]:
    table = f"public.{app}_{node.name}".lower()
    columns: list[ColumnChange] = []
    for item in node.body:
        if isinstance(item, ast.ClassDef) and item.name == "Meta":
            options = {
                target.id: entry.value
                for entry in item.body
                if isinstance(entry, ast.Assign) and isinstance(target := entry.targets[0], ast.Name)
            }
            if text_of(options.get("db_table")):
                table = f"public.{text_of(options['db_table'])}".lower()
            if "abstract" in options and ast.unparse(options["abstract"]) == "True":
                return
        elif (
            isinstance(item, ast.Assign)
            and isinstance(item.targets[0], ast.Name)
            and isinstance(item.value, ast.Call)
        ) and called(item.value).endswith(("Field", "ForeignKey")):
            made = field_column(item.targets[0].id, item.value)
            columns.extend([made] if made else [])
    span = Span(node.lineno, node.end_lineno or node.lineno)
    yield Statement(span, "MODEL", (CreateTable(table, span, tuple(columns)),))
