"""payments.webhook-unverified: whether a stranger can pretend to be the payment, mail, sign-in or Git provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
    Unknown,
)
from lastmile_desktop.project.models.routes.nest_bytes import lost_bytes
from lastmile_desktop.project.models.webhooks.expected import unheard_payments
from lastmile_desktop.project.models.webhooks.gates import Gate, gates
from lastmile_desktop.project.models.webhooks.judgement import Fault
from lastmile_desktop.project.models.webhooks.model import Webhook
from lastmile_desktop.project.view import ProjectView

_CHECK = "payments.webhook-unverified"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of fault: its rule, what to say after "`route`", how sure the rule is of it."""

    rule: str
    says: str
    confidence: float | None = None


_KINDS = {
    "none": _Kind("no-verify", "changes {effect} without checking that the call comes from {company}"),
    "presence": _Kind(
        "no-verify",
        "only looks whether a signature is there, never whether it is right, and then changes {effect}",
    ),
    "continue": _Kind("no-verify", "goes on and changes {effect} when the signature is wrong"),
    "bypass": _Kind(
        "no-verify",
        "checks the signature on one way only; a caller can take the other one and change {effect}",
    ),
    "ignored": _Kind("no-verify", "asks whether the signature is right and never uses the answer"),
    "after-effect": _Kind("no-verify", "changes {effect} before it checks the signature"),
    "same-value": _Kind("no-verify", "compares a value with itself, so every signature counts as right"),
    "not-the-signature": _Kind(
        "no-verify", "never compares with the signature that was sent, so any call is accepted"
    ),
    "key-from-sender": _Kind("no-verify", "checks the signature with a key that the caller sends along"),
    "no-key": _Kind("no-verify", "computes the signature without a secret, so anyone can compute it too"),
    "public-secret": _Kind(
        "no-verify", "checks the signature with `{detail}`, which is in what the browser downloads"
    ),
    "not-the-body": _Kind("no-verify", "checks a signature that does not cover what was sent"),
    "not-awaited": _Kind("no-verify", "does not wait for the signature check, so its answer means nothing"),
    "swallow": _Kind("verify-swallowed", "catches a wrong signature and goes on to change {effect}"),
    "unset-skips": _Kind("secret-missing", "skips the signature check when `{detail}` is not set"),
    "empty-fallback": _Kind(
        "secret-missing", "uses an empty secret when `{detail}` is not set, and anyone can sign with that"
    ),
    "literal-fallback": _Kind(
        "secret-missing", "uses a secret written in the code when `{detail}` is not set"
    ),
    "written-secret": _Kind("secret-missing", "checks against a secret that is written in the code", 0.8),
    "no-secret": _Kind("secret-missing", "checks the signature without giving the secret"),
    "wrong-setting": _Kind("secret-missing", "uses `{detail}`, which is not the webhook's own secret"),
    "swapped": _Kind("secret-missing", "gives the signature check its values in the wrong order"),
    "reencoded": _Kind(
        "parsed-body", "checks text it built again from parsed JSON, not the bytes that were signed"
    ),
    "parsed": _Kind("parsed-body", "checks a body that was already parsed, so right signatures fail too"),
    "wrong-body": _Kind("parsed-body", "checks something other than the body that was sent"),
    "too-early": _Kind(
        "wrong-order", "parses JSON before `{route}` sees the body, so its signature check cannot work"
    ),
    "sync": _Kind(
        "sync-in-async-runtime",
        "uses the check that needs Node's crypto where only Web Crypto exists: every event fails",
    ),
}
_COMMON_NAME = "your webhook"


def detect(view: ProjectView) -> Detection:
    """Judge every webhook of the project."""
    webhooks = view.webhooks.webhooks
    unknowns = [
        Unknown(f"This webhook file could not be read: {reason}.", path)
        for path, reason in view.webhooks.unparsed
    ]
    if not webhooks:
        return _without_webhooks(view, unknowns)
    findings: list[RawFinding] = []
    passes: list[PassEvidence] = []
    for webhook in webhooks:
        own = [_finding(webhook, fault) for fault in webhook.faults]
        own += [_gate(webhook, gate) for gate in gates(view, webhook)]
        own += [] if own else list(_bytes_lost(view, webhook))
        findings += own
        if own:
            continue
        if webhook.unread:
            unknowns.append(
                Unknown(
                    f"{_name(webhook)} was not followed to its end: {webhook.unread}.", webhook.handler_path
                )
            )
        elif webhook.proof is not None:
            note = f"{webhook.company.title} is verified before anything happens"
            passes.append(PassEvidence(at(webhook.proof.path, webhook.proof.line, note=note)))
        else:
            passes.append(
                PassEvidence(at(webhook.handler_path, webhook.line, note="this webhook changes nothing"))
            )
    if not any(webhook.company.money or webhook.provider == "other" for webhook in webhooks):
        findings += _expected(view)
    looked = (Looked("webhooks", len(webhooks), len(webhooks) + len(view.webhooks.unparsed)),)
    return Detection(tuple(findings), tuple(passes), tuple(unknowns), looked)


