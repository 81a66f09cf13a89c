"""Entry points of Next.js: route handlers, pages API, server actions, pages that read data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Function, Leave, Outline, Span, Value
from lastmile_desktop.project.models.guards.next_gate import Gate, gate_for
from lastmile_desktop.project.models.routes.entries import METHODS, Entry, Ref, Survey, resolve_handler
from lastmile_desktop.project.models.routes.model import EntryKind

_ROUTE = re.compile(r"^(?:.*/)?(?:src/)?app/(?:(.*)/)?route\.[cm]?[jt]sx?$")
_PAGE = re.compile(r"^(?:.*/)?(?:src/)?app/(?:(.*)/)?page\.[jt]sx?$")
_PAGES_API = re.compile(r"^(?:.*/)?(?:src/)?pages/(api/.*)\.[cm]?[jt]sx?$")
_LIBRARY = {
    "NextAuth": "sign-in routes of the auth library",
    "toNextJsHandler": "sign-in routes of the auth library",
    "createRouteHandler": "upload routes with their own middleware",
    "handleAuth": "sign-in routes of the auth library",
    "serve": "jobs signed by the queue's own key",
    "handlers": "sign-in routes of the auth library",
    "createUploadthing": "upload routes with their own middleware",
}
_PROPS_READER = ("getServerSideProps",)


def discover(survey: Survey) -> Iterator[Entry]:
    """Every Next.js entry point of the project."""
    for outline in survey.live():
        path = outline.path
        route = _ROUTE.match(path)
        if route:
            yield from _route_file(survey, outline, _url(route.group(1) or ""))
            continue
        page = _PAGE.match(path)
        if page and "use client" not in outline.directives:
            yield from _page(survey, outline, _url(page.group(1) or ""))
        api = _PAGES_API.match(path)
        if api and survey.depends_on(path, "next"):
            yield from _pages_api(survey, outline, "/" + re.sub(r"/index$", "", api.group(1)))
        yield from _actions(survey, outline)
        yield from _server_props(survey, outline)


def _url(folder: str) -> str:
    """The path a folder serves: groups and slots leave no trace."""
    parts = [
        part
        for part in folder.split("/")
        if part and not part.startswith("@") and not re.match(r"^\([^.)]*\)$", part)
    ]
    return "/" + "/".join(parts)


def _gated(survey: Survey, path: str, route: str) -> tuple[Ref, ...]:
    gate: Gate | None = gate_for(survey, path)
    if gate is None:
        return ()
    return (Ref(gate.outline.path, lazy=lambda: gate.summary(route), label="gate"),)


def _route_file(survey: Survey, outline: Outline, route: str) -> Iterator[Entry]:
    gate = _gated(survey, outline.path, route)
    for method in METHODS[:5]:
        function = outline.exported(method)
        if function is not None:
            wrappers = tuple(Ref(outline.path, wrapper=call) for call in function.wrapped_by)
            yield Entry(
                EntryKind.HTTP,
                "next",
                route,
                (method,),
                outline.path,
                function.span,
                function,
                outline.path,
                gate + wrappers,
            )
            continue
        exported = next((item for item in outline.exports if item.name == method), None)
        if exported is None:
            continue
        yield _made_handler(survey, outline, route, method, exported.local, exported.module, gate)


def _made_handler(
    survey: Survey, outline: Outline, route: str, method: str, local: str, module: str, gate: tuple[Ref, ...]
) -> Entry:
    """A handler that is a value: wrapped by a call, destructured from a library, or re-exported."""
    step = survey.callees.value(outline.path, local)
    span = (
        step.span
        if step
        else next(
            (item.span for item in outline.imports if any(n == local for n, _ in item.names)), Span(1, 1, 1)
        )
    )
    value = step.value if step and step.value is not None else Value(local)
    if module:
        target = survey.callees.modules.file(outline.path, module)
        there = survey.outlines.get(target) if target else None
        function = there.exported(local) if there else None
        if function is not None and there is not None:
            wrappers = tuple(Ref(there.path, wrapper=call) for call in function.wrapped_by)
            return Entry(
                EntryKind.HTTP,
                "next",
                route,
                (method,),
                outline.path,
                span,
                function,
                there.path,
                gate + wrappers,
            )
    several = step is not None and len(step.targets) > 1
    found = None if several else resolve_handler(survey, outline.path, None, value)
    if found is not None:
        path, function, wrappers = found
        return Entry(
            EntryKind.HTTP, "next", route, (method,), outline.path, span, function, path, gate + wrappers
        )
    text = value.text
    public = next((why for name, why in _LIBRARY.items() if re.search(rf"\b{name}\b", text)), "")
    if not public and "/auth" in route:
        public = "sign-in routes of the auth library"
    unknown = "" if public else f"the handler comes from {text[:40]}, whose code is not in the project"
    return Entry(
        EntryKind.HTTP,
        "next",
        route,
        (method,),
        outline.path,
        span,
        None,
        "",
        gate,
        public=public,
        unknown=unknown,
    )


def _pages_api(survey: Survey, outline: Outline, route: str) -> Iterator[Entry]:
    gate = _gated(survey, outline.path, route)
    function = outline.exported("default")
    if function is not None:
        wrappers = tuple(Ref(outline.path, wrapper=call) for call in function.wrapped_by)
        yield Entry(
            EntryKind.HTTP,
            "next",
            route,
            (),
            outline.path,
            function.span,
            function,
            outline.path,
            gate + wrappers,
        )
        return
    exported = next((item for item in outline.exports if item.name == "default"), None)
    if exported is not None:
        entry = _made_handler(survey, outline, route, "", exported.local, exported.module, gate)
        yield Entry(
            entry.kind,
            "next",
            route,
            (),
            outline.path,
            entry.span,
            entry.function,
            entry.handler_path,
            entry.chain,
            public=entry.public,
            unknown=entry.unknown,
        )


def _actions(survey: Survey, outline: Outline) -> Iterator[Entry]:
    whole = "use server" in outline.directives
    for function in outline.functions:
        exported = bool(function.exported_as)
        if not (whole and exported) and "use server" not in function.directives:
            continue
        if whole and not exported and not function.directives:
            continue
        if not function.is_async and not function.wrapped_by and "use server" not in function.directives:
            continue
        name = function.exported_as[0] if exported else function.name.rpartition(".")[2]
        label = name if name != "default" else function.name
        wrappers = tuple(Ref(outline.path, wrapper=call) for call in function.wrapped_by)
        yield Entry(
            EntryKind.SERVER_ACTION,
            "next",
            label,
            ("POST",),
            outline.path,
            function.span,
            function,
            outline.path,
            wrappers + _enclosing(survey, outline, function),
            inputs=True,
        )


def _enclosing(survey: Survey, outline: Outline, function: Function) -> tuple[Ref, ...]:
    """An action written inside a page closes over values, and is still callable on its own: nothing protects it."""
    return ()


def _page(survey: Survey, outline: Outline, route: str) -> Iterator[Entry]:
    function = outline.exported("default")
    if function is None or not function.is_async:
        return
    gate = _gated(survey, outline.path, route)
    yield Entry(
        EntryKind.PAGE_DATA,
        "next",
        route,
        ("GET",),
        outline.path,
        function.span,
        function,
        outline.path,
        gate + _layouts(survey, outline.path),
    )


def _layouts(survey: Survey, path: str) -> tuple[Ref, ...]:
    """The layouts above a page, the outermost first."""
    folder = path.rpartition("/")[0]
    found: list[Ref] = []
    while folder and not folder.endswith("app"):
        for suffix in ("tsx", "jsx", "ts", "js"):
            layout = survey.outlines.get(f"{folder}/layout.{suffix}")
            function = layout.exported("default") if layout else None
            if layout is not None and function is not None and function.is_async:
                found.append(survey.hook(layout.path, function, "@return"))
        folder = folder.rpartition("/")[0]
    return tuple(reversed(found))


def _server_props(survey: Survey, outline: Outline) -> Iterator[Entry]:
    if "/pages/" not in f"/{outline.path}":
        return
    for name in _PROPS_READER:
        function = outline.exported(name)
        if function is None:
            continue
        route = "/" + re.sub(r"(?:/index)?\.[jt]sx?$", "", outline.path.partition("pages/")[2])
        wrappers = tuple(Ref(outline.path, wrapper=call) for call in function.wrapped_by)
        gate = _gated(survey, outline.path, route)
        yield Entry(
            EntryKind.PAGE_DATA,
            "next",
            route,
            ("GET",),
            outline.path,
            function.span,
            function,
            outline.path,
            gate + wrappers,
        )


def leaves(function: Function) -> bool:
    return any(isinstance(step, Leave) for step in function.body)
