"""ops.no-uptime-alerts: what tells the founder that the app is down, before a customer does.

Files show whether there is something to ask (a health route), whether jobs and payment events report that they
stopped, and whether a target was set. That a monitor outside really asks, only a person can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import absent, at
from lastmile_desktop.core.finding import Detection, Looked, PassEvidence, RawFinding
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.operations.error_tracking import CLIENT
from lastmile_desktop.project.models.operations.error_tracking import build as error_tracking
from lastmile_desktop.project.models.routes.health_routes import HealthRoute, health_routes
from lastmile_desktop.project.models.routes.model import EntryKind
from lastmile_desktop.project.models.usage.purpose import run_by_others
from lastmile_desktop.project.models.usage.serving import depended_on, not_running, server_fact
from lastmile_desktop.project.models.webhooks.model import Webhook
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.project.view import ProjectView

_CHECK = "ops.no-uptime-alerts"
_ATTEST = (
    "Nothing in the code can show that somebody is told when the site is down. Let a monitor outside your host ask "
    "it every few minutes, pull the plug once, and say here who was told."
)
_HEARTBEAT = (
    "hc-ping.com", "healthchecks.io", "cronitor", "deadmanssnitch", "heartbeat", "capturecheckin", "capture_checkin",
    "withmonitor", "sentry_sdk.crons", "monitor_slug", "automaticvercelmonitors", "betteruptime", "uptime.betterstack",
    "last_success", "lastsuccess", "opsgenie", "ohdear", "oh-dear", "uptimerobot", "pushmonitor", "checkin_url",
)  # fmt: skip
_TELLS = re.compile(
    r"captureException|captureMessage|capture_exception|capture_message|hooks\.slack\.com|discord\.com/api/webhooks|"
    r"pagerduty|opsgenie|notify(?:Admin|Ops|Team|Owner)|alert(?:Admin|Ops|Team)|sendAlert|send_alert|reportError|"
    r"mail_admins|logToSentry|trackError|"
    r"(?:from|into|insert)\(?\s{0,3}[\"'`]?\w{0,30}(?:_alerts?|"
    r"admin_notifications?)[\"'`]?\s{0,3}\)[^;]{0,40}\.(?:insert|values|create)",
    re.IGNORECASE,
)
_OWN_SCHEDULES = frozenset(
    ["vercel", "pg_cron", "celery-beat", "node-cron", "apscheduler", "cloudflare", "netlify"]
)
_MONITORS = re.compile(
    r"(?:^|/)(?:checkly\.config\.[jt]s|\.upptimerc\.yml|__checks__/[^/]+\.[jt]s|gatus\.ya?ml|uptime-kuma[^/]*)$"
)
_EVENT_NAME = re.compile(r"[\"']([a-z_]{3,30}(?:\.[a-z_]{3,30}){1,3})[\"']")
_MONEY = re.compile(
    r"payment|invoice|checkout|subscription|charge|order|transaction|sale|refund|dispute|transfer|payout|"
    r"credit|purchase|"
    r"renewal|customer\.(?!created|updated)",
    re.IGNORECASE,
)
_SEARCHED = (".ts", ".tsx", ".js", ".mjs", ".py", ".sql", ".yml", ".yaml")


def detect(view: ProjectView) -> Detection:
    not_applicable = not_running(view)
    if not_applicable is not None:
        return Detection(not_applicable=not_applicable)
    health = health_routes(view)
    asking = tuple(route for route in health if route.asks)
    findings = (
        *_without_health(view, health),
        *_without_target(view),
        *_silent_jobs(view),
        *_unwatched_payments(view),
    )
    return Detection(
        findings=run_by_others(view, findings),
        passes=(
            *(PassEvidence(at(route.path, route.line, note=route.route)) for route in asking),
            *(PassEvidence(absent("a monitor kept as code", path)) for path in _monitors(view)),
        ),
        looked=(Looked("health routes", len(asking), len(health)),),
        needs_attestation=_ATTEST,
    )


def _without_health(view: ProjectView, health: tuple[HealthRoute, ...]) -> Iterator[RawFinding]:
    if any(route.asks for route in health):
        return
    keeps_data = view.facts.has("db.engine") or view.facts.has("db.provider")
    if health:
        first = health[0]
        if keeps_data:
            yield RawFinding(
                f"{_CHECK}/no-health",
                f"{first.route} answers that all is well without asking the database, so a monitor stays green "
                "while nobody can use the app.",
                tuple(at(route.path, route.line) for route in health[:4]),
                symbol="always-ok",
                severity=Severity.MEDIUM,
                confidence=0.8,
            )
        return
    if not keeps_data and not view.schema.tables:
        return
    server = server_fact(view)
    answers = [route for route in view.routes.routes if route.kind is EntryKind.HTTP]
    edge = [route for route in view.routes.routes if route.kind is EntryKind.EDGE_FUNCTION]
    if server is None or server.evidence is None or not (answers or edge):
        return
    yield RawFinding(
        f"{_CHECK}/no-health",
        "No address tells whether the app and its database work, so a monitor can only see that a page loads.",
        (server.evidence if answers else absent("no health function", "supabase/functions/health/index.ts"),),
        symbol="none",
        severity=_of_absence(view) if answers else Severity.LOW,
    )


def _of_absence(view: ProjectView) -> Severity | None:
    """What a host starts anew by itself is less urgent than a server of one's own."""
    return None if depended_on(view) else Severity.MEDIUM


