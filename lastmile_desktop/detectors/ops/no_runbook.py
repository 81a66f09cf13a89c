"""ops.no-runbook: is there a plan for the night when it breaks, other than prompting.

A file can show that a plan is written, by whom and how complete; that somebody has walked through it, only a
person can say. A long text that nobody filled in is no plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import absent, at
from lastmile_desktop.core.finding import Detection, Looked, PassEvidence, RawFinding
from lastmile_desktop.project.models.operations.runbooks import (
    Runbook,
    closed_without_cause,
    guides,
    runbooks,
)
from lastmile_desktop.project.models.usage.purpose import private_use, run_by_others
from lastmile_desktop.project.models.usage.serving import depended_on, not_running
from lastmile_desktop.project.view import ProjectView

_CHECK = "ops.no-runbook"
_WHERE = "RUNBOOK.md"
_LIFE = timedelta(days=180)
_SIGNS = ("host", "domains", "pay.provider")
_PROSE = (".md", ".mdx", ".rst")
_ATTEST = (
    "A plan helps when someone has tried it. Walk through one failure with it for half an hour, and say here what "
    "you changed afterwards."
)


def detect(view: ProjectView) -> Detection:
    not_applicable = not_running(view)
    if not_applicable is not None:
        return Detection(not_applicable=not_applicable)
    books = runbooks(view)
    usable = tuple(book for book in books if book.usable)
    other = () if books else guides(view)
    findings = (
        *(_holes(view, usable) if usable else _without(view, books) if not other else _of_guides(other)),
        *_stale(view, usable),
        *_unexplained(view),
    )
    return Detection(
        findings=run_by_others(view, findings),
        passes=tuple(PassEvidence(at(book.path, 1)) for book in (*usable, *other)),
        looked=(Looked("written plans", len(usable) + len(other), len(books) + len(other)),),
        needs_attestation=_ATTEST,
    )


def _is_used(view: ProjectView) -> bool:
    """Whether something says that people depend on this; an unanswered question alone is no sign."""
    if depended_on(view) or view.facts.has("profile.url"):
        return True
    if private_use(view) is not None:
        return False
    # A guide on where one could host it deploys nothing.
    return any(
        fact.key in _SIGNS and not (fact.evidence and fact.evidence.path.endswith(_PROSE))
        for fact in view.facts
    )


def _without(view: ProjectView, books: tuple[Runbook, ...]) -> Iterator[RawFinding]:
    blank = next((book for book in books if book.placeholder_line), None)
    if blank is not None:
        yield RawFinding(
            f"{_CHECK}/no-runbook",
            f"{blank.path} looks like a plan, but its blanks were never filled in: at night it names nobody.",
            (at(blank.path, blank.placeholder_line),),
            symbol=blank.path,
        )
    elif books:
        thin = books[0]
        yield RawFinding(
            f"{_CHECK}/no-runbook",
            f"{thin.path} does not say how to see what is wrong, go back, restore and whom to ask.",
            (at(thin.path, 1),),
            symbol=thin.path,
            severity=Severity.MEDIUM,
        )
    elif _is_used(view):
        yield RawFinding(
            f"{_CHECK}/no-runbook",
            "There is no written plan for an outage: how to see what is wrong, go back, restore, and whom to call.",
            (absent("no runbook", _WHERE),),
            symbol="runbook",
            severity=None if depended_on(view) else Severity.MEDIUM,
        )


def _of_guides(guides: tuple[Runbook, ...]) -> Iterator[RawFinding]:
    """The steps are there, under another name; what such a guide leaves out first is the people waiting."""
    topics = frozenset[str]().union(*(guide.topics for guide in guides))
    if "customers" not in topics:
        yield RawFinding(
            f"{_CHECK}/no-comms",
            f"{guides[0].path} has the steps for a failure, but not where and in which words customers are told.",
            (at(guides[0].path, 1),),
            symbol="customers",
            severity=Severity.LOW,
        )


def _holes(view: ProjectView, books: tuple[Runbook, ...]) -> Iterator[RawFinding]:
    """What no usable plan covers, reported on the first of them."""
    topics = frozenset[str]().union(*(book.topics for book in books))
    place = (at(books[0].path, 1),)
    path = books[0].path
    if "rollback" not in topics:
        yield RawFinding(
            f"{_CHECK}/no-rollback-first",
            f"{path} does not say how to go back to the version that worked, which is the safest first step.",
            place,
            symbol="rollback",
        )
    if "customers" not in topics:
        yield RawFinding(
            f"{_CHECK}/no-comms",
            f"{path} does not say where and in which words customers are told.",
            place,
            symbol="customers",
        )
    if "breach" not in topics and _holds_people(view):
        yield RawFinding(
            f"{_CHECK}/no-breach-path",
            f"{path} does not say who decides and whom to tell within 72 hours when personal data got out.",
            place,
            symbol="breach",
        )
    if not any(book.person for book in books) and not view.facts.has("profile.on_call"):
        yield RawFinding(
            f"{_CHECK}/no-on-call",
            f"{path} names nobody who is to act, or who stands in when you are away.",
            place,
            symbol="on-call",
        )


def _holds_people(view: ProjectView) -> bool:
    if view.facts.value("profile.eu_users") == "no":
        return False
    return view.facts.has("profile.eu_users", "yes") or view.facts.has("auth.provider")


def _stale(view: ProjectView, books: tuple[Runbook, ...]) -> Iterator[RawFinding]:
    dated = [book for book in books if book.reviewed_on is not None]
    newest = max(dated, key=lambda book: book.reviewed_on or view.now.date(), default=None)
    if newest is None or newest.reviewed_on is None or view.now.date() - newest.reviewed_on <= _LIFE:
        return
    yield RawFinding(
        f"{_CHECK}/no-runbook",
        f"{newest.path} was last looked at on {newest.reviewed_on.isoformat()}; commands and names have changed since.",
        (at(newest.path, 1),),
        symbol="stale",
        severity=Severity.MEDIUM,
    )


def _unexplained(view: ProjectView) -> Iterator[RawFinding]:
    for path in closed_without_cause(view):
        yield RawFinding(
            f"{_CHECK}/no-postmortem",
            f"{path} tells of an incident, but not what was different that day, so it can happen again.",
            (at(path, 1),),
            symbol=path,
        )
