"""Webhooks that a library makes from settings: `export const POST = Webhooks({ webhookSecret, onOrderPaid })`."""

from __future__ import annotations

from dataclasses import dataclass

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.outline import Call, Function, Value
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.checks import Arguments
from lastmile_desktop.project.models.webhooks.entries import Entry
from lastmile_desktop.project.models.webhooks.lookup import HookLookup
from lastmile_desktop.project.models.webhooks.providers import VerifierCall, hook_table, imported_from
from lastmile_desktop.project.models.webhooks.state import State, of_tags
from lastmile_desktop.project.models.webhooks.trace import Trace

_NAMES = "WEBHOOK|HOOK|SIGNING"
_SECRETS = ("webhookSecret", "webhookKey", "secret", "signingSecret")


@dataclass(frozen=True, slots=True)
class Configured:
    """The call that makes the handler, and the functions it calls with verified events."""

    call: Call
    options: Value
    callbacks: tuple[Function, ...]


def configured(lookup: HookLookup, entry: Entry) -> Configured | None:
    """The library call behind an entry; None when its handler is no such thing."""
    step = lookup.constant(entry.path, entry.handler) if entry.handler else None
    call = step.value.calls[0] if step and step.value and step.value.calls else None
    if call is None:
        return None
    module = lookup.module_of(entry.path, call.root)
    last = call.callee.rpartition(".")[2]
    if not any(last in item.names and imported_from(module, item.sources) for item in hook_table().wrappers):
        return None
    options = next((arg for arg in call.args if arg.entries), None)
    if options is None or not any(options.entry(name) for name in _SECRETS):
        return None
    named = [value.function for _, value in options.entries if value.function]
    callbacks = [found for name in named if (found := lookup.function(entry.path, name))]
    return Configured(call, options, tuple(callbacks)) if callbacks else None


def trace_configured(lookup: HookLookup, entry: Entry, found: Configured) -> Trace:
    """Check the secret that the library is given, then run the callbacks with a verified event."""
    trace = Trace(lookup, entry.path, "raw")
    trace.step = lookup.constant(entry.path, entry.handler)
    state = State(trace.module_ways(entry.path))
    given = next(value for name in _SECRETS if (value := found.options.entry(name)) is not None)
    secret = trace.values.of(ex.of_value(given, trace.language), state)
    check = VerifierCall(found.call.callee, "throws", secret=("secret",), secret_setting=_NAMES)
    trace.calls.library.check(check, Arguments((), (("secret", secret),)), state, found.call.callee)
    for function in found.callbacks:
        inner = State(state.ways)
        trace.follower.follow(entry.path, function, Arguments((of_tags(src.EVENT),), ()), inner)
    return trace
