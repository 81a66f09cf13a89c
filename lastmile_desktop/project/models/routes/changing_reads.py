"""Routes that change data although a link or a picture is enough to call them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lastmile_desktop.project.models.routes.model import EffectKind, EntryKind, GuardStrength, Route

_BY_COOKIE = frozenset(
    {"next", "next-pages", "express", "flask", "django", "sveltekit", "remix", "fastify", "hono", "koa"}
)
_MEANT = re.compile(
    r"(?i)cron|callback|verif|confirm|unsubscribe|subscribe|track|log-?out|sign-?out|seen|view|visit|click|webhook|sync|health|oauth|login|auth|activate|download|export|redirect|invite|accept|me$|session"
)
_CHANGES = re.compile(
    r"(?i)(?:^|[/_-])(?:delete|remove|destroy|toggle|approve|reject|cancel|reset|promote|demote|ban|block|archive|transfer|pay|update|change|make|disable|enable)(?:$|[/_-])"
)
_BY_METHOD = re.compile(
    r"request\.method|req\.method|require_(?:POST|http_methods)|\.validate_on_submit\(|is_valid\(|request\.POST\b|request\.form\b"
)
_BEARER = re.compile(r"(?i)authorization|bearer|api_?key|x-api|jwt_required|token_required")


@dataclass(frozen=True, slots=True)
class ChangingRead:
    route: str
    path: str
    line: int
    what: str


def changing_reads(routes: Iterable[Route], text_of: Callable[[str], str | None]) -> Iterator[ChangingRead]:
    """Routes behind a sign-in by cookie that delete or change something when they are merely opened."""
    for route in routes:
        if (
            route.kind is not EntryKind.HTTP
            or route.is_webhook
            or route.handler is None
            or _MEANT.search(route.route)
        ):
            continue
        opens = "GET" in route.methods or (route.framework == "django" and not route.methods)
        if not opens or not any(guard.strength is GuardStrength.VERIFIED for guard in route.guards):
            continue
        writes = [
            effect
            for effect in route.effects
            if effect.kind is EffectKind.DB_WRITE and effect.path == route.code_path
        ]
        deletes = [
            effect for effect in writes if effect.detail in ("delete", "destroy", "remove", "deleteMany")
        ]
        if not deletes and not (writes and _CHANGES.search(route.route)):
            continue
        text = text_of(route.code_path) or ""
        span = route.handler.span
        code = "\n".join(text.split("\n")[max(0, span.line - 4) : span.line_end])
        if _BEARER.search(code) or (len(route.methods) != 1 and _BY_METHOD.search(code)):
            continue
        what = "deletes data" if deletes else "changes data"
        yield ChangingRead(route.route, route.code_path, (deletes or writes)[0].line, what)
