"""Places where a template or a component shows a value as HTML instead of text, and what is known of the value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.lines import line_at

_LONGEST = 400

_REACT = re.compile(r"dangerouslySetInnerHTML\s*=\s*\{\{\s*__html\s*:\s*")
_RAW_MARKDOWN = re.compile(r"rehypePlugins\s*=\s*\{\s*\[([^\]]{0,400})\]")
_HTML_LET_IN = re.compile(
    r"<ReactMarkdown\b[^>]{0,300}\b(?:allowDangerousHtml\b(?!=\{false)|escapeHtml=\{false\})"
)
_ANGULAR = re.compile(r"\.bypassSecurityTrust(?:Html|Script|ResourceUrl|Url|Style)\(\s*")
_VUE = re.compile(r"\sv-html\s*=\s*\"([^\"\n]{1,400})\"|\sv-html\s*=\s*'([^'\n]{1,400})'")
_OWN_FILE = re.compile(r"\bimport\s+(\w{1,60})\s+from\s+[\"'][^\"'\n]{1,200}\?raw[\"']")
_SVELTE = re.compile(r"\{@html\s+")
_JINJA = re.compile(
    r"\{\{-?\s*([^{}|]{1,200}(?:\|\s*(?!safe\b)[^{}|]{1,80}){0,4})\|\s*safe\s*(?:\|[^{}]{0,80})?-?\}\}"
)
_EJS = re.compile(r"<%-\s*([^%]{1,300}?)\s*-?%>")
_HANDLEBARS = re.compile(r"\{\{\{\s*([^{}]{1,200}?)\s*\}\}\}")
_MARK_SAFE = re.compile(
    r"\b(?:mark_safe|Markup|SafeString)\(\s*(?=f['\"]|[\w.]+\s*[)+%]|['\"][^'\"\n]*['\"]\s*[%+.])"
)

_CLEANED = re.compile(
    r"(?i)sanitiz|sanitis|purify|urlencod|\bescape|escapeHtml|striptags|strip_tags|bleach|nh3\.|\bxss\(|filterXSS|codeToHtml|hljs\b"
    r"|highlight|prism|katex|shiki|JSON\.stringify|serialize\(|tojson|json_script|linebreaks|urlize|markdownify_safe|\bhighlighted"
)
_OWN_TEXT = re.compile(
    r"^(?:t|i18n(?:\.t)?|\$t|this\.\$t|translate|tr|intl\.formatMessage|formatMessage|gettext|_|trans)\(|\bt\(|i18n|translat"
    r"|\b(?:messages|copy|strings|dictionary|dict|texts|labels|locale)\b\.|\bt\.\w+"
)
_OWN_STYLE = re.compile(
    r"THEMES|colorConfig|(?i:css|styles?|svg|icon|keyframes|script|jsonLd|json_?ld|schema|structuredData|gtag|analytics)\b"
)
_NO_PAGE = re.compile(
    r"(?i)(?:^|/)(?:e?mails?|sms|notifications?|integrations|messages)/|docs|(?:subject|text|title|topic|desc|message)[^/]*\.\w+$"
)
_TAG = re.compile(r"<(?:html|body|div|p|span|td|li|h[1-6]|article|section|main)\b", re.IGNORECASE)
# What is counted or measured, by its name or by the filter that makes it: no text of anybody's.
_NUMBER = re.compile(
    r"(?i)^[\w.]{0,120}?(?:^|[._])(?:pct|percent(?:age)?|count(?:er)?|ratio|pk)$"
    r"|\|\s*(?:floatformat|intcomma|length|filesizeformat|widthratio|divisibleby|pluralize)\b[^|]{0,40}$"
)
_ADDRESS = re.compile(r"(?i)(?:url|link|href|path)$")
_LITERAL = re.compile(r"^(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`$]*`)$", re.DOTALL)
_CONSTANT = re.compile(r"^[A-Z][A-Z0-9_]{2,}(?:\.\w+)*$")
_CONTENT = re.compile(r"(?i)post|article|blog|page\b|cms|block|lesson|content|excerpt|body")
_FOREIGN = re.compile(
    r"(?i)(?:^|[._])(?:\w*(?:content|body|html|message|comment|bio|answer|response|reply|summary|rendered|preview|output"
    r"|snippet|review|feedback|markdown|text|note|transcript|email\w*))(?:$|[^\w])|raw HTML"
)
_RECORD = re.compile(
    r"(?i)^(?:data|row|record|result|product|listing|property|event|job|user|profile|member|customer|course|lesson|ticket|order"
    r"|project|task|company|organi[sz]ation|campaign|recipe|place|room|vendor|seller|author)s?\b\??\."
)
# A field with text that people write, put into HTML by Python code.
_WRITTEN = re.compile(
    r"[\w)\]]\.(?:\w*_)?(?:\w*name|title|subject|content|body|message|comment|bio|description|text|notes?|summary|review)\b"
    r"(?!\s*\()"
)
# A name that tells only that markup is in it.
_MARKUP = re.compile(r"(?:\w*_)?(?:html|text|markup|fragment|output|rendered)\Z")
_PLAIN_NAME = re.compile(r"[\w$]+\Z")
_FETCHES = re.compile(
    r"useQuery|useSWR|useMutation|\bsupabase\b|\bfetch\(|\baxios\b|\btrpc\b|useLoaderData|onSnapshot|getDocs?\(|\bprisma\b"
)
_TEAM_PATH = re.compile(r"(?i)(?:^|[/._-])(?:admin|cms|dashboard/admin|backoffice)(?:[/._-]|$)")
_MARKDOWN = re.compile(r"(?i)\bmarked\b|\bmarkdown|showdown|micromark|remark|\bmd\.render|mdToHtml")
_ASKED = re.compile(r"(?<![\w$])(?:req|request|searchParams|params)\s*[.)]|location\.(?:hash|search)")
_FIELD = re.compile(r"^[\w$]+(?:[?!]?\.[\w$]+)*[?!]?\.([\w$]+)(?=$|[\s?!|]|\.(?:replace|trim)\()")
_CLEANING = re.compile(
    r"(?<![\w$])(?:[\w$]+\.)?(?:\w*[sS]anitiz\w*|\w*[pP]urify\w*|clean_?(?:html|HTML|Html)|bleach\.clean|nh3\.clean|filterXSS|xss)"
    r"\(\s*(?:[\w$]+[?!]?\.){0,4}([\w$]+)"
)
_TEMPLATE_SUFFIXES = (".html", ".htm", ".jinja", ".jinja2", ".j2", ".djhtml")


@dataclass(frozen=True, slots=True)
class HtmlSink:
    """`value` is the expression that is shown. `own` says why it is the app's own or cleaned, "" when it is not
    known to be. `team` when its name tells of articles and pages that a team writes; `markdown` when it is made
    from Markdown. `asked` when it comes straight from a request, which engines that follow input report. `foreign`
    when its name tells of text that people write."""

    line: int
    column: int
    value: str
    own: str = ""
    team: bool = False
    markdown: bool = False
    asked: bool = False
    foreign: bool = True

    @property
    def member(self) -> str:
        """The name of the field that is shown (`content` of `post.content`), "" of anything else than a field."""
        found = _FIELD.match(self.value)
        return found[1] if found else ""


def reads(path: str) -> bool:
    return path.endswith(
        (
            ".tsx",
            ".jsx",
            ".js",
            ".ts",
            ".vue",
            ".svelte",
            ".ejs",
            ".hbs",
            ".handlebars",
            ".py",
            *_TEMPLATE_SUFFIXES,
        )
    )


def cleaned_names(text: str) -> frozenset[str]:
    """The names of everything in a file that is cleaned of HTML."""
    return frozenset(match[1] for match in _CLEANING.finditer(text))


def sinks_in(path: str, text: str) -> tuple[HtmlSink, ...]:
    """Every place of a file where a value is shown as HTML, in order. A file of the project itself, taken in as text,
    is nobody's value."""
    team = _TEAM_PATH.search(path) is not None
    own = {match[1] for match in _OWN_FILE.finditer(text)} if "?raw" in text else set[str]()
    return tuple(
        _sink(path, text, start, value, team)
        for start, value in _found(path, text)
        if value.strip() not in own
    )


