"""Runs the trace of one entry: middlewares, wrappers and dependencies first, then the handler itself."""

from __future__ import annotations

import re

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.outline import Call, Do, Function, Value
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.checks import Arguments
from lastmile_desktop.project.models.webhooks.dependencies import around_yield
from lastmile_desktop.project.models.webhooks.entries import Entry
from lastmile_desktop.project.models.webhooks.lookup import Found, HookLookup
from lastmile_desktop.project.models.webhooks.order import parser_of
from lastmile_desktop.project.models.webhooks.providers import hook_table, imported_from
from lastmile_desktop.project.models.webhooks.state import (
    NEVER,
    UNKNOWN,
    VERIFIED,
    Known,
    State,
    Way,
    joined,
    of_tags,
)
from lastmile_desktop.project.models.webhooks.trace import Trace

_CHECKS_SENDER = re.compile(
    r"verif|signature|hmac|webhook_?auth|validate_?(?:webhook|hook)|svix|secret", re.IGNORECASE
)
_USER_GUARD = re.compile(
    r"require_?auth|is_?authenticated|authenticate|ensure_?auth|login_required|admin_?auth|require_?admin|is_?admin|"
    r"require_?user|jwt_required|protect(?:ed)?$|get_current_\w*user|current_active_user|staff_member_required|verify_?token",
    re.IGNORECASE,
)
_REQUEST_LIKE = re.compile(r"^_?(?:req|request|c|ctx|context|event|evt|r|args|h3)$")
_FROM_ADDRESS = re.compile(
    r"(?:str|int|UUID|uuid\.UUID|Optional\[str\]|str \| None)(?:\s*=\s*(?:None|['\"].*))?$"
)
_SIMPLE = re.compile(
    r"(?:str|int|bool|float|Optional\[str\]|str \| None|UploadFile|BackgroundTasks|Response|\w*Session\w*|Client)$"
)


def handler_of(lookup: HookLookup, entry: Entry) -> Found | None:
    """The function that handles an entry, followed through imports where it is named only."""
    if entry.function:
        function = lookup.function(entry.path, entry.function)
        return (entry.path, function) if function else None
    name = entry.handler.removesuffix(".bind")
    found = lookup.functions(entry.path, entry.scope, name)
    return found[0] if found else None


def trace_of(lookup: HookLookup, entry: Entry, found: Found, body: str) -> Trace:
    """Follow an entry from the request to its end."""
    trace = Trace(lookup, entry.path, body)
    path, function = found
    state = State(trace.module_ways(path))
    _Prelude(trace, lookup, entry).run(path, function, state)
    return trace


def user_guard(entry: Entry, function: Function) -> str:
    """The name of a sign-in guard that stands before the handler, "" when there is none."""
    for value in entry.chain:
        if not value.function and parser_of(value) == "" and _USER_GUARD.search(value.text.partition("(")[0]):
            return value.text.partition("(")[0]
    for call in (*entry.decorators, *function.decorators):
        if _USER_GUARD.search(call.callee):
            return call.callee
        for arg in call.args:
            if arg.name == "dependencies" and _USER_GUARD.search(arg.text):
                return _name_in(arg.text)
    for text in function.params:
        if "Depends(" in text and _USER_GUARD.search(text):
            return _name_in(text)
    return ""


def _name_in(text: str) -> str:
    found = re.search(r"Depends\(\s*([\w.]+)", text)
    return found[1] if found else text[:40]


