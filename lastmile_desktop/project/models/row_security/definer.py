"""Functions and views that run with their owner's rights: row security does not see who is calling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.project.models.row_security.audience import (
    Audience,
    audience,
    is_public_form,
    is_sensitive,
)
from lastmile_desktop.project.models.row_security.data_api import CLIENT_ROLES, may
from lastmile_desktop.project.models.row_security.rls_policy import (
    Surroundings,
    mentions_caller,
    using_scope,
    weakest,
)
from lastmile_desktop.project.models.schema.model import (
    Place,
    RlsPolicyScope,
    SchemaModel,
    SqlFunction,
    Table,
    Tenancy,
    View,
)
from lastmile_desktop.project.models.sql.broken_functions import is_broken

_COMMENTS = re.compile(r"--[^\n]*|/\*.{0,4000}?\*/", re.DOTALL)
_NAME = r"(?:only\s+)?\"?(?:(\w{1,63})\"?\s?\.\s?\"?)?(\w{1,63})\"?"
_WRITES = re.compile(rf"\b(insert\s+into|update|delete\s+from)\s+{_NAME}", re.IGNORECASE)
_CHANGES = re.compile(r"\bupdate\s+(?!of\b|set\b)|\bdelete\s+from\b", re.IGNORECASE)
_DELETES = re.compile(r"\bdelete\s+from\b", re.IGNORECASE)
_READS = re.compile(rf"\b(?:from|join)\s+{_NAME}", re.IGNORECASE)
_TOKEN_ARG = re.compile(
    r"(?:^|_)(?:token|secret|code|key|hash|signature|otp|pin|passcode|password|pass)(?:$|_)"
)
_COUNTER = re.compile(
    r"(?:increment|record|track|log|bump|count)_?\w{0,40}(?:view|click|play|download|like|share|visit|usage|event|hit|open|retriev|impression|access|read)"
)
_LOG_TABLE = re.compile(
    r"(?:^|_)(?:logs?|audits?|events?|metrics|analytics|errors?|rate_limits?|attempts|cache|performance|stats|statistics"
    r"|rankings?|\w{1,40}_graph|queue)$"
)
_TRACKING = re.compile(
    r"(?:login|sign_?in|presence|last_seen|activity)_?(?:tracking|count|time|at)$|_last_seen$"
)
_CHORE = re.compile(
    r"rate_limit|throttle|refresh|archive|if_needed|ensure|get_or_create|initiali[sz]e|recalculate|sync_"
)
_CLEANUP = re.compile(r"cleanup|clean_up|purge|expire|prune|delete_old|remove_old|housekeep")
_EXPIRED = re.compile(r"\bexpire\w{0,6}\s*<=?\s*(?:now\s*\(|current_timestamp|timezone\s*\()", re.IGNORECASE)
_SHOWCASE = re.compile(
    r"leaderboard|rank|public|trending|popular|featured|top_|profiles?_|search|nearby|count|stats"
)
_POWER_ARG = re.compile(
    r"(?:^|_)(?:amount|credits?|points?|balance|delta|quantity|role|plan|tier|status|price|xp|tokens|value|days|level"
    r"|permissions?|admin|verified|approved|email|password)(?:$|_)"
)
_USER_ARG = re.compile(
    r"(?:^|_)(?:user|uid|customer|client|member|owner|profile|account|org|organization|tenant|team)(?:_|$)"
)
_KEYS = re.compile(r"_ids?$|permissions?$|_roles?$|^(?:has|is|can)_")
_KEY_COLUMN = re.compile(r"^(?:id|\w{1,50}_id|role|permissions?|(?:can|is|has)_\w{1,50})$")
_ROWS = re.compile(r"^(?:setof|table\(|record|json)")
_RETURNED_COLUMN = re.compile(r"[(,]\s*(\w{1,63})\s")
# What the data API does not serve: triggers, and procedures, which only CALL runs.
_QUIET = frozenset({"trigger", "event_trigger", "procedure"})
_ROLE_TABLE = re.compile(r"(?:^|_)(?:roles?|admins?|staff|moderators?|administrators?)$")
_ROLE_ARG = re.compile(r"(?:^|_)(?:role|is_admin|permissions?)(?:_name)?$")
_ABOVE = re.compile(
    r"'\"?(?:super_?|platform_|system_|site_|app_)?(?:admin\w{0,10}|owner|moderator|staff|superuser|root)\"?'",
    re.IGNORECASE,
)
_SETS_ADMIN = re.compile(
    r"\bset\b[^;]{0,300}\b(?:(?:user_|app_)?role\s*=\s*'(?:super_?)?admin\w{0,10}'|is_(?:super_?)?admin\s*=\s*true)",
    re.IGNORECASE,
)
# The first administrator makes themselves one; with one there, nobody does.
_FIRST_ONLY = re.compile(
    r"\b(?:not\s+)?exists\s*\(\s*select\b(?:(?!\bwhere\b)[^;]){0,200}\bwhere\s+(?:\w{1,30}\.)?(?:role|is_admin)\b|count\(\*\)[^;]{0,200}admin",
    re.IGNORECASE,
)
_ONE_OF = re.compile(r"\bin\s*\(\s*'\w", re.IGNORECASE)
_ADDS = re.compile(r"\binsert\s+into\b", re.IGNORECASE)
_SETS = re.compile(
    r"\bupdate\s+[\w.\"]{1,90}\s+(?:as\s+)?(?:\w{1,30}\s+)?set\s+(.{1,1500}?)(?=\bwhere\b|\breturning\b|;|$)",
    re.IGNORECASE | re.DOTALL,
)
_SET_NAMES = re.compile(r"(?:^|,)\s*\"?(\w{1,63})\"?\s*=")
_MARK = re.compile(
    r"(?i)(?:^|_)(?:sent|seen|read|shown|viewed|notified|opened|clicked|dismissed|reminded)(?:_at)?$|^last_\w{1,40}|^updated_at$"
)
# How much somebody has used of what their plan allows.
_USED_UP = re.compile(r"(?:^|_)(?:usages?|quotas?|limits?|allowances?)(?:$|_)")
_STEP_ARG = re.compile(
    r"(?:^|_)(?:increment|count|amount|by|delta|quantity|value|units?|n|num|credits?|tokens)$"
)
# Worked out anew from what is stored: however often, the same comes out.
_ANEW = re.compile(
    r"^(?:re)?(?:calculate|compute|count|build|rank)_|^refresh_|^update_\w{0,40}(?:stats|statistics|rankings?|counts?|averages?)$"
)
_GAME_ARG = re.compile(r"(?:^|_)(?:points?|xp|level|experience)(?:$|_)")
_SPENT = re.compile(r"redeem|redemption|(?:^|_)rewards?(?:_|$)|raffle|prize")
_SPENDS = re.compile(r"\b(?:points|xp)\s*-\s*\w", re.IGNORECASE)


# A synchronised copy of what a payment provider knows of all customers.
_MONEY_SCHEMA = re.compile(
    r"^(?:stripe|billing|payments?|finance|accounting|crm|hr)\.\w*(?:customer|subscription|invoice|charge|payment|payout|refund|order|lead|salar)"
)
_MEMBERS = re.compile(r"(?:^|_)(?:members?|memberships?|user_roles|roles)$")
_PERSON_ARG = re.compile(r"^(?:new_|target_)?(?:user|member|profile|account)(?:_?id)?$")
_FORM = re.compile(
    r"(?:from|via|by)_(?:\w{1,30}_)?form$|^submit_|_form_submission$|(?:create|add|new|save|insert|capture|join)_(?:\w{1,20}_)?"
    r"(?:leads?|contacts?|inquiry|enquiry|feedback|subscriber|waitlist|rsvp|submission)$"
)


class Danger(StrEnum):
    """What a stranger gains by calling a function."""

    GIVES_ROLE = "makes anybody an administrator"
    TAKES_POINTS = "decides points of a game"
    USES_UP = "counts what any customer has used"
    MARKS = "notes that something was sent or seen"
    WORKS_OUT = "works out anew what is stored"
    TAKES_POWER = "decides amounts, roles or plans of any customer"
    CHANGES_ROWS = "changes rows of any customer"
    READS_ROWS = "returns rows of any customer"
    READS_ONE = "says something of any customer"
    READS_KEYS = "says which ids or rights somebody has"
    READS_SUMMARY = "reads other customers' rows"
    JOINS_ANYONE = "makes anyone a member with a code"
    READS_HIDDEN = "sums up what a hidden schema holds"
    TAKES_FORMS = "takes what a public form sends"
    RUNS_CHORES = "runs your maintenance"
    CLEANS_UP = "deletes what is old"
    CLEANS_EXPIRED = "deletes what is no longer valid"


@dataclass(frozen=True, slots=True)
class Exposed:
    """A function strangers may call that does not look at who is calling. `by_name_only` when PUBLIC lost
    the right to execute it but the platform's roles still hold theirs."""

    function: SqlFunction
    danger: Danger
    tables: tuple[str, ...]
    by_name_only: bool


