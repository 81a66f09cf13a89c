"""Migrations whose order is not sure: two that claim the same place, or branches that were never joined."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.schema.model import Migration

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_VERSION = re.compile(r"^(\d+)_")
_FLYWAY = re.compile(r"^V(\d[\d._]*)__")
_REVISION = re.compile(r"^revision[^=\n]{0,40}=\s*['\"]([\w-]{1,64})['\"]", re.MULTILINE)
_DOWN = re.compile(r"^down_revision[^=\n]{0,80}=\s*(.{1,200})$", re.MULTILINE)
_LABELS = re.compile(r"^branch_labels[^=\n]{0,80}=\s*[(\[\"']", re.MULTILINE)
_QUOTED = re.compile(r"['\"]([\w-]{1,64})['\"]")
_DJANGO_DEPENDENCY = re.compile(r"\(\s*['\"](\w{1,80})['\"]\s*,\s*['\"](\w{1,120})['\"]\s*,?\s*\)")
_DEPENDENCIES = re.compile(r"\bdependencies\s*=\s*\[(.{0,4000}?)\]", re.DOTALL)
_REPLACES = re.compile(r"\breplaces\s*=\s*\[(.{0,8000}?)\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Conflict:
    """`paths` are the migrations at odds, `kind` is `version` (the same number) or `heads` (several ends)."""

    kind: str
    paths: tuple[str, ...]
    what: str


def conflicts(view: ProjectView) -> tuple[Conflict, ...]:
    """One a group of migrations that are at odds."""
    by_series: dict[tuple[str, str], list[Migration]] = defaultdict(list)
    for item in view.schema.migrations:
        if not item.stray:
            by_series[item.tool, item.series].append(item)
    found: list[Conflict] = []
    for (tool, _), series in by_series.items():
        match tool:
            case "supabase":
                found += _same_version(series, _VERSION)
            case "sql":
                found += _same_version(series, _FLYWAY)
            case "alembic":
                found += _alembic(view, series)
            case "django":
                found += _django(view, series)
            case _:
                pass
    return tuple(found)


def _same_version(series: list[Migration], pattern: re.Pattern[str]) -> Iterator[Conflict]:
    """The tools keep one row for each version: a second file with the same one fails or never runs."""
    by_version: dict[str, list[str]] = defaultdict(list)
    for item in series:
        match = pattern.match(PurePosixPath(item.path).name)
        if match is not None:
            by_version[match[1]].append(item.path)
    for version, paths in by_version.items():
        if len(paths) > 1:
            yield Conflict("version", tuple(sorted(paths)), version)


def _alembic(view: ProjectView, series: list[Migration]) -> Iterator[Conflict]:
    parents: dict[str, tuple[str, ...]] = {}
    where: dict[str, str] = {}
    for item in series:
        revision, down, labelled = view.per_file("alembic.heads", item.path, _alembic_head, ("", (), False))
        if labelled:
            return
        if revision:
            parents[revision], where[revision] = down, item.path
    yield from _heads(parents, where)


def _alembic_head(text: str) -> tuple[str, tuple[str, ...], bool]:
    own, down = _REVISION.search(text), _DOWN.search(text)
    return (
        own[1] if own else "",
        tuple(_QUOTED.findall(down[1])) if down else (),
        _LABELS.search(text) is not None,
    )


def _django(view: ProjectView, series: list[Migration]) -> Iterator[Conflict]:
    app = PurePosixPath(series[0].series).parent.name
    parents: dict[str, tuple[str, ...]] = {}
    where: dict[str, str] = {}
    replaced: set[str] = set()
    for item in series:
        depends, replaces = view.per_file("django.parents", item.path, _django_parents, ((), ()))
        name = PurePosixPath(item.path).stem
        # An app may call itself by a label of its own.
        parents[name] = tuple(migration for _, migration in depends)
        where[name] = item.path
        replaced |= {migration for _, migration in replaces}
    yield from _heads({key: down for key, down in parents.items() if key not in replaced}, where, app)


def _django_parents(text: str) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    depends, replaces = _DEPENDENCIES.search(text), _REPLACES.search(text)
    return (
        tuple(_DJANGO_DEPENDENCY.findall(depends[1])) if depends else (),
        tuple(_DJANGO_DEPENDENCY.findall(replaces[1])) if replaces else (),
    )


def _heads(
    parents: Mapping[str, tuple[str, ...]], where: Mapping[str, str], what: str = ""
) -> Iterator[Conflict]:
    followed = {down for items in parents.values() for down in items}
    heads = sorted(name for name in parents if name not in followed)
    if len(heads) > 1:
        yield Conflict("heads", tuple(where[name] for name in heads), what or " and ".join(heads))
