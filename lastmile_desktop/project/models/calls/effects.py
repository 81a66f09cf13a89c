"""What a function does to the world, itself and through the functions of the project that it calls."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from lastmile_desktop.project.code.outline import Call, Function, Outline, calls_within
from lastmile_desktop.project.models.queries import queries_js, queries_python
from lastmile_desktop.project.models.routes.model import EffectKind
from lastmile_desktop.project.models.walk import effects
from lastmile_desktop.project.models.walk.access import Query, Verb
from lastmile_desktop.project.models.walk.callees import Callees, Target

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

T = TypeVar("T")
_Stamp = tuple[tuple[str, str], ...]
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
        self._paths: tuple[str, ...] | None = None

    def kept(self, kind: str, key: Hashable, compute: Callable[[], T]) -> T:
        """`compute()`, kept across scans until a file changes that was looked into meanwhile. `key` holds everything
        else that it depends on."""
        if self._paths is None:
            self._paths = tuple(self._view.outlines)
        store = self._view.whole(f"kept-{kind}", self._paths, dict[Hashable, tuple[_Stamp, T]])
        known = store.get(key)
        if known is not None and all(self._digest(path) == digest for path, digest in known[0]):
            self.callees.note(path for path, _ in known[0])
            return known[1]
        with self.callees.watching() as seen:
            value = compute()
        store[key] = (tuple((path, self._digest(path)) for path in sorted(seen)), value)
        return value

    def _digest(self, path: str) -> str:
        entry = self._view.tree.files.get(path)
        return entry.digest if entry is not None else ""

    def of(self, path: str, function: Function, hops: int = _HOPS) -> tuple[Doing, ...]:
        """The effects of a function with its inline callbacks, and of what it calls."""
        return self.kept("doings", (path, function.name, hops), lambda: self._of(path, function, hops))

    def _of(self, path: str, function: Function, hops: int) -> tuple[Doing, ...]:
        self.callees.note((path,))
        found = list(self._of_file(path).get(function.name, ()))
        if hops:
            for part in self.parts(path, function):
                for call in calls_within(part.body):
                    target = self.callees.target(path, part, call)
                    if target is not None and target.function is not function:
                        found += self.of(target.path, target.function, hops - 1)
        return tuple(dict.fromkeys(found))[:_MOST]

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
