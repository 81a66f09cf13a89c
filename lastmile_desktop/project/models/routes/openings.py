"""What a stranger can do through a route: its effects that no guard dominates, and which of them matter."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from lastmile_desktop.project.code.outline import calls_within
from lastmile_desktop.project.models.routes.first_start import is_first_start
from lastmile_desktop.project.models.routes.model import (
    Doubt,
    Effect,
    EffectKind,
    EntryKind,
    Guard,
    GuardStrength,
    Route,
)
from lastmile_desktop.project.models.routes.open_by_nature import (
    is_visitor_chat,
    sends_anything,
    signs_up,
    works_off,
)
from lastmile_desktop.project.models.routes.public import (
    books,
    is_form,
    is_guest_purchase,
    is_marked_public,
    is_trial,
    is_visited,
    starts_sign_in,
)
from lastmile_desktop.project.models.routes.revealed import Harm
from lastmile_desktop.project.models.routes.shop_windows import arranges, counts_up, shown
from lastmile_desktop.project.models.schema.tables import Known, Privacy, Tables, key
from lastmile_desktop.project.models.walk.access import Verb

_TRACES = re.compile(
    r"(?:^|_)(?:logs?|events?|analytics|views?|visits?|visitors?|sessions?|rate_?limits?|attempts?|quotas?|limits?|monthly_?stats?|token_?buckets?|buckets?|\w*stats?|cache|metrics|telemetry|clicks?|"
    r"impressions?|page_?views?|(?:log_?in|sign_?in)_?histor(?:y|ies)|idempotency|nonces?|counters?|stats|audit\w*|errors?|traffic|presence)$",
    re.IGNORECASE,
)
_FORM_TABLE = re.compile(
    r"(?:^|_)(?:contacts?|contact_\w+|leads?|subscribers?|newsletter\w*|wait_?list\w*|feedbacks?|inquir\w+|enquir\w+|submissions?|"
    r"rsvps?|demo_requests?|quote_requests?|messages_from_visitors|applications?|responses?|survey_\w+|signups?|unsubscribes?|"
    r"referrals?|votes?|bookings_requests?|callbacks?|support_requests?|e?mail_?captures?|(?:e?mail_?|sms_?)?opt_?(?:ins?|outs?))$",
    re.IGNORECASE,
)
# What a visitor of a shop puts together before there is an account.
_BASKET = re.compile(r"(?:^|_)(?:carts?|baskets?|wish_?lists?)(?:_?items?)?$", re.IGNORECASE)
_ORDERED = re.compile(
    r"(?:^|_)(?:orders?|purchases?|payments?|checkouts?|bookings?|donations?)$", re.IGNORECASE
)
# What is due anyway, whoever asks for it.
_TIDIES = re.compile(
    r"clean-?_?up|expire|purge|prune|housekeeping|garbage|(?:process|drain|work)-[\w-]{0,30}queue",
    re.IGNORECASE,
)
_OPTING = re.compile(r"unsubscribe|opt-?(?:in|out)", re.IGNORECASE)
_LIMITS = re.compile(r"rate_?limit|limiter|throttl|quota", re.IGNORECASE)
_CHECKOUT = re.compile(
    r"(?i)(?:create|start|open|init\w*)_?\w{0,20}(?:checkout|payment_?(?:intent|link|session))|"
    r"\b(?:orders?|payment_?intents?|invoices?)\.create$"
)
_TAKES_PART = re.compile(r"(?:^|_)(?:ratings?|votes?|likes?|reactions?|comments?|reviews?)$", re.IGNORECASE)
_VISITOR = re.compile(r"\bip_?hash|hashed_?ip|ip_?address|visitor|fingerprint|anonymous|voter", re.IGNORECASE)
_DEBUGGING = re.compile(r"(?:^|/)(?:debug|test-db|db-test|debug-\w+)(?:$|/)", re.IGNORECASE)
_INSIDE = re.compile(rf"{_DEBUGGING.pattern}|(?:^|/)admin(?:$|/)", re.IGNORECASE)
_WORK = (EffectKind.EMAIL, EffectKind.DB_WRITE, EffectKind.OUTBOUND)
_ONE = re.compile(r"^(?:findFirst|findOne|find_one|first|one_or_none|scalar|fetchone|single|maybeSingle)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COMMAND = re.compile(r"exec|spawn|subprocess|system")


class Weight(IntEnum):
    """How bad an open effect is. `TRIGGER`: a stranger can set it off, and decides nothing in it."""

    NONE = 0
    TRIGGER = 1
    READ = 2
    SEND = 3
    SPEND = 4
    WRITE = 5
    MONEY = 6


@dataclass(frozen=True, slots=True)
class Opening:
    """The worst that a route does for a stranger. `late` when a guard comes after it; `weak` a check that proves
    nothing; `sure` is False where a guess was needed; `doubt` what may guard it and could not be followed; `shows` what
    a read tells the stranger."""

    effect: Effect
    weight: Weight
    table: Known | None
    late: Guard | None
    weak: Guard | None
    conditional: Guard | None
    sure: bool
    doubt: Doubt | None = None
    shows: Harm | None = None


def opening(
    route: Route,
    tables: Tables,
    windows: frozenset[str] = frozenset(),
    harm: Callable[[Effect, Known], Harm] | None = None,
    catalogue: frozenset[str] = frozenset(),
) -> Opening | None:
    """The worst unguarded effect of a route, None when a stranger can do nothing that matters. `windows` are tables
    whose published rows visitors see elsewhere, `catalogue` those that they see whole; `harm` says what the answer
    shows of the rows of a read."""
    if (route.public_by_design and not sends_anything(route)) or route.is_webhook or _is_limited_trial(route):
        return None
    if is_first_start(route) or signs_up(route):
        return None
    due = works_off(route)
    weak = next((guard for guard in route.guards if guard.strength is GuardStrength.UNVERIFIED), None)
    conditional = _conditional(route)
    best: Opening | None = None
    in_doubt: Opening | None = None
    for effect in route.effects:
        if effect.guarded and conditional is None:
            continue
        known = tables.find(effect.table) if effect.table else None
        weight = weigh(route, effect, known)
        if (
            weight is Weight.READ
            and known is not None
            and (
                is_visited(route.kind, route.route, route.path)
                or _is_for_visitors(route, effect, known, windows)
                or (known.privacy is not Privacy.PRIVATE and key(known.name) in catalogue)
            )
        ):
            continue
        shows = harm(effect, known) if harm is not None and weight is Weight.READ and known else None
        if shows is Harm.PLAIN and not is_for_insiders(route.route):
            if not _is_of_use(route, effect):
                continue
            weight = Weight.TRIGGER
        held = in_doubt if effect.doubt is not None else best
        if (
            weight is Weight.NONE
            or (due and weight is not Weight.READ)
            or (held is not None and weight <= held.weight)
        ):
            continue
        late = next((guard for guard in route.guards if guard is not weak and not guard.conditional), None)
        sure = effect.doubt is None and _is_sure(route, effect, known)
        found = Opening(effect, weight, known, late, weak, conditional, sure, effect.doubt, shows)
        if effect.doubt is not None:
            in_doubt = found
        else:
            best = found
    return best or in_doubt


def _is_of_use(route: Route, effect: Effect) -> bool:
    """Whether a call sets off work on the rows of many, or tells how many of what somebody has."""
    access = next((item for item in route.accesses if item.call is effect.call), None)
    works = any(item.kind in _WORK for item in route.effects)
    if access is None or access.query.single or any(_ONE.match(link.name) for link in access.call.links):
        return False
    return works or bool(access.requested)


def _is_for_visitors(route: Route, effect: Effect, known: Known, windows: frozenset[str]) -> bool:
    return (known.table is None and key(known.name) in windows) or shown(route, effect, known)


def _is_limited_trial(route: Route) -> bool:
    """A demo for visitors, or the first step of a sign-in, that counts how often each of them uses it."""
    return (is_trial(route.route) or starts_sign_in(route.route)) and _is_limited(route)


def _is_limited(route: Route) -> bool:
    if route.handler is None:
        return False
    calls = calls_within((*route.handler.body,))
    names = (*calls, *route.handler.decorators, *route.handler.wrapped_by)
    return any(_LIMITS.search(call.callee) for call in names)


def _conditional(route: Route) -> Guard | None:
    """The guard that only runs when a setting is present, when there is no other."""
    found = [guard for guard in route.guards if guard.strength is not GuardStrength.UNVERIFIED]
    return found[0] if found and all(guard.conditional for guard in found) else None


def _is_sure(route: Route, effect: Effect, known: Known | None) -> bool:
    if route.unknown_wrappers or (
        not effect.client and effect.kind in (EffectKind.DB_READ, EffectKind.DB_WRITE)
    ):
        return False
    if effect.kind is EffectKind.DB_READ:
        return is_for_insiders(route.route) or (
            known is not None
            and (known.is_tenant or known.table is None)
            and known.privacy is Privacy.PRIVATE
        )
    return True


def weigh(route: Route, effect: Effect, known: Known | None) -> Weight:
    """How much an effect matters when anybody may cause it."""
    if effect.client == "user":
        return Weight.NONE
    due = _TIDIES.search(route.route) is not None and effect.detail != "requested"
    if due and effect.kind in (EffectKind.DB_READ, EffectKind.LLM):
        return Weight.NONE
    match effect.kind:
        case EffectKind.LLM:
            return Weight.SPEND
        case EffectKind.PAYMENT:
            return Weight.NONE if _opens_checkout(route, effect) else Weight.MONEY
        case EffectKind.EMAIL:
            if is_form(route.route) or _is_booking(route):
                return Weight.NONE
            return Weight.SEND if effect.detail == "requested" else Weight.TRIGGER
        case EffectKind.DB_WRITE:
            return _write(route, effect, known)
        case EffectKind.DB_READ:
            return _read(route, effect, known)
        case EffectKind.FILE:
            return Weight.NONE if _is_booking(route) else _file(effect)
        case _:
            return Weight.NONE


def _is_booking(route: Route) -> bool:
    """A visitor's booking, confirmed to the address that they give."""
    return route.kind is EntryKind.SERVER_ACTION and books(route.route)


