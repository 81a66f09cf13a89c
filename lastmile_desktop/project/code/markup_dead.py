"""Controls in JSX that do nothing when they are used."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.markup_tree import Element, Markup
from lastmile_desktop.project.code.outline import Barrier

KIND = "dead-control"
_EMPTY = re.compile(
    r"^(?:async\s{1,3})?(?:\(\s{0,3}\w{0,20}\s{0,3}(?::\s{0,3}[\w.<>]{1,40})?\s{0,3}\)|\w{1,20})\s{0,3}=>\s{0,3}"
    r"(?:\{\s{0,40}(?:(?:/\*[^*]{0,200}\*/|//[^\n]{0,200})\s{0,40}){0,3}\}|undefined|null|void 0)$"
)
_ONLY_LOGS = re.compile(
    r"^(?:\(\s{0,3}\w{0,20}\s{0,3}\)|\w{1,20})\s{0,3}=>\s{0,3}\{?\s{0,40}console\.(?:log|info|"
    r"debug)\([^;{}]{0,200}\);?\s{0,40}\}?$"
)
_PROMISES = re.compile(
    r"coming[\s-]soon|not (?:yet )?(?:implemented|available)|under (?:construction|development)|(?-i:\bTODO\b)",
    re.I,
)
_HANDLERS = re.compile(
    r"^on[A-Z]\w{1,30}$|^(?:formAction|action|href|to|popoverTarget|command|commandfor|form|asChild|as|component|"
    r"ref)$"
)
_OPENS = re.compile(
    r"(?:Trigger|Close|Cancel|Action|Link|Toggle|Anchor|Button|Item|Control|Popover|Dialog|Menu|Tooltip|Dropdown|"
    r"Upload|"
    r"Clipboard|CopyTo\w{1,20}|Drawer|Sheet|Collapse|Select|Confirm|Modal|Disclosure|Tab|Option|Portal|"
    r"SignIn\w{0,10}|"
    r"SignUp\w{0,10}|SignOut\w{0,10}|UserButton)$"
)
_UI = re.compile(r"(?:^|/)ui(?:/|$)|shadcn|@/components/ui")


def dead_controls(markup: Markup) -> Iterator[Barrier]:
    """Each control whose use leads nowhere, with what it says."""
    for element in markup.elements:
        if element.name in ("button", "Button"):
            yield from _button(element, markup)
        elif element.name in ("a", "Link"):
            yield from _link(element, markup)


def _button(element: Element, markup: Markup) -> Iterator[Barrier]:
    if element.name == "Button" and not _UI.search(markup.module(element)):
        return
    handler = element.text("onClick").strip()
    if handler:
        if (
            _EMPTY.match(handler)
            or _ONLY_LOGS.match(handler)
            or (len(handler) < 200 and _PROMISES.search(handler))
        ):
            yield _dead(element, markup, 0.85)
        return
    inside = tuple(element.within())
    if _is_handed_on(element) or any(child.has("onClick", "htmlFor") for child in inside):
        return
    if any(child.name in ("label", "Label", "input") for child in inside):
        return
    if element.spread or any(_HANDLERS.match(name) for name in element.attributes):
        return
    if element.literal("type") in ("submit", "reset") or element.has(
        "disabled", "aria-disabled", "aria-hidden", "data-state"
    ):
        return
    if any(
        around.name in ("form", "Form", "label", "a", "summary")
        or _OPENS.search(around.name)
        or around.has("onSubmit", "onClick")
        for around in element.ancestors()
    ):
        return
    if "form" in markup.text and element.literal("type") != "button" and _may_submit(element):
        return
    yield _dead(element, markup, 0.8)


def _is_handed_on(element: Element) -> bool:
    """Given to another component as a value (`trigger={<Button />}`), which decides what it does."""
    node = element.node.parent
    while node is not None and node.type not in ("jsx_element", "jsx_self_closing_element", "program"):
        if node.type == "jsx_attribute":
            return True
        node = node.parent
    return "pointer-events-none" in element.classes


def _may_submit(element: Element) -> bool:
    """A plain button in a component without a form of its own may stand in the caller's."""
    outermost = [element, *element.ancestors()][-1]
    return outermost is element or not outermost.is_native


def _link(element: Element, markup: Markup) -> Iterator[Barrier]:
    target = element.attributes.get("href") or element.attributes.get("to")
    if (
        target is None
        or element.spread
        or element.has("onClick", "role", "data-toggle", "data-bs-toggle", "onMouseDown")
    ):
        return
    nowhere = target.literal in ("#", "javascript:void(0)", "javascript:void(0);", "javascript:;")
    if nowhere and not any(_OPENS.search(around.name) for around in element.ancestors()):
        yield _dead(element, markup, 0.9)


def _dead(element: Element, markup: Markup, confidence: float) -> Barrier:
    words = " ".join(
        markup.source(child).strip() for child in markup.children_of(element) if child.type == "jsx_text"
    ).strip()
    label = words or element.literal("aria-label") or element.literal("title")
    if not label:
        label = next(
            (
                text
                for child in element.within()
                for node in markup.children_of(child)
                if node.type == "jsx_text" and (text := markup.source(node).strip())
            ),
            "",
        )
    return Barrier(KIND, element.line, element.column, " ".join(label.split())[:60], confidence)
