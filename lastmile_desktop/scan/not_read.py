"""Where part of what answers strangers is not read, a check that rests on it neither passes nor says that the question
does not arise. Said in one place, so that no check forgets it."""

from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.core.check import Check
from lastmile_desktop.core.finding import Detection, Unknown
from lastmile_desktop.project.models.routes.unread_entries import (
    LANGUAGE,
    SOCKETS,
    UnreadEntry,
    unread_entries,
)
from lastmile_desktop.project.models.schema.unread_stores import unread_stores
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

_IN_REPOSITORY = "data.schema-not-in-repo"
# They rest on the tables of the schema: what columns there are, and what keeps them right.
_OF_TABLES = frozenset(
    {
        _IN_REPOSITORY,
        "data.integrity",
        "data.missing-index",
        "privacy.encryption",
        "privacy.data-map-retention",
        "data.backup-unproven",
    }
)
_OF_MIGRATIONS = frozenset({"data.migration-locks", "data.migration-destructive"})


def with_unread(check: Check, view: ProjectView, detection: Detection) -> Detection:
    """The detection, saying which entries it could not rest on, and which tables."""
    if check.id in _OF_TABLES or check.id in _OF_MIGRATIONS:
        detection = _with_stores(check, view, detection)
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


def _with_stores(check: Check, view: ProjectView, detection: Detection) -> Detection:
    """Where a check says that the question does not arise, although tables are made in a way that is not read."""
    if detection.not_applicable is None or view.schema.tables or _never_arises(check, detection):
        return detection
    unread = tuple(
        Unknown(f"What the {item.what} (line {item.line}) keep is not read: look at it yourself.", item.path)
        for item in view.made(unread_stores)
        if not (item.documents and check.id == _IN_REPOSITORY)
        and (item.migrates or check.id not in _OF_MIGRATIONS)
    )
    return (
        replace(detection, unknowns=(*detection.unknowns, *unread), not_applicable=None)
        if unread
        else detection
    )


def _never_arises(check: Check, detection: Detection) -> bool:
    """Something in the project says why it does not arise, whatever the tables are."""
    why = detection.not_applicable
    return why is not None and why.evidence is not None and check.id != _IN_REPOSITORY


def _concerns(check: Check, item: UnreadEntry, found: bool) -> bool:
    if item.what == SOCKETS:
        return check.id in _OF_CALLERS
    return check.id in _OF_ROUTES or (item.what.startswith(LANGUAGE) and not found)


def _unknown(item: UnreadEntry) -> Unknown:
    return Unknown(f"What {item.what} do (line {item.line}) is not read: look at them yourself.", item.path)
