"""Names bound by a declaration or assignment."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from lastmile_desktop.project.code.ts_source import DEPTH_CAP, Source


def bindings(source: Source, pattern: Node, depth: int = 0) -> Iterator[tuple[str, str]]:
    """(local, key) of each name in a pattern; the key is the property it is taken from, "" where it has
    none."""
    if depth > DEPTH_CAP:
        source.problem(f"nested too deeply at line {source.line(pattern)}")
        return
    match pattern.type:
        case "identifier" | "member_expression" | "subscript_expression":
            yield source.text(pattern), ""
        case "shorthand_property_identifier_pattern" | "shorthand_property_identifier":
            name = source.text(pattern)
            yield name, name
        case "pair_pattern" | "pair":
            yield from _pair(source, pattern, depth)
        case "object_assignment_pattern" | "assignment_pattern" | "assignment_expression":
            left = pattern.child_by_field_id(source.fields["left"])
            if left is not None:
                yield from bindings(source, left, depth + 1)
        case _:
            for child in pattern.named_children:
                yield from bindings(source, child, depth + 1)


def _pair(source: Source, pattern: Node, depth: int) -> Iterator[tuple[str, str]]:
    key = pattern.child_by_field_id(source.fields["key"])
    value = pattern.child_by_field_id(source.fields["value"])
    if key is None or value is None:
        return
    key_text = source.text(key).strip("'\"")
    for local, inner in bindings(source, value, depth + 1):
        yield local, inner or key_text


def assigned_names(bound: list[tuple[str, str]]) -> tuple[str, ...]:
    """As in `Call.assigned`: the local name, with the property before it when renamed."""
    return tuple(local if not key or key == local else f"{key}:{local}" for local, key in bound)
