"""Firebase security rules as lists of permissions: where each holds, for what, and what it asks of the caller."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from lastmile_desktop.project.lines import line_at

_COMMENTS = re.compile(r"//[^\n]*|/\*.{0,20000}?\*/", re.DOTALL)
_TOKEN = re.compile(
    r"\bmatch\s+(?P<path>/(?:[^\s{]|\{[\w=*]{1,80}\}){0,300})\s*\{|\bfunction\s+(?P<function>\w{1,80})\s*\([^)]{0,300}\)\s*\{|"
    r"\ballow\s+(?P<verbs>[a-z,\s]{1,80}?)\s*(?::\s*if\s+(?P<test>[^;]{1,4000})|:\s*(?P<bare>true|false)\s*)?;|(?P<brace>[{}])"
)
_CALL = re.compile(r"\b([A-Za-z_]\w{0,80})\s*\(")
_UNTIL = re.compile(r"request\.time\s*<=?\s*timestamp\.date\(\s*(\d{4})\s*,\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)")
_NOW = re.compile(r"\bnow\s*<=?\s*(\d{10,14})")
_SIGNED_IN = re.compile(
    r"request\.auth(?:\.uid)?\s*!=\s*null|request\.auth\.token\.email_verified|auth(?:\.uid)?\s*!==?\s*null|request\.auth\b(?!\.)"
)
_WHO = re.compile(
    r"request\.auth\.(?:uid|token(?!\.email_verified))(?!\s*!=\s*null)|\bauth\.(?:uid|token)(?!\s*!==?\s*null)|\bget\(|\bexists\("
    r"|resource\.data|\broot\.child|\bdata\.child|newData"
)
_OWNER_FIELD = r"(?<!request\.)resource\.data\.\w{0,20}(?:user|owner|uid|author|creator)\w{0,20}"
_OWN = re.compile(
    r"request\.auth\.uid\s*==\s*\w{1,40}\b(?![.(])|(?<![.\w])\w{1,40}\s*==\s*request\.auth\.uid|"
    rf"request\.auth\.uid\s*==\s*{_OWNER_FIELD}|{_OWNER_FIELD}\s*==\s*request\.auth\.uid",
    re.IGNORECASE,
)
_LOOKS_AT_DATA = re.compile(r"request\.resource|\bincoming\b|\baffectedKeys\b|\bdiff\(")
_ADMIN = re.compile(r"(?i)\badmin|\brole\b")
_MOST_HOPS = 3


class Asks(StrEnum):
    """What a permission asks: nothing, only a date, only a sign-in, who it is, or it is refused to all."""

    NOTHING = "nothing"
    DATE = "date"
    SIGN_IN = "sign-in"
    IDENTITY = "identity"
    REFUSED = "refused"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Permission:
    """`path` is where it holds, with wildcards as written; `until` the day after which a dated one ends. `is_own` when
    somebody may write their own document whatever is in it, `limits` when it looks at what is written."""

    path: str
    verbs: tuple[str, ...]
    asks: Asks
    line: int
    until: datetime | None = None
    is_own: bool = False
    limits: bool = False

    @property
    def writes(self) -> bool:
        return bool({"write", "create", "update", "delete"} & set(self.verbs))

    @property
    def reads(self) -> bool:
        return bool({"read", "get", "list"} & set(self.verbs))

    @property
    def is_everything(self) -> bool:
        """Whether it holds for every document or file there is."""
        bare = re.sub(r"^/(?:databases/\{\w+\}/documents|b/\{\w+\}/o)", "", self.path)
        return re.fullmatch(r"/\{\w+=\*\*\}", bare) is not None or bare == ""

    @property
    def collection(self) -> str:
        """The last plain name of the path."""
        names = [part for part in self.path.split("/") if part and "{" not in part]
        return names[-1] if names and names[-1] not in ("documents", "o") else ""


def read_rules(text: str) -> tuple[Permission, ...]:
    """The permissions of a Firestore or Storage rules file."""
    clean = _COMMENTS.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text[:400_000])
    functions = _functions(clean)
    stack: list[str | None] = []
    found: list[Permission] = []
    for match in _TOKEN.finditer(clean):
        if match["path"]:
            stack.append(match["path"])
        elif match["function"] or match["brace"] == "{":
            stack.append(None)
        elif match["brace"] == "}":
            if stack:
                stack.pop()
        elif match["verbs"]:
            path = "".join(part for part in stack if part)
            verbs = tuple(verb for verb in re.split(r"[,\s]+", match["verbs"].strip()) if verb)
            test = _expanded(match["test"] or match["bare"] or "true", functions)
            asks, until = _asks(test)
            line = line_at(clean, match.start("verbs"))
            own = bool({"write", "create", "update"} & set(verbs)) and _is_own(path, test)
            found.append(
                Permission(path, verbs, asks, line, until, own, _LOOKS_AT_DATA.search(test) is not None)
            )
    return tuple(found)


def _is_own(path: str, test: str) -> bool:
    """Whether the condition asks whose document it is, and nothing of what is written into it."""
    return (
        re.search(r"/\{\w{1,60}\}$", path) is not None
        and _OWN.search(test) is not None
        and _LOOKS_AT_DATA.search(test) is None
        and _ADMIN.search(test) is None
    )


def _functions(text: str) -> dict[str, str]:
    pattern = re.compile(
        r"\bfunction\s+(\w{1,80})\s*\([^)]{0,300}\)\s*\{((?:[^{}]|\{[^{}]{0,500}\}){0,4000})\}"
    )
    return dict(pattern.findall(text))


def _expanded(test: str, functions: dict[str, str]) -> str:
    """The condition with the bodies of the functions it calls behind it."""
    seen: set[str] = set()
    for _ in range(_MOST_HOPS):
        called = {name for name in _CALL.findall(test) if name in functions} - seen
        if not called:
            break
        seen |= called
        for name in called:
            body = re.sub(r"\breturn\b|;", " ", functions[name])
            test = re.sub(rf"\b{name}\s*\([^()]{{0,300}}\)", lambda _, body=body: f"({body})", test)
    return test


def _asks(test: str) -> tuple[Asks, datetime | None]:
    plain = re.sub(r"[\s()]", "", test)
    dated = _UNTIL.search(test)
    if dated is not None and not _WHO.search(test):
        return Asks.DATE, _day(int(dated[1]), int(dated[2]), int(dated[3]))
    milliseconds = _NOW.search(test)
    if milliseconds is not None and not _WHO.search(test):
        seconds = int(milliseconds[1][:10])
        return Asks.DATE, datetime.fromtimestamp(seconds, UTC)
    if plain in ("true", "1==1"):
        return Asks.NOTHING, None
    if plain == "false":
        return Asks.REFUSED, None
    if any(re.sub(r"[\s()]", "", part) == "true" for part in test.split("||")):
        return Asks.NOTHING, None
    alternatives = [part for part in test.split("||") if part.strip()]
    asked = [_alternative(part) for part in alternatives] or [Asks.CONTENT]
    return min(asked, key=_OPENNESS.index), None


_OPENNESS = (Asks.NOTHING, Asks.SIGN_IN, Asks.CONTENT, Asks.DATE, Asks.IDENTITY, Asks.REFUSED)


def _alternative(test: str) -> Asks:
    if _WHO.search(test):
        return Asks.IDENTITY
    return Asks.SIGN_IN if _SIGNED_IN.search(test) else Asks.CONTENT


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def read_database_rules(text: str) -> tuple[Permission, ...]:
    """The permissions of a Realtime Database rules file (JSON with comments)."""
    clean = re.sub(r"(?m)^\s*//[^\n]*", "", text[:400_000])
    try:
        json.loads(re.sub(r",(\s*[}\]])", r"\1", clean))
    except ValueError:
        return ()
    return tuple(_database_permissions(clean))


def _database_permissions(text: str) -> Iterator[Permission]:
    stack: list[str] = []
    key = ""
    for match in re.finditer(r'"((?:[^"\\]|\\.){0,2000})"\s*(:)?|([{}])|\b(true|false)\b', text):
        string, colon, brace, word = match.groups()
        if string is not None and colon:
            key = string
        elif brace == "{":
            stack.append(key)
            key = ""
        elif brace == "}":
            if stack:
                stack.pop()
        elif key in (".read", ".write"):
            test = word or string or ""
            asks, until = _asks(test)
            path = "/" + "/".join(part for part in stack if part not in ("", "rules"))
            yield Permission(
                "" if path == "/" else path, (key[1:],), asks, line_at(text, match.start()), until
            )
            key = ""
