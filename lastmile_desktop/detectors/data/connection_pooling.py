"""data.connection-pooling: whether a small spike uses up every connection of the database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.places import freezes_after_answer
from lastmile_desktop.project.models.queries.pool_ends import is_closed_again
from lastmile_desktop.project.models.queries.pools import Address, FilePools, Opening, addresses, file_pools
from lastmile_desktop.project.view import ProjectView

CHECK = "data.connection-pooling"
_SERVERLESS = frozenset({"vercel", "netlify", "cloudflare", "firebase", "aws"})
_WITHOUT_IPV6 = frozenset({"vercel", "render", "netlify"})
_DIRECT = frozenset({"direct", "session-pool", "neon-direct"})
_POOLED = frozenset({"txn-pool", "neon-pool"})
_SMALLEST_LIMIT = 60
_ASSUMED_INSTANCES = 10
_BIG_ON_SERVER = 40
_BIG_ON_SERVERLESS = 10
# `globalThis.prisma`, `global as unknown as { prisma: … }`
_HELD = re.compile(r"\bglobalThis\b|\bglobal\s{0,3}(?:\.|\[|\)|as\b)")
_DIRECT_URL = re.compile(r"^\s*(?:directUrl|shadowDatabaseUrl)\s*=", re.MULTILINE)
_PRISMA_URL = re.compile(r"^\s*url\s*=\s*env\(\s*\"(\w+)\"", re.MULTILINE)
_HOW_UNPREPARED = {
    "postgres.js": (re.compile(r"prepare\s*:\s*false"), "prepare: false"),
    "asyncpg": (re.compile(r"statement_cache_size\s*=\s*0"), "statement_cache_size=0"),
    "psycopg": (re.compile(r"prepare_threshold\s*=\s*None"), "prepare_threshold=None"),
}


def detect(view: ProjectView) -> Detection:
    pools = file_pools(view)
    openings = tuple(
        item
        for found in pools.values()
        for item in found.openings
        if item.each_time or not is_closed_again(view.outlines.get(item.path), item.line)
    )
    known = addresses(view)
    if not openings:
        return _no_openings(view)
    hosts = set(view.facts.values("host"))
    serverless = sorted(hosts & _SERVERLESS)
    findings = (
        *_addresses(known, hosts, serverless),
        *_each_time(view, openings),
        *_too_big(view, openings, known, serverless),
        *_prepared(openings, known),
        *_migrations(view, known),
        *_session(pools, known),
        *_leaks(pools),
        *_endless(openings),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(openings)),
        looked=(Looked("places that open connections", len(openings), len(openings)),),
    )


def _no_openings(view: ProjectView) -> Detection:
    access = next((fact for fact in view.facts if fact.key == "db.access"), None)
    django = view.facts.first("fw.django")
    if django is not None and django.evidence is not None:
        proof = derived("Django keeps one connection for each worker", django.evidence.path)
        return Detection(passes=(PassEvidence(proof),))
    if access is not None and access.value == "data-api":
        reason = "The app reaches its data over HTTPS and opens no connections."
        return Detection(not_applicable=NotApplicable(reason, access.evidence))
    if access is not None and access.value != "data-api" and _has_server_database(view):
        return Detection(unknowns=(Unknown("Where the app opens its connections could not be found."),))
    return Detection(
        not_applicable=NotApplicable("No code here opens connections to a Postgres or MySQL database.")
    )


def _has_server_database(view: ProjectView) -> bool:
    return bool(set(view.facts.values("db.engine")) & {"postgres", "mysql"})


def _addresses(known: tuple[Address, ...], hosts: set[str], serverless: list[str]) -> Iterator[RawFinding]:
    """The address that the app is given, on the platform where it runs."""
    app = [item for item in known if not item.for_migrations]
    pooled = any(item.kind in _POOLED for item in app)
    for item in app:
        if item.kind in _DIRECT and serverless and not pooled:
            message = (
                f"{item.name} goes straight to the database, but on {serverless[0].capitalize()} every instance opens "
                f"connections of its own: use the pooled address."
            )
            yield _finding("serverless-direct", message, item.path, item.line, item.name)
        elif item.kind == "direct" and hosts & _WITHOUT_IPV6 and not serverless:
            host = sorted(hosts & _WITHOUT_IPV6)[0].capitalize()
            message = f"{item.name} has an address that only IPv6 reaches, and {host} has none: the app cannot connect."
            yield _finding("ipv6-only", message, item.path, item.line, item.name)


def _each_time(view: ProjectView, openings: tuple[Opening, ...]) -> Iterator[RawFinding]:
    for item in openings:
        if item.each_time:
            message = f"{item.path} opens new connections for each request instead of sharing one pool."
            yield _finding(
                "client-per-request", message, item.path, item.line, f"{item.path}:{item.function}"
            )
        elif item.library == "prisma" and not item.function and not item.kept and _reloads(view, item.path):
            message = (
                "Each time a file is saved in development, a new Prisma client and its connections are added."
            )
            place = (at(item.path, item.line),)
            yield RawFinding(f"{CHECK}/client-per-request", message, place, item.path, Severity.MEDIUM, 0.7)


def _reloads(view: ProjectView, path: str) -> bool:
    """Next loads a changed module again and keeps the old one's connections, unless they are held globally."""
    text = view.text(path) or ""
    return "next" in view.package_of(path).dependencies and _HELD.search(text) is None


