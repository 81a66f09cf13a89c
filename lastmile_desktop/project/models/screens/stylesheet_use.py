"""Whether a style sheet is loaded at all, and whether a screen puts two colours of its theme on each other."""

from __future__ import annotations

import re
from posixpath import dirname, normpath
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Outline

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LOADING = (".html", ".css", ".scss", ".vue", ".svelte", ".astro", ".py", ".json")
_LOADS = re.compile(r"[\w./@~-]{1,120}\.(?:css|scss|less)\b")
_PAIR = re.compile(r"(?:^|\s)(?P<text>[\w-]{1,60}) on (?P<ground>[\w-]{1,60}):")
_DRAWS = (".tsx", ".jsx", ".vue", ".svelte", ".astro", ".html")
_CLASSES = re.compile(r"(?<![\w-])(?:text|bg)-[a-z][\w-]{1,60}")
_EVERYWHERE = frozenset(["background", "card", "popover", "muted"])
_MOST_READ = 100_000


def is_loaded(view: ProjectView, sheet: str) -> bool:
    """Whether code, a page or another sheet names this sheet; left-overs of a template are named by nothing."""
    name = sheet.rpartition("/")[2]
    importing = view.each_outline("imports-sheets", _imports)
    if any(_leads_to(path, module, sheet) for path, modules in importing.items() for module in modules):
        return True
    return any(
        _leads_to(path, named, sheet) or _leads_to(path, f"./{named}", sheet)
        for path in view.tree.files
        if path.endswith(_LOADING) and path != sheet
        for named in view.per_file("loads-sheets", path, _loads, frozenset[str]())
        if named.endswith(name)
    )


def _imports(outline: Outline) -> tuple[str, ...]:
    return tuple(
        item.module
        for item in outline.imports
        if item.module.partition("?")[0].endswith((".css", ".scss", ".less"))
    )


def _leads_to(path: str, module: str, sheet: str) -> bool:
    module = module.partition("?")[0]
    if module.startswith("."):
        return normpath(f"{dirname(path)}/{module}") == sheet
    bare = module.lstrip("@~/.")
    return ("/" in bare and sheet.endswith(f"/{bare}")) or sheet == bare or sheet == f"public/{bare}"


def _loads(text: str) -> frozenset[str]:
    """The sheets that a page or a sheet loads, and the one that a settings file tells."""
    return frozenset(_LOADS.findall(text[:_MOST_READ]))


def is_shown(view: ProjectView, detail: str) -> bool:
    """Whether a screen sets text of this pair's colour on its ground; True where the pair cannot be told."""
    pair = _PAIR.search(detail)
    if pair is None:
        return True
    text, ground = f"text-{pair['text']}", f"bg-{pair['ground']}"
    for path in view.tree.files:
        if path.endswith(_DRAWS):
            classes = view.per_file("colour-classes", path, _classes, frozenset[str]())
            if text in classes and (ground in classes or pair["ground"] in _EVERYWHERE):
                return True
    return False


def _classes(text: str) -> frozenset[str]:
    return frozenset(_CLASSES.findall(text))
