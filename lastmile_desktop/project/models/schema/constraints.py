"""What a schema lets in that should be impossible: duplicates, orphans, rounded money, missing owners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.models.schema.model import (
    Column,
    ForeignKey,
    Migration,
    Place,
    SchemaModel,
    Table,
    Tenancy,
)
from lastmile_desktop.project.models.schema.table_kinds import (
    holds_accounts,
    holds_people,
    is_fixed,
    is_log,
    is_stream,
    is_unique,
    own_tables,
    tool_of,
)
from lastmile_desktop.project.models.schema.tables import key

_EXTERNAL = re.compile(
    r"^(?:stripe|paddle|lemon_?squeezy|paypal|razorpay|paystack|polar|square|mollie|flutterwave)_(\w+?)_?id$"
)
_SALES = re.compile(
    r"^(?:payments?|orders?|purchases?|transactions?|donations?|credit_purchases|checkout_sessions|payment_transactions|charges)$"
)
_SUBSCRIPTIONS = re.compile(r"(?:^|_)subscriptions?$")
_ONE_EACH = re.compile(
    r"^(?:payment_?intent|checkout_?session|session|checkout|charge|payment|order|event|invoice)$"
)
_NATURAL = {
    "slug": re.compile(r""),
    "subdomain": re.compile(r""),
    "username": re.compile(r"^(?:users?|profiles?|user_profiles?|accounts?|creators?)$"),
    "handle": re.compile(r"^(?:users?|profiles?|user_profiles?|accounts?|creators?)$"),
    "referral_code": re.compile(r"^(?:users?|profiles?|user_profiles?|affiliates?|referral_codes?)$"),
    "code": re.compile(r"^(?:coupons?|promo(?:tion)?_codes?|discount_codes?|invite_codes?|vouchers?|gift_cards?)$"),
    "order_number": re.compile(r"^orders?$"),
    "invoice_number": re.compile(r"^invoices?$"),
    "sku": re.compile(r"^(?:products?|product_variants|variants|inventory_items)$"),
    "api_key": re.compile(r"^api_keys?$"),
    "email": re.compile(
        r"^(?:users?|admins?|admin_users?|waitlist\w*|newsletter\w*|subscribers?|email_subscribers|unsubscribes?|suppressed_emails)$"
    ),
}  # fmt: skip
_PAIRS = re.compile(
    r"(?:^|_)(?:likes?|favou?rites?|follows?|followers|bookmarks?|memberships?|members|enrol?lments?|participants|votes"
    r"|attendees|wishlists?|wishlist_items|saved_\w+|user_roles|user_badges|user_achievements|reactions|blocks|blocked_users"
    r"|organi[sz]ation_users|team_members|subscribers_topics)$"
)
_JOINS_ACCOUNTS = re.compile(r"member|role|users$|staff|assignment|team")
_LIKING = re.compile(r"favou?rit|like|bookmark|follow|wishlist|saved|pins?$|stars?$|reaction")
# Rows that are worked out anew, or that something takes away soon.
# The sign-in service's own number of a person, by which they are known.
_KNOWN_BY = re.compile(
    r"^(?:supabase|clerk|auth0?|firebase|cognito|kinde|workos|keycloak|okta|oidc|external|provider)_?(?:user_?)?(?:id|uid|sub)$"
)
# One of many that is pointed at: the newest, the main one.
_POINTER = re.compile(
    r"^(?:latest|last|current|newest|first|default|primary|main|active|selected|cover|featured|parent)_"
)
_CUSTOMERS = re.compile(
    r"(?:^|_)(?:accounts?|organi[sz]ations?|orgs?|tenants?|teams?|workspaces?|compan(?:y|ies)|households?|businesses)$"
)
_PASSING = re.compile(r"cache|(?:^|_)(?:temp|tmp|staging|queue|locks?)(?:_|$)")
# Records of what was done and to whom, which stay when the row is gone, and figures that are worked out anew.
_RECORDS = re.compile(
    r"(?:^|_)(?:admin|staff|moderation|moderator)_actions?$|(?:^|_)(?:user|account|profile|member)_deletions?$"
    r"|^deleted_(?:users?|accounts?|profiles?|members?)$|(?:cancell?ation|churn|deletion)_?(?:feedback|surveys?|reasons?)$"
    r"|^(?:hourly|daily|weekly|monthly)_(?:top|stats?|statistics|metrics|analytics|views|counts?|totals?|rollups?|summar(?:y|ies))(?:_|$)",
    re.IGNORECASE,
)
_ID = re.compile(r"^(\w+?)_?id$")
_POLYMORPHIC = frozenset(
    {"entity", "target", "reference", "record", "resource", "object", "source", "related", "external"}
)
# `listing_kind` beside `listing_id` says in which of several tables the row is.
_KINDS = ("kind", "table", "model")
_SAME_TYPES = {
    "serial": "integer", "int4": "integer", "int": "integer", "bigserial": "bigint", "int8": "bigint",
    "smallserial": "smallint", "character varying": "text", "varchar": "text", "string": "text", "char": "text",
}  # fmt: skip
_FLOAT = re.compile(r"^(?:real|float\w*|double\w*)")
_MONEY = re.compile(
    r"(?:^|_)(?:price|amount|subtotal|cost|fee|fees|balance|revenue|salary|payout|commission|deposit|earnings|wage|wages"
    r"|budget|discount_amount|tax_amount|total_price|grand_total|preco|valor)(?:_|$)|^(?:total|tax|price|mrr|arr)$"
)
_OF_MONEY = re.compile(
    r"currency|price|paid|pay(?:ment|out|ee|er)?|invoice|order|refund|expense|transaction|salary|budget|cost|bill|"
    r"charge|stripe|account|income|donation|wallet|credit|debit|balance|purchase|quote|offer|"
    r"(?<![a-z])(?:fee|loan|sale|tax|due|bid)s?(?![a-z])"
)
_NOT_MONEY = re.compile(
    r"percent|pct|_rate|ratio|count|score|quantity|qty|hours|days|points|usage|tokens|calories|weight|distance|duration"
    r"|minutes|usd_per|per_token|_grams|_ml|height|confidence|protein|fat|carbs|sugar|cost_per|burn|factor|index"
)
# What something is thought to have cost, added up to watch it: nobody is billed by it.
_MEASURES = re.compile(
    r"(?:^|_)(?:models?|ai|llm|router|routing|tokens?|agents?|ab|a_b)_(?:\w+_)?(?:performance|log|logs|analytics|metrics|stats|statistics|tests?"
    r"|usage|cache|observations?|alerts?|traces?|runs?|executions?)$|(?:^|_)(?:metrics|telemetry|observations?|analytics|statistics)$"
)
_MEASURED = re.compile(
    r"^(?:avg|average|estimated|est|predicted|mean|threshold)_|_(?:saved|estimate|estimated|threshold)(?:_|$)|^cost_usd$"
)
_NAIVE = re.compile(r"^timestamp(?:\(\d\))?(?: without time zone)?$")
_STATUS = re.compile(
    r"^(?:\w+_)?status$|^(?:role|plan|tier)$|^(?:subscription|account|user|membership)_(?:tier|plan|type)$"
)
_TEXT = re.compile(r"^(?:text|varchar|string|character varying|char)\b")
_GUESTS = re.compile(r"guest|session|email|anonymous|visitor|device|ip_address|phone|fingerprint")
_FROM_ANYONE = re.compile(r"feedback|survey|contact|reports?$|suggestion|responses?$|submissions?$")
_SMALL_KEY = re.compile(r"^(?:serial|serial4|integer|int4|int)$")
_WHOSE = frozenset({
    "user_id", "owner_id", "org_id", "organization_id", "organisation_id", "tenant_id", "team_id", "workspace_id",
    "userid", "ownerid", "organizationid", "tenantid", "teamid", "workspaceid", "profile_id",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weakness:
    """A table's columns that break one rule. `place` is the line at fault, `places` those of all columns."""

    rule: str
    table: Table
    columns: tuple[str, ...]
    places: tuple[Place, ...]
    confidence: float
    what: str = ""