def _too_big(
    view: ProjectView, openings: tuple[Opening, ...], known: tuple[Address, ...], serverless: list[str]
) -> Iterator[RawFinding]:
    pooled = any(item.kind in _POOLED for item in known)
    for item in openings:
        if item.library in ("neon", "vercel", "prisma"):
            continue
        frozen = bool(serverless) and bool(freezes_after_answer(view, item.path))
        if frozen and not pooled and item.most > _BIG_ON_SERVERLESS:
            needed = item.most * _ASSUMED_INSTANCES
            message = (
                f"Up to {item.most} connections an instance: {_ASSUMED_INSTANCES} instances take {needed} of the "
                f"{_SMALLEST_LIMIT} that the smallest plans have."
            )
            yield _finding("pool-too-big", message, item.path, item.line, item.path)
        elif item.explicit and item.most > _BIG_ON_SERVER:
            message = f"One process may take {item.most} connections; the smallest plans have {_SMALLEST_LIMIT} in all."
            yield _finding("pool-too-big", message, item.path, item.line, item.path)


def _prepared(openings: tuple[Opening, ...], known: tuple[Address, ...]) -> Iterator[RawFinding]:
    """Supabase's transaction pooler hands each statement to another connection: prepared ones are not found again."""
    pooled = next((item for item in known if item.kind == "txn-pool" and not item.for_migrations), None)
    if pooled is None:
        return
    for item in openings:
        library = "asyncpg" if "asyncpg" in item.options else item.library
        known_way = _HOW_UNPREPARED.get(library)
        if known_way is not None and not known_way[0].search(item.options):
            message = f"The pooled address breaks prepared statements; this client needs {known_way[1]}."
            yield _finding("prepared-statements", message, item.path, item.line, item.path)
        elif library == "prisma" and "pgbouncer=true" not in pooled.value and "adapter" not in item.options:
            message = f"{pooled.name} points at the pooler without pgbouncer=true, which Prisma needs there."
            yield _finding("prepared-statements", message, pooled.path, pooled.line, pooled.name)


def _migrations(view: ProjectView, known: tuple[Address, ...]) -> Iterator[RawFinding]:
    pooled = {item.name: item for item in known if item.kind in _POOLED}
    for path in view.tree.files:
        if not path.endswith(".prisma"):
            continue
        text = view.text(path) or ""
        url = _PRISMA_URL.search(text)
        if url is None or url[1] not in pooled or _DIRECT_URL.search(text):
            continue
        message = f"Migrations run through the pooler ({url[1]}), where they hang or fail: add a directUrl."
        line = line_at(text, url.start(1))
        yield _finding("migrations-through-pooler", message, path, line, path)


def _session(pools: dict[str, FilePools], known: tuple[Address, ...]) -> Iterator[RawFinding]:
    app = [item for item in known if not item.for_migrations]
    if not app or not all(item.kind in _POOLED for item in app):
        return
    for path, found in pools.items():
        for line, what in found.session:
            message = f"{what} needs one connection that stays, but the pooled address changes it with every statement."
            yield _finding("session-features-on-txn-pool", message, path, line, f"{path}:{what}")


def _leaks(pools: dict[str, FilePools]) -> Iterator[RawFinding]:
    for found in pools.values():
        for item in found.leaks:
            when = "is never given back" if item.always else "is not given back when something fails"
            message = f"The connection taken here {when}: after a few of those the pool is empty."
            yield RawFinding(
                f"{CHECK}/idle-leak",
                message,
                (at(item.path, item.line),),
                symbol=f"{item.path}:{item.line}",
                confidence=0.85 if item.always else 0.75,
            )


def _endless(openings: tuple[Opening, ...]) -> Iterator[RawFinding]:
    """One for the project: pools of pg wait without end for a free connection unless they are told not to."""
    at_fault = [
        item
        for item in openings
        if item.library in ("pg", "neon")
        and "{" in item.options
        and "connectionTimeoutMillis" not in item.options
    ]
    if at_fault:
        message = (
            "When all connections are taken, requests wait without end: the pool has no connection timeout."
        )
        places = tuple(at(item.path, item.line) for item in at_fault[:6])
        yield RawFinding(f"{CHECK}/no-timeouts", message, places, symbol="timeouts")


def _finding(rule: str, message: str, path: str, line: int, symbol: str) -> RawFinding:
    return RawFinding(f"{CHECK}/{rule}", message, (at(path, line),), symbol=symbol)


def _passes(openings: tuple[Opening, ...]) -> Iterator[PassEvidence]:
    for item in openings:
        if not item.each_time:
            budget = (
                f"{item.most} connections an instance at most" if item.most else "one client for all requests"
            )
            yield PassEvidence(at(item.path, item.line, note=budget))
