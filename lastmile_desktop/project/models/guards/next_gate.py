"""Next.js `middleware.ts` and `proxy.ts`: for a given path, does a request get through without a verified caller?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lastmile_desktop.project.code.outline import Call, Do, Function, Outline, Value
from lastmile_desktop.project.models.guards import doubt_names
from lastmile_desktop.project.models.guards.chain_parts import NEUTRAL, Summary
from lastmile_desktop.project.models.routes.entries import Survey
from lastmile_desktop.project.models.routes.model import Doubt, Guard, GuardStrength
from lastmile_desktop.project.models.routes.path_facts import PathFacts, clerk_pattern, compiled
from lastmile_desktop.project.models.walk.flow import Frame, State, merge
from lastmile_desktop.project.models.walk.model import Walker
from lastmile_desktop.project.models.walk.seeds import seed_request
from lastmile_desktop.project.models.walk.taint import Label, Taint

_NAMES = ("middleware.ts", "middleware.js", "proxy.ts", "proxy.js", "middleware.mjs", "middleware.tsx")
_EXPORTED = ("default", "middleware", "proxy")
_DENY = re.compile(
    r"redirect\w*\s*\(|\b40[13]\b|rewrite\s*\(|unauthori[sz]ed|forbidden|status:\s*4\d\d|redirectToSignIn|\.protect\(",
    re.IGNORECASE,
)
_EDGE_AUTH = re.compile(r"^next-auth/middleware$|^@kinde-oss/.*middleware|^@auth0/nextjs-auth0")


@dataclass(frozen=True)
class Gate:
    """The middleware of one Next.js app."""

    survey: Survey
    outline: Outline
    matchers: tuple[str, ...] | None

    def matches(self, route: str) -> bool:
        if self.matchers is None:
            return True
        sample = re.sub(r"\[\[?\.{3}[^\]]+\]\]?|\[[^\]]+\]", "x", route)
        patterns = [_matcher(item) for item in self.matchers]
        return any(pattern is None or pattern.match(sample) for pattern in patterns)

    def summary(self, route: str) -> Summary:
        """What the middleware does with a request for this path."""
        if not self.matches(route):
            return NEUTRAL
        return self._walk(route)

    def _walk(self, route: str) -> Summary:
        library = self._library(route)
        if library is not None:
            return library
        found = self._handler()
        if found is None:
            return self._made_elsewhere()
        path, function = found
        facts = PathFacts(self.survey.callees, re.sub(r"\[\[?\.{3}[^\]]+\]\]?|\[[^\]]+\]", "x", route))
        walker = Walker(
            self.survey.callees, self.survey.scopes, facts.value, lambda text: _DENY.search(text) is not None
        )
        env = dict(self.survey.scopes.env(path))
        for param in function.params:
            name = re.match(r"\w+", param)
            if name:
                seed_request(env, name.group(0))
                env[f"{name.group(0)}.auth"] = Taint(Label.IDENTITY, via="auth")
        frame = Frame(path, self.survey.scopes.outline(path), function, env)
        walker.run(frame, State())
        passed = None
        for completion in frame.completions:
            passed = completion.state if passed is None else merge(passed, completion.state)
        if passed is None:
            passed = State((Guard("middleware", GuardStrength.VERIFIED, path, function.span.line),))
        # Which requests the guard is for could not be told: nobody may say that this one comes through unasked.
        parted = () if passed.guarded else walker.trace.parted[:1]
        return Summary(
            passed.guards,
            passed.admin,
            tuple(walker.trace.weak),
            files=frozenset(walker.trace.files),
            doubts=tuple(Doubt(item.name, item.path, item.line) for item in parted),
        )

    def _made_elsewhere(self) -> Summary:
        """A middleware that a package makes: what it asks for is not seen."""
        for call, line in self._made_by():
            made = self.survey.callees.definition(self.outline.path, call.root)
            package = made.package if made is not None else ""
            if package and not doubt_names.is_tool(package) and doubt_names.is_foreign(call.callee):
                return Summary(doubts=(Doubt(call.callee, self.outline.path, line),))
        return NEUTRAL

    def _made_by(self) -> Iterator[tuple[Call, int]]:
        """The calls that make what is exported as the middleware, each with its line."""
        for name in _EXPORTED:
            export = next((item for item in self.outline.exports if item.name == name), None)
            step = self.survey.callees.value(self.outline.path, export.local) if export else None
            if step is not None and step.value is not None and step.value.calls:
                yield step.value.calls[0], step.span.line

    def _handler(self) -> tuple[str, Function] | None:
        for name in _EXPORTED:
            function = self.outline.exported(name)
            if function is not None:
                return self.outline.path, function
        wrapped = [item for item in self.outline.functions if item.wrapped_by and not item.parent]
        return (self.outline.path, wrapped[0]) if wrapped else None

    def _library(self, route: str) -> Summary | None:
        """Middleware that a library makes."""
        line = 1
        for item in self.outline.imports:
            line = item.span.line
            if _EDGE_AUTH.match(item.module) and self._uses(item.names):
                return Summary((Guard(item.module, GuardStrength.VERIFIED, self.outline.path, line),))
        for export in self.outline.exports:
            if export.module and _EDGE_AUTH.match(export.module):
                return Summary((Guard(export.module, GuardStrength.VERIFIED, self.outline.path, line),))
        for call, at in self._made_by():
            if call.root == "authMiddleware":
                return self._old_clerk(call.args[0] if call.args else Value(""), route, at)
        return self._authorized(route)

    def _uses(self, names: tuple[tuple[str, str], ...]) -> bool:
        """Whether one of these imports is what the middleware is made of."""
        mine = {local for local, _ in names}
        values = [step.value for step in self.outline.top if isinstance(step, Do) and step.value is not None]
        wrapping = [call for function in self.outline.functions for call in function.wrapped_by]
        called = [*wrapping, *(call for value in values for call in value.calls)]
        return any(item.local in mine for item in self.outline.exports) or any(
            call.root in mine for call in called
        )

    def _old_clerk(self, options: Value, route: str, line: int) -> Summary:
        public = options.entry("publicRoutes") or Value("")
        ignored = options.entry("ignoredRoutes") or Value("")
        patterns = [item.literal or "" for item in (*public.items, *ignored.items)]
        if any(clerk_pattern(pattern).match(route) for pattern in patterns if pattern):
            return NEUTRAL
        return Summary((Guard("authMiddleware", GuardStrength.VERIFIED, self.outline.path, line),))

    def _authorized(self, route: str) -> Summary | None:
        """Auth.js: `export { auth as middleware }` asks the `authorized` callback of its configuration."""
        names = {item.local for item in self.outline.exports if item.name in _EXPORTED}
        texts = [step.value.text for step in self.outline.top if isinstance(step, Do) and step.value]
        if not names & {"auth"} and not any("NextAuth(" in text and ".auth" in text for text in texts):
            return None
        for outline in self.survey.outlines.values():
            if not re.search(r"auth", outline.path):
                continue
            function = next((item for item in outline.functions if item.name.endswith("authorized")), None)
            if function is not None:
                return self._callback(outline, function, route)
        return NEUTRAL

    def _callback(self, outline: Outline, function: Function, route: str) -> Summary:
        facts = PathFacts(self.survey.callees, route)
        walker = Walker(
            self.survey.callees,
            self.survey.scopes,
            facts.value,
            lambda text: text == "false" or bool(_DENY.search(text)),
        )
        frame = Frame(outline.path, outline, function, {"auth": Taint(Label.IDENTITY, via="auth")})
        walker.run(frame, State())
        for completion in frame.completions:
            if not completion.state.guarded and not completion.taint.labels & Label.IDENTITY:
                return NEUTRAL
        return Summary((Guard("authorized", GuardStrength.VERIFIED, outline.path, function.span.line),))


def gate_for(survey: Survey, path: str) -> Gate | None:
    """The middleware that stands before a file of a Next.js app: beside the `app` or `pages` folder."""
    before = re.split(r"(?:^|/)(?:app|pages)/", path, maxsplit=1)[0]
    folders = [before, before.removesuffix("src").rstrip("/"), f"{before}/src".lstrip("/")]
    for folder in folders:
        for name in _NAMES:
            candidate = f"{folder}/{name}".lstrip("/")
            outline = survey.outlines.get(candidate)
            if outline is not None:
                return Gate(survey, outline, _matchers(survey, outline))
    return None


def _matchers(survey: Survey, outline: Outline) -> tuple[str, ...] | None:
    """`config.matcher`, None when every path matches."""
    step = survey.callees.value(outline.path, "config")
    matcher = step.value.entry("matcher") if step and step.value else None
    if matcher is None:
        return None
    if matcher.literal is not None:
        return (matcher.literal,)
    found = [item.literal or (item.entry("source") or Value("")).literal or "" for item in matcher.items]
    return tuple(item for item in found if item) or None


@lru_cache(maxsize=512)
def _matcher(source: str) -> re.Pattern[str] | None:
    """A path-to-regexp pattern as a regular expression; None when it cannot be read."""
    pattern = source.replace("\\\\", "\\")
    pattern = re.sub(r"/:\w+\*", r"(?:/.*)?", pattern)
    pattern = re.sub(r"/:\w+\+", r"/.+", pattern)
    pattern = re.sub(r"/:\w+\?", r"(?:/[^/]+)?", pattern)
    pattern = re.sub(r":\w+\(", "(", pattern)
    pattern = re.sub(r":\w+", r"[^/]+", pattern)
    return compiled(f"^{pattern}/?$")
