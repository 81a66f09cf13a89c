"""access.role-scopes: every signed-in user can do what an admin can."""

from __future__ import annotations

from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.accounts.open_serializers import open_serializers
from lastmile_desktop.project.models.accounts.role_ladder import climbs
from lastmile_desktop.project.models.guards.auth_layers import on_server
from lastmile_desktop.project.models.routes.role_checks import (
    RoleUse,
    Unasked,
    asks_for_role,
    is_admin_route,
    is_held_by_role,
    memberships_without_role,
    review_text,
    role_tables,
    unasked,
)
from lastmile_desktop.project.models.row_security.column_weight import Weight, weigh
from lastmile_desktop.project.models.row_security.data_api import data_api
from lastmile_desktop.project.models.row_security.privileged_columns import (
    SelfWrite,
    is_admin_flag,
    is_of_person,
    self_writes,
)
from lastmile_desktop.project.models.row_security.rls_policy import surroundings
from lastmile_desktop.project.models.row_security.role_gifts import open_role_writes, roles_from_sign_up
from lastmile_desktop.project.models.schema.model import Place
from lastmile_desktop.project.models.usage.product_code import reviewed
from lastmile_desktop.project.view import ProjectView

CHECK = "access.role-scopes"
_POLICY = ".lastmile/policy.toml"
_BUSINESSES = ("small-business", "enterprise", "public-sector")
_SAMPLES = 5
_GAINS = {
    Weight.DECIDES: (": anyone can become admin", None, 0.9),
    Weight.READ: (", and whoever goes by it believes them", Severity.HIGH, 0.65),
    Weight.OTHER_WORDS: (", where no word stands for more rights", Severity.MEDIUM, 0.65),
    Weight.UNREAD: ("; nothing reads it so far", Severity.INFO, 0.65),
}


def detect(view: ProjectView) -> Detection:
    """Judge who may act as an administrator, and who decides who is one."""
    uses = dict(reviewed(view, "role-scopes", _review, RoleUse()))
    tables = role_tables(view.schema)
    admin_routes = [route for route in view.routes.routes if is_admin_route(route) and route.is_guarded]
    members = memberships_without_role(view.schema)
    tests = [path for path, use in uses.items() if use.tests]
    if not tables and not admin_routes and not members and not tests:
        return Detection(not_applicable=NotApplicable("This app knows one kind of user only."))
    findings = [
        *_routes(view),
        *_self_writes(view),
        *_metadata(view, uses),
        *_given(view, uses),
        *_screens_only(view, uses),
        *(_alike(table.bare_name, table.created_place or table.place) for table in members[:1]),
        *_matrix(view, has_roles=bool(tables or tests)),
    ]
    unknowns = tuple(Unknown(reason, path) for path, reason in view.routes.unparsed)
    # Who may name their own role when they sign up passes every question for it.
    unknowns += tuple(
        Unknown(f"{item.serializer.name} takes the role from the request.", item.serializer.path)
        for item in open_serializers(view)
        if item.fields or item.unclear
    )
    serious = any(finding.severity is not Severity.LOW for finding in findings)
    return Detection(
        findings=tuple(findings),
        passes=() if serious else tuple(_passes(view, _written(view))),
        unknowns=unknowns,
        looked=(Looked("routes for administrators", len(admin_routes), len(admin_routes)),),
    )


def _review(outline: Outline, text: str) -> RoleUse:
    return RoleUse() if outline.shallow else review_text(outline, text)


def _routes(view: ProjectView) -> Iterator[RawFinding]:
    for item in unasked(view.routes.routes, view.schema):
        yield RawFinding(
            f"{CHECK}/admin-path-no-role",
            _route_message(item),
            (at(item.route.path, item.route.span.line),),
            symbol=item.route.route,
            confidence=0.75 if item.sure else 0.6,
        )


