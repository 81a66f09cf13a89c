"""What a detector sees of a project: facts, files and models, each built on first use and kept until a file it
was made from changes.

Detectors are pure functions of this view. They may read texts of the tree through `text()`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar, cast

from lastmile_desktop.core.balance import BuildTalk
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.code.resolve import Modules
from lastmile_desktop.project.git_facts import GitFacts
from lastmile_desktop.project.memo import MISSING, Memo
from lastmile_desktop.project.models.calls.model import CallSites
from lastmile_desktop.project.models.client.client_graph import ClientGraph
from lastmile_desktop.project.models.jobs.model import JobMap
from lastmile_desktop.project.models.routes.model import RouteMap
from lastmile_desktop.project.models.schema.model import SchemaModel
from lastmile_desktop.project.models.settings.env import EnvMap
from lastmile_desktop.project.models.webhooks.model import WebhookMap
from lastmile_desktop.project.packages import Package
from lastmile_desktop.project.policy import Policy
from lastmile_desktop.project.tree import FileEntry, TextReader, TreeIndex

T = TypeVar("T")


@dataclass(frozen=True)
class ProjectView:
    """`now` is the scan's clock, so that a detector never asks for the time itself; `talks` are logged talks, newest
    first, `notebook` what the founder keeps beside them, `portfolio` all registered projects, this one among them."""

    tree: TreeIndex
    reader: TextReader
    facts: FactSet
    packages: tuple[Package, ...]
    outlines: Mapping[str, Outline]
    git: GitFacts
    policy: Policy
    build_talk: BuildTalk
    now: datetime
    talks: tuple[Conversation, ...] = ()
    notebook: Notebook = field(default_factory=Notebook)
    portfolio: tuple[ProjectCard, ...] = ()
    memo: Memo = field(default_factory=Memo, compare=False)

    def text(self, path: str) -> str | None:
        """The text of a file of the tree, None when it is missing or unreadable."""
        return self.reader.text(path)

    def per_file(self, kind: str, path: str, compute: Callable[[str], T], missing: T) -> T:
        """`compute(text)` of one file, kept across scans until its content changes; `missing` if unreadable."""
        entry = self.tree.files.get(path)
        if entry is None or entry.unreadable is not None:
            return missing
        kept = self.memo.kept(kind, path, entry.digest)
        if kept is not MISSING:
            return cast(T, kept)

        def from_text() -> T:
            text = self.text(path)
            return missing if text is None else compute(text)

        return self.memo.per_file(kind, path, entry.digest, from_text)

    def per_path(self, kind: str, path: str, compute: Callable[[str, str], T], missing: T) -> T:
        """`compute(path, text)` of one file, kept like `per_file`."""
        return self.per_file(kind, path, lambda text: compute(path, text), missing)

    def per_source(self, kind: str, path: str, compute: Callable[[Outline, str], T], missing: T) -> T:
        """`compute(outline, text)` of one source file, kept like `per_file`; `missing` when it has no outline."""
        outline = self.outlines.get(path)
        if outline is None:
            return missing
        return self.per_file(kind, path, lambda text: compute(outline, text), missing)

    def each_file(
        self, kind: str, wanted: Callable[[FileEntry], bool], compute: Callable[[str], T], missing: T
    ) -> Mapping[str, T]:
        """`compute(text)` of every readable file that is `wanted` (by its path and flags alone), kept across scans
        until that file changes: the way for a model to look at every file and still cost next to nothing on a save."""
        return self._each_readable(kind, wanted, lambda path: self.per_file(kind, path, compute, missing))

    def each_path(
        self, kind: str, wanted: Callable[[FileEntry], bool], compute: Callable[[str, str], T], missing: T
    ) -> Mapping[str, T]:
        """`compute(path, text)`, kept like `each_file`."""
        return self._each_readable(kind, wanted, lambda path: self.per_path(kind, path, compute, missing))

    def each_source(
        self, kind: str, wanted: Callable[[str], bool], compute: Callable[[Outline, str], T], missing: T
    ) -> Mapping[str, T]:
        """`compute(outline, text)` of every source file whose path is `wanted`, kept like `each_file`."""
        return self.memo.sweeps.of(
            f"source:{kind}",
            self.tree.mark,
            None,
            self.outlines,
            lambda path: path in self.outlines and wanted(path),
            lambda path: self.per_source(kind, path, compute, missing),
        )

    def each_outline(
        self, kind: str, compute: Callable[[Outline], T], salt: Hashable = None
    ) -> Mapping[str, T]:
        """`compute(outline)` of every source file, kept like `each_file` while `salt` stays, too."""
        return self.memo.per_item(kind, self.outlines, compute, salt, self.tree.mark)

    def _each_readable(
        self, kind: str, wanted: Callable[[FileEntry], bool], compute: Callable[[str], T]
    ) -> Mapping[str, T]:
        files = self.tree.files

        def holds(path: str) -> bool:
            entry = files.get(path)
            return entry is not None and entry.unreadable is None and wanted(entry)

        return self.memo.sweeps.of(f"file:{kind}", self.tree.mark, None, files, holds, compute)

    def whole(self, kind: str, key: Hashable, compute: Callable[[], T]) -> T:
        """A value made from many files, kept across scans while `key` (such as their digests) is equal."""
        return self.memo.whole(kind, key, compute)

    def made(self, build: Callable[[ProjectView], T]) -> T:
        """What a module-level function makes of this view: asked once, and a check that asks for it is judged again
        only when it is another value."""
        if build not in self._made:
            self._made[build] = build(self)
        return cast(T, self._made[build])

    def has_made(self, build: Callable[[ProjectView], object]) -> bool:
        """Whether somebody asked for it."""
        return build in self._made

    @cached_property
    def _made(self) -> dict[Callable[[ProjectView], object], object]:
        return {}

    def package_of(self, path: str) -> Package:
        """The innermost package that holds this path; the root package when none does."""
        best = self.packages[0]
        for package in self.packages:
            if package.holds(path) and len(package.path) >= len(best.path if best.path != "." else ""):
                best = package
        return best

    @cached_property
    def modules(self) -> Modules:
        """Import resolution over all outlines."""
        from lastmile_desktop.project.code.resolve import build

        return build(self)

    @cached_property
    def schema(self) -> SchemaModel:
        from lastmile_desktop.project.models.schema.model import build

        return build(self)

    @cached_property
    def routes(self) -> RouteMap:
        from lastmile_desktop.project.models.routes.model import build

        return build(self)

    @cached_property
    def client_graph(self) -> ClientGraph:
        from lastmile_desktop.project.models.client.client_graph import build

        return build(self)

    @cached_property
    def env(self) -> EnvMap:
        from lastmile_desktop.project.models.settings.env import build

        return build(self)

    @cached_property
    def calls(self) -> CallSites:
        from lastmile_desktop.project.models.calls.model import build

        return build(self)

    @cached_property
    def webhooks(self) -> WebhookMap:
        from lastmile_desktop.project.models.webhooks.model import build

        return build(self)

    @cached_property
    def jobs(self) -> JobMap:
        from lastmile_desktop.project.models.jobs.model import build

        return build(self)

    def prepare(self) -> None:
        """Build every model now rather than on first use."""
        _ = (
            self.modules,
            self.schema,
            self.client_graph,
            self.env,
            self.calls,
            self.webhooks,
            self.routes,
            self.jobs,
        )
