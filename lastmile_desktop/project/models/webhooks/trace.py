"""Follows a webhook handler step by step, through the project's own helpers, and notes which checks of the sender it
makes and what it does before and after them."""

from __future__ import annotations

import re

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.outline import Attempt, Branch, Call, Do, Function, Leave, Step, Value
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.calls import Calls
from lastmile_desktop.project.models.webhooks.checks import Arguments, Attempted, setting_name
from lastmile_desktop.project.models.webhooks.effects import Happening, classify
from lastmile_desktop.project.models.webhooks.follow import Follower
from lastmile_desktop.project.models.webhooks.frame import Assigned, Frame
from lastmile_desktop.project.models.webhooks.lookup import HookLookup
from lastmile_desktop.project.models.webhooks.slow import Slow, slow_kind
from lastmile_desktop.project.models.webhooks.state import Known, State, Way, Ways, joined
from lastmile_desktop.project.models.webhooks.steps import Steps
from lastmile_desktop.project.models.webhooks.values import Values

# Where a client gets its own keys from, once: `getCredentials()` of a host's connectors.
_SETS_UP = re.compile(r"(?i)credential|secret|token|connection|client|config")
_WITH_DEFAULT = frozenset({"Field", "os.getenv", "os.environ.get", "config", "env"})


class Trace:
    """One handler. `body_kind` says what the framework's `request.body` is: raw, parsed, drf or unknown."""

    def __init__(self, lookup: HookLookup, path: str, body_kind: str) -> None:
        self.lookup = lookup
        self.body_kind = body_kind
        self.attempts: list[Attempted] = []
        self.happenings: list[Happening] = []
        self.reads: list[Happening] = []
        self.slow: list[Slow] = []
        self.assignments: list[Assigned] = []
        self.unset_names: dict[str, int] = {}
        # Where the signature is compared with something that was not followed: (line, effects before it).
        self.doubts: list[tuple[int, int]] = []
        # Where a helper that checks the sender says yes without having compared anything.
        self.rounds: list[tuple[str, int]] = []
        self.next_states: list[State] = []
        self.visited: set[str] = {path}
        self.exhausted = False
        self.labels: list[tuple[str, ...]] = []
        self.catching = 0
        self.parsed_in_catch = False
        self.background = 0
        self.transaction = 0
        self.looping = 0
        self.floating = 0
        self.handler: tuple[str, str] | None = None
        self.handler_names: dict[str, Known] = {}
        self.handler_runs: list[int] = []
        self.frames: list[Frame] = [Frame(path, None)]
        self.values = Values(self)
        self.calls = Calls(self)
        self.follower = Follower(self)
        self._steps = Steps(self)
        self._lines: dict[str, list[str]] = {}
        self._constants: dict[tuple[str, str], Known | None] = {}
        self.step: Step | None = None

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
        self._steps.run(steps, state)

    def run_handler(self, path: str, function: Function, state: State) -> None:
        """Run the handler itself; its parameters are already in the state's names."""
        self.handler_runs.append(len(self.happenings))
        self.follower.follow(path, function, Arguments((), ()), state, shared=True)

    def met(self, yes: State, no: State, before: State) -> State:
        """Where the two sides of a conditional expression meet."""
        if not before.trusted:
            for good, bad in ((yes, no), (no, yes)):
                if good.trusted and good.proven and not bad.trusted:
                    bad.mark(f"bypass:{self.step.span.line if self.step else 0}@{self.path}")
        return joined((yes, no))

    def lines(self, path: str) -> list[str]:
        if path not in self._lines:
            self._lines[path] = (self.lookup.reads.text(path) or "").splitlines()
        return self._lines[path]

    def note(self, calls: tuple[Call, ...], state: State) -> None:
        """Remember what these calls do to the world."""
        for call in calls:
            if self.is_ours(call.callee) or (call.root in state.names and state.names[call.root].closure):
                continue
            self._note_slow(call, state)
            found = classify(call, self.language)
            if found is None:
                continue
            self.calls.happened(call, found, state)

    def _note_slow(self, call: Call, state: State) -> None:
        """Remember what the handler waits for; work in a catch is not what events usually cost."""
        kind = slow_kind(call)
        if not kind or self.catching or state.dead or self._waits_for_nothing(call):
            return
        if kind == "http" and _SETS_UP.search(self.scope):
            return
        labels = tuple(label for labels in self.labels for label in labels)
        where = (self.path, call.span.line)
        if all((item.path, item.line) != where for item in self.slow):
            name = call.callee[:60]
            self.slow.append(Slow(kind, name, *where, labels, self.background > 0, self.looping > 0))

    def _waits_for_nothing(self, call: Call) -> bool:
        """Whether the handler goes on without the answer: `send(…).catch(() => {})` as a statement of its own."""
        alone = isinstance(self.step, Do) and self.step.value is None
        return self.language != "python" and (
            self.floating > 0 or (alone and not call.awaited and _is_caught(call))
        )

    def line_of(self, callee: str) -> int:
        """The line of the call with this name in the step at hand."""
        step = self.step
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

    def doubt(self) -> None:
        """Note that the step at hand may check the sender in a way that was not followed."""
        self.doubts.append((self.step.span.line if self.step else 0, len(self.happenings)))

    def here(self) -> str:
        """The place of the step at hand."""
        return f"{self.path}:{self.step.span.line if self.step else 0}"

    def tested(self, value: Known) -> None:
        for number in value.attempts:
            self.attempts[number].tested = True

    def note_unset(self, name: str) -> None:
        if self.step is not None:
            self.unset_names.setdefault(name, self.step.span.line)

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

    def function_named(self, name: str) -> tuple[str, str] | None:
        """The function that a plain name stands for, when there is exactly one."""
        found = self.lookup.functions(self.path, self.scope, name)
        return (found[0][0], found[0][1].name) if len(found) == 1 else None

    def closure(self, name: str) -> tuple[str, str] | None:
        return (self.path, name) if self.lookup.function(self.path, name) else None

    def call(
        self, expr: ex.Invocation, callee: str, base: Known, given: Arguments, state: State, awaited: bool
    ) -> Known:
        return self.calls.value(expr, callee, base, given, state, awaited)

    def awaited(self, value: Known, state: State) -> Known:
        return self.calls.library.awaited(value, state)

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
        kept, self.step = self.step, step
        known = self.values.of(ex.of_value(step.value, self.language), State())
        self.step = kept
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


def _is_caught(call: Call) -> bool:
    return any(link.name in ("catch", "then", "finally") for link in call.links)


def _default_of(value: Value, language: str) -> ex.Expr | None:
    """The default in a settings class: the value itself, or the default of `os.environ.get("X", "")`."""
    expr = ex.of_value(value, language)
    if isinstance(expr, ex.Literal):
        return expr
    if isinstance(expr, ex.Invocation) and ex.dotted(expr.callee) in _WITH_DEFAULT:
        for key, inner in expr.keywords:
            if key == "default":
                return inner
        place = 0 if ex.dotted(expr.callee) == "Field" else 1
        return expr.args[place] if len(expr.args) > place else None
    if isinstance(expr, ex.Binary) and expr.op == "or":
        return expr.right
    return None
