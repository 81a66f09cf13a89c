"""payments.mutation-not-idempotent: whether a double click or a retry charges or creates twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.payments.payment_calls import PayAction, PayCall, payment_calls
from lastmile_desktop.project.models.payments.payment_forms import Form, money_forms
from lastmile_desktop.project.models.payments.payment_repeats import (
    COSTLY,
    Repeats,
    charges_at_once,
    key_of,
    repeated,
    repeats_call,
)
from lastmile_desktop.project.models.routes.model import Route
from lastmile_desktop.project.models.walk.access import Verb
from lastmile_desktop.project.view import ProjectView

_CHECK = "payments.mutation-not-idempotent"
_BY_WHOM = {
    "webhook": "runs for each delivery of an event, and providers deliver more than once",
    "job": "runs in a job, and jobs are tried again",
    "retry": "is tried again after an error, also when the first try went through",
    "": "runs once for each click",
}
_API_KEY = re.compile(r"x-api-key|api[_-]?key", re.IGNORECASE)
_FREE = re.compile(r"(?i)\bif\b[^\n]*(?:(?:price|cost|amount)\w*\s*===?\s*0\b|\bis_?free\b)")
_PARTNER = re.compile(r"/v\d+/|/public/|/partners?/|/external/|/integrations?/", re.IGNORECASE)
_CREATES = re.compile(
    r"order|payment|booking|invoice|transaction|purchase|credit|transfer|message|email|ticket", re.IGNORECASE
)
_SAFE = re.compile(r"idempotency|request_?id|external_?id|client_?reference|dedup", re.IGNORECASE)


def detect(view: ProjectView) -> Detection:
    """Judge every call that moves money, every form that orders, and every partner endpoint that creates."""
    pays = tuple(pay for pay in payment_calls(view) if not pay.own)
    costly = [pay for pay in pays if pay.action in COSTLY and not view.client_graph.is_client(pay.path)]
    forms = money_forms(view)
    partners = list(_partners(view))
    repeats = repeated(view)
    findings = (
        *_without_key(view, costly, repeats),
        *_forms(view, forms),
        *_partner_findings(view, partners),
        *_retried_posts(repeats),
    )
    passes = tuple(_passes(pays, costly, forms, findings))
    if not findings and not passes:
        unread = tuple(
            Unknown(f"This file could not be read: {why}.", path) for path, why in view.routes.unparsed
        )
        if pays or forms or partners:
            return Detection(unknowns=(*unread, Unknown("The payment code was not understood well enough.")))
        return Detection(not_applicable=NotApplicable("Nothing here charges, orders or books."))
    looked = Looked(
        "calls and forms that charge or order", len(costly) + len(forms), len(costly) + len(forms)
    )
    return Detection(findings, passes, looked=(looked,))


def _without_key(
    view: ProjectView, costly: list[PayCall], repeats: dict[str, Repeats]
) -> Iterator[RawFinding]:
    lines = frozenset((item.path, item.line) for hook in view.webhooks.webhooks for item in hook.happenings)
    seen: set[tuple[str, str]] = set()
    for pay in costly:
        why = repeats_call(pay, repeats, lines)
        key = key_of(pay)
        # A refund without an amount gives back the whole payment, which a provider does once.
        if pay.action is PayAction.REFUND and not pay.has("amount"):
            continue
        if key == "stable" or (key == "random" and why == "retry"):
            continue
        # Alternatives of one handler are one gap.
        if (not why and not charges_at_once(pay)) or (pay.path, pay.function) in seen:
            continue
        seen.add((pay.path, pay.function))
        said = "makes a new random key each time" if key == "random" else "has no idempotency key"
        rule = "retry-on-non-idempotent" if why == "retry" else "stripe-create-no-key"
        yield RawFinding(
            f"{_CHECK}/{rule}",
            f"`{pay.name}` {said} and {_BY_WHOM[why]}, so the customer can be charged or paid twice.",
            (at(pay.path, pay.line),),
            f"{pay.function}:{pay.name}",
            confidence=_sure(pay, why),
        )


def _sure(pay: PayCall, why: str) -> float:
    if why:
        return 0.8
    # A card's token is spent with the first payment there; only a form that makes a new one pays twice.
    return 0.6 if pay.provider == "mercadopago" else 0.7


def _forms(view: ProjectView, forms: tuple[Form, ...]) -> Iterator[RawFinding]:
    seen: set[str] = set()
    for form in forms:
        if form.held or form.path in seen or _is_free(view, form):
            continue
        seen.add(form.path)
        where = f"`{form.target}`" if form.table else f"POST `{form.target}`"
        keyed = bool(form.table) and _has_natural_key(view, form.table)
        yield RawFinding(
            f"{_CHECK}/form-double-submit",
            f"The button that sends {where} stays active while it waits, so two quick clicks order twice.",
            (at(form.path, form.line),),
            f"{form.function}:{form.target}",
            Severity.MEDIUM if keyed else None,
            0.7,
        )


def _is_free(view: ProjectView, form: Form) -> bool:
    """Whether this is only done where nothing has to be paid: `if (listing.price === 0) { …insert }`."""
    lines = (view.text(form.path) or "").split("\n")[max(0, form.line - 5) : form.line]
    return any(_FREE.search(line) for line in lines)


def _has_natural_key(view: ProjectView, name: str) -> bool:
    table = view.schema.table(name)
    return table is not None and any(
        index.unique and index.columns != table.primary_key for index in table.indexes
    )


def _partners(view: ProjectView) -> Iterator[tuple[Route, str]]:
    """(route, table) of endpoints for other programs that insert something."""
    for route in view.routes.routes:
        if "POST" not in route.methods or route.is_webhook or not _PARTNER.search(f"{route.route}/"):
            continue
        text = view.text(route.path) or ""
        guarded = any(_API_KEY.search(guard.name) for guard in route.guards) or _API_KEY.search(text)
        inserted = next((item.query.table for item in route.accesses if item.query.verb is Verb.INSERT), "")
        if guarded and inserted and _CREATES.search(inserted):
            yield route, inserted


def _partner_findings(view: ProjectView, partners: list[tuple[Route, str]]) -> Iterator[RawFinding]:
    for route, table in partners:
        if _SAFE.search(view.text(route.path) or "") or _has_natural_key(view, table):
            continue
        message = f"Programs that repeat `POST {route.route}` after a timeout put the same row into `{table}` twice."
        yield RawFinding(
            f"{_CHECK}/incoming-no-key",
            message,
            (at(route.path, route.span.line),),
            route.route,
            confidence=0.65,
        )


def _retried_posts(repeats: dict[str, Repeats]) -> Iterator[RawFinding]:
    for path in sorted(repeats):
        for post in repeats[path].posts:
            yield RawFinding(
                f"{_CHECK}/retry-on-non-idempotent",
                f"`{post.call}` is sent again after an error without a key, also when the first one went through.",
                (at(post.path, post.line),),
                f"{post.function}:{post.call}",
                confidence=0.7,
            )


def _passes(
    pays: tuple[PayCall, ...],
    costly: list[PayCall],
    forms: tuple[Form, ...],
    findings: tuple[RawFinding, ...],
) -> Iterator[PassEvidence]:
    blamed = {(item.path, item.evidence[0].line_start) for item in findings}
    for pay in costly:
        if (pay.path, pay.line) not in blamed:
            note = _why_once(pay)
            if note:
                yield PassEvidence(at(pay.path, pay.line, note=note))
    for form in forms:
        if form.held:
            yield PassEvidence(at(form.path, form.line, note="the button waits for the answer"))
    if not costly:
        for pay in pays:
            if pay.action in (PayAction.CHECKOUT, PayAction.LINK, PayAction.OPEN):
                yield PassEvidence(
                    at(pay.path, pay.line, note="opening a payment page twice charges nobody twice")
                )
                return


def _why_once(pay: PayCall) -> str:
    """What makes a second call harmless, "" where nothing of the kind was seen."""
    if key_of(pay) == "stable":
        return "a stable key: a repeat changes nothing"
    if pay.action is PayAction.REFUND:
        return "" if pay.has("amount") else "the whole payment is given back, which is done once"
    return "" if charges_at_once(pay) else "confirmed by the customer later"
