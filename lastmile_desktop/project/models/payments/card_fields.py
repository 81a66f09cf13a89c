"""Where card and bank numbers are typed, taken in, stored or shown by the project's own code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.expression import Expr, Record, of_value, parts, plain_path
from lastmile_desktop.project.code.outline import Call, Outline, Value, calls_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.operations.logs import is_log
from lastmile_desktop.project.models.schema.model import SchemaModel, Table

_NUMBER = re.compile(
    r"\b(?:card[_-]?(?:number|num|no)|cc[_-]?(?:number|num|no)|credit[_-]?card(?:[_-]?(?:number|num|no))?|"
    r"numero[_-]?(?:do[_-]?)?cart[aã]o|cart[aã]o[_-]?numero|num[_-]?carte|pan[_-]?number)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\b(?:cvv2?|cvc2?|cc-?csc|card[_-]?(?:cvv|cvc|csc|code)|(?:card[_-]?)?security[_-]?code|"
    r"codigo[_-]?seguranca)\b",
    re.IGNORECASE,
)
_EXPIRY = re.compile(
    r"\b(?:cc-exp|card[_-]?expir\w*|expiry(?:[_-]?date)?|exp(?:iration)?[_-]?(?:date|month|year)|"
    r"MM\s?/\s?YY)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"placeholder\s*=\s*\{?\s*[\"'`](?:card number|n[uú]mero do cart[aã]o|"
    r"[\d•*xX#]{4}[ -][\d•*xX#]{4}[ -][\d•*xX#]{4}[ -][\d•*xX#]{4})",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"<(?:input|Input|TextInput|TextField|FormField|Field|Controller|v-text-field|q-input|ion-input|"
    r"mat-input|[A-Z]\w{0,30}Input|[A-Z]\w{0,30}(?:Text)?Field)\b"
)
_NEXT_TAG = re.compile(r"<[A-Za-z/]")
_IDLE = re.compile(r"\b(?:disabled|readOnly|readonly)(?:\s*=\s*\{?\s*[\"']?true|\s*(?:/?>|\s\w))")
_OTHER_CARD = re.compile(
    r"gift[_ -]?card|loyalty|member(?:ship)?[_ -]?card|library|id[_ -]?card|business[_ -]?card|sim[_ -]?card|"
    r"insurance|health[_ -]?card|medicare|flash[_ -]?card|kanban|board|task|score[_ -]?card|"
    r"report[_ -]?card|punch[_ -]?card|"
    r"trading|deck|playing|access[_ -]?card|rfid|greeting|travel|transport|rail|frequent|fid[eé]lit",
    re.IGNORECASE,
)
# What the form around a field says of the card; a page says many other things.
_FORM_OF_OTHER = re.compile(
    r"(?:travel|transport|rail|loyalty|member(?:ship)?|gift|frequent[_ -]?flyer|fid[eé]lit[eé])[_ -]?cards?\b",
    re.IGNORECASE,
)
_BEFORE = 800
_EXAMPLE = re.compile(r"placeholder\s*=\s*\{?\s*(?:\"[^\"]*\"|'[^']*'|`[^`]*`)")
# Sixteen digits fit in none of these: it is the number of an entry.
_TOO_SHORT = re.compile(r"(?i)(?:sa\.)?(?:int(?:eger)?|int4|serial|smallint|int2|int)(?:\W|$)")
_PROVIDER_FIELD = re.compile(
    r"<(?:PaymentElement|CardElement|CardNumberElement|CardCvcElement|EmbeddedCheckout|"
    r"ExpressCheckoutElement|CardField|CardForm|PayPalCardFields\w*|PayPalNumberField|DropIn)\b|"
    r"elements\.create\(\s*[\"'](?:card|payment)|dropin\.create\(|hostedFields\.create\(|payments\.card\(|"
    r"new\sFrames\b"
)
_BOUND = re.compile(
    r"\b(?:onChange\w*|name|v-model|ng-model|bind:value|ref|control|register)\b|\(ngModel\)|\{\.\.\.\w"
)
_POSTS = re.compile(
    r"<form\b[^>]{0,300}\bmethod\s*=\s*[\"'](?i:post)|\bfetch\(|\baxios\b|\bapi\w*\.post\(|apiRequest\(|\.mutate(?:Async)?\(|"
    r"functions\.invoke\(|<form\b[^>]{0,300}\baction\s*=\s*\{"
)
_TOKENISED = re.compile(
    r"createToken\(|createPaymentMethod\(|createCardToken|\.tokenize\(|encryptCard|Omise\.createToken|"
    r"cardForm\(|SquareSdk|createCardPaymentMethod"
)
_BANK = re.compile(
    r"\b(?:iban|bank[_-]?account[_-]?(?:number|no)?|account[_-]?number|routing[_-]?number|sort[_-]?code|"
    r"ifsc(?:[_-]?code)?|bsb|clabe)\b",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"cvv|cvc|card|cart[aã]o|carte|iban|routing|account_?-?number|bank|sort.?code|ifsc", re.IGNORECASE
)
_MAX = 400_000


@dataclass(frozen=True, slots=True)
class Fields:
    """Lines of input fields in a page; 0 where there is none. `tokenised` when the number goes to the provider
    straight from the page; `element` is the line of a field that the provider draws itself. `bound` when the page reads
    what is typed, `posted` when its form sends it."""

    number: int = 0
    code: int = 0
    bank: int = 0
    tokenised: bool = False
    element: int = 0
    bound: bool = False
    posted: bool = False


NO_FIELDS = Fields()


def fields_in(text: str) -> Fields:
    """The card and bank fields of one page."""
    if _WORDS.search(text) is None and "PaymentElement" not in text and "EmbeddedCheckout" not in text:
        return NO_FIELDS
    text = text[:_MAX]
    number = code = bank = 0
    expiry = bound = False
    for match in _FIELD.finditer(text):
        end = _NEXT_TAG.search(text, match.end())
        window = text[match.start() : min(end.start() if end else len(text), match.start() + 900)]
        if _IDLE.search(window):
            continue
        line = line_at(text, match.start())
        expiry = expiry or _EXPIRY.search(window) is not None
        spelled = _spelled(window)
        if _CODE.search(spelled):
            code = code or line
        elif (_NUMBER.search(spelled) or _DIGITS.search(window)) and not _is_other(
            text, match.start(), window
        ):
            number = number or line
            bound = bound or _BOUND.search(window) is not None
        elif _BANK.search(_EXAMPLE.sub("", spelled)):
            bank = bank or line
    # A number alone may be a gift card's; with its code or date it is a payment card.
    certain = number and (code or expiry or _DIGITS.search(text) or "cc-number" in text)
    element = _PROVIDER_FIELD.search(text)
    return Fields(
        number if certain else 0,
        code if certain else 0,
        bank,
        _TOKENISED.search(text) is not None,
        line_at(text, element.start()) if element else 0,
        bound,
        bound and _POSTS.search(text) is not None,
    )


def _is_other(text: str, start: int, window: str) -> bool:
    """Whether the field asks for a card that nobody pays with."""
    before = text[max(0, start - _BEFORE) : start]
    form = before[before.rfind("<form") :] if "<form" in before else before
    return _OTHER_CARD.search(window) is not None or _FORM_OF_OTHER.search(form) is not None


def _spelled(window: str) -> str:
    """Names in camel case spelled with underscores, so that one pattern fits all."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", window)


