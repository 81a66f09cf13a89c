"""Tables and collections that code makes in ways that the schema does not know: models of other libraries, migrations
written in JavaScript, CREATE TABLE in a string. Checks that rest on the schema must not say that there are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Outline, calls_within
from lastmile_desktop.project.models.routes.entries import is_live

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class UnreadStore:
    """`what` makes tables or collections here. `documents` when what it makes is no SQL table, `migrates` when it
    changes tables that are there."""

    what: str
    path: str
    line: int
    documents: bool = False
    migrates: bool = False


_MONGOOSE = "Mongoose models"
_MIGRATIONS = "migrations written in JavaScript"
# By the module that a file takes in: what it is, and the names it is used by.
_MODULES: tuple[tuple[re.Pattern[str], str, re.Pattern[str]], ...] = tuple(
    (re.compile(module), what, re.compile(used))
    for module, what, used in (
        (
            r"^typeorm$",
            "TypeORM entities",
            r"^(?:Entity|ViewEntity|ChildEntity)$|^EntitySchema$|queryRunner\.\w+$",
        ),
        (r"^sequelize(?:-typescript)?$", "Sequelize models", r"\.(?:define|init)$|^Table$"),
        (
            r"^mongoose$|^@typegoose/|^@nestjs/mongoose$",
            _MONGOOSE,
            r"(?:^|\.)Schema$|^(?:modelOptions|prop)$|\.model$",
        ),
        (r"^@mikro-orm/", "MikroORM entities", r"^Entity$|^(?:defineEntity|EntitySchema)$"),
        (r"^objection$|^bookshelf$", "Objection models", r"."),
        (
            r"^peewee$|^playhouse",
            "Peewee models",
            r"(?:^|\.)(?:Char|Text|Integer|ForeignKey|Auto|Boolean)Field$",
        ),
        (r"^tortoise(?:\.|$)", "Tortoise models", r"fields\.\w+$"),
        (r"^pony\.orm$", "Pony entities", r"(?:^|\.)(?:Required|Optional|PrimaryKey|Set)$"),
        (r"^mongoengine$|^beanie$|^odmantic$", "MongoDB models", r"."),
    )
)
_DOCUMENTS = frozenset({_MONGOOSE, "MongoDB models"})
_CREATES = re.compile(r"\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?[\"`\[]?[\w.$]", re.IGNORECASE)
_SQL_CALLS = frozenset(
    "exec execute executescript executemany query run prepare batch raw unsafe sql $executeRaw".split()
)
_BUILDER = re.compile(
    r"(?:^|\.)(?:schema\.(?:create|alter)Table\w*|queryInterface\.(?:createTable|addColumn)$)"
)
_IN_CODE = "CREATE TABLE statements in code"


def unread_stores(view: ProjectView) -> tuple[UnreadStore, ...]:
    """One for each way of making tables that is not read, at its first place."""
    first: dict[str, UnreadStore] = {}
    found = view.each_outline("stores.unread", _in_file)
    for path in sorted(found):
        for what, line in found[path] if is_live(path) else ():
            first.setdefault(what, UnreadStore(what, path, line, what in _DOCUMENTS, what == _MIGRATIONS))
    return tuple(first.values())


def _in_file(outline: Outline) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    modules = {item.module for item in outline.imports if not item.type_only}
    wanted = [
        (what, used) for pattern, what, used in _MODULES if any(pattern.search(module) for module in modules)
    ]
    for call in _calls(outline):
        for what, used in wanted:
            if what not in found and (used.search(call.callee) or used.search(call.root)):
                found[what] = call.span.line
        if _BUILDER.search(call.callee):
            found.setdefault(_MIGRATIONS, call.span.line)
        elif _makes_table(call):
            found.setdefault(_IN_CODE, call.span.line)
    return tuple(found.items())


def _makes_table(call: Call) -> bool:
    return any(
        (link.name or call.root) in _SQL_CALLS and _CREATES.search(arg.text) is not None
        for link in call.links
        for arg in (link.args or ())[:1]
    )


def _calls(outline: Outline) -> Iterator[Call]:
    yield from calls_within(outline.top)
    for function in outline.functions:
        yield from calls_within(function.body)
    for item in outline.classes:
        yield from item.decorators
        for _, value, _ in item.attributes:
            yield from value.calls
