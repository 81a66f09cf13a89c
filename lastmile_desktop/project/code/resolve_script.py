"""What an import in TypeScript, JavaScript or a component file means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.code.resolve_config import (
    ImportMap,
    PackageJson,
    PathAlias,
    TsConfig,
    source_of_built,
)
from lastmile_desktop.project.code.resolve_files import FileLayout, folder_of, folders_up, join

NOWHERE = ""
"""An import that should lead to a file of the project and does not."""

_OUTSIDE_SCHEMES = (
    "node:",
    "npm:",
    "jsr:",
    "http:",
    "https:",
    "bun:",
    "virtual:",
    "astro:",
    "cloudflare:",
    "data:",
)
# Made by the framework when it runs.
_GENERATED = (
    "$types",
    "+types",
    "routeTree.gen",
    "/generated/",
    ".prisma",
    "__generated__",
    "/.next/",
    "/.nuxt/",
)
# Where frameworks point these by default, tried in order below the folder of the package.
_CONVENTIONS: Mapping[str, tuple[str, ...]] = {
    "$lib/": ("src/lib/",),
    "~~/": ("",),
    "@@/": ("",),
    "~/": ("app/", "src/", ""),
    "@/": ("src/", "", "app/", "client/src/"),
    "#shared/": ("shared/",),
}
_HOPS = 6


@dataclass(frozen=True)
class Configs:
    """All configuration that resolution depends on, by folder ("" is the root)."""

    ts_configs: Mapping[str, TsConfig]
    packages: Mapping[str, PackageJson]
    import_maps: Mapping[str, ImportMap]
    bundler_aliases: Mapping[str, tuple[PathAlias, ...]]


class ScriptResolver:
    """Resolves one module text for a folder; answers are kept for as long as files and configuration are the
    same."""

    def __init__(self, layout: FileLayout, configs: Configs) -> None:
        self._layout = layout
        self._configs = configs
        self._known: dict[tuple[str, str], str | None] = {}
        self._names = {package.name: folder for folder, package in configs.packages.items() if package.name}
        self._ts_configs = _by_folder(configs.ts_configs)
        self._up: dict[str, tuple[str, ...]] = {}

    def resolve(self, folder: str, module: str) -> str | None:
        """The project file, None for something outside, NOWHERE when it leads nowhere."""
        key = (folder, module)
        if key not in self._known:
            self._known[key] = self._resolve(folder, module)
        return self._known[key]

    def _resolve(self, folder: str, module: str) -> str | None:
        module = module.partition("?")[0]
        if module.startswith("."):
            base = join(folder, module)
            found = self._layout.find(base) if base is not None else None
            return found if found is not None else self._missing(module)
        if not module or module.startswith(_OUTSIDE_SCHEMES):
            return None
        up = self._folders_up(folder)
        mapped = self._import_map(up, module)
        if mapped is not None:
            return mapped or None
        aliased, matched = self._aliases(up, module)
        if aliased is not None:
            return aliased
        found = self._workspace(module) or self._by_convention(up, module)
        if found is None and module.startswith("#"):
            found = self._private_import(up, module)
        if found is not None:
            return found
        return self._missing(module) if matched else None

    def _folders_up(self, folder: str) -> tuple[str, ...]:
        if folder not in self._up:
            self._up[folder] = tuple(folders_up(folder))
        return self._up[folder]

    def _missing(self, module: str) -> str | None:
        return None if any(mark in module for mark in _GENERATED) else NOWHERE

    def _import_map(self, up: tuple[str, ...], module: str) -> str | None:
        """Deno: the project file, "" for something outside, None when no map speaks of it."""
        for folder in up:
            found = self._configs.import_maps.get(folder)
            for key, target in found.imports if found is not None else ():
                if module != key and not (key.endswith("/") and module.startswith(key)):
                    continue
                if not target.startswith((".", "/")):
                    return ""
                base = join(folder, target + module[len(key) :])
                return (self._layout.find(base) if base is not None else None) or ""
        return None

    def _aliases(self, up: tuple[str, ...], module: str) -> tuple[str | None, bool]:
        """The file of the first alias that leads to one, and whether any alias spoke of this module."""
        matched = False
        for folder in up:
            config = self._ts_configs.get(folder)
            for start, alias in config.aliases if config is not None else ():
                for target in _targets(alias, module):
                    matched = matched or (bool(alias.prefix) and "node_modules" not in target)
                    found = self._at(start, target)
                    if found is not None:
                        return found, True
            for alias in self._configs.bundler_aliases.get(folder, ()):
                for target in _targets(alias, module):
                    matched = True
                    found = self._at(folder, target)
                    if found is not None:
                        return found, True
            for base in config.bases if config is not None else ():
                found = self._at(base, module)
                if found is not None:
                    return found, True
        return None, matched

    def _at(self, folder: str, target: str) -> str | None:
        base = target[1:] if target.startswith("/") else join(folder, target)
        return self._layout.find(base) if base is not None else None

    def _workspace(self, module: str) -> str | None:
        """A package of the same repository, by its name."""
        parts = module.split("/")
        size = 2 if module.startswith("@") else 1
        folder = self._names.get("/".join(parts[:size]))
        if folder is None:
            return None
        package = self._configs.packages[folder]
        subpath = "/".join(parts[size:])
        for target in _exported(package, subpath):
            found = self._built_or_source(folder, target)
            if found is not None:
                return found
        if subpath:
            return self._at(folder, subpath) or self._at(folder, f"src/{subpath}")
        for entry in (*package.entries, "src/index", "index", "src/main", "lib/index"):
            found = self._built_or_source(folder, entry)
            if found is not None:
                return found
        return None

    def _built_or_source(self, folder: str, target: str) -> str | None:
        source = source_of_built(target)
        return self._at(folder, target) or (self._at(folder, source) if source is not None else None)

    def _private_import(self, up: tuple[str, ...], module: str) -> str | None:
        """`#name`, from `imports` of the package's own manifest."""
        for folder in up:
            package = self._configs.packages.get(folder)
            if package is None:
                continue
            for target in _subpath_targets(package.imports, module):
                found = self._built_or_source(folder, target)
                if found is not None:
                    return found
        return None

    def _by_convention(self, up: tuple[str, ...], module: str) -> str | None:
        if module == "$lib":
            module = "$lib/index"
        for prefix, places in _CONVENTIONS.items():
            if not module.startswith(prefix):
                continue
            rest = module[len(prefix) :]
            for folder in up:
                if folder and folder not in self._configs.packages:
                    continue
                for place in places:
                    found = self._at(folder, place + rest)
                    if found is not None:
                        return found
        if module.startswith("/"):
            return next(
                (found for folder in up if (found := self._at(folder, "." + module)) is not None), None
            )
        return None


