"""What in a file's JSX shuts out people who use a keyboard or a screen reader.

Only what can be seen in this file is judged; where a component from elsewhere may supply what seems to be
missing, it is given the benefit of the doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise

from lastmile_desktop.project.code.markup_dead import dead_controls
from lastmile_desktop.project.code.markup_names import is_empty, is_icon, is_named
from lastmile_desktop.project.code.markup_tree import Element, Markup
from lastmile_desktop.project.code.outline import Barrier
from lastmile_desktop.project.code.ts_trees import parse

_UI_MODULE = re.compile(r"(?:^|/)ui(?:/|$)|@radix-ui/|^radix-ui|@headlessui/|shadcn")
_PRESSED = frozenset(
    ["button", "Button", "IconButton", "TouchableOpacity", "Pressable", "TouchableHighlight"]
)
_NATIVE_PRESSED = frozenset(["TouchableOpacity", "Pressable", "TouchableHighlight"])
_LINKS = frozenset(["a", "Link", "NavLink"])
_FIELDS = frozenset(["input", "textarea", "select"])
_UI_FIELDS = frozenset(["Input", "Textarea", "Switch", "Checkbox", "Slider", "TextInput"])
_UNLABELLED_TYPES = frozenset(["hidden", "submit", "button", "image", "reset"])
# A button with words opens the field for files that is kept out of sight.
_OUT_OF_SIGHT = re.compile(
    r"(?:^|[\s\"'`])(?:sr-only|visually-?hidden|opacity-0|invisible|d-none)(?=[\s\"'`]|$)"
)
_LABELLING = re.compile(r"label|field|formcontrol|formitem|formgroup|inputgroup|inputwrapper", re.IGNORECASE)
_CLICKED = frozenset(
    [
        "div",
        "span",
        "li",
        "tr",
        "td",
        "p",
        "img",
        "section",
        "article",
        "header",
        "h1",
        "h2",
        "h3",
        "h4",
        "svg",
        "i",
    ]
)
_ONLY_STOPS = re.compile(
    r"^\(?\s*\w*\s*(?::\s*[\w.<>]+)?\)?\s*=>\s*\{?\s*(?:\w+\.(?:stopPropagation|preventDefault)\(\);?\s*)+\}?$|stopPropagation$"
)
_FOCUSES = re.compile(r"\.focus\(|\.click\(\)")
_BACKDROP = re.compile(r"\binset-0\b|\binset:\s*0\b|overlay|backdrop", re.IGNORECASE)
# Only a click beside what is inside counts: what lies around a dialog.
_ONLY_AROUND = re.compile(r"\.target\s*===?\s*\w+\.currentTarget|\.currentTarget\s*===?\s*\w+\.target")
_CLOSES = re.compile(
    r"close|hide|dismiss|cancel|skip|\(false\)|\(null\)|toggle|backdrop|overlay|outside", re.IGNORECASE
)
_DIALOGS = frozenset(["DialogContent", "AlertDialogContent", "SheetContent", "DrawerContent"])
_MODAL = re.compile(r"\bfixed\b.{0,200}\binset-0\b|\binset-0\b.{0,200}\bfixed\b", re.DOTALL)
_CHILDREN = re.compile(r"\{\s*(?:\w+\.)?children\b")
_DIMS = re.compile(
    r"\bbg-(?:black|gray-\d+|slate-\d+|zinc-\d+|neutral-\d+|background)(?:/\d+)|bg-opacity-|backdrop-blur|"
    r"bg-\[#?[\w(),.]+\]/\d+"
)
_OUTLINE_GONE = re.compile(r"(?:^|[\s\"'`])(?:focus:|focus-visible:)?outline-(?:none|hidden|0)(?=[\s\"'`]|$)")
_FOCUS_SHOWN = re.compile(r"focus(?:-visible|-within)?:(?!outline-(?:none|hidden|0))|ring-|data-\[focus")
_TINY = re.compile(r"(?:^|\s)(?:size|h)-(?:2|2\.5|3|3\.5|4|5)(?=\s|$)")
_TINY_WIDTH = re.compile(r"(?:^|\s)(?:size|w)-(?:2|2\.5|3|3\.5|4|5)(?=\s|$)")
_PADDED = re.compile(r"(?:^|\s)(?:p|px|py|m|mx|min-h|min-w)-")
_ERROR_CLASS = re.compile(r"\btext-(?:red-\d+|destructive|error|danger)\b")
_ERROR_VALUE = re.compile(r"^\{?\s*\w*(?:[eE]rr(?:or)?s?)\b[\w.?!\[\]'\"]*\s*\}?$|^\{?\s*\w+[eE]rror\s*\}?$")
_HEADING = re.compile(r"^h[1-6]$")
HARMLESS = "harmless-click"


def barriers(text: str, grammar_name: str) -> tuple[Barrier, ...]:
    """Every barrier of a JSX file in source order."""
    if "<" not in text:
        return ()
    markup = Markup(text, parse(text.encode("utf-8", "replace"), grammar_name).root, grammar_name)
    found = [barrier for element in markup.elements for barrier in _of_element(element, markup)]
    found += _headings(markup)
    found += dead_controls(markup)
    return tuple(sorted(found, key=lambda item: (item.line, item.column, item.kind)))


def _of_element(element: Element, markup: Markup) -> Iterator[Barrier]:
    yield from _unnamed_control(element, markup)
    yield from _unlabelled_field(element, markup)
    yield from _clickable(element, markup)
    yield from _dialog(element, markup)
    yield from _home_made_modal(element, markup)
    yield from _autoplay(element)
    yield from _focus(element, markup)
    yield from _tiny_target(element, markup)
    yield from _silent_error(element, markup)


def _barrier(kind: str, element: Element, detail: str = "", confidence: float = 0.9) -> Barrier:
    return Barrier(kind, element.line, element.column, detail or element.name, confidence)


def _unnamed_control(element: Element, markup: Markup) -> Iterator[Barrier]:
    pressed = element.name in _PRESSED or element.literal("role") == "button"
    link = element.name in _LINKS and element.has("href", "to")
    if not (pressed or link) or is_named(element, markup) or _is_hidden(element):
        return
    if element.name in _NATIVE_PRESSED and element.has("accessible"):
        return
    if is_empty(element, markup):
        if element.is_native and not _is_labelled(element, markup):
            yield _barrier("icon-button-no-name", element, confidence=0.85)
        return
    if any(around.name == "Tooltip" and around.has("title") for around in element.ancestors()):
        return
    inside = list(element.within())
    icons = [child for child in inside if is_icon(child, markup)]
    pictures = any(child.name == "img" and not child.has("alt") for child in inside)
    if icons or not pictures:
        detail = icons[0].name if icons else element.name
        yield _barrier("icon-button-no-name", element, detail)


def _unlabelled_field(element: Element, markup: Markup) -> Iterator[Barrier]:
    if element.name in _FIELDS:
        if element.literal("type") in _UNLABELLED_TYPES:
            return
    elif element.name not in _UI_FIELDS or not _is_known_field(element, markup):
        return
    if (
        element.spread
        or _is_hidden(element)
        or (element.literal("type") == "file" and _OUT_OF_SIGHT.search(element.classes))
        or element.has("aria-label", "aria-labelledby", "title", "label")
    ):
        return
    if element.has("accessibilityLabel", "accessibilityLabelledBy", "asChild"):
        return
    if _is_labelled(element, markup):
        return
    has_placeholder = element.has("placeholder")
    detail = (
        element.literal("placeholder") or element.literal("name") or element.literal("type") or element.name
    )
    sure = 0.75 if element.has("id") or element.name == "TextInput" else 0.9
    shown = f"placeholder:{detail}" if has_placeholder else detail
    yield _barrier(
        "input-no-label", element, f"beside:{detail}" if _has_words_beside(element) else shown, sure
    )


def _has_words_beside(element: Element) -> bool:
    """A label stands before it that is not tied to it: people who see read it, a screen reader does not."""
    siblings = element.parent.children if element.parent is not None else []
    before = siblings[: siblings.index(element)] if element in siblings else []
    return any(sibling.name.lower().endswith("label") for sibling in before)


def _is_known_field(element: Element, markup: Markup) -> bool:
    module = markup.module(element)
    return module == "react-native" if element.name == "TextInput" else bool(_UI_MODULE.search(module))


def _is_labelled(element: Element, markup: Markup) -> bool:
    """Inside a label or a field that may bring one, or named by a label through its id."""
    for around in element.ancestors():
        if _LABELLING.search(around.name) or around.has("label"):
            return True
    own = element.attributes.get("id")
    return own is not None and (own.literal, own.text) in markup.labelled


def _is_hidden(element: Element) -> bool:
    if element.has("hidden") or element.text("tabIndex") == "-1" or _is_silent(element):
        return True
    return bool(re.search(r"(?:^|[\s\"'`])hidden(?=[\s\"'`]|$)", element.classes)) or "none" in re.findall(
        r"display:\s*[\"']?(\w+)", element.text("style")
    )


def _is_silent(element: Element) -> bool:
    """Kept from screen readers, or perhaps: `aria-hidden` alone means true."""
    return element.has("aria-hidden") and element.text("aria-hidden") not in (
        "false",
        "{false}",
        "undefined",
        "null",
    )


def _clickable(element: Element, markup: Markup) -> Iterator[Barrier]:
    """A barrier where only a mouse gets on; `harmless-click` where a handler is no control."""
    handler = element.text("onClick")
    if not element.is_native:
        return
    if _is_harmless(element, handler, markup):
        yield _barrier(HARMLESS, element)
        return
    if element.name not in _CLICKED or handler in ("", "null", "undefined") or element.spread:
        return
    keys = element.has("onKeyDown", "onKeyUp", "onKeyPress")
    if element.has("role") and (element.has("tabIndex") and keys):
        return
    yield _barrier("click-on-div", element, confidence=0.9 if not element.has("role") else 0.8)


def _is_harmless(element: Element, handler: str, markup: Markup) -> bool:
    """Whether the handler is only a shortcut for something that a keyboard reaches elsewhere, or hidden from all."""
    if _is_hidden(element) or element.literal("role") in ("presentation", "none"):
        return True
    if not handler:
        return False
    if _ONLY_STOPS.search(handler.strip()) or _FOCUSES.search(handler) or _only_wraps(element, markup):
        return True
    if _ONLY_AROUND.search(handler):
        return True
    if _BACKDROP.search(f"{element.classes} {element.text('style')}") and _CLOSES.search(handler):
        return True
    if any(around.name in _PRESSED | _LINKS | {"label", "Label"} for around in element.ancestors()):
        return True
    if element.name == "label" and _repeats_neighbour(element, handler):
        return True
    return element.name in _CLICKED and _repeats_inner_control(element, handler)


def _only_wraps(element: Element, markup: Markup) -> bool:
    """Nothing but `{children}`: the control is what the caller puts in."""
    inside = [text for child in markup.children_of(element) if (text := markup.source(child).strip())]
    return inside == ["{children}"] or inside == ["{props.children}"]


def _repeats_inner_control(element: Element, handler: str) -> bool:
    """A larger area around a real control that does the same."""
    wanted = _bare(handler)
    return any(
        child.name in _PRESSED | _LINKS | {"input", "Checkbox", "Radio"}
        and (_bare(child.text("onClick")) == wanted or child.name in ("input", "Checkbox"))
        for child in element.within()
    )


def _repeats_neighbour(element: Element, handler: str) -> bool:
    """The words beside a field that does the same."""
    return any(
        _bare(handler) in (_bare(child.text("onChange")), _bare(child.text("onCheckedChange")))
        for around in islice(element.ancestors(), 2)
        for child in around.within()
    )


def _bare(handler: str) -> str:
    """A handler without spaces and without the arrow before a plain call."""
    return re.sub(r"\s+|^\(\)=>", "", handler)


def _dialog(element: Element, markup: Markup) -> Iterator[Barrier]:
    if element.spread or element.has("aria-label", "aria-labelledby", "asChild"):
        return
    if element.name.rpartition(".")[2] not in _DIALOGS:
        if element.is_native and element.literal("role") in ("dialog", "alertdialog"):
            yield _barrier("dialog-no-title", element, "role=dialog", 0.85)
        return
    inside = list(element.within())
    if any(_is_title(child) for child in inside) or _shows_children(element, markup):
        return
    foreign = [item.name for item in inside if not item.is_native and not is_icon(item, markup)]
    own = [name for name in dict.fromkeys(foreign) if _is_own(markup.imports.get(name, ""))]
    yield _barrier("dialog-no-title", element, ",".join(own[:12]), 0.9)


def _is_title(element: Element) -> bool:
    return element.name.rpartition(".")[2].endswith("Title")


def _shows_children(element: Element, markup: Markup) -> bool:
    """The caller's content is shown somewhere inside, and may bring what is missing."""
    return bool(_CHILDREN.search(markup.source(element.node)))


