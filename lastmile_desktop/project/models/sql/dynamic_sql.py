"""Database functions that build SQL out of their own arguments and run it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.models.schema.model import SchemaModel, SqlFunction

_CLIENTS = frozenset({"public", "anon", "authenticated"})
_TEXT_TYPE = re.compile(r"(?i)\b(?:text|varchar|character varying|json|jsonb|name|char|bpchar)\b")
_EXECUTE = re.compile(
    r"(?is)\bEXECUTE\s+(?!(?:FUNCTION|PROCEDURE|ON|IMMEDIATE)\b)(.{1,1500}?)(?:\bUSING\b|\bINTO\b|\bLOOP\b|;|$)"
)
_ASSIGNED = re.compile(r"(?is)\b(\w{1,63})\s*(?::=|=)\s*(.{1,1500}?);")
_SAFE_CALL = re.compile(
    r"(?i)\b(?:quote_ident|quote_literal|quote_nullable)\s*\([^()]{0,200}(?:\([^()]{0,100}\)[^()]{0,100})?\)"
)
_CAST = re.compile(r"(?i)\b\w{1,63}\s*::\s*(?:int\w*|bigint|uuid|numeric|date|timestamp\w*|boolean|reg\w+)")
_STRING = re.compile(r"'(?:[^']|'')*'")
_FORMAT = re.compile(r"(?is)\bformat\s*\(\s*((?:E?'(?:[^']|'')*'\s*(?:\|\|\s*)?){1,20})\s*,(.*)\)\s*$")
_SPEC = re.compile(r"%(?:\d+\$)?-?\d*([sIL])")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DynamicSql:
    """`argument` is the function's parameter that becomes part of the statement; `whole` when it is all of it.
    `statement` is the beginning of the EXECUTE as written, to find its line."""

    function: SqlFunction
    argument: str
    whole: bool
    statement: str


def dynamic_sql(schema: SchemaModel) -> tuple[DynamicSql, ...]:
    """The functions that strangers or signed-in users may call and that run what they are given."""
    found: list[DynamicSql] = []
    for function in schema.functions:
        reachable = (
            function.executable_by & _CLIENTS and function.name.partition(".")[0] in schema.exposed_schemas
        )
        if reachable and function.returns != "trigger" and function.language.lower() == "plpgsql":
            found += list(_in(function))[:1]
    return tuple(found)


def _in(function: SqlFunction) -> Iterator[DynamicSql]:
    arguments = [arg.split(" ")[0] for arg in function.args if _TEXT_TYPE.search(arg) and " " in arg]
    body = _COMMENT.sub(" ", function.body)
    assigned = {name.lower(): value for name, value in _ASSIGNED.findall(body)}
    for match in _EXECUTE.finditer(body):
        expression = match.group(1).strip()
        built = assigned.get(expression.lower(), expression)
        for argument in arguments:
            whole = built.lower() == argument
            if whole or _unquoted(built, argument):
                yield DynamicSql(function, argument, whole, " ".join(match.group(0).split())[:40])


def _unquoted(expression: str, argument: str) -> bool:
    """Whether the argument is put into the text without quoting."""
    form = _FORMAT.search(expression)
    if form is not None:
        specs = _SPEC.findall(form.group(1).replace("%%", ""))
        values = _split(form.group(2))
        return any(
            spec == "s" and _mentions(value, argument) for spec, value in zip(specs, values, strict=False)
        )
    return "||" in expression and _mentions(expression, argument)


def _mentions(expression: str, argument: str) -> bool:
    bare = _CAST.sub(" ", _SAFE_CALL.sub(" ", _STRING.sub("''", expression)))
    return re.search(rf"(?i)(?<![\w.]){re.escape(argument)}(?!\w)", bare) is not None


def _split(values: str) -> list[str]:
    """The arguments of a call, split at the commas that are not inside brackets or texts."""
    parts, depth, start, quoted = list[str](), 0, 0, False
    for position, letter in enumerate(values):
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "([":
            depth += 1
        elif not quoted and letter in ")]":
            depth -= 1
        elif letter == "," and not depth and not quoted:
            parts.append(values[start:position])
            start = position + 1
    return [*parts, values[start:]]


def line_of(text: str, item: DynamicSql) -> int:
    """The line of the EXECUTE inside the function, or of the function where it cannot be told."""
    place = item.function.place
    for number, line in enumerate(text.split("\n")[place.line - 1 : place.line_end], place.line):
        if re.search(r"(?i)\bexecute\s", line) and item.statement[8:24].split(" ")[0].lower() in line.lower():
            return number
    return place.line
