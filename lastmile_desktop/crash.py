"""One redacted report for a bug: the stack without values, never a line of the founder's code or a secret."""

from __future__ import annotations

import logging
import platform
import sys
import traceback
from datetime import datetime
from pathlib import Path

from lastmile_desktop import __version__
from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.events import Failed
from lastmile_desktop.core.redact import redact, redact_personal

log = logging.getLogger(__name__)

_KEPT = 20


def told(problem: Exception, folder: Path, now: datetime, doing: str) -> Failed:
    """What the founder is told of it; of a bug a report is written."""
    if isinstance(problem, LastMileError):
        return Failed(problem.title, problem.happened, problem.remedy)
    log.error("a bug while %s: %s", doing, type(problem).__name__)
    return Failed(
        "Something in Last Mile broke",
        f"While {doing}: {type(problem).__name__}. Your list may be out of date.",
        "Scan again. If it stays, send us the report; it holds none of your code.",
        str(write_report(folder, problem, now, doing)),
    )


def write_report(folder: Path, problem: BaseException, now: datetime, doing: str) -> Path:
    """Write the report and give back where it lies; the oldest beyond twenty go."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{now.strftime('%Y%m%d-%H%M%S-%f')}.txt"
    frames = traceback.extract_tb(problem.__traceback__)
    lines = [f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames[-60:]]
    text = "\n".join(
        [
            f"Last Mile {__version__}, Python {platform.python_version()}, {sys.platform}",
            f"While: {doing}",
            f"{type(problem).__name__}: {redact_personal(redact(str(problem)))[:500]}",
            *lines,
        ]
    )
    file.write_text(text + "\n", encoding="utf-8")
    for old in sorted(folder.glob("*.txt"))[:-_KEPT]:
        old.unlink(missing_ok=True)
    return file
