"""abuse.ai-spend-open: who may spend the founder's AI budget, and what stops them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.ai.ai_calls import AiFault, AiFile, ai_file
from lastmile_desktop.project.models.ai.ai_keys import shared_keys
from lastmile_desktop.project.models.client.own_keys import is_asked_with_own_keys
from lastmile_desktop.project.models.routes.edge_settings import verifies_jwt
from lastmile_desktop.project.models.routes.entries import is_live
from lastmile_desktop.project.models.routes.limits import Limits, limits
from lastmile_desktop.project.models.routes.model import EffectKind, EntryKind, GuardStrength, Route
from lastmile_desktop.project.models.routes.open_by_nature import works_off
from lastmile_desktop.project.models.routes.page_headers import is_product
from lastmile_desktop.project.view import ProjectView

_CHECK = "abuse.ai-spend-open"
_MOST = 12
_ADMIN = re.compile(r"(?i)admin|staff|superuser|internal")
_COUNTS_USE = re.compile(
    r"(?i)credit|quota|usage|allowance|remaining|daily|monthly|per_?(?:day|user|month)|token_?(?:budget|count|limit)|entitle|subscription|plan\b|tier\b|limit"
)
_CLIENT_HOST = re.compile(
    r"https://(?:api\.openai\.com|api\.anthropic\.com|generativelanguage\.googleapis\.com|openrouter\.ai/api|api\.groq\.com|api\.mistral\.ai|api\.perplexity\.ai|api\.deepseek\.com)"
)
_CLIENT_KEY = re.compile(
    r"(?:VITE_|NEXT_PUBLIC_|EXPO_PUBLIC_|REACT_APP_|PUBLIC_)\w*(?:OPENAI|ANTHROPIC|GEMINI|GOOGLE_AI|GROQ|MISTRAL|OPENROUTER|PERPLEXITY|DEEPSEEK|AI|LLM)\w*KEY"
)
_SAID = {
    "no-max-tokens": "The answers of this call may be as long as the model likes, and you pay by length.",
    "model-from-client": "The caller chooses the model, so your key also pays for the dearest one.",
    "system-prompt-from-client": "The caller writes the instructions, so your key serves any purpose they like.",
    "tool-call-privileged": "The model may start this with full rights, so a text it reads can make it do so.",
    "prompt-injection-sink": "What the model answers is run as it is, so a text it reads can make it run anything.",
    "loop-unbounded": "This loop asks the model again and again, and nothing counts how often.",
}
_WEIGHT = {
    "no-max-tokens": (Severity.LOW, 0.65),
    "model-from-client": (Severity.HIGH, 0.8),
    "system-prompt-from-client": (Severity.HIGH, 0.75),
    "tool-call-privileged": (Severity.HIGH, 0.65),
    "prompt-injection-sink": (Severity.HIGH, 0.75),
    "loop-unbounded": (Severity.HIGH, 0.7),
}


def detect(view: ProjectView) -> Detection:
    """Every way from a caller to a paid model."""
    files = {path: _read(view, path) for path in view.outlines if is_product(path) and is_live(path)}
    routes = [route for route in view.routes.routes if _spends(route)]
    in_client = tuple(_in_client(view))
    asked = any(file.calls for file in files.values()) or bool(routes) or bool(in_client)
    if not asked and not view.facts.has("ai.sdk"):
        return Detection(not_applicable=NotApplicable("Nothing here asks an AI model that is paid by use."))
    known = limits(view)
    findings = (
        *_open_routes(view, known, routes),
        *in_client,
        *_no_quota(view, known, routes),
        *_faults(files),
        *_shared(view),
    )
    guarded = [route for route in routes if _is_closed(route)]
    passes = [
        PassEvidence(at(guard.path, guard.line, note="Asks who is calling first."))
        for route in guarded
        for guard in route.guards[:1]
    ]
    return Detection(
        findings=findings,
        passes=tuple(dict.fromkeys(passes))[:5],
        unknowns=tuple(_unknown(view, files, routes)),
        looked=(Looked("entry points that ask a model", len(routes), len(routes)),),
        needs_attestation="Set a hard monthly limit and an alert at your AI provider, and say here what they are.",
    )


def _read(view: ProjectView, path: str) -> AiFile:
    return view.per_source("ai-calls", path, ai_file, AiFile())


def _spends(route: Route) -> bool:
    if route.is_webhook or not is_product(route.path):
        return False
    return any(effect.kind is EffectKind.LLM for effect in route.effects)


def _is_closed(route: Route) -> bool:
    """Whether somebody is asked for before the model is."""
    asks = [effect for effect in route.effects if effect.kind is EffectKind.LLM]
    return route.is_guarded and all(effect.guarded for effect in asks)


def _by_machine(route: Route) -> bool:
    return any(guard.strength in (GuardStrength.CRON, GuardStrength.SIGNATURE) for guard in route.guards)


def _open_routes(view: ProjectView, known: Limits, routes: Sequence[Route]) -> Iterator[RawFinding]:
    for route in routes:
        if _is_closed(route) or route.kind is EntryKind.PAGE_DATA or works_off(route):
            continue
        effect = next(
            item
            for item in route.effects
            if item.kind is EffectKind.LLM and not (item.guarded and route.is_guarded)
        )
        if effect.doubt is not None:
            continue
        token = verifies_jwt(view, route.path)
        message = f"Anyone on the internet may call {route.route} and spend your AI budget" + (
            ": the only key it asks for is in your app." if token else "."
        )
        limited = known.of_route(route) is not None
        if limited:
            message = f"{message.removesuffix('.')}; only a limit slows them down."
        evidence = (
            at(route.path, route.span.line),
            at(effect.path, effect.line, note="The model is asked here."),
        )
        yield RawFinding(
            f"{_CHECK}/unauthenticated-llm",
            message,
            evidence,
            route.route,
            Severity.HIGH if limited else Severity.CRITICAL,
            0.8 if token else 0.88,
        )


def _in_client(view: ProjectView) -> Iterator[RawFinding]:
    """Models asked from the browser or the phone, with a key that everybody gets."""
    for path in view.client_graph.client:
        if not is_product(path) or path not in view.outlines:
            continue
        line = view.per_file("ai-in-client", path, _client_line, 0)
        if line and not is_asked_with_own_keys(view, path):
            message = (
                "The model is asked straight from the app, with a key that everyone who has the app can take."
            )
            yield RawFinding(
                f"{_CHECK}/unauthenticated-llm", message, (at(path, line),), path, Severity.CRITICAL, 0.85
            )


def _client_line(text: str) -> int:
    direct = re.search(r"dangerouslyAllowBrowser\s*:\s*true", text)
    if direct is None and _CLIENT_KEY.search(text):
        direct = _CLIENT_HOST.search(text)
    return line_at(text, direct.start()) if direct else 0


def _no_quota(view: ProjectView, known: Limits, routes: Sequence[Route]) -> Iterator[RawFinding]:
    groups: dict[str, list[Route]] = {}
    for route in routes:
        admin = _ADMIN.search(route.route) or any(_ADMIN.search(guard.name) for guard in route.guards)
        reads = route.methods == ("GET",)
        if admin or reads or _by_machine(route) or route.handler is None or not _is_closed(route):
            continue
        if known.of_route(route) is None and not _counts_use(view, route):
            groups.setdefault(view.package_of(route.path).path, []).append(route)
    for package, open_ones in groups.items():
        named = ", ".join(route.route for route in open_ones[:3])
        more = f" and {len(open_ones) - 3} more" if len(open_ones) > 3 else ""
        message = f"One signed-in person may spend your whole AI budget through {named}{more}."
        places = tuple(at(route.path, route.span.line) for route in open_ones[:_MOST])
        yield RawFinding(
            f"{_CHECK}/no-per-user-quota", message, places, f"quota:{package}", Severity.HIGH, 0.75
        )


def _counts_use(view: ProjectView, route: Route) -> bool:
    """Whether the handler, or a query it makes, knows how much somebody has used."""
    if any(_COUNTS_USE.search(access.query.table) for access in route.accesses):
        return True
    lines = view.per_file("ai-usage-lines", route.code_path, _usage_lines, ())
    span = route.handler.span if route.handler else route.span
    return any(span.line <= line <= span.line_end for line in lines)


def _usage_lines(text: str) -> tuple[int, ...]:
    """Lines that name a person's use, not a limit on the length of an answer or of a list."""
    return tuple(
        number
        for number, line in enumerate(text.split("\n"), 1)
        if _COUNTS_USE.search(
            re.sub(
                r"(?i)max_?\w*tokens|\.limit\(\s*\d+\s*\)|//.*|#.*|usage_?metadata|\.usage\b|rate.?limit exceeded|429",
                "",
                line,
            )
        )
    )


