"""squawk on pending Postgres migrations: what locks a table while it runs.

The project's own `.squawk.toml` and its ignore comments are never read: squawk gets copies that hold the
statements alone, in an empty folder, with a configuration of ours.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import RawFinding
from lastmile_desktop.core.health import OK, Condition, EngineInfo, EngineResult, Health
from lastmile_desktop.engines.engine import EngineRequest
from lastmile_desktop.engines.process import ChildMissing, ChildResult, find_tool, run_child
from lastmile_desktop.engines.tool_version import version_of
from lastmile_desktop.project.models.migrations.pending import pending_migrations
from lastmile_desktop.project.models.sql.sql_split import only_statements
from lastmile_desktop.project.view import ProjectView

CHECK = "data.migration-locks"
RULES: Mapping[str, str] = {
    "require-concurrent-index-creation": "index-not-concurrent",
    "require-concurrent-index-deletion": "index-not-concurrent",
    "ban-concurrent-index-creation-in-transaction": "concurrent-in-transaction",
    "adding-not-nullable-field": "set-not-null",
    "adding-required-field": "set-not-null",
    "constraint-missing-not-valid": "constraint-validates",
    "adding-foreign-key-constraint": "constraint-validates",
    "disallowed-unique-constraint": "unique-constraint",
    "adding-serial-primary-key-field": "unique-constraint",
    "changing-column-type": "type-change",
    "adding-field-with-default": "volatile-default",
    "renaming-column": "rename",
    "renaming-table": "rename",
    "renaming-object": "rename",
    "require-concurrent-reindex": "cluster-vacuum-full-reindex",
    "prefer-repack": "cluster-vacuum-full-reindex",
    "require-concurrent-partition-detach": "trigger-policy-hot-table",
}
"""squawk's lock rules and ours. Its other rules are about style, or about losing data (another check)."""

_CONFIG = 'pg_version = "15.0"\nassume_in_transaction = false\n'
_SYNTAX = "syntax-error"
_BATCH = 200
_TIMEOUT_S = 60.0
_MEMORY_MB = 1024


@dataclass(frozen=True, slots=True)
class Violation:
    """One line of squawk's report; `line` is 1-based."""

    file: str
    line: int
    rule: str
    message: str


class MigrationsEngine:
    """See the module. Starts squawk anew for each run: it needs milliseconds."""

    name = EngineName.MIGRATIONS
    whole_project = False

    def reads(self, path: str) -> bool:
        return path.lower().endswith(".sql")

    def stamp(self, view: ProjectView) -> str:
        pending = "\n".join(pending_migrations(view).paths)
        return f"{self._version[0]}:{hashlib.sha256(pending.encode()).hexdigest()[:16]}"

    def info(self) -> EngineInfo:
        version, health = self._version
        return EngineInfo(self.name, version, health)

    def run(self, request: EngineRequest) -> EngineResult:
        pending = set(pending_migrations(request.view).sql_paths)
        read: dict[str, tuple[RawFinding, ...]] = {path: () for path in request.files if path not in pending}
        unread: dict[str, str] = {}
        wanted = [path for path in request.files if path in pending]
        info = self.info()
        for start in range(0, len(wanted), _BATCH):
            if not info.health.ok or request.cancel:
                break
            batch = wanted[start : start + _BATCH]
            health = self._batch(request, batch, read, unread)
            info = EngineInfo(info.name, info.version, health)
        return EngineResult(info, read, unread)

    def close(self) -> None:
        """Nothing is kept running."""

    @cached_property
    def _program(self) -> Path | None:
        return find_tool("squawk")

    @cached_property
    def _version(self) -> tuple[str, Health]:
        return version_of("squawk", self._program, "squawk")

    def _batch(
        self,
        request: EngineRequest,
        batch: Sequence[str],
        read: dict[str, tuple[RawFinding, ...]],
        unread: dict[str, str],
    ) -> Health:
        copies: dict[str, str] = {}
        try:
            with tempfile.TemporaryDirectory(prefix="lastmile-squawk-") as folder:
                for number, path in enumerate(batch):
                    text = request.view.text(path)
                    if text is None:
                        unread[path] = "it could not be read"
                        continue
                    copies[f"{number}.sql"] = path
                    (Path(folder) / f"{number}.sql").write_text(only_statements(text), "utf-8", "replace")
                result = self._call(Path(folder), tuple(copies), request)
        except ChildMissing as problem:
            return Health(Condition.MISSING, f"{problem.happened} {problem.remedy}")
        except OSError as problem:
            return Health(
                Condition.FAILED, f"squawk's working copies could not be written: {problem.strerror}."
            )
        if not result.ok:
            return Health(Condition.FAILED, f"squawk {result.why}.")
        violations = parse_report(result.stdout)
        if violations is None:
            return Health(Condition.FAILED, "squawk gave an answer that could not be read.")
        for copy, path in copies.items():
            found = [item for item in violations if item.file == copy]
            broken = next((item for item in found if item.rule == _SYNTAX), None)
            if broken is not None:
                unread[path] = f"line {broken.line} is not valid SQL ({broken.message})"
            else:
                read[path] = tuple(_findings(path, found))
        return OK

    def _call(self, folder: Path, copies: Sequence[str], request: EngineRequest) -> ChildResult:
        (folder / "lastmile.toml").write_text(_CONFIG, "utf-8")
        return run_child(
            [self._program or "squawk", "--config", "lastmile.toml", "--reporter", "json", *copies],
            cwd=folder,
            timeout_s=_TIMEOUT_S,
            memory_mb=_MEMORY_MB,
            cancel=request.cancel,
            ok_codes=frozenset({0, 1}),
        )


def parse_report(output: bytes) -> tuple[Violation, ...] | None:
    """squawk's JSON report; None when it is not one."""
    if not output.strip():
        return ()
    try:
        data: Any = json.loads(output)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, list):
        return None
    found: list[Violation] = []
    for item in cast(list[Any], data):
        if not isinstance(item, dict):
            return None
        row = cast(dict[str, Any], item)
        line = row.get("line")
        if not isinstance(line, int):
            return None
        name = Path(str(row.get("file", ""))).name
        found.append(
            Violation(name, line + 1, str(row.get("rule_name", "")), str(row.get("message", ""))[:200])
        )
    return tuple(found)


def _findings(path: str, violations: Iterable[Violation]) -> Iterable[RawFinding]:
    """One finding a rule and line; the check's detector says which table it is about."""
    seen: set[tuple[str, int]] = set()
    for item in violations:
        rule = RULES.get(item.rule)
        if rule is not None and (rule, item.line) not in seen:
            seen.add((rule, item.line))
            yield RawFinding(f"{CHECK}/{rule}", item.message, (at(path, item.line),))
