"""The few files that Last Mile writes into a project, all in `.lastmile/`, and only when the founder says so."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from lastmile_desktop.core.errors import ProjectError
from lastmile_desktop.project.policy import PROJECT_DIR


def remove(root: Path, path: str) -> None:
    """Take `path` (in `.lastmile/`) out again. Raises ProjectError when the folder will not have it."""
    try:
        (root / path).unlink(missing_ok=True)
    except OSError as problem:
        raise ProjectError(
            "This was not undone",
            f"{path} could not be removed: {problem}.",
            "Check the folder's permissions.",
        ) from problem


def write(root: Path, path: str, text: str, refusal: str = "This was not written") -> None:
    """Write `path` (in `.lastmile/`) whole or not at all. Raises ProjectError, titled `refusal`, when the folder will
    not have it."""
    folder = root / PROJECT_DIR
    try:
        if folder.is_symlink():
            raise OSError(f"{PROJECT_DIR} is a link")
        folder.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".writing-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(text)
            Path(name).replace(root / path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise ProjectError(
            refusal, f"{path} could not be written: {problem}.", "Check the folder's permissions."
        ) from problem
