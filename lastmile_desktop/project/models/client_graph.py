"""Which modules end up in what the browser or the phone downloads (catalogue §4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class ClientGraph:
    """`client` maps each client-side file to the file that imports it ("" for an entry), so that a path from
    an entry can be shown. `entries` are the browser or app entry points found. `server` are files reachable from
    server entries only. `unresolved` are (file, module) imports that could not be followed."""

    entries: tuple[str, ...] = ()
    client: Mapping[str, str] = field(default_factory=dict[str, str])
    server: frozenset[str] = frozenset()
    unresolved: tuple[tuple[str, str], ...] = ()

    def is_client(self, path: str) -> bool:
        return path in self.client

    def chain(self, path: str) -> tuple[str, ...]:
        """The imports from a client entry down to this file, entry first; () when it is not client-side."""
        chain: list[str] = []
        while path and path in self.client and path not in chain:
            chain.append(path)
            path = self.client[path]
        return tuple(reversed(chain))


def build(view: ProjectView) -> ClientGraph:
    return ClientGraph()
