"""Code that runs again by itself: jobs, queue consumers, retry wrappers and loops, and what they do each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Call,
    Function,
    Loop,
    Outline,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.payments.payment_calls import PayAction, PayCall, called_name
from lastmile_desktop.project.models.webhooks.entries import is_skipped

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_AGREED_TO = frozenset({"razorpay", "mercadopago", "paypal", "xendit", "asaas", "paymongo", "cashfree"})
_JOB_WRAPPER = re.compile(
    r"(?:createFunction|\bWorker|Queue\.process|queue\.process|\bprocess|defineJob|agenda\.define|client\.defineJob|"
    r"schemaTask|schedules\.task|^task|cron\.schedule|schedule\.scheduleJob|serveJob|boss\.work|onSchedule|onMessagePublished|"
    r"onTaskDispatched|consumer|verifySignatureAppRouter|verifySignature|cronJob|CronJob|step\.run)$"
)
_JOB_DECORATOR = re.compile(
    r"(?:shared_task|\.task|periodic_task|dramatiq\.actor|\.actor|huey\.\w+|scheduled_job|job|repeat_every)$"
)
_RETRY_DECORATOR = re.compile(r"(?:^|\.)(?:retry|on_exception|on_predicate|retrying|autoretry)$")
_RETRY_WRAPPER = re.compile(
    r"(?:^|\.)(?:pRetry|retry|asyncRetry|promiseRetry|withRetry|retryAsync|backOff|retryOperation|callWithRetry|executeWithRetry|"
    r"retryWithBackoff|with_retry|retry_call|retryRequest|withRetries)$"
)
_RETRY_LOOP = re.compile(r"attempt|retr(?:y|ies)|tries\b", re.IGNORECASE)
_CRON_PATH = re.compile(
    r"(?:^|/)(?:api/)?(?:cron|jobs?|workers?|tasks)/|(?:^|/)(?:cron|worker|tasks?|jobs?)(?:[-_.]\w+)?\.[jt]s$|(?:^|/)tasks\.py$"
)
_KEY = re.compile(r"idempotency", re.IGNORECASE)
_NEAR = 120
# `Math.floor(Date.now() / 60_000)`: the same for every call within the minute.
_TIME_SLOT = re.compile(r"Math\.(?:floor|trunc|round)\(\s*Date\.now\(\)\s*/|time\.time\(\)\s*//")
_PAID_LATER = re.compile(
    r"(?i)payment_method_id\W{1,6}(?:pix|boleto|bolbradesco|oxxo|ticket|pagofacil|rapipago|abitab|redpagos)\b"
)
_RANDOM = re.compile(
    r"uuid|randomUUID|nanoid|random\(|Date\.now|time\.time|randomBytes|token_hex|ulid|cuid", re.IGNORECASE
)
_MONEY_ADDRESS = re.compile(
    r"charge|payment|order|transfer|refund|payout|invoice|purchase|subscription|credit|withdraw",
    re.IGNORECASE,
)
_POSTS = re.compile(r"^(?:axios|requests|httpx|got|ky|client|http|\w*[cC]lient|api)\.post$")

# Doing one of these twice takes or gives money twice.
COSTLY = frozenset(
    {
        PayAction.CHARGE,
        PayAction.INTENT,
        PayAction.SUBSCRIBE,
        PayAction.REFUND,
        PayAction.TRANSFER,
        PayAction.INVOICE,
    }
)


@dataclass(frozen=True, slots=True)
class Post:
    """A plain POST to an address that is about money, inside code that is tried again."""

    path: str
    line: int
    function: str
    call: str
    wrapper: str


@dataclass(frozen=True, slots=True)
class Repeats:
    """What one file runs again by itself: functions by name (with what repeats them), the names they call, and plain
    requests that they repeat."""

    functions: tuple[tuple[str, str], ...] = ()
    called: frozenset[str] = frozenset()
    posts: tuple[Post, ...] = ()
    loops: tuple[tuple[int, int], ...] = ()


def repeated(view: ProjectView) -> dict[str, Repeats]:
    """What runs again by itself, for each file that has any of it."""
    found = view.each_outline("payments.repeats", repeats_of)
    return {path: item for path, item in found.items() if item is not None}


def repeats_of(outline: Outline) -> Repeats | None:
    if outline.shallow or is_skipped(outline.path):
        return None
    functions = tuple(
        (item.name, why)
        for item in outline.functions
        if (why := _why(outline, item)) and not _is_test(outline.path)
    )
    names = [name for name, _ in functions]
    inside = [item for item in outline.functions if any(_within(item.name, name) for name in names)]
    called = frozenset(
        called_name(call).rpartition(".")[2] for item in inside for call in calls_within(item.body)
    )
    loops = tuple(_retry_loops(outline))
    posts = tuple(_posts(outline, dict(functions)))
    if not functions and not loops:
        return None
    return Repeats(functions, called, posts, loops)


def _is_test(path: str) -> bool:
    return "test" in path.rpartition("/")[2].lower()


def _why(outline: Outline, function: Function) -> str:
    """What makes this function run again, "" when nothing does."""
    for call in function.decorators:
        if _RETRY_DECORATOR.search(call.callee):
            return "retry"
        if _JOB_DECORATOR.search(call.callee) and "." in call.callee + ".":
            return "job"
    for call in function.wrapped_by:
        if _RETRY_WRAPPER.search(called_name(call)):
            return "retry"
        if _JOB_WRAPPER.search(called_name(call)):
            return "job"
    if (
        _CRON_PATH.search(outline.path)
        and (function.exported_as or outline.language == "python")
        and not function.parent
    ):
        return "job"
    return ""


def _within(name: str, outer: str) -> bool:
    return name == outer or name.startswith(f"{outer}.")


def _retry_loops(outline: Outline) -> Iterator[tuple[int, int]]:
    for function in outline.functions:
        for step in steps_within(function.body):
            if isinstance(step, Loop) and _RETRY_LOOP.search(step.header):
                yield step.span.line, step.span.line_end


def _posts(outline: Outline, functions: dict[str, str]) -> Iterator[Post]:
    for function in outline.functions:
        why = next((why for name, why in functions.items() if _within(function.name, name)), "")
        if why != "retry":
            continue
        for call in calls_within(function.body):
            if posts_money(call):
                yield Post(outline.path, call.span.line, function.name, called_name(call), why)


def posts_money(call: Call) -> bool:
    """A POST to an address that is about money, without a key that makes it safe to repeat."""
    if not call.args or not _MONEY_ADDRESS.search(call.args[0].text):
        return False
    texts = " ".join(arg.text for arg in call.args)
    if _KEY.search(texts):
        return False
    if _POSTS.match(called_name(call)):
        return True
    options = call.args[1] if len(call.args) > 1 else None
    method = options.entry("method") if options else None
    return call.root == "fetch" and method is not None and (method.literal or "").upper() == "POST"


def key_of(pay: PayCall) -> str:
    """`stable`, `random` or "" for the key that makes a payment call safe to repeat."""
    # A template is one field for each of its places: one that is new each time makes the whole key new.
    given = [field.value.text for field in pay.fields if _KEY.search(field.last)]
    if not given:
        texts = _written(pay)
        written = _KEY.search(texts)
        if written is None:
            return ""
        near = texts[written.end() : written.end() + _NEAR].partition("\n")[0]
        return "random" if _RANDOM.search(near) else "stable"
    return (
        "random" if any(_RANDOM.search(text) and not _TIME_SLOT.search(text) for text in given) else "stable"
    )


def _written(pay: PayCall) -> str:
    given = " ".join(arg.text for link in pay.call.links for arg in link.args or ())
    return " ".join((given, *(f"{field.last}: {field.value.text}" for field in pay.fields)))


def repeats_call(pay: PayCall, found: dict[str, Repeats], webhook_lines: frozenset[tuple[str, int]]) -> str:
    """What repeats a payment call: `webhook`, `job`, `retry`, or "" when only a person does."""
    if (pay.path, pay.line) in webhook_lines:
        return "webhook"
    own = found.get(pay.path)
    if own is not None:
        for name, why in own.functions:
            if _within(pay.function, name):
                return why
        if any(first <= pay.line <= last for first, last in own.loops):
            return "retry"
    last = pay.function.rpartition(".")[2]
    if last and not last.startswith("@") and any(last in item.called for item in found.values()):
        return "job"
    return ""


def charges_at_once(pay: PayCall) -> bool:
    """Whether the money moves with this very call, so that a second click moves it again."""
    if pay.action is PayAction.CHARGE and pay.provider == "mercadopago":
        # It refuses a payment without a key; a code to scan (Pix) or a slip is paid by the customer afterwards.
        return key_of(pay) == "random" and not _PAID_LATER.search(_written(pay))
    if pay.action in (PayAction.CHARGE, PayAction.TRANSFER):
        return True
    if pay.action is PayAction.INTENT:
        return any(
            field.last in ("confirm", "off_session") and field.value.text in ("true", "True")
            for field in pay.fields
        )
    if pay.action is not PayAction.SUBSCRIBE:
        return False
    if pay.provider in _AGREED_TO:
        # The customer agrees on the provider's own page, unless a card is handed in.
        return any(field.last in ("card_token_id", "card_token", "token_id") for field in pay.fields)
    return not any(
        field.last == "payment_behavior" and "incomplete" in field.value.text for field in pay.fields
    )
