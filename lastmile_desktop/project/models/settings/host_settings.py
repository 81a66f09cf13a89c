"""What differs between the founder's computer and the host: file names, folders, runtimes, ports, clocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from lastmile_desktop.core.facts import Fact
from lastmile_desktop.project.env_prefixes import public_framework
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.settings.env_definitions import kind_of
from lastmile_desktop.project.models.settings.env_reads import blank_comments
from lastmile_desktop.project.models.settings.local_addresses import ships
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry
from lastmile_desktop.project.view import ProjectView

Place = tuple[str, int]

_JS_ENDINGS = (
    "",
    ".ts",
    ".tsx",
    ".js",
    ".jsx",
    ".mjs",
    ".css",
    ".json",
    "/index.ts",
    "/index.tsx",
    "/index.js",
)
_MACHINE_PATH = re.compile(
    r"[\"'`](?P<path>[A-Z]:\\\\{1,2}(?:Users|Projects|dev|code)\\\\{1,2}[^\"'`\n]{1,80}|/Users/[A-Za-z][\w.-]{1,30}/[^\"'`\n]{1,80}"
    r"|/home/(?!runner|node|app|user\b|ubuntu|vscode|web|www|appuser|site|sbx|ec2-user|deploy|admin|git|www-data)[a-z][\w.-]{1,30}/[^\"'`\n]{1,80})[\"'`]"
)
_MAIL_PORT = re.compile(
    r"(?i)(?:port[\"']?\s{0,3}:\s{0,3}|SMTP_PORT[\"'`]?\)?\s{0,3}(?:\|\||\?\?)\s{0,3}[\"'`]?)(?P<port>25|587)\b"
)
_DAY_START = re.compile(
    r"\.setHours\(\s{0,3}0\s{0,3},\s{0,3}0\s{0,3},\s{0,3}0|datetime\.now\(\)\.replace\(\s{0,3}hour=0|datetime\.now\(\)\.date\(\)|\bdate\.today\(\)"
)
_DAILY = re.compile(r"(?i)(?:daily|per_?day|today)[_ A-Za-z]{0,12}(?:limit|usage|count|quota|max)|quota")
_DEPLOYS = re.compile(r"(?i)/(?:[^/]*(?:deploy|release|build|publish)[^/]*|ci|main)\.ya?ml$")
_PYTHON_TEXT = re.compile(r'"{3}[\s\S]{0,8000}?"{3}|(?m:^\s{0,40}#[^\n]{0,2000})')
_SERVER_FOLDER = re.compile(r"(?:^|/)(?:functions|api|server|backend)/")


def case_mismatches(view: ProjectView) -> tuple[tuple[str, int, str, str], ...]:
    """(importing file, line, module text, the file as it is called) of imports that a case-sensitive disk refuses."""
    if not view.modules.unresolved:
        return ()
    lower: dict[str, str] = {}
    for path in view.tree.files:
        lower.setdefault(path.lower(), path)
    found: list[tuple[str, int, str, str]] = []
    for importer, module in view.modules.unresolved:
        target = _in_other_case(importer, module, lower)
        outline = view.outlines.get(importer)
        if target is not None and outline is not None:
            line = next((item.span.line for item in outline.imports if item.module == module), 1)
            found.append((importer, line, module, target))
    return tuple(sorted(set(found)))


def _in_other_case(importer: str, module: str, lower: dict[str, str]) -> str | None:
    if module.startswith("."):
        bases = [_joined(str(PurePosixPath(importer).parent), module)]
    elif module.startswith(("@/", "~/")):
        rest = module[2:]
        bases = [rest, f"src/{rest}", f"app/{rest}", f"client/src/{rest}"]
    else:
        return None
    for base in bases:
        for ending in _JS_ENDINGS:
            wanted = f"{base}{ending}"
            there = lower.get(wanted.lower())
            if there is not None and there != wanted:
                return there
    return None


def _joined(folder: str, module: str) -> str:
    parts = [] if folder == "." else folder.split("/")
    for part in module.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", "", ".."):
            parts.append(part)
    return "/".join(parts)


def _is_shipped(entry: FileEntry) -> bool:
    return ships(entry.path) and not entry.minified


def machine_paths(view: ProjectView) -> tuple[tuple[str, int, str], ...]:
    """(file, line, path) of folders of one person's machine in code that ships."""
    return tuple(
        (path, line, shown)
        for path, found in view.each_file("machine-paths", _is_shipped, _machine_paths, ()).items()
        for line, shown in found
    )


def _machine_paths(text: str) -> tuple[tuple[int, str], ...]:
    if "/Users/" not in text and "/home/" not in text and ":\\" not in text:
        return ()
    code = blank_comments(text)
    return tuple(
        (line_at(code, match.start()), match["path"][:80])
        for match, _ in zip(_MACHINE_PATH.finditer(code), range(20), strict=False)
        if not re.search(
            r"(?i)placeholder|example|console\.|e\.g\.", code[max(0, match.start() - 60) : match.start()]
        )
    )


