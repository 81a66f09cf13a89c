"""Which routes are for administrators or leading members only, and whether anything asks for the caller's role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Branch,
    Call,
    Do,
    Leave,
    Outline,
    Step,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.crypto.uses import Scope, scopes
from lastmile_desktop.project.models.routes.model import EffectKind, EntryKind, GuardStrength, Route
from lastmile_desktop.project.models.row_security.privileged_columns import ROLE_COLUMN
from lastmile_desktop.project.models.schema.model import SchemaModel, Table

_ADMIN_PATH = re.compile(
    r"(?i)(?:^|[/_.-])(?:super-?admin|admin|administration|backoffice|back-office|internal)(?:$|[/_.\[:-])"
)
_ADMIN_FOLDER = re.compile(r"(?i)(?:^|/)\(?(?:super-?)?admin\)?/")
_ADMIN_NAME = re.compile(r"^(?:admin[A-Z_]\w{2,60}|\w{2,40}(?:AsAdmin|ForAdmin|_as_admin))$")
_LEADING = re.compile(r"(?i)/(?:members?|team-?members|invites?|invitations?|roles?|billing|refunds?)(?:/|$)")
_OWN = re.compile(
    r"(?i)accept|join|leave|/me(?:/|$)|mine|/my|portal|checkout|billing/status|login|log-in|sign|verify|webhook|health|request-access"
)
_ASKS = re.compile(
    r"(?i)admin|\brole|_role|Role|permission|privilege|staff|moderator|superuser|\bcan\(|ability|authorize|is_?owner|forbid|owner_?id|\b403\b"
)
_BY_NAME = re.compile(
    r"(?i)(?:require|ensure|assert|check|verify|is|has|must|only|with|guard|authori[sz]e)_?\w{0,30}(?:admin|role|permission|staff|owner)"
)
_NAMED = re.compile(r"(?i)admin|\brole|_role|Role|permission|staff|superuser")
_MEMBERSHIP = re.compile(
    r"(?:^|_)(?:members|memberships|team_users|org_users|workspace_users|organization_users)$"
)
_ROLE_TEST = re.compile(
    r"(?i)\b(?:is_?admin|isSuperAdmin|is_staff)\b|\brole\b['\"\]]?\s*(?:={2,3}|!==?)\s*['\"]|\brole\b\s*\)|includes\(\s*[\w.?]{0,30}role\b|user_?role\b|hasRole\("
)
_METADATA = re.compile(
    r"user_?metadata[?!]?\.?\[?['\"]?\.?(?:role|is_?admin|user_?role|permissions?)\b", re.IGNORECASE
)
_JOINS = re.compile(r"(?i)register|sign_?up|accept|join|create_?user|onboard")
_GIVEN_ROLE = re.compile(
    r"(?:^|[{,(]\s*|['\"])role['\"]?\s*(?:[,}]|:\s*(?:role|req\.body\.role|body\.role|data\.role|input\.role)\b|=\s*\w{1,30}\.role\b)"
)


@dataclass(frozen=True, slots=True)
class Unasked:
    """A route for a few that any signed-in user may call. `sure` when its address says whom it is for."""

    route: Route
    sure: bool


def unasked(routes: tuple[Route, ...], schema: SchemaModel) -> Iterator[Unasked]:
    """Guarded routes of administrators or leading members in which nothing asks for a role."""
    led = any(_MEMBERSHIP.search(table.bare_name) and _role_of(table) for table in schema.tables.values())
    for route in routes:
        admin = is_admin_route(route)
        leading = not admin and led and _LEADING.search(route.route) is not None and _mutates(route)
        if not (admin or leading) or route.is_webhook or route.public_by_design or _OWN.search(route.route):
            continue
        if _is_for_caller(route) or _writes_before(route):
            continue
        if _has_user(route) and _does_something(route) and not asks_for_role(route):
            yield Unasked(route, admin)


def _is_for_caller(route: Route) -> bool:
    """Every query names the caller in its condition: whoever calls reaches what is theirs and nothing else."""
    kinds = (EffectKind.DB_READ, EffectKind.DB_WRITE)
    return (
        bool(route.accesses)
        and all(access.scope == "caller" and access.query.predicates for access in route.accesses)
        and all(effect.kind in kinds for effect in route.effects)
    )


def _writes_before(route: Route) -> bool:
    """Whether it writes before anybody is asked: then it is open to strangers, which is told elsewhere."""
    return any(
        effect.kind is EffectKind.DB_WRITE
        and not effect.guarded
        and effect.doubt is None
        and effect.client != "user"
        for effect in route.effects
    )


def is_admin_route(route: Route) -> bool:
    if route.kind in (EntryKind.SERVER_ACTION, EntryKind.SERVER_FUNCTION):
        return _ADMIN_NAME.match(route.route) is not None or _ADMIN_FOLDER.search(route.path) is not None
    named = route.kind is EntryKind.EDGE_FUNCTION or route.route.startswith("/")
    return named and _ADMIN_PATH.search(route.route) is not None


def asks_for_role(route: Route) -> bool:
    """Whether a query of the route runs for a role, or some check on the way names one."""
    if any(access.scope in ("admin", "role") for access in route.accesses):
        return True
    if any(_BY_NAME.search(name) for name in route.through):
        return True
    return any(_ASKS.search(text) for text in _texts(route))


def is_held_by_role(route: Route) -> bool:
    """Whether it is sure that the route asks for a role before it does anything."""
    return any(access.scope in ("admin", "role") for access in route.accesses) or any(
        _NAMED.search(guard.name) for guard in route.guards
    )


def _texts(route: Route) -> Iterator[str]:
    yield from (guard.name for guard in route.guards)
    yield from (guard.path.rpartition("/")[2] for guard in route.guards)
    handler = route.handler
    if handler is None:
        return
    for call in (*handler.wrapped_by, *handler.decorators, *calls_within(handler.body)):
        yield call.callee
        for link in call.links:
            yield from (
                arg.text[:200] for arg in link.args or () if not arg.function and not _is_address(arg)
            )
    yield from (step.test for step in steps_within(handler.body) if isinstance(step, Branch))
    yield from (value.text for _, value in handler.param_values)
    yield from handler.params


def _is_address(value: Value) -> bool:
    """The route's own address, or one that is called, says nothing of a check."""
    return value.literal is not None and "/" in value.literal


