"""What Supabase's own advisor lists beside the policies: functions that look names up anywhere, functions and views
with their owner's rights, extensions and foreign tables among the tables that are served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.row_security.data_api import CLIENT_ROLES, may
from lastmile_desktop.project.models.row_security.definer import open_views, sees_caller
from lastmile_desktop.project.models.row_security.rls_policy import Surroundings
from lastmile_desktop.project.models.schema.model import (
    Place,
    RlsPolicy,
    SchemaModel,
    SqlFunction,
    Table,
    View,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_PLATFORM = frozenset(
    ("auth cron extensions graphql graphql_public information_schema net pgmq pgsodium pgsodium_masks pgtle pgbouncer "
     "pg_catalog realtime repack storage supabase_functions supabase_migrations tiger topology vault").split()
)  # fmt: skip
_COMMENTS = re.compile(r"--[^\n]*|/\*.{0,20000}?\*/", re.DOTALL)
_EXTENSION = re.compile(
    r"\bcreate\s+extension\s+(if\s+not\s+exists\s+)?\"?([\w-]{1,63})\"?([^;]{0,200});", re.IGNORECASE
)
_MOVED = re.compile(
    r"\balter\s+extension\s+\"?([\w-]{1,63})\"?\s+set\s+schema\s+\"?(\w+)\"?|"
    r"\bdrop\s+extension\s+(?:if\s+exists\s+)?\"?([\w-]{1,63})\"?",
    re.IGNORECASE,
)
_IN_SCHEMA = re.compile(r"\bschema\s+\"?(\w+)\"?", re.IGNORECASE)
_FOREIGN = re.compile(
    r"\bcreate\s+foreign\s+table\s+(?:if\s+not\s+exists\s+)?(?:\"?(\w+)\"?\s*\.\s*)?\"?(\w+)\"?",
    re.IGNORECASE,
)
# Supabase has these before the first migration; `if not exists` leaves them where they are.
_INSTALLED = frozenset(
    {"uuid-ossp", "pgcrypto", "pg_stat_statements", "pgjwt", "pg_graphql", "supabase_vault"}
)
_OWN_SCHEMA = frozenset(
    {
        "plpgsql",
        "pg_cron",
        "pg_net",
        "pgmq",
        "pgsodium",
        "postgis_topology",
        "postgis_tiger_geocoder",
        "pgtle",
    }
)
_ABOUT_PEOPLE = re.compile(
    r"\b(?:e?mail|phone|customer|customer_id|user_id|address|full_name|amount_paid|amount_due|invoice_pdf)\b",
    re.IGNORECASE,
)
_METADATA = re.compile(
    r"(?:auth\s*\.\s*jwt\s*\(\s*\)|request\.jwt\.claims).{0,200}user_metadata", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class Named:
    """An extension or a foreign table, with the statement that put it there."""

    name: str
    place: Place


def searching_functions(schema: SchemaModel) -> tuple[SqlFunction, ...]:
    """Functions that look names up wherever their caller says."""
    return tuple(
        function
        for function in schema.functions
        if function.search_path is None and function.name.partition(".")[0] not in _PLATFORM
    )


def definer_functions(schema: SchemaModel) -> tuple[SqlFunction, ...]:
    """Functions behind the data API that run with their owner's rights and that a public role may execute."""
    return tuple(
        function
        for function in schema.functions
        if function.security_definer
        and function.returns != "procedure"
        and function.name.partition(".")[0] in schema.exposed_schemas
        and function.executable_by & {"public", *CLIENT_ROLES}
    )


def owner_views(schema: SchemaModel, around: Surroundings) -> tuple[View, ...]:
    """Views that read with their owner's rights what is open to all anyway, so that only a later policy would be
    passed by. Those that ask who is calling are left out."""
    worse = {item.view.name for item in open_views(schema, around)} | {
        view.name for view, _ in views_of_hidden_tables(schema, around)
    }
    return tuple(
        view
        for view in schema.views.values()
        if view.name not in worse
        and view.name.partition(".")[0] in schema.exposed_schemas
        and (view.materialized or not view.security_invoker)
        and any(may(role, "SELECT", view.grants, view.revokes) for role in CLIENT_ROLES)
        and not reads_accounts(view, schema)
        and not sees_caller(view, around)
    )


