"""What makes pages slow to appear: pictures, scripts and code that everyone downloads before anything is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Do, Function, Outline, Step, steps_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.screens.screens import is_ours
from lastmile_desktop.project.models.settings.env_reads import blank_comments

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

BIG_PICTURE = 200_000
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|bmp|tiff?)\b", re.IGNORECASE)
_BEFORE_NAME = re.compile(r"[^\w@.%-]")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff")
_SERVED = re.compile(r"(?:^|/)(?:public|static|assets|images?|img|media|src)/", re.IGNORECASE)
_NOT_SHOWN = re.compile(
    r"favicon|apple-(?:touch|icon)|icon-\d|og[-_]?image|opengraph|twitter|social|screenshot|(?:^|/)(?:docs|ios|android|"
    r"attached_assets|"
    r"test\w{0,4}|e2e|node_modules|\.github|design|mockups?|venv|resources)/|splash|(?:^|/)icons?/|logo192|logo512",
    re.IGNORECASE,
)
_UNOPTIMISED = re.compile(r"images\s{0,3}:\s{0,3}\{[^}]{0,400}\bunoptimized\s{0,3}:\s{0,3}true", re.DOTALL)
_RAW_PICTURE = re.compile(r"<img\b")
_LAZY_HERO = re.compile(r"<(?:img|Image)\b[^<>]{0,500}?\bloading=[\"']lazy[\"']")
_HERO = re.compile(r"(?:^|/)\w{0,20}(?:Hero|Masthead|Jumbotron)\w{0,20}\.[jt]sx$", re.IGNORECASE)
_FONTS = re.compile(
    r"@import\s{1,3}(?:url\()?\s{0,3}[\"']?https?://(?:fonts\.googleapis\.com|use\.typekit\.net|fonts\.bunny\.net)"
)
_SCRIPT = re.compile(
    r"<script\b([^>]{0,400}?\bsrc=[\"'](https?:)?//([\w.-]{3,100})[^\"']{0,200}[\"'][^>]{0,200})>",
    re.IGNORECASE,
)
_WAITS_NOT = re.compile(r"\b(?:async|defer)\b|type=[\"']module|strategy=[\"'](?:lazy|after)", re.IGNORECASE)
_OWN_TOOLS = re.compile(r"gpteng\.co|lovable\.dev|replit\.com|bolt\.new|js\.stripe\.com", re.IGNORECASE)
_PAGE_IMPORT = re.compile(r"(?:^|/)(?:pages?|views|screens|routes)(?:/|$)", re.IGNORECASE)
_LAZY = re.compile(
    r"\blazy\(\s{0,3}\(?|React\.lazy\(|loadable\(|lazyRouteComponent\(|\blazy:\s{0,3}|autoCodeSplitting|next/dynamic"
)
_MEASURES = re.compile(
    r"web-vitals|@vercel/speed-insights|reportWebVitals|useReportWebVitals|browserTracingIntegration|BrowserTracing|"
    r"tracesSampleRate|capture_performance|@datadog/browser-rum|newrelic|lighthouse|@lhci/cli|speedcurve|datadogRum"
)
HEAVY: Mapping[str, str] = {
    "moment": "300 kB, dates", "moment-timezone": "900 kB, time zones", "lodash": "70 kB, small helpers",
    "three": "600 kB, 3D", "@react-three/fiber": "700 kB, 3D", "pdfjs-dist": "400 kB, PDF reading",
    "jspdf": "350 kB, PDF",
    "html2canvas": "200 kB, screenshots", "html2pdf.js": "600 kB, PDF", "xlsx": "400 kB, spreadsheets",
    "exceljs": "900 kB, spreadsheets", "monaco-editor": "2 MB, a code editor", "mermaid": "500 kB, diagrams",
    "@ffmpeg/ffmpeg": "video editing", "@tensorflow/tfjs": "1 MB, machine learning", "plotly.js": "3 MB, charts",
    "echarts": "1 MB, charts", "highlight.js": "900 kB, code colouring",
    "react-syntax-highlighter": "600 kB, code colouring", "@react-pdf/renderer": "500 kB, PDF",
    "mapbox-gl": "800 kB, maps", "maplibre-gl": "800 kB, maps", "aws-sdk": "3 MB",
    "@faker-js/faker": "3 MB, made-up data",
    "firebase/compat/app": "400 kB", "swagger-ui-react": "1 MB, API pages", "react-icons/all": "every icon",
    "globe.gl": "1 MB, 3D", "react-globe.gl": "1 MB, 3D", "face-api.js": "600 kB, faces",
    "tesseract.js": "text reading",
}  # fmt: skip
_INDEPENDENT = 3
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Spot:
    path: str
    line: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FilePictures:
    """Pictures that a file names, and whether it shows any through a plain `<img>`."""

    names: frozenset[str] = frozenset()
    raw: bool = False


def big_pictures(view: ProjectView, optimised: bool) -> tuple[tuple[str, int], ...]:
    """Pictures of the project that are too big for a page and shown on one: (path, bytes)."""
    big = {
        path: entry.size
        for path, entry in view.tree.files.items()
        if entry.size > BIG_PICTURE
        and path.lower().endswith(_PICTURES)
        and _SERVED.search(path)
        and not _NOT_SHOWN.search(path)
    }
    if not big:
        return ()
    named: set[str] = set()
    for path in view.tree.files:
        if path.endswith((".tsx", ".jsx", ".ts", ".js", ".css", ".html", ".vue", ".svelte")) and is_ours(
            path
        ):
            found = view.per_file("pictures", path, _pictures, FilePictures())
            if found.names and (found.raw or not optimised):
                named |= found.names
    return tuple(sorted((path, size) for path, size in big.items() if path.rpartition("/")[2] in named))


def _pictures(text: str) -> FilePictures:
    return FilePictures(
        frozenset(_name_before(text, match) for match in _PICTURE.finditer(text)),
        _RAW_PICTURE.search(text) is not None or "url(" in text,
    )


def _name_before(text: str, ending: re.Match[str]) -> str:
    """The file name that ends here."""
    before = text[max(0, ending.start() - _LONGEST_NAME) : ending.start()]
    return _BEFORE_NAME.split(before)[-1] + ending[0]


def unoptimised(view: ProjectView) -> Spot | None:
    """Where Next.js is told to leave pictures as they are."""
    for path in view.tree.files:
        if path.rpartition("/")[2].startswith("next.config."):
            text = blank_comments(view.text(path) or "")
            found = _UNOPTIMISED.search(text)
            if found is not None:
                return Spot(path, line_at(text, found.end()))
    return None


def lazy_heroes(view: ProjectView, screens: tuple[str, ...]) -> Iterator[Spot]:
    for path in screens:
        line = view.per_file("lazy-hero", path, _lazy_line, 0) if _HERO.search(path) else 0
        if line:
            yield Spot(path, line)


def _lazy_line(text: str) -> int:
    found = _LAZY_HERO.search(text)
    return line_at(text, found.start()) if found is not None else 0


def blocking_fonts(text: str) -> int:
    """The line of a style sheet that makes the page wait for fonts of another server, 0 without one."""
    found = _FONTS.search(text)
    return line_at(text, found.start()) if found is not None else 0


def blocking_scripts(text: str) -> tuple[tuple[int, str], ...]:
    """Scripts of other servers that stop the page until they have arrived: (line, host)."""
    return tuple(
        (line_at(text, match.start()), match[3])
        for match in _SCRIPT.finditer(text)
        if not _WAITS_NOT.search(match[1]) and not _OWN_TOOLS.search(match[3])
    )


def measures(text: str) -> bool:
    return _MEASURES.search(text) is not None


def splits(text: str) -> bool:
    return _LAZY.search(text) is not None


def eager(view: ProjectView) -> frozenset[str]:
    """The modules that the first visit downloads: all that entries import without `import()`."""
    return view.whole("eager-modules", _imports_key(view), lambda: _eager(view))


def _imports_key(view: ProjectView) -> tuple[object, ...]:
    """What the answer depends on: the entries and each client file's imports."""
    return (
        view.client_graph.entries,
        frozenset(
            (path, tuple((item.module, item.dynamic, item.type_only) for item in view.outlines[path].imports))
            for path in view.client_graph.client
            if path in view.outlines
        ),
    )


