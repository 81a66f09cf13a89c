"""Classes of TypeScript and JavaScript: what they extend, their fields, and their methods as functions."""

from __future__ import annotations

from tree_sitter import Node

from lastmile_desktop.project.code.outline import Call, ClassDef, Link, Span, Value
from lastmile_desktop.project.code.ts_expressions import FUNCTIONS, Expressions
from lastmile_desktop.project.code.ts_source import Draft, Source


def read_class(source: Source, expressions: Expressions, node: Node, scope: str, fallback: str = "") -> str:
    """Note a class and its methods; gives its name."""
    name_node = node.child_by_field_id(source.fields["name"])
    local = source.text(name_node) if name_node is not None else fallback or f"@{source.line(node)}"
    name = f"{scope}.{local}" if scope else local
    holder = node.parent if node.parent is not None and node.parent.type == "export_statement" else None
    decorators = decorator_calls(source, expressions, [*(holder.children if holder else ()), *node.children])
    attributes: list[tuple[str, Value, Span]] = []
    body = node.child_by_field_id(source.fields["body"])
    waiting: list[Node] = []
    for member in body.named_children if body is not None else ():
        if member.type == "decorator":
            waiting.append(member)
        elif member.type == "method_definition":
            calls = decorator_calls(source, expressions, [*waiting, *member.children])
            _method(source, member, name, calls)
            waiting.clear()
        elif member.type in ("public_field_definition", "field_definition"):
            calls = decorator_calls(source, expressions, [*waiting, *member.children])
            attribute = _field(source, expressions, member, name, calls)
            if attribute is not None:
                attributes.append(attribute)
            waiting.clear()
    bases = tuple(_bases(source, node))
    source.classes.append(ClassDef(name, bases, tuple(attributes), decorators, source.span(node)))
    return name


def decorator_calls(source: Source, expressions: Expressions, nodes: list[Node]) -> tuple[Call, ...]:
    """Decorators as calls; one without brackets is a call without called links."""
    found: list[Call] = []
    for node in nodes:
        if node.type != "decorator" or not node.named_children:
            continue
        before = len(expressions.calls)
        inner = node.named_children[0]
        expressions.scan(inner)
        made = expressions.calls[before:]
        del expressions.calls[before:]
        if made:
            found.append(made[-1])
        else:
            root, *rest = source.text(inner).split(".")
            line = source.line(inner)
            found.append(Call(root, tuple(Link(name, None, line) for name in rest), source.span(inner)))
    return tuple(found)


def _method(source: Source, node: Node, owner: str, decorators: tuple[Call, ...]) -> None:
    name = node.child_by_field_id(source.fields["name"])
    local = source.text(name) if name is not None else ""
    draft = Draft(source.unique(f"{owner}.{local}", node), node, owner, decorators=decorators)
    source.drafts.append(draft)


def _field(
    source: Source, expressions: Expressions, node: Node, owner: str, decorators: tuple[Call, ...]
) -> tuple[str, Value, Span] | None:
    name_node = node.child_by_field_id(source.fields["name"]) or node.child_by_field_id(
        source.fields["property"]
    )
    value_node = node.child_by_field_id(source.fields["value"])
    if name_node is None:
        return None
    name = source.text(name_node)
    if value_node is None:
        return name, Value(""), source.span(node)
    outer, expressions.scope = expressions.scope, owner
    first = len(source.drafts)
    value = expressions.value(value_node, hint=name)
    expressions.scope = outer
    expressions.take_calls()
    if value_node.type in FUNCTIONS and len(source.drafts) > first:
        source.drafts[first].decorators = decorators
    return name, value, source.span(node)


def _bases(source: Source, node: Node) -> list[str]:
    bases: list[str] = []
    for child in node.named_children:
        if child.type != "class_heritage":
            continue
        clauses = [clause for clause in child.named_children if clause.type == "extends_clause"]
        for clause in clauses or child.named_children:
            value = clause.child_by_field_id(source.fields["value"]) if clause in clauses else clause
            if value is not None and clause.type != "implements_clause":
                bases.append(source.text(value))
    return bases
