"""Places that keep data where it does not last: on the disk of a container, in the memory of a process, in one
browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Do, Outline, calls_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.model import is_production

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_STORE_NAME = re.compile(
    r"^(?:_?(?:sessions?|users?|orders?|carts?|otps?|otp\w*|codes?|verification\w*|reset\w*tokens?|refresh\w*tokens?|magic\w*"
    r"|messages|rooms|games?|jobs?|tasks|todos|posts|items|subscriptions|customers|bookings|conversations|chat\w*histor\w*)"
    r"|\w+_?(?:store|storage|db|database|registry|sessions))$",
    re.IGNORECASE,
)
_CACHE_NAME = re.compile(
    r"cache|memo|lookup|config|labels?|options|default|route|nav|menu|mock|sample|static|const|schema", re.I
)
_LIMIT_NAME = re.compile(
    r"rate_?limit|request_?counts?|attempts|hits|throttle|limiter|ip_?requests|request_?log|_buckets?$", re.I
)
_EMPTY_MAP = re.compile(
    r"^(?:new (?:Map|Set)(?:<.{0,200}>)?\(\s*\)|\{\s*\}|\[\s*\]|dict\(\)|defaultdict\([\w.: ]{0,40}\))$"
)
_UPLOAD_PATH = re.compile(
    r"upload|public|storage|media|avatars?|images?|attachments?|documents?|static|files", re.IGNORECASE
)
_TEMPORARY = re.compile(r"tmp|temp|os\.tmpdir|tempfile|cache|log", re.IGNORECASE)
_WRITES = re.compile(
    r"^(?:fs|fsp|fsPromises|promises)(?:\.promises)?\.(?:writeFile|writeFileSync|createWriteStream)$|^(?:writeFile|writeFileSync|createWriteStream)$"
)
_REMOVES = re.compile(r"(?:unlink|unlinkSync|rm|rmSync|remove|os\.remove|os\.unlink)$")
_SOCKETS = frozenset({"WebSocketServer", "SocketIOServer"})
_FILE_DATABASE = re.compile(r"\.(?:db|sqlite3?)$|^sqlite:///|^file:")


@dataclass(frozen=True, slots=True)
class Fleeting:
    """`kind` is the rule of data.ephemeral-storage; `what` names the thing."""

    kind: str
    path: str
    line: int
    what: str


def fleeting(view: ProjectView) -> tuple[Fleeting, ...]:
    found = view.each_outline("fleeting", read_fleeting)
    return tuple(item for items in found.values() for item in items)


def read_fleeting(outline: Outline) -> tuple[Fleeting, ...]:
    """What one file keeps where it does not last."""
    if outline.shallow or not is_production(outline.path):
        return ()
    modules = frozenset(item.module for item in outline.imports if not item.type_only)
    names = {local: item.module for item in outline.imports for local, _ in item.names}
    calls = [
        *calls_within(outline.top),
        *(call for item in outline.functions for call in calls_within(item.body)),
    ]
    removes = any(_REMOVES.search(call.callee) for call in calls)
    found: list[Fleeting] = []
    for call in calls:
        kind, what = _of_call(call, modules, names, removes)
        if kind:
            found.append(Fleeting(kind, outline.path, call.span.line, what))
    return (*found, *_in_memory(outline, calls))


def _of_call(call: Call, modules: frozenset[str], names: dict[str, str], removes: bool) -> tuple[str, str]:
    root = call.root.rpartition(".")[2]
    if "multer" in modules and (
        call.callee == "multer.diskStorage"
        or (call.root == "multer" and call.args and call.args[0].entry("dest"))
    ):
        return ("", "") if removes or _TEMPORARY.search(_texts(call)) else ("local-uploads", "uploaded files")
    if _WRITES.match(call.callee) and call.args and not removes:
        path = call.args[0].text
        if _UPLOAD_PATH.search(path) and not _TEMPORARY.search(path):
            return "local-uploads", "files"
    if (
        call.callee.endswith(".save")
        and "flask" in modules
        and call.args
        and "UPLOAD" in call.args[0].text.upper()
    ):
        return ("", "") if removes else ("local-uploads", "uploaded files")
    if call.root == "open" and len(call.args) > 1 and "wb" in (call.args[1].literal or "") and not removes:
        path = call.args[0].text
        if _UPLOAD_PATH.search(path) and not _TEMPORARY.search(path):
            return "local-uploads", "files"
    if names.get(call.root) == "express-session" and call.args and not _has(call, "store"):
        return "memory-state", "sign-ins"
    if names.get(call.root) == "express-rate-limit" and call.args and not _has(call, "store"):
        return "memory-rate-limit", "request counts"
    if (call.is_new and root in _SOCKETS) or (call.is_new and root == "Server" and "socket.io" in modules):
        return "websocket-on-serverless", "open sockets"
    if call.callee == "cron.schedule" and "node-cron" in modules:
        return "memory-state", "a timetable"
    return _database(call, modules)


def _database(call: Call, modules: frozenset[str]) -> tuple[str, str]:
    """A database that is one file."""
    first = call.args[0] if call.args else None
    text = (first.literal or "") if first is not None else ""
    if call.is_new and call.root == "Database" and "better-sqlite3" in modules and text != ":memory:":
        return "sqlite-on-serverless", text or "the database file"
    if call.callee in ("sqlite3.connect", "aiosqlite.connect") and text != ":memory:":
        return "sqlite-on-serverless", text or "the database file"
    if call.callee in ("create_engine", "create_async_engine") and _FILE_DATABASE.search(
        text.replace("+aiosqlite", "")
    ):
        return "sqlite-on-serverless", text
    return "", ""


def _has(call: Call, name: str) -> bool:
    options = call.args[0]
    return (
        options.entry(name) is not None
        or any(key == "..." for key, _ in options.entries)
        or not options.entries
    )


def _texts(call: Call) -> str:
    return " ".join(arg.text for arg in call.args)


def _in_memory(outline: Outline, calls: list[Call]) -> Iterator[Fleeting]:
    """Module-level containers that requests fill, and the storage class that generators write first."""
    filled = {
        call.root for call in calls if call.links and call.links[-1].name in ("set", "push", "append", "add")
    }
    filled |= {
        target.partition("[")[0]
        for function in outline.functions
        for step in function.body
        if isinstance(step, Do)
        for target in step.targets
        if "[" in target
    }
    for step in outline.top:
        if not isinstance(step, Do) or step.value is None or len(step.targets) != 1:
            continue
        name, text = step.targets[0], step.value.text
        if text.startswith("new MemStorage("):
            yield Fleeting("memory-state", outline.path, step.span.line, "everything the app stores")
        elif _EMPTY_MAP.match(text) and name in filled:
            if _LIMIT_NAME.search(name):
                yield Fleeting("memory-rate-limit", outline.path, step.span.line, name)
            elif _STORE_NAME.match(name) and not _CACHE_NAME.search(name):
                yield Fleeting("memory-state", outline.path, step.span.line, name)


_LOCAL_DATA = re.compile(
    r"localStorage\.setItem\(\s*[\"'`]?[\w.:${}-]{0,60}(?:todos?|items|notes|orders|expenses|transactions|entries|projects|habits|tasks"
    r"|cards|recipes|clients|customers|invoices|bookings|products|posts|patients|students)\w{0,30}[\"'`]?\s*,\s*JSON\.stringify",
    re.IGNORECASE,
)


def local_data(text: str) -> int:
    """The line where a list of records is put into the browser's own storage, 0 when there is none."""
    if "localStorage" not in text:
        return 0
    match = _LOCAL_DATA.search(text)
    return line_at(text, match.start()) if match else 0
