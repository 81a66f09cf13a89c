"""Whether a control has a name that a screen reader can say."""

from __future__ import annotations

import re

from tree_sitter import Node

from lastmile_desktop.project.code.markup_tree import Element, Markup

_ICON_MODULE = re.compile(
    r"^(?:lucide-react(?:-native)?|react-icons(?:/.*)?|@heroicons/.*|@radix-ui/react-icons|@tabler/icons-react|"
    r"@phosphor-icons/react.*|phosphor-react(?:-native)?|@mui/icons-material.*|react-feather|@expo/vector-icons.*|"
    r"react-native-vector-icons.*|@ant-design/icons|@iconify/react|@fortawesome/react-fontawesome|@hugeicons/react|"
    r"iconoir-react|@remixicon/react|@carbon/icons-react|react-bootstrap-icons)$"
)
_ICON_NAME = re.compile(r"(?:Icon$|Icons?\.\w+$|^Icon[A-Z]|Spinner$|^Loader\d?$)")
_NAMING = ("aria-label", "aria-labelledby", "title", "accessibilityLabel", "label", "tooltip", "alt")
_DEPTH = 20
_SAYS = re.compile(r"[^\W_]", re.UNICODE)


def is_named(element: Element, markup: Markup, depth: int = 0) -> bool:
    """True when it has a name, or may have one that cannot be seen here."""
    if depth > _DEPTH:
        return True
    if element.spread or any(_gives_name(element, name) for name in _NAMING):
        return True
    if element.has("children", "dangerouslySetInnerHTML", "asChild", "render"):
        return True
    return any(_says_something(child, markup, depth) for child in markup.children_of(element))


def is_empty(element: Element, markup: Markup) -> bool:
    """Nothing at all is inside."""
    return not any(
        child.type != "jsx_text" or markup.source(child).strip() for child in markup.children_of(element)
    )


def _says_something(node: Node, markup: Markup, depth: int) -> bool:
    """Whether a node inside a control may contribute to its name."""
    if node.type in ("jsx_text", "html_character_reference"):
        return bool(_SAYS.search(markup.source(node)))
    if node.type in ("jsx_element", "jsx_self_closing_element"):
        inner = markup.element_at(node)
        return inner is None or _element_says(inner, markup, depth)
    if node.type == "jsx_expression":
        return any(_value_says(shown, markup, depth) for shown in markup.shown(node))
    return _value_says(node, markup, depth)


def is_icon(element: Element, markup: Markup) -> bool:
    """A picture without words: an svg, or a component of an icon library."""
    if element.name in ("svg", "i"):
        return True
    module = markup.module(element)
    return bool(_ICON_MODULE.match(module)) or bool(_ICON_NAME.search(element.name))


def _gives_name(element: Element, name: str) -> bool:
    found = element.attributes.get(name)
    return found is not None and (found.literal is None or bool(found.literal.strip()))


def _element_says(element: Element, markup: Markup, depth: int) -> bool:
    if element.literal("aria-hidden") == "true" or element.text("aria-hidden") == "true":
        return False
    if is_icon(element, markup):
        if _gives_name(element, "aria-label") or _gives_name(element, "title"):
            return True
        return any(child.name == "title" for child in element.children)
    if element.name == "img":
        return element.spread or _gives_name(element, "alt")
    if not element.name or element.is_native:
        return is_named(element, markup, depth + 1)
    # What another component renders is not known here.
    return True


def _value_says(node: Node, markup: Markup, depth: int) -> bool:
    """A value of an expression: text, unless it can be seen to be none."""
    if node.type in ("jsx_element", "jsx_self_closing_element"):
        inner = markup.element_at(node)
        return inner is None or _element_says(inner, markup, depth)
    if node.type in ("string", "template_string"):
        return bool(_SAYS.search(markup.source(node)[1:-1]))
    return True
