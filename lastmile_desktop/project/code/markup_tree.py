"""The elements of a JSX file as a small tree: names, attributes, and what they may render as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from tree_sitter import Node, Query, QueryCursor

from lastmile_desktop.project.code.ts_trees import Grammar, grammar

_ELEMENTS = "[(jsx_element) (jsx_self_closing_element)] @element"
_FROM = re.compile(r"\bfrom\s+[\"']([^\"'\n]{1,300})[\"']")
_LONGEST_IMPORT = 3_000
_LOCAL = re.compile(r"(?:[\w$*]+\s+as\s+)?([\w$]+)")
_NOTHING = frozenset(["null", "undefined", "false", "true", "comment"])
_WRAPPERS = frozenset(
    ["jsx_expression", "parenthesized_expression", "jsx_fragment", "as_expression", "non_null_expression"]
)
_MOST_ELEMENTS = 10_000
_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Attribute:
    """`literal` is the value of a plain string, "" for an attribute without a value, None for an
    expression, whose source is `text`."""

    literal: str | None
    text: str


@dataclass(slots=True)
class Element:
    """`spread` when attributes come from an object that is not known here."""

    name: str
    node: Node
    line: int
    column: int
    attributes: dict[str, Attribute]
    spread: bool
    parent: Element | None = None
    children: list[Element] = field(default_factory=list["Element"])

    def has(self, *names: str) -> bool:
        return any(name in self.attributes for name in names)

    def literal(self, name: str) -> str:
        """The value of a plain attribute, "" when there is none or it is an expression."""
        found = self.attributes.get(name)
        return (found.literal or "") if found else ""

    def text(self, name: str) -> str:
        found = self.attributes.get(name)
        return found.text if found else ""

    @property
    def classes(self) -> str:
        """All that is written in the class attribute, conditional parts included."""
        return self.text("className") or self.text("class")

    @property
    def is_native(self) -> bool:
        return self.name[:1].islower() and "." not in self.name

    def ancestors(self) -> Iterator[Element]:
        around = self.parent
        while around is not None:
            yield around
            around = around.parent

    def within(self) -> Iterator[Element]:
        """Everything inside, depth first."""
        waiting = self.children[::-1]
        while waiting:
            child = waiting.pop()
            yield child
            waiting += child.children[::-1]


class Markup:
    """The elements of one file in source order, and where its names are imported from. `labelled` are the ids,
    as written, that a label names."""

    def __init__(self, text: str, root: Node, language: str) -> None:
        self.text = text
        self._data = root.text or b""
        self.imports = _imports(text)
        self.elements = self._read(root, language)
        self._by_start = {element.node.start_byte: element for element in self.elements}
        self.labelled = frozenset(
            (target.literal, target.text)
            for element in self.elements
            if (target := element.attributes.get("htmlFor") or element.attributes.get("for")) is not None
        )

    def module(self, element: Element) -> str:
        """The module that the element's component is imported from, "" for one of this file."""
        return self.imports.get(element.name.partition(".")[0], "")

    def source(self, node: Node) -> str:
        return (node.text or b"").decode("utf-8", "replace")

    def _read(self, root: Node, language: str) -> list[Element]:
        found = QueryCursor(_query(language)).captures(root).get("element", [])
        nodes = sorted(found, key=lambda node: (node.start_byte, -node.end_byte))
        elements: list[Element] = []
        open_elements: list[Element] = []
        for node in nodes[:_MOST_ELEMENTS]:
            element = self._element(node)
            while open_elements and open_elements[-1].node.end_byte <= node.start_byte:
                open_elements.pop()
            if open_elements:
                element.parent = open_elements[-1]
                element.parent.children.append(element)
            open_elements.append(element)
            elements.append(element)
        return elements

    def _element(self, node: Node) -> Element:
        tag = node.child_by_field_name("open_tag") or node
        name = tag.child_by_field_name("name")
        attributes: dict[str, Attribute] = {}
        spread = False
        for child in tag.children_by_field_name("attribute"):
            if child.type == "jsx_attribute":
                key, value = self._attribute(child)
                attributes[key] = value
            elif child.type == "jsx_expression":
                spread = True
        start = tag.start_point
        return Element(
            name=self.source(name) if name is not None else "",
            node=node,
            line=start.row + 1,
            column=start.column + 1,
            attributes=attributes,
            spread=spread,
        )

    def _attribute(self, node: Node) -> tuple[str, Attribute]:
        parts = node.named_children
        key = self.source(parts[0]) if parts else ""
        if len(parts) < 2:
            return key, Attribute("", "")
        value = parts[1]
        if value.type == "string":
            return key, Attribute(self.source(value)[1:-1], self.source(value)[1:-1])
        inner = value.named_children[0] if value.type == "jsx_expression" and value.named_children else value
        text = self.source(inner)
        return key, Attribute(text[1:-1] if inner.type == "string" else None, text)

    def children_of(self, element: Element) -> list[Node]:
        """The nodes between the opening and the closing tag."""
        if element.node.type == "jsx_self_closing_element":
            return []
        return [
            child
            for child in element.node.named_children
            if child.type not in ("jsx_opening_element", "jsx_closing_element")
        ]

    def element_at(self, node: Node) -> Element | None:
        return self._by_start.get(node.start_byte)

    def shown(self, node: Node, depth: int = 0) -> Iterator[Node]:
        """What an expression may put on the screen: text and elements, without the conditions around them."""
        if depth > _DEPTH:
            yield node
            return
        match node.type:
            case (
                "jsx_expression"
                | "parenthesized_expression"
                | "jsx_fragment"
                | "as_expression"
                | "non_null_expression"
            ):
                for child in node.named_children[:40]:
                    yield from self.shown(child, depth + 1)
            case "ternary_expression":
                for key in ("consequence", "alternative"):
                    branch = node.child_by_field_name(key)
                    if branch is not None:
                        yield from self.shown(branch, depth + 1)
            case "binary_expression":
                yield from self._shown_of_binary(node, depth)
            case kind if kind in _NOTHING:
                return
            case _:
                yield node

    def _shown_of_binary(self, node: Node, depth: int) -> Iterator[Node]:
        operator = node.child_by_field_name("operator")
        sign = self.source(operator) if operator is not None else ""
        right = node.child_by_field_name("right")
        if sign in ("||", "??"):
            left = node.child_by_field_name("left")
            if left is not None:
                yield from self.shown(left, depth + 1)
        elif sign != "&&":
            yield node
            return
        if right is not None:
            yield from self.shown(right, depth + 1)


@cache
def _query(language: str) -> Query:
    chosen: Grammar = grammar(language)
    return Query(chosen.language, _ELEMENTS)


def _imports(text: str) -> dict[str, str]:
    """Local name → module."""
    found: dict[str, str] = {}
    for match in _FROM.finditer(text):
        start = text.rfind("import", max(0, match.start() - _LONGEST_IMPORT), match.start())
        names = text[start + len("import") : match.start()] if start >= 0 else ""
        if names.lstrip().startswith("type ") or any(mark in names for mark in ";'\""):
            continue
        for local in _LOCAL.finditer(names.replace("{", ",").replace("}", ",")):
            found.setdefault(local[1], match[1])
    return found
