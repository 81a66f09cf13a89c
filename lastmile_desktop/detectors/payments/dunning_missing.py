"""payments.dunning-missing: what happens in the app when a card fails or somebody cancels."""

from __future__ import annotations

from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.models.payments.subscriptions import Heard, Subscriptions, subscriptions
from lastmile_desktop.project.view import ProjectView

_CHECK = "payments.dunning-missing"
_ENDED, _CHANGED, _FAILED = (
    "customer.subscription.deleted",
    "customer.subscription.updated",
    "invoice.payment_failed",
)
_NEEDED = (_ENDED, _CHANGED, _FAILED)
_ALSO = ("invoice.payment_action_required", "customer.subscription.trial_will_end", "charge.dispute.created")
_PAYING = frozenset({"paying", "growing"})
_ATTEST = (
    "Look into the billing settings of your payment provider: how often a failed card is tried again, "
    "whether the customer gets an e-mail then, and what happens to the subscription in the end."
)


def detect(view: ProjectView) -> Detection:
    """Judge what is heard of a subscription's life."""
    known = subscriptions(view)
    if known is None:
        return Detection(not_applicable=NotApplicable("Nothing here sells subscriptions."))
    findings = (
        *_events(known),
        *_status(known),
        *_periods(known),
        *_portal(known),
        *_reconcile(view, known),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(known)),
        looked=(Looked("webhooks of payment providers", len(known.heard), len(known.heard)),),
        needs_attestation=_ATTEST,
    )


def _events(known: Subscriptions) -> Iterator[RawFinding]:
    for item in known.heard:
        if item.uncalled is not None:
            path, line, name = item.uncalled
            message = f"`{name}` would hear of failed cards and cancellations, but nothing calls it."
            yield _finding("events-missing", message, at(path, line), name, Severity.HIGH, 0.85)
            return
    stripe = [item for item in known.heard if item.hook.provider == "stripe"]
    others = [item for item in known.heard if item.hook.provider != "stripe"]
    unheard = list(_unheard(others))
    yield from unheard
    if unheard:
        return
    if any(item.everything for item in stripe) or any(item.ended for item in others):
        return
    if stripe:
        yield from _missing(known, stripe)
    elif others and not known.asked:
        hook = others[0].hook
        message = (
            f"`{hook.name}` never hears that a subscription ended or a payment failed, so access stays open."
        )
        yield _finding(
            "events-missing", message, at(hook.handler_path, hook.line), hook.handler_name, Severity.HIGH, 0.7
        )
    elif not known.heard and not known.asked and known.starts:
        first = known.starts[0]
        message = (
            f"`{first.name}` starts subscriptions, and nothing learns when a card fails or somebody cancels."
        )
        yield _finding("events-missing", message, at(first.path, first.line), first.name, Severity.HIGH, 0.75)


def _unheard(others: list[Heard]) -> Iterator[RawFinding]:
    """Webhooks of other providers that listen for what is never said, or not for failed renewals."""
    for item in others:
        name = item.hook.handler_name or item.hook.name
        if item.deaf is not None:
            path, line, why = item.deaf
            message = f"`{item.hook.name}` {why}: no event changes anything, and who cancels keeps the plan."
            yield _finding("events-missing", message, at(path, line), name, Severity.HIGH, 0.8)
        elif item.unpaid:
            message = f"`{item.hook.name}` never hears of a renewal that failed (`subscription_authorized_payment`)."
            place = at(item.hook.handler_path, item.hook.line)
            yield _finding("events-missing", message, place, name, Severity.HIGH, 0.7)


