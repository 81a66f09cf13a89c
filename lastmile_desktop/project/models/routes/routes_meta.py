"""Entry points of TanStack Start, Remix, React Router, SvelteKit, Nuxt, Astro and tRPC."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.routes.entries import METHODS, Entry, Ref, Survey
from lastmile_desktop.project.models.routes.model import EntryKind

_REMIX_ROUTE = re.compile(r"(?:^|/)(?:app|src)/routes?/(.+)\.[jt]sx?$|(?:^|/)app/(root)\.tsx$")
_SVELTE = re.compile(r"(?:^|/)src/routes/(.*?)/?\+(server|page\.server|layout\.server)\.[jt]s$")
_NUXT = re.compile(r"(?:^|/)server/(api|routes)/(.+?)(?:\.(get|post|put|patch|delete))?\.[jt]s$")
_ASTRO = re.compile(r"(?:^|/)src/pages/(.+)\.[jt]s$")
_PROCEDURE = re.compile(r"(?:^|\.)(query|mutation|subscription)$")
_TRPC_ROOT = re.compile(r"proc(?:edure)?|^t$|trpc", re.IGNORECASE)
_SAFE_ACTION = re.compile(r"(?:action|Action|Client)\w*$")


def discover(survey: Survey) -> Iterator[Entry]:
    for outline in survey.live():
        if outline.language == "python":
            continue
        yield from _tanstack(survey, outline)
        yield from _procedures(survey, outline)
        yield from _remix(survey, outline)
        yield from _svelte(survey, outline)
        yield from _nuxt(survey, outline)
        yield from _astro(survey, outline)


def _tanstack(survey: Survey, outline: Outline) -> Iterator[Entry]:
    for function in outline.functions:
        made = next(
            (call for call in function.wrapped_by if call.root in ("createServerFn", "createServerAction")),
            None,
        )
        if made is None or made.links[-1].name != "handler":
            continue
        name = function.exported_as[0] if function.exported_as else function.name
        chain = (*_global_middleware(survey, outline.path), Ref(outline.path, wrapper=made))
        yield Entry(
            EntryKind.SERVER_FUNCTION,
            "tanstack",
            name,
            ("POST",),
            outline.path,
            function.span,
            function,
            outline.path,
            chain,
        )
    if any("@tanstack/" in item.module for item in outline.imports):
        for function in outline.functions:
            method = function.name.rpartition(".")[2]
            if method in METHODS and ".handlers." in f"{function.name}.":
                route = _route_of(outline)
                yield Entry(
                    EntryKind.HTTP,
                    "tanstack",
                    route,
                    (method,),
                    outline.path,
                    function.span,
                    function,
                    outline.path,
                )


def _global_middleware(survey: Survey, path: str) -> tuple[Ref, ...]:
    """`functionMiddleware` of `src/start.ts` runs before every server function."""
    base = path.partition("src/")[0]
    for suffix in ("ts", "tsx"):
        start = survey.outlines.get(f"{base}src/start.{suffix}")
        if start is None:
            continue
        for function in start.functions:
            for step in function.body:
                value = getattr(step, "value", None)
                found = value.entry("functionMiddleware") if value is not None else None
                if found is not None:
                    return (Ref(start.path, value=found, scope=function),)
    return ()


def _route_of(outline: Outline) -> str:
    inner = re.search(r"routes/(.+)\.[jt]sx?$", outline.path)
    return "/" + (inner.group(1).replace(".", "/") if inner else outline.path)


def _procedures(survey: Survey, outline: Outline) -> Iterator[Entry]:
    for function in outline.functions:
        if not function.wrapped_by:
            continue
        made = function.wrapped_by[-1]
        last = made.links[-1].name if made.links else ""
        label = function.name.rpartition(".@")[0] or function.name
        if _PROCEDURE.search(last) and _TRPC_ROOT.search(made.root):
            methods = ("GET",) if last == "query" else ("POST",)
            route = f"{_stem(outline.path)}.{label.rpartition('.')[2]}"
            yield Entry(
                EntryKind.SERVER_FUNCTION,
                "trpc",
                route,
                methods,
                outline.path,
                function.span,
                function,
                outline.path,
                (Ref(outline.path, wrapper=made),),
            )
        elif (
            last in ("action", "stateAction", "handler")
            and _SAFE_ACTION.search(made.root)
            and len(made.links) >= 1
            and made.links[0].name
        ):
            name = function.exported_as[0] if function.exported_as else label
            exported_action = "use server" in outline.directives and bool(function.exported_as)
            if exported_action or made.root in ("createServerFn", "createMiddleware"):
                continue
            yield Entry(
                EntryKind.SERVER_ACTION,
                "next",
                name,
                ("POST",),
                outline.path,
                function.span,
                function,
                outline.path,
                (Ref(outline.path, wrapper=made),),
                inputs=False,
            )


def _stem(path: str) -> str:
    return re.sub(r"\.(?:router|routes?)$", "", path.rpartition("/")[2].rpartition(".")[0])


def _remix(survey: Survey, outline: Outline) -> Iterator[Entry]:
    match = _REMIX_ROUTE.search(outline.path)
    if match is None or not survey.depends_on(
        outline.path,
        "@remix-run/node",
        "@remix-run/react",
        "@react-router/node",
        "@react-router/dev",
        "@remix-run/server-runtime",
    ):
        return
    route = "/" + re.sub(r"(?:^|[./])_index$", "", match.group(1) or "").replace(".", "/").replace("$", ":")
    for name, method in (("loader", "GET"), ("action", "POST")):
        function = outline.exported(name)
        if function is not None:
            kind = EntryKind.PAGE_DATA if name == "loader" else EntryKind.HTTP
            above = _remix_layouts(survey, outline.path) if name == "loader" else ()
            yield _plain(outline, "remix", kind, route, (method,), function, above)


def _remix_layouts(survey: Survey, path: str) -> tuple[Ref, ...]:
    """Loaders of the layouts above. They run beside the page's own loader; whether that is enough is another
    check's question, so a page below a checked layout is not called open here."""
    folder, found = path.rpartition("/")[0], list[Ref]()
    while folder and not folder.endswith(("/routes", "/app")):
        for candidate in (f"{folder}/_layout.tsx", f"{folder}.tsx", f"{folder.rstrip('+')}.tsx"):
            layout = survey.outlines.get(candidate)
            function = layout.exported("loader") if layout and candidate != path else None
            if function is not None:
                found.append(survey.hook(candidate, function, "@return"))
        folder = folder.rpartition("/")[0]
    return tuple(reversed(found))


