"""The tables and conditions of a raw SQL string, as far as one statement's shape tells them."""

from __future__ import annotations

import re
from functools import lru_cache

from lastmile_desktop.project.models.walk.access import Verb

_NAME = r"[\"`\[]?(?:\w+[\"`\]]?\.[\"`\[]?)?(\w+)[\"`\]]?"
_TABLE = re.compile(rf"\b(?:from|into|update|join)\s+(?:only\s+)?{_NAME}", re.IGNORECASE)
_VERB = re.compile(r"^\s*\(*\s*(select|insert|update|delete|with|replace|merge|call)\b", re.IGNORECASE)
_WRITING = re.compile(r"\b(insert\s+(?:or\s+\w+\s+)?into|update\s+\w+\s+set|delete\s+from)\b", re.IGNORECASE)
_PLACE = r"(\$\{[^}]{1,200}\}|\{[^}]{1,200}\}|\$\d+|\?|%s|%\(\w+\)s|:\w+|@\w+)"
_CONDITION = re.compile(
    rf"[\"`]?(?:\w+[\"`]?\.[\"`]?)?(\w+)[\"`]?(?:::\w+)?\s*(=|in|like|ilike|<>|!=|>=|<=|>|<)\s*"
    rf"(?:any\s*)?\(?\s*{_PLACE}",
    re.IGNORECASE,
)
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_SQL_TEXT = re.compile(
    r"\b(?:select\b.{1,400}?\bfrom\b|insert\s+(?:or\s+\w+\s+)?into\b|update\b.{1,80}?\bset\b|delete\s+from\b)",
    re.I | re.S,
)
_PLACES = re.compile(_PLACE)
_CTE_NAMES = re.compile(r"\bwith\s+(\w+)\s+as\b|,\s*(\w+)\s+as\s*\(", re.IGNORECASE)


def looks_like_sql(text: str) -> bool:
    """Whether a string is a data statement."""
    return _SQL_TEXT.search(text) is not None


@lru_cache(maxsize=2048)
def verb(text: str) -> Verb:
    """What the statement does to rows."""
    found = _VERB.match(text.lstrip("`'\"fr("))
    word = found.group(1).lower() if found else ""
    if word == "with" or not word:
        writing = _WRITING.search(text)
        word = writing.group(1).split()[0].lower() if writing else "select"
    return {
        "insert": Verb.INSERT,
        "replace": Verb.INSERT,
        "merge": Verb.UPDATE,
        "update": Verb.UPDATE,
        "delete": Verb.DELETE,
    }.get(word, Verb.READ)


@lru_cache(maxsize=2048)
def table(text: str) -> str:
    """The first table the statement names, "" when it is computed."""
    common = {name for pair in _CTE_NAMES.findall(text) for name in pair if name}
    return next((name for name in _TABLE.findall(text) if name not in common), "")


@lru_cache(maxsize=2048)
def conditions(text: str) -> tuple[tuple[str, str, bool], ...]:
    """(column, placeholder, many) of each comparison with a value in WHERE. Positional placeholders come back as
    `$1`, counted over the whole statement."""
    where = _WHERE.search(text)
    if where is None:
        return ()
    found: list[tuple[str, str, bool]] = []
    for match in _CONDITION.finditer(text, where.end()):
        place = match.group(3)
        if place in ("?", "%s"):
            before = sum(
                1 for item in _PLACES.finditer(text, 0, match.start(3)) if item.group(1) in ("?", "%s")
            )
            place = f"${before + 1}"
        if match.group(2).lower() in ("=", "in"):
            found.append(
                (match.group(1), place, match.group(2).lower() == "in" or "any" in match.group(0).lower())
            )
    return tuple(found)
