"""delivery.contract-drift: the app and its API disagree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.client.client_calls import segments
from lastmile_desktop.project.models.client.client_uses import Use, answered, client_uses, once
from lastmile_desktop.project.models.routes.model import EntryKind, Route
from lastmile_desktop.project.models.schema.model import Place
from lastmile_desktop.project.models.schema.scripts import scripted
from lastmile_desktop.project.models.schema.usage import used_tables
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.models.usage.type_shapes import names, words, written_twice
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "delivery.contract-drift"
_FEWEST_KNOWN = 3
# Their routes are put together in ways that the model of routes does not follow.
_UNREAD_ROUTERS = frozenset(
    {
        "flask-restx",
        "flask-restplus",
        "flask-restful",
        "connexion",
        "flask-smorest",
        "falcon",
        "tornado",
        "aiohttp",
    }
)
_FEWEST_ROUTES = 10
_FEWEST_UNUSED = 3
_MOST_MISSING = 5
_MOST_PLACES = 60
_INVENTORY = re.compile(
    r"(?i)(?:^|/)(?:openapi|swagger)[\w.-]{0,40}\.(?:json|ya?ml|ts)$|(?:^|/)docs?/[\w/-]{0,60}(?:api"
    r"|endpoints?|routes)[\w.-]{0,40}\.(?:md|mdx)$|(?:^|/)(?:API|ENDPOINTS|ROUTES)[\w.-]{0,30}\.md$"
    r"|\.postman_collection\.json$|(?:^|/)bruno/|(?:^|/)[\w.-]{1,40}[_-](?:api|openapi|swagger)\.(?:json|ya?ml)$"
)
_OPENAPI = re.compile(r"(?i)(?:^|/)[\w.-]{0,40}(?:openapi|swagger)[\w.-]{0,40}\.(?:json|ya?ml)$")
# What writes that list from the routes themselves.
_DESCRIBED = frozenset(
    {"@nestjs/swagger", "swagger-jsdoc", "@fastify/swagger", "@hono/zod-openapi", "express-openapi-validator", "tsoa",
     "trpc-openapi", "drf-spectacular", "drf-yasg", "flasgger", "flask-restx", "apispec"}
)  # fmt: skip
_NOT_CALLED_BY_US = re.compile(
    r"(?i)webhook|callback|cron|idp|scim|sso|saml|health|ping|status|auth/|oauth|sitemap|robots|og\b|rss"
    r"|feed|manifest"
    r"|inngest|trpc|uploadthing|\.well-known|metrics|docs|openapi|graphql|public|internal|v\d+/"
)
_BACKEND = re.compile(r"(?:^|/)(?:server|backend|api|functions|worker|edge-functions)/")
_BY_FOLDER = re.compile(r"(?:^|/)(?:app/[^\n]{0,200}route\.[jt]s|pages/api/|src/routes/)")
_FUNCTIONS_FOLDER = "supabase/functions/"
_ATTEST = (
    "State that each service this app talks to is written down, with its limits, its test mode and its owner."
)
_TYPES_FILE = re.compile(
    r"(?:^|/)(?:supabase/types|database\.types|types_db|types/supabase|types/database)\.ts$"
)


def detect(view: ProjectView) -> Detection:
    uses = tuple(client_uses(view))
    routes = tuple(route for route in view.routes.routes if route.kind is EntryKind.HTTP)
    calls = [use for use in uses if use.item.kind == "path"]
    others = [use for use in uses if use.item.kind != "path"]
    if not calls and not others and len(routes) < 2:
        return Detection(not_applicable=NotApplicable("The app has no API of its own and asks for none."))
    known, lost = answered(calls, routes)
    if lost and not known and not others:
        return Detection(
            not_applicable=NotApplicable("The API that this app calls is not in this repository.")
        )
    # With few routes known, a call that finds none says more of what was read than of the app.
    unread = any(_UNREAD_ROUTERS & package.dependencies.keys() for package in view.packages)
    covered = not unread and len(known) >= _FEWEST_KNOWN and len(known) >= 2 * len(lost)
    missing = lost if covered else []
    findings = (
        *_to_nowhere(missing),
        *_edge(view, others),
        *_functions(view, others),
        *_columns(view, others),
        *_tables(view),
        *_unused(view, routes, known),
        *_inventory(view, routes),
        *_versions(view, routes),
        *_types(view),
    )
    total = len(calls) + len(others)
    checked = _checked(view, others)
    return Detection(
        findings=findings,
        passes=tuple(_passes(known, checked, total, routes)),
        unknowns=(*(_unmatched(lost) if not covered else ()), *_hardly(len(known) + checked, total)),
        looked=(Looked("calls", total - len(lost), total),),
        needs_attestation=_ATTEST if _services(view) >= 3 else "",
    )


def _unmatched(lost: list[Use]) -> Iterator[Unknown]:
    if lost:
        first = lost[0]
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        yield Unknown(
            f"no route was found for {first.item.name}{more}; the API may stand elsewhere", first.path
        )


def _hardly(compared: int, total: int) -> Iterator[Unknown]:
    if 2 * compared < total:
        yield Unknown(
            f"only {compared} of {total} calls could be compared: the repository defines a part of its "
            f"backend"
        )


def _to_nowhere(uses: list[Use]) -> Iterator[RawFinding]:
    """One finding for each file of the client: what is missing there is mended together."""
    by_file: dict[str, list[Use]] = {}
    for use in once(uses):
        by_file.setdefault(use.path, []).append(use)
    for path, places in by_file.items():
        names = " and ".join(dict.fromkeys(use.item.name for use in places[:2]))
        more = f" and {len(places) - 2} more" if len(places) > 2 else ""
        yield RawFinding(
            f"{CHECK}/call-to-missing-route",
            f"{path} calls {names}{more}, which no route of this project answers: it fails for every "
            f"customer.",
            tuple(at(path, use.item.line, note=use.item.name) for use in places[:6]),
            f"routes:{path}",
            confidence=0.75,
        )


def _edge(view: ProjectView, uses: list[Use]) -> Iterator[RawFinding]:
    present = {
        path.removeprefix(_FUNCTIONS_FOLDER).partition("/")[0]
        for path in view.tree.files
        if path.startswith(_FUNCTIONS_FOLDER) and path.count("/") >= 3
    }
    if not present:
        return
    for use in once([use for use in uses if use.item.kind == "edge" and use.item.name not in present]):
        yield RawFinding(
            f"{CHECK}/call-to-missing-route",
            f"{use.path} calls the edge function {use.item.name}, which is not in supabase/functions.",
            (at(use.path, use.item.line),),
            f"edge:{use.item.name}",
            confidence=0.8,
        )


def _functions(view: ProjectView, uses: list[Use]) -> Iterator[RawFinding]:
    defined = {item.name.rpartition(".")[2].lower() for item in view.schema.functions}
    if not defined or not view.schema.migrations:
        return
    missing = [
        use
        for use in once([use for use in uses if use.item.kind == "rpc"])
        if use.item.name.lower() not in defined and not _generated_names(view, use.item.name)
    ]
    if missing:
        first = missing[0]
        one = f"{first.path} calls the database function {first.item.name}, which no migration creates."
        many = (
            f"{len(missing)} database functions are called that no migration creates "
            f"({_listed([use.item.name for use in missing])}): a database made from this repository lacks them."
        )
        yield RawFinding(
            f"{CHECK}/call-to-missing-route",
            one if len(missing) == 1 else many,
            tuple(at(use.path, use.item.line, note=use.item.name) for use in missing[:_MOST_PLACES]),
            "rpc",
            confidence=0.75,
        )


def _listed(found: list[str]) -> str:
    more = len(found) - _MOST_MISSING
    return ", ".join(found[:_MOST_MISSING]) + (f" and {more} more" if more > 0 else "")


def _checked(view: ProjectView, uses: list[Use]) -> int:
    """How many of them could be compared with what the repository defines."""
    functions = any(path.startswith(_FUNCTIONS_FOLDER) for path in view.tree.files)
    kinds = {"edge": functions, "rpc": bool(view.schema.functions)}
    return sum(
        kinds.get(use.item.kind, False)
        or (use.item.kind == "column" and view.schema.table(use.item.name.partition(".")[0]) is not None)
        for use in uses
    )


def _type_files(view: ProjectView) -> list[str]:
    return [path for path in view.outlines if _is_types(path)]


@lru_cache(maxsize=65_536)
def _is_types(path: str) -> bool:
    return bool(_TYPES_FILE.search(path))


def _generated_names(view: ProjectView, name: str) -> bool:
    """Whether the types made from the live database list it: then it exists, whatever the migrations say."""
    return any(
        name in view.per_file("generated-names", path, names, frozenset[str]()) for path in _type_files(view)
    )


def _columns(view: ProjectView, uses: list[Use]) -> Iterator[RawFinding]:
    wrong: dict[str, dict[str, list[Use]]] = {}
    for use in uses:
        if use.item.kind != "column":
            continue
        table_name, _, column = use.item.name.partition(".")
        table = view.schema.table(table_name)
        if table is None or not table.created or not table.columns:
            continue
        if column in {item.name.lower() for item in table.columns} or _generated_names(view, column):
            continue
        if scripted(view, table_name, column):
            continue
        wrong.setdefault(table_name, {}).setdefault(column, []).append(use)
    for table_name, columns in wrong.items():
        places = [use for found in columns.values() for use in found]
        yield RawFinding(
            f"{CHECK}/shape-mismatch",
            f"{places[0].path} asks for {_listed(list(columns))} of {table_name}, and the migrations give that "
            f"table no such column.",
            tuple(at(use.path, use.item.line) for use in places[:_MOST_PLACES]),
            table_name,
        )


def _tables(view: ProjectView) -> Iterator[RawFinding]:
    """A table that neither a migration nor the types of the live database know."""
    if not _type_files(view):
        return
    used = used_tables(view)
    found: list[tuple[str, Place]] = []
    for name in view.schema.missing_tables:
        item = used.get(name if "." in name else f"public.{name}")
        if item is not None and not item.generated and item.verbs and not is_idle(view, item.place.path, ""):
            found.append((item.name.removeprefix("public."), item.place))
    if not found:
        return
    plain, place = found[0]
    one = f"{place.path} asks for the table {plain}, which neither the migrations nor the database's types know."
    many = (
        f"{len(found)} tables are asked for that neither the migrations nor the database's types know "
        f"({_listed([name for name, _ in found])})."
    )
    yield RawFinding(
        f"{CHECK}/call-to-missing-route",
        one if len(found) == 1 else many,
        tuple(at(place.path, place.line, note=name) for name, place in found[:_MOST_PLACES]),
        "tables",
        confidence=0.8,
    )


def _unused(
    view: ProjectView, routes: tuple[Route, ...], known: list[tuple[Use, Route]]
) -> Iterator[RawFinding]:
    if len(known) < _FEWEST_KNOWN or view.facts.has("fw.mobile") or _is_for_strangers(view):
        return
    called = {(route.path, route.route) for _, route in known}
    words = _client_words(view)
    idle = [
        route
        for route in routes
        if (route.path, route.route) not in called
        and not route.is_webhook
        and not route.public_by_design
        and "/api/" in f"/{route.route.strip('/')}/"
        and not _NOT_CALLED_BY_US.search(route.route)
        and not _is_said(route, words)
    ]
    if len(idle) >= _FEWEST_UNUSED:
        names = ", ".join(route.route for route in idle[:4])
        yield RawFinding(
            f"{CHECK}/unused-route",
            f"{len(idle)} endpoints are called by nothing here ({names}): each is a door that nobody looks "
            f"after.",
            tuple(at(route.path, route.span.line) for route in idle[:6]),
            "unused",
        )


def _is_said(route: Route, words: list[frozenset[str]]) -> bool:
    """Whether the last fixed part of the address stands anywhere in the client's code."""
    fixed = [part for part in segments(route.route) if part not in ("*", "**", "api")]
    return not fixed or any(fixed[-1] in file for file in words)


