"""What each screen does while its data loads, when there is none, when it fails, and while something is saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Attempt,
    Call,
    Function,
    Leave,
    Outline,
    Step,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.screens import data_screen_words as words
from lastmile_desktop.project.models.screens.data_screen_calls import is_read, is_write, makes_twice
from lastmile_desktop.project.models.screens.data_screen_extras import begins_filled, is_optional, taken_from
from lastmile_desktop.project.models.settings.env_reads import blank_comments


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing a screen leaves out: the rule's name, the line, and the name of what is at stake."""

    rule: str
    line: int
    detail: str = ""
    # The screen stays whole without it.
    beside: bool = False


@dataclass(frozen=True, slots=True)
class DataScreen:
    """`loads` are lines where data is asked for, `saves` where something is changed."""

    loads: tuple[int, ...] = ()
    saves: tuple[int, ...] = ()
    gaps: tuple[Gap, ...] = ()
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """A request in a component, the state that its answer fills, and the function that makes it."""

    call: Call
    state: str
    function: Function


NONE = DataScreen()


def query_hooks(outline: Outline) -> frozenset[str]:
    """Hooks of this file that hand on a whole query, for others to take apart."""
    return frozenset(
        function.name
        for function in outline.functions
        if re.match(r"use[A-Z]", function.name) and _returns_query(function)
    )


def _returns_query(function: Function) -> bool:
    return any(
        isinstance(step, Leave) and any(words.QUERY.match(call.callee) for call in step.calls)
        for step in steps_within(function.body)
    )


def read(outline: Outline, text: str, hooks: frozenset[str]) -> DataScreen:
    """`hooks` are the project's own query hooks."""
    code = blank_comments(text)
    reader = _Reader(outline, code, hooks)
    gaps = tuple(sorted(dict.fromkeys(reader.gaps()), key=lambda gap: (gap.line, gap.rule)))
    return DataScreen(
        loads=tuple(call.span.line for call in reader.queries)
        + tuple(load.call.span.line for load in reader.loads),
        saves=tuple(call.span.line for _, call in reader.saves),
        gaps=gaps,
        covered=bool(words.SHOWS_LOADING.search(code) and words.SHOWS_ERROR.search(code)),
    )


