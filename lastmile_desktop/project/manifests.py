"""What a manifest declares: package.json, pyproject.toml, requirements, Pipfile and other languages' own.

Every reader takes text and gives a Manifest, whatever the text is; a broken file declares nothing.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """`dependencies` of every kind, name → version range; `scripts` name → command; `workspaces` are globs.
    `broken` is True when the text could not be understood."""

    name: str = ""
    language: str = ""
    dependencies: Mapping[str, str] = field(default_factory=dict[str, str])
    scripts: Mapping[str, str] = field(default_factory=dict[str, str])
    workspaces: tuple[str, ...] = ()
    runnable: bool = False
    broken: bool = False


_JS_KINDS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_REQUIREMENT = re.compile(
    r"^\s*([A-Za-z0-9][A-Za-z0-9._-]{0,100})\s*(?:\[[^\]\n]{0,200}\])?\s*([=<>!~][^;#\n]{0,120})?"
)
_GO_REQUIRE = re.compile(r"^\s*(?:require\s+)?([\w.-]+\.[a-z]{2,}/[\w./-]+)\s+(v[\w.+-]+)", re.MULTILINE)
_GEM = re.compile(r"^\s*gem\s+[\"']([\w-]+)[\"'](?:\s*,\s*[\"']([^\"']+)[\"'])?", re.MULTILINE)
_PUBSPEC_SECTION = re.compile(r"^(?:dev_)?dependencies:[ \t]*\n((?:[ \t#].*\n|\n)*)", re.MULTILINE)
_PUBSPEC_ENTRY = re.compile(r"^  ([a-z_][a-z0-9_]*):[ \t]*([^\n]*)$", re.MULTILINE)


def python_name(name: str) -> str:
    """A distribution name as the Python index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse(file_name: str, text: str) -> Manifest:
    """The manifest of a file with this name; requirements files may be called anything ending in .txt."""
    reader = _READERS.get(file_name, _requirements)
    try:
        return reader(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return Manifest(language=_LANGUAGES.get(file_name, "python"), broken=True)


def _package_json(text: str) -> Manifest:
    table = _table(json.loads(text))
    dependencies: dict[str, str] = {}
    for kind in reversed(_JS_KINDS):
        dependencies |= _texts(table.get(kind))
    workspaces = table.get("workspaces")
    if isinstance(workspaces, dict):
        workspaces = cast(dict[str, Any], workspaces).get("packages")
    scripts = _texts(table.get("scripts"))
    return Manifest(
        name=_text(table.get("name")),
        language="js",
        dependencies=dependencies,
        scripts=scripts,
        workspaces=_strings(workspaces),
        runnable="start" in scripts or "dev" in scripts or bool(table.get("bin")),
    )


def _pyproject(text: str) -> Manifest:
    table = _table(tomllib.loads(text))
    project = _table(table.get("project"))
    tool = _table(table.get("tool"))
    poetry = _table(tool.get("poetry"))
    lines = [*_strings(project.get("dependencies"))]
    for group in _table(project.get("optional-dependencies")).values():
        lines += _strings(group)
    for group in _table(table.get("dependency-groups")).values():
        lines += _strings(group)
    lines += _strings(_table(tool.get("uv")).get("dev-dependencies"))
    dependencies = _requirement_lines(lines)
    for section in _poetry_sections(poetry):
        dependencies |= {
            python_name(name): _version(value) for name, value in section.items() if name != "python"
        }
    workspace = _table(_table(tool.get("uv")).get("workspace"))
    return Manifest(
        name=_text(project.get("name")) or _text(poetry.get("name")),
        language="python",
        dependencies=dependencies,
        scripts=_texts(project.get("scripts")),
        workspaces=_strings(workspace.get("members")),
        runnable=bool(project.get("scripts")),
    )


def _poetry_sections(poetry: Table) -> Iterable[Table]:
    yield _table(poetry.get("dependencies"))
    yield _table(poetry.get("dev-dependencies"))
    for group in _table(poetry.get("group")).values():
        yield _table(_table(group).get("dependencies"))


def _requirements(text: str) -> Manifest:
    return Manifest(language="python", dependencies=_requirement_lines(text.splitlines()))


def _requirement_lines(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        match = _REQUIREMENT.match(line) if not line.lstrip().startswith(("#", "-")) else None
        if match is not None and "://" not in line[: match.end() + 3]:
            found[python_name(match[1])] = (match[2] or "").strip()
    return found


def _pipfile(text: str) -> Manifest:
    table = _table(tomllib.loads(text))
    sections = (_table(table.get("packages")), _table(table.get("dev-packages")))
    entries = {python_name(name): _version(value) for section in sections for name, value in section.items()}
    return Manifest(language="python", dependencies=entries)


def _pubspec(text: str) -> Manifest:
    name = re.search(r"^name:[ \t]*([\w-]+)", text, re.MULTILINE)
    found: dict[str, str] = {}
    for section in _PUBSPEC_SECTION.finditer(text):
        found |= {entry[1]: entry[2].strip() for entry in _PUBSPEC_ENTRY.finditer(section[1])}
    return Manifest(name=name[1] if name else "", language="dart", dependencies=found, runnable=True)


def _go_mod(text: str) -> Manifest:
    name = re.search(r"^module\s+(\S+)", text, re.MULTILINE)
    requires = {match[1]: match[2] for match in _GO_REQUIRE.finditer(text)}
    return Manifest(name=name[1] if name else "", language="go", dependencies=requires)


def _cargo(text: str) -> Manifest:
    table = _table(tomllib.loads(text))
    found = {
        name: _version(value)
        for kind in ("dependencies", "dev-dependencies")
        for name, value in _table(table.get(kind)).items()
    }
    members = _strings(_table(table.get("workspace")).get("members"))
    name = _text(_table(table.get("package")).get("name"))
    return Manifest(name=name, language="rust", dependencies=found, workspaces=members)


def _gemfile(text: str) -> Manifest:
    return Manifest(language="ruby", dependencies={match[1]: match[2] or "" for match in _GEM.finditer(text)})


def _composer(text: str) -> Manifest:
    table = _table(json.loads(text))
    found = _texts(table.get("require-dev")) | _texts(table.get("require"))
    return Manifest(name=_text(table.get("name")), language="php", dependencies=found)


def _table(value: object) -> Table:
    return cast(Table, value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> dict[str, str]:
    return {name: text for name, text in _table(value).items() if isinstance(text, str)}


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(entry for entry in cast(list[object], value) if isinstance(entry, str))


def _version(value: object) -> str:
    return _text(value) or _text(_table(value).get("version"))


_READERS: Mapping[str, Callable[[str], Manifest]] = {
    "package.json": _package_json,
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
    "pubspec.yaml": _pubspec,
    "go.mod": _go_mod,
    "Cargo.toml": _cargo,
    "Gemfile": _gemfile,
    "composer.json": _composer,
}

_LANGUAGES: Mapping[str, str] = {
    "package.json": "js",
    "pubspec.yaml": "dart",
    "go.mod": "go",
    "Cargo.toml": "rust",
    "Gemfile": "ruby",
    "composer.json": "php",
}

MANIFEST_NAMES = frozenset(_READERS)
