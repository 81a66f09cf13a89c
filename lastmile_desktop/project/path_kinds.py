"""What a file is for, as its path tells: tests, examples, notes, settings, instructions to AI tools."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath


class PathKind(StrEnum):
    CODE = "code"
    TEST = "test"
    SEED = "seed"
    EXAMPLE = "example"
    DOC = "doc"
    ENV = "env"
    AGENT = "agent"
    CI = "ci"
    SQL = "sql"
    DUMP = "dump"


_TEST_FOLDERS = frozenset(
    (
        "test",
        "tests",
        "__tests__",
        "testing",
        "e2e",
        "spec",
        "specs",
        "cypress",
        "playwright",
        "__mocks__",
        "mocks",
        "__test__",
        "test-helpers",
        "test_helpers",
        "testhelpers",
        "test-utils",
        "test_utils",
        "testutils",
        "test-support",
        "test_support",
        "test-environments",
        "test-environment",
        "test-env",
    )
) | frozenset(
    ("fixtures", "__fixtures__", "testdata", "test_data", "test-data", "stories", "hurl", "test_reports")
)
_TEST_NAME = re.compile(
    r"(?i)(?:^|[._-])(?:test|tests|spec|e2e|mock|mocks|stories|cy)(?:[._-][^/]*)?\.[a-z]{1,8}$|^test[_-]|^conftest\.py$|^\.env\.(?:test|ci)"
)
_SEED = re.compile(
    r"(?i)(?:^|[/._-])(?:seeds?|seeders?|seed[_-]?data|demo[_-]?(?:users|data|accounts)|factories)(?:[/._-]|$)"
)
_EXAMPLE = re.compile(
    r"(?i)(?:^|[._-])(?:examples?|samples?|templates?|dist|defaults?|tmpl|tpl)(?:\.[a-z0-9]{1,8})?$|(?:^|/)(?:examples?|samples?)/"
)
_DOC_SUFFIXES = frozenset((".md", ".mdx", ".rst", ".txt", ".adoc", ".html.md"))
_ENV_NAMES = re.compile(
    r"(?i)^\.env(?:\.[a-z0-9._-]+|-[a-z0-9._-]+|rc)?$|\.env$|^\.dev\.vars|^\.?(?:eas_|app_)?secrets(?:\.(?:toml|ya?ml|json|env|txt))?$"
)
_AGENT = re.compile(
    r"(?i)(?:^|/)(?:\.?mcp\.json|\.cursor/|\.claude/|\.bolt/|\.replit$|replit\.md$|claude(?:\.local)?\.md$|agents\.md$|gemini\.md$"
    r"|\.cursorrules$|\.windsurf|\.clinerules|\.roo/|\.kiro/|\.codex/|\.gemini/|\.emergent/|\.lovable/|\.github/copilot|memory/[^/]+\.md$|\.vscode/mcp\.json)"
)
_TOOL_FOLDER = re.compile(
    r"(?i)(?:^|/)\.(?:claude|claude-flow|clerk|cursor|agents?|windsurf|opencode|codex|gemini|roo|kiro|emergent|lovable|"
    r"bolt|swarm|hive-mind|aider[\w.-]{0,30}|continue|junie|trae|qoder|augment|factory|specify|bmad[\w-]{0,20}|serena|"
    r"superdesign|taskmaster|playwright-mcp|github/(?:agents|chatmodes|instructions|prompts|skills))/"
)
_CI = re.compile(
    r"(?i)(?:^|/)(?:\.github/(?:workflows|actions)/|\.gitlab-ci[^/]*\.ya?ml$|\.circleci/|bitbucket-pipelines\.ya?ml$"
    r"|azure-pipelines[^/]*\.ya?ml$|\.travis\.yml$|jenkinsfile$|\.drone\.yml$)"
)
_DUMP = re.compile(
    r"(?i)\.(?:ipynb|log|dump|har|bak|psql|sqldump)$|(?:dump|backup|export)[^/]*\.(?:sql|json|csv|txt)$"
)


@lru_cache(maxsize=65_536)
def path_kind(path: str) -> PathKind:
    """The kind of a project-relative path; the first that fits, from the most to the least telling."""
    pure = PurePosixPath(path)
    name = pure.name
    # A workflow called test.yml runs with real keys like any other.
    if _CI.search(path):
        return PathKind.CI
    if any(part.lower() in _TEST_FOLDERS for part in pure.parts[:-1]) or _TEST_NAME.search(name):
        return PathKind.TEST
    if _AGENT.search(path) or (is_tools_own(path) and ".clerk/" not in path):
        return PathKind.AGENT
    if _EXAMPLE.search(name) or _EXAMPLE.search(path.removesuffix(name)):
        return PathKind.EXAMPLE
    if _ENV_NAMES.search(name):
        return PathKind.ENV
    return _by_content(path, pure)


def _by_content(path: str, pure: PurePosixPath) -> PathKind:
    if _SEED.search(path):
        return PathKind.SEED
    if _DUMP.search(path):
        return PathKind.DUMP
    suffix = pure.suffix.lower()
    if suffix == ".sql":
        return PathKind.SQL
    if suffix in _DOC_SUFFIXES or "docs" in pure.parts[:-1]:
        return PathKind.DOC
    return PathKind.CODE


@lru_cache(maxsize=65_536)
def is_tools_own(path: str) -> bool:
    """Whether a coding tool keeps this file for itself: its hooks, helpers and memory are no part of the app. A secret
    in it is still in the repository."""
    return _TOOL_FOLDER.search(path) is not None


_LEFT_BEHIND = re.compile(
    r"(?i)[._ -](?:bak|old|orig)\d{0,2}\.(?:[cm]?[jt]sx?|py|vue|svelte)$|\.backup\.(?:[cm]?[jt]sx?|py)$|"
    r"(?: copy\d{0,2}\.(?:[cm]?[jt]sx?|py|vue|svelte))$|^copy of \w"
)
# Whatever lies here is served, whatever it is called.
_SERVED = re.compile(r"(?:^|/)(?:pages|api)/")


@lru_cache(maxsize=65_536)
def is_left_behind(path: str) -> bool:
    """Whether this is the former state of a source file, kept beside the one that runs: `index_bak.ts`. A file called
    `db_backup.py` or `ad-copy.ts` does something with backups or copies and is none."""
    return _LEFT_BEHIND.search(PurePosixPath(path).name) is not None and _SERVED.search(path) is None


@lru_cache(maxsize=65_536)
def is_example_env(path: str) -> bool:
    """Whether this lists settings to be filled in: `.env.example`, `.env.sample`, `env.template`."""
    name = PurePosixPath(path).name.lower()
    return "env" in name and path_kind(path) is PathKind.EXAMPLE and not name.endswith((".md", ".mdx"))
