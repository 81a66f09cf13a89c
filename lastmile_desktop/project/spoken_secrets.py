"""Secret values that are known by the syntax around them: a login given to `curl`, an `Authorization` header, the
password of an ADO or JDBC string, the login of a registry, an option of a command, an element of XML."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from lastmile_desktop.project.named_secrets import NamedSecret, Place, is_chosen_password
from lastmile_desktop.project.secret_values import is_placeholder, is_reference, looks_random

_MOST = 2_000
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_FORM_TOKEN = re.compile(r"(?i)authenticity|csrf|xsrf|verification_?token")

_CURL_USER = re.compile(
    r"\bcurl\b(?:[^\n\\]|\\[^\n]|\\\n){0,600}?"
    r"\s(?:-u|--user|--proxy-user)[ =]{1,3}[\"']?(?P<user>[^\s\"':]{0,100})[\"']?:[\"']?"
    r"(?P<value>[^\s\"'\\]{0,200})"
)
_AUTHORIZATION = re.compile(
    r"(?i)\bauthorization[\"'`]?\]?\s{0,3}[:=,]\s{0,3}[\"'`]?\s{0,3}(?:(?P<scheme>[A-Za-z-]{2,16})\s{1,3})?"
    r"(?P<value>[A-Za-z0-9._~+/=:@!-]{10,500})(?=[\"'`\s\\,;]|$)"
)
_BEARER = re.compile(r"[\"'`]Bearer\s{1,2}(?P<value>[A-Za-z0-9._~+/=-]{20,500})[\"'`]")
_HEADER = re.compile(
    r"(?i)(?:-H|--header)[\s=]{0,3}[\"'](?:x-)?[a-z-]{0,30}(?:api-?key|token|secret|access-?key)\s?:\s{0,3}(?P<value>[^\s\"']{10,300})[\"']"
)
_QUERY = re.compile(
    r"(?i)[?&\s\"'](?:access_token|api_?key|api_?token|auth_token|client_secret|refresh_token)=(?P<value>[A-Za-z0-9_.~%+/-]{20,300})"
)
_DATABASE_STRING = re.compile(
    r"(?i)[;\"'\s](?:password|pwd)\s{0,2}=\s{0,2}(?P<value>[^;\"'\s<>{}()]{6,100})\s{0,2}[;\"']"
)
_STRING_HOST = re.compile(
    r"(?i)\b(?:server|data source|host|address|addr)\s{0,2}=\s{0,2}(?:tcp:)?(?P<host>[^;\"'\s,]{1,200})"
)
_LOCAL_HOST = re.compile(r"(?i)localhost|127\.|\.(?:$|\\)|\(local|[a-z0-9_-]{1,40}$")
_REGISTRY_LOGIN = re.compile(
    r"\\{0,3}\"auth\\{0,3}\"\s{0,3}:\s{0,3}\\{0,3}\"(?P<value>[A-Za-z0-9+/]{12,4000}={0,2})\\{0,3}\""
)
_NPM_LOGIN = re.compile(
    r"(?m):_(?:authToken|auth|password)\s?=\s{0,3}\"?(?P<value>[^\s\"$]{12,400})\"?\s{0,4}$"
)
_OPTION = re.compile(
    r"(?i)\s--[a-z-]{0,30}?(?:password|passwd|token|secret|api-?key|access-?key)"
    r"[ =]{1,3}[\"']?(?P<value>[^\s\"'`\\]{8,300})"
)
_ELEMENT = re.compile(
    r"(?i)<[a-z0-9_.:-]{0,40}(?:password|passwd|passphrase|pass|pwd|secret|token|api_?key)[a-z0-9_.:-]{0,20}(?:\s[^<>\n]{0,100})?>"
    r"\s{0,80}(?P<value>[^<>\s]{6,500})\s{0,80}</"
)
_NAMED_ELEMENT = re.compile(
    r"(?i)<[a-z]{1,20}\s[^<>\n]{0,60}?\b(?:name|key|id)=[\"'][\w.-]{0,60}(?:secret|passw(?:or)?d|token|key)[\"'][^<>\n]{0,60}>"
    r"\s{0,80}(?P<value>[A-Za-z0-9+/=_.-]{20,500})\s{0,80}</"
)
_SSHPASS = re.compile(
    r"\b(?:sshpass\s{1,4}-p\s{0,4}|PGPASSWORD=|MYSQL_PWD=)[\"']?(?P<value>[^\s\"'`\\]{6,200})"
)
_GIVEN_TO_STORE = re.compile(
    r"\bsecret\s{1,4}set\s{1,4}\S{1,80}\s{1,4}(?:--body|-b)[ =]{1,3}[\"']?(?P<value>[^\s\"'`\\]{8,500})"
)
_HASHED_LITERAL = re.compile(
    r"(?:\bbcrypt\w{0,4}\.hash(?:Sync|pw)?|\bargon2\.hash|make_password|generate_password_hash|\.set_password)"
    r"\(\s{0,9}b?[\"'](?P<value>[^\s\"'`]{6,100})[\"']"
)
_QUOTED_IN_SHELL = re.compile(
    r"\b(?:mysql|mysqldump|mariadb)\s[^\n|;]{0,200}?\s-p(?P<value>[^\s\"'`\\-][^\s\"'`\\]{5,200})"
)
_PAIRED = re.compile(
    r"(?i)\b(?:name|key)[\"']?\s{0,3}[=:]\s{0,3}[\"']?(?P<name>[\w.:-]{0,60}(?:secret|passw(?:or)?d|token|api_?key|access_?key)[\w.:-]{0,40})"
    r"[\"']?,?\s{1,40}[\"']?value[\"']?\s{0,3}[=:]\s{0,3}[\"']?(?P<value>[^\s\"'`,}]{8,500})"
)


def find_by_syntax(text: str) -> tuple[NamedSecret, ...]:
    """Every such value, in the order of its kind; two kinds may name the same place."""
    found: list[NamedSecret] = []
    for word, pattern, name, accepts in _KINDS:
        if word in text:
            found += _found(pattern, text, name, accepts)
    return tuple(found)


def _found(
    pattern: re.Pattern[str], text: str, name: str, accepts: Callable[[re.Match[str]], bool]
) -> Iterator[NamedSecret]:
    for count, match in enumerate(pattern.finditer(text)):
        if count >= _MOST:
            return
        group = "value" if match["value"] or "user" not in pattern.groupindex else "user"
        value = match[group]
        if not value or is_reference(value) or "{" in value or not accepts(match):
            continue
        random = looks_random(value) and pattern is not _HASHED_LITERAL
        yield NamedSecret(
            name=name,
            place=Place.ASSIGNED,
            start=match.start(group),
            end=match.end(group),
            password=not random,
            random=random and len(value) >= 16,
        )


def _is_login(match: re.Match[str]) -> bool:
    """A password after the user's name, or a token in the place of the name with nothing behind the colon."""
    value = match["value"] or match["user"]
    return not is_placeholder(value) and is_chosen_password(value)


