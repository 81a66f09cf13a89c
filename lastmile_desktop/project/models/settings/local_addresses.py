"""Addresses that only work on the founder's own machine or in a builder's preview, written into code that ships."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.settings.env_reads import blank_comments
from lastmile_desktop.project.path_kinds import PathKind, path_kind

_MOST = 200
_ADDRESS = re.compile(
    r"(?P<quote>[\"'`])(?P<url>(?:https?|wss?|redis|amqp|mongodb|postgres(?:ql)?)://(?:[^\s\"'`@/]{1,80}@)?"
    r"(?P<host>localhost(?![\w.-])|127\.0\.0\.1|0\.0\.0\.0|10\.0\.2\.2"
    r"|[a-z0-9-]{3,80}\.(?:webcontainer\.io|local-credentialless\.webcontainer\.io|lovableproject\.com|"
    r"replit\.dev|repl\.co"
    r"|preview\.emergentagent\.com|ngrok(?:-free)?\.(?:io|app)|gitpod\.io|"
    r"app\.github\.dev))(?P<port>:\d{2,5})?[^\s\"'`]{0,200})"
)
_CODE_SUFFIXES = frozenset(
    (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".py", ".vue", ".svelte", ".astro", ".dart")
)
_NOT_SHIPPED = re.compile(
    r"(?i)(?:^|/)(?:scripts?|tools?|ops|bin|docs?|examples?|dev|docker|\.storybook|migrations?|alembic|"
    r"benchmarks?)/|(?:^|/)(?:vite|vitest|next|nuxt|playwright|cypress"
    r"|jest|webpack|rollup|drizzle|capacitor|metro|astro|svelte|tailwind|postcss|eslint|remix|app|babel|"
    r"tsup|codegen|openapi[\w-]*|orval)\.config\.|"
    r"(?:^|/)(?:manage|noxfile|tasks|gulpfile|locustfile|celeryconfig)\.py$|(?:^|/)(?:setup|install|"
    r"debug)\.\w+$|service[_-]?worker|(?:^|/)(?:jest|vitest|test)[.-]?setup[\w.-]*\.\w+$|(?:^|/)(?:debug|"
    r"check|verify|setup|create|delete|run|"
    r"smoke)[_-][^/]*\.\w+$|(?:^|/)[^/]*[-_.]dev\.\w+$"
)
_LOCAL_TOOLS = frozenset(
    (":11434", ":1234", ":9099", ":8288", ":4318", ":4317", ":16686", ":54321", ":54322", ":8969", ":1106")
)
_FALLBACK = re.compile(
    r"(?:\|\||\?\?|\bor\b|:-)\s{0,40}\Z|(?:getenv|environ\.get|env|config|\.get|"
    r"Field)\(\s{0,40}[^\n)]{0,120},\s{0,40}(?:default\s{0,3}=\s{0,3})?\Z|\belse\s{0,10}\Z|[:?]\s{0,40}\Z"
)
_GUARD = re.compile(
    r"(?i)NODE_ENV|isDev\b|is_dev|isProd|is_prod|__DEV__|DEBUG|import\.meta\.env\.(?:DEV|PROD)|hostname|"
    r"includes\(|startsWith\(|indexOf\(|endsWith\("
    r"|===\s{0,3}\Z|!==\s{0,3}\Z|==\s{0,3}\Z|\bin\s{0,3}\Z|console\.|logger|print\(|log\.|placeholder|"
    r"description|example|replace\(|development|process\.env|environ|getenv|os\.env|import\.meta\.env"
)
# What asks at an address, or holds the one that is asked.
_ASKS = re.compile(
    r"(?i)(?:\b(?:fetch|axios|ky|got|request|io|websocket|eventsource|open|redirect|navigate|push|replace|connect|url"
    r"|create\w{0,20}client)|\b(?:axios|ky|got|requests|httpx|client|session|http|api|window|router)\.\w{1,30})\s{0,3}"
    r"\(\s{0,40}\Z|\b(?:href|src|action)\s{0,3}=\s{0,3}\{?\s{0,3}\Z"
    r"|(?:api|base|server|backend|socket|ws|endpoint|host|ur[il]|origin|address)\w{0,20}[\"']?\s{0,3}(?::\s{0,3}\w{1,20}\s{0,3})?"
    r"[:=]\s{0,40}\Z"
)
_PY_TYPED_DEFAULT = re.compile(
    r"(?m)^\s{4,8}[A-Za-z_]\w{1,60}\s{0,3}:\s{0,3}[^=\n]{1,80}=\s{0,3}[^\n]{0,80}\Z"
)


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """`preview` when it is a builder's preview rather than this machine; `use` says for what it is used."""

    line: int
    column: int
    shown: str
    preview: bool
    use: str


