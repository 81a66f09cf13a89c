"""What the shipped, replaceable data files know of frameworks, services and AI tools."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from lastmile_desktop.core.errors import CatalogueError
from lastmile_desktop.resources import resources_dir

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Framework:
    """`needs` are paths inside the package of which one must exist; empty when the package says enough."""

    fact: str
    packages: tuple[str, ...]
    role: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provider:
    """One value of one fact, and how to recognise it; resources/providers.toml explains the fields."""

    fact: str
    value: str
    packages: tuple[str, ...]
    needs_package: tuple[str, ...]
    hosts: tuple[str, ...]
    settings: tuple[str, ...]
    start: tuple[str, ...]
    snippet: tuple[str, ...]
    edge: tuple[str, ...]
    within: str


@dataclass(frozen=True, slots=True)
class ToolProfile:
    """An AI tool: how to recognise it, which files it owns, where its rules live, how it takes a request."""

    id: str
    title: str
    packages: tuple[str, ...]
    files: tuple[str, ...]
    support_files: tuple[str, ...]
    authors: tuple[str, ...]
    author_emails: tuple[str, ...]
    trailers: tuple[str, ...]
    package_names: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]
    owned: tuple[str, ...]
    rules_file: str
    step: str

    @property
    def generates(self) -> bool:
        """Whether it builds whole applications by itself, rather than helping in an editor."""
        return self.step == "paste-prompt"


@cache
def frameworks() -> tuple[Framework, ...]:
    return tuple(
        Framework(str(entry["fact"]), _texts(entry, "packages"), str(entry["role"]), _texts(entry, "needs"))
        for entry in _entries(_load("frameworks.toml"), "framework")
    )


@cache
def role_signs() -> Mapping[str, frozenset[str]]:
    """Role → packages that are a sign of it without being a framework fact of their own."""
    roles = cast(Table, _load("frameworks.toml").get("roles", {}))
    return {role: frozenset(_texts(roles, role)) for role in roles}


@cache
def providers() -> tuple[Provider, ...]:
    return tuple(
        Provider(
            fact=str(entry["fact"]),
            value=str(entry["value"]),
            packages=_texts(entry, "packages"),
            needs_package=_texts(entry, "needs_package"),
            hosts=_texts(entry, "hosts"),
            settings=_texts(entry, "settings"),
            start=_texts(entry, "start"),
            snippet=_texts(entry, "snippet"),
            edge=_texts(entry, "edge"),
            within=str(entry.get("within", "")),
        )
        for entry in _entries(_load("providers.toml"), "provider")
    )


@cache
def tool_profiles() -> tuple[ToolProfile, ...]:
    folder = resources_dir() / "tool_profiles"
    return tuple(
        _profile(file.stem, _load(f"tool_profiles/{file.name}")) for file in sorted(folder.glob("*.toml"))
    )


@cache
def providers_named(package: str) -> tuple[tuple[Provider, ...], tuple[Provider, ...]]:
    """The services this package reaches, and those it may reach if the code says so."""
    installed = tuple(provider for provider in providers() if matches(package, provider.packages))
    possible = tuple(provider for provider in providers() if matches(package, provider.needs_package))
    return installed, possible


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a package name is one of these; a trailing `*` matches a family."""
    return any(name.startswith(p[:-1]) if p.endswith("*") else name == p for p in patterns)


def _profile(tool: str, table: Table) -> ToolProfile:
    texts = cast(list[Table], table.get("texts", []))
    return ToolProfile(
        id=tool,
        title=str(table["title"]),
        packages=_texts(table, "packages"),
        files=_texts(table, "files"),
        support_files=_texts(table, "support_files"),
        authors=_texts(table, "authors"),
        author_emails=_texts(table, "author_emails"),
        trailers=_texts(table, "trailers"),
        package_names=_texts(table, "package_names"),
        texts=tuple((str(entry["path"]), str(entry["text"])) for entry in texts),
        owned=_texts(table, "owned"),
        rules_file=str(table.get("rules_file", "")),
        step=str(table.get("step", "")),
    )


def _load(name: str) -> Table:
    file = resources_dir() / name
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise CatalogueError(
            "A data file has a mistake", f"{file}: {problem}.", "Reinstall Last Mile, or mend the file."
        ) from problem


def _entries(table: Table, key: str) -> list[Table]:
    return cast(list[Table], table.get(key, []))


def _texts(table: Table, key: str) -> tuple[str, ...]:
    return tuple(str(entry) for entry in cast(list[object], table.get(key, [])))
