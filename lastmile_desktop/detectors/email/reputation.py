"""email.reputation: whether mails to many people are sent so that the next receipt still arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.privacy.mass_mails import MassMail, Notes, build
from lastmile_desktop.project.view import ProjectView

CHECK = "email.reputation"
_MOST_PLACES = 8
_ASK = (
    "Look at Google Postmaster Tools and your mail provider's dashboard: complaints under 0.1 %, bounced "
    "addresses no longer "
    "mailed, and a plan for how fast volume grows. Say what you saw."
)


def detect(view: ProjectView) -> Detection:
    """Only what is sent to many counts; single receipts need none of this."""
    notes = build(view)
    if not notes.mails and notes.bought is None and notes.unread:
        reason = f"{notes.unread[0]} sends mail, perhaps to many people; to whom was not understood."
        return Detection(unknowns=(Unknown(reason, notes.unread[0]),))
    if not notes.mails and notes.bought is None:
        if not view.facts.has("email.provider"):
            return Detection(not_applicable=NotApplicable("Nothing here sends mail."))
        return Detection(
            not_applicable=NotApplicable("Mails go to one person at a time, as an answer to what they did.")
        )
    marketing = [mail for mail in notes.mails if mail.marketing]
    findings = (
        *_bounces(notes),
        *_each(marketing, "no-unsubscribe", lambda mail: not mail.unsubscribe, "and no way to unsubscribe"),
        *_one_click(notes, marketing),
        *_each(
            marketing,
            "no-postal-address",
            lambda mail: not mail.address,
            "without the sender's postal address",
        ),
        *_pace(notes),
        *_streams(notes, marketing),
        *_bought(notes),
        *_preferences(notes, marketing),
    )
    passes = [PassEvidence(at(*place, note="bounces are handled")) for place in (notes.bounces,) if place]
    passes += [
        PassEvidence(at(mail.path, mail.line, note="can be unsubscribed"))
        for mail in marketing
        if mail.unsubscribe
    ][:3]
    total = len(notes.mails)
    return Detection(
        findings, tuple(passes), looked=(Looked("mails to many", total, total),), needs_attestation=_ASK
    )


def _each(
    mails: list[MassMail], rule: str, fails: Callable[[MassMail], bool], what: str
) -> Iterator[RawFinding]:
    found = [mail for mail in mails if fails(mail)]
    if not found:
        return
    more = f" and {len(found) - 1} more files send" if len(found) > 1 else " sends"
    message = f"{found[0].path}{more} news to many people, {what}."
    places = tuple(at(mail.path, mail.line) for mail in found[:_MOST_PLACES])
    yield RawFinding(f"{CHECK}/{rule}", message, places, rule)


def _bounces(notes: Notes) -> Iterator[RawFinding]:
    if notes.bounces is not None or not notes.mails:
        return
    mail = notes.mails[0]
    message = "Addresses that bounce or complain are mailed again and again: nothing listens for bounces."
    yield RawFinding(f"{CHECK}/bounces-ignored", message, (at(mail.path, mail.line),), "bounces")


def _one_click(notes: Notes, marketing: list[MassMail]) -> Iterator[RawFinding]:
    linked = [mail for mail in marketing if mail.unsubscribe and not mail.one_click]
    if not linked or notes.header:
        return
    message = "Mails have a link to unsubscribe, but not the header for it that Gmail and Yahoo ask for."
    places = tuple(at(mail.path, mail.line) for mail in linked[:_MOST_PLACES])
    yield RawFinding(f"{CHECK}/no-one-click", message, places, "one-click")


def _pace(notes: Notes) -> Iterator[RawFinding]:
    fast = [mail for mail in notes.mails if not mail.paced]
    if not fast:
        return
    more = f" and {len(fast) - 1} more files send" if len(fast) > 1 else " sends"
    message = f"{fast[0].path}{more} to everybody in one go, faster than mail providers accept."
    places = tuple(at(mail.path, mail.line) for mail in fast[:_MOST_PLACES])
    yield RawFinding(f"{CHECK}/send-loop-no-rate", message, places, "pace")


def _streams(notes: Notes, marketing: list[MassMail]) -> Iterator[RawFinding]:
    """News and receipts from one domain share its good name."""
    for mail in marketing:
        other = next((path for path, domain in notes.transactional if domain == mail.sender), "")
        if mail.sender and other:
            message = (
                f"News and receipts both come from {mail.sender}: complaints about the one bury the other."
            )
            yield RawFinding(
                f"{CHECK}/same-stream", message, (at(mail.path, mail.line), at(other, 1)), mail.sender
            )
            return


def _bought(notes: Notes) -> Iterator[RawFinding]:
    if notes.bought is not None:
        path, line = notes.bought
        message = f"{path} takes addresses from a contact database: people who never asked complain."
        yield RawFinding(f"{CHECK}/list-import", message, (at(path, line),), "bought")


def _preferences(notes: Notes, marketing: list[MassMail]) -> Iterator[RawFinding]:
    if marketing and notes.preferences is None:
        mail = marketing[0]
        message = "People cannot choose which mails they get: it is all or nothing."
        place = (at(mail.path, mail.line),)
        yield RawFinding(f"{CHECK}/no-preferences", message, place, "preferences", severity=Severity.LOW)