def exposed_functions(schema: SchemaModel, around: Surroundings) -> tuple[Exposed, ...]:
    """SECURITY DEFINER functions behind the data API that act for anyone."""
    return tuple(
        found
        for function in schema.functions
        if _is_callable(function, schema) and (found := _judge(function, schema, around)) is not None
    )


def _is_callable(function: SqlFunction, schema: SchemaModel) -> bool:
    if not function.security_definer or function.returns in _QUIET:
        return False
    if function.name.partition(".")[0] not in schema.exposed_schemas:
        return False
    return bool(function.executable_by & {"public", *CLIENT_ROLES})


def _judge(function: SqlFunction, schema: SchemaModel, around: Surroundings) -> Exposed | None:
    body = _COMMENTS.sub(" ", function.body)
    names = tuple(arg.split(" ")[0].removeprefix("p_").removeprefix("_") for arg in function.args)
    if function.name in around.caller_functions or mentions_caller(body) or is_broken(function, schema):
        return None
    # `code_id` is the number of a row, which no one keeps secret.
    bare = function.name.partition(".")[2]
    written = _tables(_WRITES, body, schema)
    touched = tuple(table for table in written if _matters(table))
    by_name = "public" not in function.executable_by
    if any(_TOKEN_ARG.search(name) and not name.endswith("_id") for name in names):
        joined = tuple(table for table in written if _MEMBERS.search(table.bare_name))
        named = any(_PERSON_ARG.search(name) for name in names)
        found = tuple(table.bare_name for table in joined)
        return Exposed(function, Danger.JOINS_ANYONE, found, by_name) if joined and named else None
    danger: Danger | None = None
    if touched or written:
        danger = _writing(bare, names, body, touched, written, schema)
    elif not written and _ROWS.match(function.returns):
        touched = tuple(
            table
            for table in _tables(_READS, body, schema)
            if _matters(table) and not (table.rls and _is_open(table, around))
        )
        danger = _reading(function, bare, names, touched) if touched else None
    if danger is None and not written and (hidden := _hidden(body, schema)):
        return Exposed(function, Danger.READS_HIDDEN, hidden, by_name)
    if danger is None:
        return None
    return Exposed(function, danger, tuple(table.bare_name for table in touched or written), by_name)


