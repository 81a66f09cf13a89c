"""What stands in front of a handler: middleware, wrappers, builders, dependencies, decorators."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lastmile_desktop.project.code.outline import (
    Call,
    Function,
    Leave,
    Value,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.guards import doubt_names, doubts
from lastmile_desktop.project.models.guards.chain_judgement import judged
from lastmile_desktop.project.models.guards.chain_parts import (
    NEUTRAL,
    Summary,
    calls_any,
    onward_names,
    reference,
    refuses_itself,
    replies_itself,
)
from lastmile_desktop.project.models.guards.verifiers import Authority, symbols
from lastmile_desktop.project.models.routes.model import Doubt, Guard, GuardStrength
from lastmile_desktop.project.models.walk import parameters
from lastmile_desktop.project.models.walk.callees import Callees, Target
from lastmile_desktop.project.models.walk.judge import Facts
from lastmile_desktop.project.models.walk.model import Walker
from lastmile_desktop.project.models.walk.scopes import Scopes

_HOPS = 6
_SESSION_KEEPERS = frozenset(["session", "sessions", "cookieSession", "expressSession", "secureSession"])
_SESSION_PACKAGE = re.compile(r"(?:^|[/-])(?:express-|cookie-|koa-|hono-|secure-)?sessions?$")
_BUILDER_LINKS = frozenset(
    ("use", "middleware", "concat", "unstable_concat", "unstable_pipe", "preHandler", "beforeHandle", "guard")
)


class Chains:
    """Summaries of chain links, each function judged once."""

    def __init__(self, callees: Callees, scopes: Scopes, policy_guards: tuple[str, ...] = ()) -> None:
        self._callees = callees
        self._scopes = scopes
        self._policy = frozenset(policy_guards)
        self._known: dict[tuple[str, str, frozenset[str]], tuple[Summary, frozenset[str]]] = {}

    def value(self, path: str, scope: Function | None, value: Value, hops: int = 0) -> Summary:
        """The summary of a middleware as written where it is used."""
        if hops > _HOPS:
            return NEUTRAL
        if value.items:
            total = NEUTRAL
            for item in value.items:
                total += self.value(path, scope, item, hops + 1)
            return total
        if value.function:
            function = self._callees.functions(path).get(value.function)
            return self.function(path, function) if function else NEUTRAL
        text = value.text.strip().removeprefix("...")
        if value.calls and not re.fullmatch(r"[\w$.]+", text):
            return self.made(path, scope, value.calls[0], hops)
        return self.name(path, scope, text, value.span.line if value.span else 0, hops)

    def name(self, path: str, scope: Function | None, name: str, line: int, hops: int = 0) -> Summary:
        """The summary of a middleware given by its name."""
        last = name.rpartition(".")[2]
        if last in self._policy:
            return Summary((Guard(last, GuardStrength.POLICY, path, line),))
        target = self._callees.target(path, scope, reference(name))
        if target is not None:
            return self._wrapped(target) + self.function(target.path, target.function)
        root = name.partition(".")[0]
        found = self._callees.definition(path, root)
        holder = (found.path, found.name) if found and found.path else (path, root)
        step = self._callees.value(*holder)
        if step is not None and step.value is not None and "." not in name:
            there = self.value(holder[0], None, step.value, hops + 1)
            if there.guards or there.unknown or there.weak or there.files:
                return there
        return self._outside(path, name, line)

    def made(self, path: str, scope: Function | None, call: Call, hops: int = 0) -> Summary:
        """A middleware that a call makes: `requireRole("admin")`, `passport.authenticate("jwt")`, a builder."""
        last = call.callee.rpartition(".")[2]
        if last in self._policy:
            return Summary((Guard(last, GuardStrength.POLICY, path, call.span.line),))
        total = NEUTRAL
        for link in call.links:
            for arg in link.args or ():
                if arg.function and link.name in ("server", "middleware", "use", "", "createMiddleware"):
                    function = self._callees.functions(path).get(arg.function)
                    total += self.function(path, function) if function else NEUTRAL
                elif link.name in _BUILDER_LINKS:
                    total += self.value(path, scope, arg, hops + 1)
        target = self._callees.target(path, scope, call)
        if target is not None:
            return total + self._factory(target)
        if total.guards or total.files:
            return total
        return total + self._outside(path, call.callee, call.span.line)

    def _factory(self, target: Target) -> Summary:
        """A function that returns the middleware."""
        functions = self._callees.functions(target.path)
        prefix = target.function.name + "."
        inner = [function for name, function in functions.items() if name.startswith(prefix)]
        given = " ".join(arg.text for arg in target.args)
        authority = symbols().authority(target.function.name, given)
        best = NEUTRAL
        for function in inner:
            if onward_names(function):
                summary = self.function(target.path, function)
                best = best + summary
        if not inner:
            for step in steps_within(target.function.body):
                if isinstance(step, Leave) and step.value is not None and step.value.calls:
                    best = best + self.made(target.path, target.function, step.value.calls[0], 1)
        known = replace(best, admin=max(best.admin, authority) if best.guards else best.admin, by_path=())
        return known if inner else self._or_doubt(known, target)

    def _wrapped(self, target: Target) -> Summary:
        """A middleware that is itself wrapped, as in `asyncHandler(async (req, res, next) => …)`."""
        total = NEUTRAL
        for call in target.function.wrapped_by:
            if symbols().names_guard(call.callee.rpartition(".")[2]) and not call.root.startswith("create"):
                total += self.wrapper(target.path, call, target.function)
        return total

    def function(self, path: str, function: Function, onward: frozenset[str] = frozenset()) -> Summary:
        """Walk a middleware: is every call of its `next` dominated by a check?"""
        names = onward or onward_names(function)
        key = (path, function.name, names)
        known = self._known.get(key)
        if known is None:
            self._known[key] = (NEUTRAL, frozenset())
            with self._callees.watching() as seen:
                summary = self._judge(path, function, names)
            known = (summary, frozenset((*seen, path)))
            self._known[key] = known
        self._callees.note(known[1])
        return known[0]

    def _judge(
        self,
        path: str,
        function: Function,
        onward: frozenset[str],
        facts: Facts | None = None,
        denies: Callable[[str], bool] | None = None,
    ) -> Summary:
        if denies is None and replies_itself(function):
            denies = refuses_itself
        walker = Walker(self._callees, self._scopes, facts, denies, self.wrapper)
        return judged(walker, path, function, onward, facts)

    def wrapper(self, path: str, call: Call, function: Function | None) -> Summary:
        """A function around a handler: `withAuth(handler)`, `protectedProcedure.input(…).mutation(handler)`."""
        if not call.links or all(link.args is None for link in call.links):
            call = reference(call.callee)
        last = next((link.name for link in reversed(call.links) if link.name), "") or call.root
        if last in self._policy or call.root in self._policy:
            return Summary((Guard(call.root, GuardStrength.POLICY, path, call.span.line),))
        owner = function if call.root in ("this", "self") else None
        target = self._callees.target(path, owner, call)
        chained = len(call.links) > 1 or any(link.name for link in call.links[:1])
        alone = len(call.links) == 1
        if target is not None and (not chained or alone or self._scopes.outline(path).language == "python"):
            return self._around(target, call)
        if self._scopes.outline(path).language == "python":
            return self._decorator(path, call)
        if chained:
            return self._builder(path, call, 0)
        return self._outside(path, call.root, call.span.line, wrapping=True)

    def _around(self, target: Target, call: Call) -> Summary:
        """A wrapper of the project: walk the places where it calls what it was given."""
        functions = self._callees.functions(target.path)
        prefix = target.function.name + "."
        inside = [item for name, item in functions.items() if name.startswith(prefix)]
        holders = [target.function, *inside]
        names = frozenset(
            name
            for holder in holders
            for param in holder.params
            for name in parameters.names(param)
            if any(
                calls_any(item, frozenset((name,)))
                for item in holders
                if item is not holder or item is target.function
            )
        )
        if not names:
            return self._or_doubt(self._passes_on(target), target)
        summaries = [self.function(target.path, item, names) for item in holders if calls_any(item, names)]
        total = NEUTRAL
        for item in summaries:
            total += item
        if not all(item.guards for item in summaries):
            unasked = replace(total, guards=(), admin=Authority.NONE, by_path=())
            # Some ways in are guarded and others are not: a setting may decide which is taken.
            return self._or_doubt(unasked, target) if total.by_path else unasked
        given = " ".join(arg.text for link in call.links for arg in link.args or ())
        admin = max(total.admin, symbols().authority(target.function.name, given))
        return replace(total, admin=admin, by_path=())

    def _or_doubt(self, summary: Summary, target: Target) -> Summary:
        """A link of the project that turns requests away, in a way that could not be followed."""
        if summary.guards or summary.doubts or summary.weak:
            return summary
        prefix = f"{target.function.name}."
        functions = self._callees.functions(target.path)
        parts = [target.function, *(item for name, item in functions.items() if name.startswith(prefix))]
        if not any(doubts.refuses(part) for part in parts):
            return summary
        return replace(summary, doubts=(Doubt(target.function.name, target.path, target.function.span.line),))

    def _passes_on(self, target: Target) -> Summary:
        """A wrapper that gives its handler to another wrapper."""
        names = {name for param in target.function.params for name in parameters.names(param)}
        for made in calls_within(target.function.body):
            if any(arg.text in names for arg in made.args) and made.links and not made.links[0].name:
                return self.wrapper(target.path, made, None)
        return NEUTRAL

    def _decorator(self, path: str, call: Call) -> Summary:
        """A Python decorator of an outside package."""
        known = symbols()
        last = call.callee.rpartition(".")[2]
        inner = call.args[0].text.rpartition(".")[2] if last == "method_decorator" and call.args else last
        if "optional" in " ".join(f"{arg.name}={arg.text}" for arg in call.args).lower() and "True" in str(
            call.args
        ):
            return NEUTRAL
        if inner in known.decorators or call.callee in known.decorators or known.names_guard(inner):
            admin = known.authority(inner, " ".join(arg.text for arg in call.args))
            return Summary((Guard(inner, GuardStrength.VERIFIED, path, call.span.line),), admin)
        return _in_doubt(path, inner, call.span.line)

    def for_route(
        self,
        path: str,
        function: Function,
        onward: frozenset[str],
        route: str,
        denies: Callable[[str], bool] | None = None,
    ) -> Summary:
        """A middleware that looks at the path, asked about one route."""
        from lastmile_desktop.project.models.routes.path_facts import PathFacts

        facts = PathFacts(self._callees, route)
        return self._judge(path, function, onward, facts.value, denies)

    def _builder(self, path: str, call: Call, hops: int) -> Summary:
        """A fluent builder: the checks of its root and of each `.use(…)` or `.middleware([…])`."""
        if hops > _HOPS:
            return NEUTRAL
        total = self._builder_root(path, call.root, call.span.line, hops)
        functions = self._callees.functions(path)
        for link in call.links:
            if link.name not in _BUILDER_LINKS:
                continue
            for arg in link.args or ():
                function = functions.get(arg.function) if arg.function else None
                total += self.function(path, function) if function else self.value(path, None, arg, hops + 1)
        return total

    def _builder_root(self, path: str, root: str, line: int, hops: int) -> Summary:
        if root in ("t", "trpc", "createServerFn", "createMiddleware", "z"):
            return NEUTRAL
        found = self._callees.definition(path, root)
        holder = (found.path, found.name) if found and found.path else (path, root)
        step = self._callees.value(*holder)
        if step is None or step.value is None or not step.value.calls:
            if step is not None and step.value is not None and re.fullmatch(r"[\w$.]+", step.value.text):
                return (
                    self._builder_root(holder[0], step.value.text.split(".")[0], line, hops + 1)
                    if hops < _HOPS
                    else NEUTRAL
                )
            return self._builder_name(path, root, line)
        return self._builder(holder[0], step.value.calls[0], hops + 1)

    def _builder_name(self, path: str, root: str, line: int) -> Summary:
        if re.search(
            r"^(?:protected|authed|auth|private|secure|admin|user|org|team)\w*(?:Procedure|Action|ActionClient|Client|Fn)$",
            root,
            re.I,
        ):
            return Summary(
                (Guard(root, GuardStrength.VERIFIED, path, line),), symbols().authority(root), unknown=(root,)
            )
        return NEUTRAL

    def _outside(self, path: str, name: str, line: int, wrapping: bool = False) -> Summary:
        """A link from outside the project, judged by its name."""
        known = symbols()
        last = name.rpartition(".")[2]
        if (wrapping and last == "auth") or self._only_keeps_sessions(path, name, last):
            return NEUTRAL
        if (
            name in known.middleware
            or last in known.middleware
            or (known.names_guard(last) and not known.neutral_name.search(last))
        ):
            admin = known.authority(last)
            return Summary((Guard(last, GuardStrength.VERIFIED, path, line),), admin, unknown=(name,))
        if wrapping and self._is_foreign_wrapper(path, name):
            return Summary(doubts=(Doubt(name, path, line),))
        return _in_doubt(path, name, line, wrapping)

    def _only_keeps_sessions(self, path: str, name: str, last: str) -> bool:
        """`session({ secret })`, `passport.session()`: they say who a visitor was, and let everybody through."""
        found = self._callees.definition(path, name.partition(".")[0])
        package = found.package if found is not None else ""
        return last in _SESSION_KEEPERS or _SESSION_PACKAGE.search(package or "") is not None

    def _is_foreign_wrapper(self, path: str, name: str) -> bool:
        """A wrapper of a package that is no framework's or tool's own."""
        found = self._callees.definition(path, name.partition(".")[0])
        package = found.package if found is not None else ""
        return bool(package) and not doubt_names.is_tool(package) and doubt_names.may_wrap(name)


def _in_doubt(path: str, name: str, line: int, wrapping: bool = True) -> Summary:
    """A link from outside the project: whatever it is called, it may ask who is calling, unless its name says that
    it is about something else. Wrappers are many, so theirs has to say so."""
    asking = doubt_names.names_asking(name) or (
        not wrapping and (doubt_names.secures(name) or doubt_names.is_foreign(name))
    )
    return Summary(doubts=(Doubt(name, path, line),)) if asking else NEUTRAL
