"""One redacted report for a bug: the stack without values, never a line of the founder's code or a secret."""

from __future__ import annotations

import platform
import sys
import traceback
from datetime import datetime
from pathlib import Path

from lastmile_desktop import __version__
from lastmile_desktop.core.redact import redact, redact_personal

_KEPT = 20


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
