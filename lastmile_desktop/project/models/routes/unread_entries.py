"""Code that answers strangers in ways that the routes do not know: sockets, other frameworks, other languages.

What it does is not read. Checks that rest on the routes must not say that all is well, nor that there is nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Outline, calls_within
from lastmile_desktop.project.models.routes.entries import is_live

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


SOCKETS = "WebSocket messages"
LANGUAGE = "routes written in "


@dataclass(frozen=True, slots=True)
class UnreadEntry:
    """`what` answers in this file, in the words of a sentence."""

    what: str
    path: str
    line: int


# What a file takes in that answers strangers with it, by the beginning of the module's name.
_SCRIPT_MODULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (r"^(?:@apollo/server|apollo-server|graphql-yoga$|mercurius$|@nestjs/graphql|type-graphql$|express-graphql$|"
         r"graphql-http|@pothos/core|@graphql-yoga/)", "GraphQL resolvers"),
        (r"^@orpc/server", "oRPC procedures"),
        (r"^(?:convex/server$|\.{1,2}/_generated/server|@/convex/_generated/server|\./_generated/server)",
         "Convex functions"),
        (r"^(?:socket\.io$|ws$|@fastify/websocket$|express-ws$|@nestjs/websockets$|uWebSockets\.js$|bun-ws|"
         r"@hono/node-ws$|@colyseus/)", SOCKETS),
        (r"^partykit/server|^partyserver$|^agents$", "PartyKit rooms"),
        (r"^@hapi/hapi", "hapi routes"),
        (r"^@adonisjs/core", "Adonis routes"),
        (r"^(?:restify|micro|sails|@feathersjs/(?:express|koa|feathers)|@loopback/rest|moleculer-web)$", "routes"),
        (r"^encore\.dev/api$", "Encore endpoints"),
        (r"^(?:@grpc/grpc-js|@connectrpc/connect(?:-node)?)$", "gRPC methods"),
        (r"^astro:actions$", "Astro actions"),
        (r"^\$app/server$", "remote functions of SvelteKit"),
    )
)  # fmt: skip
# Only where one of these is used is the module the server's side.
_USED: dict[str, re.Pattern[str]] = {
    SOCKETS: re.compile(
        r"^(?:\w+\.)?(?:Server|SocketIOServer|IOServer|WebSocketServer|WSServer|createNodeWebSocket|expressWs|App)$"
        r"|^WebSocketGateway$"
    ),
    "Convex functions": re.compile(r"^(?:query|mutation|action|httpAction)$"),
    "gRPC methods": re.compile(r"addService|connectNodeAdapter|\.router$"),
    "Astro actions": re.compile(r"^defineAction$"),
    "remote functions of SvelteKit": re.compile(r"^(?:query|command|form|prerender)(?:\.batch)?$"),
    "oRPC procedures": re.compile(r"\.handler$|\.router$|Handler$"),
    "GraphQL resolvers": re.compile(
        r"ApolloServer|createYoga|createSchema|mercurius|buildSchema|graphqlHTTP|createHandler|Resolver|SchemaBuilder|"
        r"GraphQLModule|startStandaloneServer"
    ),
}
_PYTHON_MODULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (r"^litestar(?:\.|$)", "Litestar routes"),
        (r"^aiohttp\.web|^aiohttp$", "aiohttp routes"),
        (r"^starlette\.(?:applications|routing)$", "Starlette routes"),
        (r"^channels\.generic", "Django Channels consumers"),
        (r"^tornado\.web", "Tornado handlers"),
        (r"^(?:sanic|quart|bottle|falcon|robyn|blacksheep|socketify)(?:\.|$)", "routes"),
        (r"^(?:strawberry|graphene|ariadne)(?:\.|$)", "GraphQL resolvers"),
        (r"^(?:socketio|flask_socketio|websockets(?:\.\w+)?)$", SOCKETS),
        (r"^(?:gradio|nicegui)$", "functions behind a page"),
        (r"^grpc(?:\.|$)", "gRPC methods"),
        (r"^ninja_extra", "routes"),
    )
)  # fmt: skip
_USED_PYTHON: dict[str, re.Pattern[str]] = {
    "aiohttp routes": re.compile(r"(?:^|\.)(?:Application|RouteTableDef|run_app)$"),
    "Starlette routes": re.compile(r"(?:^|\.)(?:Starlette|Route|WebSocketRoute)$"),
    SOCKETS: re.compile(r"(?:^|\.)(?:SocketIO|AsyncServer|Server|serve)$"),
    "gRPC methods": re.compile(r"(?:^|\.)server$"),
    "GraphQL resolvers": re.compile(r"Schema|GraphQL"),
    "functions behind a page": re.compile(r"\.(?:launch|run|queue)$|^ui\.run$"),
}
# Files that say what a server in a language without outlines is built with.
_MANIFESTS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("Gemfile", re.compile(r"^\s*gem\s+['\"](?:rails|sinatra|grape|hanami)['\"]", re.MULTILINE), "Ruby"),
    (
        "composer.json",
        re.compile(
            r"\"(?:laravel/framework|symfony/framework-bundle|slim/slim|laravel/lumen-framework|yiisoft/yii2)\""
        ),
        "PHP",
    ),
    (
        "go.mod",
        re.compile(
            r"gin-gonic/gin|labstack/echo|gofiber/fiber|go-chi/chi|gorilla/mux|connectrpc\.com|pocketbase/pocketbase"
        ),
        "Go",
    ),
    ("Cargo.toml", re.compile(r"^(?:axum|actix-web|rocket|warp|poem|salvo)\b", re.MULTILINE), "Rust"),
    (
        "pom.xml",
        re.compile(r"spring-boot-starter-web|quarkus-(?:rest|resteasy)|micronaut-http-server"),
        "Java",
    ),
    (
        "build.gradle",
        re.compile(r"spring-boot-starter-web|io\.ktor:ktor-server|quarkus-rest|micronaut-http-server"),
        "Java or Kotlin",
    ),
    (
        "build.gradle.kts",
        re.compile(r"spring-boot-starter-web|io\.ktor:ktor-server|quarkus-rest|micronaut-http-server"),
        "Java or Kotlin",
    ),
    (".csproj", re.compile(r"Microsoft\.NET\.Sdk\.Web|Microsoft\.AspNetCore"), "C#"),
    ("mix.exs", re.compile(r":phoenix\b|:plug_cowboy\b"), "Elixir"),
)
_MANIFEST_NAMES = tuple(name for name, _, _ in _MANIFESTS)
_LAMBDA_SETTINGS = ("serverless.yml", "serverless.yaml", "template.yaml", "template.yml", "sst.config.ts")
# They put a whole app, whose routes are known, behind one such function.
_WRAPPERS = (
    "serverless-http",
    "@vendia/serverless-express",
    "@codegenie/serverless-express",
    "aws-serverless-express",
    "@fastify/aws-lambda",
    "mangum",
)
_LAMBDA = re.compile(
    r"\bhandler:\s*['\"]?[\w./-]{1,120}|AWS::Serverless::Function|sst\.aws\.(?:Function|ApiGateway)"
)


def unread_entries(view: ProjectView) -> tuple[UnreadEntry, ...]:
    """One for each kind of entry that is not read, at its first place."""
    first: dict[str, UnreadEntry] = {}
    found = view.each_outline("entries.unread", _in_file)
    known = {route.path for route in view.routes.routes} if found else frozenset[str]()
    for path in sorted(found):
        for what, line in found[path] if is_live(path) else ():
            if path in known and what != SOCKETS:
                continue
            first.setdefault(what, UnreadEntry(what, path, line))
    for item in _in_settings(view):
        first.setdefault(item.what, item)
    return tuple(first.values())


def _in_settings(view: ProjectView) -> Iterator[UnreadEntry]:
    """Servers in other languages, and functions that only a host's settings name."""
    wrapped = any(name in package.dependencies for package in view.packages for name in _WRAPPERS)
    for path in view.tree.files:
        name = path.rpartition("/")[2]
        if name in _LAMBDA_SETTINGS and is_live(path) and not wrapped:
            line = view.per_file("entries.lambda", path, _lambda_line, 0)
            if line:
                yield UnreadEntry("functions that the host's settings name", path, line)
        elif name.endswith(_MANIFEST_NAMES) and is_live(path):
            language, line = view.per_path("entries.manifest", path, _manifest, ("", 0))
            if language:
                yield UnreadEntry(f"{LANGUAGE}{language}", path, line)


