"""Exact versions from lock files, read with one bounded pattern each instead of parsing megabytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from lastmile_desktop.project.manifests import python_name
from lastmile_desktop.project.memo import Memo
from lastmile_desktop.project.tree import TextReader, TreeIndex

Versions = Mapping[str, str]

_NPM = re.compile(
    r'^[ \t]{1,8}"((?:[^"\n]{0,200}?/)?)node_modules/((?:@[^/"\n]+/)?[^/"\n]+)": \{\s*'
    r'(?:"name": "[^"\n]*",\s*)?"version": "([^"\n]{1,80})"',
    re.MULTILINE,
)
_NPM_OLD = re.compile(
    r'^(?: {4}| {8}|\t\t)"((?:@[^/"\n]+/)?[^/"\n]+)": \{\s*"version": "([^"\n]{1,80})"', re.MULTILINE
)
_YARN = re.compile(
    r'^"?((?:@[^@/\s"]+/)?[^@\s"]+)@([^\n]{1,600}):\n\s+version:? "?([^"\n]{1,80})', re.MULTILINE
)
_BUN = re.compile(r'^[ \t]{1,8}"((?:@[^/"\n]+/)?[^/"\n]+)": \["[^"\n]*@([^"@\n]{1,80})"', re.MULTILINE)
_TOML_PACKAGE = re.compile(
    r'^\[\[package\]\]\nname = "([^"\n]{1,120})"\nversion = "([^"\n]{1,80})"', re.MULTILINE
)
_PIPFILE = re.compile(
    r'^ {8}"([A-Za-z0-9._-]+)": \{(?:[^{}]{0,20000}?)"version": "==([^"\n]{1,80})"', re.MULTILINE
)
_PNPM_IMPORTER = re.compile(r"^  '?([^\s':]+)'?:\s*$")
_PNPM_NAME = re.compile(r"^ +'?((?:@[^/\s']+/)?[^\s':]+)'?:\s*(\S*)\s*$")
_PNPM_VERSION = re.compile(r"^ +version: '?([^\s('\"]{1,80})")


def resolved(
    tree: TreeIndex, reader: TextReader, memo: Memo, folders: tuple[str, ...], package: str
) -> Versions:
    """Exact versions for a package: from the nearest of `folders` (innermost first) that has a lock file of
    either ecosystem. `package` is its path, as some lock files tell workspace members apart."""
    found: dict[str, str] = {}
    for names in (_JS_LOCKS, _PYTHON_LOCKS):
        for folder in folders:
            lock = next((path for name in names if (path := _join(folder, name)) in tree), None)
            if lock is not None:
                member = package if folder == "." else package.removeprefix(folder).lstrip("/") or "."
                found |= _versions(tree, reader, memo, lock, member)
                break
    return found


def lock_files(tree: TreeIndex, folder: str) -> Iterator[tuple[str, str]]:
    """(path, package manager) of each lock file directly in a folder."""
    for name, manager in MANAGERS.items():
        path = _join(folder, name)
        if path in tree:
            yield path, manager


def _versions(tree: TreeIndex, reader: TextReader, memo: Memo, lock: str, member: str) -> Versions:
    read = _READERS[lock.rpartition("/")[2]]
    known = memo.per_file("lock", lock, tree.files[lock].digest, lambda: read(reader.text(lock) or ""))
    return {**known.get("", {}), **known.get(member, {})}


def _npm(text: str) -> Mapping[str, Versions]:
    """Hoisted packages under "", those of a workspace member under its path."""
    found: dict[str, dict[str, str]] = {"": {}}
    for match in _NPM.finditer(text):
        owner = match[1].rstrip("/")
        if "node_modules/" not in match[1]:
            found.setdefault(owner, {}).setdefault(match[2], match[3])
    if not found[""]:
        found[""] = {match[1]: match[2] for match in _NPM_OLD.finditer(text)}
    return found


def _yarn(text: str) -> Mapping[str, Versions]:
    versions: dict[str, str] = {}
    for match in _YARN.finditer(text):
        if not match[3].startswith("0.0.0-use"):
            versions.setdefault(match[1], match[3])
    return {"": versions}


def _bun(text: str) -> Mapping[str, Versions]:
    return {"": {match[1]: match[2] for match in _BUN.finditer(text)}}


def _pnpm(text: str) -> Mapping[str, Versions]:
    """Members under `importers:`; a project without members has its dependencies at the top level."""
    head = re.split(r"^(?:packages|snapshots):", text, maxsplit=1, flags=re.MULTILINE)[0]
    found: dict[str, dict[str, str]] = {}
    member, name, in_importers = "", "", False
    for line in head.splitlines():
        if line.startswith("importers:"):
            in_importers = True
        elif in_importers and (importer := _PNPM_IMPORTER.match(line)):
            member = importer[1]
        elif version := _PNPM_VERSION.match(line):
            found.setdefault(member, {})[name] = version[1]
        elif (entry := _PNPM_NAME.match(line)) and entry[1] != "specifier":
            name = entry[1]
            if entry[2][:1].isdigit():
                found.setdefault(member, {})[name] = entry[2].partition("_")[0].partition("(")[0]
    return found


def _toml_packages(text: str) -> Mapping[str, Versions]:
    return {"": {python_name(match[1]): match[2] for match in _TOML_PACKAGE.finditer(text)}}


def _pipfile_lock(text: str) -> Mapping[str, Versions]:
    return {"": {python_name(match[1]): match[2] for match in _PIPFILE.finditer(text)}}


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


_JS_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock")
_PYTHON_LOCKS = ("uv.lock", "poetry.lock", "Pipfile.lock")

MANAGERS: Mapping[str, str] = {
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
    "uv.lock": "uv",
    "poetry.lock": "poetry",
    "Pipfile.lock": "pipenv",
}

_READERS: Mapping[str, Callable[[str], Mapping[str, Versions]]] = {
    "package-lock.json": _npm,
    "npm-shrinkwrap.json": _npm,
    "pnpm-lock.yaml": _pnpm,
    "yarn.lock": _yarn,
    "bun.lock": _bun,
    "uv.lock": _toml_packages,
    "poetry.lock": _toml_packages,
    "Pipfile.lock": _pipfile_lock,
}