def weaknesses(schema: SchemaModel) -> tuple[Weakness, ...]:
    """All of them, by table in the order the tables were made."""
    by_path = {item.path: item for item in schema.migrations}
    unread = {name for item in schema.unparsed for name in item.tables}
    # Where people are only marked as deleted, no deletion can fail.
    softly = any(
        holds_people(table.bare_name) and table.column("deleted_at") is not None
        for table in own_tables(schema)
    )
    found: list[Weakness] = []
    for table in sorted(own_tables(schema), key=lambda item: item.sequence):
        if table.name in unread:
            continue
        found += _no_unique(schema, table, by_path)
        found += _no_fk(schema, table)
        found += _no_action(table, by_path, softly)
        found += _columns(schema, table, by_path)
        found += _owner_optional(schema, table, by_path)
        found += _small_key(table)
    return tuple(found)


def _weakness(
    rule: str, table: Table, columns: list[Column], confidence: float, what: str = ""
) -> Iterator[Weakness]:
    if columns:
        names = tuple(column.name for column in columns)
        yield Weakness(rule, table, names, tuple(column.place for column in columns), confidence, what)


def _no_unique(schema: SchemaModel, table: Table, by_path: dict[str, Migration]) -> Iterator[Weakness]:
    lacking = [
        column
        for column in table.columns
        if _must_be_unique(table, column)
        and not is_unique(table, column.name)
        and not (column.name == "slug" and tool_of(schema, column, by_path) == "django")
    ]
    yield from _weakness("no-unique", table, lacking, 0.85)
    if _PAIRS.search(table.bare_name):
        yield from _pair(table)


