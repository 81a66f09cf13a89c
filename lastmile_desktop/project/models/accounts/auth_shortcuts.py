"""Sign-ins made by hand and ways around them: passwords compared as they are, credentials in the code, identities that
the caller names, switches that turn the check off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Branch, Do, Leave, Outline, Step
from lastmile_desktop.project.models.crypto.uses import Scope

_FORM = r"form|values|data\b|input|state|this|props|errors?|body|req\b"
_HELD = rf"(?!{_FORM})[\w$]{{1,40}}[!?]?\.(?:password|passwd|pwd|passwordHash|password_hash|hashed_password|pass)\b"
_GIVEN = r"(?![\s'\"`]|null|undefined|None|true|false)[\w$.\[\]'\"!?]{1,80}"
_STORED = re.compile(
    rf"(?<![\w$.]){_HELD}\s*(?:===?|!==?)\s*{_GIVEN}"
    rf"|(?<![\w$.])(?:[\w$.]{{1,60}}?[pP]assword|pwd|pw)\s*(?:===?|!==?)\s*{_HELD}"
)
_CONFIRM = re.compile(
    r"(?i)confirm|repeat|again|retype|(?:new|old|current)_?password|password2|match|env\.|environ|settings\.|config\."
)
# What is compared was hashed before.
_HASHED = re.compile(
    r"(?i)[!=]==?\s*[\w$.]{0,60}(?:hash|digest|derived)|(?:hash|digest|derived)\w{0,20}\s*[!=]==?\s*(?!\w{0,20}password\b)"
)
_LITERAL = re.compile(
    r"(?<![\w$.])(?:[\w$]{1,40}[!?]?\.){0,3}(?:password|passwd|pwd|passcode|adminPassword|pin|pinCode|adminPin)"
    r"\s*={2,3}\s*(['\"])(?P<text>[^'\"\s]{3,60})\1",
    re.IGNORECASE,
)
_NOT_CREDENTIAL = re.compile(
    r"(?i)^(?:true|false|string|weak|strong|medium|hidden|visible|null|none|your-.*|required|invalid"
    # What some apps store where a password would be: that the account signs in elsewhere.
    r"|ldap|oauth2?|oidc|saml|sso|google|github|external|unusable|disabled|local)$"
)
_LITERAL_EMAIL = re.compile(
    r"(?<![\w$])[\w$]{1,40}[!?]?\.email\s*={2,3}\s*['\"][^'\"@\s]{1,60}@[^'\"\s]{3,60}['\"]"
)
_NAMES = r"x-(?:user|account|admin|auth)(?:[-_](?:id|email|role|name))?|x-(?:role|is-admin|uid)"
_HEADER = re.compile(rf"headers?\s*(?:\.get\(\s*|\??\.?\[\s*|\(\s*)['\"]({_NAMES})['\"]", re.IGNORECASE)
_CLAIMED = re.compile(
    r"(?<![\w$])(?:req|request|c\.req)\.(?:body|query|params|args|form|json)[\w$.?()]{0,20}?[.\[('\"]{1,2}"
    r"(?:role|is_?admin|admin|isSuperuser|is_staff)['\"\])]{0,3}\s*(?:={2,3}\s*['\"]?(?:admin|true|1|owner)|\)?\s*$|\s*&&)"
    r"|searchParams\.get\(\s*['\"](?:admin|is_?admin|role|debug_?auth|bypass)['\"]\s*\)\s*={2,3}\s*['\"](?:1|true|admin|yes)",
    re.IGNORECASE,
)
_COOKIE = re.compile(
    r"cookies(?:\(\))?\)?\s*(?:\.get\(\s*|\[\s*|\.)['\"]?(user_?id|userId|uid|role|is_?admin|isAdmin|user_?email|userEmail"
    r"|logged_?in|isLoggedIn|authenticated)['\"]?(?![\w(])"
)
_SWITCH = re.compile(
    r"(?:process\.env\.|Deno\.env\.get\(\s*['\"]|os\.(?:getenv\(|environ(?:\.get\(|\[))\s*['\"]?)((?:SKIP|DISABLE|BYPASS|NO)_?(?:AUTH|LOGIN)\w{0,20}|AUTH_(?:DISABLED|BYPASS|OFF))\b",
)
_NOT_PRODUCTION = re.compile(
    r"process\.env\.NODE_ENV\s*(?:!==?\s*['\"]production['\"]|===?\s*['\"]development['\"])|import\.meta\.env\.DEV\b"
)
_GUARD_NAME = re.compile(
    r"(?i)^(?:require|ensure|check|verify|is|protect|with)_?\w{0,20}(?:auth|login|logged|user|session|admin|signedin|authenticated)\w{0,12}$|^auth(?:enticate|orize|Middleware|Guard)?$|middleware$"
)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """`what` is `plain-password`, `literal-password`, `literal-email`, `trusted`, `cookie`, `switch`, `development`."""

    what: str
    line: int
    named: str


def shortcuts(outline: Outline, scope: Scope) -> Iterator[Shortcut]:
    """Every such place of one function, at most one a line."""
    seen: set[int] = set()
    for step, tests in scope.steps:
        for text, condition in _texts(step):
            if "=>" in text or "function" in text:
                continue
            found = _judge(text, condition, step, scope)
            if found is not None and found.line not in seen:
                seen.add(found.line)
                yield found
        if (
            isinstance(step, Leave)
            and tests
            and _GUARD_NAME.search(scope.function)
            and step.span.line not in seen
        ):
            switched = next(
                (test for test in tests[-1:] if _NOT_PRODUCTION.search(test) and test[:1] != "!"), None
            )
            if switched is not None and _lets_through(step) and not tests[-1].startswith("not ("):
                seen.add(step.span.line)
                yield Shortcut("development", step.span.line, scope.function)


def _texts(step: Step) -> Iterator[tuple[str, bool]]:
    """The step's own expressions; True for those that decide something."""
    match step:
        case Branch():
            yield step.test, True
        case Leave() if step.value is not None:
            yield step.value.text, True
        case Do() if step.value is not None:
            yield step.value.text, bool(re.search(r"[!=]==?|&&|\|\|", step.value.text))
        case _:
            pass


