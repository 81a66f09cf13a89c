"""`lastmile scan`: one scan, written as a table, JSON, SARIF or Markdown."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.cli.progress import Progress
from lastmile_desktop.cli.subcommands import SubCommands
from lastmile_desktop.cli.table import print_table
from lastmile_desktop.core.checklist import Checklist
from lastmile_desktop.core.errors import ProjectError
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.home import Home
from lastmile_desktop.reports import json_report, markdown, sarif
from lastmile_desktop.session import load_catalogue, scan_once

EXIT_REACHED = 1
EXIT_USAGE = 2
_FAIL_BANDS = {
    "stop": (Band.STOP,),
    "double": (Band.STOP, Band.BEFORE_YOU_DOUBLE),
    "never": (),
}


def add_to(commands: SubCommands) -> None:
    command = commands.add_parser("scan", help="scan a project once and print what it needs")
    command.add_argument("path", type=Path, help="the project's folder")
    command.add_argument("--format", choices=("table", "json", "sarif", "markdown"), default="table")
    command.add_argument("--output", type=Path, metavar="FILE", help="write there instead of to the screen")
    command.add_argument("--check", action="append", metavar="ID", help="only this check (repeatable)")
    command.add_argument("--fail-on", choices=tuple(_FAIL_BANDS), default="never", help="exit 1 at this band")
    command.add_argument("--users", type=_positive, metavar="N", help="users today, for the ranking")
    command.add_argument("--no-save", action="store_true", help="leave no trace in the history")
    command.add_argument("--data-dir", type=Path, help="keep Last Mile's own data here")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    catalogue = load_catalogue()
    checks = None
    if arguments.check:
        found = {name: catalogue.check(name) for name in arguments.check}
        unknown = [name for name, check in found.items() if check is None]
        if unknown:
            print(f"There is no check {unknown[0]!r}; `lastmile checks` lists them.", file=sys.stderr)  # noqa: T201
            return EXIT_USAGE
        checks = {check.id: check for check in found.values() if check is not None}
    with Progress() as progress:
        scan, checklist = scan_once(
            arguments.path,
            Home.of(arguments.data_dir),
            checks=checks,
            users=arguments.users,
            save=not arguments.no_save,
            progress=progress,
        )
    _write(arguments, scan, checklist, catalogue)
    reached = checklist.count(*_FAIL_BANDS[arguments.fail_on]) if arguments.fail_on != "never" else 0
    return EXIT_REACHED if reached else 0


def _write(arguments: argparse.Namespace, scan: Scan, checklist: Checklist, catalogue: Catalogue) -> None:
    if arguments.format == "table" and arguments.output is None:
        print_table(scan, checklist, catalogue)
        return
    match arguments.format:
        case "json":
            text = json_report.render(scan, checklist, catalogue)
        case "sarif":
            text = sarif.render(scan, catalogue)
        case "markdown":
            text = markdown.render(scan, checklist, catalogue)
        case _:
            with arguments.output.open("w", encoding="utf-8") as file:
                print_table(scan, checklist, catalogue, file)
            return
    if arguments.output is None:
        sys.stdout.write(text)
        return
    try:
        arguments.output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise ProjectError(
            "The report was not written", f"{arguments.output}: {problem.strerror}.", "Name another file."
        ) from problem


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
