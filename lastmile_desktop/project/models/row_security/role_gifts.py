"""Roles that people give themselves: policies that let everyone write rows of roles, and functions that believe what
the sign-up form sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.models.row_security.data_api import CLIENT_ROLES, exposed_tables, may_column
from lastmile_desktop.project.models.row_security.privileged_columns import ROLE_COLUMN, SelfWrite
from lastmile_desktop.project.models.row_security.rls_policy import (
    Surroundings,
    check_scope,
    strictest,
    using_scope,
)
from lastmile_desktop.project.models.schema.model import (
    Place,
    RlsPolicy,
    RlsPolicyScope,
    SchemaModel,
    SqlFunction,
    Table,
)

_KEY = re.compile(
    r"raw_user_meta_?data\s*->>?\s*'(\w{2,40})'(?:\s*\)?\s*(?:::|\bas\s)\s*(?:\"?public\"?\s?\.\s?)?\"?(\w{2,63}))?",
    re.IGNORECASE,
)
_CHOSEN = re.compile(r"(?i)^(?:role|user_role|account_role|is_admin|app_role)$")
_KIND = re.compile(
    r"(?i)^(?:(?:user|account|profile)_?(?:type|kind|level)|tipo_?(?:de_)?usuario|rol|papel|perfil)$"
)
_LIMITED = re.compile(
    r"(?i)\bin\s*\(\s*'|<>\s*'admin|!=\s*'admin|=\s*'admin'|\bcase\b.{0,300}\bwhen\b", re.DOTALL
)
_ABOVE = re.compile(
    r"(?i)^(?:super_?|platform_|system_|site_)?(?:admin\w{0,10}|moderator|staff|superuser|root|owner)$"
)
_WRITES = re.compile(r"(?i)\binsert\s+into\b|\bupdate\b")
_INSERT = re.compile(r"(?i)\binsert\s+into\s+(?:\"?public\"?\s?\.\s?)?\"?(\w{1,63})\"?([^;]{0,1200})")
_ROLE_ROWS = re.compile(r"(?:^|_)(?:roles?|admins?|staff|moderators?|administrators?)$")
_OPEN = frozenset({RlsPolicyScope.ALWAYS_TRUE, RlsPolicyScope.SIGNED_IN})
_PUBLIC = frozenset({"public", *CLIENT_ROLES})


@dataclass(frozen=True, slots=True)
class SignUpRole:
    """A function that makes the role of a new account out of what its sign-up form sent as `key`; `passed_on` is
    where another function turns that into the role."""

    function: SqlFunction
    key: str
    passed_on: Place | None = None


def open_role_writes(schema: SchemaModel, around: Surroundings) -> Iterator[SelfWrite]:
    """The first policy of each table of roles that lets everyone add rows or change any, their own role with them."""
    for table in exposed_tables(schema):
        if not table.rls or _ROLE_ROWS.search(table.bare_name) is None:
            continue
        columns = tuple(column.name for column in table.columns if ROLE_COLUMN.match(column.name))
        words = [word for name in columns for word in schema.words_of(table, name)]
        if not columns or (words and not any(_ABOVE.match(word) for word in words)):
            continue
        found = next(
            (policy for policy in table.policies if _lets_everyone(policy, table, columns, around)), None
        )
        if found is not None:
            yield SelfWrite(table, found, columns, found.command == "INSERT")


def _lets_everyone(policy: RlsPolicy, table: Table, columns: tuple[str, ...], around: Surroundings) -> bool:
    if not policy.permissive or policy.command not in ("INSERT", "UPDATE", "ALL"):
        return False
    if not set(policy.roles) & _PUBLIC or not _may_write(policy, table, columns):
        return False
    judged = check_scope if policy.command == "INSERT" else using_scope
    limits = [
        judged(other, table, around)
        for other in table.policies
        if not other.permissive and other.command in (policy.command, "ALL")
    ]
    return strictest([judged(policy, table, around), *limits]) in _OPEN


def _may_write(policy: RlsPolicy, table: Table, columns: tuple[str, ...]) -> bool:
    verbs = ("INSERT", "UPDATE") if policy.command == "ALL" else (policy.command,)
    return any(
        may_column("authenticated", verb, name, table.grants, table.revokes)
        for verb in verbs
        for name in columns
    )


def roles_from_sign_up(schema: SchemaModel) -> Iterator[SignUpRole]:
    """Functions that give a new account the role its own sign-up form sent."""
    for function in schema.functions:
        body = function.body
        if "user_meta" not in body.lower() or _WRITES.search(body) is None:
            continue
        for found in _KEY.finditer(body):
            near = body[max(0, found.start() - 300) : found.end() + 300]
            if _LIMITED.search(near):
                continue
            item = _judged(schema, function, found[1], found[2] or "")
            if item is not None:
                yield item
                break


def _judged(schema: SchemaModel, function: SqlFunction, key: str, cast: str) -> SignUpRole | None:
    words = schema.enum(cast) if cast else ()
    words = words or _words(schema, function, key)
    if words and not any(_ABOVE.match(word) for word in words):
        return None
    if _CHOSEN.match(key):
        return SignUpRole(function, key)
    if not _KIND.match(key):
        return None
    passed_on = _passed_on(schema, function, key)
    # What sort of customer somebody is may well be theirs to say, unless it becomes the role.
    return SignUpRole(function, key, passed_on) if passed_on is not None else None


def _words(schema: SchemaModel, function: SqlFunction, key: str) -> tuple[str, ...]:
    """What the column of this name may hold in the tables that the function adds to."""
    for match in _INSERT.finditer(function.body):
        table = schema.table(match[1])
        if table is not None and table.column(key.lower()) is not None:
            return schema.words_of(table, key.lower())
    return ()


def _passed_on(schema: SchemaModel, function: SqlFunction, key: str) -> Place | None:
    """Where the trigger of a table that the function adds to writes NEW.<key> into a table of roles."""
    added = {match[1].lower() for match in _INSERT.finditer(function.body)}
    bodies = {item.name: item for item in schema.functions}
    value = re.compile(rf"(?i)\bnew\s?\.\s?\"?{re.escape(key)}\b")
    for trigger in schema.triggers:
        if trigger.table.rpartition(".")[2] not in added or "INSERT" not in trigger.events:
            continue
        item = bodies.get(trigger.function if "." in trigger.function else f"public.{trigger.function}")
        for match in _INSERT.finditer(item.body) if item is not None else ():
            if item is not None and _ROLE_ROWS.search(match[1].lower()) and value.search(match[2]):
                return item.place
    return None
