"""The semgrep engine: both modes agree, and whatever goes wrong with the tool becomes its health."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from lastmile_desktop.core.health import Condition, EngineResult
from lastmile_desktop.engines.engine import Cancel, EngineRequest
from lastmile_desktop.engines.process import HAS_MEMORY_CEILING
from lastmile_desktop.engines.semgrep import SemgrepEngine
from lastmile_desktop.engines.semgrep_lsp import resident_mb
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.resources import rules_dir

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand in for semgrep")

RULES = """rules:
- id: eval-of-input
  languages: [ts, js, python]
  severity: ERROR
  message: runs $X
  metadata: {rule: "t.check/eval", needs: [eval]}
  pattern: eval($X)
"""
SOURCE = "export function run(x) {\n  eval(x);\n}\n"


@dataclass
class Files:
    """As much of a project view as the engine looks at."""

    root: Path

    @dataclass
    class Tree:
        files: dict[str, Any] = field(default_factory=dict[str, Any])

    tree: Tree = field(default_factory=Tree)
    outlines: dict[str, Outline] = field(default_factory=dict[str, Outline])

    def text(self, path: str) -> str | None:
        try:
            return (self.root / path).read_bytes().decode("utf-8", "replace")
        except OSError:
            return None


def ask(
    engine: SemgrepEngine, root: Path, *files: str, full: bool = False, cancel: Cancel | None = None
) -> EngineResult:
    view = cast(ProjectView, Files(root))
    return engine.run(EngineRequest(root, files, full, view, cancel or Cancel()))


def lines(result: EngineResult) -> dict[str, list[int]]:
    return {path: [item.evidence[0].line_start for item in found] for path, found in result.findings.items()}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "t" / "check"
    folder.mkdir(parents=True)
    (folder / "semgrep.yaml").write_text(RULES, encoding="utf-8")
    return tmp_path / "rules"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "a.ts").write_text(SOURCE, encoding="utf-8")
    (root / "clean.ts").write_text("export const eval_free = 1;\n", encoding="utf-8")
    return root


def fake(tmp_path: Path, script: str) -> Path:
    """A program that gives its version like semgrep does, and else runs this shell script."""
    program = tmp_path / "semgrep-core"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -version ] && echo "semgrep-core version: 9.9.9" && exit 0\n{script}\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


def test_finds_and_reads(rules: Path, project: Path, tmp_path: Path) -> None:
    engine = SemgrepEngine(rules, tmp_path / "cache")
    result = ask(engine, project, "a.ts", "clean.ts", full=True)
    assert result.info.health.ok and result.info.version
    assert lines(result) == {"a.ts": [2], "clean.ts": []} and not result.unread
    finding = result.findings["a.ts"][0]
    assert (finding.rule, finding.message, finding.evidence[0].column) == ("t.check/eval", "runs x", 3)
    assert engine.reads("x/y.py") and engine.reads("b.tsx") and not engine.reads("c.md")


def test_comments_of_the_project_do_not_silence_it(rules: Path, project: Path, tmp_path: Path) -> None:
    (project / "a.ts").write_text(
        "eval(x); // nosem\neval(y) // nosemgrep: eval-of-input\n", encoding="utf-8"
    )
    (project / ".semgrepignore").write_text("*\n", encoding="utf-8")
    for warm in (False, True):
        engine = SemgrepEngine(rules, tmp_path / "cache", keep_warm=warm)
        assert lines(ask(engine, project, "a.ts")) == {"a.ts": [1, 2]}
        engine.close()


def test_files_it_cannot_read_are_said(rules: Path, project: Path, tmp_path: Path) -> None:
    (project / "broken.ts").write_text("eval(a);\n" + ")))) }}} const const ((((\n" * 30, encoding="utf-8")
    (project / "scratch.ts").write_text(
        SOURCE + "const x = <p>a & b</p>;\n" + "ok();\n" * 40, encoding="utf-8"
    )
    (project / "bytes.ts").write_bytes(b"eval(a);\n\xff\xfe\x00 \xc3\x28")
    engine = SemgrepEngine(rules, tmp_path / "cache")
    result = ask(engine, project, "a.ts", "broken.ts", "bytes.ts", "gone.ts", "scratch.ts", full=True)
    assert result.info.health.ok
    assert "could not read 30 lines" in result.unread["broken.ts"]
    assert lines(result)["a.ts"] == [2] and lines(result)["broken.ts"] == [1]
    assert "gone.ts" in result.unread


def test_a_missing_tool_is_said(rules: Path, project: Path, tmp_path: Path) -> None:
    engine = SemgrepEngine(rules, tmp_path / "cache", program=tmp_path / "nothing-here")
    result = ask(engine, project, "a.ts", full=True)
    assert result.info.health.condition is Condition.MISSING
    assert "nothing-here" in result.info.health.reason and "Reinstall" in result.info.health.reason
    assert engine.info().health.condition is Condition.MISSING


def test_a_broken_rule_file_is_said(rules: Path, project: Path, tmp_path: Path) -> None:
    (rules / "t/check/semgrep.yaml").write_text("rules: [", encoding="utf-8")
    result = ask(SemgrepEngine(rules, tmp_path / "cache"), project, "a.ts", full=True)
    assert result.info.health.condition is Condition.FAILED and "semgrep.yaml" in result.info.health.reason


def test_a_rule_that_semgrep_refuses_is_said(rules: Path, project: Path, tmp_path: Path) -> None:
    (rules / "t/check/semgrep.yaml").write_text(RULES.replace("eval($X)", "eval(((($X"), encoding="utf-8")
    result = ask(SemgrepEngine(rules, tmp_path / "cache"), project, "a.ts", full=True)
    assert result.info.health.condition is Condition.FAILED


@posix_only
@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("kill -9 $$", "crashed or ran out of memory"),
        ("exit 2", "exit code 2"),
        ("echo this is not json", "something unexpected"),
        ('echo "{}"', "something unexpected"),
        (
            'echo \'{"results": [], "errors": [{"error_type": 3}], "paths": {"scanned": []}}\'',
            "something unexpected",
        ),
        ("cat /dev/zero", "far too much"),
    ],
)
def test_a_tool_that_breaks_becomes_its_health_and_recovers(
    script: str, why: str, rules: Path, project: Path, tmp_path: Path
) -> None:
    engine = SemgrepEngine(rules, tmp_path / "cache", program=fake(tmp_path, script))
    (project / "b.ts").write_text(SOURCE, encoding="utf-8")
    result = ask(engine, project, "a.ts", "b.ts", full=True)
    assert result.info.health.condition is Condition.FAILED
    assert why in result.info.health.reason and "Scan again" in result.info.health.reason
    assert not result.findings
    shutil.copy(os.devnull, tmp_path / "semgrep-core")
    mended = SemgrepEngine(rules, tmp_path / "cache")
    assert lines(ask(mended, project, "a.ts", "b.ts", full=True)) == {"a.ts": [2], "b.ts": [2]}


@posix_only
def test_a_hanging_tool_is_given_up(
    rules: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lastmile_desktop.engines.semgrep_cli.FILE_TIMEOUT_S", 0.2)
    monkeypatch.setattr("lastmile_desktop.engines.semgrep_cli._BUDGET_S", 3.0)
    engine = SemgrepEngine(rules, tmp_path / "cache", program=fake(tmp_path, "sleep 60"))
    started = time.monotonic()
    result = ask(engine, project, "a.ts", full=True)
    assert time.monotonic() - started < 15
    assert result.info.health.condition is Condition.FAILED and "took too long" in result.info.health.reason


@posix_only
def test_one_file_that_brings_it_down_costs_only_itself(rules: Path, project: Path, tmp_path: Path) -> None:
    real = SemgrepEngine(rules, tmp_path / "cache")
    program = f'grep -q poison.ts "$5" && kill -9 $$\nexec {real._core()} "$@"'  # pyright: ignore[reportPrivateUsage]
    for name in ("b.ts", "c.ts", "d.ts", "poison.ts"):
        (project / name).write_text(SOURCE, encoding="utf-8")
    engine = SemgrepEngine(rules, tmp_path / "cache", program=fake(tmp_path, program.replace('"$5"', '"$6"')))
    result = ask(engine, project, "a.ts", "b.ts", "c.ts", "d.ts", "poison.ts", full=True)
    assert result.info.health.ok
    assert lines(result) == {name: [2] for name in ("a.ts", "b.ts", "c.ts", "d.ts")}
    assert list(result.unread) == ["poison.ts"]


def test_cancel_is_obeyed(rules: Path, project: Path, tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.set()
    result = ask(SemgrepEngine(rules, tmp_path / "cache"), project, "a.ts", full=True, cancel=cancel)
    assert not result.info.health.ok and "stopped" in result.unread["a.ts"]


@pytest.mark.skipif(not HAS_MEMORY_CEILING, reason="no ceiling on this system")
def test_no_memory_becomes_its_health(
    rules: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lastmile_desktop.engines.semgrep_cli.MEMORY_MB", -480)
    result = ask(SemgrepEngine(rules, tmp_path / "cache"), project, "a.ts", full=True)
    assert result.info.health.condition in (Condition.FAILED, Condition.OK)
    assert result.info.health.reason or lines(result) == {"a.ts": [2]}


@posix_only
def test_a_killed_session_is_replaced(rules: Path, project: Path, tmp_path: Path) -> None:
    engine = SemgrepEngine(rules, tmp_path / "cache", keep_warm=True)
    try:
        assert lines(ask(engine, project, "a.ts")) == {"a.ts": [2]}
        for _ in range(3):
            pid = engine.session_pid
            if pid:
                os.kill(pid, signal.SIGKILL)
            (project / "a.ts").write_text("\n" + SOURCE, encoding="utf-8")
            assert lines(ask(engine, project, "a.ts")) == {"a.ts": [3]}
    finally:
        engine.close()
    assert engine.session_pid is None


@posix_only
def test_a_session_that_talks_nonsense_is_done_without(rules: Path, project: Path, tmp_path: Path) -> None:
    real = SemgrepEngine(rules, tmp_path / "cache")
    script = f'[ "$1" = lsp ] && echo nonsense && exit 0\nexec {real._core()} "$@"'  # pyright: ignore[reportPrivateUsage]
    engine = SemgrepEngine(rules, tmp_path / "cache", keep_warm=True, program=fake(tmp_path, script))
    result = ask(engine, project, "a.ts")
    assert result.info.health.ok and lines(result) == {"a.ts": [2]}
    engine.close()


@posix_only
def test_the_session_rests_when_nothing_happens(rules: Path, project: Path, tmp_path: Path) -> None:
    engine = SemgrepEngine(rules, tmp_path / "cache", keep_warm=True, idle_s=0.3)
    ask(engine, project, "a.ts")
    assert engine.session_pid
    deadline = time.monotonic() + 10
    while engine.session_pid and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not engine.session_pid
    assert lines(ask(engine, project, "a.ts")) == {"a.ts": [2]}
    engine.close()


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of more than a hundred different files: the semgrep targets and the sources of all fixtures."""
    root = tmp_path_factory.mktemp("varied")
    number = 0
    sources = [*rules_dir().glob("*/*/semgrep.*"), *rules_dir().glob("*/*/fixtures/*/**/*")]
    for source in sorted(sources):
        if source.suffix not in (".ts", ".tsx", ".js", ".jsx", ".py") or not source.is_file():
            continue
        number += 1
        folder = root / (
            "tests" if number % 9 == 0 else "ignored" if number % 10 == 0 else f"src/p{number % 7}"
        )
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder / f"f{number}{source.suffix}")
    (root / "src/umlaut.ts").write_text(f"// Grüße 🚀\nconst ä = '🚀'; /* ä */ {SOURCE}", encoding="utf-8")
    (root / "src/broken.ts").write_text("eval(req.body.x);\n" + "((( }}} const\n" * 30, encoding="utf-8")
    (root / ".gitignore").write_text("ignored/\n", encoding="utf-8")
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


def test_both_modes_say_the_same_of_every_file(varied: Path, tmp_path: Path) -> None:
    files = sorted(
        path.relative_to(varied).as_posix()
        for path in varied.rglob("*")
        if path.suffix in (".ts", ".tsx", ".js", ".jsx", ".py")
    )
    assert len(files) >= 100
    engine = SemgrepEngine(rules_dir(), tmp_path / "cache", keep_warm=True)
    try:
        full = ask(engine, varied, *files, full=True)
        assert sum(map(len, full.findings.values())) > 50
        for file in files:
            one = ask(engine, varied, file)
            assert one.findings.get(file) == full.findings.get(file), file
            assert one.unread.get(file) == full.unread.get(file), file
        pid = engine.session_pid
        assert pid is not None and resident_mb(pid) < 300
    finally:
        engine.close()
