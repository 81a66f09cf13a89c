"""email.default-sender: whether the mails that people wait for leave by a sender made for tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.models.privacy.mail_senders import Mailing, Sender, build, only_to_owner
from lastmile_desktop.project.models.settings.host_settings import mail_ports
from lastmile_desktop.project.view import ProjectView

CHECK = "email.default-sender"
_MOST_PLACES = 8
_MANAGED = (
    "clerk",
    "auth0",
    "workos",
    "kinde",
    "stack",
    "firebase",
    "better-auth",
    "lovable-cloud",
    "replit",
)
_PUSHES = re.compile(r"supabase\s+config\s+push|supabase\s+link\b[^\n]{0,80}&&[^\n]{0,80}config\s+push")
_NO_REPLY = re.compile(r"^(?:no-?_?reply|do-?_?not-?_?reply|noreply)", re.IGNORECASE)
_SUPABASE = (
    "Supabase's own sender is for tests: a few mails an hour, and only to your team. Set your own SMTP "
    "server in the "
    "dashboard (Authentication, Emails, SMTP settings), send a sign-up mail to two mailboxes, and say "
    "what you saw."
)
_OTHERS = "Send yourself a sign-up and a receipt at two mail providers, and say from which address they came."


def detect(view: ProjectView) -> Detection:
    """Senders in code and settings; what only a dashboard shows is asked."""
    mailing = build(view)
    supabase_mail = mailing.auth_mail is not None and not _managed(view)
    if not supabase_mail and not mailing.senders and not view.facts.has("email.provider"):
        return Detection(not_applicable=NotApplicable("Nothing here sends mail of its own."))
    findings = (
        *_builtin(view, mailing, supabase_mail),
        *_grouped(
            mailing,
            "resend-onboarding",
            "mails are sent from Resend's test address, which reaches only yourself",
        ),
        *_grouped(
            mailing, "gmail-smtp", "mails leave through a personal Gmail account, which stops at 500 a day"
        ),
        *_grouped(mailing, "sandbox", "mails go to a test mailbox and reach nobody"),
        *_grouped(mailing, "localhost-links", "links in mails lead to your own computer"),
        *_no_reply(view, mailing),
        *_unfilled(mailing),
        *_mismatch(mailing),
        *_blocked_ports(view),
    )
    shown = bool(mailing.auth_smtp or mailing.auth_hook) or not supabase_mail
    return Detection(
        findings,
        tuple(PassEvidence(place) for place in _good(view, mailing)),
        looked=(Looked("senders", len(mailing.senders), len(mailing.senders)),),
        needs_attestation=_OTHERS if shown else _SUPABASE,
    )


def _managed(view: ProjectView) -> bool:
    """Sign-in services that send their mails themselves, from a domain of their own."""
    return any(view.facts.has("auth.provider", value) for value in _MANAGED)


def _good(view: ProjectView, mailing: Mailing) -> Iterator[Evidence]:
    for place in (mailing.auth_smtp, mailing.auth_hook):
        if place is not None:
            yield at(*place, note="sign-in mails leave by your own sender")
    own = [(path, sender) for path, sender in mailing.of("address") if not _is_shared(sender)]
    for path, sender in own[:3]:
        yield at(path, sender.line, note=f"mails come from {sender.value}")
    for value in _MANAGED:
        fact = view.facts.first("auth.provider")
        if fact is not None and fact.value == value and fact.evidence is not None:
            yield fact.evidence


def _is_shared(sender: Sender) -> bool:
    return sender.value in (
        "resend.dev",
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "yahoo.com",
        "hotmail.com",
    )


def _builtin(view: ProjectView, mailing: Mailing, supabase_mail: bool) -> Iterator[RawFinding]:
    """Only a configuration that is pushed to the live project proves that the built-in sender is in use."""
    if not supabase_mail or mailing.auth_smtp or mailing.auth_hook or mailing.auth_mail is None:
        return
    config = next((path for path in view.tree.files if path.endswith("supabase/config.toml")), None)
    if config is None or not any(_pushes(view, path) for path in view.tree.files):
        return
    message = "The configuration that is pushed to Supabase names no mail server: sign-up mails use the test sender."
    yield RawFinding(
        f"{CHECK}/supabase-builtin", message, (at(config, 1), at(*mailing.auth_mail)), "supabase"
    )


def _pushes(view: ProjectView, path: str) -> bool:
    if not (path.startswith(".github/workflows/") or path.endswith("package.json")):
        return False
    return view.per_file("mail.pushes", path, _names_push, False)


def _names_push(text: str) -> bool:
    return _PUSHES.search(text) is not None


def _grouped(mailing: Mailing, kind: str, what: str) -> Iterator[RawFinding]:
    found = sorted(mailing.of(kind), key=lambda item: not item[1].sure)
    if not found:
        return
    path, first = found[0]
    places = tuple(at(each, sender.line) for each, sender in found[:_MOST_PLACES])
    message = f"In {path}, {what}"
    message += "." if first.sure else ", unless a setting says otherwise."
    severity = Severity.LOW if kind == "resend-onboarding" and not first.sure else None
    confidence = None if first.sure else 0.65
    yield RawFinding(f"{CHECK}/{kind}", message, places, kind, severity, confidence)


def _unfilled(mailing: Mailing) -> Iterator[RawFinding]:
    found = mailing.of("placeholder-address")
    if found:
        _, sender = found[0]
        places = tuple(at(each, item.line) for each, item in found[:_MOST_PLACES])
        message = (
            f"Mails are sent from {sender.value}, which was never filled in: the provider refuses them all."
        )
        yield RawFinding(f"{CHECK}/env-from-mismatch", message, places, "placeholder", Severity.HIGH, 0.85)


def _no_reply(view: ProjectView, mailing: Mailing) -> Iterator[RawFinding]:
    # The founder's own mailbox answers nobody.
    addresses = [
        item
        for item in mailing.of("address")
        if not view.per_file("mail.to-owner", item[0], only_to_owner, False)
    ]
    if not addresses or mailing.replies or not all(_NO_REPLY.match(sender.local) for _, sender in addresses):
        return
    path, sender = addresses[0]
    message = f"All mails come from a no-reply address at {sender.value}, and none says where an answer goes."
    yield RawFinding(f"{CHECK}/no-reply-only", message, (at(path, sender.line),), "reply")


def _mismatch(mailing: Mailing) -> Iterator[RawFinding]:
    by_domain: dict[str, tuple[str, Sender]] = {}
    for path, sender in mailing.of("address"):
        if not _is_shared(sender):
            by_domain.setdefault(_registered(sender.value), (path, sender))
    if len(by_domain) < 2:
        return
    places = list(by_domain.values())
    names = " and ".join(sorted(by_domain))
    message = f"Mails come from different domains ({names}): each must be set up with the provider, or its mails fail."
    path, sender = places[-1]
    others = tuple(at(each, item.line) for each, item in places[:-1])
    yield RawFinding(f"{CHECK}/env-from-mismatch", message, (at(path, sender.line), *others), "domains")


def _registered(domain: str) -> str:
    """`mail.example.co.uk` and `example.co.uk` are one sender's."""
    parts = domain.split(".")
    keep = 3 if len(parts) > 2 and len(parts[-1]) == 2 and len(parts[-2]) <= 3 else 2
    return ".".join(parts[-keep:])


def _blocked_ports(view: ProjectView) -> Iterator[RawFinding]:
    for path, line, port in mail_ports(view):
        message = f"{path} sends mail through port {port}, which Supabase functions may not open."
        yield RawFinding(f"{CHECK}/smtp-from-edge", message, (at(path, line),), path)
