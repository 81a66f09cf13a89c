"""Whether a value was looked at before it was used: compared with a list, bound to a folder, held to a shape.

Engines that follow input know where it comes from and where it goes; they do not see such conditions on the way.
This reads them from the text of the function around the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.inputs.input_names import origins_of

_LONGEST_HANDLER = 150
_PARSED_MEMBER = re.compile(r"\(\s*\w{1,40}\.data\.(\w{1,40})\b")
_HOST = re.compile(r"\bhost(?:name)?\b")
_HOST_RULE = re.compile(r"\bhost(?:name)?\s*===|endsWith\(|includes\(|\.has\(|\.some\(")
_REPLY_SENDS = re.compile(r"(?<![\w.])reply\b[^;\n]{0,120}\.send\(")
_AS_HTML = re.compile(r"text/html|\.type\(\s*['\"]html", re.IGNORECASE)
_LINES_ABOVE = 6

# A remark checks nothing.
_COMMENT = re.compile(r"\s*(?://|#|\*|/\*)")
_IDS = re.compile(r"(?:^|_|\.)ids?$|I[dD]s?$")
_ADMIN = re.compile(
    r"(?i)require_?admin|is_?(?:super_?)?admin|admin_?(?:only|required|auth|guard|middleware|user|procedure)|check_?admin|verify_?admin"
    r"|role\s*[!=]==?\s*['\"](?:super_?)?admin|superuser|is_staff|staff_member_required|get_current_admin|ensure_?admin"
)
_PRIVATE_RANGE = re.compile(
    r"(?i)169\.254|is_?private|private_?(?:ip|range|host)|blocked_?(?:host|ip|domain)s?|allowed_?(?:host|domain|origin)s?"
    r"|\.is_loopback|is_internal|ssrf"
)
_PINNED = re.compile(
    r"(?i)\b\w*(?:pinned|safe|public|allowed|validated?|guarded)_?\w{0,12}(?:address|host|url|ip|dns|fetch|agent)\w{0,12}\("
)
_NO_PAGE = re.compile(
    r"(?i)(?:content-?type|mimetype|media_type)['\"\]]*\s*[,:=]\s*f?['\"](?:application/(?!xhtml)|text/(?!html)|image/|audio/|video/)"
    r"|\.type\(\s*['\"](?:json|text(?!/html)|txt|csv|pdf|xml|png|jpe?g|application/|text/plain)|content-disposition['\"\]]*\s*[,:=]\s*[fF`'\"]+\s*attachment"
)
_ANSWER = re.compile(r"^\s*(\w{1,60})\s*=\s*")
_OWN_ADDRESS = (
    r"(?:(?i:config\w*|conf|cfg|settings|env|process|constants?|app)\.[\w$.]+"
    r"|(?:self|this)\.\w*(?i:url|base|host|endpoint|api)\w*|[A-Z][A-Z0-9_]{2,})"
)
_SETTINGS_FIRST = re.compile(rf"\(\s*{_OWN_ADDRESS}\s*\+|(?:f['\"]|`)\$?\{{{_OWN_ADDRESS}\}}")
_FORMATTED_ALONE = re.compile(
    r"subprocess\.\w+\(\s*(?:f?['\"][\w./-]+ [^'\"\n]*['\"](?:\.format\([^()\n]*\))?)\s*\)"
)
_PLAIN_LIST = re.compile(r"subprocess\.\w+\(\s*(\w+)\s*[,)]")
_REQUESTED = re.compile(r"\bhttps?\.(?:request|get)\(\s*([A-Za-z_$][\w$]*)\s*[,)]")
_OWN_HOST = re.compile(
    r"\bhost(?:name)?['\"]?\s*:\s*(?:['\"][^'\"\n]+['\"]|[A-Z][A-Z0-9_]{2,}\b|process\.env\.|(?i:config|settings|env)\.)"
)
_LISTED = r"(?:files|images|photos|uploads|documents|attachments|uploadedFiles)"
_PATH_OF = re.compile(r"(?<![\w$])(?:[\w$]+[?!]?\.)*([\w$]+)[?!]?\.(?:path|filename)\b")
_SAFE_REDIRECT = re.compile(r"url_has_allowed_host_and_scheme|is_safe_url|is_safe_redirect")
_SHAPED = (
    r"z\s*\.\s*(?:enum|nativeEnum|number|coerce\s*\.\s*(?:number|date|boolean)|boolean|literal|date|bigint|uuid)\b"
    r"|z\s*\.\s*string\(\)[^,\n]{0,120}\.\s*(?:uuid|cuid2?|ulid|nanoid|regex|datetime|date|ip|email)\("
    r"|(?:Joi|yup|Yup)\s*\.\s*(?:number|boolean|date)\b|(?:int|float|bool|UUID|Literal\[|date)\b"
)
_HELPER = (
    r"(?i:\b(?:\w*\.)?_{0,2}(?:is|assert|validate|ensure|check|verify|sanitize|clean|safe|allow|normalize|resolve|parse)_?\w{0,20}"
    r"(?:url|uri|host|domain|origin|address|path|file|name|redirect|next|return|sort|column|field|table|order|target"
    r"|link|safe|valid|allowed|identifier|slug)\w{0,20})\(\s*(?:[\w$.]+\s*,\s*)?"
)


class Verdict(StrEnum):
    """`WEAK` conditions stop the plain attack but not a careful one."""

    NONE = "none"
    WEAK = "weak"
    CHECKED = "checked"


@dataclass(frozen=True, slots=True)
class Place:
    """The code around a use of input: the text of its function up to the use, the use itself, the whole file."""

    before: str
    use: str
    file: str


def place_of(text: str, outline: Outline | None, line: int, line_end: int) -> Place:
    """The code around these lines of a file."""
    lines = text.split("\n")
    start = _handler_start(outline, line) if outline is not None else max(1, line - 60)
    first = max(0, start - 1 - _LINES_ABOVE)
    before = [item for item in lines[first : max(line, line_end)] if not _COMMENT.match(item)]
    return Place("\n".join(before), "\n".join(lines[line - 1 : max(line, line_end)]), text)


def _handler_start(outline: Outline, line: int) -> int:
    """Where the function begins whose conditions count here: the largest one that is still one handler."""
    around = [item for item in outline.functions if item.span.line <= line <= item.span.line_end]
    if not around:
        return max(1, line - 60)
    short = [item for item in around if _length(item) <= _LONGEST_HANDLER]
    chosen = max(short, key=_length) if short else min(around, key=_length)
    return chosen.span.line


def _length(function: Function) -> int:
    return function.span.line_end - function.span.line + 1


def is_admin_only(place: Place) -> bool:
    """Whether the code around the place asks for an administrator."""
    return _ADMIN.search(place.before) is not None


def is_no_page(place: Place) -> bool:
    """Whether the answer is declared to be something that browsers do not show as a page."""
    return _NO_PAGE.search(place.before) is not None or _is_named_later(place) or _is_fastify_text(place)


def _is_named_later(place: Place) -> bool:
    """Whether the answer is kept first, and told its kind on a line of its own (`answer.mimetype = "text/plain"`)."""
    made = _ANSWER.match(place.use)
    if made is None:
        return False
    told = re.compile(rf"(?<!\w){re.escape(made[1])}\.[^\n]{{0,60}}")
    return any(_NO_PAGE.search(item.group()) for item in told.finditer(place.file))


def _is_fastify_text(place: Place) -> bool:
    """Whether Fastify sends a text, which it calls text/plain unless it is told otherwise."""
    sends = _REPLY_SENDS.search(place.use) is not None and "fastify" in place.file.lower()
    own = re.split(r"=>|\bfunction\b", place.before)[-1]
    return sends and _AS_HTML.search(own) is None


def is_held_to_hosts(place: Place) -> bool:
    """Whether the schema that the address has passed knows its host: `url: z.string().url().refine(…hostname…)`."""
    asked = _PARSED_MEMBER.search(place.use)
    if asked is None:
        return False
    schema = re.search(rf"(?<!\w){re.escape(asked[1])}\s*:\s*z\b", place.file)
    if schema is None:
        return False
    rule = place.file[schema.end() : schema.end() + 1200].partition("\n})")[0].partition(".refine(")[2]
    named = _HOST.search(rule)
    return named is not None and _HOST_RULE.search(rule, named.start()) is not None


def has_own_head(kind: str, place: Place) -> bool:
    """Whether input only follows what the app itself wrote: an address from its settings, a program by name."""
    if kind in ("ssrf", "open-redirect"):
        return _SETTINGS_FIRST.search(place.use) is not None or _has_own_host(place)
    if kind != "command" or "shell=True" in place.use:
        return False
    if _FORMATTED_ALONE.search(place.use):
        return True
    given = _PLAIN_LIST.search(place.use)
    return given is not None and (
        re.search(rf"(?m)^\s*{re.escape(given.group(1))}\s*=\s*\[\s*['\"][^'\"\n]+['\"]\s*,", place.before)
        is not None
    )


def _has_own_host(place: Place) -> bool:
    """`http.request(options)` where the options were written with a host of the app's own."""
    asked = _REQUESTED.search(place.use)
    if asked is None:
        return False
    made = list(re.finditer(rf"(?<![\w$.]){re.escape(asked[1])}\s*=\s*\{{([^}}]{{0,400}})", place.before))
    return bool(made) and _OWN_HOST.search(made[-1][1]) is not None


