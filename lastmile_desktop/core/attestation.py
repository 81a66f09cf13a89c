"""Dated statements by a person about what no tool can see (catalogue §1.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from lastmile_desktop.core.evidence import Evidence, EvidenceKind


@dataclass(frozen=True, slots=True)
class Attestation:
    """`proof` is a note, a URL or the hash of a copied file. `voided` says what made it void, "" while it stands.
    `facts` are the values of the voiding facts on the day it was made."""

    check_id: str
    target: str
    statement: str
    done_on: date
    by: str
    proof: str
    life_days: int
    facts: tuple[tuple[str, str], ...] = ()
    voided: str = ""

    @property
    def expires_on(self) -> date:
        return self.done_on + timedelta(days=self.life_days)

    def is_live(self, today: date) -> bool:
        return not self.voided and self.done_on <= today <= self.expires_on

    def as_evidence(self) -> Evidence:
        return Evidence(EvidenceKind.ATTESTATION, note=f"{self.statement} ({self.done_on.isoformat()})")
