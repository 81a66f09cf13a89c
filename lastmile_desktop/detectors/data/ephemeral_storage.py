"""data.ephemeral-storage: data that a redeploy, a second instance or another device does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.settings.fleeting import Fleeting, fleeting, local_data
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "data.ephemeral-storage"
_SERVERLESS = frozenset({"vercel", "netlify", "cloudflare", "firebase", "aws"})
_CONTAINERS = frozenset({"render", "railway", "fly", "heroku", "replit", "gcp", "azure"})
_VOLUME = re.compile(
    r"^\s*\[\[?mounts\]?\]|^\s*disk:\s*$|\"?volume(?:s|Mounts?)?\"?\s*[:=]|requiredMountPath", re.MULTILINE
)
_VOLUME_FILES = re.compile(
    r"(?:^|/)(?:fly\.toml|render\.ya?ml|railway\.(?:json|toml)|(?:docker-)?compose[\w.-]*\.ya?ml)$"
)
_PRISMA_SQLITE = re.compile(r"^\s*provider\s*=\s*\"sqlite\"", re.MULTILINE)
_DURABLE = ("storage", "db.provider", "db.access", "db.engine")
_SAYS = {
    "sqlite-on-serverless": "The database is the file {what}, which {where} throws away with every deploy.",
    "local-uploads": "{where_up} loses {what} on its own disk with every deploy, and a second instance never has them.",
    "memory-state": "{what_up} live only in the memory of one process: a restart or a second instance loses them.",
    "memory-rate-limit": "Every instance counts for itself ({what}): with ten of them the limit is ten times as high.",
    "websocket-on-serverless": "{where_up} ends a function after its answer: sockets opened here are cut off.",
}
_SQLITE_PACKAGES = frozenset({"better-sqlite3", "sqlite3", "aiosqlite"})
_SERVER_PACKAGES = frozenset({
    "pg", "postgres", "mysql2", "mongodb", "mongoose", "@neondatabase/serverless", "@supabase/supabase-js",
    "@libsql/client", "psycopg", "psycopg2", "psycopg2-binary", "asyncpg", "pymongo", "firebase", "firebase-admin",
})  # fmt: skip
_TOKENS = frozenset({"passport-jwt", "@nestjs/jwt"})
_TIMETABLE = "{where_up} stops the process between requests, so this timetable seldom runs."
_NEEDS_SERVERLESS = frozenset({"memory-rate-limit", "websocket-on-serverless"})
_NEEDS_DISK = frozenset({"sqlite-on-serverless", "local-uploads"})


def detect(view: ProjectView) -> Detection:
    hosts = set(view.facts.values("host"))
    volume = _volume(view)
    kept = fleeting(view)
    findings = (
        *_together(view, kept, hosts, volume),
        *_prisma(view, hosts, volume),
        *_browser_only(view),
    )
    passes = tuple(_passes(view, volume))
    homeless = () if hosts or volume else tuple(item for item in kept if item.kind in _NEEDS_DISK)
    if not findings and not passes and not homeless:
        return Detection(not_applicable=NotApplicable("This project stores nothing of its own."))
    return Detection(
        findings=findings,
        passes=passes,
        unknowns=tuple(
            Unknown(f"Whether {item.what} lasts depends on where this runs, which no file tells.", item.path)
            for item in homeless[:1]
        ),
        looked=(Looked("places that keep data in files or memory", len(kept), len(kept)),),
    )


def _together(
    view: ProjectView, kept: tuple[Fleeting, ...], hosts: set[str], volume: Evidence | None
) -> Iterator[RawFinding]:
    """One for each kind of thing that is kept, with all places that keep it."""
    groups: dict[tuple[str, str], RawFinding] = {}
    for item in kept:
        finding = _finding(view, item, hosts, volume)
        if finding is not None:
            first = groups.get((item.kind, item.what))
            places = (*first.evidence, *finding.evidence) if first is not None else finding.evidence
            groups[item.kind, item.what] = replace(first or finding, evidence=places[:12])
    yield from groups.values()


def _volume(view: ProjectView) -> Evidence | None:
    """A disk that outlives the container, in the deploy configuration."""
    paths = tuple(view.tree.files)
    chosen = view.whole(
        "ephemeral.paths", paths, lambda: tuple(path for path in paths if _VOLUME_FILES.search(path))
    )
    for path in chosen:
        line = view.per_file("ephemeral.volume", path, _volume_line, 0)
        if line:
            return at(path, line, note="a disk that outlives the container")
    return None


def _volume_line(text: str) -> int:
    match = _VOLUME.search(text)
    return line_at(text, match.end()) if match else 0


def _finding(
    view: ProjectView, item: Fleeting, hosts: set[str], volume: Evidence | None
) -> RawFinding | None:
    serverless = sorted(hosts & _SERVERLESS) or (["Supabase"] if "supabase/functions/" in item.path else [])
    container = sorted(hosts & _CONTAINERS)
    kind = item.kind
    if is_idle(view, item.path):
        return None
    if view.client_graph.is_client(item.path) or (kind in _NEEDS_SERVERLESS and not serverless):
        return None
    if item.what == "a timetable" and not serverless:
        return None
    lasts = volume is not None and not serverless
    if kind in _NEEDS_DISK and (lasts or not (serverless or container)):
        return None
    where = (serverless or container or ["the host"])[0]
    where = where.capitalize() if where != "the host" else where
    says = _SAYS[kind] if item.what != "a timetable" else _TIMETABLE
    message = says.format(
        what=item.what,
        where=where,
        where_up=where[:1].upper() + where[1:],
        what_up=item.what[:1].upper() + item.what[1:],
    )
    sure = bool(serverless) or kind in _NEEDS_DISK
    if item.what == "sign-ins" and _signs_in_by_token(view):
        return RawFinding(
            f"{CHECK}/{kind}",
            "What is kept while somebody signs in through another company lives in the memory of one process.",
            (at(item.path, item.line),),
            symbol=item.what,
            severity=Severity.LOW,
            confidence=0.6,
        )
    return RawFinding(
        f"{CHECK}/{kind}",
        message,
        (at(item.path, item.line),),
        symbol=item.what,
        confidence=None if sure else 0.7,
    )


def _signs_in_by_token(view: ProjectView) -> bool:
    """Whether people stay signed in by a token of their own; a session is only there for the way to another company."""
    return any(not _TOKENS.isdisjoint(package.dependencies) for package in view.packages)


def _prisma(view: ProjectView, hosts: set[str], volume: Evidence | None) -> Iterator[RawFinding]:
    where = sorted(hosts & (_SERVERLESS | _CONTAINERS))
    if volume is not None or not where:
        return
    for path in view.tree.files:
        if path.endswith(".prisma") and path_kind(path) is PathKind.CODE:
            match = _PRISMA_SQLITE.search(view.text(path) or "")
            if match is not None:
                line = line_at(view.text(path) or "", match.end())
                message = f"The database is a SQLite file, which {where[0].capitalize()} throws away with every deploy."
                yield RawFinding(f"{CHECK}/sqlite-on-serverless", message, (at(path, line),), symbol=path)


def _browser_only(view: ProjectView) -> Iterator[RawFinding]:
    """Records in the browser's storage of an app that has no store of its own."""
    if any(view.facts.has(key) for key in _DURABLE):
        return
    places = [
        at(path, line)
        for path, outline in view.outlines.items()
        if outline.language != "python"
        and path_kind(path) is PathKind.CODE
        and (line := view.per_file("ephemeral.local", path, local_data, 0))
    ]
    if places:
        message = (
            "Everything is kept in one browser: on another device, or after clearing it, nothing is there."
        )
        yield RawFinding(f"{CHECK}/localstorage-as-database", message, tuple(places[:6]), symbol="browser")


def _passes(view: ProjectView, volume: Evidence | None) -> Iterator[PassEvidence]:
    if volume is not None:
        yield PassEvidence(volume)
        return
    if _only_sqlite(view):
        return
    for name in ("db.provider", "storage", "db.engine", "db.access"):
        fact = view.facts.first(name)
        if (
            fact is not None
            and fact.evidence is not None
            and fact.value not in ("sqlite", "local-disk", "none")
        ):
            yield PassEvidence(derived(f"data is kept by {fact.value}", fact.evidence.path))
            return


def _only_sqlite(view: ProjectView) -> bool:
    names = {name for package in view.packages for name in package.dependencies}
    return bool(names & _SQLITE_PACKAGES) and not names & _SERVER_PACKAGES
