"""One switch for development that is on, and what its readers share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Call, Step, Value

ON = frozenset(("True", "true", "1", "!0"))
WEAK_KEY = re.compile(
    r"(?i)^(?:django-insecure-.{0,120}|.{0,30}(?:change[_ -]?(?:me|this|in[_ -]prod)"
    r"|your[_ -].{0,20}(?:secret|key)|replace[_ -]?(?:me|this)|in[_ -]production|insecure|default"
    r"|please[_ -]change|super[_ -]?secret|my[_ -]?secret|dev[_ -]?(?:secret|key|only)|secret[_ -]?key"
    r"|fallback|temporary|not[_ -]?(?:so[_ -]?)?secret).{0,60}"
    r"|secret|key|dev|development|test|password|keyboard cat|shhh+|abc123|123456\d{0,4}|changeit|hello|foo"
    r"|bar|random|s3cr3t|jwt|token|auth)$"
)
KEY_FALLBACK = re.compile(
    r"(?:SECRET|SECRET_KEY|JWT_SECRET|SESSION_SECRET|NEXTAUTH_SECRET|AUTH_SECRET|COOKIE_SECRET|JWT_KEY"
    r"|ENCRYPTION_KEY)[\"'\]\)]{0,4}\s{0,3}(?:\|\||\?\?|\bor\b|,)\s{0,3}[\"'`]([^\"'`\n]{2,120})[\"'`]"
)
TRACE = re.compile(
    r"(?:\b(?:err|error|e|ex|exc|exception)\.stack\b|traceback\.format_exc\(|traceback\.format_exception\("
    r"|format_exc\(\))"
)


@dataclass(frozen=True, slots=True)
class Switch:
    """`rule` of delivery.unsafe-prod-config. `main` tells that it holds only when the file itself is started."""

    rule: str
    line: int
    last_line: int
    what: str
    main: bool = False
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A statement that may run in production."""

    step: Step
    main: bool
    function: str


def is_on(value: Value | None) -> bool:
    return value is not None and value.text.strip() in ON


def key_fallback(text: str, line: int, end: int, what: str) -> Switch | None:
    """A key that the code takes when none is set, and that everybody knows."""
    match = KEY_FALLBACK.search(text)
    if match is None or not WEAK_KEY.match(match[1]):
        return None
    return Switch("default-secret-key", line, end, what, confidence=0.8)


def keyword(call: Call, *names: str) -> Value | None:
    return next((item for item in call.args if item.name in names), None)


def place_of(value: Value, call: Call) -> tuple[int, int]:
    line = value.span.line if value.span is not None else call.span.line
    return line, line
