"""Whether a webhook survives the same event twice, or two events in the wrong order."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.effects import Deed, Happening, is_log
from lastmile_desktop.project.models.webhooks.sequence import Replay, done_first, out_of_order
from lastmile_desktop.project.models.webhooks.state import FRESH, Ways
from lastmile_desktop.project.models.webhooks.store import (
    OBJECT_COLUMN,
    STORE_TABLE,
    Store,
    has_natural_key,
    is_object_column,
    is_refused_twice,
    sheltered,
    store_of,
    table_of,
    upserts_nothing,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.model import Webhook
    from lastmile_desktop.project.view import ProjectView

_INCREMENT_TEXT = re.compile(
    r"\bincrement\b|\bdecrement\b|\$inc\b|\bF\(['\"]\w+['\"]\)\s*[+-]|(?:credits?|balance|tokens?|points|quota|count|total|usage|uses|stock|"
    r"inventory|quantity|minutes|coins|wallet|seats|raised|amount|remaining|limit|score)\w*[)}]?\s*(?:\?\?\s*0\s*\)?|\|\|\s*0\s*\)?)?\s*[+-]\s*[\w(${]|"
    r"\}\s*[+-]\s*\$\{|[+-]=",
    re.IGNORECASE,
)
_INCREMENT_NAME = re.compile(
    r"(?:^|[._])(?:increment|decrement|incr|add_?(?:credit|token|balance|point|coin|fund|minute)|grant_?(?:credit|token|point)|top_?up|deduct|"
    r"credit_|creditUser|award|add\w*(?:Credits|Tokens|Balance|Points|Coins)|update_escrow|consume|give_?\w*credits)",
    re.IGNORECASE,
)
_ADDS = re.compile(r"[+-]=|=\s*[^=\n]{0,80}\.\w+\s*(?:or\s+0\)?\s*)?\+")
_COUNTED = re.compile(
    r"credits?|balance|tokens?|points|quota|usage|seats|minutes|hours|lessons|coins|wallet|stock|inventory|remaining|"
    r"total_(?:spent|paid)",
    re.IGNORECASE,
)
MONEY_TABLE = re.compile(
    r"credit|balance|wallet|transaction|payment|purchase|order|subscription|invoice|donation|booking|licen[cs]e|ticket|enrol|"
    r"points|ledger|payout|commission|redemption|usage|entitlement|membership|pledge|topup|token",
    re.IGNORECASE,
)
# A second row of these is money or credit given twice; a second order or invoice is a nuisance.
_VALUE_TABLE = re.compile(
    r"(?i)credit|balance|wallet|transaction|payment|purchase|payout|ledger|points|token|commission|redemption|topup|licen[cs]e|"
    r"entitlement|donation"
)
_REPEATS = re.compile(
    r"^(?:send|notify|charge|grant|give|add|award|deliver|provision|credit|deduct|increment|refund|fulfil|create|insert|record|extend|enqueue|publish|trigger)",
    re.I,
)
_QUEUE_KEY = re.compile(
    r"jobId|deduplicationId|MessageDeduplicationId|singletonKey|idempotencyKey|idempotency_key|task_id|\bid:\s*\w*[eE]v",
    re.I,
)


_STATUS = re.compile(r"(?i)status|state|result")
_FAILED = re.compile(r"(?i)(?:fail|error|cancel|reject|declin|expire|abandon)")
_AMOUNT = re.compile(r"(?i)^(?:amount\w*|\w*_amount|credits?|treats|tokens|coins|points|quantity)$")
_RANDOM_KEY = re.compile(
    r"(?:jobId|deduplicationId|singletonKey|idempotency_?key|task_id|\bid)\W{0,4}[^,}]{0,40}(?:uuid|random|nanoid|Date\.now|time\()",
    re.I,
)


_EVENT_ID = re.compile(r"(?i)event_?id$|^webhook_?id$|^message_?id$")
_MAKES_TOOL = re.compile(r"create\w*(?:Client|Provider|Adapter|Transport|Server|Connection)$")
_SAME_AGAIN = re.compile(r"method:\s*['\"`](?:GET|PUT|PATCH|DELETE)\b|merge-duplicates|ignore-duplicates")


@dataclass(frozen=True, slots=True)
class Shelter:
    """What keeps a webhook safe from repeats: the place that shows it."""

    path: str
    line: int
    note: str


def replays(view: ProjectView, webhook: Webhook) -> tuple[tuple[Replay, ...], Shelter | None]:
    """What goes wrong in a webhook when its provider repeats or reorders events."""
    effects = [item for item in webhook.happenings if not is_log(item.effect) and not item.in_catch]
    store = store_of(view, webhook)
    if not _remembers(webhook, store) or _keeps_doubles(store):
        effects = [replace(item, ways=_not_fresh(item.ways)) for item in effects]
    exposed = [item for item in effects if item is not store.claim and not sheltered(item, store)]
    found = [
        *_increments(view, exposed),
        *_assigned_increments(view, webhook, store),
        *_race(store),
        *_row_races(view, webhook),
    ]
    if not found:
        found += _nothing_kept(view, webhook, exposed, store)
    found += out_of_order(view, webhook)
    if store.checked or store.looked is not None:
        found += done_first(webhook, store, effects)
    return tuple(_once(found)), _shelter(view, store, effects)


def _remembers(webhook: Webhook, store: Store) -> bool:
    """Whether what a handler looks at to know an event again is ever written by it."""
    looked = {item.effect.table for item in webhook.reads if item.effect.table}
    if store.claim is not None or not looked:
        return True
    written = {item.effect.table for item in webhook.happenings}
    return (
        "" in written
        or bool(looked & written)
        or any(item.effect.deed in (Deed.CALL, Deed.RPC) for item in webhook.happenings)
    )


def _keeps_doubles(store: Store) -> bool:
    """Whether the record of events takes the same one twice, so that an insert that "went through" shows nothing."""
    claim = store.claim
    return (
        claim is not None
        and store.unique is False
        and claim.effect.deed is Deed.UPSERT
        and not claim.call.callee.endswith("get_or_create")
    )


def _not_fresh(ways: Ways) -> Ways:
    return frozenset(way - {FRESH} for way in ways)


def _assigned_increments(view: ProjectView, webhook: Webhook, store: Store) -> list[Replay]:
    """`user.credits += 100` of an ORM."""
    found: list[Replay] = []
    for item in webhook.assignments:
        name = item.target.rpartition(".")[2]
        lines = (view.text(item.path) or "").splitlines()
        line = lines[item.line - 1] if item.line <= len(lines) else ""
        if not _ADDS.search(line) or not _COUNTED.search(name) or all(FRESH in way for way in item.ways):
            continue
        claim = store.claim
        kept = (
            claim is not None
            and store.unique is not False
            and not (claim.path == item.path and claim.line > item.line)
        )
        if not kept or (claim is not None and claim.caught and item.line > claim.caught):
            found.append(Replay("increment-effect", item.path, item.line, name))
    return found


def _increments(view: ProjectView, exposed: list[Happening]) -> list[Replay]:
    found: list[Replay] = []
    for item in exposed:
        texts = [value.text for value in item.effect.values] + [
            value.text for link in item.call.links for value in link.args or ()
        ]
        deed = item.effect.deed
        if STORE_TABLE.search(item.name) and deed in (Deed.UPDATE, Deed.UPSERT):
            # The record of events counts its own attempts.
            continue
        summed = any(src.SUM in tags for _, tags in item.columns)
        adds = deed in (Deed.UPDATE, Deed.UPSERT) and (
            summed or any(_INCREMENT_TEXT.search(text) for text in texts)
        )
        named = deed in (Deed.RPC, Deed.CALL) and _INCREMENT_NAME.search(item.name) is not None
        fresh_row = (
            deed is Deed.INSERT
            and MONEY_TABLE.search(item.name) is not None
            and not has_natural_key(view, item)
            and not _is_note(item)
        )
        if adds or named or (fresh_row and _VALUE_TABLE.search(item.name)):
            found.append(Replay("increment-effect", item.path, item.line, item.name))
        elif fresh_row:
            found.append(Replay("no-event-store", item.path, item.line, item.name))
    return found


def _is_note(item: Happening) -> bool:
    """A row that says that something failed, or one over nothing: it credits nobody."""
    return any(
        (_STATUS.search(name) and _FAILED.match(value.literal or ""))
        or (_AMOUNT.search(name) and value.text == "0")
        for whole in item.effect.values
        for name, value in whole.entries
    )


def _nothing_kept(
    view: ProjectView, webhook: Webhook, exposed: list[Happening], store: Store
) -> list[Replay]:
    """No record of seen events, and effects that a second delivery repeats."""
    for item in exposed:
        if _repeats(view, item):
            kept = _kept_unread(webhook, store)
            if kept is not None:
                return [Replay("check-then-act", kept.path, kept.line, kept.name, mild=True)]
            return [Replay("no-event-store", item.path, item.line, item.name, mild=not webhook.company.money)]
    if store.claim is not None or not webhook.company.money:
        return []
    for item in exposed:
        if item.effect.deed is Deed.UPSERT and upserts_nothing(view, item, _conflict_columns(item)):
            return [Replay("no-event-store", item.path, item.line, item.name)]
    upserts = [item for item in exposed if item.effect.deed is Deed.UPSERT and not _keyed_by_object(item)]
    if upserts and len(upserts) == len([item for item in exposed if item.effect.deed is not Deed.READ]):
        return [Replay("no-event-store", upserts[0].path, upserts[0].line, upserts[0].name, mild=True)]
    return []


def _kept_unread(webhook: Webhook, store: Store) -> Happening | None:
    """A record of events by their id, whose refusal of a known one stops nothing."""
    return next(
        (
            item
            for item in (*([store.claim] if store.claim else ()), *webhook.happenings)
            if item.effect.deed is Deed.INSERT
            and STORE_TABLE.search(item.name)
            and any(_EVENT_ID.search(name) for name, _ in item.columns)
        ),
        None,
    )


def _repeats(view: ProjectView, item: Happening) -> bool:
    """Whether doing it twice differs from doing it once."""
    match item.effect.deed:
        case Deed.EMAIL:
            return True
        case Deed.OUTBOUND:
            return _SAME_AGAIN.search(text_of(item)) is None
        case Deed.PAYMENT:
            return (
                item.call.callee.endswith(("create", "pay", "capture"))
                and "idempotency" not in text_of(item).lower()
            )
        case Deed.QUEUE:
            return _QUEUE_KEY.search(text_of(item)) is None or _RANDOM_KEY.search(text_of(item)) is not None
        case Deed.INSERT:
            return not has_natural_key(view, item) and not _is_note(item)
        case Deed.RPC | Deed.CALL:
            name = item.name.rpartition(".")[2]
            return _REPEATS.match(name) is not None and not _MAKES_TOOL.match(name)
        case _:
            return False


def text_of(item: Happening) -> str:
    """The arguments of an effect's call, keywords with their names."""
    return " ".join(
        f"{value.name}={value.text}" if value.name else value.text
        for link in item.call.links
        for value in link.args or ()
    )


