"""Code that gives what somebody should have paid for, without asking the provider whether they did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Outline, calls_within
from lastmile_desktop.project.models.paid_state import PaidWrite, paid_writes
from lastmile_desktop.project.models.payment_calls import PayAction, action_of, called_name
from lastmile_desktop.project.models.routes import EntryKind, GuardStrength, Route
from lastmile_desktop.project.models.schema import Table

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_PROVES = re.compile(
    r"(?:createHmac|hmac\.new|compare_digest|timingSafeEqual|verify_payment_signature|validatePaymentVerification|"
    r"validateWebhookSignature|constructEvent\w*|construct_event|verifyWebhook|verify_id_token|verifyReceipt|"
    r"get_checkout_status|getSubscriber|getCustomerInfo|\w*[vV]erify\w*(?:Payment|Signature|Receipt|Transaction)\w*|"
    r"verify_(?:payment|signature|receipt|transaction)\w*|\w*(?:[cC]onfirm|[cC]apture)\w*(?:Intent|Order)\w*)$"
)
_PROVIDER_ADDRESS = re.compile(
    r"api\.(?:stripe|paystack|flutterwave|razorpay|paypal|mollie|mercadopago|lemonsqueezy|paddle|polar|revenuecat)\.|"
    r"api-m\.(?:sandbox\.)?paypal\.|buy\.itunes\.apple|androidpublisher|verifyReceipt"
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
    r"mark_?(?:as_?)?paid|manual|invoice",
    re.IGNORECASE,
)
_STAFF_GUARD = re.compile(r"admin|staff|superuser|moderator|owner|operator|manager|internal", re.IGNORECASE)
_ACCOUNT_TABLE = re.compile(
    r"user|profile|account|subscription|member|organi[sz]ation|team|workspace|tenant|customer|storage|prisma|db|credit|wallet|"
    r"plan|licen[cs]e|^set$|^$",
    re.IGNORECASE,
)
_ASKS_HOPS = 2
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


def staff_only(route: Route) -> bool:
    """Whether only the founder's own people reach a route, or a machine with a secret."""
    if route.is_webhook or (_HARMLESS.search(route.route) and "admin" in route.route.lower()):
        return True
    return any(
        guard.strength in (GuardStrength.CRON, GuardStrength.SIGNATURE) or _STAFF_GUARD.search(guard.name)
        for guard in route.guards
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
        if staff_only(route) or _HARMLESS.search(names) or "admin" in write.path.lower():
            continue
        if handler is not None and proofs.has(route.path, handler.name):
            continue
        if proofs.has(write.path, write.function):
            continue
        if write.requested and write.is_entitlement and _ACCOUNT_TABLE.search(write.table):
            return Grant("client-sets-plan", write, route.route, 0.8, False)
        if not write.requested and write.granted and _RETURN.search(f"{route.route} {write.function}"):
            return Grant("grant-on-redirect", write, route.route, 0.85, False)
    return None


class _Proofs:
    """Which functions ask the provider or check its signature, themselves or through what they call."""

    def __init__(self, view: ProjectView) -> None:
        self._view = view

    @cached_property
    def _asking(self) -> Mapping[str, Mapping[str, tuple[bool, frozenset[str]]]]:
        return self._view.each_outline("payments.asking", _asking)

    @cached_property
    def _names(self) -> frozenset[str]:
        names = {
            name.rpartition(".")[2]
            for functions in self._asking.values()
            for name, (asks, _) in functions.items()
            if asks and "@" not in name
        }
        for _ in range(_ASKS_HOPS):
            names |= {
                name.rpartition(".")[2]
                for functions in self._asking.values()
                for name, (_, called) in functions.items()
                if called & names and "@" not in name
            }
        return frozenset(names) - {"", "POST", "GET", "handler", "default"}

    def has(self, path: str, function: str) -> bool:
        return any(
            asks or called & self._names
            for name, (asks, called) in self._asking.get(path, {}).items()
            if name == function
            or name.startswith(f"{function}.")
            or (function.startswith(f"{name}.") and "@" in name)
        )


def _asking(outline: Outline) -> dict[str, tuple[bool, frozenset[str]]]:
    """For each function of a file: whether it asks the provider, and the names it calls."""
    if outline.shallow:
        return {}
    found: dict[str, tuple[bool, frozenset[str]]] = {}
    for function in outline.functions:
        asks, called = False, set[str]()
        for call in calls_within(function.body):
            name = called_name(call)
            called.add(name.rpartition(".")[2])
            kind = action_of(call, True)
            if (
                (kind is not None and kind[0] is PayAction.LOOK)
                or _PROVES.search(name)
                or any(_PROVIDER_ADDRESS.search(arg.text) for arg in call.args[:1])
            ):
                asks = True
        found[function.name] = (asks, frozenset(called))
    return found
