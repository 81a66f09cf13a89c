"""Statements that a DO block runs for each of many tables: written once with a placeholder for the table."""

from __future__ import annotations

from dataclasses import replace

from lastmile_desktop.project.models.sql.sql_changes import Change, Privileges, Publish, SetPolicy

PLACEHOLDER = "lm_each_table"
"""Stands for the loop variable in a statement that a DO block runs for each of many tables."""


def for_table(change: Change, table: str) -> Change:
    """A loop's template change with the loop variable replaced by a table's name."""
    bare = table.partition(".")[2]
    fields: dict[str, object] = {}
    if getattr(change, "table", "").endswith(PLACEHOLDER):
        fields["table"] = table
    name = getattr(change, "name", "")
    if isinstance(name, str) and PLACEHOLDER in name:
        fields["name"] = name.replace(PLACEHOLDER, bare)
    match change:
        case Privileges(objects=names):
            fields["objects"] = _filled(names, table)
        case Publish(tables=names):
            fields["tables"] = _filled(names, table)
        case SetPolicy(using=using, check=check):
            fields["using"] = using.replace(PLACEHOLDER, bare) if using else using
            fields["check"] = check.replace(PLACEHOLDER, bare) if check else check
        case _:
            pass
    return replace(change, **fields) if fields else change


def _filled(names: tuple[str, ...], table: str) -> tuple[str, ...]:
    return tuple(table if name.endswith(PLACEHOLDER) else name for name in names)
