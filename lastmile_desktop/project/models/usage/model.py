"""Which files of the project nobody runs: no entry point leads to them, and nothing names them.

When in doubt a file runs. To be called unused it must be read, offer something that nobody takes, lie in a package
whose running code is known, and be named nowhere: by no import (one that leads nowhere counts by its name), no start
command, no page, no settings, no pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.parse import language_of
from lastmile_desktop.project.models.usage.calls import uncalled
from lastmile_desktop.project.models.usage.entries import (
    Routing,
    is_for_makers,
    is_for_tests,
    is_looked_up,
    is_page,
    is_put_aside,
    is_undeployed,
    routing_of,
)
from lastmile_desktop.project.models.usage.graph import Graph, Links, is_python, links_of
from lastmile_desktop.project.models.usage.names import NOTHING, Named, in_python, in_script, in_settings
from lastmile_desktop.project.models.usage.pages import unused_pages
from lastmile_desktop.project.models.usage.servers import left_servers
from lastmile_desktop.project.packages import Package
from lastmile_desktop.project.path_kinds import is_left_behind, is_tools_own

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

# A package is understood when so much of it is reached; a handful of files tells nothing.
_KNOWN_SHARE = 0.5
_KNOWN_FILES = 8
_SETTINGS = re.compile(
    r"(?:^|/)(?:[^/]{1,100}\.(?:json5?|jsonc|toml|ya?ml|html?|sh|bash|ps1|bat|cmd|cfg|ini|conf|service|mdx|mjml|ejs|hbs"
    r"|pug|xml|gradle|tf|bicep|nix|rb|go|php)|Dockerfile[\w.-]{0,40}|[\w.-]{0,40}\.?[Dd]ockerfile|Procfile[\w.-]{0,20}"
    r"|Makefile|justfile|\.replit|crontab|Caddyfile|Jenkinsfile|Pipfile)$"
)
_NO_SETTINGS = re.compile(
    r"(?:^|/)(?:package-lock|npm-shrinkwrap|pnpm-lock|yarn|composer|deno|bun|tsconfig[\w.-]{0,40}|components|jsconfig|knip"
    r"|stats|meta|tree|structure|repomix[\w.-]{0,30}|codebase[\w.-]{0,30}|eslint[\w.-]{0,30}|test_result[\w.-]{0,30})"
    r"\.(?:json5?|jsonc|lock|ya?ml|xml)$|(?:^|/)(?:docs?|test_reports|coverage|attached_assets|playwright-report)/"
)
# Patterns of tools that test, check and style: they look through files, they run none.
_LOOKS_THROUGH = re.compile(
    r"\.config\.|(?:^|/)\.?(?:jest|vitest|karma|eslint|prettier|tailwind|stylelint|lint-?staged|nyc|c8|cypress"
    r"|playwright|knip|size-limit|nodemon|biome|codecov|cspell|sonar|nx|turbo|lerna)[\w.-]{0,30}"
    r"\.(?:[cm]?[jt]s|json5?|jsonc|ya?ml|toml|properties)$|(?:^|/)\.(?:github|circleci|husky|vscode|storybook)/"
    r"|(?:^|/)(?:package|project)\.json$|\.(?:eslint|prettier|stylelint)rc"
)
# A command that looks up a name it is given says nothing of what the program runs.
_RUN_BY_HAND = re.compile(r"(?:^|/)(?:management/commands|migrations|alembic/versions)/")
_SOURCES = frozenset({"src", "lib", "source", "app", "client", "server", "frontend", "backend"})
_ALONE = "Nothing in the project imports it."
_TRIALS = "Only tests and scripts of the makers use it."
_LEFTOVERS = "Only files that nothing uses import it."
_HANDED_ON = "Only an index file exports it, and nothing takes it from there."
_COPY = "It is kept beside the code that runs, and nothing imports it."
_UNDEPLOYED = "The host takes only the index file of each folder right below supabase/functions."
_TOOLS = "A coding tool keeps it for itself."
_EXAMPLE = "It lies among examples and scripts, and nothing in the project imports it."
_SERVER = "No file starts this server, and the app asks it for nothing."
_PAGE = "A page outside of what is built and served, and nothing names it."


@dataclass(frozen=True, slots=True)
class Usage:
    """`unused` maps files that nobody runs to the reason, one plain sentence. `uncalled` are files of functions and
    addresses that a host offers to everybody and nothing in the project calls."""

    unused: Mapping[str, str] = field(default_factory=dict[str, str])
    uncalled: frozenset[str] = frozenset()

    def why_unused(self, path: str) -> str:
        """The reason, "" for a file that runs or of which that cannot be told."""
        return self.unused.get(path, "")


@lru_cache(maxsize=65_536)
def may_be_unused(path: str) -> bool:
    """Whether this model speaks of files like this: code and pages, no settings, migrations or notes."""
    return language_of(path) is not None or path.endswith(".html")


def build(view: ProjectView) -> Usage:
    """Kept across scans while no file imports, names or offers anything else."""
    links = view.each_outline("usage.links", links_of)
    named = tuple(view.per_file(kind, path, read, NOTHING) for kind, path, read in _readers(view))
    settings = tuple(view.per_file("usage.settings", path, in_settings, NOTHING) for path in _settings(view))
    packages = tuple((package.path, frozenset(package.dependencies)) for package in view.packages)
    key = (tuple(view.tree.files), tuple(links.values()), named, settings, packages, view.modules.targets)
    unused = view.whole("usage", key, lambda: _unused(view, links, named, settings))
    servers = left_servers(view)
    if servers:
        inside = (path for path, package, _ in _placed(view) if package in servers and not is_for_tests(path))
        unused = unused | dict.fromkeys(inside, _SERVER)
    return Usage(unused, uncalled(view, unused))


def _readers(view: ProjectView) -> tuple[tuple[str, str, Callable[[str], Named]], ...]:
    """How each source file is read; worked out anew only when files come or go."""
    paths = tuple(view.outlines)

    def readers() -> Iterator[tuple[str, str, Callable[[str], Named]]]:
        for path in paths:
            yield ("usage.python", path, in_python) if is_python(path) else ("usage.script", path, in_script)

    return view.whole("usage.readers", paths, lambda: tuple(readers()))


def _settings(view: ProjectView) -> tuple[str, ...]:
    paths = tuple(view.tree.files)
    return view.whole("usage.settings-files", paths, lambda: tuple(filter(_is_settings, paths)))


def _is_settings(path: str) -> bool:
    told = _SETTINGS.search(path) is not None and _NO_SETTINGS.search(path) is None
    return told and not is_for_tests(path) and not is_tools_own(path)


def _unused(
    view: ProjectView, links: Mapping[str, Links], named: tuple[Named, ...], settings: tuple[Named, ...]
) -> dict[str, str]:
    by_path = dict(zip(links, named, strict=True))
    graph = Graph(links, by_path, view.modules.targets)
    program = _program(view, links, by_path, settings)
    live = graph.reached(program.starts, program.said)
    understood = _understood(program, live)
    found = {path: _TOOLS for path in view.tree.files if is_tools_own(path) and may_be_unused(path)}
    pages = unused_pages(
        view.tree.files, view.packages, by_path.values(), dict(zip(_settings(view), settings, strict=True))
    )
    found.update((path, _PAGE) for path in pages)
    reasons: dict[str, str] = {}
    unsure: list[str] = []
    for path, link in links.items():
        if path in live or is_for_tests(path):
            continue
        known = link.whole and not program.may_load(path)
        reason = _reason(path, link, graph, understood.get(_part(program, path), False)) if known else ""
        if reason:
            reasons[path] = reason
        elif not is_for_makers(path):
            unsure.append(path)
    # What a file uses of which nobody can tell whether it runs may run as well.
    live |= graph.reached(unsure, frozenset())
    found.update((path, reason) for path, reason in reasons.items() if path not in live)
    return found


def _reason(path: str, link: Links, graph: Graph, understood: bool) -> str:
    if is_left_behind(path) or is_put_aside(path):
        return _COPY
    importers = graph.importers.get(path, ())
    if is_undeployed(path) and not importers:
        return _UNDEPLOYED
    if not understood:
        return ""
    # What does something when it is run may be run by hand.
    if link.acts or not link.offers:
        return ""
    if is_for_makers(path):
        return "" if importers else _EXAMPLE
    if not importers:
        return _ALONE
    if all(graph.is_barrel(item) for item in importers):
        return _HANDED_ON
    return _TRIALS if any(is_for_tests(item) or is_for_makers(item) for item in importers) else _LEFTOVERS


@dataclass(frozen=True, slots=True)
class _Program:
    """`starts` are files that something outside of the code runs, `said` is what settings name, `package` that of each
    file. Files in `folders` and packages in `untold` may be loaded by names that are worked out."""

    starts: tuple[str, ...]
    said: frozenset[str]
    package: Mapping[str, str]
    folders: frozenset[str]
    untold: frozenset[str]

    def may_load(self, path: str) -> bool:
        around = f"/{path}"
        return self.package[path] in self.untold or any(f"/{folder}/" in around for folder in self.folders)


def _program(
    view: ProjectView, links: Mapping[str, Links], named: Mapping[str, Named], settings: tuple[Named, ...]
) -> _Program:
    routing = {package.path: routing_of(package.dependencies) for package in view.packages}
    untold = {path for path, how in routing.items() if how is Routing.UNTOLD}
    said = frozenset[str]().union(*(item.files for item in settings))
    loading = (item for path, item in zip(_settings(view), settings, strict=True) if not _looks_through(path))
    folders = set[str]().union(*(item.folders for item in loading))
    manifests = {path.rpartition("/")[0] for path in view.tree.files if path.endswith("package.json")} | {""}
    package_of: dict[str, str] = {}
    starts: list[str] = []
    for path, package, below in _placed(view):
        package_of[path] = package
        if is_for_tests(path) or is_left_behind(path):
            continue
        if not is_for_makers(path) and not _looks_through(path):
            folders.update(named[path].folders)
            if named[path].anything and not _RUN_BY_HAND.search(path):
                untold.add(package)
        handed = bool(links[path].handing.hands_on) and not _is_top(path, manifests)
        if _begins(path, below, links[path], routing[package], handed):
            starts.append(path)
    return _Program(tuple(starts), said, package_of, frozenset(folders), frozenset(untold))


def _is_top(path: str, manifests: set[str]) -> bool:
    """Whether a file lies where the manifest of a package does, or in its folder of sources."""
    folder = path.rpartition("/")[0]
    parent, _, name = folder.rpartition("/")
    return folder in manifests or (name in _SOURCES and parent in manifests)


def _begins(path: str, below: str, link: Links, routing: Routing, handed: bool) -> bool:
    """Whether something outside of the code may run this file, or it runs by itself."""
    if (is_put_aside(below) and not is_page(below)) or is_undeployed(path):
        return False
    return is_looked_up(path, below, routing, handed=handed) or (link.acts and not is_for_makers(path))


@lru_cache(maxsize=65_536)
def _looks_through(path: str) -> bool:
    return _LOOKS_THROUGH.search(path) is not None


def _placed(view: ProjectView) -> tuple[tuple[str, str, str], ...]:
    """Each source file with its package and its path in it; worked out anew only when files or packages come or go."""
    paths = tuple(view.outlines)
    packages = tuple(package.path for package in view.packages)
    return view.whole("usage.placed", (paths, packages), lambda: tuple(_place(paths, view.package_of)))


def _place(paths: Iterable[str], package_of: Callable[[str], Package]) -> Iterator[tuple[str, str, str]]:
    for path in paths:
        package = package_of(path).path
        yield path, package, path if package == "." else path[len(package) + 1 :]


def _part(program: _Program, path: str) -> tuple[str, bool]:
    return program.package[path], is_python(path)


def _understood(program: _Program, live: set[str]) -> dict[tuple[str, bool], bool]:
    """Of which packages the running code is known, each language by itself: most of their files are reached."""
    total: dict[tuple[str, bool], int] = {}
    reached: dict[tuple[str, bool], int] = {}
    for path in program.package:
        if is_for_tests(path) or is_for_makers(path) or is_left_behind(path) or is_put_aside(path):
            continue
        part = _part(program, path)
        total[part] = total.get(part, 0) + 1
        reached[part] = reached.get(part, 0) + (path in live)
    return {
        part: count >= _KNOWN_FILES and count >= _KNOWN_SHARE * total[part] for part, count in reached.items()
    }
