"""Work that a handler waits for before it answers: what a finding about lost work would look like when mended."""

from __future__ import annotations

from collections.abc import Iterator

from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import PassEvidence
from lastmile_desktop.project.code.outline import Function, Outline, calls_within
from lastmile_desktop.project.models.calls.lost import MUST, promised
from lastmile_desktop.project.models.calls.scope import ServerScope
from lastmile_desktop.project.models.jobs.model import JobKind


def waited_for(server: ServerScope) -> Iterator[PassEvidence]:
    """Work of handlers that is awaited, and work that the platform was told to wait for."""
    view = server.view
    for job in view.jobs.of(JobKind.AFTER):
        yield PassEvidence(at(job.path, job.line, note="The platform is told to wait for this."))
    for route in view.routes.routes:
        outline = view.outlines.get(route.path)
        if route.handler is None or outline is None:
            continue
        key = (route.path, route.handler.name)
        lines = server.doings.kept(
            "awaited", key, lambda it=outline, own=route.handler: _awaited(server, it, own)
        )
        for line in lines:
            yield PassEvidence(at(route.path, line, note="This is waited for before the answer."))


def _awaited(server: ServerScope, outline: Outline, handler: Function) -> tuple[int, ...]:
    """The lines of a handler that wait for work that must happen."""
    server.doings.callees.note((outline.path,))
    return tuple(
        call.span.line
        for call in calls_within(handler.body)
        if call.awaited and any(item.kind in MUST for item in promised(server, outline, handler, call))
    )