@lru_cache(maxsize=65_536)
def ships(path: str) -> bool:
    """Whether code of this path runs for customers: not a test, script, seed or build configuration."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in _CODE_SUFFIXES or _NOT_SHIPPED.search(path):
        return False
    return path_kind(path) in (PathKind.CODE, PathKind.SQL)


def local_addresses(text: str, quotes: str = "\"'`") -> tuple[LocalAddress, ...]:
    """Addresses that are used as they stand: no default beside a setting, no allow-list with others, no check."""
    if (
        "localhost" not in text
        and "127.0.0.1" not in text
        and not re.search(r"webcontainer|lovableproject|repl|emergentagent|ngrok|gitpod|github\.dev", text)
    ):
        return ()
    code = blank_comments(text)
    found: list[LocalAddress] = []
    for count, match in enumerate(_ADDRESS.finditer(code)):
        if count >= _MOST:
            break
        if match["port"] in _LOCAL_TOOLS or match["quote"] not in quotes or not _is_used(code, match):
            continue
        line = line_at(code, match.start())
        column = match.start() - code.rfind("\n", 0, match.start())
        use = _use(code, match)
        preview = match["host"] not in ("localhost", "127.0.0.1", "0.0.0.0", "10.0.2.2")  # noqa: S104
        if (
            use == "address"
            and not preview
            and not _ASKS.search(code[max(0, match.start() - 120) : match.start()])
        ):
            continue
        shown = match["host"] + (match["port"] or "")
        found.append(LocalAddress(line, column, shown, preview, use))
    return tuple(found)


def _is_used(code: str, match: re.Match[str]) -> bool:
    if (
        "${" in match["url"].partition("/")[2].lstrip("/").partition("/")[0]
        or "env(" in match["url"]
        or "env." in match["url"]
    ):
        return False
    line_start = code.rfind("\n", 0, match.start()) + 1
    before = code[max(0, match.start() - 200) : match.start()]
    own_line = code[line_start : match.start()]
    line_end = code.find("\n", match.end())
    whole_line = code[line_start : line_end if line_end > 0 else len(code)]
    if _FALLBACK.search(before) and not _is_property(before):
        return False
    if re.search(r"(?i)default(?!s\.)|new URL\(|\bdev|mock|sample|_dev\b", own_line) or _is_parameter(
        own_line, code[match.end() : match.end() + 12]
    ):
        return False
    if _GUARD.search(own_line) or re.search(r"\?\s[^\n]{0,200}:\s", whole_line):
        return False
    near = code[max(0, match.start() - 260) : match.start()]
    if re.search(
        r"(?i)NODE_ENV|isDev|is_dev|__DEV__|env\.DEV|hostname|development|isLocal|is_local|DEBUG"
        r"|(?:not |!)[\w.]{0,30}prod",
        near,
    ):
        return False
    if _PY_TYPED_DEFAULT.search(code[max(0, match.start() - 160) : match.start()]):
        return False
    if _in_class_for_work(code, match):
        return False
    return not _in_mixed_list(code, match) and not _in_fallback_list(code, match)


def _in_class_for_work(code: str, match: re.Match[str]) -> bool:
    """Whether it is an attribute of settings that are for tests or for a developer's machine."""
    if code[code.rfind("\n", 0, match.start()) + 1 : match.start()][:1] not in (" ", "\t"):
        return False
    classes = re.findall(r"(?m)^class (\w{1,60})", code[max(0, match.start() - 4_000) : match.start()])
    return bool(classes) and re.search(r"(?i)^(?:test|dev|local)", classes[-1]) is not None


def _in_fallback_list(code: str, match: re.Match[str]) -> bool:
    """Whether it stands in the list that is taken when a setting is missing: `process.env.X?.split(",") ?? [...]`."""
    start = code.rfind("[", max(0, match.start() - 600), match.start())
    if start < 0 or "]" in code[start : match.start()]:
        return False
    return (
        re.search(r"\benv\b[^;{}]{0,160}(?:\?\?|\|\||\bor)\s{0,10}\Z", code[max(0, start - 240) : start])
        is not None
    )


def _is_parameter(before: str, after: str) -> bool:
    """Whether this is the default of a parameter or a destructured name: `{ baseUrl = "http://localhost" }`."""
    return bool(re.match(r"\s{0,40}\w{1,60}(?:\s{0,3}:\s{0,3}\w{1,30})?\s{0,3}=\s{0,3}\Z", before)) and bool(
        re.match(r"[\"'`]?\s{0,3}(?:,|\)|\n\s{0,20}\})", after)
    )


def _is_property(before: str) -> bool:
    """`redirectTo: "http://localhost"` is a value of its own; `dev ? a : "http://localhost"` is a choice."""
    return bool(re.search(r"[{,(\n]\s{0,80}[\"']?[A-Za-z_]\w{0,60}[\"']?\s{0,3}:\s{0,40}\Z", before))


def _in_mixed_list(code: str, match: re.Match[str]) -> bool:
    """Whether it stands in a list with other addresses or settings, such as a list of allowed origins."""
    opened, closed = "[", "]"
    start = code.rfind(opened, max(0, match.start() - 1_500), match.start())
    if start < 0 or closed in code[start : match.start()]:
        # A set of Python: its entries have no names.
        opened, closed = "{", "}"
        start = code.rfind(opened, max(0, match.start() - 1_500), match.start())
        entry = re.search(r"[{,]\s{0,80}\Z", code[max(0, match.start() - 90) : match.start()])
        if start < 0 or entry is None or closed in code[start : match.start()]:
            return False
    end = code.find(closed, match.end(), match.end() + 1_500)
    listed = code[start:end] if end > 0 else ""
    others = re.sub(r"[\"'`]https?://(?:localhost|127\.0\.0\.1)[^\"'`]{0,100}[\"'`]", "", listed)
    return bool(re.search(r"[\"'`]|\.\.\.|[A-Za-z_]{3,}", others))


def _use(code: str, match: re.Match[str]) -> str:
    before = code[max(0, match.start() - 160) : match.start()].lower()
    if re.search(
        r"(?:redirect|return|success|cancel|callback|site)_?(?:to|url|uri)[\"']?\s{0,3}[:=]\s{0,3}\Z", before
    ):
        return "redirect"
    if re.search(r"origins?[\"']?\s{0,3}[:=]\s{0,3}\[?\s{0,40}(?:[^\]]{0,120})\Z", before):
        return "origin"
    return "address"
