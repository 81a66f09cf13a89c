"""Signatures compared letter by letter, and connections that accept any certificate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Branch, Call, Do, Leave, Outline, Step, Value
from lastmile_desktop.project.models.crypto.uses import Scope

_HMAC = re.compile(r"\bcreateHmac\(|\bhmac\.(?:new|digest|HMAC)\(|subtle\.sign\(|\bHmacSHA\d+\(")
_COMPARES = r"(?:===?|!==?)"
# Paramiko takes whatever key a server shows it.
_ANY_HOST = re.compile(r"(?:^|\.)(?:AutoAddPolicy|WarningPolicy)(?:\(\))?$")
_NO_CERTIFICATE = re.compile(r"CERT_(?:NONE|OPTIONAL)|^['\"]NONE")
_ALLOWS = ("rejectUnauthorized", "strictSSL", "checkServerIdentity")
_DEVELOPMENT = re.compile(
    r"(?i)development|localhost|\bdev\b|is_?dev|DEBUG|!==?\s*['\"]production|not \(.*production|is_?local|test"
)
_REQUESTS = frozenset(
    ("get post put patch delete head options request Client AsyncClient Session stream send").split()
)
_DATABASE = re.compile(
    r"(?i)pool|postgres|\bpg\b|neon|mysql|sequelize|drizzle|knex|typeorm|datasource|connectionString|database|redis"
)


@dataclass(frozen=True, slots=True)
class Comparison:
    line: int
    named: str


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """`what` is the setting as written; `database` when it is for a database connection, `public` when only other
    people's links are followed over it."""

    line: int
    what: str
    database: bool
    public: bool = False


def comparisons(scope: Scope) -> Iterator[Comparison]:
    """Places where a signature made here is compared with `===` or `==`."""
    signed = {name for name, value in scope.values.items() if _signs(value.text)}
    if not signed and not any(_signs(text) for _, text in _conditions(scope)):
        return
    for name, value in scope.values.items():
        if any(re.search(rf"(?<![\w.]){re.escape(other)}(?![\w])", value.text) for other in tuple(signed)):
            made = re.search(
                r"toString\(|hexdigest|\.digest|`|\bf['\"]|['\"]\s*\+|join\(|encode|Uint8Array", value.text
            )
            if made and not re.search(_COMPARES, value.text):
                signed.add(name)
    named = "|".join(re.escape(name) for name in sorted(signed) if re.fullmatch(r"[\w$]+", name)) or r"(?!)"
    direct = re.compile(
        rf"(?<![\w.])(?:{named})\s*{_COMPARES}\s*(?!null|undefined|None|['\"]|true|false)|{_COMPARES}\s*(?:{named})(?![\w(])"
        rf"|{_COMPARES}[^=&|]{{0,80}}(?:createHmac|hmac\.new)\(|createHmac\([^&|]{{0,200}}digest\([^)]*\)\s*{_COMPARES}"
    )
    for step, text in _conditions(scope):
        if direct.search(text) and not re.search(r"timingSafeEqual|compare_digest|\.length\s*[!=]==?", text):
            yield Comparison(
                step.span.line, next((name for name in sorted(signed) if name in text), "the signature")
            )


def _signs(text: str) -> bool:
    return ("mac" in text or "Hmac" in text or "sign(" in text) and _HMAC.search(text) is not None


def _conditions(scope: Scope) -> Iterator[tuple[Step, str]]:
    for step, _ in scope.steps:
        match step:
            case Branch():
                yield step, step.test
            case Leave() if step.value is not None:
                yield step, step.value.text
            case Do() if step.value is not None and step.targets:
                yield step, step.value.text
            case _:
                pass


def open_connections(outline: Outline, scope: Scope) -> Iterator[OpenConnection]:
    """Connections that do not look at who answers."""
    for step, tests in scope.steps:
        if any(_DEVELOPMENT.search(test) for test in tests):
            continue
        if isinstance(step, Do):
            yield from _setting(step)
        if isinstance(step, Do | Leave) and step.value is not None:
            yield from _in_value(step.value, _context(step), step.span.line)
        if isinstance(step, Do | Leave | Branch):
            for call in step.calls:
                yield from _in_call(call, outline.language == "python", _context(step))


def _context(step: Step) -> str:
    value = step.value.text if isinstance(step, Do | Leave) and step.value is not None else ""
    return " ".join((*getattr(step, "targets", ()), value[:200]))


def _setting(step: Do) -> Iterator[OpenConnection]:
    target = step.targets[0] if step.targets else ""
    text = step.value.text if step.value is not None else ""
    if "NODE_TLS_REJECT_UNAUTHORIZED" in target and text.strip("'\"`") == "0":
        yield OpenConnection(step.span.line, "NODE_TLS_REJECT_UNAUTHORIZED", False)
    elif target.endswith(".verify") and text == "False":
        yield OpenConnection(step.span.line, f"{target} = False", False)
    elif target.endswith((".verify_mode", ".cert_reqs")) and text.endswith("CERT_NONE"):
        yield OpenConnection(step.span.line, "ssl.CERT_NONE", False)
    elif target == "ssl._create_default_https_context" and "unverified" in text:
        yield OpenConnection(step.span.line, "ssl._create_unverified_context", False)


def _in_value(value: Value, context: str, line: int) -> Iterator[OpenConnection]:
    for key, entry in value.entries:
        if key.strip("'\"") in _ALLOWS[:2] and entry.text == "false":
            at = entry.span.line if entry.span else line
            yield OpenConnection(at, f"{key}: false", _DATABASE.search(context) is not None)
        else:
            yield from _in_value(entry, f"{context} {key}", entry.span.line if entry.span else line)
    for item in value.items:
        yield from _in_value(item, context, line)


def _in_call(call: Call, python: bool, context: str) -> Iterator[OpenConnection]:
    if python and call.callee.endswith("_create_unverified_context"):
        yield OpenConnection(call.span.line, "ssl._create_unverified_context", False)
    for link in call.links:
        for arg in link.args or ():
            if python and link.name == "set_missing_host_key_policy" and _ANY_HOST.search(arg.text):
                yield OpenConnection(link.line, arg.text.strip("()"), False)
            if python and arg.name == "cert_reqs" and _NO_CERTIFICATE.search(arg.text):
                line = arg.span.line if arg.span else call.span.line
                yield OpenConnection(line, f"cert_reqs={arg.text}", False)
            asks = python and (link.name or call.root) in _REQUESTS and arg.text == "False"
            if asks and arg.name in ("verify", "verify_ssl", "ssl"):
                line = arg.span.line if arg.span else call.span.line
                yield OpenConnection(line, f"{arg.name}=False", False)
            yield from _in_value(arg, f"{call.callee} {context}", call.span.line)
