"""zizmor behind the Protocol."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.core.health import Condition
from lastmile_desktop.engines import workflows
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.workflows import WorkflowsEngine, parse_report
from tests.project.trees import made

CLEAN = """on: push
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
"""
INLINE = """on: push
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    container:
      image: registry.example.org/app:1
      credentials:
        username: ann
        password: hunter22
    steps:
      - run: make test
"""
PLACE = ".github/workflows/ci.yml"


def asked(root: Path, files: dict[str, str]) -> EngineRequest:
    index, reader = made(root, files)
    view = SimpleNamespace(tree=index, reader=reader, text=reader.text)
    return EngineRequest(
        root, tuple(path for path in index.files if path.endswith("yml")), True, cast(Any, view)
    )


def test_which_files_it_reads() -> None:
    engine = WorkflowsEngine()
    assert engine.reads(PLACE)
    assert engine.reads(".github/actions/setup/action.yml")
    assert not engine.reads(".github/dependabot.yml")
    assert not engine.reads("docker-compose.yml")


def test_a_clean_workflow_is_read(tmp_path: Path) -> None:
    result = WorkflowsEngine().run(asked(tmp_path, {PLACE: CLEAN}))
    assert result.info.health.ok
    assert result.info.version
    assert result.findings == {PLACE: ()}


def test_a_password_in_plain_text(tmp_path: Path) -> None:
    result = WorkflowsEngine().run(asked(tmp_path, {PLACE: INLINE}))
    found = result.findings[PLACE]
    assert [(item.rule, item.evidence[0].line_start) for item in found] == [
        ("secrets.committed/ci-inline", 8)
    ]
    assert "hunter22" not in repr(found)


def test_a_broken_workflow_does_not_hide_the_others(tmp_path: Path) -> None:
    other = ".github/workflows/broken.yml"
    result = WorkflowsEngine().run(asked(tmp_path, {PLACE: INLINE, other: "on: [push\njobs: 3\n"}))
    assert other in result.unread
    assert len(result.findings[PLACE]) == 1


def test_comments_and_settings_do_not_silence_it(tmp_path: Path) -> None:
    text = INLINE.replace("hunter22", "hunter22 # zizmor: ignore[hardcoded-container-credentials]")
    settings = "rules:\n  hardcoded-container-credentials:\n    disable: true\n"
    result = WorkflowsEngine().run(asked(tmp_path, {PLACE: text, ".github/zizmor.yml": settings}))
    assert len(result.findings[PLACE]) == 1


def test_a_missing_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflows, "find_tool", lambda _: None)
    assert WorkflowsEngine().run(asked(tmp_path, {PLACE: CLEAN})).info.health.condition is Condition.MISSING


@pytest.mark.parametrize("script", ["echo garbage", "exit 7", "kill -9 $$"])
def test_a_tool_that_fails_never_looks_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    fake = tmp_path / "fake"
    fake.write_text(f'#!/bin/sh\n[ "$1" = "--version" ] && echo "zizmor 1" && exit 0\n{script}\n')
    fake.chmod(0o755)
    monkeypatch.setattr(workflows, "find_tool", lambda _: fake)
    result = WorkflowsEngine().run(asked(tmp_path / "p", {PLACE: CLEAN}))
    assert PLACE not in result.findings
    assert not result.info.health.ok or PLACE in result.unread


@given(st.binary(max_size=300))
def test_any_output_is_a_report_or_none(output: bytes) -> None:
    parse_report(output)
