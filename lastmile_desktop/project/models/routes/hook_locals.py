"""Functions that SvelteKit's server hook puts on `event.locals`, such as `safeGetSession`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lastmile_desktop.project.code.outline import Call, Do, Function, Outline
from lastmile_desktop.project.models.walk.parameters import pairs

_HOOKS = re.compile(r"hooks|(?:auth|supabase|session)[^/]*\.[jt]s$")
_MEMBER = re.compile(r"(?:^|\.)locals\.(\w+)$")


class HookLocals:
    """Looked up by the name they have on `locals`, for each app when it is first asked about."""

    def __init__(self, outlines: Mapping[str, Outline]) -> None:
        self._outlines = outlines
        self._known: dict[str, dict[str, tuple[str, Function]]] = {}

    def called(self, path: str, call: Call) -> tuple[str, Function] | None:
        """What `locals.safeGetSession()` and `event.locals.safeGetSession()` run."""
        names = [link.name for link in call.links[:2]]
        if call.root == "event" and names[0] == "locals":
            names = names[1:]
        elif call.root != "locals":
            return None
        return self._named(path, names[0]) if names else None

    def taken(self, path: str, function: Function | None, name: str) -> tuple[str, Function] | None:
        """What `safeGetSession()` runs after `({ locals: { safeGetSession } })` or `const { safeGetSession } =
        locals`."""
        if function is None:
            return None
        given = any(
            local == name and member.endswith(f"locals.{name}")
            for param in function.params
            if "locals" in param
            for local, member in pairs(param)
        )
        return self._named(path, name) if given or any(_takes(step, name) for step in function.body) else None

    def _named(self, path: str, name: str) -> tuple[str, Function] | None:
        base = f"{path.partition('src/')[0]}src/"
        known = self._known.get(base)
        if known is None:
            known = self._known[base] = {
                found.group(1): (other, function)
                for other, outline in self._outlines.items()
                if other.startswith(base) and _HOOKS.search(other)
                for function in outline.functions
                if (found := _MEMBER.search(function.name))
            }
        return known.get(name)


def _takes(step: object, name: str) -> bool:
    return (
        isinstance(step, Do)
        and step.unpacks
        and name in step.targets
        and step.value is not None
        and step.value.text in ("locals", "event.locals")
    )
