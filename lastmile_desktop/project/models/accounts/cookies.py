"""Cookies that a server sets, and whether scripts or unencrypted connections can get at them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Attempt, Call, Do, Outline, Value
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.literals import (
    Bindings,
    bindings,
    is_false,
    is_open,
    keyword,
    line_of,
    spots,
)

_SIGNS_IN = re.compile(
    r"(?i)sess(?:ion)?(?:_?id|_?token)?\b|session|(?:^|[_.-])sid\b|token|jwt|auth|remember|logged|login|credential|refresh|^access$"
    r"|api[_-]?key|password|(?:^|[_-])user(?:_?id|name)?$|account|identity|passport"
)
_PREFERENCE = re.compile(
    r"(?i)theme|lang|locale|i18n|consent|banner|sidebar|visitor|variant|^ab[_-]|utm|referr?|csrf|xsrf|state|dismiss|seen|currency"
    r"|timezone|flash|layout|country|region|pkce|verifier|nonce|gclid|fbp|tour|onboard|anon|guest|view|redirect|return|token_?type"
    r"|expir|device|popup|cart|tracking|color|mode|font|collapsed|share|invit"
)
_CLEARED = re.compile(r"^(?:''|\"\"|``|None|null|undefined|0)$")
_ENVIRONMENT = re.compile(r"(?i)prod|env|https|secure|settings|config|dev|debug|ssl|tls|local|os\.|process")
_HEADER_COOKIE = re.compile(r"(?i)^[fF]?[`'\"]?([\w.-]+)=")
_SETTING = re.compile(r"(?:SESSION|REMEMBER|CSRF|JWT)_COOKIE_(HTTPONLY|SECURE)\b")
_NOT_LIVE = re.compile(r"(?i)(?:^|[/_.])(?:dev|development|local|test|testing|ci|base_?test)\w*\.py$")
_SETTERS = frozenset({"cookie", "setCookie", "set_cookie", "set_signed_cookie", "setSignedCookie"})


@dataclass(frozen=True, slots=True)
class WeakCookie:
    """`missing` are the protections it lacks (`HttpOnly`, `Secure`, `SameSite`); `stated` when the code says so
    itself instead of leaving them out. `kind` is `cookie`, `session` (a middleware's) or `header`."""

    name: str
    line: int
    missing: tuple[str, ...]
    stated: bool
    kind: str = "cookie"


def weak_cookies(outline: Outline, text: str) -> tuple[WeakCookie, ...]:
    """The cookies of one file that lack a protection they need."""
    if not mentions(text, ("cookie", "session")):
        return ()
    reader = _Reader(outline, bindings(outline), _session_names(outline))
    found = {(item.line, item.name): item for item in reader.read()}
    if outline.language == "python" and not _NOT_LIVE.search(outline.path):
        found |= {(item.line, item.name): item for item in _settings(outline, text)}
    return tuple(found[key] for key in sorted(found))


def _session_names(outline: Outline) -> frozenset[str]:
    """Local names of Express' session middleware."""
    modules = {"express-session", "@fastify/session", "cookie-session", "fastify-session"}
    names = {local for item in outline.imports if item.module in modules for local, _ in item.names}
    for step in outline.top:
        if isinstance(step, Do) and step.value is not None:
            names |= {
                target
                for target in step.targets
                for call in step.value.calls
                if call.root == "require" and call.args and call.args[0].literal in modules
            }
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class _Reader:
    outline: Outline
    bound: Bindings
    sessions: frozenset[str]

    def read(self) -> Iterator[WeakCookie]:
        python = self.outline.language == "python"
        for spot in spots(self.outline):
            for call in () if isinstance(spot.step, Attempt) else spot.step.calls:
                if python:
                    yield from self._python(call)
                else:
                    yield from self._script(call)
                yield from self._header(call)

    def _script(self, call: Call) -> Iterator[WeakCookie]:
        if call.root in self.sessions and len(call.links) == 1:
            yield from self._session(call, call.args[0] if call.args else None)
        elif call.callee.endswith("register") and len(call.args) == 2 and call.args[0].text in self.sessions:
            yield from self._session(call, call.args[1])
        given = self._name_value_options(call)
        if given is None:
            return
        name, value, options, start = given
        label = self._label(name)
        if not label or _CLEARED.match(value.text.strip()) or self._expires_now(options):
            return
        if options is not None and is_open(self.bound, options):
            return
        missing, stated = self._missing(options, "httpOnly", "secure", "sameSite")
        yield from _judged(label, value, start, missing, stated)

    def _name_value_options(self, call: Call) -> tuple[Value, Value, Value | None, int] | None:
        last = call.links[-1] if call.links else None
        if last is None or last.args is None:
            return None
        args, name = last.args, last.name or call.root
        in_browser = "document" in call.root or call.root in ("Cookies", "Cookie", "jsCookie")
        if name == "set" and "cookie" in call.callee.lower() and not in_browser:
            if len(args) == 1 and args[0].entries:
                entry = self.bound.entry(args[0], "name")
                value = self.bound.entry(args[0], "value")
                return None if entry is None or value is None else (entry, value, args[0], call.span.line)
        elif name in _SETTERS and not (name == "cookie" and not call.links[-1].name):
            if args and re.fullmatch(r"(?:c|ctx|context|event|h3Event|e)", args[0].text.strip()):
                args = args[1:]
        else:
            return None
        if len(args) < 2 or (name == "cookie" and call.root in ("expect", "request", "agent")):
            return None
        return args[0], args[1], args[2] if len(args) > 2 else None, call.span.line

    def _label(self, name: Value) -> str:
        resolved = self.bound.resolved(name) or name
        if resolved.literal is not None:
            return resolved.literal
        text = resolved.text.strip()
        return text if re.fullmatch(r"[A-Z][A-Z0-9_]*|[\w.]*[a-z_]*(?:COOKIE|Cookie)\w*", text) else ""

    def _missing(
        self, options: Value | None, only: str, secure: str, site: str
    ) -> tuple[tuple[str, ...], bool]:
        missing: list[str] = []
        stated = False
        for key, shown in ((only, "HttpOnly"), (secure, "Secure")):
            value = self.bound.entry(options, key) if options is not None else None
            if value is None:
                missing.append(shown)
            elif is_false(self.bound.resolved(value)):
                missing.append(shown)
                stated = True
        value = self.bound.entry(options, site) if options is not None else None
        if value is not None and (value.literal or "").lower() == "none":
            missing.append("SameSite")
            stated = stated or bool(missing)
        return tuple(missing), stated

    def _expires_now(self, options: Value | None) -> bool:
        age = self.bound.entry(options, "maxAge", "max_age") if options is not None else None
        expires = self.bound.entry(options, "expires") if options is not None else None
        return (age is not None and age.text.strip() in ("0", "-1")) or (
            expires is not None and "Date(0)" in expires.text.replace(" ", "")
        )

    def _session(self, call: Call, given: Value | None) -> Iterator[WeakCookie]:
        options = self.bound.resolved(given)
        if options is None or not options.entries:
            return
        cookie = self.bound.entry(options, "cookie")
        place = self.bound.resolved(cookie)
        holder = place if place is not None and place.entries else options
        if cookie is not None and (place is None or not place.entries):
            return
        secure, only = self.bound.entry(holder, "secure"), self.bound.entry(holder, "httpOnly")
        missing = [shown for value, shown in ((only, "HttpOnly"), (secure, "Secure")) if is_false(value)]
        if missing:
            line = line_of(secure if is_false(secure) else only, call)
            yield WeakCookie("session", line, tuple(missing), True, "session")
        elif secure is None and self._defaults_open(call) and not is_open(self.bound, holder):
            yield WeakCookie("session", call.span.line, ("Secure",), False, "session")

    def _defaults_open(self, call: Call) -> bool:
        """cookie-session decides by the connection; express-session leaves Secure out."""
        origin = next(
            (item.module for item in self.outline.imports for local, _ in item.names if local == call.root),
            "",
        )
        return origin != "cookie-session" and "cookieSession" not in call.root

    def _python(self, call: Call) -> Iterator[WeakCookie]:
        last = call.links[-1] if call.links else None
        if last is None or last.args is None:
            return
        args = last.args
        if last.name == "add_middleware" and args and args[0].text.endswith("SessionMiddleware"):
            secure = keyword(call, "https_only")
            if secure is None or is_false(secure):
                yield WeakCookie("session", line_of(secure, call), ("Secure",), secure is not None, "session")
            return
        if last.name not in _SETTERS or any(arg.text.startswith("**") for arg in args):
            return
        plain = [arg for arg in args if not arg.name]
        name = keyword(call, "key", "name") or (plain[0] if plain else None)
        value = keyword(call, "value") or (plain[1] if len(plain) > 1 else None)
        age = keyword(call, "max_age", "expires")
        if name is None or value is None or _CLEARED.match(value.text.strip()):
            return
        if age is not None and age.text.strip() == "0":
            return
        label = self._label(name)
        if not label:
            return
        missing: list[str] = []
        stated = False
        for key, shown in (("httponly", "HttpOnly"), ("secure", "Secure")):
            given = keyword(call, key)
            if given is None or is_false(self.bound.resolved(given)):
                missing.append(shown)
                stated = stated or given is not None
        yield from _judged(label, value, call.span.line, tuple(missing), stated)

    def _header(self, call: Call) -> Iterator[WeakCookie]:
        for link in call.links:
            args = link.args or ()
            if len(args) == 2 and (args[0].literal or "").lower() == "set-cookie":
                yield from self._written(args[1], line_of(args[0], call))
            for arg in args:
                headers = self.bound.entry(arg, "headers") or arg
                for key, value in headers.entries:
                    if key.strip("'\"").lower() == "set-cookie":
                        yield from self._written(value, line_of(value, call))

    def _written(self, value: Value, line: int) -> Iterator[WeakCookie]:
        """A cookie that is written out as a header."""
        text = value.text
        name = _HEADER_COOKIE.match(text.strip())
        if name is None or re.search(r"(?i)max-age=0\b|expires=Thu, 01 Jan 1970", text) or len(text) > 500:
            return
        attributes = text.partition(";")[2].lower()
        if "${" in attributes.replace("${token", "") and "httponly" not in attributes:
            return
        missing = tuple(flag for flag in ("HttpOnly", "Secure") if flag.lower() not in attributes)
        yield from _judged(name.group(1), value, line, missing, False, "header")


def _settings(outline: Outline, text: str) -> Iterator[WeakCookie]:
    """Settings that switch a protection off for every session, unless the same file switches it on elsewhere."""
    given = [
        (target, step.step.value, step.step.span.line)
        for step in spots(outline)
        if isinstance(step.step, Do)
        for target in step.step.targets
    ]
    given += [
        (arg.name, arg, line_of(arg, call))
        for spot in spots(outline)
        for call in (() if isinstance(spot.step, Attempt) else spot.step.calls)
        for arg in call.args
        if call.callee.endswith(("config.update", "config.from_mapping"))
    ]
    given += [
        (name, value, span.line)
        for item in outline.classes
        if not re.search(r"(?i)dev|test|local", item.name)
        for name, value, span in item.attributes
    ]
    for name, value, line in given:
        match = _SETTING.search(name)
        if match is None or not is_false(value):
            continue
        if name.startswith("CSRF") and match.group(1) == "HTTPONLY":
            continue
        if re.search(rf"{match.group(0)}['\"\]]*\s*=\s*(?:True|not\b|\w*(?:PROD|prod|env|config))", text):
            continue
        flag = "HttpOnly" if match.group(1) == "HTTPONLY" else "Secure"
        yield WeakCookie(
            "session" if not name.startswith("CSRF") else "csrftoken", line, (flag,), True, "session"
        )


def _judged(
    label: str, value: Value, line: int, missing: tuple[str, ...], stated: bool, kind: str = "cookie"
) -> Iterator[WeakCookie]:
    """A cookie is worth a word when it says who somebody is and lacks what keeps it from scripts or eavesdroppers."""
    if not {"HttpOnly", "Secure"} & set(missing):
        return
    if _PREFERENCE.search(label) and not re.search(
        r"(?i)session_?(?:id|token)|auth_?token|access_?token|jwt", label
    ):
        return
    signs_in = _SIGNS_IN.search(label) is not None or _SIGNS_IN.search(value.text[:80]) is not None
    if signs_in or stated:
        yield WeakCookie(label, line, missing, stated, kind)


_KEEPS_WORDS = ("session", "cookie", "flask", "-auth", "supabase/ssr", "credentials")
_KEEPS = re.compile(
    r"express-session|cookie-session|@fastify/session|connect-pg-simple|passport\.session|iron-session|SessionMiddleware|flask_login|flask-login"
    r"|(?<![\w.])session\[['\"]|\.set_cookie\(|\bres(?:ponse)?\.cookie\(|reply\.setCookie\(|cookies\(\)|next-auth|better-auth|@supabase/ssr"
    r"|django\.contrib\.sessions|request\.cookies|req\.cookies|req\.session\b|credentials:\s*['\"]include|withCredentials"
)


def keeps_visitors(text: str) -> bool:
    """Whether this code knows visitors by a cookie that browsers send by themselves."""
    return mentions(text, _KEEPS_WORDS) and _KEEPS.search(text) is not None
