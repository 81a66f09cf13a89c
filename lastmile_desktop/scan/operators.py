"""What only those who run a program can see to is no gap of open software that others install: its makers watch no
server and hold nobody's data. It is left out, and the row says whose it is."""

from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.core.check import Check
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, RawFinding
from lastmile_desktop.project.models.usage.purpose import Said, run_elsewhere, template
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.scan.severities import a_step_less

# Duties of whoever runs it, and what hurts only a service with many strangers: settings are as its manual says, the log
# is the owner's own, and mails go to a household.
_THEIRS = frozenset(
    {
        "abuse.bots-no-detection/auto-confirm",
        "abuse.bots-no-detection/no-block",
        "abuse.bots-no-detection/no-signals",
        "data.backup-unproven/no-schedule",
        "delivery.env-parity/undocumented",
        "delivery.iac-unsafe/local-backend",
        "delivery.release-unproven/no-changelog",
        "delivery.release-unproven/no-flags",
        "delivery.release-unproven/no-smoke",
        "delivery.release-unproven/version-unknown",
        "delivery.unsafe-prod-config/robots",
        "frontend.feels-slow/no-measure",
        "ops.model-untracked/no-fallback-model",
        "ops.no-audit-log/no-retention",
        "ops.no-audit-log/no-table",
        "ops.no-error-tracking/client-only",
        "ops.no-error-tracking/none",
        "ops.no-error-tracking/server-only",
        "ops.no-runbook/no-runbook",
        "ops.no-uptime-alerts/no-health",
        "ops.no-uptime-alerts/no-heartbeats",
        "ops.no-uptime-alerts/no-slo",
        "ops.telemetry-unreadable/no-request-id",
        "ops.telemetry-unreadable/no-traces",
        "privacy.data-map-retention/no-map",
        "privacy.data-map-retention/no-retention",
        "privacy.data-map-retention/special-category",
        "privacy.pii-leaks/log-body",
        "privacy.processors/no-list",
        "privacy.public-notices/no-privacy",
        "privacy.public-notices/no-terms",
        "privacy.subject-rights/no-delete-account",
        "privacy.subject-rights/no-export",
        "reliability.no-timeouts/db-no-statement-timeout",
        "reliability.third-party-failure/no-concurrency-cap",
        "secrets.no-rotation/no-inventory",
    }
)
# What weighs a step less: installations are small, and their people are known.
_LESS = frozenset(
    {
        "abuse.bots-no-detection/no-captcha",
        "data.missing-index/filter-sort",
        "data.missing-index/fk-unindexed",
        "data.unbounded-query/no-limit",
        "data.unbounded-query/refetch-storm",
        "delivery.env-parity/no-validation",
        "delivery.unsafe-prod-config/allowed-hosts-star",
        "reliability.jobs-no-retry/cron-no-heartbeat",
        "reliability.no-timeouts/http-no-timeout",
        "scale.hot-paths/no-batch",
        "scale.hot-paths/polling",
    }
)

# What a start for other projects leaves to them weighs a step less there: it has no customers, rows or changes yet.
_LATER = frozenset(
    {
        "data.integrity/no-unique",
        "data.missing-index/filter-sort",
        "data.missing-index/fk-unindexed",
        "data.unbounded-query/no-limit",
        "delivery.no-ci-gates/no-ci",
        "ops.no-error-tracking/client-only",
        "ops.no-error-tracking/none",
        "ops.no-error-tracking/server-only",
    }
)


def of_makers(check: Check, view: ProjectView, detection: Detection) -> Detection:
    """The detection without what whoever runs the program sees to, where that is somebody else."""
    rules = {item.rule for item in detection.findings}
    if rules.isdisjoint(_THEIRS | _LESS | _LATER):
        return detection
    if not rules.isdisjoint(_LATER) and template(view) is not None:
        lighter = tuple(_weighed(check, item, _LATER) for item in detection.findings)
        return replace(detection, findings=lighter)
    said = run_elsewhere(view)
    if said is None:
        return detection
    kept = tuple(_weighed(check, item, _LESS) for item in detection.findings if item.rule not in _THEIRS)
    if len(kept) == len(detection.findings):
        return replace(detection, findings=kept)
    return _left(detection, kept, said)


def _left(detection: Detection, kept: tuple[RawFinding, ...], said: Said) -> Detection:
    """Nothing left is no pass: it is for others to answer, where all could be looked at."""
    dropped = len(detection.findings) - len(kept)
    nobody = NotApplicable(f"Whoever installs this sees to it: {said.path} says “{said.words}”.", said.place)
    return replace(
        detection,
        findings=kept,
        looked=(*detection.looked, Looked("duties of whoever runs it", 0, dropped)),
        not_applicable=detection.not_applicable if kept or detection.unknowns else nobody,
    )


def _weighed(check: Check, finding: RawFinding, lighter: frozenset[str]) -> RawFinding:
    return a_step_less(check, finding) if finding.rule in lighter else finding
