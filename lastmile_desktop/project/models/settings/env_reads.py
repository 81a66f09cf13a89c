"""Where code reads a setting, found in the text of a file with its comments blanked out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextRead:
    """One read. `literal` when a literal default stands beside it; `silent` when absence gives nothing at all
    instead of an error, as `os.getenv("X")` does; `hard` when the code itself says that it must be there: `!`, a
    throw, `os.environ["X"]`."""

    name: str
    line: int
    column: int
    required: bool
    literal: bool = False
    silent: bool = False
    hard: bool = False


@dataclass(frozen=True, slots=True)
class FileReads:
    """What a file says of settings. `helpers` are (function, fails when missing) that read the setting named by
    their argument; `validates` when it refuses to start without its settings."""

    reads: tuple[TextRead, ...] = ()
    helpers: tuple[tuple[str, bool], ...] = ()
    validates: bool = False


NO_READS = FileReads()
_MOST = 3_000
_UPPER = r"[A-Z][A-Z0-9_]{1,80}"

_JS_READ = re.compile(
    r"(?:(?:process|Bun|globalThis\.process)\??\.env|import\.meta\.env)(?:\??\.(?P<dot>[A-Za-z_][A-Za-z0-9_]{1,80})"
    r"|(?:\?\.)?\[\s{0,3}[\"'`](?P<index>[A-Za-z_][A-Za-z0-9_]{1,80})[\"'`]\s{0,3}\])"
    r"|Deno\.env\.get\(\s{0,5}[\"'`](?P<deno>[A-Za-z_][A-Za-z0-9_]{1,80})[\"'`]\s{0,5}\)"
)
_JS_SPREAD = re.compile(
    r"\{(?P<names>[^{}]{1,2000})\}\s{0,3}(?::[^=]{1,80})?=\s{0,3}(?:process\.env|import\.meta\.env)\b"
)
_JS_SPREAD_NAME = re.compile(r"(?P<name>" + _UPPER + r")(?:\s{0,3}:\s{0,3}\w{1,60})?(?P<default>\s{0,3}=)?")
_JS_HELPER = re.compile(
    r"(?:function\s{1,3}(?P<fn>\w{2,60})\s{0,3}(?:<[^>]{0,60}>)?\(\s{0,5}(?P<arg>\w{1,40})|(?:const|"
    r"let)\s{1,3}(?P<fn2>\w{2,60})\s{0,3}"
    r"=\s{0,3}(?:async\s)?\(?\s{0,5}(?P<arg2>\w{1,40})[^=]{0,120}=>)"
)
_JS_DYNAMIC = re.compile(
    r"(?:process\.env|import\.meta\.env)\[\s{0,3}(?P<arg>\w{1,40})\s{0,3}\]|"
    r"Deno\.env\.get\(\s{0,3}(?P<arg2>\w{1,40})\s{0,3}\)"
)
_JS_SCHEMA = re.compile(
    r"\bcreateEnv\s{0,2}\(|\bcleanEnv\s{0,2}\(|\.(?:safeP|p)arse(?:Async)?\(\s{0,3}(?:process\.env|"
    r"import\.meta\.env)\b|\.validate\(\s{0,3}process\.env"
)
_JS_SCHEMA_KEY = re.compile(
    r"(?m)^\s{2,16}[\"']?(?P<name>"
    + _UPPER
    + r")[\"']?\s{0,3}:\s{0,3}(?P<rule>(?:z|str|num|bool|url|email|host|port|v|t|Joi|yup|s)\b[^\n]{0,300}"
    r"(?:\n\s{4,20}\.[^\n]{0,200}){0,8})"
)
_JS_CHECKED = re.compile(
    r"\b(?:require|get|must|check|assert|ensure|validate)\w{0,30}\(\s{0,20}process\.env\.[A-Z]"
)
_JS_REQUIRED_LIST = re.compile(
    r"\[(?P<names>(?:\s{0,40}[\"'`]" + _UPPER + r"[\"'`]\s{0,3},?){2,80})\s{0,40}\]"
)

_PY_READ = re.compile(
    r"(?:os\.)?environ\[\s{0,5}[\"'](?P<index>" + _UPPER + r")[\"']\s{0,5}\](?P<assign>\s{0,3}=[^=])?"
    r"|(?:os\.getenv|(?:os\.)?environ\.get|\bgetenv)\(\s{0,40}[\"'](?P<get>"
    + _UPPER
    + r")[\"']\s{0,3}(?P<rest>[,)])"
    r"|\b(?:env|config|decouple_config)(?:\.(?:str|bool|int|float|list|tuple|dict|url|db|db_url|cache|"
    r"cache_url|email_url|json|path))?"
    r"\(\s{0,40}[\"'](?P<call>" + _UPPER + r")[\"']\s{0,3}(?P<rest2>[,)])"
)
_PY_CALL_LIBRARY = re.compile(
    r"\bdecouple\b|^\s{0,8}(?:import|from)\s{1,3}environs?\b|starlette\.config", re.MULTILINE
)
_PY_SETTINGS_CLASS = re.compile(r"(?m)^class\s{1,3}(?P<name>\w{1,60})\((?P<bases>[^)\n]{0,200})\)\s{0,3}:")
_PY_FIELD = re.compile(
    r"^(?P<indent>[ ]{4}|\t)(?P<name>[A-Za-z][A-Za-z0-9_]{1,80})\s{0,3}:\s{0,3}(?P<type>[^=\n]{1,160}?)"
    r"\s{0,3}(?:=\s{0,3}(?P<default>[^\n]{0,300}))?$"
)
_PY_PREFIX = re.compile(r"env_prefix\s{0,3}=\s{0,3}[\"']([A-Za-z0-9_]{0,40})[\"']")
_PY_ALIAS = re.compile(r"(?:validation_alias|alias|env)\s{0,3}=\s{0,3}[\"'](" + _UPPER + r")[\"']")

_FALLBACK = re.compile(
    r"\s{0,40}(?:\)\s{0,10}){0,2}(?:\|\||\?\?)=?\s{0,40}(?P<what>[\"'`\d\[]|true\b|false\b|\w)?"
)
_FAILS = re.compile(r"\bthrow\b|process\.exit|\braise\b|sys\.exit|Deno\.exit|\binvariant\b|\bassert")

_REFUSES = re.compile(r"status(?:Code)?\s{0,3}[:(=]\s{0,3}[45]\d\d|[Ee]rror\b|HTTPException")


def js_reads(text: str) -> FileReads:
    """Reads in TypeScript and JavaScript."""
    if "env" not in text and "Env" not in text:
        return NO_READS
    code = blank_comments(text)
    lines = _Lines(code)
    reads = [*_plain_js(code, lines), *_spread_js(code, lines)]
    schema = _JS_SCHEMA.search(code) is not None
    checked = _JS_CHECKED.search(code) is not None
    if schema:
        reads += _schema_keys(code, lines)
    listed = _required_list(code, lines) if _JS_DYNAMIC.search(code) else []
    return FileReads(
        tuple(_once(reads + listed)),
        tuple(_js_helpers(code)),
        validates=schema or checked or bool(listed and _FAILS.search(code)),
    )


def helper_reads(text: str, helpers: tuple[tuple[str, bool], ...]) -> tuple[TextRead, ...]:
    """Calls of a project's own reading functions: `requireEnv("STRIPE_SECRET_KEY")`."""
    wanted = {name: fails for name, fails in helpers if name in text}
    if not wanted:
        return ()
    code = blank_comments(text)
    lines = _Lines(code)
    pattern = re.compile(
        r"\b(?P<fn>"
        + "|".join(re.escape(name) for name in sorted(wanted))
        + r")\(\s{0,20}[\"'`](?P<name>"
        + _UPPER
        + r")[\"'`]\s{0,3}(?P<rest>[,)])"
    )
    found: list[TextRead] = []
    for match in _bounded(pattern, code):
        line, column = lines.place(match.start())
        has_default = match["rest"] == ","
        silent = not has_default and not wanted[match["fn"]]
        found.append(TextRead(match["name"], line, column, not has_default, has_default, silent))
    return tuple(_once(found))


