"""Entries that other companies call, and how each proves who is calling (catalogue §4.4, payments)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.routes.model import EntryKind, Route
from lastmile_desktop.project.models.webhooks.branches import through_webhook
from lastmile_desktop.project.models.webhooks.configured import configured, trace_configured
from lastmile_desktop.project.models.webhooks.effects import Happening
from lastmile_desktop.project.models.webhooks.entries import Entry, entries, is_skipped, worth_reading
from lastmile_desktop.project.models.webhooks.finder import is_certain, is_webhook, provider_of
from lastmile_desktop.project.models.webhooks.handling import handler_of, trace_of, user_guard
from lastmile_desktop.project.models.webhooks.judgement import Fault, Proof, is_doubtful, judge
from lastmile_desktop.project.models.webhooks.lookup import HookLookup
from lastmile_desktop.project.models.webhooks.order import BodyState, body_of
from lastmile_desktop.project.models.webhooks.providers import HookProvider, hook_table
from lastmile_desktop.project.models.webhooks.reads import ProjectIndex, Reads, Stamp, is_current
from lastmile_desktop.project.models.webhooks.slow import Slow
from lastmile_desktop.project.models.webhooks.trace import Assigned, Trace

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_UNKNOWN_BODY = BodyState("unknown")


@dataclass(frozen=True, slots=True)
class Webhook:
    """`provider` is `stripe`, `clerk`, `resend`, … or `other`. `faults` say where proving the sender fails, `proof`
    where it succeeds. `happenings` are the effects in order. `unread` says why the handler was not followed whole.
    `handled` names the library that receives the events, where one does."""

    provider: str
    route: Route
    name: str = ""
    framework: str = ""
    handler_path: str = ""
    handler_name: str = ""
    line: int = 0
    faults: tuple[Fault, ...] = ()
    proof: Proof | None = None
    happenings: tuple[Happening, ...] = ()
    reads: tuple[Happening, ...] = ()
    slow: tuple[Slow, ...] = ()
    assignments: tuple[Assigned, ...] = ()
    visited: tuple[str, ...] = ()
    body: BodyState = _UNKNOWN_BODY
    guard: str = ""
    text: str = ""
    unread: str = ""
    handled: str = ""
    entry: Entry | None = None

    @property
    def company(self) -> HookProvider:
        return hook_table().provider(self.provider)


@dataclass(frozen=True, slots=True)
class WebhookMap:
    """`unparsed` are (path, reason) of files that look like webhooks and could not be read."""

    webhooks: tuple[Webhook, ...] = ()
    unparsed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an entry came to (None: no webhook) and what was read for it."""

    stamp: Stamp
    webhook: Webhook | None


def build(view: ProjectView) -> WebhookMap:
    """Find and follow every webhook; those whose files are unchanged are taken from the last time."""
    index = ProjectIndex(view)
    kept = view.whole("webhooks-kept", "", dict[tuple[str, str, str, int], _Kept])
    fresh: dict[tuple[str, str, str, int], _Kept] = {}
    for path in _candidates(view):
        for entry in _entries(view, view.outlines[path]):
            key = (path, entry.function, entry.handler, entry.line)
            known = kept.get(key)
            if known is None or not _holds(view, index, known):
                reads = Reads(view, index)
                webhook = _webhook(view, HookLookup(reads), entry)
                known = _Kept(reads.stamp(), webhook)
            fresh[key] = known
    kept.clear()
    kept.update(fresh)
    return WebhookMap(_distinct(fresh.values()), _unparsed(view))


def _holds(view: ProjectView, index: ProjectIndex, known: _Kept) -> bool:
    webhook = known.webhook
    if not is_current(view, index, known.stamp):
        return False
    return (
        webhook is None or webhook.entry is None or body_of(view, webhook.entry, webhook.text) == webhook.body
    )


def _distinct(kept: Iterable[_Kept]) -> tuple[Webhook, ...]:
    """One webhook for each handler, in a stable order."""
    found: dict[tuple[str, str], Webhook] = {}
    for item in kept:
        if item.webhook is not None:
            found.setdefault((item.webhook.handler_path, item.webhook.handler_name), item.webhook)
    return tuple(sorted(found.values(), key=lambda item: (item.handler_path, item.line)))


def _entries(view: ProjectView, outline: Outline) -> tuple[Entry, ...]:
    return view.per_file("webhook-entries", outline.path, lambda _: entries(outline), ())


def _candidates(view: ProjectView) -> tuple[str, ...]:
    """Files that may hold a webhook, by their text alone."""
    return tuple(
        path
        for path, outline in view.outlines.items()
        if not is_skipped(path)
        and not outline.shallow
        and (worth_reading(path) or view.per_file("webhook-worth", path, worth_reading, False))
        and (outline.functions or outline.top)
    )


