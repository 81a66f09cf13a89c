"""Storage buckets that take files of any size from people, not only from the server or from administrators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.schema.model import Bucket, RlsPolicy

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_WRITES = frozenset({"INSERT", "ALL"})
_STAFF = re.compile(r"(?i)admin|staff|super_?user|moderator|service_role")
_EITHER = re.compile(r"(?i)\bor\b")
_NAMED = re.compile(r"(?i)bucket_id\b")
_UPLOADS = re.compile(r"\.(?:upload|uploadToSignedUrl|createSignedUploadUrl)\(")
_FROM = re.compile(r"storage\s{0,40}\.from\(\s{0,40}(?:['\"`](?P<name>[\w-]{1,80})['\"`])?")
_EVERY = "*"


def open_buckets(view: ProjectView) -> tuple[Bucket, ...]:
    """Buckets without a limit of their own that a browser may write to."""
    if not view.schema.buckets:
        return ()
    limited = _limited_buckets(view)
    unlimited = [bucket for bucket in view.schema.buckets if bucket.name not in limited]
    if not unlimited:
        return ()
    objects = view.schema.table("storage.objects")
    policies = objects.policies if objects is not None else ()
    sent = frozenset(_from_browsers(view))
    return tuple(bucket for bucket in unlimited if _is_open(bucket, policies, sent))


def _is_open(bucket: Bucket, policies: tuple[RlsPolicy, ...], sent: frozenset[str]) -> bool:
    """Without a policy only the server's key writes, unless a screen uploads and the policy stands elsewhere."""
    writes = [policy for policy in policies if policy.command.upper() in _WRITES and _names(policy, bucket)]
    if writes:
        return not all(_for_staff(policy) for policy in writes)
    return bool(sent & {bucket.name, _EVERY})


def _names(policy: RlsPolicy, bucket: Bucket) -> bool:
    text = f"{policy.using or ''} {policy.check or ''}"
    return not _NAMED.search(text) or re.search(rf"'{re.escape(bucket.name)}'", text) is not None


def _for_staff(policy: RlsPolicy) -> bool:
    text = policy.check or policy.using or ""
    if set(policy.roles) == {"service_role"}:
        return True
    return all(_STAFF.search(part) for part in _EITHER.split(text))


def _from_browsers(view: ProjectView) -> Iterator[str]:
    """Names of buckets that screens upload to, `*` where the name is not written at the place."""
    for path in view.client_graph.client:
        yield from view.per_file("bucket-uploads", path, _sent_to, ())


def _sent_to(text: str) -> tuple[str, ...]:
    if "storage" not in text or not _UPLOADS.search(text):
        return ()
    return tuple({match["name"] or _EVERY for match in _FROM.finditer(text)})


def _limited_buckets(view: ProjectView) -> frozenset[str]:
    """Names in every statement that gives a bucket a limit, whichever migration it stands in."""
    found: set[str] = set()
    for entry in view.tree.readable():
        if entry.suffix == ".sql":
            found |= view.per_file("bucket-limits", entry.path, _limited_in, frozenset[str]())
    return frozenset(found)


def _limited_in(text: str) -> frozenset[str]:
    if "file_size_limit" not in text:
        return frozenset()
    statements = (part for part in text.split(";") if "file_size_limit" in part)
    return frozenset(name for part in statements for name in re.findall(r"'([\w-]{2,80})'", part))
