"""Entry points that a platform runs one by one: Supabase and Firebase functions, Vercel and Netlify functions,
Workers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Do, Function, Outline, Span, Value, calls_within
from lastmile_desktop.project.models.routes.entries import Entry, Ref, Survey, resolve_handler
from lastmile_desktop.project.models.routes.model import EntryKind

_SUPABASE = re.compile(r"^(.*?)supabase/functions/([^_/][^/]*)/(?:index|main)\.[jt]sx?$")
_NETLIFY = re.compile(r"(?:^|/)netlify/(?:functions|edge-functions)/([^/]+?)(?:/index)?\.[cm]?[jt]s$")
_VERCEL = re.compile(r"^(?:[\w-]+/)?api/(.+?)(?:/index)?\.[cm]?[jt]s$")
_FIREBASE = re.compile(r"(?:^|\.)(?:onCall|onRequest)$")
_SERVED = re.compile(r"^(?:Deno\.serve|serve|Bun\.serve|addEventListener)$")


def discover(survey: Survey) -> Iterator[Entry]:
    for outline in survey.live():
        supabase = _SUPABASE.match(outline.path)
        if supabase:
            yield from _supabase(survey, outline, supabase.group(2))
            continue
        if outline.language == "python":
            continue
        netlify = _NETLIFY.search(outline.path)
        if netlify:
            yield from _exported(
                survey, outline, f"/.netlify/functions/{netlify.group(1)}", ("handler", "default")
            )
            continue
        vercel = _VERCEL.match(outline.path)
        if (
            vercel
            and not vercel.group(1).startswith("_")
            and "/_" not in vercel.group(1)
            and _is_vercel(survey, outline.path)
        ):
            yield from _exported(
                survey,
                outline,
                f"/api/{vercel.group(1)}",
                ("default", "GET", "POST", "PUT", "PATCH", "DELETE"),
            )
            continue
        if any("firebase-functions" in item.module for item in outline.imports):
            yield from _firebase(survey, outline)


def _supabase(survey: Survey, outline: Outline, name: str) -> Iterator[Entry]:
    found = _served(survey, outline)
    if found is None:
        yield Entry(
            EntryKind.EDGE_FUNCTION,
            "supabase",
            name,
            ("POST",),
            outline.path,
            Span(1, 1, 1),
            None,
            unknown="no Deno.serve handler was found in it",
        )
        return
    path, function, span, wrappers = found
    yield Entry(
        EntryKind.EDGE_FUNCTION, "supabase", name, ("POST",), outline.path, span, function, path, wrappers
    )


def _served(survey: Survey, outline: Outline) -> tuple[str, Function, Span, tuple[Ref, ...]] | None:
    """The handler given to `Deno.serve`, or exported as `fetch`."""
    for call in calls_within(outline.top):
        if not _SERVED.match(call.callee):
            continue
        for arg in reversed(call.args):
            found = resolve_handler(survey, outline.path, None, arg) or _option(survey, outline, arg)
            if found is not None:
                wrappers = tuple(
                    ref for ref in found[2] if ref.wrapper is None or not _SERVED.match(ref.wrapper.callee)
                )
                return found[0], found[1], call.span, wrappers
    for name in ("default", "default.fetch", "handler"):
        function = outline.exported(name) or survey.callees.functions(outline.path).get(name)
        if function is not None:
            wrappers = tuple(Ref(outline.path, wrapper=call) for call in function.wrapped_by)
            return outline.path, function, function.span, wrappers
    for step in outline.top:
        if isinstance(step, Do) and step.targets == ("default",) and step.value is not None:
            fetch = step.value.entry("fetch") or step.value
            found = resolve_handler(survey, outline.path, None, fetch)
            if found is not None:
                return found[0], found[1], step.span, found[2]
    return None


def _option(survey: Survey, outline: Outline, arg: Value):  # noqa: ANN202
    inner = arg.entry("fetch") or arg.entry("handler")
    return resolve_handler(survey, outline.path, None, inner) if inner else None


def _exported(survey: Survey, outline: Outline, route: str, names: tuple[str, ...]) -> Iterator[Entry]:
    for name in names:
        function = outline.exported(name)
        methods = (name,) if name.isupper() else ()
        if function is not None:
            wrappers = tuple(Ref(outline.path, wrapper=call) for call in function.wrapped_by)
            yield Entry(
                EntryKind.HTTP,
                "functions",
                route,
                methods,
                outline.path,
                function.span,
                function,
                outline.path,
                wrappers,
            )
            continue
        export = next((item for item in outline.exports if item.name == name), None)
        step = survey.callees.value(outline.path, export.local) if export else None
        value = step.value if step and step.value is not None else Value(export.local) if export else None
        found = resolve_handler(survey, outline.path, None, value) if value is not None else None
        if found is not None and export is not None:
            span = step.span if step else found[1].span
            yield Entry(
                EntryKind.HTTP, "functions", route, methods, outline.path, span, found[1], found[0], found[2]
            )


def _is_vercel(survey: Survey, path: str) -> bool:
    """An `api` folder beside a `vercel.json`, or in a package for Vercel without another server framework."""
    base = path.partition("api/")[0]
    return f"{base}vercel.json" in survey.view.tree or survey.depends_on(path, "@vercel/node")


def _firebase(survey: Survey, outline: Outline) -> Iterator[Entry]:
    for function in outline.functions:
        made = next(
            (
                call
                for call in function.wrapped_by
                if _FIREBASE.search(call.callee) or call.root in ("onCall", "onRequest")
            ),
            None,
        )
        if made is None or not function.exported_as:
            continue
        called = "onCall" in made.callee
        kind = EntryKind.CALLABLE if called else EntryKind.HTTP
        yield Entry(
            kind,
            "firebase",
            function.exported_as[0],
            ("POST",),
            outline.path,
            function.span,
            function,
            outline.path,
        )
