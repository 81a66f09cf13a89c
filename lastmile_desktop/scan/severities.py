"""How grave a finding is before it is identified: what it says itself, else its rule."""

from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.core.check import Check, Severity
from lastmile_desktop.core.finding import RawFinding


def severity_of(check: Check, finding: RawFinding) -> Severity:
    return finding.severity or check.rule(finding.rule).severity


def a_step_less(check: Check, finding: RawFinding) -> RawFinding:
    """The finding one step less grave; what is low or a note stays so."""
    severity = severity_of(check, finding)
    if severity.weight <= Severity.LOW.weight:
        return finding
    return replace(finding, severity=severity.lowered(1))
