"""What somebody gains who sends hostile text to a place that uses it: nothing, when only harmless characters are
left, when the app wrote the beginning of the address, or when nobody can be led there.

Read from the text of the function around the place, as `input_checks` does.
"""

from __future__ import annotations

import re
from enum import StrEnum

from lastmile_desktop.project.models.inputs.input_checks import Place, names_used

_KEEPS_ONLY = re.compile(
    r"\.replace(?:All)?\(\s*/\[\^((?:\\.|[^\]\\\n]){1,120})\]\+?/[a-z]*g|re\.sub\(\s*r?['\"]\[\^((?:\\.|[^\]\\\n]){1,120})\]\+?['\"]"
)
# Characters that mean something to whoever reads the text: a text without them is only a word or a number.
_MEANS = {
    "sql": re.compile(r"['\"`;()\\]{1}(?<!\\)|\\['\"`;()]"),
    "filter": re.compile(r"[,()]"),
    "command": re.compile(r"[$`;&|<>'\"()*?{}]"),
    "code-eval": re.compile(r"a-z|A-Z|\\w|\\p|[$_'\"`\[{]"),
    "template": re.compile(r"[{}%$<]"),
    "xss": re.compile(r"[<>&'\"]"),
    "path-traversal": re.compile(r"/|\\\\"),
}
_SINGLE_ARGUMENT = re.compile(
    r"(?:\bfetch|\baxios(?:\.\w+)?|\bgot(?:\.\w+)?|\bredirect|\bRedirectResponse|\bHttpResponseRedirect|['\"][lL]ocation['\"]\s*[:,\]]\s*=?|"
    r"\b(?:requests|httpx|client|session)\.\w+)\s*\(?\s*(?:\d{3}\s*,\s*)?([A-Za-z_$][\w$]*)\s*[,)}\n]"
)
_TEMPLATE = re.compile(r"`((?:[^`\\]|\\.){1,1500})`|\b[fF]\"([^\"\n]{1,600})\"|\b[fF]'([^'\n]{1,600})'")
_PLAIN = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_OPENS = re.compile(
    r"^(?:[a-z][a-z0-9+.-]*://[\w.:-]+(?:[/?#]|$)|[a-z][a-z0-9+.-]*://[a-z]+/|/(?![/\\$])|\?|"
    r"(?:[a-z][a-z0-9+.-]*://)?\$?\{([\w$.]+)\}[/?#])"
)
_STAYS = re.compile(
    r"(?:^|\blocation(?:\.href)?\s*=|\blocation\.(?:assign|replace)\(|\bredirect\()\s*"
    r"(?:(?:`\$\{)?(?:(?:window|document|self)\.)?location\.(?:pathname|origin)\b"
    r"|(?!req)(?:\w+\.){0,4}\w*(?:[rR]oot|ROOT|[bB]ase|BASE)(?:_?(?:[uU]rl|URL))?\s*\+)"
)
_BARE = re.compile(r"(?:^|[?:]|\|\||\?\?|\belse\b|\bor\b)\s*[A-Za-z_$][\w$.]*\s*(?=$|[:;)]|\|\||\?\?)")
_ASKED = re.compile(
    r"\b(?:req|request|ctx|event|searchParams|params|formData|body|query|headers?)\b|(?<!env)\.get\(\s*['\"]"
)
_SET_UP = re.compile(r"\benv\b|environ|getenv|config|settings", re.IGNORECASE)
_ROUTE = re.compile(
    r"@\w+(?:\.\w+)*\.(?:get|post|put|patch|delete|route|api_route)\(\s*f?['\"]([^'\"\n]{1,200})['\"]"
)
_SIGNATURE = re.compile(r"def \w+\(([\s\S]{0,800}?)\)\s*(?:->[^:\n]{1,80})?:")
_UNDER = re.compile(r"\.joinpath\(|os\.path\.join\(|\w\)?\s*/\s*[A-Za-z_]\w*|/\{\w+")
_HOST = re.compile(
    r"(?:get|header)\(\s*['\"](?:x-forwarded-)?(?:host|proto)['\"]|\.(?:host|hostname|protocol)\b"
)
_POST_ONLY = re.compile(
    r"@require_POST\b|require_http_methods\(\s*\[\s*['\"]POST['\"]\s*\]|methods\s*=\s*[\[(]\s*['\"]POST['\"]\s*,?\s*[\])]"
)
_FROM_ADDRESS = re.compile(r"request\.(?:GET|args|query_params)\b")
_PROVIDER_CALLS = re.compile(r"(?i)webhook|\bipn\b")
_PROVEN = re.compile(
    r"(?i)signature|\bhmac\b|constructEvent|construct_event|raise_for_status\(|verify_?\w*\(|timingSafeEqual"
)
# The proof is left out when the secret is not set, or when nothing was sent to prove.
_PERHAPS_PROVEN = re.compile(
    r"(?i)\bif\s*\(?\s*\w*(?:secret|signature|key)\w*(?:\s*(?:and|&&)\s*\w+)*\s*(?::\s*$|\)\s*\{)",
    re.MULTILINE,
)
_NARROWED = re.compile(r"\.(?:eq|match|is_|is|contains|single|maybeSingle|maybe_single|in_|in)\(")
_CHANGES = re.compile(r"\.(?:update|delete|upsert)\(")
_MASTER_KEY = re.compile(r"(?i)service_?role|admin_?client|supabase_?admin|\badmin\b|SERVICE_KEY|SECRET_KEY")
_STATEMENT = 1_200


