"""What git knows of a project: read-only, without taking a lock, running a hook or asking the network.

GitPython finds the repository (worktrees, submodules, folders inside one); the few commands are plumbing with
an environment in which nothing that the repository's configuration names can be started.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lastmile_desktop.core.check import EngineName
from lastmile_desktop.core.health import OK, Condition, EngineInfo, Health
from lastmile_desktop.engines.git_head import git_dir_of
from lastmile_desktop.engines.process import ChildMissing, ChildResult, find_tool, run_child
from lastmile_desktop.project.git_facts import NO_GIT, Commit, FileChange, GitFacts

if TYPE_CHECKING:
    from git import GitConfigParser

_TIMEOUT_S = 20.0
_FIELD = "\x1f"
_TRAILER = "\x1e"
_LOG_FORMAT = "--format=%H%x1f%an%x1f%ae%x1f%aI%x1f%(trailers:only,unfold,separator=%x1e)%x1f%s"
_NAME_CAP = 200
_CHANGED_COMMITS = 300
_MOST_CHANGES = 20_000
_NO_CHANGES = (
    ".",
    ":(exclude,glob)**/node_modules/**",
    ":(exclude,glob)**/venv/**",
    ":(exclude,glob)**/dist/**",
)
_TRAILERS_KEPT = 12

_MIGRATIONS = (
    ":(glob)**/migrations/**",
    ":(glob)**/*.sql",
    ":(glob)**/versions/*.py",
    ":(glob)**/drizzle/**",
)

# Nothing of the repository's own configuration may start a program, wait for a person or go online.
_SETTINGS: Mapping[str, str] = {
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.hooksPath": os.devnull,
    "core.excludesFile": "",
    "core.pager": "cat",
    "core.quotePath": "false",
    "protocol.allow": "never",
    "log.showSignature": "false",
    "log.mailmap": "false",
    "diff.external": "",
    "diff.renames": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}


@dataclass(frozen=True, slots=True)
class _Repository:
    """Where the repository of a folder lies; `common_dir` differs from `git_dir` in a linked worktree."""

    git_dir: Path
    common_dir: Path
    work_tree: Path
    branch: str
    remote: str


def info() -> EngineInfo:
    """Whether git can be asked, and its version."""
    try:
        result = _run_git(Path.cwd(), ("--version",), {})
    except ChildMissing:
        return EngineInfo(EngineName.GIT, "", Health(Condition.MISSING, _NO_PROGRAM))
    version = re.search(rb"\d+(?:\.\d+)+", result.stdout)
    if not result.ok or version is None:
        return EngineInfo(EngineName.GIT, "", Health(Condition.FAILED, f"git {result.why}."))
    return EngineInfo(EngineName.GIT, version[0].decode(), OK)


_NO_PROGRAM = "git is not installed, so the history of this project could not be read."


def read_git(root: Path, *, max_commits: int = 5000) -> GitFacts:
    """Everything the product asks of git about this folder, in at most three short commands."""
    repository = _find(root)
    if repository is None:
        return NO_GIT
    try:
        head = _text(_ask(root, repository, ("rev-parse", "--verify", "--quiet", "HEAD"))).strip()
        tracked = _tracked(root, repository)
        commits, truncated, problem = _commits(root, repository, max_commits) if head else ((), False, "")
        added_on, changed_on = _migration_days(root, repository) if head else ({}, {})
    except ChildMissing:
        return GitFacts(available=False, reason=_NO_PROGRAM)
    return GitFacts(
        available=True,
        reason=problem,
        head=head,
        branch=repository.branch,
        remote=repository.remote,
        shallow=(repository.common_dir / "shallow").is_file(),
        commits=commits,
        truncated=truncated,
        tracked=tracked,
        added_on=added_on,
        changed_on=changed_on,
        changes=_changes(root, repository) if head else (),
    )


def ignored(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """Those of the paths that git ignores here; none when there is no repository or git cannot tell."""
    asked = sorted(set(paths))
    repository = _find(root) if asked else None
    if repository is None:
        return frozenset()
    try:
        result = _ask(
            root,
            repository,
            ("check-ignore", "-z", "--stdin"),
            stdin=b"\0".join(os.fsencode(path) for path in asked) + b"\0",
        )
    except ChildMissing:
        return frozenset()
    return frozenset(_paths(result.stdout)) if result.returncode in (0, 1) else frozenset()


def commit_times(root: Path, *, most: int = 20_000) -> tuple[tuple[datetime, ...], str] | None:
    """When each commit was written, the newest first, and a name for where the history begins, "" when only a part of
    it is here. None when git cannot tell."""
    repository = _find(root)
    if repository is None:
        return None
    within = root.resolve().relative_to(repository.work_tree.resolve()).as_posix()
    only = () if within == "." else ("--", ".")
    try:
        log = _ask(root, repository, ("log", f"--max-count={most}", "--format=%aI", "HEAD", *only))
        first = _text(_ask(root, repository, ("rev-list", "--max-parents=0", "HEAD"))).split()
    except ChildMissing:
        return None
    if not log.ok:
        return None
    whole = bool(first) and not (repository.common_dir / "shallow").is_file()
    times = (_moment(line) for line in _text(log).split())
    return tuple(time for time in times if time and time.tzinfo), f"{first[-1]} {within}" if whole else ""


def _find(root: Path) -> _Repository | None:
    if git_dir_of(root) is None:
        return None
    # GitPython looks for the program when it is imported, and raises unless told to be quiet.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from git import Repo
    from git.exc import GitError

    try:
        with Repo(root, search_parent_directories=True, expand_vars=False) as repo:
            if repo.bare or repo.working_tree_dir is None:
                return None
            return _Repository(
                git_dir=Path(repo.git_dir),
                common_dir=Path(repo.common_dir),
                work_tree=Path(repo.working_tree_dir),
                branch="" if repo.head.is_detached else repo.head.reference.name,
                remote=_remote(repo.config_reader("repository")),
            )
    except (GitError, OSError, ValueError, TypeError):
        # A `.git` that GitPython cannot make sense of is a folder without history.
        return None


def _remote(config: GitConfigParser) -> str:
    """The address of `origin`, or of the first remote, without any user name or password in it."""
    sections = [name for name in config.sections() if name.startswith("remote ")]
    for section in sorted(sections, key=lambda name: (name != 'remote "origin"', name)):
        url = str(config.get_value(section, "url", ""))
        if url:
            return re.sub(r"^([a-z+]{1,20}://)[^/@\s]*@", r"\1", url)[:500]
    return ""


def _tracked(root: Path, repository: _Repository) -> frozenset[str] | None:
    result = _ask(root, repository, ("ls-files", "-z"))
    return frozenset(_paths(result.stdout)) if result.ok else None


def _commits(root: Path, repository: _Repository, limit: int) -> tuple[tuple[Commit, ...], bool, str]:
    # A path limits and simplifies history: wanted for a folder inside a repository, wrong for all of it.
    within = () if root.resolve() == repository.work_tree.resolve() else ("--", ".")
    result = _ask(root, repository, ("log", "-z", f"--max-count={limit + 1}", _LOG_FORMAT, "HEAD", *within))
    commits = tuple(
        commit
        for record in result.stdout.decode("utf-8", "replace").split("\0")
        if (commit := _commit(record)) is not None
    )
    problem = "" if result.ok else f"git {result.why}, so only a part of the history is known."
    return commits[:limit], len(commits) > limit or not result.ok, problem


def _commit(record: str) -> Commit | None:
    fields = record.split(_FIELD, 5)
    if len(fields) != 6:
        return None
    sha, name, email, when, trailers, subject = fields
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    kept = tuple(line[:_NAME_CAP] for line in trailers.split(_TRAILER)[:_TRAILERS_KEPT] if line.strip())
    return Commit(sha.strip(), name[:_NAME_CAP], email[:_NAME_CAP], moment, subject[:_NAME_CAP], kept)


def _migration_days(
    root: Path, repository: _Repository
) -> tuple[Mapping[str, datetime], Mapping[str, datetime]]:
    """When each migration file first appeared, and when it was last changed after that. The log runs from new to
    old: of a file's beginnings the last word is the oldest, of its changes the first is the newest."""
    arguments = (
        "log", "-z", "--diff-filter=AM", "--name-status", "--no-renames", "--relative", "--no-ext-diff",
        "--no-textconv", "--max-count=5000", "--format=%x1f%aI", "HEAD", "--", *_MIGRATIONS,
    )  # fmt: skip
    added: dict[str, datetime] = {}
    changed: dict[str, datetime] = {}
    when: datetime | None = None
    status = ""
    for entry in _paths(_ask(root, repository, arguments).stdout):
        # With -z a commit's header ends where its first status begins, after a line feed.
        word = entry.lstrip("\n")
        if word.startswith(_FIELD):
            stamp, _, word = word[1:].partition("\n")
            when, status = _moment(stamp), ""
        if not status:
            status = word
            continue
        if when is not None and status == "A":
            added[word] = when
        elif when is not None:
            changed.setdefault(word, when)
        status = ""
    return added, changed


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:
        return None


