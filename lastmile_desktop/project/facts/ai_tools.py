"""Which AI tools made and make the project, and which files they own (catalogue §3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.facts import Fact, FactSource
from lastmile_desktop.project.facts.survey import Survey, of_file
from lastmile_desktop.project.git_facts import Commit
from lastmile_desktop.project.known import ToolProfile, matches, tool_profiles

_STRONG = 0.95
_MARKER = 0.9
_SUPPORT = 0.6
_CURRENT_DAYS = 30
_ORIGIN_SHARE = 5


@dataclass(frozen=True, slots=True)
class _Seen:
    """A tool with its evidence; `commits` are its own, newest first."""

    profile: ToolProfile
    facts: tuple[Fact, ...]
    commits: tuple[Commit, ...]

    @property
    def confidence(self) -> float:
        return max((fact.confidence for fact in self.facts), default=0.0)


def facts(survey: Survey) -> Iterator[Fact]:
    git = survey.git
    key = (git.head, len(git.commits))
    commits = survey.memo.whole("tool-commits", key, lambda: _commits_by_tool(git.commits))
    looked = (_look(survey, profile, commits[profile.id]) for profile in tool_profiles())
    seen = [tool for tool in looked if tool.facts]
    for tool in seen:
        yield from tool.facts
        for pattern in tool.profile.owned:
            yield Fact("tool.owned", pattern, evidence=tool.facts[0].evidence, confidence=tool.confidence)
    certain = [tool for tool in seen if tool.confidence >= _MARKER]
    origin = _origin(survey, certain)
    current = _current(survey, certain)
    if origin is not None:
        yield Fact("tool.origin", origin.profile.id, evidence=origin.facts[0].evidence, confidence=0.85)
    if current is not None:
        # A rules file alone says that the tool was used once, not that it is used now.
        confidence = 0.85 if current.commits or current.profile.generates else 0.6
        evidence = current.facts[0].evidence
        yield Fact("tool.current", current.profile.id, evidence=evidence, confidence=confidence)


def _commits_by_tool(commits: tuple[Commit, ...]) -> Mapping[str, tuple[Commit, ...]]:
    """Tool → the commits that it made or helped to make, newest first."""
    return {
        profile.id: tuple(commit for commit in commits if _made_by(profile, commit))
        for profile in tool_profiles()
    }


def _look(survey: Survey, profile: ToolProfile, commits: tuple[Commit, ...]) -> _Seen:
    found = [*_in_packages(survey, profile), *_in_files(survey, profile)]
    key = f"tool.{profile.id}"
    if commits:
        latest = commits[0]
        note = f"{len(commits)} of {len(survey.git.commits)} commits, the last one {latest.sha[:7]}"
        evidence = Evidence(EvidenceKind.GIT, note=note)
        found.append(Fact(key, "commits", confidence=_STRONG, evidence=evidence, source=FactSource.GIT))
    return _Seen(profile, tuple(found), commits)


def _in_packages(survey: Survey, profile: ToolProfile) -> Iterator[Fact]:
    key = f"tool.{profile.id}"
    for package in survey.packages:
        name = next((name for name in package.dependencies if matches(name, profile.packages)), None)
        if name is not None:
            yield Fact(key, "package", package.path, _STRONG, survey.declared(package, name))
        if package.name in profile.package_names:
            line = survey.line_of(package.manifest, package.name)
            # The name of a starter: kept by those who never renamed it, and by copies made by hand.
            yield of_file(key, "starter", package.manifest, line, package.path, _MARKER)


def _in_files(survey: Survey, profile: ToolProfile) -> Iterator[Fact]:
    key = f"tool.{profile.id}"
    for names, confidence in ((profile.files, _MARKER), (profile.support_files, _SUPPORT)):
        for name in names:
            path = _first(survey, name)
            if path:
                yield of_file(key, "file", path, confidence=confidence)
                break
    for name, text in profile.texts:
        for path in survey.named(name.rpartition("/")[2]):
            if path.endswith(name) and text in survey.text(path):
                # A heading of a README begins with the sign that elsewhere begins a comment.
                line = survey.text(path).partition(text)[0].count("\n") + 1
                yield of_file(key, "text", path, line, survey.package_of(path).path, _MARKER)


def _first(survey: Survey, name: str) -> str:
    if not name.endswith("/"):
        return name if name in survey.tree else ""
    return next((path for path in survey.tree.files if path.startswith(name)), "")


def _made_by(profile: ToolProfile, commit: Commit) -> bool:
    if commit.author_name in profile.authors:
        return True
    if any(commit.author_email.endswith(email) for email in profile.author_emails):
        return True
    return any(
        trailer.lower().startswith(sign.lower()) for trailer in commit.trailers for sign in profile.trailers
    )


def _origin(survey: Survey, tools: list[_Seen]) -> _Seen | None:
    """The tool of the first commits; without such, the one builder whose marks are there."""
    commits = survey.git.commits
    if commits and not survey.git.truncated and not survey.git.shallow:
        early = {commit.sha for commit in commits[-max(3, len(commits) // _ORIGIN_SHARE) :]}
        born = [tool for tool in tools if any(commit.sha in early for commit in tool.commits)]
        builders = [tool for tool in born if tool.profile.generates] or born
        if builders:
            return min(builders, key=lambda tool: tool.commits[-1].when)
    builders = [tool for tool in tools if tool.profile.generates]
    return max(builders, key=lambda tool: (tool.confidence, tool.profile.id), default=None)


def _current(survey: Survey, tools: list[_Seen]) -> _Seen | None:
    """The tool of the newest commit in the last month of work; without such, the most certain one."""
    newest = survey.git.commits[0].when if survey.git.commits else None
    recent = [tool for tool in tools if tool.commits and newest and _is_recent(tool.commits[0].when, newest)]
    if recent:
        return max(recent, key=lambda tool: tool.commits[0].when)
    return max(
        tools, key=lambda tool: (tool.confidence, tool.profile.generates, tool.profile.id), default=None
    )


def _is_recent(when: datetime, newest: datetime) -> bool:
    return newest - when <= timedelta(days=_CURRENT_DAYS)
