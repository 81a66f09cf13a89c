"""Which files of a project are its code."""

from __future__ import annotations

from lastmile_desktop.project.code.parse import language_of
from lastmile_desktop.project.path_kinds import is_tools_own
from lastmile_desktop.project.tree import FileEntry


def is_source(entry: FileEntry) -> bool:
    """Whether the file is code that an outline can be made of; minified bundles and what a coding tool keeps for
    itself are not read as source."""
    return language_of(entry.path) is not None and not entry.minified and not is_tools_own(entry.path)
