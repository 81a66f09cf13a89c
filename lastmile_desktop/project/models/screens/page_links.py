"""Links between the pages of a project, and the pages that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.screens.screens import is_ours, is_screen
from lastmile_desktop.project.models.settings.env_reads import blank_comments

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LINK = re.compile(
    r"""(?:\b(?:href|to)=\{?|\b(?:href|to|link|url|path)\s{0,3}:\s{0,3}|\b(?:navigate|push|replace|setLocation|"""
    r"""redirect)\(\s{0,3})["'`](/[\w/-]{0,120})["'`]"""
)
_IN_MARKUP = re.compile(r"""\b(?:href|to)=\{?["'`](/[\w/-]{1,120})(?:[#?][^"'`\n]{0,100})?["'`]""")
_PATH = re.compile(
    r"""\b(?:path|index|from|pathname|url|source)\s{0,3}[=:]\s{0,3}\{?\s{0,3}\[?\s{0,3}["'`]([^"'`\n]{0,160})["'`]"""
)
_LISTED = re.compile(r"""["'`](/[\w:*$/-]{0,120})["'`]\s{0,3}:\s{0,3}(?:<|\(|\w)""")
_FILE_ROUTE = re.compile(r"create(?:Lazy)?FileRoute\(\s{0,3}[\"'`]([^\"'`\n]{1,160})")
_SERVED = re.compile(
    r"""\.(?:get|use|all|route|add_url_rule)\(\s{0,3}["'`](/[\w:*/-]{0,120})["'`]|\b(?:path|"""
    r"""re_path)\(\s{0,3}r?["']\^?([\w<>:/-]{0,120})"""
)
_NEXT_PAGE = re.compile(r"(?:^|/)(?:src/)?app/((?:[^/]+/){0,12})(?:page|route)\.[jt]sx?$")
_PAGES = re.compile(r"(?:^|/)(?:src/)?pages/((?:[^/]+/){0,12}[^/]+)\.(?:[jt]sx?|astro|vue|mdx?)$")
_FLAT = re.compile(r"(?:^|/)(?:src/|app/)?routes/((?:[^/]+/){0,12}[^/]+)\.(?:[jt]sx?|svelte)$")
_STATIC = re.compile(r"(?:^|/)(?:public|static|client/public)/([^/]+)")
_CONFIGS = (
    "next.config",
    "vercel.json",
    "netlify.toml",
    "_redirects",
    "nginx.conf",
    "firebase.json",
    "wrangler",
)
_FEWEST = 3
_CODE = (".tsx", ".jsx", ".ts", ".js", ".py", ".vue", ".svelte", ".astro")
_ASSET = frozenset(
    ["api", "auth", "assets", "images", "static", "_next", "uploads", "media", "admin", "storage", "trpc"]
)


@dataclass(frozen=True, slots=True)
class FileLinks:
    links: tuple[tuple[str, int], ...] = ()
    paths: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    catches: int = 0
    routes: int = 0


NONE = FileLinks()


@dataclass(frozen=True, slots=True)
class PageLinks:
    """`broken` maps an address to the places that link to it. `known` counts the pages found, `catch_all` the line of
    a page for everything else; `router` is the file with most routes."""

    known: int = 0
    broken: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()
    catch_all: bool = False
    router: str = ""
    router_line: int = 0


def page_links(view: ProjectView, screens: tuple[str, ...]) -> PageLinks:
    shown = frozenset(screens)
    files = view.each_file("page-links", lambda entry: _may_link(entry.path), read, NONE)
    first: set[str] = set()
    full: set[str] = set()
    for file in files.values():
        full |= file.paths
        first |= file.segments
    by_file = set(_file_routes(view))
    first |= {segment for path in by_file for segment in path.split("/") if segment}
    first |= _of_configs(view)
    routers = {path: file for path, file in files.items() if file.routes and is_screen(path)}
    router = max(routers, key=lambda path: (routers[path].routes, path), default="")
    known = len(by_file) + sum(file.routes for file in routers.values())
    open_root = any(re.match(r"^/?(?::|\[|\$)", path) for path in full | by_file)
    broken: dict[str, list[tuple[str, int]]] = {}
    if known >= _FEWEST and not open_root:
        for path in sorted(shown & files.keys()):
            for target, line in files[path].links:
                head = target.strip("/").split("/")[0]
                if head and head not in first and head not in _ASSET:
                    broken.setdefault(target, []).append((path, line))
    return PageLinks(
        known,
        tuple((target, tuple(places)) for target, places in sorted(broken.items())),
        any(file.catches for file in files.values()),
        router,
        _router_line(view, router),
    )


def _router_line(view: ProjectView, path: str) -> int:
    return view.per_file("router-line", path, _first_route, 0) if path else 0


def _first_route(text: str) -> int:
    found = re.search(r"<(?:Routes|Switch|Router|Route)\b|createBrowserRouter\(", text)
    return line_at(text, found.start()) if found else 1


def read(text: str) -> FileLinks:
    if "/" not in text:
        return NONE
    code = blank_comments(text)
    routed = (
        re.search(r"<Route\b|createBrowserRouter|createRouter|useRoutes|RouteObject|FileRoute\(", code)
        is not None
    )
    paths = [match[1] for match in _PATH.finditer(code)] + [match[1] for match in _FILE_ROUTE.finditer(code)]
    paths += [match[1] for match in _LISTED.finditer(code)]
    paths += [match[1] or match[2] or "" for match in _SERVED.finditer(code)]
    routes = len(re.findall(r"<Route\b", code)) if routed else 0
    catches = re.search(
        r"path\s{0,3}[=:]\s{0,3}\{?[\"'`](?:/?\*|/:rest\*)[\"'`]|<Route component=|<Route>\s{0,30}<?|"
        r"notFoundComponent|NotFound",
        code,
    )
    return FileLinks(
        tuple((match[1], line_at(code, match.start())) for match in _IN_MARKUP.finditer(code)),
        frozenset(path.strip("/") for path in paths if path),
        frozenset(segment for path in paths for segment in path.split("/") if segment),
        1 if routed and catches else 0,
        routes,
    )


def _file_routes(view: ProjectView) -> Iterator[str]:
    return (route for path in view.tree.files if (route := _file_route(path)) is not None)


@lru_cache(maxsize=65_536)
def _file_route(path: str) -> str | None:
    """The address that a framework gives a file by its place."""
    for pattern in (_NEXT_PAGE, _PAGES, _FLAT):
        found = pattern.search(path)
        if found is not None:
            return "/".join(part for part in re.split(r"[/.]", found[1]) if not part.startswith("(") and part)
    return None


@lru_cache(maxsize=65_536)
def _may_link(path: str) -> bool:
    return is_ours(path) and path.endswith(_CODE)


def _of_configs(view: ProjectView) -> set[str]:
    """What a host's own rules and the public folder answer."""
    names: set[str] = set()
    for path in view.tree.files:
        found = _STATIC.search(path) if "public/" in path or "static/" in path else None
        if found is not None:
            names |= {found[1], found[1].partition(".")[0]}
        if path.rpartition("/")[2].startswith(_CONFIGS):
            names |= set(re.findall(r"/([\w-]{2,60})", view.text(path) or ""))
    return names
