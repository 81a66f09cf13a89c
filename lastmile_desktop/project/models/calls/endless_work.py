"""Work that a program does on its own, without end, by a loop or a clock that it made itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.sources import is_source
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.routes.entries import is_live
from lastmile_desktop.project.models.routes.page_headers import is_product
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LOOP = re.compile(r"\bwhile\s*\(\s*(?:true|1)\s*\)|^\s*while\s+True\s*:", re.MULTILINE)
_PAUSE = re.compile(r"\bawait\s+(?:\w+\.)?(?:delay|sleep|wait|setTimeout|timeout)\(|\btime\.sleep\(")
_CLOCK = re.compile(r"^\s*@?repeat_every\(|\bcreate_task\(\s*\w*schedule\w*\(", re.MULTILINE)
_REACH = 6_000


def endless_work(view: ProjectView) -> Iterator[tuple[str, int]]:
    """Places (path, line) of such loops and clocks, in code of the product that runs on a server."""
    for path, line in view.each_file("endless-work", _is_at_work, first_line, 0).items():
        if line and not view.client_graph.is_client(path):
            yield path, line


def _is_at_work(entry: FileEntry) -> bool:
    return is_source(entry) and is_product(entry.path) and is_live(entry.path)


def first_line(text: str) -> int:
    """The first endless loop with a pause in it, or clock; 0 for none."""
    clock = _CLOCK.search(text)
    if clock is not None:
        return line_at(text, clock.end() - 1)
    for match in _LOOP.finditer(text):
        if _PAUSE.search(text, match.end(), match.end() + _REACH):
            return line_at(text, match.end() - 1)
    return 0