def is_upload_path(place: Place) -> bool:
    """Whether the path is where the upload library itself put a file: its own folder, and a name that it made."""
    match = _PATH_OF.search(place.use)
    if match is None or "originalname" in place.use:
        return False
    holder = re.escape(match[1])
    sent = r"\b(?:req|request)\.(?:body|query|params)\b"
    if re.search(
        rf"(?<![\w$]){holder}\b[^=\n]{{0,40}}[:=]\s*(?:await\s+)?{sent}|\b{holder}\b[^}}\n]{{0,80}}\}}\s*=\s*{sent}",
        place.file,
    ):
        return False
    uploaded = r"\(?\s*(?:req|request|\w+\.req)[?!]?\.files?\b"
    if match[1] == "file" and re.search(r"\b(?:req|request)[?!]?\.file[?!]?\.(?:path|filename)\b", match[0]):
        return True
    given = rf"(?<![\w$]){holder}\b[^=:\n]{{0,20}}(?:[:=]|\sof)\s*"
    if re.search(f"{given}{uploaded}", place.file):
        return True
    listed = re.search(rf"{given}({_LISTED})\b", place.file)
    return listed is not None and (
        re.search(rf"\b{listed[1]}\s*(?::[^=\n]{{1,60}})?=\s*{uploaded}", place.file) is not None
    )


