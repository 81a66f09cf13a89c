"""abuse.injection: what semgrep found, with the conditions on the way looked at, and what it cannot see: HTML in
templates, SQL built inside the database, settings that let any host or any redirect through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.inputs.html_sinks import HtmlSink, cleaned_names, reads, sinks_in
from lastmile_desktop.project.models.inputs.input_checks import (
    Place,
    Verdict,
    check_of,
    has_own_head,
    is_admin_only,
    is_held_to_hosts,
    is_no_page,
    is_upload_path,
    place_of,
)
from lastmile_desktop.project.models.inputs.input_flows import InputFlow, build_flows
from lastmile_desktop.project.models.inputs.input_gain import (
    Gain,
    begins_own,
    gain_of_filter,
    is_from_provider,
    is_one_segment,
    is_own_host,
    is_post_only,
    is_stripped,
    stays_here,
)
from lastmile_desktop.project.models.inputs.input_words import BECOMES, HANDED_ON, SEARCH, USED, plain
from lastmile_desktop.project.models.inputs.unsafe_calls import called_names, imported_names, suspects
from lastmile_desktop.project.models.inputs.visitor_text import VisitorText, visitor_text_of
from lastmile_desktop.project.models.routes.entries import is_live
from lastmile_desktop.project.models.routes.entry_parameters import reads_input
from lastmile_desktop.project.models.settings.open_settings import is_setting, open_setting
from lastmile_desktop.project.models.sql.dynamic_sql import dynamic_sql, line_of
from lastmile_desktop.project.models.told_places import ToldPlaces, told_by
from lastmile_desktop.project.path_kinds import PathKind, is_left_behind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "abuse.injection"
_WEAK_CONFIDENCE = 0.6
_HANDED_ON_CONFIDENCE = 0.7
_SERVER_ONLY = frozenset({"ssrf", "path-traversal", "command", "sql", "nosql", "template"})
_NOT_PRODUCT = frozenset(
    {PathKind.TEST, PathKind.SEED, PathKind.EXAMPLE, PathKind.DOC, PathKind.AGENT, PathKind.CI, PathKind.DUMP}
)
_IN_SOURCE = re.compile(r"(?:^|/)(?:src|app|pages|server|api|routes)/.*\.(?:[cm]?[jt]sx?|py|vue|svelte)$")
_CODE = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".py", ".vue", ".svelte")


def detect(view: ProjectView) -> Detection:
    """What the models and the templates tell. Semgrep's findings come through `refine`."""
    code = [entry for entry in view.tree.readable() if entry.path.endswith(_CODE) and not entry.minified]
    product = [entry for entry in code if _is_product(entry.path)]
    if not product and not view.schema.functions:
        return Detection(
            not_applicable=NotApplicable("There is no code here that could read what a visitor sends.")
        )
    followed = view.made(_followed)
    told = told_by(followed)
    findings = (
        *followed,
        *(item for item in (*_fed_by_callers(view), *_shown_as_html(view)) if not told.covers(item)),
        *_built_in_the_database(view),
        *_open_settings(view),
    )
    reading = [
        entry.path
        for entry in product
        if view.per_file("reads-input", entry.path, reads_input, missing=False)
    ]
    note = (
        f"{_counted(len(reading), 'file')} that read what visitors send, followed to every dangerous call"
        if reading
        else f"{_counted(len(product), 'file')} read, looking for text from outside that is run or shown as HTML"
    )
    return Detection(
        findings=findings,
        passes=(PassEvidence(derived(note)),),
        looked=(Looked("files with input from visitors", len(reading), len(reading)),),
    )


def refine(view: ProjectView, findings: tuple[RawFinding, ...]) -> tuple[RawFinding, ...]:
    """Drops what is checked on the way, only runs in a browser, or is no part of the product."""
    kept: list[RawFinding] = []
    findings = _one_log_per_file(findings)
    told = told_by(view.made(_followed))
    settled = view.made(_settled)
    for finding in findings:
        known = told.covers(finding) or settled.covers(finding)
        refined = None if known else _refined(view, finding)
        if refined is not None:
            kept.append(refined)
    return tuple(kept)


def _is_followed(path: str) -> bool:
    return is_production(path) and _is_product(path)


def _followed(view: ProjectView) -> tuple[RawFinding, ...]:
    """Input followed through the functions of a project, and statement by statement inside each file."""
    handed = _handed_on(view)
    told = told_by(handed)
    read = (
        refined
        for path, uses in view.each_source("visitor-text", _is_followed, visitor_text_of, ()).items()
        for use in uses
        if use.kind in USED
        and not use.harmless
        and (refined := _refined(view, _use_of(path, use))) is not None
    )
    return (*handed, *(item for item in read if not told.covers(item)))


def _settled(view: ProjectView) -> ToldPlaces:
    """The dangerous calls whose text is known to do no harm there: a test or a change before them saw to it."""
    read = view.each_source("visitor-text", _is_followed, visitor_text_of, ())
    places = (
        (f"{CHECK}/{USED[use.kind][0]}", path, use.line)
        for path, uses in read.items()
        for use in uses
        if use.harmless and use.kind in USED
    )
    return ToldPlaces(frozenset(places))


