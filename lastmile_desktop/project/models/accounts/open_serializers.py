"""Serializers of Django REST framework through which people set what decides their own rights: a role that whoever
signs up may name, a flag that the owner of an account may change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Call,
    ClassDef,
    Do,
    Leave,
    Outline,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.row_security.privileged_columns import decides

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_QUOTED = re.compile(r"['\"](\w{1,60})['\"]")
_READ_ONLY = re.compile(
    r"read_only\s*=\s*True|['\"]read_only['\"]\s*:\s*True|SerializerMethodField|HiddenField|ReadOnlyField|StringRelatedField"
)
_RIGHTS = re.compile(r"^(?:is_staff|is_superuser|user_permissions|groups)$")
_POWER = re.compile(
    r"(?i)admin|staff|super|manager|owner|moderator|operator|engineer|support|root|agent|employee"
)
_SIGN_UP_NAME = re.compile(r"(?i)register|registration|sign_?up|create_?(?:user|account)|user_?create")
_OWN_USER = re.compile(r"^(?:self\.)?request\.user(?:\.\w{0,20}profile)?$")
_WRITES = re.compile(r"(?:Update\w*|ModelViewSet|UpdateModelMixin)$")
_CREATES = re.compile(r"(?:Create\w*|ModelViewSet|CreateModelMixin|GenericAPIView|APIView)$")
_DJOSER = {
    "user_create": True,
    "user_create_password_retype": True,
    "current_user": False,
    "user": False,
}
_DJ_REST_AUTH = {"REGISTER_SERIALIZER": True, "USER_DETAILS_SERIALIZER": False}
_LOOKS = frozenset(
    {"create", "update", "validate", "save", "to_internal_value", "custom_signup", "get_fields"}
)


@dataclass(frozen=True, slots=True)
class Serializer:
    """`fields` are those it takes, `seen` those that a method of its own names, `line` where they are written.
    `choices` are (field, text of its definition) for fields that it declares."""

    name: str
    path: str
    line: int
    model: str
    fields: tuple[str, ...]
    seen: frozenset[str]
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A place that hands a request to a serializer: of strangers who sign up, or of people about their own account.
    `app` is the package that has to serve it, "" for the project's own view."""

    serializer: str
    path: str
    line: int
    signs_up: bool
    app: str = ""


@dataclass(frozen=True, slots=True)
class OpenSerializer:
    """`fields` may be set by anybody (`signs_up`) or by each user for their own account. `sure` when every value of
    them may be given. `unclear` are such fields that a method of the serializer does something with."""

    serializer: Serializer
    way: Way
    fields: tuple[str, ...]
    sure: bool
    unclear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    serializers: tuple[Serializer, ...] = ()
    ways: tuple[Way, ...] = ()
    served: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.serializers or self.ways or self.served)


def open_serializers(view: ProjectView) -> tuple[OpenSerializer, ...]:
    """Every serializer that such a way leads to, by its worst way; one without `fields` gives nobody any right."""
    files = [
        found
        for path, found in view.each_outline("open-serializers", _read).items()
        if not found.is_empty and is_production(path)
    ]
    served = {name for found in files for name in found.served}
    known: dict[str, list[Serializer]] = {}
    for found in files:
        for item in found.serializers:
            known.setdefault(item.name, []).append(item)
    best: dict[tuple[str, str], OpenSerializer] = {}
    for way in (way for found in files for way in found.ways):
        item = _named(known, way)
        if item is None or (way.app and way.app not in served):
            continue
        fields = tuple(name for name in item.fields if _gives_rights(name))
        unclear = tuple(name for name in fields if name in item.seen)
        limits = {name: _limited(view, item, name) for name in fields if name not in item.seen}
        fields = tuple(name for name, limit in limits.items() if limit is not True)
        key = (item.path, item.name)
        if key not in best or way.signs_up:
            best[key] = OpenSerializer(item, way, fields, False in limits.values(), unclear)
    return tuple(best.values())


def _gives_rights(field: str) -> bool:
    return _RIGHTS.match(field) is not None or decides(field)


def _named(known: dict[str, list[Serializer]], way: Way) -> Serializer | None:
    module, _, name = way.serializer.rpartition(".")
    found = known.get(name, [])
    tail = module.replace(".", "/") + ".py"
    if module and (exact := [item for item in found if f"/{item.path}".endswith("/" + tail)]):
        return exact[0]
    folder = way.path.rpartition("/")[0]
    near = [item for item in found if item.path.rpartition("/")[0].startswith(folder)]
    return near[0] if near else found[0] if len(found) == 1 else None


