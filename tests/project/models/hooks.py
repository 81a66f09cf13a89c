"""Small projects in memory, for tests of models and detectors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from lastmile_desktop.core.balance import BuildTalk
from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.project import policy
from lastmile_desktop.project.code.parse import language_of, outline
from lastmile_desktop.project.git_facts import GitFacts
from lastmile_desktop.project.memo import Memo
from lastmile_desktop.project.packages import Package, Role
from lastmile_desktop.project.tree import FileEntry, TreeIndex
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.scan.balance import talkless

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Texts:
    """A reader over texts in memory."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def text(self, path: str) -> str | None:
        return self._files.get(path)


def declared(manifest: str) -> dict[str, str]:
    """What a package.json depends on; nothing when it is broken."""
    try:
        found: object = json.loads(manifest or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    kinds = cast(dict[str, Any], found)
    return {**kinds.get("dependencies", {}), **kinds.get("devDependencies", {})}


def view_of(files: Mapping[str, str], memo: Memo | None = None) -> ProjectView:
    """A project that holds these files; `memo` is what an earlier look at it kept."""
    entries = {
        path: FileEntry(path, hashlib.sha256(text.encode()).hexdigest(), len(text), 0)
        for path, text in sorted(files.items())
    }
    dependencies = declared(files.get("package.json", ""))
    balance: BuildTalk = talkless(NOW, {})(GitFacts(False))
    return ProjectView(
        tree=TreeIndex(Path("/nowhere"), entries),
        reader=Texts(files),
        facts=FactSet(),
        packages=(Package(".", "app", "ts", Role.UNKNOWN, dependencies=dependencies),),
        outlines={path: outline(path, text) for path, text in sorted(files.items()) if language_of(path)},
        git=GitFacts(False),
        policy=policy.DEFAULT,
        build_talk=balance,
        now=NOW,
        memo=memo or Memo(),
    )
