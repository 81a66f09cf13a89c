"""Where the database runs: a file beside the program answers without a trip over the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SQLITE = frozenset({"sqlite", "libsql", "turso"})
# Their migrations are the same for every database: only the settings tell which one it is.
_FOR_ANY = frozenset({"django", "alembic"})


def is_sqlite_only(view: ProjectView) -> bool:
    """Whether every database that the project names is a SQLite file."""
    dialects = {item.dialect for item in view.schema.migrations if item.tool not in _FOR_ANY}
    engines = set(view.facts.values("db.engine"))
    named = engines | dialects
    return bool(named) and named <= _SQLITE
