"""What a webhook handler does to the world, call by call."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from lastmile_desktop.project.code.outline import Call, Value
from lastmile_desktop.project.models.queries import queries_js, queries_python
from lastmile_desktop.project.models.walk.access import Query, Verb
from lastmile_desktop.project.models.webhooks.state import Way


class Deed(StrEnum):
    """`CALL` is a function of unknown content with the name of a change, such as `storage.updateBooking`."""

    INSERT = "insert"
    UPSERT = "upsert"
    UPDATE = "update"
    DELETE = "delete"
    RPC = "rpc"
    EMAIL = "email"
    PAYMENT = "payment"
    OUTBOUND = "outbound"
    QUEUE = "queue"
    ACCOUNT = "account"
    CALL = "call"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Effect:
    """`table` where known; `query` for data access; `values` what is written."""

    deed: Deed
    table: str = ""
    query: Query | None = None
    values: tuple[Value, ...] = ()


@dataclass(slots=True)
class Happening:
    """An effect in the flow of a handler, with what was known when it happened. `caught` is the last line of a `try`
    whose failing does not stop what follows."""

    effect: Effect
    call: Call
    path: str
    line: int
    function: str
    unproven: tuple[Way, ...]
    ways: frozenset[Way]
    tags: frozenset[str]
    labels: tuple[str, ...]
    order: int
    in_catch: bool = False
    in_background: bool = False
    in_transaction: bool = False
    in_loop: bool = False
    bypass: int = 0
    caught: int = 0
    refetched_only: bool = False
    columns: tuple[tuple[str, frozenset[str]], ...] = field(
        default_factory=tuple[tuple[str, frozenset[str]], ...]
    )

    @property
    def name(self) -> str:
        """How the effect is called in a message: the table, or the function."""
        if not self.effect.table and _SESSION_WRITE.search(self.call.callee):
            return "the database"
        return self.effect.table or self.call.callee


_UPSERT = re.compile(
    r"upsert|on_?conflict|onConflict|on_duplicate|get_or_create|update_or_create|setDefault", re.I
)
_UPSERT_SQL = re.compile(
    r"on\s+conflict|on\s+duplicate\s+key|insert\s+or\s+(?:ignore|replace)|\bmerge\s+into", re.I
)
_EMAIL = re.compile(
    r"(?:emails\.send|batch\.send|sendMail|sgMail\.send|transporter\.send\w*|send_?email\w*|sendEmail\w*|send_mail|"
    r"send\w*(?:Email|_email|Mail|_mail)|EmailMessage\.send|messages\.create|sendTransacEmail|Emails\.send)$",
    re.IGNORECASE,
)
_QUEUE = re.compile(
    r"(?:[qQ]ueue\w*\.(?:add|send|push|enqueue)|inngest\.send|tasks?\.trigger|publishJSON|apply_async|\.delay|boss\.send|"
    r"send_message|sendMessage|\.enqueue|publish)$"
)
_ACCOUNT = re.compile(
    r"auth\.admin\.(?:createUser|deleteUser|updateUserById|inviteUserByEmail|generateLink|create_user|delete_user|"
    r"update_user_by_id|invite_user_by_email)$|users\.(?:deleteUser|updateUserMetadata|updateUser|createUser)$"
)
_FUNCTION = re.compile(r"functions\.invoke$")
_PAYMENT = re.compile(
    r"(?:customers|subscriptions|refunds|invoices|transfers|payouts|charges|paymentIntents|subscriptionItems|invoiceItems|"
    r"Customer|Subscription|Refund|Invoice|Transfer|Payout|Charge|PaymentIntent|checkout\.sessions|setupIntents)"
    r"\.(?:create|update|modify|cancel|del|delete|pay|finalizeInvoice|capture|voidInvoice|createReversal)$"
)
_HTTP_SEND = re.compile(
    r"^(?:axios|got|ky|requests|httpx|client|session|http|\$fetch)\.(?:post|put|patch|delete)$"
)
_ORM_SAVE = re.compile(r"\.(?:save|asave|delete|adelete)$")
_SESSION_WRITE = re.compile(
    r"(?:^|\.)(?:db|session|db_session|s|database)\.(?:add|add_all|merge|bulk_save_objects|commit)$|session\.commit$"
)
_DOC_WRITE = re.compile(r"(?:doc|document|collection|ref|docRef|child)\b.*\.(?:set|update|add|delete|push)$")
_REDIS = re.compile(
    r"^(?:redis|kv|cache|client)\.(?:set|incr|incrby|hset|lpush|rpush|zadd|decr|setex)$", re.I
)
# What is kept for a while in memory changes nothing that somebody could gain from.
_REMEMBERS = re.compile(
    r"(?i)(?:^|\.)\w*(?:caches?|map|seen|processed\w*|pending|handled)\.(?:set|setex|delete|add|clear|touch|expire|a?incr\w*|a?decr\w*)$"
)
_VERB = re.compile(
    r"^(?:update|create|insert|upsert|save|store|add|set|grant|give|activate|deactivate|cancel|confirm|complete|mark|"
    r"record|process|handle|fulfil+|provision|credit|deduct|increment|decrement|apply|assign|send|notify|enqueue|"
    r"delete|remove|sync|register|approve|charge|refund|upgrade|downgrade|enable|disable|publish|emit|trigger|extend|"
    r"allocate|deliver|renew|expire|revoke|persist|write|award|link|unlock)(?=[A-Z_]|$)"
)
_PURE_ROOT = re.compile(
    r"^(?:console|logger|log|logging|Sentry|sentry_sdk|Math|Object|Array|JSON|Date|String|Number|Promise|Buffer|res|"
    r"response|reply|NextResponse|Response|current_app|app|crypto|hmac|hashlib|z|headers|req|request|c|ctx|context|"
    r"structlog|React|render|metrics|analytics|posthog|print|describe|it|test|expect|vi|jest|next|reply|set|URL|URLSearchParams|"
    r"setTimeout|setInterval|useState|createClient|process|os|datetime|datetime\.\w+|timezone|time|bytes|str|dict|list)$"
)
_PURE_NAME = re.compile(
    r"^(?:handle[A-Z]?\w*Error|setHeader|set_header|setStatus|setState|addEventListener|addHeader|update|digest|append|"
    r"set|add|createHmac|createHash|createClient|create_client|createServerClient|createAdminClient|createServiceClient|"
    r"createRouteHandlerClient|createServerComponentClient|createContext|createTransport|createLogger|createSubtleCryptoProvider|"
    r"sendStatus|send|send_file|emit|add_header|set_cookie|createSupabase\w*|createAdmin\w*|createService\w*|createServer\w*|"
    r"handleCors|handleCORS|storeFront|publishableKey|notifyError|recordException|captureException|add_middleware|"
    r"create(?:Cipher|Decipher)\w*|create(?:Secret|Public|Private)Key|createVerify|createSign|setAuthTag|setAAD|"
    r"addBreadcrumb|setContext|setTag|setUser|setAttribute|setAttributes|set_tag|set_context|createError|applyCors)$"
)
_LOG_TABLE = re.compile(
    r"(?:^|[._])(?:logs?|audit(?:_logs?|_trail)?|debug(?:_logs?)?|traces?|webhook_logs?|\w+_logs?|system_logs)$",
    re.I,
)
_NOT_A_WRITE = re.compile(
    r"get_|fetch_|list_|is_|has_|check_|count_|search_|find_|calculate_|^(?:get|fetch|list|is|has|check|count|search|find)[A-Z]"
)


@lru_cache(maxsize=16384)
def _by_name(callee: str) -> Deed | None:
    last = callee.rpartition(".")[2]
    root = callee.partition(".")[0]
    if _ACCOUNT.search(callee):
        return Deed.ACCOUNT
    if _FUNCTION.search(callee):
        return Deed.OUTBOUND
    if last in ("runMutation", "runAction"):
        return Deed.UPDATE
    if _PAYMENT.search(callee):
        return Deed.PAYMENT
    if _EMAIL.search(callee):
        return Deed.EMAIL
    if _QUEUE.search(callee) and root not in ("res", "reply", "c", "ctx"):
        return Deed.QUEUE
    if _HTTP_SEND.match(callee):
        return Deed.OUTBOUND
    if _REMEMBERS.match(callee):
        return None
    if _SESSION_WRITE.search(callee) or _REDIS.match(callee):
        return Deed.UPDATE
    if _ORM_SAVE.search(callee) and not _PURE_ROOT.match(root):
        return Deed.UPDATE if last in ("save", "asave") else Deed.DELETE
    if _DOC_WRITE.search(callee) and root in (
        "db",
        "firestore",
        "admin",
        "docRef",
        "ref",
        "adminDb",
        "database",
    ):
        return Deed.UPDATE
    if (
        _VERB.match(last)
        and not _PURE_ROOT.match(root)
        and not _PURE_NAME.match(last)
        and "crypto" not in callee
    ):
        return Deed.CALL
    return None


_DEED = {Verb.INSERT: Deed.INSERT, Verb.UPDATE: Deed.UPDATE, Verb.DELETE: Deed.DELETE, Verb.READ: Deed.READ}


def classify(call: Call, language: str) -> Effect | None:
    """What this call does; None when nothing that matters."""
    if call.is_new and len(call.links) <= 1:
        return None
    query = queries_python.read(call) if language == "python" else queries_js.read(call, {})
    if query is not None and query.layer != "storage":
        return _of_query(call, query)
    if call.root in ("fetch", "ofetch", "$fetch") and call.links and not call.links[0].name:
        return Effect(Deed.OUTBOUND) if _sends(call) else None
    deed = _by_name(call.callee)
    return Effect(deed) if deed is not None else None


def _of_query(call: Call, query: Query) -> Effect | None:
    if query.verb is Verb.CALL:
        return Effect(
            Deed.READ if _NOT_A_WRITE.match(query.table) else Deed.RPC, query.table, query, _values(query)
        )
    deed = _DEED.get(query.verb)
    if deed is None:
        return None
    if deed in (Deed.INSERT, Deed.UPDATE) and _is_upsert(call):
        deed = Deed.UPSERT
    return Effect(deed, query.table, query, _values(query, call))


def _is_upsert(call: Call) -> bool:
    if any(_UPSERT.search(link.name) for link in call.links):
        return True
    texts = [arg.text for link in call.links for arg in link.args or ()]
    if any(_UPSERT_SQL.search(text) for text in texts):
        return True
    return any(re.search(r"\bupsert\b\W+[Tt]rue", text) for text in texts)


def _keyword_values(call: Call) -> tuple[Value, ...]:
    """`Payment.objects.create(status="captured")`, `insert(Payment).values(status=…)`: the columns are keywords."""
    for link in reversed(call.links):
        if link.name in ("create", "acreate", "values") and link.args and all(arg.name for arg in link.args):
            entries = tuple(
                (arg.name, replace(arg, name="")) for arg in link.args if not arg.name.startswith("*")
            )
            return (Value("{" + ", ".join(arg.text for arg in link.args) + "}", entries=entries),)
    return ()


def _values(query: Query, call: Call | None = None) -> tuple[Value, ...]:
    if query.payload is None:
        return _keyword_values(call) if call is not None else ()
    return query.payload.items or (query.payload,)


def _sends(call: Call) -> bool:
    """Whether a fetch changes something elsewhere: it has a method other than GET."""
    options = call.args[1] if len(call.args) > 1 else None
    method = options.entry("method") if options else None
    return method is not None and (method.literal or "").upper() not in ("GET", "HEAD", "")


def is_log(effect: Effect) -> bool:
    """Whether an effect only keeps a record for reading later."""
    return effect.deed in (Deed.INSERT, Deed.UPSERT) and _LOG_TABLE.search(effect.table) is not None
