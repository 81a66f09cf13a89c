"""What the code writes to its logs, statement by statement, with what each gives away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.code.expression import of_value
from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Function,
    Loop,
    Outline,
    Step,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.privacy.disclosure import Disclosed, Given, disclosed


@dataclass(frozen=True, slots=True)
class LogWrite:
    """One log statement that gives something away. `function` is where it stands."""

    line: int
    function: str
    gives: tuple[Disclosed, ...]


@dataclass(frozen=True, slots=True)
class FileLogs:
    """`statements` counts all log statements, the clean ones too."""

    statements: int = 0
    telling: tuple[LogWrite, ...] = ()


NO_LOGS = FileLogs()
_CONSOLE = frozenset({"log", "info", "warn", "error", "debug", "dir", "table"})
_LEVELS = frozenset(
    {"info", "warn", "warning", "error", "exception", "critical", "fatal", "log", "success", "notice"}
)
_LOGGER = re.compile(r"(?:^|\.|_)(?:log|logger|logging|_logger|LOG|winston|pino)$", re.IGNORECASE)
_OWN_LOGGER = re.compile(r"^(?:log|logStep|log_step|logInfo|logError|logMessage|logger|logDebug)$")
_DEVELOPMENT = re.compile(
    r"NODE_ENV\W{1,8}(?:==|is)\W{1,4}(?:development|dev|test)|NODE_ENV\W{1,8}!==?\W{1,4}production|"
    r"\bimport\.meta\.env\.DEV\b|"
    r"\b__DEV__\b|(?<![.\w])(?:settings\.|app\.|current_app\.|config\.)?(?:DEBUG|debug|"
    r"is_?dev(?:elopment)?|isDev|verbose|VERBOSE)\b(?!\s*(?:=|\())",
)
_NEGATED = re.compile(r"^\s*(?:!|not\s)\s*(?!==)")
_IN_PRODUCTION = re.compile(
    r"NODE_ENV[^\w!=]{1,8}===?\W{1,4}production|import\.meta\.env\.PROD|is_?prod", re.IGNORECASE
)
_BODY_CALL = re.compile(
    r"^(?:req|request|c\.req|ctx\.request|event\.request|self\.request|context\.request|_req|"
    r"_request)\.(?:json|formData|get_json|form|body)$|^readBody$"
)
_FROM_ENVIRONMENT = re.compile(
    r"^\(?(?:process\.env|import\.meta\.env|Deno\.env|os\.environ|os\.getenv|settings\.[A-Z])"
)
# Their models are written as what __str__ says of them.
_BY_TEXT = re.compile(r"^(?:django|rest_framework|sqlalchemy|flask_sqlalchemy|flask_login|sqlmodel)\b")
_BODY_NAME = re.compile(
    r"^(?:\w{0,20}_)?(?:body|payload|data|json|input|request_?data|req_?data|params|values|form_?data|"
    r"content|event)$",
    re.IGNORECASE,
)


# `{ email: body.email, password: body.password }`, which is logged by the name of the whole.
_SECRET_KEY = re.compile(
    r"^['\"]?(?:password|passwd|pwd|senha|contrasena|passwort|new_?password)['\"]?$", re.IGNORECASE
)
_HELD = re.compile(
    r"^(?!(?:undefined|null|None|true|false|True|False)$)[A-Za-z_$][\w$]*(?:[?!]?\.[A-Za-z_$][\w$]*|\[['\"]\w+['\"]\]){0,4}!?$"
)


def file_logs(outline: Outline) -> FileLogs:
    """Every log statement of a file."""
    statements, telling = 0, list[LogWrite]()
    by_name = {function.name: function for function in outline.functions}
    top_names = _bound(outline.top)
    by_text = outline.language == "python" and any(_BY_TEXT.match(item.module) for item in outline.imports)
    scopes = [
        ("", outline.top, {}),
        *((f.name, f.body, _names_in_scope(f, by_name)) for f in outline.functions),
    ]
    for name, body, names in scopes:
        for call, quiet in _log_calls(body, False):
            statements += 1
            if quiet:
                continue
            gives = _kept(_gives(call, {**top_names, **names}, outline.language), _settings(body), by_text)
            if gives:
                telling.append(LogWrite(call.span.line, name, gives))
    return FileLogs(statements, tuple(sorted(telling, key=lambda item: item.line)))


def _kept(gives: Iterator[Disclosed], settings: frozenset[str], by_text: bool) -> tuple[Disclosed, ...]:
    """Without what is no person's: a name read from the settings, a record that writes itself as its title."""
    return tuple(
        item
        for item in dict.fromkeys(gives)
        if not (item.given is not Given.SECRET and item.name.partition(".")[0] in settings)
        and not (by_text and item.given is Given.RECORD)
    )


