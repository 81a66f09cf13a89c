"""Roles that open every customer's data, given by whoever signs up: everyone is `admin` of an own account, and an
`admin` may hand out any role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.models.row_security.data_api import CLIENT_ROLES, exposed_tables
from lastmile_desktop.project.models.schema.model import Place, RlsPolicy, SchemaModel, SqlFunction, Table

_ROLE = re.compile(r"^(?:user_|app_)?roles?$")
_ROLE_ARG = re.compile(r"(?:^|_)roles?$")
_LITERAL = re.compile(r"'(\w{2,40})'")
_ASKED = re.compile(
    r"(?:\w{0,30}role\w{0,10}\s*\([^()]{0,20}(?:\([^()]{0,20}\))?[^()']{0,40}|\brole\s*=\s*)'(\w{2,40})'",
    re.IGNORECASE,
)
_ABOVE_ALL = re.compile(r"^(?:super|platform|system|global|root|master|site)_?\w{0,20}$|^(?:root|god)$", re.I)
_INSERT = re.compile(
    r"\binsert\s+into\s+(?:\"?public\"?\s?\.\s?)?\"?(\w{1,63})\"?([^;]{0,1200})", re.IGNORECASE
)
_WRITE = re.compile(r"\b(?:insert\s+into|update)\s+(?:\"?public\"?\s?\.\s?)?\"?(\w{1,63})\"?", re.IGNORECASE)
_COMMENTS = re.compile(r"--[^\n]*|/\*.{0,4000}?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Climb:
    """Where somebody with the role `given` at sign-up may give out the role `above`."""

    place: Place
    symbol: str
    given: str
    above: str


def climbs(schema: SchemaModel) -> Iterator[Climb]:
    """Policies and functions by which whoever signs up gets a role above all accounts."""
    tables = {
        table.bare_name: table
        for table in exposed_tables(schema)
        if any(_ROLE.match(column.name) for column in table.columns)
    }
    at_sign_up = tuple(_given(schema, tables))
    given = frozenset(role for _, role in at_sign_up)
    # Another table with a column of that name may mean other roles.
    tables = {name: tables[name] for name, _ in at_sign_up}
    above = next(iter(sorted(_asked(schema) - given)), "") if given else ""
    if not above:
        return
    for table in tables.values():
        for policy in table.policies:
            role = _handed_out(policy, table, given, above)
            if role and not _is_watched(schema, table):
                yield Climb(policy.place, f"{table.bare_name}.{policy.name}", role, above)
    for function in schema.functions:
        role = _gives(function, tables, given, above)
        if role and function.name.partition(".")[0] in schema.exposed_schemas:
            yield Climb(function.place, function.name, role, above)


def _given(schema: SchemaModel, tables: dict[str, Table]) -> Iterator[tuple[str, str]]:
    """The roles that a new account is given, with the table that keeps them."""
    bodies = {function.name: function.body for function in schema.functions}
    for trigger in schema.triggers:
        if trigger.table != "auth.users" or "INSERT" not in trigger.events:
            continue
        name = trigger.function if "." in trigger.function else f"public.{trigger.function}"
        for match in _INSERT.finditer(_COMMENTS.sub(" ", bodies.get(name, ""))):
            if match[1].lower() in tables:
                yield from ((match[1].lower(), role) for role in _LITERAL.findall(match[2].lower()))


def _asked(schema: SchemaModel) -> frozenset[str]:
    """The roles above all accounts that policies and functions ask for."""
    texts = [
        text
        for table in schema.tables.values()
        for item in table.policies
        for text in (item.using, item.check)
    ]
    texts += [function.body for function in schema.functions]
    found = {role.lower() for text in texts if text for role in _ASKED.findall(text)}
    return frozenset(role for role in found if _ABOVE_ALL.match(role))


def _handed_out(policy: RlsPolicy, table: Table, given: frozenset[str], above: str) -> str:
    """The role that may write any role here, "" when the policy says which ones."""
    if not policy.permissive or policy.command not in ("ALL", "INSERT", "UPDATE"):
        return ""
    if not table.rls or not set(policy.roles) & {"public", *CLIENT_ROLES}:
        return ""
    text = f"{policy.using or ''} {policy.check or ''}"
    asked = {role.lower() for role in _ASKED.findall(text)}
    decided = policy.check if policy.check is not None else policy.using or ""
    named = any(
        _ROLE.match(column.name)
        and re.search(rf"(?i)\b{re.escape(column.name)}\b\s*(?:=|<>|!=|in\b|not\b|\bis\b|::)", decided)
        for column in table.columns
    )
    return next(iter(sorted(asked & given)), "") if above not in asked and not named else ""


def _is_watched(schema: SchemaModel, table: Table) -> bool:
    return any(trigger.table == table.name and trigger.before for trigger in schema.triggers)


def _gives(function: SqlFunction, tables: dict[str, Table], given: frozenset[str], above: str) -> str:
    """The role that may call this function to give any role, "" when it gives none or asks for more."""
    if not function.security_definer or not function.executable_by & {"public", *CLIENT_ROLES}:
        return ""
    if not any(_ROLE_ARG.search(arg.split(" ")[0]) for arg in function.args):
        return ""
    body = _COMMENTS.sub(" ", function.body)
    if above in body.lower() or not any(match[1].lower() in tables for match in _WRITE.finditer(body)):
        return ""
    asked = {role.lower() for role in _ASKED.findall(body)}
    return next(iter(sorted(asked & given)), "")
