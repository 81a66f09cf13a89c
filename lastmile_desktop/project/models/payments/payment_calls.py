"""Calls to payment providers: what each one does, and the options it is given (catalogue §5.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Call,
    Do,
    Function,
    Outline,
    Step,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.payments.payment_hosts import addresses, does_at, spelled
from lastmile_desktop.project.models.webhooks.entries import is_skipped

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_DEPTH = 6
_MOST_FIELDS = 200


class PayAction(StrEnum):
    """`OPEN` starts a payment at a provider other than Stripe, `LOOK` asks how something stands."""

    CHECKOUT = "checkout"
    INTENT = "intent"
    CHARGE = "charge"
    SUBSCRIBE = "subscribe"
    CHANGE = "change"
    CANCEL = "cancel"
    REFUND = "refund"
    TRANSFER = "transfer"
    PORTAL = "portal"
    INVOICE = "invoice"
    LINK = "link"
    OPEN = "open"
    LOOK = "look"
    PREVIEW = "preview"
    SCHEDULE = "schedule"


# What a payment is started with, by any provider.
OPENING = frozenset(
    {
        PayAction.CHECKOUT,
        PayAction.INTENT,
        PayAction.CHARGE,
        PayAction.SUBSCRIBE,
        PayAction.LINK,
        PayAction.OPEN,
    }
)
_SUFFIX = r"(?:_async|Async)?$"
_BY_NAME: tuple[tuple[re.Pattern[str], PayAction], ...] = tuple(
    (re.compile(pattern + _SUFFIX), action)
    for pattern, action in (
        (r"billing_?[pP]ortal\.(?:sessions|Session)\.create", PayAction.PORTAL),
        (r"customerPortal(?:Sessions)?\.create|customerSessions\.create|create_customer_portal", PayAction.PORTAL),
        (r"checkout\.(?:sessions|Session)\.create|(?<!portal\.)\bSession\.create|checkouts\.create|createCheckout",
         PayAction.CHECKOUT),
        (r"(?:paymentIntents|payment_intents|PaymentIntent)\.create", PayAction.INTENT),
        (r"(?:charges|Charge)\.create", PayAction.CHARGE),
        (r"(?:subscriptionSchedules|subscription_schedules|SubscriptionSchedule)\.\w+", PayAction.SCHEDULE),
        (r"(?:subscriptions|Subscription|[pP]re_?[aA]pproval)\.create", PayAction.SUBSCRIBE),
        (r"[pP]re_?[aA]pproval\.update", PayAction.CHANGE),
        (r"[pP]re_?[aA]pproval\.(?:get|search)", PayAction.LOOK),
        (r"(?:subscriptions|Subscription|subscriptionItems|subscription_items|SubscriptionItem)\.(?:update|modify)"
         r"|updateSubscription", PayAction.CHANGE),
        (r"(?:subscriptions|Subscription)\.(?:cancel|del|delete)|cancelSubscription", PayAction.CANCEL),
        (r"(?:refunds|Refund)\.create|payments\.refund", PayAction.REFUND),
        (r"(?:transfers|Transfer|payouts|Payout)\.create", PayAction.TRANSFER),
        (r"(?:invoiceItems|InvoiceItem|invoices|Invoice)\.create", PayAction.INVOICE),
        (r"(?:paymentLinks|payment_links|PaymentLink|payment_link|paymentLink)\.create", PayAction.LINK),
        (r"(?:orders?|Order|transactions|preferences?|payments)\.(?:create|createOrder)"
         r"|OrdersCreateRequest|createOrder|createTransaction(?:Token|RedirectUrl)?|transaction\.initialize"
         r"|[cC]heckoutForm(?:Initialize)?\.(?:create|initialize)|PGCreateOrder|createInvoice|createPaymentLink"
         r"|PaymentsApi\.(?:sessions|payments)|initiatePayment|STKPush|stkPush|lipaNaMpesa\w*", PayAction.OPEN),
        (r"(?:invoices|Invoice)\.(?:createPreview|create_preview|retrieveUpcoming|upcoming)", PayAction.PREVIEW),
        (r"(?:checkout\.sessions|checkout\.Session|Session|paymentIntents|PaymentIntent|subscriptions|Subscription|"
         r"orders?|payments?|transactions?|charges|invoices|setupIntents|checkouts)\."
         r"(?:retrieve|list|fetch|get|verify|capture|search|confirm)", PayAction.LOOK),
    )
)  # fmt: skip
_MAYBE = re.compile(
    r"(?:create|update|modify|cancel|del|delete|retrieve|list|fetch|get|verify|capture|search|confirm|refund|upcoming|"
    r"retrieveUpcoming|createPreview|create_preview|createCheckout|createOrder|updateSubscription|cancelSubscription|"
    r"createTransaction(?:Token|RedirectUrl)?|initialize|PGCreateOrder|createInvoice|createPaymentLink|sessions|payments|"
    r"initiatePayment|STKPush|stkPush|lipaNaMpesa\w*|OrdersCreateRequest|create_customer_portal|create_async|modify_async|release)(?:Async)?$"
)
_PROVIDER = re.compile(
    r"stripe|paddle|lemon_?squeezy|\bpolar\b|polar[-_.]?sh|polar_sdk|razorpay|paypal|mollie|mercadopago|paystack|flutterwave|"
    r"square(?:up|client)|braintree|chargebee|yoco|payfast|iyzi(?:co|pay)|midtrans|xendit|paymongo|toss_?payments|portone|"
    r"iamport|moyasar|cashfree|phonepe|adyen|klarna|pagar_?me|asaas|wompi|conekta|culqi|abacate_?pay|mpesa|daraja|pesapal|"
    r"intasend|gocardless|yookassa|sslcommerz|bkash|khalti|omise|vnpay|payos|dodo_?payments|creem|pagseguro|efipay|paytm",
    re.IGNORECASE,
)
_HOSTS = (
    (re.compile(r"api\.stripe\.com/v1/checkout/sessions"), PayAction.CHECKOUT, "stripe"),
    (re.compile(r"api\.stripe\.com/v1/payment_intents"), PayAction.INTENT, "stripe"),
    (re.compile(r"api\.stripe\.com/v1/charges"), PayAction.CHARGE, "stripe"),
    (re.compile(r"api\.stripe\.com/v1/refunds"), PayAction.REFUND, "stripe"),
    (re.compile(r"api\.stripe\.com/v1/billing_portal"), PayAction.PORTAL, "stripe"),
    (re.compile(r"api\.paystack\.co/transaction/(?:initialize|charge_authorization)"), PayAction.OPEN, "paystack"),
    (re.compile(r"api\.flutterwave\.com/v\d/payments"), PayAction.OPEN, "flutterwave"),
    (re.compile(r"api\.razorpay\.com/v1/orders|/v2/checkout/orders\b"), PayAction.OPEN, "razorpay"),
    (re.compile(r"api\.lemonsqueezy\.com/v1/checkouts"), PayAction.CHECKOUT, "lemonsqueezy"),
    (re.compile(r"api\.mercadopago\.com/checkout/preferences"), PayAction.OPEN, "mercadopago"),
    (re.compile(r"api\.mercadopago\.com/v1/payments[`'\"]?$"), PayAction.CHARGE, "mercadopago"),
)  # fmt: skip
# What a project calls its own helpers around a provider's interface, by the module they are imported from.
_OWN: tuple[tuple[re.Pattern[str], PayAction], ...] = tuple(
    (re.compile(pattern), action)
    for pattern, action in (
        (r"^(?:schedule)?[cC]ancel\w{0,20}Subscription", PayAction.CANCEL),
        (r"^(?:update|change|swap|switch|upgrade|downgrade)\w{0,20}(?:Subscription|Plan)$", PayAction.CHANGE),
        (r"^(?:create|start)\w{0,20}Subscription$", PayAction.SUBSCRIBE),
        (r"^(?:create|get|open)\w{0,20}Portal\w{0,20}$", PayAction.PORTAL),
        (r"^(?:create|start|open)\w{0,20}(?:Checkout|PaymentLink|Preference)\w{0,10}$", PayAction.OPEN),
        (r"^(?:get|fetch|list|retrieve|verify)\w{0,20}(?:Subscription|Payment|Transaction|Order)s?\w{0,12}$",
         PayAction.LOOK),
    )
)  # fmt: skip
_FETCHES = re.compile(r"^(?:fetch|axios|got|ky|requests|httpx|client|http|\$fetch|\w*[aA]xios\w*|session)\b")
_IS_OWN = re.compile(r"^(?:\.|@/|~/|#|\$lib|src/|lib/)")
NO_ADDRESSES: Mapping[str, str] = {}
_IDENTIFIER = re.compile(r"^(?:\.\.\.)?([A-Za-z_$][\w$]*)$")


@dataclass(frozen=True, slots=True)
class Field:
    """A member of the options, by its dotted name without places in lists (`line_items.price_data.unit_amount`).
    `scope` is the function the value is written in: a callback for members made in `items.map(…)`."""

    name: str
    value: Value
    scope: str
    over: Value | None = None

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class PayCall:
    """One call. `function` is the function around it; `fields` its options, as far as they are written there; `own`
    when it is a helper of the project around a provider's interface."""

    action: PayAction
    provider: str
    call: Call
    path: str
    function: str
    fields: tuple[Field, ...]
    own: bool = False

    @property
    def line(self) -> int:
        return self.call.span.line

    @property
    def name(self) -> str:
        """The called name: `stripe.checkout.sessions.create`."""
        return self.call.callee

    def field(self, name: str) -> Field | None:
        """The first option with this dotted name."""
        return next((item for item in self.fields if item.name == name), None)

    def has(self, last: str) -> bool:
        """Whether any option, at any depth, has this name."""
        return any(item.last == last for item in self.fields)


