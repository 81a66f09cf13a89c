"""`lastmile watch`: JSON lines, one a change of the checklist, until it is interrupted."""

from __future__ import annotations

import argparse
import json
import queue
import sys
from pathlib import Path
from typing import Any

from lastmile_desktop.cli.subcommands import SubCommands
from lastmile_desktop.core import commands, events
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.home import Home
from lastmile_desktop.session import Session


def add_to(commands_: SubCommands) -> None:
    command = commands_.add_parser("watch", help="print a JSON line whenever the checklist changes")
    command.add_argument("path", type=Path, help="the project's folder")
    command.add_argument("--data-dir", type=Path, help="keep Last Mile's own data here")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    heard: queue.SimpleQueue[events.Event] = queue.SimpleQueue()
    session = Session(Home.of(arguments.data_dir))
    session.subscribe(heard.put)
    session.start()
    session.submit(commands.OpenProject(arguments.path))
    shown: dict[str, dict[str, Any]] | None = None
    try:
        while True:
            event = heard.get()
            if isinstance(event, events.Failed):
                if shown is None:
                    raise LastMileError(event.title, event.happened, event.remedy)
                _line(
                    {
                        "event": "error",
                        "title": event.title,
                        "happened": event.happened,
                        "remedy": event.remedy,
                    }
                )
            elif isinstance(event, events.WatchChanged):
                _line({"event": "watch", "state": str(event.state), "reason": event.reason})
            elif isinstance(event, events.ScanUpdated) and not event.scan.partial:
                shown = _changes(shown, event.scan)
    except KeyboardInterrupt:
        return 0
    finally:
        session.close()


def _changes(shown: dict[str, dict[str, Any]] | None, scan: Scan) -> dict[str, dict[str, Any]]:
    """Print a line for each row that differs from what was shown, and give back what is shown now."""
    rows = {verdict.row_id: _row(scan, verdict.row_id) for verdict in scan.verdicts}
    milliseconds = scan.caused_by_ms
    for row_id, row in rows.items():
        if shown is None or shown.get(row_id) != row:
            _line({"event": "row", **row, "since_save_ms": milliseconds})
    for row_id in (shown or {}).keys() - rows.keys():
        _line({"event": "gone", "id": row_id, "since_save_ms": milliseconds})
    return rows


def _row(scan: Scan, row_id: str) -> dict[str, Any]:
    verdict = scan.verdict(row_id)
    if verdict is None:
        return {"id": row_id}
    return {
        "id": verdict.check_id,
        "target": verdict.target,
        "verdict": str(verdict.state),
        "reason": verdict.reason,
        "findings": [
            {
                "rule": item.rule,
                "fingerprint": item.fingerprint,
                "severity": str(item.severity),
                "message": item.message,
                "path": item.evidence[0].path if item.evidence else "",
                "line": item.evidence[0].line_start if item.evidence else 0,
            }
            for item in verdict.findings
        ],
    }


def _line(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
