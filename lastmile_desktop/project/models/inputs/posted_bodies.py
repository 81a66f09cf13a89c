"""What a request sends and where all of it ends: a whole body written to the database, checked by nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Branch,
    Call,
    Do,
    Function,
    Leave,
    Outline,
    Step,
    Value,
    calls_within,
)
from lastmile_desktop.project.models.crypto.uses import Scope, scopes

_SENT = r"body|json\(\)|get_json\([^)]{0,40}\)|json|data|POST|form"
_BODY = re.compile(
    rf"^(?:\(?\s*await\s+)?(?:req|request|ctx\.request|c\.req|event|ctx\.req)\.(?:{_SENT})\)?"
    r"(?:\s+as\s+[\w<>.,\s|{}:;?\[\]]{1,120})?$|^JSON\.parse\((?:req|request|event)\.body\)$"
    r"|^(?:dict\(request\.|request\.form\.to_dict\()"
)
_CHECKED = re.compile(
    r"(?i)\.(?:safe)?parse(?:Async)?\(|\.validate\w{0,12}\(|validat|\bz\.|zod|joi\b|yup|valibot|superstruct|ajv|"
    r"class-validator|plainToInstance|marshmallow|schema\.load|Schema\(|serializer|pick\(|allowed|whitelist|sanitiz"
)
_WRITERS = frozenset(("insert update upsert values set create createMany insertOne insertMany updateOne updateMany "
                      "findByIdAndUpdate findOneAndUpdate findOneAndReplace insert_one update_one in"
    r"sert_many bulkCreate "
                      "insertInto save add assign").split())  # fmt: skip
_WHOLE_NAME = re.compile(
    r"(?i)^(?:\w{0,24}_?(?:data|body|input|payload|dto|updates?|values|fields|params|settings|info|form|attrs))$|^(?:json|req|obj)$"
)
_HELPER = re.compile(r"^(?:create|update|upsert|insert|save|add|patch|edit|set)[A-Z_]\w{0,60}$")
_CHECKS_FIELD = re.compile(
    r"typeof|\.length|\.test\(|\.match\(|isinstance|Number\.is|isNaN|\.includes\(|\bin\b|!\s*\w|=== ?undefined|len\("
)
_COUNTS = re.compile(
    r"(?i)(?:price|cost|amount|total|quantity|qty|rating|score|stars|status|role|email|phone|url|link|website|date|time"
    r"|percent|rate|limit|level|count|balance|credits|points|duration|seats|age|currency|type)$"
)
_FRAMEWORK_CHECKS = re.compile(
    r"^(?:[zvs]Validator|validate|validator|celebrate|checkSchema|body|check|validateBody|validateRequest)$"
)


@dataclass(frozen=True, slots=True)
class WholeBody:
    """`writer` is the call that is handed all that was sent; `helper` when it is no query itself."""

    line: int
    column: int
    writer: str
    function: str
    helper: bool


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A handler that writes values of the body without looking at any of them."""

    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Posted:
    whole: tuple[WholeBody, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    validated: tuple[tuple[int, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.whole or self.unchecked or self.validated)


_STORES = frozenset(
    {
        "insertOne",
        "updateOne",
        "findByIdAndUpdate",
        "findOneAndUpdate",
        "insert_one",
        "update_one",
        "insertInto",
    }
)
_CONNECTIONS = frozenset({"db", "prisma", "tx", "trx", "knex", "this.db", "database"})
_HOOK = re.compile(r"(?i)webhook|hook|callback|cron|log|track|analytics|event")
_WORTH = (
    "req.body",
    "request.",
    "req.json",
    ".get_json",
    "event.body",
    "ctx.",
    "__all__",
    "safeParse",
    ".parse(",
)


def review_text(outline: Outline, text: str) -> Posted:
    """All of one file, which is read only when its text names a request."""
    if not any(word in text for word in _WORTH):
        return Posted()
    whole: list[WholeBody] = []
    unchecked: list[Unchecked] = []
    validated: list[tuple[int, str]] = []
    sure: set[str] = set()
    wrapped = {function.span.line: function.wrapped_by for function in outline.functions}
    for scope in scopes(outline):
        bodies = _bodies(scope)
        taken = _taken(scope, bodies)
        checks = _validation(scope)
        if checks is not None:
            validated.append(checks)
        if any(_FRAMEWORK_CHECKS.match(name) for name in _around(scope, wrapped)):
            continue
        found = list(_whole(scope, bodies, outline.language == "python"))
        whole.extend(found)
        looked = checks is not None or _is_looked_at(scope, taken | bodies)
        if looked:
            sure.add(scope.function)
        elif (
            not found
            and (bodies or taken)
            and not _HOOK.search(f"{outline.path} {scope.function}")
            and not any(scope.function.startswith(f"{name}.") for name in sure)
        ):
            unchecked.extend(_unchecked(scope, taken | bodies))
    return Posted(tuple(whole), tuple(unchecked), tuple(validated))


def _around(scope: Scope, wrapped: dict[int, tuple[Call, ...]]) -> Iterator[str]:
    line = scope.steps[0][0].span.line if scope.steps else 0
    for start in (line, line - 1):
        for call in wrapped.get(start, ()):
            for link in call.links:
                for arg in link.args or ():
                    yield from (inner.links[-1].name or inner.root for inner in arg.calls if inner.links)


def _bodies(scope: Scope) -> frozenset[str]:
    """Names that stand for everything that was sent. `const { status } = req.body` takes one field out of it, and only
    the name tells that from `const input = req.body`."""
    names = {
        name
        for name, value in scope.values.items()
        if _BODY.match(value.text) and not _CHECKED.search(value.text) and _WHOLE_NAME.search(name)
    }
    taken_out = {
        use.call.root
        for use in scope.calls()
        for link in use.call.links
        if link.name in ("pop", "pick", "only")
    }
    return frozenset(names - taken_out)


def _taken(scope: Scope, whole: frozenset[str]) -> frozenset[str]:
    """Names that hold fields of what was sent."""
    return frozenset(
        target
        for step, _ in scope.steps
        if isinstance(step, Do) and step.value is not None
        if _BODY.match(step.value.text) or step.value.text in whole
        for target in step.targets
    )


_PARSERS = frozenset(
    ("parse", "safeParse", "parseAsync", "safeParseAsync", "validate", "validateSync", "validateAsync")
)
_OTHER_PARSERS = frozenset(("JSON", "Date", "path", "url", "qs", "marked", "URL"))


def _validation(scope: Scope) -> tuple[int, str] | None:
    for use in scope.calls():
        for link in use.call.links:
            name = link.name or use.call.root
            if name in _PARSERS and use.call.root not in _OTHER_PARSERS:
                return use.line, f"{use.call.root}.{name}"
            if _FRAMEWORK_CHECKS.match(name) and link.args:
                return use.line, name
    return None


def _whole(scope: Scope, bodies: frozenset[str], python: bool) -> Iterator[WholeBody]:
    for use in scope.calls():
        for link in use.call.links:
            name = link.name or use.call.root
            writes = name in _WRITERS or _HELPER.match(name) is not None
            model = python and name[:1].isupper() and len(use.call.links) == 1
            for arg in link.args or ():
                if (writes and _is_whole(arg, bodies)) or (
                    model and arg.name == "**" and _is_whole(arg, bodies)
                ):
                    span = use.call.span
                    yield WholeBody(
                        span.line, span.column, name, scope.function, name not in _WRITERS and not model
                    )
                    break


def _is_whole(value: Value, bodies: frozenset[str]) -> bool:
    """Whether this is all that was sent, as it is or spread into an object."""
    text = value.text.strip()
    if text in bodies or _BODY.match(text):
        return True
    if text.lstrip("*") in bodies or any(text == f"...{name}" for name in bodies):
        return True
    if value.entry("data") is not None:
        return _is_whole(value.entry("data") or value, bodies)
    spread = [entry for key, entry in value.entries if key in ("...", "**")]
    later = [key for key, _ in value.entries]
    if not spread or not any(_is_whole(entry, bodies) for entry in spread):
        return any(
            _is_whole(entry, bodies) for key, entry in value.entries if key in ("$set", "create", "update")
        )
    return len(later) < 12


def _is_looked_at(scope: Scope, names: frozenset[str]) -> bool:
    """Whether the function asks something of a field before it goes on, or checks who signed the request."""
    for step, _ in scope.steps:
        if _CHECKED.search(_text(step)) or (isinstance(step, Branch) and _looks_at(step.test, names)):
            return True
    return any(
        link.name in ("createHmac", "verify", "constructEvent")
        for use in scope.calls()
        for link in use.call.links
    )


def _unchecked(scope: Scope, names: frozenset[str]) -> Iterator[Unchecked]:
    """Fields that count for something, such as a price or a date, stored as they came."""
    for use in scope.calls():
        for link in use.call.links:
            stored = link.name in _STORES or (link.name in _WRITERS and _is_database(use.call))
            if stored and any(_counts(arg.text, names) for arg in link.args or ()):
                yield Unchecked(use.line, scope.function)
                return


def _counts(text: str, names: frozenset[str]) -> bool:
    return any(_COUNTS.search(name) and _mentions(text, frozenset((name,))) for name in names) or any(
        _COUNTS.search(found[1])
        for name in names
        for found in re.finditer(rf"\b{re.escape(name)}\.(\w{{1,60}})", text)
    )


def _is_database(call: Call) -> bool:
    return call.root in _CONNECTIONS or any(link.name in ("from", "table") for link in call.links)


def _looks_at(test: str, names: frozenset[str]) -> bool:
    return _mentions(test, names) and _CHECKS_FIELD.search(test) is not None


def _text(step: Step) -> str:
    if isinstance(step, Branch):
        return step.test
    return step.value.text if isinstance(step, Do | Leave) and step.value is not None else ""


def _mentions(text: str, names: frozenset[str]) -> bool:
    return any(re.search(rf"(?<![\w.$]){re.escape(name)}(?![\w$])", text) for name in names)


def stores_as_given(outline: Outline) -> frozenset[str]:
    """The names of this file's functions that write to the database and ask nothing of what they are handed."""
    return frozenset(
        function.name.rpartition(".")[2]
        for function in outline.functions
        if _stores(function) and not _validates(function)
    )


def _stores(function: Function) -> bool:
    return any(
        (_is_database(call) or call.root in ("supabase", "session", "client") or "objects" in call.callee)
        and any(link.name in _WRITERS or link.name in _STORES for link in call.links)
        for call in calls_within(function.body)
    )


def _validates(function: Function) -> bool:
    return any(
        link.name in _PARSERS and call.root not in _OTHER_PARSERS
        for call in calls_within(function.body)
        for link in call.links
    )
