"""Relations of Prisma models: which model `include: { author: true }` brings along, and what must not leave in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_MODEL = re.compile(r"^model\s+(\w{1,60})\s*\{(.{0,20000}?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s+(\w{1,60})\s+(\w{1,60})(?:\[\]|\?)?", re.MULTILINE)
_OMITS = re.compile(r"\bomit\s*:\s*\{")
_NOTHING: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Brought:
    """The model that comes along whole, with its fields."""

    relation: str
    model: str
    fields: tuple[str, ...]


def brought_along(view: ProjectView, model: str, call: Call) -> tuple[Brought, ...]:
    """What this query includes whole."""
    options = call.args[0] if call.args else None
    include = options.entry("include") if options is not None else None
    if include is None:
        return ()
    models = _models(view)
    own = models.get(model.lower(), {})
    found: list[Brought] = []
    for name, value in include.entries:
        target = own.get(name, "")
        # `include: { author: { include: … } }` brings the author's own fields as well.
        whole = value.text == "true" or (
            bool(value.entries) and value.entry("select") is None and value.entry("omit") is None
        )
        if whole and target.lower() in models:
            found.append(Brought(name, target, tuple(models[target.lower()])))
    return tuple(found)


def _models(view: ProjectView) -> dict[str, dict[str, str]]:
    """The fields of each model and their types, by its name in small letters."""
    return {
        name.lower(): dict(fields)
        for path in view.tree.files
        if path.endswith(".prisma")
        for name, fields in view.per_file("prisma-relations", path, _read, _NOTHING)
    }


def _read(text: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple((name, tuple(_FIELD.findall(body))) for name, body in _MODEL.findall(text))


def leaves_out(view: ProjectView) -> bool:
    """Whether the client itself leaves fields out of every answer."""
    return any(
        view.per_file("prisma-omit", path, _omits, False)
        for path, outline in view.outlines.items()
        if any("prisma" in item.module for item in outline.imports)
    )


def _omits(text: str) -> bool:
    made = re.search(r"new PrismaClient\b|extends PrismaClient\b", text)
    return made is not None and _OMITS.search(text) is not None
