"""Secret values that have no provider's shape and are known by the name they are given: `JWT_SECRET = "…"`,
`DB_PASSWORD=…`, `process.env.SESSION_SECRET || "…"`, `**Password:** …` in notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.core.redact import entropy
from lastmile_desktop.project.secret_values import is_placeholder, is_reference, looks_random

_MOST = 20_000


class Place(StrEnum):
    """How the value stands there."""

    ASSIGNED = "assigned"
    SETTING = "setting"
    FALLBACK = "fallback"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class NamedSecret:
    """`name` is the variable or key; `start:end` the value in the text. `password` when a person chose it;
    `random` when a generator did; `typed` when runs of signs show that somebody made it up."""

    name: str
    place: Place
    start: int
    end: int
    password: bool
    random: bool
    typed: bool = False


_SECRET_PART = re.compile(
    r"(?i)secret|passw(?:or)?d|passphrase|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key"
    r"|encryption[_-]?key|signing[_-]?key|llm[_-]?key|service[_-]?role|master[_-]?key|credential|(?:smtp|db|admin|user|test|_)_?pass\b"
)
_NOT_SECRET_NAME = re.compile(
    r"(?i)public|publishable|anon|csrf|xsrf|tokeniz|secret_?arn|design|colou?r|prompt|reset|expir|regex|confirm"
    r"|(?:ids?|names?|type|ur[li]s?|path|field|label|hint|errors?|text|title|length|min|max|pattern|rules?|ttl|count"
    r"|limit|header|prefix|suffix|param|version|scopes?|endpoint|placeholder|algorithm|cookie|storage|schema|key_?path"
    r"|validator|message|required|format|strength|token_?key|tokens|used|rounds|issuer|audience|address|mint|symbol"
    r"|hash(?:ed)?|status|provider|description|file|class|component|icon|page|route|action|event|mode|password_?encryption)$"
)
_KEY_NAME = re.compile(
    r"(?i)^key$|(?:app|default|hex|dict|jwt|hmac|aes|session|licen[cs]e|shared|deploy|admin|openai|anthropic|claude|gemini|groq|mistral|cohere"
    r"|stripe|sendgrid|mailgun|mailchimp|resend|postmark|twilio|algolia|datadog|heroku|snyk|hubspot|airtable|asana|notion|linear|github|gitlab"
    r"|slack|discord|telegram|linkedin|twitter|facebook|dropbox|aws|azure|cloudflare|digitalocean|fastly|new_?relic|sentry|pinecone|weaviate"
    r"|deepgram|eleven_?labs|replicate|hugging_?face|perplexity|together|openrouter|serp|serp_?api|tavily|finnhub|alpha_?vantage|polygon"
    r"|etherscan|infura|alchemy|moralis|weather|rapid_?api|shippo|easypost|plaid|square|paypal|razorpay|paystack|flutterwave|typeform|zendesk"
    r"|intercom|artifactory|jfrog|postman|okta|auth0|contentful|bugsnag|rollbar|pagerduty|opsgenie|travis|circleci|codecov|sonar|hockeyapp)"
    r"[._-]?key$"
)
_PASSWORD_NAME = re.compile(r"(?i)passw(?:or)?d|passphrase|pwd|_pass$|pass$")
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_WORDS = ("secret", "passw", "passphrase", "token", "service_role", "servicerole", "credential", "_pass")
_KEYS = tuple(
    word + join
    for word in ("api", "access", "private", "auth", "encryption", "signing", "master", "llm")
    for join in ("_", "-", "")
)
_NAME_TAIL = re.compile(r"[A-Za-z0-9_.-]{0,40}")
_NAME_HEAD = re.compile(r"[A-Za-z0-9_.-]{0,60}\Z")
_ASSIGNMENT = re.compile(
    r"\\{0,3}[\"'`\]]{0,2}(?:\[\d{0,5}\])?(?:\sstring)?\s{0,3}"
    r"(?::\s{0,2}[A-Za-z]{1,12}\s{0,2}=|=>|:{1,3}=|[?.+]=|\|\|=|\?\?=|[=!]==?|[=:,(])\s{0,3}(?:@|[bru](?=[\"']))?"
    r"(?P<quote>\\{0,3}[\"'`])(?P<value>[^\"'`\s]{6,500})(?P=quote)"
)
_SETTING = re.compile(
    r"[ \t]{0,3}(?::{0,3}=|[?+]=|:)[ \t]{0,3}(?P<quote>[\"']?)(?P<value>[^\"'\s#\\][^\"'\s\\]{5,500})(?P=quote)"
    r"(?:[ \t;,]{0,40}(?:#[^\n]{0,400})?$|\\[nr]|[ \t]{1,3}(?:&&|\|\||\\$))",
    re.MULTILINE,
)
_SETTING_LEAD = re.compile(
    r"(?:^|\n|\\n|[\"'])[ \t]{0,20}(?:(?:RUN[ \t]{1,3})?(?:export|ENV|ARG|set|setx|SET)[ \t]{1,3}|\$env:)?\Z"
    r"|(?:^|\n)[ \t]{0,20}[-#;/]{0,2}[ \t]{0,3}\Z|[ \t](?:-e|--env|--build-arg|--set|secrets[ \t]set)[ =]{1,3}[\"']?\Z"
)
_FALLBACK = re.compile(
    r"(?:process\.env|import\.meta\.env|Bun\.env)(?:\.|\[\s{0,2}[\"'`])(?P<name>[A-Z][A-Z0-9_]{2,80})(?:[\"'`]\s{0,2}\])?!?\s{0,20}"
    r"(?:\|\||\?\?)\s{0,20}(?P<quote>[\"'`])(?P<value>[^\"'`\n]{1,500})(?P=quote)"
    r"|(?:Deno\.env\.get\(\s{0,2}[\"'`])(?P<name2>[A-Z][A-Z0-9_]{2,80})[\"'`]\s{0,2}\)\s{0,20}(?:\|\||\?\?)\s{0,20}"
    r"(?P<quote2>[\"'`])(?P<value2>[^\"'`\n]{1,500})(?P=quote2)"
    r"|(?:os\.getenv|os\.environ\.get|environ\.get|getenv|config|env(?:\.str)?)\(\s{0,20}[\"'](?P<name3>[A-Z][A-Z0-9_]{2,80})[\"']\s{0,3},"
    r"\s{0,20}(?:default\s{0,2}=\s{0,2})?(?P<quote3>[\"'])(?P<value3>[^\"'\n]{1,500})(?P=quote3)"
)
# A sentence of a writing without spaces looks like one long word: Thai, Japanese, Chinese, Korean.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_PROSE = re.compile(
    r"(?i)(?:password|passwort|contraseña|senha|mot de passe)[*_`\s]{0,6}[:=|][*_\s|]{0,8}`?"
    r"(?P<value>[^\s`|*\"'<>()\[\]{},]{6,80})"
)


SIGNING_NAME = re.compile(
    r"(?i)(?:jwt|session|cookie|auth|nextauth|better_auth|secret_key|secret_key_base|app_secret|encryption|signing"
    r"|hmac|cron|webhook|internal|admin)_?(?:secret|key|token|password|salt)|^secret(?:_key)?$|password$|_secret$"
)
"""Names whose value signs or opens something of the project's own: whoever knows it can pretend to be anyone."""


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds something private."""
    return bool(_SECRET_PART.search(name)) and not _NOT_SECRET_NAME.search(name)


def is_key_name(name: str) -> bool:
    """Whether a variable of this name holds some service's key, private or made for the browser."""
    return _KEY_NAME.search(name) is not None


