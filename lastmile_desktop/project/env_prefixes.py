"""Names of settings: which are copied into the browser, and which a platform sets by itself."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from lastmile_desktop.core.errors import CatalogueError
from lastmile_desktop.resources import resources_dir


@dataclass(frozen=True, slots=True)
class EnvNames:
    """The data file. `public` are (prefix, framework) pairs."""

    public: tuple[tuple[str, str], ...]
    platform: frozenset[str]
    platform_prefixes: tuple[str, ...]
    supabase_functions: frozenset[str]
    lovable: frozenset[str]
    replit: frozenset[str]


@cache
def env_names() -> EnvNames:
    file = resources_dir() / "public_env_prefixes.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        platform = cast(dict[str, Any], data["platform"])
        return EnvNames(
            public=tuple((str(entry["text"]), str(entry["framework"])) for entry in data["prefix"]),
            platform=frozenset(platform["names"]) | frozenset(platform["exact_prefixed"]),
            platform_prefixes=tuple(platform["prefixes"]),
            supabase_functions=frozenset(platform["supabase_functions"]),
            lovable=frozenset(platform["lovable"]),
            replit=frozenset(platform["replit"]),
        )
    except (OSError, UnicodeDecodeError, KeyError, TypeError, ValueError) as problem:
        raise CatalogueError(
            "The list of setting names has a mistake",
            f"{file}: {problem}.",
            "Reinstall Last Mile, or mend the file.",
        ) from problem


def public_framework(name: str) -> str | None:
    """The framework that copies a setting of this name into the browser, None when none does by its name."""
    return next((framework for prefix, framework in env_names().public if name.startswith(prefix)), None)


def is_platform_name(name: str) -> bool:
    """Whether a host, a runtime or a build tool sets this by itself."""
    names = env_names()
    return name in names.platform or name.startswith(names.platform_prefixes)
