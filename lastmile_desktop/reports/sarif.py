"""A scan as SARIF 2.1.0.

A finding's `ruleId` is `<check>/<rule>` and its `kind` is `fail`. Each check without a finding has one result with
the check's id as `ruleId` and the kind `pass`, `notApplicable`, `review` (a person has to attest it) or `open`
(could not be looked at).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from lastmile_desktop import __version__
from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core.check import Check, Severity
from lastmile_desktop.core.evidence import Evidence
from lastmile_desktop.core.finding import Finding, Life
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.core.verdict import State, Verdict

SCHEMA_URI = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
_KIND = {
    State.PASSED: "pass",
    State.NOT_APPLICABLE: "notApplicable",
    State.NEEDS_ATTESTATION: "review",
    State.UNKNOWN: "open",
    State.GAP: "open",
    State.SUPPRESSED: "open",
}


def render(scan: Scan, catalogue: Catalogue) -> str:
    return msgspec.json.format(msgspec.json.encode(as_value(scan, catalogue)), indent=2).decode() + "\n"


def as_value(scan: Scan, catalogue: Catalogue) -> dict[str, Any]:
    checks = [
        catalogue.checks[check_id] for check_id in dict.fromkeys(item.check_id for item in scan.verdicts)
    ]
    rules = [rule for check in checks for rule in _rules(check)]
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    return {
        "$schema": SCHEMA_URI,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Last Mile",
                        "semanticVersion": __version__,
                        "rules": rules,
                    },
                    "extensions": [
                        {"name": str(info.name), "version": info.version or "unknown"}
                        for info in scan.engines
                        if info.version
                    ],
                },
                "invocations": [_invocation(scan)],
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"PROJECT": {"description": {"text": "The folder that was scanned."}}},
                "results": [
                    result for verdict in scan.verdicts for result in _results(verdict, catalogue, index)
                ],
            }
        ],
    }


def _invocation(scan: Scan) -> dict[str, Any]:
    broken = [info for info in scan.engines if not info.health.ok]
    notices = [
        {"level": "error", "message": {"text": f"{info.name}: {info.health.reason}"}} for info in broken
    ] + [{"level": "warning", "message": {"text": f"{path}: {reason}"}} for path, reason in scan.unread]
    return {"executionSuccessful": not broken, "toolExecutionNotifications": notices}


def _rules(check: Check) -> list[dict[str, Any]]:
    whole = {
        "id": check.id,
        "name": check.id,
        "shortDescription": {"text": check.title_gap},
        "fullDescription": {"text": check.bites},
        "help": {"text": check.passes},
        "defaultConfiguration": {"level": _LEVEL[check.severity]},
        "properties": {"tags": ["last-mile", check.area.slug, *check.tags]},
    }
    single = [
        {
            "id": rule.id,
            "name": rule.id,
            "shortDescription": {"text": rule.title},
            "help": {"text": check.passes},
            "defaultConfiguration": {"level": _LEVEL[rule.severity]},
            "properties": {
                "security-severity": _SECURITY_SEVERITY[rule.severity],
                "tags": ["last-mile", check.area.slug],
            },
        }
        for rule in check.rules
    ]
    return [whole, *single]


def _results(verdict: Verdict, catalogue: Catalogue, index: dict[str, int]) -> list[dict[str, Any]]:
    if verdict.findings:
        return [_fail(finding, index) for finding in verdict.findings]
    check = catalogue.checks[verdict.check_id]
    text = check.title_passed if verdict.state is State.PASSED else verdict.reason or check.title_gap
    return [
        {
            "ruleId": check.id,
            "ruleIndex": index[check.id],
            "kind": _KIND[verdict.state],
            "level": "none",
            "message": {"text": text},
            "locations": [_location(item) for item in verdict.passes if item.path][:10],
            "partialFingerprints": {"lastMile/v1": f"{verdict.row_id}:{verdict.state}"},
        }
    ]


def _fail(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "kind": "fail",
        "level": _LEVEL[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(item) for item in finding.evidence[:1] if item.path],
        "relatedLocations": [_location(item) for item in finding.evidence[1:] if item.path],
        "partialFingerprints": {"lastMile/v1": finding.fingerprint},
        "properties": {
            "confidence": finding.confidence,
            "severity": str(finding.severity),
            "state": str(finding.life),
        },
    }
    if finding.life is Life.SUPPRESSED:
        result["suppressions"] = [{"kind": "external", "justification": finding.suppression}]
    return result


def _location(evidence: Evidence) -> dict[str, Any]:
    physical: dict[str, Any] = {
        "artifactLocation": {"uri": quote(evidence.path, safe="/"), "uriBaseId": "PROJECT"}
    }
    if evidence.line_start:
        region: dict[str, Any] = {
            "startLine": evidence.line_start,
            "endLine": max(evidence.line_end, evidence.line_start),
        }
        if evidence.column:
            region["startColumn"] = evidence.column
        physical["region"] = region
    location: dict[str, Any] = {"physicalLocation": physical}
    if evidence.note:
        location["message"] = {"text": evidence.note}
    return location
