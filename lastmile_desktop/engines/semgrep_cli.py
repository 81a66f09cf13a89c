"""Semgrep's native scanner over an exact list of files.

`semgrep scan` walks the tree by its own and git's ignore rules and takes long to start. The native program
beneath it takes the list of files, and their languages, as they are: nothing we chose is left out silently.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lastmile_desktop.catalogue.bundle import Bundle
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.engines.process import ChildMissing, ChildResult, find_tool, run_child
from lastmile_desktop.engines.semgrep_result import GarbageOutput, Reading, read_output

FILE_TIMEOUT_S = 10
BATCH_FILES = 250
MEMORY_MB = 3000
_BUDGET_S = 120.0
_BUDGET_PER_FILE_S = 0.5
_MAX_FAILURES = 6


def find_core() -> Path:
    """Semgrep's native program inside its Python package, or on PATH. Raises ChildMissing."""
    name = "semgrep-core.exe" if sys.platform == "win32" else "semgrep-core"
    package = importlib.util.find_spec("semgrep")
    folders = package.submodule_search_locations if package is not None else None
    for folder in folders or ():
        program = Path(folder) / "bin" / name
        if program.is_file():
            return program
    found = find_tool("semgrep-core")
    if found is None:
        raise ChildMissing("semgrep", "it is not installed")
    return found


def environment(cache: Path) -> dict[str, str]:
    """No network, no files of its own outside our cache, and no locks in the project's git."""
    return {
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
        "SEMGREP_SEND_METRICS": "off",
        "SEMGREP_SETTINGS_FILE": str(cache / "semgrep-settings.yml"),
        "GIT_OPTIONAL_LOCKS": "0",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
    }


LineCount = Callable[[str], int]
"""How many lines a file has that semgrep is given."""


@dataclass(frozen=True, slots=True)
class Readings:
    """By the path that semgrep was given. `failure` is what kept files from being read that are not at fault
    themselves, "" when nothing did."""

    files: Mapping[str, Reading]
    failure: str = ""


class ScanFailed(Exception):  # noqa: N818
    """One run of semgrep did not come to its end; the text continues a sentence that begins with its name."""


@dataclass
class _Run:
    """One scan in progress: what is known so far, and how much time and patience is left."""

    asked: Mapping[str, str]
    line_count: LineCount
    cancel: Cancel
    deadline: float
    files: dict[str, Reading] = field(default_factory=dict[str, Reading])
    failure: str = ""
    failures: int = 0


@dataclass(frozen=True, slots=True)
class NativeScanner:
    """`semgrep-core` with our bundle. Raises ChildMissing when it cannot be started."""

    program: Path
    bundle: Bundle
    cache: Path

    def scan(
        self,
        asked: Mapping[str, str],
        line_count: LineCount,
        cancel: Cancel,
        progress: Callable[[int, int], None] | None = None,
    ) -> Readings:
        """Read these files, in batches. `asked` maps where a file lies to its path in the project."""
        budget = max(_BUDGET_S, _BUDGET_PER_FILE_S * len(asked))
        run = _Run(asked, line_count, cancel, time.monotonic() + budget)
        done = 0
        for batch in _batches(list(asked)):
            self._batch(run, batch)
            done += len(batch)
            if progress is not None:
                progress(done, len(asked))
        return Readings(run.files, run.failure)

    def _batch(self, run: _Run, batch: Sequence[str]) -> None:
        """One call of semgrep. A batch that brings it down is halved until the file at fault is alone."""
        left = run.deadline - time.monotonic()
        if run.cancel or left <= 0 or run.failures >= _MAX_FAILURES:
            reason = (
                "the scan was stopped" if run.cancel else run.failure or "semgrep had no time left for it"
            )
            run.files.update(dict.fromkeys(batch, Reading(unread=reason)))
            run.failure = run.failure or reason
            return
        readings, problem = self._call({given: run.asked[given] for given in batch}, left, run)
        if not problem:
            run.files.update(readings)
            return
        run.failures += 1
        if len(batch) == 1:
            run.files[batch[0]] = Reading(unread=f"semgrep {problem}")
            if run.cancel or not self._works(run):
                run.failure = run.failure or f"semgrep {problem}"
            return
        middle = len(batch) // 2
        self._batch(run, batch[:middle])
        self._batch(run, batch[middle:])

    def _works(self, run: _Run) -> bool:
        """Whether semgrep can read a file that is surely fine: then the one before is to blame."""
        with tempfile.TemporaryDirectory(prefix="lastmile-semgrep-") as folder:
            sample = Path(folder) / f"sample{next(iter(self.bundle.suffixes), '.js')}"
            sample.write_text("\n", encoding="utf-8")
            _, problem = self._call({str(sample): sample.name}, FILE_TIMEOUT_S, run)
        return not problem

    def ask(self, asked: Mapping[str, str], seconds: float, cancel: Cancel) -> ChildResult:
        """One run of semgrep over these files. Raises ScanFailed."""
        with tempfile.TemporaryDirectory(prefix="lastmile-semgrep-") as folder:
            targets = Path(folder) / "targets.json"
            targets.write_text(self._targets(asked), encoding="utf-8")
            result = run_child(
                [self.program, *self._options(targets)],
                cwd=Path(folder),
                timeout_s=seconds,
                memory_mb=MEMORY_MB + 500,
                env=environment(self.cache),
                cancel=cancel,
                ok_codes=frozenset({0, 1}),
            )
        if not result.ok:
            raise ScanFailed(result.why)
        return result

    def _call(self, asked: Mapping[str, str], seconds: float, run: _Run) -> tuple[dict[str, Reading], str]:
        """One run of semgrep: what it says of each file, or what went wrong with it as a whole."""
        try:
            result = self.ask(asked, min(seconds, FILE_TIMEOUT_S * 3 + 0.5 * len(asked)), run.cancel)
            return read_output(result.stdout, result.stderr, asked, run.line_count), ""
        except ScanFailed as problem:
            return {}, str(problem)
        except GarbageOutput as problem:
            return {}, f"answered with something unexpected: {problem}"

    def _options(self, targets: Path) -> list[str]:
        return [
            "-json", "-fast", "-rules", str(self.bundle.path), "-targets", str(targets), *_parallel(),
            "-timeout", str(FILE_TIMEOUT_S), "-timeout_threshold", "3", "-max_memory", str(MEMORY_MB),
        ]  # fmt: skip

    def _targets(self, asked: Mapping[str, str]) -> str:
        """`ppath` is what `paths:` of a rule is compared with, so it starts at the project."""
        return json.dumps(
            [
                "Targets",
                [
                    [
                        "CodeTarget",
                        {
                            "path": {"fpath": given, "ppath": f"/{path}"},
                            "analyzer": self.bundle.language(path),
                            "products": ["sast"],
                        },
                    ]
                    for given, path in asked.items()
                ],
            ]
        )


def _batches(files: Sequence[str]) -> list[Sequence[str]]:
    return [files[start : start + BATCH_FILES] for start in range(0, len(files), BATCH_FILES)]


def _parallel() -> list[str]:
    """Forked workers, as many as there are cores, up to four. Its threads share one heap and wait for each other:
    beside other busy programs two of them took four times the processor time of one."""
    if sys.platform == "win32":
        return ["-j", "1"]
    return ["-use_parmap", "-j", str(max(1, min(4, os.cpu_count() or 1)))]
