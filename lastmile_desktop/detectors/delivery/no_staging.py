"""delivery.no-staging: every change is tried on the customers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lastmile_desktop.core.evidence import absent, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.settings.environments import Database, databases, stage_of
from lastmile_desktop.project.path_kinds import PathKind, is_example_env, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "delivery.no-staging"
_EARLY = frozenset(("idea", "demo"))
_SERVED = frozenset(("first-users", "paying", "growing"))
_SETTINGS = re.compile(
    r"(?:^|/)\.env(?:\.[\w.-]{1,40})?$|(?:^|/)\.dev\.vars$|(?:^|/)(?:vercel|netlify)\.(?:json|toml)$|(?:^"
    r"|/)(?:render\.ya?ml|fly[\w.-]{0,20}\.toml)$"
)
_AGENT_FILES = (
    ".mcp.json",
    ".cursor/mcp.json",
    ".vscode/mcp.json",
    ".claude/settings.json",
    ".claude/settings.local.json",
    "mcp.json",
    ".gemini/settings.json",
)
_DATABASE_SERVER = re.compile(
    r"mcp-server-(?:supabase|postgres|neon)|server-postgres|mcp\.supabase\.com|postgres-mcp"
    r"|mcp\.neon\.tech|mysql-mcp|mongodb-mcp|@supabase/mcp"
)
_READ_ONLY = re.compile(
    r"--read-only|--readonly|read_only=true|\"readOnly\"\s{0,3}:\s{0,3}true|readOnly=true"
    r"|--access-mode=restricted|features=docs"
)
_BRANCHES = re.compile(
    r"(?i)supabase\s+branch|branching|neonctl\s+branches|neondatabase/create-branch-action|\bstaging\b"
    r"|preview[_-]?(?:database|db|branch)|--branch\s+preview|target:\s{0,3}staging"
)
_BUILDER_URL = re.compile(
    r"https?://(?:id-preview--|preview--)[\w-]{3,80}\.lovable\.app"
    r"|https?://[\w-]{3,80}\.lovableproject\.com|https?://[\w-]{6,80}\.(?:webcontainer\.io"
    r"|local-credentialless\.webcontainer\.io)|https?://[\w.-]{3,80}\.(?:replit\.dev|repl\.co)"
)
_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose[\w.-]{0,30}\.ya?ml$")
_STAGED = re.compile(r"(?:^|/)(?:fly|wrangler|render|\.env)[\w.-]{0,40}$")
_PREVIEW_SETTINGS = re.compile(
    r"previews:\s{0,3}\n\s{0,20}(?:generation|environments)|pullRequestPreviewsEnabled:\s{0,3}true"
)
_SEEDS = re.compile(
    r"(?:^|/)(?:supabase/seed\.sql|prisma/seed\.\w{2,3}|seeds?/[^/]{1,80}\.(?:sql|ts|js|py)|seed\.(?:ts|js"
    r"|py|sql)|[\w/]{0,80}management/commands/[\w]{0,40}seed[\w]{0,40}\.py|factories\.py"
    r"|fixtures/[\w-]{1,60}\.json)$"
)
_ATTEST = (
    "State that there are two environments with a database each, and how a change gets from one to the other."
)


def detect(view: ProjectView) -> Detection:
    stage = view.facts.value("profile.stage")
    found = tuple(_databases(view))
    if stage in _EARLY:
        return Detection(not_applicable=NotApplicable("Nobody uses this yet: one environment is enough."))
    if not found and not _has_database(view):
        return Detection(not_applicable=NotApplicable("There is no database that a change could damage."))
    findings = (
        *_single(view, found, stage),
        *_prod_at_hand(found),
        *_agents(view),
        *_parity(view, found),
        *_seed(view, stage),
        *_builder(view, stage),
        *_open_previews(view),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(view, found)),
        looked=(
            Looked("settings files", len({item.path for item in found}), len({item.path for item in found})),
        ),
        needs_attestation=_ATTEST,
    )


@lru_cache(maxsize=65_536)
def _is(pattern: re.Pattern[str], path: str) -> bool:
    """Asked for every file at every save."""
    return bool(pattern.search(path))


def _has_database(view: ProjectView) -> bool:
    return view.facts.has("db.engine") or view.facts.has("db.provider")


def _databases(view: ProjectView) -> Iterator[Database]:
    for entry in view.tree.readable():
        path = entry.path
        if not _is(_SETTINGS, path) or is_example_env(path) or path_kind(path) is PathKind.EXAMPLE:
            continue
        for name, line, identity, local in view.per_file("databases", path, databases, ()):
            yield Database(path, line, name, identity, local)


def _second(view: ProjectView, found: tuple[Database, ...]) -> str:
    """What shows that there is a second environment, "" when nothing does."""
    if any(item.local for item in found) and any(item.identity and not item.local for item in found):
        return "a local database beside the remote one"
    if len({item.identity for item in found if item.identity and not item.local}) >= 2:
        return "two different databases in the settings"
    if "supabase/config.toml" in view.tree and any(
        path.startswith("supabase/migrations/") for path in view.tree.files
    ):
        return _told(view) or ("a local Supabase set up by the repository" if _local_supabase(view) else "")
    return _told(view)


def _local_supabase(view: ProjectView) -> bool:
    """`supabase start` is in a script; the configuration file alone comes with every project of a builder."""
    return any(
        view.per_file("supabase-start", entry.path, _starts_locally, False)
        for entry in view.tree.readable()
        if entry.name in ("package.json", "Makefile", "README.md", "CONTRIBUTING.md")
    )


def _starts_locally(text: str) -> bool:
    return bool(re.search(r"supabase\s+(?:start|db\s+reset)\b", text))


def _told(view: ProjectView) -> str:
    """Branches of databases, staging in the pipeline or in a host's file, a database in a compose file."""
    for entry in view.tree.readable():
        path = entry.path
        if _is_told_in(path) and view.per_file("branches", path, _branches, False):
            return f"{path} has a second environment"
        if _is(_COMPOSE, path) and view.per_file("compose-db", path, _compose_db, False):
            return f"{path} starts a database of its own"
        if _is(_STAGED, path) and stage_of(path) in ("preview", "prod"):
            return f"{path} is for another environment"
    return ""


