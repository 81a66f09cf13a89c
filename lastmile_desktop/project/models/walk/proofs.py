"""What one comparison proves about the caller: that they were verified, that they are an administrator, that a row
is theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lastmile_desktop.project.models.guards.verifiers import Authority, symbols
from lastmile_desktop.project.models.walk.conditions import NOTHING, Proof
from lastmile_desktop.project.models.walk.taint import Label, Taint

PROVEN = Label.IDENTITY | Label.SIGNATURE | Label.PASSWORD
_EMPTY = re.compile(r"^(?:null|undefined|None|false|False|''|\"\"|0|-1|void 0|nil|\[\]|\{\})$")
_TRUE = re.compile(r"^(?:true|True)$")
_FAILURE_NAME = re.compile(
    r"(?:^|[._])(?:\w*[eE]rr(?:or)?s?|denied|unauthori[sz]ed|forbidden|failed|\w*Redirect|redirect|\w*[rR]esponse|"
    r"isAnonymous|is_anonymous|expired|revoked|unauthenticated|status|code|success_?false)$"
)
_SUCCESS_NAME = re.compile(
    r"(?:^|[._])(?:ok|success|valid|isValid|authenticated|authorized|isAuthenticated)$"
)
_RESPONSE_TYPE = re.compile(r"^(?:Next)?Response\b|Error\b|^Redirect")
_ROLE_TEXT = re.compile(
    r"admin|role|staff|superuser|moderator|permission|owner_?id_?only|is_?super|tier|privilege|entitle|access_?level|"
    r"\bis_?(?:an?_?)?(?:manager|editor|supervisor|coordinator|teacher|instructor|coach|employee)",
    re.IGNORECASE,
)
ADMIN_TEXT = re.compile(
    r"admin|superuser|super_user|staff|moderator|operator|is_?super|internal", re.IGNORECASE
)
_RIGHT = re.compile(r"^[\w.?]{1,60}\.(?:can|may)_?[a-zA-Z]\w{2,40}(?:\(\))?$")
# `["admin", "manager"].includes(role)` lets managers through too.
_ROLES_LISTED = re.compile(r"[\[({]([^\[\](){}]{3,200},[^\[\](){}]{3,200})[\])}]")
_HAS = re.compile(r"\.(?:includes|has|indexOf|some|find|contains|equals|any|exists|every)\s*\(|\bin\b")
_LITERAL = re.compile(r"^(['\"])[^'\"\s]{8,200}\1$")
_SECRET_NAME = re.compile(r"(?:secret|passphrase|password|api_?key)$", re.IGNORECASE)
_SENT_SECRET = re.compile(r"secret|pass|key|token|code|pin\b|signature|hash|credential", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"^!*\s*(?:await\s+)?[\w$.]+(?:\(\w{0,40}\))?$")
_TYPE_OF = re.compile(r"^typeof\b")
_SESSION = re.compile(r"(?:^|\.)session$")
_OPERATORS = ("!==", "===", "!=", "==", ">=", "<=", ">", "<")
_WORDS = re.compile(r"(?:is not|not in|instanceof|is|in)\b")


@dataclass(frozen=True, slots=True)
class Comparison:
    left: str
    operator: str
    right: str


@lru_cache(maxsize=8192)
def comparison(text: str) -> Comparison:
    """The top-level comparison of an atom; operator "" when there is none."""
    depth, quote = 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in "'\"`":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth == 0:
            operator = _operator(text, index)
            if operator:
                return Comparison(text[:index].strip(), operator, text[index + len(operator) :].strip())
    return Comparison(text.strip(), "", "")


def _operator(text: str, index: int) -> str:
    char = text[index]
    if char in "!=<>":
        if char == "=" and text[index + 1 : index + 2] == ">":
            return ""
        if char == ">" and text[index - 1 : index] == "=":
            return ""
        return next((item for item in _OPERATORS if text.startswith(item, index)), "")
    if char in "ini" and index and text[index - 1] == " ":
        word = _WORDS.match(text, index)
        return word.group(0) if word else ""
    return ""


def is_empty(text: str) -> bool:
    return _EMPTY.match(text) is not None


def _swap(proof: Proof) -> Proof:
    return Proof(proof.when_false, proof.when_true)


def _plain(text: str, taint: Taint, proven: bool) -> Proof:
    """What the truth of a value proves, when `proven` values are the good ones."""
    path = text.replace("?.", ".").replace("!", "").strip()
    path = path.removeprefix("await ").strip("()")
    if taint.labels & Label.FAILURE:
        return Proof(False, True)
    if not proven:
        return NOTHING
    if _FAILURE_NAME.search(path) and not _SUCCESS_NAME.search(path):
        return Proof(False, True)
    return Proof(True, False)


def verified(text: str, left: Taint, right: Taint) -> Proof:
    """What an atom proves about the caller being verified. `left` and `right` are the taints of its two sides."""
    parts = comparison(text)
    both = left | right
    if always_there(text, left):
        return NOTHING
    if not parts.operator:
        proven = bool(left.labels & PROVEN) or _listed(text, left)
        return _plain(parts.left, left, proven)
    negative = parts.operator in ("!==", "!=", "is not", "not in")
    if _TYPE_OF.match(parts.left) and left.labels & Label.WORDED and parts.right.strip("'\"") == "string":
        return Proof(True, False) if negative else Proof(False, True)
    if _EMPTY.match(parts.right) or parts.right in ("401", "403"):
        proof = _plain(parts.left, left, bool(left.labels & PROVEN))
        if parts.operator in ("<", "<="):
            return _swap(proof)
        return proof if negative or parts.operator in (">", ">=") else _swap(proof)
    if parts.operator in ("<", "<=") and parts.right == "1":
        return _swap(_plain(parts.left, left, bool(left.labels & PROVEN)))
    if _TRUE.match(parts.right):
        proof = _plain(parts.left, left, bool(left.labels & PROVEN))
        return _swap(proof) if negative else proof
    if parts.operator == "instanceof":
        return Proof(False, True) if _RESPONSE_TYPE.search(parts.right) and left.labels & PROVEN else NOTHING
    if parts.operator in ("in", "not in") and _SESSION.search(parts.right):
        known = parts.left.strip("'\"") in symbols().identity_keys
        return Proof(known and not negative, known and negative)
    if parts.operator == "in" and parts.left[:1] in "'\"" and right.labels & PROVEN:
        return Proof(False, True) if _FAILURE_NAME.search(parts.left.strip("'\"")) else Proof(True, False)
    if parts.operator in (">", ">=", "<", "<="):
        return NOTHING
    if both.labels & PROVEN or _secret_compared(parts, left, right) or _literal_secret(parts, left):
        return Proof(False, True) if negative else Proof(True, False)
    return NOTHING


def always_there(text: str, left: Taint) -> bool:
    """`if (!session)` where `session` is `{ session, user }`, which is something whoever asks."""
    parts = comparison(text)
    looks = not parts.operator or _EMPTY.match(parts.right)
    return bool(left.labels & Label.WRAPPED and looks and _PLAIN_NAME.match(parts.left))


def _secret_compared(parts: Comparison, left: Taint, right: Taint) -> bool:
    """A value that was sent is held against a secret. One that is looked up in what the settings lead to, such as a
    list of countries in a file, is only known there."""
    looked_up = parts.operator in ("in", "not in") and not _SENT_SECRET.search(parts.left)
    given = Label.CREDENTIAL if looked_up else Label.CREDENTIAL | Label.REQUEST
    return any(
        one.labels & Label.SECRET and other.labels & given and not other.labels & Label.SECRET
        for one, other in ((left, right), (right, left))
    )


def _literal_secret(parts: Comparison, left: Taint) -> bool:
    """`adminSecret !== "update-2025"`: a shared secret all the same. That it stands in the code is another fault."""
    given = left.labels & (Label.REQUEST | Label.CREDENTIAL)
    return bool(given and _LITERAL.match(parts.right) and _SECRET_NAME.search(parts.left))


def _listed(text: str, taint: Taint) -> bool:
    """A credential looked up in a list of secrets."""
    return bool(taint.labels & Label.SECRET and taint.labels & Label.CREDENTIAL and _HAS.search(text))


def is_secret_check(left: Taint, right: Taint) -> bool:
    """Whether the proof rests on a shared secret alone."""
    return not (left.labels | right.labels) & PROVEN


def about_role(text: str, taint: Taint) -> bool:
    """Whether an atom looks at the role of a caller who is known."""
    known = taint.labels & (Label.IDENTITY | Label.ADMIN)
    return bool(known) and bool(_ROLE_TEXT.search(text) or taint.labels & Label.ADMIN)


def administrator(text: str, taint: Taint) -> Proof:
    """What an atom proves about the caller's role."""
    if taint.labels & Label.LEADS or not about_role(text, taint):
        return NOTHING
    parts = comparison(text)
    if parts.operator in ("!==", "!=", "not in", "is not"):
        return Proof(True, False) if _EMPTY.match(parts.right) else Proof(False, True)
    if parts.operator in ("===", "==", "in", "is"):
        return Proof(False, True) if _EMPTY.match(parts.right) else Proof(True, False)
    return Proof(True, False) if not parts.operator else NOTHING


