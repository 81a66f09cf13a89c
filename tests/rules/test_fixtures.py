"""Every fixture of the catalogue is a test: verdict, rules, places and pass evidence, exactly."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lastmile_desktop.catalogue.load import Catalogue, load
from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.evidence import Evidence
from lastmile_desktop.core.verdict import counts
from lastmile_desktop.engines.compose import EngineHome, compose
from lastmile_desktop.scan.balance import build_talk
from lastmile_desktop.scan.reconcile import reconcile
from lastmile_desktop.scan.run import Scanner
from lastmile_desktop.scan.workspace import Context
from tests.rules.fixture import RULES, Fixture, all_fixtures, unpack

FIXTURES = all_fixtures()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load(RULES)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> EngineHome:
    return EngineHome(tmp_path_factory.mktemp("home"), RULES, hmac_key=b"k" * 32)


@pytest.mark.parametrize("fixture", FIXTURES, ids=[fixture.name for fixture in FIXTURES])
def test_the_check_says_of_this_project_what_the_fixture_expects(
    fixture: Fixture, catalogue: Catalogue, home: EngineHome, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    unpack(fixture, root)
    check = catalogue.checks[fixture.check_id]
    scanner = Scanner(root, {check.id: check}, compose(home, warm=False))
    try:
        outcome = scanner.scan(
            Context(
                fixture.now,
                fixture.answers,
                build_talk(fixture.now, fixture.answers, fixture.talks),
                fixture.talks,
                fixture.notebook,
                fixture.portfolio,
            )
        )
    finally:
        scanner.close()
    attestations = _attested(fixture, catalogue)
    found = reconcile(
        outcome.judged, {}, (), attestations, frozenset(outcome.view.tree.files), fixture.now.isoformat()
    )
    verdict = next(item for item in found.verdicts if item.target == fixture.target)
    said = (
        str(verdict.state),
        tuple(
            sorted(f"{item.rule.partition('/')[2]} {_place(item.evidence[0])}" for item in verdict.findings)
        ),
    )
    why = (verdict.reason, [item.message for item in verdict.findings], verdict.unknowns)
    assert said == (fixture.verdict, fixture.findings), why
    assert all(item.severity == "info" for item in verdict.findings if not counts(item)) or verdict.findings
    if fixture.verdict == "passed":
        assert tuple(sorted(_place(item) for item in verdict.passes)) == fixture.pass_evidence, verdict.passes


def _place(evidence: Evidence) -> str:
    return f"{evidence.path}:{evidence.line_start}" if evidence.line_start else evidence.path


def _attested(fixture: Fixture, catalogue: Catalogue) -> tuple[Attestation, ...]:
    spec = catalogue.checks[fixture.check_id].attestation
    if not fixture.attestation or spec is None:
        return ()
    done_on = date.fromisoformat(fixture.attestation["done_on"])
    return (
        Attestation(fixture.check_id, fixture.target, spec.statement, done_on, "Ann", "note", spec.life_days),
    )


def test_every_check_has_a_gap_a_passed_twin_and_a_fixture_for_each_trap(catalogue: Catalogue) -> None:
    missing: list[str] = []
    for check in catalogue.checks.values():
        names = {fixture.folder.name for fixture in FIXTURES if fixture.check_id == check.id}
        mended = ("passed-", "unknown-") if EngineName.PROBE in check.engines else ("passed-",)
        pairs = {name[4:] for name in names if name.startswith("gap-")} & {
            name.removeprefix(start) for start in mended for name in names if name.startswith(start)
        }
        if not pairs and EngineName.ATTESTATION not in check.engines:
            missing.append(f"{check.id}: no gap fixture whose fixed twin passes")
        missing += [
            f"{check.id}: no fixture {trap.fixture}" for trap in check.traps if trap.fixture not in names
        ]
        fired = {
            entry.partition(" ")[0]
            for fixture in FIXTURES
            if fixture.check_id == check.id
            for entry in fixture.findings
        }
        missing += [
            f"{rule.id}: fires in no fixture"
            for rule in check.rules
            if rule.engine not in (EngineName.PROBE, EngineName.AUDIT, EngineName.ATTESTATION)
            and rule.id.partition("/")[2] not in fired
        ]
    assert not missing, "\n".join(missing)
