"""Parameters of functions: the names they bind and what a call puts into them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from lastmile_desktop.project.code.outline import Function, Value
from lastmile_desktop.project.models.walk.taint import CLEAN, Taint

_DECORATION = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s*)*(?:(?:private|public|protected|readonly|override)\s+)*"
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")


@lru_cache(maxsize=8192)
def names(param: str) -> tuple[str, ...]:
    """The local names a parameter binds, destructured ones in order."""
    return tuple(local for local, _ in pairs(param))


@lru_cache(maxsize=8192)
def pairs(param: str) -> tuple[tuple[str, str], ...]:
    """(local, member) of each name; member is "" for the whole value."""
    text = _DECORATION.sub("", param.strip().lstrip("*").removeprefix("..."))
    if not text.startswith(("{", "[")):
        found = _IDENTIFIER.match(text)
        return ((found.group(0), ""),) if found else ()
    return tuple(_pattern(text, ""))


def _pattern(text: str, prefix: str) -> list[tuple[str, str]]:
    inside = _inside(text)
    found: list[tuple[str, str]] = []
    for index, part in enumerate(_parts(inside)):
        part = part.strip().removeprefix("...")
        key, colon, rest = part.partition(":")
        key = key.split("=")[0].strip().strip("'\"")
        rest = rest.strip()
        member = f"{prefix}.{key}" if prefix else (key if text[0] == "{" else str(index))
        if part.startswith(("{", "[")):
            found += _pattern(part, prefix or str(index))
        elif colon and rest.startswith(("{", "[")):
            found += _pattern(rest, member)
        else:
            local = _IDENTIFIER.match(rest if colon else key)
            if local:
                found.append((local.group(0), member))
    return found


def _inside(text: str) -> str:
    """What stands between the first bracket and its partner."""
    depth = 0
    for index, char in enumerate(text):
        depth += char in "{["
        depth -= char in "}]"
        if depth == 0:
            return text[1:index]
    return text[1:]


def _parts(text: str) -> list[str]:
    parts, depth, start = list[str](), 0, 0
    for index, char in enumerate(text):
        depth += char in "{[(<"
        depth -= char in "}])>"
        if char == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [part for part in [*parts, text[start:]] if part.strip()]


def bind(
    env: dict[str, Taint],
    function: Function,
    given: list[tuple[str, Taint, Value]],
    bound: bool,
    outside: Mapping[str, Taint],
    value_taint: Callable[[Value], Taint],
) -> None:
    """Put arguments into a function's variables, by place, by keyword and by member. `outside` are the variables
    where it is called."""
    params = function.params[1:] if bound and function.params else function.params
    positional = [(taint, value) for name, taint, value in given if not name]
    keyword = {name: (taint, value) for name, taint, value in given if name}
    for index, param in enumerate(params):
        whole = positional[index] if index < len(positional) else None
        for local, member in pairs(param):
            argument = whole or keyword.get(local)
            if argument is None:
                env[local] = CLEAN
                continue
            taint, value = argument
            entry = value.entry(member) if member and value.entries else None
            if entry is not None:
                env[local] = value_taint(entry)
            elif member and value.entries and not any(key == "..." for key, _ in value.entries):
                env[local] = CLEAN
            elif member and taint.origins:
                env[local] = Taint(
                    taint.labels,
                    frozenset(f"{origin}.{member}" for origin in taint.origins),
                    taint.rows,
                    taint.client,
                )
            else:
                env[local] = taint
            held = members(outside, value.text) if not value.entries else {}
            if member and held.get(member) is not None:
                env[local] = held[member]
            if not member:
                for key, inner in value.entries:
                    if key != "...":
                        env[f"{local}.{key}"] = value_taint(inner)
                env.update({f"{local}.{key}": found for key, found in held.items()})


def members(env: Mapping[str, Taint], name: str) -> dict[str, Taint]:
    """What is known of the single members of a variable."""
    if not _IDENTIFIER.fullmatch(name):
        return {}
    prefix = f"{name}."
    return {key[len(prefix) :]: taint for key, taint in env.items() if key.startswith(prefix)}
