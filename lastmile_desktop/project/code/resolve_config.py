"""Configuration that says what an import means: tsconfig, package.json, Deno import maps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

_MAX_CONFIG = 500_000
_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\\n])*")|,(?=\s*[}\]])')
_CONDITIONS = (
    *("source", "development", "svelte", "import", "module", "types", "default", "node", "browser"),
    *("react-native", "require", "workerd", "edge-light", "deno", "bun"),
)
_BUILT = re.compile(
    r"^(?:\./)?(?:dist|lib|build|out|esm|cjs)/(?:esm/|cjs/|es/|src/)?(.+?)(?:\.d)?\.[cm]?[jt]sx?$"
)

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PathAlias:
    """`prefix*suffix` stands for one of `targets`, each with a `*` where the middle goes; without `wildcard` the
    prefix is the whole module text. Targets are relative to the config's folder."""

    prefix: str
    suffix: str
    wildcard: bool
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TsConfig:
    """`base` is `baseUrl`, None when there is none."""

    aliases: tuple[PathAlias, ...] = ()
    base: str | None = None
    extends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageJson:
    """What of a `package.json` decides where imports of the package lead."""

    name: str = ""
    entries: tuple[str, ...] = ()
    exports: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    imports: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class ImportMap:
    """A Deno import map; `linked` is the path of another file that holds it."""

    imports: tuple[tuple[str, str], ...] = ()
    linked: str = ""


def load_json(text: str) -> Table:
    """A JSON object, comments and trailing commas allowed; {} for anything else."""
    if len(text) > _MAX_CONFIG:
        return {}
    try:
        return _table(json.loads(text.removeprefix("\ufeff")))
    except (ValueError, RecursionError):
        plain = _COMMENT.sub(lambda match: match[1] or "", text.removeprefix("\ufeff"))
        plain = _TRAILING_COMMA.sub(lambda match: match[1] or "", plain)
    try:
        return _table(json.loads(plain))
    except (ValueError, RecursionError):
        return {}


def ts_config(text: str) -> TsConfig:
    config = load_json(text)
    options = _table(config.get("compilerOptions"))
    base = options.get("baseUrl")
    aliases = tuple(
        _alias(pattern, [target for target in _list(targets) if isinstance(target, str)], base)
        for pattern, targets in _table(options.get("paths")).items()
    )
    extends = config.get("extends")
    found = [extends] if isinstance(extends, str) else _list(extends)
    return TsConfig(
        aliases,
        base if isinstance(base, str) else None,
        tuple(item for item in found if isinstance(item, str)),
    )


def _alias(pattern: str, targets: list[str], base: object) -> PathAlias:
    prefix, star, suffix = pattern.partition("*")
    start = base if isinstance(base, str) else "."
    return PathAlias(prefix, suffix, bool(star), tuple(f"{start}/{target}" for target in targets))


def package_json(text: str) -> PackageJson:
    package = load_json(text)
    name = package.get("name")
    entries = [
        package.get(key) for key in ("source", "svelte", "module", "main", "types", "typings", "browser")
    ]
    return PackageJson(
        name if isinstance(name, str) else "",
        tuple(entry for entry in entries if isinstance(entry, str)),
        _subpaths(package.get("exports"), "."),
        _subpaths(package.get("imports"), "#"),
    )


def _subpaths(value: object, start: str) -> Mapping[str, tuple[str, ...]]:
    table = _table(value)
    if any(key.startswith(start) for key in table):
        return {key: tuple(_conditions(target)) for key, target in table.items()}
    return {start: tuple(_conditions(value))} if value is not None else {}


def _conditions(value: object, depth: int = 0) -> Iterable[str]:
    """The files a conditional export may mean, those nearest to the source first."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in cast("list[object]", value)[:20]:
            yield from _conditions(item, depth + 1)
    elif isinstance(value, dict) and depth < 5:
        table = _table(cast("object", value))
        for condition in _CONDITIONS:
            if condition in table:
                yield from _conditions(table[condition], depth + 1)


def import_map(text: str) -> ImportMap:
    config = load_json(text)
    imports = [(key, value) for key, value in _table(config.get("imports")).items() if isinstance(value, str)]
    linked = config.get("importMap")
    longest_first = sorted(imports, key=lambda item: -len(item[0]))
    return ImportMap(tuple(longest_first), linked if isinstance(linked, str) else "")


def source_of_built(target: str) -> str | None:
    """Where the source of a built entry (`dist/index.js`) usually is, without its extension."""
    match = _BUILT.match(target)
    return f"src/{match[1]}" if match else None


def _table(value: object) -> Table:
    if not isinstance(value, dict):
        return {}
    return {key: item for key, item in cast("dict[object, object]", value).items() if isinstance(key, str)}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
