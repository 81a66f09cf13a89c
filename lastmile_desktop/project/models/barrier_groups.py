"""Barriers of one kind, put together as they are mended: those of a file, or of a whole package where they "
"are a habit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.core.finding import RawFinding

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_MOST_FILES = 6
_MOST_PLACES = 8
_MOST_SHOWN = 20


def grouped(view: ProjectView, findings: Iterable[RawFinding]) -> tuple[RawFinding, ...]:
    """One finding for each kind and file; for each kind and package where more than a handful of files have it."""
    by_file: dict[tuple[str, str], list[RawFinding]] = {}
    for finding in findings:
        by_file.setdefault((finding.rule, finding.path), []).append(finding)
    by_package: dict[tuple[str, str], list[list[RawFinding]]] = {}
    for (rule, path), found in by_file.items():
        by_package.setdefault((rule, view.package_of(path).path), []).append(found)
    together: list[RawFinding] = []
    for (_, package), files in by_package.items():
        if len(files) > _MOST_FILES:
            together.append(_of_package(package, files))
        else:
            together += [_of_file(found) for found in files]
    return tuple(together)


def _of_file(found: list[RawFinding]) -> RawFinding:
    first = found[0]
    if len(found) == 1:
        return first
    more = len(found) - 1
    return replace(
        first,
        message=f"{first.message} There {'is' if more == 1 else 'are'} {more} more of this kind in the file.",
        evidence=tuple(item.evidence[0] for item in found[:_MOST_PLACES]),
        symbol=first.path,
    )


def _of_package(package: str, files: list[list[RawFinding]]) -> RawFinding:
    files = sorted(files, key=lambda found: (-len(found), found[0].path))
    first = files[0][0]
    total = sum(len(found) for found in files)
    return replace(
        first,
        message=f"{first.message} The same is true of {total - 1} more places in {len(files)} files.",
        evidence=tuple(found[0].evidence[0] for found in files[:_MOST_SHOWN]),
        symbol=package,
    )
