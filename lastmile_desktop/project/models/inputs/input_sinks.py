"""Calls that run, open or fetch what they are given, and which of their arguments decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Call, Link, Value

_SQL_WORD = re.compile(
    r"(?i)\b(?:select\s|insert\s+into|update\s+\w+\s+set|delete\s+from|where\s|order\s+by|from\s+\w)"
)
_BUILT = re.compile(r"\$\{|\+|\bf['\"]|\bf\"\"\"|%\s*[(\w]|\.format\(")
_WRAPPED = re.compile(r"^(?:\w+\.)?(?:text|new URL|URL)\(\s*([\w$]+)\s*\)$")
_FILTER = re.compile(r"\.(?:eq|ilike|like|neq|cs|gt|lt)\.")
_SQL_METHODS = frozenset(
    {
        "query", "execute", "$queryRawUnsafe", "$executeRawUnsafe", "raw", "unsafe", "run", "all", "exec", "prepare",
        "executemany", "executescript", "fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "whereRaw", "text",
    }
)  # fmt: skip
_SHELL = frozenset(
    {
        "exec", "execSync", "execAsync", "execPromise", "cp.exec", "cp.execSync", "child_process.exec",
        "child_process.execSync", "childProcess.exec", "os.system", "os.popen", "subprocess.getoutput", "execaCommand",
    }
)  # fmt: skip
_PROCESS = re.compile(r"^(?:subprocess\.(?:run|call|check_output|check_call|Popen)|Popen)$")
_EVALUATES = frozenset({"eval", "Function", "pickle.loads", "vm.runInNewContext", "vm.runInThisContext"})
_FILES = re.compile(r"^(?:fs|fsp|fse|fsPromises|promises|fs\.promises|nodeFs)\.")
_FILE_METHODS = frozenset(
    {
        "readFile", "readFileSync", "writeFile", "writeFileSync", "appendFile", "appendFileSync", "createReadStream",
        "createWriteStream", "unlink", "unlinkSync", "rm", "rmSync", "readdir", "readdirSync", "rename", "copyFile",
    }
)  # fmt: skip
_FILE_CALLS = frozenset(
    {"readFile", "writeFile", "readFileSync", "writeFileSync", "open", "os.remove", "os.unlink", "shutil.rmtree",
     "send_file", "FileResponse", "aiofiles.open"}
)  # fmt: skip
_FETCHES = frozenset(
    {"fetch", "axios", "got", "ky", "nodeFetch", "urlopen", "urllib.request.urlopen", "http.get", "https.get"}
)
_CLIENTS = frozenset(
    {
        "axios",
        "got",
        "ky",
        "needle",
        "superagent",
        "undici",
        "requests",
        "httpx",
        "aiohttp",
        "session",
        "client",
        "http_client",
    }
)
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "request", "stream", "fetch"})
_FIXED_HOST = re.compile(
    r"^\s*(?:[fF]?['\"`]https?://[^/${'\"`]+[/?#]|[fF]?['\"`]/|`\$\{[^}]*(?:[A-Z_]{4,}|[bB]ase|[aA]pi_?U|[sS]erver_?U|[bB]ackend_?U|[hH]ost|[eE]ndpoint|[oO]rigin|env\.|config)|f['\"]\{[^}]*(?:[A-Z_]{4,}|base|api_url|server_url|backend_url|host|endpoint|settings))"
)


@dataclass(frozen=True, slots=True)
class Sink:
    """`kind` is the rule's short id, or `filter` for a PostgREST filter; `value` is what decides."""

    kind: str
    value: Value
    line: int


def sinks_of(call: Call, texts: dict[str, str]) -> Iterator[Sink]:
    """The dangerous arguments of a call. `texts` are what local variables were assigned."""
    for link in call.links:
        if link.args and not link.tagged:
            yield from _of_link(call, link, link.args, texts)


def _of_link(call: Call, link: Link, args: tuple[Value, ...], texts: dict[str, str]) -> Iterator[Sink]:
    callee = call.root if not link.name else call.callee
    first = args[0]
    written = _written(first, texts)
    filters = link.name in ("or", "or_") and _FILTER.search(written) is not None
    queries = (link.name in _SQL_METHODS or callee in ("text", "sql")) and _SQL_WORD.search(
        written
    ) is not None
    if (filters or queries) and _BUILT.search(written):
        yield Sink("filter" if filters else "sql", first, link.line)
    elif callee in _SHELL or (_PROCESS.match(callee) and _in_shell(link)):
        yield Sink("command", first, link.line)
    elif callee in _EVALUATES:
        yield Sink("code-eval", args[-1], link.line)
    elif callee in _FILE_CALLS or (_FILES.match(callee) and link.name in _FILE_METHODS):
        yield Sink("path-traversal", first, link.line)
    elif _is_fetch(call, link, callee) and not first.entries and not _FIXED_HOST.match(written):
        yield Sink("ssrf", first, link.line)


def has_fixed_host(value: Value, texts: dict[str, str]) -> bool:
    """Whether an address begins with a host that is written down or set up, so that input cannot choose it."""
    return _FIXED_HOST.match(_written(value, texts)) is not None


def _written(value: Value, texts: dict[str, str]) -> str:
    """What a value is as it was written: a plain name, also inside `text(…)`, stands for what it was assigned."""
    name = _WRAPPED.sub(r"\1", value.text.strip())
    return texts.get(name, value.text)


def _in_shell(link: Link) -> bool:
    return any(value.name == "shell" and value.text.strip() == "True" for value in link.args or ())


def _is_fetch(call: Call, link: Link, callee: str) -> bool:
    return callee in _FETCHES or (call.root in _CLIENTS and link.name in _VERBS and len(call.links) <= 2)
