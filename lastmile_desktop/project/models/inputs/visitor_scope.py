"""What the names of a function hold while it is read: what they are bound to, and what is known after two ways meet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lastmile_desktop.project.code.expression import HOLE
from lastmile_desktop.project.code.outline import Function, Outline
from lastmile_desktop.project.models.inputs.visitor_checks import Env
from lastmile_desktop.project.models.walk.held import CLEAN, Held, either
from lastmile_desktop.project.models.walk.parameters import names, pairs

_NUMBER = re.compile(
    r":\s*(?:number|boolean|bigint|Date|int|float|bool|UUID|Decimal|date|datetime)\s*(?:=|$)"
)


def each(held: Held) -> str:
    return f"{held.made}[]" if held.made and not held.made.startswith("@") else ""


def all_of(parts: Sequence[Held]) -> Held:
    found = parts[0] if parts else CLEAN
    for part in parts[1:]:
        found = either(found, part)
    return found


def imported(outline: Outline) -> Iterator[tuple[str, str]]:
    """What each imported name stands for, dotted."""
    for item in outline.imports:
        module = item.module.removeprefix("node:")
        for local, name in item.names:
            whole = name in ("*", "default") and (
                name == "default" or outline.language != "python" or local != module.partition(".")[0]
            )
            if name in ("*", "default"):
                yield local, module if whole else local
            else:
                yield local, f"{module}.{name}"


def bound(function: Function, args: Sequence[Held], keywords: Mapping[str, Held]) -> dict[str, Held]:
    params = [param for param in function.params if not re.match(r"(?:self|cls)\b", param)]
    bound: dict[str, Held] = {}
    for param, held in zip(params, args, strict=False):
        if _NUMBER.search(param):
            continue
        for local, member in pairs(param):
            bound[local] = (
                (held.member(member) or Held(held.risk, HOLE if held.risk else None)) if member else held
            )
    known = {local for param in params for local in names(param)}
    bound.update({name: held for name, held in keywords.items() if name in known})
    return bound


def merged(first: Env, second: Env) -> Env:
    found = dict(first)
    for name, held in second.items():
        known = first.get(name)
        found[name] = held if known is None or known is held else either(known, held)
    return found


def become(env: Env, other: Env) -> None:
    kept = dict(other)
    env.clear()
    env.update(kept)