class Gain(StrEnum):
    """What more conditions in a filter of a query give: `SEARCH` only finds other rows that may be seen anyway."""

    SEARCH = "search"
    ROWS = "rows"
    CHANGES = "changes"


def is_stripped(kind: str, place: Place) -> bool:
    """Whether everything but harmless characters is removed from the text before it is used."""
    means = _MEANS.get(kind)
    if means is None:
        return False
    for code in (place.use, *_made(place)):
        found = _KEEPS_ONLY.search(code)
        if found is not None and not means.search(found[1] or found[2]):
            return True
    return False


def _made(place: Place) -> tuple[str, ...]:
    """What the names of the use were assigned, as far as it stands on one line."""
    return tuple(
        match[0]
        for name in names_used(place)
        for match in re.finditer(
            rf"(?<![\w$.]){re.escape(name.partition('.')[0])}\s*(?::[^=\n]{{1,40}})?=(?!=)[^\n]{{1,300}}",
            place.before,
        )
    )


def begins_own(place: Place) -> bool:
    """Whether the app itself wrote how the address begins, up to the end of the host, on each of its branches."""
    given = _SINGLE_ARGUMENT.search(place.use)
    text = _assigned(given[1], place.before) if given else ""
    if not text:
        return False
    templates = [next(part for part in match.groups() if part) for match in _TEMPLATE.finditer(text)]
    rest = _PLAIN.sub("''", _TEMPLATE.sub("''", text)).strip()
    return bool(templates) and not _BARE.search(rest) and all(_opens_own(part, place) for part in templates)


def _assigned(name: str, before: str) -> str:
    """The last statement that gives a name its value."""
    found = list(re.finditer(rf"(?<![\w$.]){re.escape(name)}\s*(?::[^=\n]{{1,40}})?=(?![=>])\s*", before))
    if not found:
        return ""
    text = before[found[-1].end() : found[-1].end() + _STATEMENT]
    end = re.search(
        r";\s*\n|\n\s*\n|\n(?=\s*(?:const|let|var|return|if|await|for|try|response|resp)\b)", text
    )
    return text[: end.start()] if end else text


def _opens_own(template: str, place: Place) -> bool:
    found = _OPENS.match(template)
    return found is not None and (not found[1] or _is_own_name(found[1], place))


