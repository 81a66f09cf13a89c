"""reliability.third-party-failure: what the app does when a provider is slow, full or down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
    Unknown,
)
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.calls.model import CallKind, CallSite, is_production, server_files
from lastmile_desktop.project.models.calls.retries import FileRetries, read
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.view import ProjectView

_CHECK = "reliability.third-party-failure"
_OUTSIDE = frozenset({CallKind.HTTP, CallKind.SDK, CallKind.LLM, CallKind.EMAIL})
_RETRIES = ("p-retry", "async-retry", "axios-retry", "cockatiel", "exponential-backoff", "ky", "got", "tenacity",
            "backoff", "stamina", "opossum", "ts-retry-promise", "fetch-retry")  # fmt: skip
_BREAKERS = ("opossum", "cockatiel", "pybreaker", "circuitbreaker", "aiobreaker")
_RETRIES_ITSELF = {
    "openai": "OpenAI",
    "@anthropic-ai/sdk": "Anthropic",
    "anthropic": "Anthropic",
    "stripe": "Stripe",
    "groq-sdk": "Groq",
}
_WORDS = (
    "fetch",
    "axios",
    "penai",
    "OpenAI",
    "nthropic",
    "requests",
    "httpx",
    "stripe",
    "generate",
    "send",
    "retr",
)
# Schedules come round again by themselves, and staff press the button once more.
_NOBODY_WAITS = re.compile(
    r"(?i)(?:^|[/_.-])(?:cron|crons|jobs?|workers?|queues?|scheduled|scheduler|admin|backfill|sync)(?:[/_.-])"
)
# A visitor who is told of a failed read presses the button again; here there is no second chance.
_ONLY_CHANCE = re.compile(r"(?i)webhook|checkout|payment|billing|order|subscri|callback|booking|rates?\b")
_SDK = re.compile(
    r"from ['\"](?:openai|@anthropic-ai/sdk)['\"]|^\s*(?:from|import) (?:openai|anthropic)\b", re.M
)
_TIER = 10_000
_MOST_PASSES = 5
_SENTENCES = {
    "retry-no-backoff": "When `{}` fails, this tries again at the same pace, which makes an overload worse.",
    "retry-unbounded": "When `{}` keeps failing, this tries again without end.",
    "retry-everything": (
        "This repeats `{}` after any error, also when the first try went through: people are charged or written to "
        "twice."
    ),
    "ignores-retry-after": "This is told to slow down (429) and does not read how long `Retry-After` asks it to wait.",
    "no-concurrency-cap": "This sends a whole list to `{}` at once: a long list runs into the provider's limit.",
    "contract-unchecked": "The model's answer is read as JSON and used without a look at its fields.",
}
_MILDER = frozenset({"ignores-retry-after", "contract-unchecked", "no-concurrency-cap"})


def detect(view: ProjectView) -> Detection:
    """Look at what happens around each call to another company."""
    sites = [
        site
        for site in view.calls.sites
        if site.server and site.kind in _OUTSIDE and not is_idle(view, site.path, site.function)
    ]
    files = dict(_files(view))
    asking = [path for path, found in files.items() if found.asks_model]
    if not sites and not asking:
        return Detection(
            not_applicable=NotApplicable("No code on a server calls another company while a visitor waits.")
        )
    findings = (
        *_faults(files),
        *_deaf(view, files),
        *_unretried(view, sites, files),
        *_bare(view, sites),
        *_no_circuit(view, sites),
    )
    names = sorted({_provider(site) for site in sites} - {""})[:6]
    return Detection(
        findings,
        tuple(islice(_passes(view, sites, files), _MOST_PASSES)),
        tuple(Unknown(f"This file could not be read: {why}.", path) for path, why in view.calls.unparsed),
        (Looked("calls to other companies", len(sites), len(sites)),),
        needs_attestation=(
            f"For each company you depend on ({', '.join(names) or 'those your server calls'}), say what your users "
            "see while it is down, and that you tried it once."
        ),
    )


_NONE = FileRetries()


def _files(view: ProjectView) -> Iterator[tuple[str, FileRetries]]:
    served = view.made(server_files)
    for path, found in view.each_source("call-retries", is_production, _read, _NONE).items():
        if found != _NONE and path in served and not is_idle(view, path):
            yield path, found


def _read(outline: Outline, text: str) -> FileRetries:
    if outline.shallow or not outline.functions:
        return FileRetries()
    words = (
        "fetch",
        "axios",
        "openai",
        "OpenAI",
        "anthropic",
        "requests",
        "httpx",
        "stripe",
        "generate",
        "send",
        "retr",
    )
    return read(outline, text) if any(word in text for word in words) else FileRetries()


def _faults(files: dict[str, FileRetries]) -> Iterator[RawFinding]:
    seen: set[tuple[str, str, str]] = set()
    for path, found in files.items():
        for fault in found.faults:
            key = (path, fault.rule, fault.function)
            if key in seen:
                continue
            seen.add(key)
            yield RawFinding(
                f"{_CHECK}/{fault.rule}",
                _SENTENCES[fault.rule].format(fault.subject),
                (at(path, fault.line),),
                f"{fault.function}:{fault.subject}",
                Severity.MEDIUM if fault.rule in _MILDER else None,
                fault.confidence,
            )


def _deaf(view: ProjectView, files: dict[str, FileRetries]) -> Iterator[RawFinding]:
    """Files that ask an AI model and have never heard of its limits: one finding for each package."""
    silent: dict[str, list[str]] = {}
    for path, found in files.items():
        # The makers' own libraries try again by themselves when they are told to slow down.
        library = _SDK.search(view.text(path) or "") is not None
        if found.asks_model and not found.hears_limits and not library:
            silent.setdefault(view.package_of(path).path, []).append(path)
    for paths in silent.values():
        first, more = paths[0], len(paths) - 1
        others = f" {more} other file{'s do' if more > 1 else ' does'} the same." if more else ""
        message = f"Nothing here knows what to do when the AI model says \u201ctoo many requests\u201d (429).{others}"
        yield _finding("no-429-path", message, first, files[first].asks_model, first, Severity.INFO, 0.65)


def _unretried(
    view: ProjectView, sites: list[CallSite], files: dict[str, FileRetries]
) -> Iterator[RawFinding]:
    """Reads from another company that are given up at the first hiccup: one finding for each package."""
    seen: set[str] = set()
    for site in sites:
        package = view.package_of(site.path)
        if (
            _NOBODY_WAITS.search(site.path)
            or not _ONLY_CHANCE.search(f"{site.path} {site.function}")
            or site.kind is not CallKind.HTTP
            or site.role != "request"
            or package.path in seen
            or not _is_read(site)
        ):
            continue
        tries = any(
            found.good or found.faults for path, found in files.items() if view.package_of(path) is package
        )
        if tries or any(name in package.dependencies for name in _RETRIES):
            continue
        seen.add(package.path)
        message = (
            "A single hiccup of the other side fails this read; nothing in this project tries a second time."
        )
        yield _finding(
            "no-retry-safe-calls", message, site.path, site.line, site.function, Severity.INFO, 0.6
        )


def _is_read(site: CallSite) -> bool:
    """A plain GET to another host."""
    if site.library != "fetch":
        return site.call.callee.endswith(".get")
    options = site.call.args[1] if len(site.call.args) > 1 else None
    method = options.entry("method") if options else None
    address = site.call.args[0].text if site.call.args else ""
    return (method is None or method.literal in ("GET", "HEAD")) and "http" in address


def _bare(view: ProjectView, sites: list[CallSite]) -> Iterator[RawFinding]:
    """AI and payment calls of a handler with no way out when they fail: one finding for each package."""
    handlers = {(route.path, route.handler.name): route for route in view.routes.routes if route.handler}
    seen: set[str] = set()
    for site in sites:
        route = handlers.get((site.path, site.function))
        package = view.package_of(site.path).path
        if route is None or site.in_try or site.role == "client" or package in seen or route.is_webhook:
            continue
        if site.kind is CallKind.LLM or re.search(r"stripe|openai|anthropic", site.call.callee):
            seen.add(package)
            message = f"When `{site.call.root}` fails, {route.route} ends with a bare error and no other way."
            yield _finding("no-fallback", message, site.path, site.line, site.function, Severity.MEDIUM, 0.65)


def _no_circuit(view: ProjectView, sites: list[CallSite]) -> Iterator[RawFinding]:
    users = view.facts.value("profile.users")
    if users is None or not users.isdigit() or int(users) < _TIER or not sites:
        return
    if any(name in package.dependencies for package in view.packages for name in _BREAKERS):
        return
    first = sites[0]
    message = "With so many users, a provider that is down is still asked by every request: nothing pauses."
    yield _finding("no-circuit", message, first.path, first.line, "circuit", Severity.MEDIUM, 0.6)


def _provider(site: CallSite) -> str:
    if site.library in _RETRIES_ITSELF:
        return _RETRIES_ITSELF[site.library]
    for link in site.call.links:
        for arg in (link.args or ())[:1]:
            host = re.search(r"https?://(?:api\.)?([\w-]+\.[\w.-]+)", arg.text)
            if host:
                return host[1]
    return ""


def _passes(
    view: ProjectView, sites: list[CallSite], files: dict[str, FileRetries]
) -> Iterator[PassEvidence]:
    for path, found in files.items():
        for line in found.good:
            yield PassEvidence(
                at(path, line, note="Tried again a limited number of times, with growing pauses.")
            )
    for site in sites:
        if site.role == "client" and site.library in _RETRIES_ITSELF:
            yield PassEvidence(at(site.path, site.line, note="This client tries again by itself."))
    for path, lines in view.each_outline("retry-imports", _retrying).items():
        for line in lines:
            yield PassEvidence(at(path, line, note="Failed calls are tried again by this library."))


def _retrying(outline: Outline) -> tuple[int, ...]:
    return tuple(item.span.line for item in outline.imports if item.module in _RETRIES)


def _finding(
    rule: str, message: str, path: str, line: int, symbol: str, severity: Severity | None, confidence: float
) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (at(path, line),), symbol, severity, confidence)
