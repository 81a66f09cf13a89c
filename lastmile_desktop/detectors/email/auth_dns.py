"""email.auth-dns: whether mail providers can tell the project's mails from forged ones. DNS alone knows."""

from __future__ import annotations

from lastmile_desktop.core.finding import Detection, NotApplicable, Unknown
from lastmile_desktop.project.models.privacy.mail_senders import build
from lastmile_desktop.project.view import ProjectView

_SHARED = frozenset(
    {"resend.dev", "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com"}
)


def detect(view: ProjectView) -> Detection:
    """Which domains have to be looked at. Files cannot say more."""
    mailing = build(view)
    domains = list(
        dict.fromkeys(sender.value for _, sender in mailing.of("address") if sender.value not in _SHARED)
    )
    sends = bool(domains) or mailing.auth_mail is not None or view.facts.has("email.provider")
    if not sends:
        return Detection(not_applicable=NotApplicable("Nothing here sends mail from a domain of yours."))
    if not domains:
        domains = list(view.facts.values("domains")[:1])
    which = ", ".join(domains[:3]) if domains else "your sending domain"
    reason = f"The DNS records of {which} (SPF, DKIM, DMARC) have not been looked at: files cannot tell what they say."
    return Detection(unknowns=(Unknown(reason),))
