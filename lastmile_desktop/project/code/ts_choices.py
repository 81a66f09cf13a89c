"""Statements that repeat or choose: loops and switches of TypeScript and JavaScript."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tree_sitter import Node

from lastmile_desktop.project.code.outline import Branch, Do, Loop, Step
from lastmile_desktop.project.code.ts_patterns import assigned_names, bindings

if TYPE_CHECKING:
    from lastmile_desktop.project.code.ts_statements import Statements

# A switch is a chain of branches; a long one continues in a sibling branch, so that nesting stays shallow.
_CASES_IN_A_CHAIN = 24


def read_switch(reader: Statements, node: Node) -> Iterable[Step]:
    """Each case is a Branch in the `orelse` of the one before; the default is the last `orelse`."""
    fields = reader.source.fields
    subject = node.child_by_field_id(fields["value"])
    body = node.child_by_field_id(fields["body"])
    if subject is None or body is None:
        return ()
    calls = reader.test_calls(subject)
    cases, default = _cases(reader, reader.test_text(subject), body)
    branches: list[Step] = []
    for start in range((len(cases) - 1) // _CASES_IN_A_CHAIN * _CASES_IN_A_CHAIN, -1, -_CASES_IN_A_CHAIN):
        orelse = default if not branches else ()
        for case, test, steps in reversed(cases[start : start + _CASES_IN_A_CHAIN]):
            orelse = (Branch(reader.source.span(case), test, (), steps, orelse),)
        branches[:0] = orelse
    if not cases:
        branches.extend(default)
    if calls:
        branches.insert(0, Do(reader.source.span(subject), calls))
    return branches


def _cases(
    reader: Statements, subject: str, body: Node
) -> tuple[list[tuple[Node, str, tuple[Step, ...]]], tuple[Step, ...]]:
    cases: list[tuple[Node, str, tuple[Step, ...]]] = []
    default: tuple[Step, ...] = ()
    waiting: list[str] = []
    for case in body.named_children:
        steps = reader.steps(case.children_by_field_name("body"))
        if case.type == "switch_default":
            default = steps
            waiting.clear()
            continue
        label = case.child_by_field_id(reader.source.fields["value"])
        if case.type != "switch_case" or label is None:
            continue
        waiting.append(f"{subject} === {reader.source.text(label)}")
        if case.children_by_field_name("body"):
            cases.append((case, " || ".join(waiting), steps))
            waiting.clear()
    return cases, default


def read_loop(reader: Statements, node: Node) -> Iterable[Step]:
    source = reader.source
    fields = source.fields
    body = node.child_by_field_id(fields["body"])
    header_end = body.start_byte if body is not None and node.type != "do_statement" else node.start_byte + 2
    header = " ".join(source.raw(node.start_byte, min(header_end, node.start_byte + 600)).split())
    bound: tuple[str, ...] = ()
    if node.type == "for_in_statement":
        left = node.child_by_field_id(fields["left"])
        right = node.child_by_field_id(fields["right"])
        bound = assigned_names(list(bindings(source, left))) if left is not None else ()
        if right is not None:
            reader.expressions.value(right, bound)
    else:
        for child in node.named_children:
            if body is None or child.start_byte != body.start_byte:
                reader.expressions.scan(child)
    calls = reader.expressions.take_calls()
    kind = node.type.split("_")[0]
    if kind == "for" and header.startswith("for await"):
        kind = "for-await"
    return (Loop(source.span(node), kind, header, calls, reader.body(body)),)
