"""Conditions as trees of and/or/not over atoms, so that a model can ask what a test proves when it holds and when
it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Op(StrEnum):
    ATOM = "atom"
    NOT = "not"
    AND = "and"
    OR = "or"


@dataclass(frozen=True, slots=True)
class Condition:
    """`text` is the source of an atom; the other kinds have `parts`."""

    op: Op
    text: str = ""
    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a fact is sure when the condition is true, and when it is false."""

    when_true: bool = False
    when_false: bool = False

    def __or__(self, other: Proof) -> Proof:
        return Proof(self.when_true or other.when_true, self.when_false or other.when_false)


NOTHING = Proof()

_OPEN, _CLOSE, _QUOTES = "([{", ")]}", "'\"`"
_WORD_OPERATOR = re.compile(r"(or|and)\b")
_LEADING_NOT = re.compile(r"^(?:!(?!=)|not\b)\s*")


@lru_cache(maxsize=8192)
def parse(text: str) -> Condition:
    """The tree of a test written in JavaScript, TypeScript or Python."""
    stripped = _without_parentheses(text.strip())
    for op, symbols in ((Op.OR, ("||", "or", "??")), (Op.AND, ("&&", "and"))):
        parts = _split(stripped, symbols)
        if len(parts) > 1:
            return Condition(op, parts=tuple(parse(part) for part in parts))
    negation = _LEADING_NOT.match(stripped)
    if negation:
        return Condition(Op.NOT, parts=(parse(stripped[negation.end() :]),))
    if stripped.startswith(("Boolean(", "bool(")) and stripped.endswith(")"):
        return parse(stripped[stripped.index("(") + 1 : -1])
    return Condition(Op.ATOM, stripped)


def prove(condition: Condition, atom: Callable[[str], Proof]) -> Proof:
    """Fold what each atom proves over the tree."""
    if condition.op is Op.ATOM:
        return atom(condition.text)
    proofs = [prove(part, atom) for part in condition.parts]
    if condition.op is Op.NOT:
        return Proof(proofs[0].when_false, proofs[0].when_true)
    every, some = (all, any) if condition.op is Op.OR else (any, all)
    return Proof(every(proof.when_true for proof in proofs), some(proof.when_false for proof in proofs))


def simplify(condition: Condition, value: Callable[[str], bool | None]) -> Condition | bool:
    """The condition with the atoms whose value is known taken out; a plain bool when that decides it."""
    if condition.op is Op.ATOM:
        known = value(condition.text)
        return condition if known is None else known
    parts = [simplify(part, value) for part in condition.parts]
    if condition.op is Op.NOT:
        inner = parts[0]
        return (not inner) if isinstance(inner, bool) else Condition(Op.NOT, parts=(inner,))
    deciding = condition.op is Op.OR
    if any(part is deciding for part in parts):
        return deciding
    rest = tuple(part for part in parts if isinstance(part, Condition))
    if not rest:
        return not deciding
    return rest[0] if len(rest) == 1 else Condition(condition.op, parts=rest)


def _without_parentheses(text: str) -> str:
    while text.startswith("(") and text.endswith(")") and _closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closing(text: str) -> int:
    """Index of the bracket that closes the first character; -1 when it stays open."""
    depth, quote = 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in _QUOTES:
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
            if depth == 0:
                return index
    return -1


def _split(text: str, symbols: tuple[str, ...]) -> list[str]:
    """The parts between operators that stand outside brackets and quotes."""
    parts: list[str] = []
    depth, quote, start, index = 0, "", 0, 0
    while index < len(text):
        char = text[index]
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in _QUOTES:
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        elif depth == 0:
            operator = _operator_at(text, index, symbols)
            if operator:
                parts.append(text[start:index].strip())
                index += len(operator)
                start = index
                continue
        index += 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _operator_at(text: str, index: int, symbols: tuple[str, ...]) -> str:
    pair = text[index : index + 2]
    if not pair.isalpha() and pair in symbols:
        return pair
    if text[index] in "oa" and (index == 0 or not (text[index - 1].isalnum() or text[index - 1] in "_$.")):
        word = _WORD_OPERATOR.match(text, index)
        if word and word.group(1) in symbols:
            return word.group(1)
    return ""
