"""The packages of a project: one for a plain project, several in a monorepo."""

from __future__ import annotations

from dataclasses import dataclass, field
from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    WEB = "web"
    API = "api"
    WORKER = "worker"
    MOBILE = "mobile"
    SHARED = "shared"
    INFRA = "infra"
    DOCS = "docs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Package:
    """`path` is `.` for the root. `dependencies` maps declared name → version range (all kinds together);
    `resolved` maps name → exact version from the lock file where there is one."""

    path: str
    name: str
    language: str
    role: Role
    manifest: str = ""
    dependencies: Mapping[str, str] = field(default_factory=dict[str, str])
    resolved: Mapping[str, str] = field(default_factory=dict[str, str])

    def holds(self, path: str) -> bool:
        """Whether this relative path lies inside the package's folder."""
        return self.path == "." or path == self.path or path.startswith(self.path + "/")
