"""Expressions of TypeScript and JavaScript as Values and Calls.

Anything whose shape does not matter to checks is walked with an explicit stack, so that a sum of a thousand
strings costs no recursion; calls, literals with members and functions are read structurally.
"""

from __future__ import annotations

from operator import attrgetter
from sys import intern

from tree_sitter import Node

from lastmile_desktop.project.code.outline import TEXT_CAP, Call, Import, Link, Value
from lastmile_desktop.project.code.ts_chains import CHAIN, Step, unroll, unwrap
from lastmile_desktop.project.code.ts_patterns import assigned_names, bindings
from lastmile_desktop.project.code.ts_source import DEPTH_CAP, SHORT, Draft, Source

Bound = list[tuple[str, str]]

FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function", "function"})
_UNREAD = frozenset(
    {
        *("comment", "type_annotation", "type_arguments", "type_parameters", "jsx_text", "string"),
        *("regex", "number", "jsx_closing_element", "identifier"),
    }
)
# A function given to one of these is not what the declared name stands for.
_NOT_A_WRAPPER = frozenset(
    {
        *("map", "filter", "reduce", "reduceRight", "find", "findLast", "findIndex", "some"),
        *("every", "sort", "toSorted", "flatMap", "forEach", "groupBy", "from", "then", "catch"),
        *("finally", "replace", "useMemo", "useState", "useRef", "setTimeout", "setInterval"),
        *("Promise",),
    }
)
_PLAIN = frozenset({"identifier", "number", "true", "false", "null", "undefined", "this"})
# Of what has a body or is markup, the beginning tells enough: the body is read as a function.
_BODY_CAP = 200
_MARKUP = frozenset({"jsx_element", "jsx_self_closing_element", "jsx_fragment"})
_ALL_OF = frozenset({"all", "allSettled"})


