"""frontend.feels-slow: what people download and wait for before they see anything.

Read from files; how long it really takes on a customer's phone is measured elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.routes.server_pages import server_pages
from lastmile_desktop.project.models.screens import page_weight
from lastmile_desktop.project.models.screens.page_links import page_links
from lastmile_desktop.project.models.screens.page_weight import HEAVY
from lastmile_desktop.project.models.screens.screens import is_ours, screens
from lastmile_desktop.project.models.usage.serving import SCREENS, screen_fact
from lastmile_desktop.project.view import ProjectView

_CHECK = "frontend.feels-slow"
_NATIVE = ("fw.expo", "fw.react_native", "fw.flutter")
_MANY_PAGES = 8
_MAIN_SHEETS = frozenset(["index", "globals", "global", "app", "App", "main", "style", "styles", "root"])
_SHEETS = (".css", ".scss", ".less")
_WHOLE_LIBRARIES = (
    "lucide-react",
    "@mui/icons-material",
    "@heroicons/react/24/solid",
    "@tabler/icons-react",
    "date-fns",
)
_FRAMES = frozenset(["app/layout.tsx", "app/layout.jsx", "app/page.tsx", "app/page.jsx"])


def detect(view: ProjectView) -> Detection:
    screen = screen_fact(view)
    pages = server_pages(view) if screen is None else ()
    if pages:
        reason = "These pages are filled in by the server; what a browser loads for them was not added up."
        return Detection(unknowns=(Unknown(reason, pages[0]),))
    if screen is None or not any(view.facts.has(key) for key in SCREENS if key not in _NATIVE):
        return Detection(not_applicable=NotApplicable("Nothing here is loaded by a browser."))
    shown = screens(view)
    findings = (
        *_pictures(view),
        *_lazy_heroes(view, shown),
        *_heavy(view),
        *_unsplit(view, shown),
        *_all_client(view),
        *_in_turn(view, shown),
        *_blocked(view),
        *_unmeasured(view),
    )
    return Detection(
        findings=findings,
        passes=(
            PassEvidence(
                derived(f"{len(shown)} screens and what they import were read", shown[0] if shown else "")
            ),
        ),
        looked=(Looked("screens", len(shown), len(shown)),),
    )


def _pictures(view: ProjectView) -> Iterator[RawFinding]:
    spot = page_weight.unoptimised(view)
    if spot is not None:
        yield RawFinding(
            f"{_CHECK}/unoptimised-images",
            "Next.js is told to send pictures as they are, so phones download them in full size.",
            (at(spot.path, spot.line),),
            symbol="unoptimized",
        )
    big = page_weight.big_pictures(view, optimised=view.facts.has("fw.next") and spot is None)
    if big:
        total = sum(size for _, size in big) / 1_000_000
        worst = sorted(big, key=lambda item: (-item[1], item[0]))
        yield RawFinding(
            f"{_CHECK}/unoptimised-images",
            f"{len(big)} pictures of more than 200 kB are sent as they are ({total:.1f} MB in all), the biggest is "
            f"{worst[0][0].rpartition('/')[2]}.",
            tuple(absent(f"{size // 1000} kB", path) for path, size in worst[:6]),
            symbol="big-pictures",
        )


def _lazy_heroes(view: ProjectView, shown: tuple[str, ...]) -> Iterator[RawFinding]:
    for spot in page_weight.lazy_heroes(view, shown):
        yield RawFinding(
            f"{_CHECK}/lcp-lazy",
            f"The first picture of the page ({spot.path.rpartition('/')[2]}) is told to load late.",
            (at(spot.path, spot.line),),
            symbol=spot.path,
        )


def _heavy(view: ProjectView) -> Iterator[RawFinding]:
    """Big libraries in what the first visit downloads; Next.js divides by page, so there it weighs less."""
    places: dict[str, list[tuple[str, int]]] = {}
    imports = view.each_outline("heavy-imports", _heavy_imports)
    for path in sorted(view.made(page_weight.eager)):
        for name, line in imports.get(path, ()) if is_ours(path) else ():
            places.setdefault(name, []).append((path, line))
    by_page = (
        view.facts.has("fw.next") or view.facts.has("fw.tanstack_start") or view.facts.has("fw.sveltekit")
    )
    for name, found in sorted(places.items()):
        weight = HEAVY.get(name, "every icon or function of it")
        yield RawFinding(
            f"{_CHECK}/heavy-client",
            f"Everyone downloads {name} ({weight}) before the page appears, also those who never use it.",
            tuple(at(path, line) for path, line in found[:6]),
            symbol=name,
            severity=Severity.LOW if by_page else None,
            confidence=0.6 if by_page else None,
        )


def _heavy_imports(outline: Outline) -> tuple[tuple[str, int], ...]:
    """(library, line) of what is loaded with the file and weighs much."""
    found: list[tuple[str, int]] = []
    for item in outline.imports:
        if item.dynamic or item.type_only or item.module.endswith(".css"):
            continue
        name = _heavy_name(item.module)
        whole = item.module in _WHOLE_LIBRARIES and any(imported == "*" for _, imported in item.names)
        if name or whole:
            found.append((name or item.module, item.span.line))
    return tuple(found)


def _heavy_name(module: str) -> str:
    if module in HEAVY:
        return module
    root = "/".join(module.split("/")[:2]) if module.startswith("@") else module.split("/")[0]
    return (
        root
        if root in HEAVY and root not in ("lodash", "firebase", "react-icons", "highlight.js", "three")
        else ""
    )


def _unsplit(view: ProjectView, shown: tuple[str, ...]) -> Iterator[RawFinding]:
    router = page_links(view, shown).router
    outline = view.outlines.get(router)
    if outline is None or view.facts.has("fw.next") or view.facts.has("fw.mobile", "expo"):
        return
    lines = page_weight.static_pages(view, outline)
    if len(lines) < _MANY_PAGES or view.per_file("splits", router, page_weight.splits, False):
        return
    yield RawFinding(
        f"{_CHECK}/no-code-split",
        f"The first visit downloads all {len(lines)} pages at once, because {router.rpartition('/')[2]} imports them "
        "together.",
        (at(router, lines[0]),),
        symbol=router,
    )


def _all_client(view: ProjectView) -> Iterator[RawFinding]:
    for path in view.outlines:
        root = path.removeprefix("src/")
        if root in _FRAMES and "use client" in view.outlines[path].directives:
            what = "The layout of all pages" if "layout" in root else "The start page"
            yield RawFinding(
                f"{_CHECK}/use-client-everywhere",
                f"{what} is a client component as a whole: nothing can be used before all its scripts have arrived.",
                (at(path, 1),),
                symbol=path,
                severity=None if "layout" in root else Severity.LOW,
            )


def _in_turn(view: ProjectView, shown: tuple[str, ...]) -> Iterator[RawFinding]:
    rows = view.each_outline("waits-in-turn", page_weight.waits_in_turn)
    for path in shown:
        lines = rows.get(path, ())
        if lines:
            yield RawFinding(
                f"{_CHECK}/waterfall",
                f"{path.rpartition('/')[2]} asks three or more things one after the other that do not need each other.",
                tuple(at(path, line) for line in lines[:4]),
                symbol=path,
            )


def _blocked(view: ProjectView) -> Iterator[RawFinding]:
    for path in view.tree.files:
        if not is_ours(path) and not path.endswith("index.html"):
            continue
        if path.endswith(_SHEETS) and _is_loaded(view, path):
            line = view.per_file("blocking-fonts", path, page_weight.blocking_fonts, 0)
            if line:
                yield RawFinding(
                    f"{_CHECK}/fonts-blocking",
                    "The page waits for fonts of another server, found only after the style sheet has arrived.",
                    (at(path, line),),
                    symbol=path,
                )
        elif (
            path.endswith(".html")
            and path.rpartition("/")[2] == "index.html"
            and "/" not in path.replace("client/", "").replace("frontend/", "").replace("public/", "")
        ):
            scripts = view.per_file("blocking-scripts", path, page_weight.blocking_scripts, ())
            if scripts:
                yield RawFinding(
                    f"{_CHECK}/third-party-sync-scripts",
                    f"The page stops until a script of {scripts[0][1]} has arrived.",
                    tuple(at(path, line) for line, _ in scripts[:4]),
                    symbol=path,
                )


def _is_loaded(view: ProjectView, path: str) -> bool:
    """A style sheet that something imports, or that has the name of an app's main one."""
    return not view.tree.files[path].minified and (
        path in view.client_graph.client or path.rpartition("/")[2].partition(".")[0] in _MAIN_SHEETS
    )


def _unmeasured(view: ProjectView) -> Iterator[RawFinding]:
    for path in (
        *view.client_graph.client,
        *(package.manifest for package in view.packages if package.manifest),
    ):
        if view.per_file("measures", path, page_weight.measures, False):
            return
    for path in view.tree.files:
        if path.startswith(".github/workflows/") and view.per_file(
            "measures", path, page_weight.measures, False
        ):
            return
    screen = screen_fact(view)
    if screen is not None and screen.evidence is not None:
        yield RawFinding(
            f"{_CHECK}/no-measure",
            "Nothing measures how fast the pages are for real visitors, so you cannot know whether they are.",
            (screen.evidence,),
            symbol="vitals",
        )
