"""What an expression gives away when it is written somewhere: a whole record of a person, a single personal detail,
or a secret. Names decide; what only counts, compares, shortens or masks gives nothing away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from lastmile_desktop.project.code.expression import (
    Attribute,
    Binary,
    Choice,
    Expr,
    Invocation,
    Joined,
    Literal,
    Name,
    Record,
    Several,
    Unary,
    dotted,
    plain_path,
)


class Given(StrEnum):
    """`BODY` is all that a request brought, `RECORD` all that is stored about a person or an order."""

    BODY = "body"
    RECORD = "record"
    DETAIL = "detail"
    SECRET = "secret"  # noqa: S105 - the name of a kind


@dataclass(frozen=True, slots=True)
class Disclosed:
    given: Given
    name: str


_BODY = re.compile(
    r"^(?:\w{1,30}\.)?(?:req|request|ctx|c\.req|event|self\.request)\.(?:body|data|form|POST|json|"
    r"rawBody)$|^(?:reqBody|requestBody|formData|raw_body|rawBody|request_body|request_data)$"
)
_RECORD = re.compile(
    r"^(?:(?:current|auth|clerk|new|existing|db|logged_?in_?|target|stripe|updated|created|"
    r"session)?_?(?:user|customer|patient|profile|member|employee|candidate|applicant|guest|lead|"
    r"subscriber)"
    r"|user_?(?:data|profile|record|info|row|details)|userData|customer_?(?:data|info|details)|"
    r"customerInfo|customerData|customer_details|profile_?data|billing_?details|shipping_?address|"
    r"patient_?data|lead_?data|contact_?data|booking_?data|order_?data)$",
    re.IGNORECASE,
)
_DETAIL = re.compile(
    r"^(?:\w{0,24}_)?(?:e_?mail|email_?address|phone|phone_?number|telephone|mobile_?(?:number)?|"
    r"whatsapp_?(?:number)?|ssn|passport_?(?:number)?|national_?id|tax_?id|cpf|iban|date_of_birth|"
    r"birth_?date|dob|street_?address|home_?address|shipping_?address|billing_?address)$",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"^(?:\w{0,24}_)?(?:password|passwd|passphrase|secret|client_secret|webhook_secret|api_?key|"
    r"access_?token|refresh_?token|id_?token|auth_?token|session_?token|reset_?token|verification_?token|"
    r"verify_?token|invite_?token|bearer_?token|jwt|jwt_?token|otp|otp_?code|verification_?code|"
    r"reset_?code|two_?factor_?code|private_?key|service_?role_?key|reset_?(?:url|link)|magic_?link|"
    r"verification_?(?:url|link)|verify_?(?:url|link)|confirmation_?(?:url|link)|auth_?header|"
    r"authorization|temp_?password|temporary_?password|generated_?password|"
    r"(?:expected|computed|calculated|valid)_?(?:signature|hmac|hash|digest))$",
    re.IGNORECASE,
)
# All headers of a request bring its cookies, its token or the secret of a webhook.
_HEADERS = re.compile(
    r"^(?:\w{1,30}\.)?(?:req|request|_req|c\.req|ctx\.request|event\.request|self\.request)\.(?:headers|"
    r"rawHeaders|META|cookies|COOKIES)$|"
    r"^(?:all_?headers|req(?:uest)?_?headers|headers_?(?:obj|object|dict))$",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"^(?:self\.)?(?:req|request|_req)\.(?:GET|POST|args|form|query_params|data|query|body|cookies|COOKIES|headers)\.get$"
)
_ASKED_SECRET = re.compile(
    r"^(?:token|sesame|otp|code|password|authorization|cookie|api[_-]?key|x-api-key|secret|jwt|"
    r"access_token)$",
    re.IGNORECASE,
)
_BARE_TOKEN = re.compile(r"^(?:token|authorization)$", re.IGNORECASE)
_SETTING = re.compile(
    r"^(?:process\.env|import\.meta\.env|settings|config|os\.environ)\.\w*(?:SECRET|PASSWORD|API_KEY|"
    r"PRIVATE_KEY|SERVICE_ROLE|ACCESS_TOKEN|AUTH_TOKEN)\w*$"
)
_NOT_PERSONAL = re.compile(
    r"^(?:has|is|use|should|needs|can|show|no)_|^(?:from|sender|support|admin|owner|reply_?to|no_?reply|"
    r"noreply|contact|our|company|site|app|system|team|notification|alert|fallback|default|test|business|"
    r"store)_?(?:to_?)?e?_?mail",
    re.IGNORECASE,
)
# Stripe's objects name their customer by id.
_BY_ID = re.compile(
    r"^(?:\w+\.)*(?:invoice|session|subscription|charge|checkout\w*|payment\w*|intent|object|event)\.customer$",
    re.I,
)
_OUTCOME = re.compile(
    r"(?:sent|error|err|count|id|ids|valid|exists|verified|status|type|result|response|length|enabled|"
    r"provider|template|service|config|subject|settings|hash|hashed|masked|redacted|encrypted|_at|domain|"
    r"queue|queued|strength|policy|required|expiry|expires\w*|ttl|usage)$",
    re.IGNORECASE,
)
_WRITERS = frozenset(
    "JSON.stringify String str repr json.dumps util.inspect inspect dict vars toString model_dump model_dump_json "
    "toJSON toLowerCase lower trim strip join toObject encodeURIComponent flatten model_to_dict jsonable_encoder "
    "format as_dict to_dict structuredClone Object.fromEntries entries items".split()
)
_SHOWS = frozenset({"+", "??", "or", "and", "%", "||", "&&"})


def disclosed(expr: Expr, bodies: Mapping[str, Given]) -> Iterator[Disclosed]:
    """What this expression gives away when it is written out. `bodies` are local names bound to what a request
    brought or to a secret."""
    match expr:
        case Name() | Attribute():
            found = _named(plain_path(expr), bodies)
            if found is not None:
                yield found
        case Record(entries=entries):
            for key, value in entries:
                yield from _entry(key, value, bodies)
        case Several(parts=(_, Several(parts=bounds))) if all(isinstance(bound, Literal) for bound in bounds):
            # A slice: the beginning of a key tells it apart and gives nothing away.
            return
        case Joined(parts=inner) | Several(parts=inner):
            for part in inner:
                yield from disclosed(part, bodies)
        case Binary(op=op, left=left, right=right):
            if op in _SHOWS:
                # `a && b` writes b; what decides is not written unless it is the fallback's left side.
                yield from disclosed(right, bodies) if op in ("and", "&&") else _both(left, right, bodies)
        case Choice(then=then, otherwise=otherwise):
            yield from _both(then, otherwise, bodies)
        case Unary(op=op, operand=operand):
            if op in ("await", "..."):
                yield from disclosed(operand, bodies)
        case Invocation():
            yield from _written(expr, bodies)
        case _:
            return


def _both(left: Expr, right: Expr, bodies: Mapping[str, Given]) -> Iterator[Disclosed]:
    yield from disclosed(left, bodies)
    yield from disclosed(right, bodies)


def _entry(key: str, value: Expr, bodies: Mapping[str, Given]) -> Iterator[Disclosed]:
    if key == "..." or not isinstance(value, Name):
        yield from disclosed(value, bodies)
        return
    # `{ email: normalized }` says by its key what the value is.
    found = _named(value.id, bodies) or _named(key, {})
    if found is not None:
        yield found


def _written(call: Invocation, bodies: Mapping[str, Given]) -> Iterator[Disclosed]:
    name = dotted(call.callee)
    asked = call.args[0] if call.args and _ASKED.match(name) else None
    if isinstance(asked, Literal) and isinstance(asked.value, str) and _ASKED_SECRET.match(asked.value):
        yield Disclosed(Given.SECRET, asked.value)
    if name not in _WRITERS and name.rpartition(".")[2] not in _WRITERS:
        return
    if isinstance(call.callee, Attribute) and name not in ("JSON.stringify", "json.dumps", "util.inspect"):
        yield from disclosed(call.callee.object, bodies)
    for arg in call.args[:1] if name == "JSON.stringify" else call.args:
        yield from disclosed(arg, bodies)
    for _, value in call.keywords:
        yield from disclosed(value, bodies)


def _named(path: str, bodies: Mapping[str, Given]) -> Disclosed | None:
    if not path:
        return None
    if path in bodies:
        return Disclosed(bodies[path], path)
    given = given_by(path)
    return Disclosed(given, path) if given is not None else None


@lru_cache(maxsize=32_768)
def given_by(path: str) -> Given | None:
    """What a dotted name stands for, by its name alone."""
    if _BODY.match(path):
        return Given.BODY
    if _HEADERS.match(path):
        return Given.SECRET
    if _SETTING.match(path):
        return Given.SECRET
    last = path.rpartition(".")[2]
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last)
    if _NOT_PERSONAL.match(snake) or _NOT_PERSONAL.match(last):
        return None
    if _SECRET.match(snake) or (_BARE_TOKEN.match(last) and "." not in path):
        return Given.SECRET
    if _DETAIL.match(snake):
        return Given.DETAIL
    if _OUTCOME.search(last) or _BY_ID.match(path):
        return None
    return Given.RECORD if _RECORD.match(snake) or _RECORD.match(last) else None