def _must_be_unique(table: Table, column: Column) -> bool:
    where = _NATURAL.get(column.name)
    if where is not None and where.search(table.bare_name):
        if column.name == "email" and any(
            _KNOWN_BY.match(other.name) and is_unique(table, other.name) for other in table.columns
        ):
            return False
        return not is_log(table.bare_name)
    external = _EXTERNAL.match(column.name)
    if external is None:
        return False
    what = external[1]
    if what == "customer":
        return holds_people(table.bare_name) or holds_accounts(table.bare_name)
    if what in ("subscription", "sub"):
        return _SUBSCRIPTIONS.search(table.bare_name) is not None
    # A purchase that is known by its checkout cannot be there twice by its payment.
    known = any(
        (other := _EXTERNAL.match(item.name)) is not None
        and _ONE_EACH.match(other[1]) is not None
        and is_unique(table, item.name)
        for item in table.columns
        if item is not column
    )
    return not known and _ONE_EACH.match(what) is not None and _SALES.match(table.bare_name) is not None


def _pair(table: Table) -> Iterator[Weakness]:
    """A row that joins two things must not be there twice."""
    bound = {name for item in table.foreign_keys for name in item.columns}
    ids = [
        column
        for column in table.columns
        if (column.name.endswith("_id") or column.name in ("userid", "role") or column.name in bound)
        and not _POINTER.match(column.name)
    ]
    whose = next(
        (
            column
            for column in ids
            if column.name in _WHOSE or column.name.startswith(("follower", "blocker"))
        ),
        None,
    )
    others = [
        column for column in ids if column is not whose and not is_log(column.name) and column.name != "id"
    ]
    if whose is None or not others:
        return
    things = [column for column in others if column.name not in _WHOSE]
    if not _JOINS_ACCOUNTS.search(table.bare_name):
        # Several things of one person in one organisation are meant; of two things nobody knows which one counts.
        if len(things) != 1:
            return
        others = things
    if any(whose.name in check and others[0].name in check for _, check in table.checks):
        return
    keys = [set(table.primary_key), *(set(index.columns) for index in table.indexes if index.unique)]
    if any(whose.name in key and any(other.name in key for other in others) for key in keys):
        return
    if any(whose.name in key and len(key) == 1 for key in keys):
        return
    what = "liking" if _LIKING.search(table.bare_name) else "pair"
    yield from _weakness("no-unique", table, [whose, others[0]], 0.85, what)


def _no_fk(schema: SchemaModel, table: Table) -> Iterator[Weakness]:
    if any(found.search(table.bare_name) for found in (_PASSING, _RECORDS)) or is_log(table.bare_name):
        return
    bound = {column for item in table.foreign_keys for column in item.columns}
    targets = {key(other.bare_name): other for other in own_tables(schema)}
    loose: list[Column] = []
    for column in table.columns:
        stem = _ID.match(column.name)
        if stem is None or column.name in bound or table.primary_key == (column.name,):
            continue
        if stem[1] in _POLYMORPHIC or any(table.column(f"{stem[1]}_{kind}") for kind in _KINDS):
            continue
        target = targets.get(key(stem[1]))
        if (stem[1] == "session" and _TEXT.match(column.type)) or _is_held_by_parent(schema, table, target):
            continue
        is_user = schema.supabase and column.name == "user_id" and column.type == "uuid"
        if is_user or (target is not None and target is not table and _fits(column, target)):
            loose.append(column)
    yield from _weakness("no-fk", table, loose, 0.85)


def _is_held_by_parent(schema: SchemaModel, table: Table, target: Table | None) -> bool:
    """Whether the row goes with another that a foreign key binds to the same target: no orphan can arise."""
    if target is None or _CUSTOMERS.search(target.bare_name) is None:
        # Of two people or two things in one row each is another.
        return False
    for item in table.foreign_keys:
        parent = schema.tables.get(item.table)
        if parent is None or parent is table or item.on_delete in ("set null", "set default"):
            continue
        if any(column.nullable for column in table.columns if column.name in item.columns):
            continue
        if any(
            bound.table == target.name and bound.on_delete not in ("set null", "set default")
            for bound in parent.foreign_keys
        ):
            return True
    return False


