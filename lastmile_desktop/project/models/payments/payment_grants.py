"""Code that gives what somebody should have paid for, without asking the provider whether they did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Branch,
    Call,
    Do,
    Leave,
    Outline,
    Step,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.payments.paid_state import PaidWrite, paid_writes
from lastmile_desktop.project.models.payments.payment_calls import OPENING, PayAction, action_of, called_name
from lastmile_desktop.project.models.routes.model import EntryKind, GuardStrength, Route
from lastmile_desktop.project.models.schema.model import Table

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_PROVES = re.compile(
    r"(?:createHmac|Hmac(?:SHA|Sha)\d{3}|hmac\.new|compare_digest|timingSafeEqual|verify_payment_signature|validatePaymentVerification|"
    r"validateWebhookSignature|constructEvent\w*|construct_event|verifyWebhook|verify_id_token|verifyReceipt|"
    r"get_checkout_status|getSubscriber|getCustomerInfo|\w*[vV]erify\w*(?:Payment|Signature|Receipt|Transaction)\w*|"
    r"verify_(?:payment|signature|receipt|transaction)\w*|\w*(?:[cC]onfirm|[cC]apture)\w*(?:Intent|Order)\w*)$"
)
# The digest of a payment's ids is worked out by hand where only Web Crypto is there.
_WEB_CRYPTO = re.compile(r"subtle\.(?:sign|verify)$")
_PROVIDER_ADDRESS = re.compile(
    r"api\.(?:stripe|paystack|flutterwave|razorpay|paypal|mollie|mercadopago|lemonsqueezy|paddle|polar|revenuecat)\.|"
    r"api\.(?:xendit|tosspayments|iamport|portone|iyzipay|asaas|pagar|cashfree|paymongo|nowpayments)\.|(?:online|payments)\.yoco\.|"
    r"api(?:\.sandbox)?\.midtrans\.|api-m\.(?:sandbox\.)?paypal\.|buy\.itunes\.apple|androidpublisher|verifyReceipt"
)
_RETURN = re.compile(
    r"success|confirm|complete|thank|return|callback|finali[sz]e|verif|activat|upgrade|purchase|subscribe|checkout|payment",
    re.IGNORECASE,
)
_RETURN_PARAM = re.compile(
    r"(?:searchParams|params|query|args|router\.query|URLSearchParams\([^)]{0,60}\))\??\.?(?:get\()?[\[(.'\"]{0,3}"
    r"(?:session_id|success|payment_success|paid|upgraded|checkout|payment_status|payment_intent|redirect_status|status)\b"
)
_HARMLESS = re.compile(
    r"trial|free|demo|seed|admin|cancel|downgrade|refund|mock|cron|reset|import|backfill|webhook|migrat|staff|dashboard|"
    r"mark_?(?:as_?)?paid|manual|invoice|(?:record|log|register)_?\w{0,12}payment",
    re.IGNORECASE,
)
_STAFF_GUARD = re.compile(r"admin|staff|superuser|moderator|owner|operator|manager|internal", re.IGNORECASE)
_ACCOUNT_TABLE = re.compile(
    r"user|profile|account|subscription|member|organi[sz]ation|team|workspace|tenant|customer|storage|prisma|db|credit|wallet|"
    r"plan|licen[cs]e|^set$|^$",
    re.IGNORECASE,
)
_ASKS_HOPS = 2
_REQUESTED = re.compile(
    r"\b(?:req|request|ctx|c|event)\.(?:body|query|params|json|nextUrl|args|form|url)\b|\bsearchParams\.get\("
)
_CALLER_ROLES = frozenset({"public", "authenticated", "anon"})


@dataclass(frozen=True, slots=True)
class Grant:
    """`rule` is `grant-on-redirect` or `client-sets-plan`; `sure` between 0 and 1."""

    rule: str
    write: PaidWrite
    where: str
    sure: float
    in_browser: bool


def unproven_grants(view: ProjectView) -> tuple[Grant, ...]:
    """Every place where a visitor gets paid state without proof: one for each function of a server, and one for each
    table that a file of the browser writes."""
    writes = paid_writes(view)
    if not writes:
        return ()
    proofs = _Proofs(view)
    found: dict[tuple[str, str], Grant] = {}
    for write in writes:
        grant = _in_browser(view, write) if _runs_in_browser(view, write) else _on_server(view, write, proofs)
        if grant is not None:
            found.setdefault((write.path, write.table if grant.in_browser else write.function), grant)
    return tuple(found[key] for key in sorted(found))


def staff_only(route: Route, optional: tuple[tuple[int, int], ...] = ()) -> bool:
    """Whether only the founder's own people reach a route, or a machine with a secret. `optional` are lines of the
    route that do not always run, so that what stands there proves nothing."""
    if route.is_webhook or (_HARMLESS.search(route.route) and "admin" in route.route.lower()):
        return True
    return any(
        guard.strength in (GuardStrength.CRON, GuardStrength.SIGNATURE) or _STAFF_GUARD.search(guard.name)
        for guard in route.guards
        if not any(guard.path == route.path and first <= guard.line <= last for first, last in optional)
    )


def routes_at(view: ProjectView, path: str, function: str, line: int) -> Iterator[Route]:
    """The routes whose own code holds this place, or that run the query there."""
    for route in view.routes.routes:
        handler = route.handler
        if handler is not None and route.path == path and handler.span.line <= line <= handler.span.line_end:
            if function == handler.name or function.startswith(f"{handler.name}.") or handler.span.line > 1:
                yield route
        elif any(item.path == path and item.line == line for item in route.accesses):
            yield route


def _runs_in_browser(view: ProjectView, write: PaidWrite) -> bool:
    if write.layer not in ("supabase", "firestore", "metadata"):
        return False
    directives = view.outlines[write.path].directives
    return "use server" not in directives and view.client_graph.is_client(write.path)


def _in_browser(view: ProjectView, write: PaidWrite) -> Grant | None:
    names = f"{write.path} {write.function}"
    if _HARMLESS.search(names) or not (
        write.is_entitlement or (write.column == "status" and "subscri" in write.table)
    ):
        return None
    if write.requested is False and not write.granted:
        return None
    reach = _reachable(view, write)
    if reach is None:
        return None
    text = view.text(write.path) or ""
    rule = "grant-on-redirect" if _RETURN_PARAM.search(text) else "client-sets-plan"
    return Grant(rule, write, "", reach, True)


def _reachable(view: ProjectView, write: PaidWrite) -> float | None:
    """How sure it is that the database takes this write from a browser; None when it does not."""
    if write.layer != "supabase":
        return 0.8
    table = next((item for item in view.schema.tables.values() if item.bare_name == write.table), None)
    if table is None:
        return 0.7
    if not table.rls:
        return 0.9
    if not any(_lets_write(table, command) for command in ("update", "insert")):
        return None
    guarded = any(
        trigger.table.rpartition(".")[2] == write.table
        and trigger.before
        and _names_column(view, trigger.function, write.column)
        for trigger in view.schema.triggers
    )
    return None if guarded else 0.9


def _lets_write(table: Table, command: str) -> bool:
    return any(
        policy.permissive
        and policy.command.lower() in (command, "all")
        and (not policy.roles or _CALLER_ROLES & set(policy.roles))
        and (policy.check or policy.using or "").strip().lower() not in ("false", "(false)")
        for policy in table.policies
    )


def _names_column(view: ProjectView, function: str, column: str) -> bool:
    last = function.rpartition(".")[2]
    return any(item.name.rpartition(".")[2] == last and column in item.body for item in view.schema.functions)


def _on_server(view: ProjectView, write: PaidWrite, proofs: _Proofs) -> Grant | None:
    if any(hook.handler_path == write.path or write.path in hook.visited for hook in view.webhooks.webhooks):
        return None
    for route in routes_at(view, write.path, write.function, write.line):
        if route.kind is EntryKind.PAGE_DATA and not _RETURN.search(route.route):
            continue
        handler = route.handler
        names = f"{route.route} {handler.name if handler else ''} {write.function}"
        if (
            staff_only(route, proofs.optional(write))
            or _HARMLESS.search(names)
            or "admin" in write.path.lower()
        ):
            continue
        if handler is not None and proofs.has(route.path, handler.name, write):
            continue
        if proofs.has(write.path, write.function, write):
            continue
        if write.requested and write.is_entitlement and _ACCOUNT_TABLE.search(write.table):
            return Grant("client-sets-plan", write, route.route, 0.8, False)
        if not write.requested and write.granted and _RETURN.search(f"{route.route} {write.function}"):
            return Grant("grant-on-redirect", write, route.route, 0.85, False)
    return None


@dataclass(frozen=True, slots=True)
class _Asking:
    """What a function does about proof. `spared` are the branches of a function that opens a payment itself: who goes
    through one of them had nothing to pay. `optional` are the lines of branches that ask the provider, and only run
    when the request names something to ask about: `if (sessionId) { …retrieve(sessionId) }`."""

    asks: bool
    called: frozenset[str]
    optional: tuple[tuple[int, int], ...] = ()
    spared: tuple[tuple[int, int], ...] = ()


class _Proofs:
    """Which functions ask the provider or check its signature, themselves or through what they call."""

    def __init__(self, view: ProjectView) -> None:
        self._view = view

    @cached_property
    def _asking(self) -> Mapping[str, Mapping[str, _Asking]]:
        return self._view.each_outline("payments.asking", _asking)

    @cached_property
    def _names(self) -> frozenset[str]:
        names = {
            name.rpartition(".")[2]
            for functions in self._asking.values()
            for name, item in functions.items()
            if (item.asks or item.optional) and "@" not in name
        }
        for _ in range(_ASKS_HOPS):
            names |= {
                name.rpartition(".")[2]
                for functions in self._asking.values()
                for name, item in functions.items()
                if item.called & names and "@" not in name
            }
        return frozenset(names) - {"", "POST", "GET", "handler", "default"}

    def optional(self, write: PaidWrite) -> tuple[tuple[int, int], ...]:
        """The lines around which a write goes without proof."""
        item = self._asking.get(write.path, {}).get(write.function)
        lines = item.optional if item else ()
        return tuple((first, last) for first, last in lines if not first <= write.line <= last)

    def has(self, path: str, function: str, write: PaidWrite) -> bool:
        """Whether this function asks before the write; asking only when the visitor wants to be asked is none."""
        return any(
            item.asks
            or item.called & self._names
            or (write.path == path and any(first <= write.line <= last for first, last in item.spared))
            or any((first <= write.line <= last or write.path != path) for first, last in item.optional)
            for name, item in self._asking.get(path, {}).items()
            if name == function
            or name.startswith(f"{function}.")
            or (function.startswith(f"{name}.") and "@" in name)
        )


def _asking(outline: Outline) -> dict[str, _Asking]:
    """For each function of a file: whether it asks the provider, and the names it calls."""
    if outline.shallow:
        return {}
    found: dict[str, _Asking] = {}
    for function in outline.functions:
        asks, called, optional = False, set[str](), list[tuple[int, int]]()
        branches = _optional_branches(function.body)
        for call in calls_within(function.body):
            name = called_name(call)
            around = next((item for item in branches if item[0] <= call.span.line <= item[1]), None)
            if _proves(call, name):
                asks = asks or around is None
                optional += [] if around is None else [around]
            elif around is None:
                called.add(name.rpartition(".")[2])
        found[function.name] = _Asking(
            asks, frozenset(called), tuple(dict.fromkeys(optional)), _spared(function.body)
        )
    return found


def _spared(steps: tuple[Step, ...]) -> tuple[tuple[int, int], ...]:
    if not any(
        (kind := action_of(call, True)) is not None and kind[0] in OPENING for call in calls_within(steps)
    ):
        return ()
    return tuple(
        (step.then[0].span.line, step.then[-1].span.line_end)
        for step in steps_within(steps)
        if isinstance(step, Branch) and step.then and isinstance(step.then[-1], Leave)
    )


def _proves(call: Call, name: str) -> bool:
    kind = action_of(call, True)
    return (
        (kind is not None and kind[0] is PayAction.LOOK)
        or _PROVES.search(name) is not None
        or (_WEB_CRYPTO.search(name) is not None and any("HMAC" in arg.text for arg in call.args[:1]))
        or any(_PROVIDER_ADDRESS.search(arg.text) for arg in call.args[:1])
    )


def _optional_branches(steps: tuple[Step, ...]) -> tuple[tuple[int, int], ...]:
    """First and last lines of `if (x) { … }` without `else`, where `x` is what the request says."""
    asked = {
        target
        for step in steps_within(steps)
        if isinstance(step, Do) and step.value is not None and _REQUESTED.search(step.value.text)
        for target in step.targets
    }
    return tuple(
        (step.span.line, step.span.line_end)
        for step in steps_within(steps)
        if isinstance(step, Branch)
        and not step.orelse
        and (step.test.strip("() :") in asked or _REQUESTED.match(step.test.strip("() :")) is not None)
    )
