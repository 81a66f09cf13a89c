"""The statements of a migration, whichever language it is written in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.schema.model import Migration
from lastmile_desktop.project.models.sql import alembic_ops, django_ops
from lastmile_desktop.project.models.sql.sql_changes import SqlFile
from lastmile_desktop.project.models.sql.sql_parse import read_sql

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_EMPTY = SqlFile()


def content_of(view: ProjectView, migration: Migration) -> SqlFile:
    """The same value the schema was folded from."""
    match migration.tool:
        case "alembic":
            return view.per_file("alembic", migration.path, alembic_ops.read_alembic, _EMPTY)
        case "django":
            app = django_ops.app_of(migration.path)
            return view.per_file("django", migration.path, partial(django_ops.read_django, app), _EMPTY)
        case _:
            return view.per_file("sql", migration.path, read_sql, _EMPTY)
