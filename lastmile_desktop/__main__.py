"""`lastmile`: the window, or a command of the command line."""

from __future__ import annotations

import sys
from pathlib import Path

COMMANDS = ("scan", "watch", "talk", "people", "checks", "doctor")


def main() -> int:
    """Start what was asked for. Qt is imported only for the window."""
    argv = sys.argv[1:]
    if argv and (argv[0] in COMMANDS or argv[0] in ("-h", "--help", "--version")):
        from lastmile_desktop.cli.main import main as command_line

        return command_line(argv)
    from lastmile_desktop.cli.main import parser

    if argv and argv[0] != "open" and not argv[0].startswith("-") and Path(argv[0]).is_dir():
        argv = ["open", *argv]
    arguments = parser().parse_args(argv or ["open"])
    from lastmile_desktop.ui.app import run

    return run(arguments.path, arguments.data_dir, arguments.sample)


if __name__ == "__main__":
    sys.exit(main())
