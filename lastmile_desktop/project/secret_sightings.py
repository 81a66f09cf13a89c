"""Every text of a file that may be a secret value, with its place; the value itself is not kept."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath

from lastmile_desktop.core.redact import head_of
from lastmile_desktop.project import named_secrets
from lastmile_desktop.project.file_secrets import find_by_file
from lastmile_desktop.project.named_secrets import NamedSecret, Place
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.secret_shapes import (
    JWT_OTHER,
    JWT_SERVICE_ROLE,
    Exposure,
    Match,
    Shape,
    decode_claims,
    find,
    is_cut,
)
from lastmile_desktop.project.spoken_secrets import find_by_syntax
from lastmile_desktop.project.told_secrets import find_told
from lastmile_desktop.project.view import ProjectView

KIND = "secret-sightings"

_UNREAD_NAMES = re.compile(
    r"(?i)(?:^|[-.])lock(?:\.json|\.ya?ml|b)?$|^(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|poetry\.lock|uv\.lock"
    r"|cargo\.lock|go\.sum|composer\.lock|gemfile\.lock|pipfile\.lock|deno\.lock|npm-shrinkwrap\.json)$|\.min\.(?:js|css)$"
)
_UNREAD_SUFFIXES = frozenset(
    (
        ".svg",
        ".css",
        ".scss",
        ".less",
        ".map",
        ".snap",
        ".csv",
        ".tsbuildinfo",
        ".geojson",
        ".po",
        ".srt",
        ".vtt",
    )
)
_SETTING_SUFFIXES = frozenset(
    (
        "",
        ".yml",
        ".yaml",
        ".toml",
        ".ini",
        ".env",
        ".sh",
        ".bash",
        ".ps1",
        ".conf",
        ".cfg",
        ".properties",
        ".tfvars",
        ".local",
    )
)
_PROSE_SUFFIXES = frozenset((".md", ".mdx", ".txt", ".rst"))
_BEFORE = re.compile(
    r"([A-Za-z_$][A-Za-z0-9_$.-]{1,80})[\"'`\]]{0,2}\s{0,3}(?:[:=]|=>|\|\||\?\?|,|\()\s{0,3}(?:[\"'`]|Bearer\s){0,3}\Z"
)
_GOOGLE_SERVER = re.compile(r"(?i)gemini|genai|generativelanguage|google[_-]?ai|palm|vertex|aistudio")
_GOOGLE_BROWSER = re.compile(
    r"(?i)maps|places|firebase|authDomain|messagingSenderId|mobilesdk|GoogleService|recaptcha|youtube"
)

GOOGLE_SERVER = Shape(
    "google-server-key", "Google AI (Gemini) key", "Google", Exposure.PRIVILEGED,
    revoke="Google AI Studio, API keys: delete the key",
)  # fmt: skip
NAMED = Shape(
    "named", "secret value", "", Exposure.PRIVILEGED, revoke="Set a new value where this one is used"
)
PASSWORD = Shape("password", "password", "", Exposure.PRIVILEGED, revoke="Change this password")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A value at `start:end` of the text. `name` is the variable or key it is given to, "" when none is near.

    `random` when a generator made it, `generic` for a password that says by its words that it is a test one.
    `invented` when it has a provider's shape and somebody typed it. `expires` is the end of a token's life in
    seconds since 1970, 0 when it says none.
    """

    shape: Shape
    start: int
    end: int
    line: int
    column: int
    head: str
    name: str = ""
    place: Place | None = None
    random: bool = True
    generic: bool = False
    expires: int = 0
    invented: bool = False


@lru_cache(maxsize=65_536)
def is_searched(path: str) -> bool:
    """Whether secrets are looked for in a file of this name: lock files, styles and maps hold only hashes."""
    pure = PurePosixPath(path)
    return pure.suffix.lower() not in _UNREAD_SUFFIXES and not _UNREAD_NAMES.search(pure.name)


@lru_cache(maxsize=65_536)
def kind_of(path: str) -> PathKind:
    """What a file is for when secrets are looked for: a text that documents nothing is a file like any other."""
    kind, pure = path_kind(path), PurePosixPath(path)
    if kind is not PathKind.DOC or pure.suffix.lower() != ".txt" or "docs" in pure.parts[:-1]:
        return kind
    return PathKind.DOC if _GUIDE.search(pure.name) else PathKind.CODE


_GUIDE = re.compile(
    r"(?i)readme|licen[cs]e|notice|change|contribut|requirements|robots|humans|llms|guide|how|instruct|setup|deploy|summary|example|prompt"
)


def sightings_of(view: ProjectView, path: str) -> tuple[Sighting, ...]:
    """The sightings of one file, kept until it changes."""
    if not is_searched(path):
        return ()
    if path in view.made(_minified):
        return view.per_path(f"{KIND}-minified", path, _in_minified, ())
    return view.per_path(KIND, path, _in_written, ())


def _minified(view: ProjectView) -> frozenset[str]:
    return frozenset(entry.path for entry in view.tree if entry.minified)


def _in_written(path: str, text: str) -> tuple[Sighting, ...]:
    return sightings(path, text)


