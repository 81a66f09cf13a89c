"""Workflows read as data: expressions, what strangers can write, and guards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.models.workflows.expressions import expressions, read
from lastmile_desktop.project.models.workflows.files import WorkflowFiles, read_file
from lastmile_desktop.project.models.workflows.gates import deploys_before_tests, ignored_failures
from lastmile_desktop.project.models.workflows.injection import injections
from lastmile_desktop.project.models.workflows.rights import rights
from lastmile_desktop.project.models.workflows.settled import is_settled, pushes
from lastmile_desktop.project.models.workflows.untrusted import untrusted

PLACE = ".github/workflows/a.yml"


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("github.event.issue.title", ["github.event.issue.title"]),
        ("github['event'].Issue['title']", ["github.event.issue.title"]),
        ("a.b == 'x'", []),
        ("contains(a.b, 'x')", []),
        ("format('{0}', a.b)", ["a.b"]),
        ("a.b && c.d || e.f", ["c.d", "e.f"]),
        ("!a.b", []),
        ("fromJSON(a.b).c[0]", ["a.b"]),
        ("a.*.b[x.y]", ["a.*.b.*"]),
        ("a.b ==", ["a.b"]),
    ],
)
def test_what_can_be_part_of_the_result(text: str, reaches: list[str]) -> None:
    assert [".".join(path) for path in read(text)[0]] == reaches


def _faults(steps: str, on: str = "issues", head: str = "") -> list[tuple[str, int]]:
    text = f"on: {on}\npermissions: {{}}\njobs:\n  j:\n    runs-on: x\n{head}    steps:\n{steps}"
    workflow = read_file(PLACE, text).workflow
    assert workflow is not None
    files = WorkflowFiles((workflow,))
    return [(fault.rule, fault.line) for fault in (*injections(files), *untrusted(files))]


def test_a_title_in_a_script() -> None:
    assert _faults('      - run: echo "${{ github.event.issue.title }}"\n') == [("script-injection", 7)]


def test_members_only() -> None:
    guard = "    if: github.event.issue.author_association == 'OWNER'\n"
    assert _faults('      - run: echo "${{ github.event.issue.title }}"\n', head=guard) == []


def test_through_an_output() -> None:
    steps = (
        "      - id: a\n        env:\n          T: ${{ github.event.issue.title }}\n"
        '        run: echo "t=$T" >> $GITHUB_OUTPUT\n      - run: echo ${{ steps.a.outputs.t }}\n'
    )
    assert _faults(steps) == [("script-injection", 11)]


def test_fetching_a_pull_request_by_command() -> None:
    steps = "      - run: |\n          gh pr checkout 5\n          npm ci\n"
    assert _faults(steps, on="issue_comment") == [("pull-request-target-checkout", 8)]
    assert _faults(steps, on="pull_request") == []


@given(st.text(max_size=200))
def test_any_text_is_an_expression_or_none(text: str) -> None:
    list(expressions("${{" + text + "}}"))


@given(
    st.recursive(
        st.one_of(
            st.text(max_size=20), st.sampled_from(["${{ github.head_ref }}", "write-all", "push", "./x"])
        ),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    ["on", "jobs", "steps", "run", "uses", "with", "env", "if", "needs", "permissions", "ref"]
                ),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=20,
    )
)
def test_any_tree_is_judged(value: object) -> None:
    import json

    workflow = read_file(PLACE, json.dumps({"on": "push", "jobs": value})).workflow
    if workflow is not None:
        files = WorkflowFiles((workflow,))
        for judge in (injections, untrusted, ignored_failures, deploys_before_tests):
            list(judge(files))
        list(rights(files, ""))


def test_settled_values_and_jobs_that_push() -> None:
    text = (
        "on:\n  pull_request:\n  push:\n    branches: [main]\n  workflow_dispatch:\n    inputs:\n"
        "      target:\n        type: choice\n      note:\n        type: string\njobs:\n  a:\n"
        "    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
        "      - uses: peter-evans/create-pull-request@v7\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: npm test\n"
    )
    workflow = read_file(".github/workflows/a.yml", text).workflow
    assert workflow is not None
    assert is_settled(workflow, "github.event.inputs.target") and not is_settled(workflow, "inputs.note")
    assert is_settled(workflow, "github.ref") and not is_settled(workflow, "github.head_ref")
    assert [pushes(job) for job in workflow.jobs] == [True, False]
