"""ops.no-error-tracking: who hears of a crash before the customer writes.

Every part of the project that runs for others (the pages, the server, the Supabase functions) must be covered
by a tracker that really starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
)
from lastmile_desktop.project.code.outline import Value
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.operations.error_tracking import (
    BOTH,
    CLIENT,
    SERVER,
    ErrorTracking,
    TrackerSite,
    build,
)
from lastmile_desktop.project.models.usage.purpose import private_use, run_by_others
from lastmile_desktop.project.models.usage.serving import early
from lastmile_desktop.project.packages import Package, Role
from lastmile_desktop.project.view import ProjectView

_CHECK = "ops.no-error-tracking"
_CLIENTS = {
    "fw.vite": "the pages (Vite)",
    "fw.next": "the pages (Next.js)",
    "fw.cra": "the pages (React)",
    "fw.tanstack_start": "the pages (TanStack Start)",
    "fw.remix": "the pages (Remix)",
    "fw.react_router": "the pages (React Router)",
    "fw.sveltekit": "the pages (SvelteKit)",
    "fw.nuxt": "the pages (Nuxt)",
    "fw.gatsby": "the pages (Gatsby)",
    "fw.angular": "the pages (Angular)",
    "fw.expo": "the mobile app",
    "fw.react_native": "the mobile app",
    "fw.flutter": "the mobile app",
}
_SERVERS = {
    "fw.express": "the server (Express)",
    "fw.fastify": "the server (Fastify)",
    "fw.hono": "the server (Hono)",
    "fw.koa": "the server (Koa)",
    "fw.nest": "the server (NestJS)",
    "fw.fastapi": "the server (FastAPI)",
    "fw.flask": "the server (Flask)",
    "fw.django": "the server (Django)",
    "fw.next": "the server side of Next.js",
    "fw.tanstack_start": "the server side of TanStack Start",
    "fw.remix": "the server side of Remix",
    "fw.react_router": "the server side of React Router",
    "fw.sveltekit": "the server side of SvelteKit",
    "fw.nuxt": "the server side of Nuxt",
    "fw.workers": "the Cloudflare worker",
    "fw.firebase_functions": "the Firebase functions",
}
_EDGE = "edge"
_PLACEHOLDER = re.compile(
    r"^$|your[_-]?(?:sentry)?[_-]?dsn|examplePublicKey|<[^>]*>|x{4,}|^(?:todo|changeme|dsn)$", re.IGNORECASE
)
_SOURCE_MAP_TOOLS = (
    "@sentry/vite-plugin", "@sentry/webpack-plugin", "@sentry/rollup-plugin", "@sentry/esbuild-plugin",
    "@sentry/cli", "@sentry/nextjs", "@sentry/sveltekit", "@sentry/nuxt", "@sentry/astro", "@sentry/remix",
    "@sentry/react-native", "@sentry/tanstackstart-react", "@sentry/react-router",
)  # fmt: skip
_OWN_HANDLER = re.compile(
    r"(?:(?<![\w.)\]])|(?<=\bwindow\.)|(?<=\bself\.)|(?<=\bglobalThis\.))addEventListener\(\s*[\"'](?:error|"
    r"unhandledrejection)[\"']|"
    r"window\.onerror\s*=|\bcomponentDidCatch\("
)
# A table or an address of one's own that crashes are written to.
_OWN_STORE = re.compile(
    r"\.from\(\s*[\"'`](?:client|app|frontend|ui|js|browser)?_?(?:errors?|crash(?:es)?|"
    r"exceptions?)(?:_?(?:logs?|reports?|events?|tracking))?"
    r"[\"'`]\s*\)\s*\.(?:insert|upsert)\(|"
    r"(?:fetch|sendBeacon|post|apiRequest)\([^;]{0,80}?/(?:(?:client|frontend|js|browser)-?)?(?:errors?|"
    r"crash(?:es)?|exceptions?)"
    r"(?:[-/](?:logs?|reports?))?[\"'`]"
)
_OWN_SENDER = re.compile(r"\bfetch\(|sendBeacon\(|\.insert\(|\.rpc\(|functions\.invoke\(|axios\.post\(")
_DJANGO_SETTINGS = re.compile(
    r"(?:^|/)(?:settings(?:/(?:base|common|production|prod|__init__))?|production)\.py$"
)
_ADMINS = re.compile(r"^[ \t]{0,8}(?P<name>ADMINS)\b[^=\n]{0,60}=[ \t]*(?!\[\s*\]|\(\s*\))\S", re.MULTILINE)
_ALERTS = (
    "A tracker only helps when someone is told. Throw one test error in production, see it arrive, and say "
    "here who gets the message and how."
)


@dataclass(frozen=True, slots=True)
class _Part:
    """Something that runs for others and can crash."""

    package: Package
    side: str
    title: str
    evidence: Evidence


def detect(view: ProjectView) -> Detection:
    parts = tuple(_parts(view))
    if not parts:
        return Detection(not_applicable=NotApplicable("Nothing here runs for other people."))
    not_yet = early(view)
    if not_yet is not None:
        return Detection(not_applicable=not_yet)
    tracking = build(view)
    covered = {part.title: place for part in parts if (place := _covered(view, part, tracking))}
    findings = (
        tuple(_uncovered(view, parts, covered, tracking))
        if covered
        else (_nothing_works(view, parts, tracking),)
    )
    quality = tuple(finding for site in tracking.working for finding in _quality(view, site))
    said = (*findings, *quality)
    if private_use(view) is not None:
        said = tuple(replace(finding, severity=Severity.LOW) for finding in said)
    return Detection(
        findings=run_by_others(view, said),
        passes=tuple(PassEvidence(place) for place in dict.fromkeys(covered.values())),
        looked=(Looked("parts that can crash", len(parts), len(parts)),),
        needs_attestation=_ALERTS,
    )


def _parts(view: ProjectView) -> Iterator[_Part]:
    for package in view.packages:
        if package.role in (Role.SHARED, Role.DOCS, Role.INFRA):
            continue
        for side, titles in ((CLIENT, _CLIENTS), (SERVER, _SERVERS)):
            if side == SERVER and view.facts.value("fw.next.output", package.path) == "export":
                continue
            for key, title in titles.items():
                fact = view.facts.first(key, package.path)
                if fact is not None:
                    where = fact.evidence or absent("", package.manifest)
                    yield _Part(package, side, title + _of(view, package), where)
                    break
    edge = view.facts.first("fw.supabase_functions")
    if edge is not None and edge.evidence is not None:
        yield _Part(view.package_of(edge.evidence.path), _EDGE, "the Supabase functions", edge.evidence)


def _of(view: ProjectView, package: Package) -> str:
    return f" in {package.path}" if package.path != "." and len(view.packages) > 1 else ""


def _covered(view: ProjectView, part: _Part, tracking: ErrorTracking) -> Evidence | None:
    """Where the tracker of this part starts."""
    for site in tracking.working:
        in_functions = "supabase/functions/" in site.path
        if part.side == _EDGE:
            if in_functions:
                return at(site.path, site.line)
            continue
        if not in_functions and site.side in (part.side, BOTH) and _belongs(view, site.path, part):
            return at(site.path, site.line)
    return _snippet(view, part) or _platform(view, part) or _own_reporter(view, part)


def _belongs(view: ProjectView, path: str, part: _Part) -> bool:
    """A start in the part's own package, or in shared code that every part uses."""
    package = view.package_of(path)
    return package.path == part.package.path or package.role in (Role.SHARED, Role.UNKNOWN)


