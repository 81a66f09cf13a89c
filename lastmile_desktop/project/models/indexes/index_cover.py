"""Which lookups of a schema have an index that fits, and which read the whole table (catalogue §5.15 G)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.models.row_security.policy_review import open_to_readers
from lastmile_desktop.project.models.row_security.rls_policy import Surroundings, surroundings
from lastmile_desktop.project.models.schema.model import (
    Index,
    Migration,
    Place,
    RlsPolicy,
    SchemaModel,
    Table,
)
from lastmile_desktop.project.models.schema.table_kinds import is_fixed, own_tables

_CALLER = r"(?:auth\s*\.\s*(?:uid|jwt|role|email)\s*\(\s*\)|current_setting\s*\([^)]{0,80}\))"
_WRAPPED = re.compile(rf"\(\s*select\s+{_CALLER}[^()]{{0,80}}\)", re.IGNORECASE)
_BARE = re.compile(_CALLER, re.IGNORECASE)
_COMPARED = (
    re.compile(rf"\b(?:\w+\.)?\"?(\w+)\"?\s*(?:::\w+\s*)?=\s*\(*\s*(?:select\s+)?{_CALLER}", re.IGNORECASE),
    re.compile(rf"{_CALLER}[^=<>()]{{0,30}}\)*\s*(?:::\w+\s*)?=\s*\(?(?:\w+\.)?\"?(\w+)\"?", re.IGNORECASE),
)
_AMONG = re.compile(r"\b(?:\w+\.)?\"?(\w+)\"?\s+in\s*\(\s*\(?\s*select\b", re.IGNORECASE)
_SUBQUERY = re.compile(r"\b(?:exists|in|any)\s*\(\s*\(?\s*select\b", re.IGNORECASE)
_ALL_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_LOWERED = re.compile(r"lower\(\s*\(?\"?(\w+)")


@dataclass(frozen=True, slots=True)
class Gap:
    """Columns of a table that are looked up without an index. `places` are where each is declared or used."""

    rule: str
    table: Table
    columns: tuple[str, ...]
    places: tuple[Place, ...]
    detail: str = ""


def schema_gaps(schema: SchemaModel) -> tuple[Gap, ...]:
    """What the schema alone tells: keys, policies and indexes."""
    by_path = {item.path: item for item in schema.migrations}
    unread = {name for item in schema.unparsed for name in item.tables}
    around = surroundings(schema)
    found: list[Gap] = []
    for table in sorted(own_tables(schema), key=lambda item: item.sequence):
        if table.name in unread:
            continue
        found += _foreign_keys(table, by_path)
        found += _policy_columns(table, around)
        found += _per_row(table)
        found += _many_permissive(table)
        found += _doubled(table)
    return tuple(found)


def leads(table: Table, column: str) -> bool:
    """Whether some index, unique rule or the primary key begins with this column."""
    if table.primary_key[:1] == (column,):
        return True
    return any(
        index.columns[:1] == (column,) and _is_whole(index) and index.method in ("", "hash")
        for index in table.indexes
    )


def covers(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether a lookup by all of these columns can begin with an index."""
    return any(leads(table, column) for column in columns)


def has_text_index(table: Table, column: str) -> bool:
    """A trigram or full-text index on the column."""
    return any(
        index.method in ("gin", "gist") and any(column in part for part in index.columns)
        for index in table.indexes
    )


def ignores_case(table: Table, column: str) -> bool:
    """An index on `lower(column)`, or a column type without case."""
    kept = table.column(column)
    if kept is not None and kept.type == "citext":
        return True
    return any(
        (match := _LOWERED.search(part)) is not None and match[1] == column
        for index in table.indexes
        for part in index.columns
    )


def _is_whole(index: Index) -> bool:
    """A partial index serves lookups when it leaves out only rows without a value, or deleted ones."""
    return (
        not index.where
        or re.search(r"is not null|deleted_at|is null", index.where, re.IGNORECASE) is not None
    )


