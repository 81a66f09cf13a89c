"""privacy.pii-leaks: personal data and secrets that end up in logs, links, analytics, prompts or public files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.operations.answers_logged import logged_answer_line
from lastmile_desktop.project.models.operations.logs import FileLogs, LogWrite, file_logs
from lastmile_desktop.project.models.privacy.disclosure import Given
from lastmile_desktop.project.models.privacy.leaks import Leak, leaks_in
from lastmile_desktop.project.models.privacy.personal_texts import (
    NOBODY,
    is_secret_key,
    may_hold_people,
    people_in,
    telling_links,
)
from lastmile_desktop.project.models.usage.server_code import serves_users
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "privacy.pii-leaks"
_MOST_PLACES = 8
_FAR = 30
_NOT_LIVE = re.compile(
    r"NODE_ENV[^\n]{0,20}=\s*[\"']production|\bisProd\w*\b|settings\.DEBUG|import\.meta\.env\.DEV"
)
_READ_OUT = re.compile(
    r"(?i)decoded|claims|payload|hashed|masked|redacted|placeholder|token_?(?:name|count|type|id|s)$|(?:^|\.)session$"
)
_VAGUE = re.compile(r"(?i)(?:^|\.)(?:token|key|code|secret|hash)$")
_MADE = (
    r"(?i:jwt|\bsign\(|randombytes|token_urlsafe|token_hex|uuid|authorization|bearer|cookie|generate|create_?\w{0,12}token"
    r"|access_?token|session|reset|verif|getToken|localStorage)"
)
_MOST_FILES = 20
_A_HABIT = 3
_FEWEST_PEOPLE = 3
_MANY_PEOPLE = 10
_REDACTION = re.compile(
    r"\bredact\s*[:=(]|beforeSend\s*[:=(]|before_send\s*=|SensitiveDataFilter|redactPaths|"
    r"addFilter\(\s*\w*(?:PII|Redact|Mask)"
)
_PERSONAL = re.compile(
    r"e-?mail|phone|password|customer|patient|(?:street|shipping|billing|home)_?address|first_?name|"
    r"full_?name|birth_?",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"(?i)e_?mail|phone|password|token|(?:^|_)(?:name|names|address|message|messages|text|content|prompt|"
    r"notes?|bio|comment|comments|"
    r"description|customer|patient|user|profile|card|street|birth\w{0,6}|html|body|subject|feedback|"
    r"answers?|resume|contact|otp|code)(?:$|_)"
)
_BACK_OFFICE = re.compile(r"(?:^|/)(?:\(?admin\)?|backoffice|cms)/")
_NO_FIELD = frozenset(
    {"length", "get", "toString", "keys", "items", "then", "slice", "substring", "trim", "status"}
)
_LINK_FILES = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".py", ".vue", ".svelte", ".astro")
_MESSAGES = {
    "analytics-identify-pii": "{where} is given `{what}`: personal data leaves for an analytics company.",
    "error-tracker-bodies": "{where} is given `{what}`: personal data is kept with every error report.",
    "llm-full-record": "`{what}` is put whole into a prompt: the AI company receives all that is stored there.",
    "email-cc-leak": "One mail goes to a list of customers, and each of them sees all the others' addresses.",
}


@dataclass(frozen=True, slots=True)
class _Read:
    logs: int
    findings: tuple[RawFinding, ...]


def detect(view: ProjectView) -> Detection:
    """All ways out, one finding a file and way, so that each is mended at once."""
    if not view.outlines:
        return Detection(not_applicable=NotApplicable("There is no code here that could pass anything on."))
    logs = _logs(view)
    findings = (*logs.findings, *_answers(view), *_links(view), *_others(view), *_people(view))
    note = f"{logs.logs} log statements on the server read: none writes a whole record, a personal detail or a secret"
    passes = [PassEvidence(derived(note))] if logs.logs and not logs.findings else []
    passes += [PassEvidence(place) for place in _redactions(view)]
    if not passes and not findings:
        count = len(view.outlines)
        passes = [
            PassEvidence(
                derived(f"{count} source files read: nothing personal goes to a log, a link or a tracker")
            )
        ]
    unknowns = tuple(
        Unknown(f"{path}: {view.outlines[path].error}", path)
        for path in view.outlines
        if "supabase/functions/" in path and _is_unread(view.outlines[path])
    )
    return Detection(
        findings, tuple(passes), unknowns, (Looked("log statements on the server", logs.logs, logs.logs),)
    )


def _is_unread(outline: Outline) -> bool:
    return bool(outline.error) and not outline.functions and not outline.top


def _logs(view: ProjectView) -> _Read:
    count, findings = 0, list[RawFinding]()
    details: dict[str, list[tuple[str, LogWrite]]] = {}
    for path, found in view.each_outline("privacy.logs", file_logs).items():
        if not found.statements or not serves_users(view, path):
            continue
        count += found.statements
        of_file = tuple(_of_logs(view, path, found))
        findings += of_file
        if not any(finding.rule.endswith("/log-body") for finding in of_file):
            single = [(path, item) for item in found.telling if _holds(item, Given.DETAIL)]
            details.setdefault(view.package_of(path).path, []).extend(single)
    for package, items in details.items():
        findings += _details(package, items)
    return _Read(count, tuple(findings))


def _details(package: str, items: list[tuple[str, LogWrite]]) -> Iterator[RawFinding]:
    """Addresses and numbers in log lines: a habit of the whole package where it is in many files."""
    by_file: dict[str, list[LogWrite]] = {}
    for path, item in items:
        by_file.setdefault(path, []).append(item)
    if len(by_file) > _A_HABIT:
        first = next(iter(by_file))
        shown = _detail(by_file[first][0])
        message = f"{len(by_file)} files write people's details to the log, such as `{shown}` in {first}."
        places = tuple(at(path, found[0].line) for path, found in by_file.items())
        yield _medium(message, places[:_MOST_FILES], package)
        return
    for path, found in by_file.items():
        message = f"{path} writes `{_detail(found[0])}` to the log, in {_counted(len(found))}."
        yield _medium(message, _places(path, found), path)


def _detail(item: LogWrite) -> str:
    return next(given.name for given in item.gives if given.given is Given.DETAIL)


def _medium(message: str, places: tuple[Evidence, ...], symbol: str) -> RawFinding:
    return RawFinding(f"{CHECK}/log-body", message, places, symbol, severity=Severity.MEDIUM, confidence=0.85)


def _is_usable(item: LogWrite, text: str) -> bool:
    """Whether whoever reads it could sign in with it: `token` may as well be a word of a text, the claims that were
    read out of one, or what a stranger sent; and what production never reaches is written for the makers."""
    before = "\n".join(text.split("\n")[max(0, item.line - _FAR) : item.line])
    if _NOT_LIVE.search(before):
        return False
    names = [given.name for given in item.gives if given.given is Given.SECRET]
    return any(
        not _READ_OUT.search(name) and (not _VAGUE.search(name) or _comes_from_sign_in(name, text))
        for name in names
    )


def _comes_from_sign_in(name: str, text: str) -> bool:
    root = re.escape(name.rpartition(".")[2])
    return re.search(rf"\b{root}\b\s*(?::\s*\w{{1,20}}\s*)?=[^\n=]{{0,120}}{_MADE}", text) is not None


def _of_logs(view: ProjectView, path: str, found: FileLogs) -> Iterator[RawFinding]:
    text = view.text(path) or ""
    secrets = [item for item in found.telling if _holds(item, Given.SECRET) and _is_usable(item, text)]
    if secrets:
        name = next(given.name for given in secrets[0].gives if given.given is Given.SECRET)
        message = f"{path} writes `{name}` to the log: whoever can read the logs can use it."
        yield RawFinding(f"{CHECK}/log-secret", message, _places(path, secrets), path)
    whole = [item for item in found.telling if _holds(item, Given.BODY) or _holds(item, Given.RECORD)]
    details = [item for item in found.telling if _holds(item, Given.DETAIL)]
    if whole:
        name = next(given.name for given in whole[0].gives if given.given in (Given.BODY, Given.RECORD))
        message = f"{path} writes `{name}` whole to the log, with everything people sent or stored in it."
        places = _places(path, [*whole, *(item for item in details if item not in whole)])
        only_bodies = not any(_holds(item, Given.RECORD) for item in whole)
        parts = _parts_of(text, name) if only_bodies else frozenset[str]()
        # What the business's own staff types about products and texts tells nothing of people.
        telling = _PERSONAL if _BACK_OFFICE.search(path) else _TELLING
        if parts and not any(telling.search(part) for part in parts):
            return
        vague = only_bodies and not parts and not _PERSONAL.search(text)
        yield RawFinding(
            f"{CHECK}/log-body",
            message,
            places,
            path,
            severity=Severity.MEDIUM if vague else None,
            confidence=0.45 if vague else None,
        )


def _parts_of(text: str, body: str) -> frozenset[str]:
    """What is taken out of a request's body by name, in words; an id alone is written as `_id`."""
    name = re.escape(body)
    taken = set(re.findall(rf"\b{name}(?:\?)?\.(\w{{1,40}})", text))
    for group in re.findall(
        rf"\{{([^{{}}]{{1,600}})\}}\s{{0,3}}(?::\s{{0,3}}\w{{1,40}})?=\s{{0,3}}(?:await )?{name}\b", text
    ):
        taken |= {part.partition(":")[0].partition("=")[0].strip() for part in group.split(",")}
    return frozenset(
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"\w*(?:_id|Id|^id|ID)s?$", "_id", part))
        for part in taken - _NO_FIELD
        if part
    )