def _settings(steps: tuple[Step, ...]) -> frozenset[str]:
    """Local names that hold a setting of the environment."""
    return frozenset(
        target
        for step in steps_within(steps)
        if isinstance(step, Do) and step.value and _FROM_ENVIRONMENT.match(step.value.text)
        for target in step.targets
    )


def _names_in_scope(function: Function, by_name: Mapping[str, Function]) -> dict[str, Given]:
    """Local names bound to a request's body in this function and those around it."""
    found: dict[str, Given] = {}
    current: Function | None = function
    for _ in range(6):
        if current is None:
            break
        found = {**_bound(current.body), **found}
        current = by_name.get(current.parent)
    return found


def _bound(steps: tuple[Step, ...]) -> dict[str, Given]:
    """Names assigned the whole body of a request, or an object with a password in it; parts of it taken apart are
    judged by their own names."""
    found: dict[str, Given] = {}
    for step in steps_within(steps):
        if not isinstance(step, Do) or not step.value or len(step.targets) != 1:
            continue
        if any(_SECRET_KEY.match(key) and _HELD.match(value.text) for key, value in step.value.entries):
            found[step.targets[0]] = Given.SECRET
        if step.value.entries or not step.calls:
            continue
        outer = step.calls[-1]
        if _BODY_CALL.match(outer.callee) and _BODY_NAME.match(step.targets[0]):
            found[step.targets[0]] = Given.BODY
    return found


def _log_calls(steps: tuple[Step, ...], quiet: bool) -> Iterator[tuple[Call, bool]]:
    """Each log call, with whether it only runs during development."""
    for step in steps:
        match step:
            case Branch(test=test, then=then, orelse=orelse, calls=calls):
                yield from ((call, quiet) for call in calls if is_log(call))
                development, production = _only_development(test)
                yield from _log_calls(then, quiet or development)
                yield from _log_calls(orelse, quiet or production)
            case Attempt(body=body, handlers=handlers, final=final):
                for part in (body, *handlers, final):
                    yield from _log_calls(part, quiet)
            case Loop(body=body):
                yield from ((call, quiet) for call in step.calls if is_log(call))
                yield from _log_calls(body, quiet)
            case _:
                yield from ((call, quiet) for call in step.calls if is_log(call))


def _only_development(test: str) -> tuple[bool, bool]:
    """Whether the branch taken, and whether the other one, runs in development alone."""
    negated = _NEGATED.match(test) is not None
    if _IN_PRODUCTION.search(test):
        return (negated, not negated)
    if _DEVELOPMENT.search(test):
        return (not negated, negated)
    return (False, False)


def is_log(call: Call) -> bool:
    """Whether a call writes to the log. Debug levels of a logger are off in production."""
    names = [link.name for link in call.links if link.args is not None]
    if call.is_new or len(names) != 1:
        return False
    last = names[0]
    if call.root == "console":
        return last in _CONSOLE and len(call.links) == 1
    if not last:
        return call.root == "print" or _OWN_LOGGER.match(call.root) is not None
    holder = ".".join([call.root, *(link.name for link in call.links[:-1])])
    return last in _LEVELS and _LOGGER.search(holder) is not None


def _gives(call: Call, names: Mapping[str, Given], language: str) -> Iterator[Disclosed]:
    for value in call.args:
        if value.literal is not None:
            continue
        if value.name in ("exc_info", "stack_info", "file", "end", "sep", "flush"):
            continue
        yield from disclosed(of_value(value, language), names)


def calls_of(outline: Outline) -> Iterator[tuple[str, Call]]:
    """Every call of a file with the name of the function it stands in."""
    yield from (("", call) for call in calls_within(outline.top))
    for function in outline.functions:
        yield from ((function.name, call) for call in calls_within(function.body))
