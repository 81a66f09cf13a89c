"""Next.js `middleware.ts` and `proxy.ts`: for a given path, does a request get through without a verified caller?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lastmile_desktop.project.code.outline import Function, Leave, Outline, Value
from lastmile_desktop.project.models import conditions
from lastmile_desktop.project.models.chains import NEUTRAL, Summary
from lastmile_desktop.project.models.entries import Survey
from lastmile_desktop.project.models.flow import Frame, State, merge
from lastmile_desktop.project.models.proofs import comparison
from lastmile_desktop.project.models.routes import Guard, GuardStrength
from lastmile_desktop.project.models.seeds import seed_request
from lastmile_desktop.project.models.taint import Label, Taint
from lastmile_desktop.project.models.walk import Walker

_NAMES = ("middleware.ts", "middleware.js", "proxy.ts", "proxy.js", "middleware.mjs", "middleware.tsx")
_DENY = re.compile(
    r"redirect\w*\s*\(|\b40[13]\b|rewrite\s*\(|unauthori[sz]ed|forbidden|status:\s*4\d\d|redirectToSignIn|\.protect\(", re.IGNORECASE
)
_PATH_NAME = re.compile(r"(?:^|[._])(?:path\w*|\w*[pP]athname|route|url|p|currentPath)$")
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
        return any(_matcher(item) is None or _matcher(item).match(sample) for item in self.matchers)  # type: ignore[union-attr]

    def summary(self, route: str) -> Summary:
        """What the middleware does with a request for this path."""
        if not self.matches(route):
            return NEUTRAL
        key = ("next-gate", self.outline.path, route)
        return self.survey.view.whole(":".join(key), id(self.outline), lambda: self._walk(route))

    def _walk(self, route: str) -> Summary:
        library = self._library(route)
        if library is not None:
            return library
        found = self._handler()
        if found is None:
            return NEUTRAL
        path, function = found
        facts = _PathFacts(self.survey, re.sub(r"\[\[?\.{3}[^\]]+\]\]?|\[[^\]]+\]", "x", route))
        walker = Walker(self.survey.callees, self.survey.scopes, facts.value, lambda text: _DENY.search(text) is not None)
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
        return Summary(passed.guards, passed.admin, tuple(walker.trace.weak), files=frozenset(walker.trace.files))

    def _handler(self) -> tuple[str, Function] | None:
        for name in ("default", "middleware", "proxy"):
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
        for name in ("default", "middleware", "proxy"):
            export = next((item for item in self.outline.exports if item.name == name), None)
            step = self.survey.callees.value(self.outline.path, export.local) if export else None
            if step is None or step.value is None or not step.value.calls:
                continue
            call = step.value.calls[0]
            if call.root == "authMiddleware":
                return self._old_clerk(call.args[0] if call.args else Value(""), route, step.span.line)
        return self._authorized(route)

    def _uses(self, names: tuple[tuple[str, str], ...]) -> bool:
        locals_ = {local for local, _ in names}
        return any(item.local in locals_ for item in self.outline.exports) or any(
            call.root in locals_ for function in self.outline.functions for call in function.wrapped_by
        ) or any(step.value is not None and any(call.root in locals_ for call in step.value.calls) for step in self.outline.top if hasattr(step, "value") and step.value is not None)  # type: ignore[union-attr]

    def _old_clerk(self, options: Value, route: str, line: int) -> Summary:
        public = options.entry("publicRoutes") or Value("")
        ignored = options.entry("ignoredRoutes") or Value("")
        patterns = [item.literal or "" for item in (*public.items, *ignored.items)]
        if any(_clerk_pattern(pattern).match(route) for pattern in patterns if pattern):
            return NEUTRAL
        return Summary((Guard("authMiddleware", GuardStrength.VERIFIED, self.outline.path, line),))

    def _authorized(self, route: str) -> Summary | None:
        """Auth.js: `export { auth as middleware }` asks the `authorized` callback of its configuration."""
        names = {item.local for item in self.outline.exports if item.name in ("default", "middleware", "proxy")}
        texts = [step.value.text for step in self.outline.top if getattr(step, "value", None) is not None]  # type: ignore[union-attr]
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
        facts = _PathFacts(self.survey, route)
        walker = Walker(self.survey.callees, self.survey.scopes, facts.value, lambda text: text == "false" or bool(_DENY.search(text)))
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
    try:
        return re.compile(f"^{pattern}/?$")
    except re.error:
        return None


@lru_cache(maxsize=512)
def _clerk_pattern(source: str) -> re.Pattern[str]:
    pattern = re.sub(r"/:\w+\*", r"(?:/.*)?", source)
    pattern = re.sub(r":\w+", r"[^/]+", pattern)
    try:
        return re.compile(f"^{pattern}/?$")
    except re.error:
        return re.compile(r"(?!)")


class _PathFacts:
    """Answers tests about the path of the request."""

    def __init__(self, survey: Survey, route: str) -> None:
        self._survey = survey
        self._route = route

    def value(self, atom: str, frame: Frame) -> bool | None:
        return self._test(atom, frame, 0)

    def _test(self, text: str, frame: Frame, hops: int) -> bool | None:
        if hops > 4:
            return None
        text = text.strip().removeprefix("await ")
        parts = comparison(text)
        if parts.operator in ("===", "==", "!==", "!="):
            if _is_path(parts.left, frame) and parts.right[:1] in "'\"`":
                equal = self._route == parts.right.strip("'\"`")
                return equal if parts.operator in ("===", "==") else not equal
            if re.search(r"\.method$", parts.left):
                return None
        if parts.operator:
            return None
        called = re.match(r"^([\w$.?]+?)\s*\??\.(startsWith|endsWith|includes|match|has|some|test|every|indexOf|find)\s*\((.*)\)$", text, re.S)
        if called:
            return self._called(called.group(1), called.group(2), called.group(3), frame, hops)
        function = re.match(r"^([\w$]+)\s*\((.*)\)$", text, re.S)
        if function:
            return self._function(function.group(1), frame, hops)
        if re.fullmatch(r"[\w$]+", text) and text in frame.texts:
            simplified = conditions.simplify(
                conditions.parse(frame.texts[text]), lambda atom: self._test(atom, frame, hops + 1)
            )
            return simplified if isinstance(simplified, bool) else None
        return None

    def _called(self, owner: str, method: str, args: str, frame: Frame, hops: int) -> bool | None:
        literal = args.strip()[1:-1] if args.strip()[:1] in "'\"`" and "${" not in args else None
        if _is_path(owner, frame) and literal is not None:
            return {
                "startsWith": self._route.startswith(literal),
                "endsWith": self._route.endswith(literal),
                "includes": literal in self._route,
            }.get(method)
        if method == "match" and _is_path(owner, frame):
            return _regex(args, self._route)
        listed = self._list(owner, frame)
        if listed is None:
            return None
        if method in ("includes", "has") and _is_path(args, frame):
            return self._route in listed
        if method in ("some", "find"):
            if "startsWith" in args:
                return any(
                    self._route.startswith(item) if "=>" in args and re.search(r"\.startsWith\(\s*\w+\s*\)", args) else self._route.startswith(item)
                    for item in listed
                )
            if "==" in args:
                return self._route in listed
            if "includes" in args:
                return any(item in self._route for item in listed)
        return None

    def _list(self, name: str, frame: Frame) -> tuple[str, ...] | None:
        text = frame.texts.get(name, "")
        if text.startswith("["):
            return tuple(re.findall(r"['\"`](/[^'\"`]*)['\"`]", text))
        found = self._survey.callees.definition(frame.path, name)
        holder = (found.path, found.name) if found and found.path else (frame.path, name)
        step = self._survey.callees.value(*holder)
        value = step.value if step else None
        if value is None:
            return None
        if not value.items and value.calls and value.calls[0].args:
            value = value.calls[0].args[0]
        return tuple(item.literal for item in value.items if item.literal is not None) if value.items else None

    def _function(self, name: str, frame: Frame, hops: int) -> bool | None:
        found = self._survey.callees.definition(frame.path, name)
        holder = (found.path, found.name) if found and found.path else (frame.path, name)
        step = self._survey.callees.value(*holder)
        if step is not None and step.value is not None and step.value.calls:
            call = step.value.calls[0]
            if call.root == "createRouteMatcher" and call.args:
                return any(_clerk_pattern(item.literal).match(self._route) for item in call.args[0].items if item.literal)
        target = self._survey.callees.named(frame.path, frame.function.name if frame.function else "", name)
        if target is None:
            return None
        returned = [step for step in target[1].body if isinstance(step, Leave)]
        if len(target[1].body) == 1 and returned and returned[0].value is not None:
            inner = Frame(target[0], frame.outline, target[1], {}, texts={})
            for param in target[1].params:
                inner.texts["@path"] = re.split(r"\W", param)[0]
            simplified = conditions.simplify(
                conditions.parse(returned[0].value.text), lambda atom: self._test(atom, inner, hops + 1)
            )
            return simplified if isinstance(simplified, bool) else None
        return None


def _is_path(text: str, frame: Frame) -> bool:
    text = text.strip().replace("?.", ".")
    if text == frame.texts.get("@path"):
        return True
    known = frame.texts.get(text, "")
    return bool(_PATH_NAME.search(text)) or "pathname" in known or known.endswith("nextUrl")


def _regex(args: str, route: str) -> bool | None:
    found = re.match(r"^/(.*)/[a-z]*$", args.strip())
    if not found or len(found.group(1)) > 200:
        return None
    try:
        return re.search(found.group(1).replace("\\/", "/"), route) is not None
    except re.error:
        return None
