"""frontend.async-states: what people see while data loads, when there is none, when it fails, and while it is saved.

Each screen that asks for data is looked at by itself; what the whole app catches (a global error handler, a
loading screen of the framework) counts for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import absent, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.routes.model import EntryKind
from lastmile_desktop.project.models.routes.server_pages import asking_page, server_pages
from lastmile_desktop.project.models.screens.data_screens import NONE, DataScreen, Gap, query_hooks, read
from lastmile_desktop.project.models.screens.screens import is_ours, screens
from lastmile_desktop.project.view import ProjectView

_CHECK = "frontend.async-states"
_MOST_PLACES = 60
_MOBILE = ("expo", "react_native", "capacitor")
_OFFLINE = re.compile(
    r"NetInfo|onlineManager|navigator\.onLine|expo-network|@capacitor/network|isOffline|isConnected"
)
_GLOBAL_ERRORS = re.compile(
    r"new QueryCache\(\s{0,10}\{[^}]{0,200}onError|throwOnError:\s{0,3}true|"
    r"interceptors\.response\.use\([^;]{0,1500}toast|"
    r"SWRConfig[^>]{0,300}onError",
    re.DOTALL,
)
_PAGE = re.compile(r"(?:^|/)app/(?:.{0,200}/)?page\.[jt]sx$")
_WHOLE = re.compile(
    r"(?:^|/)(?:pages|screens|views|routes)/|(?:^|/)page\.[jt]sx$|(?:Page|Screen|View)\.[jt]sx$"
)
_PART = re.compile(r"modal|dialog|drawer|select|dropdown|menu|badge|banner|button|card", re.IGNORECASE)
_MAKERS = re.compile(r"(?:^|[/_-])(?:super-?)?(?:admin|test|tests|debug|demo|dev)(?:[/_.-]|$)", re.IGNORECASE)
_SUSPENSE = re.compile(r"<Suspense\b")


_WAITS = re.compile(r"\buse(?:Layout)?Effect\([^;]{0,600}?(?:\.then\(|\bawait\s)")


def _waits(text: str) -> bool:
    return _WAITS.search(text) is not None


def detect(view: ProjectView) -> Detection:
    hooks = _hooks(view)
    found = _screens(view, hooks)
    asking = {path: screen for path, screen in found.items() if screen.loads or screen.saves or screen.gaps}
    pages = _waiting_pages(view)
    if not asking and not pages:
        waits = next(
            (path for path in screens(view) if view.per_file("screen-waits", path, _waits, False)), ""
        )
        if waits:
            reason = f"{waits} waits for something when it opens; whether that is data was not understood."
            return Detection(unknowns=(Unknown(reason, waits),))
        plain = asking_page(view, server_pages(view))
        if plain:
            reason = (
                f"{plain} asks for data with a script of its own; what it shows meanwhile was not followed."
            )
            return Detection(unknowns=(Unknown(reason, plain),))
        return Detection(not_applicable=NotApplicable("No screen here loads or saves data."))
    caught = _in_project(view, "global-errors", _GLOBAL_ERRORS)
    findings = (
        *_of_screens(view, asking, caught),
        *_pages_without_loading(view, pages),
        *_without_offline_hint(view),
    )
    whole = [path for path, screen in sorted(asking.items()) if screen.covered and screen.loads]
    return Detection(
        findings=findings,
        passes=tuple(PassEvidence(at(path, asking[path].loads[0])) for path in whole[:3]),
        unknowns=tuple(_unread(view, found)),
        looked=(Looked("screens with data", len(asking), len(asking)),),
    )


def _hooks(view: ProjectView) -> frozenset[str]:
    named = view.each_outline("query-hooks", query_hooks)
    return frozenset(name for names in named.values() for name in names)


def _screens(view: ProjectView, hooks: frozenset[str]) -> Mapping[str, DataScreen]:
    """What each component does; those kept are read again when the project's own hooks changed."""
    stamp = "|".join(sorted(hooks))
    found: dict[str, DataScreen] = {}
    for path in screens(view):
        outline = view.outlines.get(path)
        if outline is None or outline.shallow or not outline.functions:
            continue
        found[path] = view.per_file(
            f"data-screen:{stamp}" if hooks else "data-screen",
            path,
            lambda text, outline=outline: read(outline, text, hooks),
            NONE,
        )
    return found


def _in_project(view: ProjectView, kind: str, pattern: re.Pattern[str]) -> bool:
    return any(
        view.per_file(f"async-{kind}", path, lambda text: pattern.search(text) is not None, False)
        for path in view.outlines
        if is_ours(path)
    )