def _lambda_line(text: str) -> int:
    found = _LAMBDA.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _manifest(path: str, text: str) -> tuple[str, int]:
    for name, pattern, language in _MANIFESTS:
        found = pattern.search(text) if path.rpartition("/")[2].endswith(name) else None
        if found is not None:
            return language, text.count("\n", 0, found.start()) + 1
    return "", 0


def _in_file(outline: Outline) -> tuple[tuple[str, int], ...]:
    modules, used = (
        (_PYTHON_MODULES, _USED_PYTHON) if outline.language == "python" else (_SCRIPT_MODULES, _USED)
    )
    found: dict[str, int] = {}
    for item in outline.imports:
        if item.type_only:
            continue
        what = next((what for pattern, what in modules if pattern.search(item.module)), "")
        if not what or what in found:
            continue
        needed = used.get(what)
        line = _use(outline, needed) if needed is not None else item.span.line
        if line:
            found[what] = line
    return tuple(found.items())


def _use(outline: Outline, needed: re.Pattern[str]) -> int:
    """The first line on which the file calls one of these."""
    for call in _calls(outline):
        if needed.search(call.callee) or (call.links and needed.search(call.root)):
            return call.span.line
    return 0


def _calls(outline: Outline) -> Iterator[Call]:
    yield from calls_within(outline.top)
    for function in outline.functions:
        yield from function.decorators
        yield from function.wrapped_by
        yield from calls_within(function.body)
    for item in outline.classes:
        yield from item.decorators
