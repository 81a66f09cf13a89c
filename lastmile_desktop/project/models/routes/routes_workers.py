"""Entry points that are routed by hand: Cloudflare Workers, `Deno.serve`, `Bun.serve`, `http.createServer`.

One function answers every address and asks for the path in its conditions. Each way through these conditions is an
entry of its own; a helper that asks on for the path is followed with what stood in front of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Function,
    Leave,
    Outline,
    Span,
    Step,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.routes.entries import Entry, Ref, Survey, resolve_handler
from lastmile_desktop.project.models.routes.model import EntryKind
from lastmile_desktop.project.models.walk import parameters

_SERVES = re.compile(r"^(?:Deno\.serve|Bun\.serve|(?:http\.|https\.)?createServer)$")
_SUPABASE = re.compile(r"(?:^|/)supabase/functions/")
_ADDRESS = re.compile(
    r"\b(?:pathname|path|route|endpoint)\b|\burl\.(?:startsWith|endsWith|includes)|\breq(?:uest)?\.url\b"
)
_METHOD = re.compile(r"\bmethod\b\s*={2,3}\s*[\"'`]([A-Za-z]{3,7})[\"'`]")
_PATH = re.compile(r"(!==?\s*)?[\"'`](/[^\"'`\s]{0,120})[\"'`]")
_BELOW = re.compile(
    r"\b(?:route|path|pathname|action|endpoint)(?:\s*={2,3}\s*|\.startsWith\()[\"'`]([\w-][\w/.-]{0,80})[\"'`]"
)
_PREFIX = re.compile(r"\.(?:startsWith|includes|match)\(")
_NEGATED = re.compile(r"!\s*(?:[\w$.]+\.)?(?:startsWith|includes|some|has|test|is[A-Z]\w*)\b|^!")
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))
_HANDS_ON = re.compile(
    r"\.(?:fetch|handle|handleRequest|callback)$|requestHandler|^(?:handle|handler)$", re.IGNORECASE
)
_MAX_DEPTH = 3
_MAX_CASES = 80


@dataclass(frozen=True, slots=True)
class _Case:
    """One way through a function: the steps that run for this address, and where it was chosen."""

    route: str
    methods: tuple[str, ...]
    steps: tuple[Step, ...]
    own: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class _Gate:
    """Steps that run for every address below a prefix (`""` for all) before one is chosen."""

    prefix: str
    steps: tuple[Step, ...]


def discover(survey: Survey) -> Iterator[Entry]:
    for outline in survey.live():
        if outline.language == "python" or _SUPABASE.search(outline.path):
            continue
        for path, function in _served(survey, outline):
            cases = list(_entries(survey, path, function, (), "", (), 0))
            if len(cases) > 1 or not _hands_on(function):
                yield from cases[:_MAX_CASES]


def _served(survey: Survey, outline: Outline) -> Iterator[tuple[str, Function]]:
    """The functions of a file that answer every request."""
    local = next((item.local for item in outline.exports if item.name == "default"), "")
    function = next((item for item in outline.functions if local and item.name == f"{local}.fetch"), None)
    if function is not None:
        yield outline.path, function
    for call in calls_within(outline.top):
        if _SERVES.match(call.callee):
            for arg in call.args:
                inner = arg.entry("fetch") or arg
                found = resolve_handler(survey, outline.path, None, inner)
                if found is not None and (
                    inner is not arg or _asks_path(found[1]) or "createServer" not in call.callee
                ):
                    yield found[0], found[1]
                    break


def _asks_path(function: Function) -> bool:
    return any(isinstance(step, Branch) and _chooses(step.test) for step in steps_within(function.body))


def _hands_on(function: Function) -> bool:
    """Whether another framework gets the request: its routes are found on their own."""
    return any(_HANDS_ON.search(call.callee) for call in calls_within(function.body))


def _entries(
    survey: Survey,
    path: str,
    function: Function,
    chain: tuple[Ref, ...],
    route: str,
    methods: tuple[str, ...],
    depth: int,
) -> Iterator[Entry]:
    for case in _cases(function.body, _Case(route, methods, (), (), function.span), ()):
        body = (*_request_parts(function), *case.steps)
        pruned = replace(function, body=body, span=_extent(case, function))
        inner = _next_hand(survey, path, function, case) if depth < _MAX_DEPTH else None
        if inner is not None:
            before = survey.hook(path, pruned, inner[2])
            hook = replace(before, label=f"{function.name}@{case.span.line}:{case.span.column}")
            yield from _entries(
                survey, inner[0], inner[1], (*chain, hook), case.route, case.methods, depth + 1
            )
            continue
        yield Entry(
            EntryKind.HTTP, "worker", case.route or "/", case.methods, path, case.span, pruned, path, chain
        )


def _extent(case: _Case, function: Function) -> Span:
    if not case.own:
        return function.span
    return Span(case.span.line, case.span.column, max(step.span.line_end for step in case.own))


def _request_parts(function: Function) -> Iterator[Do]:
    """What an address that is handed on holds: it was the caller's."""
    for param in function.params:
        for name in parameters.names(param)[:1]:
            if re.fullmatch(r"url|path|pathname|segments|parts", name):
                text = "request.url" if name != "url" else "new URL(request.url)"
                yield Do(function.span, (), (name,), Value(text))


