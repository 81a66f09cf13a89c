"""What a test says of the names in it: compared with a list, held to a shape, turned away."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Protocol

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.models.walk.held import CLEAN, Held

Env = dict[str, Held]
_CHECKS = re.compile(
    r"(?i)^_{0,2}(?:is|has|validate|check|verify|assert|ensure|allowed?|safe|url_has_allowed|match|fullmatch|isinstance|isinteger|isfinite|isnan)\w*$"
)
# The beginning of many addresses: `https://` says nothing of where it leads, nor does a host that may go on.
_NO_HOST = re.compile(r"(?i)(?:[a-z][a-z0-9+.-]*:?)?(?:/{0,2}|//[\w.-]+)")


class Reads(Protocol):
    """Whatever tells what an expression holds."""

    def read(self, expr: ex.Expr, env: Env) -> Held: ...


def settled(reader: Reads, test: ex.Expr, env: Env, holds: bool) -> Env:
    """The names that are known to be harmless where the test holds (or does not)."""
    match test:
        case ex.Unary(op="not", operand=operand):
            return settled(reader, operand, env, not holds)
        case ex.Unary(op="await", operand=operand):
            return settled(reader, operand, env, holds)
        case ex.Binary(op="and" | "or" as op, left=left, right=right):
            if (op == "and") is holds:
                return {**settled(reader, left, env, holds), **settled(reader, right, env, holds)}
            first, second = settled(reader, left, env, holds), settled(reader, right, env, holds)
            return {name: held for name, held in first.items() if name in second}
        case ex.Binary():
            return _compared_names(reader, test, env, holds)
        case ex.Invocation():
            return _asked_names(reader, test, env, holds)
        case ex.Several(parts=(owner, index), is_list=False) if holds:
            # `if (!TITLES[page]) page = "home"`: only names that the app wrote have an entry.
            known = reader.read(owner, env)
            return {} if known.risk or known.made.startswith("@") else _spared(reader, index, env)
        case _:
            return {}


def _compared_names(reader: Reads, test: ex.Binary, env: Env, holds: bool) -> Env:
    left, right, op = test.left, test.right, test.op
    if op == "in":
        container, word = reader.read(right, env), reader.read(left, env)
        if (
            word.fixed in ("'", '"', "\\'", '\\"')
            and isinstance(right, ex.Several)
            and not right.is_list
            and not holds
        ):
            # `"'" in text[1:-1]`: a literal in quotes, with none inside.
            return _spared(reader, right.parts[0], env, "code-eval")
        if word.fixed is not None and container.risk:
            return _spared(reader, right, env, "path-traversal") if not holds and ".." in word.fixed else {}
        return _spared(reader, left, env) if holds and not container.risk and word.risk else {}
    if isinstance(left, ex.Unary) and left.op == "typeof" and isinstance(right, ex.Literal):
        plain = right.value in ("number", "boolean", "undefined")
        if right.value == "string" and (op == "==") is holds:
            return _spared(reader, left.operand, env, "nosql")
        return _spared(reader, left.operand, env) if plain and (op == "==") is holds else {}
    if op in (">", ">=", "!=", "==", "<") and _is_index(left):
        inside = (op in (">", ">=", "!=")) is holds
        return _asked_names(reader, left, env, inside)
    if op in ("==", "!=") and (op == "==") is holds:
        found: Env = {}
        for mine, other in ((left, right), (right, left)):
            if reader.read(mine, env).risk and not reader.read(other, env).risk and not _is_nothing(other):
                found |= _spared(reader, mine, env)
        return found
    return {}


def _asked_names(reader: Reads, test: ex.Expr, env: Env, holds: bool) -> Env:
    if not isinstance(test, ex.Invocation):
        return {}
    name = ex.dotted(test.callee).rpartition(".")[2]
    owner = test.callee.object if isinstance(test.callee, ex.Attribute) else None
    if (
        owner is not None
        and test.args
        and name in ("includes", "indexOf", "contains", "has", "hasOwnProperty", "test")
    ):
        word = reader.read(test.args[0], env)
        if word.fixed is not None and reader.read(owner, env).risk:
            return _spared(reader, owner, env, "path-traversal") if ".." in word.fixed and not holds else {}
        return _spared(reader, test.args[0], env) if holds and not reader.read(owner, env).risk else {}
    if owner is not None and name in ("startsWith", "startswith"):
        word = reader.read(test.args[0], env) if test.args else CLEAN
        kinds = () if _NO_HOST.fullmatch(word.shape) else ("path-traversal", "ssrf", "open-redirect")
        return _spared(reader, owner, env, *kinds) if holds and not word.risk and kinds else {}
    if owner is not None and name in (
        "isdigit",
        "isalnum",
        "isnumeric",
        "isidentifier",
        "isalpha",
        "is_relative_to",
    ):
        return _spared(reader, owner, env) if holds else {}
    if not _CHECKS.match(name):
        return {}
    found: Env = {}
    for arg in test.args:
        if holds is (name != "isNaN"):
            # What a function of this name looks at is not seen: the text is believed to be checked, no more.
            found |= {
                path: replace(held, settled=frozenset()) for path, held in _spared(reader, arg, env).items()
            }
    return found


def _spared(reader: Reads, expr: ex.Expr, env: Env, *kinds: str) -> Env:
    """The name in an expression, held to something harmless (for some uses)."""
    path = ex.plain_path(expr)
    if not path and isinstance(expr, ex.Invocation) and isinstance(expr.callee, ex.Attribute):
        path = ex.plain_path(expr.callee.object)
    if not path:
        return {}
    held = reader.read(expr, env)
    return {path: held.settle(*kinds)}


def _is_nothing(expr: ex.Expr) -> bool:
    """Whether a comparison only asks if something is there."""
    return isinstance(expr, ex.Literal) and (
        expr.value is None or expr.value == "" or isinstance(expr.value, (bool, float))
    )


def _is_index(expr: ex.Expr) -> bool:
    return isinstance(expr, ex.Invocation) and ex.dotted(expr.callee).endswith(
        (".indexOf", ".find", ".search")
    )
