"""Where a webhook keeps the events it has seen, and what its database refuses to take twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.schema.model import Table
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.effects import Deed, Happening
from lastmile_desktop.project.models.webhooks.state import FRESH

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.model import Webhook
    from lastmile_desktop.project.view import ProjectView

# The whole of a branch that prints what went wrong and goes on.
_ONLY_TELLS = re.compile(r"^[^{;]{0,120}\{\s*(?:(?:console|log|logger)\.?\w*\([^;]{0,300};\s*)+$")
STORE_TABLE = re.compile(
    r"(?:webhook|stripe|processed|clerk|payment|provider|iap|billing)_?\w*events?|events?_?(?:log|processed|store)|webhook|idempot|processed|dedup",
    re.I,
)
_EVENT_ID = re.compile(
    r"\b(?:event|evt|stripeEvent|webhookEvent|notification|hook|payload|body|data|msg|message)(?:\.|\[['\"]|\.get\(['\"])_?id\b|"
    r"svix-id|svixId|svix_id|webhook-id|event_?id\b|notification_?id\b|notificationUUID|delivery_?id|x-github-delivery",
    re.IGNORECASE,
)
_MADE_UP = re.compile(
    r"(?:\bid|event_?id|key)['\"]?\s*[:=]\s*[^,}\n]{0,30}(?:uuid|random|nanoid|Date\.now|time\(|\bnow\()",
    re.IGNORECASE,
)
_CLAIMS = re.compile(
    r"claim|dedup|idempot|register_?event|record_?\w*event|mark_?\w*processed|already", re.IGNORECASE
)
_EVENT_COLUMN = re.compile(
    r"(?:event|webhook|notification|delivery|message|svix|stripe_event)_?(?:id|uuid)$", re.IGNORECASE
)
OBJECT_COLUMN = re.compile(
    r"(?:stripe|paypal|paddle|razorpay|paystack|flutterwave|provider|gateway|external|clerk|lemon\w*|polar|session|checkout|"
    r"invoice|charge|payment|transaction|intent|order|subscription|receipt|reference|tx|customer|original|mollie|asaas|square)"
    r"\w*?(?:_?id|Id|ID|_?ref|Ref|reference|Reference|_?intent|Intent|number|_?key|uid)$|^(?:reference|clerkId|clerk_id|externalId|external_id|"
    r"payment_intent|paymentIntent|id|uid|tx_ref|txRef|email)$",
    re.IGNORECASE,
)
FROM_EVENT = (src.EVENT, src.PARSED, src.RAW, src.BODY_OBJECT)


_OF_OURS = re.compile(
    r"^(?:user|owner|org|organi[sz]ation|team|tenant|account|profile|member|workspace|company)_?id$", re.I
)
_FOREIGN_ID = re.compile(r"\w(?:_id|Id|ID|_sha|_guid|Guid)$|^(?:sha|guid)$")


# What many events of one person share, so that it tells no event from another.
_OF_A_PERSON = re.compile(
    r"email|^(?:stripe_?)?customer(?:_?id)?$|^user_?id$|product|price|plan", re.IGNORECASE
)
_INSERTED = re.compile(r"(?is)insert\s+into\s+[\w.\"`\[\]]+\s*\(([^)]{1,600})\)")


def _sql_has_natural_key(view: ProjectView, item: Happening) -> bool:
    """The same for an INSERT statement, by the columns it names."""
    text = " ".join(value.text for link in item.call.links for value in link.args or ())
    found = _INSERTED.search(text)
    if found is None:
        return True
    names = [name.strip(' "`[]') for name in found[1].split(",")]
    table = table_of(view, item)
    if table is None:
        return any(OBJECT_COLUMN.search(name) and not _OF_A_PERSON.search(name) for name in names)
    ids = {_bare(name) for name in names if is_object_column(name) or _EVENT_COLUMN.search(name)}
    given = {_bare(name) for name in names}
    return any(set(columns) & ids and set(columns) <= given for columns in _unique_sets(table))


def upserts_nothing(view: ProjectView, item: Happening, key: str) -> bool:
    """Whether an upsert names a column that the database does not keep unique, so that it finds no row."""
    table = table_of(view, item)
    wanted = {_bare(name.strip()) for name in key.split(",") if name.strip()}
    if (
        table is not None
        and not wanted
        and item.effect.query is not None
        and item.effect.query.layer == "supabase"
    ):
        # Without a column an upsert finds its row by the primary key.
        return not table.primary_key
    if table is None or not wanted or not wanted <= {_bare(column.name) for column in table.columns}:
        return False
    return not any(set(columns) <= wanted for columns in _unique_sets(table))


def is_object_column(name: str) -> bool:
    """Whether a column holds the sender's own id of something, rather than one of this app's."""
    if OBJECT_COLUMN.search(name):
        return True
    return _FOREIGN_ID.search(name) is not None and _OF_OURS.match(name) is None


@dataclass(frozen=True, slots=True)
class Store:
    """Where seen events are kept. `claim` is the insert of the event's id; `unique` what the schema says of it
    (None: unknown); `looked` the read that asks whether it was seen."""

    claim: Happening | None = None
    unique: bool | None = None
    looked: Happening | None = None
    checked: bool = True


def store_of(view: ProjectView, webhook: Webhook) -> Store:
    looked = next((item for item in webhook.reads if _is_store_read(item)), None)
    for item in webhook.happenings:
        if item.in_catch or item.effect.deed not in (
            Deed.INSERT,
            Deed.UPSERT,
            Deed.CALL,
            Deed.RPC,
            Deed.UPDATE,
        ):
            continue
        if item.effect.deed in (Deed.CALL, Deed.RPC, Deed.UPDATE) and not _claims_by_name(item):
            continue
        if _keeps_event_id(item):
            unique = _is_unique(view, item) if item.effect.deed in (Deed.INSERT, Deed.UPSERT) else None
            return Store(item, unique, looked, _is_checked(view, item))
    return Store(looked=looked)


def _claims_by_name(item: Happening) -> bool:
    return (
        re.search(
            r"processed|idempot|seen|dedup|claim|lock|register_?event|record_?(?:webhook_?)?event|\.set$",
            item.call.callee,
            re.I,
        )
        is not None
    )


def _keeps_event_id(item: Happening) -> bool:
    if item.effect.deed in (Deed.INSERT, Deed.UPSERT) and _CLAIMS.search(item.function.rpartition(".")[2]):
        return True
    texts = [value.text for link in item.call.links for value in link.args or ()]
    columns = [name for name, _ in item.columns]
    if any(_MADE_UP.search(text) for text in texts):
        return False
    named = any(_EVENT_COLUMN.search(name) for name in columns)
    return named or (
        any(_EVENT_ID.search(text) for text in texts) and STORE_TABLE.search(item.name) is not None
    )


def _is_store_read(item: Happening) -> bool:
    texts = [value.text for link in item.call.links for value in link.args or ()]
    return STORE_TABLE.search(item.name) is not None and any(_EVENT_ID.search(text) for text in texts)


def _is_unique(view: ProjectView, item: Happening) -> bool | None:
    """Whether the database refuses a second row with the same id; None when the table is not known."""
    table = table_of(view, item)
    if table is None:
        return _unique_in_documents(view, item)
    made = {_bare(arg.name) for arg in item.call.args if arg.name and arg.name != "defaults"}
    if item.call.callee.endswith("get_or_create") and made:
        return any(set(columns) <= made for columns in _unique_sets(table))
    wanted = {
        _bare(name) for name, _ in item.columns if _EVENT_COLUMN.search(name) or OBJECT_COLUMN.search(name)
    } or {"id", "eventid"}
    return any(
        set(columns) <= wanted | _companions(table) and set(columns) & wanted
        for columns in _unique_sets(table)
    )


def _unique_in_documents(view: ProjectView, item: Happening) -> bool | None:
    """The same for a Mongoose model; None when it is not found."""
    wanted = {_bare(name) for name, _ in item.columns}
    query = item.effect.query
    if query is None or query.layer != "mongo" or not wanted:
        return None
    for path in view.outlines:
        if not path.endswith((".js", ".ts", ".mjs", ".cjs")):
            continue
        known = view.per_file("mongoose-unique", path, _mongoose_models, ())
        for model, fields in known:
            if model == item.effect.table:
                return bool(wanted & {_bare(field) for field in fields})
    return None


_MODEL = re.compile(r"\bmodel(?:<[^>]{0,80}>)?\(\s*['\"](\w+)['\"]")
_UNIQUE_FIELD = re.compile(
    r"\b(\w{1,60})\s{0,4}:\s{0,4}\{[^{}]{0,300}\bunique\s*:\s*true|\.index\(\s*\{\s*(\w+)[^)]{0,100}unique"
)


def _mongoose_models(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(model, fields that are kept unique) of a file with one Mongoose model."""
    models = _MODEL.findall(text) if "Schema(" in text else []
    fields = (
        tuple(first or second for first, second in _UNIQUE_FIELD.findall(text)) if len(models) == 1 else ()
    )
    return tuple((model, fields) for model in models[:1]) if len(models) == 1 else ()