def _home_made_modal(element: Element, markup: Markup) -> Iterator[Barrier]:
    """A layer over the whole page with controls in it, and nothing that says so or keeps the focus."""
    if element.name not in ("div", "section", "motion.div") or not _MODAL.search(element.classes):
        return
    if not _DIMS.search(element.classes) or element.spread or element.has("role", "aria-modal"):
        return
    inside = list(element.within())
    if not any(child.name in _PRESSED | _FIELDS for child in inside):
        return
    told = any(child.has("aria-modal") or "dialog" in child.literal("role") for child in inside)
    trapped = any(
        "FocusTrap" in item.name or "FocusLock" in item.name or "Dialog" in item.name for item in inside
    )
    if not told and not trapped and "FocusTrap" not in markup.text and "useFocusTrap" not in markup.text:
        yield _barrier("focus-trap", element, confidence=0.75)


def _autoplay(element: Element) -> Iterator[Barrier]:
    if element.name not in ("video", "audio") or not element.has("autoPlay", "autoplay"):
        return
    plays = element.text("autoPlay") or element.text("autoplay")
    if plays == "false" or element.has("controls") or element.spread:
        return
    muted = element.has("muted") and element.text("muted") != "false"
    if not muted:
        yield _barrier("autoplay", element, confidence=0.8)


