"""Where a file hides that something failed: caught and dropped, never looked at, or answered as if all were well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Exit,
    Function,
    Leave,
    Loop,
    Outline,
    Step,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.calls.answers import answers_as_success, says_success
from lastmile_desktop.project.models.calls.effects import Doing, called_name, doing_of
from lastmile_desktop.project.models.operations.blind_answers import is_read_blindly
from lastmile_desktop.project.models.payments.payment_moves import as_it_weighs
from lastmile_desktop.project.models.routes.model import EffectKind

CRITICAL = frozenset({EffectKind.DB_WRITE, EffectKind.PAYMENT, EffectKind.EMAIL})
_CATCH = re.compile(r"\b(?:catch|except)\b")
_COMMENT = re.compile(r"//|/\*|#\s|<!--")
_ONLY_LOGS = re.compile(r"^(?:console\.\w+|print|pprint|traceback\.print_exc)$")
_AUTH = re.compile(
    r"auth\.(?:sign\w+|update\w*|reset\w+|verify\w*|exchange\w+|login|logout|register)$|^signIn$|^signUp$|^login$",
    re.IGNORECASE,
)
_MOCK = re.compile(
    r"\b(?:[A-Z_]{0,40}MOCK_?[A-Z_]{0,40}|(?:mock|sample|dummy|fake)[A-Z_]\w{0,60}|get(?:Mock|Sample|Dummy)\w{0,60})\b"
)
_MOCK_OTHER = re.compile(
    r"sample(?:Rate|d\b|Size)|mockup|\"[^\"]{0,200}\"|'[^']{0,200}'|`[^`]{0,200}`", re.IGNORECASE
)
_BEST_EFFORT = re.compile(
    r"best[- ]?effort|non-?(?:critical|fatal|blocking)|not (?:critical|fatal)", re.IGNORECASE
)
_OFTEN_OPTIONAL = re.compile(
    r"log|track|analytic|metric|audit|view|event|notif|push|cache|cleanup|remove|rollback|presence|typing|sync|backfill|init|referral",
    re.IGNORECASE,
)


_COUNTED = re.compile(r"\+\+|\+=")
_FAILED = re.compile(r"^\(?!?\s{0,3}\w{0,40}(?:[eE]rr|[eE]rror)\b")
_REPEATING = re.compile(r"setInterval$|cron\.schedule$|schedule\.\w+$|CronJob$")
_TIDIES = re.compile(
    r"(?i)clean(?:ing|s|ed)?[_ -]?up|clean(?:Expired|Old)|\bcach|[a-z]Cache|nettoy|\bprune|\bpurge|expired|\btrack"
    r"|\banalytic|interaction|background job|job error"
)


@dataclass(frozen=True, slots=True)
class ErrorFault:
    """`rule` names how a failure is hidden at `line`. `subject` is what fails unseen, `kind` what it would have done;
    `function` the one it stands in. `weight` 2 for writes, money and sign-in, 1 for the rest."""

    rule: str
    path: str
    line: int
    function: str
    subject: str
    kind: str = ""
    weight: int = 1


@dataclass(frozen=True, slots=True)
class FileErrors:
    """`handled` are lines where a failure is looked at: the reason for a pass."""

    faults: tuple[ErrorFault, ...] = ()
    handled: tuple[int, ...] = ()


def read(outline: Outline, text: str) -> FileErrors:
    """How one file treats failures."""
    reader = _Reader(outline, text)
    faults: list[ErrorFault] = []
    handled: list[int] = []
    for function in outline.functions:
        last = _last_resorts(function)
        for step in steps_within(function.body):
            if isinstance(step, Attempt):
                found = tuple(
                    fault
                    for fault in reader.attempt(function, step)
                    if fault.rule not in ("console-only", "broad-except-in-payment")
                    or not (id(step) in last or reader.repeats(function, step))
                )
                faults += found
                if not found and any(_leaves(handler) for handler in step.handlers):
                    handled.append(reader.catch_line(step))
            for call in () if isinstance(step, Attempt) else step.calls:
                faults += reader.dropped(function, call)
        faults += reader.too_early(function)
        faults += reader.unlooked(function, handled)
    return FileErrors(tuple(faults), tuple(handled[:5]))


class _Reader:
    """Reads one file, with its text beside the outline: comments and line places are only there."""

    def __init__(self, outline: Outline, text: str) -> None:
        self._outline = outline
        self._lines = text.split("\n")
        self._python = outline.language == "python"

    def attempt(self, function: Function, step: Attempt) -> Iterator[ErrorFault]:
        """What a try with its handlers hides."""
        doing = self._critical(step.body)
        line = self.catch_line(step)
        if doing is not None and doing.kind is not EffectKind.PAYMENT and self._is_best_effort(step):
            doing = None
        for handler in step.handlers:
            source = self._handler_text(step, line)
            if _shows_mock(handler):
                yield self._fault("mock-fallback", function, line, "sample data", "mock", 2)
            elif not handler:
                if doing is not None and not _COMMENT.search(source):
                    yield self._fault(
                        "empty-catch", function, line, _shown(doing), doing.kind, _weight(doing)
                    )
            elif answers_as_success(handler, self._outline.language):
                place = next((item.span.line for item in handler if isinstance(item, Leave)), line)
                yield self._fault("catch-returns-200", function, place, function.name, "answer")
            elif _COMMENT.search(source.replace("://", "")):
                continue
            elif (
                doing is not None
                and only_logs(handler)
                and not _goes_on_to_say(function, step)
                and not _COUNTED.search(source)
                and not (self._python and function.name.endswith(".emit"))
            ):
                weight = 2 if doing.kind is EffectKind.PAYMENT else 1
                rule = "broad-except-in-payment" if weight == 2 else "console-only"
                yield self._fault(rule, function, line, _shown(doing), doing.kind, weight)

    def repeats(self, function: Function, step: Attempt) -> bool:
        """Whether the work is one that runs again by itself, or only tidies up and remembers."""
        if any(_REPEATING.search(call.callee) for call in function.wrapped_by):
            return True
        said = f"{function.name} {self._handler_text(step, self.catch_line(step))}"
        return _TIDIES.search(said) is not None

    def dropped(self, function: Function, call: Call) -> Iterator[ErrorFault]:
        """`save().catch(() => {})`."""
        for link in call.links:
            if link.name != "catch" or not link.args or self._python:
                continue
            given = link.args[0]
            inner = self._outline.function(given.function)
            is_empty = inner is not None and not inner.body and "=> {" in given.text
            if not is_empty or _COMMENT.search(
                self._between(inner.span.line, inner.span.line_end) if inner else ""
            ):
                continue
            doing = doing_of(call, self._outline.path, self._outline.language)
            name = called_name(call)
            if (
                doing is not None
                and doing.kind in CRITICAL
                and not _OFTEN_OPTIONAL.search(name + doing.table)
            ):
                yield self._fault("empty-catch", function, link.line, name, doing.kind, _weight(doing))

    def unlooked(self, function: Function, handled: list[int]) -> Iterator[ErrorFault]:
        """Answers whose failure nobody looks at: supabase-js and fetch do not throw."""
        if self._python:
            return
        for step in steps_within(function.body):
            if not isinstance(step, Do):
                continue
            for call in step.calls:
                if not call.awaited:
                    continue
                if _is_supabase(call):
                    if _looks_at_error(call, step):
                        handled.append(call.span.line)
                    else:
                        yield from self._unlooked_query(function, call, step)
                elif call.callee in ("fetch", "window.fetch", "globalThis.fetch"):
                    yield from self._unlooked_answer(function, call, step)

    def too_early(self, function: Function) -> Iterator[ErrorFault]:
        """A message of success that is shown before the write it speaks of."""
        for steps in _blocks(function.body):
            shown: Call | None = None
            for step in steps:
                calls = () if isinstance(step, Attempt) else step.calls
                write = self._write(calls) if shown is not None else None
                if shown is not None and write is not None:
                    line = shown.span.line
                    yield self._fault("success-toast-before-await", function, line, write.name, write.kind)
                if isinstance(step, Leave) or any(call.awaited for call in calls):
                    break
                if isinstance(step, Do):
                    shown = shown or next((call for call in calls if says_success(call)), None)

    def _write(self, calls: tuple[Call, ...]) -> Doing | None:
        awaited = (
            doing_of(call, self._outline.path, self._outline.language) for call in calls if call.awaited
        )
        return next((doing for doing in awaited if doing and doing.kind in CRITICAL), None)

    def catch_line(self, step: Attempt) -> int:
        """The line of the first `catch` or `except` of a try."""
        after = max((inner.span.line_end for inner in steps_within(step.body)), default=step.span.line)
        for number in range(max(after, step.span.line), min(step.span.line_end, len(self._lines)) + 1):
            if _CATCH.search(self._lines[number - 1]):
                return number
        return step.span.line

    def _is_best_effort(self, step: Attempt) -> bool:
        """Whether a comment right before the try, or at its start, says that it may fail."""
        start = step.span.line - 1
        near = self._lines[max(0, start - 4) : start + 2]
        return any(_BEST_EFFORT.search(line) for line in near if _COMMENT.search(line))

    def _handler_text(self, step: Attempt, line: int) -> str:
        return self._between(line, step.span.line_end)

    def _between(self, line: int, end: int) -> str:
        return "\n".join(self._lines[line - 1 : end])

    def _critical(self, steps: tuple[Step, ...]) -> Doing | None:
        """The worst that a try may fail at."""
        best: Doing | None = None
        for call in calls_within(steps):
            if call.awaited and _AUTH.search(call.callee):
                return Doing(EffectKind.DB_WRITE, self._outline.path, call.span.line, called_name(call))
            doing = as_it_weighs(doing_of(call, self._outline.path, self._outline.language))
            if (
                doing is None
                or doing.kind not in CRITICAL
                or _OFTEN_OPTIONAL.search(doing.name + doing.table)
            ):
                continue
            if best is None or doing.kind is EffectKind.PAYMENT:
                best = doing
        return best

    def _unlooked_query(self, function: Function, call: Call, step: Do) -> Iterator[ErrorFault]:
        doing = doing_of(call, self._outline.path, self._outline.language)
        if doing is None or doing.layer not in ("supabase", "supabase-rpc"):
            return
        name = step.targets[0] if len(step.targets) == 1 else ""
        body = self._between(function.span.line, function.span.line_end)
        if name and not _destructured(call) and _used_whole(name, body):
            return
        writes = doing.kind is EffectKind.DB_WRITE
        if writes and _OFTEN_OPTIONAL.search(doing.table):
            return
        yield self._fault(
            "supabase-error-ignored", function, call.span.line, doing.table, doing.kind, 2 if writes else 1
        )

    def _unlooked_answer(self, function: Function, call: Call, step: Do) -> Iterator[ErrorFault]:
        if any(link.name in ("then", "catch") for link in call.links):
            return
        name = step.targets[0] if len(step.targets) == 1 else ""
        if name:
            body = self._between(function.span.line, function.span.line_end)
            if not is_read_blindly(name, body, reads=_only_reads(call)):
                return
        elif step.targets or "json" not in [link.name for link in call.links]:
            return
        address = call.args[0].text if call.args else ""
        yield self._fault("ok-unchecked", function, call.span.line, address[:60], "answer")

    def _fault(
        self, rule: str, function: Function, line: int, subject: str, kind: str, weight: int = 1
    ) -> ErrorFault:
        return ErrorFault(rule, self._outline.path, line, function.name, subject, str(kind), weight)


def _last_resorts(function: Function) -> frozenset[int]:
    """Tries inside a handler, or after something failed: that is told whatever becomes of them."""
    failed: list[tuple[Step, ...]] = []
    for step in steps_within(function.body):
        if isinstance(step, Attempt):
            failed += step.handlers
        elif isinstance(step, Branch) and _FAILED.match(step.test) and _leaves(step.then):
            failed.append(step.then)
    return frozenset(
        id(inner) for steps in failed for inner in steps_within(steps) if isinstance(inner, Attempt)
    )


def _shown(doing: Doing) -> str:
    """The call for a reader: with its table, where it has one."""
    return f'{doing.name}("{doing.table}")' if doing.table and doing.name.endswith(".from") else doing.name


def _weight(doing: Doing) -> int:
    return 2 if doing.kind in CRITICAL else 1


def _is_supabase(call: Call) -> bool:
    names = [link.name for link in call.links if link.args is not None]
    if "throwOnError" in names or "then" in names:
        return False
    return ("from" in names and call.root not in ("Array", "Buffer")) or names[:1] == ["rpc"]


def _looks_at_error(call: Call, step: Do) -> bool:
    names = (*call.assigned, *step.targets)
    return any(name in ("error", "count") or name.startswith("error:") for name in names)


def _destructured(call: Call) -> bool:
    return any(name.partition(":")[0] in ("data", "count", "status") for name in call.assigned)


def _only_reads(call: Call) -> bool:
    """Whether a request is a plain GET."""
    options = call.args[1] if len(call.args) > 1 else None
    method = options.entry("method") if options is not None else None
    return method is None or method.literal == "GET"


def _used_whole(name: str, body: str) -> bool:
    """Whether a result kept in one name is looked at as a whole: `result.error`, `check(result)`, `return result`."""
    known = re.escape(name)
    passed = rf"\b{known}\??\.error\b|[(,\[]\s{{0,5}}{known}\s{{0,5}}[,)\]]"
    return re.search(rf"{passed}|return\s{{1,3}}{known}\b|=\s{{0,3}}{known}\s{{0,3}};", body) is not None


def only_logs(handler: tuple[Step, ...]) -> bool:
    """Whether a handler writes to the console and does nothing else."""
    for step in handler:
        if not isinstance(step, Do) or step.targets or not step.calls:
            return False
        if not _ONLY_LOGS.match(step.calls[-1].callee):
            return False
    return True


def _goes_on_to_say(function: Function, step: Attempt) -> bool:
    """Whether the function says by itself, after the try, that it came to nothing (`return false`, `throw`)."""
    seen = False
    # `return true` at the end of the try, and `return false` at the end of the function.
    last = function.body[-1] if function.body else None
    if isinstance(last, Leave) and _leaves(step.body) and _is_nothing(last):
        return True
    for item in function.body:
        if item is step:
            seen = True
        elif seen and isinstance(item, Leave):
            return _is_nothing(item)
    return False


def _is_nothing(step: Leave) -> bool:
    value = step.value.text if step.value else ""
    return step.how is Exit.THROW or value in ("false", "null", "False", "None", "undefined", "[]", "{}")


def _leaves(handler: tuple[Step, ...]) -> bool:
    return any(isinstance(step, Leave) for step in steps_within(handler))


def _shows_mock(handler: tuple[Step, ...]) -> bool:
    """Whether a handler puts sample data in place of what could not be fetched."""
    for step in steps_within(handler):
        texts: list[str] = []
        if isinstance(step, Leave) and step.value is not None:
            texts.append(step.value.text)
        elif isinstance(step, Do):
            texts += [
                arg.text for call in step.calls if re.match(r"^set[A-Z]", call.callee) for arg in call.args
            ]
            texts += [step.value.text] if step.value is not None and step.targets else []
        for text in texts:
            if _MOCK.search(_MOCK_OTHER.sub("", text)) and text[:1] not in "'\"`":
                return True
    return False


def _blocks(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    yield steps
    for step in steps:
        match step:
            case Branch(then=then, orelse=orelse):
                yield from _blocks(then)
                yield from _blocks(orelse)
            case Attempt(body=body):
                yield from _blocks(body)
            case Loop(body=body):
                yield from _blocks(body)
            case _:
                pass
