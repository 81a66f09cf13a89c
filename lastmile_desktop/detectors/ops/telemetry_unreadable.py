"""ops.telemetry-unreadable: could the founder find out at night what happened to one customer's request.

Read from the log statements of code that serves users; numbers over time (requests, errors, speed, queues) live
in dashboards, of which only a person can speak.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.operations.log_style import LogLine, LogStyle, server_logs
from lastmile_desktop.project.models.routes.model import EffectKind, EntryKind, Route
from lastmile_desktop.project.models.usage.purpose import run_by_others
from lastmile_desktop.project.models.usage.serving import early, server_fact
from lastmile_desktop.project.models.webhooks.model import Webhook
from lastmile_desktop.project.view import ProjectView

_CHECK = "ops.telemetry-unreadable"
_ATTEST = (
    "Whether requests, errors, speed and queues can be seen in one place, only you can say. Open that page and put "
    "its link here."
)
_FEWEST_PLAIN = 10
_FEWEST_UNLEVELLED = 3
_FEWEST_BARE = 5
_FEWEST_NOISY = 3
_MOSTLY = 0.8
_FEWEST_ROUTES = 3
_HOPS = 3
_AFAR = frozenset([EffectKind.LLM, EffectKind.EMAIL, EffectKind.PAYMENT, EffectKind.OUTBOUND])
_REQUEST_ID = re.compile(
    r"request[-_]?id|reqId\b|\breq\.id\b|correlation|trace[-_]?id|traceparent|x-vercel-id|fly-request-id|rndr-id|cf-ray|"
    r"x-amzn-trace|AsyncLocalStorage|contextvars|pino-http|genReqId|invocationId|execution_id|logger:\s?(?:true|\{)|"
    r"asgi_correlation_id|nestjs-cls|withAxiom|withEvlog|logfire\.instrument",
    re.IGNORECASE,
)
_TRACES = re.compile(
    r"@opentelemetry/|opentelemetry|@vercel/otel|dd-trace|ddtrace|tracesSampleRate|traces_sample_rate|tracesSampler|"
    r"newrelic|elastic-apm|elasticapm|logfire|experimental_telemetry|applicationinsights|@google-cloud/trace",
    re.IGNORECASE,
)
_DRAINS = re.compile(
    r"@logtail/|logtail|@axiomhq/|next-axiom|@datadog/|datadog|newrelic|enableLogs|enable_logs|logdna|papertrail|loki|"
    r"@google-cloud/logging|cloudwatch|logflare|betterstack|highlight|opentelemetry|@vercel/otel|logfire",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"\b(?:track|capture|identify|logEvent|log_event|recordEvent|sendEvent|emitEvent|audit\w{0,20})\(|"
    r"\b(?:log|logger|logging|console)\w{0,12}\.(?:log|info|warn|notice)\(|\bprint\(|\blog[A-Z]?\w{0,20}\(",
)
_KEPT = {
    "vercel": "Vercel keeps what your functions log for an hour (Hobby) to a day (Pro)",
    "netlify": "Netlify keeps what your functions log for a day (free) to a week",
}
_USED_STAGES = frozenset(["first-users", "paying", "growing"])


def detect(view: ProjectView) -> Detection:
    server = server_fact(view)
    if server is None:
        return Detection(not_applicable=NotApplicable("No server code of yours runs here."))
    not_yet = early(view)
    if not_yet is not None:
        return Detection(not_applicable=not_yet)
    logs = server_logs(view)
    logger = _first_logger(logs)
    plain = () if logger else tuple(_unstructured(logs))
    findings = (
        *plain,
        *(() if plain else _without_request_id(view, logs)),
        *(() if plain else _without_context(logs)),
        *_without_levels(logs),
        *_noise(logs),
        *_without_traces(view),
        *_short_lived(view),
        *_silent_business(view, logs),
    )
    return Detection(
        findings=run_by_others(view, findings),
        passes=tuple(_passes(logs)),
        unknowns=tuple(
            Unknown(f"{path} could not be read: {why}.", path) for path, why in view.routes.unparsed[:3]
        ),
        looked=(Looked("files that serve requests and log", len(logs), len(logs)),),
        needs_attestation=_ATTEST,
    )


def _first_logger(logs: Mapping[str, LogStyle]) -> str:
    return next((path for path, style in logs.items() if style.logger), "")


def _passes(logs: Mapping[str, LogStyle]) -> Iterator[PassEvidence]:
    for path, style in logs.items():
        if style.logger:
            line = style.lines[0].line if style.lines else 1
            yield PassEvidence(at(path, line, note=f"logs through {style.logger}"))
            return
    fielded = [(path, line) for path, style in logs.items() for line in style.lines if line.fields]
    if fielded:
        yield PassEvidence(at(fielded[0][0], fielded[0][1].line, note="logs with fields"))


def _unstructured(logs: Mapping[str, LogStyle]) -> Iterator[RawFinding]:
    plain = {path: [line for line in style.lines if line.plain] for path, style in logs.items()}
    total = sum(len(lines) for lines in plain.values())
    fielded = sum(line.fields for lines in plain.values() for line in lines)
    if total < _FEWEST_PLAIN or fielded > total / 2:
        return
    most = sorted((path for path in plain if plain[path]), key=lambda path: (-len(plain[path]), path))
    edge_only = all("supabase/functions/" in path for path in most)
    yield RawFinding(
        f"{_CHECK}/unstructured",
        f"Server code writes {total} plain sentences to the console, {len(plain[most[0]])} of them in {most[0]}: "
        "nobody can search them by customer or request.",
        tuple(at(path, plain[path][0].line) for path in most[:5]),
        symbol="console",
        severity=Severity.LOW if edge_only else None,
        confidence=0.65 if edge_only else None,
    )


def _without_request_id(view: ProjectView, logs: Mapping[str, LogStyle]) -> Iterator[RawFinding]:
    written = [(path, line) for path, style in logs.items() for line in style.lines]
    routes = [route for route in view.routes.routes if route.kind is EntryKind.HTTP]
    if (
        len(written) < _FEWEST_BARE
        or len(routes) < _FEWEST_ROUTES
        or _in_code(view, "request-id", _REQUEST_ID)
    ):
        return
    path, line = written[0]
    yield RawFinding(
        f"{_CHECK}/no-request-id",
        "Log lines carry no request number, so the lines of one customer's request cannot be told from the others.",
        (at(path, line.line),),
        symbol="request-id",
        severity=Severity.INFO,
    )


def _in_code(view: ProjectView, kind: str, pattern: re.Pattern[str]) -> bool:
    """Whether this stands anywhere in code or in a package's manifest."""
    for path in (*view.outlines, *(package.manifest for package in view.packages if package.manifest)):
        if view.per_file(f"telemetry-{kind}", path, lambda text: pattern.search(text) is not None, False):
            return True
    return False


