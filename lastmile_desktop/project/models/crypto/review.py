"""What one file does with secrets: where it hashes, makes, encrypts, compares, and what of that does not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lastmile_desktop.project.code.outline import Call, Do, Outline, Step, Value, calls_within
from lastmile_desktop.project.models.crypto.ciphers import Weakness, weaknesses
from lastmile_desktop.project.models.crypto.compare import (
    Comparison,
    OpenConnection,
    comparisons,
    open_connections,
)
from lastmile_desktop.project.models.crypto.hashes import Hashing, hashings
from lastmile_desktop.project.models.crypto.meaning import (
    is_password,
    is_prescribed,
    names_password_hash,
    weight_of_hash,
)
from lastmile_desktop.project.models.crypto.tokens import Guessable, guessables
from lastmile_desktop.project.models.crypto.uses import Scope, scopes
from lastmile_desktop.project.models.inputs.link_following import only_follows_links

_SLOW = re.compile(r"(?i)bcrypt|argon2|scrypt|pbkdf2|PBKDF2")
_SOUND_CALLS = {
    "randomUUID": "random bytes of the system", "randomBytes": "random bytes of the system",
    "getRandomValues": "random bytes of the system", "randomInt": "random numbers of the system",
    "token_urlsafe": "Python's secrets", "token_hex": "Python's secrets", "token_bytes": "Python's secrets",
    "timingSafeEqual": "compares in constant time", "compare_digest": "compares in constant time",
    "constant_time_compare": "compares in constant time", "generate_password_hash": "a password hash made for it",
    "check_password_hash": "a password hash made for it", "make_password": "a password hash made for it",
    "set_password": "a password hash made for it", "check_password": "a password hash made for it",
    "nanoid": "random bytes of the system", "customAlphabet": "random bytes of the system",
}  # fmt: skip
_SOUND_ROOTS = {
    "bcrypt": "bcrypt", "bcryptjs": "bcrypt", "argon2": "argon2", "pwd_context": "a password hash made for it",
    "secrets": "Python's secrets",
}  # fmt: skip
_SOUND_LINKS = frozenset(
    {"hash", "hashSync", "compare", "compareSync", "verify", "hashpw", "checkpw", "choice"}
)
_OLD_HASHERS = re.compile(r"(?:Unsalted)?(?:MD5|SHA1)PasswordHasher")
_OLD_METHOD = re.compile(r"^(?:plain|md5|sha1|sha256|sha512)$")
_OLD_SCHEMES = re.compile(r"['\"](?:plaintext|hex_\w+|md5_crypt|des_crypt|ldap_md5|apr_md5_crypt)['\"]")


@dataclass(frozen=True, slots=True)
class PasswordHash:
    line: int
    column: int
    algorithm: str
    function: str


@dataclass(frozen=True, slots=True)
class WeakHash:
    """`certain` when the names around say that it protects something."""

    line: int
    column: int
    algorithm: str
    function: str
    named: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Sound:
    line: int
    note: str


@dataclass(frozen=True, slots=True)
class FileCrypto:
    """Everything a file does of that kind. `sound` are the places that use a recognised construction."""

    passwords: tuple[PasswordHash, ...] = ()
    hashes: tuple[WeakHash, ...] = ()
    tokens: tuple[Guessable, ...] = ()
    ciphers: tuple[Weakness, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    connections: tuple[OpenConnection, ...] = ()
    sound: tuple[Sound, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == FileCrypto()


# Plain words: looking for each in turn is ten times faster than one expression with all of them.
_WORTH = (
    "set_missing_host_key_policy",
    "PROTOCOL_",
    "_METHOD",
    *(
        "createHash",
        "createHmac",
        "createCipher",
        "createDecipher",
        "crypto",
        "Crypto",
        "md5",
        "MD5",
        "sha1",
        "sha256",
    ),
    *(
        "sha512",
        "hashlib",
        "hmac",
        "hazmat",
        "Math.random",
        "import random",
        "from random",
        "np.random",
        "uuid1",
    ),
    *(
        "uuid",
        "bcrypt",
        "argon2",
        "scrypt",
        "pbkdf2",
        "PBKDF2",
        "generateKey",
        "nanoid",
        "secrets",
        "compare_digest",
    ),
    *(
        "_password",
        "PASSWORD_HASHERS",
        "CryptContext",
        "rejectUnauthorized",
        "strictSSL",
        "TLS_REJECT",
        "unverified",
    ),
    *("CERT_NONE", "=False", "= False"),
)
_CLOCKS = ("Date.now()", "time.time", "new Date(", ".now(")
_KEPT = re.compile(r"(?i)(?:token|otp|secret|password|api_?key)\w{0,20}\s{0,3}[:=]")


def review_text(outline: Outline, text: str) -> FileCrypto:
    """All of one file, which is read only when its text names anything of the kind."""
    worth = any(word in text for word in _WORTH) or (
        any(word in text for word in _CLOCKS) and _KEPT.search(text)
    )
    found = review(outline) if worth else FileCrypto()
    if found.connections and only_follows_links(text):
        return replace(found, connections=tuple(map(_public, found.connections)))
    return found


def _public(item: OpenConnection) -> OpenConnection:
    """What holds for the whole process holds for its secrets too."""
    return item if item.what == "NODE_TLS_REJECT_UNAUTHORIZED" else replace(item, public=True)


def review(outline: Outline) -> FileCrypto:
    """All of one file. Pure: the same outline gives the same answer."""
    passwords: list[PasswordHash] = []
    hashes: list[WeakHash] = []
    tokens: list[Guessable] = []
    ciphers: list[Weakness] = []
    compared: list[Comparison] = []
    connections: list[OpenConnection] = []
    sound: list[Sound] = []
    for scope in scopes(outline):
        slow = bool(scope.function) and any(_SLOW.search(call.call.callee) for call in scope.calls())
        for hashing in hashings(outline, scope):
            found = _hash(hashing, outline.path, slow, _kept_as(hashing, scope), scope)
            if isinstance(found, PasswordHash):
                passwords.append(found)
            elif found is not None:
                hashes.append(found)
        passwords.extend(_old_hashers(scope))
        tokens.extend(
            found
            for found in guessables(outline, scope, outline.path)
            # What a function's name alone says was said already by an earlier line of it.
            if not found.by_function or not any(found.function == token.function for token in tokens)
        )
        ciphers.extend(weaknesses(outline, scope))
        compared.extend(comparisons(scope))
        connections.extend(open_connections(outline, scope))
        sound.extend(_sound(scope))
    guessed = {token.line for token in tokens}
    return FileCrypto(
        tuple(passwords),
        tuple(item for item in hashes if item.line not in guessed),
        tuple(tokens),
        tuple(_signed(ciphers, outline)),
        tuple(dict.fromkeys(compared)),
        tuple(dict.fromkeys(connections)),
        tuple(dict.fromkeys(sound)),
    )


def _hash(
    hashing: Hashing, path: str, slow: bool, kept_as: tuple[str, ...], scope: Scope
) -> PasswordHash | WeakHash | None:
    use = hashing.use
    span = use.call.span
    names = (*use.names, *kept_as, use.function)
    prescribed = is_prescribed(f"{path} {' '.join(names)} {hashing.given}")
    if is_password(hashing.given) or (not hashing.keyed and any(names_password_hash(name) for name in names)):
        if hashing.keyed or slow or prescribed or _is_digest_of_other(names):
            return None
        return PasswordHash(span.line, span.column, hashing.algorithm, use.function)
    if not hashing.is_weak or prescribed or (hashing.keyed and hashing.algorithm != "md5"):
        return None
    given = tuple(re.findall(r"[A-Za-z_]\w{2,40}", hashing.given)[:4])
    stem = path.rpartition("/")[2].partition(".")[0]
    weight = "protects" if hashing.keyed else weight_of_hash(names, given, bool(use.function))
    if weight in ("unknown", "unclear") and use.function and not _speaks_of_passwords(scope):
        return None
    if weight == "unknown" and weight_of_hash((stem, use.function), (), False) == "checksum":
        return None
    if weight == "checksum":
        return None
    named = next((name for name in names if name), "")
    return WeakHash(span.line, span.column, hashing.algorithm, use.function, named, weight == "protects")


def _kept_as(hashing: Hashing, scope: Scope) -> tuple[str, ...]:
    """The calls that are handed the finished hash: `user.setPassword(digest)`."""
    names = {target.rpartition(":")[2] for target in hashing.use.call.assigned}
    step = hashing.use.step
    names |= {target for target in step.targets if "." not in target} if isinstance(step, Do) else set()
    if not names:
        return ()
    found = (
        link.name or use.call.root
        for use in scope.calls()
        for link in use.call.links
        for arg in link.args or ()
        if arg.text.partition(".")[0] in names and len(arg.text) < 60
    )
    return tuple(name for name in dict.fromkeys(found) if is_password(name))


def _speaks_of_passwords(scope: Scope) -> bool:
    """Whether a hash that nothing names is used beside passwords: written to their file, given to their store. Without
    it a hash is as likely the key of a cache or of a limit."""
    return any(
        is_password(arg.text[:300])
        for use in scope.calls()
        for link in use.call.links
        for arg in link.args or ()
    )


def _is_digest_of_other(names: tuple[str, ...]) -> bool:
    return any(re.search(r"(?i)pwned|hibp|breach|cache|leak", name) for name in names)


def _old_hashers(scope: Scope) -> Iterator[PasswordHash]:
    """Settings that choose an old way of keeping passwords."""
    for step, _ in scope.steps:
        value = getattr(step, "value", None)
        if not isinstance(value, Value) or "PASSWORD_HASHERS" not in getattr(step, "targets", ()):
            continue
        first = value.items[0] if value.items else value
        if _OLD_HASHERS.search(first.text[:200]):
            yield PasswordHash(step.span.line, step.span.column, "md5 or sha1", "PASSWORD_HASHERS")
    for use in scope.calls():
        found = _old_method(use.call)
        if found:
            yield PasswordHash(use.line, use.call.span.column, found, use.function)


def _old_method(call: Call) -> str:
    name = call.links[-1].name or call.root if call.links else ""
    if name == "generate_password_hash":
        method = next((arg for arg in call.args if arg.name == "method"), None)
        return method.literal if method and method.literal and _OLD_METHOD.match(method.literal) else ""
    if name == "make_password":
        hasher = next((arg for arg in call.args if arg.name == "hasher"), None)
        return hasher.literal if hasher and hasher.literal in ("md5", "sha1", "unsalted_md5") else ""
    if name == "CryptContext":
        schemes = next((arg for arg in call.args if arg.name == "schemes"), None)
        old = _OLD_SCHEMES.search(schemes.text.partition(",")[0]) if schemes else None
        return old[0].strip("'\"") if old else ""
    return ""


def _signed(ciphers: list[Weakness], outline: Outline) -> Iterator[Weakness]:
    """CBC is held by an HMAC in the same file; what encrypts and decrypts with the same fault is one fault."""
    calls = {name for item in outline.functions for name in _call_names(item.body)}
    calls |= _call_names(outline.top)
    seen: set[tuple[str, str]] = set()
    for item in ciphers:
        key = (item.what, item.detail)
        if item.what == "unsigned" and ("createHmac" in calls or key in seen):
            continue
        seen.add(key)
        yield item


def _call_names(steps: tuple[Step, ...]) -> set[str]:
    return {link.name or call.root for call in calls_within(steps) for link in call.links}


def _sound(scope: Scope) -> Iterator[Sound]:
    for use in scope.calls():
        call = use.call
        for link in call.links:
            name = link.name or call.root
            if link.args is not None and name in _SOUND_CALLS:
                yield Sound(call.span.line, f"{name}: {_SOUND_CALLS[name]}")
            elif link.args is not None and call.root in _SOUND_ROOTS and name in _SOUND_LINKS:
                yield Sound(call.span.line, f"{call.root}.{name}: {_SOUND_ROOTS[call.root]}")