def is_password_name(name: str) -> bool:
    return bool(_PASSWORD_NAME.search(name))


def find_fallbacks(text: str) -> tuple[NamedSecret, ...]:
    """Literal defaults beside the read of a secret setting, whatever they look like but empty."""
    if "env" not in text and "config(" not in text:
        return ()
    found: list[NamedSecret] = []
    for match in _bounded(_FALLBACK, text):
        group = "" if match["name"] else "2" if match["name2"] else "3"
        name, value = match["name" + group], match["value" + group]
        if is_secret_name(name) and not is_reference(value) and "://" not in value:
            found.append(_named(name, Place.FALLBACK, match, "value" + group))
    return tuple(found)


def find_assigned(text: str) -> tuple[NamedSecret, ...]:
    """Quoted values of key-like names in code and JSON."""
    return tuple(_after_names(text, _ASSIGNMENT, Place.ASSIGNED))


def find_settings(text: str) -> tuple[NamedSecret, ...]:
    """Values of key-like names in files of settings: `.env`, YAML, TOML, INI, Dockerfiles."""
    return tuple(_after_names(text, _SETTING, Place.SETTING))


def find_in_prose(text: str) -> tuple[NamedSecret, ...]:
    """Passwords written down in notes, such as `**Password:** Emerald7731`."""
    return tuple(
        _named("password", Place.PROSE, match, "value")
        for match in _bounded(_PROSE, text)
        if is_chosen_password(match["value"]) and not is_placeholder(match["value"])
    )


def _after_names(text: str, follows: re.Pattern[str], place: Place) -> Iterator[NamedSecret]:
    reached = 0
    for part in _parts_of_names(text):
        if part < reached:
            continue
        tail = _NAME_TAIL.match(text, part)
        match = follows.match(text, tail.end() if tail else part)
        if tail is None or match is None:
            continue
        head = _NAME_HEAD.search(text[max(0, part - 60) : part])
        start, end = part - (len(head[0]) if head else 0), tail.end()
        name = text[start:end]
        if place is Place.SETTING and not _SETTING_LEAD.search(text[max(0, start - 40) : start]):
            continue
        reached = match.end()
        if _is_value(name, match["value"]):
            yield _named(name, place, match, "value")


