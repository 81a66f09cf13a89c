"""reliability.swallowed-errors: whether a failure is seen by somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import absent, at
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
    Unknown,
)
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.calls.boundaries import Boundaries, async_handlers, boundaries
from lastmile_desktop.project.models.calls.errors import ErrorFault, FileErrors, read
from lastmile_desktop.project.models.calls.model import is_production, server_files
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.models.webhooks.failures import Unsaid, unsaid_failures
from lastmile_desktop.project.models.webhooks.model import Webhook
from lastmile_desktop.project.view import ProjectView

_CHECK = "reliability.swallowed-errors"
_LIKELY = {
    "empty-catch": 0.85,
    "supabase-error-ignored": 0.8,
    "ok-unchecked": 0.7,
    "success-toast-before-await": 0.7,
    "catch-returns-200": 0.75,
    "console-only": 0.65,
    "mock-fallback": 0.75,
    "broad-except-in-payment": 0.7,
}
_HABITS = (
    "supabase-error-ignored",
    "ok-unchecked",
    "console-only",
    "empty-catch",
    "success-toast-before-await",
)
_MOST_PLACES = 60
_INTERESTING = ("catch", "except", "fetch", "supabase", ".from(", ".rpc(", "toast")
_TRACKER = "obs.errors"
_MOST_PASSES = 4


def detect(view: ProjectView) -> Detection:
    """Judge every place that could hide a failure, and whether a broken screen is caught."""
    if not view.outlines:
        return Detection(not_applicable=NotApplicable("There is no code here that could fail."))
    errors = {path: found for path, found in _errors(view) if found.faults or found.handled}
    served = view.made(server_files)
    faults = [
        fault
        for path, found in errors.items()
        for fault in found.faults
        if (fault.rule != "catch-returns-200" or path in served) and not is_idle(view, path, fault.function)
    ]
    found = boundaries(view)
    findings = (*_grouped(view, faults), *_without_boundary(view, found), *_unhandled(view), *_unsaid(view))
    looks = [(path, line) for path, item in errors.items() for line in item.handled]
    passes = [
        *(PassEvidence(at(path, 1, note="This catches a screen that breaks.")) for path in found.there),
        *(PassEvidence(at(path, line, note="The failure is looked at here.")) for path, line in looks),
    ]
    return Detection(
        findings,
        tuple(islice(passes, _MOST_PASSES)),
        tuple(
            Unknown(f"This file could not be read: {reason}.", path) for path, reason in view.calls.unparsed
        ),
        (Looked("files that could hide a failure", len(errors), len(errors)),),
    )


def _errors(view: ProjectView) -> Iterator[tuple[str, FileErrors]]:
    for path, found in view.each_source("error-faults", is_production, _read, None).items():
        if found is not None:
            yield path, found


def _read(outline: Outline, text: str) -> FileErrors | None:
    """What one file hides, None when it could hide nothing."""
    if outline.shallow or not outline.functions:
        return None
    return read(outline, text) if any(word in text for word in _INTERESTING) else FileErrors()


def _grouped(view: ProjectView, faults: Iterable[ErrorFault]) -> Iterator[RawFinding]:
    """One finding for each kind of mistake in a package, the weightiest place first: whoever learns to look at a
    failure mends them all. What hides a payment's failure is said file by file."""
    groups: dict[tuple[str, str, bool], list[ErrorFault]] = {}
    for fault in faults:
        alone = fault.rule not in _HABITS or fault.kind == "payment"
        where = fault.path if alone else view.package_of(fault.path).path
        groups.setdefault((where, fault.rule, _is_mere_read(fault)), []).append(fault)
    for members in groups.values():
        members.sort(key=lambda fault: -fault.weight)
        worst = members[0]
        places = tuple(dict.fromkeys(at(fault.path, fault.line) for fault in members))
        more = len(places) - 1
        where = "in this project" if len({fault.path for fault in members}) > 1 else "in this file"
        others = f" The same happens at {more} other place{'s' if more > 1 else ''} {where}." if more else ""
        yield RawFinding(
            f"{_CHECK}/{worst.rule}",
            _message(worst) + others,
            places[:_MOST_PLACES],
            f"{worst.function}:{worst.subject}" if worst.rule not in _HABITS else worst.kind,
            _severity(worst),
            _LIKELY[worst.rule],
        )


def _is_mere_read(fault: ErrorFault) -> bool:
    return fault.rule == "supabase-error-ignored" and fault.weight < 2


def _severity(fault: ErrorFault) -> Severity | None:
    if fault.rule in ("empty-catch", "broad-except-in-payment") and fault.kind == "payment":
        return Severity.HIGH
    return Severity.LOW if _is_mere_read(fault) else None


def _message(fault: ErrorFault) -> str:
    name = fault.function.rpartition(".")[2] if "@" not in fault.function else "this function"
    texts = {
        "empty-catch": f"When `{fault.subject}` fails, nothing happens: nobody is told and nothing is logged.",
        "supabase-error-ignored": (
            f"The query on `{fault.subject}` may fail without anyone noticing: Supabase does not throw, and its "
            "`error` is not looked at."
        ),
        "ok-unchecked": "The answer of this request is used without asking whether the request went well (`ok`).",
        "success-toast-before-await": f"The message of success is shown before `{fault.subject}` has even run.",
        "catch-returns-200": f"When `{name}` fails, it answers as if all went well (status 200).",
        "console-only": f"When `{fault.subject}` fails, only the console hears of it, and the code goes on.",
        "mock-fallback": "When the real data cannot be fetched, this shows sample data as if it were real.",
        "broad-except-in-payment": f"When `{fault.subject}` fails, the error is caught, printed and forgotten.",
    }
    return texts[fault.rule]


def _without_boundary(view: ProjectView, found: Boundaries) -> Iterator[RawFinding]:
    tracked = view.facts.has(_TRACKER)
    for root in found.missing:
        message = f"When a screen of {root.name} breaks, the visitor sees {root.shown}, and no way out."
        place = at(root.path, root.line) if root.line else absent("an error boundary", root.path)
        yield RawFinding(
            f"{_CHECK}/no-error-boundary",
            message,
            (place,),
            root.name,
            Severity.LOW if tracked else Severity.MEDIUM,
            0.8,
        )


def _unhandled(view: ProjectView) -> Iterator[RawFinding]:
    for path, line, count in async_handlers(view):
        more = f" ({count} handlers in this file)" if count > 1 else ""
        message = (
            "Express 4 does not catch what an async handler throws: one failure leaves the visitor waiting and may "
            f"end the whole server{more}."
        )
        yield RawFinding(
            f"{_CHECK}/unhandled-rejection", message, (at(path, line),), path, Severity.MEDIUM, 0.8
        )


def _unsaid(view: ProjectView) -> Iterator[RawFinding]:
    """Webhooks of payments whose failures only the console hears of: one finding for each file of a webhook."""
    groups: dict[tuple[str, str], list[tuple[Webhook, Unsaid]]] = {}
    for hook, path, item in unsaid_failures(view):
        groups.setdefault((hook.name, path), []).append((hook, item))
    for (name, path), members in groups.items():
        hook, first = members[0]
        more = len(members) - 1
        others = (
            f" The same happens at {more} other place{'s' if more > 1 else ''} in this file." if more else ""
        )
        yield RawFinding(
            f"{_CHECK}/broad-except-in-payment",
            f"When the work of `{name}` fails here, it is only printed and {hook.company.title} gets its 200, so the "
            f"event is not sent again.{others}",
            (at(path, first.line),),
            f"{first.function}:webhook",
            Severity.HIGH,
            0.75,
        )
