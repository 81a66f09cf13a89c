"""frontend.cross-browser: what works in the founder's browser and not in a customer's.

Read from code that runs in the browser. Whether somebody has opened the app in Safari on a phone, only a test run
in WebKit or a person can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.client.browser_marks import (
    BrowserMark,
    after_waiting,
    in_code,
    in_cookies,
    in_styles,
)
from lastmile_desktop.project.models.routes.server_pages import server_pages
from lastmile_desktop.project.models.screens.screens import is_ours, is_screen
from lastmile_desktop.project.models.usage.serving import screen_fact
from lastmile_desktop.project.view import ProjectView

_CHECK = "frontend.cross-browser"
_ATTEST = (
    "Nobody has said that the app was opened elsewhere than here. Go through sign-in and one core task in Safari on an "
    "iPhone, Chrome on Android, Safari and Firefox on a desk, and say what you saw."
)
_ONE_BROWSER = ("electron", "@tauri-apps/api", "nw", "@wdio/electron-service")
_NATIVE = ("fw.expo", "fw.react_native", "fw.flutter")
_CODE = (".tsx", ".jsx", ".ts", ".js", ".vue", ".svelte", ".astro")
_SHEETS = (".css", ".scss", ".less")
_WHOLE_PROJECT = frozenset(["100vh-mobile", "ios-input-zoom", "regex-lookbehind", "safe-area", "scroll-lock"])
_SAFE = re.compile(r"safe-area-inset|pb-safe|safe-bottom|SafeArea|mb-safe")
_COVERS = re.compile(r"viewport-fit=cover|viewportFit:\s{0,3}[\"']cover|\"display\":\s{0,3}\"standalone\"")
_PAGES = (
    ".html",
    ".htm",
    ".jinja",
    ".jinja2",
    ".j2",
    ".ejs",
    ".hbs",
    ".handlebars",
    ".njk",
    ".mustache",
    ".twig",
)
_STATIC = re.compile(r"(?:^|/)(?:static|public|staticfiles)/")
_LIBRARY = re.compile(
    r"(?i)bootstrap|font-?awesome|tailwind|jquery|select2|swiper|adminlte|/(?:lib|libs|plugins|vendors?)/"
)
_VITE = frozenset(["vite.config.ts", "vite.config.js", "vite.config.mts", "vite.config.mjs"])
_ESNEXT = re.compile(r"\btarget:\s{0,3}\[?\s{0,3}[\"']esnext[\"']", re.IGNORECASE)
_WEBKIT = re.compile(
    r"[\"']webkit[\"']|Desktop Safari|iPhone|devices\[[\"']iP|browserName:\s{0,3}[\"']webkit"
)
_DRAWN = (".html", ".tsx", ".css", ".json", ".webmanifest", ".ts")
_SERVED_COOKIE = (".ts", ".js", ".py", ".mjs")


def detect(view: ProjectView) -> Detection:
    screen = screen_fact(view)
    pages = server_pages(view) if screen is None else ()
    if (screen is None and not pages) or (
        screen is not None
        and screen.key in _NATIVE
        and not view.facts.has("fw.vite")
        and not view.facts.has("fw.next")
    ):
        return Detection(not_applicable=NotApplicable("Nothing here runs in a browser."))
    single = next(
        (name for package in view.packages for name in _ONE_BROWSER if name in package.dependencies), ""
    )
    if single:
        return Detection(not_applicable=NotApplicable(f"The app brings its own browser ({single})."))
    files = pages or tuple(_browser_files(view))
    by_rule = _marks(view, files)
    tested = _webkit_run(view)
    return Detection(
        findings=(
            *(finding for rule, found in sorted(by_rule.items()) for finding in _of_rule(view, rule, found)),
            *_foreign_cookies(view),
            *_newest_only(view),
        ),
        passes=(PassEvidence(tested),) if tested is not None else (),
        looked=(Looked("files that run in the browser", len(files), len(files)),),
        needs_attestation="" if tested is not None else _ATTEST,
    )


def _browser_files(view: ProjectView) -> Iterator[str]:
    graph = view.client_graph
    for path in view.tree.files:
        if not path.endswith(_CODE) or not is_ours(path):
            continue
        if path in graph.client or not graph.entries or (path in graph.server and is_screen(path)):
            yield path


def _marks(view: ProjectView, files: tuple[str, ...]) -> Mapping[str, dict[str, list[BrowserMark]]]:
    """Rule → file → marks."""
    found: dict[str, dict[str, list[BrowserMark]]] = {}
    late = view.each_outline("after-waiting", after_waiting)
    client = view.client_graph.client
    for path in files:
        marks = view.per_file("browser-code", path, in_code, ())
        for mark in (*marks, *(late.get(path, ()) if path in client or not client else ())):
            found.setdefault(mark.kind, {}).setdefault(path, []).append(mark)
    for path in view.tree.files:
        if (
            path.endswith(_SHEETS)
            and (is_ours(path) or _is_served(path, files))
            and not view.tree.files[path].minified
        ):
            for mark in view.per_file("browser-styles", path, in_styles, ()):
                found.setdefault(mark.kind, {}).setdefault(path, []).append(mark)
    return found


def _is_served(path: str, files: tuple[str, ...]) -> bool:
    """A style sheet beside templates, which stands where frameworks of the browser put what others made."""
    own = is_ours(_STATIC.sub("/", path)) and not _LIBRARY.search(path)
    return bool(files) and files[0].endswith(_PAGES) and _STATIC.search(path) is not None and own


def _of_rule(view: ProjectView, rule: str, found: Mapping[str, list[BrowserMark]]) -> Iterator[RawFinding]:
    if rule == "safe-area" and not _reaches_edges(view):
        return
    if rule in _WHOLE_PROJECT:
        places = tuple(at(path, mark.line) for path, marks in sorted(found.items()) for mark in marks)
        yield _finding(rule, places, _message(rule, "", "", len(places)), rule)
        return
    for path, marks in sorted(found.items()):
        details = dict.fromkeys(mark.detail for mark in marks)
        for detail in details:
            places = tuple(at(path, mark.line) for mark in marks if mark.detail == detail)
            message = _message(rule, path.rpartition("/")[2], detail, len(places))
            yield _finding(rule, places, message, f"{path}:{detail}")


def _finding(rule: str, places: tuple[Evidence, ...], message: str, symbol: str) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, places[:6], symbol=symbol)


def _message(rule: str, screen: str, detail: str, count: int) -> str:
    more = f" in {count} places" if count > 1 else ""
    match rule:
        case "date-parse":
            return f"{screen} reads a date in a form that Safari may not understand (a space instead of T)."
        case "100vh-mobile":
            return f"A height is fixed to 100vh{more}: on phones the bottom hides behind the browser's bar."
        case "popup-after-await":
            return (
                f"{screen} opens a window after waiting for an answer; Safari blocks it, so nothing happens."
            )
        case "clipboard-after-await":
            return f"{screen} copies after waiting for an answer; Safari refuses, so nothing is copied."
        case "chrome-only-api":
            return f"{screen} uses {detail}, which not all browsers have, and does not ask first."
        case "input-type":
            return f"{screen} has a field of type “{detail}”, which Safari and Firefox on a desk show as plain text."
        case "regex-lookbehind":
            return (
                f"A search pattern looks behind{more}: on iPhones before iOS 16.4 the whole page stays blank."
            )
        case "hover-only":
            return f"{screen} shows controls only while a mouse hovers; with a finger nobody finds them."
        case "ios-input-zoom":
            return (
                f"Fields have text smaller than 16 pixels{more}: iPhones zoom in at each tap and stay there."
            )
        case "autoplay-audio" if detail == "video":
            return f"A video in {screen} is to start by itself, but without muted and playsInline iPhones refuse."
        case "autoplay-audio":
            return f"{screen} plays sound by itself; browsers block that until the first click."
        case "scroll-lock":
            return f"The page behind a layer is held by overflow: hidden{more}, which iPhones may ignore."
        case _:
            return f"A bar at the lower edge{more} lies under the line that iPhones draw there."


def _reaches_edges(view: ProjectView) -> bool:
    """Only pages that draw to the screen's edges are cut off, and only when nothing keeps the distance."""
    covers = view.facts.has("fw.capacitor")
    for path in view.tree.files:
        if path.endswith(_DRAWN) and is_ours(path.replace("public/", "")):
            if view.per_file("safe-area-kept", path, _keeps, False):
                return False
            covers = covers or view.per_file("viewport-cover", path, _reaches, False)
    return covers


