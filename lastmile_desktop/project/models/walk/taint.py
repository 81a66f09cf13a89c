"""Where values come from: the request, a credential, a verified caller, the environment, a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntFlag
from functools import lru_cache

from lastmile_desktop.project.models.guards.verifiers import Authority, Symbols, symbols


class Label(IntFlag):
    """`CREDENTIAL` is a header or cookie the caller sent; `CLAIMED` an identity nobody verified; `FAILURE` a value
    that is set when a verifier said no; `VISITOR` what the visitor's own signed session holds; `LEADS` a
    role that every customer has who keeps some account of their own; `WORDED` that a refusal comes as a text;
    `WRAPPED` an object around the caller that is there whoever asks: only its members tell."""

    NONE = 0
    REQUEST = 1
    CREDENTIAL = 2
    IDENTITY = 4
    SECRET = 8
    FAILURE = 16
    CLAIMED = 32
    SERVICE_KEY = 64
    ADMIN = 128
    PASSWORD = 256
    SIGNATURE = 512
    VISITOR = 1024
    LEADS = 2048
    WORDED = 4096
    WRAPPED = 8192


@dataclass(frozen=True, slots=True)
class Passed:
    """What the caller has shown when a helper came back with a good answer: the request values that were tied to
    them, and their role. `label` is IDENTITY when a good answer is something, FAILURE when it is nothing; `likely`
    what only some good answers have tied to them."""

    label: Label
    authorised: frozenset[str]
    admin: Authority
    likely: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Taint:
    """`origins` are the request values it is made of, named as first seen; `rows` the queries it came from;
    `client` the kind of connection it holds (`service`, `user`); `text` what it was assigned, for addresses; `via` the
    check that vouches for it; `alias` the expression it is another name for; `kept` those of its rows that it is made
    of without giving them away (`rows.map((row) => row.id)`); `passed` what a check that gave it has shown."""

    labels: Label = Label.NONE
    origins: frozenset[str] = frozenset()
    rows: frozenset[int] = frozenset()
    client: str = ""
    text: str = ""
    via: str = ""
    alias: str = ""
    kept: frozenset[int] = frozenset()
    passed: Passed | None = None

    def __or__(self, other: Taint) -> Taint:
        if other is CLEAN:
            return self
        if self is CLEAN:
            return other
        return Taint(
            self.labels | other.labels,
            self.origins | other.origins,
            self.rows | other.rows,
            self.client or other.client,
            self.text or other.text,
            self.via or other.via,
            self.alias or other.alias,
            (self.kept | other.kept) - self.shown - other.shown if self.kept or other.kept else self.kept,
            self.passed or other.passed,
        )

    @property
    def opened(self) -> Taint:
        """What a member of it carries."""
        if not self.labels & Label.WRAPPED:
            return self
        return replace(self, labels=self.labels & ~Label.WRAPPED)

    @property
    def shown(self) -> frozenset[int]:
        """The rows that whoever gets this value sees."""
        return self.rows - self.kept


CLEAN = Taint()
COOKIE = "cookie "
_ACCOUNT_KEY = re.compile(
    r"(?:cookie\w{0,20}(?:\(\))?\)?|COOKIES)\s*\??\.?\s*(?:get)?\s*[(\[]\s*['\"]([\w-]{0,40}?"
    r"(?:tenant|org|organi[sz]ation|company|workspace|team|account|store|shop|business|clinic|school)"
    r"[-_]?(?:id|slug|uuid)?)['\"]",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"(?<![\w$.'\"@])([A-Za-z_$][\w$]*)((?:\s*!?\??\.\s*[A-Za-z_$][\w$]*|\??\.?\[['\"][\w-]+['\"]\])*)(\s*\()?"
)
_CAST = re.compile(
    r"\(\s*([\w$.?!]+)\s+as\s+[^()]{1,80}\)|\s+as\s+(?:unknown\s+as\s+)?[A-Za-z_][\w.]*(?:<[^<>]*>)?(?:\[\])*"
)
_MEMBER = re.compile(r"[A-Za-z_$][\w$-]*")
_PLAIN_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_TEMPLATE = re.compile(r"`[^`]*`")
_KEYED = re.compile(
    r"(?:\b(?:c|ctx|context|event)\.(?:get|var)|\bsession(?:\.get)?|\brequest\.session(?:\.get)?|\breq\.session|"
    r"\blocals|\bg\.get|\bflask\.session(?:\.get)?)\s*[(\[]\s*['\"](\w+)['\"]"
)
_ENV_NAME = re.compile(
    r"(?:process\.env|import\.meta\.env|Deno\.env\.get|os\.environ|os\.getenv|getenv|Bun\.env|c\.env|env)\W{0,4}(\w+)"
)
_SERVICE_NAME = re.compile(
    r"service_?role|sb_secret|supabase_?secret|service_?key|secret_?key|admin_?key", re.IGNORECASE
)
_REQUEST = re.compile(
    r"^(?:req|request|ctx\.req|c\.req|ctx\.request|event\.request|self\.request|context\.req|context\.request|r|_req|_request|flask\.request)\."
    r"(?:body|params|query|json|formData|text|nextUrl|url|param|queries|args|form|data|files|get_json|values|query_params|"
    r"path_params|GET|POST|query_string|parseBody|valid|rawBody|file|view_args|queryStringParameters|pathParameters|arrayBuffer|blob)\b"
)
_CREDENTIAL = re.compile(
    r"^(?:req|request|ctx\.req|c\.req|event|ctx\.request|event\.request|self\.request|context\.request|r|_req|_request|flask\.request)\."
    r"(?:headers?|cookies|signedCookies|META|COOKIES|authorization|raw\.headers)\b|^(?:headers|cookies|getCookie|getHeader|getCookies|headersList|cookieStore|getRequestHeader|parseCookies)\b"
)
_OTHER_REQUEST = re.compile(
    r"^(?:searchParams|useSearchParams|readBody|getQuery|getRouterParam|getRouterParams|readValidatedBody|getRequestBody|readMultipartFormData|formData|event\.(?:body|params|url|queryStringParameters|pathParameters))\b"
)
_ENV = re.compile(
    r"^(?:process\.env|import\.meta\.env|Deno\.env|os\.environ|os\.getenv|getenv|Bun\.env|env|settings|config|c\.env|context\.env|app\.config|current_app\.config|ctx\.env|Config|ENV|serverEnv|secrets)\b"
)
_EXPRESS_TYPED = re.compile(r"^(?:\w*[rR]eq\w*)$")


@dataclass(frozen=True, slots=True)
class Path:
    """A dotted expression in a text; `called` when an argument list follows."""

    text: str
    root: str
    called: bool


@lru_cache(maxsize=16384)
def paths_in(text: str) -> tuple[Path, ...]:
    """Every dotted path of an expression, strings left out, template parts kept."""
    if " as " in text:
        text = _CAST.sub(lambda match: match.group(1) or "", text)
    text = text.replace("...", " ")
    inner = _TEMPLATE.sub(lambda match: " ".join(re.findall(r"\$\{([^}]*)\}", match.group(0))), text)
    plain = _PLAIN_STRING.sub(lambda match: match.group(0) if _is_key(inner, match.start()) else "''", inner)
    found: list[Path] = []
    for match in _PATH.finditer(plain):
        root = match.group(1)
        after = plain[match.end() : match.end() + 2].lstrip()
        if (
            after.startswith(":")
            and plain[: match.start()].rstrip()[-1:] in ("{", ",")
            and not match.group(2)
        ):
            continue
        members = _MEMBER.findall(match.group(2))
        found.append(Path(".".join([root, *members]), root, match.group(3) is not None))
    return tuple(found)


def _is_key(text: str, start: int) -> bool:
    return text[max(0, start - 1) : start] == "["


@lru_cache(maxsize=16384)
def ambient(text: str) -> Label:
    """Labels of a dotted path by its own name, without knowing any variable."""
    known: Symbols = symbols()
    labels = Label.NONE
    if known.is_identity(text):
        labels |= Label.IDENTITY
    elif _CREDENTIAL.match(text):
        labels |= Label.CREDENTIAL
    elif _REQUEST.match(text) or _OTHER_REQUEST.match(text):
        labels |= Label.REQUEST
    elif _ENV.match(text):
        labels |= Label.SECRET
        if _SERVICE_NAME.search(text):
            labels |= Label.SERVICE_KEY
    return labels


@lru_cache(maxsize=16384)
def keyed(text: str) -> Label:
    """Labels of values read by key, such as `c.get("user")`, and of named settings."""
    labels = Label.NONE
    for key in _KEYED.findall(text):
        labels |= Label.IDENTITY if key in symbols().identity_keys else Label.VISITOR
    for name in _ENV_NAME.findall(text):
        labels |= Label.SECRET
        if _SERVICE_NAME.search(name):
            labels |= Label.SERVICE_KEY
    return labels


def taint_of(text: str, env: Mapping[str, Taint]) -> Taint:
    """What an expression carries, given what its variables carry."""
    if not text:
        return CLEAN
    result = CLEAN
    for path in paths_in(text):
        known = _lookup(path.text, env)
        if known is not None:
            result |= known
            continue
        labels = ambient(_unaliased(path, env))
        if labels:
            origins = (
                frozenset((path.text,)) if labels & (Label.REQUEST | Label.CREDENTIAL) else frozenset[str]()
            )
            result |= Taint(labels, origins)
    labels = keyed(text)
    result = result | Taint(labels) if labels else result
    return _chosen(text, result) if result.labels & Label.CREDENTIAL else result


def _chosen(text: str, taint: Taint) -> Taint:
    """A cookie or header that names whose data is wanted proves nothing: the browser sets it as it likes."""
    found = _ACCOUNT_KEY.search(text)
    if found is None:
        return taint
    labels = taint.labels & ~Label.CREDENTIAL | Label.REQUEST
    return replace(taint, labels=labels, origins=frozenset((f"{COOKIE}{found.group(1)}",)))


def _unaliased(path: Path, env: Mapping[str, Taint]) -> str:
    """`session.userId` is `req.session.userId` after `const session = req.session`."""
    held = env.get(path.root)
    return held.alias + path.text[len(path.root) :] if held is not None and held.alias else path.text


def _lookup(path: str, env: Mapping[str, Taint]) -> Taint | None:
    """The longest known prefix of a dotted path; members of a request value are request values of their own."""
    prefix, rest = path, ""
    while prefix:
        known = env.get(prefix)
        if known is not None:
            if not rest:
                return known
            if known is CLEAN or not (known.labels or known.rows or known.client or known.passed):
                return None
            known = known.opened
            if known.labels & Label.REQUEST and known.origins:
                return Taint(
                    known.labels,
                    frozenset(origin + rest for origin in known.origins),
                    known.rows,
                    known.client,
                    passed=known.passed,
                )
            return replace(known, text="", via="", alias="") if known.text else known
        prefix, _, last = prefix.rpartition(".")
        rest = f".{last}{rest}"
    return None
