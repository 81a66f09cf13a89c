"""Answers of requests whose body is used although nobody asked whether the request went well."""

from __future__ import annotations

import re

_TELLS = r"error|errors|success|ok|status|message|detail"
_TOLD = re.compile(rf"\b(?:{_TELLS})\b")


def is_read_blindly(name: str, body: str, *, reads: bool) -> bool:
    """Whether the body of an answer is read and nothing asks whether the request went well. What a request that only
    `reads` brought may be missing, and code that looks for it does without."""
    known = re.escape(name)
    if not re.search(rf"\b{known}\??\.json\(", body):
        return False
    asked = rf"\b{known}\??\.(?:ok|status|error)\b|[(,]\s{{0,5}}{known}\s{{0,5}}[,)]"
    taken = rf"\{{[^}}]{{0,80}}\b(?:ok|status)\b[^}}]{{0,80}}\}}\s{{0,3}}=\s{{0,3}}{known}\b"
    if re.search(asked, body) or re.search(taken, body):
        return False
    given = re.search(
        rf"(?:const|let|var)\s{{1,3}}(\w+|\{{[^}}]{{0,200}}\}})[^=;]{{0,80}}="
        rf"\s{{0,3}}\(?(?:await\s{{1,3}})?{known}\??\.json\(",
        body,
    )
    if given is None:
        return True
    if re.search(rf"\b{given[1]}\[['\"](?:{_TELLS})['\"]\]" if given[1].isidentifier() else r"(?!)", body):
        return False
    if given[1].startswith("{"):
        return _TOLD.search(given[1]) is None
    if _asks_body(given[1], body) or (reads and _does_without(given[1], body)):
        return False
    return not re.search(rf"\b{given[1]}\??\.(?:{_TELLS})\b|parse\(\s{{0,3}}{given[1]}\b", body)


def _asks_body(name: str, body: str) -> bool:
    """Whether the code looks for what it needs in the body, and does something else where that is missing."""
    known = rf"{re.escape(name)}\??(?:\.\w{{1,60}}\??){{0,3}}"
    closed = rf"if\s{{0,3}}\(\s{{0,3}}!\s{{0,3}}{known}\s{{0,3}}(?:\)|\|\|)|Array\.isArray\(\s{{0,3}}{known}\s{{0,3}}\)"
    block = r"\{[^}]{0,400}(?:\}[^}]{0,200}){0,4}\}"
    gate = rf"if\s{{0,3}}\(\s{{0,3}}{known}[^{{}}]{{0,120}}\)\s{{0,3}}"
    leaves = rf"{gate}\{{[^}}]{{0,200}}\breturn\b[^}}]{{0,200}}\}}[\s\S]{{0,200}}?\bthrow\b"
    either = rf"if\s{{0,3}}\(\s{{0,3}}{known}\s{{0,3}}\)\s{{0,3}}{block}\s{{0,3}}else\b"
    return re.search(f"{closed}|{either}|{leaves}", body) is not None


def _does_without(name: str, body: str) -> bool:
    """Whether the code looks whether the body holds what it wants before it takes it."""
    known = re.escape(name)
    looked = (
        rf"if\s{{0,3}}\(\s{{0,3}}{known}\??[.\[]",
        rf"\b{known}(?:\?\.|\??\.\w{{1,40}}\?\.)",
        rf"\b(?:is[A-Z]\w{{0,40}}|Array\.isArray)\(\s{{0,3}}{known}\b|typeof\s{{1,3}}{known}\b",
    )
    return any(re.search(pattern, body) for pattern in looked)