def has_right(text: str, taint: Taint) -> Proof:
    """`user.can_view_all`: a right of the caller's that makes up for not being the owner."""
    own = taint.labels & Label.IDENTITY and not taint.labels & Label.REQUEST and not taint.rows
    return Proof(True, False) if own and _RIGHT.match(text) else NOTHING


def authority_in(text: str, taint: Taint) -> Authority:
    """How much the role that an atom is about may see."""
    if taint.labels & Label.ADMIN:
        return Authority.ADMIN
    listed = _ROLES_LISTED.search(text)
    roles = [item for item in listed.group(1).split(",") if item.strip()] if listed else [text]
    return Authority.ADMIN if all(ADMIN_TEXT.search(item) for item in roles) else Authority.ROLE


def theirs(text: str, left: Taint, right: Taint, checked: bool) -> Proof:
    """What an atom proves about rows or request values being the caller's. `checked` says that the value comes from
    a query on the caller's own rows, such as a membership."""
    parts = comparison(text)
    negative = parts.operator in ("!==", "!=", "not in", "is not")
    if not parts.operator:
        caller = left.labels & Label.IDENTITY
        if checked or (caller and (left.rows or left.labels & Label.REQUEST) and ("(" in text)):
            return _plain(text, Taint(), True)
        return NOTHING
    if _EMPTY.match(parts.right) or parts.right == "1":
        inner = theirs(parts.left, left, Taint(), checked)
        return inner if negative or parts.operator in (">", ">=") else _swap(inner)
    if parts.operator in (">", ">=", "<", "<="):
        return NOTHING
    if _TRUE.match(parts.right):
        inner = theirs(parts.left, left, Taint(), checked)
        return _swap(inner) if negative else inner
    for mine, other in ((left, right), (right, left)):
        if mine.labels & Label.IDENTITY and (other.rows or other.labels & Label.REQUEST):
            return Proof(False, True) if negative else Proof(True, False)
    if checked:
        return Proof(False, True) if negative else Proof(True, False)
    return NOTHING