def _companions(table: Table) -> set[str]:
    """Columns that may stand beside an id in a key without weakening it."""
    return {
        _bare(column.name)
        for column in table.columns
        if column.name in ("provider", "gateway", "source", "type", "tenant_id", "org_id")
    }


def _unique_sets(table: Table) -> list[tuple[str, ...]]:
    found = [index.columns for index in table.indexes if index.unique]
    found += [table.primary_key] if table.primary_key else []
    return [tuple(_bare(column) for column in columns) for columns in found]


def table_of(view: ProjectView, item: Happening) -> Table | None:
    name = _snake(item.effect.table)
    for candidate in (item.effect.table, name, f"{name}s", name.removesuffix("s")):
        table = view.schema.table(candidate) if candidate else None
        if table is not None and table.columns:
            return table
    # Django puts the app's name in front of a model's.
    tail = f"_{item.effect.table.lower()}"
    return (
        next(
            (
                table
                for table in view.schema.tables.values()
                if table.columns and table.bare_name.endswith(tail)
            ),
            None,
        )
        if item.effect.table[:1].isupper()
        else None
    )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _bare(name: str) -> str:
    """A name as schemas and code agree on it: `stripeSessionId`, `stripe_session_id` and `stripesessionid` are one."""
    return name.replace("_", "").lower()


