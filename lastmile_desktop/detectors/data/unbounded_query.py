"""data.unbounded-query: screens and jobs that load everything, every time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.queries.first_pages import FirstPage, first_pages
from lastmile_desktop.project.models.queries.list_reads import (
    FileReads,
    ListRead,
    added_tables,
    holds_customers,
    list_reads,
)
from lastmile_desktop.project.models.queries.loop_bounds import (
    is_by_the_clock,
    is_few_at_a_time,
    is_once,
    is_short,
    loop_at,
    stops_when_found,
    waits_anyway,
)
from lastmile_desktop.project.models.queries.query_sites import LoopCall, QuerySite, file_queries
from lastmile_desktop.project.models.schema.database_engine import is_sqlite_only
from lastmile_desktop.project.models.schema.table_kinds import holds_people, is_stream
from lastmile_desktop.project.models.schema.tables import key
from lastmile_desktop.project.models.screens.refetch import refetches
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.view import ProjectView

CHECK = "data.unbounded-query"
_MOST_PLACES = 60
_MOST_NAMED = 5
# These grow too, yet not by every click.
_SLOWER = re.compile(r"requests?$|usages?$|attempts?$|settings?$")
_BY_READER = ("no-limit", "n-plus-one")
_MOST_PASSES = 5
_ADMIN = re.compile(r"admin|backoffice|dashboard", re.IGNORECASE)
_MESSAGES = {
    "no-limit": "{tables} {are} read without a limit{places}: the answer gets longer with every use.",
    "thousand-row-cap": "{tables} {are} fetched to be added up{places}: past 1,000 rows the total is wrong.",
    "client-side-filter": "All of {tables} is fetched and then picked over in the code{places}.",
    "count-by-fetch": "The rows of {tables} are fetched only to be counted{places}.",
    "select-star-wide": "Lists of {tables} bring along {detail}{places}, which no list needs.",
    "n-plus-one": "{tables} {are} asked once for each row of a loop{places}: a hundred rows make a hundred queries.",
    "page-size-from-user": "The caller may ask for any number of rows of {tables}{places}: {detail} has no upper end.",
}


def detect(view: ProjectView) -> Detection:
    reads = view.made(list_reads)
    again = refetches(view)
    lists = sum(item.lists for item in reads)
    helped = tuple(_through_helpers(view))
    cut_off = tuple(_cut_off(view))
    if not lists and not again and not helped and not cut_off and not any(item.found for item in reads):
        return Detection(not_applicable=NotApplicable("The code reads no lists from a database."))
    findings = (
        *_grouped(view, reads),
        *helped,
        *cut_off,
        *(
            RawFinding(
                f"{CHECK}/refetch-storm",
                f"{item.path} {item.what}: a thousand open tabs are hundreds of queries a second.",
                (at(item.path, item.line),),
                symbol=f"{item.path}:{item.what}",
                severity=Severity.INFO if item.timed else Severity.LOW,
            )
            for item in again
        ),
    )
    limited = [place for item in reads for place in item.limited]
    return Detection(
        findings=findings,
        passes=tuple(
            PassEvidence(at(path, line, note="has a limit")) for path, line in limited[:_MOST_PASSES]
        ),
        unknowns=tuple(
            Unknown(f"This file could not be read: {error}.", path)
            for path, error in view.each_outline("list.unread", _unread).items()
            if error
        ),
        looked=(Looked("lists with a limit", len(limited), lists),),
    )


def _unread(outline: Outline) -> str:
    """Why nothing of the file could be read, "" when something was."""
    return "" if outline.functions or outline.top or outline.shallow else outline.error


def _grouped(view: ProjectView, reads: tuple[FileReads, ...]) -> Iterator[RawFinding]:
    """One for each rule, with all places that do it: strangers' reads of customers' rows apart from the rest."""
    added = added_tables(view)
    # Many small queries cost little where the database is a file beside the program.
    beside = is_sqlite_only(view)
    groups: dict[tuple[str, bool], list[ListRead]] = {}
    for item in (item for file in reads for item in file.found):
        if (item.added and key(item.table) not in added) or is_idle(view, item.site.path, item.site.function):
            continue
        if beside and (item.rule == "n-plus-one" or (item.rule == "no-limit" and not is_stream(item.table))):
            continue
        groups.setdefault((item.rule, _is_urgent(view, item)), []).append(item)
    for (rule, urgent), items in groups.items():
        items.sort(key=_rank)
        first = items[0]
        tables = tuple(dict.fromkeys(item.table for item in items))
        message = _MESSAGES[rule].format(
            tables=_listed(tables),
            are="are" if len(tables) > 1 else "is",
            places=f" in {len(items)} places" if len(items) > 1 else "",
            detail=first.detail,
        )
        yield RawFinding(
            f"{CHECK}/{rule}",
            message,
            tuple(dict.fromkeys(at(item.site.path, item.site.line, note=item.table) for item in items))[
                :_MOST_PLACES
            ],
            symbol="open" if urgent else "",
            severity=_severity(rule, first, urgent=urgent),
            confidence=first.confidence,
        )


def _severity(rule: str, first: ListRead, *, urgent: bool) -> Severity | None:
    if rule == "client-side-filter":
        return Severity.LOW if _ADMIN.search(first.site.path) else Severity.MEDIUM
    return Severity.MEDIUM if rule in _BY_READER and not urgent else None


def _rank(item: ListRead) -> tuple[bool, bool, float, str, int]:
    """The worst first: what people see of tables that surely get long, then the rest, then what runs by the clock."""
    site = item.site
    name = item.table.lower()
    long = (is_stream(name) or holds_people(name)) and not _SLOWER.search(name)
    return is_by_the_clock(site.path), not long, -item.confidence, site.path, site.line


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _is_urgent(view: ProjectView, item: ListRead) -> bool:
    """Where anybody may ask for customers' rows; elsewhere it gets slow before it hurts."""
    if item.rule != "n-plus-one" or item.added or is_by_the_clock(item.site.path):
        return False
    return holds_customers(view.schema, item.table) and _is_open(view, item)


