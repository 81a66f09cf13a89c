"""privacy.card-data: whether card numbers touch the project's own pages, servers or database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.code.sources import is_source
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.payments.card_fields import (
    NO_FIELDS,
    CardUse,
    Fields,
    card_columns,
    card_uses,
    fields_in,
)
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry
from lastmile_desktop.project.view import ProjectView

CHECK = "privacy.card-data"
_PAGES = (".tsx", ".jsx", ".html", ".vue", ".svelte", ".astro", ".hbs", ".ejs")
_COMPONENT = re.compile(r"(?:^|/)components/.*\.[jt]sx$")
_UNUSED_CONFIDENCE = 0.55
_HOSTED = re.compile(
    r"checkout\.sessions\.create|checkout\.Session\.create|billingPortal|payment_?[lL]inks\.create|"
    r"redirectToCheckout|transaction/initialize|"
    r"Paddle\.Checkout|createCheckout\(|checkouts\.create|presentPaymentSheet|Purchases\.purchase|"
    r"new Razorpay\(|PayPalButtons|PaystackPop|"
    r"FlutterwaveCheckout|preferences?\.create\("
)
_RESELLERS = frozenset({"paddle", "lemonsqueezy", "polar", "revenuecat"})
_POLICY = re.compile(
    r"Content-Security-Policy|contentSecurityPolicy|CSP_DEFAULT_SRC|CSP_SCRIPT_SRC|SECURE_CSP", re.IGNORECASE
)
_POLICY_FILES = re.compile(
    r"(?:^|/)(?:next\.config\.\w+|vercel\.json|netlify\.toml|_headers|middleware\.[jt]s|proxy\.[jt]s|"
    r"index\.html|firebase\.json|nginx[\w.-]*\.conf)$|(?:^|/)(?:server|app|main|index|settings\w*|security|"
    r"headers)\.(?:[jt]s|py)$"
)
_OTHERS_SCRIPT = re.compile(
    r"<script[^>]{0,200}?src\s*=\s*[\"'](?:https?:)?//(?!js\.stripe\.com|checkout\.|www\.paypal|"
    r"js\.braintree|web\.squarecdn|sdk\.mercadopago)[^\"']{4,200}",
    re.IGNORECASE,
)
_SAQ = (
    "Card payments ask for a yearly self-assessment, also when the provider draws the form. Fill in SAQ A "
    "in your "
    "provider's dashboard and say when you did."
)


def detect(view: ProjectView) -> Detection:
    """Fields in pages, values in code, columns in the database, and what else runs beside a provider's form."""
    pages = tuple(_pages(view))
    uses = tuple(_uses(view))
    columns = card_columns(view.schema)
    takes_money = view.facts.has("pay.provider")
    if (
        not takes_money
        and not uses
        and not columns
        and not any(item.number or item.bank for _, item in pages)
    ):
        return Detection(not_applicable=NotApplicable("Nothing here takes payments or asks for a card."))
    findings = (
        *_typed(view, pages, bool(uses or columns)),
        *_stored(view, uses),
        *_handled(uses),
        *_embedded(view, pages),
        *_bank(pages),
    )
    passes = tuple(PassEvidence(place) for place in _hosted(view, pages))
    return Detection(
        findings,
        passes,
        looked=(Looked("pages with fields", len(pages), len(pages)),),
        needs_attestation=_SAQ if _needs_assessment(view) else "",
    )


def _needs_assessment(view: ProjectView) -> bool:
    """Resellers and app stores take the card in their own name."""
    providers = set(view.facts.values("pay.provider"))
    return bool(providers - _RESELLERS)


def _pages(view: ProjectView) -> Iterator[tuple[str, Fields]]:
    for entry in view.tree.readable():
        path = entry.path
        if (
            not path.endswith(_PAGES)
            or entry.minified
            or path_kind(path) is PathKind.TEST
            or not is_production(path)
        ):
            continue
        found = view.per_file("privacy.card-fields", path, fields_in, NO_FIELDS)
        if found is not NO_FIELDS and found != NO_FIELDS:
            yield path, found


def _uses(view: ProjectView) -> Iterator[tuple[str, CardUse]]:
    for path, found in view.each_outline("privacy.card-uses", card_uses).items():
        if found and is_production(path) and path_kind(path) is PathKind.CODE:
            yield from ((path, use) for use in found)