def _snippet(view: ProjectView, part: _Part) -> Evidence | None:
    """A script tag in the page, or a start in a language of which no outline is made."""
    if part.side != CLIENT:
        return None
    for fact in view.facts:
        place = fact.evidence
        if place is None or not part.package.holds(place.path) or not place.line_start:
            continue
        if (fact.key == "obs.errors" and place.path.endswith(".html")) or (
            fact.key == "obs.errors.wired" and place.path.endswith(".dart")
        ):
            return place
    return None


def _platform(view: ProjectView, part: _Part) -> Evidence | None:
    """Hosts that keep the errors of a server by themselves; someone still has to read them."""
    if part.side != SERVER:
        return None
    if view.facts.has("fw.workers", package=part.package.path):
        for name in ("wrangler.toml", "wrangler.jsonc", "wrangler.json"):
            path = name if part.package.path == "." else f"{part.package.path}/{name}"
            text = view.text(path) or ""
            match = re.search(r"observability\b[^\n]{0,40}\n?[^\n]{0,40}enabled\"?\s*[=:]\s*true", text)
            if match is not None:
                return at(path, line_at(text, match.start()))
    fact = view.facts.first("fw.firebase_functions", part.package.path)
    return fact.evidence if fact is not None else _mailed_by_django(view, part)


