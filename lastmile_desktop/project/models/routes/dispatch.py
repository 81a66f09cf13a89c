"""Checks that stand in front of a dispatch: `if (GUARDED.has(action)) { … 403 }`, and the `switch (action)` after it.

What the first tied to the caller holds in those arms of the second in which the first had run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from lastmile_desktop.project.code.outline import Branch, Step, steps_within
from lastmile_desktop.project.models.guards.doubts import turns_away
from lastmile_desktop.project.models.walk import conditions
from lastmile_desktop.project.models.walk.callees import Callees
from lastmile_desktop.project.models.walk.conditions import Condition, Op
from lastmile_desktop.project.models.walk.flow import Frame, Perhaps, State, merge
from lastmile_desktop.project.models.walk.proofs import comparison
from lastmile_desktop.project.models.walk.taint import Label, taint_of

_LISTED = re.compile(r"^(?:new Set(?:<\w{1,40}>)?\(\s?)?\[([^\[\]]{0,560})\](?:\s?\))?(?: as const)?$")
_WORDS = re.compile(r"\s?(?:'([^'\\]*)'|\"([^\"\\]*)\")\s?(?:,|$)")
_MEMBER = re.compile(r"^([\w$.]{1,80})\.(?:has|includes)\(([^()]{1,100})\)$")
_EQUAL, _UNEQUAL = ("===", "=="), ("!==", "!=")
_NAME = re.compile(r"^[\w$.]{1,80}$")
_MOST_KEPT = 24

Lists = Callable[[str], frozenset[str] | None]
Said = tuple[str, bool]


def entered(state: State, step: Branch, arm: bool, frame: Frame, callees: Callees) -> State:
    """The state at the beginning of an arm, by what its test says about the checks in front."""
    ways = _ways(conditions.parse(step.test), arm) if state.perhaps and not state.left else []
    if not ways:
        return state

    def lists(name: str) -> frozenset[str] | None:
        return _listed(name, frame, callees)

    kept: list[Perhaps] = []
    for item in state.perhaps:
        found = {_under(item.test, way, lists) for way in ways}
        if found == {item.arm}:
            state = replace(
                state,
                authorised=state.authorised | item.origins,
                likely=state.likely | item.likely,
                held=state.held or item.held,
            )
        elif (not item.arm) not in found:
            left = next(iter(found)) if len(found) == 1 else item.test
            test = left if isinstance(left, Condition) else item.test
            reached = item.reached or found != {item.test} or (arm and _mentions(item.test, ways))
            kept.append(replace(item, test=test, reached=reached))
    return replace(state, perhaps=tuple(kept))


def joined(
    before: State, step: Branch, frame: Frame, starts: tuple[State, State], ends: tuple[State, State]
) -> State:
    """What is sure behind a branch, and what only one of its arms tied to the caller."""
    merged = merge(*ends)
    if ends[0].left or ends[1].left:
        return merged
    found = [*before.perhaps]
    for arm, steps, start, end in zip((True, False), (step.then, step.orelse), starts, ends, strict=True):
        origins = end.authorised - start.authorised - merged.authorised
        held = end.held and not (start.held or merged.held)
        likely = end.likely - start.likely - merged.likely
        if origins and _is_about_caller(step.test, frame):
            merged = replace(merged, likely=merged.likely | origins)
        elif (origins or likely or held) and _refuses(steps):
            found.append(Perhaps(conditions.parse(step.test), arm, origins, likely, held))
    return replace(merged, perhaps=tuple(found[-_MOST_KEPT:]))


def _is_about_caller(test: str, frame: Frame) -> bool:
    """`if current_org:`, and what is checked under it: every caller that belongs to one comes by there."""
    name = test.strip("() ")
    return bool(
        _NAME.match(name)
        and taint_of(name, frame.env).labels & Label.IDENTITY
        and not taint_of(name, frame.env).rows
    )


def assigned(state: State, targets: tuple[str, ...]) -> State:
    """Once what a test goes by has another value, the test says nothing any more."""
    kept = tuple(item for item in state.perhaps if not any(_names(item.test, name) for name in targets))
    return state if len(kept) == len(state.perhaps) else replace(state, perhaps=kept)


def may_be_tied(state: State, requested: frozenset[str]) -> bool:
    """Whether a check in front, which may have run before this point, was about what decides these rows."""
    if state.likely & requested:
        return True
    return any(
        item.reached and (item.held or (item.origins | item.likely) & requested) for item in state.perhaps
    )


def _refuses(steps: tuple[Step, ...]) -> bool:
    return any(
        isinstance(inner, Branch) and turns_away(inner.then) != turns_away(inner.orelse)
        for inner in steps_within(steps)
    )


def _ways(condition: Condition, arm: bool) -> list[tuple[Said, ...]]:
    """The ways in which a condition comes to this value, each as the atoms that hold or do not; [] when that is not
    plain."""
    if condition.op is Op.ATOM:
        return [((condition.text, arm),)]
    if condition.op is Op.NOT:
        return _ways(condition.parts[0], not arm)
    parts = [_ways(part, arm) for part in condition.parts]
    if (condition.op is Op.OR) == arm:
        return [way for part in parts for way in part] if all(parts) else []
    if any(len(part) != 1 for part in parts):
        return []
    return [tuple(said for part in parts for said in part[0])]


def _under(test: Condition, way: tuple[Said, ...], lists: Lists) -> Condition | bool:
    def value(atom: str) -> bool | None:
        known = (_value(atom, text, holds, lists) for text, holds in way)
        return next((item for item in known if item is not None), None)

    return conditions.simplify(test, value)


def _value(atom: str, said: str, holds: bool, lists: Lists) -> bool | None:
    """What an atom comes to where another one holds, or does not."""
    if atom == said:
        return holds
    given, asked = comparison(said), comparison(atom)
    word = _word(given.right)
    holds = holds if given.operator in _EQUAL else not holds
    if word is None or given.operator not in (*_EQUAL, *_UNEQUAL):
        return None
    if asked.left == given.left and asked.operator in (*_EQUAL, *_UNEQUAL):
        other = _word(asked.right)
        if other is None or not (holds or other == word):
            return None
        return (holds and other == word) == (asked.operator in _EQUAL)
    member = _MEMBER.match(atom)
    listed = lists(member.group(1)) if member and holds and member.group(2).strip() == given.left else None
    return None if listed is None else word in listed


def _word(text: str) -> str | None:
    quoted = text[:1] in ("'", '"') and len(text) > 1 and text[-1] == text[0]
    return text[1:-1] if quoted and text[0] not in text[1:-1] else None


def _listed(name: str, frame: Frame, callees: Callees) -> frozenset[str] | None:
    """The words of a list or set that is written out."""
    step = callees.value(frame.path, name) if name not in frame.texts else None
    text = frame.texts.get(name) or (step.value.text if step and step.value else "")
    found = _LISTED.match(text)
    if found is None:
        return None
    words, end = set[str](), 0
    inside = found.group(1).rstrip()
    for match in _WORDS.finditer(inside):
        if match.start() != end:
            return None
        words.add(match.group(1) or match.group(2) or "")
        end = match.end()
    return frozenset(words) if end == len(inside) else None


def _mentions(test: Condition, ways: list[tuple[Said, ...]]) -> bool:
    return any(_names(test, comparison(text).left) for way in ways for text, _ in way)


def _names(test: Condition, name: str) -> bool:
    return any(re.search(rf"(?<![\w$.]){re.escape(name)}(?![\w$])", text) for text in _atoms(test))


def _atoms(test: Condition) -> Iterator[str]:
    if test.op is Op.ATOM:
        yield test.text
    for part in test.parts:
        yield from _atoms(part)