def _typed(view: ProjectView, pages: tuple[tuple[str, Fields], ...], handled: bool) -> Iterator[RawFinding]:
    """`handled`: the project's code takes, sends or stores a card number somewhere."""
    used = frozenset(view.modules.targets.values())
    for path, fields in pages:
        if not fields.number:
            continue
        places = [at(path, fields.number)] + ([at(path, fields.code)] if fields.code else [])
        # A component that no file imports is not on any page yet.
        unused = _COMPONENT.search(path) is not None and path not in used
        goes = (
            "and hands them to the provider from your own page" if fields.tokenised else "into your own form"
        )
        severity = Severity.INFO if unused else Severity.HIGH if fields.tokenised else None
        confidence = _UNUSED_CONFIDENCE if unused else None
        if severity is None and not (handled or fields.posted):
            # Nothing was seen that does anything with the number.
            severity = Severity.HIGH if fields.bound else Severity.LOW
        yield RawFinding(
            f"{CHECK}/raw-pan-field",
            f"{path} lets people type card numbers {goes}" + ("; no page shows it yet." if unused else "."),
            tuple(places),
            path,
            severity=severity,
            confidence=confidence,
        )


def _stored(view: ProjectView, uses: tuple[tuple[str, CardUse], ...]) -> Iterator[RawFinding]:
    by_table: dict[str, list[Evidence]] = {}
    names: dict[str, str] = {}
    for item in card_columns(view.schema):
        by_table.setdefault(item.table, []).append(at(item.path, item.line))
        names.setdefault(item.table, item.column)
    for table, places in sorted(by_table.items()):
        message = f"The table {table} stores card data in `{names[table]}`."
        yield RawFinding(f"{CHECK}/pan-in-logs-db", message, tuple(dict.fromkeys(places)), table)
    for path, use in uses:
        if use.kind == "logged":
            message = f"{path} writes `{use.name}` of a card to the log."
            yield RawFinding(f"{CHECK}/pan-in-logs-db", message, (at(path, use.line),), f"{path}:log")


def _handled(uses: tuple[tuple[str, CardUse], ...]) -> Iterator[RawFinding]:
    seen: set[tuple[str, str]] = set()
    for path, use in uses:
        if use.kind == "logged" or (path, use.kind) in seen:
            continue
        seen.add((path, use.kind))
        what = "sends" if use.kind == "sent" else "takes"
        message = f"{path} {what} `{use.name}` of a card through your own server."
        yield RawFinding(f"{CHECK}/pan-to-own-api", message, (at(path, use.line),), f"{path}:{use.kind}")


def _embedded(view: ProjectView, pages: tuple[tuple[str, Fields], ...]) -> Iterator[RawFinding]:
    """A provider's form inside the own page shares it with every other script there."""
    forms = [(path, fields.element) for path, fields in pages if fields.element and not fields.number]
    if not forms or _policy(view):
        return
    other = _other_script(view)
    if other is None:
        return
    path, line = forms[0]
    yield RawFinding(
        f"{CHECK}/embedded-scripts",
        f"{path} shows the provider's card form in a page where other companies' scripts run, and no "
        "Content-Security-Policy limits them.",
        (at(path, line), other),
        path,
    )


def _other_script(view: ProjectView) -> Evidence | None:
    tracker = view.facts.first("trackers")
    if tracker is not None and tracker.evidence is not None:
        return tracker.evidence
    for path in view.tree.files:
        if path.endswith("index.html"):
            line = view.per_file("privacy.other-script", path, _script_line, 0)
            if line:
                return at(path, line)
    return None


def _script_line(text: str) -> int:
    match = _OTHERS_SCRIPT.search(text)
    return line_at(text, match.start()) if match else 0


def _policy(view: ProjectView) -> bool:
    return any(
        _POLICY_FILES.search(path) and view.per_file("privacy.csp", path, _names_policy, False)
        for path in view.tree.files
    )


def _names_policy(text: str) -> bool:
    return _POLICY.search(text) is not None


def _bank(pages: tuple[tuple[str, Fields], ...]) -> Iterator[RawFinding]:
    places = tuple(at(path, fields.bank) for path, fields in pages if fields.bank)
    if places:
        first = places[0].path
        message = f"{first} takes bank account numbers into your own form; a payment provider can hold them for you."
        yield RawFinding(f"{CHECK}/iban-bank", message, places[:8], "bank")


def _hosted(view: ProjectView, pages: tuple[tuple[str, Fields], ...]) -> Iterator[Evidence]:
    """Where the provider takes the card instead of the own code."""
    for path, fields in pages:
        if fields.element and not fields.number:
            yield at(path, fields.element, note="the provider's own form")
    for path, line in view.each_file("privacy.hosted-checkout", _is_of_product, _hosted_line, 0).items():
        if line:
            yield at(path, line, note="the provider's own page takes the card")


def _is_of_product(entry: FileEntry) -> bool:
    return is_source(entry) and is_production(entry.path) and path_kind(entry.path) is PathKind.CODE


def _hosted_line(text: str) -> int:
    match = _HOSTED.search(text)
    return line_at(text, match.start()) if match else 0
