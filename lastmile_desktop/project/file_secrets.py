"""Secret values that are known by the format of the file they stand in: the login of a `.netrc`, a `.pgpass`, a file of
password hashes, the data of a Kubernetes Secret, a password that SQL sets."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from lastmile_desktop.project.named_secrets import NamedSecret, Place, is_chosen_password, is_secret_name
from lastmile_desktop.project.secret_values import is_placeholder, is_reference, looks_random

_MOST = 500

_NETRC = re.compile(
    r"\bmachine\s{1,9}\S{1,200}\s{1,9}login\s{1,9}\S{1,200}\s{1,9}password\s{1,9}(?P<value>\S{4,200})"
)
_PGPASS = re.compile(r"(?m)^[^\s#:]{1,200}:(?:\d{1,5}|\*):[^\s:]{1,80}:[^\s:]{1,80}:(?P<value>\S{4,200})$")
_HASHED = re.compile(
    r"(?m)^[\w.@-]{1,64}:(?P<value>\$(?:1|2[abxy]?|5|6|7|y|apr1)\$[./A-Za-z0-9$=,]{16,200}"
    r"|\{SHA\}[A-Za-z0-9+/=]{20,80}|[./A-Za-z0-9]{13})(?=:|\s|$)"
)
_HASH_FILES = re.compile(r"(?i)^\.?(?:htpasswd|shadow-?|passwd|proftpd?passwd)$|\.htpasswd$|\.passwd$")
_HASH = re.compile(
    r"(?<![\w$])(?P<value>\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\$[156]\$[./A-Za-z0-9]{2,16}\$[./A-Za-z0-9]{22,86}"
    r"|\$[89]\$[./A-Za-z0-9]{14}\$[./A-Za-z0-9]{43})(?![\w$])"
)
# A hash that is compared with when there is no such user, so that the answer takes as long.
_OF_NOBODY = re.compile(r"(?i)dummy|timing|fake|nobody|constant.time|invalid")
_LOGIN = re.compile(
    r"\.login\(\s{0,9}[\"'][^\"'\s]{2,100}@[^\"'\s]{2,100}[\"']\s{0,3},\s{0,9}[\"'](?P<value>[^\"'\s]{6,100})[\"']"
)
_DEFINED = re.compile(
    r"(?i)\bdefine\(\s{0,4}[\"'](?P<name>[A-Z0-9_]{0,40}(?:KEY|SALT|PASSWORD|SECRET|TOKEN))[\"']\s{0,4},\s{0,4}"
    r"(?P<quote>[\"'])(?P<value>[^\n]{6,200}?)(?P=quote)\s{0,4}\)"
)
_SQL_CRYPT = re.compile(
    r"(?i)\bcrypt\(\s{0,4}'(?P<value>[^'\n]{4,100})'\s{0,4},\s{0,4}(?:\w{1,30}\.)?gen_salt\("
)
_SQL_PASSWORD = re.compile(
    r"(?i)\b(?:user|role|login)\s[^;\n]{1,200}?\b(?:identified\s{1,4}(?:with\s{1,4}\S{1,40}\s{1,4})?by|password\s{0,3}=?)\s{1,4}"
    r"'(?P<value>[^'\n]{4,100})'"
)
_MANIFEST = re.compile(r"(?m)^kind:\s{0,4}[\"']?Secret[\"']?\s{0,9}$")
_SEALED = re.compile(r"(?m)^(?:sops|encryptedData):|SealedSecret|ENC\[")
_DATA = re.compile(
    r"(?m)^(?P<kind>data|stringData):[ \t]{0,9}\n(?P<body>(?:[ \t]{1,12}[^\n]{0,8000}\n?|[ \t]{0,9}\n){1,200})"
)
_ENTRY = re.compile(
    r"(?m)^[ \t]{1,12}[\"']?(?P<name>[\w.-]{1,80})[\"']?:[ \t]{1,4}"
    r"[\"']?(?P<value>[A-Za-z0-9+/=_!@#%^&*.-]{4,4000})[\"']?[ \t]{0,9}$"
)


def find_by_file(path: str, text: str) -> tuple[NamedSecret, ...]:
    """Every such value of this file."""
    pure = PurePosixPath(path)
    name, suffix = pure.name.lower(), pure.suffix.lower()
    found: list[NamedSecret] = []
    if "machine" in text and "password" in text:
        found += _values(_NETRC, text, "the login of a .netrc", chosen=True)
    if name.endswith("pgpass") or name == "pgpass.conf":
        found += _values(_PGPASS, text, "the password of a database", chosen=False)
    if _HASH_FILES.search(name):
        found += _values(_HASHED, text, "a password hash", chosen=False)
    elif "$" in text:
        hashes = _values(_HASH, text, "a password hash", chosen=False)
        found += (
            item for item in hashes if not _OF_NOBODY.search(text, max(0, item.start - 200), item.start)
        )
    if ".login(" in text:
        found += _values(_LOGIN, text, "the login", chosen=True)
    if suffix in (".php", ".inc", ".txt", "") and "define(" in text:
        found += _values(_DEFINED, text, "", chosen=False)
    if suffix in (".sql", ".psql") or "gen_salt" in text:
        found += _values(_SQL_CRYPT, text, "a password in SQL", chosen=True)
        found += _values(_SQL_PASSWORD, text, "a password in SQL", chosen=True)
    if suffix in (".yml", ".yaml", ".txt") and "Secret" in text:
        found += _of_manifests(text)
    return tuple(found)


def _values(pattern: re.Pattern[str], text: str, name: str, *, chosen: bool) -> Iterator[NamedSecret]:
    for count, match in enumerate(pattern.finditer(text)):
        if count >= _MOST:
            return
        value = match["value"]
        if is_placeholder(value) or (is_reference(value) and " " not in value and not value.startswith("$")):
            continue
        if chosen and not is_chosen_password(value):
            continue
        yield _named(name or match["name"], value, match.start("value"), chosen=chosen)


def _of_manifests(text: str) -> Iterator[NamedSecret]:
    """The data of each Kubernetes Secret that is not encrypted."""
    position = 0
    for document in re.split(r"(?m)^---[ \t]{0,9}$", text):
        if _MANIFEST.search(document) and not _SEALED.search(document):
            for block in _DATA.finditer(document):
                for entry in _ENTRY.finditer(block["body"]):
                    if _is_secret_entry(block["kind"], entry["name"], entry["value"]):
                        start = position + block.start("body") + entry.start("value")
                        yield _named(entry["name"], entry["value"], start)
        position = text.find(document, position) + len(document)


def _is_secret_entry(kind: str, name: str, value: str) -> bool:
    if kind == "data":
        try:
            value = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return False
    if is_placeholder(value) or is_reference(value):
        return False
    return is_chosen_password(value) if is_secret_name(name) else (len(value) >= 16 and looks_random(value))


def _named(name: str, value: str, start: int, *, chosen: bool = False) -> NamedSecret:
    random = looks_random(value) and len(value) >= 16 and not chosen
    return NamedSecret(name, Place.ASSIGNED, start, start + len(value), password=not random, random=random)