def _focus(element: Element, markup: Markup) -> Iterator[Barrier]:
    if not (element.name in _FIELDS | _PRESSED | _LINKS or element.name in _UI_FIELDS):
        return
    classes = element.attributes.get("className")
    if classes is None or classes.literal is None or not _OUTLINE_GONE.search(classes.literal):
        return
    if _FOCUS_SHOWN.search(classes.literal) or _is_hidden(element) or element.has("onFocus"):
        return
    if not element.is_native or any("focus-within:" in around.classes for around in element.ancestors()):
        return
    yield _barrier("focus-outline-removed", element, confidence=0.8)


def _tiny_target(element: Element, markup: Markup) -> Iterator[Barrier]:
    if element.name not in ("button", "Button") or element.attributes.get("className") is None:
        return
    classes = element.literal("className")
    if _TINY.search(classes) and _TINY_WIDTH.search(classes) and not _PADDED.search(classes):
        yield _barrier("target-size", element, confidence=0.7)


def _silent_error(element: Element, markup: Markup) -> Iterator[Barrier]:
    if element.name not in ("p", "span", "div", "small") or not _ERROR_CLASS.search(element.classes):
        return
    family = [element, *element.ancestors()]
    if any(item.has("role", "aria-live") or re.search("Alert|Message|Toast", item.name) for item in family):
        return
    shown = [markup.source(child).strip() for child in markup.children_of(element)]
    values = [text for text in shown if text]
    if len(values) == 1 and _ERROR_VALUE.match(values[0]):
        yield _barrier("form-error-not-announced", element, values[0].strip("{} "), 0.75)


