"""Whether an outside tool starts, and which version it is."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lastmile_desktop.core.health import OK, Condition, Health
from lastmile_desktop.engines.process import ChildMissing, run_child

_REMEDY = "Reinstall Last Mile; the tools come with it."
_TIMEOUT_S = 10.0


def version_of(name: str, tool: Path | None, said_before: str) -> tuple[str, Health]:
    """The version that the tool says, without what it says before that; "" with the reason when it does not start."""
    if tool is None:
        return "", Health(Condition.MISSING, f"{name} is not installed. {_REMEDY}")
    try:
        result = run_child([tool, "--version"], cwd=Path(tempfile.gettempdir()), timeout_s=_TIMEOUT_S)
    except ChildMissing as problem:
        return "", Health(Condition.MISSING, f"{problem.happened} {problem.remedy}")
    if not result.ok:
        return "", Health(Condition.FAILED, f"{name} {result.why}. {_REMEDY}")
    return result.stdout.decode("utf-8", "replace").removeprefix(said_before).strip(), OK
