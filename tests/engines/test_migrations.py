"""squawk behind the Engine Protocol: recorded reports, the real tool, and what happens when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lastmile_desktop.core.health import Condition
from lastmile_desktop.engines import migrations, tool_version
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.migrations import RULES, MigrationsEngine, parse_report
from lastmile_desktop.engines.process import ChildMissing, ChildResult
from tests.project.models.graphs import project

RECORDED = Path(__file__).resolve().parents[1] / "data" / "recorded" / "squawk" / "report.json"
INIT = "create table orders (id bigint primary key, total int, status text, number int, customer_id int);"
FILES = {
    "migrations/0001_init.sql": INIT,
    "migrations/0002_index.sql": "-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX i ON orders (total);\n",
    "notes.sql": "select 1;",
}


def request(files: Mapping[str, str]) -> EngineRequest:
    return EngineRequest(Path("/nowhere"), tuple(files), True, project(files))


def test_the_recorded_report_is_understood() -> None:
    violations = parse_report(RECORDED.read_bytes())
    assert violations is not None
    found = {(item.file, item.line, RULES[item.rule]) for item in violations if item.rule in RULES}
    assert found == {
        ("rec.sql", 1, "index-not-concurrent"),
        ("rec.sql", 2, "set-not-null"),
        ("rec.sql", 3, "constraint-validates"),
        ("rec.sql", 4, "constraint-validates"),
        ("rec.sql", 4, "unique-constraint"),
        ("rec.sql", 5, "rename"),
        ("rec.sql", 6, "volatile-default"),
    }
    assert any(item.file == "broken.sql" and item.rule == "syntax-error" for item in violations)


@pytest.mark.parametrize("output", [b"{}", b"[1]", b"[{}]", b"\xff\xfe", b'[{"line": "x"}]', b"panicked at"])
def test_garbage_is_no_report(output: bytes) -> None:
    assert parse_report(output) is None


def test_no_output_means_nothing_found() -> None:
    assert parse_report(b" \n") == ()


def test_pending_migrations_are_linted_and_ignore_comments_are_not_obeyed() -> None:
    result = MigrationsEngine().run(request(FILES))
    assert result.info.health.ok and not result.unread
    assert {path: [finding.rule for finding in findings] for path, findings in result.findings.items()} == {
        "migrations/0001_init.sql": [],
        "migrations/0002_index.sql": ["data.migration-locks/index-not-concurrent"],
        "notes.sql": [],
    }
    finding = result.findings["migrations/0002_index.sql"][0]
    assert finding.evidence[0].line_start == 2


def test_a_file_that_is_not_valid_sql_is_unread_and_the_others_are_read() -> None:
    files = FILES | {"migrations/0003_broken.sql": "ALTER TABLE orders ADD COLUMN (;\n"}
    result = MigrationsEngine().run(request(files))
    assert list(result.unread) == ["migrations/0003_broken.sql"]
    assert result.findings["migrations/0002_index.sql"]


def test_what_is_pending_belongs_to_the_stamp() -> None:
    engine = MigrationsEngine()
    more = FILES | {"migrations/0003_more.sql": "alter table orders add column x int;"}
    assert engine.stamp(project(FILES)) != engine.stamp(project(more))
    assert engine.reads("a/B.SQL") and not engine.reads("a/b.ts")


FAILURES = {
    "timeout": ChildResult(-9, b"", "", timed_out=True, killed=True),
    "crash": ChildResult(-11, b"", "", killed=True),
    "bad exit": ChildResult(3, b"", "no", ok_codes=frozenset({0, 1})),
    "garbage": ChildResult(0, b"thread panicked", ""),
}


@pytest.mark.parametrize("outcome", FAILURES.values(), ids=FAILURES)
def test_a_failing_tool_is_health_and_never_silence(
    monkeypatch: pytest.MonkeyPatch, outcome: ChildResult
) -> None:
    engine = MigrationsEngine()
    assert engine.info().health.ok
    monkeypatch.setattr(migrations, "run_child", lambda *args, **kwargs: outcome)
    result = engine.run(request(FILES))
    assert result.info.health.condition is Condition.FAILED and result.info.health.reason
    assert "migrations/0002_index.sql" not in result.findings


def test_a_missing_tool_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*args: object, **kwargs: object) -> ChildResult:
        raise ChildMissing("squawk", "not found")

    monkeypatch.setattr(tool_version, "run_child", missing)
    engine = MigrationsEngine()
    assert engine.info().health.condition is Condition.MISSING
    assert engine.run(request(FILES)).info.health.condition is Condition.MISSING
    engine.close()
