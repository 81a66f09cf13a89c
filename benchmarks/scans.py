"""Whole scans: the first, one with nothing changed, and the law that incremental equals full."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.edits import Editor
from benchmarks.measure import Measure, at_most, median
from benchmarks.project import make
from lastmile_desktop.catalogue.bundle import compile_bundle
from lastmile_desktop.catalogue.load import load
from lastmile_desktop.engines.compose import EngineHome, compose
from lastmile_desktop.resources import rules_dir
from lastmile_desktop.scan.balance import talkless
from lastmile_desktop.scan.run import Outcome, Scanner
from lastmile_desktop.scan.workspace import Context

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ANSWERS = {"profile.stage": "first-users"}
CONTEXT = Context(NOW, ANSWERS, talkless(NOW, ANSWERS))
ROUNDS = 3
SEEDS = 10
EDITS = 200


def semgrep_default(work: Path, target: Path) -> float:
    """Seconds of the default `semgrep scan` with our rules on this file or folder."""
    bundle = compile_bundle(rules_dir(), work / "bundle")
    program = Path(sysconfig.get_path("scripts")) / "semgrep"
    argv = [
        *(
            str(program),
            "scan",
            "--config",
            str(bundle.path),
            "--json",
            "--output",
            str(work / "semgrep.json"),
        ),
        *("--metrics=off", "--disable-version-check", "--quiet", str(target)),
    ]
    scripts = sysconfig.get_path("scripts")
    environment = os.environ | {
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
        "SEMGREP_SEND_METRICS": "off",
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    started = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True, env=environment, cwd=work)
    return time.perf_counter() - started


@contextmanager
def scanner(root: Path, work: Path, warm: bool) -> Generator[Scanner]:
    home = EngineHome(work / "home", rules_dir(), b"k" * 32)
    made = Scanner(root, load(rules_dir()).checks, compose(home, warm=warm))
    try:
        yield made
    finally:
        made.close()


def whole_scans(root: Path, work: Path) -> list[Measure]:
    firsts: list[float] = []
    defaults: list[float] = []
    rescans: list[float] = []
    for _ in range(ROUNDS):
        defaults.append(semgrep_default(work, root))
        with scanner(root, work, warm=False) as one:
            firsts.append(_timed(one))
            rescans.append(median(_timed(one) for _ in range(5)))
    first, default, rescan = median(firsts), median(defaults), median(rescans)
    return [
        at_most(
            "first full scan, 1,000 source files, all engines, against the default semgrep scan alone",
            first / default,
            1.0,
            "×",
            f"{first:.2f} s against {default:.2f} s",
        ),
        at_most(
            "rescan with nothing changed, of the first",
            100 * rescan / first,
            5.0,
            "%",
            f"{rescan * 1000:.0f} ms",
        ),
    ]


def _timed(one: Scanner) -> float:
    started = time.perf_counter()
    one.scan(CONTEXT)
    return time.perf_counter() - started


def law(work: Path) -> Measure:
    """200 random edits, 10 seeds: the checklists that differ from those of a full scan."""
    differing: list[str] = []
    compared = 0
    for seed in range(SEEDS):
        root = work / f"law{seed}"
        make(root, files=80, seed=seed)
        editor = Editor(root, seed)
        with scanner(root, work, warm=True) as live:
            live.scan(CONTEXT)
            for number in range(1, EDITS + 1):
                editor.edit()
                state = settled(live.scan(CONTEXT))
                if number % 50 == 0:
                    with scanner(root, work, warm=False) as fresh:
                        whole = settled(fresh.scan(CONTEXT))
                    compared += 1
                    if state != whole:
                        differing.append(f"seed {seed} after {number} edits")
        shutil.rmtree(root)
    return at_most(
        "incremental ≠ full after random edits, 10 seeds", len(differing), 0, "", differing[0] if differing else
        f"{compared} comparisons, {SEEDS * EDITS} edits",
    )  # fmt: skip


def settled(outcome: Outcome) -> dict[tuple[str, str], object]:
    """The checklist without what depends on when it was made."""
    return {
        (item.check.id, item.target): (
            item.findings, item.passes, item.unknowns, item.looked, item.not_applicable, item.needs_attestation
        )
        for item in outcome.judged
    }  # fmt: skip