class Expressions:
    """Reads expressions of one function body (or the module level). `calls` and `inline` collect the calls
    and function drafts of the statement at hand."""

    def __init__(self, source: Source, scope: str) -> None:
        self.source = source
        self.scope = scope
        self.calls: list[Call] = []
        self.inline: list[Draft] = []
        self._depth = 0
        self._each_assigned: list[tuple[str, ...]] = []

    def take_calls(self) -> tuple[Call, ...]:
        """The calls since the last time, in the order they are made."""
        if not self.calls:
            return ()
        calls = self.source.once(self.calls)
        self.calls.clear()
        return calls

    def bound_value(self, node: Node, pattern: Node) -> tuple[Value, Bound]:
        """The value of a declaration or assignment, its calls knowing the names bound."""
        bound = list(bindings(self.source, pattern))
        if pattern.type == "array_pattern":
            self._each_assigned = [
                assigned_names(list(bindings(self.source, element))) for element in pattern.named_children
            ]
        is_plain = pattern.type == "identifier"
        hint = bound[0][0] if bound and (is_plain or pattern.type == "member_expression") else ""
        before = len(self.source.imports)
        value = self.value(node, assigned_names(bound), hint)
        self._each_assigned = []
        if len(self.source.imports) > before:
            _name_import(self.source, bound, is_plain)
        return value, bound

    def value(self, node: Node, assigned: tuple[str, ...] = (), hint: str = "") -> Value:
        """An expression as a Value; its calls are appended to `calls`."""
        source = self.source
        inner = unwrap(node)
        kind = inner.type
        if inner is node and kind in _PLAIN:
            return Value(source.text(node), span=source.line_span(node))
        if self._depth > DEPTH_CAP:
            source.problem(f"nested too deeply at line {source.line(node)}")
            return Value(source.text(node), span=source.span(node))
        before = len(self.calls)
        self._depth += 1
        literal: str | None = None
        entries: tuple[tuple[str, Value], ...] = ()
        items: tuple[Value, ...] = ()
        function = ""
        if kind in CHAIN:
            self.chain(node, assigned, hint)
        elif kind == "string":
            literal = source.string(inner)
        elif kind == "template_string":
            items = self._template(inner)
            literal = None if items else source.string(inner)
        elif kind == "object":
            entries = () if source.shallow else self._entries(inner, hint)
        elif kind == "array":
            items = () if source.shallow else self._items(inner)
        elif kind in FUNCTIONS:
            function = self.function(inner, hint)
        elif assigned or hint:
            _alternatives(self, inner, assigned, hint)
        else:
            self.scan(inner)
        self._depth -= 1
        found = self.calls[before:]
        if len(found) > 1:
            found.sort(key=attrgetter("span.line", "span.column"))
        plain = not (found or entries or items or function)
        span = source.line_span(node) if plain else source.span(node)
        text = source.text(node, _BODY_CAP if _has_body(inner) else TEXT_CAP)
        return Value(text, "", literal, entries, items, function, source.once(found), span)

    def scan(self, node: Node) -> None:
        """Collect the calls and functions inside an expression, in source order."""
        stack = [node]
        while stack:
            current = stack.pop()
            kind = current.type
            if kind in _UNREAD:
                continue
            if kind == "call_expression" or kind == "new_expression" or kind == "await_expression":
                self.chain(current)
            elif kind in FUNCTIONS or kind == "method_definition":
                self.function(current, "")
            elif kind == "assignment_expression":
                right = current.child_by_field_id(self.source.fields["right"])
                left = current.child_by_field_id(self.source.fields["left"])
                if right is not None and left is not None and self._depth < DEPTH_CAP:
                    self.bound_value(right, left)
            else:
                children = current.children
                if children:
                    stack.extend(reversed(children))

    def function(self, node: Node, hint: str) -> str:
        """Note an inline function and give its name."""
        source = self.source
        local = hint or f"@{source.line(node)}:{source.column(node)}"
        name = source.unique(f"{self.scope}.{local}" if self.scope else local, node)
        draft = Draft(name, node, self.scope)
        source.drafts.append(draft)
        self.inline.append(draft)
        return name

    def chain(self, node: Node, assigned: tuple[str, ...] = (), hint: str = "") -> None:
        """Read a member/call chain; note it as one Call if it calls anything."""
        source = self.source
        if self._depth > DEPTH_CAP:
            source.problem(f"nested too deeply at line {source.line(node)}")
            return
        self._depth += 1
        chain = unroll(source, node)
        called = [step for step in chain.steps if step.arguments is not None]
        root = self._root(chain.root, assigned)
        first_inline = len(self.inline)
        links: list[Link] = []
        last_called = called[-1] if called else None
        for step in chain.steps:
            gives_name = step is last_called and (step.name or root) not in _NOT_A_WRAPPER
            links.append(self._link(step, hint if gives_name else ""))
        self._depth -= 1
        if last_called is None and not chain.is_new:
            return
        call = Call(root, tuple(links), source.span(unwrap(node)), chain.awaited, chain.is_new, assigned)
        for draft in self.inline[first_inline:]:
            draft.wrapped.append(call)
        self.calls.append(call)
        if root == "require" or root == "import":
            _dynamic_import(source, call, in_function=bool(self.scope))

    def _root(self, node: Node, assigned: tuple[str, ...]) -> str:
        kind = node.type
        if kind in ("identifier", "this", "super", "import"):
            return self.source.text(node, SHORT)
        if kind in FUNCTIONS:
            return self.function(node, "")
        if assigned:
            _alternatives(self, node, assigned, "")
        elif node.children:
            self.scan(node)
        return self.source.text(node, SHORT)

    def _link(self, step: Step, hint: str) -> Link:
        line = self.source.line(step.node)
        if step.index is not None and step.index.children:
            self.scan(step.index)
        if step.arguments is None:
            return Link(intern(step.name), None, line)
        if step.arguments.type == "template_string":
            return Link(intern(step.name), (self.value(step.arguments),), line, tagged=True)
        if step.arguments.type != "arguments":
            return Link(intern(step.name), (), line)
        return Link(intern(step.name), self._arguments(step.arguments, hint, step.name), line)

    def _arguments(self, node: Node, hint: str, called: str) -> tuple[Value, ...]:
        given = [child for child in node.named_children if child.type != "comment"]
        last_function = next((child for child in reversed(given) if child.type in FUNCTIONS), None)
        each = self._each_assigned if called in _ALL_OF else []
        self._each_assigned = []
        values: list[Value] = []
        for child in given:
            if each and child.type == "array":
                values.append(self._each(child, each))
            elif child.type in FUNCTIONS:
                values.append(self.value(child, hint=hint if child is last_function else ""))
            else:
                values.append(
                    self.value(child, hint=hint if child.type in ("object", "call_expression") else "")
                )
        return tuple(values)

    def _each(self, array: Node, each: list[tuple[str, ...]]) -> Value:
        """The promises of `const [a, b] = await Promise.all([…])`, each with its own name."""
        before = len(self.calls)
        nodes = [child for child in array.named_children if child.type != "comment"]
        items = tuple(
            self.value(child, each[number] if number < len(each) else ())
            for number, child in enumerate(nodes)
        )
        return Value(
            self.source.text(array),
            items=items,
            calls=self.source.once(self.calls[before:]),
            span=self.source.span(array),
        )

    def _template(self, node: Node) -> tuple[Value, ...]:
        return tuple(
            self.value(inner)
            for part in node.named_children
            if part.type == "template_substitution"
            for inner in part.named_children
            if inner.type != "comment"
        )

    def _items(self, node: Node) -> tuple[Value, ...]:
        return tuple(self.value(child) for child in node.named_children if child.type != "comment")

    def _entries(self, node: Node, hint: str) -> tuple[tuple[str, Value], ...]:
        """Members of an object literal; functions among them are named by their keys."""
        source = self.source
        entries: list[tuple[str, Value]] = []
        for child in node.named_children:
            kind = child.type
            if kind == "pair":
                key = child.child_by_field_id(source.fields["key"])
                value = child.child_by_field_id(source.fields["value"])
                if key is not None and value is not None:
                    name = self._key(key)
                    entries.append((name, self.value(value, hint=f"{hint}.{name}" if hint else "")))
            elif kind == "shorthand_property_identifier":
                name = source.text(child)
                entries.append((name, Value(name, span=source.line_span(child))))
            elif kind == "spread_element" and child.named_children:
                entries.append(("...", self.value(child.named_children[0])))
            elif kind == "method_definition":
                key = child.child_by_field_id(source.fields["name"])
                name = self._key(key) if key is not None else ""
                function = self.function(child, f"{hint}.{name}" if hint else "")
                text = source.text(child, _BODY_CAP)
                entries.append((name, Value(text, function=function, span=source.span(child))))
        return tuple(entries)

    def _key(self, node: Node) -> str:
        if node.type == "string":
            return self.source.string(node)
        if node.type == "computed_property_name":
            self.scan(node)
        return self.source.text(node, SHORT)


