"""access.over-posting: requests can set fields they should not, or answers reveal too much."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.accounts.open_schemas import OpenSchema, open_schemas
from lastmile_desktop.project.models.accounts.open_serializers import OpenSerializer, open_serializers
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.guards.auth_layers import on_server
from lastmile_desktop.project.models.inputs.posted_bodies import Posted, review_text, stores_as_given
from lastmile_desktop.project.models.routes.answers import Leak, rows_given_away, stack_leaks
from lastmile_desktop.project.models.routes.error_answers import told_errors
from lastmile_desktop.project.models.routes.model import Route
from lastmile_desktop.project.models.routes.role_checks import is_admin_route, is_held_by_role
from lastmile_desktop.project.models.row_security.column_weight import Weight, weigh, without_prices
from lastmile_desktop.project.models.row_security.data_api import data_api
from lastmile_desktop.project.models.row_security.firestore_documents import OwnDocument, own_documents
from lastmile_desktop.project.models.row_security.privileged_columns import SelfWrite, self_writes
from lastmile_desktop.project.models.row_security.rls_policy import surroundings
from lastmile_desktop.project.models.schema.tables import Tables
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "access.over-posting"
_NOT_PRODUCT = frozenset(
    {PathKind.TEST, PathKind.SEED, PathKind.EXAMPLE, PathKind.AGENT, PathKind.CI, PathKind.DUMP}
)
_SAMPLES = 6
_OF_PEOPLE = re.compile(
    r"(?i)(?:^|_|\.)(?:app_?)?(?:users?|members?|accounts?|roles?|profiles?|admins?|tenants?|permissions?|subscriptions?)$"
)


def detect(view: ProjectView) -> Detection:
    """Judge what requests write, what policies let people write, and what answers give away."""
    posted = dict(_posted(view))
    api = data_api(view)
    found = self_writes(view.schema, surroundings(view.schema)) if api.reached else ()
    writes = tuple(item for write in found if (item := without_prices(view, write)).columns)
    own = (
        _own_functions(view)
        if any(item.helper for found in posted.values() for item in found.whole)
        else frozenset()
    )
    admin = _admin_lines(view) if any(found.whole for found in posted.values()) else {}
    findings = [
        finding
        for path, found in posted.items()
        for finding in _bodies(path, found, own, admin.get(path, frozenset()))
    ]
    findings += [_self_write(view, item, api.confidence) for item in writes if item.paid]
    documents = own_documents(view)
    findings += [_own_document(item) for item in documents if item.permission.is_own]
    findings += _serializers(view)
    serializers = open_serializers(view)
    findings += [_rights(item) for item in serializers if item.fields]
    findings += [_named_role(item) for item in open_schemas(view)]
    findings += _answers(view)
    findings += _told(view)
    unknowns = (
        *(Unknown(reason, path) for path, reason in view.routes.unparsed),
        *(_unclear(item) for item in serializers if item.unclear and not item.fields),
    )
    handled = len(view.routes.routes)
    if (
        not findings
        and not posted
        and not handled
        and not documents
        and not (api.reached and view.schema.tables)
        and not unknowns
    ):
        reason = "No server here takes what visitors send, and no database is open to them."
        return Detection(not_applicable=NotApplicable(reason))
    serious = any(item.severity is not Severity.INFO for item in findings)
    passes = (
        ()
        if serious
        else (
            *_passes(view, posted, frozenset(item.table.name for item in writes)),
            *_limited(documents),
            *_closed(serializers),
        )
    )
    return Detection(tuple(findings), passes, unknowns, (Looked("entry points", handled, handled),))


def _product(view: ProjectView) -> Iterator[str]:
    return (path for path in view.outlines if path_kind(path) not in _NOT_PRODUCT and is_production(path))


def _review(outline: Outline, text: str) -> Posted:
    return Posted() if outline.shallow else review_text(outline, text)


def _leaks(outline: Outline, text: str) -> tuple[Leak, ...]:
    return () if outline.shallow else stack_leaks(outline, text)


def _messages(outline: Outline, text: str) -> tuple[int, ...]:
    return () if outline.shallow else told_errors(outline.path, text)


def _posted(view: ProjectView) -> Iterator[tuple[str, Posted]]:
    for path in _product(view):
        found = view.per_source("over-posting", path, _review, Posted())
        if not found.is_empty and not view.client_graph.is_client(path):
            yield path, found


def _own_functions(view: ProjectView) -> frozenset[str]:
    """The names of the project's functions that store what they are handed: what a library does is its own affair."""
    named = view.each_outline("stores-as-given", stores_as_given)
    return frozenset(name for names in named.values() for name in names)


