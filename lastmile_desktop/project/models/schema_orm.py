"""Migrations written in Python, and tables known only from ORM models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lastmile_desktop.project.models import (
    alembic_ops,
    django_ops,
    schema_drizzle,
    schema_prisma,
    schema_python,
)
from lastmile_desktop.project.models.schema import Migration, Table
from lastmile_desktop.project.models.schema_files import SqlSource, natural
from lastmile_desktop.project.models.schema_fold import fold_file
from lastmile_desktop.project.models.schema_relation import Folding, finished
from lastmile_desktop.project.models.sql_changes import SqlFile

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


def orm_migrations(view: ProjectView) -> tuple[SqlSource, ...]:
    """Alembic and Django migrations in the order they are applied."""
    alembic = sorted(_alembic(view), key=lambda pair: pair[0])
    django = sorted(_django(view), key=lambda pair: pair[0])
    return tuple(source for _, source in [*alembic, *django])


def _python_dialect(view: ProjectView) -> str:
    names = {name.lower() for package in view.packages for name in package.dependencies}
    if any(name in names for name in _POSTGRES_PACKAGES):
        return "postgres"
    return "mysql" if any(name in names for name in _MYSQL_PACKAGES) else "sqlite"


def _alembic(view: ProjectView) -> Iterator[tuple[tuple[object, ...], SqlSource]]:
    parents: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for entry in view.tree.readable():
        if (
            entry.suffix == ".py"
            and PurePosixPath(entry.path).parent.name == "versions"
            and not _SKIPPED.search(entry.path)
        ):
            ids = view.per_file("alembic.revision", entry.path, _revision, ("", ()))
            if ids[0]:
                parents[ids[0]] = (entry.path, ids[0], ids[1])
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


def _django(view: ProjectView) -> Iterator[tuple[tuple[object, ...], SqlSource]]:
    dialect = ""
    for entry in view.tree.readable():
        pure = PurePosixPath(entry.path)
        if entry.suffix == ".py" and pure.parent.name == "migrations" and pure.name[:1].isdigit():
            if _SKIPPED.search(entry.path):
                continue
            app = django_ops.app_of(entry.path)
            content = view.per_file("django", entry.path, partial(django_ops.read_django, app), _EMPTY)
            dialect = dialect or _django_dialect(view)
            migration = Migration(entry.path, "django", 0, True, dialect, str(pure.parent))
            yield (
                (natural(pure.name)[:1], str(pure.parent), natural(pure.name)),
                SqlSource(migration, content),
            )


def _django_dialect(view: ProjectView) -> str:
    for entry in view.tree.readable():
        if entry.suffix == ".py" and "settings" in entry.path:
            engines = view.per_file("django.engine", entry.path, _engines, ())
            if "postgres" in engines:
                return "postgres"
    return _python_dialect(view)


def _engines(text: str) -> tuple[str, ...]:
    return tuple(
        "postgres" if "p" in (driver or engine)[:1] else engine for engine, driver in _ENGINE.findall(text)
    )


def orm_tables(view: ProjectView) -> OrmTables:
    """Tables that models describe: Prisma, Drizzle, SQLAlchemy and its kin, Django."""
    files = [*_prisma(view), *_drizzle(view), *_python(view)]
    key = tuple((path, view.tree.files[path].digest) for path, _ in files)
    tables = view.whole("schema.orm", key, lambda: _folded(files))
    return OrmTables(tables, tuple(path for path, _ in files))


def _folded(files: Iterable[tuple[str, SqlFile]]) -> dict[str, Table]:
    fold = Folding(frozenset({"public"}))
    for path, content in files:
        fold_file(fold, path, content)
    return {name: finished(relation) for name, relation in fold.out.tables.items() if relation.created}


def _prisma(view: ProjectView) -> Iterator[tuple[str, SqlFile]]:
    for entry in view.tree.readable():
        if entry.suffix == ".prisma":
            content = view.per_file("prisma", entry.path, schema_prisma.read_prisma, _EMPTY)
            if content.statements:
                yield entry.path, content


def _drizzle(view: ProjectView) -> Iterator[tuple[str, SqlFile]]:
    for path, outline in view.outlines.items():
        if path in view.tree and schema_drizzle.is_drizzle(outline):
            content = view.per_file(
                "drizzle", path, lambda _, outline=outline: schema_drizzle.read_drizzle(outline), _EMPTY
            )
            if content.statements:
                yield path, content


def _python(view: ProjectView) -> Iterator[tuple[str, SqlFile]]:
    for entry in view.tree.readable():
        if entry.suffix != ".py" or _SKIPPED.search(entry.path) or "/migrations/" in entry.path:
            continue
        pure = PurePosixPath(entry.path)
        app = (pure.parent.parent if pure.parent.name == "models" else pure.parent).name.lower()
        content = view.per_file("python.models", entry.path, partial(schema_python.read_models, app), _EMPTY)
        if content.statements:
            yield entry.path, content
