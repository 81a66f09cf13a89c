"""Routers, what is registered on them, and which router an expression means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lastmile_desktop.project.code.outline import Function, Outline, Span, Value
from lastmile_desktop.project.models.routes.entries import Survey, resolve_handler

_NOT_ROUTER = re.compile(
    r"^(?:axios|http|client|cache|map|params|headers|searchParams|queryClient|storage|request|supabase|db|prisma|cy|page|this)$"
)


@dataclass(frozen=True, slots=True)
class RouterKey:
    """A router variable: its file, the function it lives in ("" for the module), its name."""

    path: str
    scope: str
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """One registration, in order. `kind` is route, use, hook or mount."""

    kind: str
    prefix: str
    methods: tuple[str, ...]
    values: tuple[Value, ...]
    path: str
    scope: Function | None
    span: Span
    child: RouterKey | None = None
    dynamic: bool = False


@dataclass
class Router:
    """`handed` when it is the parameter of a function that registers routes on what it is given."""

    key: RouterKey
    base: str = ""
    items: list[Item] = field(default_factory=list[Item])
    mounted: bool = False
    is_app: bool = True
    handed: bool = False
    framework: str = "express"


class RouterFinder:
    """Looks routers up by name, import, `require` or the call that returns them."""

    def __init__(self, survey: Survey, routers: dict[RouterKey, Router]) -> None:
        self._survey = survey
        self._routers = routers

    def lookup(self, path: str, scope: str, name: str) -> Router | None:
        """The router a name means in a scope, the innermost first."""
        if _NOT_ROUTER.match(name):
            return None
        while True:
            found = self._routers.get(RouterKey(path, scope, name))
            if found is not None or not scope:
                return found
            scope = scope.rpartition(".")[0]

    def router_of(self, outline: Outline, scope: Function | None, value: Value) -> Router | None:
        """The router a value means: a variable, an import, a `require`, a call that returns one."""
        text = value.text.strip()
        if re.fullmatch(r"[\w$]+", text):
            return self._named(outline.path, scope.name if scope else "", text)
        member = re.fullmatch(r"([\w$]+)\.(routes|router|default|middleware)(?:\(\))?", text)
        if member:
            return self._named(outline.path, scope.name if scope else "", member.group(1))
        if value.calls and value.calls[0].root == "require" and value.calls[0].args:
            call = value.calls[0]
            module = self._survey.callees.modules.file(outline.path, call.args_of("")[0].literal or "")
            name = next((link.name for link in call.links if link.name), "default")
            return self._exported(module, name) if module else None
        if value.calls:
            target = self._survey.callees.target(outline.path, scope, value.calls[0])
            if target is not None:
                return next(
                    (
                        item
                        for key, item in self._routers.items()
                        if key.path == target.path and key.scope == target.function.name
                    ),
                    None,
                )
        return None

    def _named(self, path: str, scope: str, name: str) -> Router | None:
        found = self.lookup(path, scope, name)
        if found is not None:
            return found
        definition = self._survey.callees.definition(path, name)
        if definition is None or not definition.path:
            return None
        # `const orders = require("./orders")` stands for what that file exports as a whole.
        exported = "default" if definition.name == "*" else definition.name
        return self._routers.get(RouterKey(definition.path, "", definition.name)) or self._exported(
            definition.path, exported
        )

    def _exported(self, path: str, name: str) -> Router | None:
        outline = self._survey.outlines.get(path)
        export = next((item for item in outline.exports if item.name == name), None) if outline else None
        if export is None:
            return None
        if export.local == "module.exports" or export.local == "default":
            step = self._survey.callees.value(path, export.local)
            text = step.value.text if step and step.value else ""
            return self._routers.get(RouterKey(path, "", text))
        return self._routers.get(RouterKey(path, "", export.local))

    def function_router(self, outline: Outline, scope: Function | None, value: Value) -> Router | None:
        """A Fastify plugin: a function whose first parameter is the instance."""

        found = resolve_handler(self._survey, outline.path, scope, value)
        if found is None:
            return None
        path, function, _ = found
        return next(
            (item for key, item in self._routers.items() if key.path == path and key.scope == function.name),
            None,
        )
