"""How grave a finding is depends on the project it is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from lastmile_desktop.catalogue.load import load
from lastmile_desktop.core.check import Severity
from lastmile_desktop.engines.compose import EngineHome, compose
from lastmile_desktop.scan.balance import build_talk
from lastmile_desktop.scan.run import Scanner
from lastmile_desktop.scan.workspace import Context
from tests.rules.fixture import RULES, all_fixtures, unpack


@pytest.mark.parametrize(
    ("name", "rule", "severity"),
    [
        ("data.missing-index/passed-sqlite", "fk-unindexed", Severity.INFO),
        ("data.missing-index/gap-fk-unindexed", "fk-unindexed", Severity.MEDIUM),
        ("data.integrity/gap-float-money", "float-money", Severity.HIGH),
        ("data.integrity/passed-measured-costs", "float-money", Severity.INFO),
        ("access.route-unauthenticated/gap-action-of-the-server", "read-no-guard", Severity.HIGH),
        ("access.rls-not-enforced/gap-added-traces", "always-true", Severity.MEDIUM),
        ("data.unbounded-query/gap-n-plus-one", "n-plus-one", Severity.MEDIUM),
        ("privacy.card-data/needs-attestation-unused-component", "raw-pan-field", Severity.INFO),
        ("access.rls-not-enforced/passed-timetable", "always-true", Severity.INFO),
        ("access.rls-not-enforced/gap-private-rows-readable", "always-true", Severity.CRITICAL),
        ("email.default-sender/gap-resend-fallback", "resend-onboarding", Severity.LOW),
        ("secrets.committed/gap-localhost-key", "in-tree", Severity.LOW),
        ("secrets.committed/gap-home-network", "in-tree", Severity.LOW),
        ("secrets.privileged-key-in-client/gap-only-asked-for", "env-prefix", Severity.HIGH),
        ("reliability.jobs-no-retry/gap-cleaning-up", "single-batch", Severity.MEDIUM),
        ("privacy.card-data/gap-own-form", "raw-pan-field", Severity.CRITICAL),
        ("privacy.card-data/gap-mock-form", "raw-pan-field", Severity.HIGH),
        ("privacy.card-data/gap-shown-only", "raw-pan-field", Severity.LOW),
    ],
)
def test_what_a_fixture_shows_is_this_grave(name: str, rule: str, severity: Severity, tmp_path: Path) -> None:
    fixture = next(item for item in all_fixtures() if item.name == name)
    unpack(fixture, tmp_path / "project")
    check = load(RULES).checks[fixture.check_id]
    home = EngineHome(tmp_path / "home", RULES, hmac_key=b"k" * 32)
    scanner = Scanner(tmp_path / "project", {check.id: check}, compose(home, warm=False))
    try:
        outcome = scanner.scan(
            Context(fixture.now, fixture.answers, build_talk(fixture.now, fixture.answers, ()), ())
        )
    finally:
        scanner.close()
    found = [
        item for judged in outcome.judged for item in judged.findings if item.rule == f"{check.id}/{rule}"
    ]
    assert found and all(item.severity is severity for item in found), found
