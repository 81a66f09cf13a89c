"""data.unbounded-query: screens and jobs that load everything, every time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.database_engine import is_sqlite_only
from lastmile_desktop.project.models.first_pages import first_pages
from lastmile_desktop.project.models.idle_code import is_idle
from lastmile_desktop.project.models.list_reads import (
    FileReads,
    ListRead,
    added_tables,
    holds_customers,
    list_reads,
)
from lastmile_desktop.project.models.loop_bounds import is_short, loop_at, waits_anyway
from lastmile_desktop.project.models.query_sites import LoopCall, file_queries
from lastmile_desktop.project.models.refetch import refetches
from lastmile_desktop.project.models.table_kinds import is_stream
from lastmile_desktop.project.models.tables import key
from lastmile_desktop.project.view import ProjectView

CHECK = "data.unbounded-query"
_MOST_PLACES = 12
_MOST_PASSES = 5
_ADMIN = re.compile(r"admin|backoffice|dashboard", re.IGNORECASE)
_MESSAGES = {
    "no-limit": "{table} is read without a limit{places}: with every customer the answer gets longer.",
    "thousand-row-cap": "{table} is fetched to be added up{places}: past 1,000 rows the total is wrong.",
    "client-side-filter": "All of {table} is fetched and then picked over in the code{places}.",
    "count-by-fetch": "The rows of {table} are fetched only to be counted{places}.",
    "select-star-wide": "Lists of {table} bring along {detail}{places}, which no list needs.",
    "n-plus-one": "{table} is asked once for each row of a loop{places}: a hundred rows make a hundred queries.",
    "page-size-from-user": "The caller may ask for any number of rows of {table}{places}: {detail} has no upper end.",
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
    """One for each rule and table, with all places that do it."""
    added = added_tables(view)
    # Many small queries cost little where the database is a file beside the program.
    beside = is_sqlite_only(view)
    groups: dict[tuple[str, str], list[ListRead]] = {}
    for item in (item for file in reads for item in file.found):
        if (item.added and key(item.table) not in added) or is_idle(view, item.site.path, item.site.function):
            continue
        if beside and (item.rule == "n-plus-one" or (item.rule == "no-limit" and not is_stream(item.table))):
            continue
        groups.setdefault((item.rule, item.table), []).append(item)
    for (rule, table), items in groups.items():
        items.sort(key=lambda item: (-item.confidence, item.site.path, item.site.line))
        first = items[0]
        places = f" in {len(items)} places" if len(items) > 1 else ""
        message = _MESSAGES[rule].format(table=table, places=places, detail=first.detail)
        yield RawFinding(
            f"{CHECK}/{rule}",
            message,
            tuple(at(item.site.path, item.site.line) for item in items[:_MOST_PLACES]),
            symbol=table,
            severity=_severity(view, rule, items),
            confidence=first.confidence,
        )


def _severity(view: ProjectView, rule: str, items: list[ListRead]) -> Severity | None:
    """High where anybody may ask for customers' rows; elsewhere it gets slow before it hurts."""
    if rule not in ("no-limit", "n-plus-one"):
        return None
    if items[0].added or (rule == "no-limit" and items[0].detail):
        return Severity.MEDIUM
    if not holds_customers(view.schema, items[0].table):
        return Severity.MEDIUM
    return None if any(_is_open(view, item) for item in items) else Severity.MEDIUM


def _is_open(view: ProjectView, item: ListRead) -> bool:
    return any(
        route.code_path == item.site.path
        and route.handler is not None
        and route.handler.span.line <= item.site.line <= route.handler.span.line_end
        and not route.is_guarded
        for route in view.routes.routes
    )


def _cut_off(view: ProjectView) -> Iterator[RawFinding]:
    """One for each file that takes the first page of all accounts for all of them."""
    seen: set[str] = set()
    for page in first_pages(view):
        if page.path in seen or is_idle(view, page.path, page.function):
            continue
        seen.add(page.path)
        message = (
            f"`{page.name}` brings the first {page.size} accounts only: whoever comes later is not found."
        )
        severity = Severity.MEDIUM if _ADMIN.search(page.path) else None
        place = (at(page.path, page.line),)
        symbol = f"{page.path}:{page.name}"
        yield RawFinding(f"{CHECK}/thousand-row-cap", message, place, symbol, severity, 0.85)


def _through_helpers(view: ProjectView) -> Iterator[RawFinding]:
    """A loop that calls a function of the project which asks the database."""
    if is_sqlite_only(view):
        return
    queries = file_queries(view)
    asking = {
        (path, site.function): site
        for path, found in queries.items()
        for site in found.sites
        if site.function and site.query.verb == "read"
    }
    for path, found in queries.items():
        for call in found.loop_calls:
            name = call.name
            if (
                "." in name
                or call.around.kind == "while"
                or not _passes_on(call)
                or is_idle(view, path, call.function)
            ):
                continue
            outline = view.outlines[path]
            if is_short(outline, call.function, call.around.over):
                continue
            if waits_anyway(loop_at(outline, call.function, call.around.line)):
                continue
            target = asking.get((path, name))
            if target is None:
                definition = view.modules.definition(path, name)
                target = (
                    asking.get((definition.path, definition.name)) if definition and definition.path else None
                )
            if target is not None:
                message = (
                    f"`{name}` asks {target.query.table or 'the database'} and is called once for each row of a loop: "
                    f"a hundred rows make a hundred queries."
                )
                evidence = (at(path, call.line), at(target.path, target.line))
                yield RawFinding(
                    f"{CHECK}/n-plus-one", message, evidence, f"{path}:{name}", Severity.MEDIUM, 0.7
                )


def _passes_on(call: LoopCall) -> bool:
    """Whether the call is about the row whose turn it is, and not one of a few that are written out."""
    if not call.around.names:
        return False
    texts = [arg.text for arg in call.call.args]
    return any(name in text for name in call.around.names for text in texts)