def check_of(kind: str, place: Place) -> Verdict:
    """Whether the values used here were checked for this kind of use (the rule's short id)."""
    origins = origins_of(place.use, place.before)
    names = tuple(origins)
    if not names:
        return Verdict.NONE
    any_name = "(?:" + "|".join(re.escape(name) for name in names) + r")(?![\w$])"
    if _is_shaped([name for name in names if not origins[name]], place.file) or _is_listed(
        any_name, place.before, kind
    ):
        return Verdict.CHECKED
    if kind == "nosql" and re.search(
        rf"typeof\s+{any_name}\s*[!=]==?\s*['\"]string|isinstance\(\s*{any_name}\s*,\s*str\b", place.before
    ):
        return Verdict.CHECKED
    if kind in ("ssrf", "open-redirect", "path-traversal", "sql", "command", "xss") and re.search(
        _HELPER + any_name, place.before
    ):
        return Verdict.CHECKED
    if kind == "ssrf" and (
        _PRIVATE_RANGE.search(place.before)
        or _PINNED.search(place.before)
        or _names_host(any_name, place.before)
    ):
        return Verdict.CHECKED
    if kind in ("ssrf", "open-redirect", "path-traversal") and _is_held_against(any_name, place.before):
        return Verdict.CHECKED
    if kind == "path-traversal" and _is_looked_up(origins, place.before):
        return Verdict.CHECKED
    if kind == "path-traversal" and re.search(
        r"\.(?:startsWith|startswith|is_relative_to|relative_to|commonpath|relative)\(", place.before
    ):
        return Verdict.CHECKED
    return _redirect_check(any_name, place) if kind == "open-redirect" else Verdict.NONE


def _is_held_against(any_name: str, code: str) -> bool:
    """`if (shop !== session.shop) return …`: whatever differs from what the server knows is turned away."""
    other = r"(?!(?:null|undefined|None|True|False|true|false)\b)[A-Za-z_$][\w$]*(?:\.[\w$]+)*"
    return (
        re.search(
            rf"\bif\b[^\n]{{0,80}}(?:{any_name}\s*!==?\s*{other}|(?<![\w$.])(?:{other})\s*!==?\s*{any_name})"
            r"[^\n]{0,40}\n(?:[^\n]*\n){0,5}?\s*(?:return|raise|throw|abort)\b",
            code,
        )
        is not None
    )


