"""privacy.subject-rights: whether somebody who asks for their data, or for its deletion, can be answered in time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.models.accounts.sign_up import sign_up_place
from lastmile_desktop.project.models.privacy.collects import collects, has_pages
from lastmile_desktop.project.models.privacy.person_requests import Found, Requests, build
from lastmile_desktop.project.models.privacy.personal_data import personal_columns
from lastmile_desktop.project.models.schema.model import ForeignKey, Table
from lastmile_desktop.project.models.usage.purpose import not_for_private_use, quieted
from lastmile_desktop.project.view import ProjectView

CHECK = "privacy.subject-rights"
_PEOPLE = frozenset(
    {"users", "user", "profiles", "auth_user", "accounts_customuser", "customers", "members", "accounts"}
)
_MUST_STAY = re.compile(
    r"(?:^|_)(?:invoices?|payments?|transactions?|orders?|receipts?|payouts?|refunds?|billing\w{0,12}|"
    r"ledger\w{0,10})$"
)
# Points and the like are given and spent inside the app: no record of its accounts.
_IS_A_GAME = re.compile(r"(?:^|_)(?:rewards?|points?|loyalty|xp|coins?|gems?|stars?|badges?|karma)_")
_EXPORT_ROUTE = re.compile(
    r"export[/_-]?(?:user|me|my|account|data)|(?:data|user|account)[/_-]?export|download[/_-]?my|takeout",
    re.IGNORECASE,
)
_SERVER = re.compile(
    r"(?:^|/)(?:api|server|backend|functions|actions?|routes?|services?)[/.]|\.py$|\.sql$|actions\.ts$"
)
_DELETION_REQUEST = re.compile(r"deletion[-_]?requests?|request[-_]?\w{0,12}[-_]?deletion", re.IGNORECASE)
_STORES = ("fw.expo", "fw.react_native", "fw.flutter", "fw.capacitor")
_EARLY = frozenset({"idea", "demo"})
_DRILL = (
    "Run one request through from start to end: a test person's copy and deletion, with every table, the "
    "files and each "
    "company on your list. Keep a log with the day, how you made sure who asks, and the due date. Then "
    "say when you did."
)


def detect(view: ProjectView) -> Detection:
    """What the code offers, held against what the schema keeps."""
    sign = _accounts(view)
    if sign is None:
        return Detection(not_applicable=NotApplicable("Nobody has an account here."))
    private = not_for_private_use(view)
    if private is not None:
        return Detection(not_applicable=private)
    if view.facts.value("profile.stage") in _EARLY and not view.facts.has("host"):
        return Detection(not_applicable=NotApplicable("You said that nobody uses this yet."))
    requests = build(view)
    clerk = view.facts.first("auth.provider") if view.facts.has("auth.provider", "clerk") else None
    findings = (
        *_deletion(view, requests, sign, managed=clerk is not None),
        *_export(view, requests, sign, managed=clerk is not None),
        *_leftovers(view, requests),
        *_kept_by_law(view),
        *_soft(requests),
        *_correction(view, requests, sign, managed=clerk is not None),
    )
    passes = [
        *(PassEvidence(at(item.path, item.line, note="deletes an account")) for item in requests.deletes[:3])
    ]
    passes += [
        PassEvidence(at(item.path, item.line, note="an administrator deletes an account"))
        for item in requests.staff[:1]
        if not requests.deletes
    ]
    passes += [
        PassEvidence(at(item.path, item.line, note="hands out a person's data"))
        for item in requests.exports[:3]
    ]
    return Detection(
        quieted(view, findings),
        tuple(passes),
        looked=(Looked("ways to ask", int(bool(requests.deletes)) + int(bool(requests.exports)), 2),),
        needs_attestation=_DRILL,
    )


def _accounts(view: ProjectView) -> Evidence | None:
    """Where people get accounts of their own; a contact form alone is answered by hand."""
    if not has_pages(view) and not view.facts.has("auth.provider"):
        return None
    place = sign_up_place(view)
    if place is not None:
        return place
    fact = view.facts.first("auth.provider")
    if fact is not None and fact.evidence is not None:
        return fact.evidence
    known = any(table.bare_name in _PEOPLE for table in view.schema.tables.values())
    return collects(view) if known else None


def _deletion(
    view: ProjectView, requests: Requests, sign: Evidence, *, managed: bool
) -> Iterator[RawFinding]:
    if requests.deletes or managed:
        return
    if requests.promises:
        fake = requests.promises[0]
        message = f"{fake.path} offers to delete the account, but nothing is deleted."
        yield RawFinding(
            f"{CHECK}/no-delete-account", message, (at(fake.path, fake.line),), "delete", confidence=0.85
        )
        return
    message = "Nobody can delete their account: there is no button, no endpoint and no script for it."
    severity = None
    if requests.staff:
        message = (
            "People cannot delete their account themselves; they have to ask, and an administrator does it."
        )
        # Whoever asks is answered by a person, which the law allows and the app stores do not.
        severity = Severity.MEDIUM if any(view.facts.has(key) for key in _STORES) else Severity.LOW
    yield RawFinding(f"{CHECK}/no-delete-account", message, (sign,), "delete", severity=severity)


def _export(view: ProjectView, requests: Requests, sign: Evidence, *, managed: bool) -> Iterator[RawFinding]:
    # What only an outside service holds is copied out of its dashboard.
    if not requests.exports and not (managed and not personal_columns(view.schema)):
        message = "Nobody can get a copy of what is stored about them: nothing collects it from the tables."
        yield RawFinding(f"{CHECK}/no-export", message, (sign,), "export")
    for route in view.routes.routes:
        if (
            _EXPORT_ROUTE.search(route.route)
            and not route.is_guarded
            and not route.unknown
            and not route.public_by_design
        ):
            message = f"{route.route} hands out a person's data without asking who is calling."
            place = at(route.path, route.span.line)
            yield RawFinding(f"{CHECK}/export-not-authenticated", message, (place,), route.route)


def _leftovers(view: ProjectView, requests: Requests) -> Iterator[RawFinding]:
    """What stays behind when the account goes: rows that do not go with it, files, the payment "
    "provider's customer."""
    deletes = [item for item in requests.deletes if not _only_asked(view, item)]
    if not deletes:
        return
    left: list[str] = []
    deleting = min(deletes, key=lambda item: _SERVER.search(item.path) is None)
    places = [at(deleting.path, deleting.line)]
    written = " ".join(view.text(item.path) or "" for item in deletes)
    tables = {column.table for column in personal_columns(view.schema)}
    # Django deletes dependent rows itself, whatever the database was told.
    own = () if view.facts.has("fw.django") else view.schema.tables.values()
    for table in own:
        for key in table.foreign_keys:
            if (
                _refers_to_people(key)
                and _stays(key)
                and table.bare_name in tables
                and table.bare_name not in written
            ):
                left.append(f"rows in {table.bare_name}")
                places.append(at(key.place.path, key.place.line))
                break
    if view.facts.has("storage") and "storage" not in requests.removes:
        left.append("stored files")
    if view.facts.has("pay.provider", "stripe") and "payments" not in requests.removes:
        left.append("the customer at Stripe")
    if left:
        shown = ", ".join(left[:5])
        message = f"Deleting an account in {deleting.path} leaves behind: {shown}."
        yield RawFinding(f"{CHECK}/delete-leaves-data", message, tuple(places[:8]), "leftovers")