def _is_checked(view: ProjectView, item: Happening) -> bool:
    """supabase-js gives errors back instead of raising them: an insert whose error nobody reads claims nothing."""
    query = item.effect.query
    if query is None or query.layer != "supabase":
        return True
    outline = view.outlines.get(item.path)
    if outline is not None and outline.language == "python":
        return True
    names = [name.rpartition(":")[2] for name in item.call.assigned]
    text = view.text(item.path) or ""
    return any(_acts_on(text, name) for name in names)


def _acts_on(text: str, name: str) -> bool:
    """Whether a condition on this name decides about the rest: it leaves, or the work is in it."""
    for match in re.finditer(rf"if\s*\(\s*[^)]*\b{re.escape(name)}\b", text):
        begins = text.find("\n", match.end())
        body = text[match.end() : match.end() + 900]
        closes = re.search(r"\n\s{0,40}\}", body)
        inside = body[: closes.start()] if closes and begins >= 0 else body
        if "!" in match.group(0) or "code" in inside or re.search(r"\b(?:return|throw|break)\b", inside):
            return True
        if closes is None or not _ONLY_TELLS.search(inside):
            return True
    return False


def sheltered(item: Happening, store: Store) -> bool:
    """Whether an effect happens only for an event that was not seen before."""
    if all(FRESH in way for way in item.ways):
        return True
    claim = store.claim
    if claim is not None and claim.caught and claim.path == item.path and item.line > claim.caught:
        return False
    return (
        claim is not None
        and claim.order < item.order
        and claim.effect.deed is not Deed.UPSERT
        and store.checked
        and store.unique is not False
    )


def has_natural_key(view: ProjectView, item: Happening) -> bool:
    """Whether an inserted row carries an id of the provider's that the database keeps unique."""
    if item.effect.query is not None and item.effect.query.layer == "sql" and not item.columns:
        return _sql_has_natural_key(view, item)
    if item.effect.query is None or not item.columns:
        return item.effect.deed is not Deed.INSERT or not item.effect.values
    table = table_of(view, item)
    ids = {
        _bare(name)
        for name, tags in item.columns
        if tags & set(FROM_EVENT) | tags & {src.FETCHED} and OBJECT_COLUMN.search(name)
    }
    if table is None:
        return any(_OF_A_PERSON.search(name) is None for name in ids)
    return any(
        set(columns) & ids and set(columns) <= {_bare(name) for name, _ in item.columns}
        for columns in _unique_sets(table)
    )


def is_refused_twice(view: ProjectView, item: Happening) -> bool:
    """Whether the database takes such a row once only, whatever it is told by: `user_id` of a table of wallets."""
    table = table_of(view, item)
    columns = {_bare(name) for name, _ in item.columns}
    known = [unique for unique in _unique_sets(table) if unique != ("id",)] if table else []
    return any(set(unique) <= columns for unique in (*known, *_told_by_conflicts(view, item.effect.table)))


def _told_by_conflicts(view: ProjectView, table: str) -> list[tuple[str, ...]]:
    """The columns that functions of the database name after ON CONFLICT for this table: they have to be unique."""
    written = re.compile(
        rf"(?i)insert\s+into\s+(?:\w+\.)?\"?{re.escape(table)}\"?\b[^;]{{0,800}}?on\s+conflict\s*\(([\w\s,\"]{{1,120}})\)"
    )
    bodies = [function.body for function in view.schema.functions if table and table in function.body]
    return [
        tuple(_bare(column.strip(' "')) for column in match[1].split(","))
        for body in bodies
        for match in written.finditer(body)
    ]
