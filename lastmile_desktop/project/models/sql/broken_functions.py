"""Functions that a later migration left behind: each call fails on a column that its table lost, or on a helper that
was dropped, and a failed call changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.models.schema.model import Completeness, SchemaModel, SqlFunction, Table

_NAME = r"(?:only\s+)?\"?(?:(\w{1,63})\"?\s?\.\s?\"?)?(\w{1,63})\"?"
_INSERT = re.compile(
    rf"\binsert\s+into\s+{_NAME}\s*(?:as\s+\w{{1,63}}\s*)?\(([^()]{{1,2000}})\)", re.IGNORECASE
)
_UPDATE = re.compile(
    rf"\bupdate\s+{_NAME}\s+(?:as\s+)?(?:\w{{1,63}}\s+)?set\s+(.{{1,2000}}?)(?=\bwhere\b|\breturning\b|\bfrom\b|;|$)",
    re.IGNORECASE | re.DOTALL,
)
_SET = re.compile(r"(?:^|,)\s*\"?(\w{1,63})\"?\s*=(?!=)")
_INNER = re.compile(r"\([^()]*\)")
_COMMENTS = re.compile(r"--[^\n]*|/\*.{0,4000}?\*/", re.DOTALL)
_STRINGS = re.compile(r"'[^']{0,2000}'")


def is_broken(function: SqlFunction, schema: SchemaModel) -> bool:
    """Whether what it writes names a column that its table does not have after a later migration."""
    order = {item.path: place for place, item in enumerate(schema.migrations)}
    made = order.get(function.place.path, len(order))
    whole = schema.completeness is Completeness.FULL
    return any(whole or order.get(table.place.path, -1) > made for table, _ in lost_columns(function, schema))


def lost_columns(function: SqlFunction, schema: SchemaModel) -> Iterator[tuple[Table, str]]:
    body = _STRINGS.sub("''", _COMMENTS.sub(" ", function.body))
    for match in _INSERT.finditer(body):
        names = tuple(name.strip().strip('"') for name in match[3].split(","))
        yield from _unknown(match[1], match[2], names, schema)
    for match in _UPDATE.finditer(body):
        text = match[3]
        for _ in range(4):
            text = _INNER.sub("0", text)
        yield from _unknown(match[1], match[2], tuple(_SET.findall(text)), schema)


def _unknown(
    owner: str | None, name: str, columns: tuple[str, ...], schema: SchemaModel
) -> Iterator[tuple[Table, str]]:
    table = schema.table(f"{owner or 'public'}.{name}")
    if table is None or not table.created or not table.columns or table.partition_of:
        return
    # A statement that was not understood may have added the column.
    if any(table.name in item.tables or table.bare_name in item.tables for item in schema.unparsed):
        return
    known = {column.name.lower() for column in table.columns}
    yield from (
        (table, column)
        for column in columns
        if re.fullmatch(r"\w{1,63}", column) and column.lower() not in known
    )
