"""Member and call chains (`a.b(1)?.c[0]!.d()`), from their last link down to their root."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from lastmile_desktop.project.code.ts_source import SHORT, Source

CHAIN = frozenset({"call_expression", "new_expression", "member_expression", "subscript_expression"})
# What surrounds an expression without changing which value it is.
_WRAPPERS = frozenset(
    {
        *("parenthesized_expression", "non_null_expression", "as_expression", "satisfies_expression"),
        *("await_expression", "instantiation_expression", "type_assertion"),
    }
)


@dataclass(slots=True)
class Step:
    """One link: its name (`""` for a call of what stands before), the node it is read from, its arguments when
    it is called, and its index when that is not a plain string."""

    name: str
    node: Node
    arguments: Node | None
    index: Node | None = None


@dataclass(slots=True)
class Chain:
    """Links in source order behind their root."""

    root: Node
    steps: list[Step]
    awaited: bool
    is_new: bool


def unwrap(node: Node) -> Node:
    """The expression inside brackets, `await`, `!` and casts."""
    while node.type in _WRAPPERS:
        inner = _unwrap_once(node)
        if inner is node:
            break
        node = inner
    return node


def _unwrap_once(node: Node) -> Node:
    children = [child for child in node.named_children if child.type != "comment"]
    if not children:
        return node
    return children[-1] if node.type == "type_assertion" else children[0]


def unroll(source: Source, node: Node) -> Chain:
    """Read a chain without recursion, however long it is."""
    fields = source.fields
    chain = Chain(node, [], awaited=False, is_new=False)
    arguments: Node | None = None
    while True:
        kind = node.type
        below: Node | None = None
        if kind in ("call_expression", "new_expression"):
            if arguments is not None:
                chain.steps.append(Step("", arguments, arguments))
            chain.is_new = chain.is_new or kind == "new_expression"
            below = node.child_by_field_id(fields["constructor" if kind == "new_expression" else "function"])
            arguments = node.child_by_field_id(fields["arguments"]) or node
        elif kind in ("member_expression", "subscript_expression"):
            below = node.child_by_field_id(fields["object"])
            step = _member(source, node, arguments)
            if step is not None:
                chain.steps.append(step)
                arguments = None
        elif kind in _WRAPPERS:
            chain.awaited = chain.awaited or kind == "await_expression"
            below = _unwrap_once(node)
        if below is None or below is node:
            break
        node = below
    if arguments is not None:
        chain.steps.append(Step("", arguments, arguments))
    chain.root = node
    chain.steps.reverse()
    return chain


def _member(source: Source, node: Node, arguments: Node | None) -> Step | None:
    """`.name` or `[index]`."""
    if node.type == "member_expression":
        name = node.child_by_field_id(source.fields["property"])
        return Step(source.text(name, SHORT), name, arguments) if name is not None else None
    index = node.child_by_field_id(source.fields["index"])
    if index is None:
        return None
    if index.type == "string":
        return Step(source.string(index), index, arguments)
    return Step(f"[{source.text(index, SHORT)}]", index, arguments, index)