def _targets(alias: PathAlias, module: str) -> Iterable[str]:
    """What a module text stands for under an alias."""
    if not alias.wildcard:
        return alias.targets if module == alias.prefix else ()
    if not module.startswith(alias.prefix) or not module.endswith(alias.suffix):
        return ()
    middle = module[len(alias.prefix) : len(module) - len(alias.suffix)]
    return [target.replace("*", middle, 1) for target in alias.targets]


def _exported(package: PackageJson, subpath: str) -> Iterable[str]:
    return _subpath_targets(package.exports, f"./{subpath}" if subpath else ".")


def _subpath_targets(table: Mapping[str, tuple[str, ...]], wanted: str) -> Iterable[str]:
    if wanted in table:
        return table[wanted]
    for key, targets in table.items():
        prefix, star, suffix = key.partition("*")
        if star and wanted.startswith(prefix) and wanted.endswith(suffix):
            middle = wanted[len(prefix) : len(wanted) - len(suffix)]
            return [target.replace("*", middle) for target in targets]
    return ()


@dataclass(frozen=True, slots=True)
class _FolderConfig:
    """All tsconfig files of one folder together; each alias with the folder its targets start from."""

    aliases: tuple[tuple[str, PathAlias], ...]
    bases: tuple[str, ...]


def _by_folder(configs: Mapping[str, TsConfig]) -> Mapping[str, _FolderConfig]:
    """`configs` is by file path. A project often has several (`tsconfig.app.json`): any of them may speak."""
    aliases: dict[str, list[tuple[str, PathAlias]]] = {}
    bases: dict[str, list[str]] = {}
    for path in sorted(configs):
        folder = folder_of(path)
        for start, config in _with_parents(path, configs):
            known = aliases.setdefault(folder, [])
            known.extend((start, alias) for alias in config.aliases if (start, alias) not in known)
            base = join(start, config.base) if config.base is not None else None
            if base is not None and base not in bases.setdefault(folder, []):
                bases[folder].append(base)
    return {
        folder: _FolderConfig(
            tuple(sorted(aliases.get(folder, ()), key=lambda item: -len(item[1].prefix))),
            tuple(bases.get(folder, ())),
        )
        for folder in {*aliases, *bases}
    }


def _with_parents(path: str, configs: Mapping[str, TsConfig]) -> Iterable[tuple[str, TsConfig]]:
    """A config and those it extends within the project, each with its folder."""
    waiting = [path]
    seen: set[str] = set()
    while waiting and len(seen) < _HOPS:
        current = waiting.pop(0)
        if current in seen or current not in configs:
            continue
        seen.add(current)
        config = configs[current]
        yield folder_of(current), config
        for extended in config.extends:
            base = join(folder_of(current), extended) if extended.startswith(".") else None
            if base is not None:
                waiting.extend((base, f"{base}.json", f"{base}/tsconfig.json"))
