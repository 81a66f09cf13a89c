"""Which modules end up in what the browser or the phone downloads (catalogue §4.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.code.resolve_files import folder_of, folders_up, join
from lastmile_desktop.project.models.client.client_entries import ROUTE_MODULE, PathEntries, path_entries
from lastmile_desktop.project.models.client.client_markup import Markup, read_markup
from lastmile_desktop.project.models.client.client_split import client_modules

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SERVER_ONLY = frozenset(
    {"server-only", "@tanstack/react-start/server-only", "@tanstack/solid-start/server-only"}
)
# Importing one of these makes a module that compilers divide between server and browser.
_SPLIT_IMPORTS = frozenset(
    {
        *("createServerFn", "createServerOnlyFn", "createMiddleware", "serverOnly$"),
        *("createFileRoute", "createRootRoute", "createRootRouteWithContext", "createServerFileRoute"),
    }
)
_ROUTE_CONFIGS = ("app/routes.ts", "src/routes.ts", "app/routes.tsx")


@dataclass(frozen=True, slots=True)
class ClientGraph:
    """`client` maps each client-side file to the file that imports it ("" for an entry), so that a path from
    an entry can be shown; assets and JSON that are imported count too. `entries` are the browser or app entry
    points found. `server` are files reachable from server entries only. `unresolved` are (file, module) imports
    that could not be followed. `boundary_imports` are (client file, server file, line): imports of files that
    the framework keeps out of the browser, which breaks the build or leaves a stub."""

    entries: tuple[str, ...] = ()
    client: Mapping[str, str] = field(default_factory=dict[str, str])
    server: frozenset[str] = frozenset()
    unresolved: tuple[tuple[str, str], ...] = ()
    boundary_imports: tuple[tuple[str, str, int], ...] = ()

    def is_client(self, path: str) -> bool:
        return path in self.client

    def chain(self, path: str) -> tuple[str, ...]:
        """The imports from a client entry down to this file, entry first; () when it is not client-side."""
        chain: list[str] = []
        while path and path in self.client and path not in chain:
            chain.append(path)
            path = self.client[path]
        return tuple(reversed(chain))


def build(view: ProjectView) -> ClientGraph:
    """Follow imports from every browser or app entry, server parts of modules left out."""
    by_path = _path_entries(view)
    configured = tuple(_configured_routes(view))
    walk = _Walk(view, by_path, configured)
    pages = tuple(_from_markup(view))
    usual = (path for package, path in by_path.usual if not any(package.holds(entry) for entry in pages))
    entries = tuple(dict.fromkeys((*pages, *by_path.client, *_marked(view), *configured, *usual)))
    walk.follow(entries)
    unresolved = tuple(item for item in view.modules.unresolved if item[0] in walk.client)
    server = _server_side(view, by_path.server, walk.client)
    return ClientGraph(entries, walk.client, server, unresolved, tuple(sorted(walk.boundary_imports)))


def _path_entries(view: ProjectView) -> PathEntries:
    paths = tuple(path for path, outline in view.outlines.items() if outline.language != "python")
    used = tuple((package.path, frozenset(package.dependencies)) for package in view.packages)
    return view.whole("client.path-entries", (paths, used), lambda: path_entries(paths, view.packages))


def _marked(view: ProjectView) -> Iterator[str]:
    """Files that say themselves that they run in the browser."""
    return (path for path, outline in view.outlines.items() if "use client" in outline.directives)


def _from_markup(view: ProjectView) -> Iterator[str]:
    for path in view.tree.files:
        if path.endswith(".html"):
            markup = view.per_file("client.markup", path, read_markup, Markup())
            for address in (*markup.scripts, *markup.imports):
                found = _script_file(view, path, address)
                if found is not None:
                    yield found
        elif path.endswith(".astro"):
            markup = view.per_file("client.markup", path, read_markup, Markup())
            for module in markup.imports:
                found = view.modules.file(path, module)
                if found is not None:
                    yield found
            for name in markup.islands:
                definition = view.modules.definition(path, name)
                if definition is not None and definition.path:
                    yield definition.path


def _script_file(view: ProjectView, page: str, address: str) -> str | None:
    """The code file that a script address on a page means: below the page's folder or one above it."""
    relative = address.partition("?")[0].lstrip("/")
    if "://" in address or address.startswith("//") or not relative:
        return None
    for folder in folders_up(folder_of(page)):
        found = join(folder, relative)
        if found is not None and found in view.outlines:
            return found
    return None


def _configured_routes(view: ProjectView) -> Iterator[str]:
    """React Router: the modules that `app/routes.ts` names."""
    for package in view.packages:
        if "@react-router/dev" not in package.dependencies:
            continue
        for config in _ROUTE_CONFIGS:
            path = config if package.path == "." else f"{package.path}/{config}"
            for literal in _literals(view.outlines.get(path)):
                found = join(folder_of(path), literal)
                if found is not None and found in view.outlines:
                    yield found