def _read(outline: Outline) -> _File:
    if outline.language != "python" or outline.shallow:
        return _File()
    serializers = tuple(_serializers(outline))
    ways = (*_settings(outline), *_views(outline), *_handed(outline))
    served = tuple(
        call.args[0].literal
        for call in calls_within(outline.top)
        if call.root == "include" and call.args and call.args[0].literal
    )
    return _File(serializers, ways, served)


def _serializers(outline: Outline) -> Iterator[Serializer]:
    for made in outline.classes:
        if "." in made.name or not any(base.endswith("Serializer") for base in made.bases):
            continue
        meta = next((item for item in outline.classes if item.name == f"{made.name}.Meta"), None)
        attributes = {name: (value, span.line) for name, value, span in (meta.attributes if meta else ())}
        listed, line = attributes.get("fields", (None, made.span.line))
        declared = [(name, value.text) for name, value, _ in made.attributes]
        closed = {name for name, text in declared if _READ_ONLY.search(text)}
        closed |= _read_only(attributes)
        # What a field's own method refuses cannot be given.
        validated = f"{made.name}.validate_"
        closed |= {
            item.name.removeprefix(validated) for item in outline.functions if item.name.startswith(validated)
        }
        names = (
            _QUOTED.findall(listed.text) or [item.literal or "" for item in listed.items]
            if listed is not None
            else [name for name, _ in declared]
        )
        if listed is not None and listed.items:
            names = [item.literal or "" for item in listed.items]
        model = attributes["model"][0].text if "model" in attributes else ""
        yield Serializer(
            made.name,
            outline.path,
            line,
            model,
            tuple(name for name in names if name and name not in closed),
            _seen(outline, made),
            tuple(declared),
        )


def _read_only(attributes: dict[str, tuple[Value, int]]) -> set[str]:
    closed: set[str] = set()
    if "read_only_fields" in attributes:
        value = attributes["read_only_fields"][0]
        closed |= {item.literal for item in value.items if item.literal} or set(_QUOTED.findall(value.text))
    if "extra_kwargs" in attributes:
        entries = attributes["extra_kwargs"][0].entries
        closed |= {key.strip("'\"") for key, value in entries if _READ_ONLY.search(value.text)}
    return closed


def _seen(outline: Outline, made: ClassDef) -> frozenset[str]:
    """The fields that a method of the serializer names: what it does with them is not known."""
    names: set[str] = set()
    for function in outline.functions:
        owner, _, method = function.name.partition(".")
        if owner != made.name or "." in method:
            continue
        if method not in _LOOKS:
            continue
        for step in steps_within(function.body):
            texts = [getattr(step, "test", "")]
            if isinstance(step, Do | Leave):
                texts += [step.value.text if step.value else "", *getattr(step, "targets", ())]
            texts += (
                [arg.text for call in step.calls for link in call.links for arg in link.args or ()]
                if (isinstance(step, Do | Leave))
                else []
            )
            for text in texts:
                names.update(_QUOTED.findall(text))
                names.update(re.findall(r"\.(\w{2,40})\s*$", text))
                names.update(re.findall(r"\b(\w{2,40})\s*=[^=]", text))
    return frozenset(names)


def _settings(outline: Outline) -> Iterator[Way]:
    """What the settings of djoser and dj-rest-auth name."""
    for step in outline.top:
        if not isinstance(step, Do) or step.value is None or not step.targets:
            continue
        target = step.targets[0]
        if target == "DJOSER":
            named, closed = step.value.entry("SERIALIZERS"), step.value.entry("PERMISSIONS")
            for key, value in named.entries if named is not None else ():
                rule = closed.entry(key) if closed is not None else None
                if key in _DJOSER and value.literal and (rule is None or "AllowAny" in rule.text):
                    line = (value.span or step.span).line
                    yield Way(value.literal, outline.path, line, _DJOSER[key], "djoser.urls")
        elif target in ("REST_AUTH", "REST_AUTH_SERIALIZERS", "REST_AUTH_REGISTER_SERIALIZERS"):
            for key, value in step.value.entries:
                if key in _DJ_REST_AUTH and value.literal:
                    line = (value.span or step.span).line
                    app = "dj_rest_auth.registration.urls" if _DJ_REST_AUTH[key] else "dj_rest_auth.urls"
                    yield Way(value.literal, outline.path, line, _DJ_REST_AUTH[key], app)


