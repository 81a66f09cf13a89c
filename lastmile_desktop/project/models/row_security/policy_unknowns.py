"""What cannot be read of policies and of the right to call functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lastmile_desktop.core.finding import Unknown
from lastmile_desktop.project.models.row_security.data_api import CLIENT_ROLES
from lastmile_desktop.project.models.schema.model import SchemaModel, Table

_LISTED = 6


def policy_unknowns(schema: SchemaModel, tables: tuple[Table, ...]) -> Iterator[Unknown]:
    """Broken statements, tables that no migration creates, and loops over computed lists."""
    for item in schema.unparsed:
        if item.keyword in ("CREATE", "ALTER", "DO", "DROP") and item.tables:
            names = ", ".join(name.removeprefix("public.") for name in item.tables[:3])
            yield Unknown(
                f"Line {item.place.line} is not valid SQL ({item.error}); it names {names}.", item.place.path
            )
    unseen = [
        name.removeprefix("public.")
        for name in schema.missing_tables
        if name.partition(".")[0] in schema.exposed_schemas
        and not (schema.table(name) and schema.tables[name].policies)
    ]
    if unseen:
        yield Unknown(f"The policies of tables that no migration creates cannot be read: {_listed(unseen)}.")
    yield from _dropped_by_loops(tables)
    yield from _closed_by_loops(schema)


def _dropped_by_loops(tables: tuple[Table, ...]) -> Iterator[Unknown]:
    held = [table for table in tables if table.policies_unsure]
    if held:
        names = _listed(table.bare_name for table in held)
        yield Unknown(
            f"A loop drops policies by a condition; which of them are left cannot be read: {names}.",
            held[0].policies_unsure[0].place.path,
        )


def _closed_by_loops(schema: SchemaModel) -> Iterator[Unknown]:
    clients = {"public", *CLIENT_ROLES}
    closed = [
        item
        for item in schema.functions
        if item.security_definer
        and item.executable_unsure & clients
        and not item.executable_by & clients
        and item.returns not in ("trigger", "event_trigger", "procedure")
        and item.name.partition(".")[0] in schema.exposed_schemas
    ]
    if closed:
        names = _listed(item.name.removeprefix("public.") for item in closed)
        yield Unknown(
            f"A loop takes back the right to call functions; whether it reaches these cannot be read: {names}.",
            closed[0].place.path,
        )


def _listed(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return ", ".join(found[:_LISTED]) + more
