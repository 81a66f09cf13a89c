"""A table, and all that migrations have made so far, while they are being applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lastmile_desktop.project.models.schema.model import (
    BlanketGrant,
    Bucket,
    Clash,
    Column,
    ForeignKey,
    Index,
    Place,
    RlsPolicy,
    SqlFunction,
    Table,
    Trigger,
    Unparsed,
    View,
)
from lastmile_desktop.project.models.sql.sql_changes import Privileges, Span

Grants = dict[str, set[str]]


@dataclass
class Relation:
    """A table or view while migrations are applied."""

    name: str
    place: Place
    created: bool = True
    created_place: Place | None = None
    sequence: int = 0
    columns: dict[str, Column] = field(default_factory=dict[str, Column])
    primary_key: tuple[str, ...] = ()
    foreign_keys: dict[str, ForeignKey] = field(default_factory=dict[str, ForeignKey])
    indexes: dict[str, Index] = field(default_factory=dict[str, Index])
    checks: dict[str, str] = field(default_factory=dict[str, str])
    policies: dict[str, RlsPolicy] = field(default_factory=dict[str, RlsPolicy])
    policies_unsure: dict[str, RlsPolicy] = field(default_factory=dict[str, RlsPolicy])
    rls: bool = False
    rls_forced: bool = False
    rls_place: Place | None = None
    rls_ever_disabled: Place | None = None
    partition_of: str = ""
    realtime: bool = False
    realtime_place: Place | None = None
    first_place: Place | None = None
    grants: Grants = field(default_factory=dict[str, set[str]])
    revokes: Grants = field(default_factory=dict[str, set[str]])

    def privileges(self, granted: bool, roles: Iterable[str], what: frozenset[str]) -> None:
        """Grant or revoke; a revoke of the whole table also takes column privileges of that kind."""
        for role in roles:
            gained, lost = self.grants.setdefault(role, set()), self.revokes.setdefault(role, set())
            if granted:
                gained |= what
                lost -= what
            else:
                gained -= {item for item in gained if item in what or item.partition("(")[0] in what}
                lost |= what


@dataclass
class Folded:
    """What is left after the last migration."""

    tables: dict[str, Relation] = field(default_factory=dict[str, Relation])
    views: dict[str, View] = field(default_factory=dict[str, View])
    functions: dict[tuple[str, tuple[str, ...]], SqlFunction] = field(
        default_factory=dict[tuple[str, tuple[str, ...]], SqlFunction]
    )
    triggers: dict[tuple[str, str], Trigger] = field(default_factory=dict[tuple[str, str], Trigger])
    buckets: dict[str, Bucket] = field(default_factory=dict[str, Bucket])
    blanket: list[BlanketGrant] = field(default_factory=list[BlanketGrant])
    unparsed: list[Unparsed] = field(default_factory=list[Unparsed])
    clashes: list[Clash] = field(default_factory=list[Clash])
    early: list[Clash] = field(default_factory=list[Clash])
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass
class Folding:
    """The state between two changes. `functions_open_to` are the roles that may execute a new function by
    default, `auto_rls` the event trigger that switches row security on for every new table."""

    functions_open_to: frozenset[str]
    out: Folded = field(default_factory=Folded)
    path: str = ""
    default_privileges: dict[str, list[Privileges]] = field(default_factory=dict[str, list[Privileges]])
    auto_rls: Place | None = None
    all_realtime: bool = False
    sequence: int = 0

    def at(self, span: Span) -> Place:
        return Place(self.path, span.line, span.line_end)

    def table(self, name: str, span: Span) -> Relation:
        """The table of this name; one that no migration creates is noted as such."""
        found = self.out.tables.get(name)
        if found is None:
            place = self.at(span)
            found = self.out.tables[name] = Relation(name, place, created=False, first_place=place)
        return found


def thawed(grants: Mapping[str, frozenset[str]]) -> Grants:
    return {role: set(names) for role, names in grants.items()}


def frozen(grants: Grants) -> dict[str, frozenset[str]]:
    return {role: frozenset(names) for role, names in grants.items() if names}


def finished(relation: Relation) -> Table:
    """The table as it is left."""
    return Table(
        name=relation.name,
        columns=tuple(relation.columns.values()),
        primary_key=relation.primary_key,
        foreign_keys=tuple(relation.foreign_keys.values()),
        indexes=tuple(relation.indexes.values()),
        rls=relation.rls,
        rls_forced=relation.rls_forced,
        policies=tuple(relation.policies.values()),
        grants=frozen(relation.grants),
        place=relation.place,
        rls_place=relation.rls_place,
        rls_ever_disabled=relation.rls_ever_disabled,
        partition_of=relation.partition_of,
        realtime=relation.realtime,
        revokes=frozen(relation.revokes),
        created=relation.created,
        created_place=relation.created_place,
        checks=tuple(relation.checks.items()),
        sequence=relation.sequence,
        realtime_place=relation.realtime_place,
        policies_unsure=tuple(relation.policies_unsure.values()),
    )
