"""What functions of libraries do with text: hand it on, clean it, or make something else of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lastmile_desktop.project.code.expression import HOLE
from lastmile_desktop.project.models.walk.held import ANYTHING, CLEAN, GUESSABLE, IN_BROWSER, Held, joined

_HANDS_ON = re.compile(
    r"^(?:String|decodeURIComponent|decodeURI|unescape|atob|btoa|structuredClone|Array\.from|Buffer\.from|Promise\.(?:resolve|all)|"
    r"(?:\w*[pP]ath|node:path|upath)(?:\.(?:posix|win32))?\.(?:join|resolve|normalize|dirname|relative|toNamespacedPath|format)|"
    r"(?:node:)?(?:url|URL)(?:\.parse|\.resolve|\.format)?|URL|URLSearchParams|(?:node:)?(?:querystring|qs|query-string|querystringify)\.\w+|"
    r"JSON\.parse|Object\.(?:keys|values|entries|assign|fromEntries)|(?:node:)?util\.format|format|sprintf|vsprintf|printf|"
    r"fs\.realpathSync|realpathSync|Bluebird\.resolve|"
    r"str|unicode|bytes|bytearray|repr|list|tuple|dict|sorted|set|reversed|iter|next|copy\.(?:copy|deepcopy)|"
    r"(?:urllib\.(?:parse\.)?)?(?:unquote|unquote_plus|urlparse|urlsplit|urlunparse|urljoin|parse_qs)|"
    r"base64\.(?:\w*decode|\w*encode)|(?:os\.path|posixpath|ntpath|path)\.(?:join|normpath|abspath|realpath|expanduser|dirname)|"
    r"(?:pathlib\.)?(?:Pure)?(?:Posix)?Path|json\.loads?|simplejson\.loads|ujson\.loads|html\.unescape|"
    r"(?:io\.)?(?:StringIO|BytesIO)|(?:sqlalchemy\.(?:sql\.(?:expression\.)?)?)?text|ast\.parse|compile|textwrap\.dedent|"
    r"(?:string\.)?Template|typing\.cast|cast|force_text|force_str|smart_str|smart_text|six\.\w+|quote_plus_not)$"
)
_TEXT_OF_RECORD = re.compile(r"^(?:JSON\.stringify|json\.dumps|simplejson\.dumps)$")
_CLEANING = re.compile(
    r"(?i)escape|sanitiz|purify|encode|quote|bleach|clean|strip_?tags|secure_?filename|validate|basename|shlex|identifier|safe_?join|xss"
)
# Methods of a text that say something of it, and give none of it.
_TELLS = frozenset(
    {
        *(
            "includes",
            "indexOf",
            "lastIndexOf",
            "startsWith",
            "endsWith",
            "test",
            "charCodeAt",
            "codePointAt",
            "search",
        ),
        *(
            "localeCompare",
            "has",
            "every",
            "some",
            "startswith",
            "endswith",
            "isdigit",
            "isalnum",
            "isalpha",
            "count",
        ),
        *(
            "isidentifier",
            "isnumeric",
            "find_index",
            "index",
            "find",
            "rfind",
            "findIndex",
            "getTime",
            "is_file",
            "exists",
        ),
        *(
            "digest",
            "hexdigest",
            "save",
            "create",
            "delete",
            "update",
            "where",
            "is_dir",
            "bit_length",
            "isnumeric",
        ),
        *("getTimezoneOffset", "valueOf_number", "size", "arrayBuffer", "stat"),
    }
)
_ADDS = frozenset(
    {
        "concat",
        "format",
        "join",
        "format_map",
        "replace",
        "replaceAll",
        "padStart",
        "padEnd",
        "ljust",
        "rjust",
    }
)
_TAKES_APART = frozenset(
    {"get", "getAll", "substring", "substr", "slice", "split", "exec", "match", "replace", "at", "pop"}
)
# The address of the page: whatever is taken from its beginning is on the app's own host.
_OWN_ADDRESS = re.compile(r"(?:^|\.)(?:location|location\.href|document\.(?:URL|documentURI|baseURI))$")
_KEEPS_ONLY = re.compile(r"^/\[\^((?:\\.|[^\]\\])+)\]")
_DROPS = re.compile(r"^/(?P<what>.*)/(?P<flags>[a-z]*)$", re.DOTALL)
# Every slash, wherever it stands.
_ALL_STEPS = re.compile(
    r"\\?/|\[(?!\^)(?:\\.|[^\]\\])*?/(?:\\.|[^\]\\])*\][+*]?|\[(?!\^)(?:\\.|[^\]\\])*?\\/(?:\\.|[^\]\\])*\][+*]?"
)
_STEPS_UP = re.compile(r"\^?\(?(?:\?:)?(?:\\\.){2}(?:\\/|\[[^\]]*/[^\]]*\])\)?[+*]?$")
_GUESSED = re.compile(
    r"^(?:Math\.random|(?:crypto\.|require\(\)\.)?pseudoRandomBytes|random\.(?:random|randint|randrange|choice|choices|sample|uniform|getrandbits|"
    r"randbytes|gauss|normalvariate|triangular|betavariate|expovariate|lognormvariate)|random\.Random\(\)\.\w+|"
    r"numpy\.random\.\w+|np\.random\.\w+)$"
)


def is_guessed(made: str) -> bool:
    """Whether a function gives numbers that can be guessed."""
    return _GUESSED.match(made) is not None


def of_function(made: str, args: Sequence[Held]) -> Held | None:
    """What a function gives back that is known; None when it is not known to hand anything on."""
    if is_guessed(made):
        return Held(GUESSABLE)
    name = made.rpartition(".")[2]
    if _TEXT_OF_RECORD.match(made):
        return joined(args[:1]).without("xss", "nosql")
    if name in ("promisify", "promisifyAll", "callbackify", "bind", "partial") and args:
        return Held(made=args[0].made)
    if not _HANDS_ON.match(made):
        return None
    if made in ("Promise.resolve", "Promise.all", "cast", "typing.cast", "structuredClone", "iter", "next"):
        return args[-1] if args else CLEAN
    held = joined(args)
    if made.startswith(("JSON.parse", "json.load")) and held.risk & ANYTHING:
        return Held(held.risk | {"nosql"})
    if name in ("URLSearchParams", "parse", "URL", "urlparse", "urlsplit"):
        return _taken_apart(name, held, args)
    is_joined = made.endswith((".join", ".resolve", "Path")) and len(args) > 1
    if is_joined:
        parts = [part.shape for part in args]
        return Held(held.risk, "/".join(parts), made=made)
    return Held(held.risk, args[0].text if len(args) == 1 else held.text, made=f"{made}()")


def _taken_apart(name: str, held: Held, args: Sequence[Held]) -> Held:
    if name == "URLSearchParams":
        return Held(held.risk | {"part"} if held.risk & IN_BROWSER else held.risk, made="@search")
    risk = held.risk | {"part"} if held.risk & IN_BROWSER else held.risk
    if name == "URL" and len(args) == 2 and not _opens_address(args[0]):
        risk -= {"ssrf", "open-redirect"}
    return Held(risk, args[0].text if args else None, made=f"{name}()")


def _opens_address(held: Held) -> bool:
    return held.shape[:1] == "\0" or held.shape.startswith(("//", "http"))


def of_method(receiver: Held, name: str, args: Sequence[Held]) -> Held | None:
    """What a method of a text, list or record gives back; None when nothing of a visitor is in play."""
    added = joined(args)
    if name in ("join",) and args and receiver.text is not None:
        return Held(args[0].risk, args[0].text)
    if name in _ADDS and (receiver.text is not None or receiver.risk or receiver.members):
        return _added(receiver, name, args)
    if not receiver.risk:
        return None
    if name in _TELLS or name.startswith(("is", "has")):
        return CLEAN
    if _CLEANING.search(name) and name not in ("encode", "decode", "unescape", "encodeURI"):
        return CLEAN
    risk = receiver.risk | (added.risk if name in ("set", "append", "push") else frozenset())
    if name in _TAKES_APART and risk & {"xss", "code-eval"} and risk <= IN_BROWSER:
        if _OWN_ADDRESS.search(receiver.made):
            return _of_own_address(risk, name, args)
        risk |= {"part", "open-redirect"}
    if name in (
        "toString",
        "trim",
        "toLowerCase",
        "toUpperCase",
        "strip",
        "lower",
        "upper",
        "decode",
        "encode",
    ):
        return Held(risk - {"nosql"}, receiver.text)
    return Held(risk, made="" if receiver.made.startswith("@") else receiver.made)


def _of_own_address(risk: frozenset[str], name: str, args: Sequence[Held]) -> Held:
    """`location.href.split("#")[0]` is still the same site; what stands further behind is whatever somebody wrote."""
    first = args[0] if args else CLEAN
    taken = Held(risk | {"part", "open-redirect"})
    if name == "split":
        return Held(taken.risk, members=(("0", Held(risk)), ("1", taken)))
    begins = name in ("substring", "substr", "slice") and first.number == 0
    return Held(risk) if begins else taken


def _added(receiver: Held, name: str, args: Sequence[Held]) -> Held:
    if name in ("replace", "replaceAll"):
        return _replaced(receiver, args)
    inner = joined(held for _, held in receiver.members) if receiver.members else receiver
    if name in ("format", "format_map"):
        filled = None if inner.text is None else re.sub(r"\{[^{}\n]{0,60}\}", HOLE, inner.text)
        return Held(inner.risk | joined(args).risk, filled)
    if receiver.members and name == "concat":
        return Held(inner.risk | joined(args).risk)
    return joined((inner, *args))


def _replaced(receiver: Held, args: Sequence[Held]) -> Held:
    """A text without what was taken out of it: `replace(/[^a-z]/g, "")`, `replace(/</g, "&lt;")`."""
    risk = receiver.risk | (args[1].risk if len(args) > 1 else frozenset())
    what = args[0].fixed if args else None
    if what and (only := _KEEPS_ONLY.match(what)) and not re.search(r"\\S|\\D|\\W|\.$", only[1]):
        return Held(
            risk & {"path-traversal"} if re.search(r"/|\.", only[1].replace(r"\-", "")) else frozenset()
        )
    if len(args) > 1 and "$&" in args[1].shape:
        risk -= {"regex"}
    shape = _DROPS.match(what or "")
    if shape is not None and "g" in shape["flags"]:
        if "<" in shape["what"] and "[" in shape["what"]:
            risk -= {"xss"}
        if re.search(r"\\n|\\r|\\s", shape["what"]):
            risk -= {"header-log"}
        if any(_ALL_STEPS.fullmatch(part) for part in shape["what"].split("|")):
            risk -= {"path-traversal"}
    elif shape is not None and "normalize" in receiver.made and _STEPS_UP.match(shape["what"]):
        # What is normalized holds its steps up at the beginning, where they are taken off.
        risk -= {"path-traversal"}
    settled = receiver.settled | ((receiver.risk - risk) & {"path-traversal"})
    filled = receiver.text if len(args) < 2 or args[1].fixed is not None else HOLE
    return Held(risk, None if receiver.text is None else filled, made=receiver.made, settled=settled)
