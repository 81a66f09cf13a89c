"""Policies that read their own table again: Postgres refuses every query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.row_security.policy_review import Weakness
from lastmile_desktop.project.models.row_security.rls_policy import read_tables
from lastmile_desktop.project.models.schema.model import RlsPolicy, Table


def cycles(tables: Mapping[str, Table]) -> Iterator[Weakness]:
    """Policies for reading that read their own table again, directly or in a ring: Postgres refuses the
    query."""
    edges: dict[str, dict[str, RlsPolicy]] = {}
    for table in tables.values():
        if table.rls:
            edges[table.name] = {
                name: policy
                for policy in table.policies
                if policy.command in ("SELECT", "ALL")
                for name in read_tables(policy.using)
                if name in tables
            }
    reported: set[str] = set()
    for start in edges:
        ring = _ring(start, edges)
        if ring and not reported & set(ring):
            reported |= set(ring)
            policy = edges[start][ring[1] if len(ring) > 1 else start]
            bare = tables[start].bare_name
            steps = ["itself"] if len(ring) == 1 else [name.removeprefix("public.") for name in ring[1:]]
            message = f'The policy "{policy.name}" reads {", then ".join(steps)}, then {bare} again: all queries fail.'
            yield Weakness("recursive", tables[start], policy.place, message, Severity.HIGH, 0.9, policy.name)


def _ring(start: str, edges: Mapping[str, Mapping[str, RlsPolicy]]) -> tuple[str, ...]:
    """The shortest way from a table back to itself, itself first; () when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for name in edges.get(way[-1], {}):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()
