"""Settings in layers, as Django projects keep them: a default in one file that the file for production replaces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LIVE = re.compile(r"(?i)(?:^|[_-])(?:prod|production|live)(?:[_-]|$)")
# Where nothing is called production, staging is what goes online.
_STAGED = re.compile(r"(?i)(?:^|[_-])(?:staging|stage|deploy|railway|heroku|render)(?:[_-]|$)")
_LOCAL = re.compile(r"(?i)(?:^|[_-])(?:dev|develop|development|local|test|tests|testing|ci)(?:[_-]|$)")
_STAR = re.compile(r"(?m)^from[ \t]+([\w.]{1,120})[ \t]+import[ \t]+(?:\*|\([ \t]*\*)")
_ASSIGNED = re.compile(
    r"(?m)^[ \t]{0,8}(\w{1,60})[ \t]*(?::[ \t]*\w{1,20}[ \t]*)?=(?!=)[ \t]*([^\n]{1,300})$"
)
_REFUSED = re.compile(
    r"(?m)^[ \t]{0,20}if\b(?P<test>[^\n]{1,200}):[ \t]*(?:#[^\n]{0,200})?(?=\n(?:[^\n]{0,200}\n)?[ \t]{1,28}raise\b)"
)
_COMPARES = re.compile(r"==|\bin\b|startswith|insecure|(?i:default)")
_MAX_LAYERS = 4


def is_replaced_for_production(view: ProjectView, path: str, setting: str) -> bool:
    """Whether the value that this file gives a setting never reaches production: the module for production beside
    it sets its own without a default, or this file is for development only, or it refuses the default itself."""
    if not path.endswith(".py"):
        return False
    if _refuses(view.text(path) or "", setting):
        return True
    folder = path.rpartition("/")[0]
    modules = {
        other.rpartition("/")[2].removesuffix(".py"): other
        for other in view.outlines
        if other.endswith(".py") and other.rpartition("/")[0] == folder
    }
    live = [other for name, other in modules.items() if _LIVE.search(name) and other != path]
    live = live or [other for name, other in modules.items() if _STAGED.search(name) and other != path]
    return bool(live) and all(not _takes_from(view, other, path, setting, modules, 0) for other in live)


def _refuses(text: str, setting: str) -> bool:
    return any(
        re.search(rf"\b{re.escape(setting)}\b", found["test"]) and _COMPARES.search(found["test"])
        for found in _REFUSED.finditer(text)
    )


def _takes_from(
    view: ProjectView, path: str, source: str, setting: str, modules: dict[str, str], depth: int
) -> bool:
    """Whether the module ends up with the value that `source` gives; one that says nothing of its own and takes
    nothing from elsewhere may get it in a way not seen, unless the source is named for development."""
    if path == source:
        return True
    text = view.text(path) or ""
    if any(found[1] == setting for found in _ASSIGNED.finditer(text)):
        return False
    above = [
        modules[name] for found in _STAR.finditer(text) if (name := found[1].rpartition(".")[2]) in modules
    ]
    if depth >= _MAX_LAYERS or not above:
        return not _LOCAL.search(source.rpartition("/")[2].removesuffix(".py"))
    return any(_takes_from(view, other, source, setting, modules, depth + 1) for other in above)
