"""Entry points as the frameworks declare them, before their code is walked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Function, Outline, Span, Value
from lastmile_desktop.project.models.guards.chain_parts import NEUTRAL, Summary
from lastmile_desktop.project.models.guards.chains import Chains
from lastmile_desktop.project.models.routes.model import EntryKind
from lastmile_desktop.project.models.walk.access import Query
from lastmile_desktop.project.models.walk.callees import Callees
from lastmile_desktop.project.models.walk.scopes import Scopes
from lastmile_desktop.project.path_kinds import is_left_behind, is_tools_own

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_NOT_LIVE = re.compile(
    r"(?:^|/)(?:__tests__|__mocks__|tests?|e2e|spec|cypress|playwright|fixtures?|stories|storybook|mocks?|examples?|"
    r"node_modules|dist|build|\.next|out|vendor|site-packages|venv|\.venv|attached_assets|public|coverage|backup|"
    r"backups|archive|archived|_archive|old|deprecated|templates?_unused)/|\.(?:test|spec|stories|d)\.[cm]?[jt]sx?$|"
    r"(?:^|/)(?:test_|conftest)[^/]*\.py$|_test\.py$|\.bak\b|\.min\.js$",
    re.IGNORECASE,
)
_NEVER_LIVE = re.compile(
    r"(?:^|/)(?:__tests__|__mocks__|__fixtures__|node_modules|e2e|stories)/|\.(?:test|spec|stories|d)\.[cm]?[jt]sx?$",
    re.IGNORECASE,
)
_ROUTES = re.compile(
    r"((?:^|/)(?:app|pages/api|src/routes|app/routes|supabase/functions|server/api|server/routes)/)"
)
_HANDLER_KEYS = frozenset(("handler", "handle", "fn", "run", "action", "execute", "resolver", "callback"))
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Ref:
    """A middleware where it is used: a value, a call around the handler, or a summary that is made when it is
    needed (`lazy`), called `label`."""

    path: str
    value: Value | None = None
    wrapper: Call | None = None
    scope: Function | None = None
    lazy: Callable[[], Summary] | None = field(default=None, compare=False)
    label: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells this link of a chain from others."""
        if self.wrapper is not None:
            return self.path, f"{self.wrapper.callee}@{self.wrapper.span.line}:{self.wrapper.span.column}"
        return self.path, self.label or (self.value.text if self.value is not None else "")


@dataclass(frozen=True)
class Entry:
    """One entry point. `chain` is what stands before the handler, outermost first. `inputs` when every parameter is
    what the caller sent. `public` says why it needs no guard, where its kind alone tells; `unknown` why its handler
    could not be found. `extra` are queries that the framework makes on its own for this entry."""

    kind: EntryKind
    framework: str
    route: str
    methods: tuple[str, ...]
    path: str
    span: Span
    function: Function | None
    handler_path: str = ""
    chain: tuple[Ref, ...] = ()
    inputs: bool = False
    public: str = ""
    unknown: str = ""
    extra: tuple[tuple[Query, Call], ...] = ()


@dataclass(frozen=True)
class Survey:
    """What the discoverers read: outlines that may run on a server, and how names resolve."""

    view: ProjectView
    outlines: Mapping[str, Outline]
    callees: Callees
    scopes: Scopes
    chains: Chains

    def live(self) -> Iterator[Outline]:
        """Outlines of code that is deployed, not tests, samples or copies."""
        return (outline for path, outline in self.outlines.items() if is_live(path))

    def hook(self, path: str, function: Function, onward: str) -> Ref:
        """A function that runs before handlers; `onward` is the name it lets the request through by."""
        return Ref(
            path,
            lazy=lambda: self.chains.function(path, function, frozenset((onward,))),
            label=function.name,
        )

    def depends_on(self, path: str, *names: str) -> bool:
        """Whether the package that holds this path declares one of these dependencies."""
        dependencies = self.view.package_of(path).dependencies
        return any(name in dependencies for name in names)


