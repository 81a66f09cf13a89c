"""Ways for a person to get or delete what is held about them, as code offers them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.calls import is_production
from lastmile_desktop.project.path_kinds import PathKind, path_kind

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
    `soft` where an account is only marked as deleted."""

    deletes: tuple[Found, ...] = ()
    promises: tuple[Found, ...] = ()
    exports: tuple[Found, ...] = ()
    soft: tuple[Found, ...] = ()
    removes: frozenset[str] = frozenset()
    updates: bool = False


_SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".py", ".sql", ".vue", ".svelte")
_WORDS = re.compile(r"elete|erase|export|download|rofile|anonymi|takeout|gdpr", re.IGNORECASE)
_DELETE = re.compile(
    r"\b(?:delete|remove|erase|close|destroy|purge|anonymi[sz]e)_?-?(?:my_?-?|own_?-?|user_?-?|"
    r"current_?-?)*(?:account|profile_and_data|user_?data|me|self)\b|"
    r"\b(?:account|user|profile)[/_-](?:delete|deletion|remove|erase|close)\b|\berase_user\b|"
    r"\.user\.delete\(\)|"
    r"request\.user\.delete\(|current_user\.delete\(|account_?-?deletion|"
    r"DeleteAccount(?!Provider|Link|Token|Type|Key|Group|Member)|delete_current_user",
    re.IGNORECASE,
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
    r"simulat",
    re.IGNORECASE,
)
_EXPORT = re.compile(
    r"\b(?:export|download)_?-?(?:my_?-?|all_?-?|user_?-?|account_?-?|personal_?-?|own_?-?)+(?:data|info|"
    r"information|account)\b|\b(?:data|account|user)[/_-]export\b|"
    r"\bexport[/_-](?:user|me|my-?data|account)\b|\bexport_user\b|\btakeout\b|\bsubject_?access\b|"
    r"\bgdpr[/_-]?export\b|\w{0,20}data_?export\w{0,20}\(|\bmy-?data\b|\bDownloadMyData\b",
    re.IGNORECASE,
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
    r"auth\.updateUser\(|user\.update\(|(?:change|set|edit)_?(?:email|name|username)|update_?-?(?:profile|"
    r"user|me|account)\b|(?:profile|"
    r"account)[/_-](?:update|edit)\b|update\(\s*users\s*\)|UpdateView|ProfileForm|EditProfile",
    re.IGNORECASE,
)
_REMOVES = {
    "storage": re.compile(
        r"\.storage\b[^;]{0,200}\.remove\(|delete_?[oO]bject|DeleteObject|storage\.objects|\.remove_object|"
        r"default_storage\.delete|bucket\.delete|deleteFiles?\("
    ),
    "payments": re.compile(
        r"customers\.del\b|customers\.delete|subscriptions\.(?:cancel|del)|Customer\.delete|"
        r"Subscription\.(?:cancel|delete)"
    ),
}
_MAX = 600_000


def build(view: ProjectView) -> Requests:
    """All of a project's code."""
    files = [
        (entry.path, view.per_file("person-requests", entry.path, _read, _NOTHING))
        for entry in view.tree.readable()
        if _is_looked_at(entry.path) and not entry.minified
    ]
    files = [(path, notes) for path, notes in files if notes is not _NOTHING]
    deleting = [notes for _, notes in files if notes.delete]
    return Requests(
        tuple(Found(path, notes.delete) for path, notes in files if notes.delete),
        tuple(Found(path, notes.promise) for path, notes in files if notes.promise),
        tuple(Found(path, notes.export) for path, notes in files if notes.export),
        tuple(Found(path, notes.soft) for path, notes in files if notes.delete and notes.soft),
        frozenset(name for notes in deleting for name in notes.removes),
        any(notes.updates for _, notes in files),
    )


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
            r"(?:^|/)(?:admin|Admin|management/commands|backoffice|locales?|i18n|types)/|(?:^|"
            r"/)(?:database\.types|types)\.ts$",
            path,
        )
        is None
    )


def _read(text: str) -> _Notes:
    text = text[:_MAX]
    if _WORDS.search(text) is None:
        return _NOTHING
    delete = _deletes(text)
    return _Notes(
        delete,
        0 if delete else _promise(text),
        _exports(text),
        _line(text, _SOFT) if delete else 0,
        tuple(name for name, pattern in _REMOVES.items() if pattern.search(text)) if delete else (),
        _PROFILE_UPDATE.search(text) is not None,
    )


def _deletes(text: str) -> int:
    """The first place that really does something towards deleting an account."""
    for match in _DELETE.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        line = text[start : text.find("\n", match.end())]
        if re.match(r"\s*(?://|#|\*|--|import\b|/\*)", line):
            continue
        near = text[max(0, match.start() - 300) : match.end() + 900]
        if _DOES.search(near) and not _EMPTY.search(text[match.start() : match.end() + 300]):
            return text.count("\n", 0, match.start()) + 1
    return 0


def _exports(text: str) -> int:
    """The first export that is more than a word in a list of features."""
    for match in _EXPORT.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        line = text[start : text.find("\n", match.end())]
        quoted = text[max(0, match.start() - 1) : match.start()] in ("'", '"')
        near = text[max(0, match.start() - 300) : match.end() + 1_200]
        if (
            not quoted
            and _HANDS_OUT.search(near)
            and not re.match(r"\s*(?://|#|\*|--|import\b|/\*|\w+\s*:\s*\w+,?$)", line)
        ):
            return text.count("\n", 0, match.start()) + 1
    return 0


def _promise(text: str) -> int:
    match = _PROMISE.search(text)
    if match is not None:
        return text.count("\n", 0, match.start()) + 1
    for near in _PROMISE_NEAR.finditer(text):
        if _EMPTY.search(text[near.start() : near.end() + 300]):
            return text.count("\n", 0, near.start()) + 1
    return 0


def _line(text: str, pattern: re.Pattern[str]) -> int:
    match = pattern.search(text)
    return text.count("\n", 0, match.start()) + 1 if match else 0
