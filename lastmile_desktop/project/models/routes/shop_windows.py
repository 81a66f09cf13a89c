"""Reads that are made for visitors: what is published, found by its name in the address, a few columns of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lastmile_desktop.project.models.routes.model import Effect, Route
from lastmile_desktop.project.models.schema.tables import Known, key
from lastmile_desktop.project.models.walk.access import Access, Verb

_PUBLISHED = re.compile(
    r"^(?:\w+\.)?(?:is_?)?(?:active|published|public|visible|featured|listed|open|live|approved)$",
    re.IGNORECASE,
)
_TRUE = re.compile(r"^(?:true|True|1|[\"'](?:published|public|active|live)[\"'])$")
_STATE = re.compile(r"^(?:\w+\.)?(?:status|state|visibility)$", re.IGNORECASE)
_SHOWN = re.compile(r"^[\"'](?:active|published|public|live|approved|visible|listed)[\"']$", re.IGNORECASE)
_SLUG = re.compile(r"^(?:\w+\.)?(?:slug|handle|subdomain|permalink)$", re.IGNORECASE)
_ABOUT_PEOPLE = re.compile(
    r"(?:^|_)(?:users?|profiles?|accounts?|customers?|clients?|patients?|members?|memberships?|employees?|students?|"
    r"orders?|payments?|invoices?|bookings?|messages?|leads?|subscribers?|subscriptions?|contacts?|sessions?|"
    r"tokens?|keys?|devices?|documents?|transactions?)$",
    re.IGNORECASE,
)
_KEPT_BACK = re.compile(
    r"password|secret|token|api_?key|stripe|iban|ssn|birth|salary|passport|\bip_|owner_(?:email|phone)|webhook",
    re.IGNORECASE,
)
_COUNTER = re.compile(r"view|click|impression|visit|hit|download|share|play|open", re.IGNORECASE)
_COUNTS = re.compile(
    r"^(?:\w{1,30}_)?(?:view|click|impression|visit|hit|download|share|play)s?_?(?:count|total)?$",
    re.IGNORECASE,
)
_ARRANGED = re.compile(
    r"^(?:position|\w{0,20}order|(?:sort|order|display)_?(?:order|index|position|key)|rank|updated_?at)$",
    re.IGNORECASE,
)
_COUNTED_UP = re.compile(
    r"^\{\s*[\"']?\$inc[\"']?\s*:\s*\{\s*[\"']?(\w{1,60})[\"']?\s*:\s*1\s*\}\s*\}$|"
    r"^\{\s*(\w{1,60})\s*:\s*\{\s*increment\s*:\s*1\s*\}\s*,?\s*\}$"
)


def shown(route: Route, effect: Effect, known: Known) -> bool:
    """Whether an open read gives no more than a few columns of what is published."""
    access = _access_of(route, effect)
    if access is None or _ABOUT_PEOPLE.search(known.name):
        return False
    if not _published(access):
        return False
    columns = _columns(access)
    if columns is None:
        return known.table is None and access.query.layer == "mongo"
    return "*" not in columns and "(" not in columns and not _KEPT_BACK.search(columns)


def windows(routes: Iterable[Route]) -> frozenset[str]:
    """Tables without an owner that some open route reads for what is published alone."""
    return frozenset(
        key(access.query.table)
        for route in routes
        if not route.is_guarded
        for access in route.accesses
        if access.query.verb is Verb.READ
        and not access.guarded
        and not access.requested
        and not _ABOUT_PEOPLE.search(access.query.table)
        and _published(access)
    )


def catalogue(routes: Iterable[Route], is_for_insiders: Callable[[str], bool]) -> frozenset[str]:
    """Tables that are not about people and whose rows some page or route shows to whoever comes."""
    return frozenset(
        key(access.query.table)
        for route in routes
        if not route.is_guarded and not is_for_insiders(route.route)
        for access in route.accesses
        if access.query.verb is Verb.READ and access.exposed and not access.guarded
        if not _ABOUT_PEOPLE.search(access.query.table)
    )


def counts_up(route: Route, effect: Effect) -> bool:
    """Whether a change adds one to the number of views or clicks, and nothing else."""
    access = _access_of(route, effect)
    if access is None or access.query.verb is not Verb.UPDATE or access.query.payload is None:
        return False
    names = _written(access)
    if len(names) == 1 and _COUNTS.match(names[0]):
        return effect.detail.endswith("-fixed")
    found = _COUNTED_UP.match(access.query.payload.text.strip())
    return found is not None and _COUNTER.search(found[1] or found[2]) is not None


def arranges(route: Route, effect: Effect) -> bool:
    """Whether a change says in which order the rows are shown, and nothing else."""
    access = _access_of(route, effect)
    names = _written(access) if access is not None and access.query.verb is Verb.UPDATE else ()
    return bool(names) and all(_ARRANGED.match(name) for name in names)


def _written(access: Access) -> tuple[str, ...]:
    """The columns that a query names in what it writes."""
    payload = access.query.payload
    return tuple(name for name, _ in payload.entries) if payload is not None else ()


def _access_of(route: Route, effect: Effect) -> Access | None:
    return next((item for item in route.accesses if item.call is effect.call), None)


def _published(access: Access) -> bool:
    return any(
        _SLUG.match(item.column)
        or (_PUBLISHED.match(item.column) and _TRUE.match(item.value))
        or (_STATE.match(item.column) and _SHOWN.match(item.value))
        for item in access.query.predicates
    )


def _columns(access: Access) -> str | None:
    """The columns that a query names, None when it takes them all."""
    if access.query.layer != "supabase":
        return None
    for link in access.call.links:
        if link.name == "select":
            return link.args[0].text if link.args else "*"
    return None
