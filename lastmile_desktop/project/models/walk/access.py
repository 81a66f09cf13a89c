"""Data access as a check sees it: which table, by which client, and which values decide the rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.project.code.outline import Call, Value


class Verb(StrEnum):
    READ = "read"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    SIGN = "sign"
    CALL = "call"

    @property
    def writes(self) -> bool:
        return self in (Verb.INSERT, Verb.UPDATE, Verb.DELETE)


@dataclass(frozen=True, slots=True)
class Predicate:
    """One condition on the rows. `column` is `*` when it is decided elsewhere (a variable, a spread); `many`
    when the value is a list; `or_else` when another condition may stand in for it."""

    column: str
    value: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a call does to stored data, read from the call alone.

    `layer` is supabase, prisma, drizzle, kysely, typeorm, sequelize, mongo, sql, sqlalchemy, django, firestore or
    storage. `root` is the expression that holds the connection. `payload` is what is written.
    """

    layer: str
    verb: Verb
    table: str
    root: str
    predicates: tuple[Predicate, ...] = ()
    single: bool = False
    payload: Value | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """A query in the flow of a route. `scope` says why its rows are the caller's own: `caller` (a condition on who is
    calling), `parent` (a row or membership checked before), `compared` (owner compared after the read), `admin`,
    `role` (the caller holds some role),
    `token` (an unguessable secret in the condition), `row` (keyed by a row read before), `constant`, or "" when
    nothing does. `requested` are the request values that decide the rows, as written; `computed` when what is
    written comes from rows alone; `exposed` when its rows
    reach the answer; `through` are the places, among the route's accesses, of the queries its rows come from."""

    query: Query
    call: Call
    path: str
    line: int
    function: str
    client: str
    guarded: bool
    scope: str = ""
    requested: tuple[str, ...] = ()
    bulk: bool = False
    computed: bool = False
    exposed: bool = True
    through: tuple[int, ...] = ()
