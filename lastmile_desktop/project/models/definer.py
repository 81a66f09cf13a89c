"""Functions and views that run with their owner's rights: row security does not see who is calling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.project.models.audience import Audience, audience, is_sensitive
from lastmile_desktop.project.models.data_api import CLIENT_ROLES, may
from lastmile_desktop.project.models.rls_policy import (
    Surroundings,
    mentions_caller,
    using_scope,
    weakest,
)
from lastmile_desktop.project.models.schema import (
    RlsPolicyScope,
    SchemaModel,
    SqlFunction,
    Table,
    Tenancy,
    View,
)

_COMMENTS = re.compile(r"--[^\n]*|/\*.{0,4000}?\*/", re.DOTALL)
_NAME = r"(?:only\s+)?\"?(?:(\w{1,63})\"?\s?\.\s?\"?)?(\w{1,63})\"?"
_WRITES = re.compile(rf"\b(insert\s+into|update|delete\s+from)\s+{_NAME}", re.IGNORECASE)
_READS = re.compile(rf"\b(?:from|join)\s+{_NAME}", re.IGNORECASE)
_TOKEN_ARG = re.compile(r"(?:^|_)(?:token|secret|code|key|hash|signature|otp|pin)(?:$|_)")
_COUNTER = re.compile(
    r"(?:increment|record|track|log|bump|count)_?\w{0,40}(?:view|click|play|download|like|share|visit|usage|event|hit|open)"
)
_LOG_TABLE = re.compile(
    r"(?:^|_)(?:logs?|audits?|events?|metrics|analytics|errors?|rate_limits?|attempts|cache)$"
)
_LIMITER = re.compile(r"rate_limit|throttle|cleanup|clean_up|purge|expire|refresh|prune|archive")
_ROWS = re.compile(r"^(?:setof|table\(|record|json)")
_RETURNED_COLUMN = re.compile(r"[(,]\s*(\w{1,63})\s")
_QUIET = frozenset({"trigger", "event_trigger"})


class Danger(StrEnum):
    """What a stranger gains by calling a function."""

    CHANGES_ROWS = "changes rows of any customer"
    READS_ROWS = "returns rows of any customer"
    READS_SUMMARY = "reads other customers' rows"
    RUNS_CHORES = "runs your maintenance"


@dataclass(frozen=True, slots=True)
class Exposed:
    """A function strangers may call that does not look at who is calling. `by_name_only` when PUBLIC lost
    the right to execute it but the platform's roles still hold theirs."""

    function: SqlFunction
    danger: Danger
    tables: tuple[str, ...]
    by_name_only: bool


def exposed_functions(schema: SchemaModel, around: Surroundings) -> tuple[Exposed, ...]:
    """SECURITY DEFINER functions behind the data API that act for anyone."""
    return tuple(
        found
        for function in schema.functions
        if _is_callable(function, schema) and (found := _judge(function, schema, around)) is not None
    )


def without_search_path(schema: SchemaModel) -> tuple[SqlFunction, ...]:
    """SECURITY DEFINER functions that look names up wherever the caller says."""
    return tuple(
        function
        for function in schema.functions
        if function.security_definer
        and function.search_path is None
        and function.name.partition(".")[0] in schema.exposed_schemas
    )


def _is_callable(function: SqlFunction, schema: SchemaModel) -> bool:
    if not function.security_definer or function.returns in _QUIET:
        return False
    if function.name.partition(".")[0] not in schema.exposed_schemas:
        return False
    return bool(function.executable_by & {"public", *CLIENT_ROLES})


def _judge(function: SqlFunction, schema: SchemaModel, around: Surroundings) -> Exposed | None:
    body = _COMMENTS.sub(" ", function.body)
    names = tuple(arg.split(" ")[0].removeprefix("p_").removeprefix("_") for arg in function.args)
    if function.name in around.caller_functions or mentions_caller(body):
        return None
    if any(_TOKEN_ARG.search(name) for name in names):
        return None
    written = _tables(_WRITES, body, schema)
    bare = function.name.partition(".")[2]
    danger: Danger | None = None
    touched = tuple(table for table in written if _matters(table))
    if touched:
        chore = (
            not function.args
            or bool(_LIMITER.search(bare))
            or all(_LOG_TABLE.search(item.bare_name) for item in touched)
        )
        danger = None if _COUNTER.search(bare) else Danger.RUNS_CHORES if chore else Danger.CHANGES_ROWS
    elif not written and _ROWS.match(function.returns):
        touched = tuple(table for table in _tables(_READS, body, schema) if _matters(table))
        danger = _reading(function, touched) if touched else None
    if danger is None:
        return None
    by_name = "public" not in function.executable_by
    return Exposed(function, danger, tuple(table.bare_name for table in touched), by_name)


def _matters(table: Table) -> bool:
    """Whether the rows are somebody's own."""
    kind = audience(table)
    return kind is Audience.PRIVATE or (kind is Audience.UNCLEAR and table.tenancy is not Tenancy.NONE)


def _reading(function: SqlFunction, touched: tuple[Table, ...]) -> Danger:
    returned = _RETURNED_COLUMN.findall(function.returns)
    whole = function.returns.removeprefix("setof ").rpartition(".")[2]
    if any(is_sensitive(name) for name in returned) or any(table.bare_name == whole for table in touched):
        return Danger.READS_ROWS
    return Danger.READS_SUMMARY


def _tables(pattern: re.Pattern[str], body: str, schema: SchemaModel) -> tuple[Table, ...]:
    found: dict[str, Table] = {}
    for match in pattern.finditer(body):
        owner, name = match.groups()[-2:]
        table = schema.table(f"{owner or 'public'}.{name}")
        if table is not None and table.created:
            found[table.name] = table
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class OpenView:
    """A view that shows protected rows of these tables to anyone who may read it."""

    view: View
    tables: tuple[Table, ...]


def open_views(schema: SchemaModel, around: Surroundings) -> tuple[OpenView, ...]:
    """Views of exposed schemas that read protected tables with their owner's rights."""
    found: list[OpenView] = []
    for view in schema.views.values():
        if view.name.partition(".")[0] not in schema.exposed_schemas or view.security_invoker:
            continue
        if not any(may(role, "SELECT", view.grants, view.revokes) for role in CLIENT_ROLES):
            continue
        if mentions_caller(view.query) or any(
            f"public.{name}" in around.caller_functions for name in view.functions
        ):
            continue
        tables = tuple(table for table in _below(view, schema) if table.rls and not _is_open(table, around))
        if tables:
            found.append(OpenView(view, tables))
    return tuple(found)


def _below(view: View, schema: SchemaModel, depth: int = 3) -> tuple[Table, ...]:
    """The tables a view reads, through other views too."""
    found: dict[str, Table] = {}
    for name in view.tables:
        if table := schema.tables.get(name):
            found[name] = table
        elif depth and (inner := schema.views.get(name)):
            found |= {item.name: item for item in _below(inner, schema, depth - 1)}
    return tuple(found.values())


def _is_open(table: Table, around: Surroundings) -> bool:
    """Whether everyone may read the table anyway."""
    readable = [
        using_scope(policy, table, around)
        for policy in table.policies
        if policy.permissive
        and policy.command in ("SELECT", "ALL")
        and set(policy.roles) & {"public", "anon"}
    ]
    return weakest(readable) is RlsPolicyScope.ALWAYS_TRUE
