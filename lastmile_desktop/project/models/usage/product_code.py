"""The source files that are part of the product: no tests, seeds, examples or tooling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeVar

from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.calls.model import is_production
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


class _Review(Protocol):
    """What was seen in one file."""

    @property
    def is_empty(self) -> bool: ...


_R = TypeVar("_R", bound=_Review)


def reviewed(
    view: ProjectView, kind: str, review: Callable[[Outline, str], _R], empty: _R
) -> Iterator[tuple[str, _R]]:
    """The product's files in which `review` saw something, with what it saw; kept until a file changes."""
    for path, found in view.each_source(kind, _is_product, review, empty).items():
        if not found.is_empty:
            yield path, found


def _is_product(path: str) -> bool:
    return path_kind(path) not in _NOT_PRODUCT and is_production(path)
