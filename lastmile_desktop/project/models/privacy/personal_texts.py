"""Personal data that stands in files: addresses of real-looking people, and links that carry personal data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.path_kinds import PathKind, path_kind


@dataclass(frozen=True, slots=True)
class People:
    """Distinct private mail addresses in a file, with the line of the first."""

    count: int = 0
    line: int = 0


NOBODY = People()
_MAX = 400_000
_PRIVATE_ADDRESS = re.compile(
    r"\b([a-z0-9][\w.+-]{1,40})@(gmail|googlemail|yahoo|ymail|hotmail|outlook|live|icloud|me|aol|"
    r"protonmail|proton|gmx|web|qq|163|126|naver|mail|yandex|uol|bol|terra|libero|orange|free|wanadoo|"
    r"t-online|comcast|msn)\.(?:com|net|de|fr|it|br|com\.br|co\.uk|co\.in|ru|in|es|ca|ch|at|me)\b",
    re.IGNORECASE,
)
_MADE_UP = re.compile(
    r"^(?:test|demo|example|sample|user|admin|fake|dummy|name|e?mail|your|foo|bar|baz|info|support|contact|"
    r"hello|student|teacher|customer|client|guest|someone|somebody|nobody|me|you|owner|driver|member|"
    r"seller|buyer|vendor|host|agent|new|old|valid|invalid|first|second|abc|xyz|qwe|asd|a+|x+|j(?:ohn|"
    r"ane)(?:[._]?(?:doe|smith|\d*))?|alice|bob|charlie|eve|mallory|joe|jdoe|max[._]?mustermann|fulano|"
    r"juan[._]?perez)(?:[._+-]?\w*)?$|\d{3,}$|test|demo|fake|example|placeholder|temp",
    re.IGNORECASE,
)
_DATA = frozenset(
    {".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".sql", ".xml", ".txt", ".har", ".log", ".vcf", ".md"}
)
_NOT_DATA = re.compile(
    r"(?:^|/)(?:package(?:-lock)?\.json|composer\.lock|[\w.-]*lock[\w.-]*|tsconfig[\w.]*\.json|"
    r"\.all-contributorsrc|contributors?[\w.-]*|authors?[\w.-]*|codeowners|maintainers[\w.-]*|"
    r"license[\w.-]*|changelog[\w.-]*|readme[\w.-]*)$|(?:^|/)(?:node_modules|venv|\.venv|vendor|dist|build|"
    r"\.next|locales?|i18n|translations|migrations)/",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"(?:^|/)(?:attached_assets|test_reports|uploads?|exports?|recordings?|dumps?|backups?)/|\.(?:har|log|vcf)$"
)
_SEED_CODE = re.compile(r"\.(?:[cm]?[jt]s|py|rb)$")


@lru_cache(maxsize=65_536)
def may_hold_people(path: str) -> str:
    """`seed` for sample and stored data, `capture` for recordings, fixtures and attachments, "" for all "
    "else."""
    dot = path.rfind(".")
    suffix = path[dot:].lower() if dot > path.rfind("/") else ""
    if _NOT_DATA.search(path):
        return ""
    kind = path_kind(path)
    if kind is PathKind.SEED and (suffix in _DATA or _SEED_CODE.search(path)):
        return "seed"
    if suffix not in _DATA:
        return ""
    if _LOOSE.search(path) or kind is PathKind.TEST:
        return "capture"
    if suffix in (".csv", ".tsv", ".vcf", ".jsonl", ".ndjson") or kind is PathKind.DUMP:
        return "seed"
    return (
        "seed"
        if suffix == ".json"
        and re.search(r"(?:^|/)data/|users|customers|leads|contacts|subscribers|members", path)
        else ""
    )


def people_in(text: str) -> People:
    """Addresses at private mail providers that do not look invented."""
    seen: dict[str, int] = {}
    for match in _PRIVATE_ADDRESS.finditer(text[:_MAX]):
        if not _MADE_UP.search(match[1]):
            seen.setdefault(match[0].lower(), match.start())
    if not seen:
        return NOBODY
    first = min(seen.values())
    return People(len(seen), line_at(text, first))


@dataclass(frozen=True, slots=True)
class TellingLink:
    line: int
    key: str


_IN_QUERY = re.compile(
    r"[?&](?P<key>e-?mail|user_?email|email_?address|phone|phone_?number|ssn|password|access_?token|"
    r"auth_?token|jwt|session_?token|id_?token)="
    r"(?:\$\{|\{|[\"'`]\s{0,3}\+|%s)",
    re.IGNORECASE,
)
_OTHERS_ADDRESS = re.compile(
    r"mailto:|https?://(?!localhost|127\.)[a-z0-9.-]+|wa\.me|gravatar|graph\.facebook|GRAPH_API|FACEBOOK|"
    r"supabaseUrl|SUPABASE_URL|googleapis|prefilled_email|login_hint|hunter|clearbit|calendly|cal\.com|"
    r"expo|stripe|\$\{(?!VITE|NEXT|REACT|PUBLIC|BACKEND|EXPO|APP|SITE|BASE|FRONT|API|"
    r"SERVER)[A-Z0-9]{2,}_(?:API|BASE|HOST|URL)",
    re.IGNORECASE,
)
_OWN_ADDRESS = re.compile(
    r"example\.(?:com|org)|\.(?:lovable\.app|vercel\.app|netlify\.app|replit\.app|bolt\.host)", re.IGNORECASE
)
_COMMENT = re.compile(r"^\s*(?://|#|\*|/\*|<!--)")
_ONE_TIME = re.compile(r"[?&]token=\$\{[^;`]{0,160}&?$")
_SECRET_KEY = re.compile(r"token|jwt|password", re.IGNORECASE)


def telling_links(text: str) -> tuple[TellingLink, ...]:
    """Addresses of the app's own that carry a personal detail or a token in their query."""
    found: list[TellingLink] = []
    for match in _IN_QUERY.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        line = text[start : end if end >= 0 else len(text)]
        head = text[max(start, match.start() - 160) : match.start()]
        opened = max(head.rfind(quote) for quote in "`\"'")
        address = head[opened + 1 :] if opened >= 0 else head
        if not address.strip():
            # The query alone: the address before it stands on the line above.
            above = text.rfind("\n", 0, max(start - 1, 0)) + 1
            address = text[above:start]
        if _COMMENT.match(line) or (_OTHERS_ADDRESS.search(address) and not _OWN_ADDRESS.search(address)):
            continue
        if match["key"].lower() == "access_token" and "mapbox" in text:
            # Its maps are asked for with a token that is public by design.
            continue
        if "mail" in match["key"].lower() and _ONE_TIME.search(
            text[max(0, match.start() - 200) : match.start() + 1]
        ):
            # A link that is mailed to the very person, with the token that proves it.
            continue
        if len(line) < 600:
            found.append(TellingLink(line_at(text, match.start()), match["key"]))
    return tuple(found[:20])


def is_secret_key(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None