def _keeps(text: str) -> bool:
    return _SAFE.search(text) is not None


def _reaches(text: str) -> bool:
    return _COVERS.search(text) is not None


def _foreign_cookies(view: ProjectView) -> Iterator[RawFinding]:
    places: list[Evidence] = []
    for path in view.tree.files:
        if path.endswith(_SERVED_COOKIE) and is_ours(path) and path not in view.client_graph.client:
            line = view.per_file("foreign-cookie", path, in_cookies, 0)
            if line:
                places.append(at(path, line))
    if places:
        yield RawFinding(
            f"{_CHECK}/third-party-cookie",
            "Sign-in relies on a cookie for another site (SameSite=None); Safari throws it away unless the pages and "
            "the server share a domain.",
            tuple(places[:4]),
            symbol="cookie",
        )


def _newest_only(view: ProjectView) -> Iterator[RawFinding]:
    for path in view.tree.files:
        if path.rpartition("/")[2] in _VITE:
            text = view.text(path) or ""
            found = _ESNEXT.search(text)
            if found is not None:
                yield RawFinding(
                    f"{_CHECK}/no-browserslist",
                    "The pages are built for the newest browsers only (esnext); older phones show a blank page.",
                    (at(path, line_at(text, found.start())),),
                    symbol=path,
                    severity=Severity.LOW,
                )


def _webkit_run(view: ProjectView) -> Evidence | None:
    for path in view.tree.files:
        if path.rpartition("/")[2].startswith(("playwright.config.", "wdio.conf.", "nightwatch.conf.")):
            text = view.text(path) or ""
            found = _WEBKIT.search(text)
            start = text.rfind("\n", 0, found.start()) + 1 if found is not None else 0
            if found is not None and not text[start : found.start()].lstrip().startswith("//"):
                return at(path, line_at(text, found.start()))
    return None
