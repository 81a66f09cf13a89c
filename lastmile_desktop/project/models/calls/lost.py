"""What is missed when nobody waits for a call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lastmile_desktop.project.code.outline import Attempt, Call, Function, Outline, Value, calls_within
from lastmile_desktop.project.models.calls.effects import Doing, doing_of
from lastmile_desktop.project.models.calls.floats import Float
from lastmile_desktop.project.models.calls.scope import ServerScope
from lastmile_desktop.project.models.routes.model import EffectKind

MUST = frozenset({EffectKind.EMAIL, EffectKind.PAYMENT, EffectKind.DB_WRITE, EffectKind.QUEUE})
_WORK = MUST | {EffectKind.LLM, EffectKind.OUTBOUND}
_ORDER = (EffectKind.PAYMENT, EffectKind.EMAIL, EffectKind.DB_WRITE, EffectKind.QUEUE, EffectKind.LLM)
_FULFILS = re.compile(r"send|email|fulfil|credit|activate|grant|confirm|order", re.IGNORECASE)
_NICE = re.compile(
    r"log|track|analytic|metric|capture|invalidate|revalidat|warm|prefetch|cache|telemetry|audit|debug|lastSeen|last_seen|"
    r"heartbeat|close|disconnect|cleanup|_safe$",
    re.IGNORECASE,
)
_NICE_TABLE = re.compile(
    r"log|event|analytic|metric|view|visit|click|usage|activity|last_seen|presence", re.IGNORECASE
)


def promised(
    server: ServerScope, outline: Outline, function: Function | None, call: Call
) -> tuple[Doing, ...]:
    """What is done by a call whose promise floats: its own effect, or those of an async function of the project."""
    own = doing_of(call, outline.path, outline.language)
    if own is not None:
        return (own,)
    inline = [outline.function(call.root)] if "@" in call.root else []
    if call.callee in ("Promise.all", "Promise.allSettled"):
        inline += [outline.function(arg.function) for arg in _inner_functions(call)]
    if inline:
        return tuple(
            doing for item in inline if item is not None and item.is_async
            for doing in server.doings.of(outline.path, item)
        )  # fmt: skip
    target = server.doings.target(outline.path, function, call)
    if target is None or not target.function.is_async:
        return ()
    return server.doings.of(target.path, target.function)


def _inner_functions(call: Call) -> Iterator[Value]:
    for arg in call.args:
        for inner in arg.calls:
            yield from (given for given in inner.args if given.function)


def main_effect(doings: Iterable[Doing], name: str) -> Doing | None:
    """The effect that would be missed most; None when none matters or the name says that it does not."""
    if _NICE.search(name.rpartition(".")[2]):
        return None
    worth = [
        doing for doing in doings
        if doing.kind in _WORK and not (doing.kind is EffectKind.DB_WRITE and _NICE_TABLE.search(doing.table))
    ]  # fmt: skip
    return min(
        worth,
        key=lambda doing: _ORDER.index(doing.kind) if doing.kind in _ORDER else len(_ORDER),
        default=None,
    )


def catches_itself(server: ServerScope, outline: Outline, item: Float) -> bool:
    target = server.doings.target(outline.path, outline.function(item.function), item.inner)
    function = target.function if target else outline.function(item.inner.root)
    return function is not None and any(isinstance(step, Attempt) for step in function.body)


def critical_line(outline: Outline, function: Function) -> int:
    inside = f"{function.name}."
    for item in outline.functions:
        if item.name != function.name and not item.name.startswith(inside):
            continue
        for call in calls_within(item.body):
            doing = doing_of(call, outline.path, outline.language)
            if doing is not None and doing.kind in (EffectKind.DB_WRITE, EffectKind.EMAIL):
                return call.span.line
            if call.callee.endswith("functions.invoke") and re.search(
                r"send|email|fulfil|credit|activate|grant|confirm|order",
                call.args[0].text if call.args else "",
            ):
                return call.span.line
    return 0


def listens(call: Call, event: str) -> bool:
    return (
        call.callee.endswith((".on", ".once", ".addListener"))
        and bool(call.args)
        and call.args[0].literal == event
    )
