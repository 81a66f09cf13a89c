"""Walks a route's code in the order it runs: which checks come first, which effects follow, whose rows they touch.

The walk follows helpers of the project up to `MAX_DEPTH` calls deep and stops after `MAX_STEPS` statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Exit,
    Function,
    Leave,
    Loop,
    Step,
    Value,
    steps_within,
)
from lastmile_desktop.project.models.guards import doubts
from lastmile_desktop.project.models.routes import dispatch
from lastmile_desktop.project.models.routes.model import Doubt, Guard
from lastmile_desktop.project.models.routes.row_watch import RowWatch
from lastmile_desktop.project.models.walk import exclusions, parameters
from lastmile_desktop.project.models.walk.binding import bind_targets
from lastmile_desktop.project.models.walk.callees import Callees, Target
from lastmile_desktop.project.models.walk.flow import Completion, Frame, State, Trace, merge
from lastmile_desktop.project.models.walk.judge import Facts, Judge
from lastmile_desktop.project.models.walk.outcome import outcome
from lastmile_desktop.project.models.walk.scopes import Scopes
from lastmile_desktop.project.models.walk.seeds import rename_sets
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint, taint_of
from lastmile_desktop.project.models.walk.values import (
    Results,
    atom_taint,
    called,
    made_with,
    place,
    shown_rows,
    value_taint,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.models.guards.chain_parts import Summary

    Around = Callable[[str, Call, Function | None], Summary]

MAX_DEPTH = 5
MAX_STEPS = 2_500

# What Koa sends back is what stands there in the end.
_ANSWERED = frozenset(("ctx.body", "context.body", "ctx.response.body", "context.response.body", "this.body"))
_LOOP_BINDING = re.compile(
    r"(?:const|let|var|async for|for)?\s*\(?\s*(?:const|let|var)?\s*([\w$,\s{}\[\]()]{1,200}?)\s+"
    r"(?:of|in)\s+(.+?)\)?:?$"
)
_WITH_NAME = re.compile(r"\bas\s+\(?([A-Za-z_]\w*)")
_ON = re.compile(r"\bnext\s*\(|[rR]esponse\b")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
_FLAG = re.compile(
    r"auth|admin|service|allow|permit|trusted|internal|verified|signed|cron|valid", re.IGNORECASE
)


class Walker:
    """One walk. `trace` gathers what was seen; states flow through the steps. `facts` answers tests whose value is
    known (the path of the request), `denies` names returned values that refuse the request, `around` judges decorators
    and wrappers of helpers."""

    def __init__(
        self,
        callees: Callees,
        scopes: Scopes,
        facts: Facts | None = None,
        denies: Callable[[str], bool] | None = None,
        around: Around | None = None,
    ) -> None:
        from lastmile_desktop.project.models.calls.walk import CallWalk

        self.callees = callees
        self.scopes = scopes
        self.trace = Trace()
        self.rows = RowWatch(self.trace)
        self.judge = Judge(self.trace, self.rows, facts)
        self._denies = denies
        self._around = around
        self._calls = CallWalk(self)
        self._active: set[tuple[str, str]] = set()
        self.refused: Doubt | None = None

    def block(self, steps: tuple[Step, ...], frame: Frame, state: State) -> State:
        for step in steps:
            if state.left or self.trace.steps > MAX_STEPS:
                break
            self.trace.steps += 1
            state = self._step(step, frame, state)
        return state

    def _step(self, step: Step, frame: Frame, state: State) -> State:
        match step:
            case Do():
                return self._do(step, frame, state)
            case Leave():
                return self._leave(step, frame, state)
            case Branch():
                return self._branch(step, frame, state)
            case Attempt():
                return self._attempt(step, frame, state)
            case Loop():
                return self._loop(step, frame, state)

    def _do(self, step: Do, frame: Frame, state: State) -> State:
        if step.skips:
            return state.leaving()
        state = self.judge.dereferenced(step, frame, state)
        state = doubts.left(state, step, frame)
        state, results = self._run_calls(step.calls, frame, state)
        if step.value is not None and step.targets:
            taint = value_taint(step.value, frame.env, results)
            taint |= self.judge.answer(step.value.text, frame, state, results)
            taint |= _flagged(step, frame, state)
            state = dispatch.assigned(state, step.targets) if state.perhaps else state
            for target in step.targets:
                self.rows.changed(target, frame)
                if target in _ANSWERED:
                    self.rows.expose(shown_rows(step.value, frame.env, results), state)
            bind_targets(step, taint, frame, results, self.trace, self._item(step.value, frame))
        return state

    def _item(self, value: Value, frame: Frame) -> Value | None:
        """The object in `rows.map((row) => ({ … }))`."""
        last = value.calls[0].links[-1] if value.calls and value.calls[0].links else None
        if last is None or last.name != "map" or not last.args or not last.args[0].function:
            return None
        function = self.callees.functions(frame.path).get(last.args[0].function)
        steps = function.body if function is not None else ()
        return next((step.value for step in steps if isinstance(step, Leave) and step.value), None)

    def _run_calls(self, calls: tuple[Call, ...], frame: Frame, state: State) -> tuple[State, Results]:
        """Run calls in order. Results are kept by place and by dotted name, for the expression around them."""
        results: Results = {}
        for call in calls:
            if state.left:
                break
            callee = called(call)
            state, taint = self._calls.run(call, callee, frame, state, results)
            if call.links and call.links[-1].args is None:
                taint = taint.opened
            results[place(call)] = taint
            results[callee] = results[callee] | taint if callee in results else taint
        return state, results

    def _leave(self, step: Leave, frame: Frame, state: State) -> State:
        if step.how is Exit.RETURN:
            state = doubts.left(self.judge.dereferenced(step, frame, state), step, frame)
        state, results = self._run_calls(step.calls, frame, state)
        if state.left or step.how is Exit.THROW:
            return state.leaving()
        value = step.value
        if value is None:
            frame.completions.append(Completion(state, CLEAN, ""))
        elif self._denies is None or not self._denies(value.text):
            taint = value_taint(value, frame.env, results) | self.judge.answer(
                value.text, frame, state, results
            )
            shown = shown_rows(value, frame.env, results)
            if frame.depth == 0:
                self.rows.expose(shown, state)
            frame.completions.append(Completion(state, taint, value.text, shown))
        return state.leaving()

    def _branch(self, step: Branch, frame: Frame, state: State) -> State:
        state, results = self._run_calls(step.calls, frame, state)
        if state.left:
            return state
        condition = self.judge.known(step, frame, state)
        if isinstance(condition, bool):
            return self.block(step.then if condition else step.orelse, frame, state)
        refused = exclusions.refused(step)
        then, orelse, excludes = self.judge.split(condition, step.span.line, frame, state, results, refused)
        if not (then.guarded or orelse.guarded):
            doubt = doubts.of_branch(step, frame, results, self.rows.by_credential)
            then, orelse = doubts.doubted(then, doubt[0]), doubts.doubted(orelse, doubt[1])
        elif (
            not excludes
            and then.authorised | orelse.authorised <= state.authorised
            and doubts.may_hold(step, frame, results)
        ):
            then, orelse = replace(then, held=True), replace(orelse, held=True)
        then = dispatch.entered(then, step, True, frame, self.callees)
        orelse = dispatch.entered(orelse, step, False, frame, self.callees)
        ends = self.block(step.then, frame, then), self.block(step.orelse, frame, orelse)
        return dispatch.joined(state, step, frame, (then, orelse), ends)

    def _attempt(self, step: Attempt, frame: Frame, state: State) -> State:
        after = self.block(step.body, frame, state)
        for handler in step.handlers:
            handled = self.block(handler, frame, replace(state, handling=True))
            after = merge(after, replace(handled, handling=state.handling))
        if not step.final:
            return after
        ended = self.block(step.final, frame, replace(after, left=False))
        return ended.leaving() if after.left else ended

    def _loop(self, step: Loop, frame: Frame, state: State) -> State:
        state, results = self._run_calls(step.calls, frame, state)
        if step.kind == "with":
            for name in _WITH_NAME.findall(step.header):
                frame.bind(name, atom_taint(step.header, frame.env, results), keep=False)
            return self.block(step.body, frame, state)
        bound = _LOOP_BINDING.match(step.header)
        over = CLEAN
        if bound:
            over = taint = atom_taint(bound.group(2), frame.env, results)
            known = parameters.members(frame.env, bound.group(2))
            for name in _IDENTIFIER.findall(bound.group(1)):
                if name not in ("const", "let", "var"):
                    frame.bind(name, taint, keep=False)
                    frame.env.update({f"{name}.{key}": member for key, member in known.items()})
        ended = replace(self.block(step.body, frame, state), left=False)
        # What leaves unless every item passes holds for the whole list afterwards.
        skips = any(isinstance(inner, Do) and inner.skips for inner in steps_within(step.body))
        checked = frozenset[str]() if skips else ended.authorised & over.origins
        merged = merge(state, ended)
        return replace(merged, authorised=merged.authorised | checked) if checked else merged

    def enter(
        self, target: Target, frame: Frame, state: State, results: Results
    ) -> tuple[State, Taint] | None:
        """Walk a function of the project as called from here; None when it is too deep or already running."""
        key = (target.path, target.function.name)
        if frame.depth >= MAX_DEPTH or key in self._active or self.trace.steps > MAX_STEPS:
            return None
        inside = frame.function is not None and target.function.name.startswith(frame.function.name + ".")
        shared = inside and target.path == frame.path
        env = frame.env if shared else self.scopes.env(target.path)
        outline = self.scopes.outline(target.path)
        inner = Frame(target.path, outline, target.function, dict(env), frame.depth + 1)
        inner.onward = frame.onward if shared else frozenset()
        self._bind_arguments(inner.env, target.function, target.args, target.bound, frame, results)
        self._bind_object(inner.env, target, frame, results)
        self._active.add(key)
        claims = len(self.trace.weak)
        ended = self.run(inner, _decorated(target, state, inner.env, self._around))
        self.refused = doubts.of_answers(inner.completions)
        self._active.discard(key)
        name = target.function.name.rpartition(".")[2] or target.function.name
        given = outcome(inner.completions, state, name)
        if given.labels & Label.IDENTITY and not given.labels & Label.CLAIMED:
            # It read an unproved session first, and proved it then.
            del self.trace.weak[claims:]
        return ended, given

    @staticmethod
    def _bind_arguments(
        env: dict[str, Taint],
        function: Function,
        args: tuple[Value, ...],
        bound: bool,
        frame: Frame,
        results: Results,
    ) -> None:
        given = [
            (arg.name, _addressed(arg, value_taint(arg, frame.env, results), frame), arg) for arg in args
        ]
        parameters.bind(
            env, function, given, bound, frame.env, lambda value: value_taint(value, frame.env, results)
        )

    def _bind_object(self, env: dict[str, Taint], target: Target, frame: Frame, results: Results) -> None:
        """What the object of a method holds: from the call that made it, or the caller's own object."""
        for name, taint in frame.env.items():
            if name.startswith(("this.", "self.")):
                env.setdefault(name, taint)
        constructor = self.callees.constructor(target) if target.maker is not None else None
        if target.maker is None or constructor is None:
            return
        maker = target.maker
        args = next((link.args for link in maker.links if link.args is not None), ())
        python = constructor.name.endswith("__init__")
        made: dict[str, Taint] = {}
        kept = {
            place(call): frame.env.get(made_with(maker, index), CLEAN)
            for index, arg in enumerate(args)
            for call in arg.calls[:1]
        }
        self._bind_arguments(made, constructor, args, python, frame, results | kept)
        holder = "self" if python else "this"
        env.update({f"{holder}.{name}": taint for name, taint in made.items()})
        for step in constructor.body:
            if isinstance(step, Do) and step.value is not None:
                for assigned in step.targets:
                    if assigned.startswith(f"{holder}."):
                        env[assigned] = taint_of(step.value.text, made)

    def run(self, frame: Frame, state: State) -> State:
        """Walk the function of a frame to its ends; the state that is sure when it has come back."""
        self.trace.files.add(frame.path)
        if frame.function is not None:
            self.callees.note((f"{frame.path}#{frame.function.name}",))
        final = self.block(frame.function.body if frame.function else (), frame, state)
        if not final.left:
            frame.completions.append(Completion(final, CLEAN, ""))
        if not frame.completions:
            return state.leaving()
        after = frame.completions[0].state
        for completion in frame.completions[1:]:
            after = merge(after, completion.state)
        if not after.guarded:
            self.trace.parted += _parted(frame.completions)
        return replace(after, left=False) if after.left else after

    def callback(
        self, function: Function, frame: Frame, state: State, args: tuple[Taint, ...]
    ) -> tuple[State, Taint]:
        """Walk an inline function where it is passed; it shares the variables around it. The state at
        its end, and what it gives back, with the rows that are given away."""
        key = (frame.path, function.name)
        if key in self._active or self.trace.steps > MAX_STEPS:
            return state, CLEAN
        env = dict(frame.env)
        inner = Frame(
            frame.path,
            frame.outline,
            function,
            env,
            frame.depth,
            frame.onward,
            [],
            frame.texts,
            frame.documents,
        )
        for index, param in enumerate(function.params):
            taint = args[min(index, len(args) - 1)] if args else CLEAN
            env.update(dict.fromkeys(parameters.names(param), taint))
        self._active.add(key)
        ended = self.run(inner, state)
        self._active.discard(key)
        back = CLEAN
        for completion in inner.completions:
            taint = completion.taint
            back |= Taint(taint.labels, taint.origins, completion.shown)
        return ended, back


