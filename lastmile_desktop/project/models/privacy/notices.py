"""The pages that tell visitors what happens with their data and on which terms: where they are, what links to them,
what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


class Notice(StrEnum):
    PRIVACY = "privacy"
    TERMS = "terms"
    IMPRINT = "imprint"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class NoticeLink:
    """`dead` when it leads to `#`; `outside` when it leads to another site; `route` when a router names it."""

    notice: Notice
    line: int
    target: str
    dead: bool = False
    outside: bool = False
    route: bool = False


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page with its text. `line` is where it begins to say something."""

    notice: Notice
    path: str


@dataclass(frozen=True, slots=True)
class Notices:
    pages: tuple[NoticePage, ...] = ()
    links: tuple[tuple[str, NoticeLink], ...] = ()
    seen: int = 0

    def pages_of(self, notice: Notice) -> tuple[NoticePage, ...]:
        return tuple(page for page in self.pages if page.notice is notice)

    def links_of(self, notice: Notice) -> tuple[tuple[str, NoticeLink], ...]:
        return tuple(item for item in self.links if item[1].notice is notice)


_KINDS: Mapping[Notice, str] = {
    Notice.PRIVACY: r"privacy|privacidade|privacidad|datenschutz|confidentialite|data-?protection|gizlilik",
    Notice.TERMS: (
        r"(?<![a-z])terms|(?<![a-z])tos(?![a-z])|(?<![a-z])agb(?![a-z])|(?<![a-z])cg[vu](?![a-z])|(?<![a-z])termos|"
        r"(?<![a-z])terminos|conditions-generales|nutzungsbedingungen|(?<![a-z])eula"
    ),
    Notice.IMPRINT: r"impressum|imprint|mentions-?legales|legal-?notice",
    Notice.REFUND: r"refund|cancellation-?policy|returns?-?policy|widerruf|reembolso|devolucion",
}
_OF_KIND = {notice: re.compile(text, re.IGNORECASE) for notice, text in _KINDS.items()}
_WORDS = (
    "privac", "datenschutz", "confidentialite", "protection", "gizlilik", "terms", "tos", "agb", "cgv", "cgu",
    "termos", "terminos", "conditions", "nutzungsbedingungen", "eula", "impressum", "imprint", "mentions", "legal",
    "refund", "cancellation", "returnpolicy", "return-policy", "returnspolicy", "returns-policy", "widerruf",
    "reembolso", "devolucion",
)  # fmt: skip
_ANY = re.compile("|".join(_KINDS.values()), re.IGNORECASE)
_TITLES = {
    Notice.PRIVACY: re.compile(
        r"privacy (?:policy|notice|statement)|politique de confidentialit|datenschutzerkl|"
        r"pol[ií]tica de privaci",
        re.IGNORECASE,
    ),
    Notice.TERMS: re.compile(
        r"terms (?:of (?:service|use)|and conditions|& conditions)|conditions g[eé]n[eé]rales|"
        r"conditions d.utilisation|termos de (?:uso|servi)|t[eé]rminos (?:y condiciones|de)|"
        r"nutzungsbedingungen|allgemeine gesch",
        re.IGNORECASE,
    ),
}
_PAGES = (".tsx", ".jsx", ".html", ".vue", ".svelte", ".astro", ".mdx", ".md", ".dart", ".hbs", ".ejs")
_LINKING = (
    ".tsx",
    ".jsx",
    ".html",
    ".vue",
    ".svelte",
    ".astro",
    ".ts",
    ".js",
    ".dart",
    ".py",
    ".hbs",
    ".ejs",
    ".json",
)
_NOT_A_PAGE = re.compile(
    r"settings|toggle|service|provider|context|store|hook|banner|consent|dialog|modal|checkbox|schema|"
    r"types?\b|^use|manifest|config|guard|header|footer|panel|tab\b|icon|info\.|quote|payment|search|order|"
    r"referral|condition-builder",
    re.IGNORECASE,
)
_NOT_A_FOLDER = re.compile(
    r"(?:^|/)(?:node_modules|hooks|lib|services|server/(?!templates)|api|admin|ios|android|docs|brand|"
    r"\.[\w-]+|memory|test_reports|attached_assets|components/ui|locales?|i18n|messages|migrations|"
    r"supabase)/"
)
_TEXT_FOLDER = re.compile(r"(?:^|/)(?:content|public|app|pages|legal|policies|src|site|website)/")
_OF_SERVICE = re.compile(r"[-_]?of[-_]?services?", re.IGNORECASE)
_LEGAL = re.compile(r"legal", re.IGNORECASE)
_TARGET = re.compile(
    r"\b(?P<key>href|to|path|url|link|src|push|replace|navigate|openURL|redirect|open|launchUrl|"
    r"router\.push|parse|re_path|route|slug|"
    r"as)\s*[=(:]\s*[({]?\s*(?:(?:Uri\.parse|resolve|localePath|localizeHref|withBase|asset)\(|"
    r"base\s*\+\s*)?\s*r?[\"'`](?P<target>[^\"'`\n]{1,200})[\"'`]"
)
_ROUTE = re.compile(
    r"\belement\s*[:=]|\bcomponent\s*[:=]|\bComponent\s*[:=]|views\.|as_view|<Route\b|\blazy\s*[:=]|"
    r"\brender_template|@\w+\.route"
)
_DEAD = re.compile(
    r"<(?:a|Link|NavLink|Button)\b[^>]{0,200}?\b(?:href|to)\s*=\s*\{?\s*[\"'`](?:#|"
    r"javascript:[^\"'`]{0,20}|/?#)[\"'`][^>]{0,200}>\s*(?P<text>[^<{]{2,60})"
)
_DEAD_ENTRY = re.compile(
    r"\b(?:label|name|title|text)\s*:\s*[\"'`](?P<text>[^\"'`\n]{2,60})[\"'`]\s*,\s*(?:href|url|to|link|"
    r"path)\s*:\s*[\"'`]#[\"'`]"
)
_LEAST = 500
_MAX = 300_000


