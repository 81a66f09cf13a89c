"""Signed tokens whose signature nobody looks at, or that anybody can sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Call, Outline, Value
from lastmile_desktop.project.models.crypto.uses import Scope, Use

_JWT_MODULES = frozenset(
    {
        "jsonwebtoken",
        "jose",
        "jwt-decode",
        "jwt-simple",
        "jose-jwt",
        "jwt",
        "python_jose",
        "authlib.jose",
        "njwt",
    }
)
_DECODERS = frozenset({"jwtDecode", "jwt_decode", "decodeJwt", "decodeJWT", "unsafeDecode"})
_SPLIT = re.compile(r"\.split\(\s*['\"]\.['\"]\s*\)")
_VERIFIES = frozenset(
    ("verify jwtVerify verifyAsync getUser getClaims verifyIdToken verifyToken verify_token verify_id_token "
     "verify_oauth2_token verifySignature authenticateRequest").split()
)  # fmt: skip
_HARMLESS = re.compile(
    r"(?i)log|trace|telemetry|metric|analytics|rate|limit|debug|expir|refresh|header|kid|cache|timer"
)
_ONLY_TOLD = re.compile(r"(?i)log_context|set_context|set_?user$|bind_contextvars")
_NO_KEY = frozenset({"null", "undefined", "false", "''", '""'})
_NO_SIGNATURE = re.compile(r"['\"]verify_signature['\"]\s*:\s*False")
_NONE = re.compile(r"(?i)['\"]none['\"]")
_ENV_DEFAULT = re.compile(
    r"(?:process\.env(?:\.(\w+)|\[['\"](\w+)['\"]\])|Deno\.env\.get\(\s*['\"](\w+)['\"]\s*\)|import\.meta\.env\.(\w+))!?\s*(?:\|\||\?\?)\s*"
    r"(['\"`])(?P<js>[^'\"`$]{1,200})\5"
    r"|(?:os\.getenv|os\.environ\.get|environ\.get|config|env|env\.str)\(\s*['\"](\w+)['\"]\s*,\s*(?:default\s*=\s*)?(['\"])(?P<py>[^'\"]{1,200})\8"
)
_SECRET_NAME = re.compile(
    r"(?i)(?:jwt|session|auth|token|cookie|signing|app)_?\w{0,12}(?:secret|key)|^secret(?:_?key)?$"
)
_PLACEHOLDER_NONE = re.compile(r"^(?:\s*|RS256|HS256|ES256|none)$")
_PYTHON_ROOTS = frozenset({"jwt", "pyjwt", "jose_jwt"})
_KEY_MAKERS = frozenset({"Buffer.from", "createSecretKey", "crypto.createSecretKey", "JWK.asKey"})
_SIGNERS = frozenset({"sign", "verify", "encode", "decode"})
_SIGNING_MODULES = frozenset({"jsonwebtoken", "jwt-simple", "njwt", "hono/jwt"})
_SECRET_KEYS = {
    "session": ("secret",), "expressSession": ("secret",), "cookieSession": ("secret", "keys"),
    "getIronSession": ("password",), "JwtStrategy": ("secretOrKey",), "JWTStrategy": ("secretOrKey",),
    "Strategy": ("secretOrKey",), "JwtModule": ("secret",), "expressjwt": ("secret",), "expressJwt": ("secret",),
    "NextAuth": ("secret",), "betterAuth": ("secret",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TokenFault:
    """`what` is `unverified`, `none`, `no-algorithms`, `piece` or `weak-secret`; `named` the call,
    the setting or the column."""

    what: str
    line: int
    column: int
    named: str
    secret_from_env: bool = False


def token_faults(outline: Outline, scope: Scope) -> Iterator[TokenFault]:
    """Everything wrong with the tokens of one function."""
    modules = {local: item.module for item in outline.imports for local, _ in item.names}
    python = outline.language == "python"
    uses = tuple(scope.calls())
    names = {link.name or use.call.root for use in uses for link in use.call.links}
    verified = bool(names & _VERIFIES) or any(_ONLY_TOLD.search(name) for name in names)
    for use in uses:
        found = _python(use, scope, modules, verified) if python else _script(use, scope, modules, verified)
        for what in found:
            span = use.call.span
            yield TokenFault(what, span.line, span.column, _plain(use.call))
        yield from _weak_secrets(use, scope, modules, python)
    if not python and not verified and not _HARMLESS.search(scope.function):
        yield from _by_hand(uses)


def _plain(call: Call) -> str:
    return ".".join(part for part in (call.root, *(link.name for link in call.links[:1])) if part)


def _script(use: Use, scope: Scope, modules: dict[str, str], verified: bool) -> Iterator[str]:
    call = use.call
    module = modules.get(call.root, "")
    link = call.links[0] if call.links else None
    if link is None or link.args is None:
        return
    args = link.args
    if (
        not verified
        and not _HARMLESS.search(scope.function)
        and _reads_blindly(call.root, link.name, args, module)
    ):
        yield "unverified"
    if link.name in ("verify", "sign") and module == "jsonwebtoken":
        options = next((arg for arg in args[1:] if arg.entries), None)
        chosen = (options.entry("algorithms") or options.entry("algorithm")) if options is not None else None
        keyless = link.name == "verify" and len(args) > 1 and args[1].text in _NO_KEY
        if keyless or (chosen is not None and _NONE.search(chosen.text)):
            yield "none"
    if link.name == "verify" and any(arg.text.endswith("JWK.None") for arg in args):
        yield "none"
    if link.name == "encode" and module == "jwt-simple" and any(arg.literal == "none" for arg in args):
        yield "none"


def _reads_blindly(root: str, name: str, args: tuple[Value, ...], module: str) -> bool:
    """Whether this call gives the contents of a token without looking at its signature."""
    if name == "decode" and module in ("jsonwebtoken", "jose"):
        return not (len(args) > 1 and "complete" in args[1].text)
    if name == "decode" and module == "jwt-simple":
        return len(args) > 2 and args[2].text not in ("false", "undefined", "null", "''", '""', "0")
    if not name:
        return root in _DECODERS and module in _JWT_MODULES
    return name == "decodeJwt" and module == "jose"


def _python(use: Use, scope: Scope, modules: dict[str, str], verified: bool) -> Iterator[str]:
    call = use.call
    link = next((item for item in call.links if item.args is not None), None)
    ours = (
        modules.get(call.root, "") in ("jwt", "jose", "jose.jwt", "authlib.jose")
        or call.root in _PYTHON_ROOTS
    )
    if link is None or not ours:
        return
    args = link.args or ()
    named = {arg.name: arg for arg in args if arg.name}
    if link.name in ("decode", "decode_complete"):
        options = named.get("options")
        options = (scope.resolve(options.text) or options) if options is not None else None
        blind = options is not None and _NO_SIGNATURE.search(options.text)
        off = "verify" in named and named["verify"].text == "False"
        if (blind or off) and not verified and not _HARMLESS.search(use.function):
            yield "unverified"
            return
        algorithms = named.get("algorithms") or next((arg for arg in args[2:3] if not arg.name), None)
        if algorithms is not None and _NONE.search(algorithms.text):
            yield "none"
        elif (
            algorithms is None
            and modules.get(call.root, "") == "jose"
            and "**" not in named
            and len(args) >= 2
        ):
            yield "no-algorithms"
    elif link.name == "get_unverified_claims" and not verified and not _HARMLESS.search(use.function):
        yield "unverified"
    elif link.name == "encode":
        chosen = named.get("algorithm") or next((arg for arg in args[2:3] if not arg.name), None)
        if chosen is not None and (chosen.text == "None" or _NONE.search(chosen.text)):
            yield "none"


def _by_hand(uses: tuple[Use, ...]) -> Iterator[TokenFault]:
    """`JSON.parse(atob(token.split('.')[1]))`: reading a token is not checking it."""
    for use in uses:
        call = use.call
        if call.root not in ("atob", "Buffer") or not call.links or call.links[0].name not in ("", "from"):
            continue
        text = " ".join(arg.text for link in call.links for arg in link.args or ())
        if _SPLIT.search(text) and re.search(r"\[\s*1\s*\]", text):
            yield TokenFault("unverified", call.span.line, call.span.column, call.root)


def _weak_secrets(use: Use, scope: Scope, modules: dict[str, str], python: bool) -> Iterator[TokenFault]:
    for value in _secrets_of(use.call, modules, python, scope):
        yield from _weak(value, scope, use)


def _secrets_of(call: Call, modules: dict[str, str], python: bool, scope: Scope) -> Iterator[Value]:
    """The arguments that are signing secrets."""
    module = modules.get(call.root, "")
    for link in call.links:
        args = link.args or ()
        name = link.name or call.root
        if python:
            if name in ("encode", "decode") and (call.root in _PYTHON_ROOTS or module == "jose"):
                yield from (
                    arg
                    for index, arg in enumerate(args)
                    if arg.name == "key" or (index == 1 and not arg.name)
                )
        elif name == "jwtVerify" or (name in _SIGNERS and (module in _SIGNING_MODULES or call.root == "JWT")):
            yield from args[1:2]
        elif name == "sign" and call.root == "SignJWT":
            yield from args[:1]
        else:
            maker = "expressjwt" if module == "express-jwt" else call.root if name == "register" else name
            options = (scope.resolve(args[0].text) or args[0]) if args else None
            keys = _SECRET_KEYS.get(maker, ()) if options is not None else ()
            yield from (entry for key in keys if options and (entry := options.entry(key)) is not None)


def _weak(value: Value, scope: Scope, use: Use) -> Iterator[TokenFault]:
    """A secret written in the code, here or where its variable is set, or as what is used when a setting is missing."""
    holder = _inner(value)
    known = scope.resolve(holder.text)
    settled = known if known is not None else holder
    settled = _inner(settled)
    further = scope.resolve(settled.text)
    settled = further if further is not None else settled
    line = settled.span.line if settled.span is not None else use.call.span.line
    name = holder.text if known is not None else _plain(use.call)
    if (
        settled.literal is not None
        and not _PLACEHOLDER_NONE.match(settled.literal)
        and "BEGIN" not in settled.literal
    ):
        yield TokenFault("weak-secret", line, 1, name)
        return
    found = _ENV_DEFAULT.search(settled.text) if len(settled.text) < 300 else None
    if found is not None and (found["js"] or found["py"] or "").strip():
        yield TokenFault("weak-secret", line, 1, name, secret_from_env=True)


def _inner(value: Value) -> Value:
    """What is encoded: `new TextEncoder().encode(secret)`, `Buffer.from(secret)`."""
    for call in value.calls[:1]:
        last = call.links[-1] if call.links else None
        wraps = last is not None and (
            last.name == "encode" or call.callee in ("Buffer.from", "createSecretKey")
        )
        if last is not None and last.args and wraps:
            return last.args[0]
    if value.items and value.text.startswith("["):
        return value.items[0]
    return value


def named_defaults(scope: Scope) -> Iterator[TokenFault]:
    """`JWT_SECRET = os.environ.get("JWT_SECRET", "change-me")`, wherever it is used."""
    if scope.function:
        return
    for name, value in scope.values.items():
        last = name.rpartition(".")[2]
        found = _ENV_DEFAULT.search(value.text) if _SECRET_NAME.search(last) else None
        if found is None or value.span is None or len(value.text) > 300:
            continue
        setting = next((group for group in (found[1], found[2], found[3], found[4], found[7]) if group), "")
        written = (found["js"] or found["py"] or "").strip()
        if _SECRET_NAME.search(setting) and written not in ("", "---"):
            yield TokenFault("weak-secret", value.span.line, 1, last, secret_from_env=True)
