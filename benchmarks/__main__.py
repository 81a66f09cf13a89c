"""`make bench [ONLY=name]`: every measure in one run; exit 1 when a bar is missed."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import scans, window
from benchmarks.checks import checks
from benchmarks.log import log
from benchmarks.measure import Measure, show
from benchmarks.project import make

RESULT = Path("build/bench.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("only", nargs="*", help="live, start, burst, scans, checks, log, law")
    only = set(parser.parse_args().only)
    work = Path(tempfile.mkdtemp(prefix="lastmile-bench-"))
    try:
        project = work / "project"
        make(project, files=1_000)
        parts: dict[str, Callable[[], list[Measure]]] = {
            "scans": lambda: scans.whole_scans(project, work),
            "live": lambda: window.live(project, work),
            "start": lambda: window.start(project, work),
            "burst": lambda: window.burst(project, work),
            "checks": lambda: checks(project, work),
            "log": lambda: log(work),
            "law": lambda: [scans.law(work)],
        }
        measures: list[Measure] = []
        for name, part in parts.items():
            if not only or name in only:
                print(f"measuring: {name}", file=sys.stderr)
                measures += part()
        return 0 if show(measures, RESULT) else 1
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
