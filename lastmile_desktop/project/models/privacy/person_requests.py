"""Ways for a person to get or delete what is held about them, as code offers them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at, line_of
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class Found:
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Requests:
    """`deletes` are places that delete an account, `promises` those that only speak of it, `exports` those that
    hand out a person's data, `removes` what is taken away outside the database (`storage`, `payments`, `auth`),
    `soft` where an account is only marked as deleted, `staff` where an administrator deletes an account."""

    deletes: tuple[Found, ...] = ()
    promises: tuple[Found, ...] = ()
    exports: tuple[Found, ...] = ()
    soft: tuple[Found, ...] = ()
    removes: frozenset[str] = frozenset()
    updates: bool = False
    staff: tuple[Found, ...] = ()


_SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".py", ".sql", ".vue", ".svelte")
# Patterns that ignore case cost much: those below are held against the lowered text, and only where these words stand.
_OF_ACCOUNT = ("account", "user", "profile", "_me", "-me", "me(", "self", "anonymi")
_REMOVAL = ("delet", "remov", "erase", "close", "destroy", "purge", "anonymi")
_COPIES = re.compile(
    r"(?:export|download)[_-]?(?:my|all|user|account|personal|own|me\b)|(?:data|user|account)[/_-]export|"
    r"export[/_-](?:user|me|my)|takeout|subject_?access|gdpr|data_?export|my-?data"
)
_CHANGES = re.compile(
    r"update|upsert|(?:change|set|edit)_?(?:email|name|username)|(?:profile|account)[/_-]edit|profileform|editprofile"
)
_DELETE = re.compile(
    r"(?:\b|_)(?:delete|remove|erase|close|destroy|purge|anonymi[sz]e)_?-?(?:my_?-?|own_?-?|user_?-?|"
    r"current_?-?)*(?:account|profile_and_data|user_?data|me|self)\b|"
    r"\b(?:account|user|profile)[/_-](?:delete|deletion|remove|erase|close)\b|\berase_user\b|"
    r"\.user\.delete\(\)|"
    r"request\.user\.delete\(|current_user\.delete\(|account_?-?deletion|"
    r"deleteaccount(?!provider|link|token|type|key|group|member)|delete_current_user"
)
_DOES = re.compile(
    r"fetch\(|axios|\.rpc\(|\.invoke\(|\.delete\(|deleteUser\(|delete_user\(|\.mutate|mutateAsync|"
    r"apiRequest|db\.|session\.|supabase|prisma|delete\s+from|await\s|@(?:app|router|bp|\w+_bp)\.(?:delete|"
    r"post|route)|router\.(?:delete|post)|app\.(?:delete|post)",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"delete (?:my |your )?account[^\n]{0,200}?(?:coming soon|not (?:yet )?(?:implemented|available)|"
    r"contact support|TODO)|(?:coming soon|not (?:yet )?(?:implemented|available)|"
    r"TODO)[^\n]{0,160}?delete (?:my |your )?account",
    re.IGNORECASE | re.DOTALL,
)
_PROMISE_NEAR = re.compile(
    r"(?:deleteAccount|DeleteAccount|delete account|excluir conta|supprimer (?:mon|le) compte)", re.IGNORECASE
)
_EMPTY = re.compile(
    r"coming soon|not (?:yet )?(?:implemented|available)|em breve|bient[oô]t|TODO|would be|in a real app|"
    r"can contact support|"
    r"please contact support|"
    r"simulat",
    re.IGNORECASE,
)
_EXPORT = re.compile(
    r"\b(?:export|download)_?-?(?:my_?-?|all_?-?|user_?-?|account_?-?|personal_?-?|own_?-?)+(?:data|info|"
    r"information|account)\b|\b(?:data|account|user)[/_-]export\b|"
    r"\bexport[/_-](?:user|me|my-?data|account)\b|\bexport_user\b|\btakeout\b|\bsubject_?access\b|"
    r"\bgdpr[/_-]?export\b|\w{0,20}data_?export\w{0,20}\(|\bmy-?data\b|\bdownloadmydata\b"
)
_HANDS_OUT = re.compile(
    r"\.from\(|\.select\(|findMany|findUnique|\.query\(|fetch\(|res\.(?:json|send|attachment)|new Blob|"
    r"download|zip|JsonResponse|session\.execute|apiRequest|stream",
)
_SOFT = re.compile(
    r"(?:deleted_at|deletedAt|is_deleted|isDeleted|deletion_requested\w*|"
    r"status)[\"']?\s*[:=]\s*(?:new Date|now\(|datetime|timezone|true|True|[\"'](?:deleted|inactive|"
    r"deactivated)[\"'])"
)
_PROFILE_UPDATE = re.compile(
    r"from\([\"'](?:profiles|users|user_profiles|accounts)[\"']\)\s*\.(?:update|upsert)\(|"
    r"auth\.updateuser\(|user\.update\(|(?:change|set|edit)_?(?:email|name|username)|update_?-?(?:profile|"
    r"user|me|account)\b|(?:profile|"
    r"account)[/_-](?:update|edit)\b|update\(\s*users\s*\)|updateview|profileform|editprofile"
)
_REMOVES = {
    "storage": re.compile(
        r"(?:delete|remove|destroy|purge|cleanup|clean_up|unlink|prune)_?\w{0,20}(?:files?|images?|photos?|"
        r"uploads?|avatars?|objects?|"
        r"assets?|media|storage|blobs?|attachments?)\w{0,12}\(|"
        r"\.storage\b[^;]{0,200}\.remove\(|delete_?[oO]bject|DeleteObject|storage\.objects|\.remove_object|"
        r"default_storage\.delete|bucket\.delete|deleteFiles?\("
    ),
    "payments": re.compile(
        r"customers\.del\b|customers\.delete|subscriptions\.(?:cancel|del)|Customer\.delete|"
        r"Subscription\.(?:cancel|delete)"
    ),
}
_STAFF_DELETES = re.compile(
    r"\bdelete_?[uU]ser(?:Account)?\(|admin\.deleteUser\(|users\.delete(?:One|User)?\(|user\.delete\(|"
    r"@admin\.register\((?:\w{0,20}User|get_user_model\(\))|admin\.site\.register\((?:\w{0,20}User|get_user_model\(\))|"
    r"\.delete\(\s{0,3}(?:schema\.)?users\s{0,3}\)|\.from\([\"'](?:users|profiles)[\"']\)\s{0,20}\.delete\("
)
_IDLE = re.compile(
    r"\s{0,3}(?::|=)\s{0,3}(?:async\s{0,3})?\([^()\n]{0,80}\)\s{0,3}(?::[^=\n]{0,40})"
    r"?=>\s{0,3}(?:\{\s{0,3}\}|Promise|void|\(?\{?\s{0,3}(?:error|success)?\s{0,3}:?\s{0,3}(?:null|void))"
)
_MAX = 600_000


def _may_ask(entry: FileEntry) -> bool:
    return _is_looked_at(entry.path) and not entry.minified


def build(view: ProjectView) -> Requests:
    """All of a project's code."""
    read = view.each_file("person-requests", _may_ask, _read, _NOTHING)
    files = [(path, notes) for path, notes in read.items() if notes is not _NOTHING]
    deleting = {path for path, notes in files if notes.delete}
    near = deleting | _imported(view, deleting)
    staff = [
        (entry.path, view.per_file("staff-deletes", entry.path, _staff_deletes, 0))
        for entry in view.tree.readable()
        if _is_for_staff(entry.path) and not entry.minified
    ]
    return Requests(
        tuple(Found(path, notes.delete) for path, notes in files if notes.delete),
        tuple(Found(path, notes.promise) for path, notes in files if notes.promise),
        tuple(Found(path, notes.export) for path, notes in files if notes.export),
        tuple(Found(path, notes.soft) for path, notes in files if notes.delete and notes.soft),
        frozenset(name for path, notes in files if path in near for name in notes.removes),
        any(notes.updates for _, notes in files),
        tuple(Found(path, line) for path, line in staff if line),
    )


