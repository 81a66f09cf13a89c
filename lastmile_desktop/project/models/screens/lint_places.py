"""The tag that a linter's finding is about, read from the source around the place it named."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 1_500
_NAME = re.compile(r"<([\w.:-]{1,80})")
_AUTOCOMPLETE = re.compile(r"\bauto[cC]omplete=\{?[\"'`]([^\"'`]{0,120})[\"'`]")
_FIELDS = frozenset(
    "name honorific-prefix given-name additional-name family-name honorific-suffix nickname username new-password "
    "current-password one-time-code organization-title organization street-address address-line1 address-line2 "
    "address-line3 address-level4 address-level3 address-level2 address-level1 country country-name postal-code "
    "cc-name cc-given-name cc-additional-name cc-family-name cc-number cc-exp cc-exp-month cc-exp-year cc-csc cc-type "
    "transaction-currency transaction-amount language bday bday-day bday-month bday-year sex url photo".split()
)
_REACHED = frozenset(
    "tel tel-country-code tel-national tel-area-code tel-local tel-local-prefix tel-local-suffix tel-extension email "
    "impp".split()
)


@dataclass(frozen=True, slots=True)
class Tag:
    """`text` is the opening tag with its attributes. `spread` when some of them come from elsewhere."""

    name: str
    text: str

    @property
    def spread(self) -> bool:
        return "{..." in self.text

    @property
    def is_native(self) -> bool:
        return self.name[:1].islower() and "." not in self.name

    def has(self, attribute: str) -> bool:
        return re.search(rf"(?<![\w-]){re.escape(attribute)}(?=[\s=/>]|$)", self.text) is not None


NO_TAG = Tag("", "")


def tag_at(text: str, line: int, column: int) -> Tag:
    """The tag around this place (1-based), which may be the tag itself or one of its attributes."""
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return NO_TAG
    position = sum(len(item) + 1 for item in lines[: line - 1]) + max(column - 1, 0)
    start = position
    for _ in range(20):
        start = text.rfind("<", max(0, start - _LONGEST), start + 1)
        if start < 0:
            return NO_TAG
        named = _NAME.match(text, start)
        if named is not None:
            tag = _whole(text, start)
            if start + len(tag) >= position:
                return Tag(named[1], tag)
        start -= 1
    return NO_TAG


def _whole(text: str, start: int) -> str:
    """From `<` to the `>` that ends it; arrows, braces and quotes inside do not."""
    depth, quote = 0, ""
    for position in range(start + 1, min(len(text), start + _LONGEST)):
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'`" and depth == 0:
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif character == ">" and depth <= 0:
            return text[start : position + 1]
    return text[start : start + _LONGEST]


def completes_validly(tag: Tag) -> bool:
    """Whether the autocomplete value of a tag is one that browsers know: section, address kind, contact kind, field."""
    found = _AUTOCOMPLETE.search(tag.text)
    if found is None:
        return True
    words = found[1].lower().split()
    if not words or words in (["on"], ["off"], ["none"]):
        return True
    if words[0].startswith("section-"):
        words = words[1:]
    if words[:1] and words[0] in ("shipping", "billing"):
        words = words[1:]
    if words[-1:] == ["webauthn"]:
        words = words[:-1]
    if len(words) == 2 and words[0] in ("home", "work", "mobile", "fax", "pager"):
        return words[1] in _REACHED
    return len(words) == 1 and (words[0] in _FIELDS or words[0] in _REACHED)


_CAPTION_TAG = re.compile(r"<(/?)([A-Za-z][\w.-]{0,40})\b[^<]{0,600}?(/?)>")
_WORDS_ONLY = frozenset({
    "div", "p", "span", "strong", "b", "em", "i", "code", "pre", "small", "ul", "ol", "li", "dl", "dt", "dd", "h2",
    "h3", "h4", "h5", "br", "hr", "a", "img", "svg", "path", "Badge",
})  # fmt: skip
_CAPTION_REACH = 30


def is_caption(text: str, line: int) -> bool:
    """Whether the label on this line stands above words alone: nothing in the box around it could be filled in."""
    below = "\n".join(text.split("\n")[line - 1 : line - 1 + _CAPTION_REACH])
    start = below.find("<label")
    depth, seen = 0, False
    for tag in _CAPTION_TAG.finditer(below, max(start, 0)):
        closes, name, alone = tag[1] == "/", tag[2], tag[3] == "/"
        if name == "label":
            if seen and not closes:
                return depth == 0
            seen = seen or closes
            continue
        if name not in _WORDS_ONLY:
            return False
        depth += 0 if alone or name in ("br", "hr", "img") else -1 if closes else 1
        if depth < 0:
            return seen
    return False
