"""Dockerfiles read as instructions and stages, with the lines of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

_NAME = re.compile(
    r"^(?:dockerfile|containerfile)(?:[._-][\w.-]{1,60})?$|\.(?:dockerfile|containerfile)$", re.IGNORECASE
)
_NOT_ONE = re.compile(r"\.(?:dockerignore|md|txt|sh|ya?ml|json|py|ts|js|j2|tmpl|template)$", re.IGNORECASE)
_FOR_WORK = re.compile(
    r"(?:^|[/._-])(?:dev|develop|development|local|test|tests|ci|devcontainer|playground|playwright|e2e"
    r"|cypress)(?:[/._-]|$)",
    re.IGNORECASE,
)
_INSTRUCTION = re.compile(
    r"^\s{0,200}(FROM|RUN|CMD|LABEL|MAINTAINER|EXPOSE|ENV|ADD|COPY|ENTRYPOINT|VOLUME|USER|WORKDIR|ARG"
    r"|ONBUILD|STOPSIGNAL"
    r"|HEALTHCHECK|SHELL)\b[ \t]{0,200}(.*)$",
    re.IGNORECASE,
)
_HEREDOC = re.compile(r"<<-?\s{0,3}[\"']?([A-Za-z_]\w{0,60})[\"']?")
_FLAG = re.compile(r"^\s{0,40}--([a-z][\w-]{0,40})(?:=(\"[^\"]{0,500}\"|\S{0,500}))?\s{0,40}")
_FROM = re.compile(r"^(\S{1,400})(?:\s+as\s+([\w.-]{1,80}))?\s{0,10}$", re.IGNORECASE)
_PAIR = re.compile(
    r"([A-Za-z_][\w.-]{0,120})=(\"(?:[^\"\\]|\\.){0,4000}\"|'[^']{0,4000}'|(?:\\.|[^\s\"'\\]){0,4000})"
)
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w{0,80})(?:(:?[-+])([^}]{0,300}))?\}|([A-Za-z_]\w{0,80}))")
_MOST_LINES = 4_000


@dataclass(frozen=True, slots=True)
class Instruction:
    """`text` keeps its line breaks, so that a place in it gives a line. Flags such as `--from` are taken off."""

    name: str
    text: str
    flags: tuple[tuple[str, str], ...]
    line: int
    last_line: int
    onbuild: bool = False

    def flag(self, name: str) -> str | None:
        return next((value for key, value in self.flags if key == name), None)

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.flags)

    def line_at(self, offset: int) -> int:
        return min(self.line + self.text.count("\n", 0, offset), self.last_line)

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments of a JSON form, or the words of the other."""
        listed = as_list(self.text)
        return listed if listed is not None else tuple(self.text.split())

    @property
    def command(self) -> str:
        """What runs, as one text."""
        listed = as_list(self.text)
        return " ".join(listed) if listed is not None else self.text

    def pairs(self) -> tuple[tuple[str, str, int], ...]:
        """(name, value, line) of ENV and ARG; the old form `ENV NAME value` too."""
        found = tuple(
            (match[1], match[2].strip("\"'"), self.line_at(match.start()))
            for match in _PAIR.finditer(self.text)
        )
        if self.name == "ARG":
            bare = tuple(
                (word, "", self.line) for word in self.text.split() if "=" not in word and word.isidentifier()
            )
            return found or bare
        if found and re.match(r"\s{0,20}[\w.-]{1,120}=", self.text):
            return found
        name, _, value = self.text.strip().partition(" ")
        return ((name, value.strip().strip("\"'"), self.line),) if name else ()


@dataclass(frozen=True, slots=True)
class Stage:
    """`base` is the image with the values of ARGs put in; `parent` the stage that it builds on, if it is one."""

    number: int
    alias: str
    base: str
    written: str
    parent: int | None
    line: int
    instructions: tuple[Instruction, ...]

    @property
    def last_line(self) -> int:
        return max((item.last_line for item in self.instructions), default=self.line)

    def named(self, *names: str) -> tuple[Instruction, ...]:
        return tuple(item for item in self.instructions if item.name in names and not item.onbuild)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    path: str
    stages: tuple[Stage, ...]
    instructions: tuple[Instruction, ...]

    @property
    def final(self) -> Stage:
        return self.stages[-1]

    def lineage(self, stage: Stage) -> tuple[Stage, ...]:
        """The stage and those it builds on, the nearest first."""
        found = [stage]
        while found[-1].parent is not None and len(found) <= len(self.stages):
            found.append(self.stages[found[-1].parent])
        return tuple(found)

    def shipped(self) -> frozenset[int]:
        """The numbers of the stages whose layers are in the image."""
        return frozenset(stage.number for stage in self.lineage(self.final))


