"""Small readings of Python source with the standard grammar, for migrations and ORM models."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator


def parsed(text: str) -> ast.Module | None:
    """The module's tree; None when it is not valid Python for this interpreter."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def dotted(node: ast.expr) -> str:
    """`op.create_table` of a call's function; "" when it is not a plain dotted name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def called(node: ast.expr | None) -> str:
    """The last name of what a call calls (`Column` of `sa.Column(...)`); "" when it is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)


def text_of(node: ast.expr | None) -> str | None:
    """A plain string; also one wrapped in `text("…")` or joined from plain pieces."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.Call(args=[inner, *_]) if called(node) in (
            "text",
            "dedent",
            "DDL",
            "f",
            "SQL",
            "RunSQL",
            "literal_column",
        ):
            return text_of(inner)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = text_of(left), text_of(right)
            return None if first is None or second is None else first + second
        case _:
            return None


def texts_of(node: ast.expr | None) -> tuple[str, ...]:
    """The plain strings of a list or tuple, or a single one."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return tuple(value for item in node.elts if (value := text_of(item)) is not None)
    single = text_of(node)
    return () if single is None else (single,)


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """A keyword argument's value, by any of its names."""
    return next((item.value for item in call.keywords if item.arg in names), None)


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """An argument by place or by name."""
    if position < len(call.args):
        return call.args[position]
    return keyword(call, *names)


def flag(call: ast.Call, *names: str) -> bool | None:
    """A True/False keyword; None when absent or computed."""
    match keyword(call, *names):
        case ast.Constant(value=bool(value)):
            return value
        case _:
            return None


def calls_in(node: ast.AST) -> Iterator[ast.Call]:
    return (child for child in ast.walk(node) if isinstance(child, ast.Call))
