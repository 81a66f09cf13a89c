"""How a project copies its data away, and what in it can wipe the data: commands in scripts, workflows and
compose files, dumps that were committed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.lines import line_at

if TYPE_CHECKING:
    from lastmile_desktop.project.tree import FileEntry
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class Dump:
    """A place that copies the database. `scheduled` when something runs it by itself, `leaves` when the copy goes
    to another account or machine, `encrypted` when it is sealed first, `artifact_line` where a workflow offers
    it for download, `files` when stored files are copied too."""

    path: str
    line: int
    scheduled: bool
    leaves: bool
    encrypted: bool
    files: bool
    artifact_line: int = 0
    same_project_line: int = 0


@dataclass(frozen=True, slots=True)
class Wipe:
    """A command or call that can empty the database it is pointed at."""

    path: str
    line: int
    what: str
    severity: Severity
    confidence: float


@dataclass(frozen=True, slots=True)
class Committed:
    """A copy of data that lies in the repository."""

    path: str
    line: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Backups:
    dumps: tuple[Dump, ...] = ()
    wipes: tuple[Wipe, ...] = ()
    committed: tuple[Committed, ...] = ()

    @property
    def scheduled(self) -> tuple[Dump, ...]:
        return tuple(dump for dump in self.dumps if dump.scheduled)


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_OPS_NAME = re.compile(
    r"^(?:Makefile|justfile|Procfile|crontab|package\.json|Dockerfile[\w.-]*|(?:docker-)?compose[\w.-]*\.ya?ml|"
    r"\.gitlab-ci\.yml|render\.yaml|fly\.toml|railway\.(?:json|toml)|\.replit|litestream\.ya?ml|[\w.-]+\.(?:sh|ps1|tf))$"
)
_CODE_SUFFIXES = (".py", ".ts", ".js", ".mjs", ".cjs", ".sql")
_WORKFLOW = re.compile(r"^\.github/workflows/[^/]+\.ya?ml$")
_SAMPLE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|e2e|fixtures|examples?|docs|node_modules|vendor|\.claude|\.cursor|\.devcontainer)/"
)
_DUMP = re.compile(
    r"\bpg_dump(?:all)?\b(?![^\n]*(?:--schema-only|--no-data|\s-s\b|--version))|\bmongodump\b|\bmysqldump\b(?![^\n]*--no-data)|\bwal-g\b|"
    r"\bpgbackrest\b|\bsupabase\s+db\s+dump\b|\bpostgres-backup(?:-s3|-local)?\b|\bsqlite3\b[^\n]*\.backup\b|"
    r"\bturso\s+db\s+dump\b|\blitestream\b|\bdumpdata\b"
)
# What is copied just before a new version goes in is no backup plan.
_UPDATES = re.compile(r"(?:^|/)(?:install|update|upgrade|deploy|setup)[\w-]{0,40}\.(?:sh|ps1)$")
_LOOKUP = re.compile(r"\b(?:command\s+-v|which|type|install|apk\s+add|apt-get|brew|echo|Write-Host)\b")
_SCHEDULED = re.compile(
    r"^\s+schedule\s*:|^\s*-\s*cron\s*:|type:\s*cron\b|^[\d*/,-]+(?:\s+[\d*/,-]+){4}\s+\S", re.MULTILINE
)
_ALWAYS_ON = re.compile(r"postgres-backup|litestream|\bSCHEDULE\s*[:=]|BACKUP_CRON|CRON_SCHEDULE")
_AGAIN = re.compile(r"\bsleep\s+(?:\d{3,7}|\d{1,3}[hd]\b|\$)|\bcrond?\b|crontab|@(?:daily|hourly|weekly)\b")
# A script that writes the crontab, or the unit with its clock, that runs the backup.
_INSTALLS = re.compile(
    r"(?i)(?:backup|dump)[^\n]{0,200}\|\s{0,5}(?:sudo\s{1,5})?crontab\s{1,5}-|(?:backup|dump)[^\n]{0,200}>{1,2}\s{0,5}"
    r"/etc/cron|/etc/cron\.(?:daily|hourly|weekly)/[^\n]{0,60}(?:backup|dump)|systemctl\s[^\n]{0,60}enable[^\n]{0,60}"
    r"(?:backup|dump)[\w-]{0,40}\.timer"
)
_LEAVES = re.compile(
    r"\baws\s+s3\b|\brclone\b|\bgsutil\b|\bgcloud\s+storage\b|\baz\s+storage\b|\bb2\b|\brestic\b|\bborg\b|\brsync\b|\bscp\b|"
    r"upload-artifact|s3://|S3_BUCKET|r2\.cloudflarestorage|backblaze|curl\s+[^\n]*(?:-T|--upload-file)"
)
_SAME_PROJECT = re.compile(r"supabase\.co/storage|\.storage\.from\(|supabase\s+storage\s+cp")
_ENCRYPTED = re.compile(
    r"\bgpg\b|\bage\s+-|\bopenssl\s+enc\b|\bsops\b|restic|borg|--encrypt|sse-c|PASSPHRASE", re.IGNORECASE
)
_FILES = re.compile(
    r"s3\s+sync|rclone\s+(?:sync|copy)|gsutil\s+(?:-m\s+)?rsync|storage\s+(?:cp|sync)|restic|borg|storage/v1|\buploads?\b|media/",
    re.IGNORECASE,
)
_COPIES_NAME = re.compile(r"(?:^|/)[^/]*(?:backup|off-?site)[^/]*\.(?:sh|ps1)$", re.IGNORECASE)
_ARTIFACT = re.compile(r"uses:\s*actions/upload-artifact")
_GUARD = re.compile(
    r"localhost|127\.0\.0\.1|NODE_ENV|APP_ENV|ENVIRONMENT|RAILS_ENV|FLASK_ENV|\bproduction\b|--local\b|"
    r"\.env\.(?:test|local|dev)|_test\b|\bTEST_|services:\s*\n\s+(?:postgres|db|mysql)",
    re.IGNORECASE,
)
_CODE_GUARD = re.compile(
    r"localhost|127\.0\.0\.1|\b\w*_ENV\b|\bENVIRONMENT\b|\bproduction\b|settings\.DEBUG|ALLOW_\w+|isProd|IS_PROD|\binput\(|\bconfirm|readline|cancelled"
)
_HARMLESS_NAME = re.compile(r"\b(?:test|e2e|ci|local|dev|sandbox|scratch|tmp|temp|restore)\b", re.IGNORECASE)
_RESETS_UNASKED = "resets the database without asking"
_LOSES = "changes tables even where that loses data"
_RESETS = "resets whatever database your settings point at"
_DROPS = "drops the database"
_WIPES: tuple[tuple[re.Pattern[str], str, Severity, float], ...] = (
    (_any(r"\bsupabase\s+db\s+reset\b[^\n]*--(?:linked|db-url)"), _RESETS_UNASKED, Severity.CRITICAL, 0.9),
    (_any(r"\bprisma\s+migrate\s+reset\b[^\n]*(?:--force|\s-f\b)"), _RESETS_UNASKED, Severity.CRITICAL, 0.85),
    (_any(r"\bprisma\s+db\s+push\b[^\n]*--force-reset"), _RESETS_UNASKED, Severity.CRITICAL, 0.9),
    (_any(r"\bprisma\s+db\s+push\b[^\n]*--accept-data-loss"), _LOSES, Severity.HIGH, 0.8),
    (_any(r"\bdrizzle-kit\s+push\b[^\n]*--force"), _LOSES, Severity.HIGH, 0.8),
    (_any(r"\bprisma\s+migrate\s+reset\b"), _RESETS, Severity.MEDIUM, 0.6),
    (_any(r"\btypeorm\b[^\n]*\bschema:drop\b|\bsequelize\b[^\n]*\bdb:drop\b"), _DROPS, Severity.HIGH, 0.8),
    (_any(r"\bmanage\.py\s+(?:flush|reset_db)\b"), "empties the database", Severity.HIGH, 0.8),
    (_any(r"\bdropdb\b|\bDROP\s+(?:DATABASE|SCHEMA)\b"), _DROPS, Severity.HIGH, 0.7),
    (_any(r"\bdropDatabase\s*\("), _DROPS, Severity.HIGH, 0.75),
)
_CODE_WIPES: tuple[tuple[re.Pattern[str], str, Severity, float], ...] = (
    (_any(r"\bdb\.drop_all\(|\bmetadata\.drop_all\b"), "drops all tables", Severity.CRITICAL, 0.8),
    (_any(r"\.sync\(\s*\{\s*force\s*:\s*true"), "drops and creates all tables", Severity.CRITICAL, 0.85),
    (_any(r"\bdropSchema\s*:\s*true"), "drops the schema when the app starts", Severity.CRITICAL, 0.85),
    (_any(r"\.dropDatabase\(\s*\)"), _DROPS, Severity.CRITICAL, 0.8),
)
_SEED_NAME = re.compile(
    r"(?:^|[/_.-])seed(?:s|er|ing)?(?:[_.-][\w.-]*)?\.(?:[cm]?[jt]s|py|sql)$", re.IGNORECASE
)
_MASS_DELETE = re.compile(
    r"\.deleteMany\(\s*(?:\{\s*\})?\s*\)|\bdb\.delete\(\s*[\w.]+\s*\)\s*;|\bTRUNCATE\s+(?:TABLE\s+)?[\w.\"]+|"
    r"\bDELETE\s+FROM\s+[\w.\"]+\s*;|\.objects\.all\(\)\.delete\(\)|\.query\([\w.]+\)\.delete\(\)|\bdelete_many\(\s*\{\s*\}\s*\)",
    re.IGNORECASE,
)
_OLD_MIGRATION = re.compile(r"(?:^|/)(?:migrations?|alembic|versions)/")
_COMMENT = ("//", "#", "*", "/*", "--", "<!--")
_DUMP_NAME = re.compile(
    r"(?:^|/)[^/]*(?:db|database|dump|backup|postgres|mysql|mongo|prod)[^/]*\.(?:dump|bak|backup|sql\.gz|sql\.zip|rdb|bson|archive)$",
    re.IGNORECASE,
)
_SOURCE_COPY = re.compile(
    r"\.(?:prisma|[cm]?[jt]sx?|py|html|css|json|md|ya?ml|toml|env|txt|sh)\.(?:bak|backup)$", re.IGNORECASE
)
_SQL_DUMP_NAME = re.compile(r"(?:^|/)[^/]*(?:dump|backup)[^/]*\.sql$", re.IGNORECASE)
_SQLITE_NAME = re.compile(
    r"(?:^|/)(?:db|database|app|data|prod|production|users|instance|backup)\.(?:sqlite3?|db)$", re.IGNORECASE
)
_DUMP_HEADER = re.compile(r"PostgreSQL database dump|MySQL dump|MariaDB dump|-- Dumped by pg_dump")
_DATA_ROWS = re.compile(
    r"^COPY\s+[\w.\"]+\s*\([^)]*\)\s+FROM\s+stdin;\n(?!\\\.)|^INSERT\s+INTO\s+", re.MULTILINE
)


def build(view: ProjectView) -> Backups:
    """Read the files that run commands, the seeds and code that empties tables, and the names of dumps."""
    dumps: list[Dump] = []
    wipes: list[Wipe] = []
    ships = covers_files = False
    for entry in view.tree.readable():
        path = entry.path
        role = _role(path)
        if role == "ops":
            dump = view.per_path("backup-dump", path, _dump, None)
            dumps += [dump] if dump else []
            if _COPIES_NAME.search(path):
                shipped, files = view.per_file("backup-copies", path, _copies, (False, False))
                ships, covers_files = ships or shipped, covers_files or files
            wipes += view.per_path("backup-wipes", path, _wipes, ())
        elif role == "code":
            wipes += view.per_path("backup-code", path, _code_wipes, ())
    committed = (found for entry in view.tree if (found := _committed(view, entry)))
    # One script dumps the database, another carries the dumps away, a third one packs the files.
    started = _started(view) if any(not dump.scheduled for dump in dumps) else ""
    whole = (
        replace(
            dump,
            scheduled=dump.scheduled or dump.path.rpartition("/")[2] in started,
            leaves=dump.leaves or ships,
            files=dump.files or covers_files,
        )
        for dump in dumps
    )
    return Backups(tuple(whole), tuple(wipes), tuple(committed))


def _started(view: ProjectView) -> str:
    """What containers and workflows run again and again by themselves, by the clock or in a loop that sleeps."""
    return " ".join(
        view.per_file("backup-started", entry.path, _in_turn, "")
        for entry in view.tree.readable()
        if _role(entry.path) == "ops" and not entry.path.endswith((".sh", ".ps1", "package.json"))
    )


def _in_turn(text: str) -> str:
    if not (_SCHEDULED.search(text) or _ALWAYS_ON.search(text) or _AGAIN.search(text)):
        return ""
    return " ".join(re.findall(r"[\w.-]{1,80}\.(?:sh|py|ps1)\b", text))


def _copies(text: str) -> tuple[bool, bool]:
    """Whether a script carries copies away, and whether it copies stored files."""
    code = _code(text)
    return _LEAVES.search(code) is not None, _FILES.search(code) is not None


@lru_cache(maxsize=65_536)
def _role(path: str) -> str:
    """`ops` for files that run commands, `code` for code that may empty tables, "" for the rest."""
    if _WORKFLOW.match(path):
        return "ops"
    if _SAMPLE.search(path):
        return ""
    if _OPS_NAME.match(path.rpartition("/")[2]):
        return "ops"
    return "code" if path.endswith(_CODE_SUFFIXES) and not _OLD_MIGRATION.search(path) else ""


@lru_cache(maxsize=65_536)
def _may_be_a_copy(path: str) -> bool:
    if _SAMPLE.search(path):
        return False
    return path.endswith(".sql") or bool(_DUMP_NAME.search(path) or _SQLITE_NAME.search(path))


def _dump(path: str, text: str) -> Dump | None:
    place = next((match for match in _DUMP.finditer(text) if _is_command(text, match)), None)
    if place is None or "schema-only" in text or "--no-data" in text or _UPDATES.search(path):
        return None
    same = _SAME_PROJECT.search(text)
    artifact = _ARTIFACT.search(text)
    compose = "compose" in path.rpartition("/")[2]
    return Dump(
        path=path,
        line=line_at(text, place.start()),
        scheduled=bool(
            _SCHEDULED.search(text)
            or _INSTALLS.search(_code(text))
            or ((compose or "litestream" in path) and _ALWAYS_ON.search(text))
        ),
        leaves=bool(_LEAVES.search(text)),
        encrypted=bool(_ENCRYPTED.search(text)),
        files=bool(_FILES.search(text)),
        artifact_line=line_at(text, artifact.start()) if artifact else 0,
        same_project_line=line_at(text, same.start()) if same else 0,
    )


def _wipes(path: str, text: str) -> tuple[Wipe, ...]:
    found: list[Wipe] = []
    taken: set[int] = set()
    for pattern, what, severity, confidence in _WIPES:
        for match in pattern.finditer(text):
            line = line_at(text, match.start())
            if line not in taken and _is_command(text, match) and not _is_harmless(path, text, match):
                taken.add(line)
                found.append(Wipe(path, line, what, severity, confidence))
    return tuple(found)


def _is_harmless(path: str, text: str, match: re.Match[str]) -> bool:
    """Aimed at a local or test database, or refused in production."""
    line = _whole_line(text, match.start())
    if _GUARD.search(line) or _HARMLESS_NAME.search(line.replace("_", " ").replace(":", " ")):
        return True
    return not path.endswith("package.json") and bool(_GUARD.search(_code(text)))


def _code_wipes(path: str, text: str) -> tuple[Wipe, ...]:
    if _SEED_NAME.search(path) and "supabase/" not in path:
        match = next((match for match in _MASS_DELETE.finditer(text) if _is_command(text, match)), None)
        if match is not None and not _CODE_GUARD.search(_code(text)):
            what = "empties tables before it fills them, and does not ask which database it is in"
            return (Wipe(path, line_at(text, match.start()), what, Severity.HIGH, 0.75),)
        return ()
    if path.endswith(".sql"):
        return ()
    for pattern, what, severity, confidence in _CODE_WIPES:
        match = next((match for match in pattern.finditer(text) if _is_command(text, match)), None)
        if match is not None and not _CODE_GUARD.search(
            _code(text[max(0, match.start() - 600) : match.start()])
        ):
            by_hand = (
                re.search(r"(?:^|/)(?:scripts?|tools|bin|cli)/|reset|init_db|create_db|setup", path)
                is not None
            )
            lowered = severity.lowered(1) if by_hand else severity
            return (Wipe(path, line_at(text, match.start()), what, lowered, confidence - 0.1 * by_hand),)
    return ()


def _committed(view: ProjectView, entry: FileEntry) -> Committed | None:
    path = entry.path
    if not _may_be_a_copy(path) or not _is_tracked(view, entry):
        return None
    size = view.tree.files[path].size
    if _DUMP_NAME.search(path) and not _SOURCE_COPY.search(path) and size > 1_000:
        return Committed(path, 0, 0.8)
    if _SQLITE_NAME.search(path) and size > 8_192:
        return Committed(path, 0, 0.7)
    if not path.endswith(".sql") or size < 200:
        return None
    if entry.unreadable is not None:
        return Committed(path, 0, 0.7) if _SQL_DUMP_NAME.search(path) else None
    line = view.per_file("dump-rows", path, _first_row, 0)
    return Committed(path, line, 0.9) if line else None


def _first_row(text: str) -> int:
    if not _DUMP_HEADER.search(text[:2_000]):
        return 0
    row = _DATA_ROWS.search(text)
    return line_at(text, row.start()) if row else 0


def _is_tracked(view: ProjectView, entry: FileEntry) -> bool:
    if view.git.tracked is None:
        return not entry.ignored_by_git
    return entry.path in view.git.tracked


def _code(text: str) -> str:
    """The text without comment lines: a promise in a comment guards nothing."""
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(_COMMENT))


def _is_command(text: str, match: re.Match[str]) -> bool:
    """Not a comment, a message or a question whether the program is there."""
    line = _whole_line(text, match.start())
    return not line.lstrip().startswith(_COMMENT) and not _LOOKUP.search(line[: line.find(match[0]) + 1])


def _whole_line(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end >= 0 else len(text)][:1_000]
