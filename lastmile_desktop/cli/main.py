"""`lastmile`: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from lastmile_desktop import __version__, crash
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.home import Home

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_FAILED = 3


COMMANDS = ("scan", "watch", "talk", "people", "checks", "doctor")


def parser(only: str = "") -> argparse.ArgumentParser:
    """All commands, or one of them, because reading what the others need takes longer than writing a note down.
    `open` is handled by `__main__`, which alone may start the window."""
    top = argparse.ArgumentParser(
        prog="lastmile",
        description="What has to change before the next doubling of your user base, with proof.",
    )
    top.add_argument("--version", action="version", version=f"lastmile {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    window = commands.add_parser("open", help="open the window (the default)")
    window.add_argument("path", nargs="?", type=Path, help="the project's folder")
    window.add_argument("--sample", action="store_true", help="open the sample project")
    window.add_argument("--data-dir", type=Path, help="keep Last Mile's own data here")
    for name in (only,) if only else COMMANDS:
        import_module(f"lastmile_desktop.cli.{name}").add_to(commands)
    return top


def main(argv: Sequence[str]) -> int:
    """Run one command. 0 done, 1 the `--fail-on` band was reached, 2 wrong use, 3 could not scan."""
    arguments = parser(argv[0] if argv and argv[0] in COMMANDS else "").parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except LastMileError as problem:
        print(f"{problem.title}\n{problem.happened}\n{problem.remedy}", file=sys.stderr)  # noqa: T201
        return EXIT_FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_OK
    except KeyboardInterrupt:
        return 130
    except Exception as problem:  # noqa: BLE001 - a bug: said plainly, with one redacted report
        home = Home.of(getattr(arguments, "data_dir", None))
        report = crash.write_report(home.crashes, problem, datetime.now(UTC), f"lastmile {arguments.command}")
        print(f"Something in Last Mile broke ({type(problem).__name__}).\nReport: {report}", file=sys.stderr)  # noqa: T201
        return EXIT_FAILED
