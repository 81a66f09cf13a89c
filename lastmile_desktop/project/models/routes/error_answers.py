"""Answers to failures of the server's own that carry the inner text of the error."""

from __future__ import annotations

import re

from lastmile_desktop.project.lines import line_at

_NAME = r"(?:e|err|error|ex|exc|exception)"
_INNER = (
    rf"(?:\(?{_NAME}(?:\s+as\s+\w{{1,20}})?\)?\??\.message\b|String\({_NAME}\)"
    r"|\b(?:errorMessage|errMessage|errMsg|message)\b\s*(?:\|\||\}|,))"
)
_SCRIPT = re.compile(
    rf"status\(5\d\d\)\s*\.\s*(?:json|send)\(\s*\{{[^{{}}]{{0,160}}?{_INNER}"
    rf"|(?:json|stringify)\(\s*\{{[^{{}}]{{0,160}}?{_INNER}[^{{}}]{{0,160}}?\}}?\s*\)?\s*,\s*\{{[^{{}}]{{0,120}}?status:\s*5\d\d"
)
_TOLD = re.compile(rf"=\s*\(?\s*{_NAME}\s+instanceof\s+Error\s*\?\s*{_NAME}\.message|=\s*{_NAME}\.message\b")
_PYTHON = re.compile(
    rf"HTTPException\(\s*(?:status_code\s*=\s*)?(?:500|status\.HTTP_500\w{{0,30}})\s*,\s*(?:detail\s*=\s*)?"
    rf"(?:f?[\"'][^\"'\n]{{0,120}}\{{(?:str\()?{_NAME}\b|str\({_NAME}\))"
    rf"|(?:jsonify|JsonResponse|JSONResponse)\([^()\n]{{0,80}}str\({_NAME}\)[^\n]{{0,60}}\b50\d\b"
)
_DEVELOPMENT = re.compile(r"(?i)development|NODE_ENV|\bDEBUG\b|is_?dev")
_AROUND = 200
_MOST = 200


def told_errors(path: str, text: str) -> tuple[int, ...]:
    """The lines of such answers in one file."""
    pattern = _PYTHON if path.endswith(".py") else _SCRIPT
    named = pattern is _PYTHON or _TOLD.search(text) is not None
    lines: list[int] = []
    for found in pattern.finditer(text):
        near = text[max(0, found.start() - _AROUND) : found.end() + _AROUND]
        whole = ".message" in found[0] or "str(" in found[0] or "String(" in found[0]
        if (whole or named) and not _DEVELOPMENT.search(near):
            lines.append(line_at(text, found.start()))
            if len(lines) >= _MOST:
                break
    return tuple(lines)
