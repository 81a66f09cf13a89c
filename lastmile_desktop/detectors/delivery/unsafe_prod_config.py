"""delivery.unsafe-prod-config: switches for development are still on in what goes live."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.settings.dev_files import faults_of, is_judged, weak_admin
from lastmile_desktop.project.models.settings.dev_switch import Switch
from lastmile_desktop.project.models.settings.dev_switches import switches
from lastmile_desktop.project.models.settings.settings_layers import is_replaced_for_production
from lastmile_desktop.project.models.usage.purpose import open_licence
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "delivery.unsafe-prod-config"
_FOR_WORK = re.compile(
    r"(?i)(?:^|[/._-])(?:dev|devel|development|local|localhost|test|tests|testing|debug|examples?|sandbox"
    r"|ci|e2e|scripts?|tools?"
    r"|bin|benchmarks?|playground|demo)(?:[/._-]|$)"
)
_PRODUCTION_SERVER = re.compile(
    r"\b(?:gunicorn|uvicorn|hypercorn|waitress-serve|waitress|uwsgi|daphne|granian)\b"
)
_START_FILES = re.compile(
    r"(?:^|/)(?:Procfile|Dockerfile[\w.-]{0,20}|render\.ya?ml|railway\.(?:json|toml)|nixpacks\.toml"
    r"|fly\.toml|\.replit|app\.ya?ml"
    r"|(?:[\w-]{0,30}[-_])?(?:start|run|entry-?point)(?:[-_][\w-]{0,30})?\.sh|(?:docker-)?compose[\w.-]{0,30}\.ya?ml)$"
)
_NO_CHECK = re.compile(r"^\s{0,5}(?://|/\*)\s{0,3}@ts-nocheck", re.MULTILINE)
_SEEDED = (".ts", ".js", ".mjs", ".cjs", ".py", ".sql", ".sh")
_MOST_UNCHECKED = 3
# What a module of settings for production may replace.
_LAYERED = frozenset({"default-secret-key", "allowed-hosts-star"})
_MESSAGE = {
    "debug-on": "In {path}, {what}.",
    "default-secret-key": "In {path}, {what}: whoever knows it signs in as anybody.",
    "stack-traces": "{path} {what} to whoever caused it.",
    "allowed-hosts-star": "In {path}, {what}: links in mails can be made to lead to a stranger's site.",
    "graphql-open": "{path} {what} and its hidden parts.",
    "verbose-supabase": "{path} {what}.",
}


def detect(view: ProjectView) -> Detection:
    sources = [path for path in view.outlines if _goes_live(path)]
    files = [entry.path for entry in view.tree.readable() if _is_configuration(entry.path)]
    if not sources and not files:
        return Detection(not_applicable=NotApplicable("No code and no file that builds or starts an app."))
    found = view.each_outline("dev-switches", _switches_of)
    findings = (
        *_in_code(view, found),
        *_in_files(view, files),
        *_admins(view),
        *_unchecked(view),
    )
    broken = tuple(
        (path, error)
        for path, error in view.each_outline("unreadable", _error).items()
        if error and _goes_live(path)
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(view, sources, files)),
        unknowns=tuple(Unknown(f"{path}: {why}", path) for path, why in broken if path.endswith(".py"))[:5],
        looked=(Looked("files", len(sources) + len(files), len(sources) + len(files)),),
    )


def _error(outline: Outline) -> str:
    return outline.error


def _switches_of(outline: Outline) -> tuple[Switch, ...]:
    return switches(outline) if _goes_live(outline.path) else ()


@lru_cache(maxsize=65_536)
def _goes_live(path: str) -> bool:
    return path_kind(path) is PathKind.CODE and not _FOR_WORK.search(path)


@lru_cache(maxsize=65_536)
def _is_configuration(path: str) -> bool:
    # By its ending robots.txt would be a text to read.
    told = path_kind(path) not in (PathKind.TEST, PathKind.EXAMPLE, PathKind.DOC, PathKind.CI)
    return (told or path.rpartition("/")[2] == "robots.txt") and is_judged(path)


@lru_cache(maxsize=65_536)
def _starts(path: str) -> bool:
    return bool(_START_FILES.search(path))


def _in_files(view: ProjectView, files: list[str]) -> Iterator[RawFinding]:
    is_open = open_licence(view) is not None
    for path in files:
        for fault in _in_file(view, path):
            # Everybody may read open source: its maps show nothing new.
            if not (is_open and fault.rule == "source-maps"):
                yield fault.as_finding(CHECK)


def _in_file(view: ProjectView, path: str) -> tuple[Fault, ...]:
    return view.per_path("dev-file", path, _faults, ()) if faults_of(path) is not None else ()


def _faults(path: str, text: str) -> tuple[Fault, ...]:
    judge = faults_of(path)
    return judge(text) if judge is not None else ()


def _in_code(view: ProjectView, found: Mapping[str, tuple[Switch, ...]]) -> Iterator[RawFinding]:
    served = _served_otherwise(view) if any(item.main for items in found.values() for item in items) else ""
    for path, items in found.items():
        for item in items:
            if item.main and served == "start":
                continue
            if item.rule == "debug-on" and path.endswith(".py") and _set_by_production(view, path):
                continue
            if item.rule in _LAYERED and is_replaced_for_production(view, path, _setting(item)):
                continue
            severity, confidence = _weight(view, path, item, served)
            yield RawFinding(
                rule=f"{CHECK}/{item.rule}",
                message=_MESSAGE[item.rule].format(path=path, what=item.what),
                evidence=(at(path, item.line, item.last_line),),
                symbol=f"{item.rule}:{item.what[:60]}",
                severity=severity,
                confidence=confidence,
            )


def _setting(item: Switch) -> str:
    """The setting that this is about: `Settings.JWT_SECRET stands in the code`."""
    named = re.match(r"(?:\w{1,60}\.){0,3}([A-Z][A-Z_]{3,60})\b", item.what)
    return named[1] if named is not None else "SECRET_KEY"


def _weight(view: ProjectView, path: str, item: Switch, served: str) -> tuple[Severity | None, float | None]:
    """Critical where a file that a host runs says so outright."""
    if item.main and served == "installed":
        return Severity.MEDIUM, 0.65
    host = view.facts.first("host")
    outright = item.confidence is None and not item.main and path.endswith(".py")
    if (
        item.rule in ("debug-on", "default-secret-key")
        and outright
        and host is not None
        and host.confidence >= 0.9
    ):
        return Severity.CRITICAL, 0.85
    return None, item.confidence


def _served_otherwise(view: ProjectView) -> str:
    """`start` when a start file names a server for production, `installed` when one is only in the packages."""
    installed = ""
    for entry in view.tree.readable():
        starts = _starts(entry.path)
        if not starts and entry.name not in ("requirements.txt", "pyproject.toml", "Pipfile"):
            continue
        if view.per_file("production-server", entry.path, _names_server, False):
            if starts:
                return "start"
            installed = "installed"
    return installed


def _names_server(text: str) -> bool:
    return bool(_PRODUCTION_SERVER.search(text)) and not re.search(r"--reload\b", text)


def _set_by_production(view: ProjectView, path: str) -> bool:
    """Settings in layers: a file for production beside this one switches it off."""
    folder = path.rpartition("/")[0]
    return any(
        view.per_file("debug-off", other, _switches_off, False)
        for other in view.outlines
        if other != path
        and other.rpartition("/")[0] == folder
        and re.search(r"(?i)prod|staging", other.rpartition("/")[2])
    )


def _switches_off(text: str) -> bool:
    return bool(re.search(r"(?m)^\s{0,20}(?:DEBUG|debug)\s{0,3}(?::\s{0,3}bool\s{0,3})?=\s{0,3}False", text))


def _admins(view: ProjectView) -> Iterator[RawFinding]:
    """Sample data counts only when the start of the app writes it."""
    seeds = any(
        view.per_file("starts-seed", entry.path, _seeds, False)
        for entry in view.tree.readable()
        if _starts(entry.path)
    )
    for entry in view.tree.readable():
        if (
            entry.suffix not in _SEEDED
            or entry.minified
            or path_kind(entry.path) in (PathKind.TEST, PathKind.EXAMPLE, PathKind.DOC)
            or (
                path_kind(entry.path) is PathKind.SEED
                and not seeds
                and "supabase/functions/" not in entry.path
            )
        ):
            continue
        for fault in view.per_path("weak-admin", entry.path, weak_admin, ()):
            yield fault.as_finding(CHECK)


def _seeds(text: str) -> bool:
    return bool(re.search(r"\bseed", text))


def _unchecked(view: ProjectView) -> Iterator[RawFinding]:
    """Files that the type check leaves out by a comment, said once."""
    places = [
        (entry.path, line)
        for entry in view.tree.readable()
        if entry.suffix in (".ts", ".tsx") and path_kind(entry.path) is PathKind.CODE
        if (line := view.per_file("ts-nocheck", entry.path, _no_check, 0))
    ]
    if len(places) > _MOST_UNCHECKED:
        yield RawFinding(
            f"{CHECK}/build-errors-ignored",
            f"{len(places)} files are left out of the type check by a comment at their top.",
            tuple(at(path, line) for path, line in places[:6]),
            "ts-nocheck",
            confidence=0.85,
        )


def _no_check(text: str) -> int:
    head = text[:2000]
    match = _NO_CHECK.search(head)
    return line_at(head, match.start()) if match is not None else 0


def _passes(view: ProjectView, sources: list[str], files: list[str]) -> Iterator[PassEvidence]:
    for path in files:
        if _starts(path) and view.per_file("production-server", path, _names_server, False):
            yield PassEvidence(derived("starts a server for production", path))
    if sources or files:
        yield PassEvidence(
            derived(
                f"no switch for development is on in {len(sources)} source and {len(files)} configuration "
                f"files"
            )
        )
