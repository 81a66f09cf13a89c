"""Pieces of queries that several JavaScript libraries share."""

from __future__ import annotations

from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, Value
from lastmile_desktop.project.models.walk.access import Predicate


def before(call: Call, *stops: str) -> str:
    """The dotted expression in front of the first of these links."""
    parts = [call.root]
    for link in call.links:
        if link.name in stops or (link.args is not None and link.name):
            break
        if link.name:
            parts.append(link.name)
    return ".".join(parts)


def text_of(value: Value) -> str:
    return value.literal if value.literal is not None else value.text


def conditions_of(value: Value, prefix: str = "") -> Iterator[Predicate]:
    """Conditions of a `where`-like object, nested ones flattened."""
    if not value.entries:
        for item in value.items:
            yield from conditions_of(item, prefix)
        if not value.items and value.text not in ("{}", "[]"):
            yield Predicate(prefix or "*", value.text, prefix.endswith((".in", ".$in")))
        return
    for key, inner in value.entries:
        if key == "...":
            yield Predicate("*", inner.text)
            continue
        if key in (
            "not",
            "notIn",
            "$ne",
            "$nin",
            "NOT",
            "gte",
            "gt",
            "lte",
            "lt",
            "$gte",
            "$gt",
            "$lte",
            "$lt",
        ):
            continue
        column = key if key in ("AND", "OR", "$and", "$or") else (f"{prefix}.{key}" if prefix else key)
        yield from conditions_of(inner, prefix if key in ("AND", "OR", "$and", "$or") else column)