def mail_ports(view: ProjectView) -> tuple[tuple[str, int, int], ...]:
    """(file, line, port) of SMTP in Supabase functions, from which ports 25 and 587 cannot be reached."""
    return tuple(
        (entry.path, line, port)
        for entry in view.tree.readable()
        if "supabase/functions/" in entry.path and ships(entry.path)
        for line, port in view.per_file("mail-ports", entry.path, _mail_ports, ())
    )


def _mail_ports(text: str) -> tuple[tuple[int, int], ...]:
    if not re.search(r"(?i)smtp|nodemailer|denomailer", text):
        return ()
    code = blank_comments(text)
    return tuple((line_at(code, match.start()), int(match["port"])) for match in _MAIL_PORT.finditer(code))[
        :5
    ]


def server_days(view: ProjectView) -> tuple[Place, ...]:
    """Server code that counts something by the day, and lets the server's clock say when it begins."""
    return tuple(
        (entry.path, line)
        for entry in view.tree.readable()
        if ships(entry.path)
        and _SERVER_FOLDER.search(entry.path)
        and not view.client_graph.is_client(entry.path)
        for line in view.per_file("server-days", entry.path, _server_days, ())
    )


def _server_days(text: str) -> tuple[int, ...]:
    if "setHours" not in text and "today()" not in text and "now()" not in text:
        return ()
    code = _PYTHON_TEXT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), blank_comments(text))
    if re.search(r"(?i)timezone|time_zone|tz\b|ZoneInfo|Intl\.DateTimeFormat", code):
        return ()
    return tuple(
        line_at(code, match.start())
        for match in _DAY_START.finditer(code)
        if _DAILY.search(code[max(0, match.start() - 600) : match.end() + 600])
    )[:5]


def public_names_at_runtime(view: ProjectView) -> Iterator[tuple[str, int, str]]:
    """(compose file, line, name) of settings that were copied into the pages long before the container starts."""
    for entry in view.tree.readable():
        if kind_of(entry.path) == "compose" and path_kind(entry.path) is PathKind.CODE:
            for line, name in view.per_file("runtime-public-names", entry.path, _runtime_names, ()):
                if not _is_build_argument(view, name):
                    yield entry.path, line, name


def _runtime_names(text: str) -> tuple[tuple[int, str], ...]:
    """Names under `environment:` of services that are built here and are not a development server."""
    found: list[tuple[int, str]] = []
    section, indent = "", 0
    built = "build:" in text and not re.search(
        r"(?m)command:.{0,80}\b(?:dev|vite|start:dev)\b|target:\s{0,3}dev|(?i:dockerfile[.-]?dev)|\./[\w./-]{0,60}:/app\b",
        text,
    )
    for number, line in enumerate(text.split("\n"), start=1):
        depth = len(line) - len(line.lstrip())
        if line.strip() and depth <= indent and section:
            section = ""
        if re.match(r"\s{2,20}environment:\s{0,3}$", line):
            section, indent = "environment", depth
            continue
        name = re.match(r"\s{4,30}(?:-\s{1,3})?([A-Z][A-Z0-9_]{3,80})\s{0,2}[:=]", line)
        if section and built and name and public_framework(name[1]):
            found.append((number, name[1]))
    return tuple(found)


def _is_build_argument(view: ProjectView, name: str) -> bool:
    return any(
        re.search(rf"(?m)^\s{{0,8}}ARG\s{{1,3}}{name}\b", view.text(entry.path) or "") is not None
        for entry in view.tree.readable()
        if entry.name.lower().startswith("dockerfile")
    )


def runtime_majors(view: ProjectView) -> Iterator[tuple[str, tuple[tuple[str, int, str], ...]]]:
    """(runtime, places) where exact versions of one runtime differ in their major number."""
    for key, shown in (("runtime.node", "Node.js"), ("runtime.python", "Python")):
        by_package: dict[str, list[tuple[str, int, str]]] = {}
        for fact in view.facts:
            if fact.key == key and fact.evidence is not None and _exact(fact, key):
                by_package.setdefault(fact.package, []).append(
                    (fact.evidence.path, fact.evidence.line_start, _exact(fact, key))
                )
        for places in by_package.values():
            if len({version for _, _, version in places}) > 1 and _not_a_matrix(places):
                yield shown, tuple(sorted(places))


def _exact(fact: Fact, key: str) -> str:
    """The major version (of Python, with the minor) when the value is a version and not a range."""
    pattern = r"v?(\d{1,2})(?:\.\d+)*(?:[.-](?:x|alpine|slim|bullseye|bookworm)[\w.-]*)?\Z"
    if key == "runtime.python":
        pattern = r"v?(3\.\d{1,2})(?:\.\d+)*(?:-[\w.-]+)?\Z"
    match = re.match(pattern, fact.value.strip())
    return match[1] if match else ""


def _not_a_matrix(places: list[tuple[str, int, str]]) -> bool:
    """Workflows test other versions on purpose: only those that build or deploy count, beside another file."""
    places = [place for place in places if not place[0].startswith(".github/") or _DEPLOYS.search(place[0])]
    elsewhere = {version for path, _, version in places if not path.startswith(".github/")}
    ci = {version for path, _, version in places if path.startswith(".github/")}
    return len(elsewhere) > 1 or bool(elsewhere and ci and not elsewhere & ci)
