"""What each check costs: `make bench ONLY=checks` prints them, slowest first."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Measure, at_most, median
from benchmarks.scans import CONTEXT, scanner
from lastmile_desktop.core.check import Check
from lastmile_desktop.scan import judgements
from lastmile_desktop.scan.evaluate import Heard, Judged, judge
from lastmile_desktop.scan.excerpts import Excerpts
from lastmile_desktop.scan.workspace import Context

RESULT = Path("build/checks.json")
SAVES = 5
_SHOWN = 25


def checks(root: Path, work: Path) -> list[Measure]:
    """Milliseconds that each check takes in the first scan, models made, and in a save of a source file, of a page
    and of a migration. A check that none of them concerns is not asked at all."""
    spent: dict[str, list[float]] = defaultdict(list)

    def timed(
        check: Check, view: judgements.RecordingView, said: Heard, excerpts: Excerpts
    ) -> tuple[Judged, ...]:
        started = time.perf_counter()
        judged = judge(check, view, said, excerpts)
        spent[check.id].append((time.perf_counter() - started) * 1_000)
        return judged

    judgements.judge = timed
    try:
        with scanner(root, work, warm=True) as one:
            one.scan(CONTEXT)
            first = {check: values[0] for check, values in spent.items()}
            one.scan(CONTEXT)
            saves: dict[str, dict[str, float]] = {}
            totals: list[float] = []
            for path in ("app/api/job/route.ts", "src/main.tsx", _migration(root)):
                saves[path], total = _save(root / path, one.scan, spent)
                totals.append(total)
    finally:
        judgements.judge = judge
    _show(first, saves)
    return [at_most("all checks in a save, models made, worst of three files", max(totals), 60, "ms")]


def _save(
    file: Path, scan: Callable[[Context], object], spent: dict[str, list[float]]
) -> tuple[dict[str, float], float]:
    original = file.read_text()
    rounds: list[dict[str, float]] = []
    for number in range(SAVES):
        spent.clear()
        file.write_text(f"{original}\n{'--' if file.suffix == '.sql' else '//'} {number}\n")
        scan(CONTEXT)
        rounds.append({check: sum(values) for check, values in spent.items()})
    file.write_text(original)
    ids = {check for found in rounds for check in found}
    return {check: median(found.get(check, 0.0) for found in rounds) for check in ids}, median(
        sum(found.values()) for found in rounds
    )


def _migration(root: Path) -> str:
    return str(sorted(root.glob("supabase/migrations/*.sql"))[-1].relative_to(root))


def _show(first: dict[str, float], saves: dict[str, dict[str, float]]) -> None:
    table = Table("check", "first scan", *saves, box=None, pad_edge=False, title="ms each check takes")
    worst = {check: max([found.get(check, 0.0) for found in saves.values()]) for check in first}
    ordered = sorted(first, key=lambda check: (-worst[check], -first[check]))
    for check in ordered[:_SHOWN]:
        table.add_row(
            check, f"{first[check]:.1f}", *(f"{found.get(check, 0.0):.1f}" for found in saves.values())
        )
    Console(highlight=False, width=130).print(table)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(
        json.dumps(
            {
                check: {"first_ms": round(first[check], 2)}
                | {path: round(found.get(check, 0.0), 2) for path, found in saves.items()}
                for check in ordered
            },
            indent=2,
        )
        + "\n"
    )