def _writing(
    bare: str,
    names: tuple[str, ...],
    body: str,
    touched: tuple[Table, ...],
    written: tuple[Table, ...],
    schema: SchemaModel,
) -> Danger | None:
    if _gives_role(names, body, written):
        return Danger.GIVES_ROLE
    if not touched:
        return None
    if _COUNTER.search(bare) or _TRACKING.search(bare):
        used = any(_USED_UP.search(table.bare_name) for table in touched) and _is_steered(names)
        return Danger.USES_UP if used else None
    if _CLEANUP.search(bare):
        return Danger.CLEANS_EXPIRED if _EXPIRED.search(body) else Danger.CLEANS_UP
    only_missing = "do nothing" in body.lower() and not _CHANGES.search(body)
    logs = all(_LOG_TABLE.search(table.bare_name) for table in touched)
    if _only_marks(body):
        return Danger.MARKS
    if _ANEW.search(bare) and not any(_POWER_ARG.search(name) for name in names):
        return Danger.WORKS_OUT
    if logs or only_missing or not names or _CHORE.search(bare):
        return Danger.RUNS_CHORES
    if not _CHANGES.search(body) and _FORM.search(bare) and all(is_public_form(table) for table in touched):
        return Danger.TAKES_FORMS
    powers = [name for name in names if _POWER_ARG.search(name)]
    if powers and all(_GAME_ARG.search(name) for name in powers) and not _is_spent(schema):
        return Danger.TAKES_POINTS
    return Danger.TAKES_POWER if powers or _DELETES.search(body) else Danger.CHANGES_ROWS


def _only_marks(body: str) -> bool:
    """Whether all it writes is that something was sent or seen, and when."""
    updates = [match[1] for match in _SETS.finditer(body)]
    if not updates or _ADDS.search(body) or _DELETES.search(body):
        return False
    columns = [name for text in updates for name in _SET_NAMES.findall(text)]
    return bool(columns) and all(_MARK.search(name) for name in columns)


def _gives_role(names: tuple[str, ...], body: str, written: tuple[Table, ...]) -> bool:
    """Whether it writes who is an administrator, for the person or with the role that it is told."""
    if not any(_USER_ARG.search(name) or name in ("email", "id") for name in names):
        return False
    if _FIRST_ONLY.search(body):
        return False
    if _SETS_ADMIN.search(body):
        return True
    gives = (match for match in _WRITES.finditer(body) if not match[1].lower().startswith("delete"))
    named = {match[3].lower() for match in gives}
    if not any(_ROLE_TABLE.search(table.bare_name) and table.bare_name in named for table in written):
        return False
    above = _ABOVE.search(body) is not None
    told = any(_ROLE_ARG.search(name) for name in names)
    return above or (told and _ONE_OF.search(body) is None)


