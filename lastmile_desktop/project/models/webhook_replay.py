"""Whether a webhook survives the same event twice, or two events in the wrong order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models import webhook_sources as src
from lastmile_desktop.project.models.schema import Table
from lastmile_desktop.project.models.webhook_effects import Deed, Happening, is_log
from lastmile_desktop.project.models.webhook_providers import event_pattern
from lastmile_desktop.project.models.webhook_state import FRESH, REFETCHED

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks import Webhook
    from lastmile_desktop.project.view import ProjectView

_STORE_TABLE = re.compile(
    r"(?:webhook|stripe|processed|clerk|payment|provider|iap|billing)_?\w*events?|events?_?(?:log|processed|store)|webhook|idempot|processed|dedup",
    re.I,
)
_EVENT_ID = re.compile(
    r"\b(?:event|evt|stripeEvent|webhookEvent|notification|hook|payload|body|data|msg|message)(?:\.|\[['\"]|\.get\(['\"])_?id\b|"
    r"svix-id|svixId|svix_id|webhook-id|event_?id\b|notification_?id\b|notificationUUID|delivery_?id|x-github-delivery",
    re.IGNORECASE,
)
_CLAIMS = re.compile(
    r"claim|dedup|idempot|register_?event|record_?\w*event|mark_?\w*processed|already", re.IGNORECASE
)
_EVENT_COLUMN = re.compile(
    r"(?:event|webhook|notification|delivery|message|svix|stripe_event)_?(?:id|uuid)$", re.IGNORECASE
)
_OBJECT_COLUMN = re.compile(
    r"(?:stripe|paypal|paddle|razorpay|paystack|flutterwave|provider|gateway|external|clerk|lemon\w*|polar|session|checkout|"
    r"invoice|charge|payment|transaction|intent|order|subscription|receipt|reference|tx|customer|original|mollie|asaas|square)"
    r"\w*?(?:_?id|Id|ID|_?ref|Ref|reference|Reference|_?intent|Intent|number|_?key|uid)$|^(?:reference|clerkId|clerk_id|externalId|external_id|"
    r"payment_intent|paymentIntent|id|uid|tx_ref|txRef|email)$",
    re.IGNORECASE,
)
_INCREMENT_TEXT = re.compile(
    r"\bincrement\b|\bdecrement\b|\$inc\b|\bF\(['\"]\w+['\"]\)\s*[+-]|(?:credits?|balance|tokens?|points|quota|count|total|usage|uses|stock|"
    r"inventory|quantity|minutes|coins|wallet|seats|raised|amount|remaining|limit|score)\w*\)?\s*(?:\?\?\s*0\s*\)?|\|\|\s*0\s*\)?)?\s*[+-]\s*[\w(${]|"
    r"\}\s*[+-]\s*\$\{|[+-]=",
    re.IGNORECASE,
)
_INCREMENT_NAME = re.compile(
    r"(?:^|[._])(?:increment|decrement|incr|add_?(?:credit|token|balance|point|coin|fund|minute)|grant_?(?:credit|token|point)|top_?up|deduct|"
    r"credit_|creditUser|award|add\w*(?:Credits|Tokens|Balance|Points|Coins)|update_escrow|consume|give_?\w*credits)",
    re.IGNORECASE,
)
_MONEY_TABLE = re.compile(
    r"credit|balance|wallet|transaction|payment|purchase|order|subscription|invoice|donation|booking|licen[cs]e|ticket|enrol|"
    r"points|ledger|payout|commission|redemption|usage|entitlement|membership|pledge|topup|token",
    re.IGNORECASE,
)
_REPEATS = re.compile(
    r"^(?:send|notify|charge|grant|give|add|award|deliver|provision|credit|deduct|increment|refund|fulfil|create|insert|record|extend|enqueue|publish|trigger)",
    re.I,
)
_STATUS_COLUMN = re.compile(
    r"status$|^(?:plan|tier|is_?(?:active|pro|premium|subscribed)|active|subscribed|subscription_?(?:status|tier|plan|type)|"
    r"current_?(?:tier|plan)|plan_?(?:name|id|type)?|planName|role|cancel_?at_?period_?end|isPro|isActive|isPremium)$",
    re.IGNORECASE,
)
_BY_SUBSCRIPTION = re.compile(r"subscription|(?:^|\.)sub_?id|stripe_?id|^id$", re.IGNORECASE)
_COMPARES_TIME = re.compile(
    r"(?:event|evt|notification)(?:\.|\[['\"])(?:created|created_at|occurred_at|timestamp|signedDate|event_timestamp_ms)\W{0,60}?[<>]|"
    r"[<>]=?\s*(?:new Date\()?\(?(?:event|evt)(?:\.|\[['\"])(?:created|occurred_at)|last_?event_?(?:at|time|created)|lastEvent(?:At|Created)|"
    r"eventCreatedAt|event_created|\.lt\(\s*['\"](?:last_event|updated)",
    re.IGNORECASE,
)
_FROM_EVENT = (src.EVENT, src.PARSED, src.RAW, "body")
_QUEUE_KEY = re.compile(
    r"jobId|deduplicationId|MessageDeduplicationId|singletonKey|idempotencyKey|idempotency_key|task_id|\bid:\s*\w*[eE]v",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Replay:
    """`kind` is the rule; `detail` a table, function or column; `money` tells whether it moves money."""

    kind: str
    path: str
    line: int
    detail: str
    mild: bool = False


@dataclass(frozen=True, slots=True)
class Shelter:
    """What keeps a webhook safe from repeats: the place that shows it."""

    path: str
    line: int
    note: str


def replays(view: ProjectView, webhook: Webhook) -> tuple[tuple[Replay, ...], Shelter | None]:
    """What goes wrong in a webhook when its provider repeats or reorders events."""
    effects = [item for item in webhook.happenings if not is_log(item.effect) and not item.in_catch]
    store = _store(view, webhook)
    exposed = [item for item in effects if item is not store.claim and not _sheltered(item, store)]
    found = [*_increments(view, exposed), *_race(store), *_row_races(view, webhook)]
    if not found:
        found += _nothing_kept(view, webhook, exposed, store)
    found += _order(view, webhook)
    found += _done_first(webhook, store, effects)
    return tuple(_once(found)), _shelter(view, store, effects)


@dataclass(frozen=True, slots=True)
class Store:
    """Where seen events are kept. `claim` is the insert of the event's id; `unique` what the schema says of it
    (None: unknown); `looked` the read that asks whether it was seen."""

    claim: Happening | None = None
    unique: bool | None = None
    looked: Happening | None = None
    checked: bool = True


def _store(view: ProjectView, webhook: Webhook) -> Store:
    looked = next((item for item in webhook.reads if _is_store_read(item)), None)
    for item in webhook.happenings:
        if item.in_catch or item.effect.deed not in (
            Deed.INSERT,
            Deed.UPSERT,
            Deed.CALL,
            Deed.RPC,
            Deed.UPDATE,
        ):
            continue
        if item.effect.deed in (Deed.CALL, Deed.RPC, Deed.UPDATE) and not _claims_by_name(item):
            continue
        if _keeps_event_id(item):
            unique = _is_unique(view, item) if item.effect.deed in (Deed.INSERT, Deed.UPSERT) else None
            return Store(item, unique, looked, _is_checked(view, item))
    return Store(looked=looked)


def _claims_by_name(item: Happening) -> bool:
    return (
        re.search(
            r"processed|idempot|seen|dedup|claim|lock|register_?event|record_?(?:webhook_?)?event|\.set$",
            item.call.callee,
            re.I,
        )
        is not None
    )


def _keeps_event_id(item: Happening) -> bool:
    if item.effect.deed in (Deed.INSERT, Deed.UPSERT) and _CLAIMS.search(item.function.rpartition(".")[2]):
        return True
    texts = [value.text for link in item.call.links for value in link.args or ()]
    columns = [name for name, _ in item.columns]
    named = any(_EVENT_COLUMN.search(name) for name in columns)
    return named or (
        any(_EVENT_ID.search(text) for text in texts) and _STORE_TABLE.search(item.name) is not None
    )


def _is_store_read(item: Happening) -> bool:
    texts = [value.text for link in item.call.links for value in link.args or ()]
    return _STORE_TABLE.search(item.name) is not None and any(_EVENT_ID.search(text) for text in texts)


def _is_unique(view: ProjectView, item: Happening) -> bool | None:
    """Whether the database refuses a second row with the same id; None when the table is not known."""
    table = _table(view, item)
    if table is None:
        return None
    wanted = {
        _snake(name) for name, _ in item.columns if _EVENT_COLUMN.search(name) or _OBJECT_COLUMN.search(name)
    } or {"id", "event_id"}
    return any(
        set(columns) <= wanted | _companions(table) and set(columns) & wanted
        for columns in _unique_sets(table)
    )


def _companions(table: Table) -> set[str]:
    """Columns that may stand beside an id in a key without weakening it."""
    return {
        column.name
        for column in table.columns
        if column.name in ("provider", "gateway", "source", "type", "tenant_id", "org_id")
    }


def _unique_sets(table: Table) -> list[tuple[str, ...]]:
    found = [index.columns for index in table.indexes if index.unique]
    return [*found, table.primary_key] if table.primary_key else found


def _table(view: ProjectView, item: Happening) -> Table | None:
    name = _snake(item.effect.table)
    for candidate in (item.effect.table, name, f"{name}s", name.removesuffix("s")):
        table = view.schema.table(candidate) if candidate else None
        if table is not None and table.columns:
            return table
    return None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _is_checked(view: ProjectView, item: Happening) -> bool:
    """supabase-js gives errors back instead of raising them: an insert whose error nobody reads claims nothing."""
    query = item.effect.query
    if query is None or query.layer != "supabase":
        return True
    outline = view.outlines.get(item.path)
    if outline is not None and outline.language == "python":
        return True
    names = [name.rpartition(":")[2] for name in item.call.assigned]
    text = view.text(item.path) or ""
    return any(re.search(rf"if\s*\(\s*[^)]*\b{re.escape(name)}\b", text) for name in names)


def _sheltered(item: Happening, store: Store) -> bool:
    """Whether an effect happens only for an event that was not seen before."""
    if all(FRESH in way for way in item.ways):
        return True
    claim = store.claim
    return (
        claim is not None
        and claim.order < item.order
        and claim.effect.deed is not Deed.UPSERT
        and store.checked
        and store.unique is not False
    )


def _increments(view: ProjectView, exposed: list[Happening]) -> list[Replay]:
    found: list[Replay] = []
    for item in exposed:
        texts = [value.text for value in item.effect.values] + [
            value.text for link in item.call.links for value in link.args or ()
        ]
        deed = item.effect.deed
        summed = any(src.SUM in tags for _, tags in item.columns)
        adds = deed in (Deed.UPDATE, Deed.UPSERT) and (
            summed or any(_INCREMENT_TEXT.search(text) for text in texts)
        )
        named = deed in (Deed.RPC, Deed.CALL) and _INCREMENT_NAME.search(item.name) is not None
        fresh_row = (
            deed is Deed.INSERT
            and _MONEY_TABLE.search(item.name) is not None
            and not _has_natural_key(view, item)
        )
        if adds or named or fresh_row:
            found.append(Replay("increment-effect", item.path, item.line, item.name))
    return found


def _has_natural_key(view: ProjectView, item: Happening) -> bool:
    """Whether an inserted row carries an id of the provider's that the database keeps unique."""
    if item.effect.query is None or not item.columns:
        return item.effect.deed is not Deed.INSERT or not item.effect.values
    table = _table(view, item)
    ids = {
        _snake(name)
        for name, tags in item.columns
        if tags & set(_FROM_EVENT) | tags & {src.FETCHED} and _OBJECT_COLUMN.search(name)
    }
    if table is None:
        return bool(ids)
    return any(
        set(columns) & ids and set(columns) <= {_snake(name) for name, _ in item.columns}
        for columns in _unique_sets(table)
    )


