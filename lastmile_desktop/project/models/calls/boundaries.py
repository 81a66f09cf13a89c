"""What catches a screen that breaks, and handlers whose failure nothing catches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Attempt, Function, Outline, calls_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.model import is_production

if TYPE_CHECKING:
    from lastmile_desktop.project.packages import Package
    from lastmile_desktop.project.view import ProjectView

_BOUNDARY = (
    "componentDidCatch", "getDerivedStateFromError", "react-error-boundary", "ErrorBoundary", "errorElement",
    "errorComponent", "defaultErrorComponent", "onErrorCaptured", "app.config.errorHandler", "useRouteError",
)  # fmt: skip
_NEXT_FILE = re.compile(r"(?:^|/)app/(?:.*/)?(?:error|global-error)\.[jt]sx?$|(?:^|/)pages/_error\.[jt]sx?$")
_NEXT_ROOT = re.compile(r"(?:^|/)(?:src/)?app/layout\.[jt]sx?$|(?:^|/)(?:src/)?pages/_app\.[jt]sx?$")
_VITE_ROOT = re.compile(r"(?:^|/)(?:src/)?(?:main|index)\.[jt]sx?$")
_RENDERS = re.compile(r"createRoot\s{0,3}\(|ReactDOM\.render\s{0,3}\(|hydrateRoot\s{0,3}\(")
_OWN_ERROR_PAGE = {"@remix-run/react", "@react-router/node", "@tanstack/react-start"}
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "all"})
_CATCHING = re.compile(
    r"express-async-errors|express-async-handler|asyncHandler|catchAsync|wrapAsync|asyncWrap|"
    r"express-promise-router"
)
_EXPRESS_4 = re.compile(r"^[\^~>=v\s]{0,4}4\b")


@dataclass(frozen=True, slots=True)
class Root:
    """The file every screen of an app hangs on; `shown` is what a visitor sees when one breaks."""

    name: str
    path: str
    line: int
    shown: str


@dataclass(frozen=True, slots=True)
class Boundaries:
    there: tuple[str, ...] = ()
    missing: tuple[Root, ...] = ()


def boundaries(view: ProjectView) -> Boundaries:
    """For each app with screens, what catches them when they break, or where nothing does."""
    there: list[str] = []
    missing: list[Root] = []
    for package in view.packages:
        if "react" not in package.dependencies or "react-native" in package.dependencies:
            continue
        files = _files(view).get(package.path, [])
        root = _root(view, package, files)
        if root is None:
            continue
        catching = next((path for path in files if _catches(view, package, path)), "")
        if catching:
            there.append(catching)
        else:
            missing.append(root)
    return Boundaries(tuple(there), tuple(missing))


def _files(view: ProjectView) -> dict[str, list[str]]:
    """The files of each package that serve users."""

    def compute() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in view.outlines:
            if is_production(path):
                found.setdefault(view.package_of(path).path, []).append(path)
        return found

    key = (tuple(view.outlines), tuple(package.path for package in view.packages))
    return view.whole("files-of-packages", key, compute)


def _root(view: ProjectView, package: Package, files: list[str]) -> Root | None:
    name = package.name or "the app"
    if "next" in package.dependencies:
        path = next((path for path in files if _NEXT_ROOT.search(path)), "")
        return Root(name, path, 1, "a bare \u201cApplication error\u201d") if path else None
    if any(
        item in package.dependencies
        for item in ("@remix-run/react", "@react-router/node", "@tanstack/react-start")
    ):
        return None
    for path in files:
        if _VITE_ROOT.search(path):
            line = view.per_file("render-line", path, _render_line, 0)
            if line:
                return Root(name, path, line, "an empty white page")
    return None


def _render_line(text: str) -> int:
    found = _RENDERS.search(text)
    return line_at(text, found.start()) if found else 0


def _catches(view: ProjectView, package: Package, path: str) -> bool:
    if "next" in package.dependencies and _NEXT_FILE.search(path):
        return True
    return path.endswith((".tsx", ".jsx", ".ts", ".js")) and view.per_file(
        "has-boundary", path, _names_boundary, False
    )


def _names_boundary(text: str) -> bool:
    return any(word in text for word in _BOUNDARY)


def async_handlers(view: ProjectView) -> Iterator[tuple[str, int, int]]:
    """(file, first line, count) of async handlers of Express 4 that nothing catches."""
    if not any(_EXPRESS_4.match(package.dependencies.get("express", "")) for package in view.packages):
        return
    for package in view.packages:
        if not _EXPRESS_4.match(package.dependencies.get("express", "")):
            continue
        if "express-async-errors" in package.dependencies:
            continue
        for path in _files(view).get(package.path, []):
            if "-dev." in path:
                continue
            lines = view.per_source("bare-handlers", path, _bare_handlers, ())
            if lines:
                yield path, lines[0], len(lines)


def _bare_handlers(outline: Outline, text: str) -> tuple[int, ...]:
    if outline.language == "python" or "async" not in text or _CATCHING.search(text):
        return ()
    return tuple(
        function.span.line for function in outline.functions if _registered(function) and _may_throw(function)
    )


def _registered(function: Function) -> bool:
    call = function.wrapped_by[-1] if function.wrapped_by else None
    if call is None or not function.is_async or not call.links or len(function.wrapped_by) > 1:
        return False
    first = call.args[0].literal if call.args else None
    return (
        call.links[-1].name in _METHODS
        and first is not None
        and first.startswith("/")
        and re.search(r"(?:app|router|server|api|Router)$", call.root) is not None
    )


def _may_throw(function: Function) -> bool:
    """Whether something is awaited outside of every try."""
    for step in function.body:
        if not isinstance(step, Attempt) and any(call.awaited for call in calls_within((step,))):
            return True
    return False
