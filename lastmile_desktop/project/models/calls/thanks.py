"""Pages that thank for a payment and do by themselves what must follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.calls.lost import critical_line
from lastmile_desktop.project.models.calls.model import is_production

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SUCCESS = re.compile(
    r"(?:^|/)[^/]*(?:success|thank|confirm|complete)[^/]*(?:/[^/]+)?\.[jt]sx?$", re.IGNORECASE
)


def left_to_thanks(view: ProjectView) -> Iterator[tuple[str, int, str]]:
    """File, line and function of each effect of such a page that a payment needs."""
    for path in view.outlines:
        if not _thanks(path) or not is_production(path) or not view.client_graph.is_client(path):
            continue
        outline = view.outlines[path]
        for function in outline.functions:
            if any(call.root == "useEffect" for call in function.wrapped_by):
                line = critical_line(outline, function)
                if line:
                    yield path, line, function.name


@lru_cache(maxsize=65_536)
def _thanks(path: str) -> bool:
    return _SUCCESS.search(path) is not None
