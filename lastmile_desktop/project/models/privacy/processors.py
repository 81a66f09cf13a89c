"""The companies that see personal data of this project, as far as its services tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from lastmile_desktop.core.evidence import Evidence
from lastmile_desktop.resources import resources_dir

if TYPE_CHECKING:
    from lastmile_desktop.project.policy_data import ProcessorEntry
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class Processor:
    """A company of resources/processors.toml, which explains the fields."""

    title: str
    facts: tuple[tuple[str, str], ...]
    dpa: str
    baa: bool = False
    ai: bool = False
    builder: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A company that this project uses, with where that shows."""

    processor: Processor
    evidence: Evidence


@cache
def known() -> tuple[Processor, ...]:
    table = tomllib.loads((resources_dir() / "processors.toml").read_text(encoding="utf-8"))
    return tuple(_processor(entry) for entry in cast(list[Mapping[str, Any]], table["processor"]))


def _processor(entry: Mapping[str, Any]) -> Processor:
    pairs = tuple(tuple(str(text).split("=", 1)) for text in cast(list[object], entry["facts"]))
    return Processor(
        str(entry["title"]),
        tuple((pair[0], pair[1]) for pair in pairs),
        str(entry["dpa"]),
        bool(entry.get("baa", False)),
        bool(entry.get("ai", False)),
        bool(entry.get("builder", False)),
    )


def seen(view: ProjectView) -> tuple[Seen, ...]:
    """Every known company that the facts name, in the order of the data file."""
    places: dict[tuple[str, str], Evidence] = {}
    for fact in view.facts:
        if fact.evidence is not None:
            places.setdefault((fact.key, fact.value), fact.evidence)
    found: list[Seen] = []
    for processor in known():
        where = next((places[pair] for pair in processor.facts if pair in places), None)
        if where is not None:
            found.append(Seen(processor, where))
    return tuple(found)


def entry_for(processor: Processor, listed: tuple[ProcessorEntry, ...]) -> ProcessorEntry | None:
    """The founder's own entry for this company, however it is spelled."""
    names = {_plain(part) for part in re.split(r"[()]", processor.title) if part.strip()}
    return next(
        (
            entry
            for entry in listed
            if any(name in _plain(entry.name) or _plain(entry.name) in name for name in names)
        ),
        None,
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
