"""`make accuracy` scans the listed repositories and writes docs/accuracy.md from what readers said of the findings.

`python -m benchmarks.accuracy [--repositories FOLDER] [--only SET] [--rows FOLDER]`. Repositories are cloned into
FOLDER, at their commit, unless they are there as `owner__name`. `--rows` keeps the findings of each repository as JSON,
for readers and for going on where it was stopped: what is there already is not scanned again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.accuracy.labels import Repository, Set, labels, repositories
from benchmarks.accuracy.report import render
from benchmarks.accuracy.tally import Row, tally
from lastmile_desktop.catalogue.load import load
from lastmile_desktop.core.check import Severity
from lastmile_desktop.home import Home
from lastmile_desktop.resources import rules_dir
from lastmile_desktop.scan.once import scan_once

REPORT = Path("docs/accuracy.md")
FOLDER = Path("build/repositories")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Given:
    folder: Path
    only: frozenset[Set]
    rows: Path | None


def main() -> int:
    given = _given()
    chosen = [item for item in repositories() if item.set in given.only]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="lastmile-accuracy-") as data:
        for number, repository in enumerate(chosen, start=1):
            print(f"{number}/{len(chosen)} {repository.name}", file=sys.stderr)
            rows += _kept(repository, given, Path(data))
    if given.only == frozenset(Set):
        checks = load(rules_dir()).checks
        REPORT.write_text(
            render(chosen, tally(chosen, rows, labels()), rows, tuple(checks)), encoding="utf-8"
        )
    return 0


def _given() -> Given:
    parser = argparse.ArgumentParser(prog="benchmarks.accuracy")
    parser.add_argument("--repositories", type=Path, default=FOLDER)
    parser.add_argument("--only", choices=[item.value for item in Set], action="append")
    parser.add_argument("--rows", type=Path)
    parsed = parser.parse_args()
    only = frozenset(Set(value) for value in parsed.only) if parsed.only else frozenset(Set)
    return Given(parsed.repositories, only, parsed.rows)


def _there(repository: Repository, folder: Path) -> Path:
    """The folder of this repository at its commit, cloned first when it is not there."""
    name = repository.name.replace("/", "__")
    found = next((item for item in (folder / name, *sorted(folder.glob(f"*/{name}"))) if item.is_dir()), None)
    root = found or folder / name
    if found is None:
        root.parent.mkdir(parents=True, exist_ok=True)
        _git(["clone", "--quiet", f"https://github.com/{repository.name}.git", str(root)], root.parent)
        _git(["checkout", "--quiet", repository.commit], root)
    head = _git(["rev-parse", "HEAD"], root)
    if head != repository.commit:
        raise SystemExit(f"{root} is at {head}, not at {repository.commit}: remove the folder and try again.")
    return root


def _git(argv: list[str], where: Path) -> str:
    return subprocess.run(
        ["git", *argv], cwd=where, check=True, capture_output=True, text=True
    ).stdout.strip()


def _kept(repository: Repository, given: Given, data: Path) -> list[Row]:
    """The findings of this repository, from the last time when they were kept."""
    file = given.rows / f"{repository.name.replace('/', '__')}.json" if given.rows is not None else None
    if file is not None and file.is_file():
        return [Row(**item) for item in json.loads(file.read_text(encoding="utf-8"))]
    rows = _rows(repository, _there(repository, given.folder), data)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    return rows


def _rows(repository: Repository, root: Path, data: Path) -> list[Row]:
    catalogue = load(rules_dir())
    scan, _ = scan_once(root, Home.of(data), catalogue, lambda: NOW, save=False)
    return [
        Row.of(repository.name, finding, catalogue.checks[verdict.check_id].reach_of(finding.rule))
        for verdict in scan.verdicts
        for finding in verdict.findings
        if finding.severity is not Severity.INFO
    ]


if __name__ == "__main__":
    sys.exit(main())