def _opens_checkout(route: Route, effect: Effect) -> bool:
    """Paying is for everybody; behind a function of the app only its name says that this is what it does."""
    guest = is_guest_purchase(route.route) or is_marked_public(route.route)
    return effect.detail == "checkout" or (guest and _CHECKOUT.search(effect.call.callee) is not None)


def _follows_insert(route: Route, effect: Effect) -> bool:
    """Whether only the row is changed that this very request has added."""
    same = [item for item in route.accesses if (item.path, item.line) == (effect.path, effect.line)]
    return bool(same) and all(
        item.through
        and not item.requested
        and all(
            place < len(route.accesses) and route.accesses[place].query.verb is Verb.INSERT
            for place in item.through
        )
        for item in same
    )


def _only_adds(route: Route) -> bool:
    writes = [effect for effect in route.effects if effect.kind is EffectKind.DB_WRITE]
    return all(effect.adds or _follows_insert(route, effect) for effect in writes)


def _write(route: Route, effect: Effect, known: Known | None) -> Weight:
    name = _CAMEL.sub("_", known.name) if known else ""
    inserting = effect.adds
    if _TRACES.search(name) and effect.verb in ("insert", "update", "call", "delete"):
        return Weight.NONE
    if inserting and (is_form(route.route) or _FORM_TABLE.search(name) or is_guest_purchase(route.route)):
        return Weight.NONE
    if (
        _FORM_TABLE.search(name)
        and (is_form(route.route) or is_guest_purchase(route.route))
        and effect.detail.startswith("update")
    ):
        return Weight.NONE
    if inserting and (_is_booking(route) or is_visitor_chat(route, name) or _BASKET.search(name)):
        return Weight.NONE
    added = inserting or _follows_insert(route, effect)
    if added and _ORDERED.search(name) and any(_opens_checkout(route, item) for item in route.effects):
        return Weight.NONE
    if inserting and _TAKES_PART.search(name) and (_is_limited(route) or _once_each(route, effect)):
        return Weight.NONE
    if is_guest_purchase(route.route) and not inserting and _follows_insert(route, effect):
        return Weight.NONE
    if inserting and is_marked_public(route.route) and _only_adds(route):
        return Weight.TRIGGER
    if (
        _OPTING.search(route.route)
        or (is_form(route.route) and effect.detail.endswith("-fixed"))
        or (is_marked_public(route.route) and effect.detail.endswith("-fixed"))
    ):
        return Weight.NONE
    if effect.detail.endswith("-fixed") and not inserting and _TIDIES.search(route.route):
        return Weight.NONE
    if effect.detail.endswith("-fixed") and ("GET" in route.methods or route.kind is EntryKind.PAGE_DATA):
        return Weight.NONE
    if effect.detail.startswith("call") and not _changing(name):
        return Weight.NONE
    if counts_up(route, effect):
        return Weight.NONE
    harmless = effect.detail.endswith("-fixed") or arranges(route, effect)
    return Weight.TRIGGER if harmless else Weight.WRITE


