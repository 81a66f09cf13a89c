"""Which files of the project a text names: in quotes, in a start command, by a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_MOST = 400_000
_QUOTED = re.compile(r"[\"'`]([\w@.~#$/\\{}()\[\]*?=,&+-]{2,200})[\"'`]")
_CODE_END = re.compile(r"\.(?:[cm]?[jt]sx?|vue|svelte|astro|py|html?)$")
_FILE = re.compile(
    r"(?:[\w@.()\[\]$-]{1,100}/){0,12}[\w@.()\[\]$-]{1,100}\.(?:[cm]?[jt]sx?|vue|svelte|py|html?)\b"
)
# Words of a command are parted by spaces, or are texts of a list.
_GAP = r"(?:\s{1,9}|[\"'],\s{0,9}[\"'])"
_STARTED = re.compile(
    rf"\b(?:node|tsx|ts-node|bun|nodemon|deno|esbuild|tsup|python3?|streamlit|flask|fastapi){_GAP}(?:run{_GAP})?"
    rf"(?:-{{1,2}}[\w-]{{1,30}}(?:=[^\s\"']{{1,60}})?{_GAP}){{0,4}}([\w./-]{{1,120}})"
)
_MODULE = re.compile(
    r"\b([a-zA-Z_]\w{0,60}(?:\.\w{1,60}){0,8}):[a-zA-Z_]\w{0,60}|-[mA](?:\s{1,9}|[\"'],\s{0,9}[\"'])([\w.]{1,120})"
)
_DOTTED = re.compile(r"[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,8}(?::\w{1,60})?$")
_GLOB = re.compile(
    r"\bimport\.meta\.glob\w{0,10}(?:<[^>\n]{0,200}>)?\(\s{0,9}(?:\[\s{0,9})?[\"'`]([^\"'`\n]{1,200})"
)
_MORE_GLOBS = re.compile(r"\bimport\.meta\.glob\w{0,10}(?:<[^>\n]{0,200}>)?\(\s{0,9}\[([^\]]{1,1000})\]")
_CONTEXT = re.compile(r"\brequire\.context\(\s{0,9}[\"'`]([^\"'`\n]{1,200})")
_COMPUTED_PAGE = re.compile(r"\}\.html[\"'`]|\+\s{0,3}[\"'`]\.html[\"'`]")
_ASKS = re.compile(
    r"\bfetch\(|XMLHttpRequest|WebSocket|createClient|firebase|axios|\$\.(?:ajax|post|get)\(|<form\b|hx-(?:get|post)"
)
_PATTERN = re.compile(
    r"[\"'`]([\w@.~/{}$-]{0,120}/)\*{1,2}[\w./*-]{0,60}\.(?:\{[\w,]{2,20}\}|[cm]?[jt]sx?)[\"'`]"
)
_TEMPLATE = re.compile(r"\b(?:import|require)\(\s{0,9}(?:/\*[^*]{0,120}\*/\s{0,9})?`([^`$\n]{0,200})\$\{")
_COMPUTED = re.compile(
    r"\b(?:import|require)\(\s{0,9}(?!/\*|\.{3}|\))(?:[A-Za-z_$][\w.$]{0,60}\s{0,3}(?:[),(+\[?]))"
)
_PY_LOADS = re.compile(
    r"\b(?:import_module|__import__|spec_from_file_location|iter_modules|walk_packages|load_source)\(\s{0,9}"
    r"(?:(?P<quote>f?[\"'])(?P<name>[\w.]{0,120})(?P<open>\{)?)?"
)
# Names so common that the folder must be named too.
_COMMON = frozenset({
    "index", "main", "app", "server", "client", "types", "utils", "config", "constants", "page", "layout", "route",
    "styles", "init", "mod", "lib", "api", "helpers",
})  # fmt: skip
_NO_FOLDER = frozenset({"", ".", "..", "@", "~", "src", "dist", "build", "out", "lib", "app", "$", "public"})


@dataclass(frozen=True, slots=True)
class Named:
    """`files` are what `keys_of` gives for a file that is named (of a script the addresses themselves); `folders` hold
    files that a pattern loads; `anything` when a name is worked out while the program runs, `pages` when that of a page
    is. `asks` says of a page that it talks to a server."""

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    anything: bool = False
    pages: bool = False
    asks: bool = False


NOTHING = Named()


def in_script(text: str) -> Named:
    """What TypeScript or JavaScript names in quotes, imports among it."""
    text = text[:_MOST]
    files = {literal for literal in _QUOTED.findall(text) if _is_address(literal)}
    patterns = [
        *_GLOB.findall(text),
        *_CONTEXT.findall(text),
        *_TEMPLATE.findall(text),
        *_PATTERN.findall(text),
    ]
    for several in _MORE_GLOBS.findall(text):
        patterns += re.findall(r"[\"'`]([^\"'`\n]{1,200})[\"'`]", several)
    folders = [_folder(pattern) for pattern in patterns]
    anything = _COMPUTED.search(text) is not None or "" in folders
    pages = _COMPUTED_PAGE.search(text) is not None
    return Named(frozenset(files), frozenset(filter(None, folders)), anything, pages)


def in_python(text: str) -> Named:
    """What Python names in quotes (`"app.tasks.mail"`, `"main:app"`), apart from its imports."""
    text = text[:_MOST]
    files: set[str] = set()
    for literal in _QUOTED.findall(text):
        if _DOTTED.match(literal):
            files.update(_words(literal.partition(":")[0]))
        elif _CODE_END.search(literal):
            files.update(_keys(literal))
    files.update(_modules(text))
    folders: set[str] = set()
    anything = False
    for match in _PY_LOADS.finditer(text):
        name = match["name"] or ""
        if not match["quote"] or (match["open"] and "." not in name):
            anything = True
        elif match["open"]:
            folders.add(name.rpartition(".")[0].replace(".", "/"))
        else:
            files.update(_words(name))
    return Named(frozenset(files), frozenset(folders), anything, _COMPUTED_PAGE.search(text) is not None)


def in_settings(text: str) -> Named:
    """What a manifest, a container file, a host's settings or a page names and starts."""
    text = text[:_MOST]
    files: set[str] = set()
    for name in _FILE.findall(text):
        files.update(_keys(name))
    for name in _STARTED.findall(text):
        files.update(_keys(name))
    files.update(_modules(text))
    folders = {_folder(pattern) for pattern in _PATTERN.findall(text)}
    return Named(frozenset(files), frozenset(filter(None, folders)), asks=_ASKS.search(text) is not None)