def hidden_tables(names: tuple[str, ...], schema: SchemaModel) -> tuple[str, ...]:
    """Of these relations, those of the project's own schemas that the data API does not serve by themselves."""
    return tuple(
        name
        for name in names
        if name.partition(".")[0] not in (*schema.exposed_schemas, *_PLATFORM)
        and "." in name
        and not name.startswith(("pg_", "_"))
    )


def views_of_hidden_tables(
    schema: SchemaModel, around: Surroundings
) -> tuple[tuple[View, tuple[str, ...]], ...]:
    """Views that serve tables of a schema kept away from the data API, to people it was kept away from."""
    return tuple(
        (view, hidden)
        for view in schema.views.values()
        if view.name.partition(".")[0] in schema.exposed_schemas
        and (view.materialized or not view.security_invoker)
        and (hidden := hidden_tables(view.tables, schema))
        and _ABOUT_PEOPLE.search(view.query)
        and any(may(role, "SELECT", view.grants, view.revokes) for role in CLIENT_ROLES)
        and not sees_caller(view, around)
    )


def reads_accounts(view: View, schema: SchemaModel, depth: int = 3) -> bool:
    """Whether a view shows rows of the table that holds all sign-in accounts."""
    return "auth.users" in view.tables or any(
        depth > 0 and name in schema.views and reads_accounts(schema.views[name], schema, depth - 1)
        for name in view.tables
    )


def account_views(schema: SchemaModel, around: Surroundings) -> tuple[View, ...]:
    """Views over the sign-in accounts that a public role may read."""
    return tuple(
        view
        for view in schema.views.values()
        if view.name.partition(".")[0] in schema.exposed_schemas
        and (view.materialized or not view.security_invoker)
        and reads_accounts(view, schema)
        and any(may(role, "SELECT", view.grants, view.revokes) for role in CLIENT_ROLES)
        and (view.materialized or not sees_caller(view, around))
    )


def metadata_policies(tables: tuple[Table, ...]) -> Iterator[tuple[Table, RlsPolicy]]:
    """Policies whose condition reads metadata that users edit themselves, in any part of it."""
    for table in tables:
        for policy in table.policies:
            if any(clause and _METADATA.search(clause) for clause in (policy.using, policy.check)):
                yield table, policy


def extensions_among_tables(view: ProjectView) -> tuple[Named, ...]:
    """Extensions whose functions and tables stand in `public` after all migrations."""
    found: dict[str, Named] = {}
    for migration in view.schema.migrations:
        for name, place in view.per_file("advisor.extensions", migration.path, _extensions, ()):
            if place:
                found.setdefault(name, Named(name, Place(migration.path, place, place)))
            else:
                found.pop(name, None)
    return tuple(found.values())


def foreign_tables(view: ProjectView) -> tuple[Named, ...]:
    """Tables of another server in a schema that is served: row security does not hold for them."""
    found: dict[str, Named] = {}
    for migration in view.schema.migrations:
        for name, line in view.per_file("advisor.foreign", migration.path, _foreign, ()):
            if name.partition(".")[0] in view.schema.exposed_schemas:
                found.setdefault(name, Named(name, Place(migration.path, line, line)))
    return tuple(found.values())


def _blanked(text: str) -> str:
    """The text with comments replaced by as many blanks, so that lines stay where they are."""
    return _COMMENTS.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _extensions(text: str) -> tuple[tuple[str, int], ...]:
    """(name, line) of extensions put into `public`; line 0 for one that is moved away or dropped."""
    if "extension" not in text.lower():
        return ()
    text = _blanked(text)
    found: list[tuple[int, str, int]] = []
    for match in _EXTENSION.finditer(text):
        name, schema = match[2].lower(), _IN_SCHEMA.search(match[3])
        if name in _OWN_SCHEMA or (name in _INSTALLED and match[1]):
            continue
        if schema is None or schema[1].lower() == "public":
            found.append((match.start(), name, line_at(text, match.start())))
    found += [
        (match.start(), (match[1] or match[3]).lower(), 0)
        for match in _MOVED.finditer(text)
        if (match[2] or "").lower() != "public"
    ]
    return tuple((name, line) for _, name, line in sorted(found))


def _foreign(text: str) -> tuple[tuple[str, int], ...]:
    if "foreign" not in text.lower():
        return ()
    text = _blanked(text)
    return tuple(
        (f"{match[1] or 'public'}.{match[2]}".lower(), line_at(text, match.start()))
        for match in _FOREIGN.finditer(text)
    )
