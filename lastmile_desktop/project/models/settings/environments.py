"""How many environments a project has: which databases its settings name, and what tells one from the other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.lines import line_at

_DATABASE = re.compile(
    r"(?m)^\s{0,20}(?:export\s+)?[\"']?(?P<name>[A-Z0-9_]{0,60}(?:SUPABASE_URL|DATABASE_URL|DB_URL"
    r"|POSTGRES_URL|POSTGRES_PRISMA_URL|DIRECT_URL|MONGO(?:DB)?_UR[IL]|MONGO_URL|TURSO_DATABASE_URL"
    r"|REDIS_URL|FIREBASE_PROJECT_ID))[\"']?\s{0,5}[=:]\s{0,5}[\"']?(?P<value>[^\s\"'#]{8,300})"
)
_SUPABASE = re.compile(
    r"https?://([a-z0-9]{15,30})\.supabase\.(?:co|in)|@db\.([a-z0-9]{15,30})\.supabase"
    r"|postgres\.([a-z0-9]{15,30}):",
    re.IGNORECASE,
)
_HOST = re.compile(r"@([\w.-]{3,120})(?::\d{1,5})?/([\w-]{0,80})")
_LOCAL = re.compile(
    r"localhost|127\.0\.0\.1|host\.docker\.internal|@(?:db|postgres|mongo|mysql|redis|database)(?::|/)"
    r"|^file:|^sqlite|\.local\b"
)
_PLACEHOLDER = re.compile(
    r"(?i)your[-_ ]|xxx|<|\$\{|example\.(?:com|org|net)|placeholder|changeme|user:pass(?:word)?@"
)


@dataclass(frozen=True, slots=True)
class Database:
    """A database that a file of settings names. `identity` is a mark that is equal for the same database and tells
    nothing of it."""

    path: str
    line: int
    name: str
    identity: str
    local: bool


def stage_of(path: str) -> str:
    """Which environment a file of settings is for, by its name: `dev`, `prod`, `preview`, `test`, or ``."""
    name = path.rpartition("/")[2].lower()
    if re.search(r"prod", name):
        return "prod"
    if re.search(r"stag|preview|preprod|uat", name):
        return "preview"
    if re.search(r"test|ci\b", name):
        return "test"
    return "dev" if re.search(r"dev|local", name) else ""


def databases(text: str) -> tuple[tuple[str, int, str, bool], ...]:
    """(name, line, identity, local) of each address in a file."""
    return tuple(_read(text))


def _read(text: str) -> Iterator[tuple[str, int, str, bool]]:
    for match in _DATABASE.finditer(text):
        value = match["value"]
        if _PLACEHOLDER.search(value):
            continue
        identity = _identity(value)
        local = bool(_LOCAL.search(value))
        if identity or local:
            yield match["name"], line_at(text, match.start("name")), identity, local


def _identity(value: str) -> str:
    supabase = _SUPABASE.search(value)
    if supabase is not None:
        plain = next(group for group in supabase.groups() if group)
    else:
        host = _HOST.search(value)
        if host is None:
            return ""
        plain = f"{host[1]}/{host[2]}"
    return hashlib.sha256(plain.lower().encode("utf-8", "replace")).hexdigest()[:16]