def _judge(text: str, decides: bool, step: Step, scope: Scope) -> Shortcut | None:
    line = step.span.line
    if decides and (found := _LITERAL.search(text)) is not None and not _NOT_CREDENTIAL.match(found["text"]):
        return Shortcut("literal-password", line, "password")
    if decides and _LITERAL_EMAIL.search(text) is not None:
        return Shortcut("literal-email", line, "email")
    stored = _STORED.search(text) if decides else None
    if stored is not None and not _CONFIRM.search(stored[0]) and not _HASHED.search(stored[0]):
        return Shortcut("plain-password", line, "password")
    header = _HEADER.search(text)
    if header is not None:
        return Shortcut("trusted", line, next(group for group in header.groups() if group))
    if decides and (claimed := _CLAIMED.search(text)) is not None:
        return Shortcut("trusted", line, re.sub(r"\s*[=!]=.*", "", claimed[0])[:60])
    cookie = _COOKIE.search(text)
    if cookie is not None:
        return Shortcut("cookie", line, cookie[1])
    if decides and (switch := _SWITCH.search(text)) is not None:
        return Shortcut("switch", line, switch[1])
    return None


def _lets_through(step: Leave) -> bool:
    """Whether leaving here means going on: `return next()`, `return true`, `return handler(req)`."""
    text = step.value.text if step.value is not None else ""
    calls = {link.name or call.root for call in step.calls for link in call.links}
    return (
        text in ("true", "True")
        or "next" in calls
        or bool(re.match(r"(?:await )?(?:handler|call_next|NextResponse\.next)\(", text))
    )