def payment_calls(view: ProjectView) -> tuple[PayCall, ...]:
    """Every call to a payment provider in code that serves users."""
    found = view.each_outline("payments.calls", calls_of)
    return tuple(item for path in sorted(found) for item in found[path])


def calls_of(outline: Outline) -> tuple[PayCall, ...]:
    """The payment calls of one file."""
    if outline.shallow or is_skipped(outline.path):
        return ()
    about = _is_about_payments(outline)
    held = addresses(outline)
    helpers = _own_helpers(outline)
    reader: _Options | None = None
    found: list[PayCall] = []
    for scope, steps in (("", outline.top), *((item.name, item.body) for item in outline.functions)):
        for call in calls_within(steps):
            kind = action_of(call, about, held)
            own = helpers.get(call.callee) if kind is None else None
            if kind is not None or own is not None:
                reader = reader or _Options(outline)
                fields = tuple(reader.fields_of(call, scope, steps))[:_MOST_FIELDS]
                action, provider = kind or own or (PayAction.LOOK, "")
                found.append(PayCall(action, provider, call, outline.path, scope, fields, own is not None))
    return tuple(found)


def action_of(
    call: Call, about_payments: bool, held: Mapping[str, str] = NO_ADDRESSES
) -> tuple[PayAction, str] | None:
    """(action, provider) of a call; None when it is no payment call. `held` are the addresses that names stand for."""
    if _FETCHES.match(call.root) and call.args:
        address = spelled(call.args[0].literal or call.args[0].text, held)
        for host, action, provider in _HOSTS:
            if host.search(address):
                return action, provider
        does, provider = does_at(address, call)
        if does:
            return PayAction(does), provider
    name = called_name(call)
    if "." not in name or not _MAYBE.search(name):
        return None
    named = _PROVIDER.search(name)
    if named is None and not about_payments:
        return None
    action = _by_name(name)
    return (action, named[0].lower() if named else "stripe") if action is not None else None