def _nothing_kept(
    view: ProjectView, webhook: Webhook, exposed: list[Happening], store: Store
) -> list[Replay]:
    """No record of seen events, and effects that a second delivery repeats."""
    for item in exposed:
        if _repeats(view, item):
            return [Replay("no-event-store", item.path, item.line, item.name, mild=not webhook.company.money)]
    if store.claim is not None or not webhook.company.money:
        return []
    upserts = [item for item in exposed if item.effect.deed is Deed.UPSERT and not _keyed_by_object(item)]
    if upserts and len(upserts) == len([item for item in exposed if item.effect.deed is not Deed.READ]):
        return [Replay("no-event-store", upserts[0].path, upserts[0].line, upserts[0].name, mild=True)]
    return []


def _repeats(view: ProjectView, item: Happening) -> bool:
    """Whether doing it twice differs from doing it once."""
    match item.effect.deed:
        case Deed.EMAIL | Deed.OUTBOUND:
            return True
        case Deed.PAYMENT:
            return (
                item.call.callee.endswith(("create", "pay", "capture"))
                and "idempotency" not in _text(item).lower()
            )
        case Deed.QUEUE:
            return _QUEUE_KEY.search(_text(item)) is None
        case Deed.INSERT:
            return not _has_natural_key(view, item)
        case Deed.RPC | Deed.CALL:
            return _REPEATS.match(item.name.rpartition(".")[2]) is not None
        case _:
            return False