def _missing(known: Subscriptions, stripe: list[Heard]) -> Iterator[RawFinding]:
    events = frozenset(name for item in stripe for name in item.events)
    missing = [name for name in _NEEDED if name not in events]
    if known.asked and missing != []:
        # The provider is asked anyway when the customer comes back; only the notice is missing.
        missing = [name for name in missing if name == _FAILED]
    if not missing:
        return
    hook = stripe[0].hook
    also = [name for name in _ALSO if name not in events]
    mild = _ENDED not in missing and not {_CHANGED, _FAILED} <= set(missing)
    listed = [f"`{name}`" for name in missing]
    names = " and ".join(listed) if len(listed) < 3 else ", ".join(listed)
    message = f"`{hook.name}` does nothing on {names}"
    if _ENDED in missing:
        message += ": cancelled customers keep access."
    elif mild:
        message += ", so nobody is told that a card failed."
    else:
        message += ": a failed card changes nothing in your app."
    evidence = at(hook.handler_path, hook.line, note=f"also worth hearing: {', '.join(also)}" if also else "")
    yield _finding(
        "events-missing",
        message,
        evidence,
        hook.handler_name or hook.name,
        Severity.MEDIUM if mild else Severity.HIGH,
        0.75,
    )


def _status(known: Subscriptions) -> Iterator[RawFinding]:
    if known.only_ended is not None:
        path, line = known.only_ended
        message = "Every status but those named here keeps the paid plan, also `pending` (nothing paid) and `paused`."
        yield _finding("status-binary", message, at(path, line), "ended", None, 0.7)
    if known.only_active is None:
        return
    path, line = known.only_active
    message = (
        "Only the status `active` counts here; customers in a trial or with a card that just failed (`trialing`, "
        "`past_due`) are treated like strangers."
    )
    yield _finding("status-binary", message, at(path, line), "status", None, 0.7)


def _periods(known: Subscriptions) -> Iterator[RawFinding]:
    for period in known.periods:
        then = "the date stays empty or is made up" if period.guarded else "the date becomes invalid"
        message = (
            f"`{period.variable}.current_period_end` no longer exists in the Stripe version you use (it moved to "
            f"the subscription's items), so {then}."
        )
        severity = Severity.LOW if period.guarded else None
        yield _finding(
            "period-field-moved", message, at(period.path, period.line), period.variable, severity, 0.85
        )


def _portal(known: Subscriptions) -> Iterator[RawFinding]:
    if known.has_portal or not known.starts:
        return
    first = known.starts[0]
    message = "Customers can subscribe here, but nowhere change their card or cancel; they will ask their bank instead."
    yield _finding("no-portal", message, at(first.path, first.line), "portal", Severity.MEDIUM, 0.75)


def _reconcile(view: ProjectView, known: Subscriptions) -> Iterator[RawFinding]:
    """Asked only once money comes in: nothing ever compares the provider's list with the app's."""
    live = view.facts.has("pay.mode", "live") or any(
        view.facts.has("profile.stage", stage) for stage in _PAYING
    )
    if not live or known.asked or not known.heard:
        return
    hook = known.heard[0].hook
    message = (
        "Access depends on each event arriving; nothing ever compares your subscribers with the provider's."
    )
    yield _finding(
        "no-reconcile", message, at(hook.handler_path, hook.line), "reconcile", Severity.MEDIUM, 0.6
    )


def _finding(
    rule: str, message: str, evidence: Evidence, symbol: str, severity: Severity | None, sure: float
) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (evidence,), symbol, severity, sure)


def _passes(known: Subscriptions) -> Iterator[PassEvidence]:
    for item in known.heard:
        if item.everything:
            note = "every event leads to a fresh look at the subscription"
        elif item.hook.provider == "stripe" and set(_NEEDED) <= item.events:
            note = "failed payments, changes and ends are heard"
        elif item.hook.provider != "stripe" and item.ended and item.deaf is None and not item.unpaid:
            note = "the end of a subscription is heard"
        else:
            continue
        yield PassEvidence(at(item.hook.handler_path, item.hook.line, note=note))
    for pay in known.asked[:1]:
        yield PassEvidence(at(pay.path, pay.line, note="the provider is asked how the subscription stands"))
