"""Where the browser's (or the phone's) code begins, and where the server's does, as the paths of a package tell.

Each framework has its places; which frameworks a package uses is read from its dependencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lastmile_desktop.project.packages import Package, Role

_CODE = r"\.(?:[cm]?[jt]sx?|vue|svelte|astro|mdx)$"


@dataclass(frozen=True, slots=True)
class _Framework:
    """`needs` are dependencies of which one must be declared. Patterns are for paths below the package.
    `server_exports` are taken out of client entries by the framework's compiler; `enforces` says that it keeps
    `.server.` files out of the browser."""

    needs: tuple[str, ...]
    client: str
    server: str = r"(?!)"
    server_exports: frozenset[str] = frozenset()
    enforces: bool = False


_NEXT_PAGE = frozenset({"getServerSideProps", "getStaticProps", "getStaticPaths", "getInitialProps"})
ROUTE_MODULE = frozenset({"loader", "action", "headers", "middleware", "unstable_middleware"})

_FRAMEWORKS = (
    _Framework(
        ("next",),
        rf"(?:src/)?(?:pages/(?!api/).+{_CODE}|instrumentation-client\.[jt]s$)",
        rf"(?:src/)?(?:app/(?:.+/)?(?:page|layout|route|template|default|sitemap|robots|manifest)\.[jt]sx?$"
        rf"|pages/api/.+{_CODE}|(?:middleware|proxy|instrumentation)\.[jt]s$)",
        _NEXT_PAGE - {"getInitialProps"},
    ),
    _Framework(
        ("@remix-run/react", "@remix-run/node", "@remix-run/dev", "@react-router/dev"),
        rf"(?:app|src)/(?:routes/.+{_CODE}|root\.[jt]sx$|entry\.client\.[jt]sx?$)",
        r"(?:app|src)/entry\.server\.[jt]sx?$",
        ROUTE_MODULE,
        enforces=True,
    ),
    _Framework(
        ("@tanstack/react-start", "@tanstack/solid-start", "@tanstack/start"),
        rf"(?:app|src)/(?:routes/.+{_CODE}|(?:router|client|start|routeTree\.gen)\.[jt]sx?$)",
        r"(?:app|src)/(?:server|ssr)\.[jt]sx?$",
        enforces=True,
    ),
    _Framework(
        ("@sveltejs/kit",),
        r"src/(?:routes/(?:.+/)?\+(?:page|layout|error)(?:@[^/]*)?(?:\.svelte|\.[jt]s)$|hooks(?:\.client)?\.[jt]s$)",
        r"src/(?:routes/(?:.+/)?\+(?:server|(?:page|layout)\.server)\.[jt]s$|hooks\.server\.[jt]s$)",
        enforces=True,
    ),
    _Framework(
        ("nuxt", "nuxt3"),
        rf"(?:app/|src/)?(?:(?:pages|components|layouts|composables|middleware|stores|plugins)/.+{_CODE}"
        rf"|(?:app|error)\.vue$)",
        rf"(?:src/)?server/.+{_CODE}",
        enforces=True,
    ),
    _Framework(("astro",), r"(?!)", rf"src/(?:pages/.+{_CODE}|middleware\.[jt]s$|actions/.+{_CODE})"),
    _Framework(
        ("expo-router",),
        r"(?:src/)?app/(?!.*\+(?:api|html)\.).+\.[jt]sx?$",
        r"(?:src/)?app/.+\+api\.[jt]sx?$",
    ),
    _Framework(("expo", "react-native"), r"(?:src/)?(?:App|index)(?:\.(?:ios|android|native))?\.[jt]sx?$"),
    _Framework(("react-scripts", "@craco/craco"), r"src/index\.[jt]sx?$"),
    _Framework(("@vue/cli-service", "@angular/core"), r"src/main\.[jt]s$"),
    _Framework(
        ("gatsby",),
        rf"(?:src/pages/.+{_CODE}|gatsby-browser\.[jt]sx?$)",
        r"(?:gatsby-(?:node|ssr)|src/api/.+)\.[jt]sx?$",
    ),
    _Framework(
        ("@solidjs/start",),
        rf"src/(?:routes/.+{_CODE}|entry-client\.[jt]sx$|app\.[jt]sx$)",
        r"src/entry-server\.[jt]sx$",
    ),
)
_Matched = tuple[_Framework, re.Pattern[str], re.Pattern[str]]
_MATCHED: tuple[_Matched, ...] = tuple(
    (framework, re.compile(framework.client), re.compile(framework.server)) for framework in _FRAMEWORKS
)
# Served as they are, whatever the framework.
_SERVED = re.compile(r"(?:^|/)(?:public|static|www)/(?:.+/)?[^/]+\.m?js$")
_SERVER = re.compile(
    rf"(?:^|/)(?:supabase/functions/[^/]+/index\.[jt]s$|netlify/(?:edge-)?functions/.+{_CODE}"
    rf"|(?:src/)?(?:server|backend)(?:/(?:index|main|app|server)|)\.[cm]?[jt]s$|api/.+\.[cm]?[jt]s$"
    rf"|functions/(?:src/)?index\.[cm]?[jt]s$|worker/(?:src/)?index\.[jt]s$)"
)
_USUAL = re.compile(r"(?:src/|client/src/|client/)?(?:main|index|App|app)\.[jt]sx?$")
_WEB_LIBRARIES = frozenset({"react-dom", "vue", "svelte", "preact", "solid-js", "lit", "jquery"})
_NOT_PRODUCT = re.compile(
    r"(?:^|/)(?:__tests__|__mocks__|tests?|e2e|cypress|stories|\.storybook|node_modules|coverage|\.next)/"
    r"|\.(?:test|spec|stories|cy|d)\.[cm]?[jt]sx?$|\.config\.[cm]?[jt]s$"
)


@dataclass(slots=True)
class PathEntries:
    """`server_exports` are the export names that a client entry's compiler takes out; `enforcing` the packages
    whose framework keeps `.server.` files out of the browser. `usual` are the files that a package without a
    known framework most likely begins with, for when no page of the package names one."""

    client: list[str] = field(default_factory=list[str])
    server: list[str] = field(default_factory=list[str])
    server_exports: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    enforcing: list[str] = field(default_factory=list[str])
    usual: list[tuple[Package, str]] = field(default_factory=list[tuple[Package, str]])


def path_entries(paths: Iterable[str], packages: tuple[Package, ...]) -> PathEntries:
    """The entries that the paths of code files alone tell."""
    found = PathEntries()
    for package, inside in _by_package(paths, packages):
        used = [item for item in _MATCHED if any(name in package.dependencies for name in item[0].needs)]
        if any(framework.enforces for framework, _, _ in used):
            found.enforcing.append(package.path)
        for path, below in inside:
            _sort(found, path, below, used)
        if not used and package.role is not Role.SHARED:
            likely = [path for path, below in inside if _USUAL.fullmatch(below)]
            if likely and not _WEB_LIBRARIES.isdisjoint(package.dependencies):
                found.usual.append((package, min(likely, key=_likelihood)))
    return found


def _sort(found: PathEntries, path: str, below: str, used: list[_Matched]) -> None:
    """Put one file where its framework, or plain custom, says it begins."""
    for framework, client, server in used:
        if server.match(below):
            found.server.append(path)
            return
        if client.match(below) and not (framework.enforces and ".server." in below):
            found.client.append(path)
            if framework.server_exports:
                found.server_exports[path] = framework.server_exports
            return
    if _SERVED.search(path):
        found.client.append(path)
    elif _SERVER.search(path):
        found.server.append(path)


def _likelihood(path: str) -> tuple[int, str]:
    stem = path.rpartition("/")[2].partition(".")[0].lower()
    return ("main", "index", "app").index(stem), path


def _by_package(
    paths: Iterable[str], packages: tuple[Package, ...]
) -> Iterator[tuple[Package, list[tuple[str, str]]]]:
    """Each package with its files: (path, path below the package)."""
    deepest_first = sorted(packages, key=lambda package: -len(package.path) if package.path != "." else 0)
    held: dict[str, list[tuple[str, str]]] = {package.path: [] for package in packages}
    for path in paths:
        if _NOT_PRODUCT.search(path):
            continue
        owner = next((package for package in deepest_first if package.holds(path)), None)
        if owner is not None:
            held[owner.path].append((path, path if owner.path == "." else path[len(owner.path) + 1 :]))
    for package in packages:
        yield package, held[package.path]
