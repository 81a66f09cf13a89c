"""The policy book on its way to the window and back into the project."""

from __future__ import annotations

import difflib
from pathlib import Path

from lastmile_desktop.core.commands import PreviewPolicy
from lastmile_desktop.core.events import PolicyPreviewed
from lastmile_desktop.project import own_files, policy_edit
from lastmile_desktop.project.collect import read_text
from lastmile_desktop.project.policy import POLICY_FILE

_AROUND = 3


def preview(root: Path, asked: PreviewPolicy) -> PolicyPreviewed:
    """What would be written, against the file as it is now. Raises ProjectError when it cannot be."""
    before = read_text(root, POLICY_FILE)
    after = asked.text if asked.text is not None else policy_edit.changed(before, asked.changes)
    lines = difflib.unified_diff((before or "").splitlines(), after.splitlines(), n=_AROUND, lineterm="")
    # The first two lines name files, those with @@ say where the next stretch begins.
    diff = tuple("  …" if line.startswith("@@") else line for number, line in enumerate(lines) if number > 2)
    return PolicyPreviewed(before, after, diff, policy_edit.reading(after).problems)


def write(root: Path, text: str | None) -> None:
    """Raises ProjectError when the folder will not have it."""
    if text is None:
        own_files.remove(root, POLICY_FILE)
    else:
        own_files.write(root, POLICY_FILE, text)
