"""Headers that tell browsers what a page may do: where they are set, and where a host would read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_POLICY = re.compile(
    r"(?i)content-security-policy(?!-report-only)|\bCSP_(?:DEFAULT|SCRIPT)_SRC\b|CONTENT_SECURITY_POLICY|contentSecurityPolicy\s*:\s*\{"
)
_WORDS = (
    "content-security-policy", "csp_", "content_security_policy", "contentsecuritypolicy", "x-frame-options",
    "frame-ancestors", "xframeoptions", "x_frame_options", "strict-transport-security", "x-content-type-options",
    "referrer-policy", "secure_", "securitymiddleware", "helmet", "secure-headers", "talisman", "import secure",
    "nuxt-security", "django-csp", "csp.middleware",
)  # fmt: skip
_SWITCHED_OFF = re.compile(r"contentSecurityPolicy\s*:\s*false")
_PARTS = re.compile(
    r"(?i)default-src|script-src|frame-ancestors|object-src|default_?src|scriptSrc|script_src|frameAncestors|directives"
)
_HELMET = re.compile(
    r"(?:from\s+['\"]helmet['\"]|require\(['\"]helmet['\"]\)|['\"]@fastify/helmet['\"]|hono/secure-headers"
    r"|flask_talisman|\bTalisman\(|import\s+secure\b|nuxt-security|django-csp|csp\.middleware)"
)
_FRAME = re.compile(r"(?i)x-frame-options|frame-ancestors|XFrameOptionsMiddleware|X_FRAME_OPTIONS")
_OTHERS = re.compile(
    r"(?i)strict-transport-security|x-content-type-options|referrer-policy|SECURE_HSTS_SECONDS|SECURE_CONTENT_TYPE_NOSNIFF|SecurityMiddleware"
)
_COMMENT = re.compile(r"^\s*(?://|#|\*|<!--)")
_READ = re.compile(r"\.get\(|\.headers\[[^\]]*\](?!\s*=[^=])|toHave|expect\(|assert")
_HOST_CONFIG = (
    "next.config.js", "next.config.mjs", "next.config.ts", "next.config.cjs", "vercel.json", "netlify.toml", "_headers",
    "firebase.json", "staticwebapp.config.json", "nginx.conf", "Caddyfile", "default.conf",
    "nginx.conf.template", "default.conf.template",
)  # fmt: skip
_SUFFIXES = (
    ".ts", ".tsx", ".js", ".mjs", ".cjs", ".py", ".html", ".json", ".toml", ".conf", ".template", ".vue", ".svelte",
    ".astro", ".yml", ".yaml",
)  # fmt: skip
_NOT_PRODUCT = frozenset(
    {PathKind.TEST, PathKind.SEED, PathKind.EXAMPLE, PathKind.DOC, PathKind.AGENT, PathKind.CI, PathKind.DUMP}
)
_BUILT = re.compile(
    r"(?:^|/)(?:\.next|dist|build|out|dev-dist|node_modules|coverage|venv|\.venv|site-packages)/|package-lock|\.min\."
)
_PAGE = re.compile(r"(?i)<!doctype html|<html[\s>]")
_NO_PAGE = re.compile(r"(?i)(?:^|/)(?:e?mails?|pdfs?|reports?|invoices?)/")
_SERVES_PAGES = (
    "fw.next", "fw.tanstack_start", "fw.remix", "fw.react_router", "fw.sveltekit", "fw.nuxt", "fw.astro",
    "fw.solid_start", "fw.gatsby", "fw.cra", "fw.angular",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileHeaders:
    """The first lines of one file that set each kind, 0 when it does not. `off` is where a policy is switched off."""

    policy: int = 0
    frame: int = 0
    others: int = 0
    off: int = 0
    page: bool = False


@dataclass(frozen=True, slots=True)
class PageHeaders:
    """Places (path, line) per kind of header; `pages` are HTML files that visitors get; `configs` where the host reads
    headers from."""

    policy: tuple[tuple[str, int], ...] = ()
    frame: tuple[tuple[str, int], ...] = ()
    others: tuple[tuple[str, int], ...] = ()
    off: tuple[tuple[str, int], ...] = ()
    pages: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()


def page_headers(view: ProjectView) -> PageHeaders:
    """What the whole project says to browsers."""
    found: dict[str, list[tuple[str, int]]] = {"policy": [], "frame": [], "others": [], "off": []}
    pages: list[str] = []
    configs: list[str] = []
    for entry in view.tree.readable():
        path = entry.path
        if (
            not (path.endswith(_SUFFIXES) or entry.name in _HOST_CONFIG)
            or not is_product(path.removesuffix(".template"))
            or entry.minified
        ):
            continue
        if entry.name in _HOST_CONFIG:
            configs.append(path)
        read = view.per_file("page-headers", path, _read, FileHeaders())
        if read.page and path.endswith(".html"):
            pages.append(path)
        for kind, line in (
            ("policy", read.policy),
            ("frame", read.frame),
            ("others", read.others),
            ("off", read.off),
        ):
            if line:
                found[kind].append((path, line))
    return PageHeaders(
        **{kind: tuple(places) for kind, places in found.items()}, pages=tuple(pages), configs=tuple(configs)
    )


@lru_cache(maxsize=65_536)
def is_product(path: str) -> bool:
    """Whether a file is part of what is deployed."""
    return path_kind(path) not in _NOT_PRODUCT and _BUILT.search(path) is None


def serves_pages(view: ProjectView, headers: PageHeaders) -> bool:
    """Whether people open pages of this project in a browser."""
    if any(view.facts.has(key) for key in _SERVES_PAGES):
        return True
    return any(not _NO_PAGE.search(page) for page in headers.pages)


def main_page(headers: PageHeaders) -> str:
    """The page or layout that all others stand in, as far as names tell; "" when there is none."""
    shown = [page for page in headers.pages if not _NO_PAGE.search(page)]
    return min(shown, key=lambda page: (_rank(page), page.count("/"), page), default="")


def _rank(page: str) -> int:
    name = page.rpartition("/")[2].lower()
    return (
        0 if name in ("index.html", "base.html", "layout.html", "app.html", "_base.html", "main.html") else 1
    )


def _read(text: str) -> FileHeaders:
    page = mentions(text, ("<!doctype html", "<html")) and _PAGE.search(text) is not None
    if not mentions(text, _WORDS):
        return FileHeaders(page=page)
    helmet = _HELMET.search(text)
    if not (helmet or _POLICY.search(text) or _FRAME.search(text) or _OTHERS.search(text)):
        return FileHeaders(page=page)
    policy, frame, others = (_line(text, pattern) for pattern in (_POLICY, _FRAME, _OTHERS))
    off = _SWITCHED_OFF.search(text)
    if policy and not _PARTS.search(text):
        policy = 0
    if helmet:
        line = line_at(text, helmet.start())
        frame, others = frame or line, others or line
        policy = policy or (0 if off else line)
    return FileHeaders(policy, frame, others, line_at(text, off.start()) if off and helmet else 0, page)


def _line(text: str, pattern: re.Pattern[str]) -> int:
    """The first line that sets a header, not one that reads or describes it."""
    return next(_lines(text, pattern), 0)


def _lines(text: str, pattern: re.Pattern[str]) -> Iterator[int]:
    for match in pattern.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        line = text[start : end if end >= 0 else len(text)][:600]
        if not _COMMENT.match(line) and not _READ.search(line):
            yield line_at(text, match.start())