def _is_steered(names: tuple[str, ...]) -> bool:
    """Whether whoever calls it says whose and how much."""
    return any(_USER_ARG.search(name) for name in names) and any(_STEP_ARG.search(name) for name in names)


def _is_spent(schema: SchemaModel) -> bool:
    """Whether points buy anything here."""
    return any(_SPENT.search(table.bare_name) for table in schema.tables.values()) or any(
        _SPENT.search(function.name) or _SPENDS.search(function.body) for function in schema.functions
    )


def _hidden(body: str, schema: SchemaModel) -> tuple[str, ...]:
    """The tables this reads of a schema that the data API does not serve."""
    names = (f"{match[1]}.{match[2]}".lower() for match in _READS.finditer(body) if match[1])
    return tuple(name for name in dict.fromkeys(names) if _MONEY_SCHEMA.match(name))


def _matters(table: Table) -> bool:
    """Whether the rows are somebody's own."""
    kind = audience(table)
    return kind is Audience.PRIVATE or (kind is Audience.UNCLEAR and table.tenancy is not Tenancy.NONE)


def _reading(
    function: SqlFunction, bare: str, names: tuple[str, ...], touched: tuple[Table, ...]
) -> Danger | None:
    returned = _RETURNED_COLUMN.findall(function.returns)
    whole = function.returns.removeprefix("setof ").rpartition(".")[2]
    if any(is_sensitive(name) for name in returned) or any(table.bare_name == whole for table in touched):
        return Danger.READS_ROWS
    if _SHOWCASE.search(bare):
        return None
    if _KEYS.search(bare) or (returned and all(_KEY_COLUMN.search(name) for name in returned)):
        return Danger.READS_KEYS
    return Danger.READS_ONE if any(_USER_ARG.search(name) for name in names) else Danger.READS_SUMMARY


def _tables(pattern: re.Pattern[str], body: str, schema: SchemaModel) -> tuple[Table, ...]:
    found: dict[str, Table] = {}
    for match in pattern.finditer(body):
        owner, name = match.groups()[-2:]
        full = f"{owner or 'public'}.{name}".lower()
        table = schema.table(full)
        if table is None and full in schema.missing_tables:
            table = _unseen(full)
        if table is not None:
            found[table.name] = table
    return tuple(found.values())


def _unseen(name: str) -> Table:
    """A table that exists although no migration creates it: its name is all there is to go by."""
    return Table(name, (), (), (), (), False, False, (), {}, Place("", 0, 0), created=False)


@dataclass(frozen=True, slots=True)
class OpenView:
    """A view that shows protected rows of these tables to anyone who may read it."""

    view: View
    tables: tuple[Table, ...]


def open_views(schema: SchemaModel, around: Surroundings) -> tuple[OpenView, ...]:
    """Views of exposed schemas that read protected tables with their owner's rights."""
    found: list[OpenView] = []
    for view in schema.views.values():
        if view.name.partition(".")[0] not in schema.exposed_schemas or view.security_invoker:
            continue
        if not any(may(role, "SELECT", view.grants, view.revokes) for role in CLIENT_ROLES):
            continue
        if sees_caller(view, around):
            continue
        tables = tuple(table for table in _below(view, schema) if table.rls and not _is_open(table, around))
        if tables:
            found.append(OpenView(view, tables))
    return tuple(found)


def sees_caller(view: View, around: Surroundings) -> bool:
    """Whether the view's query asks who is calling."""
    return mentions_caller(view.query) or any(
        f"public.{name}" in around.caller_functions for name in view.functions
    )


def _below(view: View, schema: SchemaModel, depth: int = 3) -> tuple[Table, ...]:
    """The tables a view reads, through other views too."""
    found: dict[str, Table] = {}
    for name in view.tables:
        if table := schema.tables.get(name):
            found[name] = table
        elif depth and (inner := schema.views.get(name)):
            found |= {item.name: item for item in _below(inner, schema, depth - 1)}
    return tuple(found.values())


def _is_open(table: Table, around: Surroundings) -> bool:
    """Whether everyone may read the table anyway."""
    readable = [
        using_scope(policy, table, around)
        for policy in table.policies
        if policy.permissive
        and policy.command in ("SELECT", "ALL")
        and set(policy.roles) & {"public", "anon"}
    ]
    return weakest(readable) is RlsPolicyScope.ALWAYS_TRUE
