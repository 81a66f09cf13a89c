"""Whose rows a route touches: queries that reach another customer's row by a value from the request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.models.routes.model import EntryKind, GuardStrength, Route
from lastmile_desktop.project.models.schema.model import Tenancy
from lastmile_desktop.project.models.schema.shared_tables import shared_by_design
from lastmile_desktop.project.models.schema.tables import Known, Privacy, Tables, key
from lastmile_desktop.project.models.walk.access import Access, Predicate, Verb

_ID_COLUMN = re.compile(r"(?:^|[._])(?:id|_id|pk|uid|uuid)$|id$|Id$|ID$|^path$|__id|_pk$", re.IGNORECASE)
# Behind a role check these are the operator's own screens. Elsewhere, in an app whose customers are organisations,
# a role is one inside a customer's account.
_OPERATOR_PATH = re.compile(r"admin|staff|internal|back-?office|moderat|operator|superuser", re.IGNORECASE)
_SHARED_LIST = re.compile(
    r"leader-?board|ranking|high-?scores?|hall-?of-?fame|directory|explore|discover", re.IGNORECASE
)
# Sums kept beside the rows they are made of: no customer's own change.
_STATE = re.compile(r"(?:^|[._])(?:status|state|is_?(?:active|deleted|archived))$", re.IGNORECASE)
_FIXED = re.compile(r"^(?:[\"'][\w -]{1,40}[\"']|True|False|true|false|[A-Z]\w{0,40}\.[A-Z]\w{0,40})$")
# A picture of somebody, made to be seen by others.
_PICTURE = re.compile(r"avatar|(?:profile|user)[-_/]?(?:picture|photo|image)|/logo\b", re.IGNORECASE)
_DERIVED = re.compile(
    r"recalc|recomput|(?:refresh|sync|update)_?\w{0,30}(?:rating|average|stats)s?$", re.IGNORECASE
)
_MANY_ROUTES = 12
_ABOUT_A_USER = (GuardStrength.VERIFIED, GuardStrength.POLICY)
_OWNER_COLUMN = re.compile(
    r"(?:^|[._])(?:user|owner|author|creator|created_?by|customer|client|member|profile|account|org|organi[sz]ation|team|"
    r"tenant|workspace|company|seller|buyer|host|patient|student|teacher|driver|employee|vendor|firm|business|shop|store)"
    r"s?_?(?:id|uuid|uid)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Exposure:
    """A query whose rows nothing ties to the caller. `rule` is the catalogue's; `sure` when the schema or other
    routes show that the table's rows belong to someone; `account` when its rows are the customers themselves."""

    rule: str
    route: Route
    access: Access
    table: Known
    sure: bool
    account: bool = False


def owned_by_use(routes: tuple[Route, ...]) -> frozenset[str]:
    """Tables that some route narrows to the caller: their rows belong to someone."""
    found: set[str] = set()
    for route in routes:
        for access in route.accesses:
            if access.scope in ("caller", "compared") and access.query.table:
                found.add(key(access.query.table.rpartition(".")[2]))
    return frozenset(found)


def exposures(routes: tuple[Route, ...], tables: Tables) -> Iterator[Exposure]:
    """Every query of every route with a known caller that reaches rows of others; each place once."""
    owned = owned_by_use(routes)
    shared = shared_by_design(routes, tables)
    roles_are_operators = not tables.has_organisations
    seen: set[tuple[str, int, str]] = set()
    many = sum(1 for route in routes if route.accesses and applies(route)) >= _MANY_ROUTES
    for route in routes:
        if not applies(route):
            continue
        for access in route.accesses:
            known = tables.find(access.query.table)
            if key(known.name) in shared:
                continue
            operator = roles_are_operators or _OPERATOR_PATH.search(route.route) is not None
            account = tables.is_account(known)
            rule = "" if operator and _by_role(route, access) else judge(route, access, known, owned, account)
            place = (access.path, access.line, rule)
            ours = key(known.name) in owned
            if rule == "id-only-lookup" and not ours and not account and many:
                # Of many routes none keeps the rows of this table to its caller: nothing shows that they are for one
                # customer's eyes.
                continue
            if rule and place not in seen:
                seen.add(place)
                yield Exposure(rule, route, access, known, known.is_tenant or ours, account)


def applies(route: Route) -> bool:
    """Routes without a guard are the other check's; webhooks, jobs and signed links speak for no user."""
    return (
        any(guard.strength in _ABOUT_A_USER for guard in route.guards)
        and not route.is_webhook
        and not (route.public_by_design and route.kind is EntryKind.HTTP)
    )


def reaches_tenant_rows(access: Access, known: Known, owned: frozenset[str]) -> bool:
    """Whether this query is about rows that belong to someone, beyond the reach of row security."""
    if access.client == "user" or access.query.layer in ("supabase-rpc", "sqlalchemy-unit", "auth"):
        return False
    if access.query.layer == "storage":
        return access.query.verb in (Verb.SIGN, Verb.READ, Verb.DELETE)
    private = known.privacy is Privacy.PRIVATE
    if key(known.name) in owned and (private or known.table is None):
        return True
    return known.is_tenant or (known.table is None and private)