def _fits(column: Column, target: Table) -> bool:
    """Whether a column can hold the target's key: the same type, a number that counts up being an integer."""
    own = target.column(target.primary_key[0]) if len(target.primary_key) == 1 else None
    if own is None or own.name not in ("id", column.name):
        return False
    return _plain_type(own.type) == _plain_type(column.type)


def _plain_type(text: str) -> str:
    bare = text.partition("(")[0].strip()
    return _SAME_TYPES.get(bare, bare)


def _no_action(table: Table, by_path: dict[str, Migration], softly: bool) -> Iterator[Weakness]:
    """Foreign keys to people and accounts that say nothing of what happens when those are deleted."""
    silent: list[ForeignKey] = []
    for item in () if softly else table.foreign_keys:
        target = item.table.partition(".")[2]
        to_owner = item.table == "auth.users" or holds_people(target) or holds_accounts(target)
        written_by = (
            by_path[item.place.path].tool
            if item.place.path in by_path
            else item.place.path.rpartition(".")[2]
        )
        if to_owner and item.on_delete in ("", "no action") and written_by not in ("django", "prisma"):
            silent.append(item)
    if silent:
        columns = tuple(column for item in silent for column in item.columns)
        places = tuple(item.place for item in silent)
        yield Weakness("fk-no-action-plan", table, columns, places, 0.8, silent[0].table)


def _is_money(table: Table, column: Column) -> bool:
    """By its name; a mere `amount` may be of milk, unless the table speaks of money otherwise."""
    if not _MONEY.search(column.name) or _NOT_MONEY.search(column.name):
        return False
    others = " ".join((table.bare_name, *(item.name for item in table.columns if item is not column)))
    return column.name != "amount" or _OF_MONEY.search(others) is not None


def _columns(schema: SchemaModel, table: Table, by_path: dict[str, Migration]) -> Iterator[Weakness]:
    money = [column for column in table.columns if _FLOAT.match(column.type) and _is_money(table, column)]
    measured = [column for column in money if _is_measured(table, column)]
    yield from _weakness("float-money", table, [column for column in money if column not in measured], 0.9)
    yield from _weakness("float-money", table, measured, 0.9, "measured")
    naive = [
        column
        for column in table.columns
        if _NAIVE.match(column.type) and tool_of(schema, column, by_path) != "prisma"
    ]
    written_by = {tool_of(schema, column, by_path) for column in naive}
    sure = written_by <= {"supabase", "sql"}
    yield from _weakness("naive-timestamps", table, naive, 0.85 if sure else 0.7)
    checked = " ".join(expression for _, expression in table.checks)
    free = [
        column
        for column in table.columns
        if _STATUS.match(column.name)
        and _TEXT.match(column.type)
        and not re.search(rf"\b{re.escape(column.name)}\b", checked)
        and column.name not in {name for item in table.foreign_keys for name in item.columns}
        and tool_of(schema, column, by_path) != "django"
    ]
    yield from _weakness("status-free-text", table, free, 0.8)


def _is_measured(table: Table, column: Column) -> bool:
    """A running cost of the app's own use of something, or an estimate of one."""
    about_cost = "cost" in column.name or "threshold" in column.name
    return _MEASURED.search(column.name) is not None or (
        about_cost and _MEASURES.search(table.bare_name) is not None
    )


def _owner_optional(schema: SchemaModel, table: Table, by_path: dict[str, Migration]) -> Iterator[Weakness]:
    """Rows that belong to somebody, in a table that lets them belong to nobody."""
    if table.tenancy is Tenancy.NONE or is_fixed(table) or is_log(table.bare_name):
        return
    if any(_GUESTS.search(column.name) for column in table.columns) or _FROM_ANYONE.search(table.bare_name):
        return
    kept = {name for item in table.foreign_keys if item.on_delete == "set null" for name in item.columns}
    owners = [column for column in table.columns if column.name in _WHOSE]
    if len(owners) > 1 and any(not column.nullable for column in owners):
        return
    optional = [
        column
        for column in owners
        if column.nullable
        and column.name not in kept
        and column.name not in table.primary_key
        and tool_of(schema, column, by_path) not in ("django", "prisma")
    ]
    yield from _weakness("no-not-null", table, optional, 0.75)


def _small_key(table: Table) -> Iterator[Weakness]:
    if len(table.primary_key) != 1 or not is_stream(table.bare_name):
        return
    column = table.column(table.primary_key[0])
    if column is not None and _SMALL_KEY.match(column.type) and column.name == "id":
        yield from _weakness("int-pk-overflow", table, [column], 0.7)
