"""Single expressions as small trees, for models that must tell which operand is which (`expected !== signature`).

Outlines keep expressions as text; this reads such a text again with the real grammar. Trees are cached by text, so
a project costs one parse per distinct expression.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lastmile_desktop.project.code.outline import Call, Value


@dataclass(frozen=True, slots=True)
class Name:
    id: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, boolean or null (None); a regular expression is its text as written."""

    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Attribute:
    """`object.name`, `object?.name` or `object["name"]`."""

    object: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call; `spreads` tells that some arguments are spread and their places unknown."""

    callee: Expr
    args: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...] = ()
    is_new: bool = False
    spreads: bool = False


@dataclass(frozen=True, slots=True)
class Unary:
    """`op` is `not`, `await`, `...` or the operator as written."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    """`op` is `and`, `or`, `??`, `==`, `!=`, `in`, or the operator as written; strict forms are folded."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Choice:
    test: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Joined:
    """A template or f-string: its interpolated parts, and whether it has text of its own. `shape` is that text with a
    `HOLE` for each part."""

    parts: tuple[Expr, ...]
    text: str = ""
    shape: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Record:
    entries: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Several:
    """An array, tuple, or anything whose parts matter but whose shape does not."""

    parts: tuple[Expr, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Closure:
    """A function written in place; `text` is its source as far as kept."""

    text: str


Expr = Name | Literal | Attribute | Invocation | Unary | Binary | Choice | Joined | Record | Several | Closure

NOTHING = Several(())
# Stands for a part of a text that is not known where it is written.
HOLE = "\0"


@lru_cache(maxsize=32768)
def parse(text: str, language: str) -> Expr:
    """The expression in this text. Text that was cut off or is not valid gives what could be understood."""
    from lastmile_desktop.project.code.expression_reader import read

    return read(text, is_python=language == "python")


def of_value(value: Value, language: str) -> Expr:
    """The expression of an outline value; a function written in place stays named as the outline names it."""
    if value.function:
        return Closure(value.function)
    if value.literal is not None:
        return Literal(value.literal)
    return parse(value.text, language)


def of_call(call: Call, language: str) -> Expr:
    """The expression of an outline call, from its chain."""
    current: Expr = parse(call.root, language)
    pending_new = call.is_new
    for link in call.links:
        if link.name:
            current = Attribute(current, link.name.strip("[]"))
        if link.args is None:
            continue
        args = tuple(of_value(value, language) for value in link.args if not value.name)
        keywords = tuple((value.name, of_value(value, language)) for value in link.args if value.name)
        current = Invocation(current, args, keywords, pending_new)
        pending_new = False
    return Unary("await", current) if call.awaited else current


def walk(expr: Expr) -> Iterator[Expr]:
    """This expression and all inside it, outermost first."""
    yield expr
    for part in parts(expr):
        yield from walk(part)


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The direct operands of an expression."""
    match expr:
        case Attribute(object=inner) | Unary(operand=inner):
            return (inner,)
        case Invocation(callee=callee, args=args, keywords=keywords):
            return (callee, *args, *(value for _, value in keywords))
        case Binary(left=left, right=right):
            return (left, right)
        case Choice(test=test, then=then, otherwise=otherwise):
            return (test, then, otherwise)
        case Joined(parts=inner_parts) | Several(parts=inner_parts):
            return inner_parts
        case Record(entries=entries):
            return tuple(value for _, value in entries)
        case _:
            return ()


def dotted(expr: Expr) -> str:
    """`a.b.c` of a chain of names; calls in between are skipped (`a.b().c` is `a.b.c`); "" for anything else."""
    match expr:
        case Name(id=name):
            return name
        case Attribute(object=inner, name=name):
            head = dotted(inner)
            return f"{head}.{name}" if head else f".{name}"
        case Invocation(callee=callee):
            return dotted(callee)
        case Unary(op="await", operand=operand):
            return dotted(operand)
        case _:
            return ""


def plain_path(expr: Expr) -> str:
    """`a.b.c` when the expression is exactly that, "" otherwise."""
    match expr:
        case Name(id=name):
            return name
        case Attribute(object=inner, name=name):
            head = plain_path(inner)
            return f"{head}.{name}" if head else ""
        case _:
            return ""