def _headings(markup: Markup) -> list[Barrier]:
    """A level left out between two headings of the same block, and all levels of the file for its page."""
    levels = [(int(item.name[1]), item) for item in markup.elements if _HEADING.match(item.name)]
    found: list[Barrier] = []
    for (before, first), (after, second) in pairwise(levels):
        if after > before + 1 and _same_root(first, second) and not _filled_between(first, second, markup):
            found.append(_barrier("heading-order", second, f"h{before} h{after}", 0.8))
    if levels:
        first = levels[0][1]
        found.append(_barrier("headings", first, ",".join(str(level) for level, _ in levels)))
    return found


def _filled_between(first: Element, second: Element, markup: Markup) -> bool:
    """A component of the project stands between them, and may bring the heading that seems to be missing."""
    between = (
        item
        for item in markup.elements
        if first.node.end_byte <= item.node.start_byte < second.node.start_byte and not item.is_native
    )
    return any(item.name and not is_icon(item, markup) and _is_own(markup.module(item)) for item in between)


def _is_own(module: str) -> bool:
    return not module or (module.startswith((".", "@/", "~/", "src/")) and not _UI_MODULE.search(module))


def _same_root(first: Element, second: Element) -> bool:
    """Both stand in one returned tree, so that they follow each other on the page."""
    return _root(first) is _root(second)


def _root(element: Element) -> Element:
    *_, outermost = (element, *element.ancestors())
    return outermost
