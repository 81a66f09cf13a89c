"""What comparing two values inside a webhook handler shows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.checks import (
    compare,
    compares_unread,
    proven,
    setting_name,
)
from lastmile_desktop.project.models.webhooks.state import ALWAYS, DEV, FRESH, UNKNOWN, Known, State, Ways

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.trace import Trace

_ENVIRONMENT = re.compile(
    r"(?:NODE_ENV|ENVIRONMENT|VERCEL_ENV|APP_ENV|DENO_ENV|FLASK_ENV|DJANGO_ENV|RAILS_ENV|\bENV|environment|node_env|env)$"
)
_PRODUCTION = frozenset({"production", "prod", "live"})
_BYPASS_FLAG = re.compile(r"(?:SKIP|BYPASS|DISABLE|INSECURE|UNVERIFIED|MOCK)_?\w*", re.IGNORECASE)
STATE_COLUMN = re.compile(
    r"(?:status|state|processed|paid|fulfilled|handled|completed|is_paid|processed_at|granted)$",
    re.IGNORECASE,
)
# The codes with which PostgREST and Prisma say that there is no such row.
_ABSENT_CODES = frozenset({"PGRST116", "P2025"})
_VERIFICATION_ANSWER = re.compile(r"verification_?status$", re.IGNORECASE)
_SENT = frozenset({src.REQUEST, src.SIGNATURE, *src.BODY})


class Comparisons:
    """Evaluates comparisons for a trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def compared(
        self, left: ex.Expr, right: ex.Expr, one: Known, other: Known, state: State, name: str
    ) -> Known:
        """The answer of a comparison for equality."""
        verdict = compare(one, other, left, right, self._trace.guarded(state))
        if not verdict.how:
            if compares_unread(one, other) or compares_unread(other, one):
                self._trace.doubt()
            return UNKNOWN
        if verdict.how == "compare" and not verdict.problem and (one.pending or other.pending):
            verdict = replace(verdict, problem="not-awaited")
        attempt = self._trace.attempt(name, verdict.how, verdict.problem, verdict.proves, verdict.detail)
        if verdict.problem.endswith("-fallback"):
            self._trace.attempts[attempt].place = src.place_of(one.tags | other.tags)
        return Known(when_true=proven() if verdict.proves else ALWAYS, attempts=frozenset({attempt}))

    def equal(self, expr: ex.Binary, state: State) -> Known:
        """`left == right` as a value."""
        for one, other in ((expr.left, expr.right), (expr.right, expr.left)):
            if isinstance(other, ex.Literal):
                special = self._equals_literal(one, other, state)
                if special is not None:
                    return special
        left, right = self._trace.values.of(expr.left, state), self._trace.values.of(expr.right, state)
        return self.compared(expr.left, expr.right, left, right, state, "==")

    def _equals_literal(self, expr: ex.Expr, literal: ex.Literal, state: State) -> Known | None:
        path = called(expr)
        if literal.value in _ABSENT_CODES:
            return Known(when_true=frozenset({frozenset({FRESH})}))
        if isinstance(expr, ex.Unary) and expr.op == "typeof":
            if literal.value == "undefined":
                return self._flipped(expr.operand, state)
            return UNKNOWN
        if literal.value in (None, False, "") or (
            literal.value == 0.0 and path.endswith((".length", "len", ".count"))
        ):
            inner = expr.object if isinstance(expr, ex.Attribute) and expr.name == "length" else expr
            if isinstance(inner, ex.Invocation) and path == "len" and inner.args:
                inner = inner.args[0]
            return self._flipped(inner, state)
        value = self._trace.values.of(expr, state)
        if literal.value is True:
            return value
        name = setting_name(value) or path
        if (
            isinstance(literal.value, str)
            and _ENVIRONMENT.search(name)
            and not value.has(src.REQUEST, *src.BODY)
        ):
            dev: Ways = frozenset({frozenset({DEV})})
            return Known(when_false=dev) if literal.value.lower() in _PRODUCTION else Known(when_true=dev)
        if value.has(src.SECRET) and _BYPASS_FLAG.search(name):
            return Known(when_true=frozenset({frozenset({DEV})}))
        if _VERIFICATION_ANSWER.search(path) and value.has(src.FETCHED):
            attempt = self._trace.attempt(path, "fetch", "", True, "")
            return Known(when_true=proven(), attempts=frozenset({attempt}))
        if value.has(src.ROW) and STATE_COLUMN.search(path):
            fresh: Ways = frozenset({frozenset({FRESH})})
            return Known(when_true=fresh, when_false=fresh)
        if value.attempts or any(FRESH in way for way in value.when_true):
            return Known(when_true=value.when_true, attempts=value.attempts)
        return Known(value.tags & _SENT)

    def _flipped(self, expr: ex.Expr, state: State) -> Known:
        value = self._trace.values.of(expr, state)
        yes, no = self._trace.values.truth(expr, value)
        return Known(when_true=no, when_false=yes, attempts=value.attempts)


def member_read(expr: ex.Invocation) -> str:
    """The member that `mapping.get("name")` reads."""
    first = expr.args[0] if expr.args else None
    if isinstance(expr.callee, ex.Attribute) and expr.callee.name == "get" and isinstance(first, ex.Literal):
        return first.value if isinstance(first.value, str) else ""
    return ""


def called(expr: ex.Expr) -> str:
    """The dotted name of an expression, `a.get("b")` read as `a.b`."""
    if isinstance(expr, ex.Invocation) and isinstance(expr.callee, ex.Attribute) and member_read(expr):
        return f"{ex.dotted(expr.callee.object)}.{member_read(expr)}"
    return ex.dotted(expr)
