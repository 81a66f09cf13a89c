"""How strangers get an account: where they sign up, what stands before it, and what is noted of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.routes.entries import is_live
from lastmile_desktop.project.models.routes.model import EffectKind, EntryKind, Route
from lastmile_desktop.project.models.routes.page_headers import is_product
from lastmile_desktop.project.tree import FileEntry

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_PROVIDER = re.compile(
    r"\.auth\s*\??\.\s*sign_?[uU]p\(|createUserWithEmailAndPassword\(|signUp\.email\(|emailAndPassword\s*:\s*\{\s*enabled\s*:\s*true"
    # Addresses that a library answers: djoser, dj-rest-auth, django-allauth, FastAPI Users.
    r"|include\(\s*[\"'](?:djoser\.urls|dj_rest_auth\.registration\.urls|rest_auth\.registration\.urls|allauth\.urls)[\"']"
    r"|get_register_router\("
    r"|<Auth\b[^>]{0,600}?\bview=[{\"']{1,2}sign_up\b"
)
_ANONYMOUS = re.compile(r"\.auth\s*\.\s*sign_?in_?[aA]nonymously\(|signInAnonymously\(")
_BOT_CHECK = re.compile(
    r"(?i)turnstile|hcaptcha|recaptcha|captchaToken|captcha_token|friendly-?captcha|altcha|botid|checkBotId|detectBot|arcjet|cf-turnstile"
)
_COMMENT = re.compile(r"^\s*(?://|#|\*|\{/\*)")
_SIGN_UP_ROUTE = re.compile(
    r"(?i)(?:^|[/_-])(?:sign-?up|register|registration|create-?account|join)/?$|^(?:signUp|register|sign_up|createAccount)\w*$"
)
# Addresses that do not say so and yet make the account of whoever comes for the first time.
_MAKES_USERS = re.compile(r"(?i)(?:^|/)(?:users?|accounts?|sign-?in|log-?in|magic-?links?|otp|verify)/?$")
_USERS = re.compile(r"(?i)^(?:auth\.)?(?:app_)?(?:users?|accounts?)$")
_SIGN_UP_PLAIN = re.compile(r"(?i)sign-?_?up|create-?_?account|registration")
_INVITED = re.compile(
    r"(?i)(?:(?<!!)!|\bnot\s+)\s*(?:invit\w*|invite\w*|token_?invit\w*)"
    r"|invite(?:d|-gated|-only)? (?:link |only |code )?(?:is )?required|invite-gated"
)
# The operator decides whether strangers may come in at all.
_SWITCHED = re.compile(
    r"(?i)(?:not\s+|!)\s*(?:[\w.]+\.)?(?:allow|enable)_?(?:sign_?ups?|registrations?)\b|(?:disable|closed?)_?(?:sign_?ups?|registrations?)\b"
)
_ACCOUNTS = re.compile(r"(?i)user|account|member|profile|customer|tenant|auth|person|client")
_CONFIRMS = (
    "verifyemail", "verify_email", "verify-email", "verificationtoken", "verification_token", "verificationcode",
    "verification_code", "emailverif", "email_verif", "email-verif", "confirmemail", "confirm_email",
    "confirmationtoken",
    "confirmation_token", "email_confirm", "emailconfirm", "sendverification", "send_verification", "is_verified",
    "isverified", "requireemailverification: true", "allauth", "django_registration",
)  # fmt: skip
_NOTES = (
    "signup_ip", "signupip", "registration_ip", "created_ip", "ip_address", "ipaddress", "user_agent", "useragent",
    "user-agent", "last_ip", "remote_addr", "req.ip", "fingerprint",
)  # fmt: skip
_BLOCKS = (
    "is_banned", "isbanned", "banned_at", "banned_until", "ban_duration", "banuser", "ban_user", "is_blocked",
    "isblocked",
    "blockuser", "block_user", "suspended", "suspend_user", "is_active", "isactive", "disabled_at", "is_disabled",
    "isdisabled", "deactivat", "account_status", "users.deletedat", "user.deletedat", "users.deleted_at",
    "user.deleted_at", "user.banned",
)  # fmt: skip
_KNOWN_ADDRESS = re.compile(
    r"(?i)['\"`][^'\"`\n]{0,60}(?:no (?:user|account)\b[^'\"`\n]{0,30}(?:found|with|exists)"
    r"|user (?:not found|does(?: not|n't) exist)|account (?:not found|does(?: not|n't) exist)"
    r"|email (?:not found|not registered|does not exist))[^'\"`\n]{0,60}['\"`]"
)
# Written into a log or a column, not into the answer.
_KEPT = re.compile(r"(?i)//|\b(?:log\w*|console|error_message|reason|details?|note)\b[\w.]*\s*[:(=]")
# Whoever got here proved something before: the account is found by its id, not by an address.
_BY_ID = re.compile(
    r"(?i)by_?id\(|get_or_404\(|\buser_?id\b[^\n]{0,40}\)"
    r"|\bid\s*[:=]=?\s*(?:user_?id|session|payload|decoded|token)"
)
_KNOWN_AT_SIGN_UP = re.compile(
    r"(?i)['\"`][^'\"`\n]{0,60}(?:already (?:registered|exists|in use|taken|been used)"
    r"|email (?:is )?(?:taken|in use))[^'\"`\n]{0,60}['\"`]"
)
_TRIAL = re.compile(
    r"\b(?:trial_period_days|trialPeriodDays)['\"]?\s*[:=]\s*(?!db\.|Column|mapped|z\.|number|int\b)[\w(]"
)
_TRIAL_ONCE = re.compile(
    r"(?i)trial_?(?:used|claimed|consumed)|(?:had|used|has_?used|already_?used)_?trial|hadTrial|trial_?eligib|payment_method_collection['\"]?\s*[:=]\s*['\"]always"
)
_SUFFIXES = (
    ".ts",
    ".tsx",
    ".js",
    ".jsx",
    ".mjs",
    ".py",
    ".vue",
    ".svelte",
    ".html",
    ".sql",
    ".prisma",
    ".astro",
)


@dataclass(frozen=True, slots=True)
class FileSigns:
    """The first lines of one file that do each; 0 when it does not."""

    provider: int = 0
    anonymous: int = 0
    bot_check: int = 0
    confirms: bool = False
    notes: bool = False
    blocks: bool = False
    invited: bool = False
    closed: bool = False
    trial: int = 0
    trial_once: bool = False


@dataclass(frozen=True, slots=True)
class SignUps:
    """Places (path, line). `hosted` are sign-ups that a provider carries out, `own` routes that the app itself
    answers. `bot_check` says where robots are turned away."""

    hosted: tuple[tuple[str, int], ...] = ()
    own: tuple[Route, ...] = ()
    anonymous: tuple[tuple[str, int], ...] = ()
    bot_check: tuple[tuple[str, int], ...] = ()
    trial: tuple[tuple[str, int], ...] = ()
    confirms: bool = False
    notes: bool = False
    blocks: bool = False
    trial_once: bool = False

    @property
    def open(self) -> tuple[tuple[str, int], ...]:
        return (*((route.path, route.span.line) for route in self.own), *self.hosted)


def _may_sign_up(entry: FileEntry) -> bool:
    path = entry.path
    return path.endswith(_SUFFIXES) and not entry.minified and is_product(path) and is_live(path)


def sign_ups(view: ProjectView) -> SignUps:
    """Reads every file of the product once."""
    read = view.each_file("sign-ups", _may_sign_up, signs_of, _NONE)
    files = {path: signs for path, signs in read.items() if signs != _NONE}
    own = tuple(
        route
        for route in view.routes.routes
        if _creates_account(route) and not files.get(route.code_path, _NONE).invited
    )
    # django-allauth asks an adapter of the project whether strangers may come in.
    closed = any(read.closed for read in files.values())
    return SignUps(
        tuple(
            (path, read.provider)
            for path, read in files.items()
            if read.provider and not read.invited and not (closed and path.endswith(".py"))
        ),
        own,
        tuple((path, read.anonymous) for path, read in files.items() if read.anonymous),
        tuple((path, read.bot_check) for path, read in files.items() if read.bot_check),
        tuple(
            (path, read.trial)
            for path, read in files.items()
            if read.trial and not view.client_graph.is_client(path)
        ),
        any(read.confirms for read in files.values()),
        any(read.notes for read in files.values()),
        any(read.blocks for read in files.values()),
        any(read.trial_once for read in files.values()),
    )


def _adds_stranger(route: Route) -> bool:
    """Whether a caller without an account is written down as a user."""
    return _MAKES_USERS.search(route.route) is not None and any(
        effect.kind is EffectKind.DB_WRITE
        and effect.adds
        and not effect.guarded
        and _USERS.match(effect.table)
        for effect in route.effects
    )


def _creates_account(route: Route) -> bool:
    if route.kind is EntryKind.HTTP and not route.is_webhook and _adds_stranger(route):
        return True
    if (
        route.is_webhook
        or route.kind is EntryKind.PAGE_DATA
        or route.methods == ("GET",)
        or not _SIGN_UP_ROUTE.search(route.route)
    ):
        return False
    writes = [effect for effect in route.effects if effect.kind is EffectKind.DB_WRITE]
    # Where the layers below the handler hide what it writes, its name has to do.
    plain = _SIGN_UP_PLAIN.search(route.route) is not None
    if not plain and "{" in route.route.rpartition("/")[0].rpartition("/")[2]:
        return False  # `/{session_id}/join` joins something that is there already.
    return any(plain or _ACCOUNTS.search(effect.table or "user") for effect in writes) or (
        not writes and route.handler is not None and not route.is_guarded
    )


def signs_of(text: str) -> FileSigns:
    """What one file says."""
    lower = text.lower()
    return FileSigns(
        _line(text, _PROVIDER) if "auth" in lower or "sign" in lower or "djoser" in lower else 0,
        _line(text, _ANONYMOUS) if "anonymously" in lower else 0,
        _line(text, _BOT_CHECK) if any(word in lower for word in _ROBOTS) else 0,
        any(word in lower for word in _CONFIRMS),
        any(word in lower for word in _NOTES),
        any(word in lower for word in _BLOCKS),
        ("invit" in lower and _INVITED.search(text) is not None) or _SWITCHED.search(text) is not None,
        "is_open_for_signup" in text,
        _line(text, _TRIAL) if "trial" in lower else 0,
        "trial" in lower and _TRIAL_ONCE.search(text) is not None,
    )


_ROBOTS = ("turnstile", "captcha", "botid", "arcjet", "detectbot")
_NONE = FileSigns()


def _line(text: str, pattern: re.Pattern[str]) -> int:
    for match in pattern.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        if not _COMMENT.match(text[start : match.start() + 1]):
            return line_at(text, match.start())
    return 0


def told_addresses(text: str, *, at_sign_up: bool) -> Iterator[int]:
    """Lines with an answer that tells whether an address has an account."""
    pattern = _KNOWN_AT_SIGN_UP if at_sign_up else _KNOWN_ADDRESS
    for match in pattern.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        if not at_sign_up and _BY_ID.search(text[max(0, start - 400) : start]):
            continue
        if not _COMMENT.match(text[start : match.start() + 1]) and not _KEPT.search(
            text[start : match.start()]
        ):
            yield line_at(text, match.start())
