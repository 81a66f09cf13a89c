"""What an expression inside a webhook handler stands for, and what testing it proves."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.checks import (
    Arguments,
    is_comparison,
    mac_of,
    mac_step,
    runs_later,
    setting_name,
)
from lastmile_desktop.project.models.webhooks.compare import STATE_COLUMN, Comparisons, called, member_read
from lastmile_desktop.project.models.webhooks.state import (
    ALWAYS,
    CLOSED,
    DEV,
    FALSE,
    FRESH,
    NEVER,
    TRUE,
    UNKNOWN,
    UNSET,
    Known,
    State,
    Ways,
    both,
    either,
    joined,
    merged,
    of_tags,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.trace import Trace

_DEV_FLAG = re.compile(
    r"(?:^|[._])(?:is_?dev(?:elopment)?(?:_?(?:mode|mock))?|is_?mock(?:_?mode)?|is_?local(?:host)?|is_?test(?:ing)?(?:_?mode)?|DEV|DEBUG|debug|"
    r"TESTING|development|__DEV__)$",
    re.IGNORECASE,
)
_PROD_FLAG = re.compile(r"(?:^|[._])(?:is_?prod(?:uction)?|PROD)$", re.IGNORECASE)
# Modules whose exports are settings: SvelteKit, Astro.
_SETTING_MODULES = ("$env/static/", "astro:env/")
_SENT = frozenset({src.REQUEST, src.SIGNATURE, *src.BODY})


class Values:
    """Evaluates expressions against a state; calls are handed to the trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.comparisons = Comparisons(trace)

    def of(self, expr: ex.Expr, state: State) -> Known:
        """The value of an expression. Calls in it happen: they may prove the sender or end the ways."""
        match expr:
            case ex.Name():
                return self._name(expr.id, state)
            case ex.Literal():
                return _literal(expr)
            case ex.Attribute():
                return self._attribute(expr, state)
            case ex.Invocation():
                return self._invocation(expr, state)
            case ex.Unary():
                return self._unary(expr, state)
            case ex.Binary():
                return self._binary(expr, state)
            case ex.Choice():
                return self._choice(expr, state)
            case ex.Record():
                return self._record(expr, state)
            case ex.Joined():
                inner = self._union(expr.parts, state)
                return Known(inner.tags - {src.CONSTANT} | src.literal(expr).tags)
            case ex.Closure():
                return Known(closure=self._trace.closure(expr.text))
            case ex.Several():
                return self._union(expr.parts, state)

    def test(self, expr: ex.Expr, state: State) -> tuple[State, State]:
        """The state where the expression holds, and the state where it does not."""
        match expr:
            case ex.Unary(op="not", operand=operand):
                yes, no = self.test(operand, state)
                return no, yes
            case ex.Unary(op="await", operand=ex.Binary() | ex.Unary() | ex.Choice() as operand):
                return self.test(operand, state)
            case ex.Binary(op="and", left=left, right=right):
                yes, no = self.test(left, state)
                right_yes, right_no = self.test(right, yes)
                return right_yes, joined((no, right_no))
            case ex.Binary(op="or" | "??", left=left, right=right):
                yes, no = self.test(left, state)
                right_yes, right_no = self.test(right, no)
                return joined((yes, right_yes)), right_no
            case ex.Invocation(callee=ex.Name(id="Boolean" | "bool"), args=(only,)):
                return self.test(only, state)
            case _:
                value = self.of(expr, state)
                self._trace.tested(value)
                yes, no = self.truth(expr, value)
                return state.assuming(yes), state.assuming(no)

    def truth(self, expr: ex.Expr, value: Known) -> tuple[Ways, Ways]:
        """What an atom proves when it holds and when it does not."""
        path = ex.plain_path(expr)
        yes, no = value.when_true, value.when_false
        if not path:
            return yes, no
        if _PROD_FLAG.search(path):
            return yes, both(no, frozenset({frozenset({DEV})}))
        if _DEV_FLAG.search(path) and not value.has(src.REQUEST, *src.BODY):
            return both(yes, frozenset({frozenset({DEV})})), no
        missing = {f"f:{path}"}
        if value.has(src.ROW):
            missing.add(FRESH)
        if value.has(src.SECRET) and not value.has(src.LITERAL, src.REQUEST, src.EVENT, *src.BODY):
            missing.add(UNSET)
            self._trace.note_unset(setting_name(value) or path)
        return both(yes, frozenset({frozenset({f"t:{path}"})})), both(no, frozenset({frozenset(missing)}))

    def _name(self, name: str, state: State) -> Known:
        known = state.names.get(name)
        if known is not None:
            return known
        constant = self._trace.constant(name)
        if constant is not None:
            return constant
        if self._trace.lookup.module_of(self._trace.path, name).startswith(_SETTING_MODULES):
            return src.setting(name)
        if src.is_request_name(name):
            return of_tags(src.REQUEST)
        closure = self._trace.function_named(name)
        return Known(closure=closure) if closure else UNKNOWN

    def _attribute(self, expr: ex.Attribute, state: State) -> Known:
        path = ex.plain_path(expr)
        if path:
            known = state.names.get(path)
            if known is not None:
                return known
            known_root = path.partition(".")[0] in state.names and ".env." not in path
            setting = None if known_root else self._trace.setting(path)
            if setting is not None:
                return setting
        return _member(self._trace, self.of(expr.object, state), expr.name)

    def _invocation(self, expr: ex.Invocation, state: State, *, awaited: bool = False) -> Known:
        callee = ex.dotted(expr.callee)
        base = self.of(expr.callee.object, state) if isinstance(expr.callee, ex.Attribute) else UNKNOWN
        key = member_read(expr)
        if key and base.has(src.ROW, src.EVENT, src.PARSED, src.FETCHED) and src.REQUEST not in base.tags:
            return _member(self._trace, base, key)
        if isinstance(expr.callee, ex.Invocation | ex.Closure):
            base = self.of(expr.callee, state)
        later = runs_later(callee)
        self._trace.background += later
        places = tuple(self.of(arg, state) for arg in expr.args)
        named = tuple((key, self.of(value, state)) for key, value in expr.keywords)
        self._trace.background -= later
        given = Arguments(places, named)
        setting = src.setting_of_call(expr)
        if setting is not None and not base.has(src.REQUEST):
            return self._placed(setting)
        read = src.request_call(callee, base, places, expr, self._trace.body_kind)
        if read is not None and ("." in callee or not self._trace.is_ours(callee)):
            return read
        step = mac_step(base, callee.rpartition(".")[2], given)
        if step is not None:
            if isinstance(expr.callee, ex.Attribute) and isinstance(expr.callee.object, ex.Name):
                state.names[expr.callee.object.id] = step
            return step
        if is_comparison(callee) and len(expr.args) >= 2 and not self._trace.is_ours(callee):
            return self.comparisons.compared(expr.args[0], expr.args[1], places[0], places[1], state, callee)
        listed = self._listed(expr, base, given, state)
        if listed is not None:
            return listed
        mac = mac_of(callee, given)
        if mac is not None and not self._trace.is_ours(callee):
            return replace(mac, pending=mac) if callee.endswith(("subtle.sign", "subtle.digest")) else mac
        return self._trace.call(expr, callee, base, given, state, awaited)

    def _listed(self, expr: ex.Invocation, base: Known, given: Arguments, state: State) -> Known | None:
        """Several signatures in one header: `sent.push(part)` gathers them, `sent.includes(expected)` compares."""
        callee = expr.callee
        if not isinstance(callee, ex.Attribute) or len(given.places) != 1:
            return None
        only = given.places[0]
        if callee.name in ("push", "append", "add") and isinstance(callee.object, ex.Name):
            if only.has(src.SIGNATURE) and callee.object.id in state.names:
                state.names[callee.object.id] = Known(base.tags - {src.CONSTANT} | only.tags)
            return None
        if callee.name == "includes" and src.MAC in only.tags and src.SIGNATURE in base.tags:
            return self.comparisons.compared(
                callee.object, expr.args[0], base, only, state, ex.dotted(callee)
            )
        return None

    def _unary(self, expr: ex.Unary, state: State) -> Known:
        if expr.op == "await":
            if isinstance(expr.operand, ex.Invocation):
                return self._trace.awaited(self._invocation(expr.operand, state, awaited=True), state)
            return self._trace.awaited(self.of(expr.operand, state), state)
        value = self.of(expr.operand, state)
        if expr.op == "not":
            # A promise that nobody waited for is there, whatever it will be.
            pending = value.pending is not None
            return replace(
                value if not pending else UNKNOWN,
                when_true=value.when_false,
                when_false=value.when_true,
                fields=(),
            )
        return value

    def _binary(self, expr: ex.Binary, state: State) -> Known:
        if expr.op in ("==", "!="):
            value = self.comparisons.equal(expr, state)
            if expr.op == "!=":
                return replace(value, when_true=value.when_false, when_false=value.when_true)
            return value
        if expr.op in ("and", "or", "??"):
            return self._either_or(expr, state)
        left, right = self.of(expr.left, state), self.of(expr.right, state)
        tags = (left.tags | right.tags) - {src.CONSTANT}
        if expr.op in (">", ">=", "<", "<=") and src.ROW in tags:
            fresh: Ways = frozenset({frozenset({FRESH})})
            return Known(when_false=fresh) if expr.op.startswith(">") else Known(when_true=fresh)
        if expr.op == "in" and src.ROW in left.tags and STATE_COLUMN.search(called(expr.left)):
            seen: Ways = frozenset({frozenset({FRESH})})
            return Known(when_true=seen, when_false=seen)
        if expr.op in ("+", "-") and src.ROW in tags:
            tags |= {src.SUM}
        return Known(tags if expr.op == "+" else tags - {src.MAC})

    def _either_or(self, expr: ex.Binary, state: State) -> Known:
        """`a and b`, `a or b`, as a value."""
        left = self.of(expr.left, state)
        self._trace.tested(left)
        yes, no = self.truth(expr.left, left)
        rest = state.assuming(yes if expr.op == "and" else no)
        skipped = state.assuming(no if expr.op == "and" else yes)
        right = self.of(expr.right, rest)
        state.become(joined((skipped, rest)) if not (skipped.dead and rest.dead) else state)
        right_yes, right_no = self.truth(expr.right, right)
        fields = tuple({**dict(right.fields), **dict(left.fields)}.items())
        tags = left.tags | right.tags if expr.op != "and" else right.tags | (left.tags - {src.SECRET})
        known = Known(tags - {src.CONSTANT}, fields=fields, attempts=left.attempts | right.attempts)
        if src.SECRET in left.tags and expr.op != "and":
            known = self._placed(src.with_fallback(known, expr.right))
        if expr.op == "and":
            return replace(known, when_true=both(yes, right_yes), when_false=either(no, both(yes, right_no)))
        return replace(known, when_true=either(yes, both(no, right_yes)), when_false=both(no, right_no))

    def _placed(self, known: Known) -> Known:
        """A setting with a literal that stands in for it remembers where that is written."""
        if known.has(src.EMPTY, src.LITERAL) and not any(tag.startswith("at:") for tag in known.tags):
            return known.tagged(f"at:{self._trace.here()}")
        return known

    def _choice(self, expr: ex.Choice, state: State) -> Known:
        yes, no = self.test(expr.test, state)
        then, otherwise = self.of(expr.then, yes), self.of(expr.otherwise, no)
        before = state.copy()
        state.become(self._trace.met(yes, no, before))
        if yes.dead or no.dead:
            return otherwise if yes.dead else then
        return merged(then, otherwise)

    def _record(self, expr: ex.Record, state: State) -> Known:
        fields: dict[str, Known] = {}
        tags: frozenset[str] = frozenset()
        spread = False
        for key, value in expr.entries:
            known = self.of(value, state)
            tags |= known.tags
            if key == "...":
                spread = True
                fields.update(known.fields)
            else:
                fields[key] = known
        closed = frozenset() if spread else frozenset({CLOSED})
        return Known(tags - {src.CONSTANT} | closed, ALWAYS, NEVER, tuple(fields.items()))

    def _union(self, parts: tuple[ex.Expr, ...], state: State) -> Known:
        tags: frozenset[str] = frozenset()
        attempts: frozenset[int] = frozenset()
        pending: Known | None = None
        for part in parts:
            known = self.of(part, state)
            tags |= known.tags
            attempts |= known.attempts
            pending = pending or known.pending
        return Known(tags, attempts=attempts, pending=pending)


