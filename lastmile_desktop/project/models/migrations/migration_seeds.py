"""Migrations that put people or orders into the database: rows that belong to a demo, not to the schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_TOOLS = frozenset({"supabase", "prisma", "drizzle", "sql"})
_INSERT = re.compile(
    r"\binsert\s+into\s+(?:only\s+)?[\"']?((?:auth|public)[\"']?\.)?[\"']?"
    r"(users?|profiles?|customers?|members?|accounts?|employees?|students?|patients?|orders?|leads?|contacts?|clients?"
    r"|teachers?|drivers?|providers?|bookings?)[\"']?\s*\([^)]{1,800}\)\s*values\s*\(",
    re.IGNORECASE,
)
_PERSON = re.compile(r"'[^'\s@]{1,60}@[^'\s@]{1,60}\.[a-z]{2,12}'|\bcrypt\s*\(|gen_salt\s*\(", re.IGNORECASE)
_DEMO = re.compile(
    r"@(?:example|test|demo|email|mail|acme|company|domain|sample)\.|\b(?:demo|test|sample|john|jane|doe|smith)\b",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"\b(?:service|system|deleted|bot|no-?reply|anonymous|worker)[\w.-]{0,30}@|@[^']{0,40}local'", re.I
)
_LONGEST = 1_500


def seeded(view: ProjectView) -> tuple[tuple[str, int, str], ...]:
    """(path, line, table) of the first such insert of each migration."""
    found: list[tuple[str, int, str]] = []
    for item in view.schema.migrations:
        if item.tool in _TOOLS and not item.stray and "seed" not in item.path.lower():
            place = view.per_file("sql.seeds", item.path, _seed, None)
            if place is not None:
                found.append((item.path, *place))
    return tuple(found)


def _seed(text: str) -> tuple[int, str] | None:
    for match in _INSERT.finditer(text):
        values = text[match.end() : match.end() + _LONGEST].partition(";")[0]
        people = len(_PERSON.findall(values))
        if (people > 1 or (people and _DEMO.search(values))) and not _SERVICE.search(values):
            return line_at(text, match.start()), f"{match[1] or ''}{match[2]}".replace('"', "").lower()
    return None
