"""Calls whose end nobody waits for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Branch,
    Call,
    Do,
    Function,
    Link,
    Outline,
    Step,
    steps_within,
)

_HANDLED = frozenset({"catch", "finally"})
_KEPT_OPEN = re.compile(r"(?:^|\.)waitUntil$|^after$")
# SQL of a Durable Object runs before the next line.
_AT_ONCE = re.compile(r"\bstorage\.sql\.exec$")
_LAST_USE = re.compile(
    r"^(?:last_?(?:used|seen|active|login|access\w{0,10}|activity|ping)\w{0,10}|updated_?at|(?:usage|view|hit)_?count)$",
    re.IGNORECASE,
)
_LISTENS = frozenset(
    {"on", "once", "off", "addListener", "removeListener", "prependListener", "addEventListener"}
)
_VERBS = frozenset({"insert", "update", "upsert", "delete", "select"})


@dataclass(frozen=True, slots=True)
class Float:
    """`call` stands alone as a statement and is not awaited. `inner` is the call without `.then` and `.catch`;
    `caught` when its failure is handled, `chained` when something follows its end."""

    path: str
    function: str
    call: Call
    inner: Call
    caught: bool
    chained: bool

    @property
    def line(self) -> int:
        return self.call.span.line


def floats(outline: Outline) -> tuple[Float, ...]:
    """Every call of a file that stands alone in a function and is not awaited."""
    return tuple(found for function in outline.functions for found in _in(function, outline.path))


def _in(function: Function, path: str) -> Iterator[Float]:
    for step in _statements(function.body):
        call = step.calls[-1] if step.calls else None
        if call is None or call.awaited or step.targets or step.value is not None or _only_listens(call):
            continue
        if any(_KEPT_OPEN.search(other.callee) for other in step.calls):
            continue
        inner, chained = _without_handlers(call)
        caught = any(link.name in _HANDLED for link in call.links) or any(
            link.name == "then" and link.args is not None and len(link.args) > 1 for link in call.links
        )
        yield Float(path, function.name, call, inner, caught, chained)


def _only_listens(call: Call) -> bool:
    """`fetch.on("message", …)` of an emitter that was made before. `https.get(url).on("error", …)` starts a request."""
    made = [link for link in call.links if link.args is not None]
    if len(made) != 1 or made[0].name not in _LISTENS or call.is_new:
        return False
    return bool(made[0].args) and made[0].args[0].literal is not None


def _statements(steps: tuple[Step, ...]) -> Iterator[Do]:
    """Statements of these steps; not what stands in for a missing `waitUntil` (`waitUntil?.(p) ?? p`)."""
    for step in steps_within(steps):
        if isinstance(step, Do) and not any(_stands_in(other, step) for other in steps):
            yield step


def _stands_in(step: Step, other: Do) -> bool:
    if not isinstance(step, Branch) or not any(_KEPT_OPEN.search(call.callee) for call in step.calls):
        return False
    return any(item is other for item in steps_within((*step.then, *step.orelse)))


def _without_handlers(call: Call) -> tuple[Call, bool]:
    """`send(x).then(a).catch(b)` → `send(x)`."""
    links: list[Link] = []
    for link in call.links:
        if link.name in ("then", "catch", "finally") and link.args is not None:
            return (
                Call(call.root, tuple(links), call.span, call.awaited, call.is_new, call.assigned),
                True,
            )
        links.append(link)
    return call, False


def queries_never_sent(outline: Outline) -> tuple[Float, ...]:
    """Queries of supabase-js that are built and never awaited: they run only when somebody waits for them."""
    return tuple(found for found in floats(outline) if not found.chained and _is_supabase_query(found.call))


def _is_supabase_query(call: Call) -> bool:
    names = [link.name for link in call.links if link.args is not None]
    if "from" in names and call.root not in ("Array", "Buffer", "Uint8Array"):
        verbs = names[names.index("from") + 1 :]
        return (
            bool(verbs) and verbs[0] in _VERBS and bool(call.args_of("from")) and "storage" not in call.callee
        )
    return names[:1] == ["rpc"] and "supabase" in call.callee.lower() and bool(call.args_of("rpc"))


def async_rounds(outline: Outline) -> tuple[str, ...]:
    """The async functions that are given to `forEach`."""
    return tuple(
        function.name
        for function in outline.functions
        if function.is_async and function.wrapped_by and function.wrapped_by[-1].callee.endswith(".forEach")
    )


def is_trifle(call: Call) -> bool:
    """What is done at once, and notes of when something was last used, which the next use writes again."""
    if _AT_ONCE.search(call.callee):
        return True
    written = call.args_of("update")
    keys = [key for key, _ in written[0].entries] if written else []
    return bool(keys) and all(_LAST_USE.search(key) for key in keys)