def _literal(expr: ex.Literal) -> Known:
    if expr.value in (None, False, "", 0.0):
        return replace(FALSE, tags=src.literal(expr).tags)
    return replace(TRUE, tags=src.literal(expr).tags)


def _member(trace: Trace, base: Known, name: str) -> Known:
    """`base.name`."""
    if name in ("length", "byteLength", "size"):
        return Known(base.tags & {src.ROW})
    inner = base.field(name)
    if inner is not None:
        return inner
    if CLOSED in base.tags:
        return replace(FALSE, tags=base.tags)
    member = src.request_member(base, name, trace.language, trace.body_kind)
    if member is not None:
        return member
    if src.REQUEST in base.tags:
        if name in (
            "headers",
            "query",
            "params",
            "META",
            "nextUrl",
            "searchParams",
            "url",
            "req",
            "raw",
            "args",
        ):
            return of_tags(src.REQUEST)
        return src.header(name)
    if not base.tags - {src.CONSTANT} and src.looks_secret(name):
        return of_tags(src.SECRET, f"setting:{name}")
    if src.ROW in base.tags and STATE_COLUMN.search(name):
        return Known(base.tags, when_false=frozenset({frozenset({FRESH})}))
    kept = base.tags - {src.CONSTANT}
    if src.PARSED in kept:
        kept |= {src.FIELD}
    return Known(kept, attempts=base.attempts) if kept or base.attempts else UNKNOWN