def _admin_lines(view: ProjectView) -> dict[str, frozenset[int]]:
    """The lines of handlers that only administrators reach, by file."""
    held: dict[str, set[int]] = {}
    open_: dict[str, set[int]] = {}
    shared = Tables(view.schema).has_organisations
    for route in view.routes.routes:
        if route.handler is not None:
            span = route.handler.span
            kind = held if _is_for_own_admins(route, shared) else open_
            kind.setdefault(route.code_path, set()).update(range(span.line, span.line_end + 1))
    return {path: frozenset(lines - open_.get(path, set())) for path, lines in held.items()}


def _is_for_own_admins(route: Route, shared: bool) -> bool:
    """Whether only administrators get in. In an app for many customers those may be a customer's own, who still gain by
    what they cannot set; in the app of one business they are the business."""
    if is_admin_route(route):
        return is_held_by_role(route)
    known = bool(route.accesses) and all(access.scope == "admin" for access in route.accesses)
    return (
        known and not shared and not any(_OF_PEOPLE.search(access.query.table) for access in route.accesses)
    )


def _bodies(path: str, found: Posted, own: frozenset[str], admin: frozenset[int]) -> Iterator[RawFinding]:
    for item in found.whole:
        if item.helper and item.writer not in own:
            continue
        yield RawFinding(
            f"{CHECK}/spread-body",
            f"`{item.writer}` is handed everything the request sends, so it can set any column.",
            (at(path, item.line, column=item.column),),
            symbol=item.function or path,
            severity=Severity.INFO if item.line in admin else None,
        )
    if found.unchecked:
        first = found.unchecked[0]
        more = f" and {len(found.unchecked) - 1} more in this file" if len(found.unchecked) > 1 else ""
        yield RawFinding(
            f"{CHECK}/no-validation",
            f"What the request sends is stored without a look at it, here{more}.",
            tuple(at(path, item.line) for item in found.unchecked[:_SAMPLES]),
            symbol=first.function or path,
        )


def _self_write(view: ProjectView, item: SelfWrite, sure: float) -> RawFinding:
    columns = ", ".join(item.columns[:4])
    does = "choose" if item.adds else "change"
    place = item.policy.place
    where = (at(place.path, place.line, place.line_end),)
    message = (
        f"Users can {does} {columns} of their own row in {item.table.bare_name}, straight from the browser."
    )
    confidence = 0.7 if item.adds else 0.85
    severity = Severity.MEDIUM if not item.is_grave else (Severity.HIGH if item.adds else None)
    if item.tenants:
        message = (
            f"Users can {does} {', '.join(item.tenants)} of their own row in {item.table.bare_name}, which says whose "
            "customer they are: anyone can move into another customer's account."
        )
    else:
        weighed = weigh(view, item, item.paid)
        if weighed.weight is Weight.UNREAD:
            severity = Severity.INFO
            message = f"{message.rstrip('.')}; nothing reads it so far."
        elif weighed.place is None:
            severity, confidence = severity or Severity.HIGH, 0.65
        else:
            where += (at(weighed.place.path, weighed.place.line, note="where it decides"),)
    return RawFinding(
        f"{CHECK}/client-writes-privileged-column",
        message,
        where,
        symbol=f"{item.table.bare_name}.{item.policy.name}",
        severity=severity,
        confidence=max(0.5, confidence * sure),
    )


def _limited(documents: tuple[OwnDocument, ...]) -> Iterator[PassEvidence]:
    for item in [item for item in documents if item.permission.limits][:_SAMPLES]:
        note = f"the rule of {item.permission.collection} looks at what is written"
        yield PassEvidence(at(item.path, item.permission.line, note=note))


def _own_document(item: OwnDocument) -> RawFinding:
    fields = ", ".join(item.fields[:4])
    adds = not {"write", "update"} & set(item.permission.verbs)
    return RawFinding(
        f"{CHECK}/client-writes-privileged-column",
        f"Users can {'choose' if adds else 'change'} every field of their own document in "
        f"{item.permission.collection}, {fields} included.",
        (at(item.path, item.permission.line),),
        symbol=item.permission.path,
        severity=Severity.HIGH if adds else None,
        confidence=0.7 if adds else 0.8,
    )


def _serializers(view: ProjectView) -> list[RawFinding]:
    """Django serializers and forms that take every field of their model."""
    found: list[RawFinding] = []
    for path in _product(view):
        if not path.endswith(".py") or (outline := view.outlines[path]).shallow:
            continue
        takers = {item.name for item in outline.classes if any(_takes_fields(base) for base in item.bases)}
        for item in outline.classes:
            owner = item.name.rpartition(".")[0]
            for name, value, span in item.attributes:
                if name == "fields" and value.text.strip("'\"") == "__all__" and owner in takers:
                    message = (
                        f"{owner} takes every field of its model, those that only you should set included."
                    )
                    found.append(
                        RawFinding(
                            f"{CHECK}/spread-body", message, (at(path, span.line),), owner, confidence=0.75
                        )
                    )
    return found