def _mailed_by_django(view: ProjectView, part: _Part) -> Evidence | None:
    """Django sends each crash of a view to ADMINS by itself, once somebody is named there."""
    if not view.facts.has("fw.django", package=part.package.path):
        return None
    for path in view.outlines:
        if part.package.holds(path) and _DJANGO_SETTINGS.search(path):
            line = view.per_file("django-admins", path, _admins_line, 0)
            if line:
                return at(path, line)
    return None


def _admins_line(text: str) -> int:
    match = _ADMINS.search(text)
    return line_at(text, match.start("name")) if match else 0


def _own_reporter(view: ProjectView, part: _Part) -> Evidence | None:
    """A handler of uncaught errors that sends them somewhere itself."""
    if part.side != CLIENT:
        return None
    for path in view.outlines:
        if part.package.holds(path) and not path.startswith("supabase/"):
            line = view.per_file("own-error-reporter", path, _own_reporter_line, 0)
            if line:
                return at(path, line)
    return None


def _own_reporter_line(text: str) -> int:
    if "rror" not in text and "rash" not in text:
        return 0
    for handler in _OWN_HANDLER.finditer(text):
        if _OWN_SENDER.search(text[handler.start() : handler.start() + 900]):
            return line_at(text, handler.start())
    store = _OWN_STORE.search(text)
    return line_at(text, store.start()) if store else 0


def _nothing_works(view: ProjectView, parts: tuple[_Part, ...], tracking: ErrorTracking) -> RawFinding:
    """One finding for the whole project: an idle tracker if there is one, else none at all."""
    idle = next(iter(tracking.sites), None)
    if idle is not None:
        message = f"{idle.tracker} is set up in {idle.path}, but it never runs: {idle.unreached}."
        return RawFinding(f"{_CHECK}/installed-not-wired", message, (at(idle.path, idle.line),), idle.tracker)
    declared = next((fact for fact in view.facts if fact.key == "obs.errors.installed-not-wired"), None)
    if declared is not None and declared.evidence is not None:
        message = f"{declared.value.capitalize()} is installed, but nothing in the code starts it."
        return RawFinding(f"{_CHECK}/installed-not-wired", message, (declared.evidence,), declared.value)
    names = _listed(tuple(dict.fromkeys(part.title for part in parts)))
    message = f"Nothing reports crashes to you: {names} can fail without anyone knowing."
    places = tuple(dict.fromkeys(part.evidence for part in parts))
    return RawFinding(f"{_CHECK}/none", message, places, symbol="project")


