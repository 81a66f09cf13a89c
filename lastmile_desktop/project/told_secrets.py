"""Long random values behind a word that says what they are, wherever it stands: `Using Key=…` in a log,
`"acme token": "…"`, `chartmogul_key: …`, `?license_key=…`. A provider without a known prefix is found by this alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from lastmile_desktop.core.redact import entropy
from lastmile_desktop.project.named_secrets import NamedSecret, Place, is_code, is_secret_name
from lastmile_desktop.project.secret_values import is_placeholder, is_reference, looks_random

_MOST = 2_000
_WORDS = ("key", "token", "secret", "credential", "Key", "Token", "Secret", "KEY", "TOKEN", "SECRET")
_TOLD = re.compile(
    r"(?:[Kk]ey|KEY|[Kk]Ey|[Tt]oken|TOKEN|[Ss]ecret|SECRET|[Cc]redentials?|CREDENTIALS?|ACCESS|PRIVATE)\s?\d{0,2}[\"'`]?"
    r"(?:\s{0,3}(?P<joint>=>|:=|=|:|\|)|\s(?:-|is|=)(?=\s)|(?=[ -]))[\s-]{0,3}(?P<open>[\"'`({<\[]{0,2})"
    r"(?:(?:Bearer|Basic|Token|token|X-[A-Za-z-]{2,30})\s)?\s?"
    r"(?P<value>[A-Za-z0-9_+/=.~:-]{16,500}+)(?=[\"'`\s,;)}>\]\\|]|$)",
    re.MULTILINE,
)
_JENKINS = re.compile(
    r"<(?:secret|password|apiToken|token|passphrase|privateKey)>\{(?:[\w-]{1,40}\s)?AQAAABAAA\w{0,2}[ A]{0,3}"
    r"(?P<value>[A-Za-z0-9+/=_.%:*-]{12,500})\}</"
)
_IN_ADDRESS = re.compile(
    r"(?<=[?&])(?:key|token|secret|license_?key|access_?key|subscription-key|apitoken|auth)="
    r"(?P<value>[A-Za-z0-9_.~-]{16,300}+)(?=[\"'`\s&<>)\]\\]|$)",
    re.MULTILINE,
)
_NAME = re.compile(r"(?:[\w.]{1,40}[ -]){0,2}[\w.$-]{0,60}\Z")
_CODE_SUFFIXES = frozenset(
    """
    .js .jsx .ts .tsx .mjs .cjs .py .go .java .kt .rb .php .cs .swift .dart .rs .vue .svelte .astro .html .htm
    """.split()
)
_GUIDE_SUFFIXES = frozenset((".md", ".mdx", ".rst"))
# What a guide shows as the answer of an interface: `"token": "…"`.
_BARE = frozenset(("key", "token", "secret", "credential", "credentials"))
# Tokens of Vault as they were before 2022.
_OLD_VAULT = re.compile(r"[sbr]\.[A-Za-z0-9]{24,26}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WORD_PART = re.compile(r"[a-z]{4,}|[A-Z]?[a-z]{4,}|[A-Z]{4,}")
# Keys that are for everybody, and keys of lists, caches, tables, forms and texts, which open nothing.
_OPENS_NOTHING = frozenset(
    """
    public publishable publish pub anon anonymous site vapid cache storage query lookup idempotency
    idempotent dedup dedupe primary foreign partition sort row hash object s3 r2 gcs file path image img
    media video audio asset bucket map item list group price product plan registry translation i18n locale
    message label column field index event metric metrics posthog analytics mixpanel amplitude segment
    feature flag config setting settings state unique composite react session local cookie route menu tab
    search filter embed widget host known ssh fingerprint integrity etag version build commit revision
    checksum sha sha256 digest icon color colour theme layout page section slug task job queue lock redis
    memo blob upload record entry temp tmp parent child trace span log limit content answer user share invite
    invitation guest device push fcm apns csrf xsrf verification verify reset confirm confirmation
    unsubscribe cursor continuation next sync nonce mint contract wallet address symbol deploy thumb
    thumbnail preview program account author pool pair quote base chain node order table qr download magic
    signed otp email phone id uid pubkey translations indexnow
    """.split()
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d{0,3}|\d+")


def find_told(path: str, text: str) -> tuple[NamedSecret, ...]:
    """Every such value of this file."""
    found: list[NamedSecret] = []
    if any(word in text for word in _WORDS):
        suffix = PurePosixPath(path).suffix.lower()
        found += _told(
            text,
            in_code=suffix in _CODE_SUFFIXES,
            in_guide=suffix in _GUIDE_SUFFIXES,
            in_workflow=path.startswith(".git"),
        )
    if "=" in text and ("?" in text or "&" in text):
        found += _plain(_IN_ADDRESS, text, "a key in an address")
    if "AQAAABAAA" in text:
        found += _plain(_JENKINS, text, "an XML element")
    return tuple(found)


def _told(text: str, *, in_code: bool, in_guide: bool, in_workflow: bool) -> Iterator[NamedSecret]:
    for count, match in enumerate(_TOLD.finditer(text)):
        if count >= _MOST:
            return
        if in_code and not (match["joint"] and set("\"'`") & set(match["open"])):
            continue
        start = match.start()
        line = text[max(text.rfind("\n", max(0, start - 120), start) + 1, start - 120) : start]
        lead = _NAME.search(line)
        word = re.match(r"[A-Za-z]+\d{0,2}", match[0])
        said = (lead[0] if lead else "") + (word[0] if word else "")
        name = said.split(" ")[-1].rsplit(".", 1)[-1]
        plain = word is None or not word[0].isupper()
        if in_guide and (said.lower() in _BARE or (plain and not match["joint"])):
            continue
        if is_told(said, match["value"]):
            yield _named(name, match)
        elif not in_workflow and is_typed(said, match["value"]):
            yield replace(_named(name, match), typed=True)


def _plain(pattern: re.Pattern[str], text: str, name: str) -> Iterator[NamedSecret]:
    for count, match in enumerate(pattern.finditer(text)):
        if count >= _MOST:
            return
        if is_generated(match["value"]) and not is_placeholder(match["value"]):
            yield _named(name, match)


def _named(name: str, match: re.Match[str]) -> NamedSecret:
    return NamedSecret(
        name, Place.ASSIGNED, match.start("value"), match.end("value"), password=False, random=True
    )


def is_told(said: str, value: str) -> bool:
    """Whether `said`, the words before the value, speak of something that opens an account, and the value is one that
    a generator made."""
    if _opens_nothing(said) or is_placeholder(value) or is_reference(value):
        return False
    if _UUID.fullmatch(value):
        return is_secret_name(said.replace(" ", "_")) and len(said) > len("token") + 1
    bare = said.split(" ")[-1].split("-")[-1].lower() in ("key", "keys")
    return is_generated(value, least=28 if bare and len(said) <= len("keys") else 16)


def is_typed(said: str, value: str) -> bool:
    """Whether somebody typed runs of signs into what would be a provider's key: `ACME_API_KEY = "12345678abcd…"`."""
    rest, runs = _RUN_OF_SIGNS.subn("", value)
    if not runs or len(value) < _SHORTEST_TYPED or _opens_nothing(said) or is_placeholder(rest + _ANY_REST):
        return False
    service = _PLAIN_WORDS.sub("", said.lower())
    digits = sum(char.isdigit() for char in value)
    return len(service) >= _SHORTEST_NAME and 3 <= digits < len(value) and not is_reference(value)


_SHORTEST_TYPED = 20
_ANY_REST = "-Qz7w"
_SHORTEST_NAME = 3
_RUN_OF_SIGNS = re.compile(
    r"(?i)(?:0?1234(?:5(?:6(?:7(?:8(?:9(?:0|ab)?)?)?)?)?)?|9876543210?|abcd(?:e(?:f(?:g(?:h[a-z]{0,18})?)?)?)?|abc123|123abc|wxyz|a1b2c3(?:d4)?(?:e5)?(?:f6)?)"
)
_PLAIN_WORDS = re.compile(
    r"[^a-z]|keys?|tokens?|secret|credentials?|access|private|auth|api|bearer|client|app|my|the|your|our|test|using|with|is|jwt|bad|new|old|const|let|var|export|string|final|static"
)


def _opens_nothing(said: str) -> bool:
    """Whether a word of the name says that the value is no secret: `publicKey`, `cache_key`, `page token`."""
    return any(part.lower() in _OPENS_NOTHING for part in _PARTS.findall(said))


def is_generated(value: str, least: int = 16) -> bool:
    """Whether no person chose this: letters and digits without order, in no words, and no path or address."""
    if len(value) < least or "://" in value or not looks_random(value):
        return False
    if is_code(value) and not _OLD_VAULT.fullmatch(value):
        return False
    digits = sum(char.isdigit() for char in value)
    mixed = value != value.lower() and value != value.upper()
    if digits < (2 if mixed else 4) or entropy(value[:200]) < (3.4 if mixed else 3.0):
        return False
    if not mixed and len(value) < 20:
        return False
    if value.count("/") >= 2 and value == value.lower():
        return False
    parts = re.split(r"[_./:~-]", value)
    return sum(bool(_WORD_PART.fullmatch(part)) for part in parts) < 2