def _answers(view: ProjectView) -> Iterator[RawFinding]:
    for path in view.outlines:
        if is_production(path) and path_kind(path) is PathKind.CODE:
            line = view.per_file("privacy.answers-logged", path, logged_answer_line, 0)
            if line:
                message = (
                    f"{path} writes every answer whole to the log, with the details of whoever it is about."
                )
                yield RawFinding(
                    f"{CHECK}/log-body", message, (at(path, line),), f"{path}:answers", confidence=0.85
                )


def _holds(item: LogWrite, given: Given) -> bool:
    return any(each.given is given for each in item.gives)


def _places(path: str, items: list[LogWrite]) -> tuple[Evidence, ...]:
    return tuple(at(path, item.line) for item in items[:_MOST_PLACES])


def _counted(number: int) -> str:
    return "one place" if number == 1 else f"{number} places"


def _links(view: ProjectView) -> Iterator[RawFinding]:
    for entry in view.tree.readable():
        if not entry.path.endswith(_LINK_FILES) or entry.minified or not is_production(entry.path):
            continue
        if path_kind(entry.path) not in (PathKind.CODE, PathKind.DOC):
            continue
        found = view.per_file("privacy.links", entry.path, telling_links, ())
        if not found:
            continue
        secret = next((link for link in found if is_secret_key(link.key)), None)
        what = (secret or found[0]).key
        message = f"{entry.path} puts `{what}` into the address of a link: it stays in histories and logs."
        places = tuple(at(entry.path, link.line) for link in found[:_MOST_PLACES])
        severity = Severity.HIGH if secret else Severity.MEDIUM
        yield RawFinding(f"{CHECK}/pii-in-url", message, places, entry.path, severity=severity)


