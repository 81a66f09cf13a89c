"""Encryption that does not hold: broken ciphers, modes that show patterns, starting values that never change, keys that
are too short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Call, Outline, Value
from lastmile_desktop.project.models.crypto.uses import Scope, Use, literal_of, number_of

_BROKEN = re.compile(
    r"(?i)^(?:id-aes.*-ecb|des(?:[-_.].*)?|3des|des-?ede.*|tripledes|rc2.*|rc4.*|arc4|arc2|bf(?:-.*)?|blowfish|cast5?(?:-.*)?|"
    r"seed(?:-.*)?|idea(?:-.*)?|xor)$"
)
_STATIC = re.compile(
    r"^(?:b?['\"][^'\"]*['\"](?:\.encode\([^)]*\)|\s*\*\s*\d+)?|Buffer\.alloc\(\s*\d+\s*(?:,\s*0\s*)?\)|bytes\(\d+\)|"
    r"Buffer\.from\(\s*['\"`][^'\"`$]*['\"`](?:\s*,\s*['\"]\w+['\"])?\s*\)|new Uint8Array\((?:\d+|\[[\d\s,x]*\])\)|"
    r"CryptoJS\.enc\.\w+\.parse\(\s*['\"][^'\"]*['\"]\s*\)|new TextEncoder\(\)\.encode\(\s*['\"`][^'\"`$]*['\"`]\s*\))$"
)
_FROM_SETTING = re.compile(
    r"process\.env\.\w*IV\b|process\.env\[['\"]\w*IV['\"]\]|os\.(?:environ|getenv)\W+\w*IV\b"
)
_OLD_PROTOCOL = re.compile(
    r"(?:^|\.)(?:PROTOCOL_(?:SSLv2|SSLv3|TLSv1(?:_1)?)|(?:SSLv2|SSLv3|TLSv1(?:_1)?)_METHOD)$"
)
_OLD_OPTION = re.compile(r"^['\"](?:SSLv2|SSLv3|TLSv1(?:\.1|_1)?)(?:_(?:client_|server_)?method)?['\"]$")
_PYTHON_CIPHERS = frozenset({"DES", "DES3", "ARC4", "ARC2", "Blowfish", "CAST", "XOR"})
_HAZMAT = frozenset({"ARC4", "Blowfish", "TripleDES", "IDEA", "CAST5", "SEED", "RC2"})
_LEAST_BITS = 2048
_LEAST_COST = 10
_LEAST_ITERATIONS = 100_000
_BCRYPT = frozenset({"bcrypt", "bcryptjs", "bcrypt-nodejs", "@node-rs/bcrypt"})


@dataclass(frozen=True, slots=True)
class Weakness:
    """`what` is `broken`, `pattern`, `static-iv`, `static-salt`, `no-iv`, `unsigned`, `short-rsa`, `low-cost`,
    `few-rounds`, `literal-key` or `old-protocol`; `detail` names it."""

    what: str
    detail: str
    line: int
    column: int


def weaknesses(outline: Outline, scope: Scope) -> Iterator[Weakness]:
    """What is wrong with the encryption and key making of one function."""
    modules = {item.module for item in outline.imports}
    python = outline.language == "python"
    local = {name: item.module for item in outline.imports for name, _ in item.names}
    original = {name: imported for item in outline.imports for name, imported in item.names}
    for use in scope.calls():
        found = _python(use, scope, local, original) if python else _script(use, scope, local, modules)
        for what, detail in found:
            span = use.call.span
            yield Weakness(what, detail, span.line, span.column)


def _script(use: Use, scope: Scope, local: dict[str, str], modules: set[str]) -> Iterator[tuple[str, str]]:
    call = use.call
    for link in call.links:
        name, args = link.name or call.root, link.args
        if args is None:
            continue
        if name in ("createCipheriv", "createDecipheriv") and args:
            yield from _node_cipher(args, scope)
        elif name in ("createCipher", "createDecipher") and call.root in (
            "crypto",
            "createCipher",
            "createDecipher",
        ):
            yield "no-iv", name
        elif name in ("scrypt", "scryptSync", "pbkdf2", "pbkdf2Sync") and len(args) > 2:
            if _is_static(args[1], scope):
                yield "static-salt", name
            rounds = number_of(args[2], scope) if name.startswith("pbkdf2") else None
            if rounds is not None and rounds < _LEAST_ITERATIONS:
                yield "few-rounds", f"{rounds:,}"
        elif name in ("deriveKey", "deriveBits", "PBKDF2") and args:
            rounds = _entry_number(args[-1] if name == "PBKDF2" else args[0], "iterations", scope)
            if rounds is not None and rounds < _LEAST_ITERATIONS:
                yield "few-rounds", f"{rounds:,}"
        elif name in ("generateKeyPair", "generateKeyPairSync", "generateKey") and args:
            bits = _entry_number(args[-1], "modulusLength", scope) or _entry_number(
                args[0], "modulusLength", scope
            )
            bits = bits or (_entry_number(args[1], "modulusLength", scope) if len(args) > 1 else None)
            if bits is not None and bits < _LEAST_BITS:
                yield "short-rsa", str(bits)
        elif name == "createHmac" and len(args) > 1 and (literal_of(args[1], scope) or "").strip():
            yield "literal-key", "createHmac"
    yield from _crypto_js(call, scope)
    for link in call.links:
        for arg in link.args or ():
            yield from _old_options(arg)
    if _BCRYPT & modules:
        yield from _bcrypt_cost(call, scope, local)


def _old_options(value: Value) -> Iterator[tuple[str, str]]:
    """`minVersion: "TLSv1"`, `secureProtocol: "SSLv3_method"`."""
    for key in ("minVersion", "maxVersion", "secureProtocol"):
        entry = value.entry(key)
        if entry is not None and _OLD_OPTION.match(entry.text):
            yield "old-protocol", entry.text.strip("'\"")


def _node_cipher(args: tuple[Value, ...], scope: Scope) -> Iterator[tuple[str, str]]:
    algorithm = (literal_of(args[0], scope) or "").lower()
    if _BROKEN.match(algorithm):
        yield "broken", algorithm
    elif algorithm.endswith("-ecb") or algorithm == "aes-ecb":
        yield "pattern", algorithm
    elif len(args) > 2 and (_is_static(args[2], scope) or _FROM_SETTING.search(_text(args[2], scope))):
        yield "static-iv", algorithm or "this cipher"
    elif algorithm.endswith("-cbc"):
        yield "unsigned", algorithm


def _crypto_js(call: Call, scope: Scope) -> Iterator[tuple[str, str]]:
    names = [link.name for link in call.links]
    if call.root != "CryptoJS" or len(names) < 2 or names[1] not in ("encrypt", "decrypt"):
        return
    options = call.args[2] if len(call.args) > 2 else None
    mode = options.entry("mode") if options is not None else None
    iv = options.entry("iv") if options is not None else None
    if names[0] in ("DES", "TripleDES", "RC4", "RC4Drop", "Rabbit", "RabbitLegacy", "Blowfish"):
        yield "broken", names[0]
    elif mode is not None and mode.text.endswith("ECB"):
        yield "pattern", "AES in ECB mode"
    elif iv is not None and _is_static(iv, scope):
        yield "static-iv", "AES"


def _bcrypt_cost(call: Call, scope: Scope, local: dict[str, str]) -> Iterator[tuple[str, str]]:
    if local.get(call.root, "") not in _BCRYPT:
        return
    for link in call.links:
        name, args = link.name or call.root, link.args or ()
        given = (
            args[1:2]
            if name in ("hash", "hashSync")
            else args[:1]
            if name in ("genSalt", "genSaltSync")
            else ()
        )
        cost = number_of(given[0], scope) if given else None
        if cost is not None and cost < _LEAST_COST:
            yield "low-cost", str(cost)


def _python(
    use: Use, scope: Scope, local: dict[str, str], original: dict[str, str]
) -> Iterator[tuple[str, str]]:
    call = use.call
    module = local.get(call.root, "")
    root = original.get(call.root, call.root)
    root = call.root if root == "*" else root
    old = next((arg for arg in call.args if _OLD_PROTOCOL.search(arg.text)), None)
    if old is not None:
        yield "old-protocol", old.text.rpartition(".")[2].removeprefix("PROTOCOL_").removesuffix("_METHOD")
    for link in call.links:
        if link.args is None:
            continue
        if module.startswith(("Crypto.Cipher", "Cryptodome.Cipher")) and link.name == "new":
            yield from _pycrypto(root, link.args, scope)
        elif link.name in _HAZMAT and (
            call.root == "algorithms" or "ciphers" in module or "decrepit" in module
        ):
            yield "broken", link.name
        elif link.name == "ECB" and (call.root == "modes" or "ciphers" in module):
            yield "pattern", "ECB mode"
        elif not link.name and call.root in ("ECB", *_HAZMAT) and "ciphers" in module:
            yield ("pattern", "ECB mode") if call.root == "ECB" else ("broken", call.root)
        elif link.name in ("CBC", "CTR", "GCM", "CFB", "OFB") and call.root == "modes" and link.args:
            if _is_static(link.args[0], scope):
                yield "static-iv", link.name
        else:
            yield from _python_keys(root, link.name or root, link.args, scope)


def _python_keys(root: str, name: str, args: tuple[Value, ...], scope: Scope) -> Iterator[tuple[str, str]]:
    if name == "generate_private_key" or (name == "generate" and root in ("RSA", "DSA")):
        bits = next((number_of(arg, scope) for arg in args if arg.name in ("key_size", "bits")), None)
        numbers = [number_of(arg, scope) for arg in args if not arg.name]
        bits = bits or max((number for number in numbers if number and number != 65_537), default=None)
        if bits is not None and 256 < bits < _LEAST_BITS:
            yield "short-rsa", str(bits)
    elif (name == "pbkdf2_hmac" and len(args) > 3) or name == "PBKDF2HMAC":
        yield from _python_rounds(name, args, scope)
    elif name == "gensalt" and root == "bcrypt":
        cost = number_of(args[0], scope) if args else None
        if cost is not None and cost < _LEAST_COST:
            yield "low-cost", str(cost)
    elif root == "hmac" and name in ("new", "digest") and args and _is_static(args[0], scope):
        yield "literal-key", "hmac.new"


def _pycrypto(cipher: str, args: tuple[Value, ...], scope: Scope) -> Iterator[tuple[str, str]]:
    if cipher in _PYTHON_CIPHERS:
        yield "broken", cipher
        return
    texts = [arg.text for arg in args]
    if any(text.endswith("MODE_ECB") for text in texts):
        yield "pattern", "AES in ECB mode"
        return
    starting = next((arg for arg in args if arg.name.lower() in ("iv", "nonce", "initial_value")), None)
    if starting is None and len(args) > 2 and not args[2].name:
        starting = args[2]
    if starting is not None and _is_static(starting, scope):
        yield "static-iv", "AES"


def _python_rounds(last: str, args: tuple[Value, ...], scope: Scope) -> Iterator[tuple[str, str]]:
    given = next((arg for arg in args if arg.name == "iterations"), None)
    if given is None and last == "pbkdf2_hmac":
        given = args[3]
    rounds = number_of(given, scope) if given is not None else None
    if rounds is not None and rounds < _LEAST_ITERATIONS:
        yield "few-rounds", f"{rounds:,}"
    salt = next((arg for arg in args if arg.name == "salt"), args[2] if last == "pbkdf2_hmac" else None)
    if salt is not None and _is_static(salt, scope):
        yield "static-salt", last or "PBKDF2HMAC"


def _entry_number(value: Value, key: str, scope: Scope) -> int | None:
    entry = value.entry(key)
    return number_of(entry, scope) if entry is not None else None


def _text(value: Value, scope: Scope) -> str:
    known = scope.resolve(value.text)
    return known.text if known is not None else value.text


def _is_static(value: Value, scope: Scope) -> bool:
    """Written in the code, so that it is the same every time."""
    return _STATIC.match(_text(value, scope).strip()) is not None
