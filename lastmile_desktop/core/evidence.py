"""What proves a finding, a pass or a fact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EvidenceKind(StrEnum):
    SPAN = "span"
    FILE_ABSENT = "file-absent"
    CONFIG = "config"
    GIT = "git"
    ATTESTATION = "attestation"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place or a statement. Lines and columns are 1-based; 0 means "no line" (a whole file, an absence).

    `path` is relative to the project, with `/`. `snippet` is filled in by the scan from the file itself,
    redacted and at most 12 lines; detectors and engines leave it empty.
    """

    kind: EvidenceKind
    path: str = ""
    line_start: int = 0
    line_end: int = 0
    column: int = 0
    note: str = ""
    snippet: str = ""
    snippet_start: int = 0


def at(path: str, line: int, line_end: int = 0, column: int = 0, note: str = "") -> Evidence:
    """Evidence that is a span in a file of the project."""
    return Evidence(EvidenceKind.SPAN, path, line, max(line, line_end), column, note)


def absent(note: str, path: str = "") -> Evidence:
    """Evidence that something is not there; `path` is where it was looked for."""
    return Evidence(EvidenceKind.FILE_ABSENT, path, note=note)


def derived(note: str, path: str = "", line: int = 0) -> Evidence:
    """A statement computed from several places, such as "42 of 42 routes have a guard"."""
    return Evidence(EvidenceKind.DERIVED, path, line, line, note=note)