def _use_of(path: str, use: VisitorText) -> RawFinding:
    rule, message = USED[use.kind]
    symbol = f"{use.kind}:{use.function}:{use.line}"
    confidence = _HANDED_ON_CONFIDENCE if use.handed else None
    return RawFinding(f"{CHECK}/{rule}", message, (at(path, use.line),), symbol, confidence=confidence)


def _one_log_per_file(findings: tuple[RawFinding, ...]) -> tuple[RawFinding, ...]:
    """Logging what people sent is a habit of a file, and mended there at once."""
    first: dict[str, RawFinding] = {}
    for item in findings:
        if "into the log" in item.message:
            first.setdefault(item.path, item)
    return tuple(
        item for item in findings if first.get(item.path, item) is item or "into the log" not in item.message
    )


def _refined(view: ProjectView, finding: RawFinding) -> RawFinding | None:
    kind = finding.rule.partition("/")[2]
    path = finding.path
    if not _is_product(path) or (kind in _SERVER_ONLY and _only_in_browser(view, path)):
        return None
    first = finding.evidence[0]
    place = _place(view, path, first.line_start, first.line_end)
    if place is None:
        return finding
    in_filter = kind == "sql" and "filter of a Supabase" in finding.message
    if _is_harmless(view, kind, "filter" if in_filter else kind, place):
        return None
    if in_filter:
        finding = _weighed(finding, gain_of_filter(place))
    if check_of(kind, place) is Verdict.WEAK:
        finding = replace(finding, confidence=_WEAK_CONFIDENCE)
    if is_admin_only(place):
        finding = replace(finding, severity=(finding.severity or _severity(kind)).lowered(1))
    return finding


def _is_harmless(view: ProjectView, kind: str, means: str, place: Place) -> bool:
    """Whether hostile text is stopped on the way, or gains nothing where it arrives."""
    if kind == "regex":
        # To be held against a pattern is the very use here.
        return False
    if check_of(kind, place) is Verdict.CHECKED or has_own_head(kind, place) or is_stripped(means, place):
        return True
    match kind:
        case "xss":
            return is_no_page(place) or is_own_host(place)
        case "path-traversal":
            return (is_upload_path(place) and _uses_multer(view)) or is_one_segment(place)
        case "nosql":
            return is_from_provider(place)
        case "sql":
            return means == "filter" and is_from_provider(place)
        case "ssrf":
            return begins_own(place) or is_held_to_hosts(place)
        case "open-redirect":
            return begins_own(place) or is_post_only(place) or stays_here(place)
        case _:
            return False


def _weighed(finding: RawFinding, gain: Gain) -> RawFinding:
    """A filter with text from outside weighs as much as somebody gains who adds conditions of their own."""
    match gain:
        case Gain.CHANGES:
            return replace(finding, severity=Severity.HIGH)
        case Gain.ROWS:
            return replace(finding, severity=Severity.MEDIUM)
        case Gain.SEARCH:
            return replace(finding, severity=Severity.LOW, message=SEARCH)


def _is_product(path: str) -> bool:
    """Whether a file is part of what visitors reach. A route may well be called `docs`."""
    kind = path_kind(path)
    if is_left_behind(path):
        return False
    return kind not in _NOT_PRODUCT or (kind is PathKind.DOC and _IN_SOURCE.search(path) is not None)


def _uses_multer(view: ProjectView) -> bool:
    """Multer puts uploads where the app told it to; its default storage and cleaned names hold no visitor's path."""
    return any("multer" in package.dependencies for package in view.packages)


def _severity(kind: str) -> Severity:
    return {
        "open-redirect": Severity.MEDIUM,
        "prototype-pollution": Severity.MEDIUM,
        "header-log": Severity.LOW,
        "regex": Severity.LOW,
        "query-language": Severity.HIGH,
    }.get(kind, Severity.CRITICAL)


def _only_in_browser(view: ProjectView, path: str) -> bool:
    """Whether a file runs in browsers only: there is no server whose files or network it could reach."""
    if not view.client_graph.is_client(path) or path in view.client_graph.server:
        return False
    return not any(route.path == path for route in view.routes.routes)


def _handed_on(view: ProjectView) -> tuple[RawFinding, ...]:
    """Input that passes through functions of the project before it is used."""
    return tuple(found for flow in build_flows(view) if (found := _finding_of(view, flow)) is not None)


def _finding_of(view: ProjectView, flow: InputFlow) -> RawFinding | None:
    finding = RawFinding(
        rule=f"{CHECK}/{'sql' if flow.kind == 'filter' else flow.kind}",
        message=HANDED_ON[flow.kind].format(plain(flow.through)),
        evidence=(
            at(flow.path, flow.line),
            at(flow.passed[0].path, flow.passed[0].line, note="The text comes in here."),
        ),
        symbol=flow.through,
        severity=Severity.HIGH if flow.kind == "filter" else None,
        confidence=_HANDED_ON_CONFIDENCE,
    )
    refined = _refined(view, finding)
    kind = "sql" if flow.kind == "filter" else flow.kind
    lowered = False
    for step in flow.passed:
        place = _place(view, step.path, step.line, step.line)
        if not _is_product(step.path):
            return None
        if place is not None and _is_harmless(view, kind, flow.kind, replace(place, use=step.text)):
            return None
        lowered = lowered or (place is not None and is_admin_only(place))
    if refined is None or not lowered:
        return refined
    return replace(refined, severity=(refined.severity or _severity(kind)).lowered(1))


