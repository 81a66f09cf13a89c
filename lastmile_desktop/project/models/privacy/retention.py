"""What ends the life of stored rows: jobs that delete old ones, expiry set in the database, and copies of
production kept elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class Cleanup:
    """A place that deletes rows by their age; `table` is "" where it is not told."""

    table: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Retention:
    cleanups: tuple[Cleanup, ...] = ()
    copies: tuple[tuple[str, int], ...] = ()

    def of(self, table: str) -> Cleanup | None:
        return next((item for item in self.cleanups if item.table in ("", table)), None)


_CLEANUPS = tuple(
    re.compile(text, re.IGNORECASE)
    for text in (
        r"delete\s+from\s+(?:only\s+)?(?:[\w\"]{1,40}\.)?[\"`]?(?P<table>\w{1,60})[\"`]?\s[^;]{0,300}?(?:<|"
        r"<=)\s{0,3}[^;]{0,80}?(?:interval|now\(\)|current_date|date_trunc|cutoff|\$\d|:\w)",
        r"\.from\(\s*[\"'](?P<table>\w{1,60})[\"']\s*\)\s*\.delete\([^)]{0,40}\)[^;]{0,300}?\.lte?\(",
        r"(?P<table>\w{1,60})\.deleteMany\(\s*\{[^;]{0,300}?\b(?:lt|lte|\$lt|\$lte)\b",
        r"\.delete\(\s*(?P<table>\w{1,60})\s*\)\s*\.where\([^;]{0,200}?\blte?\(",
        r"(?P<table>\w{1,60})\.objects\.filter\([^)]{0,200}?__lte?\s*=[^)]{0,120}\)\.delete\(",
        r"delete\(\s*(?P<table>\w{1,60})\s*\)\.where\([^)]{0,200}?<",
        r"(?P<table>\w{1,60})(?:\.\w{1,40})?\.delete_many\(\s*\{[^;]{0,200}?\$lt",
        r"expireAfterSeconds|expire_after_seconds|pg_partman|drop_chunks|add_retention_policy",
    )
)
_AGED = re.compile(
    r"(?P<table>\w{1,60})\.objects\b[^\n]{0,160}|\.filter\([^)]{0,200}?__lte?\s{0,3}=[^)]{0,120}\)|"
    r"(?P<deletes>\.delete\(\s{0,3}\))"
)
_COPIES = re.compile(
    r"pg_dump[^\n]{0,200}(?:prod|PROD)[^\n]{0,200}(?:\|\s*(?:psql|pg_restore)|&&[^\n]{0,60}psql)|"
    r"supabase\s+db\s+dump\s[^\n]{0,100}--data-only|"
    r"(?:pull|copy|sync|clone|restore)[-_:](?:prod|production)(?:[-_:](?:db|data|database))?\b|"
    r"(?:prod|production)[-_:](?:to|2)[-_:](?:dev|local|staging)",
    re.IGNORECASE,
)
_SUFFIXES = (".sql", ".ts", ".tsx", ".js", ".mjs", ".py", ".sh")
_SCRIPTS = ("package.json", "Makefile", "justfile", "Taskfile.yml")
_MASKS = re.compile(r"anonymi[sz]e|mask|scrub|faker|pseudonym|sanitize", re.IGNORECASE)
_MAX = 400_000


def build(view: ProjectView) -> Retention:
    """All clean-ups and all copies of production."""
    cleaning = view.each_file("retention.cleanups", _may_clean, _cleanups, ())
    copying = view.each_file("retention.copies", _may_copy, _copy_line, 0)
    return Retention(
        tuple(Cleanup(table, path, line) for path, found in cleaning.items() for table, line in found),
        tuple((path, line) for path, line in copying.items() if line),
    )


def _may_clean(entry: FileEntry) -> bool:
    return not entry.path.endswith(_SCRIPTS) and not entry.minified and _is_looked_at(entry.path)


def _may_copy(entry: FileEntry) -> bool:
    return entry.path.endswith((".sh", *_SCRIPTS)) and not entry.minified and _is_looked_at(entry.path)


@lru_cache(maxsize=65_536)
def _is_looked_at(path: str) -> bool:
    if path.endswith(_SCRIPTS):
        return True
    return path.endswith(_SUFFIXES) and path_kind(path) not in (
        PathKind.TEST,
        PathKind.DOC,
        PathKind.AGENT,
        PathKind.EXAMPLE,
    )


def _cleanups(text: str) -> tuple[tuple[str, int], ...]:
    text = text[:_MAX]
    if "elete" not in text and "DELETE" not in text and "xpire" not in text and "retention" not in text:
        return ()
    found: list[tuple[str, int]] = []
    for pattern in _CLEANUPS:
        for match in pattern.finditer(text):
            table = (match.groupdict().get("table") or "").lower()
            found.append((table, line_at(text, match.start())))
    found += _in_steps(text)
    return tuple(dict.fromkeys(found))


def _in_steps(text: str) -> list[tuple[str, int]]:
    """Django rows chosen by age in one statement and deleted in a later one."""
    if ".objects" not in text:
        return []
    found: list[tuple[str, int]] = []
    table, aged = "", 0
    for match in _AGED.finditer(text):
        if match["table"]:
            table, aged = match["table"].lower(), 0
            aged = match.start() if re.search(r"__lte?\s{0,3}=", match[0]) else 0
        elif match["deletes"]:
            if table and aged and match.start() - aged < 1_500:
                found.append((table, line_at(text, match.start())))
        else:
            aged = match.start()
    return found


def _copy_line(text: str) -> int:
    match = _COPIES.search(text)
    if match is None or _MASKS.search(text):
        return 0
    return line_at(text, match.start())
