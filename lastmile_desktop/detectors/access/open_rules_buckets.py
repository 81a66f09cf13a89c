"""access.open-rules-buckets: files or documents that are readable, or changeable, by anyone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, EvidenceKind, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.row_security.cloud_buckets import (
    open_buckets,
    speaks_to_clouds,
    worth_reading,
)
from lastmile_desktop.project.models.row_security.firebase_rules import (
    Asks,
    Permission,
    read_database_rules,
    read_rules,
)
from lastmile_desktop.project.models.row_security.firestore_documents import Kept, kept_in
from lastmile_desktop.project.models.row_security.rls_policy import surroundings
from lastmile_desktop.project.models.row_security.storage_rules import (
    FilePolicy,
    KnownBucket,
    buckets_of,
    file_policies,
    holds_private,
    may_hold_private,
    used_buckets,
)
from lastmile_desktop.project.models.schema.model import Place
from lastmile_desktop.project.models.schema.tables import Privacy, privacy
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "access.open-rules-buckets"
_RULES_FILE = re.compile(r"(?:^|/)[\w.-]*(?:firestore|storage|firebase)[\w.-]*\.rules$|(?:^|/)[\w-]+\.rules$")
_DATABASE_RULES = re.compile(r"(?:^|/)(?:database[\w.-]*|[\w-]+)\.rules\.json$")
_FIRESTORE = frozenset({"firebase/firestore", "firebase-admin/firestore", "@react-native-firebase/firestore"})
_REALTIME = frozenset({"firebase/database", "firebase-admin/database", "@react-native-firebase/database"})
_REALTIME_CALL = re.compile(
    r"\bgetDatabase\(|\b(?:firebase|admin|app)\.database\(|ref\(\s*(?:rtdb|database)\b"
)
_FIREBASE = (
    "firebase",
    "firebase-admin",
    "@react-native-firebase/firestore",
    "@react-native-firebase/storage",
)
_USES_DATA = re.compile(
    r"\b(?:getFirestore|initializeFirestore|getStorage|getDatabase|firestore\.client|storage\.bucket)\s*\(|\.firestore\(\)"
)
_ATTEST = (
    "Firebase is used here, but its rules are not in this folder. Open the Firebase console, read the rules of "
    "Firestore and Storage, and state that no rule says `if true` or only asks for a sign-in."
)
_NOT_PRODUCT = frozenset({PathKind.TEST, PathKind.EXAMPLE, PathKind.DOC, PathKind.AGENT})


@dataclass
class _Found:
    findings: list[RawFinding] = field(default_factory=list[RawFinding])
    passes: list[PassEvidence] = field(default_factory=list[PassEvidence])
    unknowns: list[Unknown] = field(default_factory=list[Unknown])
    looked: int = 0

    def add(
        self,
        rule: str,
        message: str,
        evidence: Evidence,
        symbol: str,
        severity: Severity | None = None,
        confidence: float | None = None,
    ) -> None:
        self.findings.append(
            RawFinding(f"{CHECK}/{rule}", message, (evidence,), symbol, severity, confidence)
        )


_BUCKET_LIBRARIES = frozenset(
    {
        "@aws-sdk/client-s3",
        "aws-sdk",
        "boto3",
        "aioboto3",
        "minio",
        "@google-cloud/storage",
        "google.cloud",
        "@vercel/blob",
    }
)
_PUTS = re.compile(
    r"PutObjectCommand|put_object|upload_file(?:obj)?\(|putObject\(|\.bucket\(|\bput\(|\bupload\("
)


def _keeps_files(view: ProjectView, path: str) -> bool:
    """Whether this file talks to a bucket of S3, R2, Google Cloud or Vercel."""
    if not is_production(path):
        return False
    modules = {item.module for item in view.outlines[path].imports}
    return bool(modules & _BUCKET_LIBRARIES) and view.per_file("bucket-used", path, _puts, False)


def _puts(text: str) -> bool:
    return _PUTS.search(text) is not None


def detect(view: ProjectView) -> Detection:
    """Judge storage policies and buckets, Firebase rules, and buckets in the cloud."""
    found = _Found()
    buckets = buckets_of(view)
    _supabase(view, buckets, found)
    _unseen(view, buckets, found)
    rules = _firebase(view, found)
    _cloud(view, found)
    missing = "" if rules or not _uses_firebase(view) else _ATTEST
    if not found.looked and not missing and not found.unknowns:
        kept = next((path for path in view.outlines if _keeps_files(view, path)), "")
        if kept:
            reason = (
                f"{kept} keeps files in a bucket; whether strangers may read it is set outside this folder."
            )
            return Detection(unknowns=(Unknown(reason, kept),))
        reason = "No files are stored in buckets and no Firebase rules are used here."
        return Detection(not_applicable=NotApplicable(reason))
    return Detection(
        findings=tuple(found.findings),
        passes=tuple(found.passes),
        unknowns=tuple(found.unknowns),
        looked=(Looked("rules and buckets", found.looked, found.looked),),
        needs_attestation=missing,
    )


def _supabase(view: ProjectView, buckets: tuple[KnownBucket, ...], found: _Found) -> None:
    objects = view.schema.table("storage.objects")
    policies = file_policies(objects, surroundings(view.schema))
    found.looked += len(buckets) + len(policies)
    for policy in policies:
        _changing(policy, found)
    for bucket in buckets:
        _bucket(bucket, policies, found)
    unlimited = [bucket for bucket in buckets if not bucket.limited]
    if unlimited:
        names = ", ".join(bucket.name for bucket in unlimited[:5])
        found.add(
            "no-size-mime",
            f"Files of any size and kind can be stored in {names}.",
            _at(unlimited[0].place),
            "limits",
            Severity.LOW,
        )
    for policy in policies:
        if not policy.broad:
            note = f'"{policy.policy.name}" ties files to the caller'
            found.passes.append(PassEvidence(_at(policy.policy.place, note)))


def _unseen(view: ProjectView, buckets: tuple[KnownBucket, ...], found: _Found) -> None:
    """Buckets that the app uses and that no file makes: who may read them is set in the dashboard."""
    known = {bucket.name for bucket in buckets}
    objects = view.schema.table("storage.objects")
    named = {name for policy in file_policies(objects, surroundings(view.schema)) for name in policy.buckets}
    used = {name: place for name, place in used_buckets(view).items() if name not in known | named}
    if used:
        path, _ = next(iter(used.values()))
        names = ", ".join(list(used)[:5])
        found.unknowns.append(
            Unknown(f"No file says who may read and change the files of these buckets: {names}.", path)
        )


def _bucket(bucket: KnownBucket, policies: tuple[FilePolicy, ...], found: _Found) -> None:
    if bucket.public and holds_private(bucket.name):
        found.add(
            "public-bucket-private-data",
            f"Every file in the bucket {bucket.name} can be opened by anyone who has, or guesses, its address.",
            _at(bucket.place),
            bucket.name,
            confidence=0.65 if may_hold_private(bucket.name) else 0.8,
        )
    elif not bucket.public:
        found.passes.append(PassEvidence(_at(bucket.place, f"the bucket {bucket.name} is private")))
    listing = [
        item
        for item in policies
        if item.reads and item.broad and (bucket.name in item.buckets or not item.buckets)
    ]
    if bucket.public:
        listing = [item for item in listing if item.only_bucket]
    if not listing:
        return
    first = listing[0]
    who = "Anyone" if first.strangers else "Everyone who signs up"
    if bucket.public:
        message = f"{who} can list all files of the bucket {bucket.name}; opening one by its address needs no policy."
        found.add("listing-policy", message, _at(first.policy.place), bucket.name, Severity.MEDIUM)
        return
    private = holds_private(bucket.name)
    message = f"{who} can list and open every file of the bucket {bucket.name}, although it is private."
    found.add(
        "listing-policy",
        message,
        _at(first.policy.place),
        bucket.name,
        Severity.CRITICAL if private and first.strangers else Severity.HIGH,
        0.8 if private else 0.7,
    )


def _changing(policy: FilePolicy, found: _Found) -> None:
    if not policy.broad or not (policy.changes or policy.adds):
        return
    where = f"the bucket {', '.join(policy.buckets[:3])}" if policy.buckets else "every bucket"
    who = "Anyone" if policy.strangers else "Everyone who signs up"
    if policy.changes:
        message = f"{who} can overwrite or delete other people's files in {where}."
        severity = Severity.CRITICAL if policy.strangers else Severity.HIGH
    else:
        message = f"{who} can upload into anyone's folder of {where}."
        severity = Severity.HIGH if policy.strangers else Severity.MEDIUM
    found.add("no-owner-path", message, _at(policy.policy.place), policy.policy.name, severity, 0.85)


@dataclass(frozen=True, slots=True)
class _Paths:
    rules: tuple[str, ...]
    infrastructure: tuple[str, ...]


def _paths(view: ProjectView) -> _Paths:
    """Files that may hold rules or infrastructure, looked for anew only when files come or go."""
    names = tuple(view.tree.files)
    return view.whole("open-rules.paths", names, lambda: _sorted_out(names))


def _sorted_out(names: tuple[str, ...]) -> _Paths:
    mine = [name for name in names if path_kind(name) not in _NOT_PRODUCT]
    return _Paths(
        tuple(name for name in mine if _RULES_FILE.search(name) or _DATABASE_RULES.search(name)),
        tuple(name for name in mine if worth_reading(name)),
    )


def _firebase(view: ProjectView, found: _Found) -> bool:
    """Judge every rules file; whether there is one."""
    seen = False
    kept = kept_in(view) if _paths(view).rules else {}
    for path in _paths(view).rules:
        if _RULES_FILE.search(path):
            permissions = view.per_file("firebase.rules", path, read_rules, ())
        elif _keeps_elsewhere(view):
            continue
        else:
            permissions = view.per_file("firebase.database", path, read_database_rules, ())
        seen = True
        found.looked += len(permissions)
        if not permissions:
            found.unknowns.append(Unknown("No rule in this file could be read.", path))
        for permission in permissions:
            _permission(view, path, permission, found)
            _telling(path, permission, kept, found)
    return seen


def _keeps_elsewhere(view: ProjectView) -> bool:
    """Whether the code keeps its data in Firestore and never opens the Realtime Database."""
    modules = {item.module for outline in view.outlines.values() for item in outline.imports}
    if not modules & _FIRESTORE or modules & _REALTIME:
        return False
    return not any(view.per_file("firebase.realtime", path, _opens_realtime, False) for path in view.outlines)


def _opens_realtime(text: str) -> bool:
    return _REALTIME_CALL.search(text) is not None


def _permission(view: ProjectView, path: str, item: Permission, found: _Found) -> None:
    place = at(path, item.line)
    what = "every document" if item.is_everything else f"`{item.collection or item.path}`"
    does = _does(item)
    symbol = f"{item.path} {' '.join(item.verbs)}"
    private = item.is_everything or privacy(item.collection, None) is Privacy.PRIVATE
    match item.asks:
        case Asks.NOTHING if item.writes or private:
            found.add(
                "allow-true", f"Anyone on the internet can {does} {what}.", place, symbol, confidence=0.9
            )
        case Asks.DATE:
            _dated(view, item, what, place, found)
        case Asks.SIGN_IN | Asks.CONTENT if item.is_everything:
            message = f"Everyone who signs up can {does} every document there is, whoever it belongs to."
            found.add("recursive-wildcard", message, place, symbol, confidence=0.85)
        case Asks.SIGN_IN if item.writes or private:
            message = f"Everyone who signs up can {does} {what}, whoever it belongs to."
            found.add("auth-only", message, place, symbol, Severity.HIGH, 0.8 if private else 0.65)
        case Asks.IDENTITY:
            found.passes.append(PassEvidence(at(path, item.line, note=f"{what} asks who is calling")))
        case Asks.REFUSED if not found.passes:
            found.passes.append(PassEvidence(at(path, item.line, note=f"{what} is closed to everyone")))
        case _:
            pass


def _telling(path: str, item: Permission, kept: dict[str, Kept], found: _Found) -> None:
    """Documents whose name does not say that they are private, and whose fields do."""
    known = kept.get(item.collection)
    if item.asks is not Asks.NOTHING or not item.reads or item.writes or known is None or not known.contacts:
        return
    if item.is_everything or privacy(item.collection, None) is Privacy.PRIVATE:
        return
    grave = "password" in known.contacts
    found.add(
        "allow-true",
        f"Anyone on the internet can read `{item.collection}`, {', '.join(sorted(known.contacts)[:3])} included.",
        at(path, item.line),
        f"{item.path} {' '.join(item.verbs)}",
        None if grave else Severity.HIGH,
        0.85 if grave else 0.7,
    )


def _dated(view: ProjectView, item: Permission, what: str, place: Evidence, found: _Found) -> None:
    expired = item.until is not None and item.until < view.now
    day = item.until.strftime("%d %B %Y").lstrip("0") if item.until is not None else "a date"
    message = (
        f"Test mode ended on {day}: since then nobody can reach {what}."
        if expired
        else f"Test mode: until {day} anyone on the internet can {_does(item)} {what}."
    )
    found.add("test-mode-date", message, place, item.path, Severity.HIGH if expired else None, 0.95)


def _does(item: Permission) -> str:
    if item.reads and item.writes:
        return "read and change"
    return "change" if item.writes else "read"


def _uses_firebase(view: ProjectView) -> bool:
    if not any(name in package.dependencies for package in view.packages for name in _FIREBASE):
        return False
    importing = view.each_outline("firebase.imports", _imports_firebase)
    return any(
        view.per_file("firebase.data", path, _asks_for_data, False)
        for path, imports in importing.items()
        if imports and path_kind(path) not in _NOT_PRODUCT
    )


def _imports_firebase(outline: Outline) -> bool:
    return any("firebase" in item.module for item in outline.imports)


def _asks_for_data(text: str) -> bool:
    return _USES_DATA.search(text) is not None


def _cloud(view: ProjectView, found: _Found) -> None:
    code = (path for path, asks in view.each_outline("cloud.code", speaks_to_clouds).items() if asks)
    for path in (*_paths(view).infrastructure, *code):
        if path_kind(path) in _NOT_PRODUCT:
            continue
        for bucket in view.per_file("cloud.buckets", path, open_buckets, ()):
            found.looked += 1
            does = "read and change" if bucket.writable else "read"
            found.add(
                "s3-public",
                f"This lets anyone on the internet {does} what is stored there.",
                at(path, bucket.line),
                bucket.named or path,
                confidence=0.75,
            )


def _at(place: Place, note: str = "") -> Evidence:
    if not place.line:
        return Evidence(EvidenceKind.CONFIG, place.path, note=note)
    return at(place.path, place.line, place.line_end, note=note)