def _route_message(item: Unasked) -> str:
    methods = "/".join(item.route.methods)
    label = f"{methods} {item.route.route}" if item.route.route.startswith("/") else item.route.route
    if item.sure:
        return f"{label} asks for a sign-in but not for an administrator: every user can call it."
    return f"{label} can be called by every member, whatever their role."


def _self_writes(view: ProjectView) -> Iterator[RawFinding]:
    api = data_api(view)
    if not api.reached:
        return
    around = surroundings(view.schema)
    for item in self_writes(view.schema, around):
        if item.roles:
            yield from _self_write(view, item, api.confidence)
    for item in open_role_writes(view.schema, around):
        yield from _open_write(view, item, api.confidence)
    for climb in climbs(view.schema):
        yield RawFinding(
            f"{CHECK}/role-self-write",
            f"Everyone who signs up is {climb.given} of an own account, and {climb.given} may give any role here: "
            f"anyone can make themselves {climb.above}.",
            (_at(climb.place),),
            symbol=climb.symbol,
            confidence=max(0.5, 0.85 * api.confidence),
        )
    for item in roles_from_sign_up(view.schema):
        also = (_at(item.passed_on, "where it becomes the role"),) if item.passed_on else ()
        sent = f" as {item.key}" if item.passed_on else ""
        name = item.function.name.partition(".")[2]
        yield RawFinding(
            f"{CHECK}/role-self-write",
            f"{name} gives a new account the role that its own sign-up form sent{sent}.",
            (_at(item.function.place), *also),
            symbol=item.function.name,
            confidence=0.75,
        )


def _open_write(view: ProjectView, item: SelfWrite, sure: float) -> Iterator[RawFinding]:
    weighed = weigh(view, item, item.roles)
    if weighed.weight is not Weight.DECIDES:
        # That strangers write these rows is told with the policy; whether that is power was not seen.
        return
    does = "add rows to" if item.adds else "change rows of"
    yield RawFinding(
        f"{CHECK}/role-self-write",
        f"Everyone who signs up can {does} {item.table.bare_name}, with any {item.roles[0]} for themselves: anyone can "
        "become admin.",
        (_at(item.policy.place), *([_at(weighed.place, "where it decides")] if weighed.place else ())),
        symbol=f"{item.table.bare_name}.{item.policy.name}",
        confidence=max(0.5, 0.85 * sure),
    )


def _self_write(view: ProjectView, item: SelfWrite, sure: float) -> Iterator[RawFinding]:
    weighed = weigh(view, item, item.roles)
    if weighed.weight is not Weight.DECIDES and not is_of_person(item.table):
        # The role of a chat message or of a picture is what it is, and no right.
        return
    flag = next((column.name for column in item.table.columns if is_admin_flag(column.name)), "")
    if flag and flag not in item.roles and weighed.weight in (Weight.READ, Weight.OTHER_WORDS):
        # Rights hang on the flag, which they cannot write; the role says what somebody is, such as a tenant.
        return
    columns = ", ".join(item.roles)
    gains, severity, confidence = _GAINS[weighed.weight]
    note = "where it decides" if weighed.weight is Weight.DECIDES else "what it may hold"
    yield RawFinding(
        f"{CHECK}/role-self-write",
        f"Users can set {columns} of their own row in {item.table.bare_name}{gains}.",
        (_at(item.policy.place), *([_at(weighed.place, note)] if weighed.place else ())),
        symbol=f"{item.table.bare_name}.{item.policy.name}",
        severity=severity,
        confidence=max(0.5, min(confidence, 0.75 if item.adds else 0.9) * sure),
    )


def _metadata(view: ProjectView, uses: dict[str, RoleUse]) -> Iterator[RawFinding]:
    for path, use in uses.items():
        outline = view.outlines[path]
        if not use.metadata or not (on_server(view, outline) or "/functions/" in f"/{path}"):
            continue
        yield RawFinding(
            f"{CHECK}/role-self-write",
            "The role is read from user_metadata, which every user can edit; use app_metadata or a table.",
            tuple(at(path, line) for line in use.metadata[:_SAMPLES]),
            symbol=path,
            confidence=0.75,
        )


