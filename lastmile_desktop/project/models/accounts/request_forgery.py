"""Protection against requests that other websites make in a visitor's name: where it is switched off, or missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Attempt, Call, ClassDef, Do, Function, Outline
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.literals import Bindings, bindings, is_false, spots

_WORDS = (
    "csrf", "allowedorigins", "trustedorigins", "sessionmiddleware", "samesite", "checkorigin", "request.form",
    "createstart(", "flask(",
)  # fmt: skip
_CALLED_BY_MACHINES = re.compile(
    r"(?i)web_?hook|callback|(?:^|_)(?:ipn|hook|notify|notification|postback|ping|health|cron|graphql|stripe|paypal|github|slack|twilio|telegram|token)|web_?authn|passkey|fido|_api(?:_|$)|^api_"
)
_PROVES = re.compile(
    r"(?i)signature|hmac|compare_digest|authorization|bearer|api_?key|x-hub|construct_event|verify_\w*(?:sign|token|webhook|request)|token_required|require_token|jwt"
)
_API_VIEW = re.compile(
    r"APIView|ViewSet|GenericAPI|GraphQLView|WebhookView|SpectacularAPI|(?:^|\.)api_view$|authenticate_api|authorize"
)
_READS_ONLY = re.compile(r"require_(?:GET|safe)\b|(?:^|\.)cors\w*$")
_READS = re.compile(r"(?i)search|list|(?:^|_)(?:get|show|fetch|docs|status|health)(?:_|$)")
_TEST = re.compile(r"(?i)test|dev(?:elopment)?\b")
_PROTECTS = re.compile(
    r"(?i)csrf(?!_?exempt|[^\n]{0,12}False)|xsrf|lusca|double.?submit|sec-fetch-site|SeaSurf|FlaskForm|headers?(?:\.|\[|\()[^\n]{0,12}origin['\"\])]?[^\n]{0,40}[!=]=="
)


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """`how` is one of exempt, setting, form, enforce, middleware, any-origin, start, methods."""

    how: str
    line: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Forgery:
    """What one file says about it. `protects` when it mentions any protection; `app` is where a Flask application is
    made, `forms` the first line that reads a posted form, `cookies_everywhere` where a session is sent along with
    requests of other sites (`SameSite=None`)."""

    off: tuple[SwitchedOff, ...] = ()
    protects: bool = False
    app: int = 0
    forms: int = 0
    cookies_everywhere: int = 0


def forgery(outline: Outline, text: str) -> Forgery:
    """Reads one file."""
    if not mentions(text, _WORDS):
        return Forgery()
    reader = _Reader(outline, text, text.split("\n"), bindings(outline))
    return Forgery(
        tuple(dict.fromkeys(reader.off())),
        _PROTECTS.search(text) is not None,
        _first_line(text, r"(?<![\w.])(?:flask\.)?Flask\(") if outline.language == "python" else 0,
        _first_line(text, r"\brequest\.form\b") if outline.language == "python" else 0,
        _first_line(text, r"(?i)same_?site['\"]?\s*[:=]\s*['\"]none['\"]"),
    )


def _first_line(text: str, pattern: str) -> int:
    match = re.search(pattern, text)
    return line_at(text, match.start()) if match else 0


@dataclass(frozen=True, slots=True)
class _Reader:
    outline: Outline
    text: str
    lines: list[str]
    bound: Bindings

    def off(self) -> Iterator[SwitchedOff]:
        if self.outline.language == "python":
            yield from self._exempt_functions()
            yield from self._classes()
            yield from self._python_settings()
        else:
            yield from self._script_settings()

    def _exempt_functions(self) -> Iterator[SwitchedOff]:
        for function in self.outline.functions:
            names = [call.callee for call in function.decorators]
            exempt = next((call for call in function.decorators if _is_exempt(call)), None)
            if exempt is not None and not self._machines(function.name, function, names):
                yield SwitchedOff("exempt", exempt.span.line, function.name.rpartition(".")[2])
            if (
                function.name.endswith(".enforce_csrf")
                and len(function.body) <= 1
                and "super" not in self._code(function)
            ):
                yield SwitchedOff("enforce", function.span.line, function.name.partition(".")[0])

    def _machines(self, name: str, function: Function, names: list[str]) -> bool:
        """Whether a view is called by machines that carry their own proof, or changes nothing."""
        plain = name.rpartition(".")[2]
        if _CALLED_BY_MACHINES.search(plain) or _READS.search(plain) or _PROVES.search(self._code(function)):
            return True
        return any(
            _API_VIEW.search(item) or _READS_ONLY.search(item) or _PROVES.search(item) for item in names
        )

    def _code(self, function: Function) -> str:
        return "\n".join(self.lines[function.span.line - 1 : function.span.line_end])

    def _classes(self) -> Iterator[SwitchedOff]:
        for item in self.outline.classes:
            exempt = next((call for call in item.decorators if _is_exempt(call)), None)
            code = "\n".join(self.lines[item.span.line - 1 : item.span.line_end])
            machines = (
                _CALLED_BY_MACHINES.search(item.name)
                or _API_VIEW.search(" ".join(item.bases))
                or _PROVES.search(code)
            )
            if exempt is not None and not machines:
                yield SwitchedOff("exempt", exempt.span.line, item.name)
            if not _TEST.search(item.name):
                yield from self._attributes(item)

    def _attributes(self, item: ClassDef) -> Iterator[SwitchedOff]:
        for name, value, span in item.attributes:
            if name in ("WTF_CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT") and is_false(value):
                yield SwitchedOff("setting", span.line, name)
            if name == "csrf" and item.name.endswith("Meta") and is_false(value):
                yield SwitchedOff("form", span.line, item.name)

    def _python_settings(self) -> Iterator[SwitchedOff]:
        for spot in spots(self.outline):
            if isinstance(spot.step, Do) and spot.step.value is not None:
                yield from self._assigned(spot.step, spot.function)
            for call in () if isinstance(spot.step, Attempt) else spot.step.calls:
                if call.callee.endswith(("config.update", "config.from_mapping")):
                    testing = any(arg.name == "TESTING" and arg.text.strip() == "True" for arg in call.args)
                    for arg in call.args:
                        if arg.name == "WTF_CSRF_ENABLED" and is_false(arg) and not testing:
                            line = arg.span.line if arg.span else call.span.line
                            yield SwitchedOff("setting", line, arg.name)
                if _is_exempt(call) and call.args and spot.function is None and "path" not in call.callee:
                    name = call.args[0].text.strip()
                    if (
                        not _CALLED_BY_MACHINES.search(name)
                        and not _API_VIEW.search(name)
                        and "as_view" not in name
                    ):
                        function = self.outline.function(name)
                        if function is not None and not self._machines(name, function, []):
                            yield SwitchedOff("exempt", call.span.line, name)

    def _assigned(self, step: Do, function: Function | None) -> Iterator[SwitchedOff]:
        for target in step.targets:
            setting = re.search(r"WTF_CSRF_(?:ENABLED|CHECK_DEFAULT)\b", target)
            if setting and is_false(step.value) and not _TEST.search(function.name if function else ""):
                yield SwitchedOff("setting", step.span.line, "WTF_CSRF_ENABLED")
            if target == "MIDDLEWARE" and step.value is not None:
                listed = [item.literal or "" for item in step.value.items]
                sessions = any("SessionMiddleware" in item for item in listed)
                if sessions and not any("csrf" in item.lower() for item in listed):
                    yield SwitchedOff("middleware", step.span.line, "CsrfViewMiddleware")

    def _script_settings(self) -> Iterator[SwitchedOff]:
        for match in re.finditer(r"checkOrigin\s*:\s*false", self.text):
            yield SwitchedOff("any-origin", self._line(match.start()), "checkOrigin")
        for match in re.finditer(
            r"(?:allowedOrigins|trustedOrigins)\s*:\s*\[\s*['\"`](?:\*{1,2}|https?://\*{1,2})['\"`]",
            self.text,
        ):
            yield SwitchedOff("any-origin", self._line(match.start()), match.group(0).split(":")[0].strip())
        for match in re.finditer(
            r"ignoreMethods\s*:\s*\[[^\]]{0,120}['\"](?:POST|PUT|DELETE|PATCH)['\"]", self.text
        ):
            yield SwitchedOff("methods", self._line(match.start()), "ignoreMethods")
        if (
            re.search(r"(?:^|/)src/start\.[tj]sx?$", self.outline.path)
            and "createCsrfMiddleware" not in self.text
        ):
            match = re.search(r"\bcreateStart\(", self.text)
            if match and "@tanstack/" in self.text:
                yield SwitchedOff("start", self._line(match.start()), "createStart")

    def _line(self, position: int) -> int:
        return line_at(self.text, position)


def _is_exempt(call: Call) -> bool:
    name = call.callee
    if name.endswith("method_decorator"):
        return any(arg.text.strip().endswith("csrf_exempt") for arg in call.args)
    return name.endswith("csrf_exempt") or re.search(r"(?:^|\.)csrf\.exempt$", name) is not None
