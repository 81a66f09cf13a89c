"""What a function does to the world, itself and through the functions of the project that it calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Function, Outline, calls_within
from lastmile_desktop.project.models import effects, queries_js, queries_python
from lastmile_desktop.project.models.access import Query, Verb
from lastmile_desktop.project.models.callees import Callees, Target
from lastmile_desktop.project.models.routes import EffectKind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_HOPS = 3
_MOST = 60


@dataclass(frozen=True, slots=True)
class Doing:
    """One effect in a function: `name` is the call as written, `table` where it is a query, `awaited` whether the
    function waits for it."""

    kind: EffectKind
    path: str
    line: int
    name: str
    table: str = ""
    layer: str = ""
    awaited: bool = False


def query_of(call: Call, language: str) -> Query | None:
    """The query that a call makes, in either language."""
    return queries_python.read(call) if language == "python" else queries_js.read(call, {})


def doing_of(call: Call, path: str, language: str) -> Doing | None:
    """The effect of one call by itself."""
    kind = effects.kind_of(call, call.args[0].text if call.args else "")
    line = call.span.line
    if kind is not None:
        return Doing(kind, path, line, called_name(call), awaited=call.awaited)
    query = query_of(call, language)
    if query is None or query.verb is Verb.SIGN:
        return None
    kind = EffectKind.DB_WRITE if query.verb.writes else EffectKind.DB_READ
    return Doing(kind, path, line, called_name(call), query.table, query.layer, call.awaited)


def called_name(call: Call) -> str:
    """The call as written, up to its first arguments: `supabase.from`, `resend.emails.send`."""
    names = [call.root]
    for link in call.links:
        if link.name:
            names.append(link.name)
        if link.args is not None:
            break
    return ".".join(names)[:80]


class Doings:
    """Looks effects up in one project. What a file does by itself is kept across scans."""

    def __init__(self, view: ProjectView) -> None:
        self._view = view
        self.callees = Callees(view.outlines, view.modules)
        self._known: dict[tuple[str, str], tuple[Doing, ...]] = {}

    def of(self, path: str, function: Function, hops: int = _HOPS) -> tuple[Doing, ...]:
        """The effects of a function with its inline callbacks, and of what it calls."""
        key = (path, function.name)
        known = self._known.get(key)
        if known is not None:
            return known
        self._known[key] = ()
        found = list(self._of_file(path).get(function.name, ()))
        if hops:
            for part in self.parts(path, function):
                for call in calls_within(part.body):
                    target = self.callees.target(path, part, call)
                    if target is not None and target.function is not function:
                        found += self.of(target.path, target.function, hops - 1)
        self._known[key] = tuple(dict.fromkeys(found))[:_MOST]
        return self._known[key]

    def parts(self, path: str, function: Function) -> tuple[Function, ...]:
        """A function and the inline functions inside it."""
        inside = f"{function.name}."
        functions = self.callees.functions(path)
        if function.name not in functions:
            return (function,)
        return tuple(
            item for name, item in functions.items() if name == function.name or name.startswith(inside)
        )

    def target(self, path: str, function: Function | None, call: Call) -> Target | None:
        """The function of the project that a call runs."""
        return self.callees.target(path, function, call)

    def _of_file(self, path: str) -> dict[str, tuple[Doing, ...]]:
        outline = self._view.outlines.get(path)
        if outline is None:
            return {}
        return self._view.per_file("call-effects", path, lambda _: _direct(outline), {})


def _direct(outline: Outline) -> dict[str, tuple[Doing, ...]]:
    """The effects written in each function of a file, those of its inline functions with them."""
    own: dict[str, tuple[Doing, ...]] = {}
    for function in outline.functions:
        calls = (doing_of(call, outline.path, outline.language) for call in calls_within(function.body))
        own[function.name] = tuple(doing for doing in calls if doing is not None)
    whole: dict[str, tuple[Doing, ...]] = {}
    for name in own:
        inside = f"{name}."
        whole[name] = tuple(
            doing
            for other, found in own.items()
            if other == name or other.startswith(inside)
            for doing in found
        )
    return {name: found for name, found in whole.items() if found}
