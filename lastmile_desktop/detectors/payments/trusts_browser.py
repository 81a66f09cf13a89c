"""payments.trusts-browser: whether the visitor's browser decides what is paid, or that it was paid."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.payments.entitlements import ungated
from lastmile_desktop.project.models.payments.payment_calls import OPENING, PayAction, PayCall, payment_calls
from lastmile_desktop.project.models.payments.payment_customers import claimed_customers
from lastmile_desktop.project.models.payments.payment_flows import BrowserDecides, browser_decides
from lastmile_desktop.project.models.payments.payment_grants import (
    Grant,
    routes_at,
    staff_only,
    unproven_grants,
)
from lastmile_desktop.project.models.webhooks.model import Webhook
from lastmile_desktop.project.view import ProjectView

_CHECK = "payments.trusts-browser"
_AMOUNTS = frozenset(
    {
        "unit_amount",
        "unit_amount_decimal",
        "amount",
        "unit_price",
        "custom_price",
        "price_amount",
        "transaction_amount",
        "transactionAmount",
        "gross_amount",
        "order_amount",
        "total_amount",
        "totalAmount",
        "amount_cents",
        "amount_in_cents",
        "amountInCents",
        "paidPrice",
        "amount_off",
        "percent_off",
    }
)
_MONEY_TAKING = OPENING | {PayAction.INVOICE}
_PRICES = frozenset(
    {"price", "price_id", "priceId", "variantId", "variant_id", "productId", "product_id", "plan", "plan_id"}
)
_GIFT = re.compile(
    r"donat|tip(?:s|_|\b|ping)|contribut|pledge|sponsor|pay.?what|top.?up|wallet|gift|crowd|(?<!re)fund|campaign|zakat|offering|"
    r"custom_?amount|send_?money|add_?funds|recharge",
    re.IGNORECASE,
)
# A deposit fills an account, or is the first part of a price that the server knows.
_DEPOSIT = re.compile(r"deposit", re.IGNORECASE)
_BOOKED = re.compile(r"book|appointment|reserv|order|stylist|service|product|rental|invoice", re.IGNORECASE)
_TOGETHER = re.compile(
    r"checkout\.session\.completed[\"'`]\s*(?:\|\||:\s*case)\s*[^\n]{0,80}checkout\.session\.async_payment_succeeded"
)
_MOST_PASSES = 5


def detect(view: ProjectView) -> Detection:
    calls = [
        call
        for call in payment_calls(view)
        if not view.client_graph.is_client(call.path) or _is_server(view, call)
    ]
    grants = unproven_grants(view)
    if not calls and not grants:
        if not view.facts.has("pay.provider"):
            return Detection(not_applicable=NotApplicable("Nothing here takes payments."))
        return Detection(
            unknowns=(Unknown("A payment provider is set up, but no code that takes a payment was found."),)
        )
    findings = (
        *_decided(view, browser_decides(view)),
        *(_grant(grant) for grant in grants),
        *_claims(view),
        *_async_payments(view, calls),
        *_only_in_the_interface(view),
    )
    return Detection(
        findings,
        tuple(_passes(view, calls, findings)),
        tuple(
            Unknown(f"This file could not be read: {why}.", path)
            for path, why in view.routes.unparsed
            if "pay" in path
        ),
        (Looked("calls to payment providers", len(calls), len(calls)),),
    )


def _is_server(view: ProjectView, call: PayCall) -> bool:
    return "use server" in view.outlines[call.path].directives


def _decided(view: ProjectView, decided: tuple[BrowserDecides, ...]) -> Iterator[RawFinding]:
    """One finding for each payment call and kind of mistake."""
    seen: set[tuple[str, int, str]] = set()
    by_call: dict[tuple[str, int], set[str]] = {}
    for item in decided:
        by_call.setdefault((item.pay.path, item.pay.line), set()).add(_kind(item) or "")
    for item in decided:
        kind = _kind(item)
        key = (item.pay.path, item.pay.line, kind or "")
        kinds = by_call[item.pay.path, item.pay.line]
        if kind is None or key in seen or (kind == "currency" and "amount" in kinds):
            continue
        if kind == "amount" and _is_gift(view, item):
            continue
        if _is_staff(view, item):
            continue
        seen.add(key)
        yield _finding(item, kind)


def _kind(item: BrowserDecides) -> str | None:
    """What a visitor can choose by it; None when that does no harm."""
    field, action = item.field, item.pay.action
    last = field.rpartition(".")[2]
    if "metadata" in field or "custom_data" in field:
        return None
    if action in _MONEY_TAKING:
        if _is_amount(item, last) and not field.startswith(("shipping", "transfer_data")):
            return "amount"
        if last == "currency":
            return "currency"
        if last == "discounts" or (last in ("coupon", "promotion_code") and "discount" in field):
            return "discount"
        if (
            last in _PRICES
            and action in (PayAction.CHECKOUT, PayAction.SUBSCRIBE, PayAction.LINK)
            and "product_data" not in field
        ):
            return "price"
    if action is PayAction.CHANGE:
        return "customer" if field == "#0" else ("price" if last in _PRICES else None)
    if action is PayAction.CANCEL and field == "#0":
        return "customer"
    if action in (PayAction.PORTAL, PayAction.LOOK) and last == "customer":
        return "customer"
    if action is PayAction.TRANSFER and last in ("amount", "destination"):
        return "amount"
    return None


def _is_amount(item: BrowserDecides, last: str) -> bool:
    """`amount: { value }` of Mollie and PayPal, `value` of Asaas: the amount goes by a plain word there."""
    if last == "value":
        return "amount." in item.field or item.pay.provider == "asaas"
    return last in _AMOUNTS


_SAYS = {
    "amount": (
        "amount-from-request",
        "takes the amount (`{text}`) from the browser, so a visitor can pay 1 cent",
        None,
        0.85,
    ),
    "currency": (
        "amount-from-request",
        "takes the currency (`{text}`) from the browser while the amount stays, so a visitor can pay in a cheaper one",
        Severity.HIGH,
        0.8,
    ),
    "discount": (
        "amount-from-request",
        "applies whatever coupon (`{text}`) the browser names, also those meant for somebody else",
        Severity.HIGH,
        0.7,
    ),
    "price": (
        "price-id-unchecked",
        "uses the price (`{text}`) that the browser names without looking it up in a list of what you sell now",
        None,
        0.8,
    ),
    "customer": (
        "customer-id-from-request",
        "acts for the customer or subscription (`{text}`) that the browser names, without looking whose it is",
        None,
        0.85,
    ),
}  # fmt: skip


def _finding(item: BrowserDecides, kind: str) -> RawFinding:
    rule, says, severity, sure = _SAYS[kind]
    evidence = [at(item.pay.path, item.line)]
    if (item.entry_path, item.entry_line) != (item.pay.path, item.line):
        evidence.append(at(item.entry_path, item.entry_line, note="the request comes in here"))
    if kind == "price" and item.pay.action is PayAction.CHANGE:
        severity = Severity.HIGH
    return RawFinding(
        f"{_CHECK}/{rule}",
        f"`{item.pay.name}` {says.format(text=item.text[:40])}.",
        tuple(evidence),
        f"{item.pay.function}:{item.pay.name}:{kind}",
        severity,
        sure,
    )


def _is_gift(view: ProjectView, item: BrowserDecides) -> bool:
    """Donations and top-ups: the visitor may choose."""
    names = " ".join((item.pay.path, item.pay.function, item.entry_path, item.entry_function, item.text))
    lines = (view.text(item.pay.path) or "").splitlines()
    written = "\n".join(lines[item.pay.line - 1 : item.pay.call.span.line_end])
    said = f"{names}\n{written[:6000]}"
    return _GIFT.search(said) is not None or (
        _DEPOSIT.search(said) is not None and _BOOKED.search(said) is None
    )


def _is_staff(view: ProjectView, item: BrowserDecides) -> bool:
    if "admin" in item.entry_path.lower() or "admin" in item.entry_function.lower():
        return True
    return any(
        staff_only(route) for route in routes_at(view, item.entry_path, item.entry_function, item.entry_line)
    )


def _grant(grant: Grant) -> RawFinding:
    write = grant.write
    what = f"`{write.column}`" + (
        f" in `{write.table}`" if write.table and write.table not in ("storage", "set", "values") else ""
    )
    if grant.in_browser:
        message = f"Code in the browser writes {what}, so anyone can run it without paying."
    elif grant.rule == "client-sets-plan":
        message = f"`{grant.where}` writes {what} as the request says it, so a visitor can take a paid plan for free."
    else:
        message = (
            f"`{grant.where}` writes {what} without asking the payment provider whether anything was paid."
        )
    if grant.in_browser and grant.rule == "grant-on-redirect":
        message = f"Coming back to this page writes {what}; whoever opens its address gets it without paying."
    return RawFinding(
        f"{_CHECK}/{grant.rule}",
        message,
        (at(write.path, write.line),),
        f"{write.function}:{write.table}:{write.column}",
        confidence=grant.sure,
    )


def _claims(view: ProjectView) -> Iterator[RawFinding]:
    """Whoever claims another customer's id opens that customer's billing portal."""
    for item in claimed_customers(view):
        message = (
            f"`{item.column}` is stored as the request says it, so a visitor can claim another customer's account "
            "and act on their subscription."
        )
        place = at(item.path, item.line)
        symbol = f"{item.function}:{item.column}"
        yield RawFinding(f"{_CHECK}/customer-id-from-request", message, (place,), symbol, Severity.HIGH, 0.7)


def _async_payments(view: ProjectView, calls: list[PayCall]) -> Iterator[RawFinding]:
    """Checkout sessions that may end before the money arrives, and a handler that does not look."""
    open_ended = [call for call in calls if call.action is PayAction.CHECKOUT and _may_be_delayed(call)]
    if not open_ended:
        return
    for hook in view.webhooks.webhooks:
        line = _fulfils_blindly(view, hook)
        if line:
            message = (
                f"`{hook.name}` treats every finished checkout as paid; with bank debits the money comes (or fails) "
                "days later. Look at `payment_status`."
            )
            place = at(hook.handler_path, line)
            other = at(
                open_ended[0].path,
                open_ended[0].line,
                note="this checkout does not say which payment methods it takes",
            )
            yield RawFinding(
                f"{_CHECK}/no-async-payments",
                message,
                (place, other),
                hook.handler_name or hook.name,
                confidence=0.75,
            )


def _may_be_delayed(call: PayCall) -> bool:
    mode = call.field("mode")
    types = [field for field in call.fields if field.last in ("payment_method_types", "paymentMethodTypes")]
    if mode is None or mode.value.literal != "payment":
        return False
    return not types and "payment_method_types" not in call.call.args[0].text if call.call.args else not types


def _fulfils_blindly(view: ProjectView, hook: Webhook) -> int:
    if hook.provider != "stripe" or not hook.happenings:
        return 0
    texts = [view.text(path) or "" for path in hook.visited]
    if any("payment_status" in text or "paymentStatus" in text for text in texts):
        return 0
    # Both events in one condition are treated alike: the first may come long before the money.
    apart = [text for text in texts if "async_payment_succeeded" in text and not _TOGETHER.search(text)]
    if apart:
        return 0
    text = view.text(hook.handler_path) or ""
    found = re.search(r"checkout\.session\.completed", text)
    return line_at(text, found.start()) if found else 0


def _only_in_the_interface(view: ProjectView) -> Iterator[RawFinding]:
    gate = ungated(view)
    if gate is not None:
        message = (
            f"`{gate.name}` hides paid features in the browser only; neither server nor database asks about the plan "
            f"before `{gate.endpoint}` does its work."
        )
        yield RawFinding(
            f"{_CHECK}/entitlement-client-only",
            message,
            (
                at(gate.path, gate.line),
                at(gate.endpoint_path, gate.endpoint_line, note="works for everyone who is signed in"),
            ),
            gate.name,
            confidence=0.6,
        )


def _passes(
    view: ProjectView, calls: list[PayCall], findings: tuple[RawFinding, ...]
) -> Iterator[PassEvidence]:
    blamed = {(evidence.path, evidence.line_start) for item in findings for evidence in item.evidence[:1]}
    shown = 0
    for call in calls:
        clear = not any(
            path == call.path and call.line <= line <= call.call.span.line_end for path, line in blamed
        )
        if call.action in _MONEY_TAKING and clear and shown < _MOST_PASSES:
            shown += 1
            yield PassEvidence(at(call.path, call.line, note="the server decides what is paid here"))
    for hook in view.webhooks.webhooks:
        if hook.proof is not None and hook.company.money and hook.happenings and shown < _MOST_PASSES + 2:
            shown += 1
            yield PassEvidence(
                at(hook.proof.path, hook.proof.line, note="what was paid is learned from a verified event")
            )
