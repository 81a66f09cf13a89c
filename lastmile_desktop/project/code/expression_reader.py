"""Turns syntax nodes of a single expression into the small trees of `expression`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import cast

import tree_sitter_python
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from lastmile_desktop.project.code.expression import (
    HOLE,
    NOTHING,
    Attribute,
    Binary,
    Choice,
    Closure,
    Expr,
    Invocation,
    Joined,
    Literal,
    Name,
    Record,
    Several,
    Unary,
)

_DEPTH = 40
_SAME = {
    "===": "==",
    "!==": "!=",
    "&&": "and",
    "||": "or",
    "is": "==",
    "is not": "!=",
    "<>": "!=",
}
# The children of a template or f-string, and whether they are text of its own.
_PIECES = {
    "string_content": True,
    "string_fragment": True,
    "escape_sequence": True,
    "interpolation": False,
    "template_substitution": False,
}
_TRANSPARENT = frozenset(
    {
        *("parenthesized_expression", "non_null_expression", "as_expression", "satisfies_expression"),
        *("instantiation_expression", "expression_statement", "program", "module", "ERROR"),
    }
)


@cache
def _parser(language: str) -> Parser:
    if language == "python":
        return Parser(Language(tree_sitter_python.language()))
    return Parser(Language(tree_sitter_typescript.language_typescript()))


def read(text: str, *, is_python: bool) -> Expr:
    """The expression in a text."""
    source = (text if is_python else f"({text})").encode()
    tree = _parser("python" if is_python else "typescript").parse(source)
    return _Reader(source, is_python).read(tree.root_node, 0)


class _Reader:
    """Turns syntax nodes into expressions."""

    def __init__(self, source: bytes, is_python: bool) -> None:
        self._source = source
        self._is_python = is_python

    def read(self, node: Node | None, depth: int) -> Expr:
        if node is None or depth > _DEPTH:
            return NOTHING
        kind = node.type
        if kind in _TRANSPARENT:
            children = [child for child in node.named_children if child.type != "comment"]
            return self.read(children[0], depth + 1) if children else NOTHING
        reader = cast("Callable[[Node, int], Expr] | None", getattr(self, f"_read_{kind}", None))
        return reader(node, depth + 1) if reader else self._several(node, depth + 1)

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _several(self, node: Node, depth: int) -> Expr:
        return Several(
            tuple(self.read(child, depth) for child in node.named_children if child.type != "comment")
        )

    def _read_identifier(self, node: Node, depth: int) -> Expr:
        name = self._text(node)
        return Literal(None) if name == "undefined" and not self._is_python else Name(name)

    _read_this = _read_identifier
    _read_super = _read_identifier
    _read_shorthand_property_identifier = _read_identifier

    def _read_string(self, node: Node, depth: int) -> Expr:
        inner = [child for child in node.named_children if child.type == "interpolation"]
        if inner:
            own = "".join(self._text(c) for c in node.named_children if c.type == "string_content")
            return Joined(tuple(self._several(child, depth) for child in inner), own, self._shape(node))
        return Literal(_unquoted(self._text(node)))

    def _read_concatenated_string(self, node: Node, depth: int) -> Expr:
        return Joined(tuple(self.read(child, depth) for child in node.named_children), "…")

    def _read_template_string(self, node: Node, depth: int) -> Expr:
        inner = [child for child in node.named_children if child.type == "template_substitution"]
        own = "".join(self._text(child) for child in node.named_children if child.type == "string_fragment")
        if not inner:
            return Literal(own)
        return Joined(tuple(self._several(child, depth) for child in inner), own, self._shape(node))

    def _shape(self, node: Node) -> str:
        """The text of a template with a hole for each part."""
        pieces = (child for child in node.named_children if child.type in _PIECES)
        return "".join(self._text(child) if _PIECES[child.type] else HOLE for child in pieces)

    def _read_regex(self, node: Node, depth: int) -> Expr:
        return Literal(self._text(node))

    def _read_number(self, node: Node, depth: int) -> Expr:
        try:
            return Literal(float(self._text(node).replace("_", "")))
        except ValueError:
            return Literal(1.0)

    _read_integer = _read_number
    _read_float = _read_number

    def _read_true(self, node: Node, depth: int) -> Expr:
        return Literal(True)

    def _read_false(self, node: Node, depth: int) -> Expr:
        return Literal(False)

    def _read_null(self, node: Node, depth: int) -> Expr:
        return Literal(None)

    _read_none = _read_null
    _read_undefined = _read_null

    def _read_member_expression(self, node: Node, depth: int) -> Expr:
        name = node.child_by_field_name("property") or node.child_by_field_name("attribute")
        return Attribute(
            self.read(node.child_by_field_name("object"), depth), self._text(name) if name else ""
        )

    _read_attribute = _read_member_expression

    def _read_subscript_expression(self, node: Node, depth: int) -> Expr:
        owner = self.read(node.child_by_field_name("object") or node.child_by_field_name("value"), depth)
        index = self.read(node.child_by_field_name("index") or node.child_by_field_name("subscript"), depth)
        match index:
            case Literal(value=str(name)):
                return Attribute(owner, name)
            case Literal(value=float(number)):
                return Attribute(owner, str(int(number)))
            case _:
                return Several((owner, index))

    _read_subscript = _read_subscript_expression

    def _read_call_expression(self, node: Node, depth: int) -> Expr:
        callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        args: list[Expr] = []
        keywords: list[tuple[str, Expr]] = []
        spreads = False
        given = node.child_by_field_name("arguments")
        if given is not None and given.type == "template_string":
            args.append(self.read(given, depth))
            given = None
        for child in given.named_children if given is not None else ():
            if child.type == "comment":
                continue
            if child.type == "keyword_argument":
                name = child.child_by_field_name("name")
                value = self.read(child.child_by_field_name("value"), depth)
                keywords.append((self._text(name) if name else "", value))
                continue
            spreads = spreads or child.type in ("spread_element", "list_splat", "dictionary_splat")
            args.append(self.read(child, depth))
        is_new = node.type == "new_expression"
        return Invocation(self.read(callee, depth), tuple(args), tuple(keywords), is_new, spreads)

    _read_new_expression = _read_call_expression
    _read_call = _read_call_expression

    def _read_await_expression(self, node: Node, depth: int) -> Expr:
        children = node.named_children
        return Unary("await", self.read(children[0], depth)) if children else NOTHING

    _read_await = _read_await_expression

    def _read_spread_element(self, node: Node, depth: int) -> Expr:
        children = node.named_children
        return Unary("...", self.read(children[0], depth)) if children else NOTHING

    _read_list_splat = _read_spread_element
    _read_dictionary_splat = _read_spread_element

    def _read_unary_expression(self, node: Node, depth: int) -> Expr:
        operand = self.read(node.child_by_field_name("argument"), depth)
        operator = node.child_by_field_name("operator")
        symbol = self._text(operator) if operator else ""
        return Unary("not" if symbol == "!" else symbol, operand)

    _read_unary_operator = _read_unary_expression

    def _read_not_operator(self, node: Node, depth: int) -> Expr:
        return Unary("not", self.read(node.child_by_field_name("argument"), depth))

    def _read_binary_expression(self, node: Node, depth: int) -> Expr:
        operator = node.child_by_field_name("operator")
        symbol = self._text(operator) if operator else ""
        return Binary(
            _SAME.get(symbol, symbol),
            self.read(node.child_by_field_name("left"), depth),
            self.read(node.child_by_field_name("right"), depth),
        )

    _read_boolean_operator = _read_binary_expression
    _read_binary_operator = _read_binary_expression

    def _read_comparison_operator(self, node: Node, depth: int) -> Expr:
        operands = node.named_children
        symbols = [child.type for child in node.children if not child.is_named]
        if len(operands) != 2 or not symbols:
            return self._several(node, depth)
        symbol = " ".join(symbols)
        left, right = self.read(operands[0], depth), self.read(operands[1], depth)
        if symbol == "not in":
            return Unary("not", Binary("in", left, right))
        return Binary(_SAME.get(symbol, symbol), left, right)

    def _read_ternary_expression(self, node: Node, depth: int) -> Expr:
        return Choice(
            self.read(node.child_by_field_name("condition"), depth),
            self.read(node.child_by_field_name("consequence"), depth),
            self.read(node.child_by_field_name("alternative"), depth),
        )

    def _read_conditional_expression(self, node: Node, depth: int) -> Expr:
        children = [self.read(child, depth) for child in node.named_children]
        return (
            Choice(children[1], children[0], children[2]) if len(children) == 3 else Several(tuple(children))
        )

    def _read_object(self, node: Node, depth: int) -> Expr:
        entries: list[tuple[str, Expr]] = []
        for child in node.named_children:
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and value is not None:
                entries.append((_unquoted(self._text(key)), self.read(value, depth)))
            elif child.type == "shorthand_property_identifier":
                entries.append((self._text(child), Name(self._text(child))))
            elif child.type in ("spread_element", "dictionary_splat"):
                entries.append(
                    ("...", self.read(child.named_children[0] if child.named_children else None, depth))
                )
        return Record(tuple(entries))

    _read_dictionary = _read_object

    def _read_array(self, node: Node, depth: int) -> Expr:
        return Several(tuple(self.read(child, depth) for child in node.named_children), is_list=True)

    _read_list = _read_array
    _read_tuple = _read_array
    _read_set = _read_array

    def _read_arrow_function(self, node: Node, depth: int) -> Expr:
        return Closure(self._text(node))

    _read_function_expression = _read_arrow_function
    _read_lambda = _read_arrow_function

    def _read_assignment_expression(self, node: Node, depth: int) -> Expr:
        return self.read(node.child_by_field_name("right"), depth)

    def _read_type_annotation(self, node: Node, depth: int) -> Expr:
        return NOTHING


def _unquoted(text: str) -> str:
    stripped = text.lstrip("rbfuRBFU") if text[:1] in "rbfuRBFU" and text.rstrip()[-1:] in "'\"" else text
    for quote in ('"""', "'''", '"', "'", "`"):
        if len(stripped) >= 2 * len(quote) and stripped.startswith(quote) and stripped.endswith(quote):
            return stripped[len(quote) : -len(quote)]
    return stripped