def _client_words(view: ProjectView) -> list[frozenset[str]]:
    """The parts of all addresses in code that is not the backend's, for each file."""
    return [
        view.per_file("address-words", path, words, frozenset[str]())
        for path in view.outlines
        if _is_client(path)
    ]


@lru_cache(maxsize=65_536)
def _is_client(path: str) -> bool:
    return not _BACKEND.search(path) and path_kind(path) is PathKind.CODE


def _inventory(view: ProjectView, routes: tuple[Route, ...]) -> Iterator[RawFinding]:
    if len(routes) < _FEWEST_ROUTES or view.routes.fastapi_apps or _is_described(view):
        return
    yield RawFinding(
        f"{CHECK}/no-inventory",
        f"{len(routes)} endpoints, and no list of them: nobody can say which are open, to whom, and why.",
        (absent("no OpenAPI file or list of endpoints"),),
        # The routes of a framework that goes by folders are a list of their own.
        severity=Severity.INFO if any(_is_by_folder(route.path) for route in routes) else None,
    )


def _is_for_strangers(view: ProjectView) -> bool:
    """Whether a description for other people's programs is kept or made: what nothing here calls, they may."""
    return any(_OPENAPI.search(path) for path in view.tree.files) or any(
        not _DESCRIBED.isdisjoint(package.dependencies) for package in view.packages
    )