def _changes(root: Path, repository: _Repository) -> tuple[FileChange, ...]:
    """Which files the newest commits touched, with the names of their contents before and after."""
    arguments = (
        "log", "-z", "--raw", "--no-abbrev", "--no-renames", "--relative", "--no-ext-diff", "--no-textconv",
        f"--max-count={_CHANGED_COMMITS}", "--format=%x1f%H", "HEAD", "--", *_NO_CHANGES,
    )  # fmt: skip
    found: list[FileChange] = []
    sha, entry = "", ""
    for word in _paths(_ask(root, repository, arguments).stdout):
        text = word.lstrip("\n")
        if text.startswith(_FIELD):
            sha, _, text = text[1:].partition("\n")
        if text.startswith(":"):
            entry = text
        elif text and entry:
            fields = entry.split(" ")
            entry = ""
            if len(fields) == 5 and len(found) < _MOST_CHANGES:
                found.append(FileChange(sha, text, _blob(fields[2]), _blob(fields[3])))
    return tuple(found)


def _blob(name: str) -> str:
    """Git writes zeros where there is no content."""
    return name[:20] if name.strip("0") else ""


def _paths(output: bytes) -> Sequence[str]:
    return [os.fsdecode(entry) for entry in output.split(b"\0") if entry]


def _text(result: ChildResult) -> str:
    return result.stdout.decode("utf-8", "replace") if result.ok else ""


