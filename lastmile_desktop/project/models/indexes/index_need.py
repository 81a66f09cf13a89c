"""How much a key without an index matters: who looks rows up by it, and how many rows there will be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.indexes.index_cover import Gap, read_filters
from lastmile_desktop.project.models.indexes.index_demand import Demand, demand
from lastmile_desktop.project.models.schema.database_engine import is_sqlite_only
from lastmile_desktop.project.models.schema.model import Table
from lastmile_desktop.project.models.schema.table_growth import Growth, growth
from lastmile_desktop.project.models.schema.table_kinds import (
    holds_people,
    is_fixed_name,
    is_stream,
    own_tables,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


class Need(StrEnum):
    """`STEADY` lookups come with every use of a table that only grows, `OFTEN` ones with that of a table which grows
    with its customers, `SELDOM` ones are small or rare. `LEAVING` only matters when an account is deleted, `NONE` to
    nobody yet."""

    STEADY = "steady"
    OFTEN = "often"
    SELDOM = "seldom"
    LEAVING = "leaving"
    NONE = "none"


_KNOWN_SHARE = 0.25
_ACTOR = re.compile(r"(?:^|_)by(?:$|_)")
_ASKED = (Need.STEADY, Need.OFTEN, Need.SELDOM)


@dataclass(frozen=True, slots=True)
class Needed:
    """The columns of a gap that matter equally."""

    gap: Gap
    need: Need


class Needs:
    """Judges the gaps of one project."""

    def __init__(self, view: ProjectView) -> None:
        self._demand: Demand = view.made(demand)
        self._beside = is_sqlite_only(view)
        own = own_tables(view.schema)
        used = sum(table.name in self._demand.touched for table in own)
        # Where hardly any query is seen, the code that asks is elsewhere.
        self._sees_use = used >= _KNOWN_SHARE * len(own)

    def of(self, gaps: Iterable[Gap]) -> tuple[Needed, ...]:
        """Each gap in at most three parts: what somebody looks up by, with its strongest need, and the rest."""
        found: list[Needed] = []
        for gap in gaps:
            needs = [self._need(gap, column) for column in gap.columns]
            asked = [number for number, need in enumerate(needs) if need in _ASKED]
            if asked:
                strongest = min((needs[number] for number in asked), key=_ASKED.index)
                found.append(Needed(_part(gap, asked), strongest))
            for rest in (Need.LEAVING, Need.NONE):
                numbers = [number for number, need in enumerate(needs) if need is rest]
                if numbers:
                    found.append(Needed(_part(gap, numbers), rest))
        return tuple(found)

    def _need(self, gap: Gap, column: str) -> Need:
        table = gap.table
        rows = growth(table)
        if self._beside or rows is Growth.FEW:
            return Need.NONE
        if not self._sees_use:
            return Need.SELDOM if rows is Growth.ONE_EACH else self._unseen(table, column)
        if table.name not in self._demand.touched:
            return Need.NONE
        if self._is_short_list(table, column):
            return Need.NONE
        if (table.name, column) in self._demand.asked or column in read_filters(table):
            if rows is Growth.ONE_EACH:
                return Need.SELDOM
            return Need.STEADY if is_stream(table.bare_name) else Need.OFTEN
        if rows is Growth.ONE_EACH:
            return Need.NONE
        return self._when_deleted(table, column)

    @staticmethod
    def _is_short_list(table: Table, column: str) -> bool:
        """A key to a handful of plans or categories picks too many rows for an index to help."""
        parents = [item.table for item in table.foreign_keys if item.columns[:1] == (column,)]
        return any(is_fixed_name(parent.rpartition(".")[2]) for parent in parents)

    def _unseen(self, table: Table, column: str) -> Need:
        """By the schema alone: keys that only say who did something are rarely asked for."""
        return Need.LEAVING if _ACTOR.search(column) and column not in read_filters(table) else Need.OFTEN

    def _when_deleted(self, table: Table, column: str) -> Need:
        """Deleting a parent makes the database look for its children."""
        parents = [item.table for item in table.foreign_keys if item.columns[:1] == (column,)]
        if any(holds_people(parent.rpartition(".")[2]) for parent in parents):
            return Need.LEAVING if self._demand.loses_people else Need.NONE
        return Need.SELDOM if any(parent in self._demand.emptied for parent in parents) else Need.NONE


def _part(gap: Gap, numbers: list[int]) -> Gap:
    columns = tuple(gap.columns[number] for number in numbers)
    return Gap(gap.rule, gap.table, columns, tuple(gap.places[number] for number in numbers), gap.detail)
