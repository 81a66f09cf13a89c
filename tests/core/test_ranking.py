from __future__ import annotations

from dataclasses import replace

import pytest

from lastmile_desktop.core.check import Effort, Reach, Severity
from lastmile_desktop.core.finding import Life
from lastmile_desktop.core.ranking import (
    Band,
    Exposure,
    Situation,
    band_of,
    bite,
    check_score,
    finding_score,
    rank,
)
from tests.core.samples import check, finding, gap

PUBLIC = Exposure.PUBLIC


def test_the_worked_example_of_a_stopper() -> None:
    situation = Situation(users=150, exposure=PUBLIC)
    score = finding_score(finding(), check(), situation)
    assert score == pytest.approx(39.9)
    assert band_of(gap(finding()), check(), situation) is Band.STOP


def test_the_worked_example_of_a_gap_that_bites_later() -> None:
    pooling = check("data.connection-pooling", Severity.HIGH, Reach.THOUSAND)
    found = finding("data.connection-pooling", severity=Severity.HIGH, confidence=0.9)
    few, many = Situation(150, PUBLIC), Situation(600, PUBLIC)
    assert finding_score(found, pooling, few) == pytest.approx(6.9, abs=0.05)
    assert band_of(gap(found), pooling, few) is Band.LATER
    assert finding_score(found, pooling, many) == pytest.approx(18.9)
    assert band_of(gap(found), pooling, many) is Band.BEFORE_YOU_DOUBLE


def test_a_guess_never_stops_anyone() -> None:
    assert (
        band_of(gap(finding(confidence=0.6)), check(), Situation(exposure=PUBLIC)) is Band.BEFORE_YOU_DOUBLE
    )


def test_further_findings_add_a_tenth_each_up_to_half() -> None:
    situation = Situation(exposure=PUBLIC)
    one = check_score(gap(finding()), check(), situation)
    two = check_score(gap(finding(), finding(fingerprint="f2")), check(), situation)
    many = check_score(gap(*(finding(fingerprint=str(n)) for n in range(20))), check(), situation)
    assert two == pytest.approx(one * 1.1)
    assert many == pytest.approx(one * 1.5)


def test_what_came_back_ranks_higher() -> None:
    situation = Situation(exposure=PUBLIC)
    again = finding_score(finding(life=Life.REGRESSED), check(), situation)
    assert again == pytest.approx(finding_score(finding(), check(), situation) * 1.2)


def test_more_users_reorder_the_list() -> None:
    checks = {
        item.id: item
        for item in (
            check("data.migration-locks", Severity.HIGH, Reach.TEN_THOUSAND, Effort.XS),
            check("ops.no-error-tracking", Severity.HIGH, Reach.HUNDRED, Effort.L),
        )
    }
    verdicts = [gap(finding(name, severity=Severity.HIGH)) for name in checks]

    def order(users: int) -> list[str]:
        return [item.verdict.check_id for item in rank(verdicts, checks, Situation(users, PUBLIC))]

    assert order(100) == ["ops.no-error-tracking", "data.migration-locks"]
    assert order(10_000) == ["data.migration-locks", "ops.no-error-tracking"]


def test_a_rule_that_bites_at_once_stops_although_its_check_bites_later() -> None:
    roles = check("access.role-scopes", Severity.HIGH, Reach.HUNDRED)
    at_once = replace(roles.rules[0], severity=Severity.CRITICAL, reach=Reach.DEMO)
    found = gap(finding("access.role-scopes"))
    situation = Situation(exposure=PUBLIC)
    assert band_of(found, roles, situation) is Band.LATER
    assert band_of(found, replace(roles, rules=(at_once,)), situation) is Band.STOP


def test_the_bite_fades_with_distance() -> None:
    assert bite(Reach.DEMO, 2) == 1.0
    assert bite(Reach.THOUSAND, 1_000) == 1.0
    assert bite(Reach.THOUSAND, 500) == 0.5
    assert bite(Reach.HUNDRED_THOUSAND, 20) < bite(Reach.TEN_THOUSAND, 20)
