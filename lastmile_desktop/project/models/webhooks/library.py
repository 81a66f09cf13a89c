"""Signature checks that libraries make, and when their answer counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.checks import Arguments, judge_verifier, proven
from lastmile_desktop.project.models.webhooks.providers import (
    VerifierCall,
    VerifierClass,
    hook_table,
    imported_from,
)
from lastmile_desktop.project.models.webhooks.state import (
    ALWAYS,
    NEVER,
    UNKNOWN,
    VERIFIED,
    Known,
    State,
    both,
    of_tags,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.trace import Trace

# How settings with the secret of such a class are called; an API key is another thing.
_SETTING_OF_CLASSES = "WEBHOOK|WHSEC|SIGNING|HOOK|SVIX|ENDPOINT"
_WORTHLESS = frozenset({"key-from-sender", "public-secret"})


class Library:
    """Judges library verifiers for a trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def awaited(self, value: Known, state: State) -> Known:
        """The value of a promise."""
        if value.pending is None:
            return value
        state.ways = both(state.ways, value.pending_ways)
        for number in value.attempts:
            attempt = self._trace.attempts[number]
            if attempt.when_awaited is not None:
                attempt.problem, attempt.when_awaited = attempt.when_awaited, None
                attempt.proves = attempt.problem not in _WORTHLESS
        return self.awaited(value.pending, state)

    def hook_class(
        self, given: Arguments, base: Known, callee: str, module: str
    ) -> Known | VerifierClass | None:
        """`new Webhook(secret)` gives an object that remembers its secret; its `verify` is a check."""
        last = callee.rpartition(".")[2]
        for item in hook_table().classes:
            if base.made_by == f"hook:{item.names[0]}" and last == item.method:
                return item
            if last in item.names and imported_from(module, item.sources):
                secret = given.places[0] if given.places else UNKNOWN
                return Known(made_by=f"hook:{item.names[0]}", fields=(("secret", secret),))
        return None

    def class_check(
        self, item: VerifierClass, base: Known, given: Arguments, state: State, callee: str
    ) -> Known:
        as_call = VerifierCall(
            callee,
            item.fails,
            body=item.body,
            signature=item.signature,
            secret=("secret",),
            secret_setting=_SETTING_OF_CLASSES,
            asynchronous=item.asynchronous,
            key=item.key,
        )
        secret = base.field("secret")
        named = (("secret", secret),) if secret is not None else ()
        return self.check(as_call, Arguments(given.places, (*given.names, *named)), state, callee)

    def check(self, item: VerifierCall, given: Arguments, state: State, callee: str) -> Known:
        trace = self._trace
        problem, proves, detail = judge_verifier(item, given, trace.guarded(state))
        if item.asynchronous:
            number = trace.attempt(callee, item.fails, "not-awaited", False, detail)
            trace.attempts[number].when_awaited = problem
            trace.attempts[number].place = _fallback_place(item, given)
            answer = self._answer(item, number, proves)
            ways = proven() if item.fails == "throws" and proves else ALWAYS
            return Known(
                of_tags(src.EVENT).tags,
                ALWAYS,
                NEVER,
                (),
                pending=answer,
                pending_ways=ways,
                attempts=answer.attempts,
            )
        number = trace.attempt(callee, item.fails, problem, proves, detail)
        trace.attempts[number].sync = item.sync_crypto
        trace.attempts[number].place = _fallback_place(item, given)
        if item.fails == "throws" and proves:
            state.add(VERIFIED)
        return self._answer(item, number, proves)

    def _answer(self, item: VerifierCall, number: int, proves: bool) -> Known:
        attempts = frozenset({number})
        ways = proven() if proves else ALWAYS
        if item.fails == "boolean":
            return Known(when_true=ways, attempts=attempts)
        if item.fails == "field":
            return Known(fields=((item.field, Known(when_true=ways, attempts=attempts)),), attempts=attempts)
        return Known(of_tags(src.EVENT).tags, attempts=attempts)


def _fallback_place(item: VerifierCall, given: Arguments) -> tuple[str, int]:
    secret = given.pick(item.secret) if item.secret else None
    return src.place_of(secret.tags) if secret is not None else ("", 0)