def _errors(logs: Mapping[str, LogStyle]) -> list[tuple[str, LogLine]]:
    return [(path, line) for path, style in logs.items() for line in style.lines if line.failing]


def _without_context(logs: Mapping[str, LogStyle]) -> Iterator[RawFinding]:
    failing = [
        item for item in _errors(logs) if item[1].level in ("error", "exception", "critical", "fatal", "")
    ]
    bare = [(path, line) for path, line in failing if not line.context]
    if len(bare) < _FEWEST_BARE or len(bare) < _MOSTLY * len(failing):
        return
    yield RawFinding(
        f"{_CHECK}/no-context",
        f"{len(bare)} of {len(failing)} logged errors say what went wrong, but not for whom or with which record.",
        tuple(at(path, line.line) for path, line in bare[:6]),
        symbol="context",
        confidence=0.65,
    )


def _without_levels(logs: Mapping[str, LogStyle]) -> Iterator[RawFinding]:
    unmarked = [(path, line) for path, line in _errors(logs) if not line.level]
    marked = [line for _, line in _errors(logs) if line.level]
    if len(unmarked) < _FEWEST_UNLEVELLED or len(unmarked) <= len(marked):
        return
    yield RawFinding(
        f"{_CHECK}/no-levels",
        f"{len(unmarked)} errors are written like ordinary news, so no search and no alert can find them.",
        tuple(at(path, line.line) for path, line in unmarked[:6]),
        symbol="levels",
        severity=Severity.LOW,
    )


