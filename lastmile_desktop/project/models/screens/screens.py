"""The files that draw what people see: the project's own ones, and only those that are really used."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_DRAWS = (".tsx", ".jsx", ".vue", ".svelte", ".astro")
_FOREIGN = re.compile(
    r"(?:^|/)components/ui/|(?:^|/)(?:vendor|third_party|node_modules|dist|build|\.next|coverage|public|static)/|"
    r"(?:^|/)(?:tests?|__tests__|__mocks__|e2e|cypress|playwright|stories|storybook|\.storybook|fixtures|mocks|"
    r"attached_assets|emails?|email-templates|docs|examples|supabase/functions|migrations|scripts|playground)/|"
    r"[._-](?:test|spec|stories|email|mdx?)\.\w+$"
)


@lru_cache(maxsize=65_536)
def is_screen(path: str) -> bool:
    """Whether this is a component of the project's own, as its path tells."""
    return path.endswith(_DRAWS) and _FOREIGN.search(path) is None


@lru_cache(maxsize=65_536)
def is_ours(path: str) -> bool:
    """Whether this path is no vendor's, test's or sample's."""
    return _FOREIGN.search(path) is None


def screens(view: ProjectView) -> tuple[str, ...]:
    """Components that an entry point leads to; all of them where no entry point is known."""
    graph = view.client_graph
    own = [path for path in view.tree.files if is_screen(path)]
    if not graph.entries:
        return tuple(own)
    return tuple(
        path
        for path in own
        if path in graph.client or path in graph.server or not path.endswith((".tsx", ".jsx"))
    )
