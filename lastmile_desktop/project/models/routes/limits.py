"""How often one caller may do something: limiters in code, what they cover, and those that do not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Do, Function, Outline, calls_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.code_text import blanked, uncommented
from lastmile_desktop.project.models.routes.entries import is_live
from lastmile_desktop.project.models.routes.model import Route
from lastmile_desktop.project.models.routes.page_headers import is_product

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LIMITER = re.compile(
    r"(?i)(?<![\w.])(?!\w{0,30}(?:error|exceeded|exception|delimiter)\b)\w*(?:rate_?limit|limiter|throttl|slow_?down|too_?many_?requests|arcjet|token_?bucket|login_?attempts|axes)\w*\b"
    r"|\baj\.protect\(|\.consume\(|ThrottlerGuard|\b\w*(?:check|enforce|assert|consume|has|within|verify|increment|deduct|use|spend|reserve)_?\w{0,20}"
    r"(?:limit|quota|usage|credit|credits|allowance)s?\w{0,20}\("
)
_CAPTCHA = re.compile(
    r"(?i)\b\w*(?:verify|validate|check|assert|require)_?\w{0,20}(?:captcha|turnstile)\w{0,20}\(|"
    r"\b\w{0,20}(?:captcha|turnstile)_?(?:verify|validate|siteverify)\w{0,20}\(|turnstile/v0/siteverify|"
    r"recaptcha/api/siteverify|hcaptcha\.com/siteverify"
)
_WORDS = (
    "limit", "throttl", "slow_down", "slowdown", "429", "arcjet", "quota", "usage", "credit", "forwarded", "too_many",
)  # fmt: skip
_ERROR = re.compile(r"(?i)error|exceeded|exception|^delimiter|^is_?rate_?limited$|handle_?rate|retry|header")
_ANSWERS_429 = re.compile(
    r"status\(\s*429|status\s*:\s*429|HTTP_429|status_code\s*=\s*429|\(\s*429\s*[,)]|,\s*429\b|TOO_MANY_REQUESTS"
)
_UPSTREAM_429 = re.compile(r"(?:status|statusCode|status_code|code)\s*={2,3}\s*429")
_WAIT = re.compile(r"(?i)['\"`]too many (?:\w+ )?(?:requests?|attempts?|tries|emails|messages|codes)\b")
_GLOBAL = re.compile(
    r"(?m)^\s*(?:\w+\.)?(?:use|register|add_middleware|addHook)\(\s*(?:(?P<quote>['\"`])(?P<prefix>[^'\"`\n]*)(?P=quote)\s*,\s*)?(?:await\s+)?(?P<name>[\w.]*(?i:limit|throttle|slowdown|arcjet)\w*)"
)
_DEFAULTS = re.compile(
    r"default_limits\s*=\s*\[|DEFAULT_THROTTLE_CLASSES|APP_GUARD[\s\S]{0,80}ThrottlerGuard|useGlobalGuards\([^)]{0,80}Throttler|application_limits\s*="
)
_MEMORY = re.compile(
    r"(?m)^(?:export\s+)?(?:const|let|var)?\s*_?(?P<name>\w*(?:[rR]ate|[lL]imit|[aA]ttempt|[hH]its|[rR]equests?|[bB]ucket|[cC]ounts?|[tT]hrottle|store|Store|STORE|cache)\w*)"
    r"\s*(?::[^=\n]{1,120})?=\s*(?:new\s+(?:Map|LRUCache)\b|\{\}|defaultdict\(|dict\(\))"
)
_MEMORY_STORE = re.compile(r"RateLimiterMemory\(|memory://|new\s+MemoryStore\(")
_EXPRESS_LIMIT = re.compile(r"\b(?:rateLimit|expressRateLimit|slowDown)\(\s*\{")
_FORWARDED = re.compile(r"(?i)['\"]x-forwarded-for['\"][^\n]{0,60}|trust proxy['\"]\s*,\s*true")
_OF_ADDRESS = re.compile(
    r"(?i)(?:^|_)ip(?:_|$)|I[Pp](?:Address|Addr|$)|address|identif|key|caller|limit|throttle"
)
_HANDED = re.compile(r"^handle_?(?:POST|PUT|PATCH|Post|Put|Patch)$")
_FORM = re.compile(r"(?:Form|Serializer|Backend|Strategy)$")
_NEXT_GATE = re.compile(r"(?:^|/)(?:middleware|proxy)\.[cm]?[jt]s$")


@dataclass(frozen=True, slots=True)
class FileLimits:
    """`everything` is a line that limits all routes of the app (under `prefix`); `functions` are functions of this
    file that count or refuse calls; `memory` a line where counts are kept in one process only; `forwarded` one that
    takes the caller's word for their address."""

    everything: tuple[tuple[int, str], ...] = ()
    functions: tuple[str, ...] = ()
    memory: int = 0
    forwarded: int = 0
    mentions: bool = False


