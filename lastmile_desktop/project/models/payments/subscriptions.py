"""Subscriptions a project sells: where they start, which events of their life are heard, how their status is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.payments.payment_calls import PayAction, PayCall, payment_calls
from lastmile_desktop.project.models.schema.model import Table
from lastmile_desktop.project.models.schema.tables import Tables
from lastmile_desktop.project.models.usage.idle_functions import text_in_use, uncalled_in
from lastmile_desktop.project.models.webhooks.entries import is_skipped
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.model import Webhook
    from lastmile_desktop.project.view import ProjectView

_EVENT = re.compile(
    r"['\"`]((?:customer\.subscription|invoice|checkout\.session|charge|payment_intent|entitlements)\.[\w.]{2,40})['\"`]"
)
_ALL_OF = re.compile(
    r"startsWith\(\s*['\"]customer\.subscription|startswith\(\s*\(?['\"]customer\.subscription|customer\\?\.subscription\\?\.(?:\*|\.)"
)
_SYNC = re.compile(
    r"sync(?:Stripe|Subscription|Customer)\w*|sync_(?:stripe|subscription|customer)\w*|processWebhook"
)
_ENDED = re.compile(
    r"subscription[._](?:cancel\w*|expired|revoked|ended|disable|halted|not_renew|updated|past_due|deactivated|on_hold)|"
    r"EventName\.Subscription(?:Cancel\w*|Updated|PastDue|Paused)|EXPIRATION|CANCELLATION|DID_FAIL_TO_RENEW|SUBSCRIPTION_CANCELED|BILLING\.SUBSCRIPTION\.(?:CANCELLED|EXPIRED|SUSPENDED)",
)
_LIFE = re.compile(
    r"EventName\.Subscription\w|preapproval|BILLING\.SUBSCRIPTION|['\"]subscription[._](?:created|updated|activated|cancel\w*|expired|"
    r"charged|halted|create|disable|not_renew|active|revoked)['\"]"
)
# Mercado Pago calls these events subscription_…; `preapproval` is the name of the resource, which no event has.
_OTHER_NAME = re.compile(r"(?:[!=]==?|case|in)\s*[(\[]?\s*['\"]preapproval['\"]")
_OTHER_CASE = re.compile(r"(?<![\w'\"])\w+\??\.(?:customer_id|current_billing_period)\b")
_PAYMENTS_OF = re.compile(r"subscription_authorized_payment|['\"]payment['\"]|payment\.(?:created|updated)")
_ENDED_ALONE = re.compile(
    r"\.status\s*===?\s*['\"]cancell?ed['\"][^\n{}]{0,120}\)\s*\{?\s*return\s+['\"](?:free|none|basic|starter)['\"]",
    re.IGNORECASE,
)
_KNOWS_GOOD = re.compile(r"['\"](?:active|trialing|authorized)['\"]")
_ONLY_ACTIVE = re.compile(
    r"(?:\b[\w.?]{0,40}(?:subscri\w*|\bsub|membership|stripe\w*)[\w.?\[\]'\"]{0,30}\??\.status|subscription_?[sS]tatus)['\"\])]{0,3}\s*"
    r"(?:===?|!==?)\s*['\"]active['\"]"
    r"|from\(['\"](?P<table>(?:user_)?subscriptions?)['\"]\)[\s\S]{0,200}?\.eq\(\s*['\"]status['\"]\s*,\s*['\"]active['\"]"
    r"|subscriptions\.list\(\s*\{[^}]{0,200}status:\s*['\"]active['\"]"
    r"|Subscription\.list\([^)]{0,200}status=['\"]active['\"]"
)
_PROVIDERS_COLUMN = re.compile(
    r"stripe|paddle|lemon|polar|paypal|razorpay|paystack|provider|external|current_period|price_id|gateway"
    r"|cancel_at|^subscription_id$|trial",
    re.IGNORECASE,
)
_MORE_STATES = re.compile(
    r"['\"](?:trialing|past_due|unpaid|in_grace|grace)['\"]|grace_?[pP]eriod", re.IGNORECASE
)
_PERIOD = re.compile(
    r"\b([A-Za-z_]\w*)(?:\s+as\s+\w+\s*\))?(?:\??\.|\[['\"]|\.get\(['\"])current_period_(?:end|start)\b"
)
_UNIX = re.compile(r"\*\s*1000|fromtimestamp|toDateTime|from_timestamp|unix|epoch|fromUnix", re.IGNORECASE)
# `s.current_period_end ? new Date(…) : null` and `(s.current_period_end || now) * 1000` bear that it is not there.
_FALLBACK = re.compile(
    r"\bcurrent_period_(?:end|start)[\"'\])]{0,3}\s{0,3}(?:\|\||\?\?|\bor\b|\?(?![.?])|\bif\b)"
)
_ASKED = re.compile(
    r"(?:^|\n)[ \t]*(?:\} else )?if[ (][^\n]{0,80}period_?(?:end|start)[^\n]{0,20}\n$", re.IGNORECASE
)
# The stored end of the period decides who gets in.
_DECIDES = re.compile(
    r"period_?end[^\n]{0,60}\s[<>]=?\s|\s[<>]=?\s[^\n]{0,60}period_?end|is(?:After|Before|Past|Future)\([^\n]{0,60}period_?end",
    re.IGNORECASE,
)
_ON_ITEMS = re.compile(r"items[^\n;]{0,60}current_period|\b[iI]tem\w*\??\.current_period")

_API_VERSION = re.compile(r"api_?[vV]ersion['\"]?\s*[:=]\s*['\"](\d{4}-\d{2}-\d{2})")
_EDGE_SDK = re.compile(r"(?:npm:|esm\.sh/|skypack\.dev/)stripe@v?(\d+)")
_SUBSCRIPTION = re.compile(r"['\"]subscription['\"]")
_MOVED = "2025-03-31"
_MOVED_SDK = {"node": 18, "python": 12}
_PORTAL = re.compile(
    r"billing\.stripe\.com/p/login|customer_?portal|billing_?[pP]ortal|management_urls|update_payment_method|cancel_at_period_end|"
    r"customerPortal|createPortal|portal_url|manageSubscription|showManageSubscriptions|apps\.apple\.com/account/subscriptions",
    re.IGNORECASE,
)
_LAST = frozenset({"customer.subscription.deleted", "invoice.payment_failed"})
_CODE = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".py", ".vue", ".svelte")


@dataclass(frozen=True, slots=True)
class Period:
    """A read of a subscription's billing period where it no longer is; `guarded` when nothing breaks without it."""

    path: str
    line: int
    variable: str
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What a webhook hears: the names of events, or `everything` when each event leads to a fresh look. `deaf` is where
    it waits for a name that the provider never says, `unpaid` whether it never hears of single payments, `uncalled` the
    function that would hear when a card fails or somebody cancels, if only something called it."""

    hook: Webhook
    events: frozenset[str]
    everything: bool
    ended: bool
    deaf: tuple[str, int, str] | None = None
    unpaid: bool = False
    uncalled: tuple[str, int, str] | None = None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """`starts` are the calls that begin a subscription; `asked` the places outside of webhooks that ask the
    provider how one stands; `only_active` the first comparison of a status where no other status is known anywhere;
    `only_ended` one that takes away the plan of those who cancelled and lets every other status have it."""

    starts: tuple[PayCall, ...]
    heard: tuple[Heard, ...]
    asked: tuple[PayCall, ...]
    only_active: tuple[str, int] | None
    periods: tuple[Period, ...]
    has_portal: bool
    provider: str
    only_ended: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    only_active: int = 0
    only_ended: int = 0
    table: str = ""
    more_states: bool = False
    portal: bool = False
    periods: tuple[tuple[int, str, bool], ...] = ()
    decides: bool = False
    version: str = ""
    sdk: int = 0


def subscriptions(view: ProjectView) -> Subscriptions | None:
    """What is known of the subscriptions a project sells; None when it sells none."""
    pays = payment_calls(view)
    hooks = [hook for hook in view.webhooks.webhooks if hook.company.money]
    heard = tuple(_heard(view, hook) for hook in hooks)
    starts = tuple(pay for pay in pays if _recurring(pay))
    about = any(_about_subscriptions(view, item) for item in heard)
    if not starts and not about:
        return None
    texts = dict(_texts(view).items())
    hook_paths = {path for hook in hooks for path in hook.visited}
    asked = tuple(
        pay
        for pay in pays
        if pay.action is PayAction.LOOK and "ubscription" in pay.name and pay.path not in hook_paths
    )
    several = any(found.more_states for found in texts.values())
    single = next(
        (
            (path, found.only_active)
            for path, found in texts.items()
            if found.only_active and _holds_provider_status(view, found.table)
        ),
        None,
    )
    has_portal = any(found.portal for found in texts.values()) or any(
        pay.action in (PayAction.PORTAL, PayAction.CANCEL) for pay in pays
    )
    providers = [hook.provider for hook in hooks] + [pay.provider for pay in starts]
    provider = "stripe" if "stripe" in providers else next(iter(providers), "")
    return Subscriptions(
        starts,
        heard,
        asked,
        None if several else single,
        _periods(view, texts),
        has_portal,
        provider,
        next(((path, found.only_ended) for path, found in texts.items() if found.only_ended), None),
    )


def _holds_provider_status(view: ProjectView, name: str) -> bool:
    """Whether the status in this table may be the provider's own: a table that names nothing of a provider has
    states of its own."""
    named = Tables(view.schema).find(name).table if name else None
    about = [named] if named else [item for item in view.schema.tables.values() if _keeps_status(item)]
    if not about or not all(table.created and table.columns for table in about):
        return True
    return any(_PROVIDERS_COLUMN.search(column.name) for table in about for column in table.columns)


def _keeps_status(table: Table) -> bool:
    names = {column.name for column in table.columns}
    subscription = "subscription" in table.bare_name and "status" in names
    return subscription or bool(names & {"subscription_status", "stripe_subscription_id"})


def _recurring(pay: PayCall) -> bool:
    if pay.action is PayAction.SUBSCRIBE:
        return True
    if pay.action is not PayAction.CHECKOUT:
        return False
    mode = pay.field("mode")
    if mode is not None:
        return (
            mode.value.literal == "subscription"
            or "'subscription'" in mode.value.text
            or '"subscription"' in mode.value.text
        )
    return pay.has("subscription_data") or pay.has("recurring") or pay.has("interval")


def _heard(view: ProjectView, hook: Webhook) -> Heard:
    texts = [text_in_use(view, path) for path in sorted(hook.visited)]
    events = frozenset(name for text in texts for name in _EVENT.findall(text))
    everything = bool(hook.handled) or any(_ALL_OF.search(text) for text in texts)
    if not any(name.startswith("customer.subscription") for name in events):
        everything = everything or any(_SYNC.search(text) for text in texts)
    ended = any(_ENDED.search(text) for text in texts)
    if hook.provider == "mercadopago":
        # One event tells of every change; how the subscription stands is asked then.
        ended = ended or any("subscription_preapproval" in text and "cancel" in text for text in texts)
    unpaid = hook.provider == "mercadopago" and not any(_PAYMENTS_OF.search(text) for text in texts)
    return Heard(hook, events, everything, ended, _deaf(view, hook), unpaid, _uncalled(view, hook, events))


def _uncalled(view: ProjectView, hook: Webhook, heard: frozenset[str]) -> tuple[str, int, str] | None:
    """(path, line, name) of a function for the end of subscriptions that no code in use hears of."""
    if _LAST & heard:
        return None
    for path in sorted(hook.visited):
        lines = (view.text(path) or "").split("\n")
        for item in uncalled_in(view, path):
            body = "\n".join(lines[item.span.line - 1 : item.span.line_end])
            if not _LAST.isdisjoint(_EVENT.findall(body)):
                return path, item.span.line, item.name
    return None


def _deaf(view: ProjectView, hook: Webhook) -> tuple[str, int, str] | None:
    """(path, line, why) where a webhook waits for a name that its provider never says."""
    for path in sorted(hook.visited):
        text = view.text(path) or ""
        if hook.provider == "mercadopago" and "subscription_preapproval" not in text:
            found = _OTHER_NAME.search(text)
            why = "waits for `preapproval`, but Mercado Pago calls the event `subscription_preapproval`"
        elif hook.provider == "paddle" and "paddle-node-sdk" in text and "customerId:" not in text:
            found = None if re.search(r"\.customerId\b", text) else _OTHER_CASE.search(text)
            why = "reads `customer_id`, which Paddle's SDK calls `customerId`"
        else:
            continue
        if found is not None:
            return path, line_at(text, found.start()), why
    return None


def _about_subscriptions(view: ProjectView, heard: Heard) -> bool:
    if any(name.startswith("customer.subscription") for name in heard.events):
        return True
    if heard.hook.provider == "stripe":
        return False
    texts = (view.text(path) or "" for path in heard.hook.visited)
    return re.search(r"subscription[._]\w", heard.hook.text) is not None or any(map(_LIFE.search, texts))


def _texts(view: ProjectView) -> dict[str, _Text]:
    found: dict[str, _Text] = {}
    for entry in view.tree.readable():
        path = entry.path
        if not path.endswith(_CODE) or path.endswith(".d.ts") or entry.minified or is_skipped(path):
            continue
        if path_kind(path) is not PathKind.CODE:
            continue
        item = view.per_file("payments.subscription-text", path, _read, _NOTHING)
        if item != _NOTHING:
            found[path] = item
    return found


_NOTHING = _Text()
_WORTH = re.compile(r"subscri|stripe|current_period|past_due|trialing|portal", re.IGNORECASE)


def _read(text: str) -> _Text:
    if not _WORTH.search(text):
        return _NOTHING
    active = _ONLY_ACTIVE.search(text)
    version = _API_VERSION.search(text)
    sdk = _EDGE_SDK.search(text)
    periods = tuple(_period_reads(text)) if "current_period" in text and not _ON_ITEMS.search(text) else ()
    ended = None if _KNOWS_GOOD.search(text) else _ENDED_ALONE.search(text)
    return _Text(
        line_at(text, active.start()) if active else 0,
        line_at(text, ended.start()) if ended else 0,
        (active["table"] or "") if active else "",
        _MORE_STATES.search(_without_types(text)) is not None,
        _PORTAL.search(text) is not None,
        periods,
        _DECIDES.search(text) is not None,
        version[1] if version else "",
        int(sdk[1]) if sdk else 0,
    )


_TYPE = re.compile(
    r"(?m)^\s*(?:export\s+)?(?:type\s+\w+\s*=|\w+\??\s*:)\s*(?:\|?\s*['\"][\w-]+['\"]\s*)(?:\|\s*['\"][\w-]+['\"]\s*)+;?"
)


def _without_types(text: str) -> str:
    """The text without unions of literals, which name states and decide nothing."""
    return _TYPE.sub("", text)


def _period_reads(text: str) -> list[tuple[int, str, bool]]:
    found: list[tuple[int, str, bool]] = []
    for match in _PERIOD.finditer(text):
        start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
        line = text[start : end if end >= 0 else len(text)]
        if _UNIX.search(line) and not line.lstrip().startswith(("//", "#", "*")):
            spared = _FALLBACK.search(line) or _ASKED.search(text[max(0, start - 200) : start])
            found.append((line_at(text, match.start()), match[1], spared is not None))
    return sorted(found, key=lambda item: item[2])


def _periods(view: ProjectView, texts: dict[str, _Text]) -> tuple[Period, ...]:
    """Reads of the period, where the Stripe version in use has it elsewhere."""
    found: list[Period] = []
    pinned = {item.version for item in texts.values() if item.version}
    decides = any(item.decides for item in texts.values())
    for path, item in sorted(texts.items()):
        if not item.periods or (view.client_graph.is_client(path) and not path.startswith("supabase/")):
            continue
        version = item.version or (next(iter(pinned)) if len(pinned) == 1 else "")
        if version:
            moved = version >= _MOVED
        elif item.sdk:
            moved = item.sdk >= _MOVED_SDK["node"]
        else:
            moved = _sdk_moved(view, path)
        if moved:
            line, variable, spared = item.periods[0]
            found.append(Period(path, line, variable, spared and not decides))
    return tuple(found)


def _sdk_moved(view: ProjectView, path: str) -> bool:
    package = view.package_of(path)
    number = re.search(r"\d+", package.version("stripe"))
    kind = "python" if path.endswith(".py") else "node"
    return number is not None and int(number[0]) >= _MOVED_SDK[kind]
