"""Reads one file's outbound calls and how long each may take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Loop,
    Outline,
    Step,
    Value,
    steps_within,
)
from lastmile_desktop.project.models.calls import clients as call_clients
from lastmile_desktop.project.models.calls import python as call_python
from lastmile_desktop.project.models.calls import script as call_script
from lastmile_desktop.project.models.calls.model import CallSite, FileCalls

_INTERESTING = re.compile(
    r"\bfetch\s*\(|axios|\bgot\b|\bky\b|superagent|undici|needle|https?\.(?:get|request)|requests\.|httpx|aiohttp|urlopen|"
    r"OpenAI|Anthropic|GoogleGenAI|GoogleGenerativeAI|generateText|streamText|generateObject|streamObject|stripe|Stripe|Pool\b|"
    r"postgres|create_engine|create_async_engine|create_pool|psycopg|createTransport|smtplib|litellm|Groq|Mistral|Replicate",
)
_LIMITING = re.compile(
    r"timeout|deadline|timed|Promise\.race|wait_for|move_on_after|fail_after|asyncio\.timeout", re.IGNORECASE
)
_MAX_DURATION = re.compile(r"^\s*export\s+const\s+maxDuration\s*=\s*(\d+)", re.MULTILINE)
_TOGETHER = re.compile(r"(?:^|\.)(?:Promise\.(?:all|allSettled|race|any)|gather)$")


@dataclass(frozen=True, slots=True)
class Spot:
    """A call with what stands around it. `steps` are the whole function's, for looking up options."""

    call: Call
    function: str
    steps: tuple[Step, ...]
    beside: tuple[Call, ...]
    limited: bool
    in_try: bool
    in_loop: bool


def read(outline: Outline, text: str) -> FileCalls:
    """The outbound calls of one file."""
    if not _INTERESTING.search(text):
        return FileCalls()
    modules = {
        local: item.module for item in outline.imports for local, _ in item.names if not item.type_only
    }
    is_python = outline.language == "python"
    sites: list[CallSite] = []
    axios_default = False
    for spot in spots(outline):
        site = (
            call_python.site(spot, modules, outline.path)
            if is_python
            else call_script.site(spot, modules, outline.path, text)
        )
        site = site or call_clients.site(spot, modules, outline, text)
        if site is not None:
            sites.append(_around(site, spot))
    for step in outline.top:
        if isinstance(step, Do) and "axios.defaults.timeout" in step.targets:
            axios_default = True
    deadline = _MAX_DURATION.search(text)
    return FileCalls(tuple(sites), axios_default, float(deadline[1]) if deadline else None)


def _around(site: CallSite, spot: Spot) -> CallSite:
    """The site with what its surroundings say."""
    timeout = site.timeout or ("wrapper" if spot.limited and site.role == "request" else "")
    together = any(_TOGETHER.search(other.callee) and _holds(other, spot.call) for other in spot.beside)
    return replace(
        site,
        timeout=timeout,
        function=spot.function,
        in_try=spot.in_try,
        in_loop=spot.in_loop,
        awaited_alone=spot.call.awaited and not together,
    )


def spots(outline: Outline) -> Iterator[Spot]:
    yield from _walk(outline.top, "", outline.top, in_try=False, in_loop=False, limited=False)
    for function in outline.functions:
        limited = any(_LIMITING.search(call.callee) for call in function.wrapped_by)
        yield from _walk(
            function.body, function.name, function.body, in_try=False, in_loop=False, limited=limited
        )


def _walk(
    steps: tuple[Step, ...], name: str, whole: tuple[Step, ...], *, in_try: bool, in_loop: bool, limited: bool
) -> Iterator[Spot]:
    for step in steps:
        calls = () if isinstance(step, Attempt) else step.calls
        for call in calls:
            held = limited or any(
                _LIMITING.search(other.callee) and _holds(other, call) for other in calls if other is not call
            )
            yield Spot(call, name, whole, calls, held, in_try, in_loop)
        match step:
            case Branch(then=then, orelse=orelse):
                for part in (then, orelse):
                    yield from _walk(part, name, whole, in_try=in_try, in_loop=in_loop, limited=limited)
            case Attempt(body=body, handlers=handlers, final=final):
                yield from _walk(body, name, whole, in_try=True, in_loop=in_loop, limited=limited)
                for part in (*handlers, final):
                    yield from _walk(part, name, whole, in_try=in_try, in_loop=in_loop, limited=limited)
            case Loop(body=body, kind=kind, header=header):
                held = limited or (kind == "with" and _LIMITING.search(header) is not None)
                yield from _walk(
                    body, name, whole, in_try=in_try, in_loop=in_loop or kind != "with", limited=held
                )
            case _:
                pass


def _holds(outer: Call, inner: Call) -> bool:
    """Whether a call stands among another call's arguments."""
    return any(_within(arg, inner) for link in outer.links for arg in link.args or ())


def _within(value: Value, call: Call) -> bool:
    return any(item.span == call.span and item.callee == call.callee for item in value.calls) or any(
        _within(item, call) for item in value.items
    )


def option(spot: Spot, value: Value | None, *names: str) -> Value | None:
    """A member of an options argument, also when the options are a variable of the same function."""
    if value is None:
        return None
    for name in names:
        found = value.entry(name)
        if found is not None:
            return found
    if not re.fullmatch(r"[\w$.]+", value.text):
        return None
    for step in steps_within(spot.steps):
        if not isinstance(step, Do) or step.value is None:
            continue
        for name in names:
            if f"{value.text}.{name}" in step.targets:
                return step.value
            if value.text in step.targets and step.value.entry(name) is not None:
                return step.value.entry(name)
    return None


def is_open(value: Value | None) -> bool:
    """Whether an options argument is something unknown: a parameter, a spread."""
    return value is not None and (
        any(key == "..." for key, _ in value.entries) or re.fullmatch(r"[\w$.]+", value.text) is not None
    )
