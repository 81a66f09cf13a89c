"""What git says of a project, as plain values; `engines/git.py` fills them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    author_name: str
    author_email: str
    when: datetime
    subject: str
    trailers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file in one commit; `before` and `after` name its content, and are empty where there was none."""

    sha: str
    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class GitFacts:
    """`available` is False when the folder is no repository or git is absent; `reason` says which.

    `commits` are the newest first, bounded; `truncated` when there are more. `tracked` are the paths git tracks,
    None when unknown. `added_on` maps a path to the date it first appeared, `changed_on` to the date it was
    last changed after that, both for migration files. `changes` are the files of the newest commits, newest first.
    """

    available: bool
    reason: str = ""
    head: str = ""
    branch: str = ""
    remote: str = ""
    shallow: bool = False
    commits: tuple[Commit, ...] = ()
    truncated: bool = False
    tracked: frozenset[str] | None = None
    added_on: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    changed_on: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    changes: tuple[FileChange, ...] = ()


NO_GIT = GitFacts(available=False, reason="This folder is not a git repository.")
