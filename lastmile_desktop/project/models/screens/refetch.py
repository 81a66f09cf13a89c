"""Screens that ask the server again and again: every few seconds, or with every picture they draw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Function, Outline, calls_within
from lastmile_desktop.project.models.calls.model import is_production

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_HOOKS = re.compile(r"^(?:use\w*Query|useSWR\w*|useSuspenseQuery)$")
_SOONEST_MS = 5_000
_NUMBER = re.compile(r"^[\d_]+(?:\s*\*\s*[\d_]+)*$")
_UNSTABLE = re.compile(r"\bnew Date\(\s*\)|Date\.now\(|Math\.random\(|crypto\.randomUUID\(|\buuid\w*\(")
_ASKS = re.compile(
    r"^(?:fetch|axios(?:\.\w+)?|refetch\w*|supabase\b.*|mutate|api\w*\..+)$|\.from\.select|^(?:fetch|load|poll|refresh)[A-Z]\w*$"
)


@dataclass(frozen=True, slots=True)
class Refetch:
    path: str
    line: int
    what: str
    # A timer of its own, which mostly runs only until what is waited for has come.
    timed: bool = False


def refetches(view: ProjectView) -> tuple[Refetch, ...]:
    found = view.each_outline("refetches", read_refetches)
    return tuple(item for items in found.values() for item in items)


def read_refetches(outline: Outline) -> tuple[Refetch, ...]:
    if outline.shallow or outline.language == "python" or not is_production(outline.path):
        return ()
    functions = {function.name: function for function in outline.functions}
    found: list[Refetch] = []
    for function in outline.functions:
        for call in calls_within(function.body):
            timed = call.root in ("setInterval", "window.setInterval")
            found += (Refetch(outline.path, line, what, timed) for line, what in _of_call(call, functions))
    return tuple(found)


def _of_call(call: Call, functions: dict[str, Function]) -> Iterator[tuple[int, str]]:
    if _HOOKS.match(call.root):
        yield from _hook(call)
    elif call.root in ("setInterval", "window.setInterval") and len(call.args) > 1:
        wait = _milliseconds(call.args[1].text)
        inner = functions.get(call.args[0].function or call.args[0].text)
        if wait is not None and wait < _SOONEST_MS and (_asks(inner) or _ASKS.match(call.args[0].text)):
            yield call.span.line, f"asks every {wait / 1000:g} seconds"
    elif call.root == "useEffect" and len(call.args) == 1:
        inner = functions.get(call.args[0].function)
        if _asks(inner):
            yield call.span.line, "asks each time the screen is drawn"


def _hook(call: Call) -> Iterator[tuple[int, str]]:
    options = call.args[0] if call.args else None
    if options is None:
        return
    for name in ("refetchInterval", "refreshInterval"):
        for given in call.args:
            value = given.entry(name)
            wait = _milliseconds(value.text) if value is not None else None
            if wait is not None and 0 < wait < _SOONEST_MS:
                yield call.span.line, f"asks every {wait / 1000:g} seconds"
    query_key = options.entry("queryKey") or options
    if query_key.text.startswith("[") and _UNSTABLE.search(query_key.text):
        yield call.span.line, "has a key that is never the same, so it asks each time the screen is drawn"


def _milliseconds(text: str) -> int | None:
    if not _NUMBER.match(text):
        return None
    product = 1
    for part in text.replace("_", "").split("*"):
        product *= int(part.strip()[:9])
    return product


def _asks(function: Function | None) -> bool:
    return function is not None and any(_ASKS.search(call.callee) for call in calls_within(function.body))