class _Prelude:
    """What runs before the handler, in the order of the framework."""

    def __init__(self, trace: Trace, lookup: HookLookup, entry: Entry) -> None:
        self._trace = trace
        self._lookup = lookup
        self._entry = entry
        self._afterwards: list[Found] = []
        self._request = Arguments((of_tags(src.REQUEST), UNKNOWN, of_tags("next")), ())

    def run(self, path: str, function: Function, state: State) -> None:
        self._mounted(state)
        for value in self._entry.chain:
            self._middleware(value, state)
        self._python_dependencies(path, function, state)
        if not self._wrapped(path, function, state):
            self._handler(path, function, state)
        for where, rest in self._afterwards:
            self._ended(where, rest, state)

    def _ended(self, path: str, rest: Function, state: State) -> None:
        """What a dependency does when the handler has ended: its commit writes what the handler changed."""
        changed = [item.ways for item in self._trace.assignments]
        inner = State(frozenset[Way]().union(*changed)) if changed else state.copy()
        if changed or inner.trusted:
            self._trace.follower.follow(path, rest, Arguments((), ()), inner)

    def _mounted(self, state: State) -> None:
        """`router.use(verify)` and `app.use("/webhooks", verify)` before the route in the same file."""
        outline = self._lookup.reads.outline(self._entry.path)
        if outline is None or self._entry.framework not in ("express", "hono", "koa"):
            return
        for step in outline.top:
            if not isinstance(step, Do) or step.span.line >= self._entry.line:
                continue
            for call in step.calls:
                link = call.link("use")
                if link is None or not link.args or call.root != self._entry.owner:
                    continue
                prefix = link.args[0].literal
                if prefix is not None and not self._entry.route.startswith(prefix.rstrip("*").rstrip("/")):
                    continue
                for arg in link.args:
                    if arg.literal is None and _CHECKS_SENDER.search(arg.text):
                        self._middleware(arg, state)

    def _middleware(self, value: Value, state: State) -> None:
        """A middleware lets the request through where it calls `next()`."""
        trace = self._trace
        if parser_of(value):
            return
        function: Found | None = None
        if value.function:
            own = self._lookup.function(self._entry.path, value.function)
            function = (self._entry.path, own) if own else None
        elif re.fullmatch(r"[\w$.]+", value.text):
            found = self._lookup.functions(self._entry.path, self._entry.scope, value.text)
            function = found[0] if found else None
        elif value.calls:
            function = self._made(value.calls[0], state)
        if function is None:
            self._unseen(value.text, state)
            return
        trace.next_states = []
        inner = state.copy()
        names = _middleware_params(function[1])
        inner.names.update(names)
        trace.follower.follow(function[0], function[1], self._request, inner)
        if trace.next_states:
            passed = joined(trace.next_states)
            state.ways = (
                frozenset(
                    frozenset(fact for fact in way if not fact.startswith(("id:", "t:", "f:")))
                    for way in passed.ways
                )
                or NEVER
            )
        trace.next_states = []

    def _made(self, call: Call, state: State) -> Found | None:
        """The function that `verifyWebhook(secret)` returns."""
        found = self._lookup.functions(self._entry.path, self._entry.scope, call.callee)
        if not found:
            return None
        given = Arguments(
            tuple(self._trace.values.of(ex.of_value(arg, "typescript"), state.copy()) for arg in call.args),
            (),
        )
        made = self._trace.follower.follow(found[0][0], found[0][1], given, state.copy())
        if made.closure is None:
            return None
        function = self._lookup.function(*made.closure)
        return (made.closure[0], function) if function else None

    def _unseen(self, text: str, state: State) -> None:
        name = text.partition("(")[0]
        module = self._lookup.module_of(self._entry.path, name.partition(".")[0])
        if self._is_known_wrapper(name, module) or (_CHECKS_SENDER.search(name) and len(name) < 60):
            self._trace.attempt(name, "unknown", "", True, "")
            self._trace.attempts[-1].line = self._entry.line
            state.add(VERIFIED)

    def _is_known_wrapper(self, name: str, module: str) -> bool:
        last = name.rpartition(".")[2]
        return any(
            last in item.names and imported_from(module, item.sources) for item in hook_table().wrappers
        )

    def _wrapped(self, path: str, function: Function, state: State) -> bool:
        """`export const POST = withSignature(handler)`, `@verify_signature`: the wrapper runs around the handler."""
        handler = Known(closure=(path, function.name))
        for call in (*function.wrapped_by, *reversed(function.decorators)):
            name = call.callee
            module = self._lookup.module_of(path, name.partition(".")[0])
            if self._is_known_wrapper(name, module):
                self._trace.attempt(name, "unknown", "", True, "")
                self._trace.attempts[-1].line = call.span.line
                state.add(VERIFIED)
                continue
            found = self._lookup.functions(path, "", name)
            if not found or ("." in name and not _CHECKS_SENDER.search(name)):
                if (
                    not found
                    and _CHECKS_SENDER.search(name)
                    and call in function.decorators
                    and not name.endswith(("csrf_exempt",))
                ):
                    self._unseen(name, state)
                continue
            if self._run_wrapper(found[0], call, handler, path, state):
                return True
        return False

    def _run_wrapper(self, found: Found, call: Call, handler: Known, path: str, state: State) -> bool:
        """Whether running the wrapper reached the handler."""
        trace = self._trace
        before = len(trace.visited), len(trace.happenings)
        reached = len(trace.handler_runs)
        language = trace.language
        places = [
            handler
            if arg.function or arg.text == (handler.closure or ("", ""))[1]
            else trace.values.of(ex.of_value(arg, language), state.copy())
            for arg in call.args
        ]
        if handler not in places and not call.args:
            places = [handler]
        trace.handler = handler.closure
        trace.handler_names = self._names(
            self._lookup.function(*handler.closure) if handler.closure else None
        )
        made = trace.follower.follow(found[0], found[1], Arguments(tuple(places), ()), state.copy())
        if made.closure is None and call.args and handler not in places:
            return False
        target = self._lookup.function(*made.closure) if made.closure else None
        if target is None or made.closure is None:
            return False
        names = {"args": of_tags(src.REQUEST), "kwargs": UNKNOWN, "request": of_tags(src.REQUEST)}
        inner = State(state.ways, {**self._params_behind(found[1], places), **names})
        trace.follower.follow(made.closure[0], target, self._request, inner, shared=True)
        del before, path
        if len(trace.handler_runs) == reached:
            return False
        state.ways = inner.ways
        return True

    def _params_behind(self, function: Function, places: list[Known]) -> dict[str, Known]:
        names = [text.partition(":")[0].partition("=")[0].strip() for text in function.params]
        return dict(zip(names, places, strict=False))

    def _python_dependencies(self, path: str, function: Function, state: State) -> None:
        """FastAPI: `Depends(check)` in parameters, in the decorator, on the router."""
        if self._trace.language != "python":
            return
        texts = list(function.params)
        for call in function.decorators:
            texts += [arg.text for arg in call.args if arg.name == "dependencies"]
        outline = self._lookup.reads.outline(path)
        for step in outline.top if outline else ():
            if isinstance(step, Do) and self._entry.owner in step.targets and step.value is not None:
                texts += [
                    arg.text
                    for call in step.value.calls[:1]
                    for arg in call.args
                    if arg.name == "dependencies"
                ]
        for text in texts:
            for name in re.findall(r"(?:Depends|Security)\(\s*([\w.]+)", text):
                found = self._lookup.functions(path, "", name)
                if not found:
                    continue
                inner = state.copy()
                given = Arguments(tuple(_python_param(param, "") for param in found[0][1].params), ())
                first, rest = around_yield(found[0][1], self._trace.lines(found[0][0]))
                if rest is not None:
                    self._afterwards.append((found[0][0], rest))
                value = self._trace.follower.follow(found[0][0], first, given, inner)
                state.ways = inner.ways
                local = text.partition(":")[0].partition("=")[0].strip()
                if re.fullmatch(r"\w+", local):
                    state.names[local] = value

    def _handler(self, path: str, function: Function, state: State) -> None:
        names = {**state.names, **self._names(function)}
        inner = State(state.ways, names)
        self._trace.run_handler(path, function, inner)
        state.ways = inner.ways

    def _names(self, function: Function | None) -> dict[str, Known]:
        """What the framework gives the handler's parameters."""
        if function is None:
            return {}
        if self._trace.language == "python":
            return {
                _local(text): _python_param(text, self._entry.framework)
                for text in function.params
                if "Depends(" not in text and _local(text) not in ("self", "cls")
            }
        return _script_params(function, self._entry.framework)


