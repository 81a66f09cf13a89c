"""Who changed which files: where an AI tool wrote over a person's work, and a person over the tool's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lastmile_desktop.project.git_facts import Commit, FileChange, GitFacts
from lastmile_desktop.project.known import ToolProfile, tool_profiles

_BOT = re.compile(r"\[bot\]")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one file with its author; `tool` is the id of the AI tool that made it, "" for a person."""

    change: FileChange
    commit: Commit
    tool: str


@dataclass(frozen=True, slots=True)
class Overwritten:
    """A person's change that a tool took back by putting the older content there again."""

    path: str
    human: Edit
    tool: Edit


def edits(git: GitFacts) -> Mapping[str, tuple[Edit, ...]]:
    """path → its changes, the newest first, as far back as git was read."""
    by_sha = {commit.sha: commit for commit in git.commits}
    makers: dict[str, str] = {}
    found: dict[str, list[Edit]] = {}
    for change in git.changes:
        commit = by_sha.get(change.sha)
        if commit is None:
            continue
        if change.sha not in makers:
            makers[change.sha] = maker(commit)
        found.setdefault(change.path, []).append(Edit(change, commit, makers[change.sha]))
    return {path: tuple(items) for path, items in found.items()}


def maker(commit: Commit) -> str:
    """The builder that wrote this commit by itself; assistants that a person drives count as the person."""
    for profile in tool_profiles():
        if profile.generates and _made_by(profile, commit):
            return profile.id
    return "bot" if _BOT.search(commit.author_name) and "depend" not in commit.author_name else ""


def _made_by(profile: ToolProfile, commit: Commit) -> bool:
    if commit.author_name in profile.authors or any(
        commit.author_email.endswith(end) for end in profile.author_emails
    ):
        return True
    return any(line.lower().startswith(sign.lower()) for line in commit.trailers for sign in profile.trailers)


def overwritten(items: tuple[Edit, ...]) -> tuple[Edit, Edit] | None:
    """(person's edit, tool's edit) when the newest content of a file is an older one that a tool brought back."""
    if not items or not items[0].tool:
        return None
    restored = items[0].change.after
    if not restored:
        return None
    between: list[Edit] = []
    for item in items[1:]:
        if item.change.after == restored:
            human = next((edit for edit in between if not edit.tool and edit.change.after != restored), None)
            return (human, items[0]) if human is not None else None
        between.append(item)
        if item.change.before == restored and not item.tool:
            return item, items[0]
    return None


def owned_by(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) or fnmatchcase(f"/{path}", pattern) for pattern in patterns)


def active_builder(git: GitFacts) -> str:
    """The builder that made a commit in the last month of work, "" when none did."""
    newest = git.commits[0].when if git.commits else None
    for commit in git.commits[:400]:
        if newest is not None and (newest - commit.when).days > 30:
            return ""
        tool = maker(commit)
        if tool and tool != "bot":
            return tool
    return ""