def _parts_of_names(text: str) -> Iterator[int]:
    """Where a word begins that makes a name a secret's, in order. Plain searches: a pattern is ten times slower."""
    low = text.translate(_LOWER)
    found: list[int] = []
    for word in _WORDS:
        position = low.find(word)
        while position >= 0 and len(found) < _MOST:
            found.append(position)
            position = low.find(word, position + len(word))
    position = low.find("key")
    while position >= 0 and len(found) < _MOST:
        before = text[max(0, position - 11) : position]
        if low[position - len(before) : position].endswith(_KEYS) or _ends_a_name(
            text, position, before[-1:]
        ):
            found.append(position)
        position = low.find("key", position + 3)
    return iter(sorted(found))


def _ends_a_name(text: str, position: int, before: str) -> bool:
    """Whether the word `key` at this place ends a name: `APP_KEY`, `hubspotKey`, `"key"`."""
    begins = before in _BEFORE_KEY or (text[position] == "K" and before.islower())
    return begins and not text[position + 3 : position + 4].isalnum()


_BEFORE_KEY = ("_", "-", '"', "'")


def _bounded(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for count, match in enumerate(pattern.finditer(text)):
        if count >= _MOST:
            return
        yield match


def _named(name: str, place: Place, match: re.Match[str], group: str) -> NamedSecret:
    value = match[group]
    return NamedSecret(
        name=name.rsplit(".", 1)[-1],
        place=place,
        start=match.start(group),
        end=match.end(group),
        password=is_password_name(name) or place is Place.PROSE,
        random=looks_random(value) and len(value) >= 16,
    )


def _is_value(name: str, value: str) -> bool:
    """Whether this is somebody's real value: random-looking, or a chosen password under a password's name."""
    if "://" in value or is_reference(value) or is_placeholder(value) or is_code(value):
        return False
    if not is_secret_name(name):
        return is_key_name(name) and _is_generated(name, value)
    if _bare(name) in _bare(value) or _REST_OF_ADDRESS.search(value) or _UNSPACED.search(value):
        return False
    if is_password_name(name) and is_chosen_password(value):
        return True
    if _UUID.fullmatch(value):
        return _UUID_NAME.search(name) is not None
    return len(value) >= 16 and looks_random(value)


def _is_generated(name: str, value: str) -> bool:
    """Whether this is a long random value: nothing else tells a secret from the key of a list."""
    digits = sum(char.isdigit() for char in value)
    mixed = value != value.lower() and value != value.upper()
    least = 20 if mixed else 32 if _HEX.fullmatch(value) else 28
    if len(name) <= _BARE:
        least = 30 if mixed else 400
    return len(value) >= least and digits >= 3 and value.isalnum() and looks_random(value)


_BARE = len("key")
_HEX = re.compile(r"[0-9a-fA-F]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# An id in this form is a key only where its name says so plainly.
_UUID_NAME = re.compile(
    r"(?i)(?:api|secret|access|auth|private)_?(?:key|token)$|client_?secret$|_secret$|^[A-Z]{3,20}_(?:TOKEN|KEY)$"
)


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def is_chosen_password(value: str) -> bool:
    """Letters with digits, of eight characters or more, or with signs as well; not a word, a path or code."""
    if not 6 <= len(value) <= 100 or is_code(value):
        return False
    letters, digits = any(c.isalpha() for c in value), any(c.isdigit() for c in value)
    return letters and digits and (len(value) >= 8 or not value.isalnum())


_REST_OF_ADDRESS = re.compile(r"@[\w-]{1,80}\.[\w.-]{2,200}")
_CODE = re.compile(
    r"^(?:https?|wss?|file|data|mailto|tel|app|res|android|ios)[:/]|^[./~@#]|[A-Za-z]\(|=>|^\w+(?:\.\w+)+$|[/\\]\w+[/\\]|::|&&|\|\||^var\(|^--"
    r"|^[a-z]+(?:[A-Z][a-z]+)+\d{0,2}$|^[a-z0-9]+(?:[-_][a-z]{2,}){2,}\d?$|^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|^\d{4}-\d{2}-\d{2}"
    r"|^v?\d+(?:\.\d+)+"
)


def is_code(value: str) -> bool:
    """Whether this is a name, path, version, address or expression rather than a value to keep private."""
    return bool(_CODE.search(value)) and not _is_base64(value) and not _is_dotted_token(value)


def _is_dotted_token(value: str) -> bool:
    """Whether the dots in it are those of a token, not of a member expression."""
    return len(value) >= 40 and any(len(part) >= 20 and looks_random(part) for part in value.split("."))


def _is_base64(value: str) -> bool:
    """Whether the slashes in it are those of an encoding, not of a path."""
    digits = sum(char.isdigit() for char in value)
    mixed = value != value.lower() and value != value.upper()
    return (
        len(value) >= 38
        and (digits >= 4 or (digits > 0 and len(value) == _AWS_SECRET and entropy(value) >= 4.4))
        and mixed
        and _BASE64.fullmatch(value) is not None
        and looks_random(value)
    )


_AWS_SECRET = 40
_BASE64 = re.compile(r"[A-Za-z0-9+/]{38,500}={0,2}")
