from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.suppression import ReasonKind, Suppression, validated
from tests.core.samples import finding

TODAY = date(2026, 11, 20)
ONE = Suppression(
    rule="access.rls-disabled/rule",
    kind=ReasonKind.ACCEPTED_RISK,
    reason="The table holds only public opening hours.",
    created=TODAY,
    expires=TODAY + timedelta(days=30),
    fingerprint="f1",
)


def test_it_covers_its_finding_until_it_ends() -> None:
    assert ONE.covers(finding(), TODAY)
    assert not ONE.covers(finding(fingerprint="f2"), TODAY)
    assert not ONE.covers(finding(), TODAY + timedelta(days=31))


def test_a_path_glob_covers_a_rule_in_those_files() -> None:
    glob = replace(ONE, fingerprint="", path_glob="src/*")
    assert glob.covers(finding(path="src/a.ts"), TODAY)
    assert not glob.covers(finding(path="api/a.ts"), TODAY)


@pytest.mark.parametrize(
    ("change", "severity"),
    [
        ({"reason": "later"}, Severity.HIGH),
        ({"expires": TODAY + timedelta(days=31)}, Severity.CRITICAL),
        ({"expires": TODAY + timedelta(days=181)}, Severity.HIGH),
        ({"expires": None}, Severity.LOW),
        ({"expires": None, "kind": ReasonKind.FALSE_POSITIVE, "fingerprint": ""}, Severity.LOW),
    ],
)
def test_a_decision_without_reason_or_end_is_refused(change: dict[str, object], severity: Severity) -> None:
    with pytest.raises(LastMileError):
        validated(replace(ONE, **change), severity)  # type: ignore[arg-type]


def test_a_false_positive_may_stand_until_the_code_changes() -> None:
    lasting = replace(ONE, kind=ReasonKind.FALSE_POSITIVE, expires=None)
    assert validated(lasting, Severity.CRITICAL).covers(finding(), TODAY + timedelta(days=999))


def test_a_policy_may_forbid_it() -> None:
    with pytest.raises(LastMileError, match="policy"):
        validated(ONE, Severity.HIGH, ("access.rls-disabled",))


def test_it_asks_again_two_weeks_before_its_end() -> None:
    assert not ONE.needs_decision(TODAY)
    assert ONE.needs_decision(TODAY + timedelta(days=16))