def _of_screens(view: ProjectView, asking: Mapping[str, DataScreen], caught: bool) -> Iterator[RawFinding]:
    """One for each kind in a package: the same few lines mend all its screens. The screen with the most of it first."""
    groups: dict[tuple[str, str], list[tuple[str, list[Gap]]]] = {}
    for path in sorted(asking):
        by_rule: dict[str, list[Gap]] = {}
        for gap in asking[path].gaps:
            if not (caught and gap.rule == "no-error-ui"):
                by_rule.setdefault(gap.rule, []).append(gap)
        for rule, gaps in by_rule.items():
            groups.setdefault((rule, view.package_of(path).path), []).append((path, gaps))
    for (rule, package), members in groups.items():
        members.sort(key=lambda member: (_all_beside(member[1]), _rank(member[0]), -len(member[1])))
        path, gaps = members[0]
        gaps = sorted(gaps, key=lambda gap: gap.beside)
        more = len(members) - 1
        others = f" The same holds of {more} other screen{'s' if more > 1 else ''}." if more else ""
        yield RawFinding(
            f"{_CHECK}/{rule}",
            _message(rule, path.rpartition("/")[2], gaps[0]) + others,
            tuple(at(where, gap.line) for where, found in members for gap in found[:6])[:_MOST_PLACES],
            symbol=package,
            severity=Severity.LOW if gaps[0].beside else None,
        )


def _all_beside(gaps: list[Gap]) -> bool:
    return all(gap.beside for gap in gaps)


def _rank(path: str) -> int:
    """Whole screens that visitors open come before parts of them, and those before what the makers look at."""
    if _MAKERS.search(path):
        return 2
    return 0 if _WHOLE.search(path) and not _PART.search(path) else 1


def _message(rule: str, screen: str, gap: Gap) -> str:
    what = f"“{gap.detail}”" if gap.detail else "its data"
    match rule:
        case "no-loading":
            return f"{screen} shows nothing while {what} loads, so people think that it is broken and click again."
        case "no-error-ui" if gap.beside:
            return f"When {what} cannot be loaded, {screen} goes on as if there were none."
        case "no-error-ui":
            return f"When {what} cannot be loaded, {screen} does not say so: people see an empty screen."
        case "no-empty-state":
            return f"When {what} is empty, {screen} shows a blank area instead of what to do next."
        case "no-disabled-while-pending":
            return f"In {screen} the button stays active while it saves, so a second click saves twice."
        case "layout-shift":
            return f"{screen} replaces what people are reading with a spinner each time it asks for news."
        case "optimistic-no-rollback":
            return f"{screen} shows a change before it is saved, and keeps showing it when saving fails."
        case "stale-after-write":
            return f"After saving, {screen} goes on showing the old data."
        case "infinite-spinner":
            return f"When this request fails in {screen}, its spinner turns for ever."
        case "lost-input-on-error":
            return f"{screen} empties {what} before it is sent, so a failure loses what was typed."
        case _:
            return f"When people type quickly, {screen} may show the answer to an earlier {what}."


def _waiting_pages(view: ProjectView) -> tuple[tuple[str, int], ...]:
    """Pages that a server draws after it asked for data."""
    return tuple(
        (route.path, route.span.line)
        for route in view.routes.routes
        if route.kind is EntryKind.PAGE_DATA
        and _PAGE.search(route.path)
        and (route.effects or route.accesses)
    )


def _pages_without_loading(view: ProjectView, pages: tuple[tuple[str, int], ...]) -> Iterator[RawFinding]:
    if not pages or any(re.search(r"(?:^|/)loading\.[jt]sx$", path) for path in view.tree.files):
        return
    if _in_project(view, "suspense", _SUSPENSE):
        return
    yield RawFinding(
        f"{_CHECK}/no-loading",
        f"{len(pages)} pages wait for the database before anything changes on the screen, and no loading.tsx fills "
        "the time.",
        tuple(at(path, line) for path, line in pages[:6]),
        symbol="loading.tsx",
        confidence=0.7,
    )


def _without_offline_hint(view: ProjectView) -> Iterator[RawFinding]:
    mobile = next((fact for fact in view.facts if fact.key == "fw.mobile" and fact.value in _MOBILE), None)
    if mobile is None or _in_project(view, "offline", _OFFLINE):
        return
    package = next((item for item in view.packages if item.path == mobile.package), view.packages[0])
    yield RawFinding(
        f"{_CHECK}/no-offline-hint",
        "On a phone without a network the app says nothing: people see spinners and empty lists.",
        (mobile.evidence or absent("no look at the network", package.manifest),),
        symbol=package.path,
    )


def _unread(view: ProjectView, found: Mapping[str, DataScreen]) -> Iterator[Unknown]:
    for path, screen in found.items():
        if view.outlines[path].error and screen is NONE:
            yield Unknown(f"{path} could not be read: {view.outlines[path].error}.", path)