def _ask(
    root: Path,
    repository: _Repository,
    arguments: Sequence[str],
    *,
    stdin: bytes | None = None,
) -> ChildResult:
    # Naming the folders outright also spares git's search and its question whether the owner is trusted.
    named = {"GIT_DIR": str(repository.git_dir), "GIT_WORK_TREE": str(repository.work_tree)}
    return _run_git(root, arguments, named, stdin)


def _run_git(
    cwd: Path, arguments: Sequence[str], env: Mapping[str, str], stdin: bytes | None = None
) -> ChildResult:
    program = find_tool("git")
    if program is None:
        raise ChildMissing("git", "it is not installed")
    return run_child(
        [program, "--no-pager", "--no-optional-locks", "--no-replace-objects", *arguments],
        cwd=cwd,
        stdin=stdin,
        timeout_s=_TIMEOUT_S,
        env=_environment() | dict(env),
    )


def _environment() -> dict[str, str]:
    settings = {"GIT_CONFIG_COUNT": str(len(_SETTINGS))}
    for number, (key, value) in enumerate(_SETTINGS.items()):
        settings[f"GIT_CONFIG_KEY_{number}"] = key
        settings[f"GIT_CONFIG_VALUE_{number}"] = value
    return settings | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ASKPASS": "",
        "GIT_EXTERNAL_DIFF": "",
        "GIT_ALLOW_PROTOCOL": "",
        "LC_ALL": "C",
    }