def _views(outline: Outline) -> Iterator[Way]:
    """Generic views that sign people up without asking who they are, or that change the caller's own account."""
    functions = {function.name: function for function in outline.functions}
    for made in outline.classes:
        attributes = {name: value for name, value, _ in made.attributes}
        given = attributes.get("serializer_class")
        if given is None or not made.bases:
            continue
        allowed = attributes.get("permission_classes")
        open_ = allowed is not None and (
            "AllowAny" in allowed.text or not re.search(r"\w", allowed.text.strip("[]() "))
        )
        named = _SIGN_UP_NAME.search(f"{made.name} {given.text}") is not None
        if open_ and named and any(_CREATES.search(base) for base in made.bases):
            yield Way(given.text, outline.path, made.span.line, signs_up=True)
        found = functions.get(f"{made.name}.get_object")
        own = found is not None and any(
            isinstance(step, Leave) and step.value is not None and _OWN_USER.match(step.value.text)
            for step in steps_within(found.body)
        )
        if own and any(_WRITES.search(base) for base in made.bases):
            yield Way(given.text, outline.path, made.span.line, signs_up=False)


def _handed(outline: Outline) -> Iterator[Way]:
    """`UserSerializer(request.user, data=request.data)`."""
    for function in outline.functions:
        for call in calls_within(function.body):
            if not call.callee.endswith("Serializer") or call.root[:1].islower():
                continue
            given = {arg.name: arg for arg in call.args}
            if "data" in given and re.match(r"(?:self\.)?request\.(?:data|POST)$", given["data"].text):
                about = next((arg for arg in call.args if arg.name in ("", "instance")), None)
                if about is not None and _OWN_USER.match(about.text):
                    yield Way(call.callee, outline.path, call.span.line, signs_up=False)
                elif about is None and _is_open_sign_up(outline, function.name, function.decorators):
                    yield Way(call.callee, outline.path, call.span.line, signs_up=True)


def _is_open_sign_up(outline: Outline, name: str, decorators: tuple[Call, ...]) -> bool:
    if not _SIGN_UP_NAME.search(name):
        return False
    owner = next((item for item in outline.classes if item.name == name.rpartition(".")[0]), None)
    texts = [arg.text for call in decorators if call.root == "permission_classes" for arg in call.args]
    if owner is not None:
        texts += [value.text for key, value, _ in owner.attributes if key == "permission_classes"]
    return any("AllowAny" in text for text in texts)


def _limited(view: ProjectView, item: Serializer, field: str) -> bool | None:
    """Whether the values this field may have all give no power; None when that is not known."""
    if re.match(r"^(?:is|has)_|^(?:groups|user_permissions|admin)$", field):
        return False
    text = dict(item.choices).get(field, "") or _model_field(view, item.model, field)
    choices = re.search(r"choices\s*=\s*([\w.]+|[\[(].{1,400})", text)
    if choices is None:
        return None if not text else False
    named = choices[1].removesuffix(".choices")
    values = named if named[:1] in "[(" else _values(view, named.rpartition(".")[2])
    if not values:
        return None
    return _POWER.search(values) is None


def _model_field(view: ProjectView, model: str, field: str) -> str:
    name = model.rpartition(".")[2]
    for outline in view.outlines.values():
        if outline.language != "python" or outline.shallow:
            continue
        for made in outline.classes:
            if made.name == name and made.bases:
                for key, value, _ in made.attributes:
                    if key == field:
                        return value.text
    return ""


def _values(view: ProjectView, name: str) -> str:
    """The text of a list or class of choices with this name."""
    for outline in view.outlines.values():
        if outline.language != "python" or outline.shallow:
            continue
        for made in outline.classes:
            if made.name.rpartition(".")[2] == name:
                return " ".join(f"{key} {value.text}" for key, value, _ in made.attributes)
            for key, value, _ in made.attributes:
                if key == name:
                    return value.text
        for step in outline.top:
            if isinstance(step, Do) and name in step.targets and step.value is not None:
                return step.value.text
    return ""
