"""What an engine said stands until the file, the tool or its rules change; what failed is asked again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lastmile_desktop.core.balance import BuildTalk
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.core.finding import RawFinding
from lastmile_desktop.core.health import OK, Condition, EngineInfo, EngineResult, Health
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.project.collect import TreeReader, collect
from lastmile_desktop.project.git_facts import NO_GIT
from lastmile_desktop.project.packages import Package, Role
from lastmile_desktop.project.policy import DEFAULT
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.scan.engine_state import EngineState, ask_now

RULE = "abuse.injection/sql"


class Script:
    """An engine that finds `eval` and does what the test tells it to."""

    name = EngineName.SEMGREP
    whole_project = False

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.broken: Exception | Health | None = None
        self.rules = "1"

    def reads(self, path: str) -> bool:
        return path.endswith(".ts")

    def stamp(self, view: ProjectView) -> str:
        return self.rules

    def info(self) -> EngineInfo:
        return EngineInfo(self.name, "1", OK)

    def run(self, request: EngineRequest) -> EngineResult:
        self.asked.append(request.files)
        if isinstance(self.broken, Exception):
            raise self.broken
        if isinstance(self.broken, Health):
            return EngineResult(EngineInfo(self.name, "1", self.broken))
        findings = {
            path: (RawFinding(RULE, "eval is called.", (at(path, 1),)),) if "eval" in text else ()
            for path in request.files
            if (text := request.view.text(path)) is not None
        }
        return EngineResult(self.info(), findings)

    def close(self) -> None:
        return


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.ts").write_text("eval(x);\n")
    (tmp_path / "b.ts").write_text("safe(x);\n")
    (tmp_path / "c.md").write_text("eval\n")
    return tmp_path


def view_of(root: Path) -> ProjectView:
    index = collect(root)
    package = Package(".", "p", "ts", Role.WEB)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return ProjectView(
        index, TreeReader(root, index), FactSet(), (package,), {}, NO_GIT, DEFAULT, BuildTalk(), now
    )


def ask(state: EngineState, root: Path) -> bool:
    view = view_of(root)
    return ask_now(state, view, Cancel(), state.stale(view))


def places(state: EngineState) -> list[str]:
    return [finding.path for finding in state.report().findings]


def test_only_what_changed_is_asked_again(root: Path) -> None:
    engine = Script()
    state = EngineState(engine)
    assert ask(state, root)
    assert not ask(state, root)
    (root / "b.ts").write_text("eval(y);\n")
    assert ask(state, root)
    assert engine.asked == [("a.ts", "b.ts"), ("b.ts",)]
    assert places(state) == ["a.ts", "b.ts"]


def test_what_it_said_of_a_file_goes_with_the_file(root: Path) -> None:
    state = EngineState(Script())
    ask(state, root)
    (root / "a.ts").unlink()
    ask(state, root)
    assert places(state) == []


def test_new_rules_ask_everything_again(root: Path) -> None:
    engine = Script()
    state = EngineState(engine)
    ask(state, root)
    engine.rules = "2"
    ask(state, root)
    assert engine.asked == [("a.ts", "b.ts"), ("a.ts", "b.ts")]


@pytest.mark.parametrize(
    "broken",
    [RuntimeError("boom"), Health(Condition.FAILED, "It was killed."), Health(Condition.MISSING, "Gone.")],
)
def test_a_broken_engine_is_said_so_and_recovers(root: Path, broken: Exception | Health) -> None:
    engine = Script()
    state = EngineState(engine)
    engine.broken = broken
    ask(state, root)
    report = state.report()
    assert not report.info.health.ok
    assert report.info.health.reason
    engine.broken = None
    assert ask(state, root)
    assert state.report().info.health.ok
    assert places(state) == ["a.ts"]


def test_a_file_it_says_nothing_about_is_unread_and_never_clean(root: Path) -> None:
    engine = Script()
    state = EngineState(engine)
    engine.broken = Health(Condition.DEGRADED, "Some files were left out.")
    ask(state, root)
    assert set(state.report().unread) == {"a.ts", "b.ts"}


def test_an_engine_that_keeps_failing_is_not_asked_at_every_save(root: Path) -> None:
    engine, now = Script(), [0.0]
    state = EngineState(engine, lambda: now[0])
    engine.broken = Health(Condition.FAILED, "It took too long.")
    assert ask(state, root)
    assert ask(state, root)
    assert not ask(state, root)
    assert not state.report().info.health.ok
    engine.broken = None
    now[0] = 21.0
    assert ask(state, root)
    assert state.report().info.health.ok
