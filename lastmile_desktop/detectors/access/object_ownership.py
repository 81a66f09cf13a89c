"""Changing the id in a request shows another customer's record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import calls_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.accounts.sign_up import is_given_accounts
from lastmile_desktop.project.models.guards.ownership import (
    Exposure,
    applies,
    exposures,
    owned_by_use,
    reaches_tenant_rows,
)
from lastmile_desktop.project.models.routes.model import Route
from lastmile_desktop.project.models.routes.revealed import Harm, harm_of_read
from lastmile_desktop.project.models.schema.model import Place, Table
from lastmile_desktop.project.models.schema.shared_tables import shared_by_design
from lastmile_desktop.project.models.schema.tables import Tables, key
from lastmile_desktop.project.models.walk.access import Access, Verb
from lastmile_desktop.project.models.walk.taint import COOKIE
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "access.object-ownership"
_NUMBERED = re.compile(
    r"^(?:big|small)?(?:serial|int(?:eger|4|8|2)?)\b|autoincrement|identity", re.IGNORECASE
)
_AMONG_COLLEAGUES = frozenset(("id-only-lookup", "update-delete-by-id", "list-all", "bulk-ids"))
_PEOPLE = re.compile(r"^(?:custom|app)?_?(?:users?|profiles?)$", re.IGNORECASE)
_READS = frozenset(("id-only-lookup", "list-all", "bulk-ids"))
_SAMPLES = 5
_MANY = 4
_FEW_TABLES = 3
_SHOWN = 12
_TEST_SUFFIXES = frozenset((".ts", ".tsx", ".js", ".mjs", ".py"))
_REFUSED = re.compile(
    r"\b(?:404|403|HTTP_403_FORBIDDEN|HTTP_404_NOT_FOUND|NOT_FOUND|FORBIDDEN|Forbidden|NotFound|PermissionDenied)\b"
)
_OTHER_USER = re.compile(
    r"(?i)(?<![a-z])(?:other|another|second|different|foreign|stranger|intruder|attacker|user[ _-]?(?:b|2|two)|"
    r"bob|mallory|charlie)"
    r"(?:['’]s)?[ _-]?(?:user|users|owner|customer|account|client|org|organi[sz]ation|team|tenant|member)?\w*",
)
_PROVE = "Prove it once with two accounts: user B asks for user A's record by id and must be refused."
_ATTEST = f"Every query on customers' rows that was found is tied to the caller. {_PROVE}"


def detect(view: ProjectView) -> Detection:
    """Judge each query that reaches rows of a customer beyond row security."""
    routes = view.routes.routes
    tables = Tables(view.schema)
    found = tuple(item for item in exposures(routes, tables) if _shows(view, item))
    if is_given_accounts(view) and not tables.has_organisations:
        # Nobody signs up: the people who sign in work on the same rows, and nothing shows whose these would be.
        found = tuple(item for item in found if item.rule not in _AMONG_COLLEAGUES)
    owned = owned_by_use(routes)
    shared = shared_by_design(routes, tables)
    tenant = [
        (route, access)
        for route in routes
        if applies(route)
        for access in route.accesses
        if reaches_tenant_rows(access, tables.find(access.query.table), owned)
        and access.query.verb is not Verb.INSERT
        and key(tables.find(access.query.table).name) not in shared
    ]
    unknowns = tuple(Unknown(reason, path) for path, reason in view.routes.unparsed)
    if not found and not tenant:
        if unknowns:
            return Detection(unknowns=unknowns)
        return Detection(
            not_applicable=NotApplicable(
                "No signed-in route reads or changes customers' rows outside row security."
            ),
        )
    findings = list(_findings(found))
    findings += _numbered(found)
    proof = _two_user_test(view) if tenant and not findings else None
    unclear = [(route, access) for route, access in tenant if access.scope == "unknown"]
    return Detection(
        findings=tuple(findings),
        passes=(*_passes(tenant), *((PassEvidence(proof),) if proof else ())) if not findings else (),
        unknowns=unknowns,
        needs_attestation="" if findings or proof else _asked(unclear, len(tenant)),
        looked=(Looked("queries on customers' rows", len(tenant) - len(unclear), len(tenant)),),
    )


def _shows(view: ProjectView, exposure: Exposure) -> bool:
    """Whether a read of people, or of rows that the schema ties to nobody, gives away what is nobody else's
    business."""
    known = exposure.table
    loose = known.table is not None and (not known.is_tenant or _PEOPLE.match(known.name) is not None)
    if exposure.rule not in _READS or not loose:
        return True
    return harm_of_read(view, exposure.route, exposure.access, known) is Harm.PRIVATE


def _asked(unclear: list[tuple[Route, Access]], total: int) -> str:
    """What the founder is asked to prove, and why the code alone does not."""
    if not unclear:
        return _ATTEST
    route, access = unclear[0]
    return (
        f"Whether {len(unclear)} of {total} queries on customers' rows are tied to the caller could not be followed, "
        f"such as the one on `{access.query.table}` in {access.path}, line {access.line}, behind {_label(route)}. "
        f"{_PROVE}"
    )


def _two_user_test(view: ProjectView) -> Evidence | None:
    """A test in which one user asks for what belongs to another and is refused."""
    for entry in view.tree.readable():
        if path_kind(entry.path) is not PathKind.TEST or entry.suffix not in _TEST_SUFFIXES:
            continue
        line = view.per_file("ownership.two-user-test", entry.path, _refusal, 0)
        if line:
            return at(entry.path, line, note="a test in which another user is refused")
    return None


def _refusal(text: str) -> int:
    """The line that names the other user, in a test file that also expects a refusal."""
    if not _REFUSED.search(text):
        return 0
    found = _OTHER_USER.search(text)
    return line_at(text, found.start()) if found else 0


def _findings(found: tuple[Exposure, ...]) -> Iterator[RawFinding]:
    """One for each function and table; where very many functions do the same to a table, one for the table. One for
    each file that believes a cookie."""
    by_function: dict[tuple[str, str, str, str], list[Exposure]] = {}
    by_cookie: dict[tuple[str, str], list[Exposure]] = {}
    for exposure in found:
        access = exposure.access
        cookie = _cookie(exposure)
        if cookie:
            by_cookie.setdefault((exposure.route.path, cookie), []).append(exposure)
            continue
        place = (exposure.rule, access.query.table, access.path, access.function)
        by_function.setdefault(place, []).append(exposure)
    by_table: dict[tuple[str, str], list[list[Exposure]]] = {}
    for place, same in by_function.items():
        by_table.setdefault(place[:2], []).append(same)
    for groups in by_table.values():
        if len(groups) > _MANY:
            yield _finding([exposure for same in groups for exposure in same], len(groups))
        else:
            yield from (_finding(same, 1) for same in groups)
    yield from (_believes(cookie, same) for (_, cookie), same in by_cookie.items())


def _cookie(exposure: Exposure) -> str:
    """The cookie that alone says whose rows these are."""
    names = [origin for origin in exposure.access.requested if origin.startswith(COOKIE)]
    return names[0].removeprefix(COOKIE) if len(names) == 1 else ""


def _believes(cookie: str, same: list[Exposure]) -> RawFinding:
    """The whole file uses what the cookie says, wherever it is read first."""
    first = same[0]
    access, route = first.access, first.route
    path, line = access.path, access.line
    for exposure in same:
        handler = exposure.route.handler
        for call in calls_within(handler.body) if handler is not None else ():
            if call.args and call.args[0].literal == cookie:
                path, line = exposure.route.code_path, call.span.line
                break
        else:
            continue
        break
    key_used = " with the service key" if access.client == "service" else ""
    tables = ", ".join(f"`{name}`" for name in dict.fromkeys(item.access.query.table for item in same))
    uses = [at(item.access.path, item.access.line, note="used here") for item in same[:_SHOWN]]
    return RawFinding(
        rule=f"{CHECK}/{first.rule}",
        message=f"{_label(route)} believes the cookie `{cookie}`, which the browser can change, and uses {tables}"
        f"{key_used} for whoever it names.",
        evidence=(at(path, line), *uses),
        symbol=f"{cookie} in {route.path}",
        severity=_severity(first),
        confidence=_confidence(first),
    )


def _finding(same: list[Exposure], functions: int) -> RawFinding:
    exposure = same[0]
    access, route = exposure.access, exposure.route
    lookups = [route.accesses[place] for place in access.through if place < len(route.accesses)]
    found = [at(item.path, item.line, note="found by its id alone") for item in lookups if item.requested]
    others = [at(other.access.path, other.access.line, note="the same here") for other in same[1:_SHOWN]]
    more = f" {functions - 1} other functions do the same." if functions > 1 else ""
    return RawFinding(
        rule=f"{CHECK}/{exposure.rule}",
        message=_message(exposure) + more,
        evidence=(
            at(access.path, access.line),
            at(route.path, route.span.line, note=f"reached from {_label(route)}"),
            *found[:1],
            *others,
        ),
        symbol=access.query.table
        if functions > 1
        else f"{access.query.table} in {access.function or route.route}",
        severity=_severity(exposure),
        confidence=_confidence(exposure),
    )


def _severity(exposure: Exposure) -> Severity | None:
    if exposure.rule == "signed-url":
        return Severity.HIGH
    if exposure.account or (exposure.rule == "list-all" and not exposure.table.is_tenant):
        return Severity.HIGH
    return None


def _confidence(exposure: Exposure) -> float:
    if exposure.route.unknown_wrappers or exposure.account:
        return 0.6
    if not exposure.sure:
        return 0.55
    # Below the Stop band: on projects not read before, fewer than 95 of 100 of these were right (docs/accuracy.md).
    return 0.65


def _label(route: Route) -> str:
    methods = "/".join(route.methods)
    return f"{methods} {route.route}" if route.route.startswith("/") and methods else route.route


def _message(exposure: Exposure) -> str:
    access, label = exposure.access, _label(exposure.route)
    table = f"`{access.query.table}`" if access.query.table else "a row"
    match exposure.rule:
        case "list-all":
            return f"{label} returns every row of {table}, whoever is signed in."
        case "signed-url":
            return f"{label} opens any file in {table} whose path is asked for, without checking whose it is."
        case "bulk-ids":
            return f"{label} reads every {table} row whose id is in the request, without checking whose they are."
        case "nested-parent":
            return f"{label} checks the parent, then reads {table} by its own id: an id from another customer works."
        case "service-role-user-path":
            does = "changes" if access.query.verb.writes else "reads"
            return f"{label} {does} {table} with the service key by an id from the request, whoever is signed in."
        case _:
            does = {Verb.DELETE: "deletes", Verb.READ: "reads"}.get(access.query.verb, "changes")
            return f"{label} {does} {table} by an id from the request, without checking whose row it is."


def _found_by(access: Access, primary: str) -> bool:
    """Whether a row is asked for by this column, as far as can be seen."""
    names = {item.column.rpartition(".")[2].lower() for item in access.query.predicates}
    return bool(names & {primary.lower(), "pk", "_id", "*"})


def _numbered(found: tuple[Exposure, ...]) -> Iterator[RawFinding]:
    """Consecutive numbers make the other findings easy to use; said once a table, and once where many have them."""
    seen: set[str] = set()
    numbered: list[tuple[Table, Place]] = []
    for exposure in found:
        table: Table | None = exposure.table.table
        if table is None or table.name in seen or exposure.rule in ("list-all", "signed-url"):
            continue
        primary = table.column(table.primary_key[0]) if len(table.primary_key) == 1 else None
        if primary is None or not _found_by(exposure.access, primary.name):
            continue
        seen.add(table.name)
        if _NUMBERED.search(f"{primary.type} {primary.default or ''}"):
            numbered.append((table, primary.place))
    if len(numbered) > _FEW_TABLES:
        yield _numbers(numbered)
    else:
        yield from (_numbers([item]) for item in numbered)


def _numbers(same: list[tuple[Table, Place]]) -> RawFinding:
    (table, place), *others = same
    also = f" and those of {len(others)} other tables" if others else ""
    return RawFinding(
        rule=f"{CHECK}/sequential-public-ids",
        message=f"Ids of `{table.bare_name}`{also} are consecutive numbers, so the next customer's id is easy to "
        "guess.",
        evidence=(
            at(place.path, place.line),
            *(at(other.path, other.line, note=f"`{item.bare_name}`") for item, other in others[:_SHOWN]),
        ),
        symbol=table.name,
    )


_REASONS = {
    "caller": "names the caller in its condition",
    "compared": "compares the owner before the row is used",
    "parent": "uses an id that was tied to the caller before",
    "admin": "runs for administrators only",
    "role": "runs for callers with a role",
    "token": "needs a secret that only the owner has",
    "row": "follows a row read before",
}


_COUNTED = {
    "caller": "name the caller",
    "compared": "compare the owner",
    "parent": "use an id that was tied to the caller before",
    "admin": "run for administrators only",
    "role": "run for callers with a role",
    "token": "need a secret that only the owner has",
    "row": "follow a row read before",
}


def _summary(tenant: list[tuple[Route, Access]]) -> str:
    """How many queries are tied to the caller, in which way, and what the rest are."""
    counts = Counter(access.scope for _, access in tenant)
    parts = [f"{counts[scope]} {text}" for scope, text in _COUNTED.items() if counts[scope]]
    rest = sum(count for scope, count in counts.items() if scope not in (*_COUNTED, "unknown"))
    parts += [f"{rest} show or change nothing by an id from the request"] if rest else []
    parts += [f"{counts['unknown']} could not be followed"] if counts["unknown"] else []
    return f"Of {len(tenant)} queries on customers' rows, {', '.join(parts)}."


def _passes(tenant: list[tuple[Route, Access]]) -> Iterator[PassEvidence]:
    tied = [(route, access) for route, access in tenant if access.scope in _REASONS]
    if not tied:
        return
    first = tied[0][1]
    yield PassEvidence(derived(_summary(tenant), first.path, first.line))
    seen = {(first.path, first.line)}
    for route, access in tied:
        place = (access.path, access.line)
        if place not in seen and len(seen) <= _SAMPLES:
            seen.add(place)
            note = f"{_label(route)}: the query on {access.query.table} {_REASONS[access.scope]}"
            yield PassEvidence(at(access.path, access.line, note=note))
