"""Where a value inside a webhook handler comes from: the request, its body, a setting, a literal."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.expression import Expr, Invocation, Joined, Literal, Several, dotted
from lastmile_desktop.project.models.webhooks.state import UNKNOWN, Known, of_tags

REQUEST = "request"
SIGNATURE = "signature"
RAW = "raw"
PARSED = "parsed"
REENCODED = "reencoded"
FIELD = "field"
BODY_OBJECT = "body"
UNREAD = "unread"
SECRET = "secret"  # noqa: S105  a tag, not a value
EMPTY = "empty-fallback"
LITERAL = "literal-fallback"
PUBLIC = "public-setting"
EVENT = "event"
FETCHED = "fetched"
ROW = "row"
KEPT = "kept"
SUM = "sum"
MAC = "mac"
MAC_BUILDER = "mac-builder"
CONSTANT = "constant"
BODY = (RAW, PARSED, REENCODED)

_ENV = re.compile(
    r"^(?:globalThis\.)?(?:process\.env|import\.meta\.env|Bun\.env|os\.environ|environ|\w*ctx\.env|c\.env|context\.env|"
    r"context\.cloudflare\.env|platform\.env|platform\?\.env)\.(?P<name>\w+)$"
)
_SETTINGS = re.compile(
    r"^(?:\w+\.)*(?:settings|config|env|cfg|conf|secrets|configuration|ENV|CONFIG|environment|serverEnv|envVars)\.(?:\w+\.)*(?P<name>\w+)$"
)
_ENV_CALL = frozenset(
    {
        *(
            "Deno.env.get",
            "os.getenv",
            "getenv",
            "os.environ.get",
            "environ.get",
            "env",
            "config",
            "getEnv",
            "get_env",
        ),
        *(
            "getEnvVar",
            "requireEnv",
            "require_env",
            "env.get",
            "env.str",
            "config.get",
            "configService.get",
            "env.string",
        ),
        *(
            "app.config.get",
            "current_app.config.get",
            "settings.get",
            "getRequiredEnv",
            "configService.getOrThrow",
        ),
        *(
            "this.configService.get",
            "this.config.get",
            "Netlify.env.get",
            "useRuntimeConfig",
            "defineSecret",
            "getSecret",
        ),
        *(
            "get_settings",
            "getConfig",
            "get_config",
            "getattr",
            "process.env.get",
            "mustEnv",
            "getEnvOrThrow",
        ),
    }
)
_PUBLIC_SETTING = re.compile(r"^(?:NEXT_PUBLIC_|VITE_|PUBLIC_|NUXT_PUBLIC_|REACT_APP_|EXPO_PUBLIC_|GATSBY_)")
_SECRET_NAME = re.compile(
    r"(?:secret|signing|whsec|hmac_?key|webhook_?(?:key|token)|api_?key|secret_?key|access_?token|auth_?token|"
    r"verify_?token|private_?key|public_?key|shared_?key)$",
    re.IGNORECASE,
)
_REQUEST_NAMES = frozenset({"req", "request", "_req", "_request"})
_RAW_CALLS = frozenset(
    {"text", "arrayBuffer", "blob", "bytes", "buffer", "get_data", "body", "stream", "read"}
)
_PARSED_CALLS = frozenset({"json", "formData", "form", "get_json", "parseBody", "valid"})
_RAW_READERS = re.compile(
    r"^(?:get_?raw_?body|raw_?body|read_?raw_?body|buffer|text|read_?body_?(?:raw|text)|micro)$", re.I
)
_PARSED_READERS = re.compile(r"^(?:read_?body|parse_?body|get_?body|read_?json|parse_?json)$", re.I)
_TRANSPARENT = frozenset({"clone", "raw", "req", "request", "event"})
_HEADER_CALLS = frozenset({"get", "header", "getHeader", "headers"})
_URL = re.compile(r"https?://([\w.-]+)")


def setting(name: str) -> Known:
    """A value that the environment gives."""
    tags = [SECRET, f"setting:{name}"]
    if _PUBLIC_SETTING.match(name):
        tags.append(PUBLIC)
    return of_tags(*tags)


def setting_of_path(path: str) -> Known | None:
    """`process.env.X`, `settings.X`, `os.environ["X"]`: a setting; None for any other chain of names."""
    found = _ENV.match(path)
    if found:
        return setting(found["name"])
    found = _SETTINGS.match(path)
    if found and (found["name"].isupper() or _SECRET_NAME.search(found["name"])):
        return setting(found["name"])
    return None


def setting_of_call(call: Invocation) -> Known | None:
    """`Deno.env.get("X")`, `os.getenv("X", "")`: a setting, with what stands in for it."""
    name = dotted(call.callee)
    if name not in _ENV_CALL and not name.endswith(
        (".env.get", ".config.get", "configService.get", ".getOrThrow")
    ):
        return None
    literals = [arg for arg in call.args if isinstance(arg, Literal) and isinstance(arg.value, str)]
    if name == "getattr":
        literals = literals[:1]
    if not literals:
        return None
    known = setting(str(literals[0].value))
    fallback: Expr | None = call.args[1] if len(call.args) > 1 else None
    for key, value in call.keywords:
        fallback = value if key == "default" else fallback
    if name.endswith(("getEnvVar", "requireEnv", "require_env", "getRequiredEnv", "OrThrow")):
        fallback = None
    return with_fallback(known, fallback)


def with_fallback(known: Known, fallback: Expr | None) -> Known:
    """A setting with the literal that is used when it is missing."""
    if isinstance(fallback, Literal) and isinstance(fallback.value, str):
        return known.tagged(LITERAL if fallback.value.strip() else EMPTY)
    return known


def looks_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def is_request_name(name: str) -> bool:
    return name in _REQUEST_NAMES


def literal(value: Literal | Joined) -> Known:
    """A literal; addresses in it are kept, because calls are judged by them."""
    text = value.text if isinstance(value, Joined) else value.value
    tags = [CONSTANT] if isinstance(value, Literal) else []
    if isinstance(text, str):
        tags += [f"host:{host}" for host in _URL.findall(text)]
        if "verify-webhook-signature" in text:
            tags.append("asks-provider")
    return of_tags(*tags)


def request_member(base: Known, name: str, language: str, body: str) -> Known | None:
    """A member of the request object; None when nothing is known of it."""
    if REQUEST not in base.tags or SIGNATURE in base.tags:
        return None
    if name in ("rawBody", "raw_body", "bodyRaw"):
        return of_tags(RAW)
    if name == "body":
        return of_tags(RAW) if language == "python" or body == "raw" else _body(body)
    if name == "data":
        return of_tags(PARSED if body == "drf" else RAW) if language == "python" else _body(body)
    if name in ("json", "form", "POST", "payload"):
        return of_tags(PARSED)
    return None


def _body(kind: str) -> Known:
    return of_tags(
        {"raw": RAW, "parsed": PARSED, "consumed": PARSED, "absent": UNREAD}.get(kind, BODY_OBJECT)
    )


def request_call(
    callee: str, base: Known, args: tuple[Known, ...], call: Invocation, body: str
) -> Known | None:
    """A call that reads the request: its body as bytes or parsed, a header. `consumed` bodies were parsed before."""
    name = callee.rpartition(".")[2]
    if REQUEST in base.tags and SIGNATURE not in base.tags:
        if name in _RAW_CALLS:
            return of_tags(RAW)
        if name in _PARSED_CALLS:
            return of_tags(PARSED)
        if name in _TRANSPARENT:
            return base
        if name in _HEADER_CALLS:
            return _header(call)
    takes_request = any(REQUEST in arg.tags and SIGNATURE not in arg.tags for arg in args)
    if takes_request and _RAW_READERS.match(name):
        return of_tags(PARSED if body == "consumed" else RAW)
    if takes_request and _PARSED_READERS.match(name):
        return of_tags(PARSED)
    if takes_request and name in ("getHeader", "getRequestHeader"):
        return _header(call)
    if callee in ("headers", "getHeaders", "getRequestHeaders"):
        return of_tags(REQUEST)
    if callee == "Buffer.concat" and not any(arg.has(MAC, SECRET) for arg in args) and not _made(call):
        return of_tags(RAW)
    return None


def _made(call: Invocation) -> bool:
    """Whether the parts are computed in place, as a cipher does, and no chunks of the request."""
    first = call.args[0] if call.args else None
    return isinstance(first, Several) and any(isinstance(part, Invocation) for part in first.parts)


def _header(call: Invocation) -> Known:
    names = [arg.value for arg in call.args if isinstance(arg, Literal) and isinstance(arg.value, str)]
    return header(str(names[0])) if names else of_tags(REQUEST, SIGNATURE)


def header(name: str) -> Known:
    """The value of a request header, query parameter or the like."""
    return of_tags(REQUEST, SIGNATURE, f"header:{name.lower().removeprefix('http_').replace('_', '-')}")


def place_of(tags: frozenset[str]) -> tuple[str, int]:
    """Where the literal that stands in for a setting is written; ("", 0) when it is not known."""
    for tag in sorted(tags):
        kind, found, place = tag.partition("at:")
        if found and kind in ("", "key:", "data:"):
            path, _, line = place.rpartition(":")
            return path, int(line)
    return "", 0


def derived(tags: frozenset[str]) -> Known:
    """A value computed from others by code that is not known."""
    kept = tags - {CONSTANT, "next"}
    return Known(kept) if kept else UNKNOWN