def _without_target(view: ProjectView) -> Iterator[RawFinding]:
    """Whoever takes money should have said how much failure is too much."""
    if view.policy.slo or not view.facts.has("pay.provider"):
        return
    yield RawFinding(
        f"{_CHECK}/no-slo",
        "Customers pay here, but nobody has written down how often sign-in and checkout may fail.",
        (absent("no [slo] table", POLICY_FILE),),
        symbol="slo",
        severity=None if depended_on(view) else Severity.INFO,
    )


def _silent_jobs(view: ProjectView) -> Iterator[RawFinding]:
    schedules = [fact for fact in view.facts if fact.key == "cron" and fact.value in _OWN_SCHEDULES]
    places = [fact.evidence for fact in schedules if fact.evidence is not None]
    if not places or _somewhere(view):
        return
    yield RawFinding(
        f"{_CHECK}/no-heartbeats",
        "Work runs here on a schedule, and nothing tells you when it stops running.",
        tuple(dict.fromkeys(places)),
        symbol="schedules",
    )


def _somewhere(view: ProjectView) -> bool:
    """Whether anything here reports to a service that waits for it."""
    return any(
        view.per_file("heartbeat", path, _reports, False)
        for path in view.tree.files
        if path.endswith(_SEARCHED)
    )


def _reports(text: str) -> bool:
    return mentions(text, _HEARTBEAT)


def _unwatched_payments(view: ProjectView) -> Iterator[RawFinding]:
    hooks = [hook for hook in view.webhooks.webhooks if hook.company.money and _is_on_money(hook)]
    if not hooks or _tells_someone(
        view, {path for hook in hooks for path in (*hook.visited, hook.handler_path)}
    ):
        return
    first = hooks[0]
    yield RawFinding(
        f"{_CHECK}/payment-webhook-failures-unwatched",
        f"When an event from {first.company.title} fails in {first.handler_path}, nobody is told: someone has paid "
        "and gets nothing.",
        tuple(at(hook.handler_path, hook.line) for hook in hooks[:6]),
        symbol=first.provider,
    )


def _is_on_money(hook: Webhook) -> bool:
    """Whether a payment hangs on it; one that only learns of new customers is no loss."""
    events = _EVENT_NAME.findall(hook.text)
    return not events or any(_MONEY.search(event) for event in events)


def _tells_someone(view: ProjectView, paths: set[str]) -> bool:
    """A tracker that runs on the same side, or a message to a person from the handler itself."""
    at_edge = any("supabase/functions/" in path for path in paths)
    for site in error_tracking(view).working:
        if site.side != CLIENT and ("supabase/functions/" in site.path) == at_edge:
            return True
    return any(view.per_file("tells-someone", path, _tells, False) for path in sorted(paths))


def _tells(text: str) -> bool:
    return _TELLS.search(text) is not None


def _monitors(view: ProjectView) -> Iterator[str]:
    return (path for path in view.tree.files if _MONITORS.search(path))