def _bytes_lost(view: ProjectView, webhook: Webhook) -> Iterator[RawFinding]:
    """NestJS keeps the signed bytes only when it is told to."""
    read, made = lost_bytes(view, webhook.handler_path)
    if not read or made is None:
        return
    message = (
        f"The app is made without `rawBody: true`, so {_name(webhook)} never gets the signed bytes and refuses "
        "every event."
    )
    note = "where the bytes are needed"
    yield RawFinding(
        f"{_CHECK}/parsed-body",
        message,
        (at(*made), at(webhook.handler_path, read, note=note)),
        f"{webhook.handler_name or webhook.name}:raw-body",
        confidence=0.85,
    )


def _without_webhooks(view: ProjectView, unknowns: list[Unknown]) -> Detection:
    expected = _expected(view)
    if expected or unknowns:
        return Detection(tuple(expected), unknowns=tuple(unknowns))
    return Detection(
        not_applicable=NotApplicable("Nothing here receives calls from a payment, mail or sign-in provider.")
    )


def _expected(view: ProjectView) -> list[RawFinding]:
    """Payments that start here and whose end nothing learns."""
    opened = unheard_payments(view)
    if not opened:
        return []
    first = opened[0]
    what = "a subscription" if first.recurring else "a payment"
    message = (
        f"`{first.call}` starts {what}, and nothing on your server ever learns whether it was paid, "
        "refunded or ended."
    )
    evidence = tuple(at(item.path, item.line) for item in opened[:5])
    sure = 0.8 if first.recurring else 0.7
    return [RawFinding(f"{_CHECK}/expected-missing", message, evidence, first.call, confidence=sure)]


def _name(webhook: Webhook) -> str:
    return f"`{webhook.name}`" if webhook.name not in ("", "/") else _COMMON_NAME


def _finding(webhook: Webhook, fault: Fault) -> RawFinding:
    key = "presence" if fault.kind == "none" and fault.detail == "presence" else fault.kind
    kind = _KINDS[key]
    effect = "your data" if fault.effect in ("", "the database") else f"`{fault.effect}`"
    says = kind.says.format(
        effect=effect, company=webhook.company.title, detail=fault.detail or "the secret", route=webhook.name
    )
    subject = "The app" if fault.kind == "too-early" else _name(webhook)
    subject = subject if not subject.startswith("your") else "Your webhook"
    evidence = [at(fault.path, fault.line)]
    if fault.effect_line and (fault.effect_path, fault.effect_line) != (fault.path, fault.line):
        evidence.append(at(fault.effect_path, fault.effect_line, note=fault.effect))
    return RawFinding(
        f"{_CHECK}/{kind.rule}",
        f"{subject} {says}.",
        tuple(evidence),
        f"{webhook.handler_name or webhook.name}:{key}",
        confidence=kind.confidence or _confidence(webhook, fault),
    )


def _confidence(webhook: Webhook, fault: Fault) -> float:
    """Less sure of a webhook that only its path gives away, and of effects known by their names only."""
    if not fault.sure or (webhook.provider == "other" and fault.kind == "none"):
        return 0.65
    if webhook.provider == "other":
        # Some senders sign what JSON.stringify makes of the event, so text built again can be right.
        return 0.6 if fault.kind in ("reencoded", "parsed") else 0.8
    return 0.9


def _gate(webhook: Webhook, gate: Gate) -> RawFinding:
    company = webhook.company.title
    match gate.kind:
        case "jwt":
            rule = "jwt-gate"
            says = f"Supabase asks for a sign-in token before `{gate.name}` runs, and {company} has none"
        case "jwt-default":
            rule = "jwt-gate"
            says = f"`{gate.name}` has no `verify_jwt = false` in supabase/config.toml, and {company} has no token"
        case "auth":
            rule = "blocked-by-auth"
            says = f"`{gate.name}` asks for a signed-in user before {_name(webhook)}, and {company} has no account"
        case _:
            rule = "csrf"
            says = f"{gate.name} asks for a form token before {_name(webhook)}, and {company} sends none"
    symbol = f"{webhook.handler_name or webhook.name}:{gate.kind}"
    return RawFinding(
        f"{_CHECK}/{rule}", says, (at(gate.path, gate.line),), symbol, confidence=gate.confidence
    )