def _unparsed(view: ProjectView) -> tuple[tuple[str, str], ...]:
    return tuple(
        (path, outline.error)
        for path, outline in sorted(view.outlines.items())
        if outline.error and "webhook" in path.lower() and not is_skipped(path) and not outline.functions
    )


def _webhook(view: ProjectView, lookup: HookLookup, entry: Entry) -> Webhook | None:
    reads = lookup.reads
    home = reads.outline(entry.path)
    found = handler_of(lookup, entry)
    if found is None and home is not None:
        return _configured(lookup, entry, home)
    if found is None or home is None:
        return None
    path, function = found[0], through_webhook(found[1])
    found = path, function
    text = _source(reads, path, function)
    guard = user_guard(entry, function)
    home = reads.outline(path) or home
    whole = text + _helpers(lookup, path, function)
    if not is_webhook(entry, function, whole, guard):
        return None
    provider = provider_of(entry, function, text, home)
    if provider == "other":
        provider = provider_of(entry, function, whole, home)
    body = body_of(view, entry, text)
    trace = trace_of(lookup, entry, found, body.kind)
    if any(item.how == "user" for item in trace.attempts) and not is_certain(whole):
        return None
    made = _made(lookup, entry, function, trace, provider, text, body)
    return replace(
        made,
        handler_path=path,
        handler_name=function.name,
        line=function.span.line if entry.function or path != entry.path else entry.line,
        guard=guard,
        unread=_unread(entry, function, trace),
    )


def _unread(entry: Entry, function: Function, trace: Trace) -> str:
    if trace.exhausted:
        return "it is too long to follow to its end"
    doubtful = is_doubtful(entry, function, trace)
    return "what it compares the signature with comes from elsewhere" if doubtful else ""


def _configured(lookup: HookLookup, entry: Entry, home: Outline) -> Webhook | None:
    """A webhook that a library makes from settings and callbacks."""
    found = configured(lookup, entry)
    if found is None:
        return None
    trace = trace_configured(lookup, entry, found)
    first = found.callbacks[0]
    text = _source(lookup.reads, entry.path, first)
    return _made(lookup, entry, first, trace, provider_of(entry, first, text, home), text, _UNKNOWN_BODY)


def _made(
    lookup: HookLookup,
    entry: Entry,
    function: Function,
    trace: Trace,
    provider: str,
    text: str,
    body: BodyState,
) -> Webhook:
    """The webhook of an entry, as it was followed."""
    faults, proof = judge(entry, function, trace, body)
    return Webhook(
        provider,
        _route(entry, function),
        entry.route,
        entry.framework,
        entry.path,
        entry.handler,
        entry.line,
        faults,
        proof,
        tuple(trace.happenings),
        tuple(trace.reads),
        tuple(trace.slow),
        tuple(trace.assignments),
        tuple(sorted(trace.visited)),
        body=body,
        text=text,
        handled=_handled(lookup.reads, trace.visited),
        entry=entry,
    )


def _helpers(lookup: HookLookup, path: str, function: Function) -> str:
    """The source of the project's functions that a handler calls directly."""
    texts: list[str] = []
    for name in _called(function):
        for target, helper in lookup.functions(path, function.name, name)[:1]:
            if helper is not function:
                texts.append(_source(lookup.reads, target, helper))
    return "\n".join(texts[:12])


def _called(function: Function) -> Iterator[str]:
    from lastmile_desktop.project.code.outline import calls_within

    seen: set[str] = set()
    for call in calls_within(function.body):
        if call.callee not in seen and call.root not in (
            "console",
            "res",
            "JSON",
            "req",
            "logger",
            "Response",
            "NextResponse",
        ):
            seen.add(call.callee)
            yield call.callee


def _source(reads: Reads, path: str, function: Function) -> str:
    lines = (reads.text(path) or "").splitlines()
    start = min([function.span.line, *(call.span.line for call in function.decorators)])
    return "\n".join(lines[start - 1 : function.span.line_end])


def _handled(reads: Reads, paths: set[str]) -> str:
    """The library in these files that verifies events and skips repeated ones itself."""
    for path in sorted(paths):
        outline = reads.outline(path)
        for item in outline.imports if outline else ():
            for package in hook_table().handled:
                if item.module == package or item.module.startswith(package + "/"):
                    return package
    return ""


def _route(entry: Entry, function: Function) -> Route:
    kind = EntryKind.EDGE_FUNCTION if entry.framework == "deno" else EntryKind.HTTP
    return Route(
        kind,
        entry.framework,
        entry.route,
        ("POST",),
        entry.path,
        replace(function.span),
        function,
        is_webhook=True,
    )
