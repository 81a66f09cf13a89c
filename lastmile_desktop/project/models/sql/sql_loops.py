"""What the loops of `DO` blocks run over: literal lists of names, or the catalogue's own lists of tables, policies
or functions, as far as the query says which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Lists = Mapping[str, tuple[str, ...]]

LITERAL = re.compile(r"'((?:[^']|'')*+)'|\$(\w{0,63})\$(.{0,20000}?)\$\2\$", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*")
_WORD = re.compile(r"\A\w{1,63}\Z")
_OVER_TABLES = re.compile(r"\b(?:pg_tables|information_schema\.tables|pg_class)\b", re.IGNORECASE)
_OVER_POLICIES = re.compile(r"\bpg_policies\b|\bpg_policy\b", re.IGNORECASE)
_OVER_FUNCTIONS = re.compile(r"\bpg_proc\b|\binformation_schema\.routines\b", re.IGNORECASE)

_TEST = (
    r"(NOT\s+IN|IN|=\s*ANY|=|<>|!=)\s*"
    r"(\(+[^()]{0,6000}(?:\([^()]{0,200}\)[^()]{0,200}){0,4}\)+|'[^']{0,100}'|\w{1,63})"
)
_SCHEMA_FILTER = re.compile(
    r"\b(?:schemaname|table_schema|routine_schema|nspname)\s*(?:=|IN\s*\()\s*'(\w{1,63})'", re.IGNORECASE
)
_TABLE_FILTER = re.compile(rf"\b(?:tablename|table_name|relname)\s*{_TEST}", re.IGNORECASE)
_TABLE_ID = re.compile(r"\bpolrelid\s*=\s*'\"?(?:(\w{1,63})\"?\.\"?)?(\w{1,63})\"?'", re.IGNORECASE)
_FUNCTION_FILTER = re.compile(rf"\b(?:proname|routine_name)\s*{_TEST}", re.IGNORECASE)
_NAME_FILTER = re.compile(rf"\b(?:policyname|polname)\s*{_TEST}", re.IGNORECASE)
_COMMAND_FILTER = re.compile(rf"\b(?:polcmd|cmd)\s*{_TEST}", re.IGNORECASE)
_COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}
_CONDITION = re.compile(r"\b(?:WHERE|ON|AND)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"\b(?:(?:LEFT|RIGHT|INNER|CROSS)\s+)?JOIN\b|\b(?:ORDER|GROUP)\s+BY\b|\bLIMIT\b", re.IGNORECASE
)
_EITHER = re.compile(r"\bOR\b|\bUNION\b|\bEXCEPT\b", re.IGNORECASE)
_SUBQUERY = re.compile(r"\bSELECT\b.{0,6000}\bFROM\b", re.IGNORECASE | re.DOTALL)
_BRACKETS = re.compile(r"\([^()]{0,6000}\)")
_DEPTH = 4
# Conditions that join the catalogue's tables, or hold for every row anyway.
_JOINING = re.compile(
    r"\A(?:\w{1,63}\.)?(?:polrelid|relnamespace|pronamespace|oid)\s*=\s*(?:\w{1,63}\.)?(?:polrelid|relnamespace|"
    r"pronamespace|oid)\Z|\A(?:\w{1,63}\.)?(?:prokind|relkind)\s*=\s*'\w'\Z|\A(?:\w{1,63}\.)?prosecdef(?:\s*=\s*true)?\Z",
    re.IGNORECASE,
)


class Over(StrEnum):
    NAMES = "names"
    TABLES = "tables"
    POLICIES = "policies"
    FUNCTIONS = "functions"


@dataclass(frozen=True, slots=True)
class Loop:
    """What the loop variable runs over: literal `names`, or everything of `schema` but `excluded` (None names).

    `readable` is False when nothing is known of a list, `sure` when every condition of a query is understood.
    `policies` and `commands` narrow down which policies of those tables are meant; empty means all.
    """

    variable: str
    names: tuple[str, ...] | None
    schema: str = "public"
    excluded: frozenset[str] = frozenset()
    over: Over = Over.NAMES
    readable: bool = True
    sure: bool = True
    policies: tuple[str, ...] = ()
    commands: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Chosen:
    names: tuple[str, ...] | None
    excluded: frozenset[str]
    understood: bool


def read_loop(variable: str, query: str, lists: Lists, outer: Sequence[Loop]) -> Loop:
    """The loop `FOR variable IN query`, inside the `outer` ones."""
    query = _COMMENT.sub(" ", query).strip()
    match = _SCHEMA_FILTER.search(query)
    schema = match.group(1).lower() if match else "public"
    if _WORD.match(query):
        names = lists.get(query.lower())
        return Loop(variable, names or (), schema, readable=bool(names))
    if _OVER_POLICIES.search(query):
        return _policies(variable, query, schema, lists, outer)
    if _OVER_FUNCTIONS.search(query):
        chosen = _chosen(_FUNCTION_FILTER, query, lists, outer)
        sure = chosen.understood and _all_understood(query, _FUNCTION_FILTER)
        return Loop(variable, chosen.names, schema, chosen.excluded, Over.FUNCTIONS, sure=sure)
    if _OVER_TABLES.search(query):
        chosen = _chosen(_TABLE_FILTER, query, lists, outer)
        return Loop(variable, chosen.names, schema, chosen.excluded, Over.TABLES)
    names = literals(query)
    return Loop(variable, names, schema, readable=bool(names))


def _policies(variable: str, query: str, schema: str, lists: Lists, outer: Sequence[Loop]) -> Loop:
    chosen = _chosen(_TABLE_FILTER, query, lists, outer)
    named = _chosen(_NAME_FILTER, query, lists, ())
    commands = _chosen(_COMMAND_FILTER, query, lists, ())
    sure = chosen.understood and named.understood and commands.understood
    sure = sure and not named.excluded and not commands.excluded
    names = chosen.names
    if by_id := _TABLE_ID.search(query):
        schema, names = (by_id.group(1) or "public").lower(), (by_id.group(2).lower(),)
    known = (_TABLE_FILTER, _TABLE_ID, _NAME_FILTER, _COMMAND_FILTER)
    return Loop(
        variable,
        names,
        schema,
        chosen.excluded,
        Over.POLICIES,
        sure=sure and _all_understood(query, *known),
        policies=named.names or (),
        commands=frozenset(_COMMANDS.get(word.lower(), word.upper()) for word in commands.names or ()),
    )


def _chosen(pattern: re.Pattern[str], query: str, lists: Lists, outer: Sequence[Loop]) -> _Chosen:
    """The names that conditions of this kind leave."""
    names: tuple[str, ...] | None = None
    excluded: frozenset[str] = frozenset()
    understood = True
    either = bool(_EITHER.search(query))
    for operator, operand in pattern.findall(query):
        bare = operand.strip("() ").lower()
        around = next((loop for loop in outer if loop.variable.lower() == bare), None)
        found = () if _SUBQUERY.search(operand) else literals(operand) or lists.get(bare, ())
        if operator.upper().startswith("NOT") or operator in ("<>", "!="):
            excluded |= frozenset(found)
            understood = understood and bool(found)
        elif found:
            names = (*(names or ()), *found) if either else found
        elif around is not None and around.readable:
            names, excluded = around.names, excluded | around.excluded
            understood = understood and around.sure
        else:
            understood = False
    if _EITHER.search(_without_brackets(query)):
        return _Chosen(None, frozenset(), False)
    return _Chosen(names, excluded, understood)


def _all_understood(query: str, *known: re.Pattern[str]) -> bool:
    """Whether the query narrows down by nothing but these conditions."""
    if _EITHER.search(query):
        return False
    for piece in _CONDITION.split(query)[1:]:
        condition = _CLAUSE_END.split(piece)[0].strip(" \t\r\n;")
        joins = _JOINING.match(condition.strip("() "))
        if not joins and not any(pattern.search(condition) for pattern in (_SCHEMA_FILTER, *known)):
            return False
    return True


def _without_brackets(query: str) -> str:
    """The query without what stands in brackets, some levels deep."""
    for _ in range(_DEPTH):
        query = _BRACKETS.sub(" ", query)
    return query


def literals(text: str) -> tuple[str, ...]:
    """The string literals in a piece of SQL; `'{a,b}'` is an array of its own."""
    found: list[str] = []
    for quoted, _, dollar in LITERAL.findall(text):
        value = (quoted or dollar).replace("''", "'")
        if value.startswith("{") and value.endswith("}"):
            found.extend(part.strip(' "') for part in value[1:-1].split(","))
        else:
            found.append(value)
    return tuple(name for name in found if name)