def _once_each(route: Route, effect: Effect) -> bool:
    """Whether a visitor is told from the next by their address or the mark of their browser."""
    given = [item for item in route.accesses if item.call is effect.call and item.query.payload is not None]
    return any(item.query.payload is not None and _VISITOR.search(item.query.payload.text) for item in given)


def _changing(name: str) -> bool:
    """Whether a database function's name says that it changes something."""
    return (
        re.search(
            r"^(?:add|create|update|delete|remove|insert|set|increment|decrement|deduct|grant|award|transfer|approve|reset|consume|use|assign|process|merge|refund|cancel|mark)",
            name,
        )
        is not None
    )


def _read(route: Route, effect: Effect, known: Known | None) -> Weight:
    if effect.detail in ("count", "read-unseen"):
        return Weight.NONE
    if known is None or is_marked_public(route.route):
        return Weight.NONE
    if known.privacy is Privacy.PUBLIC:
        return Weight.READ if _DEBUGGING.search(route.route) and effect.client != "user" else Weight.NONE
    if is_form(route.route) and (_FORM_TABLE.search(known.name) or effect.table == "auth.users"):
        return Weight.NONE
    if known.privacy is Privacy.PRIVATE and not _TRACES.search(_CAMEL.sub("_", known.name)):
        return Weight.READ
    inside = is_for_insiders(route.route) and effect.client != "user" and route.kind is EntryKind.HTTP
    return Weight.READ if inside else Weight.NONE


def is_for_insiders(route: str) -> bool:
    """Whether the address says that no visitor is meant to come here: administration, debugging."""
    return _INSIDE.search(route) is not None


def _file(effect: Effect) -> Weight:
    if effect.client or effect.table:
        weight = Weight.TRIGGER if effect.detail.endswith("-fixed") else Weight.WRITE
        return weight if effect.client == "service" else Weight.NONE
    if effect.call.callee == "put":
        return Weight.SEND if effect.detail == "requested" else Weight.NONE
    return (
        Weight.WRITE if _COMMAND.search(effect.call.callee) and effect.detail == "requested" else Weight.NONE
    )