def _eager(view: ProjectView) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(view.client_graph.entries)
    while waiting:
        path = waiting.pop()
        outline = view.outlines.get(path)
        if path in seen or outline is None:
            continue
        seen.add(path)
        for item in outline.imports:
            target = None if item.dynamic or item.type_only else view.modules.file(path, item.module)
            if target is not None:
                waiting.append(target)
    return frozenset(seen)


def static_pages(view: ProjectView, outline: Outline) -> tuple[int, ...]:
    """Lines where a router imports whole pages at once."""
    found: list[int] = []
    for item in outline.imports:
        if not item.dynamic and not item.type_only and _PAGE_IMPORT.search(item.module):
            target = view.modules.file(outline.path, item.module)
            if target is not None and target.endswith((".tsx", ".jsx")):
                found.append(item.span.line)
    return tuple(found)


def waits_in_turn(outline: Outline) -> tuple[int, ...]:
    """Lines of functions' first requests where three or more wait for each other without need."""
    return tuple(line for function in outline.functions if (line := _in_turn(function)))


def _in_turn(function: Function) -> int:
    first = row = 0
    bound: set[str] = set()
    for step in steps_within(function.body):
        call = _awaited_read(step)
        if call is None:
            if not isinstance(step, Do):
                row, bound = 0, set()
            elif step.value is not None and _mentions(step.value.text, bound):
                bound |= set(step.targets)
            continue
        text = " ".join(value.text for link in call.links for value in link.args or ())
        depends = _mentions(text, bound)
        row, first = (row + 1, first) if row and not depends else (1, call.span.line)
        if depends:
            bound = set()
        bound |= {name.rpartition(":")[2] for name in call.assigned}
        if row >= _INDEPENDENT:
            return first
    return 0


def _mentions(text: str, names: set[str]) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in names)


def _awaited_read(step: Step) -> Call | None:
    if not isinstance(step, Do) or len(step.calls) != 1:
        return None
    call = step.calls[0]
    names = {link.name for link in call.links if link.args is not None}
    reads = (
        "from" in names and "select" in names and not names & {"insert", "update", "delete", "upsert"}
    ) or (call.root == "fetch" and not any("method" in value.text for value in call.args))
    return call if call.awaited and call.assigned and reads else None
