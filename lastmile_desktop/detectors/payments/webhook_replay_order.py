"""payments.webhook-replay-order: what happens when a provider sends an event twice, or two out of order."""

from __future__ import annotations

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.webhooks.model import Webhook
from lastmile_desktop.project.models.webhooks.race import races
from lastmile_desktop.project.models.webhooks.replay import replays
from lastmile_desktop.project.models.webhooks.sequence import Replay
from lastmile_desktop.project.view import ProjectView

_CHECK = "payments.webhook-replay-order"
_SAYS = {
    "no-event-store": (
        "keeps no record of the events it has handled: when {company} sends one again, `{detail}` happens again"
    ),
    "increment-effect": (
        "adds to `{detail}` each time the same event arrives, and {company} sends events more than once"
    ),
    "check-then-act": (
        "looks in `{detail}` and then inserts, but nothing stops two deliveries at the same moment"
    ),
    "order-assumed": (
        "writes `{detail}` as the event says it, so an older event that arrives late overwrites a newer one"
    ),
    "marks-done-first": (
        "marks the event as done in `{detail}` before the work is done, so a failure is never made good"
    ),
}
_UNREAD = (
    "keeps events in `{detail}`, but goes on with the work when {company} sends one that is already there"
)
_ANY_OTHER = (
    "takes every event but the one of success for a failed payment, also one that comes after it was paid"
)
_BACKGROUND = "answers {company} before `{detail}` is done, so a failure is never made good"


def detect(view: ProjectView) -> Detection:
    """Judge every webhook that changes something."""
    webhooks = [hook for hook in view.webhooks.webhooks if hook.happenings and _may_repeat(hook)]
    if not webhooks:
        if view.webhooks.unparsed:
            return Detection(
                unknowns=tuple(
                    Unknown(f"This webhook file could not be read: {reason}.", path)
                    for path, reason in view.webhooks.unparsed
                )
            )
        return Detection(not_applicable=NotApplicable("No call from a provider changes anything here."))
    findings: list[RawFinding] = []
    passes: list[PassEvidence] = []
    unknowns: list[Unknown] = []
    for webhook in webhooks:
        found, shelter = replays(view, webhook)
        own = [_finding(webhook, item) for item in found] + _raced(view, webhook)
        findings += own
        if not own and webhook.unread:
            unknowns.append(
                Unknown(
                    f"`{webhook.name}` was not followed to its end: {webhook.unread}.", webhook.handler_path
                )
            )
        elif not own and shelter is not None:
            passes.append(PassEvidence(at(shelter.path, shelter.line, note=shelter.note)))
    return Detection(
        tuple(findings), tuple(passes), tuple(unknowns), (Looked("webhooks", len(webhooks), len(webhooks)),)
    )


def _may_repeat(webhook: Webhook) -> bool:
    """Whether the sender is known to send again; a caller of one's own with a shared password is not."""
    passed_by = any(fault.kind == "bypass" for fault in webhook.faults)
    how = webhook.proof.how if webhook.proof is not None and not passed_by else ""
    own = webhook.provider == "other" and how == "shared-secret"
    return webhook.company.repeats and not own


def _finding(webhook: Webhook, item: Replay) -> RawFinding:
    mild = (
        {"marks-done-first": _BACKGROUND, "check-then-act": _UNREAD, "order-assumed": _ANY_OTHER}
        if item.mild
        else {}
    )
    says = mild.get(item.kind, _SAYS[item.kind])
    text = says.format(detail=item.detail, company=webhook.company.title)
    severity = _severity(webhook, item)
    evidence: tuple[Evidence, ...] = (at(item.path, item.line),)
    if (item.path, item.line) != (webhook.handler_path, webhook.line):
        evidence = (*evidence, at(webhook.handler_path, webhook.line, note="the webhook"))
    return RawFinding(
        f"{_CHECK}/{item.kind}",
        f"`{webhook.name}` {text}.",
        evidence,
        f"{webhook.handler_name or webhook.name}:{item.detail}",
        severity,
        _confidence(webhook),
    )


def _severity(webhook: Webhook, item: Replay) -> Severity | None:
    """Events that move no money do less harm when they repeat."""
    if item.kind == "no-event-store" and item.mild:
        return Severity.MEDIUM
    if not webhook.company.money and item.kind == "increment-effect":
        return Severity.HIGH
    return None


def _confidence(webhook: Webhook) -> float:
    return 0.8 if webhook.company.money else 0.7


def _raced(view: ProjectView, webhook: Webhook) -> list[RawFinding]:
    return [
        RawFinding(
            f"{_CHECK}/redirect-race",
            f"This code and `{webhook.name}` both create a row in `{race.table}` for the same payment, "
            "whichever comes first.",
            (at(race.path, race.line), at(webhook.handler_path, webhook.line, note="the webhook")),
            race.table,
            confidence=0.75,
        )
        for race in races(view, webhook)
    ]
