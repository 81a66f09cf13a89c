"""Errors a person can act on: a title, what happened, what to do."""

from __future__ import annotations


class LastMileError(Exception):
    """A known failure. `title` fits a heading; `happened` and `remedy` are one plain sentence each."""

    def __init__(self, title: str, happened: str, remedy: str) -> None:
        super().__init__(f"{title}. {happened} {remedy}")
        self.title = title
        self.happened = happened
        self.remedy = remedy


class CatalogueError(LastMileError):
    """A check of the catalogue is not well formed; `happened` names the file and the key."""


class ProjectError(LastMileError):
    """The folder cannot be scanned at all."""


def no_project() -> ProjectError:
    return ProjectError("No project is open", "There is nothing to do this with.", "Open a folder first.")


class StoreError(LastMileError):
    """The database cannot be read or written."""


class ScanCancelled(LastMileError):  # noqa: N818 - stopping is no error
    """The user stopped the scan; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "Scan stopped", "You stopped this scan before it ended.", "Scan again when you like."
        )
