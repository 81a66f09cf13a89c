"""`lastmile doctor`: each engine, its version, whether it works, and what to do if not."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lastmile_desktop.cli.subcommands import SubCommands
from lastmile_desktop.home import Home
from lastmile_desktop.session import engine_infos

EXIT_BROKEN = 3


def add_to(commands: SubCommands) -> None:
    command = commands.add_parser("doctor", help="see whether every engine works")
    command.add_argument("--data-dir", type=Path, help="where Last Mile keeps its own data")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    infos = engine_infos(Home.of(arguments.data_dir))
    for info in infos:
        mark, style = ("ok", "green") if info.health.ok else (str(info.health.condition), "red")
        line = Text(f"{info.name:<12}{info.version or '–':<12}").append(mark, style)
        console.print(line)
        if info.health.reason:
            console.print(Text(f"{'':<12}{info.health.reason}", "dim"))
    return 0 if all(info.health.ok for info in infos) else EXIT_BROKEN