@dataclass(frozen=True)
class Limits:
    """All limiters of a project. `covered` caches nothing: it reads the handler's own lines."""

    view: ProjectView
    files: dict[str, FileLimits]
    functions: frozenset[str]

    @property
    def any(self) -> bool:
        return any(file.everything or file.functions for file in self.files.values())

    def of_route(self, route: Route) -> tuple[str, int] | None:
        """The place (path, line) that limits this route."""
        for path, file in self.files.items():
            for line, prefix in file.everything:
                if "trpc" in prefix and "trpc" in route.framework:
                    return path, line
                if self._same_app(path, route) and route.route.startswith(prefix.rstrip("/*") or "/"):
                    return path, line
        return self._around(route)

    def _same_app(self, path: str, route: Route) -> bool:
        if _NEXT_GATE.search(path) and not route.framework.startswith("next"):
            return False
        return self.view.package_of(path).path == self.view.package_of(route.path).path

    def _around(self, route: Route) -> tuple[str, int] | None:
        spans = [(route.path, route.span.line, route.span.line_end)]
        if route.handler is not None:
            first = route.handler.span.line - 1
            decorated = min((call.span.line for call in route.handler.decorators), default=first)
            spans.append((route.code_path, min(first, decorated), route.handler.span.line_end))
            spans += self._called(route.code_path, route.handler)
        for path, start, end in spans:
            line = next((line for line in self.lines(path) if start <= line <= end), 0)
            if line:
                return path, line
        return None

    def _called(self, path: str, handler: Function) -> Iterator[tuple[str, int, int]]:
        """The functions of the same file that a handler hands the request to (`case "POST": await handlePOST(req)`)."""
        outline = self.view.outlines.get(path)
        for name in {call.callee for call in calls_within(handler.body) if _HANDED.match(call.callee)}:
            function = outline.function(name) if outline is not None else None
            if function is not None:
                yield path, function.span.line, function.span.line_end

    def lines(self, path: str) -> tuple[int, ...]:
        """The lines of a file that limit, or call a function that does."""
        return self.view.made(_lines_of_routes).get(path, ())

    def read_lines(self, path: str) -> tuple[int, ...]:
        names = "|".join(re.escape(name) for name in sorted(self.functions))
        return self.view.per_file(
            f"limit-lines:{names}",
            path,
            lambda text: (*_limiting(blanked(path, text), names), *_refusing(text)),
            (),
        )


def _lines_of_routes(view: ProjectView) -> dict[str, tuple[int, ...]]:
    """The lines that limit, of each file that has a route or its handler."""
    known = limits(view)
    routes = view.routes.routes
    paths = {route.path for route in routes} | {route.code_path for route in routes}
    return {path: known.read_lines(path) for path in sorted(paths)}


def limits(view: ProjectView) -> Limits:
    """Reads every source file once."""
    found = {
        path: read
        for path, read in view.each_source("limits", _may_limit, _read, FileLimits()).items()
        if read.everything or read.functions or read.mentions or read.forwarded
    }
    names = frozenset(name for file in found.values() for name in file.functions)
    return Limits(view, found, names)


def _may_limit(path: str) -> bool:
    return is_product(path) and is_live(path)


def _limiting(lines: tuple[str, ...], names: str) -> Iterator[int]:
    called = re.compile(rf"\b(?:{names})\s*[(,)]") if names else None
    for number, line in enumerate(lines, 1):
        if _limits(line) or _CAPTCHA.search(line) or (called is not None and called.search(line)):
            yield number
        elif _ANSWERS_429.search(line):
            before = "\n".join(lines[max(0, number - 8) : number])
            if not _UPSTREAM_429.search(before):
                yield number


