"""data.schema-not-in-repo: whether the database could be built again from what lies in the repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.migrations.migration_clashes import changed_early, made_again
from lastmile_desktop.project.models.migrations.migration_order import conflicts
from lastmile_desktop.project.models.migrations.migration_seeds import seeded
from lastmile_desktop.project.models.schema.drift import Drift, model_drift, model_tables
from lastmile_desktop.project.models.schema.generated_types import GeneratedTypes, generated_types
from lastmile_desktop.project.models.schema.model import Migration, Place, Table
from lastmile_desktop.project.models.schema.push import Push, pushes
from lastmile_desktop.project.view import ProjectView

CHECK = "data.schema-not-in-repo"
_MOST_NAMED = 6
_MOST_PLACES = 12
_SETTLED = timedelta(days=2)
_EDITABLE = frozenset({"supabase", "prisma", "drizzle", "sql", "alembic"})
_SYSTEM = frozenset({"auth", "storage", "realtime", "vault", "cron", "net", "extensions", "graphql_public"})
_WITHOUT_SQL = frozenset({"mongo", "firestore", "convex"})
_AT_PUBLISH = (
    "Replit changes the tables when you publish. Look at the changes it shows before you confirm, and say so."
)


def detect(view: ProjectView) -> Detection:
    schema = view.schema
    models = model_tables(view)
    if not schema.migrations and not models and not schema.used_tables:
        return Detection(not_applicable=_without(view))
    typed = generated_types(view)
    on_replit = view.facts.has("host", "replit") or ".replit" in view.tree
    made = _made(view)
    unmade = _no_migrations(view, models)
    findings = (
        *(() if unmade is None or (on_replit and models) else (unmade,)),
        *(_missing(view, typed) if schema.migrations else ()),
        *_drifted(view),
        *(_pushed(item) for item in pushes(view)),
        *_edited(view),
        *_broken(view),
        *_doubled(view),
        *_conflicts(view),
        *_seeds(view),
        *_stale_types(view, typed),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(view)),
        unknowns=tuple(_unread(view)),
        looked=(Looked("tables", len(made), len({*schema.used_tables, *models, *made})),),
        needs_attestation=_AT_PUBLISH if unmade is not None and on_replit and models else "",
    )


def _without(view: ProjectView) -> NotApplicable:
    engine = next((fact for fact in view.facts if fact.key == "db.engine"), None)
    if engine is not None and engine.value in _WITHOUT_SQL:
        return NotApplicable(
            f"{engine.value.capitalize()} keeps documents and has no tables to create.", engine.evidence
        )
    return NotApplicable("This project has no SQL database of its own.", engine.evidence if engine else None)


def _evidence(place: Place, note: str = "") -> Evidence:
    return at(place.path, place.line, place.line_end, note=note)


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def _real(view: ProjectView) -> tuple[Migration, ...]:
    return tuple(item for item in view.schema.migrations if not item.stray)


def _no_migrations(view: ProjectView, models: Mapping[str, Table]) -> RawFinding | None:
    """Tables that only models, or only the code that asks for them, speak of."""
    if _real(view):
        return None
    if models:
        first = min(models.values(), key=lambda table: (table.place.path, table.place.line))
        message = (
            f"{len(models)} tables are described in {first.place.path}, but no migration creates them: the "
            f"database only exists where somebody pushed it."
        )
        return RawFinding(f"{CHECK}/no-migrations", message, (_evidence(first.place),), symbol="models")
    used = sorted(view.schema.used_tables.items(), key=lambda item: (item[1].path, item[1].line))
    if not used:
        return None
    names = sorted(name.removeprefix("public.") for name, _ in used)
    message = (
        f"The code uses {len(names)} tables ({_named(names)}), but the repository has no migration: they exist only "
        f"in the dashboard."
    )
    places = tuple(_evidence(place, name.removeprefix("public.")) for name, place in used[:_MOST_PLACES])
    return RawFinding(f"{CHECK}/no-migrations", message, places, symbol="used")


def _missing(view: ProjectView, typed: GeneratedTypes | None) -> Iterator[RawFinding]:
    """Tables and columns that must exist in the live database and that no migration makes."""
    schema = view.schema
    names = [name for name in schema.missing_tables if name.partition(".")[0] not in _SYSTEM]
    places: list[Evidence] = []
    for name in names:
        place = schema.used_tables.get(name)
        table = schema.tables.get(name)
        if place is None and table is not None:
            place = table.place
        if place is not None:
            places.append(_evidence(place, name.removeprefix("public.")))
    columns = list(_dashboard_columns(view, typed)) if typed is not None else []
    if typed is not None:
        places += [at(typed.path, line, note=name) for name, line in columns]
        places += [
            at(typed.path, typed.tables[bare].line, note=bare)
            for name in names
            if (bare := name.partition(".")[2]) in typed.tables and name not in schema.used_tables
        ]
    shown = [name.removeprefix("public.") for name in names] + [name for name, _ in columns]
    if not shown or not places:
        return
    what = (
        _counted(len(names), "table")
        + (" and " if names and columns else "")
        + _counted(len(columns), "column")
    )
    message = (
        f"The app uses {what} that no migration creates ({_named(shown)}): a new copy of the database would lack "
        f"{'them' if len(shown) > 1 else 'it'}."
    )
    yield RawFinding(
        f"{CHECK}/tables-missing",
        message,
        tuple(places[:_MOST_PLACES]),
        symbol="missing",
        confidence=None if typed is not None or len(names) > 1 else 0.8,
    )


def _counted(count: int, noun: str) -> str:
    return "" if not count else f"{count} {noun}{'s' if count > 1 else ''}"


def _dashboard_columns(view: ProjectView, typed: GeneratedTypes) -> Iterator[tuple[str, int]]:
    unread = {name for item in view.schema.unparsed for name in item.tables}
    for name, table in typed.tables.items():
        known = view.schema.table(name)
        if known is None or not known.created or known.name in unread:
            continue
        for column, line in table.columns.items():
            if known.column(column) is None:
                yield f"{name}.{column}", line


def _drifted(view: ProjectView) -> Iterator[RawFinding]:
    """One for each file of models."""
    by_path: dict[str, list[Drift]] = {}
    for item in model_drift(view):
        by_path.setdefault(item.place.path, []).append(item)
    for path, items in sorted(by_path.items()):
        names = [item.table.partition(".")[2] + (f".{item.column}" if item.column else "") for item in items]
        message = (
            f"{path} describes {_named(names)}, which no migration creates: the code and the database you would "
            f"rebuild do not fit."
        )
        places = tuple(_evidence(item.place, name) for item, name in zip(items, names, strict=True))
        yield RawFinding(
            f"{CHECK}/model-drift",
            message,
            places[:_MOST_PLACES],
            path,
            confidence=0.9 if len(items) > 1 else 0.8,
        )


def _pushed(item: Push) -> RawFinding:
    message = f"`{item.what}` in {item.path} changes the live tables to fit the code, with no record and no way back."
    return RawFinding(
        f"{CHECK}/push-in-prod", message, (at(item.path, item.line),), symbol=f"{item.path}:{item.what}"
    )


def _edited(view: ProjectView) -> Iterator[RawFinding]:
    """Migrations that were changed days after they had been committed, when they had long run."""
    edited: list[str] = []
    for item in _real(view):
        added, changed = view.git.added_on.get(item.path), view.git.changed_on.get(item.path)
        if (
            item.tool in _EDITABLE
            and added is not None
            and changed is not None
            and changed - added > _SETTLED
        ):
            edited.append(item.path)
    if not edited or len(edited) * 3 > len(_real(view)) + 6:
        return
    names = [
        path.rpartition("/")[2] if not path.endswith("migration.sql") else path.split("/")[-2]
        for path in edited
    ]
    message = (
        f"{_counted(len(edited), 'migration')} changed after {'it was' if len(edited) == 1 else 'they were'} committed "
        f"({_named(names)}): databases built before and after differ."
    )
    yield RawFinding(
        f"{CHECK}/edited-history",
        message,
        tuple(at(path, 1) for path in edited[:_MOST_PLACES]),
        symbol="edited",
    )


def _broken(view: ProjectView) -> Iterator[RawFinding]:
    """The first place in each file: what comes after it is mostly cut at the wrong places because of it."""
    tools = {item.path: item for item in _real(view)}
    seen: set[str] = set()
    for item in sorted(view.schema.unparsed, key=lambda item: (item.place.path, item.place.line)):
        migration = tools.get(item.place.path)
        if migration is None or migration.dialect != "postgres" or item.place.path in seen:
            continue
        seen.add(item.place.path)
        message = (
            f"This statement is no valid SQL ({item.error}): the migration can never have run as it stands."
        )
        confidence = None if migration.tool != "sql" else 0.75
        yield RawFinding(
            f"{CHECK}/broken-migration",
            message,
            (_evidence(item.place),),
            item.place.path,
            confidence=confidence,
        )


def _doubled(view: ProjectView) -> Iterator[RawFinding]:
    found = tuple(made_again(view))
    if found:
        yield RawFinding(
            f"{CHECK}/broken-migration",
            f"The migrations make {_named([name for name, _ in found])} a second time: a new copy of the database "
            "stops there.",
            tuple(_evidence(place) for _, place in found[:_MOST_PLACES]),
            symbol="made again",
            confidence=0.75,
        )


def _conflicts(view: ProjectView) -> Iterator[RawFinding]:
    early = tuple(changed_early(view))
    if early:
        yield RawFinding(
            f"{CHECK}/order-conflict",
            f"The migrations change {_named([name for name, _, _ in early])} before one makes it: a new copy of the "
            "database stops there.",
            tuple(_evidence(place) for _, place, _ in early[:_MOST_PLACES]),
            symbol="changed early",
            confidence=0.75,
        )
    for item in conflicts(view):
        names = [path.rpartition("/")[2] for path in item.paths]
        if item.kind == "version":
            message = (
                f"{_named(names)} have the same version {item.what}: only one of them is applied, or none."
            )
        else:
            message = f"{_named(names)} both come last: the tool does not know which to apply and stops."
        # The later file is the one that got a number which was taken.
        places = tuple(at(path, 1) for path in (*item.paths[1:], item.paths[0]))
        yield RawFinding(f"{CHECK}/order-conflict", message, places[:_MOST_PLACES], symbol=item.what)


def _seeds(view: ProjectView) -> Iterator[RawFinding]:
    for path, line, table in seeded(view):
        message = f"{path} puts people or orders into {table}: every copy of the database, the live one too, gets them."
        yield RawFinding(f"{CHECK}/seed-in-migration", message, (at(path, line),), symbol=f"{path}:{table}")


def _stale_types(view: ProjectView, typed: GeneratedTypes | None) -> Iterator[RawFinding]:
    """Columns that migrations made after the types were last generated."""
    if typed is None:
        return
    lacking = [
        (f"{table.bare_name}.{column.name}", typed.tables[table.bare_name].line)
        for table in view.schema.tables.values()
        if table.created and table.schema == "public" and table.bare_name in typed.tables
        for column in table.columns
        if column.name not in typed.tables[table.bare_name].columns
    ]
    if lacking:
        message = (
            f"{typed.path} lacks {_named([name for name, _ in lacking])}: code that uses them is not checked."
        )
        places = tuple(at(typed.path, line, note=name) for name, line in dict(lacking).items())
        yield RawFinding(f"{CHECK}/types-stale", message, places[:_MOST_PLACES], symbol=typed.path)


def _made(view: ProjectView) -> set[str]:
    paths = {item.path for item in view.schema.migrations}
    return {
        name
        for name, table in view.schema.tables.items()
        if table.created and table.created_place is not None and table.created_place.path in paths
    }


def _passes(view: ProjectView) -> Iterator[PassEvidence]:
    made = _made(view)
    if made and _real(view):
        last = _real(view)[-1].path
        yield PassEvidence(derived(f"{len(made)} tables come from {len(_real(view))} migrations", last))


def _unread(view: ProjectView) -> Iterator[Unknown]:
    for item in view.schema.migrations:
        entry = view.tree.files.get(item.path)
        if entry is not None and entry.unreadable is not None:
            yield Unknown(f"This migration could not be read: {entry.unreadable}.", item.path)