def _by_role(route: Route, access: Access) -> bool:
    """Whether the caller's role was asked for before this query, or before the rows that it goes on with."""
    if access.scope != "row":
        return access.scope == "role"
    sources = [route.accesses[place] for place in access.through if place < len(route.accesses)]
    asked = [item for item in sources if item.requested]
    return bool(asked) and all(item.scope == "role" for item in asked)


def judge(route: Route, access: Access, known: Known, owned: frozenset[str], account: bool = False) -> str:
    """The rule a query breaks, "" when it is fine or not for this check."""
    if access.guarded and access.scope == "row" and access.query.verb.writes:
        return _through_foreign(route, access, known, owned)
    if (
        not access.guarded
        or access.scope not in ("", "role")
        or not (reaches_tenant_rows(access, known, owned) or (account and _by_own_key(access)))
    ):
        return ""
    if access.query.layer == "storage":
        return "signed-url" if access.requested else ""
    verb = access.query.verb
    if verb is Verb.INSERT:
        return ""
    keyed = [
        item
        for item in access.query.predicates
        if _ID_COLUMN.search(item.column) or _OWNER_COLUMN.search(item.column) or _built(item, access)
    ]
    if access.requested and not keyed and not access.bulk and not _changes_by_value(access):
        return ""
    if verb.writes:
        if access.computed or not access.requested or _DERIVED.search(access.function):
            return ""
        return "service-role-user-path" if access.client == "service" else "update-delete-by-id"
    if known.privacy is Privacy.PUBLIC or not access.exposed or _PICTURE.search(route.route):
        return ""
    if not access.requested:
        return _list_all(route, access, known)
    if access.bulk:
        return "bulk-ids"
    if access.client == "service" and access.query.layer == "supabase":
        return "service-role-user-path"
    nested = (known.is_tenant or known.table is None) and _has_checked_parent(route, access)
    return "nested-parent" if nested else "id-only-lookup"


def _by_own_key(access: Access) -> bool:
    """One row, asked for by the key of the table itself."""
    keys = [item.column.rpartition(".")[2] for item in access.query.predicates]
    return access.client != "user" and bool(access.requested) and keys in (["id"], ["uuid"], ["pk"])


def _changes_by_value(access: Access) -> bool:
    """With the service key, a change by any value of the request reaches that value's rows of every customer."""
    return access.query.verb.writes and access.client == "service" and bool(access.query.predicates)


def _built(predicate: Predicate, access: Access) -> bool:
    """A list of conditions put together before, with an id of the request in it."""
    return (
        predicate.column == "*"
        and "..." in predicate.value
        and any(_ID_COLUMN.search(origin) for origin in access.requested)
    )


def _through_foreign(route: Route, access: Access, known: Known, owned: frozenset[str]) -> str:
    """A row that was fetched by the id in the request is changed, and nothing in between tied it to the caller."""
    if access.query.verb is Verb.INSERT or not (known.is_tenant or key(known.name) in owned):
        return ""
    same = [route.accesses[place] for place in access.through if place < len(route.accesses)]
    foreign = [
        item for item in same if item.requested and item.scope in ("", "role") and item.client != "user"
    ]
    table = key(access.query.table)
    return "update-delete-by-id" if any(key(item.query.table) == table for item in foreign) else ""


def _list_all(route: Route, access: Access, known: Known) -> str:
    if access.query.single or known.privacy is not Privacy.PRIVATE:
        return ""
    if access.query.predicates and not _by_state(access, known):
        return ""
    if _SHARED_LIST.search(route.route) or any(_narrows(other, access) for other in route.accesses):
        return ""
    if access.query.layer in ("sql", "sqlalchemy") and "count" in access.call.callee.lower():
        return ""
    return "list-all"


def _by_state(access: Access, known: Known) -> bool:
    """Whether rows that belong to organisations are only chosen by their state: those waiting to be approved."""
    by_org = known.table is not None and known.table.tenancy is Tenancy.ORG
    return by_org and all(
        _STATE.search(item.column) and _FIXED.match(item.value) for item in access.query.predicates
    )


def _narrows(other: Access, access: Access) -> bool:
    """The same function reads the same table in another branch, by a value of the request or for the caller."""
    same = other.path == access.path and other.function == access.function
    narrowed = bool(other.requested) or other.scope in ("caller", "compared", "parent", "row")
    return same and narrowed and other is not access and other.query.table == access.query.table


def _has_checked_parent(route: Route, access: Access) -> bool:
    """Another row asked for in the same request was tied to the caller before."""
    before = route.accesses[: route.accesses.index(access)]
    return any(
        item.requested
        and item.scope in ("caller", "compared", "parent")
        and item.requested != access.requested
        for item in before
    )
