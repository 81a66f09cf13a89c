"""The tables that application code and generated types speak of, whether or not a migration creates them."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.schema.model import Place
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_CODE = (
    ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".py", ".dart",
)  # fmt: skip
_FROM = re.compile(
    r"(?:\.(?:from_?|table)\(\s{0,40}['\"`](\w{1,63})['\"`](?:\s{1,9}as\s{1,9}\w{1,30})?\s{0,40}\)"
    r"(?:\s{0,80}(?:as\s+any)?\)?\s{0,80}\.\s{0,9}(select|insert|update|upsert|delete)\b))"
)
_TABLES_SECTION = re.compile(
    r"\bTables:\s*\{(.*?)\n\s{0,8}(?:Views|Functions|Enums|CompositeTypes):", re.DOTALL
)
_ROW = re.compile(r"^\s{0,12}\"?(\w{1,63})\"?:\s*\{\s*\n\s*Row:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class UsedTable:
    """`generated` when a generated types file lists it: then the live database has it. `paths` are the
    files that ask for it."""

    name: str
    place: Place
    verbs: frozenset[str]
    generated: bool = False
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Use:
    name: str
    line: int
    verb: str


def _may_use(entry: FileEntry) -> bool:
    return entry.path.endswith(_CODE) and not entry.minified and not entry.ignored_by_git


def used_tables(view: ProjectView) -> dict[str, UsedTable]:
    """By `public.<name>`: where code first asks the data API for it, and what it does."""
    found: dict[str, UsedTable] = {}
    for path, uses in view.each_file("schema.uses", _may_use, _uses, ()).items():
        for use in uses:
            name = f"public.{use.name.lower()}"
            known = found.get(name) or UsedTable(name, Place(path, use.line, use.line), frozenset())
            asks = use.verb and path not in known.paths
            found[name] = UsedTable(
                name,
                known.place,
                known.verbs | {use.verb} - {""},
                known.generated or not use.verb,
                (*known.paths, path) if asks else known.paths,
            )
    return found


def _uses(text: str) -> tuple[_Use, ...]:
    breaks: list[int] | None = None
    found: list[_Use] = []
    seen: set[tuple[str, str]] = set()
    for match in _FROM.finditer(text):
        if (match.group(1), match.group(2)) not in seen:
            seen.add((match.group(1), match.group(2)))
            breaks = [item.start() for item in re.finditer("\n", text)] if breaks is None else breaks
            found.append(_Use(match.group(1), bisect_right(breaks, match.start()) + 1, match.group(2)))
    if "Row:" in text:
        for section in _TABLES_SECTION.finditer(text):
            for row in _ROW.finditer(section.group(1)):
                line = line_at(text, section.start(1) + row.start(1))
                found.append(_Use(row.group(1), line, ""))
    return tuple(found)
