"""Schedules that settings and migrations hold: what the platform or the database calls by the clock."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.jobs.model import FileJobs, Job, JobKind
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_MOST = 200
_PG_CRON = re.compile(
    r"\bcron\.schedule(?:_in_database)?\s{0,5}\(\s{0,80}(?:job_name\s{0,3}:?=>?\s{0,3})?'(?P<first>[^']{1,120})'\s{0,80}"
    r"(?:,\s{0,80}(?:schedule\s{0,3}:?=>?\s{0,3})?'(?P<second>[^']{1,120})')?",
    re.IGNORECASE,
)
_UNSCHEDULE = re.compile(r"\bcron\.unschedule\s{0,5}\(\s{0,80}'([^']{1,120})'", re.IGNORECASE)
_FUNCTION = re.compile(r"/functions/v1/[\w-]{1,80}")
_URL = re.compile(r"https?://[^\s'\"]{1,200}")
_COMMAND = 1_500
_YAML_CRON = re.compile(r"^\s{0,12}-?\s{0,4}type:\s{0,4}[\"']?cron", re.MULTILINE)
_YAML_NAME = re.compile(r"^\s{0,14}(?:-\s{1,4})?name:\s{0,4}[\"']?([\w .-]{1,60})", re.MULTILINE)
_YAML_SCHEDULE = re.compile(r"^\s{0,14}schedule:\s{0,4}[\"']?([^\"'\n#]{1,60})", re.MULTILINE)
_WORKFLOW_CRON = re.compile(r"^\s{0,12}-\s{0,4}cron:\s{0,4}[\"']?([^\"'\n#]{5,60})", re.MULTILINE)
_WORKFLOW_URL = re.compile(
    r"\b(?:curl|wget|http)\b[^\n]{0,200}?(https?://[^\s\"'\\]{1,200}|\$\{?\{?[\w. ]{1,60}\}?\}?/[^\s\"']{1,120})"
)
_CRONTAB = re.compile(
    r"^(?P<when>[\d*/,-]+(?:\s+[\d*/,A-Za-z-]+){4})\s+(?P<what>\S[^\n]{0,200})", re.MULTILINE
)
_FIVE_FIELDS = re.compile(
    r"^\s{0,3}[\d*/,\-A-Za-z]+(?:\s+[\d*/,\-A-Za-z#L]+){4,5}\s{0,3}$|^@\w+$|^\d+ seconds?$"
)


def read_all(view: ProjectView) -> Iterator[FileJobs]:
    """The schedules of every file that may hold some; of a pg_cron job the one that stands last."""
    found: list[FileJobs] = []
    last: dict[str, str] = {}
    for entry in view.tree.readable():
        read = _reader(entry.path)
        if read is None:
            continue
        jobs = view.per_file(
            "job-schedules", entry.path, lambda text, path=entry.path, read=read: read(path, text), FileJobs()
        )
        if entry.suffix == ".sql":
            gone = view.per_file("job-unscheduled", entry.path, _unscheduled, ())
            last.update(dict.fromkeys(gone, f"{entry.path}:"))
            last.update({job.name: entry.path for job in jobs.jobs})
        if jobs.jobs or jobs.error:
            found.append(jobs)
    for item in found:
        kept = tuple(job for job in item.jobs if last.get(job.name, item.path) == item.path)
        yield replace(item, jobs=kept)


def _unscheduled(text: str) -> tuple[str, ...]:
    return tuple(_UNSCHEDULE.findall(text)[:_MOST]) if "unschedule" in text else ()


@lru_cache(maxsize=65_536)
def _reader(path: str) -> Callable[[str, str], FileJobs] | None:
    name = path.rpartition("/")[2].lower()
    if name.endswith(".sql"):
        return _sql if path_kind(path) in (PathKind.SQL, PathKind.CODE) else None
    by_name = _READERS.get(name)
    if by_name is not None:
        return by_name
    if path.startswith(".github/workflows/") and name.endswith((".yml", ".yaml")):
        return _workflow
    return None


def _sql(path: str, text: str) -> FileJobs:
    if "cron.schedule" not in text.lower():
        return FileJobs()
    jobs: list[Job] = []
    gone = {match[1]: match.start() for match in _UNSCHEDULE.finditer(text)}
    for match in _PG_CRON.finditer(text):
        name, schedule = match["first"], match["second"] or ""
        if not schedule or not _FIVE_FIELDS.match(schedule):
            name, schedule = (name, schedule) if not _FIVE_FIELDS.match(name) else ("", name)
        if _is_comment(text, match.start()) or gone.get(name, -1) > match.start():
            continue
        command = text[match.end() : match.end() + _COMMAND].partition(";\n\n")[0]
        following = _PG_CRON.search(command)
        command = command[: following.start()] if following else command
        url = _FUNCTION.search(command) or _URL.search(command)
        target = url[0] if url else ""
        jobs.append(_job("pg_cron", name or "a database job", path, text, match.start(), schedule, target))
    return FileJobs(path, tuple(jobs[:_MOST]))


def _is_comment(text: str, offset: int) -> bool:
    return text[text.rfind("\n", 0, offset) + 1 : offset].lstrip().startswith("--")


def _job(library: str, name: str, path: str, text: str, offset: int, schedule: str, target: str = "") -> Job:
    line = line_at(text, offset)
    return Job(JobKind.CRON, library, name, path, line, schedule=schedule.strip()[:80], target=target)


def _vercel(path: str, text: str) -> FileJobs:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return FileJobs(path, error="not valid JSON")
    jobs: list[Job] = []
    for item in _items(_table(found).get("crons")):
        target = item.get("path")
        if isinstance(target, str):
            offset = max(0, text.find(f'"{target}"'))
            jobs.append(_job("vercel", target, path, text, offset, str(item.get("schedule", "")), target))
    return FileJobs(path, tuple(jobs))


def _toml(read: Callable[[str, str, Mapping[str, Any]], list[Job]]) -> Callable[[str, str], FileJobs]:
    def of(path: str, text: str) -> FileJobs:
        try:
            table = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError):
            return FileJobs(path, error="not valid TOML")
        return FileJobs(path, tuple(read(path, text, table)))

    return of


def _netlify(path: str, text: str, table: Mapping[str, Any]) -> list[Job]:
    jobs: list[Job] = []
    for name, options in _table(table.get("functions")).items():
        schedule = _table(options).get("schedule")
        if isinstance(schedule, str):
            offset = max(0, text.find("schedule", max(0, text.find(name))))
            jobs.append(_job("netlify", name, path, text, offset, schedule, f"/.netlify/functions/{name}"))
    return jobs


def _wrangler(path: str, text: str, table: Mapping[str, Any]) -> list[Job]:
    crons: object = _table(table.get("triggers")).get("crons")
    if not isinstance(crons, list):
        return []
    offset = max(0, text.find("crons"))
    return [
        _job("cloudflare", "scheduled", path, text, offset, item)
        for item in cast(list[object], crons)
        if isinstance(item, str)
    ]


def _wrangler_json(path: str, text: str) -> FileJobs:
    plain = re.sub(r"(?m)(^|[\s,{\[])//[^\n]*$", r"\1", text)
    plain = re.sub(r",(\s{0,200}[}\]])", r"\1", plain)
    try:
        table = _table(json.loads(plain))
    except (ValueError, RecursionError):
        return FileJobs(path, error="not valid JSON" if '"crons"' in text else "")
    return FileJobs(path, tuple(_wrangler(path, text, table)))


def _railway(path: str, text: str, table: Mapping[str, Any]) -> list[Job]:
    schedule = _table(table.get("deploy")).get("cronSchedule")
    if not isinstance(schedule, str):
        return []
    return [_job("railway", "the service", path, text, max(0, text.find("cronSchedule")), schedule)]


def _railway_json(path: str, text: str) -> FileJobs:
    try:
        return FileJobs(path, tuple(_railway(path, text, _table(json.loads(text)))))
    except (ValueError, RecursionError):
        return FileJobs(path, error="not valid JSON" if "cronSchedule" in text else "")


def _render(path: str, text: str) -> FileJobs:
    jobs: list[Job] = []
    for match in _YAML_CRON.finditer(text):
        block = text[match.start() : match.start() + 1_000]
        following = re.search(r"\n\s{0,12}-\s{0,4}type:", block[1:])
        block = block[: following.start() + 1] if following else block
        name, schedule = _YAML_NAME.search(block), _YAML_SCHEDULE.search(block)
        jobs.append(
            _job(
                "render",
                name[1] if name else "cron",
                path,
                text,
                match.start(),
                schedule[1] if schedule else "",
            )
        )
    return FileJobs(path, tuple(jobs[:_MOST]))


def _workflow(path: str, text: str) -> FileJobs:
    """A workflow that calls the app by the clock; one that only tests or reports is no job of the product."""
    crons = list(_WORKFLOW_CRON.finditer(text))[:20]
    url = _WORKFLOW_URL.search(text)
    if not crons or url is None:
        return FileJobs()
    name = path.rpartition("/")[2].rpartition(".")[0]
    return FileJobs(
        path,
        tuple(_job("github-actions", name, path, text, item.start(1), item[1], url[1]) for item in crons),
    )


def _crontab(path: str, text: str) -> FileJobs:
    return FileJobs(
        path,
        tuple(
            _job("crontab", match["what"][:60], path, text, match.start(), match["when"])
            for match in list(_CRONTAB.finditer(text))[:_MOST]
        ),
    )


def _table(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _items(value: object) -> list[dict[str, Any]]:
    return [_table(item) for item in cast(list[object], value)] if isinstance(value, list) else []


_READERS: Mapping[str, Callable[[str, str], FileJobs]] = {
    "vercel.json": _vercel,
    "netlify.toml": _toml(_netlify),
    "wrangler.toml": _toml(_wrangler),
    "wrangler.json": _wrangler_json,
    "wrangler.jsonc": _wrangler_json,
    "railway.toml": _toml(_railway),
    "railway.json": _railway_json,
    "render.yaml": _render,
    "render.yml": _render,
    "crontab": _crontab,
}
