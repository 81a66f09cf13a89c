"""Outlines of Python files, read with Python's own parser."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Do, Exit, Export, Function, Leave, Outline, Step, Value
from lastmile_desktop.project.code.py_expressions import Expressions
from lastmile_desktop.project.code.py_recover import parse
from lastmile_desktop.project.code.py_source import Draft, FunctionNode, Source
from lastmile_desktop.project.code.py_statements import Statements


def read(path: str, text: str, *, shallow: bool = False) -> Outline:
    """The outline of a file whose text is already known to be of a sane size."""
    text = text.removeprefix("\ufeff")
    module, broken_line = parse(text)
    source = Source(text)
    if broken_line:
        source.problem(f"line {broken_line} is not valid Python")
    top = Statements(source, "", in_function=False).steps(module.body)
    functions: list[Function] = []
    number = 0
    while number < len(source.drafts):
        draft = source.drafts[number]
        functions.append(_named_only(source, draft) if shallow else _function(source, draft))
        number += 1
    functions.sort(key=lambda function: (function.span.line, function.span.column))
    return Outline(
        path,
        "python",
        tuple(source.imports),
        tuple(_exports(functions, source, top)),
        tuple(functions),
        tuple(source.classes),
        top,
        (),
        "; ".join(source.problems),
        shallow,
    )


def _named_only(source: Source, draft: Draft) -> Function:
    node = draft.node
    is_async = isinstance(node, ast.AsyncFunctionDef)
    return Function(draft.name, (), (), source.span(node), is_async, decorators=draft.decorators)


def _function(source: Source, draft: Draft) -> Function:
    node = draft.node
    statements = Statements(source, draft.name, in_function=True)
    params, param_values = _parameters(source, node, statements.expressions)
    if isinstance(node, ast.Lambda):
        value = statements.expressions.value(node.body)
        leave = Leave(source.span(node.body), Exit.RETURN, value, statements.expressions.take_calls())
        body: tuple[Step, ...] = (leave,)
    else:
        body = statements.steps(node.body)
    is_public = not draft.parent and not isinstance(node, ast.Lambda)
    return Function(
        draft.name,
        params,
        body,
        source.span(node),
        isinstance(node, ast.AsyncFunctionDef),
        (draft.name,) if is_public else (),
        draft.decorators,
        (),
        tuple(reversed(draft.wrapped)),
        draft.parent,
        param_values,
    )


def _parameters(
    source: Source, node: FunctionNode, expressions: Expressions
) -> tuple[tuple[str, ...], tuple[tuple[str, Value], ...]]:
    texts: list[str] = []
    values: list[tuple[str, Value]] = []
    for prefix, argument, default in _arguments(node.args):
        texts.append(prefix + source.between(argument, default or argument))
        if argument.annotation is None and default is None:
            continue
        entries: list[tuple[str, Value]] = []
        if argument.annotation is not None:
            entries.append(("annotation", expressions.value(argument.annotation)))
        if default is not None:
            entries.append(("default", expressions.value(default)))
        calls = tuple(call for _, value in entries for call in value.calls)
        expressions.take_calls()
        given = Value(texts[-1], entries=tuple(entries), calls=calls, span=source.span(argument))
        values.append((argument.arg, given))
    return tuple(texts), tuple(values)


def _arguments(arguments: ast.arguments) -> Iterator[tuple[str, ast.arg, ast.expr | None]]:
    """Each parameter with its stars and its default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    without = len(positional) - len(arguments.defaults)
    for number, argument in enumerate(positional):
        yield "", argument, arguments.defaults[number - without] if number >= without else None
    if arguments.vararg is not None:
        yield "*", arguments.vararg, None
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield "", argument, default
    if arguments.kwarg is not None:
        yield "**", arguments.kwarg, None


def _exports(functions: list[Function], source: Source, top: tuple[Step, ...]) -> Iterator[Export]:
    """Everything named at module level can be imported."""
    for function in functions:
        if function.exported_as:
            yield Export(function.name, function.name)
    for found in source.classes:
        if "." not in found.name:
            yield Export(found.name, found.name)
    for step in top:
        if isinstance(step, Do):
            for target in step.targets:
                if target.isidentifier():
                    yield Export(target, target)