def is_dockerfile(path: str) -> bool:
    name = path.rpartition("/")[2]
    return bool(_NAME.search(name)) and not _NOT_ONE.search(name)


def for_work_only(path: str) -> bool:
    """Whether this image is for a developer's machine, a test or an example."""
    return bool(_FOR_WORK.search(path)) or path_kind(path) in (PathKind.TEST, PathKind.EXAMPLE, PathKind.DOC)


def build(view: ProjectView) -> tuple[Dockerfile, ...]:
    """All Dockerfiles that have a stage."""
    found: list[Dockerfile] = []
    for entry in view.tree.readable():
        if is_dockerfile(entry.path):
            read = view.per_file(
                "dockerfile", entry.path, lambda text, path=entry.path: parse(path, text), None
            )
            if read is not None:
                found.append(read)
    return tuple(found)


def parse(path: str, text: str) -> Dockerfile | None:
    """The stages of a Dockerfile; None when no image is built in it."""
    instructions = tuple(_instructions(text))
    stages: list[Stage] = []
    globals_: dict[str, str] = {}
    start: Instruction | None = None
    body: list[Instruction] = []
    for item in (*instructions, None):
        if item is not None and item.name != "FROM":
            if start is None and item.name == "ARG":
                globals_.update((name, value) for name, value, _ in item.pairs())
            body.append(item)
            continue
        if start is not None:
            stages.append(_stage(start, tuple(body), stages, globals_))
        start, body = item, []
    return Dockerfile(path, tuple(stages), instructions) if stages else None


def _stage(
    start: Instruction, body: tuple[Instruction, ...], stages: list[Stage], values: Mapping[str, str]
) -> Stage:
    match = _FROM.match(start.text.strip())
    written = match[1] if match is not None else start.text.strip().partition(" ")[0]
    base = filled(written, values)
    parent = next((item.number for item in stages if item.alias and item.alias == base.lower()), None)
    alias = match[2].lower() if match is not None and match[2] else ""
    return Stage(len(stages), alias, base, written, parent, start.line, body)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the defaults of its variables; one without a default stays as it is."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[4]
        known = values.get(name, "")
        if match[2] in (":-", "-"):
            return known or match[3]
        return known or match[0]

    return _VARIABLE.sub(value, text)


def as_list(text: str) -> tuple[str, ...] | None:
    """The JSON form of CMD, ENTRYPOINT, COPY; None for the shell form."""
    stripped = text.strip()
    if not stripped.startswith("["):
        return None
    try:
        value = json.loads(stripped)
    except (ValueError, RecursionError):
        return None
    return tuple(str(item) for item in value) if isinstance(value, list) else None


def _instructions(text: str) -> Iterator[Instruction]:
    lines = text.replace("\r\n", "\n").split("\n")[:_MOST_LINES]
    escape = "`" if re.search(r"(?im)^#\s{0,5}escape\s{0,3}=\s{0,3}`", "\n".join(lines[:5])) else "\\"
    at = 0
    while at < len(lines):
        match = _INSTRUCTION.match(lines[at])
        if match is None:
            at += 1
            continue
        body, end = _body(lines, at, match[2], escape)
        yield from _made(match[1].upper(), body, at + 1, end)
        at = end


def _body(lines: list[str], at: int, rest: str, escape: str) -> tuple[str, int]:
    """The text behind the name, over continued lines and heredocs; comments in between keep their line empty."""
    parts: list[str] = []
    current = rest
    end = at + 1
    while True:
        stripped = current.rstrip()
        if not stripped.endswith(escape) or end >= len(lines):
            parts.append(stripped)
            break
        parts.append(stripped[:-1])
        while end < len(lines) and (lines[end].lstrip().startswith("#") or not lines[end].strip()):
            parts.append("")
            end += 1
        current = lines[end] if end < len(lines) else ""
        end += 1
    for match in _HEREDOC.finditer("\n".join(parts)):
        while end < len(lines):
            line = lines[end]
            end += 1
            parts.append(line)
            if line.strip() == match[1]:
                break
    return "\n".join(parts), end


def _made(name: str, body: str, line: int, last: int) -> Iterator[Instruction]:
    if name == "ONBUILD":
        inner = _INSTRUCTION.match(body)
        if inner is not None:
            yield Instruction(inner[1].upper(), inner[2], (), line, last, onbuild=True)
        return
    flags: list[tuple[str, str]] = []
    match = _FLAG.match(body)
    while match is not None and len(flags) < 20:
        flags.append((match[1].lower(), (match[2] or "").strip('"')))
        # What is cut off may hold a line break, which a later place must still count.
        body = "\n" * match[0].count("\n") + body[match.end() :]
        match = _FLAG.match(body)
    yield Instruction(name, body, tuple(flags), line, last)
