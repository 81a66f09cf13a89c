"""Aliases written in bundler configurations (Vite, webpack, craco, Babel), read from their outlines: a value is
followed as far as it is made of literals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from lastmile_desktop.project.code.outline import Call, Do, Leave, Outline, Value, steps_within
from lastmile_desktop.project.code.resolve_config import PathAlias
from lastmile_desktop.project.code.resolve_files import join

_CONFIG = re.compile(
    r"(?:vite|vitest|astro|svelte|nuxt|craco|babel|metro|next|rsbuild|app)\.config\.[cm]?[jt]s$"
    r"|(?:webpack|electron\.vite|rollup)[\w.]{0,30}\.[cm]?[jt]s$"
)
_HERE = frozenset({"__dirname", "import.meta.dirname", "import.meta.url", "process.cwd()"})
_DEPTH = 12


def is_bundler_config(path: str) -> bool:
    return _CONFIG.search(PurePosixPath(path).name) is not None


def bundler_aliases(outline: Outline, folder: str) -> tuple[PathAlias, ...]:
    """The literal aliases of one configuration file, relative to the project's root (marked by a leading `/`)."""
    names = {step.targets[0]: step.value for step in _assignments(outline)}
    found: list[PathAlias] = []
    for value in _values(outline):
        for alias in _under_alias(value, 0):
            for key, target in _pairs(alias):
                path = _path(target, folder, names, 0)
                if path is not None and "node_modules" not in path:
                    found.extend(_patterns(key, path))
    return tuple(sorted(set(found), key=lambda item: (-len(item.prefix), item.prefix, item.wildcard)))


def _patterns(key: str, path: str) -> Iterator[PathAlias]:
    bare = key.rstrip("/*")
    yield PathAlias(bare, "", False, (f"/{path}",))
    yield PathAlias(f"{bare}/", "", True, (f"/{path}/*",))


def _assignments(outline: Outline) -> Iterator[Do]:
    for steps in (outline.top, *(function.body for function in outline.functions)):
        for step in steps_within(steps):
            if isinstance(step, Do) and len(step.targets) == 1 and step.value is not None:
                yield step


def _values(outline: Outline) -> Iterator[Value]:
    for steps in (outline.top, *(function.body for function in outline.functions)):
        for step in steps_within(steps):
            if isinstance(step, Do | Leave):
                if step.value is not None:
                    yield step.value
                for call in step.calls:
                    for link in call.links:
                        yield from link.args or ()


def _under_alias(value: Value, depth: int) -> Iterator[Value]:
    """The values of every `alias` key inside an object."""
    if depth > _DEPTH:
        return
    for key, member in value.entries:
        if key == "alias":
            yield member
        else:
            yield from _under_alias(member, depth + 1)
    for item in value.items:
        yield from _under_alias(item, depth + 1)


def _pairs(alias: Value) -> Iterator[tuple[str, Value]]:
    """Both ways to write aliases: an object, or a list of `{find, replacement}`."""
    for key, value in alias.entries:
        if key != "...":
            yield key, value
    for item in alias.items:
        find = item.entry("find")
        replacement = item.entry("replacement")
        if find is not None and find.literal and replacement is not None:
            yield find.literal, replacement


def _path(value: Value, folder: str, names: Mapping[str, Value | None], depth: int) -> str | None:
    """The project path a value stands for, None when it is not made of literals."""
    if depth > _DEPTH:
        return None
    if value.literal is not None:
        return join(folder, value.literal) if value.literal.startswith((".", "/")) else None
    if value.text in _HERE:
        return folder
    named = names.get(value.text)
    if named is not None:
        return _path(named, folder, names, depth + 1)
    return _called_path(value.calls[0], folder, names, depth) if value.calls else None


def _called_path(call: Call, folder: str, names: Mapping[str, Value | None], depth: int) -> str | None:
    """`path.resolve(__dirname, "src")`, `fileURLToPath(new URL("./src", import.meta.url))`."""
    args = call.args
    callee = call.callee.rpartition(".")[2]
    if callee == "URL" and args and args[0].literal is not None:
        return join(folder, args[0].literal)
    if callee == "fileURLToPath" and args:
        return _path(args[0], folder, names, depth + 1)
    if callee == "dirname" and args and "import.meta.url" in args[0].text:
        return folder
    if callee not in ("resolve", "join") or not args:
        return None
    start = folder if args[0].literal is not None else _path(args[0], folder, names, depth + 1)
    rest = args if args[0].literal is not None else args[1:]
    for part in rest:
        if start is None or part.literal is None:
            return None
        start = join(start, part.literal)
    return start
