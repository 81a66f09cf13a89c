"""scale.hot-paths: what is asked so often that ten times the people mean ten times the bill."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.chatter import Chatter, FileChatter, read
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.indexes.index_demand import demand
from lastmile_desktop.project.models.privacy.retention import build
from lastmile_desktop.project.models.queries.loop_bounds import is_once
from lastmile_desktop.project.models.routes.model import EffectKind
from lastmile_desktop.project.models.schema.database_engine import is_sqlite_only
from lastmile_desktop.project.models.schema.model import Table
from lastmile_desktop.project.models.schema.table_kinds import is_stream
from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry
from lastmile_desktop.project.view import ProjectView

_CHECK = "scale.hot-paths"
_EARLY = frozenset({"idea", "hobby"})
_WORDS = ("setInterval", "Interval", "postgres_changes", "await ", "objects.", "session.")
_ADMIN = re.compile(r"admin|dashboard/settings|backoffice|moderation", re.IGNORECASE)
_VERCEL_REGIONS = {
    "iad1": "us-east-1", "cle1": "us-east-2", "sfo1": "us-west-1", "pdx1": "us-west-2", "dub1": "eu-west-1",
    "lhr1": "eu-west-2", "cdg1": "eu-west-3", "fra1": "eu-central-1", "arn1": "eu-north-1", "sin1": "ap-southeast-1",
    "syd1": "ap-southeast-2", "hnd1": "ap-northeast-1", "icn1": "ap-northeast-2", "bom1": "ap-south-1",
    "gru1": "sa-east-1", "cpt1": "af-south-1", "hkg1": "ap-east-1",
}  # fmt: skip
_DATABASE_REGION = re.compile(
    r"aws-\d-([a-z]{2}-[a-z]+-\d)\.pooler\.supabase\.com|\.([a-z]{2}-[a-z]+-\d)\.aws\.neon\.tech"
)
_FUNCTION_REGION = re.compile(r"\"regions\"\s{0,5}:\s{0,5}\[\s{0,5}\"([a-z]{3}\d)\"")
_TRIGGER = re.compile(
    r"create\s{1,5}(?:or\s{1,5}replace\s{1,5})?trigger\s{1,5}[\w\"]{1,80}\s[\s\S]{0,200}?\bon\s{1,5}([\w.\"]{1,80})"
    r"[\s\S]{0,200}?for\s{1,5}each\s{1,5}row\s{1,20}(?:when\s{0,5}\([^;]{0,200}\)\s{0,10})?"
    r"execute\s{1,5}(?:function|procedure)\s{1,5}([\w.\"]{1,80})",
    re.IGNORECASE,
)
_FUNCTION = re.compile(
    r"create\s{1,5}(?:or\s{1,5}replace\s{1,5})?function\s{1,5}([\w.\"]{1,80})\s{0,5}\([^)]{0,400}\)"
    r"([\s\S]{0,4000}?)\$\w{0,20}\$\s{0,5}(?:;|language)",
    re.IGNORECASE,
)
_HEAVY = re.compile(
    r"(?<!net\.)\bhttp_post\s{0,3}\(|extensions\.http|\bcount\s{0,3}\(\s{0,3}\*\s{0,3}\)|\bavg\s{0,3}\(|\bsum\s{0,3}\(",
    re.IGNORECASE,
)
_OF_ONE = re.compile(r"\bwhere\b[^;]{0,200}\b(?:new|old)\.", re.IGNORECASE)
_GROWING = re.compile(
    r"(?:^|_)(?:logs?|page_?views?|analytics|metrics|impressions|clicks)(?:_|$)|"
    r"(?:analytics|webhook|stripe|tracking|usage|user|app|email|security|auth|system)_(?:events?|activity)$",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?:^|_)(?:day|date|week|month|period|year|hour|bucket)(?:$|_)")
_TIDIES = re.compile(
    r"(?:^|[/_-])(?:clean-?up|purge|prune|backfill|seed|migrat\w{1,4}|import|export)(?:[/_.-]|$)"
)
_MOST_PASSES = 4
_MOST_PLACES = 40


_SILENT = FileChatter()


def _may_delete(entry: FileEntry) -> bool:
    return entry.suffix in (".sql", ".ts", ".py", ".js")


def detect(view: ProjectView) -> Detection:
    """Look for questions that every open tab and every row repeats."""
    stage = view.facts.first("profile.stage")
    if stage is not None and stage.value in _EARLY:
        return Detection(not_applicable=NotApplicable("You said nobody depends on this yet.", stage.evidence))
    if not any(view.facts.has(key) for key in ("host", "domains", "db.provider", "db.engine", "db.orm")):
        return Detection(not_applicable=NotApplicable("Nothing here runs for others or keeps data."))
    files = dict(_files(view))
    findings = (
        *_chatter(view, files),
        *_fanout(view),
        *_asked_each_request(view),
        *_far_away(view),
        *_triggers(view),
        *_endless_tables(view),
    )
    passes = () if findings else tuple(islice(_passes(view, files), _MOST_PASSES))
    return Detection(findings, passes, looked=(Looked("files that ask for data", len(files), len(files)),))


def _is_asking(path: str) -> bool:
    return is_production(path) and "/commands/" not in path


def _files(view: ProjectView) -> Iterator[tuple[str, FileChatter]]:
    for path, found in view.each_source("chatter", _is_asking, _read, _SILENT).items():
        if found != _SILENT:
            yield path, found


def _read(outline: Outline, text: str) -> FileChatter:
    if outline.shallow or not outline.functions:
        return FileChatter()
    return read(outline, text) if any(word in text for word in _WORDS) else FileChatter()


def _chatter(view: ProjectView, files: dict[str, FileChatter]) -> Iterator[RawFinding]:
    """One finding for each file and rule; of wide subscriptions one for each table."""
    tables: set[str] = set()
    beside = is_sqlite_only(view)
    written: dict[str, list[Chatter]] = {}
    for path, found in files.items():
        groups: dict[str, list[Chatter]] = {}
        for item in found.found:
            if is_idle(view, path, item.function) or (beside and item.rule == "no-batch"):
                continue
            if item.rule in ("realtime-wide", "polling") and _ADMIN.search(path):
                continue
            if item.rule == "realtime-wide":
                if item.subject in tables:
                    continue
                tables.add(item.subject)
                groups[f"{item.rule}:{item.subject}"] = [item]
            elif item.rule in ("no-batch", "sequential-queries"):
                written.setdefault(view.package_of(path).path, []).append(item)
            else:
                groups.setdefault(item.rule, []).append(item)
        for members in groups.values():
            first, more = members[0], len({item.line for item in members}) - 1
            others = (
                f" The same happens at {more} other place{'s' if more > 1 else ''} in this file."
                if more
                else ""
            )
            mild = Severity.LOW if _ADMIN.search(path) else None
            if first.rule in ("polling", "realtime-wide"):
                # Most polling stops by itself when what is waited for has come, and row policies keep back what is not
                # one's own; neither is seen from here.
                mild = Severity.INFO
            yield RawFinding(
                f"{_CHECK}/{first.rule}", _message(first) + others, (at(path, first.line),),
                f"{first.function}:{first.subject}", mild, first.confidence,
            )  # fmt: skip

    for items in written.values():
        yield from _one_by_one(items)


def _one_by_one(items: list[Chatter]) -> Iterator[RawFinding]:
    """Rows that are written one by one, and queries that wait for one another: one finding for a package, as the same
    change of habit mends them. What runs when something is tidied up or taken away does not count."""
    items = [item for item in items if not is_once(item.function) and not _TIDIES.search(item.path)]
    items.sort(key=lambda item: _ADMIN.search(item.path) is not None)
    for rule in ("no-batch", "sequential-queries"):
        group = [item for item in items if item.rule == rule]
        if not group:
            continue
        first = group[0]
        more = len({(item.path, item.line) for item in group}) - 1
        others = f" The same happens at {more} other place{'s' if more > 1 else ''}." if more else ""
        mild = Severity.LOW if _ADMIN.search(first.path) else None
        places = tuple(dict.fromkeys(at(item.path, item.line) for item in group))[:_MOST_PLACES]
        yield RawFinding(f"{_CHECK}/{rule}", _message(first) + others, places, rule, mild, first.confidence)


def _message(item: Chatter) -> str:
    if item.rule == "polling":
        return f"Every open tab asks again every {item.seconds:g} seconds, also when nothing has changed."
    if item.rule == "realtime-wide":
        return f"Every open tab is told of every change to `{item.subject}`, not only of its own rows."
    if item.rule == "no-batch":
        return (
            f"This asks `{item.subject}` once for each item of a list: a hundred items are a hundred queries."
        )
    return f"{item.subject} queries run one after the other although none needs another's answer."


def _fanout(view: ProjectView) -> Iterator[RawFinding]:
    """Entries that write to many receivers while the sender waits."""
    seen: set[tuple[str, int]] = set()
    for route in view.routes.routes:
        for effect in route.effects:
            if effect.kind is not EffectKind.EMAIL or not effect.call.callee.endswith(
                ("sendEachForMulticast", "sendMulticast", "sendPushNotificationsAsync")
            ):
                continue
            if (effect.path, effect.line) not in seen:
                seen.add((effect.path, effect.line))
                message = f"{route.route} notifies everybody while the person who wrote waits for the answer."
                yield RawFinding(
                    f"{_CHECK}/fanout", message, (at(effect.path, effect.line),), route.route, confidence=0.6
                )


def _asked_each_request(view: ProjectView) -> Iterator[RawFinding]:
    for package in view.packages:
        folder = "" if package.path == "." else f"{package.path}/"
        for place in ("middleware.ts", "middleware.js", "proxy.ts", "src/middleware.ts", "src/proxy.ts"):
            path = folder + place
            line = view.per_file("auth-on-each-request", path, _auth_line, 0)
            if line:
                message = "Each picture, font and script of a page asks the sign-in service who is there."
                yield RawFinding(
                    f"{_CHECK}/per-request-auth-call", message, (at(path, line),), path, confidence=0.7
                )


def _auth_line(text: str) -> int:
    """The line of a question over the network in a middleware that runs for every file."""
    found = re.search(r"auth\.getUser\(|currentUser\(|getSession\(\s{0,3}\{|fetch\(", text)
    return 0 if found is None or "matcher" in text else line_at(text, found.start())


def _far_away(view: ProjectView) -> Iterator[RawFinding]:
    """Functions in one part of the world, their database in another."""
    if not any(fact.key == "host" and fact.value == "vercel" for fact in view.facts):
        return
    set_at = view.per_file("function-region", "vercel.json", _function_region, ("", 0))
    region = _VERCEL_REGIONS.get(set_at[0] or "iad1", "")
    for entry in view.tree.readable():
        if (
            path_kind(entry.path) not in (PathKind.ENV, PathKind.CODE, PathKind.EXAMPLE)
            or entry.size > 200_000
        ):
            continue
        if not (entry.name.startswith(".env") or entry.suffix in (".ts", ".js", ".prisma", ".toml")):
            continue
        database, line = view.per_file("database-region", entry.path, _database_region, ("", 0))
        if database and region and database.partition("-")[0] != region.partition("-")[0]:
            where = f"run in {region}" if set_at[0] else f"run in {region}, because no region is chosen"
            message = (
                f"Your functions {where}, and your database is in {database}: each query crosses the ocean."
            )
            place = at("vercel.json", set_at[1]) if set_at[0] else at(entry.path, line)
            likely = 0.8 if set_at[0] else 0.7
            yield RawFinding(f"{_CHECK}/region-mismatch", message, (place,), database, confidence=likely)
            return


def _function_region(text: str) -> tuple[str, int]:
    found = _FUNCTION_REGION.search(text)
    return (found[1], line_at(text, found.start())) if found else ("", 0)


def _database_region(text: str) -> tuple[str, int]:
    found = _DATABASE_REGION.search(text)
    return (found[1] or found[2], line_at(text, found.start())) if found else ("", 0)


def _triggers(view: ProjectView) -> Iterator[RawFinding]:
    """Row triggers whose function adds up a whole table, or all that belongs to one thing where everybody adds to it,
    or waits for another server."""
    triggers: dict[str, tuple[str, str, int]] = {}
    weights: dict[str, str] = {}
    for entry in view.tree.readable():
        if entry.suffix != ".sql" or path_kind(entry.path) is PathKind.DUMP:
            continue
        found, functions = view.per_file("heavy-triggers", entry.path, _read_triggers, ((), ()))
        triggers.update({name: (table, entry.path, line) for name, table, line in found})
        weights.update(functions)
    for name, (table, path, line) in triggers.items():
        weight = weights.get(name, "")
        if weight == "whole" or (weight == "part" and is_stream(table)):
            message = (
                f"For each row that is written, `{name}` adds up a whole table or waits for another server."
                if weight == "whole"
                else f"For each row that is written to {table}, `{name}` counts all that belong to the same thing."
            )
            # How many rows it goes through when it runs, no file tells.
            yield RawFinding(f"{_CHECK}/heavy-trigger", message, (at(path, line),), name, Severity.INFO, 0.65)


def _read_triggers(text: str) -> tuple[tuple[tuple[str, str, int], ...], tuple[tuple[str, str], ...]]:
    """(function, table, line) of each trigger, and how much each function looks at: `whole` tables, `part` of one."""
    if "function" not in text.lower():
        return (), ()
    found = tuple(
        (_bare(match[2]), _bare(match[1]), line_at(text, match.start()))
        for match in islice(_TRIGGER.finditer(text), 200)
    )
    functions = tuple((_bare(match[1]), _weight(match[2])) for match in islice(_FUNCTION.finditer(text), 300))
    return found, functions


def _weight(body: str) -> str:
    if _HEAVY.search(body) is None:
        return ""
    return "part" if _OF_ONE.search(body) and "http" not in body.lower() else "whole"


def _bare(name: str) -> str:
    return name.replace('"', "").rpartition(".")[2].lower()


def _endless_tables(view: ProjectView) -> Iterator[RawFinding]:
    """Tables of events that only grow: one finding."""
    growing = [
        table
        for table in view.schema.tables.values()
        if _GROWING.search(table.name.rpartition(".")[2]) and table.created
    ]
    if not growing:
        return
    kept = {
        name
        for names in view.each_file("deleted-from", _may_delete, _deleted_from, ()).values()
        for name in names
    }
    removed = {name for name in kept if name[:1].isupper()} | {item.table for item in build(view).cleanups}
    models = tuple(f"_{name.lower()}" for name in removed if name)
    written = view.made(demand).touched
    # Where hardly any query is seen, the code that writes is elsewhere.
    unseen = len(written) * 4 < len(view.schema.tables)
    endless = [
        table
        for table in growing
        if (unseen or table.name in written)
        and table.bare_name not in kept
        and not f"_{table.bare_name}".endswith(models)
        and not _is_by_day(table)
    ]
    if endless:
        table = endless[0]
        name = table.name.removeprefix("public.")
        more = f" So do {len(endless) - 1} others." if len(endless) > 1 else ""
        message = f"`{name}` gets a row for everything that happens, and nothing ever removes old ones.{more}"
        made = table.created_place or table.place
        place = at(made.path, made.line)
        yield RawFinding(f"{_CHECK}/unbounded-table", message, (place,), name, Severity.LOW, 0.6)


def _is_by_day(table: Table) -> bool:
    """One row for each thing and day, not for everything that happens."""
    keys = (table.primary_key, *(index.columns for index in table.indexes if index.unique))
    return any(len(columns) > 1 and any(_DAY.search(column) for column in columns) for columns in keys)


def _deleted_from(text: str) -> tuple[str, ...]:
    if "delete" not in text.lower():
        return ()
    sql = re.findall(r"(?i)delete\s{1,5}from\s{1,5}(?:only\s{1,3})?(?:public\.)?\"?(\w{1,80})", text)
    calls = re.findall(r"from\(\s{0,3}[\"'](\w{1,80})[\"']\s{0,3}\)\s{0,40}\.delete\(", text)
    models = re.findall(r"\b([A-Z]\w{1,80})\.objects\b[^\n;]{0,200}?\.delete\(", text)
    return tuple(dict.fromkeys((*sql, *calls, *models)))[:200]


def _passes(view: ProjectView, files: dict[str, FileChatter]) -> Iterator[PassEvidence]:
    for path, found in files.items():
        for line in found.filtered:
            yield PassEvidence(at(path, line, note="Only the rows that concern this tab are heard of."))
        for line in found.together:
            yield PassEvidence(at(path, line, note="These questions are asked side by side."))
    for route in view.routes.routes:
        reads = sum(1 for effect in route.effects if effect.kind is EffectKind.DB_READ)
        if route.handler is not None and reads < 4:
            note = f"{route.route} asks the database {reads} time{'s' if reads != 1 else ''}."
            yield PassEvidence(at(route.path, route.span.line, note=note))