def _refusing(text: str) -> Iterator[int]:
    """Lines that tell somebody to wait, whatever the status: what was counted before is the app's own."""
    lines = text.split("\n") if _WAIT.search(text) else []
    for number, line in enumerate(lines, 1):
        if _WAIT.search(line) and not _UPSTREAM_429.search("\n".join(lines[max(0, number - 8) : number])):
            yield number


def _limits(line: str) -> bool:
    match = _LIMITER.search(line)
    return match is not None and not _ERROR.search(match.group(0)) and "import" not in line.split("(")[0]


def _read(outline: Outline, text: str) -> FileLimits:
    if not mentions(text, _WORDS):
        return FileLimits()
    code = uncommented(outline.path, text)
    lines = blanked(outline.path, text)
    everything = list(_everything(outline, code))
    functions = tuple(_counting(outline, lines))
    memory = _MEMORY.search(code) if functions else None
    named = re.search(r"(?i)rate_?limit|throttle|attempts|limiter", code)
    kept = memory or (_MEMORY_STORE.search(code) if named else None) or _express_memory(code)
    forwarded = next(
        (match for match in _FORWARDED.finditer(code) if _names_callers(outline, lines, code, match.start())),
        None,
    )
    return FileLimits(
        tuple(everything),
        functions,
        line_at(code, kept.start("name") if kept.re is _MEMORY else kept.start()) if kept and named else 0,
        line_at(code, forwarded.start()) if forwarded else 0,
        named is not None,
    )


def _names_callers(outline: Outline, lines: tuple[str, ...], code: str, position: int) -> bool:
    """Whether the address read here tells callers apart for a limit, rather than for a log."""
    line = line_at(code, position)
    around = [item for item in outline.functions if item.span.line <= line <= item.span.line_end]
    if not around:
        return True
    inner = min(around, key=lambda item: item.span.line_end - item.span.line)
    if _OF_ADDRESS.search(inner.name.rpartition(".")[2]):
        return True
    near = lines[max(inner.span.line - 1, line - 12) : min(inner.span.line_end, line + 15)]
    return any(_limits(text) for text in near)


def _everything(outline: Outline, code: str) -> Iterator[tuple[int, str]]:
    for match in _GLOBAL.finditer(code):
        yield line_at(code, match.start("name")), match.group("prefix") or "/"
    default = _DEFAULTS.search(code)
    if default:
        yield line_at(code, default.start()), "/"
    if _NEXT_GATE.search(outline.path):
        for number, line in enumerate(blanked(outline.path, code), 1):
            if _limits(line) and "(" in line:
                yield number, "/"
                break


def _counting(outline: Outline, lines: tuple[str, ...]) -> Iterator[str]:
    """Functions that others call to be limited: their name says it, or they answer 429 themselves."""
    for step in outline.top:
        if isinstance(step, Do) and any(_limits(f"{call.callee}(") for call in step.calls):
            yield from (target for target in step.targets if target.isidentifier() and len(target) > 4)
    for function in outline.functions:
        name = function.name.rpartition(".")[2]
        if name.startswith("@") or len(name) < 5 or (function.decorators and outline.language == "python"):
            continue
        if _limits(f"{name}(") or (_is_short(function) and _refuses(function, lines)):
            yield name
        elif (
            "." in function.name
            and _FORM.search(function.name.split(".")[0])
            and _uses_limit(function, lines)
        ):
            yield function.name.split(".")[0]


def _uses_limit(function: Function, lines: tuple[str, ...]) -> bool:
    return any(_limits(line) for line in lines[function.span.line - 1 : function.span.line_end])


def _is_short(function: Function) -> bool:
    return function.span.line_end - function.span.line < 60 and not _is_handler(function)


def _is_handler(function: Function) -> bool:
    return function.name in ("GET", "POST", "PUT", "PATCH", "DELETE", "handler", "default") or any(
        call.root in ("serve", "Deno") for call in function.wrapped_by
    )


def _refuses(function: Function, lines: tuple[str, ...]) -> bool:
    code = "\n".join(lines[function.span.line - 1 : function.span.line_end])
    return (
        _ANSWERS_429.search(code) is not None
        and not _UPSTREAM_429.search(code)
        and not any(call.root in ("fetch", "axios") for call in calls_within(function.body))
    )


def _express_memory(code: str) -> re.Match[str] | None:
    """A limiter of Express without a shared store."""
    match = _EXPRESS_LIMIT.search(code)
    return match if match and not re.search(r"\bstore\s*:", code) else None