@lru_cache(maxsize=65_536)
def is_live(path: str) -> bool:
    """Whether this file is part of what runs. A folder called `public` or `test` inside a folder of routes is part of
    an address."""
    head, routes, tail = _ROUTES.split(path, maxsplit=1) if _ROUTES.search(path) else (path, "", "")
    live = _NOT_LIVE.search(f"{head}{routes}" if routes else path) is None and not _NEVER_LIVE.search(tail)
    return live and not is_left_behind(path) and not is_tools_own(path)


def resolve_handler(
    survey: Survey, path: str, scope: Function | None, value: Value, hops: int = 0
) -> tuple[str, Function, tuple[Ref, ...]] | None:
    """The function that a handler argument means, with the wrappers around it."""
    if hops > 4:
        return None
    functions = survey.callees.functions(path)
    if value.function and value.function in functions:
        function = functions[value.function]
        wrappers = _wrappers_inside(path, value)
        return path, function, wrappers
    text = value.text.strip()
    if re.fullmatch(r"[\w$.]+", text):
        from lastmile_desktop.project.models.guards.chain_parts import reference

        target = survey.callees.target(path, scope, reference(text))
        if target is not None:
            return (
                target.path,
                target.function,
                tuple(Ref(target.path, wrapper=call) for call in target.function.wrapped_by),
            )
        found = survey.callees.definition(path, text.split(".")[0])
        holder = (found.path, found.name) if found and found.path else (path, text)
        step = survey.callees.value(*holder)
        if step is not None and step.value is not None and "." not in text and step.value.text != text:
            return resolve_handler(survey, holder[0], None, step.value, hops + 1)
        return None
    if not value.calls:
        return None
    call = value.calls[0]
    if call.root == "require":
        return _required(survey, path, call)
    given = [arg for link in call.links for arg in link.args or ()]
    given += [value for arg in given for key, value in arg.entries if key in _HANDLER_KEYS and value.function]
    for arg in reversed(given):
        if text.endswith(".bind(this)") or call.links[-1].name == "bind":
            break
        inner = resolve_handler(survey, path, scope, arg, hops + 1)
        if inner is not None:
            return (
                inner[0],
                inner[1],
                (Ref(path, wrapper=call, scope=scope), *(ref for ref in inner[2] if ref.wrapper is not call)),
            )
    if call.links and call.links[-1].name == "bind":
        bound = Value(".".join([call.root, *(link.name for link in call.links[:-1] if link.name)]))
        return resolve_handler(survey, path, scope, bound, hops + 1)
    made = survey.callees.target(path, scope, call)
    if made is not None:
        prefix = made.function.name + "."
        inner_functions = [
            item for name, item in survey.callees.functions(made.path).items() if name.startswith(prefix)
        ]
        if inner_functions:
            return made.path, inner_functions[-1], ()
    return None


def _required(survey: Survey, path: str, call: Call) -> tuple[str, Function, tuple[Ref, ...]] | None:
    """`require("./orders").create` where a handler is expected."""
    given = call.args_of("")
    module = survey.callees.modules.file(path, given[0].literal or "") if given else None
    outline = survey.outlines.get(module) if module else None
    if module is None or outline is None:
        return None
    name = next((link.name for link in call.links if link.name), "default")
    function = outline.exported(name)
    found = (module, function) if function is not None else survey.callees.named(module, "", name)
    return (*found, tuple(Ref(found[0], wrapper=item) for item in found[1].wrapped_by)) if found else None


def _wrappers_inside(path: str, value: Value) -> tuple[Ref, ...]:
    """The calls that an inline function is an argument of, within this value."""
    return tuple(
        Ref(path, wrapper=call)
        for call in value.calls[:1]
        if any(arg.function == value.function for arg in call.args)
    )


def summarise(survey: Survey, entry: Entry) -> Summary:
    """Everything in front of a handler, in order."""
    total = NEUTRAL
    for ref in entry.chain:
        total += _summary(survey, entry, ref)
    for path, function, onward in total.by_path:
        total += survey.chains.for_route(path, function, onward, entry.route)
    return total


def _summary(survey: Survey, entry: Entry, ref: Ref) -> Summary:
    if ref.lazy is not None:
        return ref.lazy()
    if ref.wrapper is not None:
        return survey.chains.wrapper(ref.path, ref.wrapper, entry.function)
    return survey.chains.value(ref.path, ref.scope, ref.value) if ref.value is not None else NEUTRAL
