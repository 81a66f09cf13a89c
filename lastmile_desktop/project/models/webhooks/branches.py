"""One function that answers several paths: which of its steps an incoming webhook comes through.

AI tools write one edge function with `if (path === '/webhook') { …; return }` before `/plans`, `/checkout` and so on.
What the other branches do is not what the provider's call does."""

from __future__ import annotations

import re
from dataclasses import replace

from lastmile_desktop.project.code.outline import Attempt, Branch, Do, Function, Leave, Step

# A test that compares the path asked for, or a word for what to do, with a written text.
_DISPATCH = re.compile(
    r"""(?i)\b(?:path(?:name|info)?|url|route|endpoint|segments?(?:\[\w+\])?)(?:\.pathname|\.path)?\s*"""
    r"""(?:={2,3}\s*|\.(?:endsWith|startsWith|includes|match)\(\s*)["'`/](?P<path>[^"'`\n]{1,80})["'`]"""
)
_HOOK = re.compile(r"(?i)web_?-?hook|(?:^|[^a-z])ipn(?:$|[^a-z])")


def through_webhook(function: Function) -> Function:
    """The function without the steps of other paths; as it is where no branch stands for a webhook alone."""
    steps = _cut(function.body)
    return function if steps is None else replace(function, body=steps)


def _cut(steps: tuple[Step, ...]) -> tuple[Step, ...] | None:
    """The steps up to the webhook's branch and those in it; None when there is no such branch."""
    kept: list[Step] = []
    for step in steps:
        match step:
            case Attempt(body=body) if (inner := _cut(body)) is not None:
                return (*kept, replace(step, body=inner))
            case Branch():
                hook = _hook_in(step)
                if hook is not None:
                    return (*kept, hook)
                if _is_other_path(step):
                    continue
            case _:
                pass
        kept.append(step)
    return None


def _hook_in(step: Branch) -> Branch | None:
    """The branch of an if-chain that only the webhook's path leads into, and that nothing comes after."""
    current: Branch | None = step
    while current is not None:
        if _asks(current.test, hook=True):
            return replace(current, orelse=()) if _ends(current.then) else None
        if not _asks(current.test, hook=False):
            return None
        following = current.orelse[0] if len(current.orelse) == 1 else None
        current = following if isinstance(following, Branch) else None
    return None


def _asks(test: str, *, hook: bool) -> bool:
    found = _DISPATCH.search(test[:600])
    return (
        found is not None
        and "!" not in test
        and "||" not in test
        and bool(_HOOK.search(found["path"])) is hook
    )


def _is_other_path(step: Branch) -> bool:
    return _asks(step.test, hook=False) and not step.orelse and _ends(step.then)


def _ends(steps: tuple[Step, ...]) -> bool:
    """Whether a block always leaves the function."""
    last = steps[-1] if steps else None
    match last:
        case Leave():
            return True
        case Attempt(body=body, handlers=handlers):
            return _ends(body) and all(_ends(handler) for handler in handlers)
        case Branch(then=then, orelse=orelse):
            return bool(orelse) and _ends(then) and _ends(orelse)
        case Do():
            return last.skips
        case _:
            return False