def _next_hand(
    survey: Survey, path: str, function: Function, case: _Case
) -> tuple[str, Function, str] | None:
    """A helper of this case that gets the request and asks on for the path or the method."""
    for call in calls_within(case.own or case.steps):
        if not any(re.match(r"(?:req|request|ctx|event)\b", arg.text) for arg in call.args):
            continue
        target = survey.callees.target(path, function, call)
        if target is not None and target.function is not function and _asks_path(target.function):
            return target.path, target.function, call.root
    return None


def _chooses(test: str) -> bool:
    """Whether a condition picks requests by their address or method."""
    if re.search(r"[\"'`](?:OPTIONS|HEAD)[\"'`]", test):
        return False
    return bool(
        _METHOD.search(test) or (_ADDRESS.search(test) and (_PATH.search(test) or _BELOW.search(test)))
    )


def _cases(steps: tuple[Step, ...], outer: _Case, gates: tuple[_Gate, ...]) -> Iterator[_Case]:
    """Each way through these steps. `outer` is what was chosen so far, with the steps before."""
    before: list[Step] = list(outer.steps)
    gates_here = list(gates)
    chosen = False
    for step in steps:
        if isinstance(step, Branch) and _chooses(step.test):
            kept = _gate(step)
            if kept is not None:
                gates_here.append(kept)
                continue
            chosen = True
            yield from _arms(step, replace(outer, steps=tuple(before)), tuple(gates_here))
        elif isinstance(step, Attempt) and any(
            isinstance(inner, Branch) and _chooses(inner.test) for inner in steps_within(step.body)
        ):
            chosen = True
            yield from _cases(step.body, replace(outer, steps=tuple(before)), tuple(gates_here))
        else:
            before.append(step)
    if not chosen or _does_more(steps):
        rest = tuple(before)
        own = tuple(step for step in rest[len(outer.steps) :]) if outer.own else ()
        yield replace(outer, steps=_with_gates(outer, rest, gates_here), own=own or outer.own)


def _arms(step: Branch, outer: _Case, gates: tuple[_Gate, ...]) -> Iterator[_Case]:
    case = _narrowed(step, outer)
    yield from _cases(step.then, replace(case, own=step.then), gates)
    rest = step.orelse
    if len(rest) == 1 and isinstance(rest[0], Branch) and _chooses(rest[0].test):
        yield from _arms(rest[0], outer, gates)
    elif any(
        isinstance(inner, Branch) and _chooses(inner.test) for inner in steps_within(rest)
    ) or _does_more(rest):
        yield from _cases(rest, outer, gates)


def _narrowed(step: Branch, outer: _Case) -> _Case:
    found = _PATH.search(step.test)
    route = outer.route
    if found is not None and not found.group(1):
        route = found.group(2) + ("*" if _PREFIX.search(step.test) and found.group(2).endswith("/") else "")
    elif (below := _BELOW.search(step.test)) is not None:
        route = outer.route.rstrip("*").rstrip("/") + "/" + below.group(1)
    methods = tuple(dict.fromkeys(name.upper() for name in _METHOD.findall(step.test)))
    known = tuple(name for name in methods if name in _METHODS)
    return replace(outer, route=route, methods=known or outer.methods, span=step.span)


def _gate(step: Branch) -> _Gate | None:
    """A condition on the address that lets the request go on: a check in front of some addresses."""
    negated = _NEGATED.search(step.test) is not None or re.search(r"!==?\s*[\"'`]/", step.test) is not None
    leaves = any(isinstance(inner, Leave) for inner in step.then[-1:])
    answers = any(
        isinstance(inner, Do) and any(re.search(r"^res(?:ponse|ult)?$", name) for name in inner.targets)
        for inner in steps_within(step.then)
    )
    if negated:
        return _Gate("", () if leaves or step.orelse else step.then)
    branches = [inner for inner in step.then if isinstance(inner, Branch)]
    if any(_chooses(inner.test) for inner in branches):
        return None
    refuses = any(_leaves_inside(inner) for inner in branches)
    if leaves or answers or step.orelse or not refuses:
        return None
    found = _PATH.search(step.test)
    return _Gate(found.group(2) if found else "", step.then)


def _leaves_inside(step: Branch) -> bool:
    return any(isinstance(inner, Leave) for inner in step.then)


def _with_gates(case: _Case, steps: tuple[Step, ...], gates: list[_Gate]) -> tuple[Step, ...]:
    """The steps of a case behind the checks that stand in front of its address."""
    standing = [inner for gate in gates if case.route.startswith(gate.prefix) for inner in gate.steps]
    at = len(steps) - len(case.own) if case.own else 0
    return (*steps[:at], *standing, *steps[at:])


def _does_more(steps: tuple[Step, ...]) -> bool:
    """Whether what is left after the choices does anything but answer."""
    last = max((index for index, step in enumerate(steps) if isinstance(step, (Branch, Attempt))), default=-1)
    return any(call.awaited and not _answers(call) for call in calls_within(steps[last + 1 :]))


def _answers(call: Call) -> bool:
    return re.search(r"Response|json|ASSETS|not_?found", call.callee, re.IGNORECASE) is not None
