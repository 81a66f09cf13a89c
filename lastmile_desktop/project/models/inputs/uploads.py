"""Files and texts that callers send: whether anything limits how large they are and what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.lines import line_at

_LARGE = 20
_BODY = re.compile(
    r"(?:express\.json|express\.urlencoded|bodyParser\.(?:json|urlencoded)|express\.raw|express\.text)\(\s*\{[^}]{0,200}?limit\s*:\s*['\"](?P<a>\d+)\s*(?P<ua>mb|gb)['\"]"
    r"|(?:bodySizeLimit|sizeLimit|bodyLimit)\s*:\s*['\"](?P<b>\d+)\s*(?P<ub>mb|gb)['\"]"
    r"|bodyLimit\s*:\s*(?P<c>\d+)\s*\*\s*1024\s*\*\s*1024",
    re.IGNORECASE,
)
_UNLIMITED_BODY = re.compile(r"DATA_UPLOAD_MAX_MEMORY_SIZE\s*=\s*None|client_max_body_size\s+0")
_MULTER = re.compile(r"\bmulter\(\s*(?P<options>\{|\))")
_MULTER_LIMIT = re.compile(r"limits\s*:|fileSize")
_UPLOAD = re.compile(
    r"(?P<js>\.arrayBuffer\(\)|\.stream\(\))|(?P<py>await\s+\w*(?:file|upload|image|photo|document|audio|csv|pdf)\w*\.read\(\s*\)|request\.files\b|request\.FILES\b)"
)
_SIZED = re.compile(
    r"(?i)\.size\b|content.?length|MAX_CONTENT_LENGTH|max_?(?:file|upload|image|body|bytes|size)|file_?size|size_?limit|len\(\s*\w*(?:content|data|bytes|contents|body|file|raw|image)\w*\s*\)\s*>|FileExtensionValidator|validate_?(?:file|image|upload)"
)
# Django and Flask keep larger uploads on the disk; only who reads one as a whole holds it in memory.
_SPOOLED = re.compile(r"request\.(?:files|FILES)\b")
_READ_WHOLE = re.compile(r"\.read\(\s*\)")
_SERVER = re.compile(r"['\"]use client['\"]|from ['\"]react['\"]")


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """`kind` is `body` (a limit so large that it is none), `file` (no limit on an uploaded file) or `kept` (none
    either, but it never lies in memory as a whole)."""

    kind: str
    line: int
    detail: str = ""


def open_uploads(path: str, text: str) -> tuple[OpenUpload, ...]:
    """What one file of a server accepts without a limit."""
    return (*_bodies(text), *(_python(text) if path.endswith(".py") else _script(text)))


def _bodies(text: str) -> Iterator[OpenUpload]:
    if not any(word in text for word in ("limit", "Limit", "MAX_MEMORY", "client_max")):
        return
    for match in _BODY.finditer(text):
        amount = next(int(value) for value in match.group("a", "b", "c") if value)
        unit = (match.group("ua") or match.group("ub") or "mb").lower()
        if amount * (1024 if unit == "gb" else 1) >= _LARGE:
            yield OpenUpload("body", line_at(text, match.start()), f"{amount} {unit.upper()}")
    match = _UNLIMITED_BODY.search(text)
    if match:
        yield OpenUpload("body", line_at(text, match.start()), "any size")


def _script(text: str) -> Iterator[OpenUpload]:
    for match in _MULTER.finditer(text) if "multer" in text else ():
        if not _MULTER_LIMIT.search(text[match.start() : match.start() + 900]):
            yield OpenUpload("file", line_at(text, match.start()))
    if "formData()" in text and not _SIZED.search(text) and not _SERVER.search(text):
        read = _UPLOAD.search(text)
        if read and read.group("js"):
            yield OpenUpload("file", line_at(text, read.start()))


def _python(text: str) -> Iterator[OpenUpload]:
    if _SIZED.search(text):
        return
    match = _UPLOAD.search(text)
    if match and match.group("py"):
        kept = _SPOOLED.match(match.group()) and not _READ_WHOLE.search(text, match.end())
        yield OpenUpload("kept" if kept else "file", line_at(text, match.start()))