def called_name(call: Call) -> str:
    """The dotted name up to the last called link."""
    names, kept = [call.root], [call.root]
    for link in call.links:
        if link.name:
            names.append(link.name)
        if link.args is not None:
            kept = list(names)
            if link.name in ("then", "catch", "finally"):
                kept = names[:-1]
                break
    return ".".join(kept)


@lru_cache(maxsize=8192)
def _by_name(name: str) -> PayAction | None:
    return next((action for pattern, action in _BY_NAME if pattern.search(name)), None)


def _is_about_payments(outline: Outline) -> bool:
    return any(
        _PROVIDER.search(item.module) or any(_PROVIDER.search(local) for local, _ in item.names)
        for item in outline.imports
    )


def _own_helpers(outline: Outline) -> dict[str, tuple[PayAction, str]]:
    """What the project's own helpers for a provider other than Stripe do, by their local names."""
    found: dict[str, tuple[PayAction, str]] = {}
    for item in outline.imports:
        named = _PROVIDER.search(item.module) if _IS_OWN.match(item.module) else None
        if named is None or named[0].lower() == "stripe" or item.type_only:
            continue
        for local, imported in item.names:
            action = next((action for pattern, action in _OWN if pattern.search(imported)), None)
            if action is not None:
                found[local] = action, named[0].lower()
    return found