def _foreign_keys(table: Table, by_path: dict[str, Migration]) -> Iterator[Gap]:
    """Postgres, Prisma, Drizzle and SQLAlchemy make no index for a foreign key; MySQL does, and Django's are in the
    schema."""
    if is_fixed(table):
        return
    bare: dict[str, Place] = {}
    for item in table.foreign_keys:
        first = item.columns[0] if item.columns else ""
        column = table.column(first)
        if column is None or leads(table, first):
            continue
        migration = by_path.get(item.place.path)
        if migration is not None and migration.dialect == "mysql":
            continue
        bare.setdefault(first, item.place)
    if bare:
        yield Gap("fk-unindexed", table, tuple(bare), tuple(bare.values()))


def _texts(policy: RlsPolicy) -> str:
    return f"{policy.using or ''} {policy.check or ''}"


def read_filters(table: Table) -> dict[str, Place]:
    """The columns by which policies pick the rows that a caller may read, with the policy that does."""
    found: dict[str, Place] = {}
    for policy in table.policies:
        if policy.using is None or policy.command.upper() not in ("SELECT", "ALL", ""):
            continue
        text = _without_subqueries(policy.using)
        names = [name for pattern in _COMPARED for name in pattern.findall(text)]
        for name in (*names, *_AMONG.findall(policy.using)):
            column = table.column(name.lower())
            if column is not None:
                found.setdefault(column.name, policy.place)
    return found


def _policy_columns(table: Table, around: Surroundings) -> Iterator[Gap]:
    keys = {item.columns[0] for item in table.foreign_keys if item.columns}
    bare = {
        name: place
        for name, place in read_filters(table).items()
        if name not in keys and not leads(table, name)
    }
    # Where others may read rows as well, the database does not look them up by their owner.
    open_rows = open_to_readers(table, around) or any(map(_asks_nobody, table.policies))
    if bare and not is_fixed(table) and not open_rows:
        yield Gap("policy-column", table, tuple(bare), tuple(bare.values()))


def _asks_nobody(policy: RlsPolicy) -> bool:
    """Whether this policy lets rows be read by what they are, whoever asks."""
    if policy.using is None or not policy.permissive or policy.command.upper() not in ("SELECT", "ALL", ""):
        return False
    return "service_role" not in policy.roles and "(" not in policy.using.strip("() ")


def _without_subqueries(text: str) -> str:
    """The condition with every subquery on other tables cut out."""
    kept: list[str] = []
    position = 0
    while (match := _SUBQUERY.search(text, position)) is not None:
        kept.append(text[position : match.start()])
        depth, at = 0, text.index("(", match.start())
        while at < len(text):
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
            if depth == 0:
                break
        position = at
    return "".join([*kept, text[position:]])


def _per_row(table: Table) -> Iterator[Gap]:
    places = [
        policy.place
        for policy in table.policies
        if _BARE.search(_WRAPPED.sub("", _texts(policy))) is not None
    ]
    if places:
        yield Gap("rls-per-row", table, (), tuple(places), "fixed" if is_fixed(table) else "")


def _many_permissive(table: Table) -> Iterator[Gap]:
    """Several policies that let the same role do the same thing: each is asked for each row."""
    places: dict[Place, None] = {}
    shared = ""
    for verb in _ALL_VERBS:
        same = [
            policy
            for policy in table.policies
            if policy.permissive
            and policy.command.upper() in (verb, "ALL", "")
            and "service_role" not in policy.roles
        ]
        for position, policy in enumerate(same):
            for other in same[position + 1 :]:
                if _share_a_role(policy, other):
                    shared = shared or verb
                    places |= dict.fromkeys((other.place, policy.place))
    if places:
        yield Gap("many-permissive", table, (), tuple(places), shared)


def _share_a_role(first: RlsPolicy, second: RlsPolicy) -> bool:
    mine, theirs = set(first.roles or ("public",)), set(second.roles or ("public",))
    return bool(mine & theirs) or "public" in mine | theirs


def _doubled(table: Table) -> Iterator[Gap]:
    """An index that another one with the same columns makes needless."""
    seen: dict[tuple[object, ...], Index] = {}
    if table.primary_key:
        seen[table.primary_key, "", ""] = Index("primary key", table.primary_key, True, "", table.place)
    for index in table.indexes:
        key = (index.columns, index.where, index.method)
        if key in seen and index.columns and all(index.columns):
            yield Gap("duplicate-unused", table, index.columns, (index.place,), index.name)
        seen.setdefault(key, index)
