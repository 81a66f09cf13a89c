"""How a file behaves when another company says no: tries again, too often or too fast, or trusts its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Attempt,
    Call,
    Function,
    Loop,
    Outline,
    Step,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.calls.effects import Doing, called_name, doing_of
from lastmile_desktop.project.models.queries.loop_bounds import is_short
from lastmile_desktop.project.models.routes.model import EffectKind

OUTSIDE = frozenset({EffectKind.LLM, EffectKind.OUTBOUND, EffectKind.EMAIL, EffectKind.PAYMENT})
_RETRY = re.compile(r"attempt|retr(?:y|ies)|\btries\b|^\(?(?:true|True|1)\)?$", re.IGNORECASE)
_MOST = re.compile(
    r"<(?P<with>=)?\s{0,3}(?:(?P<number>\d)\b|(?P<name>[A-Za-z_]\w{0,40})\s{0,3}(?:;|&&|\)|\band\b|$))"
)
_FOR_EVER = re.compile(r"^\(?(?:true|True|1|;;)\)?$")
_POLLS = re.compile(r"poll|wait|status|stream|consume|listen|worker|loop|progress|cursor|page", re.IGNORECASE)
# A loop that asks how far something is does not try again what failed.
IS_POLLED = re.compile(
    r"/status\b|\bpolling\b|\bCOMPLETED\b|\bIN_PROGRESS\b|['\"](?:succeeded|processing|completed|in_progress|queued)['\"]",
    re.IGNORECASE,
)
_PAUSE = re.compile(r"sleep|delay|wait|setTimeout|backoff|pause", re.IGNORECASE)
_GROWS = re.compile(
    r"\*\*|Math\.pow|\*=\s{0,3}2|<<|backoff|exponential|(?:delays?|waits?|pauses?)\[|"
    r"(?:attempt|retry|retries|\bi|tries)\s{0,3}(?:\+\s{0,3}1\)?\s{0,3})?\*|\*\s{0,3}\(?\s{0,3}(?:attempt|retry|i\b|tries)",
    re.IGNORECASE,
)
_CHOOSES = re.compile(
    r"status|\.error\b|retryable|isRetr|RateLimit|Timeout|code\b|\b429\b|\b5\d\d\b", re.IGNORECASE
)
_COUNTS = re.compile(r"retr|attempt|count|tries|depth|\bn\b|left|remaining", re.IGNORECASE)
_ONCE = re.compile(r"idempoten", re.IGNORECASE)
_TOGETHER = re.compile(r"(?:^|\.)(?:Promise\.(?:all|allSettled)|gather)$")
_BOUNDED = re.compile(
    r"slice\(|chunk|batch|limit|Semaphore|\.splice\(|paginat|\[:\s{0,3}\d|islice|concurrency", re.IGNORECASE
)
_PARSES = frozenset({"JSON.parse", "json.loads"})
_MODEL_TEXT = re.compile(
    r"content|choices|completion|response|output|message|\btext\b|result|\bjson\w*\b|clean|match",
    re.IGNORECASE,
)
_SCHEMA = re.compile(
    r"safeParse|(?<!JSON)\.parse\(|validate|schema|zod|pydantic|isValid|Array\.isArray|typeof ",
    re.IGNORECASE,
)
_RATE = re.compile(r"\b429\b|\b402\b|rate.?limit|RateLimit|quota|overloaded|too many", re.IGNORECASE)


# The lines of one order, and addresses that customers gave, each on a host of its own.
_OF_A_LIST = re.compile(r"\.(?:map|filter|forEach|flatMap|reduce|some|every|find)$")
# Those of all people who run the place.
_STAFF = re.compile(r"(?i)has_?permission|is_?admin|\badmins?\b|\.role\b")
_FEW_LINES = re.compile(r"(?i)(?:cart|line|order|session)_?\.?items$|lineItems|\bitems$")
_ELSEWHERE = re.compile(r"fetch\(\s*\w{1,40}\.(?:url|endpoint|target_url|webhook_url|address)\b")


@dataclass(frozen=True, slots=True)
class RetryFault:
    """`rule` names what is wrong with a call to another company at `line`; `subject` is the call."""

    rule: str
    path: str
    line: int
    function: str
    subject: str
    confidence: float


@dataclass(frozen=True, slots=True)
class FileRetries:
    """`good` are lines where a failed call is tried again as it should be; `asks_model` the first line that asks an AI
    model, `hears_limits` whether the file knows of "too many requests"."""

    faults: tuple[RetryFault, ...] = ()
    good: tuple[int, ...] = ()
    asks_model: int = 0
    hears_limits: bool = False


def read(outline: Outline, text: str) -> FileRetries:
    """The behaviour of one file."""
    lines = text.split("\n")
    faults: list[RetryFault] = []
    good: list[int] = []
    asks = 0
    for function in outline.functions:
        body = "\n".join(lines[function.span.line - 1 : function.span.line_end])
        reader = _Reader(outline, function, body, lines)
        for step in steps_within(function.body):
            if isinstance(step, Loop):
                found = tuple(reader.loop(step))
                faults += found
                if not found and reader.is_good(step):
                    good.append(step.span.line)
            if isinstance(step, Attempt):
                faults += reader.recursion(step)
            else:
                for call in step.calls:
                    faults += reader.together(call)
                    faults += reader.parsed(call)
                    doing = doing_of(call, outline.path, outline.language)
                    if not asks and doing is not None and doing.kind is EffectKind.LLM:
                        asks = call.span.line
    return FileRetries(tuple(faults), tuple(good), asks, _RATE.search(text) is not None)


class _Reader:
    """Reads one function."""

    def __init__(self, outline: Outline, function: Function, body: str, lines: list[str]) -> None:
        self._outline = outline
        self._function = function
        self._body = body
        self._lines = lines

    def loop(self, step: Loop) -> Iterator[RetryFault]:
        """What is wrong with a loop that tries again."""
        doing = self._retried(step)
        if doing is None:
            return
        text = self._text(step)
        pauses = _PAUSE.search(text) is not None
        if not self._tries_once_more(step) and (not pauses or not _GROWS.search(text)):
            yield self._fault("retry-no-backoff", step.span.line, doing.name, 0.8 if not pauses else 0.65)
        if _FOR_EVER.match(step.header.strip()) and not _COUNTS.search(text):
            yield self._fault("retry-unbounded", step.span.line, doing.name, 0.75)
        careless = not _ONCE.search(text) and not _CHOOSES.search(text)
        if careless and doing.kind in (EffectKind.PAYMENT, EffectKind.EMAIL):
            yield self._fault("retry-everything", step.span.line, doing.name, 0.65)
        if re.search(r"\b429\b", text) and not re.search(r"retry[-_]?after", text, re.IGNORECASE):
            yield self._fault("ignores-retry-after", step.span.line, doing.name, 0.7)

    def _tries_once_more(self, step: Loop) -> bool:
        """One or two more tries make no storm."""
        most = _MOST.search(step.header)
        if most is None:
            return False
        named = (
            re.search(
                rf"\b{most['name']}\s{{0,3}}(?::[^=\n]{{1,20}})?=(?!=)[^;\n=]{{0,40}}?\b(\d)\s{{0,3}};?\s{{0,3}}(?:\n|//|$)",
                self._body,
            )
            if most["name"]
            else None
        )
        limit = most["number"] or (named[1] if named else "")
        return limit.isdigit() and int(limit) + bool(most["with"]) <= 3

    def is_good(self, step: Loop) -> bool:
        return self._retried(step) is not None

    def recursion(self, step: Attempt) -> Iterator[RetryFault]:
        """A function that calls itself when it has failed, without counting."""
        name = self._function.name.rpartition(".")[2]
        if _POLLS.search(name) or self._outside(step.body) is None:
            return
        for handler in step.handlers:
            for call in calls_within(handler):
                if call.callee.removeprefix("this.").removeprefix("self.") != name:
                    continue
                if not any(_COUNTS.search(param) for param in self._function.params):
                    yield self._fault("retry-unbounded", call.span.line, name, 0.75)

    def together(self, call: Call) -> Iterator[RetryFault]:
        """A whole list sent to another company at once."""
        if not _TOGETHER.search(call.callee) or not call.args:
            return
        text = call.args[0].text
        if (
            not re.search(r"\.map\(|\bfor\b", text)
            or _BOUNDED.search(text)
            or _BOUNDED.search(self._before(call))
        ):
            return
        functions = [arg.function for inner in call.args[0].calls for arg in inner.args if arg.function]
        bodies = [item for name in functions if (item := self._outline.function(name)) is not None]
        doing = next((found for item in bodies if (found := self._outside(item.body)) is not None), None)
        doing = doing or next(
            (
                found
                for inner in call.args[0].calls
                # A list may well be called `requests`, as the library is.
                if not _OF_A_LIST.search(inner.callee) and (found := self._of(inner)) is not None
            ),
            None,
        )
        over = text.split(".map")[0]
        few = _FEW_LINES.search(over) is not None or _STAFF.search(over) is not None
        few = few or is_short(self._outline, self._function.name, over)
        if doing is not None and not re.match(r"\[", over) and not few and not _ELSEWHERE.search(text):
            yield self._fault("no-concurrency-cap", call.span.line, doing.name, 0.7)

    def parsed(self, call: Call) -> Iterator[RetryFault]:
        """A model's answer read as JSON and used as it is."""
        if call.callee not in _PARSES or not call.args or not _MODEL_TEXT.search(call.args[0].text):
            return
        asks = any(
            doing is not None and doing.kind is EffectKind.LLM
            for doing in (self._any(other) for other in calls_within(self._function.body))
        )
        if asks and not _SCHEMA.search(self._body):
            yield self._fault("contract-unchecked", call.span.line, called_name(call), 0.65)

    def _retried(self, step: Loop) -> Doing | None:
        if step.kind == "with" or not _RETRY.search(step.header) or _POLLS.search(self._function.name):
            return None
        if IS_POLLED.search(self._text(step)):
            return None
        if not any(isinstance(inner, Attempt) for inner in steps_within(step.body)) and not re.search(
            r"\.ok\b|status", self._text(step)
        ):
            return None
        return self._outside(step.body)

    def _outside(self, steps: tuple[Step, ...]) -> Doing | None:
        return next((doing for call in calls_within(steps) if (doing := self._of(call)) is not None), None)

    def _of(self, call: Call) -> Doing | None:
        doing = self._any(call)
        return doing if doing is not None and doing.kind in OUTSIDE else None

    def _any(self, call: Call) -> Doing | None:
        return doing_of(call, self._outline.path, self._outline.language)

    def _text(self, step: Step) -> str:
        return "\n".join(self._lines[step.span.line - 1 : step.span.line_end])

    def _before(self, call: Call) -> str:
        return "\n".join(self._lines[max(0, call.span.line - 4) : call.span.line])

    def _fault(self, rule: str, line: int, subject: str, confidence: float) -> RetryFault:
        return RetryFault(rule, self._outline.path, line, self._function.name, subject, confidence)