class _Reader:
    """One file's queries, loads in effects and saves, and what is missing around them."""

    def __init__(self, outline: Outline, code: str, hooks: frozenset[str]) -> None:
        self._outline = outline
        self._code = code
        self._lines = code.split("\n")
        self._all = [(None, call) for call in calls_within(outline.top)]
        every = [(function, call) for function in outline.functions for call in calls_within(function.body)]
        self.queries = tuple(
            call
            for _, call in every
            if call.assigned and (words.QUERY.match(call.callee) or call.callee in hooks)
        )
        self.mutations = tuple(call for _, call in every if words.MUTATION.match(call.callee))
        effects = any(call.root in ("useEffect", "useFocusEffect") for _, call in every)
        self.loads = tuple(_loads(outline)) if effects else ()
        self.saves = tuple((function, call) for function, call in every if is_write(call))
        self._effects = tuple((function, call) for function, call in every if call.root == "useEffect")

    def gaps(self) -> Iterator[Gap]:
        if not words.NO_SCREEN.search(self._outline.path) and words.MARKUP.search(self._code):
            yield from self._queries()
            yield from self._in_effects()
        yield from self._empty()
        yield from self._pending()
        yield from self._mutations()
        yield from self._spinners()
        yield from self._inputs()
        yield from self._races()
        found = words.REPLACES.search(self._code)
        if found is not None:
            yield Gap("layout-shift", line_at(self._code, found.start()))

    def _queries(self) -> Iterator[Gap]:
        for call in self.queries:
            names = [name.partition(":")[0] for name in call.assigned]
            taken_apart = "data" in names
            if not taken_apart:
                continue
            local = next(
                name.partition(":")[2] or name for name in call.assigned if name.partition(":")[0] == "data"
            )
            waits = re.search(
                rf"!{re.escape(local)}\b|\b{re.escape(local)}\s{{0,3}}(?:\?(?!\.)|&&|===? undefined)",
                self._code,
            )
            given = any(words.HAS_DATA.search(value.text) for value in call.args)
            if (
                given
                or is_optional(local, self._code)
                or words.WHO.match(local)
                or words.is_badge(local, self._code)
            ):
                continue
            told = any(words.LOADING_NAME.search(name) or name in ("status", "fetchStatus") for name in names)
            dialog = words.DIALOG.search(self._outline.path)
            if not told and not waits and not dialog and not words.SHOWS_LOADING.search(self._code):
                yield Gap("no-loading", call.span.line, local)
            asked = any(re.search("error|status", name, re.IGNORECASE) for name in names)
            if not asked and self._is_shown(local) and not words.QUERY_FAILED.search(self._code):
                yield Gap("no-error-ui", call.span.line, local, self._is_beside(local))

    def _in_effects(self) -> Iterator[Gap]:
        shown = [load for load in self.loads if self._is_shown(load.state)]
        if shown and not words.SHOWS_LOADING.search(self._code):
            yield Gap("no-loading", shown[0].call.span.line, shown[0].state)
        silent = next((load for load in shown if not self._tells_of_failure(load.function)), None)
        if silent is not None:
            yield Gap("no-error-ui", silent.call.span.line, silent.state, self._is_beside(silent.state))

    def _is_beside(self, name: str) -> bool:
        """A number or a mark on a screen that shows more: nothing is listed from it, and nothing waits for it."""
        known = "(?:" + "|".join(re.escape(item) for item in (name, *taken_from(name, self._code))) + ")"
        return not re.search(
            rf"\b{known}\b[^;\n]{{0,60}}\.(?:map|forEach|filter|reduce|slice|sort|length|flatMap)\b|!{known}\b"
            rf"|\b{known}\s{{0,3}}(?:\?(?!\.)|&&|===? (?:null|undefined))|\bdata=\{{{known}\b|\bin {known}\b"
            rf"|Object\.\w+\({known}\b",
            self._code,
        )

    def _tells_of_failure(self, function: Function) -> bool:
        """Whether the function that asks, or one that calls it, does anything visible with a failure."""
        if words.TELLS_OF_FAILURE.search(self._text_of(function)):
            return True
        name = function.name.rpartition(".")[2]
        for other in self._outline.functions:
            around = other.span.line <= function.span.line and other.span.line_end >= function.span.line_end
            if around or not any(call.root == name for call in calls_within(other.body)):
                continue
            if words.TELLS_OF_FAILURE.search(self._text_of(other)):
                return True
        return False

    def _text_of(self, function: Function) -> str:
        return "\n".join(self._lines[function.span.line - 1 : function.span.line_end])

    def _is_shown(self, state: str) -> bool:
        """Whether people look at this: a list, or the one thing that a page is about."""
        if (
            is_optional(state, self._code)
            or begins_filled(state, self._code)
            or re.match(r"(?:is|has|can)[A-Z]", state)
            or words.NOT_SHOWN.search(state)
        ):
            return False
        names = "|".join(re.escape(name) for name in (state, *taken_from(state, self._code)))
        listed = rf"\b(?:{names})\b\s{{0,10}}\??\.?(?:\s{{0,20}})\.?(?:map|filter|length|slice|sort)\b"
        told = rf"\{{\s{{0,10}}(?:{names})\b[?!]?\.\w[^{{}}\n]{{0,80}}\}}"
        if re.search(listed, self._code) or re.search(told, self._code):
            return True
        drawn = rf"(?:>|=|\n)\s{{0,60}}\{{[^{{}}\n]{{0,80}}\b(?:{names})\b(?:\?|!)?\.?[^{{}}\n]{{0,80}}\}}"
        return words.PAGE.search(self._outline.path) is not None and re.search(drawn, self._code) is not None

    def _empty(self) -> Iterator[Gap]:
        if words.EMPTY.search(self._code) or words.ALWAYS_FILLED.search(self._outline.path):
            return
        names = [load.state for load in self.loads]
        for call in self.queries:
            names += [
                name.partition(":")[2] or name for name in call.assigned if name.partition(":")[0] == "data"
            ]
        for name in dict.fromkeys(name for name in names if name and not begins_filled(name, self._code)):
            shown = re.search(
                rf"\{{\s{{0,20}}\(?{re.escape(name)}(?:\s{{0,3}}\?\?\s{{0,3}}\[\]\))?\??\s{{0,10}}\.map\(",
                self._code,
            )
            if shown is not None and not words.CHOICES.search(self._code, shown.end(), shown.end() + 200):
                yield Gap("no-empty-state", line_at(self._code, shown.start()), name)
                return

    def _pending(self) -> Iterator[Gap]:
        if words.HELD.search(self._code):
            return
        handlers = {first or second for first, second in words.HANDLED.findall(self._code)}
        for function, call in self.saves:
            name = _outermost_handler(self._outline, function, handlers)
            if name and makes_twice(call) and not words.HARMLESS.search(name):
                yield Gap("no-disabled-while-pending", call.span.line, name)
                return
        for call in self.mutations:
            named = (*call.assigned, *(value.text for value in call.args))
            if self._is_pressed(call) and not any(words.HARMLESS.search(name) for name in named):
                yield Gap("no-disabled-while-pending", call.span.line, "")
                return

    def _is_pressed(self, mutation: Call) -> bool:
        """Whether a control of this very file starts it; a form elsewhere may know that it is being sent."""
        names = "|".join(re.escape(name.rpartition(":")[2]) for name in mutation.assigned)
        return bool(names) and (
            re.search(
                rf"on(?:Click|Press|Submit)=\{{[^}}]{{0,120}}\b(?:{names})(?:\.mutate(?:Async)?)?\(",
                self._code,
            )
            is not None
        )

    def _mutations(self) -> Iterator[Gap]:
        for call in self.mutations:
            options = next((value for value in call.args if value.entries), None)
            if options is None:
                continue
            keys = {key for key, _ in options.entries}
            if "..." in keys:
                continue
            if "onMutate" in keys and "onError" not in keys and _writes_cache(self._outline, options):
                yield Gap("optimistic-no-rollback", call.span.line)
            if (
                self.queries
                and not keys & {"onSuccess", "onSettled", "onMutate"}
                and not words.REFRESHES.search(self._code)
            ):
                yield Gap("stale-after-write", call.span.line)

    def _spinners(self) -> Iterator[Gap]:
        for function in self._outline.functions:
            line = _stuck(function.body)
            if line:
                yield Gap("infinite-spinner", line)

    def _inputs(self) -> Iterator[Gap]:
        for function in self._outline.functions:
            yield from _emptied_first(function, self._code)

    def _races(self) -> Iterator[Gap]:
        if words.KEEPS_LATEST.search(self._code):
            return
        loading = {load.call.span.line for load in self.loads}
        for _, effect in self._effects:
            watched = [item.text for value in effect.args[1:2] for item in value.items]
            typed = next((name for name in watched if words.TYPED.match(name)), "")
            if typed and self._asks(effect, loading):
                yield Gap("race-latest-wins", effect.span.line, typed)

    def _asks(self, effect: Call, lines: set[int]) -> bool:
        """Whether the effect, or a function that it calls by name, asks for data."""
        if any(effect.span.line <= line <= effect.span.line_end for line in lines):
            return True
        body = self._outline.function(effect.args[0].function) if effect.args else None
        called = {call.root for call in calls_within(body.body)} if body else set[str]()
        return any(
            function.name.rpartition(".")[2] in called
            and any(function.span.line <= line <= function.span.line_end for line in lines)
            for function in self._outline.functions
        )


