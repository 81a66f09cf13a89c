"""Python expressions as Values and Calls."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from operator import attrgetter
from sys import intern

from lastmile_desktop.project.code.outline import Call, Link, Value
from lastmile_desktop.project.code.py_source import DEPTH_CAP, SHORT, Draft, Source

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_LEAVES = (ast.Name, ast.Constant, ast.Pass)
_CALL_LIKE = (ast.Call, ast.Attribute, ast.Subscript, ast.Await)


@dataclass(slots=True)
class _Step:
    """One link of a chain on the way to its root."""

    name: str
    call: ast.Call | None
    line: int
    index: ast.expr | None = None


class Expressions:
    """Reads expressions of one function body (or the module level); `calls` collects the calls of the
    statement at hand."""

    def __init__(self, source: Source, scope: str) -> None:
        self.source = source
        self.scope = scope
        self.calls: list[Call] = []
        self._depth = 0

    def take_calls(self) -> tuple[Call, ...]:
        """The calls since the last time, in the order they are made."""
        if not self.calls:
            return ()
        calls = self.source.once(self.calls)
        self.calls.clear()
        return calls

    def bound_value(self, node: ast.expr, targets: list[ast.expr]) -> Value:
        """The right-hand side of an assignment, its calls knowing the names bound."""
        names = tuple(name for target in targets for name in bound_names(self.source, target))
        hint = names[0] if len(names) == 1 else ""
        return self.value(node, names, hint)

    def value(self, node: ast.expr, assigned: tuple[str, ...] = (), hint: str = "") -> Value:
        """An expression as a Value; its calls are appended to `calls`."""
        source = self.source
        if isinstance(node, ast.Name):
            return Value(source.text(node), span=source.line_span(node))
        if self._depth > DEPTH_CAP:
            source.problem(f"nested too deeply at line {node.lineno}")
            return Value(source.text(node), span=source.span(node))
        self._depth += 1
        before = len(self.calls)
        literal: str | None = None
        entries: tuple[tuple[str, Value], ...] = ()
        items: tuple[Value, ...] = ()
        function = ""
        match node:
            case ast.Constant(value=str(text)):
                literal = text
            case ast.Constant():
                pass
            case ast.JoinedStr(values=parts):
                items = tuple(
                    self.value(part.value) for part in parts if isinstance(part, ast.FormattedValue)
                )
            case ast.Dict():
                entries = self._entries(node, hint)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                items = tuple(self.value(element) for element in elements)
            case ast.Lambda():
                function = self.function(node, hint)
            case ast.Call() | ast.Attribute() | ast.Subscript() | ast.Await():
                self.chain(node, assigned)
            case _ if assigned:
                self._alternatives(node, assigned)
            case _:
                self.scan(node)
        self._depth -= 1
        found = self.calls[before:]
        if len(found) > 1:
            found.sort(key=attrgetter("span.line", "span.column"))
        plain = not (found or entries or items or function)
        span = source.line_span(node) if plain else source.span(node)
        return Value(source.text(node), "", literal, entries, items, function, source.once(found), span)

    def scan(self, node: ast.AST) -> None:
        """Collect the calls and lambdas inside an expression, in the order they are made."""
        stack: list[ast.AST] = [node]
        while stack:
            current = stack.pop()
            if isinstance(current, _LEAVES):
                continue
            if isinstance(current, _CALL_LIKE):
                self.chain(current)
            elif isinstance(current, ast.Lambda):
                self.function(current, "")
            elif isinstance(current, ast.NamedExpr):
                self.bound_value(current.value, [current.target])
            else:
                children = list(ast.iter_child_nodes(current))
                if not isinstance(current, _COMPREHENSIONS):
                    children.reverse()
                stack.extend(children)

    def function(self, node: ast.Lambda, hint: str) -> str:
        """Note a lambda and give its name."""
        local = hint or f"@{node.lineno}:{self.source.column(node)}"
        name = self.source.unique(f"{self.scope}.{local}" if self.scope else local, node)
        self.source.drafts.append(Draft(name, node, self.scope))
        return name

    def chain(self, node: ast.expr, assigned: tuple[str, ...] = ()) -> None:
        """Read a member/call chain; note it as one Call if it calls anything."""
        source = self.source
        if self._depth > DEPTH_CAP:
            source.problem(f"nested too deeply at line {node.lineno}")
            return
        self._depth += 1
        outermost = node
        while isinstance(outermost, ast.Await):
            outermost = outermost.value
        root_node, steps, awaited = self._unroll(node)
        root = self._root(root_node, assigned)
        first_draft = len(source.drafts)
        links = tuple(self._link(step) for step in steps)
        self._depth -= 1
        if not any(step.call is not None for step in steps):
            return
        call = Call(root, links, source.span(outermost), awaited, assigned=assigned)
        for draft in source.drafts[first_draft:]:
            if isinstance(draft.node, ast.Lambda):
                draft.wrapped.append(call)
        self.calls.append(call)

    def _unroll(self, node: ast.expr) -> tuple[ast.expr, list[_Step], bool]:
        """From the last link of a chain down to its root."""
        steps: list[_Step] = []
        awaited = False
        call: ast.Call | None = None
        while True:
            match node:
                case ast.Call(func=below):
                    if call is not None:
                        steps.append(_Step("", call, self._end_line(node)))
                    call = node
                case ast.Attribute(value=below, attr=name):
                    steps.append(_Step(name, call, self._end_line(node)))
                    call = None
                case ast.Subscript(value=below, slice=index):
                    key = _text_of(index)
                    name = key if key is not None else f"[{self.source.text(index, SHORT)}]"
                    steps.append(_Step(name, call, self._end_line(node), None if key is not None else index))
                    call = None
                case ast.Await(value=below):
                    awaited = True
                case _:
                    break
            node = below
        if call is not None:
            steps.append(_Step("", call, self._end_line(node)))
        steps.reverse()
        return node, steps, awaited

    def _end_line(self, node: ast.expr) -> int:
        return node.end_lineno or node.lineno

    def _root(self, node: ast.expr, assigned: tuple[str, ...]) -> str:
        if isinstance(node, ast.Lambda):
            return self.function(node, "")
        if assigned:
            self._alternatives(node, assigned)
        elif not isinstance(node, _LEAVES):
            self.scan(node)
        return self.source.text(node, SHORT)

    def _link(self, step: _Step) -> Link:
        if step.index is not None:
            self.scan(step.index)
        if step.call is None:
            return Link(intern(step.name), None, step.line)
        values = [self.value(argument) for argument in step.call.args]
        for keyword in step.call.keywords:
            value = self.value(keyword.value)
            name = keyword.arg if keyword.arg is not None else "**"
            values.append(
                Value(
                    value.text,
                    intern(name),
                    value.literal,
                    value.entries,
                    value.items,
                    value.function,
                    value.calls,
                    value.span,
                )
            )
        return Link(intern(step.name), tuple(values), step.line)

    def _alternatives(self, node: ast.expr, assigned: tuple[str, ...]) -> None:
        """`a() or b()`, `a() if ok else b()`: either may give the value that is bound."""
        match node:
            case ast.BoolOp(values=values):
                for value in values:
                    self.value(value, assigned)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.scan(test)
                self.value(body, assigned)
                self.value(orelse, assigned)
            case _:
                self.scan(node)

    def _entries(self, node: ast.Dict, hint: str) -> tuple[tuple[str, Value], ...]:
        entries: list[tuple[str, Value]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                entries.append(("...", self.value(value)))
                continue
            name = _text_of(key)
            if name is None:
                name = self.source.text(key, SHORT)
                self.scan(key)
            entries.append((intern(name), self.value(value, hint=f"{hint}.{name}" if hint else "")))
        return tuple(entries)


def _text_of(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def bound_names(source: Source, target: ast.expr) -> list[str]:
    """The names an assignment target binds."""
    match target:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return [name for element in elements for name in bound_names(source, element)]
        case ast.Starred(value=value):
            return bound_names(source, value)
        case _:
            return [source.text(target)]
