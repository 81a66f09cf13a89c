"""payments.tax-unhandled: whether anybody decided how sales tax and VAT work here. No tax advice: a record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.payments.payment_calls import OPENING, PayAction, PayCall, payment_calls
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.project.view import ProjectView

_CHECK = "payments.tax-unhandled"
_MERCHANTS_OF_RECORD = frozenset({"paddle", "lemonsqueezy", "polar", "revenuecat"})
_PAYING = frozenset({"paying", "growing"})
_COMPANIES = frozenset({"small-business", "enterprise", "public-sector"})
_TAX_OPTIONS = frozenset(
    {
        "automatic_tax",
        "automaticTax",
        "tax_rates",
        "default_tax_rates",
        "tax_behavior",
        "dynamic_tax_rates",
        "tax_code",
        "taxes",
    }
)
_TAX_CALL = re.compile(
    r"tax\.(?:calculations|transactions|registrations|Calculation)|taxRates|TaxRate|taxjar|avalara|quaderno",
    re.I,
)
_INCLUDED = re.compile(
    r"\b(?:incl(?:uding|usive of|\.)?|inkl\.?)\s*(?:VAT|tax|sales tax|GST|MwSt|USt|BTW)\b|\bVAT included\b|"
    r"\bIVA incluido\b|\bTTC\b",
    re.IGNORECASE,
)
_ON_TOP = re.compile(
    r"\b(?:excl(?:uding|\.)?|plus|zzgl\.?|exkl\.?)\s*(?:VAT|tax|sales tax|GST|MwSt|USt|BTW)\b|\+\s*VAT\b",
    re.IGNORECASE,
)
_ATTEST = (
    "Decide how sales tax and VAT work for you (registered where, below which thresholds, or a "
    "merchant of record), write it under "
    "[billing] in your policy, and say when you will look again."
)


def detect(view: ProjectView) -> Detection:
    """Judge the decision and whether the checkout matches it."""
    providers = [fact for fact in view.facts if fact.key == "pay.provider"]
    if not providers:
        return Detection(not_applicable=NotApplicable("Nothing here takes payments."))
    own = [fact for fact in providers if fact.value not in _MERCHANTS_OF_RECORD]
    if not own:
        named = providers[0].value.capitalize()
        return Detection(
            not_applicable=NotApplicable(
                f"{named} sells to your customers itself and handles the tax.", providers[0].evidence
            )
        )
    early = _too_early(view, own[0])
    if early is not None:
        return early
    pays = [pay for pay in payment_calls(view) if pay.action in OPENING or pay.action is PayAction.INVOICE]
    findings = (
        *_undecided(view, own[0], pays),
        *_overdue(view),
        *_companies(view, pays),
        *_addresses(pays),
        *_mixed_up(view, pays),
    )
    decided = view.policy.tax is not None
    return Detection(
        findings,
        tuple(_passes(view, pays)),
        looked=(Looked("checkouts", len(pays), len(pays)),),
        needs_attestation="" if decided else _ATTEST,
    )


def _too_early(view: ProjectView, provider: Fact) -> Detection | None:
    """What to say before money comes in."""
    if view.facts.has("pay.mode", "live"):
        return None
    stage = view.facts.value("profile.stage")
    if stage in _PAYING:
        return None
    if stage is None:
        return Detection(
            unknowns=(Unknown("Whether you already take money from customers is not answered yet."),)
        )
    return Detection(
        not_applicable=NotApplicable("Nobody pays yet; decide before the first invoice.", provider.evidence)
    )


def _taxed(pay: PayCall) -> bool:
    return any(field.last in _TAX_OPTIONS or ".automatic_tax" in f".{field.name}" for field in pay.fields)


def _automatic(pay: PayCall) -> bool:
    return any("automatic_tax" in field.name and field.value.text in ("true", "True") for field in pay.fields)


def _undecided(view: ProjectView, provider: Fact, pays: list[PayCall]) -> Iterator[RawFinding]:
    tax = view.policy.tax
    promised = tax is not None and re.search(
        r"stripe.?tax|automatic|registered|collect", tax.decision, re.IGNORECASE
    )
    if (tax is not None and not promised) or any(_taxed(pay) for pay in pays) or _calls_tax(view):
        return
    message = (
        f"You decided “{tax.decision}”, but no checkout here collects any tax."
        if tax is not None
        else "Money comes in, and neither the code nor your policy says anything about sales tax or VAT."
    )
    if pays:
        place = at(pays[0].path, pays[0].line)
    elif provider.evidence is not None:
        place = provider.evidence
    else:
        return
    yield RawFinding(f"{_CHECK}/no-tax-config", message, (place,), "tax", confidence=0.75)


def _calls_tax(view: ProjectView) -> bool:
    paths = {pay.path for pay in payment_calls(view)}
    return any(_TAX_CALL.search(view.text(path) or "") for path in sorted(paths))


def _overdue(view: ProjectView) -> Iterator[RawFinding]:
    tax = view.policy.tax
    if tax is None:
        return
    below = re.search(r"below|threshold|under|small", tax.decision, re.IGNORECASE) is not None
    if tax.review_on is not None and tax.review_on < view.now.date():
        message = f"You wanted to look at your tax decision again by {tax.review_on.isoformat()}."
    elif tax.review_on is None and below:
        message = "You decided to stay below the tax thresholds, but not when to look whether you still are."
    else:
        return
    yield RawFinding(
        f"{_CHECK}/thresholds-unwatched",
        message,
        (at(POLICY_FILE, _policy_line(view)),),
        "review",
        confidence=0.9,
    )


def _policy_line(view: ProjectView) -> int:
    text = view.text(POLICY_FILE) or ""
    found = re.search(r"^\s*tax\s*=", text, re.MULTILINE) or re.search(r"^\[billing", text, re.MULTILINE)
    return line_at(text, found.end()) if found else 1


def _companies(view: ProjectView, pays: list[PayCall]) -> Iterator[RawFinding]:
    if not _COMPANIES & set(view.facts.values("profile.sells_to")):
        return
    checkouts = [pay for pay in pays if pay.action in (PayAction.CHECKOUT, PayAction.LINK)]
    if not checkouts or any(
        pay.has("tax_id_collection") or "tax_id_collection" in _names(pay) for pay in checkouts
    ):
        return
    first = checkouts[0]
    message = (
        "You sell to companies, and the checkout does not ask for their VAT number, so their "
        "invoices miss it."
    )
    yield RawFinding(
        f"{_CHECK}/no-tax-id-collection", message, (at(first.path, first.line),), first.name, confidence=0.75
    )


def _names(pay: PayCall) -> str:
    return " ".join(field.name for field in pay.fields)


def _addresses(pays: list[PayCall]) -> Iterator[RawFinding]:
    """Tax for a known customer needs an address, and Checkout stores it only when it is told to."""
    for pay in pays:
        if (
            pay.action is PayAction.CHECKOUT
            and _automatic(pay)
            and pay.field("customer")
            and "customer_update" not in _names(pay)
        ):
            message = (
                f"`{pay.name}` works out the tax for a known customer, but does not keep the address they type "
                '(`customer_update: { address: "auto" }`), so Stripe refuses it.'
            )
            yield RawFinding(
                f"{_CHECK}/no-address", message, (at(pay.path, pay.line),), pay.name, confidence=0.75
            )


def _mixed_up(view: ProjectView, pays: list[PayCall]) -> Iterator[RawFinding]:
    behaviours = {
        field.value.literal: pay
        for pay in pays
        for field in pay.fields
        if field.last == "tax_behavior" and field.value.literal
    }
    for behaviour, pattern, shown in (("exclusive", _INCLUDED, "included"), ("inclusive", _ON_TOP, "on top")):
        pay = behaviours.get(behaviour)
        place = _first_shown(view, pattern) if pay is not None else None
        if pay is not None and place is not None:
            message = f"Your page says the tax is {shown}, but the checkout is set to `{behaviour}`."
            yield RawFinding(
                f"{_CHECK}/inclusive-mixup",
                message,
                (at(*place), at(pay.path, pay.line)),
                behaviour,
                Severity.MEDIUM,
                0.7,
            )


def _first_shown(view: ProjectView, pattern: re.Pattern[str]) -> tuple[str, int] | None:
    for entry in view.tree.readable():
        if (
            entry.path.endswith((".tsx", ".jsx", ".vue", ".svelte", ".html"))
            and path_kind(entry.path) is PathKind.CODE
        ):
            found = pattern.search(view.text(entry.path) or "")
            if found:
                return entry.path, line_at(view.text(entry.path) or "", found.start())
    return None


def _passes(view: ProjectView, pays: list[PayCall]) -> Iterator[PassEvidence]:
    if view.policy.tax is not None:
        yield PassEvidence(at(POLICY_FILE, _policy_line(view), note=f"decided: {view.policy.tax.decision}"))
    for pay in pays:
        if _taxed(pay):
            yield PassEvidence(at(pay.path, pay.line, note="tax is part of this checkout"))
            return
