"""Every query of the project where it stands: its shape, the loop it runs in, and the names its rows get."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Function,
    Link,
    Loop,
    Outline,
    Step,
    steps_within,
)
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.queries import queries_js, queries_python
from lastmile_desktop.project.models.queries.model import counts
from lastmile_desktop.project.models.queries.query_shape import Shape
from lastmile_desktop.project.models.queries.query_shapes import shape_of
from lastmile_desktop.project.models.walk.access import Query

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_EACH = frozenset({"map", "forEach", "flatMap", "filter", "reduce", "some", "every", "find"})
_RENAMED = re.compile(r"^(\w+):(\w+)$")
_ONE_OFF = re.compile(
    r"^(?:check|test|debug|fix|verify|migrate|seed|create|update|run|add|delete|import|export|generate|backfill|reset|setup)"
    r"[_-][\w-]*\.(?:py|[cm]?[jt]s)$|(?:^|/)management/commands/"
    r"|^(?:backend|api|server|(?:apps|packages)/[\w-]+)/(?:check|test|debug|fix|verify|migrate|seed|update|backfill|reset|setup)"
    r"-[\w-]*\.(?:[cm]?[jt]s)$"
)
_NAME = re.compile(r"^[A-Za-z_$][\w$]*$")
_NOT_ROWS = frozenset({"error", "count", "status", "statusText"})
_OVER = re.compile(r"\b(?:of|in)\s+(.+?)\)?:?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Around:
    """The loop a call runs in. `over` is what it goes through, `names` what one turn is called."""

    line: int = 0
    over: str = ""
    names: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class QuerySite:
    """`rows` are the local names that hold what it brings back. `awaited_alone` queries run one after another."""

    path: str
    line: int
    function: str
    query: Query
    call: Call
    shape: Shape
    counts: bool
    rows: tuple[str, ...]
    around: Around = Around()

    @property
    def is_list(self) -> bool:
        """Whether it may bring back more than one row."""
        return not (self.query.single or self.shape.single or self.counts)


@dataclass(frozen=True, slots=True)
class LoopCall:
    """A call of a function inside a loop, which may query in turn."""

    path: str
    line: int
    function: str
    name: str
    call: Call
    around: Around


@dataclass(frozen=True, slots=True)
class FileQueries:
    sites: tuple[QuerySite, ...] = ()
    loop_calls: tuple[LoopCall, ...] = ()


_NOTHING = FileQueries()


def file_queries(view: ProjectView) -> Mapping[str, FileQueries]:
    """What each source file asks of databases; tests, scripts and tooling left out."""
    return view.each_outline("queries.sites", read_queries)


def query_sites(view: ProjectView) -> tuple[QuerySite, ...]:
    return tuple(site for found in file_queries(view).values() for site in found.sites)


def read_queries(outline: Outline) -> FileQueries:
    """The queries of one file, in source order."""
    if outline.shallow or not (outline.functions or outline.top):
        return _NOTHING
    if not is_production(outline.path) or _ONE_OFF.search(outline.path):
        return _NOTHING
    sites: list[QuerySite] = []
    loop_calls: list[LoopCall] = []
    for name, body, around in _bodies(outline):
        reader = _Body(outline, name, body)
        for call, inside in _calls(body, around):
            site = reader.site(call, inside)
            if site is not None:
                sites.append(site)
            elif inside.line and call.awaited and len(call.links) <= 2:
                loop_calls.append(LoopCall(outline.path, call.span.line, name, call.callee, call, inside))
    return FileQueries(tuple(sites), tuple(loop_calls)) if sites or loop_calls else _NOTHING


def _bodies(outline: Outline) -> Iterator[tuple[str, tuple[Step, ...], Around]]:
    yield "", outline.top, Around()
    for function in outline.functions:
        yield function.name, function.body, _turn(function)


def _turn(function: Function) -> Around:
    """The loop that an inline callback is the body of."""
    outer = function.wrapped_by[-1] if function.wrapped_by else None
    last = outer.links[-1] if outer is not None and outer.links else None
    if outer is None or last is None or last.name not in _EACH:
        return Around()
    over = ".".join([outer.root, *(link.name for link in outer.links[:-1] if link.name)])
    names = (
        tuple(re.findall(r"[A-Za-z_$][\w$]*", function.params[0].partition(":")[0]))
        if function.params
        else ()
    )
    return Around(function.span.line, over, names, last.name)


def _calls(steps: tuple[Step, ...], around: Around) -> Iterator[tuple[Call, Around]]:
    for step in steps:
        if not isinstance(step, Attempt):
            for call in step.calls:
                yield call, around
        match step:
            case Branch(then=then, orelse=orelse):
                yield from _calls(then, around)
                yield from _calls(orelse, around)
            case Attempt(body=body, handlers=handlers, final=final):
                for part in (body, *handlers, final):
                    yield from _calls(part, around)
            case Loop() if step.kind == "with":
                yield from _calls(step.body, around)
            case Loop():
                yield from _calls(step.body, _loop(step))
            case _:
                pass


def _loop(step: Loop) -> Around:
    over = _OVER.search(step.header)
    before = step.header[: over.start()] if over else ""
    names = tuple(
        name for name in re.findall(r"[A-Za-z_$][\w$]*", before) if name not in ("const", "let", "var", "for")
    )
    return Around(step.span.line, over[1] if over else step.header, names, step.kind if over else "while")


class _Body:
    """One function's statements, for following a query that is built up in several of them."""

    def __init__(self, outline: Outline, name: str, body: tuple[Step, ...]) -> None:
        self._outline = outline
        self._name = name
        self._python = outline.language == "python"
        self._steps = tuple(steps_within(body))

    def site(self, call: Call, around: Around) -> QuerySite | None:
        query = queries_python.read(call) if self._python else queries_js.read(call, {})
        if query is None or query.layer in ("storage", "supabase-rpc", "sqlalchemy-unit"):
            return None
        links, rows = call.links, _rows(call)
        if call.assigned and not call.awaited:
            more, later = self._continued(call)
            links, rows = (*links, *more), later or rows
        return QuerySite(
            self._outline.path,
            _line(call),
            self._name,
            query,
            call,
            shape_of(query.layer, call, links),
            counts(call),
            rows,
            around,
        )

    def _continued(self, call: Call) -> tuple[tuple[Link, ...], tuple[str, ...]]:
        """What later statements add to a query that is held in a variable, and the names its rows get."""
        name = call.assigned[0]
        more: list[Link] = []
        rows: tuple[str, ...] = ()
        for step in self._steps:
            if isinstance(step, Attempt):
                continue
            for other in step.calls:
                if other is call:
                    continue
                if other.root == name:
                    more += other.links
                    rows = rows or (_rows(other) if name not in other.assigned else ())
                elif any(arg.text == name for arg in other.args) and len(other.links) <= 3:
                    more += other.links
                    rows = rows or _rows(other)
            if isinstance(step, Do) and step.value is not None and step.targets:
                text = step.value.text.removeprefix("await ").strip()
                if text == name:
                    rows = rows or _named(step.targets)
                elif text.startswith(f"{name}["):
                    more.append(Link(text[len(name) :], None, step.span.line))
        return tuple(more), rows


def _line(call: Call) -> int:
    """Where the query itself stands: the link that names its table, for chains over several lines."""
    for link in call.links:
        if link.args is not None and link.name in ("from", "from_", "table", "findMany", "objects"):
            return link.line
    return call.span.line


def _rows(call: Call) -> tuple[str, ...]:
    return _named(call.assigned)


def _named(targets: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for target in targets:
        renamed = _RENAMED.match(target)
        original, local = (renamed[1], renamed[2]) if renamed else (target, target)
        if original not in _NOT_ROWS and _NAME.match(local):
            found.append(local)
    # Of several names bound at once nobody can tell which one the rows got.
    return tuple(found) if len(found) == 1 else ()
