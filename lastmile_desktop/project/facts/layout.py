"""How the repository is laid out: kind, languages, package managers, runtimes, generated files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.facts import Fact, FactSource
from lastmile_desktop.project.facts.survey import Survey, by_language, is_foreign, of_file
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.lockfiles import lock_files
from lastmile_desktop.project.packages import SUFFIX_LANGUAGE, Package

_WORKSPACE_FILES = ("pnpm-workspace.yaml", "turbo.json", "nx.json", "lerna.json")
_GENERATED_HEADER = re.compile(
    r"auto-?\s?generated|automatically generated|do not (?:edit|modify)|don't edit", re.IGNORECASE
)
_GENERATED_NAME = re.compile(
    r"\.gen\.[jt]sx?$|\.generated\.\w+$|_pb2(?:_grpc)?\.py$|(?:^|/)database\.types\.ts$"
)
_HEADER_LENGTH = 600
_MOST_GENERATED = 200
_NODE_IMAGE = re.compile(
    r"^FROM\s+(?:--platform=\S+\s+)?(?:[\w./-]*/)?node:([\w.-]+)", re.MULTILINE | re.IGNORECASE
)
_PYTHON_IMAGE = re.compile(
    r"^FROM\s+(?:--platform=\S+\s+)?(?:[\w./-]*/)?python:([\w.-]+)", re.MULTILINE | re.IGNORECASE
)
_NODE_CI = re.compile(r"node-version:\s*[\"']?(\d[\w.]*)")
_PYTHON_CI = re.compile(r"python-version:\s*[\"']?(\d[\w.]*)")
_REQUIRES_PYTHON = re.compile(r"^requires-python\s*=\s*[\"']([^\"'\n]{1,40})", re.MULTILINE)
_ENGINES_NODE = re.compile(r'"engines"\s*:\s*\{[^{}]{0,400}?"node"\s*:\s*"([^"\n]{1,40})"')
_VERSION_LINE = re.compile(r"\A\s*(?:python-|v)?(\d[\w.]*)")


def facts(survey: Survey) -> Iterator[Fact]:
    yield from _kind(survey)
    yield from _languages(survey)
    yield from _managers(survey)
    yield from _runtimes(survey)
    yield from _generated(survey)
    yield from _repository(survey)


def _kind(survey: Survey) -> Iterator[Fact]:
    root = survey.packages[0]
    several = len(survey.packages) > 1
    if root.workspace_root or several:
        path = next((name for name in _WORKSPACE_FILES if name in survey.tree), root.manifest)
        path = path or survey.packages[-1].manifest
        yield of_file("repo.kind", "monorepo" if several else "single", path)
    else:
        yield Fact("repo.kind", "single", evidence=Evidence(EvidenceKind.DERIVED, root.manifest))
    for package in survey.packages:
        if package.manifest:
            yield of_file("repo.package", str(package.role), package.manifest, package=package.path)


def _languages(survey: Survey) -> Iterator[Fact]:
    counts: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], str] = {}
    files = [
        path
        for path in survey.tree.files
        if path[path.rfind(".") :] in SUFFIX_LANGUAGE and not is_foreign(path)
    ]
    for path in files:
        key = (survey.package_of(path).path, SUFFIX_LANGUAGE[path[path.rfind(".") :]])
        counts[key] = counts.get(key, 0) + 1
        first.setdefault(key, path)
    for key, count in counts.items():
        package, language = key
        evidence = Evidence(EvidenceKind.DERIVED, first[key], note=f"{count} files")
        yield Fact("lang", language, package, 0.95, evidence)
        yield Fact(f"lang.{language}", str(count), package, 0.95, evidence)
    if survey.edge_files or survey.named("deno.json", "deno.jsonc"):
        path = (*survey.edge_files, *survey.named("deno.json", "deno.jsonc"))[0]
        yield of_file("lang", "deno", path)
        yield of_file("lang.deno", str(len(survey.edge_files)), path)
    whole = by_language(files)
    if whole:
        main = max(whole, key=lambda language: (whole[language], language))
        yield Fact("lang.main", main, evidence=Evidence(EvidenceKind.DERIVED, note=f"{whole[main]} files"))


def _managers(survey: Survey) -> Iterator[Fact]:
    for package in survey.packages:
        locks = list(lock_files(survey.tree, package.path))
        for path, manager in locks:
            yield of_file("pkg.manager", manager, path, package=package.path)
        for ecosystem in (("npm", "pnpm", "yarn", "bun"), ("uv", "poetry", "pipenv")):
            found = sorted({manager for _, manager in locks if manager in ecosystem})
            if len(found) > 1:
                yield of_file("pkg.manager.conflict", " + ".join(found), locks[0][0], package=package.path)
        python = [path for path in package.manifests if path.endswith(".txt")]
        if python and not any(manager in ("uv", "poetry", "pipenv") for _, manager in locks):
            yield of_file("pkg.manager", "pip", python[0], package=package.path)


def _runtimes(survey: Survey) -> Iterator[Fact]:
    for package in survey.packages:
        for manifest in package.manifests:
            pattern, key = (_ENGINES_NODE, "runtime.node")
            if manifest.endswith("pyproject.toml"):
                pattern, key = (_REQUIRES_PYTHON, "runtime.python")
            elif not manifest.endswith("package.json"):
                continue
            for path, line, value in survey.search((manifest,), pattern):
                yield of_file(key, value, path, line, package.path)
    plain = (
        (".nvmrc", "node"),
        (".node-version", "node"),
        (".python-version", "python"),
        ("runtime.txt", "python"),
    )
    for name, runtime in plain:
        yield from _found(survey, survey.named(name), _VERSION_LINE, runtime)
    docker = tuple(path for path in survey.tree.files if path.rpartition("/")[2].startswith("Dockerfile"))
    workflows = tuple(path for path in survey.tree.files if path.startswith(".github/workflows/"))
    for paths, pattern, runtime in (
        (docker, _NODE_IMAGE, "node"),
        (docker, _PYTHON_IMAGE, "python"),
        (workflows, _NODE_CI, "node"),
        (workflows, _PYTHON_CI, "python"),
    ):
        yield from _found(survey, paths, pattern, runtime)


def _found(survey: Survey, paths: tuple[str, ...], pattern: re.Pattern[str], runtime: str) -> Iterator[Fact]:
    for path, line, value in survey.search(paths, pattern):
        yield of_file(f"runtime.{runtime}", value, path, line, survey.package_of(path).path)


def _generated(survey: Survey) -> Iterator[Fact]:
    found = 0
    for path in survey.code_files:
        entry = survey.tree.files[path]
        line = survey.memo.per_file(
            "generated", path, entry.digest, lambda path=path: _header_line(survey, path)
        )
        if line or _GENERATED_NAME.search(path):
            yield of_file("repo.generated", path, path, line, survey.package_of(path).path, 0.9)
            found += 1
            if found >= _MOST_GENERATED:
                return


def _header_line(survey: Survey, path: str) -> int:
    head = survey.text(path)[:_HEADER_LENGTH]
    match = _GENERATED_HEADER.search(head)
    if match is None:
        return 0
    line_start = head.rfind("\n", 0, match.start()) + 1
    # The words count in a comment that opens the file, not in its code.
    opening = head[:line_start].strip()
    line = head[line_start : match.start()].lstrip()
    in_comment = line.startswith(("//", "#", "*", "/*", '"""', "--", "<!--"))
    code_before = re.search(r"^\s*(?:import|export|const|def|class|function)\b", opening, re.MULTILINE)
    return line_at(head, match.start()) if in_comment and not code_before else 0


def _repository(survey: Survey) -> Iterator[Fact]:
    git = survey.git
    if not git.available:
        return
    for key, value in (
        ("repo.remote", git.remote),
        ("repo.default_branch", git.branch),
        ("repo.head", git.head),
    ):
        if value:
            yield Fact(key, value, evidence=Evidence(EvidenceKind.GIT), source=FactSource.GIT)


def json_table(survey: Survey, path: str) -> dict[str, Any]:
    """A JSON object, with comments allowed; empty when it is not one."""
    text = re.sub(r"^\s*//[^\n]*", "", survey.text(path), flags=re.MULTILINE)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def has_folder(survey: Survey, package: Package, folder: str) -> bool:
    """Whether the package has any file below this folder of its own."""
    prefix = folder if package.path == "." else f"{package.path}/{folder}"
    return any(path.startswith(prefix) for path in survey.tree.files)