def _text(item: Happening) -> str:
    return " ".join(value.text for link in item.call.links for value in link.args or ())


def _keyed_by_object(item: Happening) -> bool:
    """Whether an upsert finds its row by the provider's own id."""
    text = _text(item)
    key = re.search(
        r"onConflict['\"]?\s*:\s*['\"]([\w, ]+)|on_conflict\s*=\s*['\"]([\w, ]+)|where:\s*\{\s*(\w+)|target:\s*[\w.]*\.(\w+)",
        text,
    )
    if key is None:
        return any(_OBJECT_COLUMN.search(name) for name, _ in item.columns)
    names = next((group for group in key.groups() if group), "")
    return any(_OBJECT_COLUMN.search(name.strip()) for name in names.split(","))


def _race(store: Store) -> list[Replay]:
    """Looks whether the event was seen and then inserts it, with nothing that stops two at once."""
    claim = store.claim
    if claim is None or store.looked is None or store.unique is not False or claim.in_transaction:
        return []
    if claim.effect.deed is not Deed.INSERT:
        return []
    return [Replay("check-then-act", claim.path, claim.line, claim.name)]


def _row_races(view: ProjectView, webhook: Webhook) -> list[Replay]:
    """Looks for the payment's own row, then inserts it, and the database would take two."""
    for item in webhook.happenings:
        if item.effect.deed is not Deed.INSERT or item.in_transaction or item.in_catch or is_log(item.effect):
            continue
        if not all(FRESH in way for way in item.ways) or not any(
            read.effect.table == item.effect.table for read in webhook.reads
        ):
            continue
        if (
            _table(view, item) is not None
            and item.columns
            and _MONEY_TABLE.search(item.name)
            and not _has_natural_key(view, item)
        ):
            return [Replay("check-then-act", item.path, item.line, item.name)]
    return []


