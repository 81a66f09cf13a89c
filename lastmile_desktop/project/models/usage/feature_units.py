"""What was built in the last 30 days, from git: new pages and endpoints, new tables, and days of commits that add
something. Refactorings, updates and repairs are no features."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from lastmile_desktop.core.features import UNIT_DAYS, FeatureUnit
from lastmile_desktop.project.git_facts import Commit, FileChange, GitFacts

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_ADDS = re.compile(
    r"(?i)^(?:\W{0,4})(?:feat(?:ure)?(?:\([^)\n]{1,40}\))?!?:\s*|"
    r"(?:adds?|added|implement(?:s|ed)?|creates?|created|introduces?|introduced|build|built)\b\s+)(?P<what>.{2,160})"
)
_NO_FEATURE = re.compile(
    r"(?i)^\W{0,4}(?:fix(?:es|ed)?|hotfix|bugfix|refactor|chore|build\(deps\)|bump|deps|docs?|tests?|style|ci|perf|revert|"
    r"merge|release|wip|lint|format|rename|move|clean\s?up|upgrade|update dependenc)\b"
)
_NO_FEATURE_ADDED = re.compile(
    r"(?i)\b(?:tests?|docs?|documentation|readme|comments?|types?|typings?|logs?|logging|lint(?:er|ing)?|dependenc(?:y|ies)|"
    r"eslint|prettier|gitignore|license|changelog|missing|ci|workflow)\b"
)
# What a browser's upload of a file calls itself.
_FILE_NAME = re.compile(r"^(?:[\w.\[\]()-]{1,80}/){0,8}[\w.\[\]()-]{1,80}\.\w{1,8}$|^files via upload$")
_PAGE = re.compile(
    r"(?:^|/)(?:app/(?P<app>(?:[^/]{1,60}/){0,8})(?:page|route)\.(?:tsx?|jsx?)|"
    r"(?:pages|screens|views|routes)/(?P<flat>(?:[^/]{1,60}/){0,8}[^/]{1,80})\.(?:tsx|jsx|vue|svelte|astro|ts|js|py)|"
    r"(?:supabase/functions|netlify/functions)/(?P<edge>[\w-]{1,80})(?:/index)?\.(?:ts|js|mjs))$"
)
_NO_PAGE = re.compile(
    r"(?i)(?:^|/)(?:_[^/]{0,60}|\+?(?:layout|error|loading|not-?found|404|500|index\.test)[^/]{0,30})$|"
    r"\.(?:test|spec|stories|d)$|(?:^|/)(?:__tests__|components|hooks|lib)/"
)
_CHECK_ID = re.compile(
    r"\b(?:access|secrets|payments|data|reliability|abuse|ops|delivery|deps|privacy|email|frontend|scale|demand)"
    r"\.[a-z][a-z0-9]{1,20}(?:-[a-z0-9]{1,20}){1,5}\b"
)
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class _Work:
    """A commit of the last weeks with what it added: (key, name, path)."""

    commit: Commit
    added: tuple[tuple[str, str, str], ...]


def feature_units(view: ProjectView) -> tuple[FeatureUnit, ...]:
    """The newest first. Kept until there is another commit, another table or another day."""
    if not view.git.commits:
        return ()
    tables = _tables_by_migration(view)
    key = (view.git.head, view.now.date(), tuple((path, tuple(names)) for path, names in tables.items()))
    return view.whole("feature_units", key, lambda: _found(view.git, view.now, tables))


def _found(git: GitFacts, now: datetime, tables: Mapping[str, list[str]]) -> tuple[FeatureUnit, ...]:
    since = now - timedelta(days=UNIT_DAYS)
    recent = [commit for commit in _later_than_the_first(git) if since < commit.when <= now]
    changes = _by_commit(git.changes, {commit.sha for commit in recent})
    works = [_Work(commit, tuple(_added(changes.get(commit.sha, ()), tables))) for commit in recent]
    units = [*_units_of_files(works), *_units_of_days(works)]
    unique = {unit.key: unit for unit in reversed(units)}
    return tuple(sorted(unique.values(), key=lambda unit: (unit.day, unit.key), reverse=True))


def _later_than_the_first(git: GitFacts) -> Iterable[Commit]:
    """Without the commit that everything begins with: a template is nobody's wish."""
    return git.commits if git.truncated or git.shallow else git.commits[:-1]


def _by_commit(changes: Iterable[FileChange], wanted: set[str]) -> Mapping[str, list[FileChange]]:
    found: dict[str, list[FileChange]] = {}
    for change in changes:
        if change.sha in wanted:
            found.setdefault(change.sha, []).append(change)
    return found


def _tables_by_migration(view: ProjectView) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in view.schema.tables.values():
        if table.created and table.created_place is not None:
            found.setdefault(table.created_place.path, []).append(table.name.rpartition(".")[2])
    return found


def _added(changes: Iterable[FileChange], tables: Mapping[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    changed = tuple(changes)
    gone = {change.path.rpartition("/")[2] for change in changed if change.before and not change.after}
    squashed = any(name.endswith(".sql") for name in gone)
    for change in changed:
        if change.before or not change.after:
            continue
        page = _page_name(change.path)
        if page and change.path.rpartition("/")[2] not in gone:
            yield f"page:{change.path}", page, change.path
        for table in () if squashed else tables.get(change.path, ()):
            yield f"table:{table}", f"table {table}", change.path


def _page_name(path: str) -> str:
    found = _PAGE.search(path)
    if found is None:
        return ""
    inner = found["app"] if found["app"] is not None else found["flat"] or found["edge"] or ""
    if _NO_PAGE.search(inner.rstrip("/")):
        return ""
    shown = re.sub(r"/?(?:index|\+page|\+server)$", "", inner.rstrip("/"))
    return f"/{shown}" if shown else "/"


def _units_of_files(works: Iterable[_Work]) -> Iterator[FeatureUnit]:
    """One for each commit that adds pages or tables, named by what its message says, or by the first of them."""
    for work in works:
        if not work.added or _NO_FEATURE.match(work.commit.subject):
            continue
        key, name, _ = work.added[0]
        said = _what(work.commit.subject)
        paths = tuple(dict.fromkeys(path for _, _, path in work.added))
        yield FeatureUnit(key, (said or name)[:_LONGEST_NAME], _day(work.commit), paths, _mends(work.commit))


def _units_of_days(works: Iterable[_Work]) -> Iterator[FeatureUnit]:
    """What commits of a day add beside: an AI tool may need ten of them for one thing."""
    by_day: dict[date, list[Commit]] = {}
    for work in works:
        if not work.added and _what(work.commit.subject):
            by_day.setdefault(_day(work.commit), []).append(work.commit)
    for day, commits in by_day.items():
        oldest = commits[-1]
        more = f" and {len(commits) - 1} more" if len(commits) > 1 else ""
        name = _what(oldest.subject)[: _LONGEST_NAME - len(more)]
        mends = next((check for commit in commits if (check := _mends(commit))), "")
        yield FeatureUnit(f"day:{day.isoformat()}", name + more, day, (), mends)


def _what(subject: str) -> str:
    """What a commit adds, in its own words; "" when it adds no feature."""
    if _NO_FEATURE.match(subject):
        return ""
    found = _ADDS.match(subject)
    if found is None or _NO_FEATURE_ADDED.search(found["what"]) or _FILE_NAME.match(found["what"]):
        return ""
    return found["what"].strip().rstrip(".")


def _mends(commit: Commit) -> str:
    found = _CHECK_ID.search(commit.subject)
    return found[0] if found else ""


def _day(commit: Commit) -> date:
    return commit.when.date()