def _is_login_value(match: re.Match[str]) -> bool:
    return not is_placeholder(match["value"]) and is_chosen_password(match["value"])


def _is_authorization(match: re.Match[str]) -> bool:
    if (match["scheme"] or "").lower() == "basic":
        return _is_encoded_login(match)
    return _is_token(match) or bool(_UUID.fullmatch(match["value"]))


def _is_encoded_login(match: re.Match[str]) -> bool:
    """Whether this is `user:password` in base64 with a password that is more than a sample's."""
    try:
        user, _, password = base64.b64decode(match["value"], validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return False
    if not password.isprintable() or not user.isprintable() or len(password) < 6:
        return False
    return not is_placeholder(password) and (is_chosen_password(password) or looks_random(password))


def _is_token(match: re.Match[str]) -> bool:
    value = match["value"]
    return len(value) >= 16 and looks_random(value) and not is_placeholder(value)


def _is_token_or_id(match: re.Match[str]) -> bool:
    if _FORM_TOKEN.search(match[0]):
        return False
    return _is_token(match) or bool(_UUID.fullmatch(match["value"]))


def _is_password(match: re.Match[str]) -> bool:
    if _UUID.fullmatch(match["value"]):
        return False
    return _is_token(match) or (is_chosen_password(match["value"]) and not is_placeholder(match["value"]))


def _is_database_password(match: re.Match[str]) -> bool:
    """Whether the string names a server that is not the founder's own machine."""
    text = match.string
    start = text.rfind("\n", max(0, match.start() - 400), match.start()) + 1
    host = _STRING_HOST.search(text, max(start, match.start() - 400), match.end() + 200)
    return host is not None and not _LOCAL_HOST.match(host["host"]) and _is_password(match)


_KINDS: tuple[tuple[str, re.Pattern[str], str, Callable[[re.Match[str]], bool]], ...] = (
    ("curl", _CURL_USER, "the login given to curl", _is_login),
    ("uthorization", _AUTHORIZATION, "the Authorization header", _is_authorization),
    ("Bearer ", _BEARER, "the bearer token", _is_token),
    ("-H", _HEADER, "a header", _is_token_or_id),
    ("--header", _HEADER, "a header", _is_token_or_id),
    ("=", _QUERY, "a key in an address", _is_token),
    (";", _DATABASE_STRING, "the password of a database", _is_database_password),
    ("auth", _REGISTRY_LOGIN, "the login of a registry", _is_encoded_login),
    (":_", _NPM_LOGIN, "the token of a registry", _is_token_or_id),
    (" --", _OPTION, "an option of a command", _is_token),
    ("</", _ELEMENT, "an XML element", _is_password),
    ("</", _NAMED_ELEMENT, "a named value", _is_token),
    ("secret set", _GIVEN_TO_STORE, "a secret given to a store", _is_token),
    ("hash", _HASHED_LITERAL, "a password in code", _is_login_value),
    ("set_password(", _HASHED_LITERAL, "a password in code", _is_login_value),
    ("make_password(", _HASHED_LITERAL, "a password in code", _is_login_value),
    ("sshpass", _SSHPASS, "the password of a command", _is_login_value),
    ("PGPASSWORD=", _SSHPASS, "the password of a command", _is_login_value),
    ("MYSQL_PWD=", _SSHPASS, "the password of a command", _is_login_value),
    (" -p", _QUOTED_IN_SHELL, "the password of a command", _is_login_value),
    ("value", _PAIRED, "a named value", _is_token_or_id),
)
