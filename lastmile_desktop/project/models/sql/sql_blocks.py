"""`DO` blocks: the SQL inside them, and the SQL text they put together and EXECUTE.

Control flow is not followed: every statement is taken to run. Loops over a list of names, or over the
catalogue's own list of tables, policies or functions, are unrolled where the list can be read. Where it cannot,
policies that a loop drops and rights that it takes back are unsure, neither there nor gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lastmile_desktop.project.models.sql.sql_changes import Change, DropPolicy, ForEachTable, Privileges
from lastmile_desktop.project.models.sql.sql_loops import LITERAL, Loop, Over, literals, read_loop
from lastmile_desktop.project.models.sql.sql_nodes import Source
from lastmile_desktop.project.models.sql.sql_split import SqlStatement, split
from lastmile_desktop.project.models.sql.sql_templates import PLACEHOLDER, for_table

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
_DROP_POLICY = re.compile(r"\bDROP\s+POLICY\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*")
_BLOCK_CAP = 200_000


def read_block(source: Source, attempt: Attempt) -> tuple[Change, ...]:
    """The changes a block makes, as far as its SQL is literal."""
    if len(source.text) > _BLOCK_CAP:
        return ()
    return _Block(source, attempt).read()


class _Block:
    def __init__(self, source: Source, attempt: Attempt) -> None:
        self._source = source
        self._attempt = attempt
        declared = _DECLARED.findall(_COMMENT.sub(" ", source.text))
        self._lists = {name.lower(): literals(text) for name, text in declared}
        self._loops: list[Loop] = []
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
            self._loops.append(read_loop(loop.group(1), loop.group(2), self._lists, self._loops))
            line += text.count("\n", 0, loop.end())
            text = text[loop.end() :]
        if _END_LOOP.match(text) and self._loops:
            self._loops.pop()
        elif assigned := _ASSIGNED.match(text):
            self._lists[assigned.group(1).lower()] = literals(assigned.group(2))
        elif _STATEMENT.match(text):
            self._statement(Source(text, line, self._source.schema))

    def _statement(self, source: Source) -> None:
        if source.text[:7].upper() != "EXECUTE":
            self._changes.extend(self._attempt(source))
            return
        loop = self._loops[-1] if self._loops else None
        text = source.text[7:].strip()
        sql = _dynamic(text)
        changes: tuple[Change, ...] = ()
        if sql is not None:
            changes = self._attempt(replace(source, text=sql + "\n" * source.text.count("\n")))
        if loop is not None and loop.over is Over.POLICIES and _DROP_POLICY.search(text):
            self._drop_policies(loop, changes, source)
        elif sql is not None and PLACEHOLDER in sql:
            self._each(loop, changes, source)
        else:
            self._changes.extend(changes)

    def _each(self, loop: Loop | None, changes: tuple[Change, ...], source: Source) -> None:
        rights = [item for item in changes if isinstance(item, Privileges) and item.kind == "function"]
        if rights:
            for item in rights:
                self._function_rights(item)
            return
        if loop is None or not loop.readable or loop.over in (Over.POLICIES, Over.FUNCTIONS):
            return
        if loop.names is None:
            self._changes.append(ForEachTable(loop.schema, loop.excluded, changes, source.span))
            return
        for name in loop.names:
            table = name if "." in name else f"{loop.schema}.{name}"
            self._changes.extend(for_table(change, table.lower()) for change in changes)

    def _function_rights(self, change: Privileges) -> None:
        """Rights to execute functions that the innermost loop names, or roles that it names."""
        loops = list(self._loops)
        if PLACEHOLDER in change.roles:
            roles = loops.pop() if loops else None
            if roles is None or roles.over is not Over.NAMES or not roles.readable:
                return
            named = tuple(role for role in change.roles if role != PLACEHOLDER)
            change = replace(change, roles=(*named, *(name.lower() for name in roles.names or ())))
        if not any(name.endswith(PLACEHOLDER) for name in change.objects):
            self._changes.append(change)
            return
        loop = loops[-1] if loops else None
        sure = loop is not None and loop.sure
        if change.granted and not sure:
            return
        if loop is not None and loop.names and loop.readable and loop.over is not Over.POLICIES:
            for name in loop.names:
                bare = name.partition("(")[0].replace('"', "").strip().lower()
                function = bare if "." in bare else f"{loop.schema}.{bare}"
                self._changes.append(for_table(replace(change, sure=sure), function))
        elif not change.granted:
            owner = change.objects[0].partition(".")[0]
            schema = loop.schema if loop else "public" if owner == PLACEHOLDER else owner
            excluded = loop.excluded if loop else frozenset[str]()
            self._changes.append(
                replace(change, objects=(), schemas=(schema,), excluded=excluded, sure=False)
            )

    def _drop_policies(self, loop: Loop, changes: tuple[Change, ...], source: Source) -> None:
        """The policies a loop drops: of the table that its statement names, or else of those its query names."""
        fixed = [item.table for item in changes if isinstance(item, DropPolicy)]
        if fixed and not any(PLACEHOLDER in name for name in fixed):
            tables = tuple(fixed)
        elif loop.names is None:
            tables = ("",)
        else:
            tables = tuple(f"{loop.schema}.{name}".lower() for name in loop.names)
        for table in tables:
            for policy in loop.policies or ("",):
                self._changes.append(
                    DropPolicy(
                        table, policy, source.span, loop.schema, loop.excluded, loop.commands, loop.sure
                    )
                )


def _dynamic(text: str) -> str | None:
    """The SQL text that an EXECUTE runs, with each inserted name replaced by the placeholder; None when it
    is not put together from literals."""
    if _FORMAT.match(text):
        literal = LITERAL.search(text)
        return _HOLE.sub(PLACEHOLDER, _value(literal)).replace("%%", "%") if literal else None
    pieces = list(LITERAL.finditer(text))
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