def _given(view: ProjectView, uses: dict[str, RoleUse]) -> Iterator[RawFinding]:
    for path, use in uses.items():
        for line in use.given if on_server(view, view.outlines[path]) else ():
            yield RawFinding(
                f"{CHECK}/invite-trust",
                "The role of a new person is what the request says, so they can ask to be an administrator.",
                (at(path, line),),
                symbol=path,
            )


def _screens_only(view: ProjectView, uses: dict[str, RoleUse]) -> Iterator[RawFinding]:
    """Screens that ask for a role while neither the server nor the database ever does."""
    asked = [path for path, use in uses.items() if use.tests]
    shown = [path for path in asked if view.client_graph.is_client(path)]
    if not shown or len(shown) != len(asked) or any(asks_for_role(route) for route in view.routes.routes):
        return
    conditions = (
        f"{policy.using or ''} {policy.check or ''}"
        for table in view.schema.tables.values()
        for policy in table.policies
    )
    known = any("role" in text or "admin" in text for text in conditions)
    if known or (not (data_api(view).reached and view.schema.tables) and not view.routes.routes):
        return
    first = shown[0]
    yield RawFinding(
        f"{CHECK}/ui-only-role",
        "Only screens ask for the role; neither your server nor your database does.",
        (at(first, uses[first].tests[0]), *(at(path, uses[path].tests[0]) for path in shown[1:_SAMPLES])),
        symbol="role",
        confidence=0.65,
    )


def _alike(name: str, place: Place) -> RawFinding:
    return RawFinding(
        f"{CHECK}/single-role",
        f"All members in {name} are alike: whoever is invited may do everything.",
        (_at(place),),
        symbol=name,
        severity=Severity.MEDIUM,
    )


def _matrix(view: ProjectView, has_roles: bool) -> Iterator[RawFinding]:
    """Customers that are companies ask who may do what; a written list answers."""
    sells_to = view.facts.values("profile.sells_to")
    if not has_roles or not any(value in _BUSINESSES for value in sells_to):
        return
    if "[access.roles]" not in (view.text(_POLICY) or ""):
        yield RawFinding(
            f"{CHECK}/matrix-missing",
            "Nowhere is written which role may do what; companies that buy from you will ask.",
            (absent("no [access.roles] in the policy book", _POLICY),),
            symbol="matrix",
            severity=Severity.LOW,
        )


def _written(view: ProjectView) -> frozenset[str]:
    """The tables whose roles people may write, whether or not something decides by them."""
    around = surroundings(view.schema)
    mine = (item.table.name for item in self_writes(view.schema, around) if item.roles)
    return frozenset((*mine, *(item.table.name for item in open_role_writes(view.schema, around))))


def _passes(view: ProjectView, written: frozenset[str]) -> Iterator[PassEvidence]:
    """Routes that ask for a role, and policies that do."""
    found = 0
    guarded = [route for route in view.routes.routes if is_admin_route(route) and is_held_by_role(route)]
    if guarded:
        note = f"{len(guarded)} routes for administrators ask for the role"
        yield PassEvidence(derived(note, guarded[0].path, guarded[0].span.line))
    for table in role_tables(view.schema):
        if table.name in written or not is_of_person(table):
            continue
        if table.rls and table.rls_place is not None and found < _SAMPLES:
            found += 1
            note = f"nobody can change their own role in {table.bare_name}"
            yield PassEvidence(_at(table.rls_place, note))
    if not guarded and not found:
        route = next((route for route in view.routes.routes if is_held_by_role(route)), None)
        if route is not None:
            yield PassEvidence(at(route.path, route.span.line, note=f"{route.route} asks for a role"))


def _at(place: Place, note: str = "") -> Evidence:
    return at(place.path, place.line, place.line_end, note=note)
