"""YAML as plain values that know their lines: workflows, compose files, Kubernetes manifests, host settings.

Only the composer runs: no tag is resolved, no object is built, `on` stays the text `on`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import yaml

_MOST_NODES = 20_000
_MOST_DEPTH = 60
_LARGEST = 400_000
_MERGE = "<<"
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Kind(StrEnum):
    MAP = "map"
    LIST = "list"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Yaml:
    """One node. Lines are 1-based and inclusive; `block` tells that a text is a `|` or `>` block, whose content
    begins on the line after `line`. `quoted` tells a text that can only be a text from `true` or `5`."""

    kind: Kind
    line: int
    last_line: int
    column: int = 0
    text: str = ""
    quoted: bool = False
    block: bool = False
    pairs: tuple[tuple[Yaml, Yaml], ...] = ()
    items: tuple[Yaml, ...] = ()

    def get(self, *path: str) -> Yaml | None:
        """The node at this path of keys; None when a step of it is missing."""
        node: Yaml | None = self
        for key in path:
            node = next((value for name, value in node.pairs if name.text == key), None)
            if node is None:
                return None
        return node

    def key(self, name: str) -> Yaml | None:
        """The key node itself, for its line."""
        return next((key for key, _ in self.pairs if key.text == name), None)

    def line_of(self, name: str) -> int:
        """The line of this key, or this node's own when it has no such key."""
        key = self.key(name)
        return key.line if key is not None else self.line

    def value(self, *path: str) -> str:
        """The text at this path; "" when there is none."""
        node = self.get(*path)
        return node.text if node is not None and node.kind is Kind.TEXT else ""

    def entries(self) -> Iterator[tuple[str, Yaml]]:
        return ((key.text, value) for key, value in self.pairs)

    def texts(self) -> tuple[str, ...]:
        """A text as one entry, a list as its texts, a map as its keys: what `on:` and `needs:` allow."""
        if self.kind is Kind.TEXT:
            return (self.text,) if self.text else ()
        if self.kind is Kind.LIST:
            return tuple(item.text for item in self.items if item.kind is Kind.TEXT)
        return tuple(key.text for key, _ in self.pairs)

    def walk(self) -> Iterator[Yaml]:
        """This node and every node below it that is no key; what aliases share comes once."""
        stack: list[Yaml] = [self]
        seen: set[int] = set()
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            stack.extend(reversed(node.items))
            stack.extend(value for _, value in reversed(node.pairs))


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The documents of a file; `problem` says why they could not be read, "" when they could."""

    documents: tuple[Yaml, ...] = ()
    problem: str = ""

    @property
    def root(self) -> Yaml | None:
        return self.documents[0] if self.documents else None


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not come yet."""

    event: yaml.CollectionStartEvent
    children: list[Yaml] = field(default_factory=list["Yaml"])


def parse(text: str) -> YamlFile:
    """Any text; what is no YAML comes back as a problem."""
    if len(text) > _LARGEST:
        return YamlFile(problem="it is too large to be read as settings")
    try:
        return YamlFile(tuple(_documents(text)))
    except (yaml.YAMLError, ValueError, OverflowError) as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" near line {mark.line + 1}" if mark is not None else ""
        return YamlFile(problem=f"it is not valid YAML{where}")


def _documents(text: str) -> Iterator[Yaml]:
    """Events rather than the composer: that one is recursive in C, and deep nesting would end the process."""
    stack: list[_Open] = []
    anchors: dict[str, Yaml] = {}
    left = _MOST_NODES
    for event in yaml.parse(text, Loader=_LOADER):
        made: Yaml | None = None
        if isinstance(event, yaml.DocumentStartEvent):
            anchors.clear()
        elif isinstance(event, yaml.CollectionStartEvent):
            stack.append(_Open(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            opened = stack.pop()
            made = _collection(opened, event)
            _remember(anchors, opened.event.anchor, made)
        elif isinstance(event, yaml.ScalarEvent):
            made = _scalar(event)
            _remember(anchors, event.anchor, made)
        elif isinstance(event, yaml.AliasEvent):
            made = anchors.get(str(event.anchor), Yaml(Kind.TEXT, event.start_mark.line + 1, 0))
        left -= 1
        if left < 0 or len(stack) > _MOST_DEPTH:
            raise ValueError("too many nodes")
        if made is not None and stack:
            stack[-1].children.append(made)
        elif made is not None:
            yield made


def _remember(anchors: dict[str, Yaml], anchor: str | None, made: Yaml) -> None:
    if anchor:
        anchors[anchor] = made


def _scalar(event: yaml.ScalarEvent) -> Yaml:
    style = event.style or ""
    return Yaml(
        Kind.TEXT,
        event.start_mark.line + 1,
        _last_line(event),
        event.start_mark.column + 1,
        str(event.value),
        quoted=style in ("'", '"'),
        block=style in ("|", ">"),
    )


def _collection(opened: _Open, end: yaml.Event) -> Yaml:
    start = opened.event.start_mark
    place = (start.line + 1, max(start.line + 1, _last_line(end)), start.column + 1)
    if isinstance(opened.event, yaml.MappingStartEvent):
        pairs = tuple(zip(opened.children[::2], opened.children[1::2], strict=False))
        return Yaml(Kind.MAP, *place, pairs=_merged(pairs))
    return Yaml(Kind.LIST, *place, items=tuple(opened.children))


def _last_line(event: yaml.Event) -> int:
    """The end mark of a block lies at the beginning of the line behind it."""
    return max(event.start_mark.line + 1, event.end_mark.line + (1 if event.end_mark.column else 0))


def _merged(pairs: tuple[tuple[Yaml, Yaml], ...]) -> tuple[tuple[Yaml, Yaml], ...]:
    """The pairs with those of `<<: *anchor` behind them; a key of its own wins."""
    if not any(key.text == _MERGE for key, _ in pairs):
        return pairs
    own = [pair for pair in pairs if pair[0].text != _MERGE]
    known = {key.text for key, _ in own}
    for key, value in pairs:
        if key.text != _MERGE:
            continue
        for source in (value, *value.items):
            for name, item in source.pairs:
                if name.text not in known:
                    known.add(name.text)
                    own.append((name, item))
    return tuple(own)