def _imported(view: ProjectView, paths: set[str]) -> set[str]:
    """The files that these use, and those that they use in turn."""
    found, level = set[str](), paths
    for _ in range(2):
        level = {target for (source, _), target in view.modules.targets.items() if source in level} - found
        found |= level
    return found


@lru_cache(maxsize=65_536)
def _is_for_staff(path: str) -> bool:
    return (
        path.endswith((".ts", ".tsx", ".js", ".jsx", ".py"))
        and re.search(r"admin", path, re.IGNORECASE) is not None
        and path_kind(path) is PathKind.CODE
        and is_production(path)
    )


def _staff_deletes(text: str) -> int:
    return line_of(text, _STAFF_DELETES)


@dataclass(frozen=True, slots=True)
class _Notes:
    delete: int = 0
    promise: int = 0
    export: int = 0
    soft: int = 0
    removes: tuple[str, ...] = ()
    updates: bool = False


_NOTHING = _Notes()


@lru_cache(maxsize=65_536)
def _is_looked_at(path: str) -> bool:
    if not path.endswith(_SUFFIXES):
        return False
    if path.endswith(".sql"):
        return path_kind(path) is PathKind.SQL
    if path_kind(path) is not PathKind.CODE or not is_production(path):
        return False
    if re.search(
        r"bank|ledger|accounting|components/accounts/|connected-?accounts?|social-?accounts?",
        path,
        re.IGNORECASE,
    ):
        return False
    return (
        re.search(
            r"(?:^|/)(?:(?:[\w-]{1,30}-)?[aA]dmin(?:-[\w-]{1,30})?|management/commands|backoffice|locales?|"
            r"i18n|types)/|(?:^|"
            r"/)(?:database\.types|types)\.ts$",
            path,
        )
        is None
    )


