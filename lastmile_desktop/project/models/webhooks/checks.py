"""The checks a webhook handler makes of its sender: signature verifiers of libraries, comparisons, keyed digests."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.project.code.expression import Expr, plain_path
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.providers import VerifierCall, hook_table, imported_from
from lastmile_desktop.project.models.webhooks.state import VERIFIED, Known, Way

_PROVEN: frozenset[Way] = frozenset({frozenset({VERIFIED})})
_SHARED = re.compile(r"secret|token|key|passw|auth|hash|signature|credential|user", re.IGNORECASE)
_KEPT_SECRET = re.compile(
    r"(?:secret|token|api_?key|hook_?key|signing_?key|passw\w*|key_?hash)$", re.IGNORECASE
)
_BACKGROUND = re.compile(r"(?:waitUntil|setImmediate|queueMicrotask|^after|add_task|unstable_after|defer)$")
_API_KEY = re.compile(r"(?:SECRET_KEY|API_KEY|KEY_SECRET|ACCESS_TOKEN|PUBLISHABLE|ANON_KEY)", re.IGNORECASE)
_NOT_A_SIGNING_KEY = re.compile(
    r"(?:API_?KEY|ACCESS_TOKEN|GITHUB_TOKEN|PUBLISHABLE_KEY|ANON_KEY|KEY_ID|CLIENT_ID|PUBLIC_KEY)$",
    re.IGNORECASE,
)
_SIGNS_WITH_IT = re.compile(r"WEBHOOK|HOOK|SIGN|SECRET|MAILGUN|HMAC", re.IGNORECASE)
_WHO = re.compile(r"(?:user(?:_?name)?|login|e?mail|_id)$", re.IGNORECASE)
_BESIDE_THE_BODY = re.compile(
    r"timestamp|(?:^|-)id$|nonce|-time$|^ts?$|-(?:delivery|event|topic|guid|uuid)$", re.IGNORECASE
)
_MAC_CALLS = re.compile(
    r"(?:createHmac|hmac\.new|hmac\.digest|^hmac|Hmac(?:SHA|Sha|sha)?\d*|HmacSHA\d+|hmac_?sha\d+|subtle\.sign|sha\d+\.hmac)$"
)
_HASH_CALLS = re.compile(
    r"(?:createHash|hashlib\.(?:sha\w+|md5|new)|CryptoJS\.(?:SHA|MD5)\w*|subtle\.digest)$"
)


@dataclass(slots=True)
class Attempted:
    """A check that the handler makes. `problem` is "" when it is right; `proves` whether passing it proves the
    sender. `how` is throws, boolean, field, compare, shared-secret, fetch or unknown."""

    path: str
    line: int
    name: str
    how: str
    problem: str = ""
    proves: bool = True
    tested: bool = False
    order: int = 0
    detail: str = ""
    sync: bool = False
    when_awaited: str | None = None
    place: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What is known of a call's arguments, by place and by name."""

    places: tuple[Known, ...]
    names: tuple[tuple[str, Known], ...]

    def pick(self, wanted: tuple[str, ...]) -> Known | None:
        for key in wanted:
            if key.isdigit() and int(key) < len(self.places):
                return self.places[int(key)]
            for name, value in self.names:
                if name == key:
                    return value
            if not key.isdigit() and len(self.places) == 1 and self.places[0].field(key):
                return self.places[0].field(key)
        return None

    def all(self) -> tuple[Known, ...]:
        return (*self.places, *(value for _, value in self.names))


def verifier_for(callee: str, language: str, module: str) -> VerifierCall | None:
    """The library verifier that this dotted name is; `module` is where its first name is imported from."""
    last = callee.rpartition(".")[2]
    for item in hook_table().verifiers.get(last, ()):
        if item.language and item.language != language:
            continue
        if callee != item.call and not callee.endswith("." + item.call):
            continue
        if item.sources and not imported_from(module, item.sources):
            continue
        return item
    return None