def _plain_js(code: str, lines: _Lines) -> Iterator[TextRead]:
    for match in _bounded(_JS_READ, code):
        name = match["dot"] or match["index"] or match["deno"]
        after = code[match.end() : match.end() + 120]
        if re.match(r"\s{0,3}=[^=]", after) or name in ("get", "toObject", "env"):
            continue
        fallback = _FALLBACK.match(after)
        line, column = lines.place(match.start())
        literal = bool(fallback and fallback["what"] and fallback["what"] in "\"'`0123456789[")
        required = not fallback and _is_needed(code, match)
        hard = required and (re.match(r"!\s{0,3}[^=\s]", after) is not None or _is_refused(code, name))
        yield TextRead(name, line, column, required, literal, hard=hard)


def _is_refused(code: str, name: str) -> bool:
    """Whether the file throws when this setting is missing."""
    missing = rf"!\s{{0,2}}(?:process\.env\.)?{re.escape(name)}\b[^\n]{{0,80}}\n?[^\n]{{0,120}}(?:throw|exit)"
    return re.search(missing, code) is not None


_AS_NUMBER = re.compile(
    r"(?:const|let|var)\s{1,3}(\w{1,60})\s{0,3}=\s{0,3}(?:Number|(?:Number\.)?parse(?:Int|Float))\(\s{0,3}\Z"
)


