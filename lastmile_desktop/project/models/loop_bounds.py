"""Loops that go through a few things only: written-out lists, enumerations, what was cut off or counted before, what
a person picks or a model answers; and loops whose every turn waits for something slower than a query."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import (
    Branch,
    Do,
    Function,
    Leave,
    Loop,
    Outline,
    Step,
    calls_within,
    steps_within,
)

_UP_TO_TWENTY = r"(?:1?\d|20)\b"
_FEW = re.compile(
    r"^\[|^\(\s*['\"]|^[A-Z][A-Z0-9_]+$|Object\.(?:keys|entries|values)\(\s*(?:\{|[A-Z])|chunk|batch|\brange\(|retries"
    r"|attempts|\b[A-Z]\w{1,60}\.(?:values|choices|labels|names)(?:\(\))?$"
    r"|^[A-Z]\w{0,60}(?:Type|Kind|Status|Role|Level|Choices|Enum)s?$"
)
_CUT = re.compile(
    rf"\.slice\(\s*0\s*,\s*{_UP_TO_TWENTY}\s*\)|\[\s*0?\s*:\s*{_UP_TO_TWENTY}\s*\]|\btake\s*:\s*{_UP_TO_TWENTY}"
    rf"|\.(?:limit|take|first)\(\s*{_UP_TO_TWENTY}\s*\)|\bislice\([^()]{{1,80}},\s*{_UP_TO_TWENTY}\s*\)"
)
_WRITTEN_OUT = re.compile(r"^[\[(]\s*(?!\.\.\.|\*)[^\s\])]")
_COMPREHENSION = re.compile(r"\sfor\s+[\w, ()]{1,60}\s+in\s")
_SUBJECT = re.compile(r"^[(\s]*([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)")
_MOST_PARENTS = 4
_ONCE = re.compile(
    r"(?:^|\.)_?(?:delete|remove|cancel|destroy|purge|clean_?up|seed|set_?up|migrate|reset|restore|initiali[sz]e|backfill"
    r"|uninstall|anonymi[sz]e|erase|eliminar|borrar|cerrar|excluir|deletar|supprimer|loesch\w{0,4})(?=[_A-Z]|$|\.)"
)
_FEW_BY_NAME = re.compile(
    r"(?:^|_)(?:days?|dates|week_?days|weeks|months|quarters|years|hours|periods|intervals|ranges|sources|regions|owners|admins|managers|features?|roles|types|kinds|steps|placements|platforms|languages"
    r"|locales|sizes|colou?rs|currencies|files|attachments|images|photos|uploads|suggestions|improvements|insights"
    r"|recommendations|behaviou?rs|providers|schools|cart|cart_items|line_items|options|slots|fields|columns|tables|keys"
    r"|prices|plans|tiers|env_vars|settings|configs?|defaults|templates|buckets|scopes|permissions|statuses|variants)$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FEW_OF_MODEL = re.compile(
    r"\b[A-Z]\w{0,40}(?:Column|Plan|Category|Role|Setting|Tier|Status|Type|Stage|Region|Currency|Language)\.(?:query|objects)\b"
)
_ANSWERED = re.compile(
    r"JSON\.parse\(|json\.loads\(|\b(?:synthesi[sz]e|analy[sz]e|generate|extract|detect|suggest|classify|propose|plan)[A-Z_]\w*\("
)
_CONSTANT = re.compile(r"^(?:Object\.\w+\(\s*)?[A-Z][A-Z0-9_]{2,}\b")
_SLOW = re.compile(
    r"^(?:openai|anthropic|genai)\b"
    r"|(?i:generate|synthesi[sz]e|analy[sz]e|validate(?=\w{0,20}(?:ai|llm|knowledge|entry))|improve|summari[sz]e|evaluate"
    r"|translate|transcribe|archive|auto_?tag|preserve|render|embed|scrape|crawl|call_?(?:ai|llm|gemini|claude|gpt|openai)|completions?\.create"
    r"|messages\.create|generateContent|verify_?payment)\w{0,40}$"
)


def is_short(outline: Outline, function: str, over: str) -> bool:
    """Whether what a loop of this function goes through is short, however many customers there are."""
    if _FEW.search(over) or _CUT.search(over) or _FEW_OF_MODEL.search(over):
        return True
    subject = _SUBJECT.match(over)
    if subject is None:
        return False
    name = subject[1]
    if _FEW_BY_NAME.search(_CAMEL.sub("_", name.rpartition(".")[2]).lower()):
        return True
    measured = re.compile(
        rf"(?:\blen\(\s*{re.escape(name)}\s*\)|(?<![\w$.]){re.escape(name)}(?:\?)?\.(?:length|size))\s*>=?\s*\d{{1,2}}\b"
        rf"(?!\s*(?:&&|and\b))"
    )
    assigned: list[str] = []
    for step in _steps(outline, function):
        if isinstance(step, Do) and step.value is not None and name in step.targets:
            assigned.append(step.value.text.strip())
        elif isinstance(step, Branch) and measured.search(step.test) and _leaves(step):
            return True
    return bool(assigned) and (
        all(_is_few(text) for text in assigned) or _CUT.search(assigned[-1]) is not None
    )


def is_once(function: str) -> bool:
    """Whether a function runs when something is taken away or set up, which nobody does all day."""
    return _ONCE.search(function) is not None


def waits_anyway(steps: tuple[Step, ...]) -> bool:
    """Whether each turn of a loop waits for another service, next to which its queries do not matter."""
    return any(call.awaited and _SLOW.search(call.callee) is not None for call in calls_within(steps))


def loop_at(outline: Outline, function: str, line: int) -> tuple[Step, ...]:
    """What a loop of this function that begins at the line does in each turn; () when there is none."""
    for step in _steps(outline, function):
        if isinstance(step, Loop) and step.span.line == line:
            return step.body
    inline = next((item for item in outline.functions if item.span.line == line and item.wrapped_by), None)
    return inline.body if inline is not None else ()


def _is_few(text: str) -> bool:
    if any(pattern.search(text) for pattern in (_CUT, _FEW_OF_MODEL, _ANSWERED)) or _CONSTANT.match(text):
        return True
    return _WRITTEN_OUT.match(text) is not None and not _COMPREHENSION.search(text)


def _leaves(step: Branch) -> bool:
    return bool(step.then) and isinstance(step.then[-1], Leave)


def _steps(outline: Outline, name: str) -> Iterator[Step]:
    """The statements of a function and of those around it."""
    function: Function | None = outline.function(name) if name else None
    if function is None:
        yield from steps_within(outline.top)
    for _ in range(_MOST_PARENTS):
        if function is None:
            return
        yield from steps_within(function.body)
        function = outline.function(function.parent) if function.parent else None