@lru_cache(maxsize=65_536)
def keys_of(path: str) -> tuple[str, ...]:
    """The keys under which a file may be named: its stem, its stem with its folder, its folder for an index."""
    parts = path.split("/")
    stem = _stem(parts[-1])
    folder = as_written(parts[-2]) if len(parts) > 1 else ""
    plain = stem.partition(".")[0]
    keys = {stem, plain, f"{folder}/{stem}"}
    if plain in ("index", "init", "main", "mod") and folder:
        keys.add(folder)
    return tuple(keys)


@lru_cache(maxsize=65_536)
def key_of(address: str) -> str:
    """The key that an import or another quoted address gives."""
    return next(_keys(address), "")


def _keys(address: str) -> Iterator[str]:
    parts = address.partition("?")[0].rstrip("/").split("/")
    stem = _stem(parts[-1])
    folder = as_written(parts[-2]) if len(parts) > 1 else ""
    if not stem:
        return
    if stem in _COMMON and folder not in _NO_FOLDER:
        yield f"{folder}/{stem}"
    else:
        yield stem


def _stem(name: str) -> str:
    ending = _CODE_END.search(name)
    return as_written(name[: ending.start()] if ending is not None else name)


@lru_cache(maxsize=65_536)
def as_written(name: str) -> str:
    """A name as it may be written elsewhere: some disks know no case, and `use-it` is also called `useIt`."""
    return name.replace("-", "").replace("_", "").lower() or name


def _words(dotted: str) -> Iterator[str]:
    return (as_written(word) for word in dotted.split(".") if word)


def _modules(text: str) -> Iterator[str]:
    for groups in _MODULE.findall(text):
        for name in groups:
            yield from _words(name)


def _is_address(literal: str) -> bool:
    if "*" in literal or "://" in literal:
        return False
    return (
        literal.startswith(("./", "../", "@/", "~/", "$lib/", "#")) or _CODE_END.search(literal) is not None
    )


def _folder(pattern: str) -> str:
    """The folder that a pattern begins with, without the steps up to it; "" when it may be any."""
    fixed = re.split(r"[*{$]", pattern, maxsplit=1)[0].rpartition("/")[0]
    return "/".join(part for part in fixed.split("/") if part not in ("", ".", "..", "@", "~", "$lib"))
