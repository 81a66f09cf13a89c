"""delivery.release-unproven: nobody can tell whether the release works, or undo it safely."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.delivery.test_suite import is_test_file
from lastmile_desktop.project.models.schema.model import Migration
from lastmile_desktop.project.models.usage.purpose import run_by_others
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry
from lastmile_desktop.project.view import ProjectView

CHECK = "delivery.release-unproven"
_SERVED = frozenset(("first-users", "paying", "growing"))
_EARLY = frozenset(("idea", "demo"))
_VERSION = re.compile(
    r"VERCEL_GIT_COMMIT_SHA|RENDER_GIT_COMMIT|RAILWAY_GIT_COMMIT_SHA|CF_PAGES_COMMIT_SHA|GITHUB_SHA"
    r"|SOURCE_VERSION|HEROKU_SLUG_COMMIT|FLY_IMAGE_REF"
    r"|\b(?:GIT_)?COMMIT_(?:SHA|HASH|REF)\b|\bGIT_(?:COMMIT|SHA|HASH|REVISION)\b|\bBUILD_(?:ID|SHA|VERSION"
    r"|NUMBER)\b|npm_package_version|\bAPP_VERSION\b|__VERSION__|__APP_VERSION__"
    r"|\brelease\s{0,3}[:=]|package\.json[\"']\)?\.version|\bversion[\"']?\s{0,3}:\s{0,3}(?:process\.env"
    r"|pkg|packageJson|settings|__version__)|importlib\.metadata"
    r"|(?:route|get)\(\s{0,10}[\"'`][\w/-]{0,40}/version[\"'`]|\bversion\s{0,3}:\s{0,3}version\b"
)
# Most files hold none of these words, and looking for words is far cheaper than looking for patterns.
_VERSION_WORDS = (
    "COMMIT", "_SHA", "GIT_", "BUILD_", "SOURCE_VERSION", "FLY_IMAGE_REF", "npm_package_version",
    "APP_VERSION", "__VERSION__",
    "release", "package.json", "version", "importlib.metadata",
)  # fmt: skip
_SWITCH_WORDS = (
    "ENABLE", "FEATURE_", "FF_", "DISABLE", "KILL_SWITCH", "MAINTENANCE", "SIGNUP", "feature_flag",
    "featureflag", "FeatureEnabled",
    "useFeature", "featureFlag", "maintenanceMode", "waffle", "@vercel/flags", "flags/next", "edge-config",
)  # fmt: skip
_SMOKE = re.compile(
    r"(?i)(?:^|/)(?:[\w.-]{0,40}smoke[\w.-]{0,40}|e2e/[\w./-]{1,120}|playwright/[\w./-]{1,120}"
    r"|cypress/e2e/[\w./-]{1,120}|post[-_]?deploy[\w.-]{0,40}|[\w.-]{1,60}\.(?:e2e|cy)\.[jt]sx?)$"
)
_SMOKE_IN_CI = re.compile(
    r"(?i)smoke|playwright\s+test|cypress\s+run|checkly|newman\s+run|curl\s+[^\n]{0,80}(?:--fail|-f\b"
    r"|-sf)[^\n]{0,120}health"
)
_SWITCH = re.compile(
    r"\b(?:ENABLE_\w{2,40}|\w{2,40}_ENABLED|FEATURE_\w{2,40}|FF_\w{2,40}|DISABLE_\w{2,40}"
    r"|\w{2,40}_DISABLED|KILL_SWITCH\w{0,20}|MAINTENANCE(?:_MODE)?|SIGNUPS?_(?:OPEN|CLOSED)"
    r"|\w{0,30}MAINTENANCE_MODE)\b"
    r"|feature_?flags?\b|isFeatureEnabled|useFeature|featureFlags?|maintenanceMode|waffle|@vercel/flags"
    r"|flags/next|edge-config"
)
_FLAG_FILE = re.compile(r"(?i)(?:^|/)(?:feature[-_]?flags?|flags|features)\.(?:ts|js|py|json)$")
_FLAG_ENTRY = re.compile(
    r"(?m)^\s{1,12}[\"']?[A-Za-z_][\w-]{1,60}[\"']?\s{0,3}[:=]\s{0,3}(true|false|True|False)\b"
)
_CHANGELOG = re.compile(
    r"(?i)(?:^|/)(?:change-?log|changes|history|release-?notes|news|whats-?new)[\w.-]{0,20}(?:\.(?:md|mdx"
    r"|rst|txt|tsx|json))?$|^\.changeset/|(?:^|/)(?:changelog|releases|whats-new)/[^/]{1,60}\.(?:md|mdx"
    r"|tsx)$|(?:^|/)release-please[\w.-]{0,30}|\.releaserc"
)
_CONTRACT = re.compile(
    r"(?im)^(?!\s{0,20}--)[^\n]{0,200}?\b(?:drop\s+column|rename\s+column|rename\s+to"
    r"|drop\s+table(?!\s+if\s+exists\s+_)|op\.drop_column|migrations\.RemoveField|migrations\.RenameField"
    r"|migrations\.DeleteModel)\b"
)
_RECENT_DAYS = 30
_LAST = 3
_FEWEST_FLAGS = 3
_ATTEST = (
    "State that this release was tried on the live site, and that going back to the one before was practised."
)
_MOST_SOURCES = (
    ".ts",
    ".tsx",
    ".js",
    ".jsx",
    ".mjs",
    ".py",
    ".vue",
    ".svelte",
    ".toml",
    ".yml",
    ".yaml",
    ".json",
    ".sh",
)


def detect(view: ProjectView) -> Detection:
    stage = view.facts.value("profile.stage")
    deployed = view.facts.has("host") or bool(view.facts.value("profile.url")) or stage in _SERVED
    if stage in _EARLY or not deployed:
        return Detection(not_applicable=NotApplicable("Nothing of this is live for others yet."))
    if not view.routes.routes and not view.facts.has("db.engine") and not view.facts.has("db.provider"):
        return Detection(
            not_applicable=NotApplicable("A static site: the newest version is the one that is shown.")
        )
    shown = _first_with(view, "release-version", _names_version) or _told_by_framework(view)
    smoke = _smoke(view)
    switch = _first_with(view, "release-switch", _names_switch)
    duties = (
        *_version(shown),
        *_no_smoke(view, smoke),
        *_switches(view, switch),
        *_changelog(view),
    )
    findings = (*run_by_others(view, duties), *_contracts(view), *_rotting(view))
    return Detection(
        findings=findings,
        passes=tuple(_passes(shown, smoke, switch)),
        looked=(Looked("signs of a proven release", sum(bool(item) for item in (shown, smoke, switch)), 3),),
        needs_attestation=_ATTEST,
    )


def _first_with(view: ProjectView, kind: str, find: Callable[[str], int]) -> tuple[str, int] | None:
    """The first file of the app in which this is found, with its line."""
    lines = view.each_file(kind, _is_of_app, find, 0)
    return next(((path, line) for path, line in lines.items() if line), None)


def _is_of_app(entry: FileEntry) -> bool:
    if entry.suffix not in _MOST_SOURCES or entry.minified or entry.name.endswith("lock.json"):
        return False
    return path_kind(entry.path) in (PathKind.CODE, PathKind.CI)


def _told_by_framework(view: ProjectView) -> tuple[str, int] | None:
    """SvelteKit serves the build's version at /_app/version.json without being asked to."""
    fact = view.facts.first("fw.sveltekit")
    place = fact.evidence if fact is not None else None
    return (place.path, place.line_start or 1) if place is not None and place.path else None


