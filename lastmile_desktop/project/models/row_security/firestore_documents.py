"""What code keeps in the documents of a Firestore collection, and rules that let people write all of their own one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.row_security.firebase_rules import Asks, Permission, read_rules
from lastmile_desktop.project.models.usage.product_code import product_paths
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_MENTION = re.compile(
    r"\b(?:doc|collection)\s*\(\s*(?:[\w.]{1,60}(?:\(\))?\s*,\s*)?['\"`](?P<name>\w{2,60})(?:/\$\{[^}'\"`]{1,60}\})?['\"`]"
)
# A write and what it writes: `updateDoc(doc(db, "users", id), { balance: … })`, `.update({ "plan.name": … })`.
_WRITTEN = re.compile(r"^(?P<between>[^;{]{0,200})\{(?P<body>[^;]{0,900})", re.DOTALL)
# A collection inside a document is another one than that of the same name at the top.
_DEEPER = re.compile(r"['\"`]\w|\bcollection\(")
_POWER = re.compile(
    r"(?:^|[\s{,'\"])(?P<field>balance|availableBalance|pendingBalance|walletBalance|credits?|roles?|isAdmin|isVerified|verified"
    r"|isApproved|approved|plan|tier|isPremium|premium|subscription(?:Status|Tier|Plan)?|stripe(?:Account|Customer|Subscription)Id"
    r"|points|earnings|quota)(?:\.\w{1,40})?['\"]?\s*:"
)
_CONTACT = re.compile(
    r"(?:^|[\s{,'\"])(?P<field>email|phone|phoneNumber|password|balance|stripeAccountId)['\"]?\s*:"
)
_SIGNED_UP = re.compile(
    r"\bcreateUserWithEmailAndPassword\s*\(\s*[\w.()]{1,60}\s*,\s*(?P<form>\w{1,40})\.\w{1,40}\s*,\s*(?P=form)\.password\b"
)
_TAKEN_OUT = re.compile(r"\bpassword\s*:\s*(?:undefined|null|deleteField)|\bdelete\s+\w{1,40}\.password\b")
_RULES = re.compile(r"(?:^|/)[\w.-]*(?:firestore|firebase)[\w.-]*\.rules$|(?:^|/)firestore\.rules$")
_OTHERS = frozenset({PathKind.TEST, PathKind.EXAMPLE, PathKind.DOC, PathKind.AGENT})
_TOP = re.compile(r"/documents/\w{1,60}/\{\w{1,60}\}$")
_REACH = 700
_CHANGES = frozenset({"write", "update"})


@dataclass(frozen=True, slots=True)
class Kept:
    """Fields of this collection's documents that some code writes."""

    collection: str
    powers: frozenset[str]
    contacts: frozenset[str]


@dataclass(frozen=True, slots=True)
class OwnDocument:
    """A permission by which people write their own document, which has fields such as these: all of it when
    `permission.is_own`."""

    path: str
    permission: Permission
    fields: tuple[str, ...]


def documents(text: str) -> tuple[Kept, ...]:
    """What this file writes into which collections."""
    if "irestore" not in text and "collection(" not in text:
        return ()
    powers: dict[str, set[str]] = {}
    contacts: dict[str, set[str]] = {}
    taken_out = _TAKEN_OUT.search(text) is not None
    forms = frozenset[str]() if taken_out else {match["form"] for match in _SIGNED_UP.finditer(text)}
    for match in _MENTION.finditer(text[:400_000]):
        written = _WRITTEN.match(text[match.end() : match.end() + _REACH])
        if written is None or _DEEPER.search(written["between"]) or _is_within(text, match.start()):
            continue
        if not re.search(r"\b(?:set|update|add)\w{0,5}\s*\(", _around(text, match)):
            continue
        name, body = match["name"], written["body"]
        powers.setdefault(name, set()).update(item["field"] for item in _POWER.finditer(body))
        contacts.setdefault(name, set()).update(item["field"] for item in _CONTACT.finditer(body))
        if any(re.search(rf"\.\.\.{re.escape(form)}\b", body) for form in forms):
            contacts[name] |= {"email", "password"}
    return tuple(
        Kept(name, frozenset(powers[name]), frozenset(contacts[name]))
        for name in powers
        if powers[name] or contacts[name]
    )


def _is_within(text: str, at: int) -> bool:
    """Whether this collection is one of a document: `…doc(id).collection("members")`."""
    return re.search(r"\bdoc\([^()]{0,80}\)\s*\.\s*$", text[max(0, at - 100) : at]) is not None


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 30) : match.end() + 200]


def kept_in(view: ProjectView) -> dict[str, Kept]:
    """What the project's code keeps in each collection."""
    found: dict[str, Kept] = {}
    for path in product_paths(view):
        for item in view.per_file("firestore.documents", path, documents, ()):
            known = found.get(item.collection, item)
            found[item.collection] = Kept(
                item.collection, known.powers | item.powers, known.contacts | item.contacts
            )
    return found


def own_documents(view: ProjectView) -> tuple[OwnDocument, ...]:
    """One for each collection whose owners may write fields that decide what they have or may do, and each rule that
    says which fields they may write."""
    paths = [path for path in view.tree.files if _RULES.search(path) and path_kind(path) not in _OTHERS]
    kept = kept_in(view) if paths else {}
    found: dict[tuple[str, str], OwnDocument] = {}
    for path in paths:
        rules = view.per_file("firebase.rules", path, read_rules, ())
        # What may be changed at any time weighs more than what may be said once, at the start.
        for item in sorted(rules, key=lambda rule: (not rule.is_own, not _CHANGES & set(rule.verbs))):
            fields = kept[item.collection].powers if item.collection in kept else frozenset[str]()
            if (
                _TOP.search(item.path)
                and item.asks is Asks.IDENTITY
                and item.writes
                and item.verbs != ("delete",)
                and fields
            ):
                found.setdefault((path, item.path), OwnDocument(path, item, tuple(sorted(fields))))
    return tuple(found.values())