def _place(view: ProjectView, path: str, line: int, line_end: int) -> Place | None:
    text = view.text(path)
    return None if text is None else place_of(text, view.outlines.get(path), line, line_end)


def _fed_by_callers(view: ProjectView) -> Iterator[RawFinding]:
    """Dangerous calls in functions that nothing here calls: whoever does decides what they run."""
    found = {
        path: items
        for path, items in view.each_outline("unsafe-calls", suspects).items()
        if items and _is_product(path) and is_production(path) and is_live(path)
    }
    if not found:
        return
    called = view.each_outline("called-names", called_names)
    elsewhere = _imported_names(view)
    for path, items in found.items():
        for item in items:
            name = item.function.rpartition(".")[2]
            known = elsewhere if "." not in item.function else elsewhere.union(*called.values())
            if (name and (name in called[path] or name in known)) or (
                item.kind in _SERVER_ONLY and _only_in_browser(view, path)
            ):
                continue
            told = f"that {plain(item.function)} is given" if item.function else "used here"
            message = f"The text {told} {BECOMES[item.kind]}; keep what visitors write away from it."
            yield RawFinding(
                f"{CHECK}/{item.kind}",
                message,
                (at(path, item.line),),
                f"{item.kind}:{item.function}:{item.line if not item.function else ''}",
                Severity.MEDIUM if item.kind == "xss" else Severity.HIGH,
                item.confidence,
            )


def _imported_names(view: ProjectView) -> frozenset[str]:
    """Every name that some file takes from another."""
    return frozenset[str]().union(*view.each_outline("imported-names", imported_names).values())


def _shown_as_html(view: ProjectView) -> Iterator[RawFinding]:
    for entry in view.tree.readable():
        path = entry.path
        if not reads(path) or entry.minified or not _is_product(path):
            continue
        for sink in view.per_path("html-sinks", path, sinks_in, missing=()):
            if not sink.own and not sink.asked and sink.member not in view.made(_cleaned_on_the_server):
                yield _html_finding(path, sink)


def _cleaned_on_the_server(view: ProjectView) -> frozenset[str]:
    """The names of all texts that the server cleans of HTML before it keeps them."""
    return frozenset[str]().union(
        *(
            view.per_file("cleaned-names", entry.path, cleaned_names, missing=frozenset())
            for entry in view.tree.readable()
            if entry.path.endswith(_CODE)
            and not entry.minified
            and not view.client_graph.is_client(entry.path)
        )
    )


def _html_finding(path: str, sink: HtmlSink) -> RawFinding:
    what = sink.value if len(sink.value) <= 60 else f"{sink.value[:57]}…"
    if sink.team:
        message = f"{what} is shown as HTML: whoever can write that content can run scripts in every reader's browser."
        severity, confidence = Severity.LOW, 0.65
    elif sink.foreign:
        message = f"{what} is shown as HTML without cleaning, so text that someone stored can run scripts."
        severity, confidence = (Severity.HIGH, 0.75) if sink.markdown else (Severity.MEDIUM, 0.65)
    else:
        message = f"{what} is shown as HTML without cleaning; make sure nobody outside can write it."
        severity, confidence = Severity.MEDIUM, 0.55
    return RawFinding(
        rule=f"{CHECK}/xss",
        message=message,
        evidence=(at(path, sink.line, column=sink.column),),
        symbol=sink.value[:80],
        severity=severity,
        confidence=confidence,
    )


def _built_in_the_database(view: ProjectView) -> Iterator[RawFinding]:
    for item in dynamic_sql(view.schema):
        place = item.function.place
        text = view.text(place.path) or ""
        name = item.function.name.partition(".")[2]
        how = (
            "runs whatever SQL it is given"
            if item.whole
            else f"puts its argument {item.argument} into SQL as it is"
        )
        yield RawFinding(
            rule=f"{CHECK}/sql",
            message=f"The database function {name} {how}, and the browser may call it.",
            evidence=(at(place.path, line_of(text, item)),),
            symbol=name,
            severity=Severity.CRITICAL if item.function.security_definer else Severity.HIGH,
            confidence=0.9,
        )


def _open_settings(view: ProjectView) -> Iterator[RawFinding]:
    for entry in view.tree.readable():
        found = open_setting(entry.path, view.text(entry.path) or "") if is_setting(entry.path) else None
        if found is not None:
            yield RawFinding(
                f"{CHECK}/{found.kind}",
                found.message,
                (at(entry.path, found.line),),
                severity=Severity.MEDIUM,
                confidence=0.9,
            )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
