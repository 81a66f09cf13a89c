"""Follows a call into the project's own functions, and puts together what comes back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Do, Function
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.checks import Arguments
from lastmile_desktop.project.models.webhooks.frame import Frame
from lastmile_desktop.project.models.webhooks.reads import Found
from lastmile_desktop.project.models.webhooks.state import (
    ALWAYS,
    CLOSED,
    DEV,
    FALSE,
    NEVER,
    UNKNOWN,
    UNSET,
    VERIFIED,
    Known,
    State,
    Way,
    Ways,
    both,
    is_global,
    merged,
    of_tags,
    under,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.trace import Trace

_DEPTH = 5
_PARAM = re.compile(
    r"^(?:(?:public|private|readonly)\s+)*(?:@\w+\([^)]*\)\s*)*(?:\.\.\.|\*{1,2})?([A-Za-z_$][\w$]*)"
)


class Follower:
    """Runs functions of the project for a trace, a few deep and never one inside itself."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._active: list[tuple[str, str]] = []
        self._number = 0

    def ours(self, found: tuple[Found, ...], given: Arguments, state: State, awaited: bool) -> Known:
        """A function of the project: follow it. Of several with the same name, what all of them give."""
        results: list[tuple[Known, State]] = []
        floats = not awaited and self._is_left_alone(found)
        self._trace.floating += floats
        for path, function in found:
            inner = state.copy()
            results.append((self.follow(path, function, given, inner), inner))
        self._trace.floating -= floats
        value, after = results[0]
        for other, other_state in results[1:]:
            value = merged(value, other)
            after = State(after.ways | other_state.ways, after.names)
        if all(function.is_async for _, function in found) and not awaited:
            gained: Ways = frozenset(frozenset(fact for fact in way if is_global(fact)) for way in after.ways)
            return Known(
                value.tags,
                ALWAYS,
                NEVER,
                value.fields,
                pending=value,
                pending_ways=gained,
                attempts=value.attempts,
            )
        state.ways = after.ways
        return value

    def _is_left_alone(self, found: tuple[Found, ...]) -> bool:
        """Whether these functions are started by a statement that nobody waits for."""
        step = self._trace.step
        return isinstance(step, Do) and step.value is None and all(function.is_async for _, function in found)

    def follow(
        self, path: str, function: Function, given: Arguments, state: State, shared: bool = False
    ) -> Known:
        """Run a function's body from this state; the state afterwards is what holds when it returns."""
        trace = self._trace
        key = (path, function.name)
        if key in self._active or len(self._active) >= _DEPTH or trace.exhausted:
            return Known(frozenset[str]().union(*(item.tags for item in given.all())) - {CLOSED})
        self._number += 1
        marks = {index: f"id:{self._number}.{index}" for index in range(len(state.ways))}
        ordered = sorted(state.ways, key=sorted)
        start: Ways = frozenset(
            frozenset(fact for fact in way if shared or is_global(fact)) | {marks[index]}
            for index, way in enumerate(ordered)
        )
        names = dict(state.names) if shared or _encloses(trace.scope, path, trace.path, function) else {}
        inner = State(both(start, trace.module_ways(path)) if path != trace.path else start, names)
        self._parameters(function, given, inner)
        returns = self._run(path, function, inner)
        if shared:
            for name in state.names:
                if returns and name in returns[-1][0].names and name not in _param_names(function):
                    state.names[name] = returns[-1][0].names[name]
        state.ways = _recombined(ordered, marks, [item.ways for item, _ in returns])
        return _result(returns)

    def _run(self, path: str, function: Function, inner: State) -> list[tuple[State, Known]]:
        trace = self._trace
        trace.visited.add(path)
        frame = Frame(path, function)
        trace.frames.append(frame)
        self._active.append((path, function.name))
        kept, made = trace.step, len(trace.attempts)
        trace.run(function.body, inner)
        trace.step = kept
        if any(item.proves and item.path == path for item in trace.attempts[made:]):
            trace.rounds += [(path, line) for line in _ways_round(frame)]
        self._active.pop()
        trace.frames.pop()
        if not inner.dead:
            frame.returns.append((inner, FALSE))
        trace.frames[-1].throws.extend(frame.throws)
        return frame.returns

    def _parameters(self, function: Function, given: Arguments, inner: State) -> None:
        named = dict(given.names)
        texts = list(function.params)
        if texts and texts[0].partition(":")[0].strip() in ("self", "cls", "this"):
            texts = texts[1:]
        for index, text in enumerate(texts):
            value = given.places[index] if index < len(given.places) else None
            names = _names_in(text)
            if value is None and all(name in inner.names for name in names) and not named:
                continue
            if len(names) == 1 and not text.lstrip().startswith(("{", "[")):
                inner.names[names[0]] = named.get(names[0]) or value or UNKNOWN
                continue
            for name in names:
                if value is None and name in inner.names and not named:
                    # What the framework gives: `({ request, params })`.
                    continue
                member = value.field(name) if value else None
                inner.names[name] = member or (Known(value.tags - {CLOSED}) if value else UNKNOWN)
                if value and src.REQUEST in value.tags and src.is_request_name(name):
                    inner.names[name] = of_tags(src.REQUEST)

    def run_closure(self, closure: tuple[str, str], given: Arguments, state: State) -> Known:
        path, name = closure
        function = self._trace.lookup.function(path, name)
        if function is None:
            return UNKNOWN
        if closure == self._trace.handler:
            return self._run_handler(path, function, given, state)
        nested = bool(function.parent) or "@" in name
        return self.follow(path, function, given, state, shared=nested)

    def _run_handler(self, path: str, function: Function, given: Arguments, state: State) -> Known:
        """The wrapped handler, called by its wrapper."""
        trace = self._trace
        trace.handler_runs.append(len(trace.happenings))
        inner = State(state.ways, {**state.names, **trace.handler_names})
        known = tuple(item if item.tags or item.fields else UNKNOWN for item in given.places)
        result = self.follow(path, function, Arguments(known, given.names), inner, shared=True)
        state.ways = inner.ways
        return result


