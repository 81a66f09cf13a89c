"""Switches for development in the files that build, start and describe an app."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, cast

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.delivery.delivery_fault import Fault

_STARTS = re.compile(
    r"(?:^|/)(?:Procfile(?:\.prod\w{0,10})?|render\.ya?ml|railway\.(?:json|toml)|nixpacks\.toml"
    r"|fly(?:\.prod\w{0,10})?\.toml|\.replit|app\.ya?ml|ecosystem\.config\.[cm]?js"
    r"|apprunner\.ya?ml|vercel\.json|netlify\.toml|wrangler\.toml|\.env\.prod(?:uction)?|.{1,60}\.service"
    r"|(?:docker-)?compose[\w.-]{0,20}prod[\w.-]{0,20}\.ya?ml|Dockerfile(?:\.prod\w{0,10})?"
    r"|supervisord?\.conf|entrypoint\.sh|start\.sh)$"
)
_DEV_COMMAND = re.compile(
    r"(?:\b(?:npm|yarn|pnpm|bun)\s+(?:run\s+)?dev\b|\bnext\s+dev\b|\bvite\b(?!\s+(?:build"
    r"|preview))(?=\s+--|\s*[\"'\n]|$)|\bnodemon\b|\bts-node-dev\b|\btsx\s+watch\b|\bng\s+serve\b"
    r"|\bflask\s+(?:--\S+\s+){0,3}run\b|\bmanage\.py\s+runserver\b|\buvicorn\b[^\n]{0,200}--reload\b"
    r"|\bgunicorn\b[^\n]{0,200}--reload\b|\bfastapi\s+dev\b|\bphp\s+artisan\s+serve\b)"
)
_DEV_ENV = re.compile(
    r"(?im)^\s{0,30}(?:-\s{0,3}|ENV\s+|export\s+|Environment=)?[\"']?(?P<name>NODE_ENV|FLASK_ENV"
    r"|FLASK_DEBUG|DJANGO_DEBUG|DEBUG|APP_DEBUG|RAILS_ENV|APP_ENV)[\"']?\s{0,3}[=:\s]\s{0,3}[\"']?"
    r"(?P<value>development|dev|true|1|on|yes)[\"']?\s{0,3},?\s{0,3}$"
)
_RENDER_ENV = re.compile(
    r"(?m)^\s{0,20}-\s{0,3}key:\s{0,3}(NODE_ENV|FLASK_ENV|FLASK_DEBUG|DEBUG"
    r"|DJANGO_DEBUG)\s{0,5}\n\s{0,20}value:\s{0,3}[\"']?(development|dev|true|1)[\"']?\s{0,3}$",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/)){0,4000}\*/|(?<![:\"'])//[^\n]{0,400}")
_NEXT_SWITCH = re.compile(
    r"\b(ignoreBuildErrors|ignoreDuringBuilds|productionBrowserSourceMaps)\s{0,3}:\s{0,3}true\b"
)
_SOURCE_MAP = re.compile(
    r"\b(?:sourcemap|sourceMap|generateSourceMaps)\s{0,3}:\s{0,3}(?:true|[\"']inline[\"'])"
    r"|devtool\s{0,3}:\s{0,3}[\"'](?:inline-|eval-)?source-map[\"']"
)
_UPLOADS_MAPS = re.compile(r"sentry|bugsnag|datadog|rollbar|highlight|posthog", re.IGNORECASE)
_DEV_MODE = re.compile(r"\bmode\s{0,3}:\s{0,3}[\"']development[\"']")
_TAGGER = re.compile(r"(?<![&?] )(?<!&& )\bcomponentTagger\(\)")
_OVERLAY = re.compile(
    r"replit-dev-banner\.js|(?:cdn|unpkg|jsdelivr)[^\"'\s]{0,80}/(?:eruda|vconsole)|\beruda\.init\(\)"
    r"|new\s+VConsole\(",
    re.IGNORECASE,
)
_NOINDEX = re.compile(
    r"<meta\s[^>]{0,80}name=[\"']robots[\"'][^>]{0,80}content=[\"'][^\"']{0,40}noindex", re.IGNORECASE
)
_IGNORED_BUILD = re.compile(
    r"\b(?:tsc|vue-tsc|eslint|next lint|svelte-check)\b[^&|;]{0,120}\|\|\s{0,3}(?:true|exit 0|:|echo)"
    r"|--no-lint\b|DISABLE_ESLINT_PLUGIN=true|TSC_COMPILE_ON_ERROR=true|CI=false\s"
)
_WEAK_PASSWORD = re.compile(
    r"(?:create_superuser\([^)\n]{0,200},|bcrypt\.hash(?:Sync)?\(|pass(?:word|wd)?[\"'\]]{0,2}\s{0,3}[:=]"
    r"|_PASSWORD[\"'\])]{0,3}\s{0,3}(?:=|,|\|\||\?\?|or)"
    r"|(?:hash|hashSync|get_password_hash|hash_password|make_password|set_password"
    r"|generate_password_hash)\()\s{0,3}(?:\w{1,30}\(\s{0,2})?"
    r"[\"'](?:admin|admin123|admin1234|admin@123|password|password123!?|123456\d{0,3}|changeme|letmein"
    r"|root|secret|test123|admin123!?|qwerty|demo\d{0,6})[\"']",
    re.IGNORECASE,
)
_ADMIN = re.compile(r"admin|superuser|is_staff", re.IGNORECASE)
_AROUND = 250
_TEST_PAGE = re.compile(
    r"(?:^|/)(?:src/)?(?:app/(?:\([\w-]{1,30}\)/)?(?:test|debug|playground|sandbox|dev-tools"
    r"|test-[\w-]{1,40}|debug-[\w-]{1,40})/page\.[jt]sx?"
    r"|pages/(?:test|debug|playground|sandbox|test-[\w-]{1,40}|debug-[\w-]{1,40})(?:/index)?\.[jt]sx?"
    r"|(?:app|pages)/api/(?:[\w-]{1,40}/){0,3}(?:test|debug|playground|test-[\w-]{1,40}|"
    r"debug-[\w-]{1,40})(?:/route|/index)?\.[jt]s"
    r"|routes/(?:test|debug|test-[\w-]{1,40}|debug-[\w-]{1,40})\.tsx)$",
    re.IGNORECASE,
)
_FOR_DEVELOPMENT = re.compile(r"(?:^|[/._-])dev(?:elopment)?(?:[._-][\w.-]{0,30})?\.[jt]s$")
# `password: varchar("password")` names a column, a label or a field.
_COLUMN = re.compile(
    r"(?i)[:=]\s{0,3}(?:varchar|text|char|string|column|\w{0,20}field|input|label|register|t|"
    r"z\.\w{1,10})\(\s{0,3}[\"'`]password[\"'`]$"
)
_SAFE_IN_PAGE = re.compile(
    r"notFound\(\)|NODE_ENV|redirect\(|isDev|import\.meta\.env\.DEV|getServerSession|requireAdmin|auth\(\)"
)


@lru_cache(maxsize=65_536)
def is_judged(path: str) -> bool:
    """Whether `faults_of` has anything to say of a file of this name; asked for every file at every save."""
    return faults_of(path) is not None


def faults_of(path: str) -> Callable[[str], tuple[Fault, ...]] | None:
    """What judges a file of this name; None for all others."""
    name = path.rpartition("/")[2]
    readers: list[Callable[[str, str], Iterator[Fault]]] = []
    if _STARTS.search(path):
        readers.append(_start)
    if re.match(r"next\.config\.[cm]?[jt]s$", name):
        readers.append(_next)
    if (
        re.match(r"(?:vite|webpack|vue|rsbuild|astro|nuxt|svelte)[\w.-]{0,30}\.[cm]?[jt]s$", name)
        and "config" in name
    ):
        readers.append(_bundler)
    if re.match(r"tsconfig(?:\.app)?\.json$", name):
        readers.append(_types)
    if name == "package.json":
        readers.append(_scripts)
    if name == "robots.txt" or name.endswith(".html"):
        readers.append(_page)
    if _TEST_PAGE.search(path):
        readers.append(_test_page)
    if not readers:
        return None
    return lambda text: tuple(fault for reader in readers for fault in reader(path, text))


# Labels of fields, and tools that sign in where they are told to.
_WORDS_OF_SCREENS = re.compile(
    r"(?:^|/)(?:i18n|locales?|translations?|lang|messages)/|(?:^|/)(?:audit|screenshots?|capture|scrape|crawl)[\w-]{0,40}\.\w+$"
)


def weak_admin(path: str, text: str) -> tuple[Fault, ...]:
    """An administrator that is set up with a password everybody tries first."""
    if "dmin" not in text and "DMIN" not in text and "superuser" not in text:
        return ()
    lowered = text.lower()
    if not any(word in lowered for word in ("password", "passwd", "hash", "superuser", "pass:")):
        return ()
    if _FOR_DEVELOPMENT.search(path) and "NODE_ENV" in text:
        return ()
    if _WORDS_OF_SCREENS.search(path):
        return ()
    for match in _WEAK_PASSWORD.finditer(text):
        if _COLUMN.search(match[0]):
            continue
        around = text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
        if _ADMIN.search(around):
            message = "An administrator is set up with a password that everybody tries first."
            return (_make("admin-default", path, line_at(text, match.end()), message, "admin"),)
    return ()


def _make(
    rule: str,
    path: str,
    line: int,
    message: str,
    symbol: str = "",
    severity: Severity | None = None,
    confidence: float | None = None,
) -> Fault:
    return Fault(rule, path, line, line, message, symbol or f"{rule}:{line}", severity, confidence)


def _start(path: str, text: str) -> Iterator[Fault]:
    docker = path.rpartition("/")[2].startswith("Dockerfile")
    for number, line in enumerate(text.split("\n")[:2000], 1):
        if (
            line.lstrip().startswith(("#", "//", "dev", '"devCommand"', "run ="))
            and not line.lstrip().startswith("dev:")
            and "deployment" not in line
        ):
            continue
        match = _DEV_COMMAND.search(line)
        # What an image starts is the question of the images' own check.
        if match is not None and not docker and _runs(path, text, number, line):
            yield _make(
                "debug-on",
                path,
                number,
                f'The live app is started with "{match[0].strip()}", a server for development.',
            )
    for pattern in (_DEV_ENV, _RENDER_ENV):
        for match in pattern.finditer(text):
            if docker and "AS dev" in text[: match.start()].rpartition("FROM ")[2]:
                continue
            value = match[2] if pattern is _RENDER_ENV else match["value"]
            name = match[1] if pattern is _RENDER_ENV else match["name"]
            if name.upper() in ("NODE_ENV", "FLASK_ENV", "RAILS_ENV", "APP_ENV") and value.lower() not in (
                "development",
                "dev",
            ):
                continue
            if name.upper() == "DEBUG" and docker:
                continue
            if path.endswith("netlify.toml") and _is_of_preview(text, match.end()):
                continue
            line = line_at(text, match.end() - 1 if pattern is _DEV_ENV else match.start())
            yield _make("debug-on", path, line, f"{name}={value} is set for the live app.", f"{name}:{line}")


def _is_of_preview(text: str, position: int) -> bool:
    """Whether a line of netlify.toml belongs to previews or branches rather than to the live site."""
    sections = re.findall(r"(?m)^\s{0,8}\[+([\w.\"'/-]{1,60})\]+", text[:position])
    return bool(sections) and sections[-1].startswith("context.") and "production" not in sections[-1]


def _runs(path: str, text: str, number: int, line: str) -> bool:
    """Whether this line starts the live app: in .replit only what stands under [deployment]."""
    name = path.rpartition("/")[2]
    if name == ".replit":
        before = "\n".join(text.split("\n")[:number])
        sections = re.findall(r"(?m)^\[+([\w.]{1,40})\]+", before)
        return bool(sections) and sections[-1].startswith("deployment")
    if name == "Procfile":
        return bool(re.match(r"\s{0,5}(?:web|app|api|worker|server)\s{0,3}:", line))
    if name.endswith((".json", ".toml")):
        return (
            bool(re.search(r"start|run|cmd|command|deploy", line, re.IGNORECASE))
            and "build" not in line.lower().partition("=")[0]
        )
    if name.startswith(("render", "app.y", "compose", "docker-compose", "apprunner")):
        return bool(re.search(r"startCommand|entrypoint|command|run:|-\s", line))
    return not line.strip().startswith(("#", "//"))


def _bare(text: str) -> str:
    """The text without comments, on the same lines."""
    return _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)


def _next(path: str, text: str) -> Iterator[Fault]:
    bare = _bare(text)
    for match in _NEXT_SWITCH.finditer(bare):
        line = line_at(bare, match.start())
        if match[1] == "productionBrowserSourceMaps":
            yield _make(
                "source-maps",
                path,
                line,
                "The live site hands out the source of your code: productionBrowserSourceMaps is on.",
            )
        else:
            what = "type errors" if match[1] == "ignoreBuildErrors" else "what the linter finds"
            yield _make(
                "build-errors-ignored", path, line, f"{match[1]} builds and publishes in spite of {what}."
            )


def _bundler(path: str, text: str) -> Iterator[Fault]:
    bare = _bare(text)
    match = _SOURCE_MAP.search(bare)
    if match is not None and not _UPLOADS_MAPS.search(bare):
        yield _make(
            "source-maps",
            path,
            line_at(bare, match.start()),
            "The live site hands out the source of your code: source maps are on.",
        )
    match = _DEV_MODE.search(bare)
    if (
        match is not None
        and "argv" not in bare
        and "process.env" not in bare[match.start() - 80 : match.start()]
    ):
        yield _make("debug-on", path, line_at(bare, match.start()), "The live site is built for development.")
    for found in _TAGGER.finditer(bare):
        line = bare[max(0, found.start() - 80) : found.start()]
        if "&&" not in line and "?" not in line and "import" not in line:
            yield _make(
                "error-overlay",
                path,
                line_at(bare, found.start()),
                "The builder's tool that marks every element is in the live site too.",
                severity=Severity.LOW,
            )


def _types(path: str, text: str) -> Iterator[Fault]:
    bare = _bare(text)
    match = re.search(r"\"strict\"\s{0,3}:\s{0,3}false", bare)
    if match is not None:
        yield _make(
            "build-errors-ignored",
            path,
            line_at(bare, match.start()),
            "The type check is switched to its weakest: a missing value is found by a customer.",
            "strict",
            Severity.LOW,
            0.8,
        )


def _scripts(path: str, text: str) -> Iterator[Fault]:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    table = cast(dict[str, Any], value).get("scripts") if isinstance(value, dict) else None
    if not isinstance(table, dict):
        return
    for name, command in cast(dict[str, Any], table).items():
        if not isinstance(command, str):
            continue
        found = text.find(json.dumps(name) + ":")
        line = line_at(text, found if found >= 0 else max(text.find(command), 0))
        if re.match(
            r"(?:build|prebuild|ci|check|typecheck|lint)(?::(?!dev)|$)", name
        ) and _IGNORED_BUILD.search(command):
            yield _make("build-errors-ignored", path, line, f'"{name}" goes on in spite of errors.', name)
        elif name in ("start:prod", "start:production", "prod", "production") and _DEV_COMMAND.search(
            command
        ):
            yield _make("debug-on", path, line, f'"{name}" starts a server for development.', name)
        elif re.search(r"build-storybook", command) and name in ("build", "postbuild"):
            yield _make(
                "test-routes",
                path,
                line,
                "The workshop of your components is built into the live site.",
                name,
            )


def _page(path: str, text: str) -> Iterator[Fault]:
    if path.endswith("robots.txt"):
        match = re.search(
            r"(?im)^\s{0,5}user-agent:\s{0,5}\*\s{0,5}\n(?:\s{0,5}#[^\n]{0,200}\n)"
            r"{0,5}\s{0,5}disallow:\s{0,5}/\s{0,5}$",
            text,
        )
        if match is not None and not re.search(r"(?im)^\s{0,5}allow:", text):
            yield _make(
                "robots",
                path,
                line_at(text, match.end() - 1),
                "robots.txt tells every search engine to stay away from the whole site.",
            )
        return
    match = _OVERLAY.search(text)
    if match is not None:
        yield _make(
            "error-overlay",
            path,
            line_at(text, match.start()),
            "A tool for development is loaded by every visitor's browser.",
        )
    match = _NOINDEX.search(text)
    hidden = re.search(r"(?:^|/)(?:admin|dashboard|internal|backoffice)", path)
    if match is not None and path.rpartition("/")[2] == "index.html" and hidden is None:
        yield _make(
            "robots",
            path,
            line_at(text, match.start()),
            "The start page tells search engines not to list it.",
        )


def _test_page(path: str, text: str) -> Iterator[Fault]:
    if _SAFE_IN_PAGE.search(text):
        return
    if "/api/" in path:
        begins = re.search(r"(?m)^export\b", text)
        line = line_at(text, begins.start()) if begins is not None else 1
        yield _make(
            "test-routes", path, line, "An address for trying things out is part of the live site.", "address"
        )
    else:
        yield _make("test-routes", path, 1, "A page for trying things out is part of the live site.", "page")