def _is_needed(code: str, match: re.Match[str]) -> bool:
    """Whether the code breaks without the setting: it is used as it stands, or its absence throws."""
    before, after = code[max(0, match.start() - 60) : match.start()], code[match.end() : match.end() + 300]
    if re.match(r"!?\s{0,3}(?:[!=]==?\s{0,3}[\"'`\d]|\?\.|\bin\b)", after) or re.search(
        r"(?:\btypeof\s{1,3}|!!)\Z", before
    ):
        return False
    if re.search(r"[=(]\s{0,3}\Z", before) and re.match(r"\s{0,3}&&\s{0,3}process\.env", after):
        # `const client = process.env.A && process.env.B ? make() : null`
        return False
    number = _AS_NUMBER.search(before)
    if number and re.match(r"\s{0,3}(?:,\s{0,3}10\s{0,3})?\)\s{0,3}[;\n]", after):
        # What is no number is told apart later, and something else stands in for it.
        looked = rf"(?:isFinite|isNaN|isInteger)\(\s{{0,3}}{number[1]}\s{{0,3}}\)[^;\n]{{0,80}}(?:\?|\|\|)"
        return re.search(looked, code[match.end() :][:600]) is None
    tested = re.search(r"(?:if\s{0,3}\(|&&|\|\||\(|!|\?)\s{0,3}!{0,2}\s{0,2}\Z", before) and re.match(
        r"\s{0,3}(?:\)|&&|\|\||\?[^.]|[!=]==?)", after
    )
    if tested and not re.match(r"!\s{0,2}[^=]", after):
        negated = re.search(r"!\s{0,2}\Z", before)
        called = re.search(r"[\w$>]\(\s{0,3}\Z", before) and not re.search(
            r"(?:if|while|Boolean|typeof)\s{0,3}\(\s{0,3}\Z", before
        )
        return bool(called) or bool(negated and (_FAILS.search(after) or _REFUSES.search(after)))
    held = re.search(r"(?:const|let|var)\s{1,3}(\w{1,60})(?:\s{0,3}:[^=]{0,60})?\s{0,3}=\s{0,3}\Z", before)
    if held and re.match(r"\s{0,3}(?:as\s\w+\s?(?:\|\s?\w+)?)?\s{0,3}[;\n]", after):
        return _needs_variable(code[match.end() :][:6_000], held[1])
    return True


def _needs_variable(rest: str, name: str) -> bool:
    """Whether a variable that holds the setting is needed: its absence is refused aloud, or nobody looks."""
    refused = re.search(rf"if\s{{0,3}}\([^)\n]{{0,80}}!{name}\b", rest)
    if refused:
        after = rest[refused.end() : refused.end() + 220]
        return bool(_FAILS.search(after) or _REFUSES.search(after))
    return not re.search(
        rf"if\s{{0,3}}\(\s{{0,3}}{name}\s{{0,3}}[)&]|\b{name}\s{{0,20}}(?:\?[^.]|&&|\?\?|\|\|)", rest
    )


def _spread_js(code: str, lines: _Lines) -> Iterator[TextRead]:
    for match in _bounded(_JS_SPREAD, code):
        for name in _JS_SPREAD_NAME.finditer(match["names"]):
            line, column = lines.place(match.start("names") + name.start())
            yield TextRead(
                name["name"], line, column, required=not name["default"], literal=bool(name["default"])
            )


def _schema_keys(code: str, lines: _Lines) -> Iterator[TextRead]:
    for match in _bounded(_JS_SCHEMA_KEY, code):
        optional = re.search(r"optional|default|nullish|devDefault|catch\(", match["rule"])
        line, column = lines.place(match.start("name"))
        yield TextRead(match["name"], line, column, required=not optional, literal="default" in match["rule"])


def _required_list(code: str, lines: _Lines) -> list[TextRead]:
    """`["A", "B"].forEach(name => { if (!process.env[name]) throw … })`."""
    found: list[TextRead] = []
    for match in _bounded(_JS_REQUIRED_LIST, code):
        for name in re.finditer(_UPPER, match["names"]):
            line, column = lines.place(match.start("names") + name.start())
            found.append(TextRead(name[0], line, column, required=True))
    return found


