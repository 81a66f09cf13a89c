"""Where running code begins, as the path of a file tells: what frameworks, hosts and tools look up by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from lastmile_desktop.project.code.parse import is_test
from lastmile_desktop.project.path_kinds import PathKind, path_kind


class Routing(StrEnum):
    """How a package's pages are found: named in its code, by Next, by what lies in a folder, or nobody can tell."""

    CODE = "code"
    NEXT = "next"
    FILES = "files"
    UNTOLD = "untold"


_SCRIPT_ENTRY = re.compile(
    r"(?:^|/)(?:"
    # Settings of tools, types, and what a tool looks up by its name.
    r"[\w.-]{1,80}\.config(?:\.[\w-]{1,30}){0,2}\.[cm]?[jt]sx?|\.[\w-]{1,60}rc\.[cm]?[jt]s|\.[^/]{1,80}/.+"
    r"|[\w.+-]{1,80}\.d\.[cm]?ts|(?:setup|babel|metro|jest|karma|eslint|prettier|tailwind|postcss|vitest|[Gg]ulp|[Gg]runt)[\w.-]{0,30}\.[cm]?[jt]s"
    r"|(?:middleware|proxy|instrumentation|instrumentation-client|hooks|service-worker|sw|firebase-messaging-sw"
    r"|mdx-components|entry[.-](?:client|server)|i18n(?:/request|/routing)?|sentry[\w.-]{0,30}|app/routes|routeTree\.gen)\.[cm]?[jt]sx?"
    r"|\+[^/]{1,100}|(?:[\w-]{1,60}[.-])?workers?(?:[.-][\w-]{1,60})?\.[cm]?[jt]sx?"
    # Hosts, back ends and job runners that look into folders.
    r"|supabase/functions/(?!_)[^/]{1,100}/(?:index|main)\.[jt]sx?|netlify/(?:edge-)?functions/.+"
    r"|(?:convex|trigger|inngest|strapi|turbo/generators|crons?|jobs|workers?|queues|migrations?|seeders|entit(?:y|ies)|subscribers|lambdas?)/.+"
    r"|(?:public|static|www|dist|build|vendor)/.+"
    r")$"
)
_BELOW_PACKAGE = re.compile(
    r"(?:src/)?(?:api|functions|edge-functions|electron|extension|plugins|bin|locales?|lang|messages|content|assets"
    r"|commands|events|handlers)/.+"
)
_ROUTED = re.compile(
    r"(?:.+/)?(?:(?:pages|routes|api|views|layouts|_?app)/.+|_[\w-]{1,30}\.[jt]sx?"
    r"|(?:page|layout|route|template|default|error|loading|not-found|global-error|global-not-found|forbidden"
    r"|unauthorized|sitemap|robots|manifest|icon\d?|apple-icon\d?|opengraph-image\d?|twitter-image\d?)\.[jt]sx?)"
)
_NEXT_APP = re.compile(
    r"(?:src/)?(?:app/(?:.+/)?(?:page|layout|route|template|default|error|loading|not-found|global-error"
    r"|global-not-found|forbidden|unauthorized|sitemap|robots|manifest|icon\d?|apple-icon\d?|opengraph-image\d?"
    r"|twitter-image\d?)\.[cm]?[jt]sx?|pages/.+)"
)
# Next alone: its folders hold ordinary files beside pages. Others may look up whatever lies in a folder of routes.
_ROUTES_BY_FILE = frozenset({
    "gatsby", "nuxt", "nuxt3", "astro", "@sveltejs/kit", "@remix-run/react", "@remix-run/dev", "@react-router/dev",
    "@react-router/fs-routes", "@tanstack/react-start", "@tanstack/start", "@tanstack/solid-start", "vinxi",
    "@tanstack/router-plugin", "@tanstack/router-vite-plugin", "@tanstack/router-cli", "@solidjs/start", "vike",
    "vite-plugin-ssr", "vite-plugin-pages", "unplugin-vue-router", "@generouted/react-router", "expo-router", "waku",
    "solid-start", "umi", "@umijs/max", "@docusaurus/core", "vitepress", "nextra", "blitz", "@redwoodjs/core",
})  # fmt: skip
# Imports do not tell what is used where these are.
_UNTOLD = frozenset({
    "nuxt", "nuxt3", "unplugin-auto-import", "unplugin-vue-components", "@fastify/autoload", "fastify-autoload",
    "@adonisjs/core", "@strapi/strapi", "sails", "@redwoodjs/core", "@angular/core", "ember-source", "meteor-base",
    "umi", "@umijs/max", "express-file-routing", "@oclif/core", "nitropack", "nitro", "h3", "@medusajs/medusa",
    "payload", "requirejs", "glob-loader", "discordx", "typedi", "routing-controllers",
})  # fmt: skip
# What TanStack Start is built with; it imports nothing by itself there.
_BUILT_WITH = frozenset({"nitropack", "nitro", "h3"})
_TANSTACK = frozenset({"@tanstack/react-start", "@tanstack/solid-start", "@tanstack/start"})
_START = re.compile(
    r"(?:.+/)?(?:main|index|server|worker|bot|cli|bootstrap|preload|background|popup|content)\.[cm]?[jt]s"
    r"|(?:src/|client/|client/src/|frontend/|frontend/src/)?(?:main|index|app|App|root|router|client|ssr|start)"
    r"(?:\.(?:ios|android|native|web))?\.[cm]?[jt]sx?"
)
_PYTHON_ENTRY = re.compile(
    r"(?:^|/)(?:manage|wsgi|asgi|setup|conftest|celery|celery_app|main|app|server|run|application|__main__|__init__|urls"
    r"|apps|admin|models|signals|tasks|settings|serializers|receivers|translation|search_indexes|sitemaps|context_processors|middleware|lambda_function"
    r"|gunicorn[\w.]{0,20}|noxfile|tasks_\w{1,30}|config|index|handler|function_app|fabfile|locustfile|env|bot|worker\w{0,20}|cron\w{0,20}|scheduler\w{0,20})\.py$"
    r"|(?:^|/)(?:migrations|versions|management|templatetags|settings|alembic|api|functions|lambdas?|dags|tasks|jobs"
    r"|workers?|plugins|commands|pages|models|cogs|site-packages|bin)/.+\.py$|\.pyi$"
)
_PAGES = re.compile(r"(?:src/)?(?:app|pages|routes)/")
_FOR_MAKERS = re.compile(
    r"(?i)(?:^|/)(?:scripts?|tools|tooling|seeds?|seeders|examples?|samples?|demos?|screenshots?|benchmarks?|stories"
    r"|playground|sandbox|prototypes?|scratch|docs?)/"
)
_PUT_ASIDE = re.compile(
    r"(?i)(?:^|/)[_.]?(?:archived?|archives|deprecated|obsolete|unused|old|backups?|bak|trash|legacy[_-]?(?:code|backup)|"
    r"old[_-](?:code|version|files|backup|src)|_legacy)/"
)


