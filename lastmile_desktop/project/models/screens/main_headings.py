"""Pages without a main heading, as far as their components tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Outline

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_PAGE = re.compile(
    r"(?:^|/)app/(?:.+/)?page\.[jt]sx$|(?:^|/)(?:src/)?pages/(?:[^/]+/)*[A-Za-z][\w-]*\.[jt]sx$|"
    r"(?:^|/)(?:src|app)/routes/(?:[^/]+/)*[\w$.-]+\.[jt]sx$"
)
_NOT_A_PAGE = re.compile(r"(?:^|/)_\w+\.[jt]sx$|/components?/|(?:^|/)pages/api/")
_LAYOUT = re.compile(r"(?i)layout|shell|page-?header|app-?bar|topbar")
_HOPS = 4


def pages_without_h1(view: ProjectView, drawn: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Pages with headings of which neither they, a part of them nor the layout around them has the main one."""
    levels = {path: _levels(view.outlines[path]) for path in drawn}
    around = any(1 in levels[path] and _LAYOUT.search(path) for path in levels)
    for path in levels:
        if not _PAGE.search(path) or _NOT_A_PAGE.search(path) or not levels[path] or 1 in levels[path]:
            continue
        if not view.modules.targets or _brings_h1(view, path) or around:
            continue
        line = next(item.line for item in view.outlines[path].barriers if item.kind == "headings")
        yield path, line


def _levels(outline: Outline) -> tuple[int, ...]:
    found = next((item.detail for item in outline.barriers if item.kind == "headings"), "")
    return tuple(int(level) for level in found.split(",") if level)


def _brings_h1(view: ProjectView, path: str) -> bool:
    """Whether a component that the page draws has the main heading."""
    seen, level = {path}, [path]
    for _ in range(_HOPS):
        following: list[str] = []
        for source in level:
            for item in view.outlines[source].imports:
                target = view.modules.file(source, item.module)
                outline = view.outlines.get(target or "")
                if target is None or outline is None or target in seen:
                    continue
                if 1 in _levels(outline):
                    return True
                seen.add(target)
                following.append(target)
        level = following
    return False
