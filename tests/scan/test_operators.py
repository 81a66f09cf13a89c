"""Open software that others install owes nobody what only those who run it can see to."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lastmile_desktop.catalogue.load import load
from lastmile_desktop.core.check import Check, Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, RawFinding, Unknown
from lastmile_desktop.resources import rules_dir
from lastmile_desktop.scan.operators import of_makers
from tests.project.models.graphs import project

LICENCE = "MIT License\n\nPermission is hereby granted, free of charge"
IMAGE = "# Shelf\n\nBooks at home. Docker image: https://hub.docker.com/r/shelf/shelf\n"
DUTY = RawFinding("ops.no-error-tracking/none", "Nothing reports crashes.", (at("package.json", 1),))
SLOW = RawFinding("reliability.no-timeouts/http-no-timeout", "It waits.", (at("src/a.ts", 1),))


@pytest.fixture(scope="module")
def checks() -> Mapping[str, Check]:
    return load(rules_dir()).checks


@pytest.mark.parametrize(
    "files",
    [
        {"LICENSE": LICENCE, "README.md": IMAGE},
        {"LICENSE": LICENCE, ".github/FUNDING.yml": "github: ann\n", "README.md": "# Shelf\n"},
        {"LICENSE": LICENCE, "README.md": "A self-hosted shelf.\n", "docker-compose.yml": "services: {}\n"},
    ],
)
def test_whoever_installs_it_watches_it(checks: Mapping[str, Check], files: dict[str, str]) -> None:
    left = of_makers(checks["ops.no-error-tracking"], project(files), Detection(findings=(DUTY,)))
    assert left.findings == ()
    assert left.not_applicable is not None
    assert left.not_applicable.evidence is not None


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": IMAGE},
        {"LICENSE": LICENCE, "README.md": "# Shelf\n\nBuilt with self-hosted fonts.\n"},
    ],
)
def test_a_service_of_its_own_is_watched_by_its_makers(
    checks: Mapping[str, Check], files: dict[str, str]
) -> None:
    said = Detection(findings=(DUTY,))
    assert of_makers(checks["ops.no-error-tracking"], project(files), said) == said


def test_what_was_not_seen_stays_unknown(checks: Mapping[str, Check]) -> None:
    view = project({"LICENSE": LICENCE, "README.md": IMAGE})
    said = Detection(findings=(DUTY,), unknowns=(Unknown("A file could not be read."),))
    assert of_makers(checks["ops.no-error-tracking"], view, said).not_applicable is None


def test_what_few_people_meet_weighs_less(checks: Mapping[str, Check]) -> None:
    view = project({"LICENSE": LICENCE, "README.md": IMAGE})
    left = of_makers(checks["reliability.no-timeouts"], view, Detection(findings=(SLOW,)))
    assert [item.severity for item in left.findings] == [Severity.MEDIUM]


def test_a_start_for_other_projects_has_no_customers_yet(checks: Mapping[str, Check]) -> None:
    view = project({"LICENSE": LICENCE, "README.md": "# A SaaS starter\n\nRun it self-hosted.\n"})
    left = of_makers(checks["ops.no-error-tracking"], view, Detection(findings=(DUTY,)))
    assert [item.severity for item in left.findings] == [Severity.MEDIUM]
