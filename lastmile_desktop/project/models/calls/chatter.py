"""What a file asks again and again: polling, wide subscriptions, a query for each item, queries one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Function,
    Leave,
    Loop,
    Outline,
    Step,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.calls.effects import Doing, doing_of
from lastmile_desktop.project.models.jobs.values import duration
from lastmile_desktop.project.models.queries.loop_bounds import (
    is_few_at_a_time,
    is_short,
    stops_when_found,
    waits_anyway,
)
from lastmile_desktop.project.models.routes.model import EffectKind

_OFTEN = 10.0
_LIBRARY_OFTEN = 5.0
_INTERVALS = ("refetchInterval", "refreshInterval", "pollInterval")
_ASKS = re.compile(
    r"[fF]etch|[rR]eload|[rR]efresh|\b[lL]oad|supabase|axios|invalidateQueries|mutate|[pP]oll|"
    r"\bget(?!Element|Time|Item|Bounding|Context|Attribute)[A-Z]"
)
_ASKS_NOBODY = re.compile(
    r"countdown|timer|tick|clock|elapsed|rotate|slide|animate|typing|progress|setTime|Date\.now",
    re.IGNORECASE,
)
_SELDOM = re.compile(r"setting|visibility|_links$|config|flags?$|banner|categor|plans?$", re.IGNORECASE)
_FEW = re.compile(
    # Rounds that are counted against a constant go on as long with many customers as with few.
    r"attempt|retry|page|chunk|batch|i \+=|range\(\s{0,3}\d\s{0,3}\)|<=?\s{0,3}"
    r"(?:\d\b|(?-i:[A-Z][A-Z0-9_]{2,60})\s{0,3}(?:;|$))",
    re.IGNORECASE,
)
_LOOKS_AWAY = re.compile(
    r"visibilityState|document\.hidden|hidden\b|backoff|navigator\.onLine|useIsFocused|isFocused"
)
_OVER = re.compile(r"\b(?:of|in)\s+(.+?)\)?:?$", re.DOTALL)
_COUNTED = re.compile(r"<=?\s*([\w.$]{1,80})\.length\b")
_DATABASE = frozenset({EffectKind.DB_READ, EffectKind.DB_WRITE})
_MANY_QUERIES = 4
_RARE = re.compile(
    r"(?i)(?:export|download|delete)_?(?:all|my|user|account|data|personal)|gdpr|takeout|data-?export|user_?data|privacy|(?:^|/)scripts?/"
)


@dataclass(frozen=True, slots=True)
class Chatter:
    """`rule` names how this file asks too often, at `line`; `subject` what it asks."""

    rule: str
    path: str
    line: int
    function: str
    subject: str
    confidence: float
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class FileChatter:
    """`filtered` are lines of subscriptions that hear only of some rows, `together` of queries side by side."""

    found: tuple[Chatter, ...] = ()
    filtered: tuple[int, ...] = ()
    together: tuple[int, ...] = ()


def read(outline: Outline, text: str) -> FileChatter:
    """How often one file asks."""
    found: list[Chatter] = []
    filtered: list[int] = []
    together: list[int] = []
    looks_away = _LOOKS_AWAY.search(text) is not None
    for function in outline.functions:
        for call in calls_within(function.body):
            polling = None if looks_away else _polling(outline, function, call)
            if polling is not None:
                found.append(polling)
            wide = _wide(outline, function, call)
            if wide is not None:
                found.append(wide)
            elif _is_subscription(call):
                filtered.append(call.span.line)
            if call.callee == "Promise.all" and call.awaited:
                together.append(call.span.line)
        found += _for_each(outline, function)
        found += _in_a_row(outline, function)
    return FileChatter(tuple(found), tuple(filtered), tuple(together))


def _polling(outline: Outline, function: Function, call: Call) -> Chatter | None:
    name = call.callee.removeprefix("window.")
    if name == "setInterval" and len(call.args) > 1:
        seconds = duration(call.args[1])
        body = _body(outline, call.args[0])
        asks = _ASKS.search(body) is not None and not _ASKS_NOBODY.search(body)
        if seconds is None or not 0 < seconds < _OFTEN or not asks or "clearInterval" in body:
            return None
        return Chatter("polling", outline.path, call.span.line, function.name, "setInterval", 0.75, seconds)
    for arg in call.args:
        for key in _INTERVALS:
            value = arg.entry(key)
            seconds = duration(value) if value is not None else None
            if value is not None and seconds is not None and 0 < seconds < _LIBRARY_OFTEN:
                line = (value.span or call.span).line
                return Chatter("polling", outline.path, line, function.name, key, 0.65, seconds)
    return None


def _body(outline: Outline, work: Value) -> str:
    """What a timer calls: the calls of its inline function, or its name."""
    inner = outline.function(work.function) if work.function else None
    return work.text if inner is None else " ".join(call.callee for call in calls_within(inner.body))


def _is_subscription(call: Call) -> bool:
    return any(
        link.name == "on" and link.args and link.args[0].literal == "postgres_changes" for link in call.links
    )


def _wide(outline: Outline, function: Function, call: Call) -> Chatter | None:
    """A subscription to every change of a whole table."""
    for link in call.links:
        if (
            link.name != "on"
            or not link.args
            or link.args[0].literal != "postgres_changes"
            or len(link.args) < 2
        ):
            continue
        options = link.args[1]
        if not options.entries or options.entry("filter") is not None or options.entry("...") is not None:
            continue
        table = options.entry("table")
        subject = (table.literal or table.text) if table else "the whole schema"
        if _SELDOM.search(subject):
            return None
        return Chatter("realtime-wide", outline.path, link.line, function.name, subject, 0.7)
    return None


def _for_each(outline: Outline, function: Function) -> Iterator[Chatter]:
    """A query in each round of a loop."""
    if is_few_at_a_time(outline.path):
        return
    for step in steps_within(function.body):
        if not isinstance(step, Loop) or step.kind in ("with", "while") or _few(step.header):
            continue
        if _is_bounded(outline, function, step):
            continue
        # Loops that only read are told of by data.unbounded-query.
        for call in calls_within(step.body):
            doing = _query(outline, call)
            if doing is None or doing.kind is not EffectKind.DB_WRITE:
                continue
            if not stops_when_found(step.body) and not _is_named_by(step.header, doing.table):
                yield Chatter("no-batch", outline.path, step.span.line, function.name, doing.table, 0.7)
                break


def _is_named_by(header: str, table: str) -> bool:
    """A loop over tables, not over rows."""
    return re.match(rf"\(?(?:const |let )?{re.escape(table)}\b", header) is not None


def _few(header: str) -> bool:
    """A loop of tries, pages or chunks, not over many items."""
    return _FEW.search(header) is not None


def _is_bounded(outline: Outline, function: Function, step: Loop) -> bool:
    """A loop of few turns, or one whose turns wait for something slower than a query."""
    over = _OVER.search(step.header)
    counted = _COUNTED.search(step.header)
    subject = over[1] if over else counted[1] if counted else ""
    return is_short(outline, function.name, subject) or waits_anyway(step.body)


def _query(outline: Outline, call: Call) -> Doing | None:
    if not call.awaited and outline.language != "python":
        return None
    doing = doing_of(call, outline.path, outline.language)
    if doing is None or doing.kind not in _DATABASE or not doing.table or doing.layer == "storage":
        return None
    return doing


def _in_a_row(outline: Outline, function: Function) -> Iterator[Chatter]:
    """Reads one after the other that do not need each other, with nothing decided between them. A session of Python
    cannot run two at once, and what a person asks for once in a while may take its time."""
    if outline.language == "python" or _RARE.search(f"{function.name} {outline.path}"):
        return
    for steps in _blocks(function.body):
        known: set[str] = set()
        alone: list[Call] = []
        longest: list[Call] = []
        for step in steps:
            if isinstance(step, Branch) and any(isinstance(item, Leave) for item in steps_within((step,))):
                alone = []
            for call in step.calls if isinstance(step, Do) else ():
                doing = _query(outline, call)
                if doing is None or doing.kind is not EffectKind.DB_READ:
                    continue
                text = " ".join(arg.text for link in call.links for arg in link.args or ())
                if not any(re.search(rf"\b{re.escape(name)}\b", text) for name in known if name):
                    alone.append(call)
                    longest = max(longest, alone[:], key=len)
                known |= {name.rpartition(":")[2] for name in _bound(step, call)}
        if len(longest) >= _MANY_QUERIES:
            line, subject = longest[0].span.line, str(len(longest))
            yield Chatter("sequential-queries", outline.path, line, function.name, subject, 0.7)


def _bound(step: Step, call: Call) -> tuple[str, ...]:
    return (*call.assigned, *(step.targets if isinstance(step, Do) else ()))


def _blocks(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    yield steps
    for step in steps:
        match step:
            case Attempt(body=body):
                yield from _blocks(body)
            case Branch(then=then, orelse=orelse):
                yield from _blocks(then)
                yield from _blocks(orelse)
            case _:
                pass