def _faults(files: Mapping[str, AiFile]) -> Iterator[RawFinding]:
    uncapped = [
        (path, fault)
        for path, file in files.items()
        for fault in file.faults
        if fault.kind == "no-max-tokens"
    ]
    if uncapped:
        yield _fault(
            uncapped[0][0], uncapped[0][1], tuple(at(path, fault.line) for path, fault in uncapped[1:_MOST])
        )
    for path, file in files.items():
        for fault in file.faults:
            if fault.kind in _SAID and fault.kind != "no-max-tokens":
                yield _fault(path, fault, ())


def _fault(path: str, fault: AiFault, more: tuple[Evidence, ...]) -> RawFinding:
    severity, confidence = _WEIGHT[fault.kind]
    place = at(path, fault.line)
    return RawFinding(
        f"{_CHECK}/{fault.kind}",
        _SAID[fault.kind],
        (place, *more),
        f"{fault.kind}:{path}",
        severity,
        confidence,
    )


def _shared(view: ProjectView) -> Iterator[RawFinding]:
    for shared in shared_keys(view):
        message = f"{shared.name} is one key for {shared.path} and {shared.other}: a leak at home stops the live app."
        places = (at(shared.path, shared.line), at(shared.other, shared.other_line))
        yield RawFinding(f"{_CHECK}/key-shared-with-dev", message, places, shared.name, Severity.MEDIUM, 0.85)


def _unknown(view: ProjectView, files: Mapping[str, AiFile], routes: Sequence[Route]) -> Iterator[Unknown]:
    """Calls that no entry point was seen to reach: they may be open, or run by a schedule."""
    for route in routes:
        doubt = next(
            (item.doubt for item in route.effects if item.kind is EffectKind.LLM and item.doubt), None
        )
        if doubt is not None:
            said = (
                f"{route.route}: `{doubt.name}` may ask who is calling, in a way that could not be followed."
            )
            yield Unknown(said, doubt.path)
    reached = {effect.path for route in routes for effect in route.effects if effect.kind is EffectKind.LLM}
    for path, file in files.items():
        if file.calls and path not in reached and not view.client_graph.is_client(path):
            yield Unknown("It could not be followed who may reach the model that is asked here.", path)
            return
