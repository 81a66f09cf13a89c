"""Buckets at Amazon and Google that anyone may read, as infrastructure files and code make them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.lines import line_at

_FILES = re.compile(
    r"\.tf(?:\.json)?$|\.ya?ml$|(?:template|cdk|stack|cloudformation|bucket|policy)[\w.-]*\.json$"
)
_CLOUDS = re.compile(
    r"aws-cdk|@aws-sdk|^aws-sdk|^boto3|@google-cloud/storage|^constructs|pulumi|google\.cloud"
)
_WEBSITE = re.compile(
    r"(?i)website|static|assets?|www|\bcdn\b|public|frontend|\bspa\b|images?|media|thumb|avatars?|logos?|landing"
)
_OPEN = (
    (re.compile(r"\bacl\s*=\s*\"(public-read(?:-write)?)\""), "acl"),
    (re.compile(r"\bblock_public_(?:acls|policy)\s*=\s*(false)|\brestrict_public_buckets\s*=\s*(false)"), "block"),
    (re.compile(r"\bmembers?\s*=\s*\[?\s*\"(allUsers|allAuthenticatedUsers)\""), "member"),
    (re.compile(r"\bAccessControl[\"']?\s*:\s*[\"']?(PublicRead(?:Write)?)\b"), "acl"),
    (re.compile(r"\bpublicReadAccess\s*[:=]\s*(true)|\bpublic_read_access\s*=\s*(True)"), "acl"),
    (re.compile(r"\bACL[\"']?\s*[:=]\s*[\"'](public-read(?:-write)?)[\"']"), "acl"),
)  # fmt: skip
_WORDS = (
    "public-read",
    "block_public",
    "restrict_public",
    "allUsers",
    "allAuthenticated",
    "PublicRead",
    "ublicReadAccess",
    "public_read_access",
)
_BESIDE = re.compile(r"(?i)\b(?:bucket(?:name)?|key)\b[\"']?\s*[:=]\s*([^\n,]{1,80})")
_RESOURCE = re.compile(r"^\s*(?:resource\s+\"(\w+)\"\s+\"([\w-]+)\"|(\w+):\s*$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OpenBucket:
    """`named` is the resource; `writable` when strangers may change files too."""

    line: int
    named: str
    how: str
    writable: bool


def worth_reading(path: str) -> bool:
    return _FILES.search(path) is not None


def speaks_to_clouds(outline: Outline) -> bool:
    """Whether code may make buckets or put files into them."""
    return any(_CLOUDS.search(item.module) for item in outline.imports)


def open_buckets(text: str) -> tuple[OpenBucket, ...]:
    """Every place of a file that opens a bucket which is not plainly a website's."""
    if not any(word in text for word in _WORDS):
        return ()
    found: list[OpenBucket] = []
    for pattern, how in _OPEN:
        for match in pattern.finditer(text):
            start = text.rfind("\n", 0, match.start()) + 1
            if text[start : match.start()].lstrip().startswith(("#", "//", "*")):
                continue
            named = _around(text, match.start())
            if not _WEBSITE.search(named.replace("public_access_block", "")):
                line = line_at(text, match.start())
                found.append(OpenBucket(line, named, how, "write" in match[0].lower()))
    first: dict[str, OpenBucket] = {}
    for item in sorted(found, key=lambda item: item.line):
        first.setdefault(item.named or str(item.line), item)
    return tuple(first.values())


def _around(text: str, position: int) -> str:
    """The name of the resource that holds this line, and of the bucket it speaks of."""
    before = text[max(0, position - 1_500) : position]
    resource = None
    for match in _RESOURCE.finditer(before):
        resource = match
    named = " ".join(part for part in resource.groups() if part) if resource else ""
    nearby = _BESIDE.findall(text[max(0, position - 400) : position + 300])
    return " ".join((named, *nearby[:2])).strip()
