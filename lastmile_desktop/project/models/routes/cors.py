"""Which other websites a server lets read its answers, as the code of one file says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.project.code.outline import Attempt, Call, Do, Function, Outline, Value
from lastmile_desktop.project.models.literals import (
    Bindings,
    Spot,
    bindings,
    is_true,
    keyword,
    line_of,
    spots,
    values_in,
)

_MENTIONS = re.compile(r"(?i)cors|access-control-allow-origin|cross_origin")
_ORIGIN_HEADER = re.compile(
    r"(?i)\b(?:headers?|get|header|META|environ)\b[\s\S]{0,12}[\[(.'\"]\s*['\"]?(?:HTTP_)?(?:origin|referer)\b"
    r"|(?:query|body|args|params|GET)\b\s*\??[.\[(]\s*(?:get\()?['\"]?\w*origin"
)
_CHECKED = re.compile(
    r"(?i)\.(?:includes|has|indexOf|some|find|test|match|fullmatch|search|endsWith|startsWith)\("
    r"|(?<![=!<>])[=!]==?\s*['\"`]\w|\b(?:not\s+)?in\s+[A-Za-z_\[({]\w*|allow(?:ed)?_?(?:list|origins?|hosts?|domains?)|white_?list|trusted|is_?allowed"
)
_ASKS = re.compile(r"\bif\b[^\n]{0,80}\b\w+\(\s*(?:\w+\s*,\s*)?\w*[oO]rigin\b")
_HEADER_NAME = re.compile(r"(?i)access-control-allow-origin")
_WEAK = re.compile(
    r"\b(?!allow|trusted|white)(?:\w*[oO]rigin)(?:Header|Host|Url)?!?\??\.(?:(?:includes|indexOf)\(\s*(?P<part>['\"`][^'\"`]+['\"`]|\w+\s*\))"
    r"|endsWith\(\s*['\"`](?P<tail>[\w-][\w.-]*)['\"`]|endswith\(\s*['\"](?P<tail2>[\w-][\w.-]*)['\"]"
    r"|(?:startsWith|startswith)\(\s*['\"`](?P<head>https?://[\w.-]*[a-z])['\"`])"
)
_PYTHON_IN = re.compile(r"['\"](?P<part>[\w.-]+\.[\w.-]+)['\"]\s+in\s+\w*origin\b(?!s)")
_STAR_DEFAULT = re.compile(
    r"(?i)(?:getenv|environ\.get|process\.env\S*|config|env\.\w+)[\s\S]{0,60}(?:,|\|\||\?\?|default\s*=)\s*\[?['\"]\*['\"]"
)
_ANY_PATTERN = re.compile(r"^r?['\"/]\^?(?:https?\??:?/?/?)?\(?\.[*+]\)?\$?['\"/]\w*$")
_ALWAYS = re.compile(r"\(\s*null\s*,\s*(?:true|origin|\w+)\s*\)")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")


class Openness(StrEnum):
    """`REFLECT` repeats whatever site asks, `STAR` answers every site without its cookies, `WEAK` compares with a
    part of the address only, `DEFAULT` opens to every site when a setting is missing."""

    REFLECT = "reflect"
    STAR = "star"
    WEAK = "weak"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Opening:
    openness: Openness
    line: int
    credentials: bool
    detail: str = ""


def openings(outline: Outline, text: str) -> tuple[Opening, ...]:
    """Every place of a file that opens answers to websites nobody listed."""
    if not _MENTIONS.search(text):
        return ()
    reader = _Reader(outline, text.split("\n"), bindings(outline))
    found: dict[int, Opening] = {}
    for opening in reader.read():
        known = found.get(opening.line)
        if known is None or (opening.credentials and not known.credentials):
            found[opening.line] = opening
    return tuple(found[line] for line in sorted(found))


@dataclass(frozen=True, slots=True)
class _Reader:
    outline: Outline
    lines: list[str]
    bound: Bindings

    def read(self) -> Iterator[Opening]:
        for spot in spots(self.outline):
            calls = () if isinstance(spot.step, Attempt) else spot.step.calls
            for call in calls:
                yield from self._middleware(call)
                yield from self._header_call(call, spot)
            if isinstance(spot.step, Do):
                yield from self._assigned(spot.step, spot)
            value = getattr(spot.step, "value", None)
            for holder in (*(arg for call in calls for link in call.links for arg in link.args or ()), value):
                if isinstance(holder, Value):
                    yield from self._header_objects(holder, spot)
        for function in self.outline.functions:
            for call in function.decorators:
                yield from self._middleware(call)

    def _middleware(self, call: Call) -> Iterator[Opening]:
        written = (call.links[-1].name or call.root) if call.links else call.root
        name = written.lower()
        if self.outline.language == "python":
            if written != "cors":
                yield from self._python(call, name)
            return
        if name == "register" and len(call.args) > 1 and "cors" in call.args[0].text.lower():
            yield from self._options(call, call.args[1])
        elif (
            name == "cors" or name.endswith(("enablecors", ".cors")) or name in ("expresscors", "fastifycors")
        ):
            yield from self._options(call, call.args[0] if call.args else None)
        for arg in call.args:
            inner = self.bound.entry(arg, "cors")
            if inner is not None and name != "cors":
                yield from self._options(call, inner)

    def _options(self, call: Call, given: Value | None) -> Iterator[Opening]:
        options = self.bound.resolved(given)
        if options is None or is_true(options) or options.text.strip() == "{}":
            yield Opening(Openness.STAR, line_of(given, call), False, "cors")
            return
        if options.function or not options.entries:
            return
        credentials = is_true(self.bound.entry(options, "credentials"))
        origin = self.bound.entry(options, "origin")
        if origin is None:
            if not any(key == "..." for key, _ in options.entries):
                yield Opening(Openness.STAR, call.span.line, credentials, "cors")
            return
        yield from self._origin(origin, line_of(origin, call), credentials)

    def _origin(self, origin: Value, line: int, credentials: bool) -> Iterator[Opening]:
        value = self.bound.resolved(origin) or origin
        stars = [item for item in (value, *value.items) if item.literal == "*"]
        if stars:
            yield Opening(Openness.STAR, line, credentials, "cors")
        elif is_true(value) or _ANY_PATTERN.match(value.text.strip()):
            yield Opening(Openness.REFLECT, line, credentials)
        elif _STAR_DEFAULT.search(value.text):
            yield Opening(Openness.DEFAULT, line, credentials, "star")
        else:
            function = self._function(value)
            if function is not None:
                yield from self._decides(function, line, credentials)

    def _function(self, value: Value) -> Function | None:
        name = value.function or (value.text.strip() if _NAME.fullmatch(value.text.strip()) else "")
        return self.outline.function(name) if name else None

    def _decides(self, function: Function, line: int, credentials: bool) -> Iterator[Opening]:
        """A function that is asked for each origin."""
        code = self._code(function)
        weak = _weak(code)
        if weak:
            yield Opening(Openness.WEAK, weak[0] + function.span.line, credentials, weak[1])
        elif not _CHECKED.search(code) and (
            _ALWAYS.search(code) or re.search(r"(?:=>|return)\s*\(?\s*origin\b", code)
        ):
            yield Opening(Openness.REFLECT, line, credentials)

    def _python(self, call: Call, name: str) -> Iterator[Opening]:
        if any(arg.text.strip().endswith("CORSMiddleware") for arg in call.args) or name == "corsmiddleware":
            credentials = is_true(keyword(call, "allow_credentials"))
            pattern = keyword(call, "allow_origin_regex")
            if pattern is not None and _ANY_PATTERN.match(pattern.text.strip()):
                yield Opening(Openness.REFLECT, line_of(pattern, call), credentials)
                return
            origins = keyword(call, "allow_origins")
            if origins is not None:
                for opening in self._origin(origins, line_of(origins, call), credentials):
                    yield _reflecting(opening)
        elif name in ("cors", "cross_origin", "init_app") and (
            name != "init_app" or "cors" in call.root.lower()
        ):
            credentials = is_true(keyword(call, "supports_credentials"))
            resources = self.bound.resolved(keyword(call, "resources"))
            inner = [value for _, value in resources.entries] if resources is not None else []
            origins = keyword(call, "origins", "origin") or next(
                (found for value in inner if (found := self.bound.entry(value, "origins")) is not None), None
            )
            credentials = credentials or any(
                is_true(self.bound.entry(value, "supports_credentials")) for value in inner
            )
            if origins is None:
                yield _reflecting(Opening(Openness.STAR, call.span.line, credentials, "cors"))
                return
            for opening in self._origin(origins, line_of(origins, call), credentials):
                yield _reflecting(opening)

    def _header_call(self, call: Call, spot: Spot) -> Iterator[Opening]:
        for link in call.links:
            args = link.args or ()
            if len(args) == 2 and (args[0].literal or "").lower() == "access-control-allow-origin":
                yield from self._header(args[1], line_of(args[0], call), spot)

    def _header_objects(self, holder: Value, spot: Spot) -> Iterator[Opening]:
        for value in values_in(holder):
            for key, entry in value.entries:
                if key.strip("'\"").lower() == "access-control-allow-origin":
                    line = entry.span.line if entry.span else spot.step.span.line
                    yield from self._header(entry, line, spot, value)
            key = value.entry("key")
            entry = value.entry("value")
            if (
                key is not None
                and entry is not None
                and (key.literal or "").lower() == "access-control-allow-origin"
            ):
                line = entry.span.line if entry.span else spot.step.span.line
                yield from self._header(entry, line, spot, holder)

    def _assigned(self, step: Do, spot: Spot) -> Iterator[Opening]:
        if step.value is None:
            return
        for target in step.targets:
            if re.search(r"(?i)\[['\"]access-control-allow-origin['\"]\]$", target):
                yield from self._header(step.value, step.span.line, spot)
            elif target in ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL") and is_true(step.value):
                credentials = is_true(self.bound.values.get("CORS_ALLOW_CREDENTIALS"))
                yield _reflecting(Opening(Openness.STAR, step.span.line, credentials, "cors"))

    def _header(self, value: Value, line: int, spot: Spot, beside: Value | None = None) -> Iterator[Opening]:
        code = self._code(spot.function) if spot.function else "\n".join(self.lines)
        around = f"{code}\n{beside.text if beside else ''}"
        credentials = re.search(
            r"(?i)access-control-allow-credentials['\"\]]*\s*[,:=]\s*(?:value\s*:\s*)?['\"]?true", around
        )
        resolved = self.bound.resolved(value) or value
        if value.literal == "*" or resolved.literal == "*":
            yield Opening(Openness.STAR, line, credentials is not None, "header")
            return
        if _STAR_DEFAULT.search(value.text) and not _ORIGIN_HEADER.search(value.text):
            yield Opening(Openness.DEFAULT, line, credentials is not None, "star")
            return
        if spot.function is None or not self._from_caller(value, spot.function):
            return
        weak = _weak(code)
        if weak:
            yield Opening(Openness.WEAK, weak[0] + spot.function.span.line, credentials is not None, weak[1])
        elif not _is_checked(f"{value.text}\n{code}"):
            yield Opening(Openness.REFLECT, line, credentials is not None)

    def _from_caller(self, value: Value, function: Function) -> bool:
        """Whether a header repeats what the caller sent."""
        if _ORIGIN_HEADER.search(value.text):
            return True
        name = _NAME.match(value.text.strip())
        if name is None:
            return False
        code = self._code(function)
        made = re.search(
            rf"(?<![\w.]){re.escape(name.group(0))}\s*(?::[^=\n]{{1,60}})?=(?!=)([^\n]{{1,200}})", code
        )
        return made is not None and _ORIGIN_HEADER.search(made.group(1)) is not None

    def _code(self, function: Function) -> str:
        return "\n".join(self.lines[function.span.line - 1 : function.span.line_end])


def _is_checked(code: str) -> bool:
    """Whether some line compares the origin with something, or asks a function about it."""
    for line in code.split("\n"):
        about = _HEADER_NAME.sub("", line)
        if "origin" in about.lower() and (_CHECKED.search(about) or _ASKS.search(about)):
            return True
    return False


def _weak(code: str) -> tuple[int, str] | None:
    """The line (from the start of this code) of a comparison that look-alike addresses pass."""
    for match in (*_WEAK.finditer(code), *_PYTHON_IN.finditer(code)):
        part = next((text for text in match.groupdict().values() if text), "")
        if (
            "localhost" in part
            or "127.0.0.1" in part
            or part.strip("'\"`") in ("*", "null", "http", "https://")
        ):
            continue
        return code.count("\n", 0, match.start()), part.strip("'\"`) ")
    return None


def _reflecting(opening: Opening) -> Opening:
    """In Python's libraries `*` with credentials repeats the site that asks."""
    if opening.openness is Openness.STAR and opening.credentials:
        return Opening(Openness.REFLECT, opening.line, True, "star")
    return opening
