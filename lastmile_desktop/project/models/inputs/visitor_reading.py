"""What an expression holds, given what the names in it hold."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.expression import HOLE
from lastmile_desktop.project.models.inputs import visitor_passing as passing
from lastmile_desktop.project.models.inputs import visitor_sources as sources
from lastmile_desktop.project.models.inputs.visitor_checks import Env, settled
from lastmile_desktop.project.models.walk.held import CLEAN, Held, boxed, either, joined

# What a call of a function of the same file gives back, None when it is none.
Run = Callable[[str, Sequence[Held], "Mapping[str, Held]"], "Held | None"]
# What somebody typed into a form of Django or of WTForms.
_FORM_DATA = re.compile(r"(?:\.|^)cleaned_data$|(?i:form)(?:\(\))?(?:\.\w+)?\.data$")
_COMPARES = frozenset({"==", "!=", "<", ">", "<=", ">=", "in", "not", "instanceof", "is", "is not"})
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_DEEPEST = 24
# A file that asks for more is read as far as this goes.
_MOST_READS = 25_000


class Reading:
    """Reads expressions of one file."""

    def __init__(self, python: bool, imported: Mapping[str, str], run: Run) -> None:
        self._python = python
        self._imported = imported
        self._run = run
        self._depth = 0
        self._left = _MOST_READS

    def read(self, expr: ex.Expr, env: Env) -> Held:
        self._left -= 1
        if self._depth > _DEEPEST or self._left < 0:
            return CLEAN
        self._depth += 1
        try:
            return self._read(expr, env)
        finally:
            self._depth -= 1

    def _read(self, expr: ex.Expr, env: Env) -> Held:
        match expr:
            case ex.Literal(value=value):
                return _of_literal(value)
            case ex.Name(id=name):
                return env.get(name) or self._outside(name)
            case ex.Attribute():
                return self._attribute(expr, env)
            case ex.Invocation():
                return self._invocation(expr, env)
            case ex.Unary(op=op, operand=operand):
                return self._unary(op, operand, env)
            case ex.Binary():
                return self._binary(expr, env)
            case ex.Choice(test=test, then=then, otherwise=otherwise):
                known = self.truth(test, env)
                if known is not None:
                    return self.read(then if known else otherwise, env)
                return either(
                    self.read(then, self._held_to(test, env, True)),
                    self.read(otherwise, self._held_to(test, env, False)),
                )
            case ex.Joined(parts=parts, shape=shape):
                return self._joined(parts, shape, env)
            case ex.Record(entries=entries):
                return boxed(tuple((key, self.read(value, env)) for key, value in entries))
            case ex.Several(parts=parts, is_list=is_list):
                return self._several(parts, is_list, env)
            case ex.Closure():
                return CLEAN

    def _held_to(self, test: ex.Expr, env: Env, holds: bool) -> Env:
        kept = settled(self, test, env, holds)
        return {**env, **kept} if kept else env

    def _outside(self, name: str) -> Held:
        made = self._imported.get(name, name)
        return sources.named(made, self._python) or Held(made=made)

    def _attribute(self, expr: ex.Attribute, env: Env) -> Held:
        path = ex.plain_path(expr)
        if path and path in env:
            return env[path]
        base = self.read(expr.object, env)
        found = base.member(expr.name)
        if found is not None:
            return found
        found = sources.of_member(base, expr.name, self._python)
        if found is not None:
            return found
        if expr.name.lstrip("-").isdigit():
            return self._picked(base, int(expr.name))
        made = f"{base.made}.{expr.name}" if base.made else ""
        if self._python and _FORM_DATA.search(made):
            return sources.WORDS
        known = sources.named(made, self._python) if made else None
        if known is not None:
            return known
        if expr.name in ("length", "size", "byteLength"):
            return CLEAN
        if base.members and not any(key == "..." for key, _ in base.members):
            return Held(made=made)
        if base.made.startswith("@") and base.risk:
            return self._of_dirty(base)
        return Held(base.risk, HOLE if base.risk else None, made=made)

    def _of_dirty(self, base: Held) -> Held:
        return Held(base.risk, HOLE, made="")

    def _picked(self, base: Held, index: int) -> Held:
        if base.fixed is not None and -len(base.fixed) <= index < len(base.fixed):
            return Held(text=base.fixed[index])
        if (
            base.members
            and all(key.isdigit() for key, _ in base.members)
            and -len(base.members) <= index < len(base.members)
        ):
            return base.members[index][1]
        if base.risk:
            return Held(base.risk, HOLE)
        return Held(made=f"{base.made}[]" if base.made else "")

    def _unary(self, op: str, operand: ex.Expr, env: Env) -> Held:
        if op in ("not", "typeof", "void", "delete", "+", "~"):
            return CLEAN
        inner = self.read(operand, env)
        if op == "-":
            return Held(number=-inner.number) if inner.number is not None else CLEAN
        return inner

    def _binary(self, expr: ex.Binary, env: Env) -> Held:
        if expr.op in _COMPARES:
            return CLEAN
        left = self.read(expr.left, env)
        right = self.read(
            expr.right, self._held_to(expr.left, env, expr.op == "and") if expr.op in ("and", "or") else env
        )
        if expr.op in ("or", "??"):
            return left if left.fixed else either(left, right)
        if expr.op == "and":
            return right
        if left.number is not None and right.number is not None and expr.op in _ARITHMETIC:
            return Held(number=_ARITHMETIC[expr.op](left.number, right.number))
        if expr.op == "+":
            if left.members and right.members:
                return boxed((*left.members, *right.members))
            return joined((left, right))
        if expr.op == "%" and self._python and left.text is not None:
            inner = joined(held for _, held in right.members) if right.members else right
            return Held(
                (left.risk | inner.risk) - {"nosql"}, re.sub(r"%(?:\(\w+\))?[-\d.]*[a-z]", HOLE, left.text)
            )
        if expr.op == "/" and self._python:
            return Held(left.risk | right.risk, f"{left.shape}/{right.shape}", made=left.made)
        return Held((left.risk | right.risk) & {"guessable"})

    def _joined(self, parts: Sequence[ex.Expr], shape: str, env: Env) -> Held:
        read = [self.read(part, env) for part in parts]
        whole = joined(read)
        if not shape or shape.count(HOLE) != len(read):
            return whole
        pieces = shape.split(HOLE)
        text = pieces[0] + "".join(held.shape + piece for held, piece in zip(read, pieces[1:], strict=True))
        return Held(whole.risk, text[:300], settled=whole.settled)

    def _several(self, parts: Sequence[ex.Expr], is_list: bool, env: Env) -> Held:
        if is_list:
            return boxed(tuple((str(place), self.read(part, env)) for place, part in enumerate(parts)))
        if len(parts) == 2:
            return self._indexed(parts[0], parts[1], env)
        read = [self.read(part, env) for part in parts]
        return read[0] if len(read) == 1 else joined(read)

    def _indexed(self, owner: ex.Expr, index: ex.Expr, env: Env) -> Held:
        """`TEXTS[name]` is what the list says, whichever entry somebody picks."""
        base, key = self.read(owner, env), self.read(index, env)
        if key.number is not None:
            return self._picked(base, int(key.number))
        if key.fixed is not None and (found := base.member(key.fixed)) is not None:
            return found
        if base.made.startswith("@"):
            asked = sources.of_member(base, key.fixed or "", self._python) if key.fixed else None
            return asked or Held(base.risk, HOLE)
        if base.fixed is not None:
            return CLEAN
        return Held(base.risk, HOLE if base.risk else None, made=f"{base.made}[]" if base.made else "")

    def _invocation(self, expr: ex.Invocation, env: Env) -> Held:
        args = [self.read(arg, env) for arg in expr.args]
        keywords = {name: self.read(value, env) for name, value in expr.keywords}
        match expr.callee:
            case ex.Attribute(object=owner, name=name) as callee:
                return self._method(callee, self.read(owner, env), name, args, keywords, env)
            case callee:
                return self._function(self.read(callee, env).made, args, keywords)

    def _function(self, made: str, args: list[Held], keywords: dict[str, Held]) -> Held:
        if made in ("require", "import") and args and args[0].fixed:
            return Held(made=args[0].fixed.removeprefix("node:"))
        given = self._run(made, args, keywords)
        if given is not None:
            return given
        if self._python and made in ("input", "raw_input"):
            return sources.TYPED
        known = passing.of_function(made, args)
        return known if known is not None else Held(made=f"{made}()" if made else "")

    def _method(
        self,
        callee: ex.Expr,
        receiver: Held,
        name: str,
        args: list[Held],
        keywords: dict[str, Held],
        env: Env,
    ) -> Held:
        asked = sources.of_call(receiver, name, self._python)
        if asked is not None:
            return asked
        if receiver.made == "@request" and name == "json" and not self._python:
            return asked or CLEAN
        made = self.called(callee, receiver, name, env)
        given = self._run(made or name, args, keywords)
        if given is not None:
            return given
        known = passing.of_function(made, args) if made else None
        if known is not None:
            return known
        kept = self._kept(receiver, name, args)
        if kept is not None:
            return kept
        found = passing.of_method(receiver, name, args)
        if found is not None:
            return found
        if receiver.made.startswith("@") and receiver.risk:
            return self._of_dirty(receiver)
        return Held(made=f"{made}()" if made else "")

    def called(self, callee: ex.Expr, receiver: Held, name: str, env: Env) -> str:
        """The dotted name of a method, as the file writes or imports what it belongs to."""
        path = ex.plain_path(callee)
        if path and path in env:
            return env[path].made
        return f"{receiver.made}.{name}" if receiver.made and not receiver.made.startswith("@") else ""

    def after(
        self, callee: ex.Expr, receiver: Held, args: list[Held], keywords: dict[str, Held], env: Env
    ) -> Held:
        """What a call gives back whose parts have been read."""
        if isinstance(callee, ex.Attribute):
            return self._method(callee, receiver, callee.name, args, keywords, env)
        return self._function(receiver.made, args, keywords)

    def _kept(self, receiver: Held, name: str, args: Sequence[Held]) -> Held | None:
        """What a record or list literal gives when it is asked by key (`options.get("file")`)."""
        if name == "get" and args and args[0].fixed is not None and receiver.members:
            return receiver.member(args[0].fixed) or (args[1] if len(args) > 1 else CLEAN)
        if name == "pop" and receiver.members and args and args[0].number is not None:
            return self._picked(receiver, int(args[0].number))
        return None

    def truth(self, test: ex.Expr, env: Env) -> bool | None:
        """Whether a test holds, when all that it asks is written in the code."""
        match test:
            case ex.Literal(value=bool(value)):
                return value
            case ex.Unary(op="not", operand=operand):
                known = self.truth(operand, env)
                return None if known is None else not known
            case ex.Binary(op="in", left=left, right=right):
                needle, text = self.read(left, env).fixed, self.read(right, env).fixed
                return None if needle is None or text is None else needle in text
            case ex.Binary(op=op, left=left, right=right) if op in _COMPARISONS:
                return _compared(op, self.read(left, env), self.read(right, env))
            case _:
                return None


def _of_literal(value: str | float | bool | None) -> Held:
    if isinstance(value, str):
        return Held(text=value)
    if isinstance(value, bool):
        return Held(made=str(value))
    return Held(number=value) if value is not None else Held(made="None")


def _compared(op: str, left: Held, right: Held) -> bool | None:
    if left.number is not None and right.number is not None:
        return _COMPARISONS[op](left.number, right.number)
    if left.fixed is not None and right.fixed is not None and op in ("==", "!="):
        return (left.fixed == right.fixed) is (op == "==")
    return None
