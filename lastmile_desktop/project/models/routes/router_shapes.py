"""What routers look like in code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, Do, Function, Outline, Step, Value

_MAKERS = re.compile(
    r"^(?:express|Router|express\.Router|Hono|OpenAPIHono|fastify|Fastify|KoaRouter|Koa|Elysia|polka|App|H3|"
    r"createRouter|new Router|AutoRouter|IttyRouter)$"
)


_SERVERS = re.compile(r"express|hono|fastify|koa|elysia|polka|h3|router", re.IGNORECASE)


def framework_of(outline: Outline) -> str:
    """The server framework a file imports."""
    for item in outline.imports:
        for name in ("hono", "fastify", "koa", "elysia", "express"):
            if name in item.module:
                return name
    return "express"


def scopes_of(outline: Outline) -> Iterator[tuple[Function | None, tuple[Step, ...]]]:
    """The module's own steps and those of each function."""
    yield None, outline.top
    for function in outline.functions:
        yield function, function.body


def named_calls(steps: tuple[Step, ...]) -> Iterator[tuple[Call, str]]:
    """Calls whose result gets a name, with the first one."""
    for step in steps:
        if isinstance(step, Do) and step.targets and step.value is not None and step.value.calls:
            yield step.value.calls[0], step.targets[0]


def unnamed_calls(steps: tuple[Step, ...]) -> Iterator[tuple[Call, str]]:
    """`new Elysia().get(…).listen(3000)`: an app that is made, told its routes and started in one chain."""
    for step in steps:
        if isinstance(step, Do) and not step.targets:
            for call in step.calls:
                if call.is_new and len(call.links) > 1:
                    yield call, f"@{call.span.line}"


def makes_router(call: Call, outline: Outline) -> bool:
    """Whether a call makes a router or an app."""
    if call.root == "require" and len(call.links) > 1 and call.args_of("")[:1]:
        module = call.args_of("")[0].literal or ""
        return call.links[1].name == "Router" and _SERVERS.search(module) is not None
    first = ".".join([call.root, *([call.links[0].name] if call.links and call.links[0].name else [])])
    if first.endswith(".createApp") and any(item.module.startswith("hono/") for item in outline.imports):
        return True
    if not (_MAKERS.match(call.root) or _MAKERS.match(first)):
        return False
    return any(_SERVERS.search(item.module) for item in outline.imports)


def is_path(value: Value) -> bool:
    """Whether an argument is an address and not a handler."""
    if value.literal is not None:
        return (
            value.literal == ""
            or value.literal.startswith(("/", "*", ":"))
            or not re.search(r"\s", value.literal)
        )
    return value.text.startswith(("`", "/")) or (
        bool(re.search(r"(?:[pP]ath|PATH|[rR]oute|api\.\w+)", value.text)) and "(" not in value.text
    )