@dataclass(frozen=True, slots=True)
class CardUse:
    """`kind` is `sent` (to the own server), `taken` (by a server from a request) or `logged`."""

    kind: str
    line: int
    name: str


_TAKES = re.compile(
    r"^(?:\w{0,30}\.)?(?:req|request|ctx|event)\.(?:body|json|form|data|POST)\b|\.json$|formData$|get_json$"
)
_SENDS = re.compile(
    r"^(?:fetch|axios(?:\.\w+)?|api\w*(?:\.\w+)*|apiRequest|http(?:\.\w+)*)$|functions\.invoke|\.(?:insert|"
    r"upsert|update|create|save)$"
)
_PROVIDERS = re.compile(
    r"stripe\.com|stripe\.|braintree|square|mercadopago|pagseguro|adyen|checkout\.com|omise|razorpay|paystack",
    re.IGNORECASE,
)


def card_uses(outline: Outline) -> tuple[CardUse, ...]:
    """Where the code itself handles a card number or its code."""
    found: list[CardUse] = []
    for steps in (outline.top, *(function.body for function in outline.functions)):
        for call in calls_within(steps):
            found += _of_call(outline, call)
    for definition in outline.classes:
        names = [name for name, _ in definition.annotations]
        if any(_is_code(name) for name in names) and any(_is_number(name) for name in names):
            found.append(CardUse("taken", definition.span.line, definition.name))
    return tuple(dict.fromkeys(found))


