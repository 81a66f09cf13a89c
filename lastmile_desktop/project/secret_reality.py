"""Whether a text that has the shape of a key is one: no placeholder, none of documentation, no local database's."""

from __future__ import annotations

import hashlib
import re

from lastmile_desktop.project.secret_values import (
    is_placeholder,
    is_placeholder_key,
    is_reference,
    is_typed_key,
)

_LOCAL_HOST = re.compile(
    r"(?i)(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal|[a-z][a-z0-9_-]{0,40})"
)
_URL_PASSWORD = re.compile(r"://[^:/@]{0,200}:([^@/]{1,300})@([^/:?,\"'`]{1,200})")
_WEAK_PASSWORDS = frozenset(
    (
        "postgres",
        "password",
        "pass",
        "root",
        "admin",
        "mysql",
        "mongo",
        "redis",
        "guest",
        "user",
        "secret",
        "test",
    )
)
_EXAMPLE_HOST = re.compile(
    r"(?i)(?:example\.(?:com|org|net)|your.*|.*\.example(?:\.\w+)?|.*\.local(?:domain)?|x+\.?.*|<.*|\[.*)"
)
_TEMPLATE_PASSWORD = re.compile(
    r"(?i:\[?(?:your|my)?[-_ ]?(?:db[-_ ]?)?pass(?:word|wd)?\]?|\*+|x+|[%<\[].*)|[A-Z]{2,20}(?:_[A-Z]{2,20}){1,5}"
)


def is_real(shape: str, value: str, text: str, end: int) -> bool:
    """Whether a text with the shape of a key, which ends at `end`, is neither a placeholder nor only good on the
    founder's own machine."""
    if shape in ("connection-url", "address-with-password"):
        return not is_local_or_template_url(value)
    if shape == "private-key":
        return _has_key_body(text[end : end + 700])
    if shape == "slack-token" and value.endswith("-"):
        return False
    if shape == "aws-access-key":
        return "EXAMPLE" not in value and not is_placeholder_key(value)
    if shape in _EXACT and _is_part_of_run(text, end - len(value), end):
        return False
    if shape in _AFTER_A_SIGN and text[max(0, end - len(value) - 1) : end - len(value)] in ("-", ".", "/"):
        return False
    if shape == "google-api-key" and _digest(value) in _GOOGLES_EXAMPLES:
        return False
    if shape == "supabase-secret" and _digest(value) == _EVERY_LOCAL_SUPABASE:
        return False
    return not is_placeholder_key(value[-40:] if shape in _PADDED else value)


def _is_part_of_run(text: str, start: int, end: int) -> bool:
    """Whether the value is cut out of a longer signature or hash."""
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    return any(char.isalnum() or char in "_~-" for char in around)


def is_invented(shape: str, value: str) -> bool:
    """Whether this has every sign of such a key and is one that somebody typed: `glpat-aBcDeFgH…`."""
    if shape in ("connection-url", "address-with-password"):
        return is_example_host_with_password(value)
    if shape == "anthropic" and not (len(value) > 100 and value.endswith("AA")):
        return False
    return shape not in _NEVER_TYPED and is_typed_key(value)


_NEVER_TYPED = frozenset({"private-key", "aws-access-key", "openai", "openai-legacy"})


def _digest(value: str) -> str:
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


# These have one length: what goes on behind it is something else.
_EXACT = frozenset({"azure-client-secret", "google-api-key", "sendgrid"})
# Their beginning is a word that names of files and classes end with.
_AFTER_A_SIGN = frozenset({"infracost", "mandrill", "databento", "pulumi", "octopus", "appsync"})
# The key that Supabase gives every project on the developer's own machine.
_EVERY_LOCAL_SUPABASE = "f18779d6fda2"
# Keys of Google's own documentation and samples, by their digest.
_GOOGLES_EXAMPLES = frozenset(
    (
        "0c7b6ce21545",
        "1dc4fef3b100",
        "2205fc1d5614",
        "3184400d830a",
        "391e39f9fb76",
        "3d4c71978459",
        "4ee319889c07",
        "60e64b0b23dc",
        "7ed42b051c4d",
        "84a6d0e2f0bc",
        "8d0d4f07b98b",
        "92bcde4e105b",
        "991d14704a9a",
        "aaf285906cce",
        "c4e5f166ec42",
        "ca26814f2ae0",
    )
)
# Their makers fill the middle with runs of one letter.
_PADDED = frozenset({"azure-service-key", "fly-token", "aws-bedrock-key"})
_PEM_HEADER = re.compile(r"(?:Version|Comment|Proc-Type|DEK-Info): [^\n\\]{0,200}")
_OPENSSH_START = "b3BlbnNzaC1rZXktdjEA"


def _has_key_body(following: str) -> bool:
    """Whether the line that begins a private key is followed by key material rather than by prose or dots."""
    body = re.sub(r"\\n|\\r|[\s\"'+,]", "", _PEM_HEADER.sub("", following))
    run = re.match(r"[A-Za-z0-9+/=]{60,}", body)
    if run is None:
        return False
    # An OpenSSH key begins with runs of zeros, which read as a placeholder.
    return not is_placeholder_key(run[0][-60:] if run[0].startswith(_OPENSSH_START) else run[0])


def is_local_or_template_url(value: str) -> bool:
    """Whether a database address names the founder's own machine or a container, or is to be filled in."""
    match = _URL_PASSWORD.search(value)
    if match is None:
        return True
    password, host = match[1], match[2]
    if _LOCAL_HOST.fullmatch(host) or _EXAMPLE_HOST.fullmatch(host) or is_reference(value):
        return True
    user = value.partition("://")[2].partition(":")[0]
    weak = (
        password.lower() in _WEAK_PASSWORDS
        or password == user
        or _TEMPLATE_PASSWORD.fullmatch(password) is not None
    )
    return weak or is_placeholder(password)


def is_example_host_with_password(value: str) -> bool:
    """Whether the host of an address is one of documentation while its password is no word of one."""
    match = _URL_PASSWORD.search(value)
    if (
        match is None
        or is_reference(value)
        or is_placeholder(match[1])
        or _TEMPLATE_PASSWORD.fullmatch(match[1])
    ):
        return False
    letters, digits = any(c.isalpha() for c in match[1]), any(c.isdigit() for c in match[1])
    return letters and digits and len(match[1]) >= 8 and "example" in match[2].lower()
