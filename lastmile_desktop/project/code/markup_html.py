"""The same barriers in HTML pages, server templates, and the templates of Vue, Svelte and Astro files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

from lastmile_desktop.project.code.outline import Barrier

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_CLOSED_BY = {
    "p": frozenset(["p", "div", "ul", "section"]),
    "li": frozenset(["li"]),
    "td": frozenset(["td", "tr"]),
}
_UNLABELLED_TYPES = frozenset(["hidden", "submit", "button", "image", "reset"])
_CLICKS = ("onclick", "@click", "v-on:click", "on:click", "on:click|self")
_KEYS = (
    "onkeydown",
    "onkeyup",
    "@keydown",
    "@keyup",
    "on:keydown",
    "@keydown.enter",
    "@keypress",
    "on:keyup",
    "on:keypress",
)
_CONTROLS = frozenset(["a", "button", "label", "summary", "input", "select", "textarea"])
_CLICKED = frozenset(["div", "span", "li", "tr", "td", "p", "img", "section", "article", "svg", "i"])
_SAYS = re.compile(r"[^\W_]", re.UNICODE)
_SCRIPT = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_SPEAKS = re.compile(
    r"\{%-?\s*(?:trans(?:late)?|blocktrans(?:late)?|_|gettext|include|block|slot|component)\b"
)
_TEMPLATE_TAG = re.compile(r"\{%.{0,2000}?%\}|\{#.{0,2000}?#\}", re.DOTALL)
_ZOOM_OFF = re.compile(r"user-scalable\s*=\s*(?:no|0)|maximum-scale\s*=\s*(?:1(?:\.0*)?|0)\b", re.IGNORECASE)
_HARMLESS = re.compile(r"stopPropagation|\.focus\(|target\s*===?\s*(?:this\b|\w+\.currentTarget)|^\$emit\(")
# Svelte and Astro write code without quotes, which a reader of HTML would take apart at its blanks.
_BRACED = re.compile(r"(?<==)\{((?:[^{}]|\{(?:[^{}]|\{[^{}]{0,200}\}){0,300}\}){0,500})\}")
_NOT_SEEN = re.compile(r"display:\s*none")
_UNSEEN_CLASS = re.compile(
    r"(?:^|\s)(?:hidden|d-none|is-hidden|visually-hidden|sr-only|hidden-input|invisible)(?:\s|$)"
)
_BACKDROP = re.compile(r"\binset-0\b|overlay|backdrop|modal-bg", re.IGNORECASE)
_CLOSES = re.compile(r"close|hide|dismiss|remove|false", re.IGNORECASE)
_MOST_ELEMENTS = 20_000
_MOST_OPEN = 120


@dataclass(slots=True)
class _Open:
    name: str
    attributes: dict[str, str]
    line: int
    column: int
    says: bool = False
    pictures: int = 0
    inside_label: bool = False
    holds_label: bool = False


@dataclass
class _Fields:
    """Fields wait for the end of the file: their label may come after them."""

    waiting: list[tuple[str, Barrier]] = field(default_factory=list[tuple[str, Barrier]])
    labelled: set[str] = field(default_factory=set[str])


def barriers(text: str, *, whole_page: bool) -> tuple[Barrier, ...]:
    """`whole_page` for .html files: only there `<html>` and its language are expected."""
    bare = _SCRIPT.sub(_blank, _FRONT_MATTER.sub(_blank, text)) if not whole_page else _blank_code(text)
    if not whole_page:
        bare = _BRACED.sub(_quoted, bare)
    reader = _Reader()
    try:
        reader.feed(_TEMPLATE_TAG.sub(_unread, bare))
        reader.close()
    except AssertionError:
        # The standard parser gives up on some broken declarations: what was read until there counts.
        pass
    return tuple(sorted(reader.finish(), key=lambda item: (item.line, item.column, item.kind)))


def _blank_code(text: str) -> str:
    return _SCRIPT.sub(_blank, text)


def _quoted(match: re.Match[str]) -> str:
    """The same in quotes, of the same length."""
    return '"' + match[1].replace('"', "'") + '"'


def _unread(match: re.Match[str]) -> str:
    """Nothing in place of a template's tag; a word where it says something, or puts in what may."""
    blank = _blank(match)
    return f"x{blank[1:]}" if _SPEAKS.match(match[0]) else blank


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Barrier] = []
        self._open: list[_Open] = []
        self._fields = _Fields()
        self._levels: list[tuple[int, int, int]] = []
        self._count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS:
            return
        line, column = self.getpos()
        attributes = {name: value or "" for name, value in attrs}
        element = _Open(tag, attributes, line, column + 1)
        element.inside_label = any(around.name == "label" for around in self._open)
        self._judge(element)
        if tag in _VOID:
            self._said_by(element)
            return
        while self._open and tag in _CLOSED_BY.get(self._open[-1].name, ()):
            self._close(self._open.pop())
        self._open.append(element)
        if len(self._open) > _MOST_OPEN:
            del self._open[: _MOST_OPEN // 2]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID and self._open and self._open[-1].name == tag:
            self._close(self._open.pop())

    def handle_endtag(self, tag: str) -> None:
        if not any(element.name == tag for element in self._open):
            return
        while self._open:
            element = self._open.pop()
            self._close(element)
            if element.name == tag:
                return

    def handle_data(self, data: str) -> None:
        if _SAYS.search(data):
            for element in self._open:
                element.says = True

    def finish(self) -> list[Barrier]:
        while self._open:
            self._close(self._open.pop())
        self.found += [
            item for name, item in self._fields.waiting if not name or name not in self._fields.labelled
        ]
        for (before, *_), (after, line, column) in pairwise(self._levels):
            if after > before + 1:
                self.found.append(Barrier("heading-order", line, column, f"h{before} h{after}", 0.8))
        if self._levels:
            first = self._levels[0]
            levels = ",".join(str(level) for level, *_ in self._levels)
            self.found.append(Barrier("headings", first[1], first[2], levels))
        return self.found

    def _judge(self, element: _Open) -> None:
        attributes = element.attributes
        match element.name:
            case "html":
                if not _any(attributes, "lang", "xml:lang") and not any("{" in name for name in attributes):
                    self._add("html-no-lang", element)
            case "img":
                if not _any(attributes, "alt", "aria-label", "role") and not _is_unseen(attributes):
                    self._add("img-no-alt", element)
            case "meta":
                if attributes.get("name") == "viewport" and _ZOOM_OFF.search(attributes.get("content", "")):
                    self._add("zoom-disabled", element)
            case "video" | "audio":
                if "autoplay" in attributes and not ("muted" in attributes or "controls" in attributes):
                    self._add("autoplay", element, 0.8)
            case "input" | "select" | "textarea":
                self._field(element)
            case "label":
                self._fields.labelled.add(attributes.get("for", ""))
                if self._open:
                    self._open[-1].holds_label = True
            case "iframe":
                if (
                    not _any(attributes, "title", "aria-label", "aria-labelledby")
                    and "hidden" not in attributes
                ):
                    self._add("aria-misuse", element, 0.85)
            case name if len(name) == 2 and name[0] == "h" and name[1] in "123456":
                self._levels.append((int(name[1]), element.line, element.column))
            case _:
                pass
        self._clickable(element)

    def _field(self, element: _Open) -> None:
        attributes = element.attributes
        if attributes.get("type", "").lower() in _UNLABELLED_TYPES or element.inside_label:
            return
        if _any(attributes, "aria-label", "aria-labelledby", "title") or "hidden" in attributes:
            return
        if _NOT_SEEN.search(attributes.get("style", "")):
            return
        if attributes.get("type") == "file" and _UNSEEN_CLASS.search(attributes.get("class", "")):
            # A control with words opens it.
            return
        if any("{" in name for name in attributes):
            return
        detail = attributes.get("placeholder") or attributes.get("name") or element.name
        shown = f"placeholder:{detail}" if "placeholder" in attributes else detail
        if self._open and self._open[-1].holds_label:
            shown = f"beside:{detail}"
        barrier = Barrier("input-no-label", element.line, element.column, shown[:80])
        own = attributes.get("id") or attributes.get(":id", "")
        self._fields.waiting.append((own, barrier))

    def _clickable(self, element: _Open) -> None:
        attributes = element.attributes
        if element.name not in _CLICKED or not any(name in attributes for name in _CLICKS):
            return
        if (
            _any(attributes, "role")
            and "tabindex" in attributes
            and any(name in attributes for name in _KEYS)
        ):
            return
        if any(around.name in _CONTROLS for around in self._open) or attributes.get("aria-hidden") == "true":
            return
        handler = " ".join(attributes[name] for name in _CLICKS if name in attributes)
        if _HARMLESS.search(handler) or (
            _BACKDROP.search(attributes.get("class", "")) and _CLOSES.search(handler)
        ):
            return
        self._add("click-on-div", element, 0.85)

    def _close(self, element: _Open) -> None:
        self._said_by(element)
        if element.name not in ("button", "a") or (element.name == "a" and "href" not in element.attributes):
            return
        if element.says or _any(element.attributes, "aria-label", "aria-labelledby", "title"):
            return
        if any(name.startswith((":", "v-", "x-text")) and "label" in name for name in element.attributes):
            return
        if any(name in element.attributes for name in ("v-text", "v-html", "x-text", "x-html", "hidden")):
            return
        if element.pictures:
            self._add("icon-button-no-name", element, 0.85)

    def _said_by(self, element: _Open) -> None:
        """A picture's alternative text is the word of the control around it."""
        if element.name in ("img", "input"):
            says = bool(element.attributes.get("alt", "").strip()) or ":alt" in element.attributes
            for around in self._open:
                around.says = around.says or says
        if element.name in ("img", "svg", "i", "use"):
            for around in self._open:
                around.pictures += 1

    def _add(self, kind: str, element: _Open, confidence: float = 0.9) -> None:
        self.found.append(Barrier(kind, element.line, element.column, element.name, confidence))


def _is_unseen(attributes: dict[str, str]) -> bool:
    """Counting pixels, and what is hidden from everybody."""
    if attributes.get("aria-hidden") == "true" or "hidden" in attributes:
        return True
    tiny = attributes.get("width") == "1" or attributes.get("height") == "1"
    return tiny or bool(re.search(r"display:\s*none", attributes.get("style", "")))


def _any(attributes: dict[str, str], *names: str) -> bool:
    """One of these, as a plain or a bound attribute."""
    return any(f"{prefix}{name}" in attributes for name in names for prefix in ("", ":", "v-bind:", "bind:"))
