"""Tables from `schema.prisma`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.sql.sql_changes import (
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

_MODEL = re.compile(r"^model\s+(\w+)\s*\{\s*$(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^[ \t]*(\w+)[ \t]+(\w+)(\[\])?(\?)?[ \t]*([^\n]*)$")
_MAP = re.compile(r"@map\(\s*(?:name:\s*)?\"([^\"]{1,63})\"")
_TABLE_MAP = re.compile(r"@@map\(\s*(?:name:\s*)?\"([^\"]{1,63})\"")
_TABLE_SCHEMA = re.compile(r"@@schema\(\s*\"([^\"]{1,63})\"")
_BLOCK_INDEX = re.compile(r"@@(index|unique|id)\(\s*(?:fields:\s*)?\[([^\]]{0,500})\]")
_RELATION = re.compile(r"@relation\(([^\n]{0,500})")
_FIELDS = re.compile(r"fields:\s*\[([^\]]{0,300})\]")
_REFERENCES = re.compile(r"references:\s*\[([^\]]{0,300})\]")
_ON_DELETE = re.compile(r"onDelete:\s*(\w+)")
_DEFAULT = re.compile(r"@default\(([^\n]{0,200}?)\)(?:\s|$)")
_ACTIONS = {"cascade": "cascade", "setnull": "set null", "restrict": "restrict", "noaction": "no action"}


def read_prisma(text: str) -> SqlFile:
    """One CREATE TABLE a model. Never raises."""
    blocks = [
        (match.group(1), match.group(2), line_at(text, match.start())) for match in _MODEL.finditer(text)
    ]
    names = {name: _table_name(name, body) for name, body, _ in blocks}
    statements = [_statement(body, line, names[name], names) for name, body, line in blocks]
    return SqlFile(tuple(statements))


def _table_name(model: str, body: str) -> str:
    mapped, schema = _TABLE_MAP.search(body), _TABLE_SCHEMA.search(body)
    return f"{schema.group(1) if schema else 'public'}.{mapped.group(1) if mapped else model}".lower()


def _statement(body: str, line: int, table: str, names: dict[str, str]) -> Statement:
    span = Span(line, line + body.count("\n"))
    rows = [
        (number, match) for number, row in enumerate(body.split("\n"), line) if (match := _FIELD.match(row))
    ]
    columns_of = {match.group(1): _column_name(match) for _, match in rows}
    columns = [_column(number, match) for number, match in rows if match.group(2) not in names]
    constraints: list[Constraint] = []
    for number, match in rows:
        if match.group(2) in names and (relation := _RELATION.search(match.group(5))):
            constraints.extend(_foreign(relation.group(1), names[match.group(2)], columns_of, number))
    changes: list[Change] = [CreateTable(table, span, tuple(columns), tuple(constraints))]
    changes.extend(_block_indexes(body, line, table, columns_of))
    return Statement(span, "MODEL", tuple(changes))


def _column_name(match: re.Match[str]) -> str:
    mapped = _MAP.search(match.group(5))
    return (mapped.group(1) if mapped else match.group(1)).lower()


def _column(number: int, match: re.Match[str]) -> ColumnChange:
    name, attributes, span = _column_name(match), match.group(5), Span(number, number)
    default = _DEFAULT.search(attributes)
    constraints: list[Constraint] = []
    if re.search(r"@id\b", attributes):
        constraints.append(Constraint(ConstraintKind.PRIMARY, "", (name,), span))
    if re.search(r"@unique\b", attributes):
        constraints.append(Constraint(ConstraintKind.UNIQUE, "", (name,), span))
    return ColumnChange(
        name=name,
        type=match.group(2).lower() + (match.group(3) or ""),
        nullable=bool(match.group(4)),
        default=default.group(1) if default else None,
        span=span,
        constraints=tuple(constraints),
    )


def _names(text: str, columns_of: dict[str, str]) -> tuple[str, ...]:
    words = (re.match(r"\s*(\w+)", part) for part in text.split(","))
    return tuple(columns_of.get(word.group(1), word.group(1).lower()) for word in words if word)


def _foreign(text: str, target: str, columns_of: dict[str, str], number: int) -> Iterable[Constraint]:
    fields, references, action = _FIELDS.search(text), _REFERENCES.search(text), _ON_DELETE.search(text)
    if fields is None:
        return ()
    return (
        Constraint(
            ConstraintKind.FOREIGN,
            "",
            _names(fields.group(1), columns_of),
            Span(number, number),
            table=target,
            references=_names(references.group(1), {}) if references else ("id",),
            on_delete=_ACTIONS.get(action.group(1).lower(), "") if action else "",
        ),
    )


def _block_indexes(body: str, line: int, table: str, columns_of: dict[str, str]) -> Iterable[Change]:
    for match in _BLOCK_INDEX.finditer(body):
        at = line + body.count("\n", 0, match.start())
        columns = _names(match.group(2), columns_of)
        yield CreateIndex(
            table, f"{match.group(1)}:{','.join(columns)}", columns, Span(at, at), match.group(1) != "index"
        )
