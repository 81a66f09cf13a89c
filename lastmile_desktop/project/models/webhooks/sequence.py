"""Events that come late, and events that count as done too early."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.effects import Deed, Happening
from lastmile_desktop.project.models.webhooks.failed_else import fails_by_default
from lastmile_desktop.project.models.webhooks.providers import event_pattern
from lastmile_desktop.project.models.webhooks.state import REFETCHED
from lastmile_desktop.project.models.webhooks.store import FROM_EVENT, Store

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.model import Webhook
    from lastmile_desktop.project.view import ProjectView

_STATUS_COLUMN = re.compile(
    r"status$|^(?:plan|tier|is_?(?:active|pro|premium|subscribed)|active|subscribed|subscription_?(?:status|tier|plan|type)|"
    r"current_?(?:tier|plan)|plan_?(?:name|id|type)?|planName|role|cancel_?at_?period_?end|isPro|isActive|isPremium)$",
    re.IGNORECASE,
)
_BY_SUBSCRIPTION = re.compile(r"subscription|(?:^|\.)sub_?id|stripe_?id|^id$", re.IGNORECASE)
_OF_SESSION = re.compile(r"(?:^|\.)(?:add|merge|add_all)$")
_COMPARES_TIME = re.compile(
    r"(?:event|evt|notification)(?:\.|\[['\"])(?:created|created_at|occurred_at|timestamp|signedDate|event_timestamp_ms)\W{0,60}?[<>]|"
    r"[<>]=?\s*(?:new Date\()?\(?(?:event|evt)(?:\.|\[['\"])(?:created|occurred_at)|"
    r"last_?event_?(?:at|time|created)|lastEvent(?:At|Created)|"
    r"(?:existing|current|stored|last)\w*(?:period_?end|updated_?at|created|timestamp)\w*\s*[<>]|"
    r"[<>]=?\s*(?:existing|current|stored|last)\w*(?:period_?end|updated_?at|created|timestamp)|"
    r"eventCreatedAt|event_created|\.lt\(\s*['\"](?:last_event|updated)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Replay:
    """`kind` is the rule; `detail` a table, function or column; `money` tells whether it moves money."""

    kind: str
    path: str
    line: int
    detail: str
    mild: bool = False


def out_of_order(view: ProjectView, webhook: Webhook) -> list[Replay]:
    """Writes the state of a subscription as the event says it, though events come out of order; or takes every event
    that it does not know for a failure."""
    if webhook.company.money:
        failed = fails_by_default(view, webhook)
        if failed is not None:
            return [Replay("order-assumed", *failed, "failed", mild=True)]
    pattern = event_pattern(webhook.provider, subscription_only=True)
    if pattern is None or any(_compares_time(view, path) for path in webhook.visited):
        return []
    for item in webhook.happenings:
        if item.effect.deed not in (Deed.UPDATE, Deed.UPSERT) or all(REFETCHED in way for way in item.ways):
            continue
        labels = [label for label in item.labels if pattern.fullmatch(label)]
        if not labels:
            continue
        states = [
            name
            for name, tags in item.columns
            if _STATUS_COLUMN.search(name) and tags & set(FROM_EVENT) and src.FETCHED not in tags
        ]
        ended = any(
            label.endswith(("deleted", "cancelled", "canceled", "revoked", "expired")) for label in labels
        )
        written = [name for name, _ in item.columns if _STATUS_COLUMN.search(name)]
        by_owner = ended and bool(written) and not _by_subscription(item) and len(labels) == 1
        follows = (
            bool(written)
            and any(label.endswith(("updated", "update")) for label in labels)
            and src.FETCHED not in item.tags
        )
        if states or by_owner or follows:
            return [Replay("order-assumed", item.path, item.line, (states or written)[0])]
    for assigned in webhook.assignments:
        name = assigned.target.rpartition(".")[2]
        if all(REFETCHED in way for way in assigned.ways) or not any(
            pattern.fullmatch(label) for label in assigned.labels
        ):
            continue
        follows = any(label.endswith(("updated", "update")) for label in assigned.labels)
        if (
            _STATUS_COLUMN.search(name)
            and (follows or assigned.tags & set(FROM_EVENT))
            and src.FETCHED not in assigned.tags
        ):
            return [Replay("order-assumed", assigned.path, assigned.line, name)]
    return []


def _compares_time(view: ProjectView, path: str) -> bool:
    return view.per_file(
        "compares-event-time", path, lambda text: _COMPARES_TIME.search(text) is not None, False
    )


def _by_subscription(item: Happening) -> bool:
    query = item.effect.query
    if query is None:
        return True
    if any(_BY_SUBSCRIPTION.search(part.column) for part in query.predicates):
        return True
    return not query.predicates or any(
        re.search(r"sub(?:scription)?(?:\.|_|\[['\"])?_?id", part.value, re.IGNORECASE)
        for part in query.predicates
    )


def done_first(webhook: Webhook, store: Store, effects: list[Happening]) -> list[Replay]:
    """The event counts as done before its work is, so a failure is never made good."""
    background = [item for item in effects if item.in_background and item.effect.deed is not Deed.QUEUE]
    later = {(item.path, item.line) for item in background}
    done = [item for item in effects if item is not store.claim]
    if (
        background
        and all((item.path, item.line) in later for item in done)
        and webhook.company.money
        and (store.claim is None or not _tracks_progress(webhook, store.claim))
    ):
        first = background[0]
        return [Replay("marks-done-first", first.path, first.line, first.name, mild=True)]
    claim = store.claim
    if claim is None or claim.in_transaction or claim.effect.deed is Deed.UPSERT:
        return []
    after = [item for item in effects if item.order > claim.order and item.name != claim.name]
    if _OF_SESSION.search(claim.call.callee):
        # What a session is given is written together, at its next commit.
        commits = [item.order for item in after if item.call.callee.endswith("commit")]
        after = [
            item
            for item in after
            if commits and item.order > commits[0] and not item.call.callee.endswith("commit")
        ]
    if not after or (_tracks_progress(webhook, claim) and not _asks_nothing(webhook, store)):
        return []
    return [Replay("marks-done-first", claim.path, claim.line, claim.name)]


_PROGRESS = r"(?:processed(?:_?at)?|status|state|completed(?:_?at)?|attempts|error\w*|handled)"
_ASKS = re.compile(
    rf"(?i)\b(?:exist\w*|\w*logs?|(?:web_?hook|stored|db|processed|known|seen)_?(?:event|entry|row|record)|record|row|entry|seen|prior\w*|"
    rf"previous\w*|already\w*|known|dup\w*)(?:\.data)?[?!]?\.{_PROGRESS}\b"
)
_NAMES = re.compile(rf"(?i)\b{_PROGRESS}\b")


def _asks_nothing(webhook: Webhook, store: Store) -> bool:
    """Whether an event that is there counts as done whatever its record says: its state is written and never read,
    and nothing takes the record back."""
    if store.looked is None or store.claim is None or _ASKS.search(webhook.text):
        return False
    asked = [value.text for link in store.looked.call.links for value in link.args or ()]
    if len(webhook.visited) > 1 or any(_NAMES.search(text) for text in asked):
        return False
    return not any(
        item.name == store.claim.name and item.effect.deed is Deed.DELETE for item in webhook.happenings
    )


def _tracks_progress(webhook: Webhook, claim: Happening) -> bool:
    """Whether a failed event can be taken up again: it has a state, or its record is taken back on failure."""
    columns = {name.lower() for name, _ in claim.columns}
    if columns & {
        "processed",
        "status",
        "state",
        "processed_at",
        "processedat",
        "completed",
        "attempts",
        "error",
        "handled",
    }:
        return True
    return any(
        item.name == claim.name and item is not claim and item.effect.deed in (Deed.DELETE, Deed.UPDATE)
        for item in webhook.happenings
    )
