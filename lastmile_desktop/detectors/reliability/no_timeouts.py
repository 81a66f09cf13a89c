"""reliability.no-timeouts: whether one slow service can hold up everything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

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
from lastmile_desktop.project.code.outline import Do, steps_within
from lastmile_desktop.project.models.calls.model import CallKind, CallSite, CallSites
from lastmile_desktop.project.models.queries.pool_ends import is_closed_again
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.view import ProjectView

_CHECK = "reliability.no-timeouts"
_LONG = 60
_HOST = re.compile(r"https?://([\w.-]+)")
_NAMES = {
    "openai": "OpenAI",
    "@anthropic-ai/sdk": "Anthropic",
    "anthropic": "Anthropic",
    "stripe": "Stripe",
    "nodemailer": "the mail server",
    "smtplib": "the mail server",
    "ai": "the AI model",
    "stream": "the AI model",
}
_ASKS_STRIPE = re.compile(
    r"\.(?:customers|subscriptions|subscriptionItems|sessions|paymentIntents|invoices|invoiceItems|refunds|prices|products"
    r"|charges|paymentMethods|transfers|accounts|balance\w{0,20}|events|coupons|promotionCodes|setupIntents|payouts"
    r"|paymentLinks|disputes)\s*\.\s*\w{1,40}\s*\("
)
_OPERATORS = re.compile(
    r"(?:^|/)(?:functions|api)/(?:[\w-]+/)?(?:seed|backfill|migrate|diagnos\w{1,6}|validate-(?:secrets|keys|env)|check-(?:secrets|env)"
    r"|system-health|health-?check|debug)(?:-[\w-]{1,60})?(?:/|\.[jt]s$)|(?:^|/)docker/[\w-]{1,60}\.(?:py|[jt]s)$"
)
_ADMIN = re.compile(
    r"(?:^|[/_-])(?:admin|gsc|analytics|reports?|stats|statistics|optimizer|pr-creator|recover\w{0,10})(?:[/_.-]|$)",
    re.IGNORECASE,
)
_VITAL = re.compile(r"checkout|payment|billing|subscri|stripe|paypal|paystack", re.IGNORECASE)
# The provider waits there and asks again; nobody in front of a screen does.
_LATER = re.compile(
    r"webhook|(?:^|[/_-])(?:cron|sync|jobs?|worker|reminders?|processor|reconcile)(?:[/_.-]|$)", re.IGNORECASE
)
_COUNTS = re.compile(
    r"(?:^|/)(?:analytics|tracking|telemetry)\.[jt]s$|google-analytics\.com|/mp/collect|facebook\.com/v?[\d.]*/?\w*/events"
    r"|posthog\.com|plausible\.io|api\.segment\.io|mixpanel\.com|web\.archive\.org/save",
    re.IGNORECASE,
)
_SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs")
_ALIKE = re.compile(r"^(?:index|route|page|main|handler|\+server|\+page\.server|__init__|views)\.\w+$")
_MOST_PASSES = 5
_MOST_PLACES = 60
_MOST_FILES = 5


def detect(view: ProjectView) -> Detection:
    """Judge every outbound call and pool of code that runs on a server."""
    sites = [
        site
        for site in view.calls.sites
        if site.server
        and not _only_checks_signatures(view, site)
        and not is_idle(view, site.path, site.function)
        and not _nobody_waits(view, site)
        and not (site.role == "pool" and is_closed_again(view.outlines.get(site.path), site.line))
    ]
    unknowns = tuple(
        Unknown(f"This file could not be read: {reason}.", path) for path, reason in view.calls.unparsed
    )
    if not sites:
        if unknowns:
            return Detection(unknowns=unknowns)
        return Detection(
            not_applicable=NotApplicable(
                "No code on a server calls another service or keeps database connections."
            )
        )
    limited_database = bool(view.calls.statement_timeout) or view.facts.has("db.provider", "supabase")
    findings: list[RawFinding] = []
    fine: list[CallSite] = []
    for site in sites:
        found = _judge(site, limited_database)
        findings += found
        if not found:
            fine.append(site)
    findings += _budgets(view.calls, sites)
    return Detection(
        tuple(_once_a_package(view, _together(view, findings))),
        tuple(PassEvidence(at(site.path, site.line, note=_limit_text(site))) for site in fine[:_MOST_PASSES]),
        unknowns,
        (Looked("outbound calls and pools", len(sites), len(sites)),),
    )


def _nobody_waits(view: ProjectView, site: CallSite) -> bool:
    """A request that is sent off and left alone, and what only counts visits: nobody's answer hangs on it."""
    if site.role != "request":
        return False
    if _COUNTS.search(site.path) or any(
        _COUNTS.search(arg.text) for link in site.call.links for arg in (link.args or ())[:1]
    ):
        return True
    outline = view.outlines.get(site.path)
    if outline is None or not site.path.endswith(_SCRIPTS) or site.call.awaited:
        return False
    function = outline.function(site.function) if site.function else None
    return any(
        isinstance(step, Do) and not step.targets and step.calls and step.calls[-1].span == site.call.span
        for step in steps_within(function.body if function else outline.top)
    )


