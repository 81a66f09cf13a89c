"""Imports that TypeScript drops: those whose names are used as types only, or not at all."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from lastmile_desktop.project.code.outline import Import

# A name that occurs this often without being found in use is taken as used.
_LOOKS = 40
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")
_VALUES = frozenset({"identifier", "shorthand_property_identifier"})
_TYPE_PARENTS = frozenset(
    {
        "nested_type_identifier",
        "type_query",
        "import_specifier",
        "import_clause",
        "namespace_import",
        "nested_identifier",
    }
)


def without_values(imports: list[Import], data: bytes, root: Node) -> list[Import]:
    """The imports, those without a use as a value marked `type_only`."""
    return [
        replace(item, type_only=True)
        if item.names and not (item.dynamic or item.type_only) and not _any_used(item, data, root)
        else item
        for item in imports
    ]


def _any_used(item: Import, data: bytes, root: Node) -> bool:
    return any(_is_used(local.encode("utf-8", "replace"), data, root) for local, _ in item.names)


def _is_used(name: bytes, data: bytes, root: Node) -> bool:
    position = -1
    for _ in range(_LOOKS):
        position = data.find(name, position + 1)
        if position < 0:
            return False
        end = position + len(name)
        if (position and data[position - 1] in _WORD) or (end < len(data) and data[end] in _WORD):
            continue
        node = root.descendant_for_byte_range(position, end)
        if node is not None and node.type in _VALUES and not _in_types(node):
            return True
    return True


def _in_types(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type in _TYPE_PARENTS