def _read(text: str) -> _Notes:
    text = text[:_MAX]
    # A few letters grow when lowered; then places would not agree.
    lowered = text.lower() if len(text.lower()) == len(text) else text
    removal = any(word in lowered for word in _REMOVAL) and any(word in lowered for word in _OF_ACCOUNT)
    delete = _deletes(text, lowered) if removal else 0
    copies = _COPIES.search(lowered) is not None
    promise = (
        0
        if delete or ("account" not in lowered and "compte" not in lowered and "conta" not in lowered)
        else _promise(text)
    )
    updates = _CHANGES.search(lowered) is not None and _PROFILE_UPDATE.search(lowered) is not None
    export = _exports(text, lowered) if copies else 0
    removes = (
        tuple(name for name, pattern in _REMOVES.items() if pattern.search(text))
        if "elete" in text or "emove" in text or "ancel" in text
        else ()
    )
    if not (delete or promise or updates or export or removes):
        return _NOTHING
    return _Notes(delete, promise, export, line_of(text, _SOFT) if delete else 0, removes, updates)


def _deletes(text: str, lowered: str) -> int:
    """The first place that really does something towards deleting an account."""
    for match in _DELETE.finditer(lowered):
        start = text.rfind("\n", 0, match.start()) + 1
        line = text[start : text.find("\n", match.end())]
        if re.match(r"\s*(?://|#|\*|--|import\b|/\*)", line) or _IDLE.match(text, match.end()):
            continue
        near = text[max(0, match.start() - 300) : match.end() + 900]
        if _DOES.search(near) and not _EMPTY.search(text[match.start() : match.end() + 300]):
            return line_at(text, match.start())
    return 0


def _exports(text: str, lowered: str) -> int:
    """The first export that is more than a word in a list of features."""
    for match in _EXPORT.finditer(lowered):
        start = text.rfind("\n", 0, match.start()) + 1
        line = text[start : text.find("\n", match.end())]
        quoted = text[max(0, match.start() - 1) : match.start()] in ("'", '"')
        near = text[max(0, match.start() - 300) : match.end() + 1_200]
        if (
            not quoted
            and _HANDS_OUT.search(near)
            and not re.match(r"\s*(?://|#|\*|--|import\b|/\*|\w+\s*:\s*\w+,?$)", line)
        ):
            return line_at(text, match.start())
    return 0


def _promise(text: str) -> int:
    match = _PROMISE.search(text)
    if match is not None:
        return line_at(text, match.start())
    for near in _PROMISE_NEAR.finditer(text):
        if _EMPTY.search(text[near.start() : near.end() + 300]):
            return line_at(text, near.start())
    return 0