def names_used(place: Place) -> tuple[str, ...]:
    """The variables of the use, and those they were made from in the same function (two steps back)."""
    return tuple(origins_of(place.use, place.before))


def _is_looked_up(origins: dict[str, bool], code: str) -> bool:
    """Whether the values are ids of records that were found first: such an id holds no path."""
    ids = [name for name in origins if _IDS.search(name)]
    others = [
        name
        for name, made in origins.items()
        if not made and name not in ids and len(name) > 1 and name.rpartition(".")[2] != "length"
    ]
    return not others and any(
        re.search(
            rf"(?i:get|find|fetch|load|select|first|query)\w*\((?:[^()\n]|\([^()\n]*\)){{0,120}}{re.escape(name)}(?![\w$])",
            code,
        )
        for name in ids
    )


def _is_shaped(names: Iterable[str], file: str) -> bool:
    """Whether a schema of the file holds every one of the values to a number, a list or another harmless shape."""
    leaves = {name.rpartition(".")[2] for name in names}
    return bool(leaves) and all(
        re.search(rf"(?<![\w$]){re.escape(leaf)}['\"]?\s*:\s*(?:{_SHAPED})", file) for leaf in leaves
    )


def _is_listed(any_name: str, code: str, kind: str) -> bool:
    """Whether a value is compared with a list or an expression; for addresses a scheme alone does not count."""
    listed = re.search(
        rf"\.(?:includes|has|indexOf|hasOwnProperty|hasOwn)\(\s*(?:[\w$]+\s*,\s*)?(?:new URL\(\s*)?{any_name}"
        rf"|(?<![\w.]){any_name}(?:\.\w+(?:\(\))?)*\s+(?:not\s+)?in\s+(?!request\b)[A-Za-z_\[({{]"
        rf"|re\.(?:match|fullmatch)\([^,\n]{{1,120}},\s*{any_name}"
        rf"|{any_name}\.(?:isalnum|isdigit|isidentifier|isnumeric)\(\)"
        rf"|{any_name}\s*[!=]==?\s*['\"](?!undefined|null)[\w-]+['\"]\s*(?:\?|&&|\|\|)",
        code,
    )
    if listed:
        return True
    tested = re.search(rf"([^\n]{{0,120}})\.test\(\s*{any_name}", code)
    return tested is not None and not (kind in ("ssrf", "open-redirect") and "http" in tested.group(1))


def _names_host(any_name: str, code: str) -> bool:
    """Whether the host of an address is compared with something, or the address with a known beginning."""
    return (
        re.search(
            rf"{any_name}(?:\.\w+)*\.(?:hostname|host|origin|netloc)\b(?:\.\w+\(\))?\s*(?:[!=]==?|\.(?:endsWith|endswith|includes)|\s(?:not\s)?in\s)"
            rf"|\(\s*(?:new URL\()?\s*{any_name}\)?\.(?:hostname|host|origin)\s*\)"
            rf"|{any_name}\.(?:startsWith|startswith)\(\s*(?:f?['\"`]https?://[\w$-]|[A-Z_a-z$])"
            r"|\b(?:hostname|host|netloc|parsed\.\w+)\s*(?:[!=]==?|\s(?:not\s)?in\s|\.ends)",
            code,
        )
        is not None
    )


def _redirect_check(any_name: str, place: Place) -> Verdict:
    if _SAFE_REDIRECT.search(place.before):
        return Verdict.CHECKED
    starts = re.search(
        rf"{any_name}(?:\.\w+\(\))?\.(?:startsWith|startswith)\(\s*(['\"`][^'\"`]*['\"`])?", place.before
    )
    if starts is None:
        return Verdict.CHECKED if _names_host(any_name, place.before) else Verdict.NONE
    doubled = re.search(r"['\"`]//['\"`]|\^/\(\?!|\\/\(\?!\[?\\?/|url_has_allowed|netloc|\[1\]", place.before)
    prefixed = re.search(r"\$\{\s*\w*(?:origin|url|base|host|site)\w*\s*\}\$\{", place.before, re.IGNORECASE)
    return Verdict.CHECKED if doubled or prefixed else Verdict.WEAK
