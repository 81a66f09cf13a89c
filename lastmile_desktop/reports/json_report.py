"""A scan as JSON, schema version 1; the format is described in docs/json.md."""

from __future__ import annotations

from typing import Any

import msgspec

from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.checklist import Checklist
from lastmile_desktop.core.evidence import Evidence
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.core.finding import Finding
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.core.scan import Scan

SCHEMA = 1
_LATER = (EngineName.PROBE, EngineName.AUDIT)


def render(scan: Scan, found: Checklist, catalogue: Catalogue) -> str:
    """The same scan gives the same text, byte for byte, times aside."""
    return (
        msgspec.json.format(msgspec.json.encode(as_value(scan, found, catalogue)), indent=2).decode() + "\n"
    )


def as_value(scan: Scan, found: Checklist, catalogue: Catalogue) -> dict[str, Any]:
    rows = {row.id: row for row in found.rows}
    return {
        "schema": SCHEMA,
        "project": scan.project,
        "scan": {
            "started": scan.started,
            "commit": scan.commit,
            "branch": scan.branch,
            "duration_ms": scan.duration_ms,
            "catalogue": scan.catalogue,
            "users": found.situation.users,
            "files": scan.files,
            "unread": [{"path": path, "reason": reason} for path, reason in scan.unread],
            "notes": list(scan.notes),
            "engines": [
                {
                    "name": str(info.name),
                    "version": info.version,
                    "health": str(info.health.condition),
                    "reason": info.health.reason,
                }
                for info in scan.engines
            ],
        },
        "summary": {str(band): found.count(band) for band in Band},
        "facts": [_fact(fact) for fact in scan.facts],
        "checks": [
            {
                "id": verdict.check_id,
                "target": verdict.target,
                "title": rows[verdict.row_id].title,
                "verdict": str(verdict.state),
                "band": str(rows[verdict.row_id].band),
                "rank": rows[verdict.row_id].rank,
                "reason": verdict.reason,
                "pass_evidence": [_evidence(item) for item in verdict.passes],
                "looked_at": [
                    {"what": item.noun, "seen": item.seen, "total": item.total} for item in verdict.looked
                ],
                "unknown": [{"reason": item.reason, "path": item.path} for item in verdict.unknowns],
                "not_run": [
                    rule.id for rule in catalogue.checks[verdict.check_id].rules if rule.engine in _LATER
                ],
                "findings": [_finding(item) for item in verdict.findings],
            }
            for verdict in sorted(scan.verdicts, key=lambda item: rows[item.row_id].rank)
        ],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "key": fact.key,
        "value": fact.value,
        "package": fact.package,
        "confidence": fact.confidence,
        "source": str(fact.source),
        "evidence": _evidence(fact.evidence) if fact.evidence else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "fingerprint": finding.fingerprint,
        "state": str(finding.life),
        "severity": str(finding.severity),
        "confidence": finding.confidence,
        "message": finding.message,
        "first_seen": finding.first_seen,
        "suppression": finding.suppression,
        "evidence": [_evidence(item) for item in finding.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": str(evidence.kind),
        "path": evidence.path,
        "line_start": evidence.line_start,
        "line_end": evidence.line_end,
        "column": evidence.column,
        "note": evidence.note,
        "snippet": evidence.snippet,
    }
