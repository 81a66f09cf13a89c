"""Whether a project takes payments that nothing on its server ever learns the end of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Outline, Value, calls_within
from lastmile_desktop.project.models.webhooks.entries import is_skipped
from lastmile_desktop.project.models.webhooks.providers import hook_table, imported_from

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_OPENS = re.compile(
    r"(?:checkout\.sessions\.create|checkout\.Session\.create|Session\.create|subscriptions\.create|Subscription\.create|"
    r"paymentIntents\.create|PaymentIntent\.create|paymentLinks\.create|PaymentLink\.create|createCheckout|create_checkout|"
    r"transactions\.create|checkouts\.create|orders\.create|preference\.create|preapproval\.create)$"
)
_PAYMENT_PACKAGES = (
    "stripe",
    "@paddle/",
    "@lemonsqueezy/",
    "@polar-sh/",
    "razorpay",
    "mercadopago",
    "square",
    "paddle_billing",
    "polar_sdk",
)
_LEARNS = re.compile(
    r"(?:checkout\.sessions\.retrieve|checkout\.Session\.retrieve|Session\.retrieve|paymentIntents\.retrieve|"
    r"PaymentIntent\.retrieve|subscriptions\.(?:list|retrieve)|Subscription\.(?:list|retrieve)|checkout\.sessions\.list|"
    r"orders\.fetch|payments\.fetch|transactions\.get|charges\.list|invoices\.list|paymentIntents\.list|validateWebhookSignature|"
    r"get_checkout_status|payment\.get|processWebhook|handle_webhook|constructEvent|construct_event|constructEventAsync)$"
)
_SIGNED = re.compile(r"(?:createHmac|hmac\.new|verify_payment_signature|validatePaymentVerification)")


@dataclass(frozen=True, slots=True)
class Opened:
    """A call that starts a payment or subscription. `recurring` when it is certainly a subscription."""

    path: str
    line: int
    call: str
    recurring: bool


def unheard_payments(view: ProjectView) -> tuple[Opened, ...]:
    """Calls that start a payment, when nothing in the project learns how payments end."""
    opened: list[Opened] = []
    for path in view.outlines:
        if is_skipped(path):
            continue
        found = view.per_source("payments-opened", path, _read, None)
        if found is None:
            continue
        if found[1]:
            return ()
        opened += found[0]
    return tuple(sorted(opened, key=lambda item: (not item.recurring, item.path, item.line)))


def _read(outline: Outline, text: str) -> tuple[tuple[Opened, ...], bool] | None:
    """(payments started here, whether this file learns how payments end); None when it has nothing to do with them."""
    if not outline.imports:
        return None
    packages = (*_PAYMENT_PACKAGES, *hook_table().handled)
    if (
        not any(imported_from(item.module, packages) for item in outline.imports)
        and "stripe" not in text.lower()
    ):
        return None
    if any(imported_from(item.module, hook_table().handled) for item in outline.imports):
        return (), True
    opened: list[Opened] = []
    learns = False
    for steps in (outline.top, *(function.body for function in outline.functions)):
        for call in calls_within(steps):
            if _LEARNS.search(call.callee) or _SIGNED.search(call.callee):
                learns = True
            if _OPENS.search(call.callee) and _is_payment(call, outline):
                opened.append(Opened(outline.path, call.span.line, call.callee, _recurring(call)))
    return tuple(opened), learns


def _is_payment(call: Call, outline: Outline) -> bool:
    if (
        "stripe" in call.callee.lower()
        or "razorpay" in call.callee.lower()
        or "paddle" in call.callee.lower()
    ):
        return True
    return any(imported_from(item.module, _PAYMENT_PACKAGES) for item in outline.imports)


def _recurring(call: Call) -> bool:
    if "ubscription" in call.callee:
        return True
    return any(_says_subscription(arg) for arg in call.args)


def _says_subscription(value: Value) -> bool:
    mode = value if value.name == "mode" else value.entry("mode")
    return mode is not None and mode.literal == "subscription"
