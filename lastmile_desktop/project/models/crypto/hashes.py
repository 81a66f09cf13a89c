"""Which algorithm a call hashes with, and what it hashes, in Node, browsers and Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Call, Link, Outline, Value
from lastmile_desktop.project.models.crypto.uses import Scope, Use, imported_as, literal_of

_WEAK = frozenset({"md2", "md4", "md5", "sha", "sha1", "ripemd160", "rmd160"})
_FAST = frozenset(
    {"sha224", "sha256", "sha384", "sha512", "sha3256", "sha3512", "blake2b", "blake2s", "blake3"}
)
_PACKAGES = {
    "md5": "md5", "blueimp-md5": "md5", "js-md5": "md5", "spark-md5": "md5", "ts-md5": "md5", "sha1": "sha1",
    "js-sha1": "sha1", "sha256": "sha256", "js-sha256": "sha256", "js-sha512": "sha512", "fast-sha256": "sha256",
    "crypto-js/md5": "md5", "crypto-js/sha1": "sha1", "crypto-js/sha256": "sha256", "crypto-js/sha512": "sha512",
}  # fmt: skip
_NOBLE = re.compile(r"^@noble/hashes/(?:sha\d*|legacy|sha2)(?:\.js)?$")
_NAME = re.compile(r"(?i)^(?:_|hash_?)?(md5|sha1|sha256|sha512)(?:_?(?:hash|hex|digest|sync|sum|async))?$")
_PYCRYPTO = {"MD2": "md2", "MD4": "md4", "MD5": "md5", "SHA": "sha1", "SHA1": "sha1", "SHA256": "sha256"}
_CUT = re.compile(r"[-_]")


@dataclass(frozen=True, slots=True)
class Hashing:
    """`given` is the source text of all that goes in. `keyed` for an HMAC."""

    use: Use
    algorithm: str
    given: str
    keyed: bool = False

    @property
    def is_weak(self) -> bool:
        return self.algorithm in _WEAK

    @property
    def is_fast(self) -> bool:
        return self.algorithm in _FAST


def hashings(outline: Outline, scope: Scope) -> Iterator[Hashing]:
    """Every hash that this function (or file) computes."""
    python = outline.language == "python"
    packages = {
        local: _PACKAGES[item.module]
        for item in outline.imports
        if item.module in _PACKAGES
        for local, _ in item.names
    }
    noble = {
        local: imported
        for item in outline.imports
        if _NOBLE.match(item.module)
        for local, imported in item.names
    }
    names = _PythonNames.of(outline) if python else None
    uses = tuple(scope.calls())
    for use in uses:
        found = names.hash_of(use, scope) if names else _script_hash(use.call, scope, packages | noble)
        if found is None:
            continue
        algorithm, given, keyed = found
        algorithm = _CUT.sub("", algorithm.lower()).removeprefix("rsa")
        if algorithm in _WEAK | _FAST:
            yield Hashing(use, algorithm, given + _updated(use, uses, scope), keyed)


def _script_hash(call: Call, scope: Scope, local: dict[str, str]) -> tuple[str, str, bool] | None:
    for index, link in enumerate(call.links):
        name = link.name or call.root
        if link.args is None:
            continue
        if name in ("createHash", "createHmac") and link.args:
            algorithm = literal_of(link.args[0], scope)
            fed = " ".join(_texts(item) for item in call.links[index + 1 :] if item.name == "update")
            key = link.args[1].text if name == "createHmac" and len(link.args) > 1 else ""
            return (algorithm, f"{fed} {key}", name == "createHmac") if algorithm else None
        if name == "digest" and index and call.links[index - 1].name == "subtle" and len(link.args) > 1:
            asked = link.args[0].entry("name") or link.args[0]
            algorithm = literal_of(asked, scope)
            return (algorithm, _resolved(link.args[1], scope), False) if algorithm else None
        if call.root in ("CryptoJS", "forge", "Crypto") and name in ("MD5", "SHA1", "SHA256", "SHA512"):
            return name, _texts(link), False
    first = call.links[0] if call.links else None
    if first is None or first.name or not first.args:
        return None
    named = _NAME.match(call.root)
    algorithm = local.get(call.root, "") or (named[1] if named else "")
    return (algorithm, _texts(first), False) if algorithm and not call.is_new else None


def _texts(link: Link) -> str:
    return " ".join(arg.text for arg in link.args or ())


def _resolved(value: Value, scope: Scope) -> str:
    """The text of an argument, with what its variable was made from."""
    known = scope.resolve(value.text)
    return f"{value.text} {known.text if known else ''}"


def _updated(use: Use, uses: tuple[Use, ...], scope: Scope) -> str:
    """What `h.update(x)` feeds into a hash kept in a variable, and what the arguments were made from."""
    fed = [
        arg
        for name in use.call.assigned
        for other in uses
        if other.call.root == name
        for arg in other.call.args_of("update")
    ]
    fed += [arg for link in use.call.links for arg in link.args or ()]
    return "".join(f" {_resolved(arg, scope)}" for arg in fed)


@dataclass(frozen=True, slots=True)
class _PythonNames:
    hashlib: frozenset[str]
    functions: dict[str, str]
    pycrypto: dict[str, str]
    hazmat: frozenset[str]

    @staticmethod
    def of(outline: Outline) -> _PythonNames:
        modules = frozenset(
            local
            for item in outline.imports
            if item.module == "hashlib"
            for local, name in item.names
            if name == "*"
        )
        pycrypto = imported_as(outline, frozenset({"Crypto.Hash", "Cryptodome.Hash"}))
        pycrypto |= {
            local: item.module.rpartition(".")[2]
            for item in outline.imports
            if item.module.startswith(("Crypto.Hash.", "Cryptodome.Hash."))
            for local, _ in item.names
        }
        hazmat = frozenset(
            local
            for local, name in imported_as(outline, frozenset({"cryptography.hazmat.primitives"})).items()
            if name == "hashes"
        )
        return _PythonNames(modules, imported_as(outline, frozenset({"hashlib"})), pycrypto, hazmat)

    def hash_of(self, use: Use, scope: Scope) -> tuple[str, str, bool] | None:
        call = use.call
        first = call.links[0] if call.links else None
        if first is None or first.args is None:
            return None
        given = _texts(first)
        if any(arg.name == "usedforsecurity" and arg.text == "False" for arg in first.args):
            return None
        if call.root in self.hashlib and first.name:
            return self._library(first.name, first, given, scope)
        if not first.name and call.root in self.functions and self.functions[call.root] != "*":
            return self._library(self.functions[call.root], first, given, scope)
        if first.name in ("MD5", "SHA1") and call.root in self.hazmat:
            return first.name, given, False
        if first.name == "new" and call.root in self.pycrypto:
            return _PYCRYPTO.get(self.pycrypto[call.root].upper(), ""), given, False
        named = _NAME.match(call.root) if not first.name and first.args else None
        return (named[1], given, False) if named else None

    @staticmethod
    def _library(name: str, link: Link, given: str, scope: Scope) -> tuple[str, str, bool] | None:
        if name != "new":
            return name, given, False
        args = link.args or ()
        asked = next(
            (arg for arg in args if arg.name == "name"), args[0] if args and not args[0].name else None
        )
        algorithm = literal_of(asked, scope) if asked is not None else None
        return (algorithm, given, False) if algorithm else None
