"""Import resolution over all outlines: which file an import means, and where a name is really defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Function

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name leads: a file of the project (with the function, if it is one), or an outside package."""

    path: str = ""
    name: str = ""
    function: Function | None = None
    package: str = ""


@dataclass(frozen=True)
class Modules:
    """`targets` maps (importing path, module text) to the project file it means; a missing key is an outside
    package or unresolved. `unresolved` lists relative or aliased imports that lead nowhere."""

    targets: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    unresolved: tuple[tuple[str, str], ...] = ()

    def file(self, importer: str, module: str) -> str | None:
        return self.targets.get((importer, module))

    def definition(self, path: str, name: str) -> Definition | None:
        """Follow a local name (`requireUser`, `auth.protect`'s `auth`) through imports and re-exports, at
        most eight hops. None when the name is not imported or defined at module level."""
        raise NotImplementedError


def build(view: ProjectView) -> Modules:
    """Resolve every import: relative paths, tsconfig/jsconfig `paths` and `baseUrl`, vite aliases that are
    literal, workspace package names, `#imports`, Python absolute and relative modules."""
    return Modules()
