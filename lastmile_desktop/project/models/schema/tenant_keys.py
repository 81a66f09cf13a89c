"""Columns by which policies and functions tell to which customer the caller belongs.

Whoever may write such a column of their own row is a member of any customer they name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lastmile_desktop.project.models.schema.model import SchemaModel
from lastmile_desktop.project.models.schema.tenancy import ORG_COLUMNS

# The select must be about the caller's own row: `select account_id from profiles where id = auth.uid()`.
_OWN_TENANT = re.compile(
    r"\bselect\s+(?:distinct\s+)?(?:\w{1,63}\.)?\"?(\w{1,63})\"?\s+(?:into\s+\w{1,63}\s+)?"
    r"from\s+(?:\"?public\"?\s?\.\s?)?\"?(\w{1,63})\"?([^;]{0,240})",
    re.IGNORECASE,
)
_CALLERS_ROW = re.compile(
    r"^\s*(?:as\s+)?(?:\w{1,63}\s+)?where\s+\(?\s*(?:\w{1,63}\.)?\"?(?:id|user_id|uid|auth_id|auth_user_id|profile_id)\"?\s*=\s*"
    r"\(?\s*(?:select\s+)?(?:auth\s*\.\s*uid\s*\(\s*\)|auth\s*\.\s*jwt\b)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4)
def _keys(texts: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for text in texts:
        for match in _OWN_TENANT.finditer(text):
            column, table = match[1].lower(), match[2].lower()
            if column in ORG_COLUMNS and _CALLERS_ROW.match(match[3]):
                found.setdefault(f"public.{table}", set()).add(column)
    return {table: frozenset(columns) for table, columns in found.items()}


def tenant_keys(schema: SchemaModel) -> Mapping[str, frozenset[str]]:
    """The columns, by table, that row security takes the caller's customer from."""
    return _keys(tuple(text for text in _texts(schema) if "auth" in text))


def _texts(schema: SchemaModel) -> Iterator[str]:
    asked = " ".join(
        f"{policy.using or ''} {policy.check or ''}"
        for table in schema.tables.values()
        for policy in table.policies
    ).lower()
    for table in schema.tables.values():
        for policy in table.policies:
            yield from (text for text in (policy.using, policy.check) if text)
    # What only a trigger or a report looks up opens no rows.
    for function in schema.functions:
        if f"{function.name.partition('.')[2]}(" in asked or f"{function.name.partition('.')[2]} (" in asked:
            yield function.body
