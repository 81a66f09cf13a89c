"""Records of who did what: the tables and helpers that keep them, and the actions that ought to be in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.sources import is_source
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.queries.query_sites import file_queries
from lastmile_desktop.project.models.routes.model import EffectKind, EntryKind, Route
from lastmile_desktop.project.models.schema.model import RlsPolicy, Table
from lastmile_desktop.project.models.schema.tables import key
from lastmile_desktop.project.models.screens.screens import is_screen
from lastmile_desktop.project.models.usage.idle_functions import is_uncalled, text_in_use
from lastmile_desktop.project.models.usage.model import build as usage
from lastmile_desktop.project.models.usage.model import may_be_unused
from lastmile_desktop.project.path_kinds import is_tools_own
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_TABLE = re.compile(
    r"(?:^|_)audit(?:s|_?logs?|_?trails?|_?events?|_?entries|_?records?)?$|"
    r"^(?:\w{1,30}_)?activit(?:y_?(?:logs?|events?|feed)|ies)$|"
    r"^(?:admin|staff|moderation|security|access|user|account|org(?:anization)?|team|workspace|system)_"
    r"(?:actions?|logs?|events?|activit(?:y|ies)|history)(?:_logs?)?$|^record_version$|^(?:change|action|"
    r"event)_?(?:logs?|history)$|"
    r"^(?:\w{1,30}_)?(?:role|permission)_(?:changes|history)$|^(?:\w{1,30}_)?action_?logs?$"
)
# Without somebody who acted, rows are a list of kinds of activity, or of what can be done.
_ACTOR = re.compile(
    r"(?:^|_|(?<=[a-z]))(?:user|actor|admin|member|account|employee|staff|owner|profile|performer|author|by|"
    r"who|changed|operator)"
    r"(?:_?(?:id|uuid|email|name|ref))?$",
    re.IGNORECASE,
)
# What is written for readers: news of the product rather than a record.
_NEWS = re.compile(r"(?i)^(?:published_?at|released_?(?:at|on)|version|slug)$")
_DECIDED_BY = re.compile(
    r"\b(?:actor_?id|(?:performed|changed|processed|approved|decided|reviewed|handled|rejected)_?by(?:_?id)?)\b[\"']?\s{0,3}[:=](?!=)"
    r"(?!\s{0,3}(?:string|number|uuid|str|int|null|None|Optional|z\.|text\(|varchar\()\b)",
    re.IGNORECASE,
)
_DECIDED_WORDS = ("actor", "ed_by", "edBy")
_ASKS = re.compile(
    r"^(?:check|get|is|has|can|list|fetch|verify|count|search|find|current|my|validate|require)_", re.I
)
_JOINS = re.compile(r"(?:^|_)(?:memberships?|members?)$")
_PACKAGES = (
    "django-auditlog", "django-simple-history", "django-easy-audit", "sqlalchemy-continuum", "@retracedhq/retraced",
    "retraced", "@boxyhq/retraced", "django-reversion", "@workos-inc/audit-logs", "mongoose-audit-trail", "paper_trail",
)  # fmt: skip
_WORDS = ("audit", "activity", "adminaction", "actionlog", "admin_action", "admin_log", "admin_event", "security_",
          "logentry", "staff_action", "user_action", "member_action", "moderator_action",
          "historicalrecords", "admin", "securitylog", "securityevent")  # fmt: skip
_WRITES = re.compile(
    r"\b(?:log|record|create|write|insert|add|send|track|save|emit)_?(?:Admin|User|Security|admin_|user_|security_)?_?"
    r"(?:Audit|audit|Activity|activity|AdminAction|admin_action)\w{0,20}\(|"
    r"(?<!function )\baudit(?:Log)?(?:\.\w{1,30})?\(|"
    r"\w{0,20}[Aa]udit_?[Ll]og\w{0,10}\.(?:create\w{0,6}|insert\w{0,6}|log|objects\.create|record|add|write)\(|"
    r"(?<!function )(?<!class )\bAudit(?:Log|Event|Entry|Trail)\w{0,10}\(|"
    r"(?:from|into|collection|table)\(\s{0,3}[\"'`](?:public\.)?\w{0,20}(?:audit|activity|admin|security)_?"
    r"(?:logs?|events?|trail|actions?|audit_log)[\"'`]\s{0,20}(?:as \w{1,10})?\)\s{0,40}\.(?:insert|upsert|add|create)|"
    r"db\.\w{0,20}(?:audit|activity)_?(?:logs?|events?|trail)\.insert|"
    r"INSERT\s+INTO\s+[\"`]?(?:public\.)?[\"`]?\w{0,20}(?:audit|activity_log|admin_action)|"
    r"(?:auditLogs?|activityLogs?|adminActions?|auditEvents?)\b\)?\.(?:create|values|insert)|"
    r"insert\(\s{0,3}(?:schema\.)?(?:\w{0,20}audit|\w{0,20}activity|\w{0,20}ActionLog)\w{0,20}\s{0,3}\)|"
    r"\brpc\(\s{0,10}[\"'`](?:log|record|write)_(?:staff|admin|user|security|moderator|member)_(?:action|activity|event)s?[\"'`]|"
    r"\bPERFORM\s+(?:public\.)?(?:log|record|write)_(?:staff|admin|user|security)_(?:action|activity|event)s?\(|"
    r"LogEntry\.objects|auditlog\.register|"
    r"HistoricalRecords\(|sendAudit\(|logActivity\(|createAuditEvent\(",
    re.IGNORECASE,
)
_ADMIN = re.compile(r"(?:^|[/_.-])admin(?:s|istration)?(?=[/_.-]|$)", re.IGNORECASE)
_ROLES = re.compile(
    r"(?:^|_)(?:user_roles?|roles?|permissions?|memberships?|members?|invitations?|api_?keys?)$"
)
_EXPORT = re.compile(
    r"(?:^|[/_.-])(?:export[-_]?(?:data|all|users|customers)|(?:users|customers|data)/export|impersonate|"
    r"login-as)(?=[/_.-]|$)",
    re.IGNORECASE,
)
# What a customer would ask about when it is gone.
_MAIN = re.compile(
    r"(?:^|_)(?:projects?|organi[sz]ations?|teams?|workspaces?|companies|users?|profiles?|accounts?|"
    r"customers?|clients?|"
    r"invoices?|orders?|documents?|envelopes?|payments?|subscriptions?|bookings?|appointments?|patients?|contracts?|"
    r"employees?|staff|properties|listings?|cases?|records?)$"
)
_NOT_WORTH = re.compile(
    r"(?:^|_)(?:sessions?|tokens?|carts?|cart_items?|notifications?|likes?|reactions?|drafts?|cache|otps?|rate_limits?|"
    r"favou?rites?|bookmarks?|messages?|views?|push_subscriptions?|passwordreset|verificationtoken|"
    r"password_resets?|checks?)$",
    re.IGNORECASE,
)
_DENIED = re.compile(r"^\(?\s{0,4}false\s{0,4}\)?$", re.IGNORECASE)
_SERVICE = re.compile(r"service_role", re.IGNORECASE)
_OUTSIDERS = frozenset(["public", "anon", "authenticated"])
_CHANGES = frozenset(["UPDATE", "DELETE", "ALL"])


@dataclass(frozen=True, slots=True)
class Deed:
    """A sensitive action: what it is in the founder's words, and where. `admin` when an administrator or the
    service itself does it. `logged` when the file that does it writes to a trail."""

    what: str
    path: str
    line: int
    admin: bool
    logged: bool


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """`tables` keep the records, `writers` are (path, line) of code that writes them, `package` a library that does."""

    tables: tuple[Table, ...] = ()
    writers: tuple[tuple[str, int], ...] = ()
    package: str = ""
    deeds: tuple[Deed, ...] = ()

    @property
    def exists(self) -> bool:
        """A table alone records nothing."""
        return bool(self.writers or self.package)


def audit_trail(view: ProjectView) -> AuditTrail:
    writers = tuple(
        (path, in_use)
        for path, line in view.each_file("audit-writes", _serves, _write_line, 0).items()
        if line and (in_use := _line_in_use(view, path, line))
    )
    tables = tuple(table for table in view.schema.tables.values() if _records(table))
    package = next((name for found in view.packages for name in _PACKAGES if name in found.dependencies), "")
    watched = _watched(view)
    names = {key(table.bare_name) for table in tables}
    writers += tuple(
        (path, site.line)
        for path, found in (file_queries(view) if names else {}).items()
        for site in found.sites
        if site.query.verb == "insert" and key(site.query.table) in names and is_production(path)
        if _line_in_use(view, path, site.line) == site.line
    )
    writing = {path for path, _ in writers}
    deeds = (deed for route in view.routes.routes for deed in _deeds(route, writing, watched))
    return AuditTrail(tables, writers, package, tuple(dict.fromkeys(deeds)))


def _line_in_use(view: ProjectView, path: str, line: int) -> int:
    """The line, or the next one that writes where nothing runs this one; 0 when there is none."""
    if may_be_unused(path) and view.made(usage).why_unused(path):
        return 0
    return _write_line(text_in_use(view, path)) if is_uncalled(view, path, line) else line


def _records(table: Table) -> bool:
    if _TABLE.search(table.bare_name) is None:
        return False
    if any(_NEWS.match(column.name) for column in table.columns):
        return False
    return not table.columns or any(_ACTOR.search(column.name) for column in table.columns)


def recorded_in_part(view: ProjectView) -> tuple[str, int]:
    """Where code keeps beside a row who decided about it; ("", 0) when it does so nowhere."""
    lines = view.each_file("audit-decided-by", _serves, _decided_line, 0)
    return next(((path, line) for path, line in lines.items() if line and not path.endswith(".sql")), ("", 0))


def _decided_line(text: str) -> int:
    found = _DECIDED_BY.search(text) if any(word in text for word in _DECIDED_WORDS) else None
    return line_at(text, found.start()) if found else 0


def written_table(view: ProjectView, trail: AuditTrail) -> Table | None:
    """The first table of the record that a writer names; others are left-overs."""
    for table in trail.tables:
        name = re.sub(r"[^a-z]|s$", "", table.bare_name.lower())
        if any(name in _squeezed(view, path) for path, _ in trail.writers):
            return table
    return None


def _squeezed(view: ProjectView, path: str) -> str:
    return view.per_file("audit-writer", path, _statements, "")


def _statements(text: str) -> str:
    """The lines that write, without the signs that spellings differ in."""
    lines = (text[max(0, found.start() - 200) : found.end() + 200] for found in _WRITES.finditer(text))
    return re.sub(r"[^a-z]", "", " ".join(lines).lower())


@lru_cache(maxsize=65_536)
def _serves(entry: FileEntry) -> bool:
    path = entry.path
    live = not is_tools_own(path) if path.endswith(".sql") else is_source(entry) and is_production(path)
    return live and "__generated__" not in path


def _write_line(text: str) -> int:
    found = _WRITES.search(text) if mentions(text, _WORDS) else None
    return line_at(text, found.start()) if found else 0


def _watched(view: ProjectView) -> frozenset[str]:
    """Tables of which a trigger writes a record."""
    bodies = {function.name: function.body for function in view.schema.functions}
    return frozenset(
        trigger.table.rpartition(".")[2]
        for trigger in view.schema.triggers
        if "audit" in trigger.function
        or re.search(
            r"(?i)insert\s+into\s+[\w.\"]{0,40}(?:audit|activity|history|log)",
            _body(bodies, trigger.function),
        )
    )


def _body(bodies: dict[str, str], name: str) -> str:
    return bodies.get(name) or bodies.get(f"public.{name}") or ""


def _deeds(route: Route, writing: set[str], watched: frozenset[str]) -> Iterator[Deed]:
    if route.handler is None or route.is_webhook or route.kind is EntryKind.PAGE_DATA:
        return
    admin = _ADMIN.search(route.route) is not None or _ADMIN.search(route.path) is not None
    files = {route.path, *(effect.path for effect in route.effects)}
    logged = bool(files & writing)
    for effect in route.effects:
        table = effect.table.rpartition(".")[2]
        if effect.kind is EffectKind.PAYMENT and "refund" in effect.call.callee.lower():
            yield Deed("refunds money", route.path, route.span.line, admin, logged)
        elif effect.kind is EffectKind.DB_WRITE and table not in watched:
            what = _what(table, effect.detail, admin)
            if what:
                yield Deed(what, route.path, route.span.line, admin, logged)
    if _EXPORT.search(route.route) and route.effects:
        yield Deed("exports data", route.path, route.span.line, admin, logged)


def _what(table: str, detail: str, admin: bool) -> str:
    if not table or _TABLE.search(table) or _NOT_WORTH.search(table) or _ASKS.match(table):
        return ""
    if _ROLES.search(table) and (admin or detail != "insert" or _JOINS.search(table) is None):
        return f"changes {table}"
    if detail == "delete" and (admin or _MAIN.search(table.lower())):
        return f"deletes {table}"
    return f"changes {table}" if admin and detail in ("update", "delete", "upsert") else ""


def admin_screen(view: ProjectView) -> str:
    """A page on which somebody administrates other people's records."""
    return next((path for path in view.client_graph.client if is_screen(path) and _ADMIN.search(path)), "")


def changeable(table: Table) -> RlsPolicy | None:
    """A policy that lets users of the app change or delete what was recorded."""
    for policy in table.policies:
        condition = policy.using or policy.check or ""
        roles = set(policy.roles) or {"public"}
        if (
            policy.command.upper() in _CHANGES
            and policy.permissive
            and roles & _OUTSIDERS
            and not _DENIED.match(condition.strip())
            and not _SERVICE.search(condition)
        ):
            return policy
    return None
