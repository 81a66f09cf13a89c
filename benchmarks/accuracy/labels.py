"""What a reader said of findings in public repositories: right, wrong, or missed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


class Set(StrEnum):
    """Why a repository is there: read while checks were written, held back until the end, well made by people."""

    READ = "read"
    HELD_BACK = "held-back"
    WELL_MADE = "well-made"


class Truth(StrEnum):
    """`RIGHT` and `WRONG` judge a finding; `MISSED` is a gap that a reader found and the check did not."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Repository:
    """`name` is owner/name on GitHub, read at `commit`."""

    name: str
    commit: str
    set: Set
    tool: str
    stack: str


@dataclass(frozen=True, slots=True)
class Label:
    """`rule` is `<check>/<rule>`, `place` `path:line`, or `path`, or "" for what has no place."""

    repository: str
    rule: str
    place: str
    truth: Truth
    why: str

    @property
    def check(self) -> str:
        return self.rule.partition("/")[0]

    @property
    def at(self) -> tuple[str, int]:
        """File and line, 0 where none is said."""
        path, _, line = self.place.rpartition(":")
        return (path, int(line)) if path and line.isdigit() else (self.place, 0)


def repositories() -> tuple[Repository, ...]:
    data = tomllib.loads((HERE / "repositories.toml").read_text(encoding="utf-8"))
    return tuple(
        Repository(item["name"], item["commit"], Set(item["set"]), item["tool"], item["stack"])
        for item in data["repository"]
    )


def labels() -> tuple[Label, ...]:
    """All labels. Raises KeyError or ValueError for one that is not whole."""
    known = {item.name for item in repositories()}
    found = tuple(
        _label(file.stem, item)
        for file in sorted((HERE / "labels").glob("*.toml"))
        for item in tomllib.loads(file.read_text(encoding="utf-8")).get("label", [])
    )
    strangers = sorted({item.repository for item in found} - known)
    if strangers:
        raise ValueError(f"labels name repositories that are not listed: {', '.join(strangers)}")
    return found


def _label(check: str, item: dict[str, Any]) -> Label:
    rule = str(item["rule"])
    return Label(
        item["repo"],
        rule if "/" in rule else f"{check}/{rule}",
        item.get("place", ""),
        Truth(item["verdict"]),
        item.get("why", ""),
    )
