"""Entries that other companies call, and how each proves who is calling (catalogue §4.4, payments)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.routes import EntryKind, Route
from lastmile_desktop.project.models.webhook_effects import Happening
from lastmile_desktop.project.models.webhook_entries import Entry, entries, is_skipped, worth_reading
from lastmile_desktop.project.models.webhook_finder import is_webhook, provider_of
from lastmile_desktop.project.models.webhook_handling import handler_of, trace_of, user_guard
from lastmile_desktop.project.models.webhook_judgement import Fault, Proof, judge
from lastmile_desktop.project.models.webhook_lookup import HookLookup
from lastmile_desktop.project.models.webhook_order import BodyState, body_of
from lastmile_desktop.project.models.webhook_trace import Assigned
from lastmile_desktop.project.models.webhook_providers import HookProvider, hook_table

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


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
    assignments: tuple[Assigned, ...] = ()
    visited: tuple[str, ...] = ()
    body: BodyState = BodyState("unknown")
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


def build(view: ProjectView) -> WebhookMap:
    candidates = _candidates(view)
    key = tuple((path, view.tree.files[path].digest) for path in view.outlines if path in view.tree.files)
    if not candidates:
        return WebhookMap(unparsed=_unparsed(view))
    return view.whole("webhooks", key, lambda: _build(view, candidates))


def _build(view: ProjectView, candidates: tuple[str, ...]) -> WebhookMap:
    lookup = HookLookup(view)
    found: list[Webhook] = []
    seen: set[tuple[str, str]] = set()
    for path in candidates:
        outline = view.outlines[path]
        for entry in _entries(view, outline):
            webhook = _webhook(view, lookup, entry, outline)
            if webhook is not None and (webhook.handler_path, webhook.handler_name) not in seen:
                seen.add((webhook.handler_path, webhook.handler_name))
                found.append(webhook)
    found.sort(key=lambda item: (item.handler_path, item.line))
    return WebhookMap(tuple(found), _unparsed(view))


def _entries(view: ProjectView, outline: Outline) -> tuple[Entry, ...]:
    return view.per_file("webhook-entries", outline.path, lambda _: entries(outline), ())


def _candidates(view: ProjectView) -> tuple[str, ...]:
    """Files that may hold a webhook, by their text alone."""
    return tuple(
        path
        for path, outline in view.outlines.items()
        if not is_skipped(path)
        and not outline.shallow
        and view.per_file("webhook-worth", path, worth_reading, False)
        and (outline.functions or outline.top)
    )


def _unparsed(view: ProjectView) -> tuple[tuple[str, str], ...]:
    return tuple(
        (path, outline.error)
        for path, outline in sorted(view.outlines.items())
        if outline.error and "webhook" in path.lower() and not is_skipped(path) and not outline.functions
    )


def _webhook(view: ProjectView, lookup: HookLookup, entry: Entry, outline: Outline) -> Webhook | None:
    found = handler_of(lookup, entry)
    if found is None:
        return None
    path, function = found
    text = _source(view, path, function)
    guard = user_guard(entry, function)
    home = view.outlines.get(path, outline)
    if not is_webhook(entry, function, text + _helpers(view, lookup, path, function), home, guard):
        return None
    provider = provider_of(entry, function, text, home)
    if provider == "other":
        provider = provider_of(entry, function, text + _helpers(view, lookup, path, function), home)
    body = body_of(view, entry, text)
    trace, end = trace_of(view, lookup, entry, found, body.kind)
    faults, proof = judge(view, entry, function, trace, body, end)
    webhook = Webhook(
        provider,
        _route(entry, function),
        entry.route,
        entry.framework,
        path,
        function.name,
        function.span.line if entry.function or path != entry.path else entry.line,
        faults,
        proof,
        tuple(trace.happenings),
        tuple(trace.reads),
        tuple(trace.assignments),
        tuple(sorted(trace.visited)),
        body=body,
        guard=guard,
        text=text,
        unread="it is too long to follow to its end" if trace.exhausted else "",
        handled=_handled(view, trace.visited),
        entry=entry,
    )
    return webhook


def _helpers(view: ProjectView, lookup: HookLookup, path: str, function: Function) -> str:
    """The source of the project's functions that a handler calls directly."""
    texts: list[str] = []
    for name in _called(function):
        for target, helper in lookup.functions(path, function.name, name)[:1]:
            if helper is not function:
                texts.append(_source(view, target, helper))
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


def _source(view: ProjectView, path: str, function: Function) -> str:
    lines = (view.text(path) or "").splitlines()
    start = min([function.span.line, *(call.span.line for call in function.decorators)])
    return "\n".join(lines[start - 1 : function.span.line_end])


def _handled(view: ProjectView, paths: set[str]) -> str:
    """The library in these files that verifies events and skips repeated ones itself."""
    for path in sorted(paths):
        outline = view.outlines.get(path)
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
