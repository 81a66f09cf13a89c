"""Follows the statements of a webhook handler: what runs before what, what leaves early, where checking is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Exit,
    Leave,
    Loop,
    Step,
    Value,
    calls_within,
)
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.constant_time import covers, folded
from lastmile_desktop.project.models.webhooks.effects import Deed, Happening, classify
from lastmile_desktop.project.models.webhooks.frame import Assigned
from lastmile_desktop.project.models.webhooks.providers import imported_from
from lastmile_desktop.project.models.webhooks.state import (
    FALSE,
    FRESH,
    NEVER,
    UNKNOWN,
    Known,
    State,
    joined,
    merged,
    under,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.trace import Trace

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
# A browser that comes back, not an event: providers send events with POST.
_VISIT = re.compile(r"^\(?\s*[\w.]*\bmethod\s*={2,3}\s*['\"](?:GET|HEAD|OPTIONS)['\"]\s*\)?$")
_RETRIES = re.compile(r"attempt|retr(?:y|ies)\b|\btries\b", re.IGNORECASE)
_CASE = re.compile(r"^\s*(?:case\b|default\b)")


class Steps:
    """Runs steps for a trace; states are changed in place."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._breaks: list[list[State]] = []
        self._count = 0

    def run(self, steps: tuple[Step, ...], state: State) -> None:
        """Follow steps in order; the state is changed in place."""
        for step in steps:
            self._count += 1
            if self._count > _BUDGET:
                self._trace.exhausted = True
                return
            if state.dead:
                return
            self._trace.step = step
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

    def _do(self, step: Do, state: State) -> None:
        outer = _outermost(step.calls)
        if step.value is not None:
            value = self.evaluate(step.value, outer, state)
            self._bind(step, value, outer, state)
            self._remember(step, value, state)
        else:
            for call in outer:
                self._trace.values.of(ex.of_call(call, self._trace.language), state)
        self._trace.step = step
        self._trace.note(step.calls, state)
        if any(self._never_returns(call) for call in outer):
            self._trace.frames[-1].throws.append(state.copy())
            state.ways = NEVER

    def _remember(self, step: Do, value: Known, state: State) -> None:
        """Keep `record.status = …`: objects that are saved later."""
        for target in step.targets:
            if "." in target and not target.startswith(("this.", "self.", "module.", "process.", "os.")):
                labels = tuple(label for labels in self._trace.labels for label in labels)
                self._trace.assignments.append(
                    Assigned(self._trace.path, step.span.line, target, value.tags, state.ways, labels)
                )

    def _never_returns(self, call: Call) -> bool:
        """Whether a call always raises: `abort(400)`, `error(400)`, `notFound()`."""
        if call.callee in ("process.exit", "sys.exit", "flask.abort"):
            return True
        sources = _RAISES.get(call.callee)
        return sources is not None and imported_from(
            self._trace.lookup.module_of(self._trace.path, call.root), sources
        )

    def evaluate(self, value: Value, outer: tuple[Call, ...], state: State) -> Known:
        """A right-hand side. Where it is one chain of calls, the outline's own chain is used: it names the functions
        written in place."""
        expr = (
            ex.parse(value.text, self._trace.language) if value.literal is None else ex.Literal(value.literal)
        )
        if value.function:
            return Known(closure=(self._trace.path, value.function))
        inner = expr.operand if isinstance(expr, ex.Unary) and expr.op == "await" else expr
        if isinstance(inner, ex.Invocation) and len(outer) == 1:
            return self._trace.values.of(ex.of_call(outer[0], self._trace.language), state)
        return self._trace.values.of(expr, state)

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
            if several and target in step.targets[-1:] and _makes_or_finds(step):
                known = Known(known.tags - {src.ROW}, when_true=frozenset({frozenset({FRESH})}))
            elif src.ROW in known.tags and "err" in target.lower():
                known = Known(known.tags - {src.ROW})
            elif _ASKED_BEFORE.search(target) and self._reads_rows(step):
                known = Known(known.tags | {src.ROW}, when_false=frozenset({frozenset({FRESH})}))
            if several and member is None and value.closure:
                known = UNKNOWN
            state.assign(target, known)

    def _reads_rows(self, step: Do) -> bool:
        effects = (classify(call, self._trace.language) for call in step.calls)
        return any(effect is not None and effect.deed is Deed.READ for effect in effects)

    def _leave(self, step: Leave, state: State) -> None:
        value = FALSE
        if step.value is not None:
            value = self.evaluate(step.value, _outermost(step.calls), state)
            self._trace.step = step
            self._trace.note(step.calls, state)
        frame = self._trace.frames[-1]
        if step.how is Exit.RETURN:
            frame.returns.append((state.copy(), value))
            frame.lines.append(step.span.line)
        else:
            frame.throws.append(state.copy())
        state.ways = NEVER

    def _branch(self, step: Branch, state: State) -> None:
        if _VISIT.match(step.test):
            self.run(step.orelse, state)
            return
        before = state.trusted
        yes, no = self._trace.values.test(ex.parse(step.test, self._trace.language), state.copy())
        self._trace.step = step
        self._trace.note(step.calls, state)
        asked = yes.trusted != no.trusted and not (yes.dead or no.dead)
        proven = yes.proven != no.proven
        is_case = _is_case(self._lines(), step)
        self._trace.labels.append(tuple(_LABEL.findall(step.test)) if self._trace.language else ())
        if is_case:
            self._breaks.append([])
        start = len(self._trace.happenings)
        self.run(step.then, yes)
        middle = len(self._trace.happenings)
        self._trace.labels.pop()
        if is_case:
            yes.become(joined((yes, *self._breaks.pop())))
        elif self._breaks and not yes.dead and _jumps(self._lines(), step):
            self._breaks[-1].append(yes.copy())
            yes.ways = NEVER
        self.run(step.orelse, no)
        if not before:
            self._lost(step, yes, no, asked, proven)
            self._explain(step, (start, middle), yes, no)
        state.become(joined((yes, no)))

    def _lines(self) -> list[str]:
        return self._trace.lines(self._trace.path)

    def _lost(self, step: Branch, yes: State, no: State, asked: bool, proven: bool) -> None:
        """Say where one side of a branch goes on without the check that the other side makes."""
        for good, bad in ((yes, no), (no, yes)):
            if good.trusted and not good.dead and not bad.trusted and good.proven:
                bad.mark(f"{'continue' if asked else 'bypass'}:{step.span.line}@{self._trace.path}")
            elif asked and good.dead and proven and not (bad.dead or bad.trusted):
                # The right sender is turned away, and everybody else goes on.
                bad.mark(f"continue:{step.span.line}@{self._trace.path}")

    def _explain(self, step: Branch, then: tuple[int, int], yes: State, no: State) -> None:
        """What happened on the unchecked side of a branch happened because of the branch."""
        ends = ((range(*then), no), (range(then[1], len(self._trace.happenings)), yes))
        for places, other in ends:
            if other.trusted and not other.dead:
                for index in places:
                    self._trace.happenings[index].bypass = (
                        self._trace.happenings[index].bypass or step.span.line
                    )

    def _attempt(self, step: Attempt, state: State) -> None:
        before = state.copy()
        frame = self._trace.frames[-1]
        outer_throws, frame.throws = frame.throws, []
        checks = len(self._trace.attempts)
        start = len(self._trace.happenings)
        self.run(step.body, state)
        inside = [*self._trace.happenings[start:], *self._given_to_session(step, start)]
        thrown, frame.throws = frame.throws, outer_throws
        ends = [state.copy()]
        asked = any(item.proves for item in self._trace.attempts[checks:])
        for handler in step.handlers:
            entry = joined((before, *thrown))
            for name, known in state.names.items():
                entry.names.setdefault(name, _before_failing(known, state))
            if asked:
                entry.mark(f"swallow:{_catch_line(self._lines(), step, handler)}@{self._trace.path}")
            self._trace.catching += 1
            parsed = self._trace.parsed_in_catch
            self._trace.parsed_in_catch = False
            self.run(handler, entry)
            self._trace.parsed_in_catch = parsed
            self._trace.catching -= 1
            ends.append(entry)
            if not entry.dead:
                for item in inside:
                    item.caught = max(item.caught, step.span.line_end)
        if not step.handlers:
            frame.throws.extend(thrown)
        state.become(joined(ends))
        self.run(step.final, state)

    def _given_to_session(self, step: Attempt, start: int) -> list[Happening]:
        """Rows that a session was given before, where this `try` holds the flush that writes them."""
        flushes = any(call.callee.endswith((".flush", ".commit")) for call in calls_within(step.body))
        earlier = self._trace.happenings[:start] if flushes else []
        return [item for item in earlier if item.call.callee.endswith(".add")]

    def _loop(self, step: Loop, state: State) -> None:
        outer = _outermost(step.calls)
        for call in outer:
            known = self._trace.values.of(ex.of_call(call, self._trace.language), state)
            for name in call.assigned:
                state.assign(name.rpartition(":")[2], known)
        self._trace.step = step
        self._trace.note(step.calls, state)
        is_block = step.kind == "with"
        opens = is_block and _TRANSACTION.search(step.header) is not None
        self._bind_loop(step, state)
        body = state if is_block else state.copy()
        compared = None if is_block else self._folded(step, state)
        self._trace.transaction += opens
        each = not is_block and _RETRIES.search(step.header) is None
        self._trace.looping += each
        self._breaks.append([])
        self.run(step.body, body)
        exits = self._breaks.pop()
        self._trace.looping -= each
        self._trace.transaction -= opens
        if not is_block:
            state.become(joined((state, body, *exits)))
        if compared is not None:
            state.assign(*compared)

    def _folded(self, step: Loop, state: State) -> tuple[str, Known] | None:
        """The variable that a loop over the letters of two texts folds their difference into."""
        trace = self._trace
        for inner in step.body:
            pair = folded(inner, trace.language) if isinstance(inner, Do) else None
            scope = trace.frames[-1].function
            if not isinstance(inner, Do) or pair is None or scope is None:
                continue
            lines = "\n".join(self._lines()[scope.span.line - 1 : scope.span.line_end])
            if not covers(pair, step.header, lines):
                continue
            trace.step = inner
            one, other = trace.values.of(pair[0], state), trace.values.of(pair[1], state)
            known = trace.values.comparisons.compared(*pair, one, other, state, "^")
            if known.attempts:
                return inner.targets[0], Known(when_false=known.when_true, attempts=known.attempts)
        return None

    def _bind_loop(self, step: Loop, state: State) -> None:
        """`for (const item of items)`: items are as trusted as what they come from."""
        found = re.match(
            r"(?:async )?for(?: await)? ?\(?(?:const|let|var)? ?([\w\s,{}\[\]]+?) (?:of|in) (.+?)\)?:?$",
            step.header,
        )
        if not found or step.calls:
            return
        known = self._trace.values.of(ex.parse(found[2], self._trace.language), state)
        for name in re.findall(r"\w+", found[1]):
            state.assign(name, Known(known.tags, attempts=known.attempts))


