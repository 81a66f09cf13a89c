"""payments.proration-unset: whether upgrades, downgrades and seats bill what the founder meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.code.outline import calls_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.payments.paid_state import writes_entitlement
from lastmile_desktop.project.models.payments.payment_calls import PayAction, PayCall, payment_calls
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.project.view import ProjectView

_CHECK = "payments.proration-unset"
_CHANGES = frozenset(
    {"price", "price_id", "priceId", "quantity", "plan", "plan_id", "variantId", "product_id", "productId"}
)
_CHOICES = frozenset(
    {"proration_behavior", "prorationBehavior", "prorationBillingMode", "proration_billing_mode", "invoice_immediately",
     "invoiceImmediately", "disable_prorations", "disableProrations"}
)  # fmt: skip
_SWITCH = re.compile(
    r"upgrade|downgrade|(?:change|switch|update)[-_]?(?:plan|tier|subscription)|plan[-_]?change",
    re.IGNORECASE,
)
_DOWN = re.compile(r"downgrade", re.IGNORECASE)
_LATER = re.compile(
    r"cancel_at_period_end|subscription_?schedules?|billing_cycle_anchor|period_end|next_billing_period",
    re.IGNORECASE,
)
_REPLACES = re.compile(
    r"(?:onConflictDoUpdate|upsert)\s*\([\s\S]{0,900}?subscription_?[iI]d\b", re.IGNORECASE
)
_LOOKS = re.compile(
    r"\.(?:findFirst|findUnique|find_one|findOne|first|select)\(|[gs]et\w{0,12}Subscription\(|cancel\w{0,14}Subscription|\.cancel\("
)
_ATTEST = (
    "Customers can reach the hosted billing portal, and whether it lets them switch plans (and how "
    "it bills that) is set in the "
    "dashboard only. Look there and say what is set."
)
_DECIDE = (
    "Say what an upgrade and a downgrade bill, and when; or write it down under [billing] in your policy."
)


def detect(view: ProjectView) -> Detection:
    """Judge every call that changes a running subscription."""
    pays = payment_calls(view)
    changes = [pay for pay in pays if pay.action is PayAction.CHANGE and _changes_plan(pay)]
    seconds = [pay for pay in pays if _is_second(view, pay, pays)]
    portal = next((pay for pay in pays if pay.action is PayAction.PORTAL), None)
    if not changes and not seconds and portal is None:
        return Detection(not_applicable=NotApplicable("Nothing here changes a running subscription."))
    findings = (
        *_implicit(changes),
        *_seconds(seconds),
        *_late_money(view, changes),
        *_downgrades(view, changes),
        *_previews(pays, changes),
    )
    written = bool(view.policy.upgrade and view.policy.downgrade)
    question = "" if written and portal is None else (_ATTEST if portal is not None else _DECIDE)
    return Detection(
        findings,
        tuple(_passes(view, changes)),
        looked=(
            Looked(
                "calls that change subscriptions", len(changes) + len(seconds), len(changes) + len(seconds)
            ),
        ),
        needs_attestation=question,
    )


def _changes_plan(pay: PayCall) -> bool:
    """Whether the call changes the price or the number of seats, rather than a date or a card."""
    return any(field.last in _CHANGES and not field.name.startswith("metadata") for field in pay.fields)


def _explicit(pay: PayCall) -> bool:
    return any(field.last in _CHOICES for field in pay.fields)


def _is_second(view: ProjectView, pay: PayCall, pays: tuple[PayCall, ...]) -> bool:
    """A new subscription made where the plan should be changed, with nothing that ends the old one."""
    mode = pay.field("mode")
    starts = pay.action is PayAction.SUBSCRIBE or (
        pay.action is PayAction.CHECKOUT and mode is not None and mode.value.literal == "subscription"
    )
    if pay.action is PayAction.SUBSCRIBE and pay.provider != "stripe" and _overwrites(view, pay):
        return True
    if not starts or not _SWITCH.search(f"{pay.path} {pay.function}"):
        return False
    return not any(
        other.action in (PayAction.CANCEL, PayAction.CHANGE, PayAction.SCHEDULE) and other.path == pay.path
        for other in pays
    )


def _overwrites(view: ProjectView, pay: PayCall) -> bool:
    """Whether the id of the new subscription replaces that of the one before in the same row, unseen: nobody can end
    the old one any more."""
    function = view.outlines[pay.path].function(pay.function)
    if function is None:
        return False
    lines = (view.text(pay.path) or "").splitlines()[function.span.line - 1 : function.span.line_end]
    return _REPLACES.search("\n".join(lines)) is not None and not _LOOKS.search("\n".join(lines))


def _implicit(changes: list[PayCall]) -> Iterator[RawFinding]:
    for pay in changes:
        if not _explicit(pay) and not _is_open(pay):
            message = (
                f"`{pay.name}` does not say what happens with the rest of the paid period; the "
                "provider adds a part to the next invoice."
            )
            yield _finding("implicit-proration", message, pay, 0.85)


def _is_open(pay: PayCall) -> bool:
    """Whether more options come from elsewhere and cannot be seen."""
    return any(arg.text.startswith("...") for arg in pay.call.args) or "...options" in "".join(
        arg.text for arg in pay.call.args
    )


def _seconds(seconds: list[PayCall]) -> Iterator[RawFinding]:
    for pay in seconds:
        message = (
            f"A plan change starts a second subscription with `{pay.name}`, and nothing ends the "
            "first: the customer pays both."
        )
        yield _finding("second-subscription", message, pay, 0.7)


def _late_money(view: ProjectView, changes: list[PayCall]) -> Iterator[RawFinding]:
    for pay in changes:
        if any(
            field.last == "payment_behavior" or "always_invoice" in field.value.text for field in pay.fields
        ):
            continue
        if any("none" in field.value.text for field in pay.fields if field.last in _CHOICES):
            continue
        function = view.outlines[pay.path].function(pay.function)
        writes = function is not None and any(
            writes_entitlement(call) for call in calls_within(function.body)
        )
        if writes and not _DOWN.search(f"{pay.path} {pay.function}"):
            message = (
                f"The bigger plan is given right after `{pay.name}`, but its money comes with the "
                "next invoice, if at all."
            )
            yield _finding("immediate-access-late-money", message, pay, 0.65)


def _downgrades(view: ProjectView, changes: list[PayCall]) -> Iterator[RawFinding]:
    for pay in changes:
        if not _DOWN.search(f"{pay.path} {pay.function}") or "upgrade" in pay.function.lower():
            continue
        if not _LATER.search(view.text(pay.path) or ""):
            message = (
                f"`{pay.name}` downgrades at once; the customer loses what is already paid for, or "
                "gets money back."
            )
            yield _finding("downgrade-now", message, pay, 0.7)


def _previews(pays: tuple[PayCall, ...], changes: list[PayCall]) -> Iterator[RawFinding]:
    if changes and not any(pay.action is PayAction.PREVIEW for pay in pays):
        message = "Customers are not shown what a change of plan will cost before they confirm it."
        yield _finding("no-preview", message, changes[0], 0.6, Severity.LOW)


def _finding(
    rule: str, message: str, pay: PayCall, sure: float, severity: Severity | None = None
) -> RawFinding:
    return RawFinding(
        f"{_CHECK}/{rule}", message, (at(pay.path, pay.line),), f"{pay.function}:{pay.name}", severity, sure
    )


def _passes(view: ProjectView, changes: list[PayCall]) -> Iterator[PassEvidence]:
    for pay in changes:
        if _explicit(pay):
            yield PassEvidence(
                at(pay.path, pay.line, note="says what happens with the rest of the paid period")
            )
    if view.policy.upgrade and view.policy.downgrade:
        text = view.text(POLICY_FILE) or ""
        line = line_at(text, max(text.find("[billing]"), 0))
        yield PassEvidence(
            at(POLICY_FILE, line, note="the choice for upgrades and downgrades is written down")
        )
