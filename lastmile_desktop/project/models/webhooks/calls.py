"""What a call inside a webhook handler gives, and what it does to the world."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.outline import Call, Function, Value
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.checks import Arguments, proven, verifier_for
from lastmile_desktop.project.models.webhooks.constant_time import (
    Comparison,
    comparison_of,
    signs_and_compares,
    works_with_digests,
)
from lastmile_desktop.project.models.webhooks.effects import Deed, Effect, Happening
from lastmile_desktop.project.models.webhooks.foreign import Foreign
from lastmile_desktop.project.models.webhooks.library import Library
from lastmile_desktop.project.models.webhooks.reads import Found
from lastmile_desktop.project.models.webhooks.state import ALWAYS, UNKNOWN, Known, State

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.trace import Trace

_TOUCHED = frozenset({src.RAW, src.PARSED, src.EVENT, src.FETCHED, src.REENCODED, src.BODY_OBJECT, src.ROW})


class Calls:
    """Tells a library's check from the project's own functions and from everything else."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.library = Library(trace)
        self._foreign = Foreign(trace)

    def value(
        self, expr: ex.Invocation, callee: str, base: Known, given: Arguments, state: State, awaited: bool
    ) -> Known:
        trace = self._trace
        if callee == "next" and "next" in (state.names.get("next") or UNKNOWN).tags and not given.places:
            trace.next_states.append(state.copy())
            return UNKNOWN
        closure = self._closure_called(expr, state)
        if closure is not None:
            return trace.follower.run_closure(closure, given, state)
        module = trace.lookup.module_of(trace.path, callee.partition(".")[0])
        hook = self.library.hook_class(given, base, callee, module)
        if hook is not None:
            return (
                hook
                if isinstance(hook, Known)
                else self.library.class_check(hook, base, given, state, callee)
            )
        found = trace.lookup.functions(trace.path, trace.scope, callee, base.made_by)
        by_name = None if found and "." not in callee else verifier_for(callee, trace.language, module)
        if by_name is not None and not (found and by_name.sources):
            return self.library.check(by_name, given, state, callee)
        own = comparison_of(found[0][1]) if len(found) == 1 and len(given.places) == 2 else None
        if own is not None:
            return self._compared(own, expr, given, state, callee)
        if awaited and len(found) == 1 and self._checks_signature(found[0][1], given):
            number = trace.attempt(callee, "hmac", "", True, "")
            return Known(when_true=proven(), attempts=frozenset({number}))
        if found and not expr.is_new and not self._is_namesake(found, expr, state):
            made = len(trace.attempts)
            value = trace.follower.ours(found, given, state, awaited)
            if len(trace.attempts) == made and any(works_with_digests(item) for _, item in found):
                trace.doubt()
            return value
        return self._foreign.value(expr, callee, base, given, state)

    def _is_namesake(self, found: tuple[Found, ...], expr: ex.Invocation, state: State) -> bool:
        """Whether a method is only called like the function at hand: `sync.processWebhook(…)` on a local object."""
        frame = self._trace.frames[-1]
        owner = expr.callee.object if isinstance(expr.callee, ex.Attribute) else None
        return (
            isinstance(owner, ex.Name)
            and owner.id in state.names
            and all(path == frame.path and function.name == frame.scope for path, function in found)
        )

    def _checks_signature(self, function: Function, given: Arguments) -> bool:
        raw = any(src.RAW in item.tags for item in given.all())
        signed = any(item.tags & {src.SIGNATURE, src.REQUEST} for item in given.all())
        return raw and signed and signs_and_compares(function)

    def _compared(
        self, own: Comparison, expr: ex.Invocation, given: Arguments, state: State, callee: str
    ) -> Known:
        """The answer of a comparison that the project writes itself."""
        trace = self._trace
        one, other = given.places
        known = trace.values.comparisons.compared(expr.args[0], expr.args[1], one, other, state, callee)
        if own is Comparison.EQUAL or not known.attempts:
            return known
        if own is Comparison.UNEQUAL:
            return replace(known, when_true=known.when_false, when_false=known.when_true)
        for number in known.attempts:
            trace.attempts[number].problem = trace.attempts[number].problem or "not-the-signature"
            trace.attempts[number].proves = False
        return replace(known, when_true=ALWAYS)

    def happened(self, call: Call, effect: Effect, state: State) -> None:
        """Note an effect with what is known here."""
        trace = self._trace
        args = [arg for link in call.links for arg in link.args or ()]
        columns, tags = self._written(effect, args, state.copy())
        if effect.deed is Deed.READ and not tags & {src.PARSED, src.EVENT, src.FETCHED, src.RAW}:
            return
        if effect.deed is Deed.CALL and args and not tags & _TOUCHED:
            return
        if effect.deed is Deed.OUTBOUND and "asks-provider" in tags:
            return
        kept = trace.reads if effect.deed is Deed.READ else trace.happenings
        kept.append(
            Happening(
                effect,
                call,
                trace.path,
                call.span.line,
                trace.scope,
                state.unproven(),
                state.ways,
                tags,
                tuple(label for labels in trace.labels for label in labels),
                len(trace.happenings),
                trace.catching > 0 and not trace.parsed_in_catch,
                trace.background > 0,
                trace.transaction > 0,
                trace.looping > 0,
                columns=tuple(columns),
            )
        )

    def _written(
        self, effect: Effect, args: list[Value], state: State
    ) -> tuple[list[tuple[str, frozenset[str]]], frozenset[str]]:
        """The columns written and where all arguments come from. Looking again must leave no traces."""
        trace = self._trace
        before = len(trace.attempts), len(trace.happenings), len(trace.reads)
        columns = [column for value in effect.values for column in self._columns(value, state)]
        tags: set[str] = set()
        for arg in args:
            known = trace.values.of(ex.of_value(arg, trace.language), state)
            tags |= known.tags | {tag for _, member in known.fields for tag in member.tags}
        del trace.attempts[before[0] :], trace.happenings[before[1] :], trace.reads[before[2] :]
        return columns, frozenset(tags)

    def _columns(self, value: Value, state: State) -> list[tuple[str, frozenset[str]]]:
        """What is written to which column, also when the row was put together before."""
        trace = self._trace
        if not value.entries:
            known = trace.values.of(ex.of_value(value, trace.language), state)
            return [(key, member.tags) for key, member in known.fields]
        columns: list[tuple[str, frozenset[str]]] = []
        for key, entry in value.entries:
            known = trace.values.of(ex.of_value(entry, trace.language), state)
            if key == "...":
                columns += [(name, member.tags) for name, member in known.fields]
            else:
                columns.append((key, known.tags))
        return columns

    def _closure_called(self, expr: ex.Invocation, state: State) -> tuple[str, str] | None:
        match expr.callee:
            case ex.Name(id=name):
                known = state.names.get(name)
                return known.closure if known else None
            case ex.Closure(text=name):
                return self._trace.closure(name)
            case _:
                return None
