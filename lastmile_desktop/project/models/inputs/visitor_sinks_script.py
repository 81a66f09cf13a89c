"""Dangerous calls and assignments of JavaScript, of Node and of its libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.expression import HOLE
from lastmile_desktop.project.models.inputs.visitor_sinks import (
    SQL_WORDS,
    Asked,
    addressed,
    leads_elsewhere,
    opens_address,
)
from lastmile_desktop.project.models.walk.held import CLEAN, Held

Sink = tuple[str, Held]
_PROCESS = r"(?:(?:node:)?child_process(?:/promises)?|cp|childProcess|proc)\."
_SHELL = re.compile(
    rf"^(?:{_PROCESS}(?:exec|execSync)|execSync|execAsync|execPromise|exec|shelljs\.exec|shell\.exec|execa\.(?:command|commandSync|shell|shellSync)|"
    r"execaCommand(?:Sync)?|exec-async|remote-exec|(?:ssh2(?:\.Client)?|Client|SSH\w*)\(\)\.exec|zx\.\$)$"
)
_PROGRAM = re.compile(
    rf"^(?:{_PROCESS}(?:spawn|spawnSync|execFile|execFileSync|fork)|spawn|spawnSync|execFile|execFileSync|cross-spawn(?:-async)?(?:\.sync)?|"
    r"execa(?:\.(?:sync|node|stdout|stderr))?|foreground-child)$"
)
_SHELLS = re.compile(r"^(?:/(?:usr/)?bin/)?(?:ba|z|da)?sh$|^cmd(?:\.exe)?$|^powershell(?:\.exe)?$|^pwsh$")
_RUNS = re.compile(
    r"^(?:(?:window\.|global(?:This)?\.)?eval|(?:new )?Function|(?:node:)?vm2?\.(?:runIn\w+|compileFunction|Script|"
    r"SourceTextModule)|(?:\w+\.)*(?:VM|NodeVM|VMScript)\(\)\.run|"
    r"(?:node-serialize|serialize-to-js|serialize|funcster)\.(?:unserialize|deserialize|deepDeserialize)|(?:\w+\.)*_compile|"
    r"WebAssembly\.(?:compile|compileStreaming|instantiate)|\w+\.injectJavaScript|(?:(?:\w+\.)*page|\w+\(\)\.newPage\(\))\.(?:evaluate\w*|evaluateOnNewDocument))$"
)
_TIMERS = re.compile(r"^(?:window\.|self\.)?(?:setTimeout|setInterval|setImmediate|execScript)$")
_FILE_MODULES = re.compile(
    r"^(?:(?:node:)?fs(?:/promises)?|fs\.promises|fs-extra|fse|fsp|fsPromises|graceful-fs|original-fs|promises|Deno|Bun|mz/fs|\w*[fF]s)\.(?P<does>\w+)$"
)
_FILE_CALLS = frozenset(
    {
        *(
            "readFile",
            "readFileSync",
            "writeFile",
            "writeFileSync",
            "appendFile",
            "appendFileSync",
            "createReadStream",
        ),
        *(
            "createWriteStream",
            "unlink",
            "unlinkSync",
            "rm",
            "rmSync",
            "rmdir",
            "rmdirSync",
            "readdir",
            "readdirSync",
            "rename",
        ),
        *(
            "renameSync",
            "copyFile",
            "copyFileSync",
            "open",
            "openSync",
            "mkdir",
            "mkdirSync",
            "symlink",
            "link",
            "linkSync",
        ),
        *(
            "readJson",
            "readJsonSync",
            "writeJson",
            "remove",
            "removeSync",
            "outputFile",
            "ensureDir",
            "move",
            "copy",
            "opendir",
        ),
        *(
            "readTextFile",
            "writeTextFile",
            "truncate",
            "chmod",
            "chown",
            "readlink",
            "stat",
            "access",
            "file",
            "write",
        ),
    }
)
_ONLY_ASK = frozenset({"stat", "access", "mkdir", "mkdirSync", "write", "file"})
_PLAIN_FILES = re.compile(
    r"^(?:readFile|readFileSync|writeFile|writeFileSync|createReadStream|createWriteStream|unlinkSync|rimraf(?:\.sync)?|mkdirp(?:\.sync)?|"
    r"make-dir(?:\.sync)?|del|cpy)$"
)
_FETCHES = re.compile(
    r"^(?:(?:window\.|globalThis\.)?fetch|node-fetch|cross-fetch|isomorphic-fetch|undici\.(?:fetch|request|stream)|(?:axios|got|ky|superagent|needle|request|phin|bent|wreck|"
    r"request-promise|request-promise-native|axios\.create\(\)|\$http|urllib)(?:\.(?:get|post|put|patch|delete|head|options|request|stream|del|getUri))?|"
    r"(?:(?:node:)?https?|follow-redirects\.https?)\.(?:get|request)|(?:\w+\.)*(?:page|newPage\(\)|\w*[pP]age)\.(?:goto|navigate|setContent|openUrl|open)|"
    r"(?:\w+\.)*Page\.navigate|wkhtmltopdf|wkhtmltoimage\.generate|html-pdf\.create|JSDOM\.fromURL|jsdom\.JSDOM\.fromURL|WebSocket|ws)$"
)
_REDIRECTS = frozenset({"redirect", "redirectWithReplace", "permanentRedirect", "location"})
_REDIRECTING = re.compile(
    r"^(?:@response|@context|(?:Next)?Response|next/server\.NextResponse|next\.\w+|reply|res|response|ctx|c|context|h|self|router)\.(?:redirect|location)$|"
    r"^(?:next/navigation\.(?:redirect|permanentRedirect)|@sveltejs/kit\.redirect|@remix-run/\w+\.redirect|react-router(?:-dom)?\.redirect|astro\.redirect|Astro\.redirect)$"
)
_BROWSER_GOES = re.compile(
    r"^(?:(?:window|self|top|parent|document)\.)?(?:location\.(?:assign|replace)|open)$|^(?:electron\.)?shell\.openExternal$|^(?:self\.)?importScripts$"
)
# A bare `location` may well be a name of the file's own.
_ADDRESS_BAR = re.compile(r"^(?:(?:window|self|top|parent|document)\.)+location(?:\.href)?$|^location\.href$")
# Node refuses line breaks in a header: what a visitor may say in these harms nobody.
_ECHOED = re.compile(
    r"(?i)^(?:content-disposition|content-type|access-control-[\w-]+|vary|etag|(?:x-)?[\w-]*(?:request|correlation|trace)-?(?:id|parent))$"
)
_SENDS = frozenset({"send", "end", "write"})
_JQUERY = re.compile(r"^(?:\$|jQuery|angular\.element|cheerio)(?:\(\)|\.\w+\(\)|\.\w+)*$")
_INTO_PAGE = frozenset(
    {
        *(
            "html",
            "append",
            "prepend",
            "before",
            "after",
            "replaceWith",
            "wrap",
            "wrapAll",
            "wrapInner",
            "appendTo",
            "prependTo",
        ),
        *("insertAfter", "insertBefore"),
    }
)
_WRITES = re.compile(
    r"^(?:window\.)?document\.(?:write|writeln)$|(?:^|\.)(?:insertAdjacentHTML|createContextualFragment|setHTMLUnsafe)$|"
    r"(?:^|\.)bypassSecurityTrust(?:Html|Script|Style|Url|ResourceUrl)$|^\$sce\.trustAs(?:Html|Css|Js|Url|ResourceUrl)$|"
    r"^WinJS\.Utilities\.set\w+Unsafe$|(?:^|\.)SafeString$"
)
_TEMPLATES = re.compile(
    r"^(?:(?:[hH]andlebars|hbs)\.(?:compile|precompile|template)|(?:ejs|pug|jade|nunjucks|[mM]ustache|dot|doT|eta|Eta|Sqrl|"
    r"squirrelly|twig|swig|dust|velocityjs|liquidjs|marko|[hH]ogan|ect|haml|whiskers|hamljs)(?:\.\w+\(\))?\.(?:render|compile|"
    r"renderString|template|compileFromString|parseAndRender|compileToFunction|renderSource|to_html|Template)|"
    r"(?:_|lodash|underscore)\.template)$"
)
_QUERIES = frozenset(
    {
        *(
            "query",
            "execute",
            "raw",
            "unsafe",
            "$queryRawUnsafe",
            "$executeRawUnsafe",
            "run",
            "all",
            "get",
            "each",
            "exec",
        ),
        *(
            "prepare",
            "whereRaw",
            "orderByRaw",
            "havingRaw",
            "joinRaw",
            "selectRaw",
            "fromRaw",
            "literal",
            "one",
            "many",
            "none",
        ),
        *(
            "any",
            "oneOrNone",
            "manyOrNone",
            "queryRaw",
            "executeRaw",
            "$queryRaw",
            "$executeRaw",
            "queryArray",
            "queryObject",
        ),
    }
)
_SURE_QUERIES = frozenset(
    {"$queryRawUnsafe", "$executeRawUnsafe", "whereRaw", "orderByRaw", "havingRaw", "joinRaw"}
)
_DOCUMENTS = frozenset(
    {
        *(
            "find",
            "findOne",
            "findOneAndUpdate",
            "findOneAndDelete",
            "findOneAndRemove",
            "findOneAndReplace",
            "updateOne",
        ),
        *(
            "updateMany",
            "deleteOne",
            "deleteMany",
            "count",
            "countDocuments",
            "aggregate",
            "remove",
            "distinct",
            "where",
        ),
        *("update", "findByIdAndUpdate", "exists", "replaceOne", "and", "or", "nor", "geoSearch"),
    }
)
_DOCUMENT_STORES = re.compile(r"mongo|monk|nedb|minimongo|marsdb")


def sinks(asked: Asked, imports: frozenset[str]) -> Iterator[Sink]:
    """What a call does with the text in its arguments."""
    yield from _of_system(asked)
    yield from _of_network(asked)
    yield from _of_pages(asked)
    yield from _of_data(asked, imports)


def _of_system(asked: Asked) -> Iterator[Sink]:
    full, first = asked.full, asked.arg(0)
    files = _FILE_MODULES.match(full)
    if _SHELL.match(full):
        for held in asked.args[:2]:
            # A record says in which folder and with which settings the command runs.
            yield "command", held.settle("command") if held.members and held.member("0") is None else held
    elif _PROGRAM.match(full):
        yield from _programs(asked)
    elif (_RUNS.match(full) and not (full == "Function" and not asked.args)) or full == "require":
        for held in asked.args[-1:] if "Function" in full else asked.args[:1]:
            yield "code-eval", held
    elif _TIMERS.match(full):
        yield "code-eval", first
    elif (files and files["does"] in _FILE_CALLS - _ONLY_ASK) or _PLAIN_FILES.match(full):
        for held in asked.args[: 2 if re.search(r"rename|copy|link|move", full) else 1]:
            yield "path-traversal", held
    elif asked.name in ("sendFile", "sendfile", "download") and asked.receiver.made in (
        "@response",
        "@context",
    ):
        if asked.arg(1).member("root") is None:
            # Express turns away whatever still holds `..`: only a name that is all a visitor's, or joined, leads out.
            leads_out = "path." in first.made or first.shape.startswith(HOLE)
            yield "path-traversal", first if leads_out else first.settle("path-traversal")
        else:
            yield "path-traversal", asked.arg(1).member("root") or CLEAN
    elif asked.name == "render" and asked.receiver.made == "@response":
        yield "path-traversal", first
    elif full == "send" and len(asked.args) > 1:
        yield "path-traversal", asked.args[1]


def _programs(asked: Asked) -> Iterator[Sink]:
    yield "command", asked.arg(0)
    words = asked.arg(1)
    options = next((held for held in asked.args[1:] if held.member("shell") is not None), CLEAN)
    shell = options.member("shell")
    in_shell = _SHELLS.match(asked.arg(0).shape) or (shell is not None and shell.made != "False")
    if in_shell:
        yield "command", words


def _of_network(asked: Asked) -> Iterator[Sink]:
    full = asked.full
    if _FETCHES.match(full):
        given = (
            asked.args[1:2]
            if full.startswith("needle") and not full.startswith("needle.")
            else asked.args[:2]
        )
        for held in given[: 1 if not full.startswith("http") else 2]:
            for target in addressed(held, "url", "uri", "host", "hostname", "baseURL"):
                yield "ssrf", target if opens_address(target) else target.settle("ssrf")
    elif full == "XMLHttpRequest().open" and opens_address(asked.arg(1)):
        yield "ssrf", asked.arg(1)
    elif _REDIRECTING.match(full):
        for target in asked.args[-1:] if asked.name == "redirect" and len(asked.args) < 3 else asked.args[:1]:
            yield "open-redirect", _sent_to(target)
        if "sveltejs" in full and leads_elsewhere(asked.arg(1)):
            yield "open-redirect", asked.arg(1)
    elif _BROWSER_GOES.match(full) and leads_elsewhere(asked.arg(0)):
        yield "open-redirect", asked.arg(0)
    elif asked.name in ("setHeader", "header", "set", "append", "writeHead") and asked.receiver.made in (
        "@response",
        "@context",
    ):
        yield from _headers(asked)


def _sent_to(target: Held) -> Held:
    """An address that people are sent to, which does no harm while it stays on one site."""
    return target if leads_elsewhere(target) else target.settle("open-redirect")


def _headers(asked: Asked) -> Iterator[Sink]:
    named = [(asked.arg(0), asked.arg(1))]
    record = asked.args[-1] if asked.args else CLEAN
    if record.members:
        named = [(Held(text=key), held) for key, held in record.members]
    for name, value in named:
        if name.shape.lower() == "location":
            yield "open-redirect", _sent_to(value)
        elif (asked.name != "writeHead" or record.members) and not _ECHOED.match(name.shape):
            yield "header-log", name
            yield "header-log", value


def _of_pages(asked: Asked) -> Iterator[Sink]:
    full, name = asked.full, asked.name
    if (name in _SENDS and asked.receiver.made == "@response") or (
        name == "html" and asked.receiver.made in ("@context", "@response")
    ):
        # A record goes out as JSON, which no browser shows as a page.
        yield "xss", CLEAN if asked.arg(0).members else asked.arg(0)
    elif _WRITES.search(full):
        for held in asked.args:
            yield "xss", held
    elif (name in _INTO_PAGE and _JQUERY.match(asked.receiver.made)) or (
        full in ("$", "jQuery") and ("<" in asked.arg(0).shape[:3] or asked.arg(0).shape.startswith("\0"))
    ):
        yield "xss", asked.arg(0)
    elif _TEMPLATES.match(full):
        yield "template", asked.arg(0)
    elif name in ("Response", "NextResponse") and asked.is_new:
        headers = asked.arg(1).member("headers")
        if headers is not None and any("text/html" in held.shape for _, held in headers.members):
            yield "xss", asked.arg(0)
    elif re.fullmatch(r"(?:\w+\.)*JSDOM", full):
        yield "xss", asked.arg(0)


def _of_data(asked: Asked, imports: frozenset[str]) -> Iterator[Sink]:
    full, name, first = asked.full, asked.name, asked.arg(0)
    if name in _QUERIES and "." in full and not asked.tagged:
        for held in addressed(first, "sql", "text"):
            if SQL_WORDS.search(held.shape) or (name in _SURE_QUERIES):
                yield "sql", held
    if full in ("RegExp",) or full.endswith(".RegExp"):
        yield "regex", first
    elif re.match(
        r"^(?:xpath|xpath\.\w+|xpath\.useNamespaces\(\)|document|\w+)\.(?:parse|select1?|evaluate|createExpression)$",
        full,
    ):
        if full.startswith("xpath") or (
            name in ("evaluate", "createExpression") and full.startswith("document")
        ):
            yield "xpath", first
    elif name == "search" and any("ldap" in item for item in imports):
        yield "ldap", first
        yield "ldap", asked.arg(1).member("filter") or CLEAN
    elif name in _DOCUMENTS and any(_DOCUMENT_STORES.search(item) for item in imports):
        for held in asked.args[:2]:
            yield "nosql", held
    elif re.search(r"libxmljs2?\.parseXml(?:String)?$", full):
        noent = asked.arg(1).member("noent")
        if noent is not None and noent.made == "True":
            yield "xxe", first


def assigned(target: str, made: str, value: Held) -> Iterator[Sink]:
    """What filling a property does: `element.innerHTML = …`, `location.href = …`."""
    name = target.rpartition(".")[2]
    if name in ("innerHTML", "outerHTML", "srcdoc"):
        yield "xss", value
    elif _ADDRESS_BAR.match(target):
        yield "open-redirect", _sent_to(value)
    elif name == "body" and made == "@context":
        yield "xss", value
