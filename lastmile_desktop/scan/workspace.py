"""A project between scans: its index, outlines and caches, refreshed from the disk into a ProjectView."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lastmile_desktop.core.balance import BuildTalk
from lastmile_desktop.core.cancel import Cancel
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.facts import Fact, FactSet, FactSource
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.engines.git import info as git_info
from lastmile_desktop.engines.git import read_git
from lastmile_desktop.engines.git_head import head_stamp
from lastmile_desktop.project import packages, policy
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.code.sources import is_source
from lastmile_desktop.project.collect import TreeReader, changed_paths, collect
from lastmile_desktop.project.facts.collect import collect as collect_facts
from lastmile_desktop.project.git_facts import GitFacts
from lastmile_desktop.project.memo import Memo
from lastmile_desktop.project.policy import PROJECT_DIR
from lastmile_desktop.project.tree import FileEntry, TreeIndex
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.scan.outlines import outlines_of

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Context:
    """What a scan needs to know that is not in the folder."""

    now: datetime
    answers: Mapping[str, str]
    build_talk: Callable[[GitFacts], BuildTalk]
    talks: tuple[Conversation, ...] = ()
    notebook: Notebook = field(default_factory=Notebook)
    portfolio: tuple[ProjectCard, ...] = ()


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`changed` are the paths that differ from the last refresh, gone ones included; `git` is how git fared."""

    view: ProjectView
    changed: frozenset[str]
    git: EngineInfo


class Workspace:
    """Owned by one thread. Everything it keeps is a pure function of file contents and git's state, so a refresh
    after any history of edits gives the same view as a first one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._memo = Memo()
        self._index: TreeIndex | None = None
        self._index_at_ns = 0
        self._outlines: dict[str, tuple[str, Outline]] = {}
        self._git: tuple[str, GitFacts] | None = None
        self._git_health: EngineInfo | None = None

    def refresh(self, context: Context, cancel: Cancel, progress: Progress | None = None) -> Refreshed:
        """Look at the folder again. Raises ProjectError when it is gone and ScanCancelled when asked to stop."""
        git = self._read_git()
        started_ns = time.time_ns()
        index = collect(self.root, self._index, git.tracked, self._index_at_ns)
        changed = changed_paths(self._index, index)
        self._memo.forget(frozenset(path for path in changed if path not in index))
        if self._index is not None:
            self._memo.sweeps.turn(self._index.mark, index.mark, changed)
        reader = TreeReader(self.root, index)
        outlines = self._read_outlines(index, cancel, progress)
        found = packages.find(index, reader, self._memo)
        facts = collect_facts(index, reader, found, git, self._memo)
        text = reader.text(f"{PROJECT_DIR}/policy.toml")
        view = ProjectView(
            tree=index,
            reader=reader,
            facts=FactSet.of([*facts, *_answered(context.answers)]),
            packages=found,
            outlines=outlines,
            git=git,
            policy=policy.load(text, f"{PROJECT_DIR}/policy.toml") if text is not None else policy.DEFAULT,
            build_talk=context.build_talk(git),
            now=context.now,
            talks=context.talks,
            notebook=context.notebook,
            portfolio=context.portfolio,
            memo=self._memo,
        )
        self._index, self._index_at_ns = index, started_ns
        return Refreshed(view, changed, self._git_info())

    def forget(self) -> None:
        """Forget every cached value, so that the next refresh looks at everything again."""
        self._memo.clear()
        self.__init__(self.root)

    def _git_info(self) -> EngineInfo:
        """Whether git works at all, asked once: a folder that is no repository is no fault of git's."""
        if self._git_health is None:
            self._git_health = git_info()
        return self._git_health

    def _read_git(self) -> GitFacts:
        stamp = head_stamp(self.root)
        if self._git is None or self._git[0] != stamp:
            self._git = (stamp, read_git(self.root))
        return self._git[1]

    def _read_outlines(
        self, index: TreeIndex, cancel: Cancel, progress: Progress | None
    ) -> Mapping[str, Outline]:
        wanted = [entry for entry in index if is_source(entry)]
        stale = [entry for entry in wanted if self._outlines.get(entry.path, ("",))[0] != _stamp(entry)]
        fresh = outlines_of(self.root, stale, cancel, progress)
        kept: dict[str, tuple[str, Outline]] = {}
        for entry in wanted:
            stamp = _stamp(entry)
            outline = fresh.get(entry.path)
            kept[entry.path] = (stamp, outline) if outline else self._outlines[entry.path]
        self._outlines = kept
        return {path: outline for path, (_, outline) in kept.items()}


def _stamp(entry: FileEntry) -> str:
    return f"{entry.digest}{entry.unreadable or ''}"


def _answered(answers: Mapping[str, str]) -> Iterable[Fact]:
    return (
        Fact(key, value, confidence=1.0, source=FactSource.USER) for key, value in answers.items() if value
    )
