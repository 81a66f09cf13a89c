"""delivery.tests-happy-path: tests, if there are any, cover the demo only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.models.delivery.test_suite import TestFile, build
from lastmile_desktop.project.models.schema.model import Tenancy
from lastmile_desktop.project.models.workflows import files as workflow_files
from lastmile_desktop.project.models.workflows.gates import gates
from lastmile_desktop.project.view import ProjectView

CHECK = "delivery.tests-happy-path"
_TAKES_TESTS = re.compile(
    r"(?m)^(?:import|require\()\s{0,3}[\"'][^\"'\n]{1,120}[._](?:test|spec)(?:\.[jt]sx?)?[\"']"
)
_EARLY = frozenset(("idea", "demo"))
_OTHER_PIPELINES = (
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
    ".travis.yml",
)
_FEWEST_FOR_EDGES = 5
_FEWEST_MIGRATIONS = 10
_PAYS = frozenset(
    (
        "stripe",
        "paddle",
        "lemonsqueezy",
        "polar",
        "paypal",
        "razorpay",
        "paystack",
        "flutterwave",
        "revenuecat",
        "square",
    )
)
_STATEFUL = re.compile(
    r"(?:^|_|\.)(?:subscriptions?|orders?|bookings?|reservations?|invoices?|appointments?|payments?)$"
)
_ATTEST = "State that you went through the list of odd cases for sign-in, payment and deletion."
_REQUESTS = re.compile(r"\b(?:newman|bru|stepci)\s+run\b|\bhurl\s+--test\b|\btavern-ci\b")
_LOW_CODE = re.compile(r"(?i)tests? (?:are|live) in (?:a|another|the) [\w-]{0,30}\s?repo")


def detect(view: ProjectView) -> Detection:
    stage = view.facts.value("profile.stage")
    if stage in _EARLY:
        return Detection(not_applicable=NotApplicable("Nobody depends on this yet."))
    flows = dict(_flows(view))
    if not flows and not view.routes.routes:
        return Detection(
            not_applicable=NotApplicable("There is no sign-in, payment, database or server code to test.")
        )
    suite = build(view)
    real = tuple(item for item in suite if item.assertions > item.hollow)
    findings = (
        *_none(view, real, suite),
        *_hollow(view, suite),
        *_skipped(suite),
        *((*_untested(flows, real), *_happy(real), *_mocked(real), *_not_run(view, real)) if real else ()),
        *((*_order(view, real), *_legacy(view, real)) if real else ()),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(flows, real)),
        looked=(Looked("test files", len(suite), len(suite)),),
        needs_attestation=_ATTEST,
    )


def _flows(view: ProjectView) -> Iterator[tuple[str, Evidence]]:
    """The critical flows that this project has, with the place of each."""
    auth = view.facts.first("auth.provider")
    if auth is not None:
        yield "sign-in and guards", auth.evidence or derived("sign-in")
    hook = next((item for item in view.webhooks.webhooks if item.provider in _PAYS), None)
    if hook is not None:
        yield "payment webhook", at(hook.handler_path or hook.route.path, hook.line or hook.route.span.line)
    table = next(
        (item for item in view.schema.tables.values() if item.created and item.tenancy is not Tenancy.NONE),
        None,
    )
    if table is not None:
        yield "separation of customers", at(table.place.path, table.place.line)


def _none(view: ProjectView, real: tuple[TestFile, ...], suite: tuple[TestFile, ...]) -> Iterator[RawFinding]:
    if real or _tested_elsewhere(view):
        return
    if suite:
        return
    yield RawFinding(
        f"{CHECK}/none",
        "There is no test: each change is tried by whoever uses the app next.",
        (absent("no test file"),),
    )


def _tested_elsewhere(view: ProjectView) -> bool:
    """Whether a text says where the tests are, or a script runs some that are no source files."""
    if any(
        view.per_file("tests-of-requests", item.manifest, _runs_requests, False) for item in view.packages
    ):
        return True
    return any(
        view.per_file("tests-elsewhere", path, _says_elsewhere, False)
        for path in ("README.md", "CONTRIBUTING.md", "docs/testing.md", "AGENTS.md", "CLAUDE.md")
        if path in view.tree
    )


def _runs_requests(text: str) -> bool:
    return _REQUESTS.search(text) is not None


def _says_elsewhere(text: str) -> bool:
    return bool(_LOW_CODE.search(text))


def _untested(flows: dict[str, Evidence], real: tuple[TestFile, ...]) -> Iterator[RawFinding]:
    covered = {topic for item in real for topic in item.topics}
    missing = [name for name in flows if name not in covered]
    if missing:
        listed = " and ".join((", ".join(missing[:-1]), missing[-1])) if len(missing) > 1 else missing[0]
        yield RawFinding(
            f"{CHECK}/critical-untested",
            f"No test looks at {listed}, where a mistake costs money or gives data away.",
            tuple(flows[name] for name in missing),
            "flows",
        )


def _happy(real: tuple[TestFile, ...]) -> Iterator[RawFinding]:
    cases, unhappy = sum(item.cases for item in real), sum(item.unhappy for item in real)
    if cases >= _FEWEST_FOR_EDGES and unhappy * 20 < cases:
        first = max(real, key=lambda item: item.cases)
        yield RawFinding(
            f"{CHECK}/happy-only",
            f"{cases} tests, and {unhappy or 'none'} of them asks what happens when something is wrong, "
            f"empty or forbidden.",
            (at(first.path, first.first),),
            "happy",
        )


def _hollow(view: ProjectView, suite: tuple[TestFile, ...]) -> Iterator[RawFinding]:
    """One finding for all of them: the founder mends them in one go."""
    suite = tuple(item for item in suite if not view.per_file("gathers-tests", item.path, _gathers, False))
    empty = [item for item in suite if item.assertions <= item.hollow]
    pictures = [
        item for item in suite if item not in empty and item.assertions <= item.hollow + item.snapshots
    ]
    for items, what, confidence in (
        (empty, "asserts nothing", None),
        (pictures, "compares with a recorded picture only, which is recorded anew when it differs", 0.7),
    ):
        if items:
            more = f" (and {len(items) - 1} more)" if len(items) > 1 else ""
            yield RawFinding(
                f"{CHECK}/assert-nothing",
                f"{items[0].path}{more} {what}: it passes whatever the app does.",
                tuple(at(item.path, item.first) for item in items[:6]),
                what[:20],
                confidence=confidence,
            )


def _gathers(text: str) -> bool:
    """Whether the file only takes other tests in; what it says itself is the door to them."""
    return _TAKES_TESTS.search(text) is not None


def _skipped(suite: tuple[TestFile, ...]) -> Iterator[RawFinding]:
    for item in suite:
        if item.skipped:
            yield RawFinding(
                f"{CHECK}/skipped",
                f"{item.path} leaves out {len(item.skipped)} of its tests (skip, only or todo).",
                tuple(at(item.path, line) for line in item.skipped[:6]),
                item.path,
            )


def _mocked(real: tuple[TestFile, ...]) -> Iterator[RawFinding]:
    """When most tests replace all that is around them, nothing looks at how the parts work together."""
    replaced = [
        item for item in real if item.mocked >= 3 and item.imported and item.mocked >= 0.8 * item.imported
    ]
    if replaced and len(replaced) >= 0.6 * len(real):
        first = max(replaced, key=lambda item: item.mocked)
        yield RawFinding(
            f"{CHECK}/mock-everything",
            f"{len(replaced)} of {len(real)} test files replace all modules around what they test: how the "
            f"parts work "
            f"together is tested nowhere.",
            (at(first.path, first.first),),
            "mocks",
        )


def _not_run(view: ProjectView, real: tuple[TestFile, ...]) -> Iterator[RawFinding]:
    files = workflow_files.build(view)
    if not files.own or any(path in view.tree for path in _OTHER_PIPELINES):
        return
    if not any(gate.tests for gate in gates(files)) and any(
        "push" in item.triggers or "pull_request" in item.triggers for item in files.own
    ):
        yield RawFinding(
            f"{CHECK}/not-run",
            f"{len(real)} test files are there, and no workflow runs them: they say nothing of a change.",
            (at(real[0].path, real[0].first),),
            "not-run",
        )


def _order(view: ProjectView, real: tuple[TestFile, ...]) -> Iterator[RawFinding]:
    tables = sorted(
        (table for table in view.schema.tables.values() if _STATEFUL.search(table.name) and table.created),
        key=lambda table: table.name,
    )
    if tables and not any(item.sequence for item in real):
        table = tables[0]
        name = table.name.removeprefix("public.")
        yield RawFinding(
            f"{CHECK}/no-odd-order",
            f"{name} goes through several states, and no test takes them in an odd order (cancel, come "
            f"back, refund).",
            (at(table.place.path, table.place.line),),
            name,
            severity=Severity.LOW,
        )


def _legacy(view: ProjectView, real: tuple[TestFile, ...]) -> Iterator[RawFinding]:
    migrations = [
        path
        for path in view.tree.files
        if re.search(r"(?:^|/)(?:migrations|versions)/[^/]{1,120}(?:\.sql|\.py|/migration\.sql)$", path)
    ]
    if len(migrations) >= _FEWEST_MIGRATIONS and not any(item.legacy for item in real):
        yield RawFinding(
            f"{CHECK}/no-legacy-fixture",
            f"After {len(migrations)} changes of the database, no test uses a row as an early customer has "
            f"it.",
            (at(sorted(migrations)[0], 1),),
            "legacy",
            severity=Severity.LOW,
        )


def _passes(flows: dict[str, Evidence], real: tuple[TestFile, ...]) -> Iterator[PassEvidence]:
    for name in flows:
        item = next((test for test in real if name in test.topics), None)
        if item is not None:
            yield PassEvidence(at(item.path, item.first, note=name))
    if not flows and real:
        yield PassEvidence(at(real[0].path, real[0].first, note=f"{real[0].cases} tests"))
