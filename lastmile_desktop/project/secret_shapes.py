"""The shapes of keys: which text is one, whose it is, and whether a browser may have it.

Shapes come from `resources/secret_shapes.toml`; JSON web tokens are judged by their payload here, because the
public and the master key of a Supabase project differ in nothing else.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, cast

from lastmile_desktop.core.errors import CatalogueError
from lastmile_desktop.core.redact import head_of
from lastmile_desktop.project.secret_reality import is_invented, is_real
from lastmile_desktop.resources import resources_dir

LONGEST_VALUE = 8_000
_MOST_MATCHES = 2_000
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,2000}\.(eyJ[A-Za-z0-9_-]{8,6000})\.[A-Za-z0-9_-]{8,1000}")


class Exposure(StrEnum):
    """Who may hold a value of this shape."""

    PUBLIC = "public"
    PRIVILEGED = "privileged"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of key. `mode` is `live` or `test` where the shape tells; `revoke` says where to make it
    worthless; `note` says why a public one is no alarm."""

    id: str
    label: str
    provider: str
    exposure: Exposure
    mode: str = ""
    revoke: str = ""
    note: str = ""

    @property
    def is_public(self) -> bool:
        return self.exposure is Exposure.PUBLIC


@dataclass(frozen=True, slots=True)
class ShapePattern:
    """A shape with the text that it matches. `vector` is a made-up value that does."""

    shape: Shape
    regex: re.Pattern[str]
    keywords: tuple[str, ...]
    vector: str


@dataclass(frozen=True, slots=True)
class Match:
    """A value of a known shape in a text. The value itself is `text[start:end]` and is never kept here. `invented`
    when a run of signs in it or the host behind it says that somebody made it up."""

    shape: Shape
    start: int
    end: int
    line: int
    column: int
    head: str
    invented: bool = False


JWT_ANON = Shape(
    "supabase-anon-jwt", "Supabase anon key", "Supabase", Exposure.PUBLIC,
    note="Made for the browser: row security decides what it may do.",
)  # fmt: skip
JWT_SERVICE_ROLE = Shape(
    "supabase-service-role-jwt", "Supabase service-role key", "Supabase", Exposure.PRIVILEGED, "live",
    "Supabase dashboard, API Keys: move to the new secret keys, then disable the legacy keys",
)  # fmt: skip
JWT_DEMO = Shape(
    "demo-jwt", "documentation token", "", Exposure.PUBLIC,
    note="A token from documentation or a local development stack; it opens nothing.",
)  # fmt: skip
JWT_OTHER = Shape(
    "jwt", "signed token (JWT)", "", Exposure.DEPENDS,
    revoke="Sign the account out, or change the key that signs these tokens",
)  # fmt: skip


@cache
def patterns() -> tuple[ShapePattern, ...]:
    """Every shape of the data file, in its order."""
    file = resources_dir() / "secret_shapes.toml"
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))["shape"]
        return tuple(_pattern(entry) for entry in cast(list[dict[str, Any]], entries))
    except (OSError, UnicodeDecodeError, KeyError, ValueError, re.error) as problem:
        raise CatalogueError(
            "The list of key shapes has a mistake",
            f"{file}: {problem}.",
            "Reinstall Last Mile, or mend the file.",
        ) from problem


def _pattern(entry: dict[str, Any]) -> ShapePattern:
    shape = Shape(
        id=str(entry["id"]),
        label=str(entry["label"]),
        provider=str(entry["provider"]),
        exposure=Exposure(entry["exposure"]),
        mode=str(entry.get("mode", "")),
        revoke=str(entry.get("revoke", "")),
        note=str(entry.get("note", "")),
    )
    return ShapePattern(
        shape=shape,
        regex=re.compile(str(entry["regex"])),
        keywords=tuple(str(word) for word in entry["keywords"]),
        vector="".join(str(part) for part in entry["vector"]),
    )


def classify(value: str) -> Shape | None:
    """The shape of a whole value, None when it has no known one. The value may be quoted or padded."""
    value = value.strip().strip("\"'`")[:LONGEST_VALUE]
    token = _JWT.match(value)
    if token is not None:
        return judge_jwt(token[1])
    for pattern in patterns():
        match = pattern.regex.search(value) if any(word in value for word in pattern.keywords) else None
        if match is not None and (match.start() == 0 or pattern.shape.id in _INSIDE):
            return pattern.shape
    return None


_INSIDE = frozenset(
    {
        "private-key",
        "slack-webhook",
        "discord-webhook",
        "connection-url",
        "address-with-password",
        "sentry-dsn",
        "azure-app-configuration",
    }
)


def is_cut(value: str) -> bool:
    """Whether a value begins as one provider's keys all do and yet is no key of theirs: cut, or garbled."""
    return value.startswith(_beginnings()) and classify(value) is None