def _outermost(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """The calls of a step that are in no other call's arguments."""
    inner = {
        id(nested) for call in calls for link in call.links for arg in link.args or () for nested in arg.calls
    }
    places = {
        (nested.span, nested.callee)
        for call in calls
        for link in call.links
        for arg in link.args or ()
        for nested in arg.calls
    }
    return tuple(call for call in calls if id(call) not in inner and (call.span, call.callee) not in places)


def _makes_or_finds(step: Do) -> bool:
    """`row, created = Model.objects.get_or_create(…)`: the last name says whether the row is new."""
    return any(call.callee.endswith("get_or_create") for call in step.calls)


def _before_failing(known: Known, state: State) -> Known:
    """A name that the `try` gave a value, as the `catch` sees it: what a check returned is not there yet."""
    if src.EVENT in known.tags or known.attempts:
        return merged(under(known, state.ways), FALSE)
    return known


def _catch_line(lines: list[str], step: Attempt, handler: tuple[Step, ...]) -> int:
    """The line of the `catch` or `except` in front of a handler."""
    start = max((item.span.line_end for item in step.body), default=step.span.line)
    end = min(handler[0].span.line if handler else step.span.line_end, len(lines))
    for number in range(end, start - 1, -1):
        if 0 < number <= len(lines) and _CATCH.search(lines[number - 1]):
            return number
    return start


def _jumps(lines: list[str], step: Branch) -> bool:
    """Whether the `then` side ends with break or continue, which outlines do not keep."""
    if any(isinstance(inner, Loop | Branch) for inner in step.then):
        return False
    last = min((item.span.line for item in step.orelse), default=step.span.line_end)
    text = "\n".join(lines[step.span.line - 1 : last])
    return len(text) < 4_000 and _JUMP.search(text) is not None


def _is_case(lines: list[str], step: Branch) -> bool:
    """Whether a branch is a case of a switch."""
    return 0 < step.span.line <= len(lines) and _CASE.match(lines[step.span.line - 1]) is not None
