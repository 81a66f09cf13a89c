"""What is found in code that nothing uses is no gap, and is said to be left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lastmile_desktop.catalogue.load import load
from lastmile_desktop.core.check import Check, Places, Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, PassEvidence, RawFinding
from lastmile_desktop.resources import rules_dir
from lastmile_desktop.scan.left_out import without_unused
from tests.project.models.graphs import project
from tests.project.models.test_usage import vite

VIEW = project(
    vite()
    | {"src/old.ts": "export const old = 1;", "src/older.ts": 'import "./old"; export const older = 1;'}
)


@pytest.fixture(scope="module")
def check() -> Check:
    return load(rules_dir()).checks["reliability.no-timeouts"]


def found(*paths: str) -> RawFinding:
    return RawFinding("reliability.no-timeouts/http-no-timeout", "It waits.", tuple(at(p, 1) for p in paths))


def test_only_what_lies_in_code_that_runs_is_a_gap(check: Check) -> None:
    live, dead = found("src/App.tsx"), found("src/old.ts")
    left = without_unused(check, VIEW, Detection(findings=(live, dead)))
    assert left.findings == (live,)
    assert left.looked == (Looked("places in code that nothing uses", 0, 1),)
    assert left.unknowns == ()


def test_nothing_left_is_not_a_pass(check: Check) -> None:
    proof = PassEvidence(at("src/older.ts", 1))
    left = without_unused(check, VIEW, Detection(findings=(found("src/old.ts"),), passes=(proof,)))
    assert (left.findings, left.passes) == ((), ())
    assert [item.reason for item in left.unknowns] == [
        "All that was found is one place in code that nothing uses."
    ]


def test_what_nothing_calls_proves_nothing(check: Check) -> None:
    limiter = "export const perMinute = 5;\nexport function limitRequests() {\n  return fetch('/');\n}"
    home = 'import { perMinute } from "../limit"; export default () => perMinute'
    view = project(vite() | {"src/limit.ts": limiter, "src/pages/Home.tsx": home})
    proof, other = PassEvidence(at("src/limit.ts", 3)), PassEvidence(at("src/pages/Home.tsx", 1))
    alone = without_unused(check, view, Detection(passes=(proof,)))
    assert alone.passes == ()
    assert [item.reason for item in alone.unknowns] == ["What would prove it lies in code that nothing uses."]
    assert without_unused(check, view, Detection(passes=(proof, other))).passes == (other,)
    gap = found("src/limit.ts")
    line = replace(gap, evidence=(at("src/limit.ts", 3),))
    assert without_unused(check, view, Detection(findings=(gap, line))).findings == (gap,)


def test_an_example_begins_where_code_runs(check: Check) -> None:
    many = found("src/old.ts", "src/App.tsx")
    examples = replace(check, places=Places.EXAMPLES)
    assert without_unused(examples, VIEW, Detection(findings=(many,))).findings[0].path == "src/App.tsx"


def test_a_proof_in_code_that_runs_is_one(check: Check) -> None:
    proof = PassEvidence(at("src/App.tsx", 1))
    left = without_unused(check, VIEW, Detection(findings=(found("src/old.ts"),), passes=(proof,)))
    assert (left.findings, left.passes, left.unknowns) == ((), (proof,), ())


def test_one_finding_for_many_places_stays_while_some_of_them_run(check: Check) -> None:
    many = found("src/old.ts", "src/App.tsx", "src/pages/Home.tsx")
    assert without_unused(check, VIEW, Detection(findings=(many,))).findings == (many,)


def test_keys_and_what_the_whole_project_lacks_stay(check: Check) -> None:
    detection = Detection(findings=(found("src/old.ts"),))
    keys = replace(check, area=replace(check.area, slug="secrets"))
    assert without_unused(keys, VIEW, detection) is detection
    assert without_unused(replace(check, places=Places.EXAMPLES), VIEW, detection) == detection


def test_a_function_that_nothing_calls_stops_nobody(check: Check) -> None:
    functions = {
        f"supabase/functions/make-{name}/index.ts": "Deno.serve(() => null)"
        for name in ("one", "two", "three", "four")
    }
    calls = "\n".join(f'supabase.functions.invoke("make-{name}")' for name in ("one", "two", "three"))
    view = project(vite() | functions | {"src/App.tsx": calls})
    called, alone = (found(f"supabase/functions/make-{name}/index.ts") for name in ("one", "four"))
    weighed = without_unused(check, view, Detection(findings=(called, alone)))
    rule = check.rule(alone.rule)
    assert weighed.findings == (called, replace(alone, severity=rule.severity.lowered(1)))
    strangers = replace(check, area=replace(check.area, slug="access"))
    assert without_unused(strangers, view, Detection(findings=(alone,))).findings == (alone,)
    stops = replace(alone, severity=Severity.CRITICAL)
    weighed = without_unused(strangers, view, Detection(findings=(stops,)))
    assert [item.severity for item in weighed.findings] == [Severity.HIGH]
