"""Sign-ups whose schema lets strangers name their own role: Pydantic models, Zod objects, insert schemas of Drizzle and
DTOs of NestJS, stored as they were parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Branch,
    Do,
    Function,
    Leave,
    Outline,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.routes.model import EntryKind, Route
from lastmile_desktop.project.models.row_security.privileged_columns import ROLE_COLUMN
from lastmile_desktop.project.models.walk.callees import Callees

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SIGN_UP = re.compile(
    r"(?i)(?:^|[/_-])(?:sign-?up|register|registration|create-?account)/?$|^(?:signUp|register)\w*$"
)
_PARSES = ("parse", "safeParse", "parseAsync", "safeParseAsync")
_SENT = re.compile(r"\b(?:body|json\(\)|formData|input|data|values)\b")
_INSERT = re.compile(r"createInsertSchema\(\s*(\w{1,60})")
_LISTED = re.compile(r"\.(omit|pick)\(\s*\{([^}]{0,600})\}")
_KEY = re.compile(r"['\"]?(\w{1,60})['\"]?\s*:")
_ENUM = re.compile(r"enum\(\s*\[([^\]]{0,400})\]|Literal\[([^\]]{0,400})\]")
_POWER = re.compile(r"(?i)admin|staff|super|owner|moderator|manager|root|employee")
_TYPE = re.compile(r":\s*(?:Annotated\[\s*)?(\w{1,60})")
_MOST_BASES = 4


@dataclass(frozen=True, slots=True)
class OpenSchema:
    """`field` of the schema at `path`:`line` says what an account may do, and `route` stores what a stranger gives."""

    route: Route
    schema: str
    field: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class _Schema:
    """`table` is the one whose columns an insert schema takes, but for those `left_out`, or only those `taken`."""

    name: str
    path: str
    line: int
    fields: tuple[_Field, ...] = ()
    table: str = ""
    left_out: frozenset[str] = frozenset()
    taken: frozenset[str] | None = None


def open_schemas(view: ProjectView) -> Iterator[OpenSchema]:
    """One for each sign-up that stores a role it was sent."""
    routes = [route for route in view.routes.routes if _is_sign_up(route)]
    if not routes:
        return
    known = {
        item.name: item for found in view.each_outline("open-schemas", _schemas).values() for item in found
    }
    callees = Callees(view.outlines, view.modules)
    for route in routes:
        handler = route.handler
        if handler is None:
            continue
        found = (
            _python(callees, route, handler)
            if route.code_path.endswith(".py")
            else _script(view, known, handler)
        )
        text = _text(handler)
        for schema, field in found:
            if not re.search(rf"(?<![.\w]){re.escape(field.name)}\s*[:=]|del\s|\.pop\(|exclude\s*=", text):
                yield OpenSchema(route, schema.name, field.name, schema.path, field.line)
                break


def _is_sign_up(route: Route) -> bool:
    return (
        route.kind is not EntryKind.PAGE_DATA
        and not route.is_webhook
        and not route.is_guarded
        and _SIGN_UP.search(route.route) is not None
    )


def _text(function: Function) -> str:
    """What the handler says, but for the parsing of the request itself."""
    parts = list[str]()
    for step in steps_within(function.body):
        if isinstance(step, Branch):
            parts.append(step.test)
        elif isinstance(step, Do | Leave) and step.value is not None:
            parts.append(step.value.text)
    return "\n".join(parts)


def _python(callees: Callees, route: Route, handler: Function) -> Iterator[tuple[_Schema, _Field]]:
    """Pydantic models that are unpacked into what is stored."""
    text = _text(handler)
    for param in handler.params:
        name = param.partition(":")[0].strip()
        typed = _TYPE.search(param)
        if typed is None or not re.search(
            rf"\*\*{re.escape(name)}\.(?:model_dump|dict)\(\s*\)|\.model_validate\(\s*{re.escape(name)}\b|\.from_orm\({re.escape(name)}\)",
            text,
        ):
            continue
        yield from _fields_of(callees, route.code_path, typed[1], 0)


def _fields_of(callees: Callees, path: str, name: str, depth: int) -> Iterator[tuple[_Schema, _Field]]:
    found = callees.class_def(path, name)
    if found is None or depth > _MOST_BASES:
        return
    where, made = found
    for field, annotation in made.annotations:
        line = next((span.line for key, _, span in made.attributes if key == field), made.span.line)
        if _gives_power(field, annotation):
            yield _Schema(made.name, where, made.span.line), _Field(field, line, annotation)
    for base in made.bases:
        yield from _fields_of(callees, where, base.partition("[")[0], depth + 1)


def _script(
    view: ProjectView, known: dict[str, _Schema], handler: Function
) -> Iterator[tuple[_Schema, _Field]]:
    """Schemas that parse the body, whose result is stored whole."""
    text = _text(handler)
    for call in calls_within(handler.body):
        last = call.links[-1] if call.links else None
        schema = known.get(call.root)
        if schema is None or last is None or last.name not in _PARSES or not last.args:
            continue
        kept = [name.partition(":")[2] or name for name in call.assigned]
        whole = any(
            re.search(
                rf"\.\.\.{re.escape(name)}\b(?:\.data\b)?|[(,]\s*{re.escape(name)}(?:\.data)?\s*[,)]", text
            )
            for name in kept
        )
        if whole and _SENT.search(last.args[0].text):
            yield from ((schema, field) for field in _taken(view, schema))


def _taken(view: ProjectView, schema: _Schema) -> Iterator[_Field]:
    for field in schema.fields:
        if _gives_power(field.name, field.text):
            yield field
    if not schema.table:
        return
    bare = schema.table.lower()
    for table in view.schema.tables.values():
        if table.bare_name.replace("_", "") != bare:
            continue
        for column in table.columns:
            camel = re.sub(r"_(\w)", lambda match: match[1].upper(), column.name)
            names = {column.name, camel}
            listed = schema.taken is None or bool(names & schema.taken)
            if ROLE_COLUMN.match(column.name) and listed and not names & schema.left_out:
                yield _Field(camel, schema.line, column.type)


def _gives_power(name: str, text: str) -> bool:
    snake = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()
    limited = _ENUM.search(text)
    if limited is not None and not _POWER.search(limited[0]):
        return False
    return ROLE_COLUMN.match(snake) is not None


def _schemas(outline: Outline) -> tuple[_Schema, ...]:
    if outline.language == "python" or outline.shallow:
        return ()
    found: list[_Schema] = []
    for step in outline.top:
        if not isinstance(step, Do) or step.value is None or len(step.targets) != 1:
            continue
        text, name = step.value.text, step.targets[0]
        inserts = _INSERT.match(text)
        if inserts is not None:
            listed = {how: frozenset(_KEY.findall(keys)) for how, keys in _LISTED.findall(text)}
            left = listed.get("omit", frozenset[str]())
            found.append(
                _Schema(name, outline.path, step.span.line, (), inserts[1], left, listed.get("pick"))
            )
        elif re.match(r"z\s*\.object\(", text):
            given = next((call.args_of("object") for call in step.value.calls if call.root == "z"), ())
            fields = tuple(
                _Field(key, value.span.line if value.span else step.span.line, value.text)
                for key, value in (given[0].entries if given else ())
            )
            found.append(_Schema(name, outline.path, step.span.line, fields))
    return tuple(found)