def judge_verifier(item: VerifierCall, given: Arguments, guarded: frozenset[str]) -> tuple[str, bool, str]:
    """(problem, whether it still proves the sender, detail) of a library verifier's arguments."""
    if item.whole_request:
        return "", True, ""
    body = given.pick(item.body) if item.body else None
    signature = given.pick(item.signature) if item.signature else None
    secret = given.pick(item.secret) if item.secret else None
    if secret is not None:
        found = _judge_secret(item, secret, guarded)
        if found[0]:
            return found
    elif item.secret and item.sync_crypto and len(given.places) in (1, 2):
        return "no-secret", True, ""
    key = given.pick(item.key) if item.key else None
    if key is not None and key.has(src.SIGNATURE, *src.BODY) and not key.has(src.SECRET, src.ROW, src.KEPT):
        return "key-from-sender", False, ""
    found_body = _judge_body(body)
    if found_body:
        return found_body, True, ""
    if (
        signature is not None
        and signature.has(src.SECRET, *src.BODY)
        and not signature.has(src.REQUEST, src.SIGNATURE)
    ):
        return "swapped", True, ""
    return "", True, ""


def _judge_secret(item: VerifierCall, secret: Known, guarded: frozenset[str]) -> tuple[str, bool, str]:
    name = setting_name(secret)
    if secret.has(src.SIGNATURE, *src.BODY) and not secret.has(src.SECRET, src.ROW, src.KEPT):
        return "key-from-sender", False, ""
    if secret.has(src.PUBLIC):
        return "public-secret", False, name
    if secret.has(src.CONSTANT) and not secret.has(src.SECRET):
        return "written-secret", True, ""
    if secret.has(src.LITERAL) and not guarded & {name, "*"}:
        return "literal-fallback", True, name
    if secret.has(src.EMPTY) and not guarded & {name, "*"}:
        return "empty-fallback", True, name
    if (
        item.secret_setting
        and name
        and not re.search(item.secret_setting, name, re.IGNORECASE)
        and _API_KEY.search(name)
    ):
        return "wrong-setting", True, name
    return "", True, ""


def _judge_body(body: Known | None) -> str:
    if body is None or src.RAW in body.tags:
        return ""
    if src.REENCODED in body.tags:
        return "reencoded"
    if src.PARSED in body.tags:
        return "parsed"
    if body.has(src.SIGNATURE, src.SECRET, src.UNREAD) or body.tags == frozenset({src.CONSTANT}):
        return "wrong-body"
    return ""


def setting_name(known: Known) -> str:
    return next((tag[8:] for tag in sorted(known.tags) if tag.startswith("setting:")), "")


def mac_of(callee: str, given: Arguments) -> Known | None:
    """A keyed digest, or the object that will make one; its tags say what it covers and what its key is."""
    if _MAC_CALLS.search(callee):
        places = given.places
        if callee.endswith("createHmac"):
            return _mac(src.MAC_BUILDER, data=(), key=places[1:2])
        if callee.endswith("subtle.sign"):
            return _mac(src.MAC, data=places[2:3], key=places[1:2])
        if callee.endswith(("hmac.new", "hmac.digest")):
            named = dict(given.names)
            data = (*places[1:2], *(value for key, value in named.items() if key in ("msg", "message")))
            key = (*places[:1], *(value for name, value in named.items() if name == "key"))
            return _mac(src.MAC_BUILDER, data, key)
        secret = tuple(item for item in places if item.has(src.SECRET))
        data = tuple(item for item in places if not item.has(src.SECRET))
        return _mac(src.MAC, data, secret)
    if _HASH_CALLS.search(callee):
        return _mac(src.MAC_BUILDER, given.places, ())
    return None


