"""Mails to many people: newsletters, announcements and reminders, and what their senders take care of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at, line_of
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class MassMail:
    """A file that sends to many. `marketing` when what it sends is no answer to something the person did."""

    path: str
    line: int
    marketing: bool
    unsubscribe: bool
    one_click: bool
    address: bool
    paced: bool
    sender: str


@dataclass(frozen=True, slots=True)
class Notes:
    """`bounces` where bounces and complaints are handled, `preferences` where people choose what they get, `bought`
    where addresses come from a contact database. `unread` are files that send mail and
    whose names speak of news, without it being seen whom they send to."""

    mails: tuple[MassMail, ...] = ()
    bounces: tuple[str, int] | None = None
    preferences: tuple[str, int] | None = None
    bought: tuple[str, int] | None = None
    transactional: tuple[tuple[str, str], ...] = ()
    header: bool = False
    unread: tuple[str, ...] = ()


_SENDS = re.compile(
    r"emails\.send\(|batch\.send\(|sendMail\(|sgMail\.send|sendEmail\w{0,12}\(|send_email\w{0,12}\(|"
    r"send_mail\(|api\.resend\.com|api\.sendgrid\.com|api\.brevo\.com|api\.postmarkapp|send_message\(|"
    r"\bEmailMessage\(|EmailMultiAlternatives\(|send_mass_mail\(|SendEmailCommand\(|SendBulk\w{0,20}Command\(|"
    r"api\.mailgun\.net|api\.mailersend\.com|api\.mailjet\.com|mandrillapp\.com|api\.sparkpost\.com|"
    r"functions\.invoke\(\s*[\"']send",
    re.IGNORECASE,
)
_LOOP = re.compile(
    r"for\s*\(\s*(?:const|let|var)\s+\w+\s+of\s+[\w.]{0,40}(?:subscribers?|users?|recipients?|members?|"
    r"customers?|contacts?|emails?|profiles?|leads?|batch)\b|\.(?:map|forEach)\(\s*async|"
    r"for\s+\w+\s+in\s+(?:\w+\.)?(?:subscribers?|users?|recipients?|members?|customers?|contacts?|emails?|"
    r"profiles?|leads?)\b",
    re.IGNORECASE,
)
# Where the file's own name says that it sends news, whatever it goes through is who gets them.
_ANY_LOOP = re.compile(
    r"for\s*\(\s*(?:const|let|var)\s+[\w{},\s]{1,60}?\s+of\s+|^[ \t]*(?:async\s+)?for\s+\w+\s+in\s+(?!range\b)",
    re.MULTILINE,
)
_NEWS = re.compile(r"newsletter|broadcast|campaign|announcement|digest|drip|win-?back", re.IGNORECASE)
# The recipients of a document or the members of a team are few; those who use the product are not.
_EVERYBODY = re.compile(r"subscriber|users?\b|customer|contact|profile|lead", re.IGNORECASE)
_MARKETING = re.compile(
    r"newsletter|broadcast|campaign|announcement|promo|marketing|digest|weekly[-_ ]?summary|drip|winback|"
    r"win-back|re-?engage|inactive[-_ ]?user|special offer|limited time",
    re.IGNORECASE,
)
_UNSUBSCRIBE = re.compile(
    r"unsubscribe|opt[-_ ]?out|d[eé]sinscri|abmelden|descadastr|cancelar (?:a )?inscri", re.IGNORECASE
)
_ONE_CLICK = re.compile(
    r"List-Unsubscribe-Post|List-Unsubscribe=One-Click|ListUnsubscribePost", re.IGNORECASE
)
_HEADER = re.compile(r"List-Unsubscribe", re.IGNORECASE)
_ADDRESS = re.compile(
    r"\b\d{1,5}[\w ]{0,6} (?:[A-Z][\w'.-]+ ){1,4}(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Blvd|Boulevard|"
    r"Lane|Ln\.?|Drive|Way|Suite|Place|Square)\b|P\.?\s?O\.? Box|POSTAL_ADDRESS|postal_?address|"
    r"mailing_?address|COMPANY_ADDRESS|physical_?address|companyAddress",
    re.IGNORECASE,
)
_PACE = re.compile(
    r"sleep\(|setTimeout\(|delay\(|await wait\(|p-?limit|p-?queue|pLimit|batch\.send|chunk|BATCH_SIZE|"
    r"batchSize|rate_?limit|throttle|asyncio\.sleep|time\.sleep|apply_async|\.delay\(|enqueue|queue\.add",
    re.IGNORECASE,
)
_IN_QUEUE = re.compile(r"(?:^|/)(?:jobs?|queues?|tasks?|workers?)(?:/|\.py$)")
_BOUNCE = re.compile(
    r"email\.bounced|email\.complained|\bbounce\w{0,3}\b|spam_?complaint|SpamComplaint|hard_bounce|"
    r"suppress(?:ed|ion)|Complaint\b",
    re.IGNORECASE,
)
_PREFERENCES = re.compile(
    r"email_?preferences|notification_?preferences|notification_?settings|\w{1,20}_opt_(?:in|out)\b|marketing_?(?:consent|opt_?in|"
    r"emails)|email_?notifications|newsletter_?(?:opt|enabled|subscribed)|emailPreferences|"
    r"notificationPreferences",
    re.IGNORECASE,
)
_BOUGHT = re.compile(
    r"api\.apollo\.io|api\.hunter\.io|api\.snov\.io|zoominfo\.com|api\.lusha|rocketreach|prospeo\.io|"
    r"scraped_?(?:emails|leads)|lead_?scraper",
    re.IGNORECASE,
)
# Looking up who a known customer works for brings no new addresses.
_ENRICHES = re.compile(r"enrich", re.IGNORECASE)
_FROM = re.compile(
    r"\bfrom\w{0,8}[\"']?\s*[:=]\s*[\"'`](?:[^\"'`<\n]{0,60}<)?[\w.+-]{1,60}@(?P<domain>[\w.-]{3,80}\.\w{2,10})",
    re.IGNORECASE,
)
_FILES = (".ts", ".js", ".mjs", ".py")
_MAX = 300_000


@dataclass(frozen=True, slots=True)
class _FileNotes:
    mail: MassMail | None = None
    sends: bool = False
    bounces: int = 0
    preferences: int = 0
    bought: int = 0
    domain: str = ""
    header: bool = False


_NOTHING = _FileNotes()


def build(view: ProjectView) -> Notes:
    """Every file that sends to many, and what the project does for its good name."""
    mails: list[MassMail] = []
    single: list[tuple[str, str]] = []
    unread: list[str] = []
    first: dict[str, tuple[str, int]] = {}
    header = False
    for entry in view.tree.readable():
        path = entry.path
        if entry.minified or not _is_looked_at(path):
            continue
        found = view.per_path("mass-mails", path, _read, _NOTHING)
        if found.mail is not None:
            mails.append(found.mail)
        elif found.sends and _NEWS.search(path):
            unread.append(path)
        elif found.sends and found.domain:
            single.append((path, found.domain))
        header = header or found.header
        for key, line in (
            ("bounces", found.bounces),
            ("preferences", found.preferences),
            ("bought", 0 if _ENRICHES.search(path) else found.bought),
        ):
            if line:
                first.setdefault(key, (path, line))
    return Notes(
        tuple(mails),
        first.get("bounces"),
        first.get("preferences"),
        first.get("bought"),
        tuple(single),
        header,
        tuple(unread),
    )


@lru_cache(maxsize=65_536)
def _is_looked_at(path: str) -> bool:
    if path.endswith(".sql"):
        return path_kind(path) is PathKind.SQL
    return path.endswith((*_FILES, ".tsx")) and path_kind(path) is PathKind.CODE and is_production(path)


def _read(path: str, text: str) -> _FileNotes:
    code = path.endswith(_FILES)
    text = text[:_MAX]
    sends = code and _SENDS.search(text) is not None
    domain = _FROM.search(text) if sends else None
    return _FileNotes(
        _mass_mail(path, text, domain["domain"].lower() if domain else "") if sends else None,
        sends,
        line_of(text, _BOUNCE)
        if code and (sends or "webhook" in path.lower() or "mail" in path.lower())
        else 0,
        line_of(text, _PREFERENCES),
        line_of(text, _BOUGHT) if code else 0,
        domain["domain"].lower() if domain else "",
        sends and _HEADER.search(text) is not None,
    )


def _mass_mail(path: str, text: str, sender: str) -> MassMail | None:
    marketing = _MARKETING.search(path) is not None or _MARKETING.search(text[:6_000]) is not None
    loop = next(
        (
            match
            for match in _LOOP.finditer(text)
            if (marketing or _EVERYBODY.search(match[0])) and _SENDS.search(_inside(text, match, path))
        ),
        None,
    )
    if loop is None and _NEWS.search(path):
        looped = (item for item in _ANY_LOOP.finditer(text) if _SENDS.search(_inside(text, item, path)))
        loop = next(looped, None)
    if loop is None:
        return None
    return MassMail(
        path,
        line_at(text, loop.start()),
        marketing,
        _UNSUBSCRIBE.search(text) is not None,
        _ONE_CLICK.search(text) is not None,
        _ADDRESS.search(text) is not None,
        _PACE.search(text) is not None or _IN_QUEUE.search(path) is not None,
        sender,
    )


def _inside(text: str, loop: re.Match[str], path: str) -> str:
    """The loop's own block, by how far it is set in."""
    if path.endswith(".py"):
        return _reach(text, loop, path)
    before = text[text.rfind("\n", 0, loop.start()) + 1 : loop.start()]
    indent = len(before) - len(before.lstrip())
    after = text[loop.end() : loop.end() + 6_000]
    end = re.search(rf"\n[ \t]{{0,{indent}}}\}}", after)
    return after[: end.start()] if end else after[:2_500]


def _reach(text: str, loop: re.Match[str], path: str) -> str:
    """What the loop may do again and again: in Python its indented block, or the rest of a comprehension's line."""
    after = text[loop.end() : loop.end() + 2_500]
    if not path.endswith(".py"):
        return after
    before = text[text.rfind("\n", 0, loop.start()) + 1 : loop.start()]
    if before.removesuffix("async ").strip():
        return before + after.partition("\n")[0]
    indent = len(before) - len(before.lstrip())
    end = re.search(rf"\n(?=[ \t]{{0,{indent}}}[^\s#])", after)
    return after[: end.start()] if end else after
