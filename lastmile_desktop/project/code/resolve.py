"""Import resolution over all outlines: which file an import means, and where a name is really defined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.definitions import Definition, Definitions, FileNames
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.code.resolve_aliases import bundler_aliases, is_bundler_config
from lastmile_desktop.project.code.resolve_config import (
    ImportMap,
    PackageJson,
    TsConfig,
    import_map,
    package_json,
    ts_config,
)
from lastmile_desktop.project.code.resolve_files import FileLayout, folder_of, join
from lastmile_desktop.project.code.resolve_python import PythonResolver
from lastmile_desktop.project.code.resolve_script import NOWHERE, Configs, ScriptResolver

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

__all__ = ["Definition", "Modules", "build"]

_IMPORT_MAP_NAMES = frozenset({"deno.json", "deno.jsonc", "import_map.json", "importmap.json"})


@dataclass(frozen=True)
class Modules:
    """`targets` maps (importing path, module text) to the project file it means; a missing key is an
    outside package or unresolved. `unresolved` lists relative or aliased imports that lead nowhere.

    Python's `from package import module` is found under the key (path, "package.module") as well.
    """

    targets: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    unresolved: tuple[tuple[str, str], ...] = ()
    names: Mapping[str, FileNames] = field(default_factory=dict[str, FileNames], repr=False, compare=False)

    def file(self, importer: str, module: str) -> str | None:
        return self.targets.get((importer, module))

    def definition(self, path: str, name: str) -> Definition | None:
        """Follow a local name (`requireUser`, `auth.protect`) through imports and re-exports, at most eight
        hops. A dotted name is followed into a namespace, an object or a class as far as it leads. None when the
        name is not imported or defined at module level."""
        return self._definitions.of(path, name)

    @cached_property
    def _definitions(self) -> Definitions:
        return Definitions(self.targets, self.names)


def build(view: ProjectView) -> Modules:
    """Resolve every import: relative paths, tsconfig/jsconfig `paths` and `baseUrl`, bundler aliases that are
    literal, workspace package names, Deno import maps, Python absolute and relative modules."""
    resolvers = _resolvers(view)
    targets: dict[tuple[str, str], str] = {}
    unresolved: list[tuple[str, str]] = []
    by_file = view.each_outline("code.targets", lambda outline: _resolve(outline, *resolvers), resolvers)
    for found, missing in by_file.values():
        targets.update(found)
        unresolved.extend(missing)
    return Modules(targets, tuple(unresolved), view.each_outline("code.names", FileNames))


def _resolve(
    outline: Outline, script: ScriptResolver, python: PythonResolver
) -> tuple[dict[tuple[str, str], str], list[tuple[str, str]]]:
    """What the imports of one file mean, and those that lead nowhere."""
    path = outline.path
    folder = folder_of(path)
    found: dict[tuple[str, str], str] = {}
    missing: dict[tuple[str, str], None] = {}
    if outline.language == "python":
        for module in python_modules(outline):
            target = python.resolve(folder, path, module)
            if target is not None:
                found[path, module] = target
        return found, []
    for module in script_modules(outline):
        target = script.resolve(folder, module)
        if target:
            found[path, module] = target
        elif target == NOWHERE:
            missing[path, module] = None
    return found, list(missing)


def script_modules(outline: Outline) -> Iterator[str]:
    """The modules a script imports or re-exports from."""
    for item in outline.imports:
        yield item.module
    for export in outline.exports:
        if export.module:
            yield export.module


def python_modules(outline: Outline) -> Iterator[str]:
    """The modules Python code imports; each name imported from one may be a module too."""
    for item in outline.imports:
        yield item.module
        for _, imported in item.names:
            if imported != "*":
                yield item.module + imported if item.module.endswith(".") else f"{item.module}.{imported}"


def _resolvers(view: ProjectView) -> tuple[ScriptResolver, PythonResolver]:
    """Kept across scans while the set of files and all configuration are the same."""
    paths = tuple(view.tree.files)
    config_paths = view.whole("code.configs", paths, lambda: [path for path in paths if _is_config(path)])
    bundlers = [path for path in config_paths if is_bundler_config(path) and path in view.outlines]
    digests = tuple(view.tree.files[path].digest for path in config_paths)
    declared = frozenset(
        name.replace("-", "_").lower() for package in view.packages for name in package.dependencies
    )

    def make() -> tuple[ScriptResolver, PythonResolver]:
        configs = _configs(view, config_paths, bundlers)
        mains = {
            folder: package.entries[0] for folder, package in configs.packages.items() if package.entries
        }
        return ScriptResolver(FileLayout(paths, mains), configs), PythonResolver(paths, declared)

    return view.whole("code.resolvers", (paths, digests, declared), make)


def _is_config(path: str) -> bool:
    name = path.rpartition("/")[2]
    return (
        name in _IMPORT_MAP_NAMES
        or name in ("package.json", "jsconfig.json")
        or (name.startswith("tsconfig") and name.endswith(".json"))
        or is_bundler_config(path)
    )


def _configs(view: ProjectView, config_paths: Iterable[str], bundlers: Iterable[str]) -> Configs:
    ts_configs: dict[str, TsConfig] = {}
    packages: dict[str, PackageJson] = {}
    import_maps: dict[str, ImportMap] = {}
    for path in config_paths:
        folder, _, name = path.rpartition("/")
        if name == "package.json":
            packages[folder] = view.per_file("code.package-json", path, package_json, PackageJson())
        elif name in _IMPORT_MAP_NAMES:
            found = view.per_file("code.import-map", path, import_map, ImportMap())
            linked = join(folder, found.linked) if found.linked else None
            if linked is not None and linked in view.tree:
                found = view.per_file("code.import-map", linked, import_map, ImportMap())
            if found.imports or folder not in import_maps:
                import_maps[folder] = found
        elif name.endswith(".json"):
            ts_configs[path] = view.per_file("code.ts-config", path, ts_config, TsConfig())
    aliases = {
        folder_of(path): bundler_aliases(view.outlines[path], folder_of(path)) for path in sorted(bundlers)
    }
    return Configs(ts_configs, packages, import_maps, aliases)
