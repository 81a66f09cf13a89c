"""Tables that all people of an app share on purpose: one household or one team, whose lists everybody sees."""

from __future__ import annotations

import re

from lastmile_desktop.project.models.routes.model import GuardStrength, Route
from lastmile_desktop.project.models.schema.model import ForeignKey, Table, Tenancy
from lastmile_desktop.project.models.schema.tables import Privacy, Tables, key
from lastmile_desktop.project.models.walk.access import Access, Verb

# Columns that say who did something, not whose the row is.
_ATTRIBUTION = re.compile(
    r"^(?:created|added|updated|edited|modified|changed|requested|uploaded|checked|completed|submitted|approved|"
    r"assigned|closed|posted|reported|invited|archived|deleted|done)_?(?:by|to)(?:_?(?:user|member))?(?:_?id)?$",
    re.IGNORECASE,
)
_OWNER = re.compile(
    r"(?:^|[._])(?:user|owner|author|creator|member|profile)_?(?:id)?$|_?by(?:_?id)?$|^\*$", re.IGNORECASE
)
_KEY_COLUMN = re.compile(r"(?:^|[._])(?:id|pk|uuid)$|_id$|Id$|^\*$")
_OWN_KEY = re.compile(r"(?:^|[._])(?:id|pk|uuid|uid)$")
_SIGNED_IN = (GuardStrength.VERIFIED, GuardStrength.POLICY)
_MAX_DEPTH = 3


def shared_by_design(routes: tuple[Route, ...], tables: Tables) -> frozenset[str]:
    """Tables (by `key`) that no route narrows to the caller, that have no column for an owner, nor a parent with
    one, and whose rows some route lists to everybody who is signed in."""
    if tables.has_organisations:
        return frozenset()
    narrowed: set[str] = set()
    listed: set[str] = set()
    for route in routes:
        signed_in = any(guard.strength in _SIGNED_IN for guard in route.guards)
        for access in route.accesses:
            if not access.query.table:
                continue
            name = key(access.query.table.rpartition(".")[2])
            if _narrows(access, tables):
                narrowed.add(name)
            elif signed_in and _lists(access, tables):
                listed.add(name)
    return frozenset(name for name in _candidates(routes) if _is_shared(name, tables, narrowed, listed, 0))


def _candidates(routes: tuple[Route, ...]) -> set[str]:
    return {
        key(access.query.table.rpartition(".")[2])
        for route in routes
        for access in route.accesses
        if access.query.table
    }


def _narrows(access: Access, tables: Tables) -> bool:
    """The condition names the owner, or the owner of the row that was asked for is compared with the caller."""
    if access.scope == "compared":
        table = tables.find(access.query.table).table
        has_person = table is None or any(_OWNER.search(column.name) for column in table.columns)
        by_key = any(_OWN_KEY.search(predicate.column) for predicate in access.query.predicates)
        return has_person and by_key and bool(access.requested)
    owners = any(_OWNER.search(predicate.column) for predicate in access.query.predicates)
    return access.scope == "caller" and access.query.verb is not Verb.INSERT and owners


def _lists(access: Access, tables: Tables) -> bool:
    """Many rows, chosen by what they are and not by their key; all rows of something private are a fault."""
    query = access.query
    if query.verb is not Verb.READ or query.single or access.scope or not access.exposed:
        return False
    if any(_KEY_COLUMN.search(predicate.column) for predicate in query.predicates):
        return False
    return bool(query.predicates) or tables.find(query.table).privacy is not Privacy.PRIVATE


def _is_shared(name: str, tables: Tables, narrowed: set[str], listed: set[str], depth: int) -> bool:
    table = tables.find(name).table
    if table is None or name in narrowed or depth > _MAX_DEPTH or not _is_ownerless(table):
        return False
    parents = [parent for foreign in table.foreign_keys if (parent := _owner(table, foreign, tables))]
    if any(parent.name != table.name and _separates(parent, narrowed, depth, tables) for parent in parents):
        return False
    if name in listed:
        return True
    return any(
        parent.name != table.name and _is_shared(key(parent.bare_name), tables, narrowed, listed, depth + 1)
        for parent in parents
    )


def _is_ownerless(table: Table) -> bool:
    """Neither a column of its own nor a key to people says whose the row is."""
    columns = {column for foreign in table.foreign_keys for column in foreign.columns}
    own = [column for column in table.tenancy_columns if column not in columns or _is_person(table, column)]
    return all(_ATTRIBUTION.match(column) for column in own)


def _is_person(table: Table, column: str) -> bool:
    return any(
        column in foreign.columns
        and key(foreign.table.rpartition(".")[2]) in ("user", "profile", "account", "userprofile")
        for foreign in table.foreign_keys
    )


def _owner(table: Table, foreign: ForeignKey, tables: Tables) -> Table | None:
    """The table that this row is a part of: a reference that may be empty and outlives the other row is none."""
    bare = foreign.table.rpartition(".")[2]
    if any(_ATTRIBUTION.match(column) for column in foreign.columns):
        return None
    columns = [found for name in foreign.columns if (found := table.column(name)) is not None]
    loose = (
        columns and all(column.nullable for column in columns) and "cascade" not in foreign.on_delete.lower()
    )
    return None if loose else tables.find(bare).table


def _separates(parent: Table, narrowed: set[str], depth: int, tables: Tables) -> bool:
    """Whether rows of the parent belong to one person or are read as if they did."""
    if key(parent.bare_name) in narrowed or (
        parent.tenancy is not Tenancy.NONE and not _is_ownerless(parent)
    ):
        return True
    if depth >= _MAX_DEPTH:
        return False
    above = (_owner(parent, foreign, tables) for foreign in parent.foreign_keys)
    return any(
        item is not None and item.name != parent.name and _separates(item, narrowed, depth + 1, tables)
        for item in above
    )
