"""Settings that a bundler's configuration copies into the browser by hand: Vite's `define`, Next's `env`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.settings.env_reads import blank_comments

_CONFIG = re.compile(
    r"^(?:vite|vitest|next|nuxt|webpack|rsbuild|craco|rollup|esbuild|astro|svelte)\.config\.\w{2,4}$|^webpack\.[\w.]+\.js$"
)
_BLOCK = re.compile(r"\b(?P<key>define|env|DefinePlugin)\s{0,3}(?::|\()\s{0,3}(?P<open>\{)")
_WHOLE = re.compile(
    r"[\"']process\.env[\"']\s{0,3}:\s{0,3}(?:process\.env\b(?!\.)|env\b(?!\.)|JSON\.stringify\(\s{0,3}(?:process\.)?env\s{0,3}\)|\{\s{0,3}\.\.\.)"
    r"|\bdefine\s{0,3}:\s{0,3}(?:process\.env\b(?!\.))"
)
_ENTRY = re.compile(
    r"(?:[\"'](?:process\.env\.|import\.meta\.env\.|__)?(?P<quoted>[A-Za-z_][A-Za-z0-9_]{1,80})_{0,2}[\"']|(?P<bare>[A-Z][A-Z0-9_]{1,80}))\s{0,3}:\s{0,3}(?P<value>[^\n,]{1,300})"
)
_SOURCE = re.compile(
    r"(?:process\.env|\benv|import\.meta\.env)(?:\.|\[\s{0,3}[\"'])(?P<name>[A-Z][A-Z0-9_]{1,80})"
)


@dataclass(frozen=True, slots=True)
class BundledName:
    """`name` is the setting whose value is copied; `whole` when all of `process.env` is."""

    name: str
    line: int
    column: int
    whole: bool = False


def is_bundler_config(path: str) -> bool:
    return bool(_CONFIG.match(path[path.rfind("/") + 1 :]))


def bundled_names(text: str) -> tuple[BundledName, ...]:
    """Every setting whose value these lines put into the pages."""
    return tuple(_found(blank_comments(text)))


def _found(code: str) -> Iterator[BundledName]:
    for match in _WHOLE.finditer(code):
        yield BundledName("", *_place(code, match.start()), whole=True)
    for block in _BLOCK.finditer(code):
        body = _inside(code, block.start("open"))
        for entry in _ENTRY.finditer(body):
            source = _SOURCE.search(entry["value"])
            literal = re.match(r"\s{0,3}(?:JSON\.stringify\(\s{0,3})?[\"'`]", entry["value"])
            if source is None and not literal:
                continue
            name = source["name"] if source else entry["quoted"] or entry["bare"]
            yield BundledName(name, *_place(code, block.start("open") + entry.start()))


def _inside(code: str, opening: int) -> str:
    """The text from an opening brace to the brace that closes it, at most 6,000 characters."""
    depth = 0
    for offset in range(opening, min(len(code), opening + 6_000)):
        if code[offset] == "{":
            depth += 1
        elif code[offset] == "}":
            depth -= 1
            if depth == 0:
                return code[opening : offset + 1]
    return code[opening : opening + 6_000]


def _place(code: str, offset: int) -> tuple[int, int]:
    return line_at(code, offset), offset - code.rfind("\n", 0, offset)
