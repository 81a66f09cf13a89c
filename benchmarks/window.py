"""Measures of the running window, each taken in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import Measure, at_least, at_most, median, percentile
from benchmarks.scans import NOW, scanner, semgrep_default
from lastmile_desktop.scan.balance import talkless
from lastmile_desktop.scan.workspace import Context

BURST_FILES = 10_000
# The window of the burst is asked nothing: some checks wait for answers.
UNANSWERED = Context(NOW, {}, talkless(NOW, {}))
_REPOSITORY = Path(__file__).resolve().parents[1]


def probe(mode: str, project: Path, data: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.probe", mode, str(project), str(data)],
        cwd=_REPOSITORY,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"STARTED_AT": repr(time.time())},
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def live(project: Path, work: Path) -> list[Measure]:
    found = probe("live", project, work / "data")
    late = probe("late", project, work / "data")
    saves = [value for values in found["saves_ms"].values() for value in values]
    by_check = ", ".join(
        f"{check.partition('.')[2]} {median(values):.0f}" for check, values in found["saves_ms"].items()
    )
    single = median(semgrep_default(work, project / "app/api/job/route.ts") for _ in range(3)) * 1_000
    p50 = median(saves)
    return [
        at_most(
            "save → its changed row in the window's model, p95", percentile(saves, 0.95), 250, "ms", by_check
        ),
        at_most("save → its changed row in the window's model, p50", p50, 150, "ms", f"{len(saves)} saves"),
        at_most(
            "saves whose row did not change", len(found["missed"]), 0, "", "; ".join(found["missed"][:3])
        ),
        at_least(
            "default semgrep scan of that one file, of the p50", single / p50, 8, "×", f"{single:.0f} ms"
        ),
        at_most("lateness of a 10 ms timer during a full scan, max", late["lateness_ms"], 50, "ms"),
        at_most("idle with the project open, over 60 s", found["idle_percent"], 0.5, "% of a core"),
        at_most("window plus engines, resident", found["resident_mb"], 350, "MB", found["processes"]),
    ]


def start(project: Path, work: Path) -> list[Measure]:
    """The project was open before, so there is a last list to show."""
    runs = [probe("start", project, work / "data") for _ in range(5)]
    return [
        at_most("window on screen after start", median(run.get("window", 99) for run in runs), 1.0, "s"),
        at_most("last scan's list shown after start", median(run.get("list", 99) for run in runs), 1.5, "s"),
    ]


def burst(project: Path, work: Path) -> list[Measure]:
    """A branch with 10,000 more files, of which one opens a stopper, and ten existing ones changed."""
    _git(project, "add", "-A")
    _git(project, "commit", "-q", "--allow-empty", "-m", "before")
    _git(project, "switch", "-q", "-c", "burst")
    for number in range(BURST_FILES):
        folder = project / "src" / "generated" / f"part{number // 200}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"item{number}.ts").write_text(f"export const item{number} = {{ id: {number} }};\n")
    (project / "src/services/master.ts").write_text(
        "export const master = import.meta.env.VITE_SUPABASE_SERVICE_ROLE_KEY;\n"
    )
    (project / "src/main.tsx").write_text(
        (project / "src/main.tsx").read_text() + 'import "./services/master";\n'
    )
    _git(project, "add", "-A")
    _git(project, "commit", "-q", "-m", "burst")
    _git(project, "switch", "-q", "-")
    found = probe("burst", project, work / "burst-data")
    with scanner(project, work, warm=False) as fresh:
        whole = fresh.scan(UNANSWERED)
    expected = sorted(item.fingerprint for judged in whole.judged for item in judged.findings)
    wrong = set(found["findings"]) ^ set(expected)
    right = not {item for item in wrong if item} and found["files"] == len(whole.view.tree.files)
    return [
        Measure("10,000 file events in a burst: scans", found["scans"], "", "= 1", found["scans"] == 1),
        at_most("10,000 file events in a burst: notifications", found["notifications"], 1, ""),
        Measure(
            "10,000 file events in a burst: final state right",
            int(right),
            "",
            "= 1",
            right,
            f"{len(wrong)} differ",
        ),
    ]


def _git(root: Path, *argv: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *argv],
        cwd=root,
        check=True,
        stdout=subprocess.DEVNULL,
    )
