"""Small values that tests of verdicts, ranking and reports are made of."""

from __future__ import annotations

from lastmile_desktop.core.check import (
    Applies,
    Area,
    Check,
    Effort,
    EngineName,
    Reach,
    Rule,
    Severity,
    TargetKind,
)
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.core.finding import Finding, Life
from lastmile_desktop.core.health import OK, EngineInfo
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.core.verdict import Grounds, Verdict, decide


def check(
    check_id: str = "access.rls-disabled",
    severity: Severity = Severity.CRITICAL,
    reach: Reach = Reach.DEMO,
    effort: Effort = Effort.S,
    confidence: float = 0.95,
) -> Check:
    area = Area(check_id.partition(".")[0], "Access", 1, "Where?")
    rule = Rule(f"{check_id}/rule", EngineName.DETECTOR, severity, confidence, "A rule")
    return Check(
        id=check_id,
        area=area,
        title_gap=f"{check_id} is open",
        title_passed=f"{check_id} is closed",
        bites="It bites.",
        severity=severity,
        reach=reach,
        effort=effort,
        targets=TargetKind.PROJECT,
        applies=Applies(),
        rules=(rule,),
        passes="It is closed.",
        verify="Look again.",
    )


def finding(
    check_id: str = "access.rls-disabled",
    *,
    path: str = "src/a.ts",
    line: int = 7,
    severity: Severity = Severity.CRITICAL,
    confidence: float = 0.95,
    life: Life = Life.OPEN,
    fingerprint: str = "f1",
    first_seen: str = "2026-11-20T10:00:00",
) -> Finding:
    return Finding(
        rule=f"{check_id}/rule",
        fingerprint=fingerprint,
        target=".",
        message="Something is open.",
        severity=severity,
        confidence=confidence,
        evidence=(at(path, line),),
        life=life,
        first_seen=first_seen,
    )


def gap(*findings: Finding) -> Verdict:
    return decide(Grounds(findings[0].check_id, ".", findings=findings))


def scan(
    *verdicts: Verdict, started: str = "2026-11-20T12:00:00", first_scan: str = "2026-11-19T12:00:00"
) -> Scan:
    return Scan(
        id=1,
        project="acme-crm",
        started=started,
        duration_ms=12,
        commit="abc",
        branch="main",
        catalogue="1",
        engines=(EngineInfo(EngineName.SEMGREP, "1.182.0", OK),),
        facts=FactSet(),
        verdicts=verdicts,
        files=3,
        first_scan=first_scan,
    )
