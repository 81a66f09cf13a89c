"""The secrets engines: what kingfisher says becomes findings without a value; what goes wrong becomes health."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lastmile_desktop.core.health import Condition, EngineResult
from lastmile_desktop.engines import kingfisher
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.git import read_git
from lastmile_desktop.engines.process import ChildResult
from lastmile_desktop.engines.secrets import SecretsEngine, candidates
from lastmile_desktop.engines.secrets_history import SecretHistoryEngine
from lastmile_desktop.project.collect import TreeReader, collect
from lastmile_desktop.project.view import ProjectView
from tests.project.models.hooks import view_of

RECORDED = Path(__file__).parents[1] / "data" / "recorded" / "kingfisher"
KEY = b"k" * 32
STRIPE = "sk_" + "live_" + "51HxYzq8Rt5Vw1Yz4Bc6Ef0HjNkQ7sD2gLp9XcVbNmZaSdFgHjKlQwErTyUiOp"
DATABRICKS = "da" + "pi" + hashlib.md5(b"databricks", usedforsecurity=False).hexdigest()
PARTS = {
    "@@STRIPE_LIVE@@": STRIPE,
    "@@DATABRICKS@@": DATABRICKS,
    "@@LINEAR@@": "lin_" + "api_" + "A1b2C3d4E5" * 4,
}
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand in for kingfisher")


def recorded(name: str) -> ChildResult:
    text = (RECORDED / f"{name}.json").read_text(encoding="utf-8")
    for token, value in PARTS.items():
        text = text.replace(token, value)
    return ChildResult(200, text.encode(), "", ok_codes=kingfisher.OK_CODES)


def project(root: Path, files: Mapping[str, str]) -> ProjectView:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return look(root)


def look(root: Path) -> ProjectView:
    git = read_git(root)
    tree = collect(root, None, git.tracked)
    return replace(view_of({}), tree=tree, reader=TreeReader(root, tree), git=git)


def ask(engine: SecretsEngine | SecretHistoryEngine, view: ProjectView, *paths: str) -> EngineResult:
    files = paths or tuple(path for path in view.tree.files if engine.reads(path))
    return engine.run(EngineRequest(view.tree.root, files, not paths, view))


def git(root: Path, *argv: str) -> None:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    subprocess.run(["git", *identity, *argv], cwd=root, check=True, capture_output=True)


def test_recorded_output_of_a_tree_is_understood() -> None:
    report = kingfisher.read_report(recorded("tree"))
    assert report.problem == ""
    assert [(hit.rule, hit.line) for hit in report.hits] == [
        ("betterleaks.databricks-api-token", 1),
        ("betterleaks.linear-api-key", 2),
    ]
    assert all(kingfisher.is_telling(hit) for hit in report.hits[:1])


def test_recorded_output_of_a_history_is_understood() -> None:
    report = kingfisher.read_report(recorded("history"))
    assert {hit.path for hit in report.hits} == {".env"}
    assert all(hit.commit is not None and hit.commit.date == "2026-01-05" for hit in report.hits)


def test_a_hit_does_not_show_its_value() -> None:
    report = kingfisher.read_report(recorded("tree"))
    assert DATABRICKS not in repr(report)


@pytest.mark.parametrize(
    "output", [b"", b"[]", b"{}", b'{"findings": 3}', b"\xff\xfe", b'{"findings": [{"rule": {}}]}']
)
def test_garbage_becomes_a_problem_without_a_word_of_it(output: bytes) -> None:
    result = ChildResult(0, output + b" " + STRIPE.encode(), "", ok_codes=kingfisher.OK_CODES)
    report = kingfisher.read_report(result)
    assert report.hits == ()
    assert report.problem
    assert STRIPE not in report.problem


def test_a_key_of_an_unknown_shape_is_found_at_its_place(tmp_path: Path) -> None:
    view = project(
        tmp_path / "p", {"src/load.py": f'import os\n\nTOKEN = "{DATABRICKS}"\n', "src/a.ts": "export {};\n"}
    )
    result = ask(SecretsEngine(KEY, tmp_path / "cache"), view)
    assert result.info.health.ok
    assert result.findings["src/a.ts"] == ()
    (finding,) = result.findings["src/load.py"]
    assert (finding.path, finding.evidence[0].line_start) == ("src/load.py", 3)
    assert DATABRICKS not in repr(result)


def test_a_save_and_a_full_scan_say_the_same(tmp_path: Path) -> None:
    files = {"a.py": f'A = "{DATABRICKS}"\n', "b.py": "B = 1\n"}
    view = project(tmp_path / "p", files)
    engine = SecretsEngine(KEY, tmp_path / "cache")
    ask(engine, view)
    (tmp_path / "p" / "b.py").write_text(f'\n\nB = "{DATABRICKS}"\nC = 2\n')
    view = look(tmp_path / "p")
    saved = ask(engine, view, "b.py").findings["b.py"]
    assert saved == ask(SecretsEngine(KEY, tmp_path / "cache"), view).findings["b.py"]
    assert saved[0].evidence[0].line_start == 3


def test_a_save_that_adds_nothing_random_starts_no_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = project(tmp_path / "p", {"a.py": f'A = "{DATABRICKS}"\n'})
    engine = SecretsEngine(KEY, tmp_path / "cache")
    ask(engine, view)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("kingfisher was started")

    monkeypatch.setattr(kingfisher, "scan", refuse)
    (tmp_path / "p" / "a.py").write_text(f'# one more line\nA = "{DATABRICKS}"\nnext_line = 3\n')
    view = look(tmp_path / "p")
    assert ask(engine, view, "a.py").findings["a.py"][0].evidence[0].line_start == 2


def test_what_a_known_shape_explains_is_not_asked_again() -> None:
    view = view_of(
        {"a.ts": f'export const key = "{STRIPE}";\n', "b.ts": 'import x from "@/components/ui/button-2";\n'}
    )
    assert candidates(view, "a.ts") == ()
    assert candidates(view, "b.ts") == ()


def test_history_finds_what_was_removed_and_not_what_still_stands(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    git(root, "init", "-q")
    view = project(root, {".env": f"STRIPE_SECRET_KEY={STRIPE}\n", "a.ts": "export {};\n"})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    engine = SecretHistoryEngine(KEY, tmp_path / "cache")
    view = look(root)
    assert ask(engine, view).whole == ()
    before = engine.stamp(view)
    (root / ".env").unlink()
    git(root, "commit", "-qam", "two")
    view = look(root)
    assert engine.stamp(view) != before
    result = ask(engine, view)
    (finding,) = result.whole
    assert finding.path == ".env"
    assert STRIPE not in repr(result)
    assert "sk_l" in finding.evidence[0].note


def test_without_git_the_history_engine_has_nothing_to_say(tmp_path: Path) -> None:
    view = project(tmp_path / "p", {"a.ts": "export {};\n"})
    result = ask(SecretHistoryEngine(KEY, tmp_path / "cache"), view)
    assert result.info.health.ok
    assert result.whole == ()


def stand_in(folder: Path, script: str) -> Path:
    program = folder / "kingfisher"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo kingfisher 2.14.0; exit 0; fi\n{script}\n'
    )
    program.chmod(0o755)
    return program


@posix_only
@pytest.mark.parametrize(
    ("script", "condition"),
    [
        ("exit 3", Condition.FAILED),
        ("kill -9 $$", Condition.FAILED),
        ("echo not json", Condition.FAILED),
        ("exit 0", Condition.FAILED),
    ],
)
def test_what_goes_wrong_becomes_health_and_it_recovers(
    tmp_path: Path, script: str, condition: Condition
) -> None:
    view = project(tmp_path / "p", {"a.py": f'A = "{DATABRICKS}"\n'})
    program = stand_in(tmp_path, script)
    engine = SecretsEngine(KEY, tmp_path / "cache", program=program)
    result = ask(engine, view)
    assert result.info.health.condition is condition
    assert result.info.health.reason.endswith(".")
    assert not result.findings
    assert DATABRICKS not in repr(result)
    program.write_text(f'#!/bin/sh\nexec "{kingfisher.program()}" "$@"\n')
    assert ask(engine, view).info.health.ok


def test_a_missing_program_is_said(tmp_path: Path) -> None:
    view = project(tmp_path / "p", {"a.py": f'A = "{DATABRICKS}"\n'})
    result = ask(SecretsEngine(KEY, tmp_path / "cache", program=tmp_path / "nothing"), view)
    assert result.info.health.condition is Condition.MISSING


def test_a_planted_value_is_in_no_file_log_or_result(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    root = tmp_path / "p"
    root.mkdir()
    git(root, "init", "-q")
    project(root, {".env": f"KEY={STRIPE}\n", "a.py": f'A = "{DATABRICKS}"\n'})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    (root / ".env").unlink()
    git(root, "commit", "-qam", "two")
    with caplog.at_level(logging.DEBUG):
        view = look(root)
        said = [
            ask(SecretsEngine(KEY, tmp_path / "cache"), view),
            ask(SecretHistoryEngine(KEY, tmp_path / "cache"), view),
        ]
    written = [
        file.read_bytes()
        for folder in ("cache", "tmp")
        for file in (tmp_path / folder).rglob("*")
        if file.is_file()
    ]
    for value in (STRIPE, DATABRICKS):
        assert value not in repr(said)
        assert value not in caplog.text
        assert all(value.encode() not in content for content in written)


def test_recorded_files_hold_no_whole_key() -> None:
    for file in RECORDED.glob("*.json"):
        json.loads(file.read_text(encoding="utf-8"))
        assert "@@" in file.read_text(encoding="utf-8")