def _literals(outline: Outline | None) -> Iterator[str]:
    for step in outline.top if outline is not None else ():
        for call in getattr(step, "calls", ()):
            for link in call.links:
                for value in link.args or ():
                    if value.literal is not None:
                        yield value.literal


@dataclass(frozen=True, slots=True)
class _Edge:
    """An import of a client file; `names` are the (local, imported) pairs, () when the whole module is meant."""

    module: str
    names: tuple[tuple[str, str], ...]
    line: int


class _Walk:
    """Breadth first, so that the chain shown to the user is a shortest one."""

    def __init__(self, view: ProjectView, entries: PathEntries, route_modules: tuple[str, ...]) -> None:
        self._view = view
        self._server_exports = {**dict.fromkeys(route_modules, ROUTE_MODULE), **entries.server_exports}
        self._enforcing = tuple("" if path == "." else f"{path}/" for path in entries.enforcing)
        self._queue: deque[str] = deque()
        self.client: dict[str, str] = {}
        self.boundary_imports: set[tuple[str, str, int]] = set()

    def follow(self, entries: tuple[str, ...]) -> None:
        for entry in entries:
            if not self._is_server_actions(entry):
                self._add(entry, "")
        while self._queue:
            path = self._queue.popleft()
            outline = self._view.outlines.get(path)
            for edge in self._edges(path, outline) if outline is not None else ():
                target = self._view.modules.file(path, edge.module)
                if target is not None and target not in self.client:
                    self._reach(path, target, edge)

    def _add(self, path: str, parent: str) -> None:
        if path not in self.client:
            self.client[path] = parent
            self._queue.append(path)

    def _reach(self, path: str, target: str, edge: _Edge) -> None:
        if self._is_server_actions(target):
            return
        if self._is_kept_out(target):
            self.boundary_imports.add((path, target, edge.line))
            return
        outline = self._view.outlines.get(target)
        if (
            outline is not None
            and edge.names
            and _is_barrel(outline)
            and self._through_barrel(path, target, edge)
        ):
            return
        self._add(target, path)

    def _through_barrel(self, path: str, barrel: str, edge: _Edge) -> bool:
        """Of a file that only re-exports, bundlers keep what is used. False when that cannot be told."""
        found: list[str] = []
        for local, imported in edge.names:
            definition = self._view.modules.definition(path, local) if imported != "*" else None
            if definition is None:
                return False
            if definition.path and definition.path != barrel:
                found.append(definition.path)
        for target in found:
            if target not in self.client:
                self._reach(path, target, _Edge(edge.module, (), edge.line))
        return True

    def _edges(self, path: str, outline: Outline) -> Iterator[_Edge]:
        kept = self._kept_modules(path, outline)
        for item in outline.imports:
            if not item.type_only and (kept is None or item.module in kept):
                yield _Edge(item.module, item.names, item.span.line)
        for export in outline.exports:
            if export.module and (kept is None or export.module in kept):
                yield _Edge(export.module, (), 1)

    def _kept_modules(self, path: str, outline: Outline) -> frozenset[str] | None:
        """Which imports are left in the browser; None when all are."""
        exported = {export.name for export in outline.exports}
        taken_out = self._server_exports.get(path, frozenset()) & exported
        if not taken_out and not _has_server_functions(outline):
            return None
        kind = f"client.split:{','.join(sorted(taken_out))}"
        return self._view.per_file(kind, path, lambda text: client_modules(text, path, taken_out), None)

    def _is_server_actions(self, path: str) -> bool:
        outline = self._view.outlines.get(path)
        return outline is not None and "use server" in outline.directives

    def _is_kept_out(self, path: str) -> bool:
        outline = self._view.outlines.get(path)
        if outline is not None and any(item.module in _SERVER_ONLY for item in outline.imports):
            return True
        named = ".server." in path or ".server/" in path or "/lib/server/" in path
        return named and any(path.startswith(prefix) for prefix in self._enforcing)


def _has_server_functions(outline: Outline) -> bool:
    return any(imported in _SPLIT_IMPORTS for item in outline.imports for _, imported in item.names) or any(
        "use server" in function.directives for function in outline.functions
    )


def _is_barrel(outline: Outline) -> bool:
    return bool(outline.exports) and not (outline.functions or outline.classes or outline.top)


def _server_side(view: ProjectView, entries: list[str], client: Mapping[str, str]) -> frozenset[str]:
    """Files reached from server entries that no client entry reaches."""
    actions = (path for path, outline in view.outlines.items() if "use server" in outline.directives)
    waiting = deque(path for path in (*entries, *actions) if path not in client)
    found = set(waiting)
    while waiting:
        path = waiting.popleft()
        outline = view.outlines.get(path)
        if outline is None:
            continue
        modules = [item.module for item in outline.imports if not item.type_only]
        modules.extend(export.module for export in outline.exports if export.module)
        for module in modules:
            target = view.modules.file(path, module)
            if target is not None and target not in client and target not in found:
                found.add(target)
                waiting.append(target)
    return frozenset(found)