def _keyed_by_object(item: Happening) -> bool:
    """Whether an upsert finds its row by the provider's own id."""
    names = _conflict_columns(item)
    if not names:
        return any(OBJECT_COLUMN.search(name) for name, _ in item.columns)
    return any(is_object_column(name.strip()) for name in names.split(","))


def _conflict_columns(item: Happening) -> str:
    """The columns by which an upsert finds its row, "" when it does not say."""
    text = text_of(item)
    if item.call.callee.endswith(("update_or_create", "get_or_create")):
        return ", ".join(
            arg.name for arg in item.call.args if arg.name not in ("", "defaults", "create_defaults")
        )
    key = re.search(
        r"onConflict['\"]?\s*:\s*['\"]([\w, ]+)|on_conflict\s*=\s*['\"]([\w, ]+)|"
        r"where:\s*\{\s*(\w+)|target:\s*[\w.]*\.(\w+)|"
        r"index_elements\s*=\s*\[\s*['\"](\w+)|(?i:on\s+conflict\s*\(\s*\"?([\w, ]+))",
        text,
    )
    return next((group for group in key.groups() if group), "") if key is not None else ""


def _race(store: Store) -> list[Replay]:
    """Looks whether the event was seen and then inserts it, with nothing that stops two at once."""
    claim = store.claim
    if claim is not None and store.unique is False and claim.call.callee.endswith("get_or_create"):
        return [Replay("check-then-act", claim.path, claim.line, claim.name)]
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
            table_of(view, item) is not None
            and item.columns
            and MONEY_TABLE.search(item.name)
            and not has_natural_key(view, item)
            and not is_refused_twice(view, item)
        ):
            return [Replay("check-then-act", item.path, item.line, item.name)]
    return []


def _shelter(view: ProjectView, store: Store, effects: list[Happening]) -> Shelter | None:
    if store.claim is not None:
        return Shelter(store.claim.path, store.claim.line, f"each event is kept once in {store.claim.name}")
    for item in effects:
        if all(FRESH in way for way in item.ways):
            return Shelter(item.path, item.line, "happens only for an event that was not handled before")
        if item.effect.deed is Deed.UPSERT or (
            item.effect.deed is Deed.INSERT and has_natural_key(view, item)
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
