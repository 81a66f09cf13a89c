"""Ways besides logs in which personal data leaves: analytics, error trackers, prompts, public files, open lists of
recipients."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.expression import of_value
from lastmile_desktop.project.code.outline import Call, Do, Function, Outline, Step, Value, steps_within
from lastmile_desktop.project.models.operations.logs import calls_of
from lastmile_desktop.project.models.privacy.disclosure import Given, disclosed
from lastmile_desktop.project.models.routes.model import EffectKind
from lastmile_desktop.project.models.walk.effects import kind_of


@dataclass(frozen=True, slots=True)
class Leak:
    """`rule` is the rule of the check; `what` names what leaves, `where` through what."""

    rule: str
    line: int
    what: str
    where: str


_ANALYTICS = re.compile(
    r"^(?:window\.)?(?:posthog\w*|ph|mixpanel|analytics|amplitude|clarity|heap|rudderanalytics|segment|"
    r"LogRocket|FullStory|FS|hj|gtag|fbq|umami|ttq|customerio|_cio)$",
    re.IGNORECASE,
)
_IDENTIFIES = frozenset(
    "identify setUserProperties set set_once setUser setUserId track capture register setPersonProperties "
    "alias page "
    "people_set config event init setUserInfo".split()
)
_TRACKERS = re.compile(
    r"^(?:Sentry|sentry_sdk|Bugsnag|bugsnag|Rollbar|rollbar|Honeybadger|datadogRum|newrelic|scope)$"
)
_TRACKER_CALLS = frozenset(
    "setUser set_user setExtra setExtras set_extra setContext set_context captureException captureMessage "
    "capture_exception "
    "setTag setTags addBreadcrumb notify error addMetadata setCustomAttribute".split()
)
_PROMPT_NAME = re.compile(
    r"(?:prompt|context|messages|system_?message|instructions?|user_?content|user_?message|input_?text|"
    r"contents)$",
    re.IGNORECASE,
)
_WRITTEN_WHOLE = re.compile(
    r"(?:stringify|dumps|model_dump_json|model_dump|repr|str)\(\s*([A-Za-z_$][\w$.]{0,60})|"
    r"([A-Za-z_$][\w$]{0,40})\.(?:model_dump_json|model_dump|dict|to_dict)\("
)
_PERSON = re.compile(
    r"(?:^|[._])(?:\w{0,20}_?)?(?:user|profile|customer|patient|candidate|applicant|employee|member|client|"
    r"contact|lead|student|guest|resume|medical_?history|health_?(?:data|records?|profile))s?(?:_?(?:data|"
    r"record|info|details|row|history))?$",
    re.IGNORECASE,
)
_PRIVATE_FILES = re.compile(
    r"(?:^|[^a-z])(?:resumes?|cvs?|passports?|kyc|id[-_]?(?:cards?|docs?|documents?|proofs?)|identity|"
    r"licen[cs]es?|invoices?|receipts?|contracts?|medical|health|prescriptions?|exports?|backups?|"
    r"payslips?|statements?|verifications?|verification[-_]docs|tax[-_]?\w{0,10}|private|legal|"
    r"driver[-_]documents?|documents?|documentos?|comprovantes?|holerites?)(?:[^a-z]|$)",
    re.IGNORECASE,
)
_PUBLIC_ADDRESS = frozenset({"getPublicUrl", "get_public_url"})
_EACH_ADDRESS = re.compile(
    r"\.(?:map|flatMap)\(\s*\(?\s*\w+[^)=]{0,40}\)?\s*=>\s*\(?\s*\w+(?:\??\.\w+)*\??\.(?:\w*_)?e?-?mail\b|"
    r"\[\s*\w+(?:\.\w+|\[['\"]\w+['\"]\])*(?:\.email|\[['\"]email['\"]\]|\.email_address)\s+for\s|"
    r"values_list\(\s*['\"](?:\w+__)?email['\"]",
    re.IGNORECASE,
)
_INTERNAL = re.compile(
    r"admin|staff|owner|team|moderat|support|notif|alert|internal|superuser|managers?\b|operators?\b|ops\b|"
    r"approver|reviewer|settings|env\b|chunk|batch",
    re.IGNORECASE,
)
_ONE_BY_ONE = re.compile(
    r"sendMultiple|isMultiple|personalizations|send_mass|messageVersions|recipient-variables|batch\.send|"
    r"createBroadcast"
)
_MAIL_HEADERS = re.compile(r"^\w+\[['\"](?:To|Cc|CC)['\"]\]$")
_HOST = re.compile(r"https?://[\w.-]+[\w/.-]*")


def leaks_in(outline: Outline) -> tuple[Leak, ...]:
    """All of a file."""
    found = [leak for _, call in calls_of(outline) for leak in _of_call(outline, call)]
    for function in outline.functions:
        found += _prompts(outline, function)
        found += _recipients(function.body)
    return tuple(sorted(set(found), key=lambda leak: (leak.line, leak.rule, leak.what)))


def _of_call(outline: Outline, call: Call) -> Iterator[Leak]:
    names = [link.name for link in call.links if link.args is not None]
    last = names[-1] if names else ""
    if _TRACKERS.match(call.root.partition(".")[0]) and last in _TRACKER_CALLS:
        yield from _told(outline, call, "error-tracker-bodies", call.root)
    elif _ANALYTICS.match(call.root) and (last in _IDENTIFIES or not last):
        yield from _told(outline, call, "analytics-identify-pii", call.root.rpartition(".")[2])
    elif _PUBLIC_ADDRESS & set(names):
        yield from _public_file(call)


def _told(outline: Outline, call: Call, rule: str, tool: str) -> Iterator[Leak]:
    for value in call.args:
        for item in disclosed(of_value(value, outline.language), {}):
            if item.given is not Given.SECRET:
                yield Leak(rule, _line_of(value, item.name, call), item.name, tool)
                return


def _line_of(value: Value, name: str, call: Call) -> int:
    """The line of the member that holds this name, where the argument is written over several lines."""
    for _, inner in value.entries:
        if name in inner.text and inner.span is not None:
            return inner.span.line
    return call.span.line


def _public_file(call: Call) -> Iterator[Leak]:
    bucket = call.args_of("from") or call.args_of("from_")
    literal = bucket[0].literal if bucket else None
    path = call.args_of("getPublicUrl") or call.args_of("get_public_url")
    shown = literal if literal and _PRIVATE_FILES.search(literal) else ""
    if not shown and path and _PRIVATE_FILES.search(path[0].text.partition("${")[0]):
        shown = path[0].text.strip("`'\"").partition("/")[0]
    if shown and not re.search(r"public|avatar|logo|image|photo|banner|thumb", literal or ""):
        link = call.link("getPublicUrl") or call.link("get_public_url")
        yield Leak("export-public-url", link.line if link else call.span.line, shown, "getPublicUrl")


def _prompts(outline: Outline, function: Function) -> Iterator[Leak]:
    """What is put into prompts by a function that asks a model."""
    calls = [call for step in steps_within(function.body) for call in getattr(step, "calls", ())]
    asking = next((call for call in calls if _asks_model(call)), None)
    if asking is None:
        return
    values = [value for link in asking.links for value in link.args or ()]
    texts = [(value, value.span.line if value.span else asking.span.line) for value in values]
    texts += [
        (step.value, step.span.line)
        for step in steps_within(function.body)
        if isinstance(step, Do) and step.value and any(_PROMPT_NAME.search(name) for name in step.targets)
    ]
    for value, line in texts:
        shown = _personal_in(outline, value)
        if shown:
            yield Leak("llm-full-record", line, shown, "prompt")
            return


def _personal_in(outline: Outline, value: Value) -> str:
    for match in _WRITTEN_WHOLE.finditer(value.text):
        name = match[1] or match[2]
        if _PERSON.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)):
            return name
    for inner in (value, *(entry for _, entry in value.entries)):
        for item in disclosed(of_value(inner, outline.language), {}):
            if item.given is Given.DETAIL and "." in item.name:
                return item.name
    return ""


def _asks_model(call: Call) -> bool:
    address = next(
        (match[0] for link in call.links for arg in link.args or () if (match := _HOST.search(arg.text))), ""
    )
    return kind_of(call, address) is EffectKind.LLM


def _recipients(steps: tuple[Step, ...]) -> Iterator[Leak]:
    """Mails whose visible recipients are a list of customers."""
    lists: dict[str, int] = {}
    for step in steps_within(steps):
        if isinstance(step, Do) and step.value and step.targets and _is_list_of_people(step.value.text):
            lists.update(dict.fromkeys(step.targets, step.span.line))
            if _MAIL_HEADERS.match(step.targets[0]):
                yield Leak("email-cc-leak", step.span.line, "To", "mail")
        elif isinstance(step, Do) and step.value and step.targets and _MAIL_HEADERS.match(step.targets[0]):
            name = re.search(r"\.join\(\s*(\w+)", step.value.text)
            if name is not None and name[1] in lists:
                yield Leak("email-cc-leak", step.span.line, name[1], "mail")
        for call in getattr(step, "calls", ()):
            yield from _open_list(call, lists)


def _open_list(call: Call, lists: dict[str, int]) -> Iterator[Leak]:
    if kind_of(call, _address(call)) is not EffectKind.EMAIL or _ONE_BY_ONE.search(call.callee):
        return
    for value in call.args:
        if _ONE_BY_ONE.search(value.text):
            return
        for name, inner in ((value.name, value), *_options(value)):
            if name not in ("to", "cc", "recipient_list", "to_emails", "recipients"):
                continue
            bare = inner.text.strip()
            if _is_list_of_people(bare) or (bare in lists and not _INTERNAL.search(bare)):
                yield Leak(
                    "email-cc-leak", inner.span.line if inner.span else call.span.line, bare[:40], name
                )
                return
    if call.callee.endswith("send_mail") and len(call.args) > 3 and _is_list_of_people(call.args[3].text):
        yield Leak("email-cc-leak", call.span.line, "recipients", "to")


def _options(value: Value) -> Iterator[tuple[str, Value]]:
    yield from value.entries
    for _, entry in value.entries:
        for inner in entry.calls:
            for arg in inner.args:
                yield from arg.entries


def _address(call: Call) -> str:
    return next(
        (match[0] for link in call.links for arg in link.args or () if (match := _HOST.search(arg.text))), ""
    )


def _is_list_of_people(text: str) -> bool:
    return _EACH_ADDRESS.search(text) is not None and _INTERNAL.search(text) is None
