"""Every server entry point, with what guards it and what it does (catalogue §4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Function, Span

if TYPE_CHECKING:
    from lastmile_desktop.project.models.walk.access import Access
    from lastmile_desktop.project.view import ProjectView


class EntryKind(StrEnum):
    HTTP = "http"
    SERVER_ACTION = "server-action"
    SERVER_FUNCTION = "server-function"
    PAGE_DATA = "page-data"
    EDGE_FUNCTION = "edge-function"
    CALLABLE = "callable"


class EffectKind(StrEnum):
    DB_WRITE = "db-write"
    DB_READ = "db-read"
    EMAIL = "email"
    LLM = "llm"
    PAYMENT = "payment"
    FILE = "file"
    OUTBOUND = "outbound"
    QUEUE = "queue"


class GuardStrength(StrEnum):
    """`VERIFIED`: a recognised verifier whose failure leaves before any effect. `CRON`/`SIGNATURE`: a shared secret
    or signature. `UNVERIFIED`: looks like a guard and is not (`getSession()` on a server, decode without
    verification, result ignored)."""

    VERIFIED = "verified"
    SIGNATURE = "signature"
    CRON = "cron"
    POLICY = "policy"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Guard:
    """`conditional` when the check only runs if a setting is present, so that a missing setting opens the door."""

    name: str
    strength: GuardStrength
    path: str
    line: int
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something on the way that may ask who is calling, and that could not be followed."""

    name: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Effect:
    """Something with consequences. `table` where known; `guarded` when a guard dominates it.
    `client` names how data is reached: `service` (row security does not apply), `user`, `orm`, `driver`.
    `detail` is the verb of a query, `checkout` for opening one, `requested` when the request feeds it. `doubt` is what
    may guard it and could not be followed."""

    kind: EffectKind
    call: Call
    path: str
    line: int
    guarded: bool
    table: str = ""
    client: str = ""
    detail: str = ""
    doubt: Doubt | None = None

    @property
    def verb(self) -> str:
        """What a query does (`insert`, `update`, …), without what `detail` says of its values."""
        return self.detail.partition("-")[0]

    @property
    def adds(self) -> bool:
        """Whether it only adds rows."""
        return self.verb == "insert"


@dataclass(frozen=True, slots=True)
class Route:
    """`route` is the URL path (`/api/invoices/[id]`) or the action/function name; `handler` the outline function
    (None when it could not be resolved, with `unknown` saying why). `accesses` are its queries in order, with
    what ties their rows to the caller. `handler_path` is the handler's file where it is another than `path`;
    `through` are the names of the project's functions that run on the way."""

    kind: EntryKind
    framework: str
    route: str
    methods: tuple[str, ...]
    path: str
    span: Span
    handler: Function | None
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    public_by_design: str = ""
    is_webhook: bool = False
    reads_body: str = ""
    unknown: str = ""
    accesses: tuple[Access, ...] = ()
    unknown_wrappers: tuple[str, ...] = ()
    handler_path: str = ""
    through: frozenset[str] = frozenset()

    @property
    def code_path(self) -> str:
        """The file that the handler's lines are in."""
        return self.handler_path or self.path

    @property
    def is_guarded(self) -> bool:
        return any(guard.strength is not GuardStrength.UNVERIFIED for guard in self.guards)


@dataclass(frozen=True, slots=True)
class RouteMap:
    """`unparsed` lists (path, reason) of entry files that could not be understood; `unknown_wrappers` are
    functions around handlers whose body is not in the project; `fastapi_apps` where FastAPI applications are made."""

    routes: tuple[Route, ...] = ()
    unparsed: tuple[tuple[str, str], ...] = ()
    unknown_wrappers: tuple[str, ...] = ()
    fastapi_apps: tuple[tuple[str, int, Call], ...] = ()


def build(view: ProjectView) -> RouteMap:
    """Find every entry point and walk it."""
    from lastmile_desktop.project.models.routes.route_build import build_routes

    return build_routes(view)
