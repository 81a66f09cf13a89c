"""What a project's own texts say of it: for whom it is, that it serves one household alone, that it is a "
"template."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import NotApplicable, RawFinding
from lastmile_desktop.project.lines import line_at

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_TEXTS = re.compile(
    r"^(?:readme[\w.-]{0,20}|claude|agents|replit|gemini|copilot-instructions|(?:project|"
    r"product)[\w.-]{0,40}|prd|"
    r"vision|overview|brief|[\w.-]{0,30}(?:prd|product|personas?|requirements|specification|concept|pitch|"
    r"whitepaper))"
    r"\.(?:md|mdx|rst|txt)$",
    re.IGNORECASE,
)
_FOLDERS = re.compile(r"^(?:docs?/|memory/|documentation/|\.github/|product/|specs?/)?[^/]{1,80}$", re.I)
_LIST = re.compile(r"(?:^|/)requirements\.txt$", re.IGNORECASE)
_MOST_READ = 12_000
_BEGINNING = 2_500
_HEADING = re.compile(
    r"(?im)^[\s#*_|>-]{0,8}(?:\d{1,2}[.)]\s{0,3})?(?:\S{1,4}\s)?(?:target (?:audiences?|users?|customers?|"
    r"markets?|groups?)|"
    r"(?:primary |key |ideal |core )?(?:user|customer|buyer)?\s?personas?|ideal customers?|(?:who|"
    r"whom) (?:is (?:it|this)|it['’]?s|it is|this is)"
    r"(?: \w{1,20})? for|for whom|built for|made for|audience|zielgruppe|p[uú]blico[- ]alvo|"
    r"p[uú]blico objetivo|public cible)\b"
    r"[^\n]{0,200}"
)
_THING = (
    r"(?:platforms?|app(?:lication)?s?|tools?|systems?|services?|software|solutions?|portal|marketplace|"
    r"websites?|site|"
    r"saas|crm|erp|dashboard|assistant|products?|stores?|shops?|mvp|games?|courses?|hub|workspace|network|"
    r"community|suite|"
    r"companion|tracker|planner|generator|builder|program|bot|copilot|experience|management|coach)"
)
_PEOPLE = (
    r"(?:people|children|kids|parents?|famil(?:y|ies)|households?|couples?|women|men|teens?|seniors?|"
    r"mothers|fathers|"
    r"compan(?:y|ies)|firms?|shops?|stores?|restaurants?|gyms?|clinics?|schools?|universit(?:y|ies)|"
    r"hospitals?|agenc(?:y|ies)|"
    r"studios?|salons?|churches|hotels?|brands?|teams?|freelancers?|nonprofits?|ngos?|smbs?|smes?|startups?|"
    r"businesses|"
    r"organi[sz]ations?|professionals|individuals|pros|staff|crews?|clubs?|landlords?|tenants?|fans|friends|"
    r"nurses?|athletes?|pupils?|guides?|chefs?|coaches|hosts?|guests?|musicians?|technicians?|beginners|"
    r"communities|"
    r"[a-z]{3,20}(?<!numb)(?<!provid)(?<!serv)(?<!contain)(?<!paramet)(?<!us)(?<!pap)(?<!head)(?<!ord)"
    r"(?<!lay)(?<!off)(?<!rend)(?<!trigg)ers|"
    r"[a-z]{3,20}(?<!err)(?<!vect)(?<!monit)(?<!fact)ors|[a-z]{3,20}(?:ists|eurs|eneurs|ologists)|"
    r"[a-z]{3,20}(?:tudents|ents?-to-be|"
    r"esidents|atients|lients)|[a-z]{3,20}(?:cians|rians)|[a-z]{3,20}employees|trainees|attendees|employees)"
)
_SENTENCE = re.compile(
    rf"(?i)\b{_THING}\b[^.\n]{{0,90}}?\b(?:for|aimed at|(?:designed|built|made) for|helps?|helping|"
    rf"enabl(?:es|ing)|allow(?:s|ing)|"
    rf"lets|connect(?:s|ing)|dedicated to|serv(?:es|ing)|empower(?:s|ing)|where|gives|aux|pour les|para|für)\s+"
    rf"(?:(?!managing|building|creating|tracking)[\w'’-]{{1,20}},?\s+){{0,4}}{_PEOPLE}\b[^.\n]{{0,80}}|"
    rf"(?:(?m:^)|(?<=[.!?] ))[\s>*_-]{{0,6}}(?:(?:[A-Z][\w-]{{2,20}}\s){{0,2}}(?i:{_PEOPLE}|"
    rf"customers)\s+can\s+\w[^.\n]{{0,100}})"
)
# One household or one person, said in so many words; "self-hosted" alone is how many products are sold.
_PRIVATE = re.compile(
    r"\b(?:one|two|three|single)[- ](?:person|user|family) (?:household|home|app|tool|instance|system)\b|"
    r"\bfor (?:my|our) (?:own|personal|family|household|wife|husband|home)\b|"
    r"\b(?:my|our) (?:own )?personal (?:\w{1,20} ){0,2}(?:app|tool|dashboard|assistant|tracker|server|"
    r"finance|website)\b|"
    r"\bpersonal[- ]use (?:app|tool|project|only)\b|\bnot intended for (?:public|commercial|production) use\b|"
    r"\b(?:only|is) (?:reachable|accessible|available|exposed) (?:only )?(?:over|via|through|on|"
    r"within) (?:the |a |my |our )?"
    r"(?:tailscale|tailnet|vpn|wireguard|lan|local network|home network)\b",
    re.IGNORECASE,
)
_SCAFFOLDS = frozenset(["copier.yml", "copier.yaml", "cookiecutter.json", "template.json", "degit.json"])
_TITLE = re.compile(r"(?m)^#\s{1,3}[^\n]{1,120}|<h1[^>]{0,80}>[^<]{1,120}")
_STARTER = re.compile(
    r"(?i)\b(?:starter(?:[- ]kit)?|boilerplate|(?:project|full[- ]stack|saas|app)\s[\w ]{0,30}template|"
    r"template)\b"
)
_LICENCE = re.compile(r"^(?:licen[cs]e|copying)(?:\.(?:md|txt))?$", re.IGNORECASE)
_CONTAINERS = re.compile(
    r"^(?:[\w.-]{1,30}/){0,2}(?:(?:docker-)?compose[\w.-]{0,30}\.ya?ml|compose/[\w.-]{1,60}\.ya?ml)$"
)
_SELF_HOST = re.compile(
    r"(?i)\bself[-_ ]?host(?:ed|ing|able)?(?:_\w{1,30})?\b[^\n]{0,80}|\b(?:on|to) your own (?:server|"
    r"infrastructure|hardware)\b[^\n]{0,80}"
)
# Open software that is handed out: an image for strangers to pull, or a way to pay those who make it.
_HANDED_OUT = re.compile(
    r"(?i)\bhub\.docker\.com/(?:r|repository/docker)/[\w./-]{1,80}|/docker/pulls/[\w./-]{1,80}|"
    r"\bpre-?built docker images?\b[^\n]{0,60}|\bdocker pull [\w.-]{1,40}[/.][\w./:-]{1,80}"
)
_SPONSORS = ".github/FUNDING.yml"
# Open software with a manual: a site of documentation and, in it, how to put the software on a server of one's own.
_MANUAL = re.compile(
    r"^(?:mkdocs\.ya?ml|docs/(?:source/)?conf\.py|(?:docs|website|documentation)/(?:docusaurus\.config\.[jt]s|"
    r"\.vitepress/config\.m?[jt]s|mkdocs\.ya?ml))$"
)
_INSTALLING = re.compile(
    r"(?i)^(?:docs|website|documentation)/(?:[\w.-]{1,40}/){0,4}?(?:self[-_]?host\w{0,3}|install\w{0,7}|"
    r"deploy\w{0,5}|setup)(?:[/_-][\w./-]{1,80})?\.(?:mdx?|rst)$"
)
_OPEN = re.compile(
    r"(?i)\bMIT License\b|permission is hereby granted, free of charge|\bApache License\b|GNU (?:affero |lesser )?"
    r"general public license|redistribution and use in source and binary forms|Mozilla Public License|\bISC License\b"
)
_LEFT_OVER = re.compile(r"(?i)lovable|bolt\.new|v0\.(?:dev|app)|create[- ]next[- ]app|replit|vite")


@dataclass(frozen=True, slots=True)
class Said:
    """A line of a text about the project."""

    path: str
    line: int
    words: str

    @property
    def place(self) -> Evidence:
        return at(self.path, self.line)


_NOTHING = (0, "")
_SHELL = re.compile(
    r"^(?:[\w-]{1,30}/){0,2}(?:(?:public/)?index\.html|(?:src/)?app/(?:\[\w{1,20}\]/)?layout\.[jt]sx?|"
    r"app/root\.tsx)$"
)
_DESCRIBED = re.compile(
    r"name=[\"']description[\"'][^>]{0,20}\scontent=[\"'](?P<meta>[^\"]{10,400})|"
    r"\bdescription:\s{0,20}[\"'`](?P<key>[^\"`\n]{10,400})"
)
_MEANT = re.compile(
    rf"(?i)\b(?:for|helps?|helping|enabl(?:es|ing)|connect(?:s|ing)|dedicated to|empower(?:s|ing)|aux|"
    rf"pour les|para|für)\s+"
    rf"(?:[\w'’-]{{1,20}},?\s+){{0,4}}{_PEOPLE}\b[^.\n\"']{{0,80}}"
)


def for_whom(view: ProjectView) -> Said | None:
    """Where a text of the project says whose problem it solves."""
    return _first(view, "purpose.for-whom", _whom) or _described(view)


def private_use(view: ProjectView) -> Said | None:
    """Where a text says that it runs for one household or person and nobody else reaches it."""
    if view.facts.has("pay.provider") or view.facts.has("trackers"):
        return None
    return _first(view, "purpose.private", _private)


def not_for_private_use(view: ProjectView) -> NotApplicable | None:
    """Why a duty towards strangers does not arise: the project says that it serves its owner alone."""
    said = private_use(view)
    if said is None:
        return None
    return NotApplicable(f"{said.path} says that this is private: “{said.words}”.", said.place)


def template(view: ProjectView) -> Said | None:
    """Where the project says that it is a start for other projects rather than a product."""
    for path in view.tree.files:
        if path in _SCAFFOLDS:
            return Said(path, 1, "made to be copied")
    return _first(view, "purpose.template", _starter, "readme")


def hosted_by_others(view: ProjectView) -> Said | None:
    """Where open software says that whoever uses it runs it: its notices are theirs to write."""
    if not any(_LICENCE.match(path) for path in view.tree.files) or view.facts.has("profile.url"):
        return None
    return _first(view, "purpose.hosted", _hosted, "readme") or _documented(view) or _handed_out(view)


def run_elsewhere(view: ProjectView) -> Said | None:
    """Where open software that is not sold says that others run it, and shows how: they watch over it and answer for
    what it holds, and no service of its makers does."""
    if view.facts.has("pay.provider") or open_licence(view) is None or private_use(view) is not None:
        return None
    said = hosted_by_others(view)
    if said is None or template(view) is not None:
        return None
    shown = any(map(_CONTAINERS.match, view.tree.files)) or _documented(view) or _handed_out(view)
    return said if shown else None


def open_licence(view: ProjectView) -> Said | None:
    """Where a licence lets everybody read and use the source: there is nothing in it to hide."""
    for path in view.tree.files:
        if _LICENCE.match(path):
            line, words = view.per_file("purpose.licence", path, _licence, _NOTHING)
            if line:
                return Said(path, line, words)
    return None


def _handed_out(view: ProjectView) -> Said | None:
    """Where it offers strangers an image to run, or asks them to pay its makers, who sell nothing."""
    if view.facts.has("pay.provider") or open_licence(view) is None:
        return None
    said = _first(view, "purpose.handed-out", _offered, "readme")
    if said is None and _SPONSORS in view.tree.files:
        return Said(_SPONSORS, 1, "how to pay those who make it")
    return said


def _documented(view: ProjectView) -> Said | None:
    """The page of its manual that tells strangers how to install open software which is not sold. A licence alone
    says nothing: many a generated app has one."""
    if view.facts.has("pay.provider") or open_licence(view) is None:
        return None
    files = tuple(view.tree.files)
    page = view.whole("purpose.manual", files, lambda: _manual(files))
    return Said(page, 1, "how to install it") if page else None


def _manual(files: tuple[str, ...]) -> str:
    if not any(map(_MANUAL.match, files)):
        return ""
    return min(filter(_INSTALLING.match, files), default="")


def run_by_others(view: ProjectView, findings: tuple[RawFinding, ...]) -> tuple[RawFinding, ...]:
    """As notes, where whoever installs the software also watches it: it says so and brings its own
    containers or a manual."""
    if view.facts.has("pay.provider") or hosted_by_others(view) is None:
        return findings
    if not any(map(_CONTAINERS.match, view.tree.files)) and _documented(view) is None:
        return findings
    return tuple(replace(finding, severity=Severity.INFO) for finding in findings)


def quieted(view: ProjectView, findings: tuple[RawFinding, ...]) -> tuple[RawFinding, ...]:
    """As notes, where whoever puts it online has to see to them: a template, or software that others host."""
    if template(view) is None and hosted_by_others(view) is None:
        return findings
    return tuple(replace(finding, severity=Severity.INFO) for finding in findings)


def _first(
    view: ProjectView, kind: str, read: Callable[[str], tuple[int, str]], begins: str = ""
) -> Said | None:
    for path in _texts(tuple(view.tree.files)):
        if path.lower().startswith(begins):
            line, words = view.per_file(kind, path, read, _NOTHING)
            if line:
                return Said(path, line, words)
    return None


@lru_cache(maxsize=64)
def _texts(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The texts that speak of the whole project, nearest to the root first."""
    return tuple(sorted(_named(paths), key=lambda path: (path.count("/"), path.lower() != "readme.md", path)))