def _loads(outline: Outline) -> Iterator[Load]:
    """Requests whose answer becomes the state of a component."""
    for function in outline.functions:
        asked = next((call for call in calls_within(function.body) if is_read(call)), None)
        if asked is None:
            continue
        kept = (
            _state_of(call)
            for step in steps_within(function.body)
            if not isinstance(step, Attempt)
            for call in step.calls
            if call.span.line >= asked.span.line
        )
        state = next((name for name in kept if name), "")
        if state:
            yield Load(asked, state, function)


def _state_of(call: Call) -> str:
    """The name of the state that a setter fills with something, "" for other calls."""
    if not words.SETTER.match(call.root) or not call.links or not call.args:
        return ""
    state = call.root[3:4].lower() + call.root[4:]
    emptied = call.args[0].text in ("[]", "null", "true", "false")
    return "" if emptied or words.STATUS_NAME.search(state) else state


def _outermost_handler(outline: Outline, function: Function | None, handlers: set[str]) -> str:
    """The name under which a button or form calls this function."""
    for _ in range(4):
        if function is None:
            return ""
        name = function.name.rpartition(".")[2]
        if name in handlers:
            return name
        function = outline.function(function.parent) if function.parent else None
    return ""


def _writes_cache(outline: Outline, options: Value) -> bool:
    """Whether something is shown before it is saved; to stop requests under way changes nothing on the screen."""
    found = options.entry("onMutate")
    if found is None:
        return False
    body = outline.function(found.function) if found.function else None
    calls = calls_within(body.body) if body is not None else iter(())
    return words.SHOWS_BEFORE.search(found.text) is not None or any(
        words.SHOWS_BEFORE.search(f"{call.callee}(") is not None for call in calls
    )


def _stuck(body: tuple[Step, ...]) -> int:
    """The line of a request that may throw between switching a loading state on and off, outside any try."""
    on = waiting = 0
    for step in body:
        if isinstance(step, Attempt):
            return 0
        for call in getattr(step, "calls", ()):
            if words.SETTER.match(call.root) and words.LOADING_NAME.search(call.root) and call.args:
                if call.args[0].text == "true":
                    on = call.span.line
                elif call.args[0].text == "false" and waiting:
                    return waiting
            elif (
                on
                and call.awaited
                and call.root in words.HTTP
                and not call.link("catch")
                and not call.link("finally")
            ):
                waiting = call.span.line
    return 0


def _appends(value: Value) -> bool:
    return re.search(r"\[\s{0,20}\.\.\.\w|\.concat\(", value.text) is not None


def _emptied_first(function: Function, code: str) -> Iterator[Gap]:
    """A field that is emptied before it is known whether its text arrived."""
    emptied: dict[str, int] = {}
    sent = False
    filled: set[str] = set()
    for call in calls_within(function.body):
        if words.SETTER.match(call.root) and not sent and any(_appends(value) for value in call.args):
            # What was typed goes on as an entry of a list that stays on the screen.
            return
        if words.SETTER.match(call.root) and len(call.args) == 1:
            if call.args[0].literal == "" and not sent:
                emptied[call.root] = call.span.line
            elif call.args[0].literal != "":
                filled.add(call.root)
        elif is_write(call) and emptied:
            sent = True
    for setter, line in emptied.items():
        state = setter[3:4].lower() + setter[4:]
        shown = re.search(rf"value=\{{{re.escape(state)}\}}", code)
        if sent and setter not in filled and not words.NOT_INPUT.search(state) and shown:
            yield Gap("lost-input-on-error", line, state)
