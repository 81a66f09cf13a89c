"""`lastmile checks`: the catalogue."""

from __future__ import annotations

import argparse
import sys

import msgspec
from rich.console import Console
from rich.table import Table

from lastmile_desktop.cli.subcommands import SubCommands
from lastmile_desktop.core.check import Check
from lastmile_desktop.session import load_catalogue


def add_to(commands: SubCommands) -> None:
    command = commands.add_parser("checks", help="list what is checked")
    command.add_argument("--format", choices=("table", "json"), default="table")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    checks = list(load_catalogue().checks.values())
    if arguments.format == "json":
        body = msgspec.json.encode([_value(check) for check in checks])
        sys.stdout.write(msgspec.json.format(body, indent=2).decode() + "\n")
        return 0
    table = Table("Check", "What it asks", "Severity", "Engines", "Stacks", box=None, pad_edge=False)
    for check in checks:
        table.add_row(
            check.id,
            check.title_gap,
            str(check.severity),
            ", ".join(_engines(check)),
            ", ".join(_stacks(check)),
        )
    Console(highlight=False).print(table)
    return 0


def _value(check: Check) -> dict[str, object]:
    return {
        "id": check.id,
        "area": check.area.slug,
        "title_gap": check.title_gap,
        "title_passed": check.title_passed,
        "severity": str(check.severity),
        "reach": int(check.reach),
        "effort": str(check.effort),
        "targets": str(check.targets),
        "engines": _engines(check),
        "stacks": _stacks(check),
        "rules": [
            {"id": rule.id, "engine": str(rule.engine), "severity": str(rule.severity), "title": rule.title}
            for rule in check.rules
        ],
        "references": [{"title": ref.title, "url": ref.url} for ref in check.refs],
        "aliases": list(check.aliases),
    }


def _engines(check: Check) -> list[str]:
    return sorted(str(engine) for engine in check.engines)


def _stacks(check: Check) -> list[str]:
    return sorted({stack for rule in check.rules for stack in rule.stacks})
