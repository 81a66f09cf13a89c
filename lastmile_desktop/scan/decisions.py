"""The founder's decisions about a row: not to act on it, or to state what no tool can see."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.check import Check
from lastmile_desktop.core.commands import Attest, SuppressFinding
from lastmile_desktop.core.errors import LastMileError, ProjectError
from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.core.suppression import Suppression, validated
from lastmile_desktop.project import policy, suppressions
from lastmile_desktop.project.collect import read_text


def suppress(root: Path, scan: Scan, command: SuppressFinding, today: date) -> None:
    """Write the decision into the project. Raises LastMileError when its reason or end will not do."""
    verdict = scan.verdict(command.row_id)
    chosen = [
        item for item in (verdict.gaps if verdict else ()) if command.fingerprint in ("", item.fingerprint)
    ]
    if not chosen:
        raise LastMileError(
            "Nothing was suppressed", "This finding is no longer there.", "Look at the list again."
        )
    kept = suppressions.parse(read_text(root, suppressions.FILE))
    if kept.problems:
        raise ProjectError("This was not suppressed", kept.problems[0] + ".", "Mend that file first.")
    new = [
        validated(
            Suppression(
                rule=item.rule,
                kind=command.kind,
                reason=command.reason,
                created=today,
                expires=command.expires,
                fingerprint=item.fingerprint,
            ),
            item.severity,
            _forbidden(root),
        )
        for item in chosen
    ]
    prints = {item.fingerprint for item in new}
    suppressions.write(root, [*(old for old in kept.entries if old.fingerprint not in prints), *new])


def _forbidden(root: Path) -> tuple[str, ...]:
    path = f"{policy.PROJECT_DIR}/policy.toml"
    text = read_text(root, path)
    return policy.load(text, path).forbid_suppressing if text is not None else ()


def lift(root: Path, scan: Scan, row_id: str, fingerprint: str) -> None:
    """Take a decision back: for one finding, or for all of the row when `fingerprint` is empty."""
    verdict = scan.verdict(row_id)
    prints = {item.fingerprint for item in (verdict.findings if verdict else ())}
    kept = suppressions.parse(read_text(root, suppressions.FILE))
    gone = prints & {fingerprint} if fingerprint else prints
    suppressions.write(root, [old for old in kept.entries if old.fingerprint not in gone])


def attested(check: Check, facts: FactSet, command: Attest) -> Attestation:
    """The statement as a record, with the facts that would void it as they are today."""
    if check.attestation is None:
        raise LastMileError("Nothing was recorded", "This cannot be attested.", "Choose another item.")
    spec = check.attestation
    keys = [item.removeprefix("fact:") for item in spec.voided_by if item.startswith("fact:")]
    return Attestation(
        check_id=check.id,
        target=command.row_id.partition("@")[2] or ".",
        statement=spec.statement,
        done_on=command.done_on,
        by=command.by,
        proof=command.proof,
        life_days=spec.life_days,
        facts=tuple((key, ", ".join(facts.values(key))) for key in keys),
    )
