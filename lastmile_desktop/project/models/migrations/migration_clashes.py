"""What a migration makes although an earlier one has made it: whoever builds the database anew comes no further."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.schema.model import Place

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_IF_EXISTS = re.compile(
    r"\b(?:alter|drop)\s+table\s+if\s+exists\b|\bdrop\s+\w{4,12}\s+if\s+exists\b", re.IGNORECASE
)
_BLOCK = re.compile(r"\bdo\s+(\$\w{0,30}\$).{0,200000}?\1", re.IGNORECASE | re.DOTALL)


def made_again(view: ProjectView) -> Iterator[tuple[str, Place]]:
    """Tables and policies, by name, with the statement that makes them a second time. Loose files of SQL are run in
    no known order, and a block may catch the error."""
    kept = {
        item.path: item.series
        for item in view.schema.migrations
        if item.tool != "sql" and not item.stray and item.dialect == "postgres"
    }
    for item in view.schema.clashes:
        here, before = kept.get(item.place.path), kept.get(item.first.path)
        if here is None or here != before:
            continue
        blocks = view.per_file("migration-blocks", item.place.path, _block_lines, ())
        if not any(first <= item.place.line <= last for first, last in blocks):
            yield item.name.removeprefix("public."), item.place
    if view.schema.begun is not None:
        yield "tables that earlier ones made", view.schema.begun.place


def changed_early(view: ProjectView) -> Iterator[tuple[str, Place, Place]]:
    """Tables that a migration changes and only a later one of the same series makes, with both places."""
    order = {
        item.path: (item.series, item.order)
        for item in view.schema.migrations
        if item.tool not in ("sql", "django", "alembic") and not item.stray and item.dialect == "postgres"
    }
    for item in view.schema.early:
        here, made = order.get(item.place.path), order.get(item.first.path)
        if here is None or made is None or here[0] != made[0] or here[1] >= made[1]:
            continue
        kept = view.per_file("migration-guarded", item.place.path, _guarded_lines, ())
        if not any(first <= item.place.line <= last for first, last in kept):
            yield item.name.removeprefix("public."), item.place, item.first


def _guarded_lines(text: str) -> tuple[tuple[int, int], ...]:
    """The lines of DO blocks, and of statements that do nothing where the table is missing."""
    lines = [text.count("\n", 0, match.start()) + 1 for match in _IF_EXISTS.finditer(text)]
    return (*_block_lines(text), *((line, line) for line in lines))


def _block_lines(text: str) -> tuple[tuple[int, int], ...]:
    """The first and last lines of DO blocks."""
    return tuple(
        (text.count("\n", 0, match.start()) + 1, text.count("\n", 0, match.end()) + 1)
        for match in _BLOCK.finditer(text)
    )