_UNDEPLOYED = re.compile(
    r"(?:^|/)supabase/functions/(?!_)[^/]{1,100}/(?:[^/]{1,100}/){1,6}(?:index|main)\.[jt]sx?$"
)


def is_looked_up(path: str, below: str, routing: Routing, *, handed: bool = False) -> bool:
    """Whether a framework, a host or a tool may run this file without that any file names it; `below` is its path in
    its package. An index file is no beginning by its name when what it offers is only `handed` on within a package."""
    if path.endswith((".py", ".pyi")):
        return _PYTHON_ENTRY.search(path) is not None
    if _SCRIPT_ENTRY.search(path) or _BELOW_PACKAGE.fullmatch(below):
        return True
    if _START.fullmatch(below) and not handed:
        return True
    if routing is Routing.NEXT:
        return _NEXT_APP.fullmatch(below) is not None
    return routing is Routing.FILES and _ROUTED.fullmatch(below) is not None


def routing_of(dependencies: Mapping[str, str]) -> Routing:
    """How a package finds its pages."""
    untold = _UNTOLD if _TANSTACK.isdisjoint(dependencies) else _UNTOLD - _BUILT_WITH
    if not untold.isdisjoint(dependencies):
        return Routing.UNTOLD
    if not _ROUTES_BY_FILE.isdisjoint(dependencies):
        return Routing.FILES
    return Routing.NEXT if "next" in dependencies else Routing.CODE


@lru_cache(maxsize=65_536)
def is_for_tests(path: str) -> bool:
    """Tests, what helps them, and stories: they are run, and never by customers."""
    return path_kind(path) is PathKind.TEST or is_test(path)


@lru_cache(maxsize=65_536)
def is_for_makers(path: str) -> bool:
    """A folder of scripts, seeds, examples or prototypes."""
    return _FOR_MAKERS.search(path) is not None or path_kind(path) in (PathKind.SEED, PathKind.EXAMPLE)


@lru_cache(maxsize=65_536)
def is_undeployed(path: str) -> bool:
    """Whether this is named like the beginning of an edge function and lies in the folder of another one."""
    return _UNDEPLOYED.search(path) is not None


@lru_cache(maxsize=65_536)
def is_put_aside(path: str) -> bool:
    """A folder whose name says that its files are kept and not used."""
    return _PUT_ASIDE.search(path) is not None


def is_page(below: str) -> bool:
    """Whether a path in a package lies among its pages, where a folder `archive` is an address."""
    return _PAGES.match(below) is not None