def _parted(completions: list[Completion]) -> list[Guard]:
    """The guards of those that have one, when all others let the request on."""
    on = (item.text for item in completions if not item.state.guarded)
    return (
        [item.state.guards[0] for item in completions if item.state.guards]
        if all(map(_ON.search, on))
        else []
    )


def _flagged(step: Do, frame: Frame, state: State) -> Taint:
    """`let isAuthorized = false` … `isAuthorized = true` behind a check of the caller: from there on it stands for
    that check, unless some other way sets it without one."""
    name = step.targets[0]
    if step.value is None or step.value.text not in ("true", "True") or not _FLAG.search(name):
        return CLEAN
    known = frame.env.get(name, CLEAN)
    guard = next((item for item in state.guards if not item.conditional), None)
    if guard is None:
        frame.env[name] = CLEAN
        return CLEAN
    fresh = frame.texts.get(name) in ("false", "False")
    return Taint(Label.IDENTITY, via=guard.name) if fresh or known.labels & Label.IDENTITY else CLEAN


def _addressed(arg: Value, taint: Taint, frame: Frame) -> Taint:
    """A variable that holds an address takes it along into the helper that calls it."""
    held = frame.texts.get(arg.text, "") if not taint.text else ""
    return taint | Taint(text=held) if "://" in held and len(held) <= 200 else taint


def _decorated(target: Target, state: State, env: dict[str, Taint], around: Around | None) -> State:
    """A helper that carries its own check, as a decorator or a wrapper, runs behind it, with what it put on the
    request."""
    if around is None:
        return state
    for call in (*target.function.decorators, *target.function.wrapped_by):
        summary = around(target.path, call, target.function)
        for guard in summary.guards if not state.guarded else ():
            state = state.with_guard(guard)
        for doubt in summary.doubts:
            state = state.with_doubt(doubt)
        state = replace(state, admin=max(state.admin, summary.admin))
        rename_sets(env, target.function, summary.sets)
    return state
