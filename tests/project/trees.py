"""Small project folders as the tree and the reader that project code takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lastmile_desktop.project.collect import TreeReader, collect
from lastmile_desktop.project.tree import TreeIndex


def made(root: Path, files: Mapping[str, str]) -> tuple[TreeIndex, TreeReader]:
    """The index and reader of a folder with these files."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    index = collect(root)
    return index, TreeReader(root, index)