def _only_asked(view: ProjectView, item: Found) -> bool:
    """Whether this takes a request down that a person works off."""
    lines = (view.text(item.path) or "").split("\n")
    return _DELETION_REQUEST.search("\n".join(lines[item.line - 1 : item.line + 2])) is not None


def _refers_to_people(key: ForeignKey) -> bool:
    return key.table.rpartition(".")[2] in _PEOPLE


def _stays(key: ForeignKey) -> bool:
    return key.on_delete.lower().replace("_", " ") not in ("cascade", "set null", "set default")


def _kept_by_law(view: ProjectView) -> Iterator[RawFinding]:
    for table in view.schema.tables.values():
        if not _MUST_STAY.search(table.bare_name) or _IS_A_GAME.search(table.bare_name):
            continue
        if not _is_money(table):
            continue
        for key in table.foreign_keys:
            per_person = tuple(key.columns) == tuple(table.primary_key)
            if _refers_to_people(key) and key.on_delete.lower() == "cascade" and not per_person:
                message = f"Deleting a person deletes their rows in {table.bare_name}, which tax law asks you to keep."
                place = at(key.place.path, key.place.line)
                yield RawFinding(
                    f"{CHECK}/hard-delete-breaks-law",
                    message,
                    (place,),
                    table.bare_name,
                    severity=Severity.MEDIUM,
                )
                break


def _is_money(table: Table) -> bool:
    return any(
        re.search(r"amount|total|price|tax|currency|invoice_number|stripe", column.name)
        for column in table.columns
    )


def _soft(requests: Requests) -> Iterator[RawFinding]:
    for item in requests.soft:
        message = f"{item.path} only marks the account as deleted; everything about the person stays."
        yield RawFinding(f"{CHECK}/soft-delete-only", message, (at(item.path, item.line),), item.path)
        return


def _correction(
    view: ProjectView, requests: Requests, sign: Evidence, *, managed: bool
) -> Iterator[RawFinding]:
    if requests.updates or managed or not personal_columns(view.schema):
        return
    message = "Nobody can correct what is stored about them: nothing updates a profile."
    yield RawFinding(f"{CHECK}/rectification-missing", message, (sign,), "correct")
