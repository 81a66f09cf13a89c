"""Whether a NestJS app keeps the bytes of requests, which `req.rawBody` is empty without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_of
from lastmile_desktop.project.models.calls.model import is_production

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_READS = re.compile(r"\breq(?:uest)?\??\.rawBody\b")
_MAKES = re.compile(r"\bNestFactory\.create\b")
_KEEPS = re.compile(
    r"rawBody\s*:\s*true|[.\[]\s*['\"]?rawBody['\"]?\]?\s*=(?!=)|useBodyParser\(\s*['\"](?:raw|text)|\braw\(\s*\{|bodyParser\.raw|express\.raw|"
    r"fastify-raw-body|\braw-body\b|addContentTypeParser|firebase-functions"
)


def lost_bytes(view: ProjectView, handler: str) -> tuple[int, tuple[str, int] | None]:
    """The line that reads the bytes, and where the app is made that does not keep them; (0, None) where it may."""
    outline = view.outlines.get(handler)
    if outline is None or not any(item.module == "@nestjs/common" for item in outline.imports):
        return 0, None
    read = view.per_file("nest-raw-read", handler, _reads, 0)
    if not read:
        return 0, None
    package = view.package_of(handler).path
    made: tuple[str, int] | None = None
    for path, other in view.outlines.items():
        if other.language == "python" or not is_production(path) or view.package_of(path).path != package:
            continue
        keeps, line = view.per_file("nest-raw-kept", path, _made, (False, 0))
        if keeps:
            return 0, None
        if line:
            made = (path, line)
    return read, made


def _reads(text: str) -> int:
    return line_of(text, _READS)


def _made(text: str) -> tuple[bool, int]:
    return _KEEPS.search(text) is not None, line_of(text, _MAKES)
