"""Code that is in the folder and serves nobody: files that nothing uses (`usage.py`), functions that
nothing names (`idle_functions.py` and here), helpers for development, and tools that only the makers run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.usage.idle_functions import idle_functions
from lastmile_desktop.project.models.usage.model import build as usage

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SCRIPT = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".mts")
_COMMAND = re.compile(
    r"(?:^|\.)cli\.command$|^click\.(?:command|group)$|^(?:cli|typer\w*)\.command$|(?:^|\.)command$"
)
_MOST_PARENTS = 4
_FOR_MAKERS = re.compile(
    r"[-_.](?:bak|backup|old|copy|orig|deprecated)\.(?:[cm]?[jt]sx?|py)$"
    r"|^(?!(?:server|index|main|app|start)\.)[\w-]{1,60}\.cjs$|^populate[\w-]{0,30}\.py$"
    r"|(?:^|/)fixes/|(?:^|/)(?:ingest|backfill|load_data|import_data)(?:_\w{1,60})?\.py$|"
    r"(?:^|/)(?:dev|demo|debug|seeds?|mocks?|diagnos\w{1,12}|simulat\w{1,6})(?:[A-Z_.-][\w.-]{0,60})?(?:/|\.(?:[cm]?[jt]s|py)$)"
    r"|(?:^|/)(?:[\w-]{1,40}[-_])?(?:seed|debug|simulate|diagnos\w{1,12})[-_][\w-]{1,60}(?:/|\.[cm]?[jt]sx?$|\.py$)"
    r"|(?:^|/)functions/(?:test|validate-secrets|verify-secrets|system-health|health-?check)[\w-]{0,60}/"
    r"|(?:^|/)api/(?:[\w-]{1,40}/){0,3}(?:test|debug|verify-keys)[\w-]{0,40}/|(?:^|/)[\w-]{1,60}[-_.]simulate\.[cm]?[jt]s$"
)


def is_idle(view: ProjectView, path: str, function: str = "") -> bool:
    """Whether nobody who uses the product ever runs this code."""
    if is_for_makers(path) or view.made(usage).why_unused(path):
        return True
    if path.endswith(".py") and f"{path[:-3]}/__init__.py" in view.tree:
        return True
    if not function:
        return False
    names = view.made(idle_functions).get(path, frozenset[str]())
    return function in names or _is_command(view, path, function) or _is_unnamed(view, path, function)


@lru_cache(maxsize=65_536)
def is_for_makers(path: str) -> bool:
    """Helpers of development and demonstration, seeds, and functions that try out whether something is set up."""
    return _FOR_MAKERS.search(path) is not None


def _is_command(view: ProjectView, path: str, name: str) -> bool:
    """Whether a function, or one around it, is a command that a maker types."""
    outline = view.outlines.get(path)
    function = outline.function(name) if outline is not None else None
    for _ in range(_MOST_PARENTS):
        if outline is None or function is None:
            return False
        if any(_COMMAND.search(call.callee) for call in function.decorators):
            return True
        function = outline.function(function.parent) if function.parent else None
    return False


def _is_unnamed(view: ProjectView, path: str, name: str) -> bool:
    """Whether a function of a shared module, exported for others, is taken by nobody nor named again in its file."""
    outline = view.outlines.get(path)
    function = outline.function(name) if outline is not None else None
    if outline is None or function is None or not _is_offered(outline, function):
        return False
    # Actions may be called from outside, whoever imports them.
    if "use server" in outline.directives:
        return False
    taken = view.made(_taken)
    if name in taken.names or path not in taken.files or path in taken.whole:
        return False
    text = view.text(path) or ""
    return len(re.findall(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text)) == 1


def _is_offered(outline: Outline, function: Function) -> bool:
    plain = not function.parent and not {".", "@"} & set(function.name) and not function.wrapped_by
    return plain and function.exported_as == (function.name,) and outline.path.endswith(_SCRIPT)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What files import: `names` from anywhere, `files` in part, and those that are taken `whole`."""

    names: frozenset[str]
    files: frozenset[str]
    whole: frozenset[str]


def _taken(view: ProjectView) -> _Taken:
    names: set[str] = set()
    whole: set[str] = set()
    for path, (named, modules) in view.each_outline("idle.taken", _imports).items():
        names |= named
        whole.update(target for module in modules if (target := view.modules.file(path, module)))
    return _Taken(frozenset(names), frozenset(view.modules.targets.values()), frozenset(whole))


def _imports(outline: Outline) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names that a file imports or hands on, and the modules of which it takes everything."""
    pairs = [(item.module, name) for item in outline.imports for _, name in item.names or (("", "*"),)]
    pairs += [(export.module, export.local or "*") for export in outline.exports if export.module]
    whole = tuple(module for module, name in pairs if name == "*")
    return frozenset(name for _, name in pairs), whole