class _Options:
    """Reads the options of calls, through local variables and callbacks of one file."""

    def __init__(self, outline: Outline) -> None:
        self._functions: Mapping[str, Function] = {item.name: item for item in outline.functions}
        self._top = outline.top

    def fields_of(self, call: Call, scope: str, steps: tuple[Step, ...]) -> Iterator[Field]:
        for index, arg in enumerate(call.args):
            if arg.name:
                yield from self._field(arg.name, arg, scope, steps, 0, None)
            else:
                name = "" if _is_options(arg) else f"#{index}"
                yield from self._field(name, arg, scope, steps, 0, None)

    def _field(
        self, name: str, value: Value, scope: str, steps: tuple[Step, ...], depth: int, over: Value | None
    ) -> Iterator[Field]:
        if depth > _DEPTH:
            return
        if value.entries or value.items:
            for key, inner in value.entries:
                path = name if key == "..." else _joined(name, key)
                yield from self._field(path, inner, scope, steps, depth + 1, over)
            for inner in value.items:
                yield from self._field(name, inner, scope, steps, depth + 1, over)
            return
        wrapped = _wrapped(value)
        if wrapped is not None:
            yield from self._field(name, wrapped, scope, steps, depth + 1, over)
            return
        if (name and not name.startswith("#")) or name.startswith("#"):
            yield Field(name, value, scope, over)
        yield from self._behind(name, value, scope, steps, depth, over)

    def _behind(
        self, name: str, value: Value, scope: str, steps: tuple[Step, ...], depth: int, over: Value | None
    ) -> Iterator[Field]:
        """What a variable was given, and what a callback makes of each item."""
        alias = _IDENTIFIER.match(value.text.strip())
        if alias is not None and depth < _DEPTH:
            base = "" if name.startswith("#") else name
            for step in (*steps_within(steps), *self._top):
                yield from self._of_variable(alias[1], base, step, scope, steps, depth, over)
        made = _mapped(value)
        function = self._functions.get(made[1]) if made else None
        if made and function is not None:
            for step in steps_within(function.body):
                given = getattr(step, "value", None)
                if isinstance(given, Value) and not isinstance(step, Do):
                    yield from self._field(name, given, function.name, function.body, depth + 1, made[0])

    def _of_variable(
        self, variable: str, name: str, step: Step, scope: str, steps: tuple[Step, ...], depth: int, over: Value | None
    ) -> Iterator[Field]:  # fmt: skip
        if not isinstance(step, Do):
            return
        for target in step.targets:
            if step.value is None:
                continue
            if target == variable and (step.value.entries or step.value.items or _made_in_place(step.value)):
                yield from self._field(name, step.value, scope, steps, depth + 1, over)
            elif target.startswith((f"{variable}.", f"{variable}[")):
                key = target[len(variable) :].strip(".[]'\"").replace("']['", ".")
                yield from self._field(_joined(name, key), step.value, scope, steps, depth + 1, over)
        for call in step.calls:
            if call.root == variable and call.links and call.links[-1].name in ("push", "append"):
                for arg in call.args:
                    yield from self._field(name, arg, scope, steps, depth + 1, over)


def _is_options(value: Value) -> bool:
    return bool(value.entries) or _wrapped(value) is not None


def _joined(name: str, key: str) -> str:
    key = re.sub(
        r"\[(\w*)\]", lambda match: "" if match[1].isdigit() or not match[1] else f".{match[1]}", key
    )
    return f"{name}.{key}" if name and not name.startswith("#") else key


def _wrapped(value: Value) -> Value | None:
    """The object, or the variable that holds it, inside `JSON.stringify({…})`, `new URLSearchParams({…})` and
    `json.dumps({…})`."""
    call = value.calls[0] if value.calls else None
    if call is None or call.callee not in (
        "JSON.stringify",
        "URLSearchParams",
        "json.dumps",
        "urlencode",
        "dict",
    ):
        return None
    return next((arg for arg in call.args if arg.entries or _IDENTIFIER.match(arg.text.strip())), None)


def _mapped(value: Value) -> tuple[Value, str] | None:
    """(what is iterated, name of the callback) of `items.map((item) => ({…}))`."""
    call = value.calls[0] if value.calls else None
    link = call.links[-1] if call and call.links else None
    if call is None or link is None or link.name not in ("map", "flatMap") or not link.args:
        return None
    function = link.args[0].function
    receiver = Value(".".join([call.root, *(item.name for item in call.links[:-1] if item.name)]))
    return (receiver, function) if function else None


def _made_in_place(value: Value) -> bool:
    """Whether a call's result is built from parts that stand here, rather than an answer from elsewhere."""
    return _wrapped(value) is not None or _mapped(value) is not None