def _ways_round(frame: Frame) -> list[int]:
    """Where a check answers yes without having compared anything, the setting being there."""
    return [
        line
        for (state, value), line in zip(frame.returns, frame.lines, strict=False)
        if src.CONSTANT in value.tags
        and value.when_false == NEVER
        and not value.fields
        and any(not way & {VERIFIED, DEV, UNSET} for way in state.ways)
    ]


def _encloses(scope: str, path: str, here: str, function: Function) -> bool:
    return (
        path == here and bool(scope) and (function.parent == scope or function.parent.startswith(scope + "."))
    )


def _names_in(text: str) -> list[str]:
    """Local names a parameter binds."""
    stripped = text.strip()
    if stripped.startswith(("{", "[")):
        closing = stripped.rfind("}" if stripped[0] == "{" else "]")
        inner = stripped[1 : closing if closing > 0 else len(stripped)]
        names: list[str] = []
        for part in inner.split(","):
            local = part.partition("=")[0].rpartition(":")[2].strip(" .{}[]")
            if re.fullmatch(r"[\w$]+", local):
                names.append(local)
        return names
    found = _PARAM.match(stripped)
    return [found[1]] if found else []


def _param_names(function: Function) -> set[str]:
    return {name for text in function.params for name in _names_in(text)}


def _recombined(before: list[Way], marks: dict[int, str], ends: list[Ways]) -> Ways:
    """The caller's ways, each with what the callee made of it."""
    found: set[Way] = set()
    for ways in ends:
        for way in ways:
            gained = frozenset(fact for fact in way if is_global(fact))
            for index, mark in marks.items():
                if mark in way:
                    found.add(before[index] | (gained - set(marks.values())))
                    break
            else:
                found.update(outer | gained for outer in before)
    return frozenset(found)


def _result(returns: list[tuple[State, Known]]) -> Known:
    """What a function gives back, with what each way of returning it proves."""
    result: Known | None = None
    for state, value in returns:
        known = under(value, state.ways)
        result = known if result is None else merged(result, known)
    return result or Known(when_true=NEVER, when_false=NEVER)
