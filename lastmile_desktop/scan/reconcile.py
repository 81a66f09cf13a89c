"""What is new, what is still there, what went and what came back: judged now against what was known before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.finding import Finding, Life
from lastmile_desktop.core.known import Known
from lastmile_desktop.core.suppression import Suppression
from lastmile_desktop.core.verdict import Grounds, Verdict, decide
from lastmile_desktop.scan.evaluate import Judged


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`gone` are the findings that were open before and are fixed or removed now."""

    verdicts: tuple[Verdict, ...]
    gone: tuple[Finding, ...]


def reconcile(
    judged: Iterable[Judged],
    known: Mapping[str, Known],
    suppressions: tuple[Suppression, ...],
    attestations: tuple[Attestation, ...],
    paths: frozenset[str],
    now: str,
) -> Reconciled:
    """Idempotent: reconciling the same judgement again against its own outcome changes no life but new → open.

    `paths` are the files that exist, `now` ISO 8601 in UTC. A finding of a check that could not be looked at
    (an engine failed) is not called fixed.
    """
    items = tuple(judged)
    today = date.fromisoformat(now[:10])
    present: set[str] = set()
    verdicts: list[Verdict] = []
    for item in items:
        lived = tuple(_living(finding, known, suppressions, today, now) for finding in item.findings)
        present |= {finding.fingerprint for finding in lived}
        verdicts.append(decide(_grounds(item, lived, attestations, today)))
    blind = {item.check.id for item in items if item.unknowns}
    looked_at = {item.check.id for item in items}
    gone = tuple(
        replace(entry.finding, life=_ended(entry.finding, paths), first_seen=entry.first_seen)
        for fingerprint, entry in sorted(known.items())
        if fingerprint not in present
        and entry.life not in (Life.FIXED, Life.REMOVED)
        and entry.finding.check_id in looked_at
        and entry.finding.check_id not in blind
    )
    return Reconciled(tuple(verdicts), gone)


def _living(
    finding: Finding,
    known: Mapping[str, Known],
    suppressions: tuple[Suppression, ...],
    today: date,
    now: str,
) -> Finding:
    before = known.get(finding.fingerprint)
    first_seen = before.first_seen if before else now
    covering = next((item for item in suppressions if item.covers(finding, today)), None)
    if covering is not None:
        return replace(finding, life=Life.SUPPRESSED, first_seen=first_seen, suppression=covering.reason)
    if before is None:
        life = Life.NEW
    elif before.life in (Life.FIXED, Life.REMOVED, Life.REGRESSED):
        life = Life.REGRESSED
    else:
        life = Life.OPEN
    return replace(finding, life=life, first_seen=first_seen)


def _ended(finding: Finding, paths: frozenset[str]) -> Life:
    path = finding.evidence[0].path if finding.evidence else ""
    return Life.REMOVED if path and path not in paths else Life.FIXED


def _grounds(
    item: Judged, findings: tuple[Finding, ...], attestations: tuple[Attestation, ...], today: date
) -> Grounds:
    live = next(
        (
            attestation
            for attestation in attestations
            if attestation.check_id == item.check.id
            and attestation.target == item.target
            and attestation.is_live(today)
        ),
        None,
    )
    return Grounds(
        check_id=item.check.id,
        target=item.target,
        findings=findings,
        passes=item.passes,
        unknowns=item.unknowns,
        looked=item.looked,
        not_applicable=item.not_applicable,
        needs_attestation=item.needs_attestation,
        attested=live.as_evidence() if live else None,
    )