def _is_own_name(name: str, place: Place) -> bool:
    root = name.partition(".")[0]
    if root.isupper() or _SET_UP.match(root):
        return True
    made = _assigned(root, place.file)
    return bool(made) and _SET_UP.search(made) is not None and not _ASKED.search(made)


def stays_here(place: Place) -> bool:
    """Whether the statement itself begins with where the app stands: its root, or the path of this very page."""
    return _STAYS.search(place.use) is not None


def is_own_host(place: Place) -> bool:
    """Whether all that comes from the request is the name of the host, which nobody can choose for somebody else's
    browser, and values that were found equal to the app's own."""
    read = False
    for name in names_used(place):
        word = re.escape(name.partition(".")[0])
        if _ASKED.fullmatch(name.partition(".")[0]):
            return False
        for match in re.finditer(
            rf"(?<![\w$.]){word}\s*(?::[^=\n]{{1,40}})?=(?!=)[^\n]{{1,300}}|\{{[^{{}}\n]{{0,120}}\b{word}\b[^{{}}\n]{{0,120}}\}}\s*=[^\n]{{1,120}}",
            place.before,
        ):
            if not re.search(r"\b(?:req|request|ctx|event)\b", match[0]):
                continue
            read = True
            if not _HOST.search(match[0]) and not re.search(rf"[!=]==?\s*{word}\b(?!\.)", place.before):
                return False
    return read


def is_post_only(place: Place) -> bool:
    """Whether only a form of the app itself gets here: no link can bring somebody along with an address of its own."""
    return (
        _POST_ONLY.search(place.before) is not None
        and not _FROM_ADDRESS.search(place.before)
        and "csrf_exempt" not in place.before
    )


def is_one_segment(place: Place) -> bool:
    """Whether every name is one part of the address that the visitor opened, put under a folder: such a part holds no
    slash (routes of Flask, FastAPI and Django)."""
    route = _ROUTE.search(place.before)
    body = place.before[route.end() :] if route else ""
    taken = _SIGNATURE.search(body)
    if route is None or taken is None or "request." in body:
        return False
    parts = set(re.findall(r"[<{](?:(?:str|slug|uuid|int|string)\s*:\s*)?(\w+)[>}]", route[1]))
    given = set(re.findall(r"(?:^|,)\s*(\w+)", taken[1]))
    used = {name.partition(".")[0] for name in names_used(place)} & given
    return bool(used) and used <= parts and _UNDER.search(body) is not None


def is_from_provider(place: Place) -> bool:
    """Whether the text comes from a provider whose call was proven: it is not a visitor's."""
    return (
        _PROVIDER_CALLS.search(place.before) is not None
        and _PROVEN.search(place.before) is not None
        and not _PERHAPS_PROVEN.search(place.before)
    )


def gain_of_filter(place: Place) -> Gain:
    """What somebody gets who adds conditions to a filter."""
    statement = _around(place)
    if _CHANGES.search(statement):
        return Gain.CHANGES
    if _NARROWED.search(statement) or not _MASTER_KEY.search(place.file):
        return Gain.SEARCH
    return Gain.ROWS


def _around(place: Place) -> str:
    """The statement that the use is part of: the chained lines before it, and those that follow."""
    lines = place.before.split("\n")
    start = len(lines) - 1
    while start > 0 and len(lines) - start < 20:
        if re.match(r"\s*(?:const|let|var|return|if|query\s*=|\w+\s*=\s*await|await)\b", lines[start]) and (
            "from(" in lines[start] or "supabase" in lines[start] or ".table(" in lines[start]
        ):
            break
        start -= 1
    head = "\n".join(lines[start:])
    after = place.file.find(place.use)
    tail = place.file[after + len(place.use) : after + len(place.use) + 200] if after >= 0 else ""
    return head + tail.partition(";")[0].partition("\n\n")[0]
