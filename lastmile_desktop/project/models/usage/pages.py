"""HTML files beside a built app that are no part of it: brand manuals, sketches, previews of mails. One that talks to a
server is a tool that somebody opens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from lastmile_desktop.project.models.usage.names import Named, key_of, keys_of
from lastmile_desktop.project.packages import Package

_BUILDERS = frozenset({
    "vite", "next", "expo", "react-scripts", "@sveltejs/kit", "astro", "nuxt", "gatsby", "webpack", "parcel",
    "@angular/core", "@remix-run/dev", "@react-router/dev", "@vue/cli-service", "@tanstack/react-start",
})  # fmt: skip
_ASIDE = re.compile(
    r"(?i)(?:^|/)(?:demos?|brand(?:ing)?|designs?|mock-?ups?|prototypes?|wireframes?|sketches)/[^/]+\.html$"
)
_SERVED = re.compile(
    r"(?i)(?:^|/)(?:public|static|www|dist|build|out|templates?|views|e?mails?|layouts|partials|android|ios|src|app)/"
    r"|(?:^|/)(?:index|404|200|50x|offline|sw|google[0-9a-f]{8,20}|yandex_\w{6,30}|BingSiteAuth)\.html$"
)


def unused_pages(
    files: Iterable[str], packages: tuple[Package, ...], code: Iterable[Named], settings: Mapping[str, Named]
) -> frozenset[str]:
    """Pages at the top of a package that is built by a bundler, or in a folder of sketches, that nothing names."""
    built = {package.path for package in packages if not _BUILDERS.isdisjoint(package.dependencies)}
    paths = set(files)
    if not built or ("index.html" in paths and "." not in built and len(built) < len(packages)):
        return frozenset()
    tops = {"" if path == "." else path for path in built} | {""}
    waiting = [path for path, item in settings.items() if _is_beside(path, tops) and not item.asks]
    if not waiting:
        return frozenset()
    named = list(code)
    if any(item.pages for item in named):
        return frozenset()
    said = set(_said(named))
    return frozenset(
        path
        for path in waiting
        if said.isdisjoint(keys_of(path))
        and not any(
            not item.files.isdisjoint(keys_of(path)) for other, item in settings.items() if other != path
        )
    )


def _is_beside(path: str, tops: set[str]) -> bool:
    if not path.endswith(".html") or _SERVED.search(path) is not None:
        return False
    return path.rpartition("/")[0] in tops or _ASIDE.search(path) is not None


def _said(code: Iterable[Named]) -> Iterator[str]:
    for item in code:
        for name in item.files:
            yield key_of(name) if "." in name or "/" in name else name
