"""Functions that are defined and that nothing calls: their name stands nowhere else in the code that runs.

Only names of several words are looked at, and only functions that no framework finds by itself: what is decorated,
handed to a call, in a class that extends another, or in a file that is looked up by its path may run.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.usage.entries import (
    is_for_makers,
    is_for_tests,
    is_looked_up,
    routing_of,
)
from lastmile_desktop.project.models.usage.model import build as usage

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_MOST = 400_000
_SHORTEST = 8
# Words like `remove` are the name of too many things.
_NAME = re.compile(r"(?<![\w$])_?[a-z][a-z0-9]*[A-Z_][A-Za-z0-9_]*")
# A bucket holds the names of some files, so that a change in one asks for the others of its bucket alone.
_BUCKETS = 16
_HOOK = re.compile(
    r"^(?:on|before|after|handle_(?:error|exception)|get_(?:queryset|serializer|context|object|permissions)|use)[A-Z_]|^__"
    r"|^(?:component|should|render|get(?:Server|Static|Derived|Snapshot)|generate(?:Metadata|Static|Viewport|Image|Sitemaps))[A-Z]"
    r"|^(?:test|setup|teardown|visit|do|perform|process|validate|clean|save|delete)_"
)
_SERVICE = re.compile(r"(?i)(?:service|api|client|repository|repo|storage|store|helpers?|utils?|db|queries)$")


@dataclass(frozen=True, slots=True)
class _Seen:
    """`names` are all of several words in a file, `alone` the functions whose own name stands in it once."""

    names: frozenset[str] = frozenset()
    alone: tuple[tuple[str, str], ...] = ()


_NOTHING = _Seen()


def is_uncalled(view: ProjectView, path: str, line: int) -> bool:
    """Whether this line is in a function that nothing calls."""
    outline = view.outlines.get(path)
    if outline is None or not line:
        return False
    names = view.made(idle_functions).get(path)
    return names is not None and any(
        item.name in names and item.span.line <= line <= item.span.line_end for item in outline.functions
    )


def text_in_use(view: ProjectView, path: str) -> str:
    """The text of a file with the lines of functions that nothing calls left empty."""
    text = view.text(path) or ""
    idle = tuple(uncalled_in(view, path))
    if not idle:
        return text
    lines = text.split("\n")
    for item in idle:
        for number in range(item.span.line - 1, min(item.span.line_end, len(lines))):
            lines[number] = ""
    return "\n".join(lines)


def uncalled_in(view: ProjectView, path: str) -> Iterator[Function]:
    """The functions of a file that nothing calls."""
    names = view.made(idle_functions).get(path, frozenset[str]())
    outline = view.outlines.get(path) if names else None
    return (item for item in outline.functions if item.name in names) if outline is not None else iter(())


def idle_functions(view: ProjectView) -> Mapping[str, frozenset[str]]:
    """By file, as the outline calls them."""
    seen = view.each_source("idle.functions", _is_read, _look, _NOTHING)
    unused = view.made(usage).unused
    imported = frozenset(view.modules.targets.values())
    key = (tuple(seen), tuple(seen.values()), unused, imported)
    return view.whole("idle.functions", key, lambda: _uncalled(view, seen, unused, imported))


def _uncalled(
    view: ProjectView, seen: Mapping[str, _Seen], unused: Mapping[str, str], imported: frozenset[str]
) -> dict[str, frozenset[str]]:
    buckets: dict[int, list[tuple[str, frozenset[str]]]] = {}
    for path, item in seen.items():
        if path not in unused and not is_for_tests(path):
            buckets.setdefault(_bucket(path), []).append((path, item.names))
    named = [
        view.whole(f"idle.functions:{number}", tuple(items), lambda items=items: _count(items))
        for number, items in buckets.items()
    ]
    found: dict[str, frozenset[str]] = {}
    for path, item in seen.items():
        if not item.alone or path not in imported or path in unused:
            continue
        names = frozenset(name for name, last in item.alone if _is_named_once(last, named))
        if names and not _is_entry(view, path):
            found[path] = names
    return found


def _is_read(path: str) -> bool:
    return True


def _count(items: list[tuple[str, frozenset[str]]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for _, names in items:
        counts.update(names)
    return counts


@lru_cache(maxsize=65_536)
def _bucket(path: str) -> int:
    return sum(path.encode("utf-8", "surrogatepass")) % _BUCKETS


def _is_named_once(name: str, named: list[Counter[str]]) -> bool:
    total = 0
    for counts in named:
        total += counts.get(name, 0)
        if total > 1:
            return False
    return True


def _is_entry(view: ProjectView, path: str) -> bool:
    """Whether something outside of the code may call what is in this file."""
    package = view.package_of(path)
    below = path if package.path == "." else path[len(package.path) + 1 :]
    if is_for_tests(path) or is_for_makers(path):
        return True
    return is_looked_up(path, below, routing_of(package.dependencies))


def _look(outline: Outline, text: str) -> _Seen:
    text = text[:_MOST]
    counts = Counter(name for name in _NAME.findall(text) if len(name) >= _SHORTEST)
    if not counts:
        return _NOTHING
    return _Seen(frozenset(map(sys.intern, counts)), tuple(_alone(outline, counts, len(text) < _MOST)))


def _alone(outline: Outline, counts: Counter[str], whole: bool) -> Iterator[tuple[str, str]]:
    if not whole or outline.error or "use server" in outline.directives:
        return
    classes = {item.name for item in outline.classes}
    closed = {item.name for item in outline.classes if item.bases or item.decorators}
    named = {item.name for item in outline.functions}
    for function in outline.functions:
        owner, _, last = function.name.rpartition(".")
        # The members of an object may be what a library asks for: only those of a service are called by name.
        known = not owner or owner in classes or owner in named or _SERVICE.search(owner) is not None
        if counts.get(last) == 1 and known and owner not in closed and _is_plain(function, owner):
            yield function.name, sys.intern(last)


def _is_plain(function: Function, owner: str) -> bool:
    """Whether only who names this function calls it."""
    if (
        function.parent not in ("", owner)
        or function.decorators
        or function.wrapped_by
        or "use server" in function.directives
    ):
        return False
    return (
        "." not in owner
        and "@" not in function.name
        and _HOOK.search(function.name.rpartition(".")[2]) is None
    )