def _js_helpers(code: str) -> Iterator[tuple[str, bool]]:
    for match in _bounded(_JS_DYNAMIC, code):
        arg = match["arg"] or match["arg2"]
        nearest: re.Match[str] | None = None
        for helper in _JS_HELPER.finditer(code, max(0, match.start() - 800), match.start()):
            if (helper["arg"] or helper["arg2"]) == arg:
                nearest = helper
        if nearest is not None:
            name = nearest["fn"] or nearest["fn2"]
            yield name, bool(_FAILS.search(code[match.end() : match.end() + 300]))


def python_reads(text: str) -> FileReads:
    """Reads in Python."""
    if "env" not in text and "config(" not in text and "BaseSettings" not in text:
        return NO_READS
    code = _PY_COMMENT.sub(lambda match: " " * len(match[0]), text)
    lines = _Lines(code)
    by_call = _PY_CALL_LIBRARY.search(code) is not None
    reads: list[TextRead] = []
    for match in _bounded(_PY_READ, code):
        name = match["index"] or match["get"] or match["call"]
        if match["assign"] or (match["call"] and not by_call):
            continue
        line, column = lines.place(match.start())
        required, literal = _python_need(code, match)
        silent = match["get"] is not None and required
        reads.append(TextRead(name, line, column, required, literal, silent, required and not silent))
    settings = list(_settings_fields(code, lines)) if "BaseSettings" in code else []
    # django-environ and decouple refuse to start without a setting that has no default.
    refuses = by_call and any(read.required and not read.silent for read in reads)
    return FileReads(tuple(_once(reads + settings)), (), validates=bool(settings) or refuses)


def _python_need(code: str, match: re.Match[str]) -> tuple[bool, bool]:
    """(required, literal default) of one read."""
    rest = match["rest"] or match["rest2"]
    if match["index"] is None and rest == ",":
        return False, bool(
            re.match(r"\s{0,40}(?:default\s{0,2}=\s{0,2})?[\"'\d\[TF]", code[match.end() : match.end() + 80])
        )
    after = code[match.end() : match.end() + 80]
    if re.match(r"\s{0,3}or\b", after):
        return False, bool(re.match(r"\s{0,3}or\s{1,3}[\"'\d]", after))
    if match["get"] is None:
        return True, False
    before = code[max(0, match.start() - 40) : match.start()]
    tested = re.search(r"\b(?:if|and|or|not|bool\()\s{0,3}\Z", before)
    return not tested, False


def _settings_fields(code: str, lines: _Lines) -> Iterator[TextRead]:
    """Fields of pydantic settings classes: each is a setting of its upper-case name."""
    for match in _bounded(_PY_SETTINGS_CLASS, code):
        if "BaseSettings" not in match["bases"]:
            continue
        end = re.compile(r"(?m)^\S").search(code, match.end())
        body = code[match.end() : end.start() if end else len(code)]
        prefix = _PY_PREFIX.search(body)
        offset = match.end()
        for raw in body.split("\n"):
            field = _PY_FIELD.match(raw)
            if field and field["name"] not in ("model_config", "Config") and "ClassVar" not in field["type"]:
                default = field["default"]
                alias = _PY_ALIAS.search(default or "")
                name = alias[1] if alias else (prefix[1] if prefix else "").upper() + field["name"].upper()
                required = default is None or default.startswith(("Field(...", "..."))
                line, column = lines.place(offset + field.start("name"))
                yield TextRead(name, line, column, required=required, literal=not required)
            offset += len(raw) + 1


_PY_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#[^\n]{0,2000}")
_JS_COMMENT = re.compile(
    r"(?m)(?P<keep>\"(?:[^\"\\\n]|\\.){0,2000}\"|'(?:[^'\\\n]|\\.){0,2000}')|/\*[\s\S]{0,20000}?\*/|(?:^|"
    r"(?<=[\s;,{}()]))//[^\n]{0,4000}"
)


def blank_comments(text: str) -> str:
    """The text with comments made of spaces; lines and columns stay as they are."""
    if "//" not in text and "/*" not in text:
        return text
    return _JS_COMMENT.sub(lambda match: match[0] if match["keep"] else re.sub(r"[^\n]", " ", match[0]), text)


def _bounded(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for count, match in enumerate(pattern.finditer(text)):
        if count >= _MOST:
            return
        yield match


def _once(reads: list[TextRead]) -> Iterator[TextRead]:
    """Each read once, in text order: a schema key and a plain read can be the same place."""
    yield from sorted(set(reads), key=lambda read: (read.line, read.column, read.name))


class _Lines:
    def __init__(self, text: str) -> None:
        self._starts = [0]
        position = text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = text.find("\n", position + 1)

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
