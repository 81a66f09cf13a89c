"""Loops that go through a few things only: written-out lists, enumerations, what was cut off or counted before, what
a person picks or a model answers; and loops whose every turn waits for something slower than a query."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.code.outline import (
    Branch,
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

_UP_TO_TWENTY = r"(?:1?\d|20)\b"
_FEW = re.compile(
    # The settings that a request brings, each once.
    r"Object\.(?:keys|entries)\(\s*(?:body|payload|settings|updates|changes|fields|translations)\b|"
    r"^\[|^\(\s*['\"]|^[A-Z][A-Z0-9_]+$|Object\.(?:keys|entries|values)\(\s*(?:\{|[A-Z])|chunk|batch|\brange\(|retries"
    r"|attempts|\b(?:all_models|get_models|installed_apps|_meta)\b|\b[A-Z]\w{1,60}\.(?:values|choices|labels|names)(?:\(\))?$"
    r"|^[A-Z]\w{0,60}(?:Type|Kind|Status|Role|Level|Choices|Enum)s?$"
)
_CUT = re.compile(
    rf"\.slice\(\s*0\s*,\s*{_UP_TO_TWENTY}\s*\)|\[\s*0?\s*:\s*{_UP_TO_TWENTY}\s*\]|\btake\s*:\s*{_UP_TO_TWENTY}"
    rf"|\.(?:limit|take|first)\(\s*{_UP_TO_TWENTY}\s*\)|\bislice\([^()]{{1,80}},\s*{_UP_TO_TWENTY}\s*\)"
)
# A job takes a portion each time it runs.
_PORTION = re.compile(
    r"\.(?:limit|take|first)\(\s*(?:[1-4]?\d|50)\s*\)|\b(?:take|limit)\s*:\s*(?:[1-4]?\d|50)\b"
)
_BY_THE_CLOCK = re.compile(
    r"(?:^|[/_.-])(?:crons?|webhooks?|ticks?|schedul(?:er|ed|es?)|workers?|queues?|dispatch\w{0,4}|digests?|clean-?ups?|purge"
    r"|inngest)(?:[/_.-]|$)|(?:^|/)(?:tasks|jobs)\.py$|\.(?:handler|job|task)\.[cm]?[jt]s$|api/(?:[\w-]{1,40}/){0,4}hooks/"
    r"|functions/[\w-]{1,60}-reminders/",
    re.IGNORECASE,
)
# What a webhook brings at once, and what is tidied up by the clock.
_FEW_AT_A_TIME = re.compile(r"(?:^|[/_-])(?:webhooks?|clean-?up|purge)(?:[/_.-]|$)", re.IGNORECASE)
_WRITTEN_OUT = re.compile(r"^[\[(]\s*(?!\.\.\.|\*)[^\s\])]")
_COMPREHENSION = re.compile(r"\sfor\s+[\w, ()]{1,60}\s+in\s")
_SUBJECT = re.compile(
    r"^(?:[(\s]|await\s|Object\.(?:keys|values|entries)\(|Array\.from\(|new\s+Set\(|(?:list|set|sorted|enumerate|tuple)\()*"
    r"([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)"
)
_MOST_PARENTS = 4
_ONCE = re.compile(
    r"(?:^|\.)_?(?:delete|remove|cancel|destroy|purge|clean_?up|seed|set_?up|migrate|reset|restore|initiali[sz]e|backfill"
    r"|uninstall|anonymi[sz]e|erase|eliminar|borrar|cerrar|excluir|deletar|supprimer|loesch\w{0,4})(?=[_A-Z]|$|\.)"
)
_FEW_BY_NAME = re.compile(
    r"(?:^|_)(?:days?|dates|week_?days|weeks|months|quarters|years|hours|periods|intervals|ranges|sources|regions|owners|admins|managers|features?|roles|types|kinds|steps|placements|platforms|languages"
    r"|locales|sizes|colou?rs|currencies|files|attachments|images|photos|uploads|suggestions|improvements|insights"
    r"|recommendations|behaviou?rs|providers|schools|cart|cart_items|line_items|options|slots|fields|columns|tables|keys"
    r"|prices|plans|tiers|env_vars|settings|configs?|defaults|templates|buckets|scopes|permissions|statuses|variants"
    r"|mentions|candidates|presets|scenes|panels|tags|tag_names|labels|handles|flags|translations|warnings|chat_ids|chats)$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FEW_OF_MODEL = re.compile(
    r"\b[A-Z]\w{0,40}(?:Column|Plan|Category|Role|Setting|Tier|Status|Type|Stage|Region|Currency|Language)\.(?:query|objects)\b"
)
_ANSWERED = re.compile(
    r"JSON\.parse\(|\bre\.findall\(|\.matchAll\(|json\.loads\(|\b(?:synthesi[sz]e|analy[sz]e|generate|extract|detect|suggest|classify|propose|plan)[A-Z_]\w*\("
)
_CONSTANT = re.compile(r"^(?:Object\.\w+\(\s*)?[A-Z][A-Z0-9_]{2,}\b")
_SLOW = re.compile(
    r"^(?:openai|anthropic|genai|stripe\w{0,20}|twilio\w{0,20}|resend|transporter|axios|requests|httpx)\b(?:\.|$)|^fetch$"
    r"|(?i:(?:^|\.)_?send\w{0,40}(?:e?mail|sms|push|whats_?app|reminder)\w{0,20})$"
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
    own = re.compile(rf"(?<![\w$.'\"]){re.escape(name)}(?![\w$'\"])")
    if _FEW_BY_NAME.search(_CAMEL.sub("_", name.rpartition(".")[2]).lower()):
        return True
    measured = re.compile(
        rf"(?:\blen\(\s*{re.escape(name)}\s*\)|(?<![\w$.]){re.escape(name)}(?:\?)?\.(?:length|size))\s*>=?\s*\d{{1,2}}\b"
        rf"(?!\s*(?:&&|and\b))"
    )
    assigned: list[str] = []
    for step in _steps(outline, function):
        if isinstance(step, Do) and step.value is not None and name in step.targets:
            text = step.value.text.strip()
            if not own.search(text):
                assigned.append(text)
        elif isinstance(step, Branch) and measured.search(step.test) and _leaves(step):
            return True
    if not assigned:
        return False
    if all(_is_few(text) for text in assigned) or _CUT.search(assigned[-1]):
        return True
    return _PORTION.search(assigned[-1]) is not None and is_by_the_clock(outline.path)


def is_once(function: str) -> bool:
    """Whether a function runs when something is taken away or set up, which nobody does all day."""
    return _ONCE.search(function) is not None


def is_by_the_clock(path: str) -> bool:
    """Whether a file's name says that it works something off while nobody waits."""
    return _BY_THE_CLOCK.search(path) is not None


def is_few_at_a_time(path: str) -> bool:
    """Whether a file's name says that only a few things come to it at once."""
    return _FEW_AT_A_TIME.search(path) is not None


def stops_when_found(steps: tuple[Step, ...]) -> bool:
    """Whether a loop tries one after the other and ends with the first that fits."""
    made = {name for step in steps_within(steps) for name in (step.targets if isinstance(step, Do) else ())}
    for step in steps_within(steps):
        if isinstance(step, Do) and step.value is not None and step.value.text == "break":
            return True
        if isinstance(step, Branch) and step.test.strip() in made and step.then:
            last = step.then[-1]
            if (
                isinstance(last, Leave)
                and last.how is Exit.RETURN
                and last.value is not None
                and last.value.text.startswith(step.test.strip())
            ):
                return True
    return False


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