def _only_checks_signatures(view: ProjectView, site: CallSite) -> bool:
    """A Stripe client that is made for `constructEvent` alone asks nobody."""
    return site.library == "stripe" and view.per_file("timeouts.signatures", site.path, _checks_only, False)


def _checks_only(text: str) -> bool:
    made = "export const stripe" in text or "export default stripe" in text
    return "webhooks.constructEvent" in text and not made and _ASKS_STRIPE.search(text) is None


def _once_a_package(view: ProjectView, findings: Iterable[RawFinding]) -> Iterator[RawFinding]:
    """A library's own long default, and the slow query, are mended in one place, however many files make a client."""
    same: dict[tuple[str, str], list[RawFinding]] = {}
    for finding in findings:
        slow = finding.rule == f"{_CHECK}/db-no-statement-timeout"
        if slow or finding.rule == f"{_CHECK}/sdk-default-long":
            package = view.package_of(finding.evidence[0].path).path
            same.setdefault((package, "" if slow else finding.message), []).append(finding)
        else:
            yield finding
    for found in same.values():
        places = tuple(place for finding in found for place in finding.evidence)
        yield replace(found[0], evidence=places[:_MOST_PLACES])


def _together(view: ProjectView, findings: list[RawFinding]) -> Iterator[RawFinding]:
    """Requests of one file that lack the same limit are one thing to mend, and so are those of many files of a package
    that all ask in the same way; what is vital is said for itself."""
    files: dict[str, list[RawFinding]] = {}
    for finding in findings:
        if finding.rule == f"{_CHECK}/http-no-timeout":
            files.setdefault(finding.evidence[0].path, []).append(finding)
        else:
            yield finding
    packages: dict[tuple[str, bool], list[RawFinding]] = {}
    for path, same in files.items():
        one = _as_one(path, same)
        packages.setdefault((view.package_of(path).path, one.severity is None), []).append(one)
    for (_, vital), alike in packages.items():
        if len(alike) == 1:
            yield alike[0]
            continue
        worst = min(alike, key=lambda finding: finding.severity is Severity.LOW)
        places = tuple(place for finding in (worst, *alike) for place in finding.evidence)
        names = dict.fromkeys(_called(finding.evidence[0].path) for finding in (worst, *alike))
        more = f" and {len(names) - _MOST_FILES} more" if len(names) > _MOST_FILES else ""
        whom = "who pays" if vital else "whatever needs them"
        message = (
            f"{len(alike)} files ask other services without a time limit "
            f"({', '.join(list(names)[:_MOST_FILES])}{more}): {whom} hangs with them."
        )
        symbol = "vital" if vital else "all"
        yield replace(
            worst, message=message, evidence=tuple(dict.fromkeys(places))[:_MOST_PLACES], symbol=symbol
        )


def _called(path: str) -> str:
    """A file by its name, and by its folder where every file is called alike."""
    *folders, name = path.split("/")
    return f"{folders[-1]}/{name}" if folders and _ALIKE.match(name) else name


def _as_one(path: str, same: list[RawFinding]) -> RawFinding:
    if len(same) == 1:
        return same[0]
    name = path.rpartition("/")[2]
    message = (
        f"{len(same)} requests in {name} have no time limit: whoever needs them hangs with the other side."
    )
    return replace(
        same[0], message=message, evidence=tuple(place for finding in same for place in finding.evidence)
    )


