"""Who the project's mails come from: addresses, servers and links as they stand in code and settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at, line_of
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class Sender:
    """`kind` is `address` (a From address, `value` its domain and `local` the part before it), or the name of what
    is wrong with it: `resend-onboarding`, `gmail-smtp`, `sandbox`, `localhost-links`. `sure` is False for a default
    that a setting may replace."""

    kind: str
    line: int
    value: str
    local: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Mailing:
    """All senders by file. `auth_hook` is where the sign-in mails are sent by the own code, `auth_smtp` where their
    server is set; `replies` whether any mail names an address for answers."""

    senders: tuple[tuple[str, Sender], ...] = ()
    auth_hook: tuple[str, int] | None = None
    auth_smtp: tuple[str, int] | None = None
    auth_mail: tuple[str, int] | None = None
    replies: bool = False

    def of(self, kind: str) -> tuple[tuple[str, Sender], ...]:
        return tuple(item for item in self.senders if item[1].kind == kind)


_SOURCES = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".py")
_SETTINGS = re.compile(
    r"(?:^|/)(?:\.env(?:\.(?!example|sample|template|test)[\w.-]+)?|[\w.-]*compose[\w.-]*\.ya?ml|"
    r"render\.yaml|fly\.toml|\.replit|app\.json)$"
)
_WORDS = (
    "mail",
    "resend",
    "smtp",
    "postmark",
    "sendgrid",
    "sender",
    '"from"',
    "from:",
    "from =",
    "from=",
    "from_",
)
_FROM = re.compile(
    r"(?:\bfrom(?:_?e?mail|_?address|Email|Address)?[\"']?\s*[:=]\s*(?:[\w.]{0,60}\s*(?:\|\||\?\?)\s*)?|"
    r"\b(?:FROM|SENDER|DEFAULT_FROM)_?(?:E?MAIL|"
    r"ADDRESS)?\w{0,12}[\"']?\s*[:=,)]\s*(?:[\w.()\[\]\"']{0,60}\s*(?:\|\||\?\?|or|,)\s*)?|"
    r"sender(?:_?e?mail)?[\"']?\s*[:=]\s*)"
    r"[\"'`]?(?P<name>[^\"'`\n<@]{0,60}<)?(?P<local>[\w.+-]{1,60})@(?P<domain>[\w-]{1,60}(?:\.[\w-]{1,60}){1,4})",
    re.IGNORECASE,
)
_ONBOARDING = re.compile(r"\bonboarding@resend\.dev")
_DEFAULT = re.compile(r"(?:\|\||\?\?|\bor\b|getenv\(|environ\.get\(|\bget\()[^\n]{0,80}$")
_GMAIL = re.compile(
    r"(?:SMTP_HOST|SMTP_SERVER|MAIL_SERVER|MAIL_HOST|EMAIL_HOST|smtp_host)\W{1,4}[^\n]{0,40}smtp\.gmail\.com|"
    r"createTransport\w*\(\s*\{[^}]{0,300}?(?:smtp\.gmail\.com|"
    r"service\s*:\s*[\"']gmail)[^;]{0,250}?(?:(?:user|pass)\s*:\s*(?:process|Deno)\.env|GMAIL_|SMTP_|EMAIL_)|"
    r"SMTP(?:_SSL)?\(\s*[\"']smtp\.gmail\.com",
    re.IGNORECASE,
)
_SANDBOX = re.compile(
    r"sandbox[0-9a-f]{8,40}\.mailgun\.org|(?:sandbox|live)?\.?smtp\.mailtrap\.io|smtp\.ethereal\.email|"
    r"sandbox_?mode[\"']?\s*[:=]\s*\{?\s*(?:[\"']?enable[\"']?\s*:\s*)?true",
    re.IGNORECASE,
)
_LOCAL_LINK = re.compile(
    r"href=\\?[\"']https?://(?:localhost|127\.0\.0\.1)[:/][^\"']{0,100}|(?:link|url|"
    r"href)\w*\s*[:=]\s*[fF]?[\"'`]https?://(?:localhost|127\.0\.0\.1)[:/]",
    re.IGNORECASE,
)
_SENDS = re.compile(
    r"emails\.send|sendMail|sgMail|send_mail|sendEmail|send_email|api\.resend\.com|smtplib|sendgrid|"
    r"postmark|mailgun",
    re.IGNORECASE,
)
_REPLY = re.compile(r"reply_?-?to[\"']?\s*[:=]", re.IGNORECASE)
_NO_DOMAIN = re.compile(
    r"(?:^|\.)(?:example|test|domain|your-?domain|your-?company|company|email|mail|gmail|resend)\.(?:com|"
    r"org|net|co|dev|app|io)$|"
    r"localhost|\.(?:local|test|example|invalid)$",
    re.IGNORECASE,
)
_UNFILLED = re.compile(
    r"(?i)^(?:[\w-]{1,30}\.)?your-?_?(?:domain|company|site|app|brand|verified-?domain)\.(?:com|org|net|io|app|dev)$"
)
_TO = re.compile(r"\bto\s{0,3}[:=]\s{0,3}\[?\s{0,3}([^,\n}\]]{1,80})")
_TO_OWNER = re.compile(
    r"^[\"'`][^\"'`\s$]{1,60}@|process\.env|Deno\.env|environ|getenv|settings\.|\b[A-Z][A-Z_]{3,40}\b|"
    r"(?i:admin|owner|support|staff|team)_?e?mail"
)
_COMMENT = re.compile(r"^\s*(?://|#|\*|/\*|<!--|--)")
_PRESETS = re.compile(r"preset|providers?\b|validation|placeholder|abstraction|detect", re.IGNORECASE)
_AUTH_MAIL = re.compile(
    r"auth\.(?:signUp|sign_up|signInWithOtp|sign_in_with_otp|resetPasswordForEmail|"
    r"reset_password_for_email|resend|admin\.inviteUserByEmail)\("
)
_HOOK = re.compile(r"email_action_type|send_email_hook|SEND_EMAIL_HOOK|@lovable\.dev/email")
_SMTP_BLOCK = re.compile(r"^\[auth\.(?:email\.smtp|hook\.send_email)\]", re.MULTILINE)
_OFF = re.compile(r"^\s*enabled\s*=\s*false", re.MULTILINE)
_MAX = 400_000


def build(view: ProjectView) -> Mailing:
    """Everything about senders, file by file."""
    senders: list[tuple[str, Sender]] = []
    hook = mail = smtp = None
    replies = False
    for entry in view.tree.readable():
        path = entry.path
        if path.endswith("supabase/config.toml"):
            line = view.per_file("mail.smtp", path, _smtp_line, 0)
            smtp = smtp or ((path, line) if line else None)
        if not _is_looked_at(path) or entry.minified:
            continue
        found = view.per_path("mail.senders", path, _read_file, _NOTHING)
        senders += [(path, sender) for sender in found.senders]
        hook = hook or ((path, found.hook) if found.hook else None)
        mail = mail or ((path, found.auth_mail) if found.auth_mail else None)
        replies = replies or found.replies
    return Mailing(tuple(senders), hook, smtp, mail, replies)


@dataclass(frozen=True, slots=True)
class _FileMail:
    senders: tuple[Sender, ...] = ()
    hook: int = 0
    auth_mail: int = 0
    replies: bool = False


_NOTHING = _FileMail()


@lru_cache(maxsize=65_536)
def _is_looked_at(path: str) -> bool:
    if _SETTINGS.search(path):
        return True
    return path.endswith(_SOURCES) and path_kind(path) is PathKind.CODE and is_production(path)


def _read_file(path: str, text: str) -> _FileMail:
    return _read(path)(text)


@lru_cache(maxsize=65_536)
def _read(path: str) -> Callable[[str], _FileMail]:
    preset = _PRESETS.search(path.rpartition("/")[2]) is not None
    settings = _SETTINGS.search(path) is not None

    def read(text: str) -> _FileMail:
        text = text[:_MAX]
        if not mentions(text, _WORDS):
            return _NOTHING
        sends = _SENDS.search(text) is not None
        senders = [*_addresses(text), *_onboarding(text, sends or settings)]
        if not preset:
            senders += _matches(text, "gmail-smtp", _GMAIL)
        senders += _matches(text, "sandbox", _SANDBOX)
        if sends and not settings:
            senders += _matches(text, "localhost-links", _LOCAL_LINK)
            senders += _placeholders(text)
        return _FileMail(
            tuple(senders),
            line_of(text, _HOOK) if "supabase/functions/" in path else 0,
            line_of(text, _AUTH_MAIL),
            sends and _REPLY.search(text) is not None,
        )

    return read


def _addresses(text: str) -> list[Sender]:
    found: list[Sender] = []
    for match in _FROM.finditer(text):
        if not _NO_DOMAIN.search(match["domain"]) and not _COMMENT.match(_line_around(text, match.start())):
            line = line_at(text, match.start("local"))
            found.append(Sender("address", line, match["domain"].lower(), match["local"].lower()))
    return found


def _placeholders(text: str) -> list[Sender]:
    """Senders whose domain nobody filled in; one that only stands in for a setting may never be used."""
    return [
        Sender("placeholder-address", line_at(text, match.start("local")), match["domain"].lower())
        for match in _FROM.finditer(text)
        if _UNFILLED.match(match["domain"])
        and not _COMMENT.match(_line_around(text, match.start()))
        and not re.search(r"\|\||\?\?|getenv|environ|\benv\.", text[max(0, match.start() - 60) : match.end()])
    ]


def only_to_owner(text: str) -> bool:
    """Whether every mail of this file goes to an address of the settings, or to one that stands in the code."""
    goes = _TO.findall(text)
    return bool(goes) and all(_TO_OWNER.search(to) is not None for to in goes)


def _onboarding(text: str, relevant: bool) -> list[Sender]:
    if not relevant:
        return []
    found: list[Sender] = []
    for match in _ONBOARDING.finditer(text):
        around = _line_around(text, match.start())
        if not _COMMENT.match(around):
            before = text[max(0, match.start() - 120) : match.start()]
            line = line_at(text, match.start())
            found.append(Sender("resend-onboarding", line, match[0], sure=_DEFAULT.search(before) is None))
    return found


def _matches(text: str, kind: str, pattern: re.Pattern[str]) -> list[Sender]:
    found: list[Sender] = []
    for match in pattern.finditer(text):
        if not _COMMENT.match(_line_around(text, match.start())):
            sure = re.search(r"\|\||\?\?|getenv|environ|process\.env\.\w+\s*,", match[0]) is None
            found.append(Sender(kind, line_at(text, match.start()), match[0][-60:], sure=sure))
    return found


def _line_around(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end >= 0 else len(text)]


def _smtp_line(text: str) -> int:
    """The line of a mail server or hook for the sign-in mails that is switched on."""
    for match in _SMTP_BLOCK.finditer(text):
        block = text[match.end() :].partition("\n[")[0]
        if _OFF.search(block) is None:
            return line_at(text, match.start())
    return 0