def _local(text: str) -> str:
    return text.partition(":")[0].partition("=")[0].strip(" *")


def _python_param(text: str, framework: str) -> Known:
    """A parameter of a Python view: the request, a header, or a body that the framework parsed."""
    name, _, rest = text.partition(":")
    name = _local(text)
    if "Header(" in text:
        return src.header(name)
    if "HTTPBasicCredentials" in rest or "HTTPAuthorizationCredentials" in rest:
        return src.header("authorization")
    if name == "request" or "Request" in rest:
        return of_tags(src.REQUEST)
    if "Body(" in text or (
        framework == "fastapi" and rest and not _SIMPLE.match(rest.partition("=")[0].strip())
    ):
        is_bytes = rest.partition("=")[0].strip() == "bytes"
        return of_tags(src.RAW if is_bytes else src.PARSED)
    if "Query(" in text or "Path(" in text:
        return src.header(name)
    if framework in ("flask", "django", "drf") or (
        framework == "fastapi" and _FROM_ADDRESS.match(rest.strip())
    ):
        return src.header(name)
    return UNKNOWN


def _script_params(function: Function, framework: str) -> dict[str, Known]:
    names: dict[str, Known] = {}
    for index, text in enumerate(function.params):
        stripped = text.strip()
        if "@Body(" in stripped or "@RawBody(" in stripped:
            names[_last_name(stripped)] = of_tags(src.RAW if "@RawBody(" in stripped else src.PARSED)
        elif "@Headers(" in stripped or "@Header(" in stripped:
            names[_last_name(stripped)] = of_tags(src.REQUEST, src.SIGNATURE)
        elif "@Req(" in stripped or "@Request(" in stripped:
            names[_last_name(stripped)] = of_tags(src.REQUEST)
        elif stripped.startswith("{"):
            for name in re.findall(r"\b(request|req|headers|query|params)\b", stripped):
                names[name] = of_tags(src.REQUEST)
            for name in re.findall(r"\b(body|rawBody)\b", stripped):
                names[name] = of_tags(src.RAW if name == "rawBody" else src.PARSED)
        elif index == 0 or (framework == "convex" and index == 1):
            name = re.split(r"[?:=\s]", stripped)[0]
            if _REQUEST_LIKE.match(name) or index == 0:
                names[name] = of_tags(src.REQUEST)
    return names


def _last_name(text: str) -> str:
    found = re.findall(r"\)\s*(?:readonly\s+)?(\w+)", text)
    return found[-1] if found else ""


def _middleware_params(function: Function) -> dict[str, Known]:
    names = [re.split(r"[?:=\s]", text.strip())[0] for text in function.params]
    return {"next": of_tags("next")} if "next" in names else {}
