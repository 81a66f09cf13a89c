"""What following a webhook reads of the project, remembered so that the result holds until one of it changes."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Do, Function, Outline, Value

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

Found = tuple[str, Function]
_MOST_NAMESAKES = 3
# Where Django and Flask keep their settings as plain names.
_SETTINGS_FILE = re.compile(r"(?:^|/)(?:settings|config)(?:/\w+)?\.py$")


class ProjectIndex:
    """Questions over all files, answered from one pass."""

    def __init__(self, view: ProjectView) -> None:
        self._view = view

    @cached_property
    def methods(self) -> Mapping[str, tuple[Found, ...]]:
        """Methods of classes by their bare name."""
        found: dict[str, list[Found]] = {}
        for path, methods in self._view.each_outline("methods", _methods).items():
            for name, function in methods:
                found.setdefault(name, []).append((path, function))
        return {name: tuple(items) for name, items in found.items()}

    @cached_property
    def defaults(self) -> Mapping[str, Value]:
        """What settings classes give a name by default."""
        found: dict[str, Value] = {}
        for path, outline in self._view.outlines.items():
            if outline.language == "python" and (outline.classes or _SETTINGS_FILE.search(path)):
                for name, value in self._view.per_file(
                    "defaults", path, lambda _, o=outline: _defaults(o), ()
                ):
                    found.setdefault(name, value)
        return found


def _methods(outline: Outline) -> tuple[tuple[str, Function], ...]:
    classes = {item.name for item in outline.classes}
    found: list[tuple[str, Function]] = []
    for function in outline.functions:
        owner, _, method = function.name.rpartition(".")
        if owner and (owner in classes or owner[:1].isupper()) and not method.startswith("@"):
            found.append((method, function))
    return tuple(found)


def _defaults(outline: Outline) -> tuple[tuple[str, Value], ...]:
    named = [
        (attribute, value)
        for item in outline.classes
        if any("ettings" in base or "onfig" in base for base in (*item.bases, item.name))
        for attribute, value, _ in item.attributes
    ]
    if _SETTINGS_FILE.search(outline.path):
        named += [
            (target, step.value)
            for step in outline.top
            if isinstance(step, Do) and step.value is not None
            for target in step.targets
            if target.isupper()
        ]
    return tuple(named)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Files by digest, and answers to questions by question."""

    files: tuple[tuple[str, str], ...]
    answers: tuple[tuple[tuple[str, ...], Hashable], ...]


class Reads:
    """Gives what is asked for and remembers it."""

    def __init__(self, view: ProjectView, index: ProjectIndex) -> None:
        self._view = view
        self._index = index
        self._files: dict[str, str] = {}
        self._answers: dict[tuple[str, ...], Hashable] = {}

    def outline(self, path: str) -> Outline | None:
        self._files[path] = _digest(self._view, path)
        return self._view.outlines.get(path)

    def text(self, path: str) -> str | None:
        self._files[path] = _digest(self._view, path)
        return self._view.text(path)

    def file(self, importer: str, module: str) -> str | None:
        """The project file that an import means."""
        target = self._view.modules.file(importer, module)
        self._answers["file", importer, module] = target
        return target

    def namesakes(self, name: str) -> tuple[Found, ...]:
        """Methods with this name, when there are few enough to mean one of them."""
        found = self._index.methods.get(name, ())
        if len(found) > _MOST_NAMESAKES:
            found = ()
        self._answers["methods", name] = _answer(self._view, self._index, ("methods", name))
        for path, _ in found:
            self._files[path] = _digest(self._view, path)
        return found

    def class_default(self, name: str) -> Value | None:
        self._answers["default", name] = _answer(self._view, self._index, ("default", name))
        return self._index.defaults.get(name)

    def exists(self, path: str) -> bool:
        self._answers["exists", path] = path in self._view.tree.files
        return path in self._view.tree.files

    def stamp(self) -> Stamp:
        return Stamp(tuple(self._files.items()), tuple(self._answers.items()))


def is_current(view: ProjectView, index: ProjectIndex, stamp: Stamp) -> bool:
    """Whether everything that was read is still the same."""
    return all(_digest(view, path) == digest for path, digest in stamp.files) and all(
        _answer(view, index, question) == answer for question, answer in stamp.answers
    )


def _digest(view: ProjectView, path: str) -> str:
    entry = view.tree.files.get(path)
    return entry.digest if entry else ""


def _answer(view: ProjectView, index: ProjectIndex, question: tuple[str, ...]) -> Hashable:
    match question:
        case ("file", importer, module):
            return view.modules.file(importer, module)
        case ("methods", name):
            return tuple((path, function.name) for path, function in index.methods.get(name, ()))
        case ("default", name):
            value = index.defaults.get(name)
            return value.text if value else None
        case ("exists", path):
            return path in view.tree.files
        case _:
            return None
