"""Tables from Drizzle's `pgTable(...)` definitions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lastmile_desktop.project.code.outline import Call, Do, Outline, Value, calls_within
from lastmile_desktop.project.models.sql.sql_changes import (
    AddConstraint,
    Change,
    ColumnChange,
    Constraint,
    ConstraintKind,
    CreateIndex,
    CreateTable,
    RowSecurity,
    Span,
    SqlFile,
    Statement,
)

_TABLE_MAKERS = {"pgTable": "postgres", "mysqlTable": "mysql", "sqliteTable": "sqlite"}
_REFERENCE = re.compile(r"=>\s*\(?\s*(\w{1,80})\.(\w{1,80})")
_MEMBER = re.compile(r"\w+\.(\w+)")
_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_drizzle(outline: Outline) -> bool:
    """Whether the file defines tables with Drizzle."""
    return any(
        item.module.startswith("drizzle-orm") and item.module.endswith("-core") for item in outline.imports
    )


def read_drizzle(outline: Outline) -> SqlFile:
    """One CREATE TABLE a table constant, with the names that other tables refer to resolved in the same
    file."""
    tables = dict(_tables(outline))
    names = {constant: name for constant, (name, _, _) in tables.items()}
    dialect = next((made for _, _, made in tables.values()), "postgres")
    statements = tuple(_statement(name, call, names, outline) for name, call, _ in tables.values())
    return SqlFile(statements, dialect)


def _tables(outline: Outline) -> Iterator[tuple[str, tuple[str, Call, str]]]:
    for step in outline.top:
        if isinstance(step, Do) and step.targets and step.value is not None and step.value.calls:
            call = step.value.calls[0]
            maker = call.links[0].name or call.root if call.links else call.root
            if maker == "table" or maker in _TABLE_MAKERS:
                args = next((link.args for link in call.links if link.args is not None), ())
                if args and args[0].literal:
                    schema = "public"
                    name = f"{schema}.{args[0].literal}".lower()
                    yield step.targets[0], (name, call, _TABLE_MAKERS.get(maker, "postgres"))


def _statement(table: str, call: Call, names: dict[str, str], outline: Outline) -> Statement:
    args = next((link.args for link in call.links if link.args is not None), None) or ()
    columns = [_column(key, value, names) for key, value in (args[1].entries if len(args) > 1 else ())]
    span = Span(call.span.line, call.span.line_end)
    known = [column for column in columns if column is not None]
    columns_of = (
        {key: column.name for (key, _), column in zip(args[1].entries, columns, strict=True) if column}
        if (len(args) > 1)
        else {}
    )
    changes: list[Change] = [CreateTable(table, span, tuple(known))]
    if len(args) > 2:
        changes.extend(_extras(table, _calls_in(args[2], outline), columns_of))
    if any(link.name == "enableRLS" for link in call.links):
        changes.append(RowSecurity(table, span, True))
    return Statement(span, "MODEL", tuple(changes))


def _column(key: str, value: Value, names: dict[str, str]) -> ColumnChange | None:
    if not value.calls:
        return None
    call = value.calls[0]
    first = call.links[0] if call.links else None
    args = (first.args or ()) if first else ()
    name = (args[0].literal if args and args[0].literal else _WORD_BREAK.sub("_", key)).lower()
    links = {link.name: link for link in call.links}
    span = Span(call.span.line, call.span.line)
    default = links.get("default") or links.get("defaultNow") or links.get("defaultRandom")
    return ColumnChange(
        name=name,
        type=_type(call.root.lower(), args),
        nullable="notNull" not in links and "primaryKey" not in links,
        default=None if default is None else default.args[0].text if default.args else f"{default.name}()",
        span=span,
        computed="serial" if "serial" in call.root.lower() else "",
        constraints=tuple(_constraints(name, call, names, span)),
    )


def _type(maker: str, args: tuple[Value, ...]) -> str:
    """What Postgres calls the type, where the options decide it."""
    zoned = any((flag := arg.entry("withTimezone")) is not None and flag.text == "true" for arg in args)
    return "timestamptz" if maker == "timestamp" and zoned else maker


def _constraints(name: str, call: Call, names: dict[str, str], span: Span) -> Iterable[Constraint]:
    for link in call.links:
        if link.name == "primaryKey":
            yield Constraint(ConstraintKind.PRIMARY, "", (name,), span)
        elif link.name == "unique":
            yield Constraint(ConstraintKind.UNIQUE, "", (name,), span)
        elif link.name == "references" and link.args:
            target = _REFERENCE.search(link.args[0].text)
            action = link.args[1].entry("onDelete") if len(link.args) > 1 else None
            if target is not None:
                yield Constraint(
                    ConstraintKind.FOREIGN,
                    "",
                    (name,),
                    span,
                    table=names.get(target.group(1), f"public.{target.group(1)}".lower()),
                    references=(_WORD_BREAK.sub("_", target.group(2)).lower(),),
                    on_delete=(action.literal or "") if action else "",
                )


def _calls_in(extras: Value, outline: Outline) -> tuple[Call, ...]:
    """What the third argument of a table declares: an array, an object, or a function that gives one."""
    function = outline.function(extras.function) if extras.function else None
    return tuple(calls_within(function.body)) if function is not None else extras.calls


def _extras(table: str, calls: Iterable[Call], columns_of: dict[str, str]) -> Iterable[Change]:
    """Indexes, keys and rules over several columns."""
    for call in calls:
        span = Span(call.span.line, call.span.line)
        if call.root in ("index", "uniqueIndex", "unique"):
            on = call.link("on") or call.link("using")
            columns = _named_columns(on.args or () if on else (), columns_of)
            if columns:
                unique = call.root != "index"
                yield CreateIndex(table, f"{call.root}:{','.join(columns)}", columns, span, unique)
        elif call.root == "primaryKey" and call.args:
            given = call.args[0].entry("columns")
            columns = _named_columns(given.items if given else call.args, columns_of)
            yield AddConstraint(table, Constraint(ConstraintKind.PRIMARY, "", columns, span), span)
        elif call.root == "check" and len(call.args) > 1:
            check = Constraint(ConstraintKind.CHECK, "", (), span, expression=call.args[1].text)
            yield AddConstraint(table, check, span)


def _named_columns(values: Iterable[Value], columns_of: dict[str, str]) -> tuple[str, ...]:
    found = (_MEMBER.search(value.text) for value in values)
    return tuple(columns_of.get(match[1], match[1].lower()) for match in found if match)