def _named(paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        if _FOLDERS.match(path) and _TEXTS.match(path.rpartition("/")[2]) and not _LIST.search(path):
            yield path


def _described(view: ProjectView) -> Said | None:
    """What the page itself says in the sentence that search engines show."""
    for path in view.tree.files:
        if path.endswith(
            ("index.html", "layout.tsx", "layout.jsx", "layout.js", "root.tsx")
        ) and _SHELL.match(path):
            line, words = view.per_file("purpose.described", path, _description, _NOTHING)
            if line:
                return Said(path, line, words)
    return None


def _description(text: str) -> tuple[int, str]:
    found = _DESCRIBED.search(text[:_MOST_READ])
    if found is None:
        return _NOTHING
    whom = _MEANT.search(found["meta"] or found["key"])
    return (line_at(text, found.start()), whom[0]) if whom else _NOTHING


def _whom(text: str) -> tuple[int, str]:
    text = text[:_MOST_READ]
    return _of_match(text, _SENTENCE.search(text) or _HEADING.search(text))


def _hosted(text: str) -> tuple[int, str]:
    return _of_match(text, _SELF_HOST.search(text[:_MOST_READ]))


def _offered(text: str) -> tuple[int, str]:
    return _of_match(text, _HANDED_OUT.search(text[:_MOST_READ]))


def _licence(text: str) -> tuple[int, str]:
    return _of_match(text, _OPEN.search(text[:_MOST_READ]))


def _private(text: str) -> tuple[int, str]:
    text = text[:_BEGINNING]
    return _of_match(text, _PRIVATE.search(text))


def _starter(text: str) -> tuple[int, str]:
    text = text[:_BEGINNING]
    title = _TITLE.search(text)
    if title is None or _LEFT_OVER.search(title[0]) or _STARTER.search(title[0]) is None:
        return _NOTHING
    return _of_match(text, title)


def _of_match(text: str, match: re.Match[str] | None) -> tuple[int, str]:
    if match is None:
        return _NOTHING
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    words = " ".join(re.sub(r"[#*_`>|<]", " ", match[0]).split())
    return line_at(text, start), words if len(words) <= 90 else f"{words[:89]}…"
