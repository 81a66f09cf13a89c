"""Statements of TypeScript and JavaScript as Steps, and the functions and classes they declare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from tree_sitter import Node

from lastmile_desktop.project.code.outline import SKIPS, Attempt, Branch, Call, Do, Exit, Leave, Step, Value
from lastmile_desktop.project.code.ts_choices import read_loop, read_switch
from lastmile_desktop.project.code.ts_classes import read_class
from lastmile_desktop.project.code.ts_expressions import FUNCTIONS, Expressions
from lastmile_desktop.project.code.ts_patterns import bindings
from lastmile_desktop.project.code.ts_source import DEPTH_CAP, Draft, Source

_BRANCHES_IN_A_CHAIN = 60
_ASSIGNMENTS = frozenset({"assignment_expression", "augmented_assignment_expression"})
_SHORT_CIRCUIT = frozenset({"&&", "||", "??"})


class Statements:
    """Reads the statements of one function body (or the module level) whose name is `scope`."""

    def __init__(self, source: Source, scope: str) -> None:
        self.source = source
        self.scope = scope
        self.expressions = Expressions(source, scope)
        self._depth = 0

    def steps(self, nodes: Iterable[Node]) -> tuple[Step, ...]:
        """The steps of statements, in order."""
        if self._depth > DEPTH_CAP // 2:
            self.source.problem("nested too deeply")
            return ()
        self._depth += 1
        found: list[Step] = []
        for node in nodes:
            found.extend(self.step(node))
        self._depth -= 1
        return tuple(found)

    def step(self, node: Node) -> Iterable[Step]:
        reader = self._READERS.get(node.type)
        if reader is None:
            return ()
        self.expressions.inline.clear()
        return reader(self, node)

    def expression(self, node: Node) -> Iterable[Step]:
        """An expression used as a statement."""
        source = self.source
        fields = source.fields
        kind = node.type
        while kind == "parenthesized_expression" and node.named_children:
            node = node.named_children[0]
            kind = node.type
        if kind in _ASSIGNMENTS:
            return (self._assignment(node),)
        if kind == "ternary_expression":
            return self._branch(node, fields["condition"], fields["consequence"], fields["alternative"])
        if kind == "binary_expression":
            operator = node.child_by_field_id(fields["operator"])
            if operator is not None and operator.type in _SHORT_CIRCUIT:
                return self._short_circuit(node, negated=operator.type != "&&")
        if kind == "sequence_expression":
            return [step for child in node.named_children for step in self.expression(child)]
        self.expressions.value(node) if kind in FUNCTIONS else self.expressions.scan(node)
        calls = self.expressions.take_calls()
        return (Do(source.span(node), calls),) if calls else ()

    def _expression_statement(self, node: Node) -> Iterable[Step]:
        inner = node.named_children
        if not inner:
            return ()
        if inner[0].type == "internal_module":
            return self._namespace(inner[0])
        return self.expression(inner[0])

    def _assignment(self, node: Node) -> Step:
        fields = self.source.fields
        left = node.child_by_field_id(fields["left"])
        right = node.child_by_field_id(fields["right"])
        targets: list[str] = []
        while right is not None and right.type == "assignment_expression" and left is not None:
            targets.extend(local for local, _ in bindings(self.source, left))
            left = right.child_by_field_id(fields["left"])
            right = right.child_by_field_id(fields["right"])
        if left is None or right is None:
            return Do(self.source.span(node))
        if left.type == "subscript_expression":
            self.expressions.scan(left)
        value, bound = self.expressions.bound_value(right, left)
        targets.extend(local for local, _ in bound)
        calls = self.expressions.take_calls()
        adds = node.type == "augmented_assignment_expression"
        return Do(self.source.span(node), calls, tuple(targets), value, _unpacks(left), adds)

    def _branch(self, node: Node, test_id: int, then_id: int, else_id: int) -> Iterable[Step]:
        test = node.child_by_field_id(test_id)
        then = node.child_by_field_id(then_id)
        other = node.child_by_field_id(else_id)
        if test is None:
            return ()
        calls = self.test_calls(test)
        then_steps = tuple(self.expression(then)) if then is not None else ()
        else_steps = tuple(self.expression(other)) if other is not None else ()
        if not (calls or then_steps or else_steps):
            return ()
        return (Branch(self.source.span(node), self.test_text(test), calls, then_steps, else_steps),)

    def _short_circuit(self, node: Node, *, negated: bool) -> Iterable[Step]:
        left = node.child_by_field_id(self.source.fields["left"])
        right = node.child_by_field_id(self.source.fields["right"])
        if left is None or right is None:
            return ()
        calls = self.test_calls(left)
        steps = tuple(self.expression(right))
        if not steps:
            return (Do(self.source.span(node), calls),) if calls else ()
        then, orelse = ((), steps) if negated else (steps, ())
        return (Branch(self.source.span(node), self.test_text(left), calls, then, orelse),)

    def test_calls(self, node: Node) -> tuple[Call, ...]:
        self.expressions.scan(node)
        return self.expressions.take_calls()

    def test_text(self, node: Node) -> str:
        if node.type == "parenthesized_expression" and node.named_children:
            inner = [child for child in node.named_children if child.type != "comment"]
            node = inner[0] if inner else node
        return self.source.test(node)

    def _declaration(self, node: Node) -> Iterable[Step]:
        found: list[Step] = []
        for child in node.named_children:
            if child.type != "variable_declarator":
                continue
            pattern = child.child_by_field_id(self.source.fields["name"])
            right = child.child_by_field_id(self.source.fields["value"])
            if pattern is None or right is None:
                continue
            value, bound = self.expressions.bound_value(right, pattern)
            targets = tuple(local for local, _ in bound)
            calls = self.expressions.take_calls()
            found.append(Do(self.source.span(child), calls, targets, value, _unpacks(pattern)))
        return found

    def _if(self, node: Node) -> Iterable[Step]:
        """An if with its else-ifs, read without recursion: generated dispatch has long chains of them."""
        fields = self.source.fields
        chain: list[tuple[Node, Node, tuple[Call, ...], tuple[Step, ...]]] = []
        orelse: tuple[Step, ...] = ()
        current: Node | None = node
        while current is not None:
            test = current.child_by_field_id(fields["condition"])
            if test is None:
                break
            calls = self.test_calls(test)
            chain.append((current, test, calls, self.body(current.child_by_field_id(fields["consequence"]))))
            alternative = current.child_by_field_id(fields["alternative"])
            current = _else_if(alternative)
            if current is None:
                orelse = self.body(alternative)
            elif len(chain) >= _BRANCHES_IN_A_CHAIN:
                line = self.source.line(node)
                self.source.problem(f"more than {_BRANCHES_IN_A_CHAIN} branches at line {line}")
                break
        for part, test, calls, then in reversed(chain):
            orelse = (Branch(self.source.span(part), self.test_text(test), calls, then, orelse),)
        return orelse

    def body(self, node: Node | None) -> tuple[Step, ...]:
        return () if node is None else self.steps((node,))

    def _leave(self, node: Node) -> Iterable[Step]:
        how = Exit.RETURN if node.type == "return_statement" else Exit.THROW
        given = [child for child in node.named_children if child.type != "comment"]
        value = self.expressions.value(given[0], hint="") if given else None
        return (Leave(self.source.span(node), how, value, self.expressions.take_calls()),)

    def _skip(self, node: Node) -> Iterable[Step]:
        return (Do(self.source.span(node), value=SKIPS),)

    def _try(self, node: Node) -> Iterable[Step]:
        fields = self.source.fields
        body = self.body(node.child_by_field_id(fields["body"]))
        handler = node.child_by_field_id(fields["handler"])
        caught = self.body(handler.child_by_field_id(fields["body"])) if handler is not None else ()
        final = self.body(node.child_by_field_id(fields["finalizer"]))
        handlers = (caught,) if handler is not None else ()
        return (Attempt(self.source.span(node), body, handlers, final),)

    def _block(self, node: Node) -> Iterable[Step]:
        return self.steps(node.named_children)

    def _labeled(self, node: Node) -> Iterable[Step]:
        return self.body(node.child_by_field_id(self.source.fields["body"]))

    def _namespace(self, node: Node) -> Iterable[Step]:
        body = node.child_by_field_id(self.source.fields["body"])
        if body is None:
            return ()
        inner = [
            child.child_by_field_id(self.source.fields["declaration"]) or child
            if child.type == "export_statement"
            else child
            for child in body.named_children
        ]
        return self.steps(inner)

    def _function(self, node: Node) -> Iterable[Step]:
        self.declare(node)
        return ()

    def declare(self, node: Node, fallback: str = "") -> Draft:
        """Note a declared function; an unnamed one (`export default function`) is called `fallback`."""
        source = self.source
        name = node.child_by_field_id(source.fields["name"])
        local = source.text(name) if name is not None else fallback
        draft = Draft(source.unique(f"{self.scope}.{local}" if self.scope else local, node), node, self.scope)
        source.drafts.append(draft)
        return draft

    def _class(self, node: Node) -> Iterable[Step]:
        read_class(self.source, self.expressions, node, self.scope)
        return ()

    def returned(self, node: Node) -> tuple[Step, ...]:
        """The body of an arrow function that is an expression."""
        inner = node
        if inner.type in _ASSIGNMENTS:
            return (self._assignment(inner),)
        value: Value = self.expressions.value(inner)
        return (Leave(self.source.span(inner), Exit.RETURN, value, self.expressions.take_calls()),)

    # Plain functions: bound ones would make each reader refer to itself.
    _READERS: ClassVar[Mapping[str, Callable[..., Iterable[Step]]]] = {
        "expression_statement": _expression_statement,
        "lexical_declaration": _declaration,
        "variable_declaration": _declaration,
        "using_declaration": _declaration,
        "if_statement": _if,
        "return_statement": _leave,
        "throw_statement": _leave,
        "continue_statement": _skip,
        "try_statement": _try,
        "switch_statement": read_switch,
        "for_statement": read_loop,
        "for_in_statement": read_loop,
        "while_statement": read_loop,
        "do_statement": read_loop,
        "with_statement": read_loop,
        "statement_block": _block,
        "labeled_statement": _labeled,
        "else_clause": _block,
        "finally_clause": _block,
        "ERROR": _block,
        "function_declaration": _function,
        "generator_function_declaration": _function,
        "class_declaration": _class,
        "abstract_class_declaration": _class,
        "internal_module": _namespace,
        "module": _namespace,
    }


def _else_if(alternative: Node | None) -> Node | None:
    """The `if` right after an `else`."""
    if alternative is None:
        return None
    inner = [child for child in alternative.named_children if child.type != "comment"]
    return inner[0] if len(inner) == 1 and inner[0].type == "if_statement" else None


def _unpacks(pattern: Node) -> bool:
    return pattern.type in ("object_pattern", "array_pattern")
