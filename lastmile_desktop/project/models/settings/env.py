"""Settings a project reads, and where they are defined (catalogue §4.4). Names only: values are classified at the
border and never kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.settings.env_definitions import TextDefinition, definitions, kind_of
from lastmile_desktop.project.models.settings.env_reads import (
    NO_READS,
    FileReads,
    TextRead,
    helper_reads,
    js_reads,
    python_reads,
)
from lastmile_desktop.project.path_kinds import PathKind, is_example_env, path_kind
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class EnvRead:
    """`required` is False when the code has a default or handles absence. `fallback` says whether a literal
    default stands beside it. `silent` when absence gives nothing at all instead of an error,
    `hard` when the code itself says that it must be there."""

    name: str
    path: str
    line: int
    column: int
    required: bool
    fallback: bool = False
    client_side: bool = False
    silent: bool = False
    hard: bool = False


@dataclass(frozen=True, slots=True)
class EnvDefinition:
    """`kind` is `env-file`, `example`, `compose`, `ci`, `host-config` or `doc` (named in a note). `shape`
    classifies the value without keeping it: `empty`, `placeholder`, `reference`, `public:<kind>`, `secret:<kind>`,
    `plain`."""

    name: str
    path: str
    line: int
    kind: str
    shape: str = "plain"
    tracked: bool | None = None


@dataclass(frozen=True, slots=True)
class EnvMap:
    reads: tuple[EnvRead, ...] = ()
    definitions: tuple[EnvDefinition, ...] = ()
    example_files: tuple[str, ...] = ()
    validated_by: tuple[str, ...] = ()
    unparsed: tuple[tuple[str, str], ...] = ()

    def defined(self, name: str, *kinds: str) -> bool:
        """Whether a definition of this name exists, of any of the kinds when given."""
        return any(item.name == name and (not kinds or item.kind in kinds) for item in self.definitions)


_JS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".astro")


def build(view: ProjectView) -> EnvMap:
    """Every read and definition. Tests read what they like: they are left out."""
    entries = [entry for entry in view.tree.readable() if not entry.minified]
    by_file = view.each_path("env-reads", _is_asked, _reads_in, NO_READS)
    helpers = tuple(sorted({helper for reads in by_file.values() for helper in reads.helpers}))
    reads = [
        _read(view, path, item)
        for path, found in by_file.items()
        for item in (*found.reads, *_helper_reads_of(view, path, helpers))
    ]
    definitions = [
        _definition(view, entry.path, item)
        for entry in entries
        if kind_of(entry.path)
        for item in view.per_file("env-definitions", entry.path, _definitions(entry.path), ())
    ]
    named = {item.name for item in reads}
    return EnvMap(
        reads=tuple(reads),
        definitions=tuple(item for item in definitions if item.kind != "doc" or item.name in named),
        example_files=tuple(entry.path for entry in entries if is_example_env(entry.path)),
        validated_by=tuple(path for path, found in by_file.items() if found.validates),
        unparsed=tuple(
            (entry.path, str(entry.unreadable))
            for entry in view.tree
            if entry.unreadable is not None and kind_of(entry.path) in ("env-file", "example")
        ),
    )


@lru_cache(maxsize=65_536)
def is_read(path: str) -> bool:
    """Whether reads of settings are looked for here: code that is not a test."""
    suffix = path[path.rfind(".") :].lower() if "." in path else ""
    return (suffix == ".py" or suffix in _JS) and path_kind(path) is not PathKind.TEST


def _is_asked(entry: FileEntry) -> bool:
    return not entry.minified and is_read(entry.path)


def _reads_in(path: str, text: str) -> FileReads:
    return python_reads(text) if path.endswith(".py") else js_reads(text)


def _helper_reads_of(
    view: ProjectView, path: str, helpers: tuple[tuple[str, bool], ...]
) -> tuple[TextRead, ...]:
    if not helpers or path.endswith(".py"):
        return ()
    kept = view.per_file(
        "env-helper-reads", path, lambda text: (helpers, helper_reads(text, helpers)), (helpers, ())
    )
    if kept[0] == helpers:
        return kept[1]
    # The helpers changed, not this file: what was kept for it is of the old ones.
    return helper_reads(view.text(path) or "", helpers)


def _definitions(path: str) -> Callable[[str], tuple[TextDefinition, ...]]:
    return lambda text: definitions(path, text)


def _read(view: ProjectView, path: str, item: TextRead) -> EnvRead:
    return EnvRead(
        name=item.name,
        path=path,
        line=item.line,
        column=item.column,
        required=item.required,
        fallback=item.literal,
        client_side=view.client_graph.is_client(path),
        silent=item.silent,
        hard=item.hard,
    )


def _definition(view: ProjectView, path: str, item: TextDefinition) -> EnvDefinition:
    tracked = None if view.git.tracked is None else path in view.git.tracked
    return EnvDefinition(item.name, path, item.line, item.kind, item.shape, tracked)