def _names_version(text: str) -> int:
    match = _VERSION.search(text) if any(word in text for word in _VERSION_WORDS) else None
    return line_at(text, match.start()) if match is not None else 0


def _names_switch(text: str) -> int:
    match = _SWITCH.search(text) if any(word in text for word in _SWITCH_WORDS) else None
    return line_at(text, match.start()) if match is not None else 0


@lru_cache(maxsize=65_536)
def _is(pattern: re.Pattern[str], path: str) -> bool:
    """Asked for every file at every save."""
    return bool(pattern.search(path))


def _smoke(view: ProjectView) -> str:
    for entry in view.tree.readable():
        path = entry.path
        if _is(_SMOKE, path) and (entry.suffix in (".ts", ".js", ".py", ".sh", ".mjs") or is_test_file(path)):
            return path
        if path_kind(path) is PathKind.CI and view.per_file("smoke-ci", path, _runs_smoke, False):
            return path
    return ""


def _runs_smoke(text: str) -> bool:
    return bool(_SMOKE_IN_CI.search(text))


def _version(shown: tuple[str, int] | None) -> Iterator[RawFinding]:
    if shown is None:
        yield RawFinding(
            f"{CHECK}/version-unknown",
            "Nothing on the live site tells which version runs: after a publish you cannot see whether it "
            "is the new one.",
            (absent("no commit or version in the code that runs"),),
        )


