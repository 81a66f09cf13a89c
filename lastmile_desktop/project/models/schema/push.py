"""Places that change the live database to fit the code, past every migration: at the start of the app, or on
deploy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LIVE_SCRIPT = re.compile(
    r"^\s*\"((?:pre|post)?(?:start|build|deploy|install|release)(?::prod(?:uction)?)?|vercel-build|heroku-postbuild"
    r"|railway:\w+|render-build|deploy:\w+|start:\w+|build:prod)\"\s*:\s*\"(.{1,600})\"",
    re.MULTILINE,
)
_LOCAL_SCRIPT = re.compile(r"dev|test|local|watch|docker|storybook")
_PUSH = re.compile(
    r"\bprisma\s+db\s+push\b|\bdrizzle-kit\s+push(?::\w+)?\b|\bdb:push\b|\btypeorm\s+schema:sync\b|\bschema:sync\b"
)
_DEPLOY_FILE = re.compile(
    r"(?:^|/)(?:Procfile|Dockerfile[\w.-]*|render\.ya?ml|railway\.(?:json|toml)|nixpacks\.toml|fly\.toml|netlify\.toml|vercel\.json"
    r"|app\.ya?ml|(?:docker-)?(?:entrypoint|start|deploy|release)[\w.-]*\.sh|(?:docker-)?compose[\w.-]*prod[\w.-]*\.ya?ml)$"
    r"|^\.github/workflows/[^/]*\.ya?ml$"
)
_DEPLOYS = re.compile(r"deploy|production|vercel|flyctl|render\.com|railway", re.IGNORECASE)
_SYNC = re.compile(
    r"\bsynchronize\s*:\s*true\b|\bsequelize\.sync\s*\(|\.sync\s*\(\s*\{\s*(?:alter|force)\s*:\s*true"
)
_CREATE_ALL = re.compile(r"\b(?:metadata\.create_all|db\.create_all)\b")
# Code that runs the migrations itself makes only what those leave out, or a database that is empty.
_MIGRATES = re.compile(
    r"(?<!def )\b(?:\w{1,40}_)?upgrade\(|\bstamp_\w{1,40}\(|\bcommand\.(?:upgrade|stamp)\("
)
_COMMENT = re.compile(r"^\s*(?://|#|\*|/\*|--|<!--)")
_GUARDED = re.compile(
    r"NODE_ENV|ENVIRONMENT|APP_ENV|FLASK_ENV|isProd|isDev|\bDEBUG\b|\bTESTING\b|production|development|sqlite",
    re.I,
)
_ONE_OFF = re.compile(
    r"(?:^|/)(?:scripts?|tools|bin|cli|seeds?|migrations?|alembic|notebooks)/"
    r"|(?:^|/)(?:init|create|setup|reset|seed|migrate|fix|repair|manage|test|check|debug|update|add|drop|recreate|bootstrap)"
    r"[\w-]*\.(?:py|[cm]?[jt]s)$",
    re.IGNORECASE,
)
_CODE = (".ts", ".js", ".mjs", ".cjs", ".py")
_NEAR = 4


@dataclass(frozen=True, slots=True)
class Push:
    """`what` is the command or setting as a founder knows it."""

    path: str
    line: int
    what: str


def pushes(view: ProjectView) -> tuple[Push, ...]:
    """Every place outside tests and one-off scripts: settings and scripts first, then code."""
    paths = tuple(view.tree.files)
    deploying, code = view.whole("schema.push.paths", paths, lambda: _chosen(paths))
    found = [
        Push(path, line, what)
        for path in deploying
        for line, what in view.per_file("schema.push", path, _commands, ())
    ]
    for path in code:
        found += [Push(path, line, what) for line, what in view.per_file("schema.sync", path, _calls, ())]
    return tuple(item for item in found if not view.tree.files[item.path].ignored_by_git)


def _chosen(paths: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files that start or deploy the app, and its code."""
    deploying = tuple(
        path for path in paths if path.rpartition("/")[2] == "package.json" or _DEPLOY_FILE.search(path)
    )
    return deploying, tuple(path for path in paths if path.endswith(_CODE) and _ships(path))


def _ships(path: str) -> bool:
    return path_kind(path) is PathKind.CODE and not _ONE_OFF.search(path)


def _commands(text: str) -> tuple[tuple[int, str], ...]:
    return tuple(_in_scripts(text) if text.lstrip().startswith("{") else _in_deployment(text))


def _in_scripts(text: str) -> Iterator[tuple[int, str]]:
    for match in _LIVE_SCRIPT.finditer(text):
        push = _PUSH.search(match[2])
        if push is not None and not _LOCAL_SCRIPT.search(match[1]):
            yield line_at(text, match.start(1)), push[0]


def _in_deployment(text: str) -> Iterator[tuple[int, str]]:
    """In a workflow only where it deploys: tests push into a database of their own."""
    is_workflow = "runs-on:" in text
    if is_workflow and (
        not _DEPLOYS.search(text) or re.search(r"services:\s*\n\s+\w*(?:postgres|db|mysql)", text)
    ):
        return
    for number, line in enumerate(text.splitlines(), 1):
        push = _PUSH.search(line)
        if push is not None and not _COMMENT.match(line):
            yield number, push[0]


def _calls(text: str) -> tuple[tuple[int, str], ...]:
    """Code that makes the tables itself. Behind a condition on the environment it is no matter for production."""
    if "synchronize" not in text and ".sync(" not in text and "create_all" not in text:
        return ()
    found: list[tuple[int, str]] = []
    migrates = _MIGRATES.search(text) is not None
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        match = _SYNC.search(line) or (None if migrates else _CREATE_ALL.search(line))
        if match is None or _COMMENT.match(line):
            continue
        before = "\n".join(lines[max(0, number - 1 - _NEAR) : number])
        if not _GUARDED.search(before):
            found.append((number, match[0].strip().rstrip("({ ")))
    return tuple(found)
