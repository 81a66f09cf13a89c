"""Where a repository stands, read from a few small files of its own: cheap enough for every look at the project."""

from __future__ import annotations

import os
from pathlib import Path


def head_stamp(root: Path) -> str:
    """Changes when the commit, the branch or the index does. Reads a few small files and starts nothing."""
    git_dir = git_dir_of(root)
    if git_dir is None:
        return ""
    return f"{head_commit(root)} {_mark(git_dir / 'index')} {_mark(_common_dir(git_dir) / 'shallow')}"


def head_commit(root: Path) -> str:
    """Changes when the commit or the branch does; "" where there is no repository. Starts nothing either."""
    git_dir = git_dir_of(root)
    if git_dir is None:
        return ""
    head = _first_line(git_dir / "HEAD")
    target = ""
    if head.startswith("ref: "):
        name, common = head[5:].strip(), _common_dir(git_dir)
        target = _first_line(common / name) or _packed(common / "packed-refs", name)
    return f"{head} {target}"


def _common_dir(git_dir: Path) -> Path:
    """Where the branches lie; in a linked worktree that is elsewhere."""
    shared = _first_line(git_dir / "commondir")
    return Path(os.path.normpath(git_dir / shared)) if shared else git_dir


def git_dir_of(root: Path) -> Path | None:
    """The `.git` folder of the project or of one around it, following the `.git` file of a worktree."""
    for folder in (root, *root.parents):
        dot_git = folder / ".git"
        if dot_git.is_dir():
            return dot_git
        line = _first_line(dot_git)
        if line.startswith("gitdir:"):
            return Path(os.path.normpath(folder / line.removeprefix("gitdir:").strip()))
    return None


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.readline(4096).rstrip("\n")
    except OSError:
        return ""


def _packed(file: Path, name: str) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return next(
                (line.partition(" ")[0] for line in opened if line.rstrip("\n").endswith(f" {name}")), ""
            )
    except OSError:
        return ""


def _mark(file: Path) -> str:
    try:
        stat = file.stat()
    except OSError:
        return "-"
    return f"{stat.st_mtime_ns}:{stat.st_size}"
