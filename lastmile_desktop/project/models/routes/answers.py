"""What answers give away: whole rows with secrets in them, and the inner text of errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Do, Exit, Leave, Outline, calls_within, steps_within
from lastmile_desktop.project.models.crypto.uses import scopes
from lastmile_desktop.project.models.routes.model import Route
from lastmile_desktop.project.models.schema.prisma_relations import brought_along, leaves_out
from lastmile_desktop.project.models.schema.tables import Tables
from lastmile_desktop.project.models.walk.access import Access, Verb

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_CREDENTIAL = re.compile(
    r"(?i)^(?:hashed_?|encrypted_?)?(?:password|passwd|pwd)(?:_?hash|_?digest)?$|^(?:reset|password_?reset|verification|access|"
    r"refresh|session)_?token$|^(?:api|secret|private)_?key(?:_?hash)?$|^(?:totp|otp|mfa|two_?factor|client)_?secret$|"
    r"^secret$|^otp(?:_?code)?$"
)
_STACK = re.compile(
    r"(?<![\w$])(?:e|err|error|ex|exc|exception|exp)\??\.stack\b|traceback\.format_exc\(\)|format_exception\("
)
_WHOLE = re.compile(r"\[0\]|\s*(?:\|\||\?\?)\s*(?:null|undefined)|!$|\s+as\s+\w+$")
_WORTH = (".stack", "format_exc", "format_exception")


_SENDS = frozenset(
    {"json", "send", "end", "write", "jsonify", "Response", "JSONResponse", "HttpResponse", "HTTPException"}
)


@dataclass(frozen=True, slots=True)
class GivenAway:
    """A query whose whole rows are the answer on `line` of the route's file, with the columns that must not be."""

    route: Route
    access: Access
    table: str
    columns: tuple[str, ...]
    line: int


def rows_given_away(view: ProjectView, tables: Tables) -> Iterator[GivenAway]:
    """Each such query once: the handler answers with the very variable that holds the rows."""
    seen: set[tuple[str, int]] = set()
    for route in view.routes.routes:
        candidates = [
            (access, known)
            for access in route.accesses
            if (known := _secretive(access, tables) or _included(view, access))
        ]
        answered = _answered(view, route) if candidates else ()
        for access, (table, names) in candidates if answered else ():
            line = _comes_from(view, access, route, answered)
            if line and (access.path, access.line) not in seen:
                seen.add((access.path, access.line))
                yield GivenAway(route, access, table, names, line)


def _secretive(access: Access, tables: Tables) -> tuple[str, tuple[str, ...]] | None:
    """The table and its secret columns when the query reads all of them."""
    if access.query.verb is not Verb.READ or not access.exposed or not _takes_all(access):
        return None
    known = tables.find(access.query.table).table
    names = tuple(column.name for column in known.columns if _CREDENTIAL.search(column.name)) if known else ()
    return (known.bare_name, names) if known is not None and names else None


def _included(view: ProjectView, access: Access) -> tuple[str, tuple[str, ...]] | None:
    """A related model that comes along whole, with its secret fields."""
    if access.query.layer != "prisma" or not access.exposed:
        return None
    for item in brought_along(view, access.query.table, access.call):
        names = tuple(name for name in item.fields if _CREDENTIAL.search(name))
        if names and not leaves_out(view):
            return item.model, names
    return None


def _answered(view: ProjectView, route: Route) -> tuple[tuple[Call, int], ...]:
    """The calls whose results the handler sends as they are, each with the line of the answer."""
    outline = view.outlines.get(route.path)
    if route.handler is None or outline is None or outline.language == "python":
        return ()
    calls = tuple(calls_within(route.handler.body))
    names = {
        value.text: call.span.line
        for call in calls
        for link in call.links
        if (link.name or call.root) in _SENDS
        for arg in link.args or ()
        for value in (arg, *(entry for _, entry in arg.entries))
    }
    found: list[tuple[Call, int]] = []
    if route.framework in ("nest", "nestjs"):
        # What a controller's method returns is the answer.
        for step in steps_within(route.handler.body):
            if isinstance(step, Leave) and step.value is not None and step.how is Exit.RETURN:
                names.setdefault(step.value.text, step.span.line)
                outer = step.value.calls[0] if step.value.calls else None
                if outer is not None and step.value.text.removeprefix("await ").startswith(f"{outer.root}."):
                    found.append((outer, step.span.line))
    for call in calls:
        if len(call.assigned) == 1 or (call.assigned and call.assigned[0].startswith("data:")):
            line = names.get(call.assigned[0].rpartition(":")[2])
            found += [(call, line)] if line else []
    return tuple(found)


def _comes_from(
    view: ProjectView, access: Access, route: Route, answered: tuple[tuple[Call, int], ...]
) -> int:
    """The line of the answer when one of these calls is the query, or the helper that hands its rows back."""
    helper = access.function.rpartition(".")[2]
    for call, line in answered:
        if access.path in (route.path, route.code_path) and call.span == access.call.span:
            return line
        named = bool(helper) and not helper.startswith("@") and bool(call.links)
        if named and (call.links[-1].name or call.root) == helper and _hands_back(view, access):
            return line
    return 0


def _hands_back(view: ProjectView, access: Access) -> bool:
    """Whether the function that asks gives the rows away as they are."""
    outline = view.outlines.get(access.path)
    function = (
        next((item for item in outline.functions if item.name == access.function), None) if outline else None
    )
    if function is None:
        return True
    held = {name.rpartition(":")[2] for name in access.call.assigned}
    for step in steps_within(function.body):
        if not isinstance(step, Leave) or step.value is None:
            continue
        if any(call.span == access.call.span for call in step.value.calls):
            return True
        if _WHOLE.sub("", step.value.text) in held:
            return True
    return False


def _takes_all(access: Access) -> bool:
    """Whether the query asks for every column."""
    call, layer = access.call, access.query.layer
    if layer == "supabase":
        chosen = call.args_of("select")
        literal = chosen[0].literal if chosen else "*"
        return literal is not None and (literal.strip() == "*" or literal.strip().startswith("*,"))
    if layer == "prisma":
        options = call.args[0] if call.args else None
        return options is None or (options.entry("select") is None and options.entry("omit") is None)
    if layer == "drizzle":
        names = [link.name for link in call.links]
        if "query" in names:
            options = call.args[0] if call.args else None
            return options is None or options.entry("columns") is None
        chosen = call.link("select")
        return chosen is not None and not chosen.args
    return False


@dataclass(frozen=True, slots=True)
class Leak:
    line: int


def stack_leaks(outline: Outline, text: str) -> tuple[Leak, ...]:
    """Answers that carry the stack of an error."""
    if not any(word in text for word in _WORTH):
        return ()
    found: dict[int, Leak] = {}
    for scope in scopes(outline):
        for step, tests in scope.steps:
            if any(re.search(r"(?i)development|debug|is_?dev", test) for test in tests):
                continue
            found |= {
                line: Leak(line)
                for line, answer in _answers(step)
                if _STACK.search(answer) and not re.search(r"(?i)development|NODE_ENV|DEBUG", answer)
            }
    return tuple(found.values())


def _answers(step: object) -> Iterator[tuple[int, str]]:
    if isinstance(step, Do | Leave):
        for call in step.calls:
            name = next(
                (link.name or call.root for link in reversed(call.links) if link.args is not None), ""
            )
            if name in _SENDS or (call.root in _SENDS):
                for link in call.links:
                    for arg in link.args or ():
                        for _, entry in arg.entries or (("", arg),):
                            yield (entry.span.line if entry.span else call.span.line), entry.text
