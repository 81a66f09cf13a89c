"""Walks a middleware: what dominates the moment it lets the request through, and what it leaves on it."""

from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.project.code.outline import Function
from lastmile_desktop.project.models.guards import doubts
from lastmile_desktop.project.models.guards.chain_parts import Summary, replies_itself
from lastmile_desktop.project.models.guards.verifiers import symbols
from lastmile_desktop.project.models.routes.model import Doubt
from lastmile_desktop.project.models.walk import parameters
from lastmile_desktop.project.models.walk.binding import USER_ON_REQUEST
from lastmile_desktop.project.models.walk.flow import Frame, Handed, State, Trace, merge
from lastmile_desktop.project.models.walk.judge import Facts
from lastmile_desktop.project.models.walk.model import Walker
from lastmile_desktop.project.models.walk.seeds import request_value, seed_request
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint


def judged(
    walker: Walker, path: str, function: Function, onward: frozenset[str], facts: Facts | None
) -> Summary:
    """The summary of a function whose call of one of `onward` lets the request through."""
    start = _start(walker, path, function)
    frame = Frame(path, walker.scopes.outline(path), function, start, 0, onward)
    ended = walker.run(frame, State())
    trace = walker.trace
    passed = _passed(frame, trace, ended)
    name = function.name.rpartition(".")[2]
    unsure, again = _ways(path, function, frame, trace, passed, facts)
    return Summary(
        passed.guards,
        max(passed.admin, symbols().authority(name)) if passed.guards else passed.admin,
        tuple(trace.weak),
        tuple((key, _rowless(_looked_up(key, taint, walker))) for key, taint in trace.sets.items()),
        _handed(trace),
        (),
        frozenset(trace.files),
        again,
        unsure,
        bool(passed.held or passed.authorised),
    )


def _start(walker: Walker, path: str, function: Function) -> dict[str, Taint]:
    start = dict(walker.scopes.env(path))
    for param in function.params:
        for name in parameters.names(param):
            start.setdefault(name, CLEAN)
            if param.startswith("**"):
                start[name] = request_value(name)
    if function.params:
        for name in parameters.names(function.params[0]):
            seed_request(start, name)
    return start


def _passed(frame: Frame, trace: Trace, ended: State) -> State:
    """What is sure whichever way the request is let through."""
    if trace.passages:
        passed = trace.passages[0].state
        for passage in trace.passages[1:]:
            passed = merge(passed, passage.state)
        return passed
    function = frame.function
    silent = function is not None and frame.completions and frame.onward and not replies_itself(function)
    return State() if silent else ended


def _ways(
    path: str, function: Function, frame: Frame, trace: Trace, passed: State, facts: Facts | None
) -> tuple[tuple[Doubt, ...], tuple[tuple[str, Function, frozenset[str]], ...]]:
    """What is in doubt, and the function once more when some ways are guarded and others are not: which of them a
    request takes depends on its path."""
    ways = [passage.state for passage in trace.passages] or [item.state for item in frame.completions]
    mixed = not passed.guards and any(state.guards for state in ways)
    unsure = passed.doubts
    if not passed.guards and not mixed:
        unsure = next((state.doubts for state in ways if state.doubts), unsure)
    elif mixed and facts is not None and doubts.looks_at_path(function):
        unsure = (Doubt(function.name, path, function.span.line),)
    again = ((path, function, frame.onward),) if mixed and facts is None else ()
    return unsure, again


def _handed(trace: Trace) -> tuple[Handed, ...]:
    hands = trace.passages[-1].args if trace.passages else ()
    return tuple(
        Handed(_rowless(item.whole), tuple((name, _rowless(taint)) for name, taint in item.members))
        for item in hands
    )


def _rowless(taint: Taint) -> Taint:
    return replace(taint, rows=frozenset[int]())


def _looked_up(name: str, taint: Taint, walker: Walker) -> Taint:
    """`req.localUserId = account.id` in a middleware is the caller, unless the request said which account."""
    given = taint.labels & (Label.REQUEST | Label.CREDENTIAL)
    if not taint.rows or given or not USER_ON_REQUEST.match(name) or walker.rows.requested(taint.rows):
        return taint
    return taint | Taint(Label.IDENTITY)
