"""Input that is handed from function to function before it reaches a dangerous call.

Semgrep follows input inside one function. Here every function is read once for what its parameters reach, and
what it hands on; then calls with input from a request are followed through at most three functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Branch,
    Call,
    Do,
    Function,
    Leave,
    Loop,
    Outline,
    Value,
    steps_within,
)
from lastmile_desktop.project.models.inputs.handed_on import HandedOn, Pass, Visit, visits
from lastmile_desktop.project.models.inputs.input_sinks import has_fixed_host, sinks_of
from lastmile_desktop.project.models.routes.entry_parameters import (
    INPUT_NAMES,
    is_called_by_browser,
    takes_input,
)
from lastmile_desktop.project.models.walk.callees import Callees
from lastmile_desktop.project.models.walk.parameters import names, pairs
from lastmile_desktop.project.models.walk.taint import Label, ambient, paths_in

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

REQUEST = "request"
_FORMATTED = re.compile(r"\b[fF](\"\"\"|'''|\"|')(.*?)\1", re.DOTALL)
_FILLED = re.compile(r"\{([^{}]*)\}")
_PASSING = frozenset(
    {
        "trim", "toString", "toLowerCase", "toUpperCase", "replace", "replaceAll", "split", "join", "concat", "slice",
        "substring", "String", "parse", "decodeURIComponent", "resolve", "normalize", "json", "formData", "text", "get",
        "getAll", "param", "query", "header", "valid", "parseBody", "URL", "from", "map", "filter", "safeParse", "all",
        "strip", "lower", "upper", "format", "str", "get_json", "loads", "Path", "unquote", "getlist", "body", "form",
        "parseAsync", "validate", "at", "pop", "model_dump", "dict", "entries", "values",
    }
)  # fmt: skip
_HAND_NOTHING_ON = frozenset(
    {
        "console", "JSON", "Math", "Object", "Array", "Promise", "Number", "String", "Date", "res", "logger", "log",
        "toast", "process", "Response", "NextResponse", "z", "print", "logging", "jsonify", "len", "isinstance",
    }
)  # fmt: skip
_HARMLESS_TYPE = re.compile(
    r":\s*(?:.*\b(?:int|float|bool|UUID|Session|AsyncSession|Request|Response|BackgroundTasks|Depends|WebSocket|Enum|Literal"
    r"|date|datetime|User|CurrentUser|SessionDep|number|boolean)\b)|\bDepends\(|\bSecurity\("
)


@dataclass(frozen=True, slots=True)
class Reached:
    """What `origin` (a parameter's place, or the request) reaches in a function's own code."""

    origin: str
    kind: str
    line: int


@dataclass(frozen=True, slots=True)
class Summary:
    """`asks` is the part of `handed` that comes from a request, of functions that stand for themselves."""

    reached: tuple[Reached, ...] = ()
    handed: tuple[HandedOn, ...] = ()
    asks: tuple[HandedOn, ...] = ()


@dataclass(frozen=True, slots=True)
class InputFlow:
    """Input is handed on by the calls of `passed`, the first of which takes it from the request, and is used at
    `path`:`line` by the function `through`."""

    kind: str
    path: str
    line: int
    through: str
    passed: tuple[Pass, ...]


@dataclass
class _Reader:
    """Reads one function and the callbacks inside it."""

    outline: Outline
    children: Mapping[str, list[Function]]
    reached: list[Reached] = field(default_factory=list[Reached])
    handed: dict[tuple[object, ...], HandedOn] = field(default_factory=dict[tuple[object, ...], HandedOn])

    def read(self, function: Function, env: dict[str, frozenset[str]], texts: dict[str, str]) -> None:
        for step in steps_within(function.body):
            match step:
                case Do(calls=calls, targets=targets, value=value):
                    self._calls(calls, function, env, texts)
                    if value is not None:
                        carried = carried_by(value, env)
                        for target in targets:
                            name = target.rpartition(":")[2]
                            env[name] = _member(carried, target) if _taken_apart(value, targets) else carried
                            texts[name] = value.text
                case Leave(calls=calls) | Branch(calls=calls) | Loop(calls=calls):
                    self._calls(calls, function, env, texts)
                case _:
                    pass
        for child in self.children.get(function.name, []):
            own = {name: frozenset[str]() for param in child.params for name in names(param)}
            self.read(child, {**env, **own}, dict(texts))

    def _calls(
        self, calls: tuple[Call, ...], scope: Function, env: dict[str, frozenset[str]], texts: dict[str, str]
    ) -> None:
        for call in calls:
            for sink in sinks_of(call, texts):
                for origin in sorted(carried_by(sink.value, env)):
                    self.reached.append(Reached(origin, sink.kind, sink.line))
            self._hand_on(call, scope, env, texts)

    def _hand_on(
        self, call: Call, scope: Function, env: dict[str, frozenset[str]], texts: dict[str, str]
    ) -> None:
        if call.root in _HAND_NOTHING_ON:
            return
        link = next((link for link in call.links if link.args is not None), None)
        for place, value in enumerate((link.args or ()) if link else ()):
            for member, part in value.entries or (("", value),):
                for origin in sorted(carried_by(part, env)):
                    # Calls are told apart by identity: comparing all that is in them takes most of the time.
                    key = (id(call), origin, place, member, value.name)
                    if key not in self.handed:
                        fixed = has_fixed_host(part, texts)
                        self.handed[key] = HandedOn(
                            origin, call, place, member, value.name, scope, "", fixed, part.text
                        )


def carried_by(value: Value, env: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Whose text a value holds: parameters by place, or the request."""
    text = _FORMATTED.sub(lambda match: " ".join(_FILLED.findall(match.group(2))), value.text)
    outer = value.calls[0] if value.calls else None
    if outer is not None and _is_whole(value.text, outer):
        name = next((link.name or outer.root for link in reversed(outer.links) if link.args is not None), "")
        if name not in _PASSING:
            return frozenset()
    found: set[str] = set()
    for path in paths_in(text):
        prefix = path.text
        while prefix and prefix not in env:
            prefix = prefix.rpartition(".")[0]
        if ambient(path.text) & Label.REQUEST:
            found.add(REQUEST)
        elif prefix == path.text:
            found |= env[prefix]
        elif prefix:
            found |= _member(env[prefix], path.text[len(prefix) + 1 :])
    return frozenset(found)


def _member(origins: frozenset[str], path: str) -> frozenset[str]:
    """The origins of a member: of a parameter only that member is known to be meant."""
    first = path.partition(":")[0].partition(".")[0]
    return frozenset(
        origin if origin == REQUEST or "." in origin else f"{origin}.{first}" for origin in origins
    )


def _taken_apart(value: Value, targets: tuple[str, ...]) -> bool:
    """`const { url, id } = options`, as far as it can be told from the names on the left."""
    plain = re.fullmatch(r"[A-Za-z_$][\w$]*", value.text.strip()) is not None
    return plain and (len(targets) > 1 or any(":" in target for target in targets))


def _is_whole(text: str, call: Call) -> bool:
    bare = text.strip().removeprefix("await ").removeprefix("new ").lstrip("( ")
    return bare.startswith(call.root) and text.rstrip().endswith((")", ")!"))


def summaries(outline: Outline) -> dict[str, Summary]:
    """What each function of a file does with its parameters and with the request."""
    children: dict[str, list[Function]] = {}
    for function in outline.functions:
        if function.parent:
            children.setdefault(function.parent, []).append(function)
    found: dict[str, Summary] = {}
    for function in outline.functions:
        if function.parent and "@" in function.name.rpartition(".")[2]:
            # Read with the function around it; nobody can call it by a name.
            continue
        reader = _Reader(outline, children)
        reader.read(function, dict(_parameters(outline, function)), {})
        if reader.reached or reader.handed:
            handed = tuple(reader.handed.values())
            asks = tuple(item for item in handed if item.origin == REQUEST and not function.parent)
            found[function.name] = Summary(tuple(dict.fromkeys(reader.reached)), handed, asks)
    return found


def _parameters(outline: Outline, function: Function) -> Iterator[tuple[str, frozenset[str]]]:
    comes_in = takes_input(outline, function)
    called = is_called_by_browser(function)
    for place, param in enumerate(function.params):
        for local, member in pairs(param):
            origin = f"{place}.{member}" if member else str(place)
            asked = called and local in INPUT_NAMES
            asked = asked or (
                comes_in and not _HARMLESS_TYPE.search(param) and local not in ("self", "cls", "request")
            )
            yield local, frozenset({origin, REQUEST} if asked else {origin})


def build_flows(view: ProjectView) -> tuple[InputFlow, ...]:
    """Every use of input that lies at least one call away from where the input comes in."""
    by_file = view.each_outline("input.summaries", summaries)
    callees = Callees(view.outlines, view.modules)

    def onward(path: str, function: str) -> tuple[HandedOn, ...]:
        summary = by_file.get(path, {}).get(function)
        return summary.handed if summary else ()

    found: dict[tuple[str, str, int], InputFlow] = {}
    for path, functions in sorted(by_file.items()):
        for summary in functions.values():
            for handed in summary.asks:
                for visit in visits(onward, callees, path, handed):
                    for flow in _used_in(visit, by_file):
                        found.setdefault((flow.kind, flow.path, flow.line), flow)
    return tuple(found[key] for key in sorted(found))


def _used_in(visit: Visit, by_file: Mapping[str, Mapping[str, Summary]]) -> Iterator[InputFlow]:
    """The dangerous uses of what a function received."""
    path, name = visit.target.path, visit.target.function.name
    summary = by_file.get(path, {}).get(name)
    for reached in summary.reached if summary else ():
        if visit.covers(reached.origin) and not (visit.fixed and reached.kind == "ssrf"):
            yield InputFlow(reached.kind, path, reached.line, name, visit.passed)