def _is_open(view: ProjectView, item: ListRead) -> bool:
    return any(
        route.code_path == item.site.path
        and route.handler is not None
        and route.handler.span.line <= item.site.line <= route.handler.span.line_end
        and not route.is_guarded
        for route in view.routes.routes
    )


def _cut_off(view: ProjectView) -> Iterator[RawFinding]:
    """One for each size of all that take the first page of accounts for all of them; the worst place is named first."""
    groups: dict[tuple[str, str], list[FirstPage]] = {}
    for page in first_pages(view):
        if not is_idle(view, page.path, page.function):
            groups.setdefault((page.name, page.size), []).append(page)
    for (name, size), pages in groups.items():
        pages.sort(key=lambda page: _ADMIN.search(page.path) is not None)
        message = f"`{name}` brings the first {size} accounts only: whoever comes later is not found."
        severity = Severity.MEDIUM if _ADMIN.search(pages[0].path) else None
        places = tuple(at(page.path, page.line) for page in pages[:_MOST_PLACES])
        yield RawFinding(f"{CHECK}/thousand-row-cap", message, places, f"{name}:{size}", severity, 0.85)


def _through_helpers(view: ProjectView) -> Iterator[RawFinding]:
    """One for all loops that call a function of the project which asks the database."""
    if is_sqlite_only(view):
        return
    found = tuple(_helped_loops(view))
    if not found:
        return
    names = _listed(tuple(dict.fromkeys(f"`{call.name}`" for call, _ in found)))
    tables = _listed(tuple(dict.fromkeys(target.query.table or "the database" for _, target in found)))
    calls = "ask {tables} and are" if names.count("`") > 2 else "asks {tables} and is"
    message = (
        f"{names} {calls.format(tables=tables)} called once for each row of a loop: "
        f"a hundred rows make a hundred queries."
    )
    places = [
        place
        for call, target in found
        for place in (at(call.path, call.line), at(target.path, target.line, note=call.name))
    ]
    evidence = tuple(dict.fromkeys(places))[:_MOST_PLACES]
    yield RawFinding(f"{CHECK}/n-plus-one", message, evidence, "helpers", Severity.MEDIUM, 0.7)


def _helped_loops(view: ProjectView) -> Iterator[tuple[LoopCall, QuerySite]]:
    queries = file_queries(view)
    asking = {
        (path, site.function): site
        for path, found in queries.items()
        for site in found.sites
        if site.function and site.query.verb == "read"
    }
    for path, found in queries.items():
        for call in found.loop_calls:
            if not _may_be_long(view, path, call):
                continue
            target = asking.get((path, call.name))
            if target is None:
                definition = view.modules.definition(path, call.name)
                target = (
                    asking.get((definition.path, definition.name)) if definition and definition.path else None
                )
            if target is not None:
                yield call, target


def _may_be_long(view: ProjectView, path: str, call: LoopCall) -> bool:
    around = call.around
    if "." in call.name or around.kind == "while" or not _passes_on(call) or is_once(call.function):
        return False
    if is_few_at_a_time(path) or is_idle(view, path, call.function):
        return False
    outline = view.outlines[path]
    if is_short(outline, call.function, around.over):
        return False
    steps = loop_at(outline, call.function, around.line)
    return not waits_anyway(steps) and not stops_when_found(steps)


def _passes_on(call: LoopCall) -> bool:
    """Whether the call is about the row whose turn it is, and not one of a few that are written out."""
    if not call.around.names:
        return False
    texts = [arg.text for arg in call.call.args]
    return any(name in text for name in call.around.names for text in texts)
