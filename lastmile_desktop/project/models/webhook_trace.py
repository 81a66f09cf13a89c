"""Follows a webhook handler step by step, through the project's own helpers, and notes which checks of the sender it
makes and what it does before and after them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lastmile_desktop.project.code import expression as ex
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
)
from lastmile_desktop.project.models import webhook_sources as src
from lastmile_desktop.project.models.webhook_calls import Calls
from lastmile_desktop.project.models.webhook_checks import Arguments, Attempted, setting_name
from lastmile_desktop.project.models.webhook_effects import Deed, Happening, classify
from lastmile_desktop.project.models.webhook_lookup import HookLookup
from lastmile_desktop.project.models.webhook_providers import imported_from
from lastmile_desktop.project.models.webhook_state import (
    FALSE,
    FRESH,
    NEVER,
    UNKNOWN,
    Known,
    State,
    Way,
    Ways,
    joined,
)
from lastmile_desktop.project.models.webhook_values import Values

_BUDGET = 12_000
_RAISES = {
    "abort": ("flask", "werkzeug", "quart", "bottle", "flask_restful", "flask_smorest"),
    "error": ("@sveltejs/kit",),
    "redirect": ("@sveltejs/kit", "next/navigation"),
    "notFound": ("next/navigation", "@tanstack/react-router"),
    "permanentRedirect": ("next/navigation",),
    "unauthorized": ("next/navigation",),
    "forbidden": ("next/navigation",),
}
_LABEL = re.compile(r"""['"]([A-Za-z][\w.:/*-]{2,60})['"]""")
_JUMP = re.compile(
    r"^\s*(?:\}\s*)?(?:break|continue)\s*;?\s*(?://.*|#.*)?$|\{\s*(?:break|continue);?\s*\}|\)\s*(?:break|continue);",
    re.M,
)
_ASKED_BEFORE = re.compile(r"exist|already|duplicate|processed|previous|prior", re.IGNORECASE)
_CATCH = re.compile(r"\bcatch\b|\bexcept\b")
_TRANSACTION = re.compile(r"transaction|atomic|\.begin\b|session_scope")
_CASE = re.compile(r"^\s*(?:case\b|default\b)")


