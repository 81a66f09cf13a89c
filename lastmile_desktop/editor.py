"""Which command opens a file at a line in the founder's editor."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from lastmile_desktop.core.errors import LastMileError

_TERMINAL = ("nano", "vi", "notepad")
_KNOWN = ("cursor", "code", "windsurf", "zed", "idea", "pycharm", "webstorm")
_GOTO = frozenset({"cursor", "code", "windsurf"})
_JETBRAINS = frozenset({"idea", "pycharm", "webstorm"})


def command(
    settings: Mapping[str, str], file: Path, line: int, find: Callable[[str], Path | None]
) -> list[str]:
    """The argv to start; never a shell string. Raises LastMileError when no editor is found."""
    chosen = settings.get("editor", "auto")
    if chosen == "custom":
        return _custom(settings.get("editor_command", ""), file, line)
    for name in _KNOWN if chosen == "auto" else (chosen,):
        program = find(name)
        if program is not None:
            return _argv(name, str(program), file, line)
    own = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if own and chosen == "auto":
        return [*shlex.split(own), str(file)]
    raise LastMileError(
        "No editor was found",
        "None of Cursor, VS Code, Windsurf, Zed or a JetBrains IDE is on your PATH.",
        "Choose an editor in Settings.",
    )


def _argv(name: str, program: str, file: Path, line: int) -> list[str]:
    if name in _GOTO:
        return [program, "--goto", f"{file}:{line}"]
    if name in _JETBRAINS:
        return [program, "--line", str(line), str(file)]
    return [program, f"{file}:{line}"]


def _custom(text: str, file: Path, line: int) -> list[str]:
    try:
        parts = shlex.split(text)
    except ValueError:
        parts = []
    if not parts:
        raise LastMileError(
            "No editor was started",
            "The editor command in Settings is empty or has an open quote.",
            "Mend it there.",
        )
    filled = [part.replace("{file}", str(file)).replace("{line}", str(line)) for part in parts]
    return filled if "{file}" in text else [*filled, str(file)]


def compose(template: str) -> str:
    """Let somebody write in the terminal's own editor, beginning with `template`; what they saved. Raises LastMileError
    when there is no editor, or when it ended badly."""
    import subprocess
    import tempfile

    own = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    argv = shlex.split(own) or next(([name] for name in _TERMINAL if shutil.which(name)), [])
    if not argv:
        raise LastMileError(
            "No editor was found",
            "Neither VISUAL nor EDITOR names one.",
            "Give the text after the command instead.",
        )
    handle, name = tempfile.mkstemp(prefix="lastmile-", suffix=".md")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(template)
        ended = subprocess.run([*argv, name], check=False).returncode
        if ended:
            raise LastMileError("Nothing was logged", f"{argv[0]} ended with {ended}.", "Try it once more.")
        return Path(name).read_text(encoding="utf-8")
    except OSError as problem:
        raise LastMileError(
            "No editor was started", f"{argv[0]}: {problem.strerror}.", "Set EDITOR to one that is installed."
        ) from problem
    finally:
        Path(name).unlink(missing_ok=True)
