"""Settings a project reads, and where they are defined (catalogue §4.4). Names only: values are classified at the
border and never kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class EnvRead:
    """`required` is False when the code has a default or handles absence. `fallback` says whether a literal
    default stands beside it."""

    name: str
    path: str
    line: int
    column: int
    required: bool
    fallback: bool = False
    client_side: bool = False


@dataclass(frozen=True, slots=True)
class EnvDefinition:
    """`kind` is `env-file`, `example`, `compose`, `ci`, `host-config`, `schema`. `shape` classifies the value
    without keeping it: `empty`, `placeholder`, `reference`, `public:<kind>`, `secret:<kind>`, `plain`."""

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


def build(view: ProjectView) -> EnvMap:
    return EnvMap()