def _svelte(survey: Survey, outline: Outline) -> Iterator[Entry]:
    match = _SVELTE.search(outline.path)
    if match is None:
        return
    route = "/" + re.sub(r"\([^)]*\)/?", "", match.group(1))
    gate = _svelte_hooks(survey, outline.path)
    if match.group(2) == "server":
        for method in METHODS[:5]:
            function = outline.exported(method)
            if function is not None:
                yield _plain(outline, "sveltekit", EntryKind.HTTP, route, (method,), function, gate)
        return
    load = outline.exported("load")
    if load is not None:
        yield _plain(outline, "sveltekit", EntryKind.PAGE_DATA, route, ("GET",), load, gate)
    for function in outline.functions:
        if function.name.startswith("actions.") and function.name.count(".") == 1:
            yield _plain(
                outline,
                "sveltekit",
                EntryKind.HTTP,
                f"{route}?/{function.name[8:]}",
                ("POST",),
                function,
                gate,
            )


def _svelte_hooks(survey: Survey, path: str) -> tuple[Ref, ...]:
    base = path.partition("src/routes/")[0]
    for suffix in ("ts", "js"):
        hooks = survey.outlines.get(f"{base}src/hooks.server.{suffix}")
        if hooks is None:
            continue
        steps = survey.callees.value(hooks.path, "handle")
        made = steps.value.calls[:1] if steps is not None and steps.value is not None else ()
        if made and made[0].root == "sequence":
            named = [survey.callees.named(hooks.path, "", arg.text.strip()) for arg in made[0].args]
            return tuple(survey.hook(*found, "resolve") for found in named if found is not None)
        function = hooks.exported("handle")
        return (survey.hook(hooks.path, function, "resolve"),) if function is not None else ()
    return ()


def _nuxt(survey: Survey, outline: Outline) -> Iterator[Entry]:
    match = _NUXT.search(outline.path)
    if match is None or not survey.depends_on(outline.path, "nuxt", "nitropack", "h3"):
        return
    function = outline.exported("default") or next(
        (item for item in outline.functions if item.wrapped_by), None
    )
    if function is None:
        return
    prefix = "/api/" if match.group(1) == "api" else "/"
    methods = (match.group(3).upper(),) if match.group(3) else ()
    wrappers = tuple(
        Ref(outline.path, wrapper=call) for call in function.wrapped_by if "EventHandler" not in call.root
    )
    chain = (*_nuxt_middleware(survey, outline.path), *wrappers)
    yield _plain(outline, "nuxt", EntryKind.HTTP, prefix + match.group(2), methods, function, chain)


def _nuxt_middleware(survey: Survey, path: str) -> tuple[Ref, ...]:
    base = path.partition("server/")[0]
    found: list[Ref] = []
    for other in survey.outlines.values():
        if other.path.startswith(f"{base}server/middleware/"):
            function = other.exported("default") or next(
                (item for item in other.functions if item.wrapped_by), None
            )
            if function is not None:
                found.append(survey.hook(other.path, function, "@return"))
    return tuple(found)


def _astro(survey: Survey, outline: Outline) -> Iterator[Entry]:
    match = _ASTRO.search(outline.path)
    if match is None or not survey.depends_on(outline.path, "astro"):
        return
    for method in (*METHODS[:5], "ALL"):
        function = outline.exported(method)
        if function is not None:
            yield _plain(outline, "astro", EntryKind.HTTP, "/" + match.group(1), (method,), function)


def _plain(
    outline: Outline,
    framework: str,
    kind: EntryKind,
    route: str,
    methods: tuple[str, ...],
    function: Function,
    chain: tuple[Ref, ...] = (),
) -> Entry:
    if not chain:
        chain = tuple(Ref(outline.path, wrapper=call) for call in function.wrapped_by)
    return Entry(kind, framework, route, methods, outline.path, function.span, function, outline.path, chain)
