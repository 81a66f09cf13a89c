"""Other ways to what shows only under a mouse: the row around it does the same, or small screens have their own."""

from __future__ import annotations

import re

_LOOKED_BACK = 6_000
_GROUP = re.compile(r"(?<![\w-])group(?:/\w{1,20})?(?![\w:/-])")
_ACTS = re.compile(
    r"\bon[A-Z]\w{2,20}=|\bhref=|\bto=|Trigger\b|\basChild\b|type=[\"']submit|v-on:|@click|\bon:click"
)
_TAG_END = re.compile(r"(?<!=)>")
_ONLY_WIDE = re.compile(
    r"(?:!\s{0,3}is_?(?:Mobile|Touch|Phone)\w{0,20}|\bisDesktop)\s{0,5}&&\s{0,20}\(?\s{0,200}$"
)
_ELSE = re.compile(r"\)\s{0,200}:\s{0,200}\(?\s{0,200}$")
_IF_SMALL = re.compile(r"(?<!!)\bis(?:Mobile|Touch|Phone|SmallScreen)\w{0,20}\s{0,20}\?\s{0,20}\(")


def has_other_way(code: str, tag_start: int, classes_end: int) -> bool:
    """Whether the element that starts at `tag_start` and ends its classes at `classes_end` is not the only way."""
    before = code[max(0, tag_start - _LOOKED_BACK) : tag_start]
    return _for_wide_screens(before) or (
        _is_decoration(code, tag_start, classes_end) and _around_acts(before)
    )


def _for_wide_screens(before: str) -> bool:
    if _ONLY_WIDE.search(before):
        return True
    other = _ELSE.search(before)
    if other is None:
        return False
    return any(
        (own := before[test.end() : other.start()]).count("(") == own.count(")")
        for test in _IF_SMALL.finditer(before)
    )


def _is_decoration(code: str, tag_start: int, classes_end: int) -> bool:
    """Whether what is hidden does nothing of its own, so that a tap on it goes to what is around it."""
    tag = re.match(r"<([\w.]+)", code[tag_start : tag_start + 60])
    end = code.find(f"</{tag[1]}>", classes_end, classes_end + 2_000) if tag else -1
    if tag is None or end < 0:
        return False
    if code.count(f"<{tag[1]}", classes_end, end):
        return False
    return _ACTS.search(code[tag_start:end]) is None


def _around_acts(before: str) -> bool:
    """Whether the element that the mouse must be over takes a click itself."""
    group = max((found.start() for found in _GROUP.finditer(before)), default=-1)
    if group < 0:
        return False
    start = before.rfind("<", 0, group)
    end = _TAG_END.search(before, group)
    if start < 0 or end is None:
        return False
    # A class list may be code with arrows and comparisons; the handler stands before the first child.
    own = before[start : end.end()]
    return re.search(r"\bonClick=|@click|\bon:click|\bhref=|\bto=", own) is not None