def _order(view: ProjectView, webhook: Webhook) -> list[Replay]:
    """Writes the state of a subscription as the event says it, though events come out of order."""
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
            if _STATUS_COLUMN.search(name) and tags & set(_FROM_EVENT) and src.FETCHED not in tags
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
            and (follows or assigned.tags & set(_FROM_EVENT))
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


def _done_first(webhook: Webhook, store: Store, effects: list[Happening]) -> list[Replay]:
    """The event counts as done before its work is, so a failure is never made good."""
    background = [item for item in effects if item.in_background and item.effect.deed is not Deed.QUEUE]
    done = [item for item in effects if item is not store.claim]
    if (
        background
        and len(background) == len(done)
        and webhook.company.money
        and (store.claim is None or not _tracks_progress(webhook, store.claim))
    ):
        first = background[0]
        return [Replay("marks-done-first", first.path, first.line, first.name, mild=True)]
    claim = store.claim
    if claim is None or claim.in_transaction or claim.effect.deed is Deed.UPSERT:
        return []
    later = [item for item in effects if item.order > claim.order and item.name != claim.name]
    if not later or _tracks_progress(webhook, claim):
        return []
    return [Replay("marks-done-first", claim.path, claim.line, claim.name)]


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


def _shelter(view: ProjectView, store: Store, effects: list[Happening]) -> Shelter | None:
    if store.claim is not None:
        return Shelter(store.claim.path, store.claim.line, f"each event is kept once in {store.claim.name}")
    for item in effects:
        if all(FRESH in way for way in item.ways):
            return Shelter(item.path, item.line, "happens only for an event that was not handled before")
        if item.effect.deed is Deed.UPSERT or (
            item.effect.deed is Deed.INSERT and _has_natural_key(view, item)
        ):
            return Shelter(item.path, item.line, f"{item.name} is written by the provider's own id")
    return Shelter(effects[0].path, effects[0].line, "doing this twice changes nothing") if effects else None


def _once(found: list[Replay]) -> list[Replay]:
    seen: set[tuple[str, str, int]] = set()
    kept: list[Replay] = []
    for item in found:
        key = (item.kind, item.path, item.line)
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept
