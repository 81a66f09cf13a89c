"""Where connections are made without protection, and where own encryption is weaker than it looks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.inputs.link_following import only_follows_links
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class Weakness:
    """`rule` of the check, `what` was seen in plain words."""

    rule: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class _Notes:
    weak: tuple[Weakness, ...] = ()
    good: int = 0


_NOTHING = _Notes()
_LOCAL = re.compile(
    r"localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal|\[::1\]|//(?:db|postgres|redis|mysql|mongo|"
    r"cache|database|rabbitmq)[:/]|\.internal\b|\.railway\.internal|192\.168\.|10\.\d+\.|example\.(?:com|"
    r"org)|<|your[-_]"
)
_PATTERNS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "db-no-tls",
        re.compile(
            r"[?&]sslmode=(?:disable|allow|prefer)\b|\bsslmode\s*[:=]\s*[\"'](?:disable|allow|"
            r"prefer)[\"']|PGSSLMODE\s*[=:]\s*[\"']?(?:disable|allow|prefer)"
        ),
        "the database connection does not insist on encryption",
    ),
    (
        "db-no-tls",
        re.compile(r"\bssl\s*:\s*(?:[^,{}\n]{0,80}\?\s*)?\{[^}]{0,120}rejectUnauthorized\s*:\s*false"),
        "the database connection accepts any certificate",
    ),
    (
        "db-no-tls",
        re.compile(r"NODE_TLS_REJECT_UNAUTHORIZED[\"'\]]{0,3}\s*[=:]\s*[\"']?0"),
        "all connections accept any certificate",
    ),
    (
        "db-no-tls",
        re.compile(
            r"(?:requests|httpx|session|client|aiohttp)\.\w{1,20}\([^()\n]{0,200}verify\s*=\s*False|"
            r"(?:httpx\.(?:Async)?Client|aiohttp\.TCPConnector)\([^)\n]{0,120}(?:verify|ssl|"
            r"verify_ssl)\s*=\s*False|ssl\._create_unverified_context|check_hostname\s*=\s*False"
        ),
        "a connection accepts any certificate",
    ),
    (
        "db-no-tls",
        re.compile(r"https?\.Agent\(\s*\{[^}]{0,120}rejectUnauthorized\s*:\s*false"),
        "a connection accepts any certificate",
    ),
    (
        "smtp-no-tls",
        re.compile(
            r"ignoreTLS\s*:\s*true|EMAIL_USE_TLS\s*=\s*False|MAIL_USE_TLS\s*=\s*False|"
            r"requireTLS\s*:\s*false|tls\s*:\s*\{[^}]{0,80}rejectUnauthorized\s*:\s*false"
        ),
        "mails are handed over without checked encryption",
    ),
    (
        "own-crypto",
        re.compile(
            r"[\"']aes-\d{3}-ecb[\"']|AES\.MODE_ECB|modes\.ECB\(|mode\s*:\s*CryptoJS\.mode\.ECB|"
            r"\bcreateCipher\(|\bcreateDecipher\("
        ),
        "data is encrypted in a way that shows patterns",
    ),
    (
        "own-crypto",
        re.compile(
            r"createCipheriv\([^)\n]{0,120},\s*(?:Buffer\.alloc\(\s*16|"
            r"Buffer\.from\(\s*[\"'][^\"']{8,64}[\"']|[\"'][^\"']{12,32}[\"'])|\b(?:iv|IV|"
            r"nonce)\s*[:=]\s*(?:b?[\"'][^\"']{8,64}[\"']|Buffer\.alloc\(\s*(?:12|"
            r"16)\s*(?:,\s*0\s*)?\)|Buffer\.from\(\s*[\"'][0-9a-zA-Z+/=]{12,64}[\"'])"
        ),
        "every value is encrypted with the same starting value",
    ),
    (
        "keys-with-data",
        re.compile(
            r"\b(?:ENCRYPTION_KEY|ENCRYPTION_SECRET|DATA_KEY|CRYPTO_KEY|FERNET_KEY|"
            r"FIELD_ENCRYPTION_KEY)\b[\"'\])]{0,3}\s*(?:\|\||\?\?|,|or)\s*[\"'][^\"']{8,80}[\"']"
        ),
        "the key that encrypts stands in the code",
    ),
)
_REDIS = re.compile(r"\bredis://(?P<login>[^\s\"'@/]{1,120}@)(?P<host>[\w.-]{3,120})")
_HTTP_CALL = re.compile(
    r"(?:fetch|axios(?:\.\w{1,10})?|requests\.\w{1,10}|httpx\.\w{1,10}|ky|"
    r"got)\(\s*[fF]?[\"'`](?P<url>http://[\w.-]{4,120}[^\"'`\s]{0,120})|"
    r"\b(?:base_?url|api_?url|endpoint)\w{0,10}\s*[:=]\s*[\"'](?P<base>http://[\w.-]{4,120})",
    re.IGNORECASE,
)
_SMTP_PLAIN = re.compile(r"smtplib\.SMTP\(")
_STARTTLS = re.compile(r"starttls|SMTP_SSL", re.IGNORECASE)
_GOOD = re.compile(
    r"sslmode=(?:require|verify-full|verify-ca)|ssl\s*[:=]\s*(?:true|\{\s*(?:rejectUnauthorized\s*:\s*true|"
    r"ca\b)|[\"'](?:require|verify-full)[\"'])|rediss://|enforce_ssl|ssl_enforcement|"
    r"sslmode\s*=\s*[\"'](?:require|verify-full)|SECURE_SSL_REDIRECT\s*=\s*True|neon\(|https://[\w-]{1,60}\.supabase\.co"
)
_ONLY_LOCAL = re.compile(
    r"NODE_ENV\W{1,8}!==?\W{1,3}production|development|isDev|DEBUG|is_local|local", re.IGNORECASE
)
_COMMENT = re.compile(r"^\s*(?://|\*|/\*|<!--|--)")
_FILES = (".ts", ".tsx", ".js", ".mjs", ".cjs", ".py", ".yaml", ".yml", ".toml", ".rb")
_ENV = re.compile(r"(?:^|/)\.env(?:\.(?!example|sample|template|local|test|dev)[\w-]+)*$")
_COMPOSE = re.compile(r"compose[\w.-]*\.ya?ml$|(?:^|/)\.github/")
_MAX = 400_000
# A plain search for these is many times faster than the patterns, and most files hold none.
_TELLING = (
    "ssl", "SSL", "rejectUnauthorized", "NODE_TLS", "verify=", "verify =", "check_hostname", "TLS", "tls", "ecb", "ECB",
    "Cipher", "cipher", "nonce", " iv ", "iv:", "iv=", " IV", "http://", "redis", "smtplib", "ENCRYPTION", "DATA_KEY",
    "CRYPTO_KEY", "FERNET", "neon(", "supabase.co",
)  # fmt: skip


def build(view: ProjectView) -> tuple[tuple[tuple[str, Weakness], ...], tuple[tuple[str, int], ...]]:
    """(weak places by file, places where protection is asked for)."""
    weak: list[tuple[str, Weakness]] = []
    good: list[tuple[str, int]] = []
    for entry in view.tree.readable():
        path = entry.path
        if entry.minified or not _is_looked_at(path):
            continue
        found = view.per_file("wire-security", path, _read, _NOTHING)
        weak += [(path, item) for item in found.weak]
        good += [(path, found.good)] if found.good else []
    return tuple(weak), tuple(good)


@lru_cache(maxsize=65_536)
def _is_looked_at(path: str) -> bool:
    if _ENV.search(path):
        return True
    if not path.endswith(_FILES) or _COMPOSE.search(path):
        return False
    return path_kind(path) is PathKind.CODE and is_production(path) and "node_modules/" not in path


def _read(text: str) -> _Notes:
    text = text[:_MAX]
    if not any(word in text for word in _TELLING):
        return _NOTHING
    found: list[Weakness] = []
    for rule, pattern, what in _PATTERNS:
        for match in pattern.finditer(text):
            around = _line_around(text, match.start())
            if _COMMENT.match(around) or _LOCAL.search(match[0] if rule != "db-no-tls" else around):
                continue
            if _only_locally(text, match.start()) or (
                match[0].startswith("http") and only_follows_links(text)
            ):
                continue
            found.append(Weakness(rule, line_at(text, match.start()), what))
            break
    found += _redis(text)
    found += _plain(text)
    if _SMTP_PLAIN.search(text) and _STARTTLS.search(text) is None and "port=25" not in text:
        match = _SMTP_PLAIN.search(text)
        line = line_at(text, match.start()) if match else 0
        found.append(Weakness("smtp-no-tls", line, "mails are handed over without encryption"))
    good = _GOOD.search(text)
    return _Notes(tuple(dict.fromkeys(found)), line_at(text, good.start()) if good else 0)


def _only_locally(text: str, position: int) -> bool:
    """A condition on the line or just above it that keeps this out of production."""
    start = text.rfind("\n", 0, max(0, text.rfind("\n", 0, position))) + 1
    near = text[start:position]
    return re.search(r"(?:if|\?|&&)", near) is not None and _ONLY_LOCAL.search(near) is not None


def _redis(text: str) -> list[Weakness]:
    for match in _REDIS.finditer(text):
        if not _LOCAL.search(f"//{match['host']}/") and "." in match["host"] and "$" not in match["login"]:
            return [
                Weakness(
                    "redis-no-tls",
                    line_at(text, match.start()),
                    "Redis is reached without encryption",
                )
            ]
    return []


def _plain(text: str) -> list[Weakness]:
    for match in _HTTP_CALL.finditer(text):
        address = match["url"] or match["base"]
        if (
            not _LOCAL.search(address)
            and "." in address[7:]
            and "w3.org" not in address
            and "ip-api.com" not in address
        ):
            host = address[7:].partition("/")[0]
            line = line_at(text, match.start())
            return [Weakness("http-links-api", line, f"data is sent to {host} without encryption")]
    return []


def _line_around(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end >= 0 else len(text)]
