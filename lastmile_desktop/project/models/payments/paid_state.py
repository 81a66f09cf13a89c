"""Where code writes that somebody has paid: plans, credits, paid flags, the status of payments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Call,
    Do,
    Function,
    Outline,
    Step,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.payments.payment_calls import called_name
from lastmile_desktop.project.models.payments.payment_inputs import REQUEST, Flow
from lastmile_desktop.project.models.webhooks.entries import is_skipped

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

# Members that open paid features for an account.
ENTITLEMENT = re.compile(
    r"^(?:is_(?:pro|premium|vip|subscribed|lifetime|paid|plus)|(?:is_)?(?:pro|premium|vip|paid|lifetime)_(?:user|member|access|status))$"
    r"|^has_(?:paid|premium|lifetime|pro|active_subscription|subscription|purchased)\w{0,20}$"
    r"|^(?:subscription|plan|membership|billing|current_plan|tier)_?(?:status|tier|plan|type|level|id|name|active)$"
    r"|^(?:plan|tier|subscription|membership|credits?|credit_balance|credits_(?:remaining|balance)|token_balance|balance|"
    r"wallet_balance|premium_until|pro_until|subscription_end\w{0,10})$"
)
_PAID = re.compile(r"^(?:payment_status|paid|is_paid|paid_at|payment_state)$")
_MONEY_TABLE = re.compile(
    r"order|payment|purchase|enrol|invoice|booking|transaction|subscription|membership|ticket|licen[cs]e",
    re.I,
)
_GRANTS = re.compile(
    r"^(?:true|paid|active|succeeded|success|captured|completed?|pro|premium|plus|unlimited|enterprise|business|lifetime|gold|"
    r"vip|starter|growth|annual|yearly|monthly|subscribed)$",
    re.IGNORECASE,
)
_STATUS = {
    "paid": _MONEY_TABLE,
    "succeeded": _MONEY_TABLE,
    "captured": _MONEY_TABLE,
    "active": re.compile(r"subscription|membership|enrol|licen[cs]e", re.I),
    "completed": re.compile(r"payment|transaction|purchase", re.I),
    "success": re.compile(r"payment|transaction|purchase", re.I),
}
_WRITE = re.compile(
    r"^(?:update|insert|upsert|set|create|save|patch|values|add|merge|replace)(?:_one|_many|One|Many|Doc|AndReturn)?$"
    r"|^(?:findByIdAndUpdate|findOneAndUpdate|find_one_and_update|updateUserById|updateUser\w{0,30}|update\w{1,40}|set[A-Z]\w{1,40})$"
)
# The project's own setters: `updateProjectPayment(id, true)`, `setPaid(order.id, true)`.
_SETTER = re.compile(
    r"^(?:update|set|mark)[A-Z]?\w{0,40}(?:Paid|Payment|_paid|_payment)(?:Status|State|_status|_state)?$"
)
_SQL = re.compile(
    r"(?i)\b(?:update\s+[\"`]?(?P<table>\w+)[\"`]?\s+set|do\s+update\s+set)\s(?P<set>.{1,400})", re.DOTALL
)
_SQL_VALUE = re.compile(r"(?i)[\"`]?(\w+)[\"`]?\s*=\s*'?(\w+)'?")
_PLAN_OF = re.compile(r"(?i)(?:plan|tier)\w{0,12}$|(?:price|product|variant)_?\w{0,8}_?to_?\w{0,12}$")
_CUSTOMER = re.compile(r"^(?:stripe|paddle|lemon_?squeezy|polar|paystack|razorpay|billing)_customer(?:_id)?$")
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class PaidWrite:
    """`granted` is the written value in lower case, "" when it is no plain one; `requested` when the request decides
    it. `layer` is `supabase`, `firestore`, `metadata` (a user's own sign-in data), `sql` or `code`."""

    path: str
    line: int
    function: str
    table: str
    column: str
    granted: str
    requested: bool
    layer: str
    call: str

    @property
    def is_entitlement(self) -> bool:
        return ENTITLEMENT.match(self.column) is not None


def paid_writes(view: ProjectView) -> tuple[PaidWrite, ...]:
    """Every place that writes a plan, credits or a paid flag as a plain value or as the request says."""
    found = view.each_outline("payments.paid-writes", writes_of)
    return tuple(item for path in sorted(found) for item in found[path])


def writes_of(outline: Outline) -> tuple[PaidWrite, ...]:
    if outline.shallow or is_skipped(outline.path):
        return ()
    found: list[PaidWrite] = []
    for function in outline.functions:
        if not any(_may_write(step) for step in steps_within(function.body)):
            continue
        # A plan that exists is still a plan that nobody paid for.
        flow = Flow(
            "python" if outline.language == "python" else "typescript", frozenset(), lists_count=False
        )
        env: dict[str, frozenset[str]] = {}
        for step, current in flow.walk(function.body, env):
            for call in _own_calls(step):
                for table, column, value, layer in _written(call):
                    requested = REQUEST in flow.of(value, current) or _chosen(value, flow, current)
                    item = _judged(outline, function, call, table, column, value, layer, requested)
                    if item is not None:
                        found.append(item)
            found += _assigned(outline, function, step)
    return tuple(dict.fromkeys(found))


def _chosen(value: Value, flow: Flow, env: dict[str, frozenset[str]]) -> bool:
    """Whether a plan is looked up by what the visitor names: `planOf(priceId)` is still a plan that nobody paid for."""
    return any(
        _PLAN_OF.search(call.callee) is not None and any(REQUEST in flow.of(arg, env) for arg in call.args)
        for call in value.calls
    )


def _may_write(step: Step) -> bool:
    if isinstance(step, Do) and any(
        _is_column(target.rpartition(".")[2]) for target in step.targets if "." in target
    ):
        return True
    return any(
        _WRITE.match(link.name or call.root)
        or _SETTER.match(link.name or call.root)
        or link.name in ("execute", "query", "run")
        for call in _own_calls(step)
        for link in call.links
    )


def writes_entitlement(call: Call) -> bool:
    """Whether a call writes a plan or another member that opens paid features, whatever the value."""
    return any(ENTITLEMENT.match(column) is not None for _, column, _, _ in _written(call))


def customer_ids(step: Step) -> Iterator[tuple[str, Value, int]]:
    """(column, value, line) of each id of a provider's customer that a step stores."""
    for call in _own_calls(step):
        for _, column, value, _ in _written(call):
            if _CUSTOMER.match(column):
                line = value.span.line if value.span and value.span.line else call.span.line
                yield column, value, line


def _own_calls(step: Step) -> tuple[Call, ...]:
    return tuple(getattr(step, "calls", ()))


def _written(call: Call) -> Iterator[tuple[str, str, Value, str]]:
    """(table, column, value, layer) of each member that a call writes."""
    table, layer = _place(call)
    for link in call.links:
        name = link.name or call.root
        if link.args and link.name in ("execute", "query", "run", "text", "raw"):
            yield from _sql(link.args)
        elif link.args and _SETTER.match(name) and (given := _flag(link.args)) is not None:
            yield table, "paid", given, layer
        elif link.args and _WRITE.match(name):
            for arg in link.args:
                if arg.name:
                    yield table, _snake(arg.name), arg, layer
                for key, value in _members(arg, 0):
                    yield table, _snake(key), value, layer


def _flag(args: tuple[Value, ...]) -> Value | None:
    """The plain value that a setter is given after whom it is for."""
    return next((arg for arg in args[1:] if _plain(arg) in ("true", "paid", "succeeded", "completed")), None)


def _place(call: Call) -> tuple[str, str]:
    args = call.args_of("from")
    if args and args[0].literal is not None:
        return args[0].literal, "supabase"
    name = called_name(call)
    if name.endswith(("auth.updateUser", "auth.update_user")):
        return "", "metadata"
    if call.root in ("updateDoc", "setDoc") or "collection" in name:
        document = next((arg.text for arg in call.args if "doc(" in arg.text), "")
        named = re.search(r"['\"`](\w+)", document or name)
        return named[1] if named else "", "firestore"
    parts = [part for part in name.split(".") if part]
    return parts[-2] if len(parts) > 1 else "", "code"


def _members(value: Value, depth: int) -> Iterator[tuple[str, Value]]:
    if depth > _DEPTH:
        return
    for key, inner in value.entries:
        if key in ("where", "select", "include"):
            continue
        if inner.entries:
            yield from _members(inner, depth + 1)
        elif key != "...":
            yield key, inner
    for item in value.items:
        yield from _members(item, depth + 1)


def _sql(args: tuple[Value, ...]) -> Iterator[tuple[str, str, Value, str]]:
    for arg in args[:1]:
        found = _SQL.search(arg.text)
        if found is None:
            continue
        assigned = re.split(r"(?i)\bwhere\b", found["set"])[0]
        for column, value in _SQL_VALUE.findall(assigned):
            yield found["table"] or "", _snake(column), Value(value, literal=value), "sql"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _is_column(name: str) -> bool:
    snake = _snake(name)
    return snake == "status" or ENTITLEMENT.match(snake) is not None or _PAID.match(snake) is not None


def _judged(
    outline: Outline,
    function: Function,
    call: Call,
    table: str,
    column: str,
    value: Value,
    layer: str,
    requested: bool,
) -> PaidWrite | None:
    plain = _plain(value)
    if column == "status":
        wanted = _STATUS.get(plain)
        if wanted is None or not wanted.search(f"{table} {called_name(call)}"):
            return None
    elif not (_is_column(column) and (requested or _grants(column, plain, value))):
        return None
    line = value.span.line if value.span and layer != "sql" and value.span.line else call.span.line
    return PaidWrite(
        outline.path, line, function.name, table, column, plain, requested, layer, called_name(call)
    )


def _grants(column: str, plain: str, value: Value) -> bool:
    if column.endswith(("_at", "_until", "_end")):
        return plain != "null" and ("Date" in value.text or "now" in value.text)
    if re.search(r"credit|balance", column):
        return False
    return _GRANTS.match(plain) is not None


def _plain(value: Value) -> str:
    if value.literal is not None:
        return value.literal.lower()
    text = value.text.strip()
    return text.lower() if re.fullmatch(r"[Tt]rue|[Ff]alse|null|None", text) else ""


def _assigned(outline: Outline, function: Function, step: Step) -> Iterator[PaidWrite]:
    """`user.is_premium = True` of an ORM."""
    if not isinstance(step, Do) or step.value is None or not _saves(function):
        return
    for target in step.targets:
        owner, _, name = target.rpartition(".")
        column, plain = _snake(name), _plain(step.value)
        if not owner or owner.startswith(("self", "this")):
            continue
        status = column == "status" and plain in _STATUS and _STATUS[plain].search(owner) is not None
        if status or (column != "status" and _is_column(column) and _grants(column, plain, step.value)):
            yield PaidWrite(
                outline.path,
                step.span.line,
                function.name,
                owner.rpartition(".")[2],
                column,
                plain,
                False,
                "code",
                target,
            )


def _saves(function: Function) -> bool:
    return any(
        call.callee.rpartition(".")[2] in ("commit", "save", "flush", "asave")
        for call in calls_within(function.body)
    )