def _judge(site: CallSite, limited_database: bool) -> list[RawFinding]:
    if site.role == "pool":
        return _pool(site, limited_database)
    if _is_ended_elsewhere(site):
        return []
    seconds = _default_seconds(site.timeout)
    if site.timeout and (seconds is None or seconds <= _LONG):
        return []
    target = _target(site)
    if site.role == "stream":
        return [
            _finding(
                site,
                "stream-no-idle-timeout",
                f"The answer that `{_name(site)}` streams from {target} may stop half way and hold the request open.",
                0.7,
            )
        ]
    if site.kind in (CallKind.LLM, CallKind.SDK) or site.library == "nodemailer":
        wait = (
            f"up to {seconds // 60} minutes"
            if seconds and seconds >= 120
            else f"up to {seconds} seconds"
            if seconds
            else "without end"
        )
        return [
            _finding(
                site,
                "sdk-default-long",
                f"`{_name(site)}` waits {wait} for {target}, because no limit is set.",
                0.75,
            )
        ]
    wait = (
        f"waits up to {seconds // 60} minutes for {target}"
        if seconds
        else f"asks {target} without a time limit"
    )
    return [
        _finding(
            site,
            "http-no-timeout",
            f"`{_name(site)}` {wait}: if it hangs, so does the request that needs it.",
            _http_confidence(site),
        )
    ]


def _http_confidence(site: CallSite) -> float:
    return 0.75 if site.role == "request" else 0.7


def _pool(site: CallSite, limited_database: bool) -> list[RawFinding]:
    found: list[RawFinding] = []
    if "statement" in site.missing and not limited_database:
        found.append(
            _finding(
                site,
                "db-no-statement-timeout",
                f"A slow query on the connections that `{_name(site)}` opens runs as long as it likes.",
                0.75,
            )
        )
    if "acquire" in site.missing:
        found.append(
            _finding(
                site,
                "pool-acquire-infinite",
                f"When all connections of `{_name(site)}` are busy, requests wait for one without end.",
                0.75,
            )
        )
    return found


def _finding(site: CallSite, rule: str, message: str, confidence: float) -> RawFinding:
    symbol = f"{site.function or site.path}:{_name(site)}"
    severity = Severity.MEDIUM if rule == "stream-no-idle-timeout" and site.library == "ai" else None
    if rule == "http-no-timeout":
        severity = _http_severity(site)
    if rule == "db-no-statement-timeout":
        severity = Severity.INFO
    return RawFinding(
        f"{_CHECK}/{rule}",
        message,
        (at(site.path, site.line, site.call.span.line_end),),
        symbol,
        severity,
        confidence,
    )


def _http_severity(site: CallSite) -> Severity | None:
    """Whoever pays is held up first."""
    if _ADMIN.search(site.path):
        return Severity.LOW
    return None if _VITAL.search(site.path) and not _LATER.search(site.path) else Severity.MEDIUM


def _is_ended_elsewhere(site: CallSite) -> bool:
    """A tool that the makers start, which nobody's request hangs on, or a call of one of the project's own functions,
    which the platform ends by itself."""
    own = any("/functions/v1/" in arg.text for link in site.call.links for arg in (link.args or ())[:1])
    return own or _OPERATORS.search(site.path) is not None


def _budgets(calls: CallSites, sites: list[CallSite]) -> list[RawFinding]:
    """Functions whose limits, one after the other, add up to more than the platform lets them run."""
    found: list[RawFinding] = []
    for path, deadline in calls.deadlines:
        sums: dict[str, tuple[float, CallSite]] = {}
        for site in sites:
            if site.path == path and site.seconds is not None and site.awaited_alone:
                total, first = sums.get(site.function, (0.0, site))
                sums[site.function] = (total + site.seconds, first)
        for function, (total, first) in sums.items():
            if total > deadline:
                limit = f"is cut off after {deadline:.0f}"
                message = f"`{function or path}` may wait {total:.0f} seconds in all, and {limit}."
                found.append(_finding(first, "no-deadline-budget", message, 0.75))
    return found


def _name(site: CallSite) -> str:
    """The call as it is written, without what is done with its answer."""
    names = [site.call.root]
    for link in site.call.links:
        if link.name:
            names.append(link.name)
        if link.args is not None:
            break
    return ".".join(names)


def _default_seconds(timeout: str) -> int | None:
    return int(timeout.partition(":")[2]) if timeout.startswith("default:") else None


def _target(site: CallSite) -> str:
    """Who is waited for, in the founder's words."""
    if site.library in _NAMES:
        return _NAMES[site.library]
    for link in site.call.links:
        for arg in (link.args or ())[:2]:
            host = _HOST.search(arg.text)
            if host:
                return host[1]
    return "another service"


def _limit_text(site: CallSite) -> str:
    if not site.timeout and site.role != "pool":
        return "is ended by the platform, or waited for by nobody"
    seconds = _default_seconds(site.timeout)
    if seconds is not None:
        return f"gives up after {seconds} seconds by default"
    if site.seconds is not None:
        return f"gives up after {site.seconds:g} seconds"
    return "has a limit"
