"""Python statements as Steps, and the functions and classes they declare."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from lastmile_desktop.project.code.outline import (
    SKIPS,
    Attempt,
    Branch,
    Call,
    ClassDef,
    Do,
    Exit,
    Import,
    Leave,
    Link,
    Loop,
    Span,
    Step,
    Value,
)
from lastmile_desktop.project.code.py_expressions import Expressions, bound_names
from lastmile_desktop.project.code.py_source import DEPTH_CAP, Draft, Source

_ELIF_CAP = 60


class Statements:
    """Reads the statements of one function body, class or module whose name is `scope`. `in_function` tells
    imports made on a call from those made on loading."""

    def __init__(self, source: Source, scope: str, *, in_function: bool) -> None:
        self.source = source
        self.scope = scope
        self.in_function = in_function
        self.expressions = Expressions(source, scope)
        self._depth = 0
        self._type_checking = False

    def steps(self, nodes: Sequence[ast.stmt]) -> tuple[Step, ...]:
        """The steps of statements, in order."""
        if self._depth > DEPTH_CAP:
            self.source.problem(f"nested too deeply at line {nodes[0].lineno if nodes else 0}")
            return ()
        self._depth += 1
        found: list[Step] = []
        for node in nodes:
            found.extend(self._step(node))
        self._depth -= 1
        return tuple(found)

    def _step(self, node: ast.stmt) -> Iterable[Step]:
        match node:
            case ast.Expr(value=value):
                return self._expression(node, value)
            case ast.Assign(targets=targets, value=value):
                return (self._assignment(node, targets, value),)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return (self._assignment(node, [target], value),)
            case ast.AugAssign(target=target, value=value):
                return (self._assignment(node, [target], value),)
            case ast.Return(value=value):
                return (self._leave(node, Exit.RETURN, value),)
            case ast.Raise(exc=value):
                return (self._leave(node, Exit.THROW, value),)
            case ast.Continue():
                return (Do(self.source.span(node), value=SKIPS),)
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                self._class(node)
            case ast.Assert(test=test):
                leave = Leave(self.source.span(node), Exit.THROW)
                text = f"not ({self.source.text(test)})"
                return (Branch(self.source.span(node), text, self._calls(test), (leave,)),)
            case ast.Delete(targets=targets):
                for target in targets:
                    self.expressions.scan(target)
                calls = self.expressions.take_calls()
                return (Do(self.source.span(node), calls),) if calls else ()
            case _:
                return self._compound(node)
        return ()

    def _compound(self, node: ast.stmt) -> Iterable[Step]:
        match node:
            case ast.If():
                return self._if(node)
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                self.expressions.bound_value(value, [target])
                kind = "for" if isinstance(node, ast.For) else "for-await"
                return (self._loop(node, kind, node.body), *self.steps(node.orelse))
            case ast.While(test=test):
                self.expressions.scan(test)
                return (self._loop(node, "while", node.body), *self.steps(node.orelse))
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    targets = [item.optional_vars] if item.optional_vars is not None else []
                    self.expressions.bound_value(item.context_expr, targets)
                return (self._loop(node, "with", node.body),)
            case ast.Try() | ast.TryStar():
                handlers = tuple(self.steps(handler.body) for handler in node.handlers)
                body = self.steps([*node.body, *node.orelse])
                return (Attempt(self.source.span(node), body, handlers, self.steps(node.finalbody)),)
            case ast.Match():
                return self._match(node)
            case _:
                return ()

    def _calls(self, node: ast.expr) -> tuple[Call, ...]:
        self.expressions.scan(node)
        return self.expressions.take_calls()

    def _expression(self, node: ast.stmt, value: ast.expr) -> Iterable[Step]:
        span = self.source.span(node)
        match value:
            case ast.BoolOp(op=op, values=[*tests, last]) if not isinstance(last, ast.Constant):
                calls = tuple(call for test in tests for call in self._calls(test))
                text = self.source.between(tests[0], tests[-1])
                then = tuple(self._expression(node, last))
                if isinstance(op, ast.And):
                    return (Branch(span, text, calls, then),)
                return (Branch(span, text, calls, (), then),)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                calls = self._calls(test)
                then = tuple(self._expression(node, body))
                other = tuple(self._expression(node, orelse))
                return (Branch(span, self.source.text(test), calls, then, other),)
            case _:
                calls = self._calls(value)
                return (Do(span, calls),) if calls else ()

    def _assignment(self, node: ast.stmt, targets: list[ast.expr], value: ast.expr) -> Step:
        names = [name for target in targets for name in bound_names(self.source, target)]
        for target in targets:
            if isinstance(target, ast.Subscript):
                self.expressions.scan(target)
        result = self.expressions.bound_value(value, targets)
        calls, adds = self.expressions.take_calls(), isinstance(node, ast.AugAssign)
        return Do(self.source.span(node), calls, tuple(names), result, adds=adds)

    def _leave(self, node: ast.stmt, how: Exit, value: ast.expr | None) -> Step:
        result = self.expressions.value(value) if value is not None else None
        return Leave(self.source.span(node), how, result, self.expressions.take_calls())

    def _if(self, node: ast.If) -> Iterable[Step]:
        """An if with its elifs, read without recursion: long chains are common in hand-written dispatch."""
        chain: list[tuple[ast.If, tuple[Call, ...], tuple[Step, ...]]] = []
        current: ast.If | None = node
        orelse: tuple[Step, ...] = ()
        while current is not None:
            calls = self._calls(current.test)
            outer, self._type_checking = self._type_checking, _is_type_checking(current.test)
            chain.append((current, calls, self.steps(current.body)))
            self._type_checking = outer
            match current.orelse:
                case [ast.If() as following]:
                    current = following
                    if len(chain) >= _ELIF_CAP:
                        self.source.problem(f"more than {_ELIF_CAP} branches at line {node.lineno}")
                        current = None
                case rest:
                    orelse = self.steps(rest)
                    current = None
        for part, calls, then in reversed(chain):
            orelse = (Branch(self.source.span(part), self.source.text(part.test), calls, then, orelse),)
        return orelse

    def _loop(self, node: ast.stmt, kind: str, body: list[ast.stmt]) -> Step:
        calls = self.expressions.take_calls()
        header = self.source.slice(self.source.start(node), self.source.start(body[0])).rstrip(": ")
        return Loop(self.source.span(node), kind, header, calls, self.steps(body))

    def _match(self, node: ast.Match) -> Iterable[Step]:
        subject = self.source.text(node.subject)
        calls = self._calls(node.subject)
        orelse: tuple[Step, ...] = ()
        read = [(case, self.steps(case.body)) for case in node.cases[:_ELIF_CAP]]
        if len(node.cases) > _ELIF_CAP:
            self.source.problem(f"more than {_ELIF_CAP} cases at line {node.lineno}")
        for case, then in reversed(read):
            pattern = self.source.text(case.pattern)
            if case.guard is not None:
                pattern += f" if {self.source.text(case.guard)}"
            if pattern == "_" and not orelse:
                orelse = then
                continue
            guard_calls = self._calls(case.guard) if case.guard is not None else ()
            line_end = case.body[-1].end_lineno or case.pattern.lineno
            span = Span(case.pattern.lineno, self.source.column(case.pattern), line_end)
            orelse = (Branch(span, f"{subject} is {pattern}", guard_calls, then, orelse),)
        return (Do(self.source.span(node.subject), calls), *orelse) if calls else orelse

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        span = self.source.span(node)
        flags = {"dynamic": self.in_function, "type_only": self._type_checking}
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.partition(".")[0]
                self.source.imports.append(Import(alias.name, ((local, "*"),), span, **flags))
            return
        names = tuple((alias.asname or alias.name, alias.name) for alias in node.names)
        self.source.imports.append(Import("." * node.level + (node.module or ""), names, span, **flags))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        name = f"{self.scope}.{node.name}" if self.scope else node.name
        decorators = self.decorators(node.decorator_list)
        draft = Draft(self.source.unique(name, node), node, self.scope, decorators)
        self.source.drafts.append(draft)

    def decorators(self, nodes: list[ast.expr]) -> tuple[Call, ...]:
        """Decorators as calls; one without brackets is a call without called links."""
        found: list[Call] = []
        for node in nodes:
            self.expressions.scan(node)
            made = self.expressions.take_calls()
            if made:
                found.append(made[-1])
            else:
                root, *rest = self.source.text(node).split(".")
                links = tuple(Link(name, None, node.lineno) for name in rest)
                found.append(Call(root, links, self.source.span(node)))
        return tuple(found)

    def _class(self, node: ast.ClassDef) -> None:
        name = f"{self.scope}.{node.name}" if self.scope else node.name
        decorators = self.decorators(node.decorator_list)
        inner = Statements(self.source, name, in_function=self.in_function)
        attributes: list[tuple[str, Value, Span]] = []
        annotations: list[tuple[str, str]] = []
        rest: list[ast.stmt] = []
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=local)], value=value):
                    attributes.append(
                        (local, inner.expressions.value(value, hint=local), self.source.span(statement))
                    )
                case ast.AnnAssign(target=ast.Name(id=local), annotation=annotation, value=value):
                    annotations.append((local, self.source.text(annotation)))
                    given = inner.expressions.value(value, hint=local) if value is not None else Value("")
                    attributes.append((local, given, self.source.span(statement)))
                case _:
                    rest.append(statement)
            inner.expressions.take_calls()
        bases = tuple(self.source.text(base) for base in [*node.bases, *node.keywords])
        span = self.source.span(node)
        self.source.classes.append(
            ClassDef(name, bases, tuple(attributes), decorators, span, tuple(annotations))
        )
        inner._depth = self._depth
        inner.steps(rest)


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