def _no_smoke(view: ProjectView, smoke: str) -> Iterator[RawFinding]:
    if not smoke:
        severity = Severity.HIGH if view.policy.require_smoke else None
        yield RawFinding(
            f"{CHECK}/no-smoke",
            "No script walks through the app after a release (sign up, use it, pay in test mode, sign out)"
            + (", though your policy asks for one." if view.policy.require_smoke else "."),
            (absent("no smoke test or end-to-end test"),),
            severity=severity,
        )


def _contracts(view: ProjectView) -> Iterator[RawFinding]:
    """The newest changes of the database take something away that the version before still uses."""
    newest = [item for item in view.schema.migrations if not item.stray][-_LAST:]
    for migration in newest:
        when = view.git.added_on.get(migration.path)
        if when is not None and (view.now - when).days > _RECENT_DAYS:
            continue
        line = view.per_file("contracts", migration.path, _takes_away, 0)
        if line and len(view.schema.migrations) > 1:
            yield _contract(migration, line, known=when is not None)


def _contract(migration: Migration, line: int, *, known: bool) -> RawFinding:
    return RawFinding(
        f"{CHECK}/migration-not-backward-compatible",
        f"{migration.path} takes away or renames what the version before uses: going back to that version "
        f"breaks it.",
        (at(migration.path, line),),
        migration.path,
        confidence=None if known else 0.6,
    )


def _takes_away(text: str) -> int:
    match = _CONTRACT.search(text)
    return line_at(text, match.end()) if match is not None else 0


def _switches(view: ProjectView, switch: tuple[str, int] | None) -> Iterator[RawFinding]:
    if switch is not None or view.facts.has("flags"):
        return
    risky = [
        (name, fact)
        for name, key in (("payments", "pay.provider"), ("the AI part", "ai.sdk"))
        if (fact := view.facts.first(key)) is not None
    ]
    if risky:
        places: tuple[Evidence, ...] = tuple(fact.evidence for _, fact in risky if fact.evidence is not None)
        yield RawFinding(
            f"{CHECK}/no-flags",
            f"{_named([name for name, _ in risky])} cannot be switched off without a new release.",
            places or (absent("no switch"),),
            "flags",
            severity=Severity.LOW,
        )


def _named(names: list[str]) -> str:
    listed = " and ".join(names)
    return listed[0].upper() + listed[1:]


def _rotting(view: ProjectView) -> Iterator[RawFinding]:
    for entry in view.tree.readable():
        ours = _is(_FLAG_FILE, entry.path) and path_kind(entry.path) is PathKind.CODE
        if ours and view.per_file("flags-on", entry.path, _all_on, False):
            yield RawFinding(
                f"{CHECK}/flags-rotting",
                f"Every switch in {entry.path} is on for everybody: they only hide which code is in use.",
                (at(entry.path, 1),),
                entry.path,
            )


def _all_on(text: str) -> bool:
    values = [match[1].lower() for match in _FLAG_ENTRY.finditer(text)]
    return len(values) >= _FEWEST_FLAGS and set(values) == {"true"}


def _changelog(view: ProjectView) -> Iterator[RawFinding]:
    if not any(_is(_CHANGELOG, path) for path in view.tree.files):
        yield RawFinding(
            f"{CHECK}/no-changelog",
            "Nothing tells what changed with which release: when something breaks, the search begins at "
            "zero.",
            (absent("no changelog or release notes"),),
        )


def _passes(
    shown: tuple[str, int] | None, smoke: str, switch: tuple[str, int] | None
) -> Iterator[PassEvidence]:
    if shown is not None:
        yield PassEvidence(at(shown[0], shown[1], note="the version that runs"))
    if smoke:
        yield PassEvidence(derived("walks through the app", smoke))
    if switch is not None:
        yield PassEvidence(at(switch[0], switch[1], note="an off switch"))
