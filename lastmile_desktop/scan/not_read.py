"""Where part of what answers strangers is not read, a check that rests on it neither passes nor says that the question
does not arise. Said in one place, so that no check forgets it."""

from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.core.check import Check
from lastmile_desktop.core.finding import Detection, Unknown
from lastmile_desktop.project.models.unread_entries import LANGUAGE, SOCKETS, UnreadEntry, unread_entries
from lastmile_desktop.project.view import ProjectView

# Who may come in, and who may do what: asked of sockets too.
_OF_CALLERS = frozenset({"access.route-unauthenticated", "access.auth-only-appears"})
_OF_ROUTES = _OF_CALLERS | {
    "access.object-ownership",
    "access.over-posting",
    "access.role-scopes",
    "abuse.no-limits",
    "abuse.injection",
}
# Whether anybody signs in, and as what, shows in the settings too.
_OF_USERS = frozenset({"access.auth-only-appears", "access.role-scopes"})
# What code in a language that is not read may do as well.
_OF_CODE = frozenset({"access", "abuse", "payments", "reliability", "privacy"})
# They read the database's own rules.
_OF_RULES = frozenset({"access.rls-disabled", "access.rls-not-enforced", "access.open-rules-buckets"})


def with_unread(check: Check, view: ProjectView, detection: Detection) -> Detection:
    """The detection, saying which entries it could not rest on."""
    if check.id in _OF_RULES or not (check.id in _OF_ROUTES or check.area.slug in _OF_CODE):
        return detection
    unread = tuple(
        _unknown(item)
        for item in view.made(unread_entries)
        if _concerns(check, item, bool(detection.findings))
    )
    if not unread or (detection.not_applicable is not None and check.id in _OF_USERS):
        return detection
    return replace(detection, unknowns=(*detection.unknowns, *unread), not_applicable=None)


def _concerns(check: Check, item: UnreadEntry, found: bool) -> bool:
    if item.what == SOCKETS:
        return check.id in _OF_CALLERS
    return check.id in _OF_ROUTES or (item.what.startswith(LANGUAGE) and not found)


def _unknown(item: UnreadEntry) -> Unknown:
    return Unknown(f"What {item.what} do (line {item.line}) is not read: look at them yourself.", item.path)