def _alternatives(reader: Expressions, node: Node, assigned: tuple[str, ...], hint: str) -> None:
    """`a() ?? b()`, `ok ? a() : b()`: either may give the value that is bound."""
    kind = node.type
    fields = reader.source.fields
    if kind == "binary_expression":
        parts = [node.child_by_field_id(fields["left"]), node.child_by_field_id(fields["right"])]
        operator = node.child_by_field_id(fields["operator"])
        if operator is None or operator.type not in ("&&", "||", "??"):
            reader.scan(node)
            return
    elif kind == "ternary_expression":
        condition = node.child_by_field_id(fields["condition"])
        if condition is not None:
            reader.scan(condition)
        parts = [
            node.child_by_field_id(fields["consequence"]),
            node.child_by_field_id(fields["alternative"]),
        ]
    else:
        reader.scan(node)
        return
    for part in parts:
        if part is not None:
            reader.value(part, assigned, hint)


def _dynamic_import(source: Source, call: Call, *, in_function: bool) -> None:
    link = call.links[0]
    if not link.args or link.args[0].literal is None:
        return
    dynamic = call.root == "import" or in_function
    source.imports.append(Import(intern(link.args[0].literal), (), call.span, dynamic))


def _name_import(source: Source, bound: Bound, is_plain: bool) -> None:
    """The names that `const … = require("x")` or `await import("x")` binds."""
    last = source.imports[-1]
    names = tuple((local, "*" if is_plain else key) for local, key in bound if key or is_plain)
    if not last.names:
        source.imports[-1] = Import(last.module, names, last.span, last.dynamic)


def _has_body(node: Node) -> bool:
    if node.type in _MARKUP:
        return True
    return node.type in FUNCTIONS and any(child.type == "statement_block" for child in node.named_children)
