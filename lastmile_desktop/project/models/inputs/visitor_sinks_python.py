"""Dangerous calls of Python and its libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.models.inputs.visitor_sinks import (
    SQL_WORDS,
    Asked,
    leads_elsewhere,
    opens_address,
)
from lastmile_desktop.project.models.walk.held import Held

Sink = tuple[str, Held]
_SHELL = re.compile(
    r"^(?:os\.(?:system|popen[234]?)|commands\.get\w+|popen2\.\w+|subprocess\.(?:getoutput|getstatusoutput)|asyncio\.create_subprocess_shell|"
    r"pexpect\.(?:run|spawn)|platform\.popen|(?:\w+\.)*(?:SSHClient\(\)|ssh|ssh_client)\.exec_command|loop\.subprocess_shell)$"
)
_PROGRAM = re.compile(r"^os\.(?:exec|spawn|posix_spawn)\w*$")
_SUBPROCESS = re.compile(
    r"^(?:subprocess|sp)\.(?:run|call|check_call|check_output|Popen)$|^asyncio\.create_subprocess_exec$"
)
_UNPACKS = re.compile(
    r"^(?:c?[pP]ickle|_pickle|dill|cloudpickle|marshal|jsonpickle|joblib|shelve|pandas|pd|torch|django\.core\.signing)\."
    r"(?:loads?|decode|open|Unpickler|read_pickle)$|(?:^|\.)Unpickler\(\)\.load$"
)
_YAML = re.compile(
    r"^(?:ruamel\.)?yaml\.(?:load|load_all|unsafe_load|unsafe_load_all|full_load|full_load_all)$"
)
_RUNS = re.compile(
    r"^(?:eval|exec|execfile|__import__|importlib\.import_module|(?:builtins|__builtins__)\.(?:eval|exec)|code\.InteractiveInterpreter\(\)\.\w+)$"
)
_FILES = re.compile(
    r"^(?:open|file|io\.open|codecs\.open|aiofiles\.open|os\.(?:open|remove|unlink|mkdir|makedirs|rmdir|removedirs|rename|replace|listdir|scandir|"
    r"chmod|symlink|link)|shutil\.(?:rmtree|copy(?!fileobj)\w*|move)|tarfile\.open|zipfile\.ZipFile|(?:flask\.(?:helpers\.)?)?send_file|"
    r"(?:\w+\.)*FileResponse|gzip\.open|bz2\.open|fileinput\.(?:input|FileInput)|(?:\w+\.)*FileSystemStorage|default_storage\.(?:open|delete|path)|"
    r"(?:\w+\.)*default_storage\.(?:open|delete|path))$"
)
_OF_PATH = frozenset(
    {
        *(
            "open",
            "read_text",
            "read_bytes",
            "write_text",
            "write_bytes",
            "unlink",
            "rmdir",
            "mkdir",
            "iterdir",
        ),
        *("touch", "rename", "glob"),
    }
)
_IS_PATH = re.compile(r"(?:^|\.)(?:Pure)?(?:Posix)?Path(?:\(\))?$")
_FETCHES = re.compile(
    r"^(?:(?:requests|httpx)(?:\.(?:api|Session\(\)|session\(\)|Client\(\)|AsyncClient\(\)))?\.(?:get|post|put|patch|delete|head|options|request|stream|Request)|"
    r"(?:urllib\.(?:request\.)?|urllib2\.|six\.moves\.urllib\.request\.)(?:urlopen|urlretrieve|Request)|urlopen|"
    r"aiohttp\.(?:ClientSession\(\)\.(?:get|post|put|patch|delete|head|options|request|ws_connect)|request)|"
    r"(?:http\.client|httplib|six\.moves\.http_client)\.HTTPS?Connection|urllib3\.(?:PoolManager\(\)\.|ProxyManager\(\)\.|HTTPS?ConnectionPool\(\)\.)?"
    r"(?:request|urlopen|connection_from_url|HTTPS?ConnectionPool|ProxyManager|connection_from_host)|httplib2\.Http\(\)\.request|"
    r"pycurl\.Curl\(\)\.setopt|wget\.download|(?:session|client|http_client|async_client)\.(?:get|post|put|patch|delete|head|request|stream))$"
)
_VERB_FIRST = frozenset(
    {"request", "stream", "Request", "urlopen", "setopt", "request_chunked", "putrequest"}
)
_REDIRECTS = re.compile(
    r"^(?:(?:flask|bottle|django\.shortcuts|werkzeug\.utils|starlette\.responses)\.redirect|redirect|self\.redirect|response\.redirect|"
    r"(?:\w+\.)*(?:HttpResponseRedirect|HttpResponsePermanentRedirect|RedirectResponse|HTTPFound|HTTPSeeOther|HTTPMovedPermanently|"
    r"HTTPTemporaryRedirect|HttpResponseRedirectBase))$"
)
_PAGES = re.compile(
    r"^(?:(?:flask\.)?make_response|(?:flask\.|werkzeug\.\w+\.)?(?:Response|Markup)|(?:markupsafe\.)Markup|(?:flask\.)?Markup|"
    r"(?:\w+\.)*HttpResponse(?:BadRequest|NotFound|Forbidden|ServerError)?|(?:\w+\.)*mark_safe|(?:\w+\.)*SafeString|(?:\w+\.)*SafeText|"
    r"(?:\w+\.)*HTMLResponse|self\.(?:write|finish)|(?:\w+\.)*format_html)$"
)
_NO_PAGE = re.compile(r"(?:application/(?!xhtml)|text/(?!html)|image/)")
_QUERIES = frozenset(
    {
        *(
            "execute",
            "executemany",
            "executescript",
            "execute_many",
            "exec_driver_sql",
            "raw",
            "RawSQL",
            "extra",
            "mogrify",
        ),
        *(
            "fetch",
            "fetchrow",
            "fetchval",
            "fetch_all",
            "fetch_one",
            "query",
            "callproc",
            "read_sql",
            "read_sql_query",
            "text",
        ),
        *("simple_query", "fetchall", "run_query", "execute_sql", "run"),
    }
)
_SURE_QUERIES = frozenset({"execute", "executemany", "executescript", "RawSQL", "exec_driver_sql"})
_TEMPLATES = re.compile(
    r"^(?:(?:flask\.(?:templating\.)?)?render_template_string|(?:jinja2|mako\.template|django\.template(?:\.base)?|chameleon|Cheetah\.Template|"
    r"airspeed|genshi\.template|tornado\.template|trender|chevron|pystache|bottle)(?:\.\w+)*\.(?:Template|MarkupTemplate|TextTemplate|TRender|render|"
    r"SimpleTemplate|template|PageTemplate))$"
)
_TREE = re.compile(r"(?i)etree|elementtree|lxml|minidom|\bET\b|parsexml|xml")
_XPATHS = frozenset({"xpath", "XPath", "ETXPath", "xpathEval", "evaluate", "select", "XPathEvaluator"})
_FINDS = frozenset({"find", "findall", "findtext", "iterfind"})
_LDAP = frozenset(
    {"search", "search_s", "search_st", "search_ext", "search_ext_s", "paged_search", "search_subtree"}
)
_PATTERNS = re.compile(
    r"^(?:re|regex|re2)\.(?:compile|match|search|fullmatch|findall|finditer|split|sub|subn)$"
)
_DOCUMENTS = frozenset(
    {
        *(
            "find",
            "find_one",
            "find_one_and_update",
            "find_one_and_delete",
            "update_one",
            "update_many",
            "delete_one",
        ),
        *("delete_many", "count_documents", "aggregate", "find_one_and_replace", "replace_one", "map_reduce"),
    }
)


def sinks(asked: Asked, imports: frozenset[str]) -> Iterator[Sink]:
    """What a call does with the text in its arguments."""
    yield from _of_system(asked)
    yield from _of_network(asked)
    yield from _of_pages(asked)
    yield from _of_data(asked, imports)


def _of_system(asked: Asked) -> Iterator[Sink]:
    full, first = asked.full, asked.arg(0, "args", "cmd", "command", "file", "path")
    if _SHELL.match(full):
        yield "command", first
    elif _PROGRAM.match(full):
        for held in asked.args:
            yield "command", held
    elif _SUBPROCESS.match(full):
        yield "command", _program(asked, first)
    elif _RUNS.match(full) or _UNPACKS.search(full):
        yield "code-eval", asked.receiver if full.endswith("().load") else first
    elif _YAML.match(full):
        loader = asked.arg(1, "Loader").made
        if "unsafe" in full or not re.search(r"(?:C?Safe|Base)Loader$", loader):
            yield "code-eval", first
    elif _FILES.match(full):
        yield "path-traversal", asked.arg(0, "file", "path", "filename", "path_or_file", "name", "location")
        if re.search(r"rename|replace|copy|move|link", full):
            yield "path-traversal", asked.arg(1)
    elif full.endswith("send_from_directory"):
        yield "path-traversal", asked.arg(0, "directory")
    elif asked.name in _OF_PATH and _IS_PATH.search(asked.receiver.made):
        yield "path-traversal", asked.receiver
    elif (
        asked.name == "save"
        and len(asked.args) == 1
        and re.search(r"(?i)file|upload|image|photo|\.(?:files|FILES)", asked.receiver.made + full)
    ):
        yield "path-traversal", first


def _program(asked: Asked, first: Held) -> Held:
    """What decides which program runs: the whole text in a shell, the first of a list without one."""
    shell = asked.keywords.get("shell")
    if shell is not None and shell.made == "True":
        return first
    if first.members:
        words = [held for _, held in first.members]
        if len(words) > 2 and re.search(
            r"(?:^|/)(?:ba|z|da)?sh$|^cmd(?:\.exe)?$|^python\d?$", words[0].shape
        ):
            return words[2]
        return words[0]
    return first


def _of_network(asked: Asked) -> Iterator[Sink]:
    full = asked.full
    if _FETCHES.match(full):
        place = 1 if asked.name in _VERB_FIRST and "urllib." not in full and "urllib2" not in full else 0
        place = 0 if asked.name in ("request", "urlopen") and "httplib2" in full else place
        target = asked.arg(place, "url", "base_url")
        yield "ssrf", target if opens_address(target) else target.settle("ssrf")
    elif _REDIRECTS.match(full):
        target = asked.arg(0, "location", "url", "redirect_to", "to")
        yield "open-redirect", target if leads_elsewhere(target) else target.settle("open-redirect")


def _of_pages(asked: Asked) -> Iterator[Sink]:
    full = asked.full
    if _PAGES.match(full):
        kind = (
            asked.keywords.get("mimetype")
            or asked.keywords.get("content_type")
            or asked.keywords.get("media_type")
        )
        kind = kind or (asked.args[1] if "HttpResponse" in full and len(asked.args) > 1 else None)
        if kind is None or not _NO_PAGE.search(kind.shape):
            body = asked.arg(0, "response", "content", "s")
            yield "xss", body.members[0][1] if body.members else body
    elif _TEMPLATES.match(full) or full.endswith(".from_string"):
        yield "template", asked.arg(0, "source", "text", "template_string", "template")
    elif full.endswith((".writelines", ".write")) and "HttpResponse()" in full:
        yield "xss", asked.arg(0)


def _of_data(asked: Asked, imports: frozenset[str]) -> Iterator[Sink]:
    full, name, first = asked.full, asked.name, asked.arg(0, "query", "sql", "statement", "operation")
    if name in _QUERIES and not full.startswith(("subprocess", "requests", "httpx")):
        sure = name in _SURE_QUERIES and "." in full and "command" not in full
        if (SQL_WORDS.search(first.shape) or (sure and first.shape == "\0")) and not asked.tagged:
            yield "sql", first
    elif _PATTERNS.match(full):
        yield "regex", first
    if name in _XPATHS and (first.shape.startswith(("/", ".", "\0", "(")) or "[" in first.shape):
        if _TREE.search(full) or any(_TREE.search(item) for item in imports):
            yield "xpath", first
    elif name in _FINDS and re.search(r"(?i)etree|elementtree|getroot|fromstring|parse\(\)", full):
        yield "xpath", first
    elif name in _LDAP and not _PATTERNS.match(full) and any("ldap" in item for item in imports):
        for held in (*asked.args, *asked.keywords.values()):
            yield "ldap", held
    elif name in _DOCUMENTS and any(
        re.match(r"pymongo|motor|mongoengine|flask_pymongo", item) for item in imports
    ):
        yield "nosql", first