@cache
def _beginnings() -> tuple[str, ...]:
    """What the keys of one provider begin with, where it is long enough to be nobody else's."""
    words = {word for pattern in patterns() for word in pattern.keywords}
    return tuple(sorted(word for word in words if _OF_ONE_PROVIDER.fullmatch(word)))


_OF_ONE_PROVIDER = re.compile(
    r"(?!(?i:live|test|secret|key|pat|prod|api|sig|sdk|access)[_.-])[A-Za-z][A-Za-z0-9]{2,12}(?:[_-][A-Za-z0-9]{1,12})?[_-]"
)


def find(text: str) -> tuple[Match, ...]:
    """Every value of a known shape that is neither a placeholder nor only good on the founder's own machine,
    in order of position; none lies inside another."""
    found: list[tuple[int, int, Shape, bool]] = []
    if "eyJ" in text:
        found += [(match.start(), match.end(), judge_jwt(match[1]), False) for match in _JWT.finditer(text)]
    for pattern in _worth_trying(text):
        found += list(_occurrences(pattern, text))
    return _placed(text, found) if found else ()


def _worth_trying(text: str) -> tuple[ShapePattern, ...]:
    """The shapes one of whose words is in the text. Most texts hold none of them, so this loop is all that they cost;
    and a key is a long run of signs, of which a text has few."""
    wanted: set[int] = set()
    runs = "\n".join(_LONG_RUN.findall(text))
    for word, in_a_run, numbers in _by_word():
        if word in (runs if in_a_run else text):
            wanted.update(numbers)
    return tuple(patterns()[number] for number in sorted(wanted)) if wanted else ()


_LONG_RUN = re.compile(r"[\w./:+=~|$-]{16,}+", re.ASCII)
# `://` stands in addresses that are cut before their password is reached.
_IN_A_RUN = re.compile(r"(?!://)[\w./:+=~|$-]+", re.ASCII)


@cache
def _by_word() -> tuple[tuple[str, bool, tuple[int, ...]], ...]:
    """Each word, whether it stands in a long run, and the numbers of the shapes that it belongs to."""
    words: dict[str, list[int]] = {}
    for number, pattern in enumerate(patterns()):
        for word in pattern.keywords:
            words.setdefault(word, []).append(number)
    return tuple(
        (word, _IN_A_RUN.fullmatch(word) is not None, tuple(numbers)) for word, numbers in words.items()
    )


def _occurrences(pattern: ShapePattern, text: str) -> Iterator[tuple[int, int, Shape, bool]]:
    for count, match in enumerate(pattern.regex.finditer(text)):
        if count >= _MOST_MATCHES:
            return
        if is_real(pattern.shape.id, match[0], text, match.end()):
            yield match.start(), match.end(), pattern.shape, False
        elif not pattern.shape.is_public and is_invented(pattern.shape.id, match[0]):
            yield match.start(), match.end(), pattern.shape, True


def judge_jwt(payload: str) -> Shape:
    """What a JSON web token opens, by its payload (base64url, unverified)."""
    claims = decode_claims(payload)
    issuer, role = claims.get("iss"), claims.get("role") or _role_in_broken(payload)
    if issuer == "supabase-demo" or claims.get("name") == "John Doe" or claims.get("sub") == "1234567890":
        return JWT_DEMO
    if role == "service_role":
        return JWT_SERVICE_ROLE
    if role == "anon":
        return JWT_ANON
    return JWT_OTHER


def decode_claims(payload: str) -> dict[str, Any]:
    """The claims of a token's middle part; empty when it is not what it looks like."""
    try:
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        claims = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], claims) if isinstance(claims, dict) else {}


def _role_in_broken(payload: str) -> str:
    """The role in a token that was cut or mistyped: the text is searched at each of the four alignments."""
    for shift in range(4):
        part = payload[shift:]
        raw = base64.urlsafe_b64decode(part[: len(part) // 4 * 4])
        role = re.search(rb'"role":"([a-z_]{3,20})"', raw)
        if role is not None:
            return role[1].decode("ascii")
    return ""


def _placed(text: str, found: list[tuple[int, int, Shape, bool]]) -> tuple[Match, ...]:
    """In text order, each with its line and column; of two that overlap, the one that begins first stands."""
    starts = [0]
    starts += [position + 1 for position in _newlines(text)]
    placed: list[Match] = []
    reached = 0
    for start, end, shape, invented in sorted(found, key=lambda item: item[0]):
        if start < reached:
            continue
        line = bisect_right(starts, start)
        column = start - starts[line - 1] + 1
        placed.append(Match(shape, start, end, line, column, head_of(text[start:end]), invented))
        reached = end
    return tuple(placed)


def _newlines(text: str) -> Iterator[int]:
    position = text.find("\n")
    while position >= 0:
        yield position
        position = text.find("\n", position + 1)
