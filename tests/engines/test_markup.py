"""oxlint behind the Protocol: what it says, what it cannot read, and what happens when it fails."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.core.health import Condition
from lastmile_desktop.engines import markup
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.markup import MarkupEngine, parse_report
from tests.project.trees import made


def asked(root: Path, files: dict[str, str], wanted: tuple[str, ...] = ()) -> Any:
    index, reader = made(root, files)
    view = SimpleNamespace(tree=index, reader=reader, text=reader.text)
    return EngineRequest(root, wanted or tuple(index.files), True, cast(Any, view))


def test_barriers_by_rule_and_line(tmp_path: Path) -> None:
    text = 'export const A = () => (\n  <main>\n    <img src="x" />\n    <p role="nothing">x</p>\n  </main>\n);\n'
    result = MarkupEngine().run(asked(tmp_path, {"src/A.tsx": text, "src/b.js": "export const b = 1;\n"}))
    assert result.info.health.ok
    assert [(item.rule, item.evidence[0].line_start) for item in result.findings["src/A.tsx"]] == [
        ("frontend.a11y-static/img-no-alt", 3),
        ("frontend.a11y-static/aria-misuse", 4),
    ]
    assert result.findings["src/b.js"] == ()


def test_a_broken_file_is_unread_and_the_others_are_not(tmp_path: Path) -> None:
    result = MarkupEngine().run(
        asked(tmp_path, {"a.tsx": "<<<", "b.tsx": "export const B = () => <p>b</p>;\n"})
    )
    assert "not valid JSX" in result.unread["a.tsx"]
    assert result.findings["b.tsx"] == ()


def test_the_projects_own_settings_and_silencing_comments_do_not_count(tmp_path: Path) -> None:
    silent = '/* eslint-disable */\nexport const A = () => (\n  // oxlint-disable-next-line\n  <img src="x" />\n);\n'
    off = '{"rules": {"jsx-a11y/alt-text": "off"}, "ignorePatterns": ["**"]}'
    files = {".oxlintrc.json": off, "src/.oxlintrc.json": off, ".eslintignore": "**\n", "src/A.tsx": silent}
    result = MarkupEngine().run(asked(tmp_path, files, ("src/A.tsx",)))
    assert [item.evidence[0].line_start for item in result.findings["src/A.tsx"]] == [4]


def test_nothing_to_read(tmp_path: Path) -> None:
    assert MarkupEngine().run(asked(tmp_path, {"a.py": ""}, ())).info.health.ok


def test_a_missing_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "find_tool", lambda _: None)
    result = MarkupEngine().run(asked(tmp_path, {"a.tsx": "<p/>"}))
    assert result.info.health.condition is Condition.MISSING
    assert "a.tsx" not in result.findings


@pytest.mark.parametrize("script", ["echo garbage", "exit 7", "kill -9 $$", "echo '{\"diagnostics\": 3}'"])
def test_a_tool_that_fails_is_a_failed_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    fake = tmp_path / "fake"
    fake.write_text(f'#!/bin/sh\n[ "$1" = "--version" ] && echo "Version: 1" && exit 0\n{script}\n')
    fake.chmod(0o755)
    monkeypatch.setattr(markup, "find_tool", lambda _: fake)
    result = MarkupEngine().run(asked(tmp_path / "p", {"a.tsx": "<p/>"}))
    assert result.info.health.condition is Condition.FAILED
    assert result.info.health.reason
    assert "a.tsx" not in result.findings


@given(st.binary(max_size=300))
def test_any_output_is_a_report_or_none(output: bytes) -> None:
    parse_report(output)