@dataclass(slots=True)
class Frame:
    """A function being followed."""

    path: str
    function: Function | None
    returns: list[tuple[State, Known]] = field(default_factory=list[tuple[State, Known]])
    throws: list[State] = field(default_factory=list[State])

    @property
    def scope(self) -> str:
        return self.function.name if self.function else ""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A member of an object that is given a value."""

    path: str
    line: int
    target: str
    tags: frozenset[str]
    ways: Ways
    labels: tuple[str, ...]


class Trace:
    """One handler. `body_kind` says what the framework's `request.body` is: raw, parsed, drf or unknown."""

    def __init__(self, lookup: HookLookup, path: str, body_kind: str) -> None:
        self.lookup = lookup
        self.body_kind = body_kind
        self.attempts: list[Attempted] = []
        self.happenings: list[Happening] = []
        self.reads: list[Happening] = []
        self.assignments: list[Assigned] = []
        self.unset_names: dict[str, int] = {}
        self.next_states: list[State] = []
        self.visited: set[str] = {path}
        self.exhausted = False
        self.labels: list[tuple[str, ...]] = []
        self.catching = 0
        self.parsed_in_catch = False
        self.background = 0
        self.transaction = 0
        self.looping = 0
        self.handler: tuple[str, str] | None = None
        self.handler_names: dict[str, Known] = {}
        self.handler_runs: list[int] = []
        self.frames: list[Frame] = [Frame(path, None)]
        self.values = Values(self)
        self.calls = Calls(self)
        self._lines: dict[str, list[str]] = {}
        self._breaks: list[list[State]] = []
        self._constants: dict[tuple[str, str], Known | None] = {}
        self._steps = 0
        self._step: Step | None = None

    @property
    def path(self) -> str:
        return self.frames[-1].path

    @property
    def scope(self) -> str:
        return self.frames[-1].scope

    @property
    def language(self) -> str:
        return "python" if self.lookup.is_python(self.path) else "typescript"

    def run(self, steps: tuple[Step, ...], state: State) -> None:
        """Follow steps in order; the state is changed in place."""
        for step in steps:
            self._steps += 1
            if self._steps > _BUDGET:
                self.exhausted = True
                return
            if state.dead:
                return
            self._step = step
            match step:
                case Do():
                    self._do(step, state)
                case Leave():
                    self._leave(step, state)
                case Branch():
                    self._branch(step, state)
                case Attempt():
                    self._attempt(step, state)
                case Loop():
                    self._loop(step, state)

    def run_handler(self, path: str, function: Function, state: State) -> None:
        """Run the handler itself; its parameters are already in the state's names."""
        self.handler_runs.append(len(self.happenings))
        self.calls.follow(path, function, Arguments((), ()), state, shared=True)

    def _do(self, step: Do, state: State) -> None:
        outer = self._outermost(step.calls, step.value)
        if step.value is not None:
            value = self.evaluate(step.value, outer, state)
            self._bind(step, value, outer, state)
            self._remember(step, value, state)
        else:
            for call in outer:
                self.values.of(ex.of_call(call, self.language), state)
        self._step = step
        self._note(step.calls, state)
        if any(self._never_returns(call) for call in outer):
            self.frames[-1].throws.append(state.copy())
            state.ways = NEVER

    def _remember(self, step: Do, value: Known, state: State) -> None:
        """Keep `record.status = …`: objects that are saved later."""
        for target in step.targets:
            if "." in target and not target.startswith(("this.", "self.", "module.", "process.", "os.")):
                labels = tuple(label for labels in self.labels for label in labels)
                self.assignments.append(
                    Assigned(self.path, step.span.line, target, value.tags, state.ways, labels)
                )

    def _never_returns(self, call: Call) -> bool:
        """Whether a call always raises: `abort(400)`, `error(400)`, `notFound()`."""
        if call.callee in ("process.exit", "sys.exit", "flask.abort"):
            return True
        sources = _RAISES.get(call.callee)
        return sources is not None and imported_from(self.lookup.module_of(self.path, call.root), sources)

    def evaluate(self, value: Value, outer: tuple[Call, ...], state: State) -> Known:
        """A right-hand side. Where it is one chain of calls, the outline's own chain is used: it names the functions
        written in place."""
        expr = ex.parse(value.text, self.language) if value.literal is None else ex.Literal(value.literal)
        if value.function:
            return Known(closure=(self.path, value.function))
        inner = expr.operand if isinstance(expr, ex.Unary) and expr.op == "await" else expr
        if isinstance(inner, ex.Invocation) and len(outer) == 1:
            return self.values.of(ex.of_call(outer[0], self.language), state)
        return self.values.of(expr, state)

    def _outermost(self, calls: tuple[Call, ...], value: Value | None) -> tuple[Call, ...]:
        """The calls of a step that are in no other call's arguments."""
        del value
        inner = {
            id(nested)
            for call in calls
            for link in call.links
            for arg in link.args or ()
            for nested in arg.calls
        }
        places = {
            (nested.span, nested.callee)
            for call in calls
            for link in call.links
            for arg in link.args or ()
            for nested in arg.calls
        }
        return tuple(
            call for call in calls if id(call) not in inner and (call.span, call.callee) not in places
        )

    def _bind(self, step: Do, value: Known, outer: tuple[Call, ...], state: State) -> None:
        keys = {
            local: key
            for call in outer
            for key, _, local in (item.partition(":") for item in call.assigned)
            if local
        }
        several = len(step.targets) > 1 or bool(keys)
        for target in step.targets:
            member = value.field(keys.get(target, target))
            if member is None and several and value.fields:
                member = FALSE
            known = member or value
            if src.ROW in known.tags and "err" in target.lower():
                known = Known(known.tags - {src.ROW})
            elif _ASKED_BEFORE.search(target) and self._reads_rows(step):
                known = Known(known.tags | {src.ROW}, when_false=frozenset({frozenset({FRESH})}))
            if several and member is None and value.closure:
                known = UNKNOWN
            state.assign(target, known)

    def _reads_rows(self, step: Do) -> bool:
        effects = (classify(call, self.language) for call in step.calls)
        return any(effect is not None and effect.deed is Deed.READ for effect in effects)

    def _leave(self, step: Leave, state: State) -> None:
        value = FALSE
        if step.value is not None:
            value = self.evaluate(step.value, self._outermost(step.calls, step.value), state)
            self._step = step
            self._note(step.calls, state)
        frame = self.frames[-1]
        if step.how is Exit.RETURN:
            frame.returns.append((state.copy(), value))
        else:
            frame.throws.append(state.copy())
        state.ways = NEVER

    def _branch(self, step: Branch, state: State) -> None:
        before = state.trusted
        yes, no = self.values.test(ex.parse(step.test, self.language), state.copy())
        self._step = step
        self._note(step.calls, state)
        asked = yes.trusted != no.trusted and not (yes.dead or no.dead)
        is_case = self._is_case(step)
        self.labels.append(tuple(_LABEL.findall(step.test)) if self.language else ())
        if is_case:
            self._breaks.append([])
        start = len(self.happenings)
        self.run(step.then, yes)
        middle = len(self.happenings)
        self.labels.pop()
        if is_case:
            yes.become(joined((yes, *self._breaks.pop())))
        elif self._breaks and not yes.dead and self._jumps(step):
            self._breaks[-1].append(yes.copy())
            yes.ways = NEVER
        self.run(step.orelse, no)
        if not before:
            self._lost(step, yes, no, asked)
            self._explain(step, (start, middle), yes, no)
        state.become(joined((yes, no)))

    def _lost(self, step: Branch, yes: State, no: State, asked: bool) -> None:
        """Say where one side of a branch goes on without the check that the other side makes."""
        for good, bad in ((yes, no), (no, yes)):
            if good.trusted and not good.dead and not bad.trusted and good.proven:
                bad.mark(f"{'continue' if asked else 'bypass'}:{step.span.line}")

    def _explain(self, step: Branch, then: tuple[int, int], yes: State, no: State) -> None:
        """What happened on the unchecked side of a branch happened because of the branch."""
        ends = ((range(*then), no), (range(then[1], len(self.happenings)), yes))
        for places, other in ends:
            if other.trusted and not other.dead:
                for index in places:
                    self.happenings[index].bypass = self.happenings[index].bypass or step.span.line

    def met(self, yes: State, no: State, before: State) -> State:
        """Where the two sides of a conditional expression meet."""
        line = self._step.span.line if self._step else 0
        if not before.trusted:
            for good, bad in ((yes, no), (no, yes)):
                if good.trusted and not good.dead and not bad.trusted:
                    bad.mark(f"bypass:{line}")
        return joined((yes, no))

    def _attempt(self, step: Attempt, state: State) -> None:
        before = state.copy()
        frame = self.frames[-1]
        outer_throws, frame.throws = frame.throws, []
        checks = len(self.attempts)
        self.run(step.body, state)
        thrown, frame.throws = frame.throws, outer_throws
        ends = [state.copy()]
        asked = any(item.proves for item in self.attempts[checks:])
        for handler in step.handlers:
            entry = joined((before, *thrown))
            for name, known in state.names.items():
                entry.names.setdefault(name, known)
            if asked:
                entry.mark(f"swallow:{self._catch_line(step, handler)}")
            self.catching += 1
            parsed = self.parsed_in_catch
            self.parsed_in_catch = False
            self.run(handler, entry)
            self.parsed_in_catch = parsed
            self.catching -= 1
            ends.append(entry)
        if not step.handlers:
            frame.throws.extend(thrown)
        state.become(joined(ends))
        self.run(step.final, state)

    def _catch_line(self, step: Attempt, handler: tuple[Step, ...]) -> int:
        lines = self.lines(self.path)
        start = max((item.span.line_end for item in step.body), default=step.span.line)
        end = min(handler[0].span.line if handler else step.span.line_end, len(lines))
        for number in range(end, start - 1, -1):
            if 0 < number <= len(lines) and _CATCH.search(lines[number - 1]):
                return number
        return start

    def _loop(self, step: Loop, state: State) -> None:
        outer = self._outermost(step.calls, None)
        for call in outer:
            known = self.values.of(ex.of_call(call, self.language), state)
            for name in call.assigned:
                state.assign(name.rpartition(":")[2], known)
        self._step = step
        self._note(step.calls, state)
        is_block = step.kind == "with"
        opens = is_block and _TRANSACTION.search(step.header) is not None
        self._bind_loop(step, state)
        body = state if is_block else state.copy()
        self.transaction += opens
        self.looping += not is_block
        self._breaks.append([])
        self.run(step.body, body)
        exits = self._breaks.pop()
        self.looping -= not is_block
        self.transaction -= opens
        if not is_block:
            state.become(joined((state, body, *exits)))

    def _bind_loop(self, step: Loop, state: State) -> None:
        """`for (const item of items)`: items are as trusted as what they come from."""
        found = re.match(
            r"(?:async )?for(?: await)? ?\(?(?:const|let|var)? ?([\w\s,{}\[\]]+?) (?:of|in) (.+?)\)?:?$",
            step.header,
        )
        if not found or step.calls:
            return
        known = self.values.of(ex.parse(found[2], self.language), state)
        for name in re.findall(r"\w+", found[1]):
            state.assign(name, Known(known.tags, attempts=known.attempts))

    def _jumps(self, step: Branch) -> bool:
        """Whether the `then` side ends with break or continue, which outlines do not keep."""
        if any(isinstance(inner, Loop | Branch) for inner in step.then):
            return False
        last = min((item.span.line for item in step.orelse), default=step.span.line_end)
        text = "\n".join(self.lines(self.path)[step.span.line - 1 : last])
        return len(text) < 4_000 and _JUMP.search(text) is not None

    def _is_case(self, step: Branch) -> bool:
        lines = self.lines(self.path)
        return 0 < step.span.line <= len(lines) and _CASE.match(lines[step.span.line - 1]) is not None

    def lines(self, path: str) -> list[str]:
        if path not in self._lines:
            self._lines[path] = (self.lookup.reads.text(path) or "").splitlines()
        return self._lines[path]

    def _note(self, calls: tuple[Call, ...], state: State) -> None:
        """Remember what these calls do to the world."""
        for call in calls:
            if self.is_ours(call.callee) or (call.root in state.names and state.names[call.root].closure):
                continue
            found = classify(call, self.language)
            if found is None:
                continue
            self.calls.happened(call, found, state)

    def line_of(self, callee: str) -> int:
        """The line of the call with this name in the step at hand."""
        step = self._step
        if step is None:
            return 0
        last = callee.rpartition(".")[2]
        for call in step.calls if not isinstance(step, Attempt) else ():
            if call.callee == callee:
                return call.span.line
        for call in step.calls if not isinstance(step, Attempt) else ():
            if any(link.name == last for link in call.links) or call.root == last:
                return call.span.line
        return step.span.line

    def attempt(self, name: str, how: str, problem: str, proves: bool, detail: str) -> int:
        """Note a check of the sender; its number stands for its answer."""
        line = self.line_of(name)
        self.attempts.append(
            Attempted(self.path, line, name, how, problem, proves, order=len(self.happenings), detail=detail)
        )
        return len(self.attempts) - 1

    def here(self) -> str:
        """The place of the step at hand."""
        return f"{self.path}:{self._step.span.line if self._step else 0}"

    def tested(self, value: Known) -> None:
        for number in value.attempts:
            self.attempts[number].tested = True

    def note_unset(self, name: str) -> None:
        if self._step is not None:
            self.unset_names.setdefault(name, self._step.span.line)

    def guarded(self, state: State) -> frozenset[str]:
        """Names of settings that are known to be there on every way."""
        found: set[str] = set()
        facts = frozenset[str].intersection(*state.ways) if state.ways else frozenset[str]()
        for fact in facts:
            if fact.startswith("t:"):
                path = fact[2:]
                known = state.names.get(path) or self.constant(path.partition(".")[0]) or self.setting(path)
                found.add(setting_name(known) if known else path)
                found.add(path.rpartition(".")[2])
        return frozenset(found)

    def is_ours(self, callee: str) -> bool:
        """Whether a called name is a function of the project."""
        return bool(self.lookup.functions(self.path, self.scope, callee)) if callee else False

    def closure(self, name: str) -> tuple[str, str] | None:
        return (self.path, name) if self.lookup.function(self.path, name) else None

    def call(
        self, expr: ex.Invocation, callee: str, base: Known, given: Arguments, state: State, awaited: bool
    ) -> Known:
        return self.calls.value(expr, callee, base, given, state, awaited)

    def awaited(self, value: Known, state: State) -> Known:
        return self.calls.awaited(value, state)

    def setting(self, path: str) -> Known | None:
        """A setting by its dotted name, with the default that a settings class gives it."""
        known = src.setting_of_path(path)
        if known is None:
            return None
        default = self.lookup.reads.class_default(setting_name(known)) if self.language == "python" else None
        if default is not None:
            return src.with_fallback(known, _default_of(default, self.language))
        return known

    def constant(self, name: str) -> Known | None:
        """The value of a module-level name, here or where it is imported from."""
        key = (self.path, name)
        if key not in self._constants:
            self._constants[key] = None
            self._constants[key] = self._constant(name)
        return self._constants[key]

    def _constant(self, name: str) -> Known | None:
        home, local = self.lookup.home_of(self.path, name)
        step = self.lookup.constant(home, local) if home else None
        if step is None or step.value is None:
            return None
        if step.value.function:
            return Known(closure=(home, step.value.function))
        self.frames.append(Frame(home, None))
        kept, self._step = self._step, step
        known = self.values.of(ex.of_value(step.value, self.language), State())
        self._step = kept
        self.frames.pop()
        return known

    def module_ways(self, path: str) -> Ways:
        """What the module's own top level makes sure of (`if (!secret) throw …`)."""
        facts: set[str] = set()
        outline = self.lookup.reads.outline(path)
        for step in outline.top if outline else ():
            if isinstance(step, Branch) and any(isinstance(inner, Leave) for inner in step.then):
                _, no = self.values.test(ex.parse(step.test, self.language), State())
                if len(no.ways) == 1:
                    facts |= {fact for way in no.ways for fact in way if fact.startswith("t:")}
        way: Way = frozenset(facts)
        return frozenset({way})


def _default_of(value: Value, language: str) -> ex.Expr | None:
    """The default in a settings class: the value itself, or the default of `os.environ.get("X", "")`."""
    expr = ex.of_value(value, language)
    if isinstance(expr, ex.Literal):
        return expr
    if isinstance(expr, ex.Invocation):
        if ex.dotted(expr.callee) in ("Field", "os.getenv", "os.environ.get", "config", "env"):
            for key, inner in expr.keywords:
                if key == "default":
                    return inner
            place = 0 if ex.dotted(expr.callee) == "Field" else 1
            return expr.args[place] if len(expr.args) > place else None
    if isinstance(expr, ex.Binary) and expr.op == "or":
        return expr.right
    return None