def _uncovered(
    view: ProjectView, parts: tuple[_Part, ...], covered: Mapping[str, Evidence], tracking: ErrorTracking
) -> Iterator[RawFinding]:
    for part in parts:
        if part.title in covered:
            continue
        place = next(iter(covered.values()))
        own = next((site for site in tracking.sites if _is_idle_here(view, site, part)), None)
        if own is not None:
            message = f"{own.tracker} is set up in {own.path} but never runs there: {own.unreached}."
            yield RawFinding(f"{_CHECK}/installed-not-wired", message, (at(own.path, own.line),), part.title)
            continue
        rule = {CLIENT: "server-only", SERVER: "client-only", _EDGE: "edge-functions-uncovered"}[part.side]
        message = f"Crashes elsewhere are reported, but not those of {part.title}."
        yield RawFinding(f"{_CHECK}/{rule}", message, (part.evidence, place), symbol=part.title)


def _is_idle_here(view: ProjectView, site: TrackerSite, part: _Part) -> bool:
    return bool(site.unreached) and site.side in (part.side, BOTH) and part.package.holds(site.path)


def _quality(view: ProjectView, site: TrackerSite) -> Iterator[RawFinding]:
    if site.tracker != "Sentry":
        return
    place = (at(site.path, site.line),)
    options = site.options
    if options is None:
        return
    yield from _dsn(site, options, place)
    pii = options.get("sendDefaultPii") or options.get("send_default_pii")
    if pii is not None and pii.text in ("true", "True"):
        where = (at(site.path, pii.span.line),) if pii.span else place
        message = f"Sentry in {site.path} sends personal data (IP addresses, user details) with every error."
        yield RawFinding(f"{_CHECK}/pii-default", message, where, symbol=site.path)
    tells = "environment" in options or site.by_environment
    if not tells and not _set_elsewhere(view, site, "SENTRY_ENVIRONMENT"):
        message = (
            f"Errors from {site.path} do not say whether they come from production or from your machine."
        )
        yield RawFinding(f"{_CHECK}/no-env-tag", message, place, symbol=site.path)
    if site.side != CLIENT or _uploads_source_maps(view, site):
        return
    if "release" not in options:
        message = f"Errors from {site.path} do not say which version of your app they come from."
        yield RawFinding(f"{_CHECK}/no-release", message, place, symbol=site.path)
    message = f"Errors from {site.path} will point into minified code, because no source maps are uploaded."
    yield RawFinding(f"{_CHECK}/no-source-maps", message, place, symbol=site.path)


def _dsn(
    site: TrackerSite, options: Mapping[str, Value], place: tuple[Evidence, ...]
) -> Iterator[RawFinding]:
    dsn = options.get("dsn")
    if dsn is None and site.side == CLIENT:
        message = f"Sentry in {site.path} has no DSN, so nothing is sent."
        yield RawFinding(f"{_CHECK}/dsn-empty", message, place, symbol=site.path)
    elif dsn is not None and dsn.literal is not None and _PLACEHOLDER.search(dsn.literal.strip()):
        message = f"Sentry in {site.path} has a placeholder for a DSN, so nothing is sent."
        where = (at(site.path, dsn.span.line),) if dsn.span else place
        yield RawFinding(f"{_CHECK}/dsn-empty", message, where, symbol=site.path, severity=Severity.HIGH)


def _set_elsewhere(view: ProjectView, site: TrackerSite, name: str) -> bool:
    """@sentry/nextjs and the mobile SDK tell it by themselves; others read a setting."""
    if site.module.startswith(("@sentry/nextjs", "@sentry/react-native", "@sentry/gatsby")):
        return True
    return any(name in (view.text(path) or "") for path in _settings_files(view))


def _settings_files(view: ProjectView) -> list[str]:
    return [
        path
        for path in view.tree.files
        if path.rpartition("/")[2].startswith(
            (".env", "docker-compose", "compose", "fly.toml", "render.yaml")
        )
    ]


def _uploads_source_maps(view: ProjectView, site: TrackerSite) -> bool:
    package = view.package_of(site.path)
    if any(name in package.dependencies for name in _SOURCE_MAP_TOOLS):
        return True
    return any("sourcemaps upload" in command for command in package.scripts.values())


def _listed(names: tuple[str, ...]) -> str:
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