@lru_cache(maxsize=65_536)
def _is_told_in(path: str) -> bool:
    settings = path.endswith((".yml", ".yaml", ".toml", ".json", "Makefile")) and not path.endswith(
        "-lock.json"
    )
    return settings and (
        path_kind(path) is PathKind.CI or "/" not in path or path.startswith((".github/", "supabase/"))
    )


def _branches(text: str) -> bool:
    return bool(_BRANCHES.search(text))


def _compose_db(text: str) -> bool:
    return bool(
        re.search(r"image:\s{0,3}[\"']?[\w./-]{0,60}(?:postgres|mysql|mariadb|mongo|postgis|pgvector)", text)
    )


def _single(view: ProjectView, found: tuple[Database, ...], stage: str | None) -> Iterator[RawFinding]:
    remote = [item for item in found if item.identity and not item.local]
    stages: dict[str, list[Database]] = {}
    for item in remote:
        stages.setdefault(stage_of(item.path), []).append(item)
    live = stages.get("prod", [])
    work = [item for key in ("dev", "", "preview") for item in stages.get(key, [])]
    same = next(((a, b) for a in live for b in work if a.identity == b.identity), None)
    if same is not None:
        a, b = same
        yield RawFinding(
            f"{CHECK}/single-environment",
            f"{b.path} and {a.path} name the same database: what you try is tried on your customers' data.",
            (at(b.path, b.line, note=b.name), at(a.path, a.line, note=a.name)),
            b.name,
        )
        return
    if not remote or _second(view, found):
        return
    first = remote[0]
    yield RawFinding(
        f"{CHECK}/single-environment",
        f"Every setting names one database ({first.name}), and nothing shows a second one to try a change "
        f"on.",
        (at(first.path, first.line, note=first.name),),
        "one-database",
        confidence=0.75 if stage in _SERVED else 0.65,
    )


def _prod_at_hand(found: tuple[Database, ...]) -> Iterator[RawFinding]:
    """The settings of this computer hold the database that the file for production names, by name."""
    for item in found:
        if (
            stage_of(item.path) == "dev"
            and re.search(r"(?i)prod|live", item.name)
            and item.identity
            and not item.local
        ):
            yield RawFinding(
                f"{CHECK}/prod-in-dev-env",
                f"{item.path} holds {item.name}, the live database, on the computer where you try things.",
                (at(item.path, item.line, note=item.name),),
                item.name,
            )


