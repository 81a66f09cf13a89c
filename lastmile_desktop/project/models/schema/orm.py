"""Migrations written in Python, and tables known only from ORM models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.schema import drizzle as schema_drizzle
from lastmile_desktop.project.models.schema import prisma as schema_prisma
from lastmile_desktop.project.models.schema import python as schema_python
from lastmile_desktop.project.models.schema.files import SchemaFiles, SqlSource, natural
from lastmile_desktop.project.models.schema.fold import fold_file
from lastmile_desktop.project.models.schema.model import Migration, Table
from lastmile_desktop.project.models.schema.relation import Folding, finished
from lastmile_desktop.project.models.sql import alembic_ops, django_ops
from lastmile_desktop.project.models.sql.sql_changes import SqlFile

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_REVISION = re.compile(r"^(?:down_revision)[^=\n]{0,80}=\s*(.{1,200})$", re.MULTILINE)
_OWN_REVISION = re.compile(r"^revision[^=\n]{0,40}=\s*['\"]([\w-]{1,64})['\"]", re.MULTILINE)
_QUOTED = re.compile(r"['\"]([\w-]{1,64})['\"]")
_ENGINE = re.compile(r"django\.db\.backends\.(\w+)|\b(psycopg|asyncpg|postgres)")
_POSTGRES_PACKAGES = (
    "psycopg",
    "psycopg2",
    "psycopg2-binary",
    "asyncpg",
    "psycopg-binary",
    "pg8000",
    "psycopg[binary]",
)
_MYSQL_PACKAGES = ("mysqlclient", "pymysql", "aiomysql", "mysql-connector-python")
_SKIPPED = re.compile(r"(?:^|/)(?:tests?|node_modules|site-packages|venv|\.venv)(?=/)|(?:^|/)test_[^/]*$")
_EMPTY = SqlFile()


@dataclass(frozen=True, slots=True)
class OrmTables:
    """Tables by name, and the files they were read from."""

    tables: Mapping[str, Table]
    paths: tuple[str, ...]


def orm_migrations(view: ProjectView, files: SchemaFiles) -> tuple[SqlSource, ...]:
    """Alembic and Django migrations in the order they are applied."""
    alembic = sorted(_alembic(view, files), key=lambda pair: pair[0])
    django = sorted(_django(view, files), key=lambda pair: pair[0])
    return tuple(
        replace(source, migration=replace(source.migration, order=order))
        for order, (_, source) in enumerate([*alembic, *django])
    )


def _python_dialect(view: ProjectView) -> str:
    names = {name.lower() for package in view.packages for name in package.dependencies}
    if any(name in names for name in _POSTGRES_PACKAGES):
        return "postgres"
    return "mysql" if any(name in names for name in _MYSQL_PACKAGES) else "sqlite"


def _alembic(view: ProjectView, files: SchemaFiles) -> Iterator[tuple[tuple[object, ...], SqlSource]]:
    parents: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for path in files.python:
        if "versions/" in path and not _SKIPPED.search(path):
            revision, down = view.per_file("alembic.revision", path, _revision, ("", ()))
            if revision:
                parents[revision] = (path, revision, down)
    dialect = _python_dialect(view) if parents else ""
    for path, revision, _ in parents.values():
        content = view.per_file("alembic", path, alembic_ops.read_alembic, _EMPTY)
        series = str(PurePosixPath(path).parent)
        migration = Migration(path, "alembic", 0, True, dialect, series)
        yield (series, _depth(revision, parents), path), SqlSource(migration, content)


def _revision(text: str) -> tuple[str, tuple[str, ...]]:
    own, down = _OWN_REVISION.search(text), _REVISION.search(text)
    return (own.group(1) if own else "", tuple(_QUOTED.findall(down.group(1))) if down else ())


def _depth(revision: str, parents: Mapping[str, tuple[str, str, tuple[str, ...]]]) -> int:
    """How many revisions lie before this one, along its longest line of parents."""
    depth, level, seen = 0, {revision}, {revision}
    while level:
        level = {down for item in level if item in parents for down in parents[item][2]} - seen
        seen |= level
        depth += 1
    return depth


def _django(view: ProjectView, files: SchemaFiles) -> Iterator[tuple[tuple[object, ...], SqlSource]]:
    dialect = ""
    for path in files.python:
        if "migrations/" not in path or _SKIPPED.search(path):
            continue
        pure = PurePosixPath(path)
        if pure.parent.name == "migrations" and pure.name[:1].isdigit():
            content = view.per_file(
                "django", path, partial(django_ops.read_django, django_ops.app_of(path)), _EMPTY
            )
            dialect = dialect or _django_dialect(view, files)
            number = natural(pure.name)
            migration = Migration(path, "django", 0, True, dialect, str(pure.parent))
            yield (number[:1], str(pure.parent), number), SqlSource(migration, content)


def _django_dialect(view: ProjectView, files: SchemaFiles) -> str:
    for path in files.python:
        if "settings" in path and "postgres" in view.per_file("django.engine", path, _engines, ()):
            return "postgres"
    return _python_dialect(view)


def _engines(text: str) -> tuple[str, ...]:
    return tuple(
        "postgres" if "p" in (driver or engine)[:1] else engine for engine, driver in _ENGINE.findall(text)
    )


def orm_tables(view: ProjectView, project: SchemaFiles) -> OrmTables:
    """Tables that models describe: Prisma, Drizzle, SQLAlchemy and its kin, Django."""
    files = [*_prisma(view, project), *_drizzle(view), *_python(view, project)]
    key = tuple((path, view.tree.files[path].digest) for path, _ in files)
    tables = view.whole("schema.orm", key, lambda: _folded(files))
    return OrmTables(tables, tuple(path for path, _ in files))


def _folded(files: Iterable[tuple[str, SqlFile]]) -> dict[str, Table]:
    fold = Folding(frozenset({"public"}))
    for path, content in files:
        fold_file(fold, path, content)
    return {name: finished(relation) for name, relation in fold.out.tables.items() if relation.created}


def _prisma(view: ProjectView, files: SchemaFiles) -> Iterator[tuple[str, SqlFile]]:
    for path in files.prisma:
        content = view.per_file("prisma", path, schema_prisma.read_prisma, _EMPTY)
        if content.statements:
            yield path, content


def _drizzle(view: ProjectView) -> Iterator[tuple[str, SqlFile]]:
    if not any("drizzle-orm" in package.dependencies for package in view.packages):
        return
    for path, outline in view.outlines.items():
        if path in view.tree and schema_drizzle.is_drizzle(outline):
            content = view.per_file(
                "drizzle", path, lambda _, outline=outline: schema_drizzle.read_drizzle(outline), _EMPTY
            )
            if content.statements:
                yield path, content


def _python(view: ProjectView, files: SchemaFiles) -> Iterator[tuple[str, SqlFile]]:
    for path in files.python:
        if "/migrations/" in path or _SKIPPED.search(path):
            continue
        content = view.per_path("python.models", path, _models, _EMPTY)
        if content.statements:
            yield path, content


def _models(path: str, text: str) -> SqlFile:
    folder = PurePosixPath(path).parent
    app = (folder.parent if folder.name == "models" else folder).name.lower()
    return schema_python.read_models(app, text)
