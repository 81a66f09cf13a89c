"""What cannot be said of a schema, because a statement that names a table is not valid SQL."""

from __future__ import annotations

from lastmile_desktop.core.finding import Unknown
from lastmile_desktop.project.models.schema.model import SchemaModel


def unread_tables(schema: SchemaModel) -> tuple[Unknown, ...]:
    return tuple(
        Unknown(f"Line {item.place.line} is not valid SQL, so its table is not known.", item.place.path)
        for item in schema.unparsed
        if item.tables
    )