def _has_user(route: Route) -> bool:
    return any(guard.strength is GuardStrength.VERIFIED for guard in route.guards)


def _does_something(route: Route) -> bool:
    kinds = (EffectKind.DB_WRITE, EffectKind.DB_READ, EffectKind.PAYMENT, EffectKind.EMAIL)
    return any(effect.kind in kinds and effect.client != "user" for effect in route.effects)


def _mutates(route: Route) -> bool:
    return any(effect.kind in (EffectKind.DB_WRITE, EffectKind.PAYMENT) for effect in route.effects)


def _role_of(table: Table) -> bool:
    return any(ROLE_COLUMN.match(column.name) for column in table.columns)


def role_tables(schema: SchemaModel) -> tuple[Table, ...]:
    """Tables that keep who has which role."""
    return tuple(table for table in schema.tables.values() if _role_of(table))


def memberships_without_role(schema: SchemaModel) -> tuple[Table, ...]:
    """Tables of members in which all are alike, in a schema that knows no roles elsewhere."""
    if role_tables(schema):
        return ()
    return tuple(
        table
        for table in schema.tables.values()
        if table.created and _MEMBERSHIP.search(table.bare_name) and len(table.columns) > 1
    )


@dataclass(frozen=True, slots=True)
class RoleUse:
    """`tests` are the lines that ask for a role, `metadata` those that read it from what users edit themselves, `given`
    those that write the role a request sent."""

    tests: tuple[int, ...] = ()
    metadata: tuple[int, ...] = ()
    given: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.tests or self.metadata or self.given)


_WORTH = ("role", "Role", "admin", "Admin", "is_staff")


def review_text(outline: Outline, text: str) -> RoleUse:
    """All of one file, which is read only when its text names a role."""
    if not any(word in text for word in _WORTH):
        return RoleUse()
    tests: set[int] = set()
    metadata: set[int] = set()
    given: set[int] = set()
    for scope in scopes(outline):
        joins = _JOINS.search(f"{scope.function} {outline.path}") is not None
        limited = False
        for step, _ in scope.steps:
            for line, part in _parts(step):
                if isinstance(step, Branch) and _ROLE_TEST.search(part):
                    tests.add(line)
                    limited = True
                if _METADATA.search(part) and "=>" not in part:
                    metadata.add(line)
        if joins and not limited:
            given.update(_given(scope))
    return RoleUse(tuple(sorted(tests)), tuple(sorted(metadata)), tuple(sorted(given)))


def _parts(step: Step) -> Iterator[tuple[int, str]]:
    if isinstance(step, Branch):
        yield step.span.line, step.test
    elif isinstance(step, Do | Leave) and step.value is not None and not step.value.function:
        yield step.span.line, step.value.text[:300]


_WRITES = frozenset({"insert", "upsert", "values", "create", "insertOne", "insert_one", "update", "set"})


def _given(scope: Scope) -> Iterator[int]:
    """Rows of people written with the role that came with the request."""
    taken = any(
        "role" in step.targets
        and step.value is not None
        and re.search(r"body|json\(|input|data|payload", step.value.text)
        for step, _ in scope.steps
        if isinstance(step, Do)
    )
    for use in scope.calls():
        for link in use.call.links:
            if (link.name or use.call.root) in _WRITES and _is_store(use.call):
                text = " ".join(arg.text for arg in link.args or ())
                found = _GIVEN_ROLE.search(text)
                if found is not None and (taken or ".role" in found[0]):
                    yield use.line


def _is_store(call: Call) -> bool:
    return call.root in ("db", "prisma", "tx", "this") or any(
        link.name in ("from", "table", "user", "users") for link in call.links
    )