def _agents(view: ProjectView) -> Iterator[RawFinding]:
    for path in _AGENT_FILES:
        text = view.text(path) if path in view.tree else None
        match = _DATABASE_SERVER.search(text) if text else None
        if text is None or match is None or _READ_ONLY.search(text):
            continue
        block = text[max(0, match.start() - 400) : match.end() + 600]
        if re.search(r"localhost|127\.0\.0\.1|staging|_DEV\b", block):
            continue
        yield RawFinding(
            f"{CHECK}/agent-on-prod",
            f"{path} lets your AI tool write to the database: one wrong prompt changes your customers' data.",
            (at(path, line_at(text, match.start())),),
            match[0],
        )


def _parity(view: ProjectView, found: tuple[Database, ...]) -> Iterator[RawFinding]:
    """SQLite here and another database there: what works here fails there."""
    for entry in view.tree.readable():
        if not entry.name.endswith(".py") or not re.search(
            r"(?:settings|config|database|db)[\w]{0,20}\.py$|settings/", entry.path
        ):
            continue
        if path_kind(entry.path) is PathKind.TEST:
            continue
        line = view.per_file("sqlite-or", entry.path, _two_engines, 0)
        if line:
            yield RawFinding(
                f"{CHECK}/parity",
                f"{entry.path} uses SQLite when nothing else is set and another database live: types, "
                f"locks and "
                f"constraints differ.",
                (at(entry.path, line),),
                "sqlite",
            )
            return


def _two_engines(text: str) -> int:
    match = re.search(
        r"(?:getenv|environ\.get|config|env(?:\.db)?)\([^)\n]{0,80}[\"']sqlite(?:\+aiosqlite)?:///"
        r"|sqlite3?[\"'][^\n]{0,80}\n?[^\n]{0,200}\belse\b",
        text,
    )
    if match is None or not re.search(r"postgres|psycopg|mysql|asyncpg", text, re.IGNORECASE):
        return 0
    return line_at(text, match.start())


def _seed(view: ProjectView, stage: str | None) -> Iterator[RawFinding]:
    schema = any("/migrations/" in f"/{path}" or path.endswith("schema.prisma") for path in view.tree.files)
    if stage not in _SERVED or not schema or any(_is(_SEEDS, path) for path in view.tree.files):
        return
    yield RawFinding(
        f"{CHECK}/no-prod-like-data",
        "Nothing fills a second database with data like your customers': a change is tried on an empty one.",
        (absent("no seed script or sample data"),),
    )


def _builder(view: ProjectView, stage: str | None) -> Iterator[RawFinding]:
    """An address of the builder's preview where customers are sent to."""
    url = view.facts.value("profile.url") or ""
    if url and _BUILDER_URL.search(url):
        yield RawFinding(
            f"{CHECK}/builder-preview-as-prod",
            "The address of your site is the builder's preview: every keystroke of yours is live.",
            (derived("your answer to where the site runs"),),
            "url",
        )
        return
    for name in ("README.md", "index.html", "public/sitemap.xml", "public/robots.txt"):
        text = view.text(name) if name in view.tree else None
        match = _BUILDER_URL.search(text) if text else None
        if text is not None and match is not None and (name != "README.md" or stage in _SERVED):
            yield RawFinding(
                f"{CHECK}/builder-preview-as-prod",
                f"{name} sends people to the builder's preview, where every keystroke of yours is live.",
                (at(name, line_at(text, match.start())),),
                name,
                confidence=0.6 if name == "README.md" else None,
            )
            return


def _open_previews(view: ProjectView) -> Iterator[RawFinding]:
    for name in ("render.yaml", "render.yml"):
        text = view.text(name) if name in view.tree else None
        match = _PREVIEW_SETTINGS.search(text) if text else None
        if text is not None and match is not None and "previewValue" not in text:
            yield RawFinding(
                f"{CHECK}/preview-public",
                f"{name} makes a public preview of each pull request with the settings of the live app, "
                f"its database too.",
                (at(name, line_at(text, match.start())),),
                name,
            )


def _passes(view: ProjectView, found: tuple[Database, ...]) -> Iterator[PassEvidence]:
    second = _second(view, found)
    if second:
        yield PassEvidence(derived(second))
