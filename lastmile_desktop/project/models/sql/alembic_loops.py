"""Migrations in Python written out: loops over lists that stand in the file, texts put together of known parts, and
calls of the file's own functions become the plain statements that they stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import TypeVar

_MOST_ROUNDS = 200
_MOST_STATEMENTS = 2_000
_DEEPEST = 4
_SAME = frozenset({"list", "tuple", "set", "sorted", "reversed"})
Known = Mapping[str, ast.expr]
_Node = TypeVar("_Node", bound=ast.AST)


def written_out(module: ast.Module, body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of `upgrade()`; what cannot be worked out stays as it is."""
    return _Writer(module).written(body)


class _Writer:
    def __init__(self, module: ast.Module) -> None:
        self._functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
        self._known = dict(_assigned(module.body, {}))
        self._left = _MOST_STATEMENTS

    def written(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return list(self._statements(body, dict(self._known), 0))

    def _statements(
        self, body: Iterable[ast.stmt], known: dict[str, ast.expr], depth: int
    ) -> Iterator[ast.stmt]:
        for node in body:
            self._left -= 1
            if self._left < 0:
                return
            known.update(_assigned([node], known))
            if isinstance(node, ast.For):
                yield from self._loop(node, known, depth)
            elif isinstance(node, ast.If | ast.With | ast.Try | ast.While):
                yield self._block(node, known, depth)
            elif (inner := self._inner(node, known, depth)) is not None:
                yield from inner
            else:
                yield _filled(node, known)

    def _loop(self, node: ast.For, known: dict[str, ast.expr], depth: int) -> Iterator[ast.stmt]:
        rounds = _rounds(node, known) if depth < _DEEPEST else None
        if rounds is None:
            left = deepcopy(node)
            left.body = list(self._statements(node.body, dict(known), depth)) or [ast.Pass()]
            yield left
            return
        for bound in rounds:
            yield from self._statements(node.body, {**known, **bound}, depth + 1)

    def _block(
        self, node: ast.If | ast.With | ast.Try | ast.While, known: dict[str, ast.expr], depth: int
    ) -> ast.stmt:
        block = deepcopy(node)
        block.body = list(self._statements(node.body, known, depth)) or [ast.Pass()]
        if isinstance(block, ast.With):
            block.items = [_filled(item, known) for item in block.items]
        elif not isinstance(block, ast.Try) and not isinstance(node, ast.With):
            block.orelse = list(self._statements(node.orelse, dict(known), depth))
        return block

    def _inner(self, node: ast.stmt, known: Known, depth: int) -> list[ast.stmt] | None:
        """What a call of the file's own function does; None for anything else."""
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or depth >= _DEEPEST:
            return None
        function = self._functions.get(call.func.id)
        if (
            function is None
            or function.args.vararg
            or any(isinstance(item, ast.Starred) for item in call.args)
        ):
            return None
        names = [item.arg for item in function.args.args]
        bound = dict(
            zip(names[len(names) - len(function.args.defaults) :], function.args.defaults, strict=True)
        )
        bound.update(zip(names, (_filled(item, known) for item in call.args), strict=False))
        bound.update((item.arg, _filled(item.value, known)) for item in call.keywords if item.arg)
        return list(self._statements(function.body, {**self._known, **bound}, depth + 1))


def _assigned(body: Iterable[ast.stmt], known: Known) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, _filled(value, known)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, _filled(value, known)
            case _:
                pass


def _rounds(node: ast.For, known: Known) -> list[dict[str, ast.expr]] | None:
    """What the loop's names stand for in each round; None when that is not known."""
    items = _items(_filled(node.iter, known))
    if items is None or len(items) > _MOST_ROUNDS:
        return None
    rounds = [_bound(node.target, item) for item in items]
    return None if None in rounds else [item for item in rounds if item is not None]


def _items(node: ast.expr) -> list[ast.expr] | None:
    match node:
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            return None if any(isinstance(item, ast.Starred) for item in elts) else elts
        case ast.Dict(keys=keys):
            return None if None in keys else [item for item in keys if item is not None]
        case ast.Call(func=ast.Name(id=name), args=[inner]) if name in _SAME:
            return _items(inner)
        case ast.Call(func=ast.Attribute(value=ast.Dict(keys=keys, values=values), attr=attr), args=[]):
            if None in keys:
                return None
            pairs = [(key, value) for key, value in zip(keys, values, strict=True) if key is not None]
            if attr == "items":
                return [ast.Tuple(elts=[key, value], ctx=ast.Load()) for key, value in pairs]
            return (
                [key if attr == "keys" else value for key, value in pairs]
                if attr in ("keys", "values")
                else None
            )
        case _:
            return None


def _bound(target: ast.expr, item: ast.expr) -> dict[str, ast.expr] | None:
    match target, item:
        case ast.Name(id=name), _:
            return {name: item}
        case (ast.Tuple(elts=names), ast.Tuple(elts=values) | ast.List(elts=values)) if len(names) == len(
            values
        ):
            parts = [_bound(name, value) for name, value in zip(names, values, strict=True)]
            if any(part is None for part in parts):
                return None
            return {name: value for part in parts if part is not None for name, value in part.items()}
        case _:
            return None


def _filled(node: _Node, known: Known) -> _Node:
    """A copy with the values of known names put in."""
    return _Filling(known).visit(deepcopy(node))


class _Filling(ast.NodeTransformer):
    def __init__(self, known: Known) -> None:
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._known.get(node.id)
        if value is None or not isinstance(node.ctx, ast.Load) or not _is_literal(value):
            return node
        return ast.copy_location(deepcopy(value), node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        self.generic_visit(node)
        parts: list[str] = []
        for item in node.values:
            match item:
                case ast.Constant(value=str(text)) | ast.FormattedValue(value=ast.Constant(value=str(text))):
                    parts.append(text)
                case ast.FormattedValue(value=ast.Constant(value=int(number))):
                    parts.append(str(number))
                case _:
                    return node
        return ast.copy_location(ast.Constant("".join(parts)), node)


def _is_literal(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            return len(elts) <= _MOST_ROUNDS
        case ast.Dict(keys=keys):
            return len(keys) <= _MOST_ROUNDS
        # The type of a column, such as `sa.String(100)`, or the column itself.
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) | ast.Attribute(attr=name):
            return name[:1].isupper()
        case _:
            return False