def _is_described(view: ProjectView) -> bool:
    """Whether a list of the endpoints is kept, or made of them."""
    return any(_is_inventory(path) for path in view.tree.files) or _is_for_strangers(view)


@lru_cache(maxsize=65_536)
def _is_by_folder(path: str) -> bool:
    return bool(_BY_FOLDER.search(path))


@lru_cache(maxsize=65_536)
def _is_inventory(path: str) -> bool:
    return bool(_INVENTORY.search(path))


def _versions(view: ProjectView, routes: tuple[Route, ...]) -> Iterator[RawFinding]:
    mobile = view.facts.first("fw.mobile")
    ours = [route for route in routes if route.route.startswith("/") and not route.is_webhook]
    if (
        mobile is None
        or len(ours) < 3
        or any(re.search(r"/v\d{1,2}(?:/|$)", route.route) for route in routes)
    ):
        return
    yield RawFinding(
        f"{CHECK}/no-version",
        "A mobile app calls this API without a version: the app of last month, still on phones, breaks "
        "with the next change.",
        (at(ours[0].path, ours[0].span.line),),
        "version",
    )


def _types(view: ProjectView) -> Iterator[RawFinding]:
    """The same shape written down twice, on both sides."""
    twice = written_twice(view, _BACKEND)
    if twice:
        name, one, other = twice[0]
        more = f" and {len(twice) - 1} more" if len(twice) > 1 else ""
        yield RawFinding(
            f"{CHECK}/duplicate-types",
            f"{name}{more} stands on both sides by hand ({one[0]} and {other[0]}): one of them will be "
            f"forgotten.",
            (at(one[0], one[1]), at(other[0], other[1])),
            "types",
        )


def _services(view: ProjectView) -> int:
    keys = ("pay.provider", "email.provider", "ai.sdk", "auth.provider", "storage")
    return sum(view.facts.has(key) for key in keys)


def _passes(
    known: list[tuple[Use, Route]], checked: int, total: int, routes: tuple[Route, ...]
) -> Iterator[PassEvidence]:
    if known:
        use, route = known[0]
        yield PassEvidence(at(use.path, use.item.line, note=f"answered by {route.path}"))
    if known or checked:
        yield PassEvidence(derived(f"{len(known) + checked} of {total} calls find what they ask for"))
    elif routes and not total:
        yield PassEvidence(derived(f"{len(routes)} endpoints, called from outside"))
