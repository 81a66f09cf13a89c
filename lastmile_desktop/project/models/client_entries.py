"""Where the browser's (or the phone's) code begins, and where the server's does, as the paths of a package tell.

Each framework has its places; which frameworks a package uses is read from its dependencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lastmile_desktop.project.packages import Package

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
_ROUTE_MODULE = frozenset({"loader", "action", "headers", "middleware", "unstable_middleware"})

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
        _ROUTE_MODULE,
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
_MATCHED = tuple(
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


@dataclass(frozen=True, slots=True)
class PathEntries:
    """`server_exports` are the export names that a client entry's compiler takes out; `enforcing` the packages
    whose framework keeps `.server.` files out of the browser."""

    client: tuple[str, ...] = ()
    server: tuple[str, ...] = ()
    server_exports: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    enforcing: tuple[str, ...] = ()


def path_entries(paths: Iterable[str], packages: tuple[Package, ...]) -> PathEntries:
    """The entries that the paths of code files alone tell."""
    client: list[str] = []
    server: list[str] = []
    server_exports: dict[str, frozenset[str]] = {}
    usual: list[str] = []
    enforcing: list[str] = []
    for package, inside in _by_package(paths, packages):
        used = [item for item in _MATCHED if any(name in package.dependencies for name in item[0].needs)]
        before = len(client)
        if any(framework.enforces for framework, _, _ in used):
            enforcing.append(package.path)
        for path, below in inside:
            side = _side(below, used)
            if side is None:
                if _SERVED.search(path):
                    client.append(path)
                elif _SERVER.search(path):
                    server.append(path)
            elif side[0]:
                client.append(path)
                if side[1]:
                    server_exports[path] = side[1]
            else:
                server.append(path)
        if len(client) == before and not _WEB_LIBRARIES.isdisjoint(package.dependencies) and not used:
            usual.extend(path for path, below in inside if _USUAL.fullmatch(below))
    return PathEntries((*client, *usual), tuple(server), server_exports, tuple(enforcing))


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


def _side(
    below: str, used: list[tuple[_Framework, re.Pattern[str], re.Pattern[str]]]
) -> tuple[bool, frozenset[str]] | None:
    """(is client, server exports), None when no framework speaks of this path."""
    for framework, client, server in used:
        if server.match(below):
            return False, frozenset()
        if client.match(below) and not (framework.enforces and ".server." in below):
            return True, framework.server_exports
    return None
