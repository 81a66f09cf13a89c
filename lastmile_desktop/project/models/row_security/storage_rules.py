"""Who may list, read and change the files of Supabase storage, bucket by bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Outline, calls_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.row_security.rls_policy import Surroundings, check_scope, using_scope
from lastmile_desktop.project.models.schema.model import Bucket, Place, RlsPolicy, RlsPolicyScope, Table

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_BUCKET = re.compile(
    r"\bbucket_id\s*(?:=\s*(?:any\s*\(\s*array\s*\[|any\s*\(\s*)?|in\s*\()\s*([^)\]]{1,600})", re.IGNORECASE
)
_QUOTED = re.compile(r"'([^']{1,120})'")
_ONLY_BUCKET = re.compile(
    r"^\(*\s*bucket_id\s*=\s*'[^']{1,120}'(?:\s*::\s*\w+)?\s*\)*$|^\(*\s*(?:true|1\s*=\s*1)\s*\)*$",
    re.IGNORECASE,
)
_ROLES = frozenset({"public", "anon", "authenticated"})
_TOML_BUCKET = re.compile(r"^\[storage\.buckets\.\"?([\w-]{1,80})\"?\]", re.MULTILINE)
_BROAD = frozenset(
    {
        RlsPolicyScope.ALWAYS_TRUE,
        RlsPolicyScope.SIGNED_IN,
        RlsPolicyScope.PUBLIC_ROWS,
        RlsPolicyScope.OWNERLESS,
    }
)
_PRIVATE_NAMES = (
    "invoices? receipts? documents? docs? contracts? agreements? ids? identity identities passports? kyc medical "
    "health patients? records? exports? backups? resumes? cvs? tax(?:es)? payroll private statements? prescriptions? "
    "verifications? licen[cs]es? proofs? bank salar(?:y|ies) confidential sensitive secure evidence claims? documentos "
    "notas?[-_]?fiscais attachments? recordings? transcripts?"
).replace(" ", "|")
_PRIVATE = re.compile(rf"(?:^|[-_ ])(?:{_PRIVATE_NAMES})(?:$|[-_ ])", re.IGNORECASE)
_MAYBE = re.compile(
    r"(?:^|[-_ ])(?:attachments?|docs?|recordings?|transcripts?|documents?|resumes?|cvs?)(?:$|[-_ ])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FilePolicy:
    """A policy on stored files. `buckets` are those it names (none: all), `broad` when it asks nothing but the bucket
    or a sign-in, `only_bucket` when the bucket is its whole condition, `strangers` when it holds for them."""

    policy: RlsPolicy
    buckets: tuple[str, ...]
    broad: bool
    only_bucket: bool
    strangers: bool

    @property
    def reads(self) -> bool:
        return self.policy.command in ("SELECT", "ALL")

    @property
    def changes(self) -> bool:
        return self.policy.command in ("UPDATE", "DELETE", "ALL")

    @property
    def adds(self) -> bool:
        return self.policy.command in ("INSERT", "ALL")


def file_policies(objects: Table | None, around: Surroundings) -> tuple[FilePolicy, ...]:
    """The policies of `storage.objects` that hold for public roles."""
    if objects is None:
        return ()
    return tuple(
        _read(policy, objects, around)
        for policy in objects.policies
        if policy.permissive and set(policy.roles) & _ROLES
    )


def _read(policy: RlsPolicy, objects: Table, around: Surroundings) -> FilePolicy:
    clauses = [clause for clause in (policy.using, policy.check) if clause]
    scopes = {
        check_scope(policy, objects, around)
        if policy.command == "INSERT"
        else using_scope(policy, objects, around)
    }
    text = " ".join(clauses)
    names = tuple(dict.fromkeys(name for part in _BUCKET.findall(text) for name in _QUOTED.findall(part)))
    signed_in = re.search(r"auth\s*\.\s*(?:uid|role|jwt)\s*\(", text, re.IGNORECASE) is not None
    strangers = bool({"public", "anon"} & set(policy.roles)) and not signed_in
    only = all(_ONLY_BUCKET.match(clause.strip()) for clause in clauses) if clauses else True
    folder = "foldername" in text.lower() or re.search(
        r"\b(?:name|path_tokens)\b\s*(?:~|like|\[)", text, re.I
    )
    broad = bool(scopes & _BROAD) and not folder
    return FilePolicy(policy, names, broad, only, strangers)


def holds_private(name: str) -> bool:
    """Whether a bucket of this name holds what not everybody should see."""
    return _PRIVATE.search(name) is not None


def may_hold_private(name: str) -> bool:
    """Whether the name leaves open whom the files are for."""
    return _MAYBE.search(name) is not None


@dataclass(frozen=True, slots=True)
class KnownBucket:
    """`limited` when a size or a kind of file is set where the bucket is made."""

    name: str
    public: bool
    place: Place
    limited: bool


def buckets_of(view: ProjectView) -> tuple[KnownBucket, ...]:
    """Buckets made by migrations, by the local settings of Supabase and by code."""
    found: dict[str, KnownBucket] = {}
    for bucket in view.schema.buckets:
        found[bucket.name] = KnownBucket(bucket.name, bucket.public, bucket.place, _is_limited(view, bucket))
    names = tuple(view.tree.files)
    for path in view.whole("storage.toml-paths", names, lambda: tuple(filter(_is_config, names))):
        for known in view.per_file("storage.toml", path, _configured, ()):
            found.setdefault(
                known[0], KnownBucket(known[0], known[1], Place(path, known[2], known[2]), known[3])
            )
    for path, made in view.each_outline("storage.created", _created).items():
        for name, public, line, limited in made:
            found.setdefault(name, KnownBucket(name, public, Place(path, line, line), limited))
    return tuple(found.values())


def _is_config(path: str) -> bool:
    return path.endswith("supabase/config.toml")


def _is_limited(view: ProjectView, bucket: Bucket) -> bool:
    lines = (view.text(bucket.place.path) or "").splitlines()
    text = "\n".join(lines[bucket.place.line - 1 : bucket.place.line_end]).lower()
    return "file_size_limit" in text or "allowed_mime_types" in text


def _configured(text: str) -> tuple[tuple[str, bool, int, bool], ...]:
    found: list[tuple[str, bool, int, bool]] = []
    for match in _TOML_BUCKET.finditer(text):
        end = text.find("\n[", match.end())
        block = text[match.end() : end if end >= 0 else len(text)]
        public = re.search(r"(?m)^\s*public\s*=\s*true", block) is not None
        limited = re.search(r"(?m)^\s*(?:file_size_limit|allowed_mime_types)\s*=", block) is not None
        found.append((match[1], public, line_at(text, match.start()), limited))
    return tuple(found)


def _created(outline: Outline) -> tuple[tuple[str, bool, int, bool], ...]:
    return tuple(_bucket_calls(outline))


def _bucket_calls(outline: Outline) -> Iterator[tuple[str, bool, int, bool]]:
    steps = (outline.top, *(function.body for function in outline.functions))
    for body in steps:
        for call in calls_within(body):
            args = call.args_of("createBucket") or call.args_of("create_bucket")
            if not args or args[0].literal is None:
                continue
            options = next((arg for arg in args[1:] if arg.entries), None)
            public = options.entry("public") if options else None
            limited = options is not None and bool(
                options.entry("fileSizeLimit")
                or options.entry("allowedMimeTypes")
                or options.entry("file_size_limit")
            )
            shared = public is not None and public.text in ("true", "True")
            yield args[0].literal, shared, call.span.line, limited


def used_buckets(view: ProjectView) -> dict[str, tuple[str, int]]:
    """Buckets that code names, each with the first place that does."""
    found: dict[str, tuple[str, int]] = {}
    for path, names in view.each_outline("storage.used", _used).items():
        for name, line in names:
            found.setdefault(name, (path, line))
    return found


def _used(outline: Outline) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for body in (outline.top, *(function.body for function in outline.functions)):
        for call in calls_within(body):
            names = [link.name for link in call.links]
            if "storage" not in names and call.root != "storage":
                continue
            args = call.args_of("from") or call.args_of("from_")
            if args and args[0].literal:
                found.setdefault(args[0].literal, call.span.line)
    return tuple(found.items())
