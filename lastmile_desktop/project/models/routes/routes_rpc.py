"""Entry points that libraries call by name: oRPC procedures, UploadThing routes, Astro actions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import Call, Function, Link, Outline, calls_within
from lastmile_desktop.project.models.routes.entries import Entry, Ref, Survey, resolve_handler
from lastmile_desktop.project.models.routes.model import EntryKind

_ORPC_ROOT = re.compile(r"proc(?:edure)?|^(?:os|o|base|pub|public|authed|protected|admin)\b", re.IGNORECASE)


def discover(survey: Survey) -> Iterator[Entry]:
    for outline in survey.live():
        if outline.language == "python":
            continue
        modules = {item.module for item in outline.imports}
        if "astro:actions" in modules:
            yield from _astro_actions(survey, outline)
        for function in outline.functions:
            made = function.wrapped_by[-1] if function.wrapped_by else None
            last = made.links[-1].name if made is not None and made.links else ""
            if made is None:
                continue
            if last == "handler" and _ORPC_ROOT.search(made.root) and _is_orpc(survey, outline):
                yield _entry(
                    outline, function, "orpc", EntryKind.SERVER_FUNCTION, (Ref(outline.path, wrapper=made),)
                )
            elif last == "onUploadComplete" and _is_given(function, made.links[-1]):
                chain = tuple(_middleware(survey, outline, made))
                yield _entry(outline, function, "uploadthing", EntryKind.SERVER_FUNCTION, chain)


def _is_given(function: Function, link: Link) -> bool:
    return any(function.name in (arg.function, arg.text) for arg in link.args or ())


def _is_orpc(survey: Survey, outline: Outline) -> bool:
    return survey.depends_on(outline.path, "@orpc/server")


def _entry(
    outline: Outline, function: Function, framework: str, kind: EntryKind, chain: tuple[Ref, ...]
) -> Entry:
    label = function.name.rpartition(".@")[0] or function.name
    return Entry(
        kind,
        framework,
        label,
        ("POST",),
        outline.path,
        function.span,
        function,
        outline.path,
        chain,
    )


def _middleware(survey: Survey, outline: Outline, made: Call) -> Iterator[Ref]:
    """What UploadThing runs before a file is taken; it lets the upload through by coming back."""
    for arg in made.args_of("middleware"):
        found = resolve_handler(survey, outline.path, None, arg)
        if found is not None:
            yield survey.hook(found[0], found[1], "")


def _astro_actions(survey: Survey, outline: Outline) -> Iterator[Entry]:
    for call in calls_within(outline.top):
        handler = call.args[0].entry("handler") if call.root == "defineAction" and call.args else None
        found = resolve_handler(survey, outline.path, None, handler) if handler is not None else None
        if found is not None:
            path, function, _ = found
            yield Entry(
                EntryKind.SERVER_ACTION,
                "astro",
                function.name.removesuffix(".handler"),
                ("POST",),
                outline.path,
                call.span,
                function,
                path,
                inputs=len(function.params) < 2,
            )
