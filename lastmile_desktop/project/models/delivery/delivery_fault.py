"""One thing that is wrong in a file of the delivery chain, with its place."""

from __future__ import annotations

from dataclasses import dataclass

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import RawFinding


@dataclass(frozen=True, slots=True)
class Fault:
    """`rule` is the name within its check. `symbol` tells two faults of one rule in one file apart."""

    rule: str
    path: str
    line: int
    last_line: int
    message: str
    symbol: str = ""
    severity: Severity | None = None
    confidence: float | None = None
    more: tuple[Evidence, ...] = ()

    def as_finding(self, check: str) -> RawFinding:
        return RawFinding(
            rule=f"{check}/{self.rule}",
            message=self.message,
            evidence=(at(self.path, self.line, self.last_line), *self.more),
            symbol=self.symbol,
            severity=self.severity,
            confidence=self.confidence,
        )
