"""Whether a text that stands where a key could stand is one: real-looking, a placeholder, or a reference."""

from __future__ import annotations

import re

from lastmile_desktop.core.redact import entropy

_PLACEHOLDER_WORDS = re.compile(
    r"(?i)x{4,}|\.{3}|…|\*{3,}|<[^>]{0,80}>|your|example|placeholder|change[_-]?(?:me|this|in)|dummy|fake|replace"
    r"|insert|redacted|sample|todo|fixme|foo_?bar|lorem|not[_-]?(?:a[_-]?)?(?:real|set|needed|used)|mock|paste|goes"
    r"|some[_-]?(?:secret|key|value|random)|my[_-]?(?:secret|key|token|password|super)|super[_-]?secret|secret[_-]?key"
    r"|random[_-]?(?:string|value|secret)|generate|openssl|1234567|abcdefg|abc123|qwerty|deadbeef|aaaaa|00000000"
    # Eby8…: the key of Microsoft's storage emulator, the same on every machine.
    r"|eby8vdm02xno|test[_-]?(?:key|secret|token|value)|(?:key|secret|token|password)[_-]?here|build[_-]?time|undefined|null"
)
# In a long random value a short word means nothing: only what nobody's generator makes is looked for.
_PLACEHOLDER_IN_KEY = re.compile(
    r"(?i)x{5,}|\.{3}|…|\*{3,}|<|your[_/-]|_your|yourkey|example|placeholder|changeme|dummy|replace|redacted"
    r"|123456789|abcdefgh|aaaaaaa|0000000|fake|mock_|notreal|insert|_here\b|-here\b|test_?key|sample|secretkey|abc123|123abc"
    r"|eby8vdm02xno"
)
_REFERENCE = re.compile(
    r"\$\{?[A-Za-z_(]|\{\{|\$\(|%[A-Z_]{2,60}%|#\{|@[A-Za-z]+\(|^(?:op|vault|ssm|doppler|secret)://|^ENC\["
)
_KEY_PREFIX = re.compile(
    r"^[A-Za-z]{1,12}(?:[_-](?:live|test|proj|ant|or|v1|api\d{2}|svcacct|admin|prod|secret|publishable))*[_-]"
)


_WORDS_AND_NUMBERS = re.compile(r"(?:[A-Za-z]{2,16}|\d{1,4})(?:[_.@-](?:[A-Za-z]{2,16}|v?\d{1,4}))+")


def is_reference(value: str) -> bool:
    """Whether the value only points at another: `${SECRET}`, `{{ vault }}`, `op://…`."""
    return bool(_REFERENCE.search(value[:400]))


def is_placeholder(value: str) -> bool:
    """Whether somebody wrote this to be replaced: `your-key-here`, `xxxx`, `changethis`."""
    return not value.strip() or bool(_PLACEHOLDER_WORDS.search(value[:400])) or len(set(value)) <= 3


def is_placeholder_key(value: str) -> bool:
    """The same for a value that has the shape of a provider's key, judged by what follows the prefix."""
    tail = _KEY_PREFIX.sub("", value)
    if _PLACEHOLDER_IN_KEY.search(value[:400]) or entropy(tail[:200]) < (2.2 if len(tail) < 20 else 2.8):
        return True
    mixed_case = tail != tail.lower() and tail != tail.upper()
    return not mixed_case and not any(char.isdigit() for char in tail)


def is_typed_key(value: str) -> bool:
    """Whether a run such as `abcdef` or `1234567` is all that tells this from a key that somebody's generator made."""
    tail = _KEY_PREFIX.sub("", value)
    rest, runs = _RUN_OF_SIGNS.subn("", value[:400])
    if not runs or _PLACEHOLDER_IN_KEY.search(rest) or len(tail) < 20 or entropy(tail[:200]) < 3.7:
        return False
    return any(char.isdigit() for char in tail) or (tail != tail.lower() and tail != tail.upper())


_RUN_OF_SIGNS = re.compile(r"(?i)0?123456789|abcdefgh|abc123|123abc")


def looks_random(value: str) -> bool:
    """Whether a generator made this: letters and digits mixed, with the bits a character that such values have."""
    if _WORDS_AND_NUMBERS.fullmatch(value):
        return False
    has_digit = any(char.isdigit() for char in value)
    has_letter = any(char.isalpha() for char in value)
    return has_digit and has_letter and entropy(value[:200]) >= _least_entropy(value)


_HEXADECIMAL = re.compile(r"[0-9a-f-]{16,}|[0-9A-F-]{16,}")


def _least_entropy(value: str) -> float:
    """Sixteen signs cannot carry what sixty can: 32 random hexadecimal digits have 3.2 to 3.8 bits each."""
    if _HEXADECIMAL.fullmatch(value):
        return 3.0 if len(value) >= 24 else 2.8
    return 3.5 if len(value) >= 20 else 3.1