def _mac(kind: str, data: tuple[Known, ...], key: tuple[Known, ...]) -> Known:
    tags = {kind}
    tags |= {f"data:{tag}" for item in data for tag in item.tags}
    tags |= {f"key:{tag}" for item in key for tag in item.tags}
    if key:
        tags.add("keyed")
    return Known(frozenset(tags))


def mac_step(base: Known, name: str, given: Arguments) -> Known | None:
    """`.update(data)` and `.digest()` on a digest that is being made."""
    if src.MAC_BUILDER not in base.tags:
        return None
    if name in ("digest", "hexdigest", "hex", "toString"):
        return Known(base.tags - {src.MAC_BUILDER} | {src.MAC})
    added = {f"data:{tag}" for item in given.places for tag in item.tags}
    return Known(base.tags | added)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison shows: `how` "" when it is no check of the sender at all."""

    how: str = ""
    problem: str = ""
    proves: bool = True
    detail: str = ""


def compare(
    left: Known, right: Known, left_expr: Expr, right_expr: Expr, guarded: frozenset[str]
) -> Compared:
    """What it means that these two values are equal."""
    if src.MAC in left.tags or src.MAC in right.tags:
        return _compare_mac(left, right, left_expr, right_expr, guarded)
    if _same(left_expr, right_expr) and (
        left.has(src.SIGNATURE, src.SECRET) or right.has(src.SIGNATURE, src.SECRET)
    ):
        return Compared("compare", "same-value", False)
    for sent, kept in ((left, right), (right, left)):
        if sent.has(src.SIGNATURE) and kept.tags == frozenset({src.CONSTANT}) and _names_a_secret(sent):
            return Compared("shared-secret", "written-secret", True)
        if (
            sent.has(src.REQUEST, *src.BODY, src.SIGNATURE)
            and not sent.has(src.SECRET)
            and kept.has(src.SECRET)
        ):
            if kept.has(*src.BODY, src.SIGNATURE):
                return Compared("compare", "same-value", False)
            sent_expr = left_expr if sent is left else right_expr
            return _shared_secret(sent, kept, guarded, plain_path(sent_expr).rpartition(".")[2])
        kept_expr = right_expr if sent is left else left_expr
        if (
            _is_sent_secret(sent)
            and kept.has(src.ROW, src.KEPT)
            and _KEPT_SECRET.search(plain_path(kept_expr))
        ):
            return Compared("shared-secret")
    return Compared()


def _is_sent_secret(sent: Known) -> bool:
    return sent.has(src.SIGNATURE) and not sent.has(src.SECRET, src.ROW, src.KEPT) and _names_a_secret(sent)


def compares_unread(sent: Known, kept: Known) -> bool:
    """Whether a signature or a secret that was sent is compared with a value whose origin was not followed: what is
    kept for this sender in the database, what a helper answers."""
    if not _is_sent_secret(sent):
        return False
    if kept.has(src.ROW, src.KEPT):
        return True
    return not kept.has(
        src.REQUEST, src.SIGNATURE, src.CONSTANT, src.PUBLIC, src.SECRET, src.EVENT, *src.BODY
    )


def _names_a_secret(sent: Known) -> bool:
    names = [tag[7:] for tag in sent.tags if tag.startswith("header:")]
    return any(re.search(r"secret|token|auth|key|signature|verif-hash", name) for name in names)


def _shared_secret(sent: Known, kept: Known, guarded: frozenset[str], sent_name: str) -> Compared:
    name = setting_name(kept)
    settings = [tag[8:] for tag in kept.tags if tag.startswith("setting:")]
    if settings and all(_WHO.search(item) for item in settings):
        return Compared()
    if not _SHARED.search(name) and not any(
        _SHARED.search(tag) for tag in sent.tags if tag.startswith("header:")
    ):
        return Compared()
    if src.PUBLIC in kept.tags:
        return Compared("shared-secret", "public-secret", False, name)
    if kept.has(src.LITERAL) and not guarded & {name, "*"}:
        return Compared("shared-secret", "literal-fallback", True, name)
    asked = bool(sent_name) and sent_name in guarded
    if kept.has(src.EMPTY) and not asked and not guarded & {name, "*"}:
        return Compared("shared-secret", "empty-fallback", True, name)
    return Compared("shared-secret")


def _compare_mac(
    left: Known, right: Known, left_expr: Expr, right_expr: Expr, guarded: frozenset[str]
) -> Compared:
    mac, other = (left, right) if src.MAC in left.tags else (right, left)
    if src.MAC in other.tags or _same(left_expr, right_expr):
        return Compared("compare", "same-value", False)
    if other.has(src.SECRET) or other.tags == frozenset({src.CONSTANT}):
        return Compared("compare", "not-the-signature", False)
    keyed = "key:secret" in mac.tags or "data:secret" in mac.tags
    setting = next((tag[12:] for tag in sorted(mac.tags) if tag.startswith("key:setting:")), "")
    kept = keyed or mac.has("key:row", "key:kept")
    if not kept and mac.has("key:request", "key:signature", "key:raw", "key:parsed"):
        return Compared("compare", "key-from-sender", False)
    if not keyed and "keyed" not in mac.tags:
        return Compared("compare", "no-key", False)
    if "key:public-setting" in mac.tags:
        return Compared("compare", "public-secret", False, setting)
    if not mac.has("data:raw", "data:parsed", "data:reencoded", "data:request", "data:body", "data:event"):
        if any(tag.startswith("data:") for tag in mac.tags):
            return Compared("compare", "not-the-body", False)
        return Compared("compare")
    if mac.has("data:signature") and not mac.has("data:raw", "data:parsed", "data:reencoded", "data:body"):
        owned = [tag for tag in mac.tags if tag.startswith("data:header:")]
        if owned and all(_is_beside_the_body(tag[12:]) for tag in owned):
            return Compared("compare", "not-the-body", False)
    if setting and _NOT_A_SIGNING_KEY.search(setting) and not _SIGNS_WITH_IT.search(setting):
        return Compared("compare", "wrong-setting", True, setting)
    if mac.has("key:constant") and not keyed:
        return Compared("compare", "written-secret", True)
    if "key:literal-fallback" in mac.tags and not guarded & {setting, "*"}:
        return Compared("compare", "literal-fallback", True, setting)
    if "key:empty-fallback" in mac.tags and not guarded & {setting, "*"}:
        return Compared("compare", "empty-fallback", True, setting)
    if "data:reencoded" in mac.tags and "data:raw" not in mac.tags:
        return Compared("compare", "reencoded", True)
    if "data:parsed" in mac.tags and not mac.has("data:raw", "data:field"):
        return Compared("compare", "parsed", True)
    return Compared("compare")


def _is_beside_the_body(name: str) -> bool:
    """A header that a signature is made with or is, and never what was sent."""
    return (
        "signature" in name or "hmac" in name or "-sig" in name or _BESIDE_THE_BODY.search(name) is not None
    )


def _same(left: Expr, right: Expr) -> bool:
    return left == right


def runs_later(callee: str) -> bool:
    """Whether what is given to this call runs after the answer was sent."""
    return _BACKGROUND.search(callee) is not None


def is_comparison(callee: str) -> bool:
    return callee.rpartition(".")[2] in hook_table().comparisons


def proven() -> frozenset[Way]:
    """The single way on which the sender is proven."""
    return _PROVEN


def refetches(callee: str, given: Arguments) -> bool:
    """Whether a call asks the provider for the object again, by something the request named."""
    table = hook_table()
    by_host = any(
        tag[5:] in table.refetch_hosts for item in given.all() for tag in item.tags if tag.startswith("host:")
    )
    by_name = any(callee == name or callee.endswith("." + name) for name in table.refetches)
    return by_host or (by_name and any(item.has(*src.BODY, src.REQUEST, src.EVENT) for item in given.all()))
