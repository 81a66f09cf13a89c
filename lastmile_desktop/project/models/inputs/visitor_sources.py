"""Where text of a visitor comes in: what handlers are given, in the frameworks of JavaScript and Python."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.walk.held import ANYTHING, CLEAN, IN_BROWSER, SEGMENT, TEXT, Held
from lastmile_desktop.project.models.walk.parameters import pairs

REQUEST = Held(made="@request")
RESPONSE = Held(made="@response")
_CONTEXT = Held(made="@context")
_EVENT = Held(made="@event")
_MESSAGE = Held(made="@message")
_FROM_HEADER = Held(TEXT - {"open-redirect", "ssrf"}, made="@headers")
_OBJECT = Held(ANYTHING - {"xss"})
WORDS = Held(TEXT)
_ADDRESS = Held(TEXT - {"open-redirect", "ssrf"})
_UPLOAD = Held(made="@upload")
# What somebody types who runs a program by hand.
TYPED = Held(frozenset({"sql", "command", "code-eval", "template", "xpath", "ldap"}))

_REQUEST_NAMES = frozenset({"req", "request", "_req", "_request", "httpRequest", "httpReq"})
_RESPONSE_NAMES = frozenset({"res", "response", "resp", "reply", "_res", "_response"})
_CONTEXT_NAMES = frozenset({"ctx", "context", "c"})
_REQUEST_TYPE = re.compile(r":\s*[\w.]*Request\b|:\s*NextApiRequest\b|:\s*IncomingMessage\b")
_ROUTER = re.compile(
    r"(?:^|\.)(?:app|router|server|fastify|api|express|\w*[rR]outer|\w*[aA]pp|\w*[rR]outes?)\.(?:route\.)?"
    r"(?:get|post|put|delete|patch|all|use|head|options|del)$|(?:^|\.)(?:createServer|onRequest)$"
)
_MESSAGES = re.compile(r"addEventListener$")
_DECORATED = re.compile(r"(?:^|\.)(?:route|get|post|put|patch|delete|api_route|websocket)$")
_IN_PATH = re.compile(r"<(?:(?:(\w+)(?:\([^)]*\))?):)?(\w+)>|\{(\w+)(?::(\w+))?\}")
_PLAIN_TYPE = re.compile(
    r":\s*(?:[\w.]*\[)?(?:int|float|bool|UUID|date|datetime|Decimal|Enum|Literal|Session|AsyncSession|Request|Response|WebSocket|"
    r"BackgroundTasks|User\w*|Current\w*|\w*Dep|\w*Service|\w*Repository|\w*Session|\w*Settings|HTTP\w+|\w+Credentials)\b"
    r"|\bDepends\(|\bSecurity\(|:\s*Annotated\[.*(?:Depends|Security)"
)
# Members of a request that hold what a visitor sends, by language and by what they are.
_MEMBERS = {
    False: {
        **dict.fromkeys(("body", "query", "payload", "rawBody"), _OBJECT),
        **dict.fromkeys(("params",), WORDS),
        **dict.fromkeys(("headers", "cookies", "signedCookies"), _FROM_HEADER),
        **dict.fromkeys(("url", "originalUrl", "path", "pathname", "hostname", "host"), _ADDRESS),
        **dict.fromkeys(("nextUrl", "URL"), Held(made="@url")),
        **dict.fromkeys(("file",), _UPLOAD),
        **dict.fromkeys(("files",), Held(made="@uploads")),
        **dict.fromkeys(("req", "request", "raw"), REQUEST),
    },
    True: {
        **dict.fromkeys(("args", "form", "values", "GET", "POST", "query_params", "query", "params"), WORDS),
        **dict.fromkeys(
            ("query_string", "view_args", "matchdict", "match_info", "arguments", "stream"), WORDS
        ),
        **dict.fromkeys(("json", "data", "body", "raw_post_data"), Held(ANYTHING)),
        **dict.fromkeys(("headers", "META", "environ"), Held(TEXT, made="@headers")),
        **dict.fromkeys(("cookies", "COOKIES"), WORDS),
        **dict.fromkeys(("full_path", "url", "base_url", "uri", "rel_url", "host"), _ADDRESS),
        **dict.fromkeys(("referrer",), Held(TEXT - {"open-redirect"})),
        **dict.fromkeys(("files", "FILES"), Held(made="@uploads")),
        **dict.fromkeys(("user_agent", "content_type", "mimetype"), Held(TEXT - {"open-redirect", "ssrf"})),
    },
}
_CALLED = {
    False: {
        **dict.fromkeys(("param", "queries"), WORDS),
        **dict.fromkeys(("json", "parseBody", "body"), _OBJECT),
        **dict.fromkeys(("query", "text", "formData"), WORDS),
        **dict.fromkeys(("get", "header", "getHeader"), _FROM_HEADER),
        **dict.fromkeys(("cookie",), _FROM_HEADER),
    },
    True: {
        **dict.fromkeys(("get_json", "json"), Held(ANYTHING)),
        **dict.fromkeys(
            ("get_data", "form", "post", "text", "read", "body", "get_full_path", "getvalue"), WORDS
        ),
        **dict.fromkeys(("build_absolute_uri",), _ADDRESS),
    },
}
_EVENT_MEMBERS = {
    **dict.fromkeys(("body", "queryStringParameters", "multiValueQueryStringParameters"), _OBJECT),
    **dict.fromkeys(("pathParameters", "rawQueryString", "rawPath", "params"), WORDS),
    "headers": _FROM_HEADER,
    "request": REQUEST,
    "req": REQUEST,
    "url": Held(made="@url"),
}
_URL_MEMBERS = {
    "searchParams": Held(TEXT, made="@search"),
    "search": WORDS,
    "query": WORDS,
    **dict.fromkeys(("pathname", "href"), _ADDRESS),
}
_OF_UPLOAD = {"originalname", "name", "filename", "mimetype", "content_type"}
_BAR = re.compile(
    r"^(?:(?:window|self|top|parent|document|globalThis)\.)*location(?:\.(?:href|search|hash))?$"
    r"|^document\.(?:URL|documentURI|referrer|baseURI)$|^(?:window|self|top)\.name$"
)
_FROM_ROUTER = re.compile(
    r"^(?:this\.)?\$route\.(?:query|params|hash)$|^(?:\w*[rR]outer|useRouter\(\))\.query$|^\$routeParams$|"
    r"^(?:useParams|useSearchParams|useLocalSearchParams)\(\)(?:\.0)?$|^useLocation\(\)\.(?:search|hash)$|"
    r"^(?:this\.)?route\.snapshot\.(?:params|queryParams|queryParamMap|paramMap|fragment)$|^next\.navigation\.useSearchParams\(\)$"
)
_PYTHON_REQUEST = re.compile(
    r"^(?:flask\.(?:globals\.)?request|bottle\.request|self\.request|sanic\.request)$"
)


def of_member(base: Held, name: str, python: bool) -> Held | None:
    """What a member of a request, event or address holds, None when it is nothing of the kind."""
    match base.made:
        case "@request":
            return _MEMBERS[python].get(name, CLEAN)
        case "@context":
            return None if name in ("body", "state") else _MEMBERS[False].get(name)
        case "@event":
            return _EVENT_MEMBERS.get(name)
        case "@url":
            return _URL_MEMBERS.get(name, CLEAN)
        case "@upload":
            return WORDS if name in _OF_UPLOAD else CLEAN
        case "@uploads":
            return _UPLOAD
        case "@message":
            return Held(IN_BROWSER | {"part"}) if name == "data" else CLEAN
        case _:
            return None


def of_call(base: Held, name: str, python: bool) -> Held | None:
    """What a request gives when it is asked (`req.param("id")`)."""
    if base.made == "@request" or (base.made == "@context" and name == "get" and not python):
        return _CALLED[python].get(name)
    if base.made == "@uploads":
        return _UPLOAD
    return None


def named(made: str, python: bool) -> Held | None:
    """What a dotted name stands for by itself: Flask's request, the browser's address."""
    if python:
        return REQUEST if _PYTHON_REQUEST.match(made) else None
    if made in ("req", "res"):
        return REQUEST if made == "req" else RESPONSE
    if _BAR.match(made):
        return Held(IN_BROWSER - {"part"}, None, (), made)
    return Held(IN_BROWSER, None, (), made) if _FROM_ROUTER.match(made) else None


def given(outline: Outline, function: Function) -> dict[str, Held]:
    """What the parameters of a function hold that are known by their names, types, routes or wrappers."""
    python = outline.language == "python"
    found: dict[str, Held] = {}
    for place, param in enumerate(function.params):
        for local, member in pairs(param):
            held = _of_parameter(local, member, param, python)
            if held is not None:
                found[local] = held
            elif not python and not member:
                found.update(_by_place(function, place, local))
    if python:
        found.update(_of_route(function))
    return found


def _of_parameter(local: str, member: str, param: str, python: bool) -> Held | None:
    if local in _REQUEST_NAMES or (_REQUEST_TYPE.search(param) and not member):
        return REQUEST
    if python:
        return None
    if local in _RESPONSE_NAMES:
        return RESPONSE
    if member:
        # `({ params, url }) => …` of SvelteKit, Remix and Next pages.
        return {"searchParams": Held(TEXT, made="@search"), "request": REQUEST, "url": Held(made="@url")}.get(
            local
        )
    if local == "searchParams":
        return Held(TEXT, made="@search")
    return _CONTEXT if local in _CONTEXT_NAMES else _EVENT if local == "event" else None


def _by_place(function: Function, place: int, local: str) -> dict[str, Held]:
    """Handlers that call their request by another name: `app.get("/", (query, answer) => …)`."""
    for call in function.wrapped_by:
        if _ROUTER.search(call.callee) and place < 2 and len(function.params) in (1, 2, 3):
            return {local: (REQUEST, RESPONSE)[place]}
        if _MESSAGES.search(call.callee) and place == 0 and _is_message(call.args):
            return {local: _MESSAGE}
    return {}


def _is_message(args: tuple[object, ...]) -> bool:
    return bool(args) and getattr(args[0], "literal", None) == "message"


def _of_route(function: Function) -> dict[str, Held]:
    """Parameters that Flask and FastAPI fill from the address, the query and the body."""
    found: dict[str, Held] = {}
    for call in function.decorators:
        if not call.links or not _DECORATED.search(call.callee) or not call.args:
            continue
        address = call.args[0].literal or ""
        parts = {match[2] or match[3]: (match[1] or match[4] or "") for match in _IN_PATH.finditer(address)}
        flask = "<" in address or call.links[-1].name == "route"
        for param in function.params:
            name = re.match(r"\w+", param)
            if name is None or name[0] in ("self", "cls") or _PLAIN_TYPE.search(param):
                continue
            if name[0] in parts:
                kind = parts[name[0]]
                if kind not in ("int", "float", "uuid"):
                    found[name[0]] = WORDS if kind == "path" else Held(SEGMENT)
            elif not flask and name[0] not in _REQUEST_NAMES:
                found[name[0]] = WORDS
    return found
