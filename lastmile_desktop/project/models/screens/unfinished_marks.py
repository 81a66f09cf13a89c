"""Signs in a screen's source that it is not finished: filler text, made-up data, other people's names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.settings.env_reads import blank_comments


@dataclass(frozen=True, slots=True)
class Mark:
    """`kind` is the rule, `detail` what was seen."""

    kind: str
    line: int
    detail: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ScreenMarks:
    """`raw_colours` and `texts` count colours written out and phrases written into the markup; `translates` when
    phrases come from a translation. `icons` are the icon libraries it uses."""

    marks: tuple[Mark, ...] = ()
    raw_colours: int = 0
    first_colour: int = 0
    texts: int = 0
    translates: bool = False
    icons: tuple[str, ...] = ()


NONE = ScreenMarks()
_LOREM = re.compile(r"lorem ipsum|dolor sit amet|consectetur adipiscing", re.IGNORECASE)
_SHOWN = re.compile(r">([^<>{}=;]{2,400})(?=[<{])")
# Examples of code to be copied, and what a script fills in before it shows it.
_UNSEEN = re.compile(
    r"<(?P<code>pre|code)\b[^>]{0,300}>[\s\S]{0,4000}?</(?P=code)>|"
    r"<(?P<kept>\w{1,12})\b[^>]{0,300}?(?:\sclass=[\"'][^\"'>]{0,200}\b(?:hide|hidden|d-none)\b[^\"'>]{0,200}[\"']|"
    r"\sstyle=[\"']display:\s?none)[^>]{0,300}>[\s\S]{0,600}?</(?P=kept)>",
    re.IGNORECASE,
)
_SOON = re.compile(
    r"^[^\w:]{0,6}(?:coming soon|under construction|work in progress|not (?:yet )?implemented|(?-i:TODO|"
    r"FIXME)\b.{0,80}|"
    r"placeholder (?:text|content)|"
    r"(?:this )?(?:feature|page|section) (?:is |will be )?(?:coming soon|under construction|"
    r"not (?:yet )?(?:available|"
    r"implemented))|"
    r".{1,60}(?:coming soon|under construction)|em breve|próximamente|bientôt disponible|"
    r"demnächst verfügbar)[^\w:]{0,6}$",
    re.IGNORECASE,
)
_YOUR = re.compile(
    r"^\W{0,4}(?:your company|your company name|your name here|acme (?:inc|corp)\.?|your tagline(?: here)?|"
    r"insert .{1,30} here|\[your .{1,40}\]|\+1 ?\(?555\)?[\d -]{0,20}|123 main st.{0,60}|"
    r"(?:contact|info|hello|support)@(?:example|yourcompany|yourdomain|company)\.com)\W{0,4}$",
    re.IGNORECASE,
)
_NOT_PRICED = re.compile(r"badge|Badge|disabled|opacity-50|cursor-not-allowed|tooltip|Tooltip|aria-disabled")
_TOAST = re.compile(
    r"(?:toast|alert|Alert\.alert|notify|showToast|message)\b[^;]{0,160}?(?:coming soon|not (?:yet )?implemented|"
    r"under development|not available yet|(?:disponível|disponivel|funcionalidade|recurso)[^;]{0,30}"
    r"(?<!novamente )em breve|"
    r"próximamente)",
    re.IGNORECASE | re.DOTALL,
)
_SIMULATED = re.compile(
    r"(?://|/\*|\{/\*)\s{0,5}(?:simulat\w{1,4}|fake|mock|pretend|dummy)\b[^\n]{0,80}?(?:api|call|request|sav|"
    r"upload|payment|submi|processing|send|delay|network|response|login|auth|server)",
    re.IGNORECASE,
)
_WAITS = re.compile(
    r"await new Promise\(\s{0,3}\(?\w{1,12}\)?\s{0,3}=>\s{0,3}(?:\{\s{0,3})?(?:window\.)?"
    r"setTimeout\(\s{0,3}(?:\w{1,12}|"
    r"\(\)\s{0,3}=>[^,]{1,30}),\s{0,3}\d{3,5}"
)
# A form that is told to have worked by a clock, in a file that sends nothing anywhere.
_ONLY_WAITS = re.compile(
    r"preventDefault\(\)[^{}]{0,200}(?:\{[^{}]{0,80}\}[^{}]{0,80})?setTimeout\(\s{0,3}\(\)"
    r"\s{0,3}=>\s{0,3}\{?[^{}]{0,160}"
    r"set\w{0,30}\(\s{0,3}(?:[\"'`](?:success|done|sent|submitted|completed?|paid)[\"'`]|true)\s{0,3}\)"
)
_SENDS = re.compile(
    r"\bfetch\(|axios|supabase|\.mutate|apiRequest|\bawait\b|\.post\(|\bapi\.|on(?:Submit|Save|Send|Confirm|"
    r"Complete|Create|Add)\w{0,20}\(|sendEmail|emailjs"
)
_REMARKS = re.compile(r"<!--.{0,20000}?-->|\{#.{0,2000}?#\}|<%#.{0,2000}?%>|\{\{!.{0,2000}?\}\}", re.DOTALL)
_SCRIPTS = re.compile(r"<(script|style)\b[^>]{0,300}>.{0,200000}?</\1\s{0,5}>", re.DOTALL | re.IGNORECASE)
_BLANK = re.compile(r"\[[A-Z][\w /&'-]{2,60}\]")
_FEWEST_BLANKS = 2
_ON_LARGE_SCREENS = re.compile(
    r"\bhidden (?:sm|md|lg|xl):(?:flex|block|grid|inline)|NavigationMenuContent|HoverCard|DropdownMenuContent"
)
_DEVELOPING = re.compile(
    r"\bif\s*\([^\n]{0,120}(?:\bis_?Dev\w{0,12}|NODE_ENV\s*===?\s*['\"]development|NODE_ENV\s*!==?\s*['\"]production|"
    r"import\.meta\.env\.DEV|__DEV__)\b[^\n]{0,120}\{[^{}]{0,300}$"
)
_INVENTED = re.compile(
    r"\b(?:const|let)\s{1,3}((?:mock|dummy|fake)[A-Z_]\w{0,40}|(?:MOCK|DUMMY|FAKE)_\w{1,40}|"
    r"\w{1,40}(?:Mock|Dummy)(?:Data|s|List)?)\b[^=\n]{0,80}=\s{0,3}[\[{]"
)
_IMPORTED = re.compile(
    r"import\b[^;\n]{0,200}from\s{1,3}[\"'][^\"'\n]{0,120}?(?:mock-?data|dummy-?data|mocks?/|fake-?data|"
    r"sample-?data|placeholder-?data)[^\"'\n]{0,60}[\"']",
    re.IGNORECASE,
)
_CHOICES = re.compile(
    r"(?i)(?:categor(?:y|ies)|levels?|grades?|conditions?|options?|types?|status(?:es)?|countries|languages|"
    r"currencies|sizes|colou?rs|genders|filters?|labels?|units|months|weekdays|choices|"
    # What the makers say themselves: their plans, their answers, their menus.
    r"tiers?|plans?|pricing|packages|faqs?|searches|features|steps|navigation|links|benefits|amenities)$"
)
_RANDOM = re.compile(
    r"\b(\w{0,20}(?:views?|users?|revenue|sales|visitors?|scores?|ratings?|price|likes?|orders?|followers?|"
    r"downloads?|earnings|balance|growth|conversions?|clicks|online|"
    r"viewers))\s{0,3}[:=]\s{0,3}[^,;\n]{0,60}Math\.random\(",
    re.IGNORECASE,
)
_QUOTES = re.compile(
    r"testimonial|depoimento|customer(?:s)? sa(?:y|id)|\bquote\s{0,3}:|\breviews?\s{0,3}=|verified buyer",
    re.IGNORECASE,
)
_INVENTED_PEOPLE = re.compile(
    r"""\b(?:name|author|customer|person|client|user)\s{0,3}[:=]\s{0,3}\{?[\"'`](Jane Doe|John Doe|Jane Smith|"""
    r"""John Smith|Sarah Johnson|Sarah Chen|Sarah Williams|Sarah Kim|Marcus Chen|Marcus Rivera|"
    r"Marcus Thompson|David Park|Emma Thompson|Elena Rodriguez|Sarah Mitchell|Michael Chen|"""
    r"""Michael Rodriguez|Emily Rodriguez|Emily Chen|Emily Johnson|David Kim|David Chen|Marcus Johnson|"""
    r"""Alex Johnson|Jessica Martinez|Lisa Thompson|Maria Garcia|James Wilson|Priya Sharma|Maria Silva|"""
    r"""João Silva|Ana Silva|Carlos Silva)[\"'`]"""
)
_HEX = re.compile(
    r"-\[#[0-9a-fA-F]{3,8}\]|(?:color|background|backgroundColor|borderColor|fill|"
    r"stroke)\s{0,3}[:=]\s{0,3}[\"'`]#[0-9a-fA-F]{3,8}\b"
)
_FIXED = re.compile(
    r"(?<![\w:-])w-\[([5-9]\d\d|1\d{3})px\]|"
    r"style=\{\{[^{}]{0,200}?(?<![\w-])width:\s{0,3}[\"']?([5-9]\d\d|1\d{3})(?:px)?[\"']?\s{0,3}[,}]"
)
_YIELDS = re.compile(
    r"max-w-|overflow-x|overflow-auto|w-full|maxWidth|scroll|absolute|hidden\b|aspect-|canvas|print|blur|opengraph|"
    r"ImageResponse",
    re.IGNORECASE,
)
# Plain words are found many times faster than a pattern of them.
_TRANSLATES = (
    "useTranslation", "useIntl(", "<Trans", "<FormattedMessage", "$t(", "useI18n", "useLanguage(", "getTranslations(",
    "{t('", '{t("', "{t(`", "(t('", '(t("', " t('", ' t("', "{t.",
)  # fmt: skip
_ICONS = re.compile(
    r"from\s{1,3}[\"'](lucide-react|react-icons|@heroicons/react|@radix-ui/react-icons|@tabler/icons-react|"
    r"@phosphor-icons/react|@mui/icons-material|@fortawesome/react-fontawesome|react-feather|"
    r"@ant-design/icons)(?:/[^\"'\n]{0,60})?[\"']"
)
_WORDS = re.compile(r"[A-Za-zÀ-ÿ]{2,}(?:\s[\wÀ-ÿ',.!?-]{1,30}){1,30}")
_MOST = 30


def read(text: str) -> ScreenMarks:
    """What stands in one component, in source order."""
    code = blank_comments(text)
    marks = [*_texts(code), *_toasts(code), *_pretended(text, code), *_people(code), *_fixed(code)]
    colours = [match.start() for match in _HEX.finditer(code)]
    shown = [match[1] for match in _SHOWN.finditer(code)]
    return ScreenMarks(
        tuple(sorted(marks, key=lambda mark: (mark.line, mark.kind)))[:_MOST],
        len(colours),
        line_at(code, colours[0]) if colours else 0,
        sum(1 for phrase in shown if _WORDS.fullmatch(phrase.strip())),
        any(word in code for word in _TRANSLATES),
        tuple(sorted({match[1] for match in _ICONS.finditer(code)})),
    )


def filler(text: str) -> tuple[Mark, ...]:
    """Filler text in a template that a server fills in, or in a plain page."""
    return tuple(_texts(_UNSEEN.sub(_emptied, _SCRIPTS.sub(_emptied, text))))[:_MOST]


def _emptied(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _texts(code: str) -> list[Mark]:
    code = _REMARKS.sub(_emptied, code)
    found: list[Mark] = []
    lorem = _LOREM.search(code)
    if lorem is not None:
        found.append(Mark("placeholder-text", line_at(code, lorem.start()), "Lorem ipsum", 0.95))
    template = len({match[0] for match in _BLANK.finditer(code)}) >= _FEWEST_BLANKS
    for match in _SHOWN.finditer(code):
        phrase = " ".join(match[1].split())
        if template and _BLANK.search(phrase):
            # The preview of a document whose blanks are the point.
            continue
        if _YOUR.match(phrase):
            found.append(Mark("placeholder-text", line_at(code, _said_at(match)), phrase[:60]))
        elif _SOON.match(phrase) and not _NOT_PRICED.search(
            code[max(0, match.start() - 160) : match.start()]
        ):
            found.append(Mark("placeholder-text", line_at(code, _said_at(match)), phrase[:60], 0.75))
    return found


def _said_at(match: re.Match[str]) -> int:
    """Where the words begin, behind white space and line breaks."""
    return match.start(1) + len(match[1]) - len(match[1].lstrip())


def _toasts(code: str) -> list[Mark]:
    return [
        Mark("dead-control", line_at(code, match.start()), "", 0.8)
        for match in list(_TOAST.finditer(code))[:_MOST]
    ]


def _only_choices(line: str) -> bool:
    """An import of types, of lists to choose from and of the makers' own words: they are real, whatever the file is
    called."""
    names = re.search(r"\{([^}]*)\}", line)
    if line.startswith("import type"):
        return True
    wanted = [name.strip() for name in names[1].split(",") if name.strip()] if names else []
    return bool(wanted) and all(name.startswith("type ") or _CHOICES.search(name) for name in wanted)


def _pretended(text: str, code: str) -> list[Mark]:
    """Data and waiting that only look real."""
    found = [
        Mark("mock-data", line_at(code, match.start()), match[1])
        for match in list(_INVENTED.finditer(code))[:_MOST]
        if len(re.findall(rf"\b{re.escape(match[1])}\b", code)) > 1
        and _is_invented(code, match)
        and not match[1].lower().endswith(("event", "evt", "ref", "request", "response"))
        and not _DEVELOPING.search(code[max(0, match.start() - 400) : match.start()])
    ]
    imported = next((match for match in _IMPORTED.finditer(code) if not _only_choices(match[0])), None)
    if imported is not None:
        found.append(Mark("mock-data", line_at(code, imported.start()), "an imported list"))
    random = _RANDOM.search(code) if "Math.random(" in code else None
    if random is not None:
        found.append(Mark("mock-data", line_at(code, random.start()), random[1], 0.75))
    only_waits = _ONLY_WAITS.search(code)
    if only_waits is not None and _SENDS.search(code) is None:
        found.append(Mark("mock-data", line_at(code, only_waits.start()), "waiting", 0.8))
    said = _SIMULATED.search(text)
    if said is not None:
        waits = next((wait for wait in _WAITS.finditer(text) if abs(wait.start() - said.start()) < 400), None)
        timed = re.search(r"setTimeout\(", text[said.start() : said.start() + 300])
        if waits is not None or timed is not None:
            found.append(Mark("mock-data", line_at(text, said.start()), "waiting", 0.85))
    return found


def praise(text: str) -> tuple[Mark, ...]:
    """What a file of data says in the name of customers whom tools invent."""
    return tuple(_people(blank_comments(text))) if "review" in text or "testimonial" in text else ()


def _is_invented(code: str, match: re.Match[str]) -> bool:
    """Whether anything is made up: an object put together of names alone carries what is real."""
    opened = code[match.end() - 1]
    closes = code.find("}" if opened == "{" else "]", match.end())
    return (
        opened == "["
        or re.search(r"[\"'`]|\d", code[match.end() : closes if closes > 0 else match.end() + 400])
        is not None
    )


def _people(code: str) -> list[Mark]:
    names = list(_INVENTED_PEOPLE.finditer(code))[:_MOST]
    near = [
        match for match in names if _QUOTES.search(code[max(0, match.start() - 1500) : match.start() + 600])
    ]
    return [Mark("fake-social-proof", line_at(code, near[0].start()), near[0][1])] if near else []


def _fixed(code: str) -> list[Mark]:
    if _ON_LARGE_SCREENS.search(code):
        return []
    for match in _FIXED.finditer(code):
        around = code[max(0, match.start() - 160) : match.end() + 160]
        if not _YIELDS.search(around):
            return [
                Mark("responsive-missing", line_at(code, match.start()), f"{match[1] or match[2]} px", 0.65)
            ]
    return []