def _rights(item: OpenSerializer) -> RawFinding:
    """Rights that people give themselves, by signing up or by changing their own account."""
    fields = ", ".join(item.fields[:4])
    who = "anybody who signs up" if item.way.signs_up else "each user, for their own account,"
    return RawFinding(
        f"{CHECK}/spread-body",
        f"{item.serializer.name} takes {fields} from the request: {who} may set it.",
        (
            at(item.serializer.path, item.serializer.line),
            at(item.way.path, item.way.line, note="where requests reach it"),
        ),
        symbol=f"{item.serializer.name}.rights",
        severity=Severity.CRITICAL,
        confidence=0.85 if item.sure else 0.65,
    )


def _named_role(item: OpenSchema) -> RawFinding:
    return RawFinding(
        f"{CHECK}/spread-body",
        f"{item.route.route} stores {item.field} as whoever signs up sends it: {item.schema} takes it.",
        (at(item.path, item.line), at(item.route.path, item.route.span.line, note="where people sign up")),
        symbol=f"{item.route.route} {item.field}",
        severity=Severity.CRITICAL,
        confidence=0.75,
    )


def _unclear(item: OpenSerializer) -> Unknown:
    fields = ", ".join(item.unclear[:4])
    reason = f"{item.serializer.name} takes {fields} and does something with it that was not followed."
    return Unknown(reason, item.serializer.path)


def _closed(serializers: tuple[OpenSerializer, ...]) -> Iterator[PassEvidence]:
    for item in serializers[:_SAMPLES]:
        note = f"{item.serializer.name} names the fields it takes, and no role among them"
        yield PassEvidence(at(item.serializer.path, item.serializer.line, note=note))


def _takes_fields(base: str) -> bool:
    return base.endswith(("ModelSerializer", "ModelForm"))


def _answers(view: ProjectView) -> Iterator[RawFinding]:
    for item in rows_given_away(view, Tables(view.schema)):
        columns = ", ".join(item.columns[:3])
        yield RawFinding(
            f"{CHECK}/returns-row",
            f"{item.route.route} answers with whole rows of {item.table}, {columns} included.",
            (
                at(item.route.code_path, item.line),
                at(item.access.path, item.access.line, note="where the rows are read"),
            ),
            symbol=f"{item.table} in {item.access.function}",
            # What people are sent about themselves tells a secret to scripts in their own browser only.
            severity=Severity.HIGH if item.access.scope in ("caller", "compared") else Severity.CRITICAL,
            confidence=0.75,
        )
    for path in _product(view):
        leaks = view.per_source("error-leak", path, _leaks, ())
        for leak in leaks if leaks and on_server(view, view.outlines[path]) else ():
            yield RawFinding(
                f"{CHECK}/error-leak",
                "This answer carries the stack of the error: file names and queries for whoever asks.",
                (at(path, leak.line),),
                symbol=path,
            )


def _told(view: ProjectView) -> Iterator[RawFinding]:
    """The messages of errors in answers to failures, said once for each package."""
    told: dict[str, list[tuple[str, int]]] = {}
    for path in _product(view):
        lines = view.per_source("error-message", path, _messages, ())
        if lines and on_server(view, view.outlines[path]):
            told.setdefault(view.package_of(path).path, []).extend((path, line) for line in lines)
    for package, places in told.items():
        more = (
            f" and in {len(places) - 1} more {'place' if len(places) == 2 else 'places'}"
            if len(places) > 1
            else ""
        )
        yield RawFinding(
            f"{CHECK}/error-leak",
            f"When something fails, the text of the error goes to whoever asked, here{more}.",
            tuple(at(path, line) for path, line in places[:_SAMPLES]),
            symbol=f"messages of {package}",
            severity=Severity.LOW,
            confidence=0.8,
        )


def _passes(view: ProjectView, posted: dict[str, Posted], written: frozenset[str]) -> Iterator[PassEvidence]:
    count = 0
    for path, found in posted.items():
        for line, name in found.validated:
            if count < _SAMPLES:
                count += 1
                yield PassEvidence(at(path, line, note=f"{name} takes the fields it knows and no others"))
    for table in view.schema.tables.values():
        if count >= _SAMPLES or table.name in written or not table.rls or table.rls_place is None:
            continue
        count += 1
        note = f"no policy of {table.bare_name} lets its owner write a plan, a credit or a role"
        yield PassEvidence(at(table.rls_place.path, table.rls_place.line, note=note))
