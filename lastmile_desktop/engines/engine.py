"""The one Protocol behind which every outside tool stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.health import EngineInfo, EngineResult
from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """`files` are the project-relative paths to read, already chosen (`full`: all that the engine reads; else
    those that changed). `view` is the project as it now is. `root` is absolute."""

    root: Path
    files: tuple[str, ...]
    full: bool
    view: ProjectView
    cancel: Cancel = field(default_factory=Cancel)
    progress: Callable[[int, int], None] | None = None


class Engine(Protocol):
    """An outside tool. Never raises: whatever goes wrong becomes the health of its result.

    `reads(path)` says whether a file is for this engine. `whole_project` engines look at the project as one thing
    (git history) and run again only when `stamp(view)` changes; others are asked per changed file, and what they
    said of an unchanged file stays true while `stamp(view)` is equal.
    """

    name: EngineName
    whole_project: bool

    def reads(self, path: str) -> bool: ...

    def stamp(self, view: ProjectView) -> str:
        """What, beside a file's content, the findings depend on: tool version, rules, configuration."""
        ...

    def info(self) -> EngineInfo:
        """Version and whether it can run, for `lastmile doctor`. May start the tool once; the answer is kept."""
        ...

    def run(self, request: EngineRequest) -> EngineResult: ...

    def close(self) -> None:
        """End any child process that is kept warm."""
        ...
