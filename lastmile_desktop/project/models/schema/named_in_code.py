"""Which names of tables and columns the project's own code mentions: what nothing writes holds nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

CODE = (
    ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".py", ".vue", ".svelte", ".astro", ".dart", ".go", ".rb", ".php",
    ".java", ".kt", ".swift", ".cs", ".rs", ".ex", ".exs", ".html", ".json", ".yml", ".yaml",
)  # fmt: skip
# Names of one word are everyday words too: only those with an underscore can be told to be missing.
_SNAKE = re.compile(r"(?<![a-z0-9])[a-z][a-z0-9]{0,30}(?:_[a-z0-9]{1,30}){1,8}(?![a-z0-9])")
NOT_PRODUCT = frozenset({PathKind.TEST, PathKind.EXAMPLE, PathKind.DOC, PathKind.AGENT, PathKind.DUMP})
_MOST = 400_000
_NOTHING: frozenset[str] = frozenset()


def snake_names(text: str) -> frozenset[str]:
    """The names with an underscore that this file mentions; none for types that were generated from the database."""
    if "Tables: {" in text and "Row: {" in text:
        return _NOTHING
    return frozenset(_SNAKE.findall(text[:_MOST]))


def idle_names(view: ProjectView, names: Iterable[str]) -> frozenset[str]:
    """Of these names, those that neither the project's code nor a database function or view mentions."""
    # Where the code asks for no table at all, the app that does lives elsewhere.
    left = {name for name in names if "_" in name} if view.schema.used_tables else set[str]()
    for function in view.schema.functions if left else ():
        left -= left & snake_names(function.body.lower())
    for item in view.schema.views.values() if left else ():
        left -= left & snake_names(item.query.lower())
    for path, entry in view.tree.files.items() if left else ():
        if path.endswith(CODE) and not entry.ignored_by_git and path_kind(path) not in NOT_PRODUCT:
            left -= left & view.per_file("snake-names", path, snake_names, _NOTHING)
    return frozenset(left)


def idle_tables(view: ProjectView) -> frozenset[str]:
    """Tables, by their bare names, that nothing writes or reads."""
    return idle_names(view, (table.bare_name for table in view.schema.tables.values()))