def _in_minified(path: str, text: str) -> tuple[Sighting, ...]:
    return sightings(path, text, minified=True)


def sightings(path: str, text: str, minified: bool = False) -> tuple[Sighting, ...]:
    """Everything in this text that has the shape or the name of a secret, in order of position."""
    shaped = tuple(_in_place(path, _shaped(text, match)) for match in find(text))
    taken = [(item.start, item.end) for item in shaped]
    spoken = () if minified else (*_named(path, text), *find_told(path, text))
    named = tuple(item for item in spoken if not is_cut(text[item.start : item.end]))
    lines = _LineStarts(text) if named else None
    free: dict[tuple[int, int], Sighting] = {}
    for item in named:
        if lines is not None and not any(start < item.end and item.start < end for start, end in taken):
            free.setdefault((item.start, item.end), _from_named(text, item, lines))
            taken.append((item.start, item.end))
    return tuple(sorted((*shaped, *free.values()), key=lambda item: item.start))


def _in_place(path: str, item: Sighting) -> Sighting:
    """A private key in base64 in a workflow, a test or a guide is one that somebody made for that alone."""
    in_use = (PathKind.CODE, PathKind.ENV, PathKind.AGENT)
    made_for_it = item.shape.id == "base64-private-key" and kind_of(path) not in in_use
    return replace(item, invented=True) if made_for_it else item


def _named(path: str, text: str) -> tuple[NamedSecret, ...]:
    pure = PurePosixPath(path)
    suffix = pure.suffix.lower()
    if suffix in _PROSE_SUFFIXES:
        spoken = (*named_secrets.find_in_prose(text), *named_secrets.find_settings(text))
        if suffix != ".txt":
            return spoken
        return (*named_secrets.find_assigned(text), *find_by_syntax(text), *find_by_file(path, text), *spoken)
    found = (*named_secrets.find_fallbacks(text), *named_secrets.find_assigned(text), *find_by_syntax(text))
    found += find_by_file(path, text)
    kind = path_kind(path)
    if suffix in _SETTING_SUFFIXES or kind in (PathKind.ENV, PathKind.EXAMPLE) or "env" in pure.name.lower():
        return found + named_secrets.find_settings(text)
    # A line of settings in a comment or in a text that code holds.
    lines = named_secrets.find_settings(text)
    return found + tuple(item for item in lines if _GENERATED.fullmatch(text, item.start, item.end))


_GENERATED = re.compile(r"(?=(?:[^0-9\n]{0,40}[0-9]){4})[A-Za-z0-9+/=_.~-]{20,500}")


def _shaped(text: str, match: Match) -> Sighting:
    value, shape, expires = text[match.start : match.end], match.shape, 0
    before = _BEFORE.search(text[max(0, match.start - 120) : match.start])
    name = before[1] if before else ""
    if shape.id == "google-api-key":
        near = f"{name} {text[max(0, match.start - 300) : match.end + 300]}"
        if _GOOGLE_SERVER.search(near) and not _GOOGLE_BROWSER.search(near):
            shape = GOOGLE_SERVER
    elif shape in (JWT_OTHER, JWT_SERVICE_ROLE):
        claim = decode_claims(value.split(".")[1]).get("exp")
        expires = int(claim) if isinstance(claim, int | float) and 0 < claim < 1e11 else 0
    return Sighting(
        shape=shape,
        start=match.start,
        end=match.end,
        line=match.line,
        column=match.column,
        head=match.head,
        name=name,
        expires=expires,
        invented=match.invented,
    )


def _from_named(text: str, item: NamedSecret, lines: _LineStarts) -> Sighting:
    line, column = lines.place(item.start)
    value = text[item.start : item.end]
    return Sighting(
        shape=PASSWORD if item.password and not item.random else NAMED,
        start=item.start,
        end=item.end,
        line=line,
        column=column,
        head=head_of(value),
        name=item.name,
        # What somebody typed is judged as a made-up key is.
        place=None if item.typed else item.place,
        random=item.random,
        generic=is_generic_password(value),
        invented=item.typed,
    )


_GENERIC_WORDS = re.compile(
    r"password|passwort|passwd|pass|test(?:er|ing)?|admin(?:istrator)?|user|demo|strong|str0ng|weak|new|old|secret|change|me|hello|world"
    r"|welcome|qwerty|letmein|temp|example|sample|valid|invalid|wrong|correct|secure|s3cure|super|root|guest|my|your|dev|local|default"
    r"|first|second|third|another|different|diff3r3nt|p@ssw0rd|passw0rd|word|abc|xyz|foo|bar|baz|rider|driver|owner|member|staff|manager|customer|client|host"
    r"|login|list|group|short|long|random|other|unauth|non|e2e|playwright|cypress|ci|build|dummy|fake|mock|key|token|db|postgres|mysql|redis|mongo|minio"
)


def is_generic_password(value: str) -> bool:
    """Whether nothing is left of it but test words, digits and signs."""
    return not re.sub(r"[^a-z]", "", _GENERIC_WORDS.sub("", value.lower()))


class _LineStarts:
    def __init__(self, text: str) -> None:
        self._starts = [0]
        position = text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = text.find("\n", position + 1)

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
