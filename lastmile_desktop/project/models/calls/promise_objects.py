"""Promises that are taken for what they promise: `const db = createClient()` of an async function, and then
`db.from(…)`. A promise has no such member, so the line fails whenever it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Call,
    Do,
    Function,
    Outline,
    Step,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.usage.idle_code import is_idle

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

# What promises, coroutines and asynchronous generators do have.
_OWN = frozenset({
    "then", "catch", "finally", "next", "return", "throw", "send", "close", "asend", "athrow", "aclose",
    "__aenter__", "__aexit__", "toString", "status", "value", "add_done_callback", "cancel", "result",
})  # fmt: skip
_PLAIN = re.compile(r"[A-Za-z_$][\w$]*$")
_MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Mistaken:
    """`name` holds what `callee` returned, and `member` is asked of it at `used`."""

    path: str
    function: str
    callee: str
    name: str
    line: int
    member: str
    used: int


def mistaken_promises(view: ProjectView) -> tuple[tuple[Mistaken, ...], ...]:
    """The places in code that serves users, together for each function: an async one of the project."""
    promising = view.each_outline("promise-objects.async", _async_names)
    names = view.whole(
        "promise-objects.names",
        tuple(promising.values()),
        lambda: frozenset[str]().union(*promising.values()),
    )
    groups: dict[tuple[str, str], list[Mistaken]] = {}
    for path, found in view.each_source("promise-objects", is_production, _taken, ()).items():
        for item in found:
            if (item.callee in names or _is_renamed(view, item)) and not is_idle(view, path, item.function):
                definition = view.modules.definition(path, item.callee)
                function = definition.function if definition is not None else None
                if definition is not None and function is not None and _promises(function):
                    groups.setdefault((definition.path, definition.name), []).append(item)
    return tuple(map(tuple, groups.values()))


def _promises(function: Function) -> bool:
    return function.is_async and not function.decorators


def _is_renamed(view: ProjectView, item: Mistaken) -> bool:
    """Whether the function has another name where it stands."""
    outline = view.outlines[item.path]
    return any(
        local == item.callee and imported != local for it in outline.imports for local, imported in it.names
    )


def _async_names(outline: Outline) -> frozenset[str]:
    return frozenset(
        item.name for item in outline.functions if item.is_async and not item.parent and "@" not in item.name
    )


def _taken(outline: Outline, text: str) -> tuple[Mistaken, ...]:
    lines = text.splitlines()
    found: list[Mistaken] = []
    for function in outline.functions:
        # What is waited for in an inner function is written in the outer one as well.
        source = "\n".join(lines[function.span.line - 1 : function.span.line_end][:_MOST_LINES])
        inner = tuple(item.body for item in outline.functions if item.name.startswith(f"{function.name}."))
        for step, call in _kept(function.body):
            item = _misread(outline.path, function.name, step, call, (function.body, *inner))
            if item is not None and not _is_waited_for(item.name, source):
                found.append(item)
    return tuple(found)


def _kept(body: tuple[Step, ...]) -> Iterator[tuple[Do, Call]]:
    """Calls of plain names whose result is kept under one name and not waited for."""
    for step in steps_within(body):
        if not isinstance(step, Do) or len(step.targets) != 1 or step.unpacks or step.value is None:
            continue
        for call in step.calls:
            plain = len(call.links) == 1 and not call.links[0].name and not call.is_new and not call.awaited
            whole = step.value.text.startswith(f"{call.root}(") and call.assigned == step.targets
            if plain and whole and _PLAIN.match(step.targets[0]):
                yield step, call


def _misread(
    path: str, function: str, step: Do, call: Call, bodies: tuple[tuple[Step, ...], ...]
) -> Mistaken | None:
    name = step.targets[0]
    for body in bodies:
        for use in calls_within(body):
            asked = use.links[0].name if use.links else ""
            if use.root == name and asked and asked not in _OWN and use.span.line >= step.span.line:
                return Mistaken(path, function, call.root, name, step.span.line, asked, use.span.line)
    return None


def _is_waited_for(name: str, source: str) -> bool:
    own = rf"(?<![\w$.]){re.escape(name)}(?![\w$])"
    return (
        re.search(
            rf"\bawait\s{{1,9}}\(?{own}(?!\s{{0,60}}[.?])|{own}\s{{0,9}}\.(?:then|catch|finally)\b"
            rf"|\b(?:Promise\.\w{{1,12}}|use|gather|wait|wait_for|create_task|ensure_future|run)\([^)]{{0,300}}{own}(?!\s{{0,60}}[.?])",
            source,
        )
        is not None
        or len(re.findall(rf"(?<![\w$.]){re.escape(name)}\s{{0,3}}=(?![=>])", source)) > 1
    )
