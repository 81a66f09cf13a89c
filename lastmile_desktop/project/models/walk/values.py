"""What an expression of the walk carries, once the calls inside it have run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lastmile_desktop.project.code.outline import Call, Value
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint, paths_in, taint_of

Results = dict[str, Taint]
Env = Mapping[str, Taint]

_PERSONAL = re.compile(
    r"\.\w*(?:email|phone|mobile|address|password|token|secret|ssn|birth|dob|iban|card|amount|total|balance|"
    r"salary|note|message|body|content)\w*$",
    re.IGNORECASE,
)
_WHOLE_ROWS = ("data", "rows", "items", "results", "docs")
_BESIDE = (" ? ", "||", "??")


def called(call: Call) -> str:
    """The dotted name that is called: `jwt.verify` of `jwt.verify(token).sub`."""
    links = call.links
    while links and links[-1].args is None:
        links = links[:-1]
    if len(links) == len(call.links) or not links:
        return call.callee
    return ".".join([call.root, *(link.name for link in links if link.name)])


def place(call: Call, callee: str = "") -> str:
    """A key for one call of a statement."""
    return f"@{call.span.line}:{call.span.column}:{callee or call.callee}"


def made_with(call: Call, index: int) -> str:
    """The variable that keeps what an object was made with."""
    return f"{place(call)}#{index}"


def value_taint(value: Value, env: Env, results: Results) -> Taint:
    """What a value carries. An object that spreads request data over the caller's own is request data: which
    member wins is known only member by member."""
    if value.function:
        return CLEAN
    if value.entries or value.items:
        return _parts_taint(value, env, results)
    if not value.calls:
        taint = taint_of(value.text, env)
        named = value.literal is not None or value.text[:1] in "`f"
        return taint | Taint(text=value.text) if named and len(value.text) <= 200 else taint
    outer = value.calls[0]
    taint = results.get(place(outer), CLEAN)
    if len(value.calls) > 1:
        inside = {place(call) for link in outer.links for arg in link.args or () for call in arg.calls}
        for call in value.calls[1:]:
            if place(call) not in inside:
                taint |= results.get(place(call), CLEAN)
    text = value.text.removeprefix("await ").lstrip("(")
    if not text.startswith((outer.root, "new ", "await")) or any(sign in text for sign in _BESIDE):
        taint |= _without_call(value.text, outer, env)
    return taint


def _parts_taint(value: Value, env: Env, results: Results) -> Taint:
    spread, named = CLEAN, CLEAN
    for key, inner in value.entries:
        if key == "...":
            spread |= value_taint(inner, env, results)
        else:
            named |= value_taint(inner, env, results)
    for inner in value.items:
        named |= value_taint(inner, env, results)
    if spread.labels & Label.REQUEST and named.labels & Label.IDENTITY:
        kept = named.labels & ~Label.IDENTITY
        named = Taint(kept, named.origins, named.rows, named.client, via=named.via)
    total = spread | named
    plain = not total.text and total.passed is None
    return total if plain else Taint(total.labels, total.origins, total.rows, total.client, via=total.via)


def _without_call(text: str, call: Call, env: Env) -> Taint:
    """The parts of an expression beside its first call."""
    mark = f"{call.root}." if f"{call.root}." in text else f"{call.root}("
    head = text.split(mark, 1)[0]
    return taint_of(head, env) if head and head != text else CLEAN


def atom_taint(text: str, env: Env, results: Results) -> Taint:
    """What a part of a condition carries, the calls it makes included."""
    taint = taint_of(text, env)
    if "(" in text:
        plain = text.replace("?.", ".")
        for callee, found in results.items():
            if found is not CLEAN and callee[0] != "@" and f"{callee}(" in plain:
                taint |= found
    return taint


def shown_rows(value: Value, env: Env, results: Results) -> frozenset[int]:
    """The rows that an answer gives away: whole rows, or members that are about a person."""
    if value.entries or value.items:
        parts = [*(inner for _, inner in value.entries), *value.items]
        return frozenset(row for part in parts for row in shown_rows(part, env, results))
    rows: set[int] = set()
    for call in value.calls:
        rows |= results.get(place(call), CLEAN).shown
    paths = paths_in(value.text)
    members = {path.root for path in paths if "." in path.text}
    for path in paths:
        taint = taint_of(path.text, env)
        if not taint.shown:
            continue
        whole = "." not in path.text and path.root not in members
        if whole or _PERSONAL.search(path.text) or path.text.rpartition(".")[2] in _WHOLE_ROWS:
            rows |= taint.shown
    return frozenset(rows)