def build(view: ProjectView) -> Notices:
    """All notice pages and all links to such pages."""
    kinds = view.each_path("notices.page", _may_tell, _kinds_in, ())
    links = view.each_file("notices.links", _may_tell, links_in, ())
    return Notices(
        tuple(NoticePage(kind, path) for path, found in kinds.items() for kind in found),
        tuple((path, link) for path, found in links.items() for link in found),
        len(kinds),
    )


def _may_tell(entry: FileEntry) -> bool:
    path = entry.path
    return (
        not entry.minified
        and path.endswith(_LINKING + _PAGES)
        and path_kind(path) not in (PathKind.TEST, PathKind.AGENT, PathKind.CI)
        and (is_production(path) or path.endswith(".html"))
        and not path.endswith((".lock.json", "package.json", "package-lock.json", "tsconfig.json"))
        and not re.search(r"(?:^|/)(?:brand|inspirations?|attached_assets|design|mockups?|dist|build)/", path)
    )


@lru_cache(maxsize=65_536)
def _candidates(path: str) -> tuple[Notice, ...]:
    """The notices that a file may be, by its name and folder."""
    if not path.endswith(_PAGES) or _NOT_A_FOLDER.search(path):
        return ()
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    if stem in ("page", "index", "+page", "_index"):
        stem = folder.rpartition("/")[2]
    if path.endswith((".md", ".mdx")) and not _TEXT_FOLDER.search(path):
        return ()
    stem = _OF_SERVICE.sub("", stem)
    if _NOT_A_PAGE.search(stem):
        return ()
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", stem)
    named = tuple(notice for notice, pattern in _OF_KIND.items() if pattern.search(spelled))
    return named or ((Notice.PRIVACY, Notice.TERMS) if _LEGAL.search(stem) else ())


def _kinds_in(path: str, text: str) -> tuple[Notice, ...]:
    return _page_kinds(path)(text)


@lru_cache(maxsize=65_536)
def _page_kinds(path: str) -> Callable[[str], tuple[Notice, ...]]:
    candidates = _candidates(path)
    combined = len(candidates) > 1 and _LEGAL.search(path.rpartition("/")[2]) is not None

    def kinds(text: str) -> tuple[Notice, ...]:
        if not candidates or len(text) < _LEAST:
            return ()
        if not combined:
            return candidates
        return tuple(kind for kind in candidates if _TITLES[kind].search(text))

    return kinds


def links_in(text: str) -> tuple[NoticeLink, ...]:
    """Links and routes to notices, and links that name one and lead nowhere."""
    text = text[:_MAX]
    if not mentions(text, _WORDS) or _ANY.search(text) is None:
        return ()
    return tuple(dict.fromkeys((*_targets(text), *_dead(text))))


def _targets(text: str) -> Iterator[NoticeLink]:
    for match in _TARGET.finditer(text):
        target = match["target"]
        if target.startswith(("mailto:", "./", "../", "@", "data:", "{{")) or " " in target:
            # `{{PRIVACY_POLICY_URL}}` in a template for mails is filled in when the mail is made.
            continue
        notice = next((kind for kind, pattern in _OF_KIND.items() if pattern.search(target)), None)
        if notice is None or re.search(r"\.(?:tsx?|jsx?|css|svg|png)$|/(?:admin|api)/|settings", target):
            continue
        start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
        line_text = text[start : end if end >= 0 else len(text)]
        yield NoticeLink(
            notice,
            line_at(text, match.start()),
            target,
            outside=target.startswith(("http://", "https://")) and "localhost" not in target,
            route=_ROUTE.search(line_text) is not None,
        )


def _dead(text: str) -> Iterator[NoticeLink]:
    for pattern in (_DEAD, _DEAD_ENTRY):
        for match in pattern.finditer(text):
            notice = next((kind for kind, each in _OF_KIND.items() if each.search(match["text"])), None)
            if notice is not None:
                yield NoticeLink(notice, line_at(text, match.start()), "#", dead=True)