def _found(path: str, text: str) -> Iterator[tuple[int, str]]:
    if path.endswith((".tsx", ".jsx", ".js", ".ts")) and "dangerouslySetInnerHTML" in text:
        for match in _REACT.finditer(text):
            yield match.start(), _expression(text, match.end())
    elif path.endswith(".ts") and "bypassSecurityTrust" in text:
        for match in _ANGULAR.finditer(text):
            yield match.start(), _argument(text, match.end())
    elif path.endswith((".tsx", ".jsx")) and "<ReactMarkdown" in text and _HTML_LET_IN.search(text):
        for match in _HTML_LET_IN.finditer(text):
            yield match.start(), "Markdown with raw HTML in it"
    elif path.endswith((".tsx", ".jsx")) and "rehypeRaw" in text:
        for match in _RAW_MARKDOWN.finditer(text):
            if "rehypeRaw" in match.group(1) and "anitize" not in match.group(1):
                yield match.start(), "Markdown with raw HTML in it"
    elif path.endswith(".vue") and "v-html" in text:
        for match in _VUE.finditer(text):
            yield match.start() + 1, match.group(1) or match.group(2)
    elif path.endswith(".svelte") and "{@html" in text:
        for match in _SVELTE.finditer(text):
            yield match.start(), _expression(text, match.end())
    elif path.endswith(_TEMPLATE_SUFFIXES) and "safe" in text and _is_page(path, text):
        for match in _JINJA.finditer(text):
            yield match.start(), match.group(1).strip()
    elif path.endswith(".ejs"):
        for match in _EJS.finditer(text):
            if not re.match(
                r"(?:await\s+)?(?:include|body|layout|block|contentFor|partial|style|script)\b",
                match.group(1),
            ):
                yield match.start(), match.group(1)
    elif path.endswith((".hbs", ".handlebars")) and "{{{" in text:
        for match in _HANDLEBARS.finditer(text):
            if match.group(1) not in ("body", "block", "content") and not match.group(1).startswith(
                (">", "_")
            ):
                yield match.start(), match.group(1)
    elif path.endswith(".py") and ("mark_safe" in text or "Markup(" in text):
        for match in _MARK_SAFE.finditer(text):
            yield match.start(), _argument(text, match.end())


