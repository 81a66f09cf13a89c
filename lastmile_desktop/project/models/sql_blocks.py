"""`DO` blocks: the SQL inside them, and the SQL text they put together and EXECUTE.

Control flow is not followed: every statement is taken to run. Loops over a list of tables, or over the
catalogue's own list of tables or policies, are unrolled where the list can be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from lastmile_desktop.project.models.sql_changes import Change, DropPolicy, ForEachTable
from lastmile_desktop.project.models.sql_nodes import Source
from lastmile_desktop.project.models.sql_split import SqlStatement, split
from lastmile_desktop.project.models.sql_templates import PLACEHOLDER, for_table

Attempt = Callable[[Source], tuple[Change, ...]]

_STARTS = re.compile(
    r"\A(?:\s|--[^\n]*\n"
    r"|BEGIN\b|DECLARE\b|ELSE\b|LOOP\b|IF\b.{0,4000}?\bTHEN\b|ELSIF\b.{0,4000}?\bTHEN\b"
    r"|EXCEPTION\b|WHEN\b.{0,400}?\bTHEN\b|<<\w{1,63}>>)+",
    re.IGNORECASE | re.DOTALL,
)
_LOOP = re.compile(
    r"\A(?:FOREACH|FOR)\s+(\w{1,63})\s+IN\s+(?:ARRAY\s+)?(.{1,6000}?)\bLOOP\b", re.IGNORECASE | re.DOTALL
)
_END_LOOP = re.compile(r"\AEND\s+LOOP\b", re.IGNORECASE)
_STATEMENT = re.compile(
    r"\A(?:CREATE|ALTER|DROP|GRANT|REVOKE|INSERT|UPDATE|DELETE|EXECUTE|SET|REINDEX|CLUSTER)\b", re.IGNORECASE
)
_LITERAL = re.compile(r"'((?:[^']|'')*+)'|\$(\w{0,63})\$(.{0,20000}?)\$\2\$", re.DOTALL)
_FORMAT = re.compile(r"\A\s*format\s*\(", re.IGNORECASE)
_HOLE = re.compile(r"%(?:\d+\$)?[ILs]")
_DECLARED = re.compile(
    r"\b(\w{1,63})\s+(?:CONSTANT\s+)?(?:text|varchar|name|character\s+varying)\s*(?:\[\s*\]|\s+ARRAY)\s*(?::=|=|DEFAULT)\s*"
    r"(.{0,6000}?);",
    re.IGNORECASE | re.DOTALL,
)
_ASSIGNED = re.compile(
    r"\A(\w{1,63})\s*(?::=|=)\s*(ARRAY\s*\[.{0,6000}|'\{.{0,6000})", re.IGNORECASE | re.DOTALL
)
_WORD = re.compile(r"\A\w{1,63}\Z")
_SCHEMA_FILTER = re.compile(
    r"\b(?:schemaname|table_schema|nspname)\s*(?:=|IN\s*\()\s*'(\w{1,63})'", re.IGNORECASE
)
_TABLE_FILTER = re.compile(
    r"\b(?:tablename|table_name|relname)\s*(NOT\s+IN|IN|=\s*ANY|=|<>|!=)\s*(\([^)]{0,4000}\)+|'[^']{0,100}'|\w{1,63})",
    re.IGNORECASE,
)
_OVER_TABLES = re.compile(r"\b(?:pg_tables|information_schema\.tables|pg_class)\b", re.IGNORECASE)
_OVER_POLICIES = re.compile(r"\bpg_policies\b|\bpg_policy\b", re.IGNORECASE)
_DROP_POLICY = re.compile(r"\bDROP\s+POLICY\b", re.IGNORECASE)
_BLOCK_CAP = 200_000


@dataclass(frozen=True, slots=True)
class _Loop:
    """What the loop variable runs over: literal `names`, or all tables of `schema` but `excluded` (None
    names)."""

    variable: str
    names: tuple[str, ...] | None
    schema: str = "public"
    excluded: frozenset[str] = frozenset()
    over_policies: bool = False
    readable: bool = True


def read_block(source: Source, attempt: Attempt) -> tuple[Change, ...]:
    """The changes a block makes, as far as its SQL is literal."""
    if len(source.text) > _BLOCK_CAP:
        return ()
    return _Block(source, attempt).read()


class _Block:
    def __init__(self, source: Source, attempt: Attempt) -> None:
        self._source = source
        self._attempt = attempt
        self._lists = {name.lower(): _literals(text) for name, text in _DECLARED.findall(source.text)}
        self._loops: list[_Loop] = []
        self._changes: list[Change] = []

    def read(self) -> tuple[Change, ...]:
        for piece in split(self._source.text):
            self._piece(piece)
        return tuple(self._changes)

    def _piece(self, piece: SqlStatement) -> None:
        text, line = piece.text, self._source.line + piece.line - 1
        while True:
            start = _STARTS.match(text)
            if start:
                line += text.count("\n", 0, start.end())
                text = text[start.end() :]
            loop = _LOOP.match(text)
            if loop is None:
                break
            self._loops.append(self._loop(loop.group(1), loop.group(2)))
            line += text.count("\n", 0, loop.end())
            text = text[loop.end() :]
        if _END_LOOP.match(text) and self._loops:
            self._loops.pop()
        elif assigned := _ASSIGNED.match(text):
            self._lists[assigned.group(1).lower()] = _literals(assigned.group(2))
        elif _STATEMENT.match(text):
            self._statement(Source(text, line, self._source.schema))

    def _statement(self, source: Source) -> None:
        if source.text[:7].upper() != "EXECUTE":
            self._changes.extend(self._attempt(source))
            return
        loop = self._loops[-1] if self._loops else None
        text = source.text[7:].strip()
        if loop is not None and loop.over_policies and _DROP_POLICY.search(text):
            self._drop_policies(loop, source)
            return
        sql = _dynamic(text)
        if sql is None:
            return
        changes = self._attempt(replace(source, text=sql + "\n" * source.text.count("\n")))
        if PLACEHOLDER in sql:
            self._each(loop, changes, source)
        else:
            self._changes.extend(changes)

    def _each(self, loop: _Loop | None, changes: tuple[Change, ...], source: Source) -> None:
        if loop is None or not loop.readable or loop.over_policies:
            return
        if loop.names is None:
            self._changes.append(ForEachTable(loop.schema, loop.excluded, changes, source.span))
            return
        for name in loop.names:
            table = name if "." in name else f"{loop.schema}.{name}"
            self._changes.extend(for_table(change, table.lower()) for change in changes)

    def _drop_policies(self, loop: _Loop, source: Source) -> None:
        if loop.names is None:
            self._changes.append(DropPolicy("", "", source.span, loop.schema))
            return
        for name in loop.names:
            self._changes.append(DropPolicy(f"{loop.schema}.{name}".lower(), "", source.span))

    def _loop(self, variable: str, over: str) -> _Loop:
        over = over.strip()
        schema = _SCHEMA_FILTER.search(over)
        in_schema = schema.group(1).lower() if schema else "public"
        if _WORD.match(over):
            names = self._lists.get(over.lower())
            return _Loop(variable, names or (), in_schema, readable=bool(names))
        catalogue = _OVER_TABLES.search(over) or _OVER_POLICIES.search(over)
        if catalogue is None:
            names = _literals(over)
            return _Loop(variable, names, in_schema, readable=bool(names))
        names, excluded = self._filter(over)
        return _Loop(variable, names, in_schema, excluded, over_policies=bool(_OVER_POLICIES.search(over)))

    def _filter(self, over: str) -> tuple[tuple[str, ...] | None, frozenset[str]]:
        names: tuple[str, ...] | None = None
        excluded: frozenset[str] = frozenset()
        for operator, operand in _TABLE_FILTER.findall(over):
            found = _literals(operand) or self._lists.get(operand.strip("() ").lower(), ())
            if operator.upper().startswith("NOT") or operator in ("<>", "!="):
                excluded |= frozenset(found)
            elif found:
                names = found
        return names, excluded


def _literals(text: str) -> tuple[str, ...]:
    """The string literals in a piece of SQL; `'{a,b}'` is an array of its own."""
    found: list[str] = []
    for quoted, _, dollar in _LITERAL.findall(text):
        value = (quoted or dollar).replace("''", "'")
        if value.startswith("{") and value.endswith("}"):
            found.extend(part.strip(' "') for part in value[1:-1].split(","))
        else:
            found.append(value)
    return tuple(name for name in found if name)


def _dynamic(text: str) -> str | None:
    """The SQL text that an EXECUTE runs, with each inserted name replaced by the placeholder; None when it
    is not put together from literals."""
    if _FORMAT.match(text):
        literal = _LITERAL.search(text)
        return _HOLE.sub(PLACEHOLDER, _value(literal)).replace("%%", "%") if literal else None
    pieces = list(_LITERAL.finditer(text))
    if not pieces or text[: pieces[0].start()].strip():
        return None
    sql, end = "", 0
    for piece in pieces:
        between = text[end : piece.start()]
        sql += (PLACEHOLDER if end and _names_something(between) else "") + _value(piece)
        end = piece.end()
    return sql + (PLACEHOLDER if _names_something(text[end:]) else "")


def _names_something(between: str) -> bool:
    inserted = between.replace("||", " ").strip()
    return bool(inserted) and not inserted.upper().startswith(("USING", "INTO"))


def _value(literal: re.Match[str]) -> str:
    quoted, _, dollar = literal.groups()
    return quoted.replace("''", "'") if quoted is not None else str(dollar or "")
