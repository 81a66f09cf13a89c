"""What ORM models describe and no migration makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.schema.files import schema_files
from lastmile_desktop.project.models.schema.model import Migration, Place, SchemaModel, Table
from lastmile_desktop.project.models.schema.orm import orm_tables

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_ENOUGH_COLUMNS = 5
_MOSTLY = 0.7
_TOOL_TABLES = frozenset({"_prisma_migrations", "__drizzle_migrations", "alembic_version", "spatial_ref_sys"})


@dataclass(frozen=True, slots=True)
class Drift:
    """A table (`column` "") or a column of a model that the migrations do not make."""

    table: str
    column: str
    place: Place


def model_tables(view: ProjectView) -> Mapping[str, Table]:
    """The tables that ORM models describe, by `schema.table`."""
    return orm_tables(view, schema_files(view)).tables


def model_drift(view: ProjectView) -> tuple[Drift, ...]:
    """Differences between models and migrations, in the order of the models."""
    schema = view.schema
    if not schema.migrations:
        return ()
    models = model_tables(view)
    found = view.whole("schema.drift", schema.stamp, lambda: tuple(_drift(schema, models)))
    return tuple(item for item in found if not _is_hidden(view, item.place.path))


def _is_hidden(view: ProjectView, path: str) -> bool:
    """A module that a package of the same name stands in front of: nothing imports it."""
    return path.endswith(".py") and f"{path[:-3]}/__init__.py" in view.tree


def _drift(schema: SchemaModel, models: Mapping[str, Table]) -> Iterator[Drift]:
    migrations = {item.path: item for item in schema.migrations}
    by_migrations = {
        name: table
        for name, table in schema.tables.items()
        if table.created and table.created_place and table.created_place.path in migrations
    }
    bare = {table.bare_name: table for table in by_migrations.values()}
    unread = {name for item in schema.unparsed for name in item.tables}
    if not _covers(by_migrations, models, migrations):
        return
    for name, model in models.items():
        if name in unread or model.bare_name in _TOOL_TABLES:
            continue
        made = by_migrations.get(name) or bare.get(model.bare_name)
        if made is None and _is_renamed(model, by_migrations.values()):
            continue
        if made is None:
            yield Drift(name, "", model.created_place or model.place)
            continue
        known = {_plain(column.name) for column in made.columns}
        for column in model.columns:
            if _plain(column.name) not in known and f"{_plain(column.name)}id" not in known:
                yield Drift(made.name, column.name, column.place)


def _is_renamed(model: Table, made: Iterable[Table]) -> bool:
    """Whether the migrations make a table of the same columns, which keeps another name (`db_table`)."""
    own = {_plain(column.name) for column in model.columns}
    if len(own) < _ENOUGH_COLUMNS:
        return False
    return any(
        len(own & {_plain(column.name) for column in table.columns}) >= _MOSTLY * len(own) for table in made
    )


def _covers(
    made: Mapping[str, Table], models: Mapping[str, Table], migrations: Mapping[str, Migration]
) -> bool:
    """Whether migrations and models speak of the same database: most models have their table."""
    if not models or all(item.stray for item in migrations.values()):
        return False
    bare = {table.bare_name for table in made.values()}
    shared = sum(model.bare_name in bare for model in models.values())
    return shared * 2 >= len(models) or shared >= 5


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