def _others(view: ProjectView) -> Iterator[RawFinding]:
    buckets: dict[str, list[tuple[str, Leak]]] = {}
    for path, found in view.each_outline("privacy.leaks", leaks_in).items():
        if not found or not is_production(path) or path_kind(path) is PathKind.TEST:
            continue
        seen: set[str] = set()
        for leak in found:
            if leak.rule == "export-public-url":
                buckets.setdefault(leak.what, []).append((path, leak))
            elif leak.rule not in seen and _leaves(view, path, leak):
                seen.add(leak.rule)
                same = [item for item in found if item.rule == leak.rule]
                places = tuple(at(path, item.line) for item in same[:_MOST_PLACES])
                message = _MESSAGES[leak.rule].format(what=leak.what, where=leak.where)
                yield RawFinding(f"{CHECK}/{leak.rule}", message, places, f"{path}:{leak.rule}")
    for bucket, places in sorted(buckets.items()):
        yield from _public_bucket(view, bucket, places)


def _leaves(view: ProjectView, path: str, leak: Leak) -> bool:
    """A prompt put together in a browser is sent on by it just the same; mails only leave servers."""
    return leak.rule != "email-cc-leak" or not view.client_graph.is_client(path)


def _public_bucket(view: ProjectView, bucket: str, places: list[tuple[str, Leak]]) -> Iterator[RawFinding]:
    known = next((item for item in view.schema.buckets if item.name == bucket), None)
    if known is not None and not known.public:
        return
    shown = tuple(at(path, leak.line) for path, leak in places[:_MOST_PLACES])
    declared = (at(known.place.path, known.place.line),) if known else ()
    yield RawFinding(
        f"{CHECK}/export-public-url",
        f"Files in `{bucket}` are given addresses that anyone can open, without signing in and for ever.",
        (*shown, *declared),
        bucket,
        confidence=0.85 if known else 0.7,
    )


def _people(view: ProjectView) -> Iterator[RawFinding]:
    captures: list[tuple[str, int, int]] = []
    for entry in view.tree.readable():
        kind = may_hold_people(entry.path)
        if not kind or (entry.ignored_by_git and view.git.tracked is not None):
            continue
        found = view.per_file("privacy.people", entry.path, people_in, NOBODY)
        if found.count < _FEWEST_PEOPLE:
            continue
        if kind == "capture":
            captures.append((entry.path, found.line, found.count))
            continue
        message = f"{entry.path} holds {found.count} private mail addresses that look like real people's."
        confidence = 0.8 if found.count >= _MANY_PEOPLE else 0.6
        yield RawFinding(
            f"{CHECK}/seed-real-people",
            message,
            (at(entry.path, found.line),),
            entry.path,
            confidence=confidence,
        )
    if captures:
        total = sum(count for _, _, count in captures)
        message = f"Recordings and attachments kept with the code hold {total} private mail addresses that look real."
        places = tuple(at(path, line) for path, line, _ in captures[:_MOST_PLACES])
        yield RawFinding(f"{CHECK}/screenshots-fixtures", message, places, "captures")


def _redactions(view: ProjectView) -> Iterator[Evidence]:
    """Lists of what loggers and trackers leave out."""
    for path in view.outlines:
        if is_production(path):
            line = view.per_file("privacy.redaction", path, _redaction_line, 0)
            if line:
                yield at(path, line, note="leaves personal data out")


def _redaction_line(text: str) -> int:
    match = _REDACTION.search(text)
    return line_at(text, match.start()) if match else 0