def _noise(logs: Mapping[str, LogStyle]) -> Iterator[RawFinding]:
    noisy = [
        (path, line)
        for path, style in logs.items()
        for line in style.lines
        if line.each and line.plain and not line.failing and not line.level
    ]
    if len(noisy) < _FEWEST_NOISY:
        return
    files = len({path for path, _ in noisy})
    yield RawFinding(
        f"{_CHECK}/debug-noise",
        f"{len(noisy)} log statements in {files} file{'s' if files > 1 else ''} run once for every item of a list: "
        "with many customers they bury the one line that matters.",
        tuple(at(path, line.line) for path, line in noisy[:6]),
        symbol="loops",
    )


def _without_traces(view: ProjectView) -> Iterator[RawFinding]:
    chains = {route: found for route in view.routes.routes if len(found := _services(route)) >= _HOPS}
    if not chains or _in_code(view, "traces", _TRACES):
        return
    route = max(chains, key=lambda route: (len(chains[route]), route.path))
    yield RawFinding(
        f"{_CHECK}/no-traces",
        f"{route.route} waits for {len(chains[route])} other services, and nothing measures which of them is slow.",
        (at(route.path, route.span.line),),
        symbol="traces",
    )


def _services(route: Route) -> frozenset[str]:
    """The companies and servers that answering this takes."""
    return frozenset(f"{effect.kind}:{effect.call.root}" for effect in route.effects if effect.kind in _AFAR)


def _short_lived(view: ProjectView) -> Iterator[RawFinding]:
    used = view.facts.value("profile.stage") in _USED_STAGES or view.facts.has("pay.provider")
    host = next((fact for fact in view.facts if fact.key == "host" and fact.value in _KEPT), None)
    answers = any(route.kind is not EntryKind.EDGE_FUNCTION for route in view.routes.routes)
    if host is None or host.evidence is None or not used or not answers:
        return
    # An address in a README may be a demo of long ago.
    if not host.evidence.path.endswith((".json", ".toml")) or _in_code(view, "drains", _DRAINS):
        return
    yield RawFinding(
        f"{_CHECK}/log-retention-short",
        f"{_KEPT[host.value]}, and nothing sends it elsewhere: when a customer writes on Monday, Friday is gone.",
        (host.evidence,),
        symbol=host.value,
    )


def _silent_business(view: ProjectView, logs: Mapping[str, LogStyle]) -> Iterator[RawFinding]:
    """A payment arrives, and nothing is left behind that could be counted or searched."""
    silent = [
        hook
        for hook in view.webhooks.webhooks
        if hook.company.money
        and hook.happenings
        and not hook.unread
        and not any(_notes(view, logs, path) for path in _own_files(hook))
    ]
    if not silent:
        return
    first = silent[0]
    yield RawFinding(
        f"{_CHECK}/business-events-missing",
        f"{first.handler_path} takes payments from {first.company.title} and writes no line about them: a missing one "
        "cannot be traced.",
        tuple(at(hook.handler_path, hook.line) for hook in silent[:4]),
        symbol=first.provider,
    )


def _own_files(hook: Webhook) -> set[str]:
    """The files that handle the event, without the one that only registers the address."""
    registers = {hook.entry.path} if hook.entry is not None else set[str]()
    return {hook.handler_path, *(path for path in hook.visited if path not in registers)}


def _notes(view: ProjectView, logs: Mapping[str, LogStyle], path: str) -> bool:
    if any(not line.failing for line in logs.get(path, LogStyle()).lines):
        return True
    return view.per_file("notes-events", path, lambda text: _EVENT.search(text) is not None, False)