def _is_page(path: str, text: str) -> bool:
    """Whether a template makes a page that visitors open: texts of mails and messages are templates too."""
    return _NO_PAGE.search(path) is None and _TAG.search(text) is not None


def _expression(text: str, start: int) -> str:
    """The expression that ends where the braces opened before it close."""
    return _until(text, start, "{", "}")


def _argument(text: str, start: int) -> str:
    return _until(text, start, "(", ")")


def _until(text: str, start: int, opening: str, closing: str) -> str:
    depth = 0
    for position in range(start, min(len(text), start + _LONGEST * 4)):
        if text[position] == opening:
            depth += 1
        elif text[position] == closing:
            depth -= 1
            if depth < 0:
                return text[start:position].strip().rstrip(",").strip()
    return text[start : start + _LONGEST].strip()


def _sink(path: str, text: str, start: int, value: str, team: bool) -> HtmlSink:
    line = line_at(text, start)
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    value = " ".join(value.split())[:_LONGEST]
    source = _made_from(text, value)
    return HtmlSink(
        line,
        column,
        value,
        own=_own(value, source, text, line) or _of_code(path, value, source),
        team=team or _CONTENT.search(value) is not None,
        foreign=_FOREIGN.search(value) is not None,
        markdown=_MARKDOWN.search(f"{value} {source}") is not None,
        asked=_ASKED.search(f"{value} {source.partition(chr(10))[0]}") is not None,
    )


def _made_from(text: str, value: str) -> str:
    """What a plain name, or the function it calls, was assigned in the same file; "" when it is not there."""
    name = re.match(r"[A-Za-z_$][\w$]*", value)
    if name is None:
        return ""
    word = re.escape(name.group(0))
    made = re.search(rf"(?:const|let|var)\s+{word}\s*(?::[^=\n]{{1,60}})?=\s*", text) or re.search(
        rf"(?:function|def)\s+{word}\s*\(|(?m:^\s*{word}\s*=\s*)", text
    )
    return text[made.end() : made.end() + 700] if made else ""


def _own(value: str, source: str, text: str, line: int) -> str:
    if not value or _LITERAL.match(value) or _CONSTANT.match(value):
        return "a constant"
    first_line = source.split("\n", 1)[0].rstrip(";, ")
    if source and (_LITERAL.match(first_line) or _starts_plain_template(source)):
        return "a constant"
    if _CLEANED.search(value) or _CLEANED.search(source) or "&lt;" in source:
        return "cleaned"
    name = re.match(r"[A-Za-z_$][\w$]*", value)
    if name and re.search(rf"\b{re.escape(name[0])}\.push\(\s*\w*(?:[sS]anitiz|[pP]urify|[eE]scape)", text):
        return "cleaned"
    if _NUMBER.search(value):
        return "a number"
    if _ADDRESS.search(value):
        return "an address"
    if _OWN_TEXT.search(value):
        return "the app's own text"
    around = "\n".join(text.split("\n")[max(0, line - 4) : line])
    if _OWN_STYLE.search(value) or re.search(r"<(?:style|script|Script|noscript)\b", around):
        return "the app's own style or script"
    known = _FOREIGN.search(value) or _MARKDOWN.search(f"{value} {source}") or _is_record(value, text)
    if "dangerouslySetInnerHTML" in text and not known:
        return "nothing here comes from outside"
    return ""


def _of_code(path: str, value: str, source: str) -> str:
    """Why it is rather markup that the code puts together than text that people write: helpers of Python code and
    templates show such markup all the time, and only a field of a record says that somebody wrote it."""
    if path.endswith(".py"):
        return "" if _WRITTEN.search(f"{value}\n{source}") else "markup made in the code"
    if _PLAIN_NAME.match(value) is None or _MARKDOWN.search(f"{value} {source}"):
        return ""
    if path.endswith(_TEMPLATE_SUFFIXES):
        return "markup made in the code" if _MARKUP.match(value) or not _FOREIGN.search(value) else ""
    return "" if _FOREIGN.search(value) or _CONTENT.search(value) else "markup made in the code"


def _is_record(value: str, text: str) -> bool:
    """Whether the value is a field of something that is kept in a database, in a file that reads one."""
    return _RECORD.search(value) is not None and _FETCHES.search(text) is not None


def _starts_plain_template(source: str) -> bool:
    """Whether the assigned value is a template literal that holds nothing but text."""
    if not source.startswith("`"):
        return False
    end = source.find("`", 1)
    return "${" not in source[: end if end > 0 else len(source)]
