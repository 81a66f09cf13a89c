"""Which options of payment calls a visitor's request decides, through the project's own helpers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Branch, Call, Do, Function, Leave, Loop, Outline, Span, Step
from lastmile_desktop.project.models.inputs.handed_on import HOPS, HandedOn, Visit, visits
from lastmile_desktop.project.models.payments.payment_calls import Field, PayCall, calls_of
from lastmile_desktop.project.models.payments.payment_inputs import NONE, REQUEST, Env, Flow, Origins
from lastmile_desktop.project.models.routes.entry_parameters import (
    INPUT_NAMES,
    is_called_by_browser,
    takes_input,
)
from lastmile_desktop.project.models.walk.callees import Callees
from lastmile_desktop.project.models.walk.parameters import pairs
from lastmile_desktop.project.models.webhooks.entries import is_skipped

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_ENUM = re.compile(
    r"\b(\w+)['\"]?\s*:\s*(?:z\.|v\.|t\.|yup\.|Joi\.)?(?:\w+\(\)\.)?(?:enum|literal|nativeEnum|union|picklist|oneOf|valid|Union|"
    r"Literal|Enum)\s*[(\[]|\b(\w+)\s*:\s*(?:Optional\[)?(?:Literal\[|\w*(?:Enum|PlanType|PlanId|Tier|PlanName)\b)"
)
_NOT_INPUT = re.compile(
    r":\s*(?:.*\b(?:UUID|Session|AsyncSession|Response|BackgroundTasks|Depends|User|CurrentUser|SessionDep)\b)"
    r"|\bDepends\(|\bSecurity\(|\bHeader\("
)


@dataclass(frozen=True, slots=True)
class Decided:
    """An option of a payment call that comes from `origin`; `text` is how it is written."""

    pay: PayCall
    field: str
    origin: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Summary:
    decided: tuple[Decided, ...] = ()
    handed: tuple[HandedOn, ...] = ()


@dataclass(frozen=True, slots=True)
class BrowserDecides:
    """The request decides an option of a payment call. `entry` is the place it comes in, when that is elsewhere."""

    pay: PayCall
    field: str
    text: str
    line: int
    entry_path: str
    entry_line: int
    entry_function: str


def browser_decides(view: ProjectView) -> tuple[BrowserDecides, ...]:
    """Every option of a payment call that the browser decides, unless a test or a lookup stands between."""
    by_file = view.each_outline("payments.flows", summaries)
    if not any(item.decided for found in by_file.values() for item in found.values()):
        return ()
    callees = Callees(view.outlines, view.modules)
    leading = _leading(by_file)

    def onward(path: str, function: str) -> tuple[HandedOn, ...]:
        summary = by_file.get(path, {}).get(function)
        return summary.handed if summary else ()

    found: dict[tuple[str, int, str], BrowserDecides] = {}
    for path, functions in sorted(by_file.items()):
        for name, summary in functions.items():
            for item in summary.decided:
                if item.origin == REQUEST:
                    found.setdefault(
                        (path, item.line, item.field),
                        BrowserDecides(item.pay, item.field, item.text, item.line, path, item.line, name),
                    )
            for handed in summary.handed:
                if handed.origin == REQUEST and handed.callee in leading:
                    for visit in visits(onward, callees, path, handed):
                        for item in _decided_in(visit, by_file):
                            entry = BrowserDecides(
                                item.pay, item.field, item.text, item.line, path, handed.call.span.line, name
                            )
                            found.setdefault((item.pay.path, item.line, item.field), entry)
    return tuple(found[key] for key in sorted(found))


def _decided_in(visit: Visit, by_file: Mapping[str, Mapping[str, Summary]]) -> Iterator[Decided]:
    summary = by_file.get(visit.target.path, {}).get(visit.target.function.name)
    for item in summary.decided if summary else ():
        if visit.covers(item.origin):
            yield item


def _leading(by_file: Mapping[str, Mapping[str, Summary]]) -> frozenset[str]:
    """The names of functions through which an argument can reach a payment call."""
    summaries = [(name, item) for functions in by_file.values() for name, item in functions.items()]
    names = {name.rpartition(".")[2] for name, item in summaries if item.decided}
    for _ in range(HOPS - 1):
        names |= {
            name.rpartition(".")[2]
            for name, item in summaries
            if any(handed.callee in names for handed in item.handed)
        }
    return frozenset(names)


def summaries(outline: Outline) -> dict[str, Summary]:
    """What each function of a file does with its parameters and with the request, as far as payments go."""
    if outline.shallow or is_skipped(outline.path):
        return {}
    by_call = {(item.call.span, item.call.root): item for item in calls_of(outline)}
    children: dict[str, list[Function]] = {}
    for function in outline.functions:
        if function.parent:
            children.setdefault(function.parent, []).append(function)
    enums = _enums(outline)
    found: dict[str, Summary] = {}
    for function in outline.functions:
        if function.parent and function.parent in {item.name for item in outline.functions}:
            continue
        reader = _Reader(outline, by_call, children, enums)
        reader.read(function, dict(_parameters(outline, function)))
        if reader.decided or reader.handed:
            found[function.name] = Summary(
                tuple(dict.fromkeys(reader.decided)), tuple(dict.fromkeys(reader.handed))
            )
    return found


class _Reader:
    """Reads one function with the callbacks inside it."""

    def __init__(
        self,
        outline: Outline,
        by_call: Mapping[tuple[Span, str], PayCall],
        children: Mapping[str, list[Function]],
        enums: frozenset[str],
    ) -> None:
        language = "python" if outline.language == "python" else "typescript"
        self._by_call = by_call
        self._children = children
        self._language, self._enums = language, enums
        self.decided: list[Decided] = []
        self.handed: list[HandedOn] = []

    def read(self, function: Function, env: Env) -> None:
        flow = Flow(self._language, self._enums)
        for step, current in flow.walk(function.body, env):
            for call in _calls(step):
                pay = self._by_call.get((call.span, call.root))
                if pay is not None:
                    self._judge(pay, flow, current)
                if pay is None or (pay.own and all(field.name.startswith("#") for field in pay.fields)):
                    # What stands at a place in a helper's list only gets its name inside the helper.
                    self._hand_on(call, function, flow, current)
        for child in self._children.get(function.name, ()):
            own = dict(_parameters_of_callback(child))
            self.read(child, {**env, **own})

    def _judge(self, pay: PayCall, flow: Flow, env: Env) -> None:
        seen: set[tuple[str, str]] = set()
        for field in pay.fields:
            for origin in sorted(self._origins(field, flow, env)):
                if (field.name, origin) in seen:
                    continue
                seen.add((field.name, origin))
                line = field.value.span.line if field.value.span and field.value.span.line else pay.line
                self.decided.append(Decided(pay, field.name, origin, field.value.text[:80], line))

    def _origins(self, field: Field, flow: Flow, env: Env) -> Origins:
        if field.over is None:
            return flow.of(field.value, env)
        inside = dict(env)
        given = flow.of(field.over, env)
        for child in self._all_children():
            if child.name == field.scope and child.params:
                for local, member in pairs(child.params[0]):
                    inside[local] = NONE if member in self._enums else given
                for _ in flow.walk(child.body, inside):
                    pass
        return flow.of(field.value, inside)

    def _all_children(self) -> Iterator[Function]:
        for group in self._children.values():
            yield from group

    def _hand_on(self, call: Call, scope: Function, flow: Flow, env: Env) -> None:
        link = next((link for link in call.links if link.args is not None), None)
        callee = (link.name if link else "") or call.root
        for place, value in enumerate((link.args or ()) if link else ()):
            for member, part in value.entries or (("", value),):
                if member in self._enums:
                    continue
                for origin in sorted(flow.of(part, env)):
                    name = "" if member == "..." else member
                    self.handed.append(HandedOn(origin, call, place, name, value.name, scope, callee))


def _calls(step: Step) -> tuple[Call, ...]:
    return step.calls if isinstance(step, Do | Leave | Branch | Loop) else ()


def _enums(outline: Outline) -> frozenset[str]:
    """Names of members that may only have one of a few written values (`plan: z.enum(["basic", "pro"])`)."""
    texts = [step.value.text for step in outline.top if isinstance(step, Do) and step.value is not None]
    texts += [
        step.value.text
        for function in outline.functions
        for step in function.body
        if isinstance(step, Do) and step.value is not None and ".object(" in step.value.text
    ]
    texts += [f"{name}: {kind}" for item in outline.classes for name, kind in item.annotations]
    texts += [param for function in outline.functions for param in function.params]
    return frozenset(
        name for text in texts for match in _ENUM.finditer(text) for name in match.groups() if name
    )


def _parameters(outline: Outline, function: Function) -> Iterator[tuple[str, Origins]]:
    comes_in = takes_input(outline, function)
    wrapped = bool(function.wrapped_by)
    for place, param in enumerate(function.params):
        for local, member in pairs(param):
            origin = f"{place}.{member}" if member else str(place)
            asked = (
                comes_in and not _NOT_INPUT.search(param) and local not in ("self", "cls", "request", "ctx")
            )
            # What a wrapper hands on besides the visitor's input is the wrapper's own.
            asked = asked and (not wrapped or local in INPUT_NAMES or "FormData" in param)
            asked = asked or (local in INPUT_NAMES and is_called_by_browser(function))
            yield local, frozenset({origin, REQUEST} if asked else {origin})


def _parameters_of_callback(function: Function) -> Iterator[tuple[str, Origins]]:
    for param in function.params:
        for local, _ in pairs(param):
            asked = local in INPUT_NAMES and is_called_by_browser(function)
            yield local, frozenset({REQUEST}) if asked else NONE
