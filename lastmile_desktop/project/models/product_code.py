"""The source files that are part of the product: no tests, seeds, examples or tooling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.calls import is_production
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_NOT_PRODUCT = frozenset(
    {PathKind.TEST, PathKind.SEED, PathKind.EXAMPLE, PathKind.AGENT, PathKind.CI, PathKind.DUMP}
)


def product_paths(view: ProjectView) -> tuple[str, ...]:
    """The source files of the product, worked out anew only when files come or go."""
    names = tuple(view.outlines)
    return view.whole("product-paths", names, lambda: tuple(filter(_is_product, names)))


def product_outlines(view: ProjectView) -> Iterator[Outline]:
    """Every outline of the product that has bodies."""
    for path in product_paths(view):
        outline = view.outlines[path]
        if not outline.shallow:
            yield outline


def _is_product(path: str) -> bool:
    return path_kind(path) not in _NOT_PRODUCT and is_production(path)