def _of_call(outline: Outline, call: Call) -> Iterator[CardUse]:
    takes = call.assigned if _TAKES.search(call.callee) else ()
    for name in takes:
        if _is_code(name) or _is_number(name):
            yield CardUse("taken", call.span.line, name)
            return
    if is_log(call):
        name = _named_in(call, outline.language)
        if name:
            yield CardUse("logged", call.span.line, name)
    elif _SENDS.search(call.callee) and not _PROVIDERS.search(
        " ".join(value.text[:120] for value in call.args[:1])
    ):
        name = _named_in(call, outline.language)
        if name and not _PROVIDERS.search(call.callee):
            yield CardUse("sent", call.span.line, name)


def _named_in(call: Call, language: str) -> str:
    for value in call.args:
        if value.literal is None:
            name = _card_name(of_value(value, language)) or _card_entry(value)
            if name:
                return name
    return ""


def _card_entry(value: Value) -> str:
    """A key of what is sent, also where it is turned into text first."""
    for key, inner in value.entries:
        if _is_code(key) or _is_number(key):
            return key
        found = _card_entry(inner)
        if found:
            return found
    for call in value.calls:
        for arg in call.args:
            if arg.entries and (found := _card_entry(arg)):
                return found
    return ""


def _card_name(expr: Expr) -> str:
    if isinstance(expr, Record):
        for key, value in expr.entries:
            if _is_code(key) or _is_number(key):
                return key
            found = _card_name(value)
            if found:
                return found
        return ""
    path = plain_path(expr)
    if path:
        last = path.rpartition(".")[2]
        return path if _is_code(last) or _is_number(last) else ""
    return next((found for part in parts(expr) if (found := _card_name(part))), "")


def _is_code(name: str) -> bool:
    return (
        re.fullmatch(r"(?:card_?)?(?:cvv2?|cvc2?)|card_?security_?code", _spelled(name), re.IGNORECASE)
        is not None
    )


def _is_number(name: str) -> bool:
    return (
        re.fullmatch(r"(?:credit_?)?card_?(?:number|num)|cc_?number", _spelled(name), re.IGNORECASE)
        is not None
    )


@dataclass(frozen=True, slots=True)
class CardColumn:
    table: str
    column: str
    path: str
    line: int


_PAYMENT_TABLE = re.compile(
    r"card|payment|billing|checkout|order|wallet|customer|user|profile", re.IGNORECASE
)


def card_columns(schema: SchemaModel) -> tuple[CardColumn, ...]:
    """Columns that hold whole card numbers or their codes."""
    return tuple(item for table in schema.tables.values() for item in _of_table(table))


def _of_table(table: Table) -> Iterator[CardColumn]:
    coded = any(_is_code(column.name) for column in table.columns)
    for column in table.columns:
        if _is_code(column.name) or (
            _is_number(column.name)
            and (coded or _PAYMENT_TABLE.search(table.bare_name))
            and not _OTHER_CARD.search(table.bare_name)
            and not _TOO_SHORT.match(column.type)
        ):
            yield CardColumn(table.bare_name, column.name, column.place.path, column.place.line)
