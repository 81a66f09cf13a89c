"""How server code writes its logs: in plain sentences or in fields, at which level, from where, and with what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Function,
    Loop,
    Outline,
    Step,
)
from lastmile_desktop.project.models.usage.server_code import serves_users

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LOGGERS = re.compile(
    r"^(?:npm:|jsr:)?(?:pino(?:-http|-pretty)?|winston|bunyan|tslog|structlog|loguru|pythonjsonlogger|python_json_logger|"
    r"logfire|evlog|log4js|roarr|signale|@logtail/\S{1,40}|next-axiom|@axiomhq/\S{1,40}|@aws-lambda-powertools/logger|"
    r"aws_lambda_powertools|@google-cloud/logging\S{0,20}|google\.cloud\.logging|@datadog/\S{1,40}|@nestjs/common|"
    r"nestjs-pino|hono-pino|pino-\S{1,30}|@std/log|@logtape/logtape|consola|fastify)(?:@[\w.^~-]{1,20})?(?:/|$|\.)"
)
_STANDARD = frozenset(["logging"])
_DEVELOPMENT = re.compile(
    r"NODE_ENV|__DEV__|\bDEBUG\b|\bdebug\b|\bverbose\b|import\.meta\.env\.DEV|is_?dev", re.I
)
_EACH = frozenset(["forEach", "map", "filter", "reduce", "flatMap", "some", "every", "each"])
_CONSOLE = frozenset(["log", "info", "warn", "error", "debug", "trace", "dir", "table"])
_LEVELS = frozenset(
    ["info", "warn", "warning", "error", "exception", "critical", "fatal", "debug", "trace", "success"]
)
_HOLDER = re.compile(r"(?:^|\.|_)(?:log|logger|logging|winston|pino)$", re.IGNORECASE)
_ONLY_ERROR = re.compile(
    r"^(?:e|ex|err|error|exc|exception|\w{0,30}(?:Error|Err|_error|_err|_exc))(?:\??\.\w{1,30}){0,3}$|"
    r"^(?:str|repr|String|JSON\.stringify)\(\s?(?:e|ex|err|error|exc|exception)\b.{0,40}\)$|"
    r"^\(?(?:e|err|error) as \w{1,20}\)?(?:\.\w{1,20})?$|^(?:e|err|error) instanceof Error\b.{0,100}$"
)
_FIELDS_IN_TEXT = re.compile(r"\$\{([^{}]{1,120})\}|\{([^{}]{1,120})\}")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One log statement. `plain` goes through console or print, `fields` carries its facts as an object. `level` is
    "" where nothing tells one. `failing` stands where an error was caught, `context` names anything but the error.
    """

    line: int
    level: str
    plain: bool
    fields: bool
    each: bool
    failing: bool
    context: bool


@dataclass(frozen=True, slots=True)
class LogStyle:
    """`logger` is the logging library a file imports, "" without one."""

    logger: str = ""
    lines: tuple[LogLine, ...] = ()


def server_logs(view: ProjectView) -> dict[str, LogStyle]:
    """The log statements of every file that serves users."""
    styles = view.each_outline("log-style", log_style)
    return {
        path: style
        for path, style in styles.items()
        if (style.lines or style.logger) and serves_users(view, path)
    }


def log_style(outline: Outline) -> LogStyle:
    logger = next((item.module for item in outline.imports if _LOGGERS.match(item.module)), "")
    if not logger and outline.language == "python":
        logger = next((item.module for item in outline.imports if item.module in _STANDARD), "")
    lines = list(_lines(outline.top, False, False))
    for function in outline.functions:
        lines += _lines(function.body, _runs_each(function), False)
    return LogStyle(logger, tuple(sorted(lines, key=lambda item: item.line)))


def _runs_each(function: Function) -> bool:
    """Whether this is what a loop over a list calls for each item."""
    return any(call.links and call.links[-1].name in _EACH for call in function.wrapped_by)


def _lines(steps: tuple[Step, ...], each: bool, failing: bool) -> Iterator[LogLine]:
    for step in steps:
        match step:
            case Branch(test=test, then=then, orelse=orelse, calls=calls):
                yield from _of(calls, each, failing)
                if not _DEVELOPMENT.search(test):
                    yield from _lines(then, each, failing)
                yield from _lines(orelse, each, failing)
            case Attempt(body=body, handlers=handlers, final=final):
                yield from _lines(body, each, failing)
                for handler in handlers:
                    yield from _lines(handler, each, True)
                yield from _lines(final, each, failing)
            case Loop(kind=kind, calls=calls, body=body):
                yield from _of(calls, each, failing)
                yield from _lines(body, each or kind.startswith("for"), failing)
            case _:
                yield from _of(step.calls, each, failing)


def _of(calls: tuple[Call, ...], each: bool, failing: bool) -> Iterator[LogLine]:
    for call in calls:
        level = _level(call)
        if level is not None:
            plain = call.root in ("console", "print")
            yield LogLine(
                call.span.line, level, plain, _has_fields(call), each, failing, _names_something(call)
            )


def _level(call: Call) -> str | None:
    """The level of a log statement, "" when it has none, None for anything else."""
    called = [link.name for link in call.links if link.args is not None]
    if call.is_new or len(called) != 1:
        return None
    if call.root == "print" and not called[0]:
        return ""
    if call.root == "console":
        return (called[0] if called[0] != "log" else "") if called[0] in _CONSOLE else None
    holder = ".".join([call.root, *(link.name for link in call.links[:-1])])
    return called[0] if called[0] in _LEVELS and _HOLDER.search(holder) else None


def _has_fields(call: Call) -> bool:
    return any(
        value.entries or value.text.startswith("JSON.stringify({") or value.name in ("extra", "exc_info")
        for value in call.args
    ) or (call.root not in ("console", "print") and any(value.name for value in call.args))


def _names_something(call: Call) -> bool:
    """Whether the statement says whose request or which record, beside what went wrong."""
    for value in call.args:
        if value.literal is not None or _ONLY_ERROR.match(value.text) or value.name == "exc_info":
            continue
        if value.entries:
            if any(not _ONLY_ERROR.match(key) for key, _ in value.entries):
                return True
            continue
        parts = [first or second for first, second in _FIELDS_IN_TEXT.findall(value.text)]
        if value.text[:1] in "`'\"fF" and parts:
            if any(not _ONLY_ERROR.match(part.split(":")[0].split("!")[0].strip()) for part in parts):
                return True
            continue
        if value.text[:1] not in "`'\"":
            return True
    return False
