"""Columns that loose SQL scripts give a table: several of a folder may each make it in its own way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_STATEMENT = re.compile(
    r"\b(?:create\s{1,20}table(?:\s{1,20}if\s{1,20}not\s{1,20}exists)?|alter\s{1,20}table(?:\s{1,20}if\s{1,20}exists)?"
    r"(?:\s{1,20}only)?)\s{1,20}(?:\"?\w{1,63}\"?\.)?\"?(?P<table>\w{1,63})\"?(?P<body>[^;]{0,20000})",
    re.IGNORECASE,
)
# A folder of a tool applies its files one after the other; any other folder is run by hand, in part.
_IN_ORDER = re.compile(r"(?:^|/)(?:migrations?|drizzle|prisma|alembic|versions|db/migrate)/")
_WORD = re.compile(r"[a-z_][a-z0-9_]{1,62}")
_NOTHING: dict[str, frozenset[str]] = {}


def scripted(view: ProjectView, table: str, column: str) -> bool:
    """Whether a script that is no migration names this column where it makes or changes the table."""
    applied = {item.path for item in view.schema.migrations if not item.stray and _IN_ORDER.search(item.path)}
    return any(
        column in view.per_file("scripted-columns", path, _columns, _NOTHING).get(table, ())
        for path in view.tree.files
        if path.endswith(".sql") and path not in applied
    )


def _columns(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for statement in _STATEMENT.finditer(text):
        table = statement["table"].lower()
        found[table] = found.get(table, frozenset()) | frozenset(_WORD.findall(statement["body"].lower()))
    return found
