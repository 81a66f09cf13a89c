"""Written plans for the day when it breaks, and what each of them covers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_NAME = re.compile(
    r"(?:^|/)(?:[\w.-]{0,40}[-_])?(?:runbook|run-book|incident[-_]?(?:response|plan|management|playbook)|"
    r"on-?call|(?:ops|outage|emergency)[-_]?playbook|"
    r"disaster[-_]?recovery|emergency|when[-_]it[-_]breaks|incident[-_]handling|operations[-_](?:guide|"
    r"manual|runbook))s?"
    r"(?:[-_][\w.-]{0,40})?\.(?:md|mdx|txt|rst|adoc)$|"
    r"(?:^|/)(?:docs?/)?runbooks?/[^/]{1,80}\.(?:md|mdx|txt|rst|adoc)$|(?:^|/)(?:docs?/)?(?:operations|"
    r"ops)\.(?:md|mdx|rst)$",
    re.IGNORECASE,
)
# Other guides count when they hold the steps for a failure under a heading of its own.
_GUIDE = re.compile(
    r"^(?:docs?/|documentation/)?(?:[\w.-]{1,40}/)?[\w.-]{0,40}(?:guide|troubleshoot|deploy|operation|"
    r"maintenance|production|handbook|"
    r"playbook|manual|access|recovery|rollback|readme)[\w.-]{0,40}\.(?:md|mdx|txt|rst|adoc)$",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"(?im)^#{1,5}\s[^\n]{0,60}(?:\b(?:down|outage|incident|emergency|emergencies|disaster|roll[- ]?back|"
    r"rolling back|50[0234])\b|"
    r"not (?:responding|loading|working|reachable|accessible)|unreachable|en panne|panne|urgence|"
    r"inaccessible|ne r[ée]pond|"
    r"ne fonctionne|d[ée]pannage|emerg[eê]ncia|fora do ar|ca[ií]do|notfall|ausfall)"
)
_INCIDENT = re.compile(
    r"(?:^|/)(?:incidents?|post-?mortems?)/(?!readme|template|_)[^/]{1,80}\.(?:md|mdx|txt)$", re.I
)
_FOREIGN = re.compile(
    r"(?:^|/)(?:node_modules|vendor|\.claude|\.cursor|\.github/agents|attached_assets|skills|memory|"
    r"\.agents|marketing|test\w{0,4})/|test(?:ing)?[-_]|[-_]ads[-_]",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"\[(?:your|name|phone|e-?mail|contact|insert|tbd|todo)\b[^\]\n]{0,40}\](?!\()|<(?:your|name|phone|"
    r"e-?mail|contact)[^>\n]{0,40}>|"
    r"\b(?:TBD|TODO|FIXME|XXX)\b|your-?(?:email|domain|team|company)@|\+1-?\(?555",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"[\w.+-]{1,40}@[\w-]{1,40}\.[\w.]{2,20}|\+\d[\d ()-]{6,20}|"
    r"(?im:^[\s*|>-]{0,6}(?:\*\*)?(?:owner|on[- ]?call|contact|decides|responsible|lead|who)\b[^\n:|]{0,40}[:|]"
    r"\s{0,3}(?:\*\*)?\s{0,3}[A-Z][a-z]{2,20}\b)|"
    r"\bcall [A-Z][a-z]{2,20}\b|(?<![\w/`@])@[a-z][\w-]{2,30}\b"
)
_COMMAND = re.compile(r"(?m)^\s{0,8}(?:```|\$ )|`[^`\n]{4,200}`|https?://[^\s)>\]]{6,200}")
_REVIEWED = re.compile(
    r"(?i)(?:last[\s_-]{0,2})?(?:reviewed|updated|drill|tested|modified|revised)\W{0,12}(?:on|"
    r"at)?\W{0,6}(20\d\d)-(\d\d)-(\d\d)"
)
_TOPICS = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "status": r"\b(?:logs?|dashboards?|status|health|monitor\w{0,4}|metrics|sentry)\b",
        "rollback": r"\broll(?:ing|ed)?[\s-]?back|\brevert|previous (?:deployment|version|release)|\bundo\b",
        "off": r"feature flags?|turn(?:ing)? (?:\w{1,20} ){0,3}off|kill[\s-]?switch|maintenance mode|disable",
        "restore": (
            r"\brestor\w{1,5}|\bbackups?\b|point[\s-]in[\s-]time|\brestaur\w{1,6}|\bsauvegard\w{1,5}|"
            r"wiederherstell|pg_restore"
        ),
        "rotate": r"\brotat\w{1,5}|\brevok\w{1,5}|new (?:api )?key|leaked",
        "provider": r"support (?:ticket|page|team|contact)|\bsupport@|open a (?:ticket|case)|provider|vendor",
        "customers": (
            r"status[\s-]?page|statuspage|instatus|https?://status\.|notify (?:users|customers)|announce\w{0,6}|"
            r"(?:tell|inform|e-?mail|write to) (?:the |all |your |our |affected )?(?:users|customers)|"
            r"customer (?:notice|communication|message)|users are told|customers:"
        ),
        "breach": (
            r"\bbreach|72[\s-]?h(?:ours)?|supervisory authority|data protection (?:authority|officer)|\bICO\b|"
            r"Art(?:icle|\.)? ?33"
        ),
    }.items()
}
_CAUSE = re.compile(
    r"root cause|what (?:was|is) different|\bcauses?\b|\bbecause\b|contributing|lessons?|why (?:it|did)", re.I
)
_OUTAGE = frozenset(["rollback", "restore", "customers", "breach"])
_NEEDED = 3
_TEXTS = (".md", ".mdx", ".txt", ".rst", ".adoc")
_MOST_READ = 60_000


@dataclass(frozen=True, slots=True)
class Runbook:
    """`topics` are what it covers. `placeholder_line` is the first blank left to be filled in, 0 when none."""

    path: str
    topics: frozenset[str]
    person: bool
    command: bool
    placeholder_line: int
    reviewed_on: date | None
    fails: bool = False

    @property
    def is_enough(self) -> bool:
        return len(self.topics) >= _NEEDED and self.command

    @property
    def usable(self) -> bool:
        """Somebody could act on it: several topics, real commands or addresses, no blanks."""
        return self.is_enough and not self.placeholder_line


def runbooks(view: ProjectView) -> tuple[Runbook, ...]:
    """Texts by that name that speak of outages; one about releasing or selling is something else."""
    read = (view.per_file("runbook", path, Reader(path), _unread(path)) for path in _named(view, _NAME))
    return tuple(book for book in read if book.topics & _OUTAGE or book.placeholder_line)


def guides(view: ProjectView) -> tuple[Runbook, ...]:
    """Guides by another name that say what to do when it fails, and how to get back what was lost."""
    read = (view.per_file("runbook", path, Reader(path), _unread(path)) for path in _named(view, _GUIDE))
    return tuple(
        book
        for book in read
        if book.fails and book.command and len(book.topics) > 1 and book.topics & {"restore", "rollback"}
    )


def closed_without_cause(view: ProjectView) -> tuple[str, ...]:
    """Write-ups of incidents that do not say what was different that day."""
    return tuple(
        path
        for path in _named(view, _INCIDENT)
        if not view.per_file(
            "incident", path, lambda text: _CAUSE.search(text[:_MOST_READ]) is not None, True
        )
    )


def _named(view: ProjectView, pattern: re.Pattern[str]) -> Iterator[str]:
    for path in view.tree.files:
        if path.endswith(_TEXTS) and pattern.search(path) and not _FOREIGN.search(path):
            yield path


def _unread(path: str) -> Runbook:
    return Runbook(path, frozenset(), False, False, 0, None)


class Reader:
    """Reads the text of one path; a class, so that nothing but the path is held."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, text: str) -> Runbook:
        text = text[:_MOST_READ]
        blank = _PLACEHOLDER.search(text)
        return Runbook(
            self._path,
            frozenset(name for name, pattern in _TOPICS.items() if pattern.search(text)),
            _PERSON.search(text) is not None,
            _COMMAND.search(text) is not None,
            line_at(text, blank.start()) if blank else 0,
            _reviewed(text),
            _FAILURE.search(text) is not None,
        )


def _reviewed(text: str) -> date | None:
    found: list[date] = []
    for match in _REVIEWED.finditer(text):
        try:
            found.append(date(int(match[1]), int(match[2]), int(match[3])))
        except ValueError:
            continue
    return max(found, default=None)
