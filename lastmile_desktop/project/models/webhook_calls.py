"""What a call inside a webhook handler gives: library checks, the project's own functions, values passed through."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.outline import Call, Function, Value
from lastmile_desktop.project.models import webhook_sources as src
from lastmile_desktop.project.models.webhook_checks import (
    Arguments,
    judge_verifier,
    proven,
    refetches,
    runs_later,
    verifier_for,
)
from lastmile_desktop.project.models.webhook_effects import Deed, Effect, Happening, classify
from lastmile_desktop.project.models.webhook_providers import (
    VerifierCall,
    VerifierClass,
    hook_table,
    imported_from,
)
from lastmile_desktop.project.models.webhook_state import (
    ALWAYS,
    CLOSED,
    FALSE,
    FRESH,
    NEVER,
    REFETCHED,
    UNKNOWN,
    VERIFIED,
    Known,
    State,
    Way,
    Ways,
    both,
    is_global,
    merged,
    of_tags,
    under,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhook_trace import Trace

_DEPTH = 5
_DECODES = frozenset(
    {
        "JSON.parse",
        "json.loads",
        "orjson.loads",
        "ujson.loads",
        "parse_qs",
        "parse_qsl",
        "qs.parse",
        "simplejson.loads",
    }
)
_ENCODES = frozenset(
    {"JSON.stringify", "json.dumps", "orjson.dumps", "ujson.dumps", "stringify", "qs.stringify", "urlencode"}
)
_CHECKING = re.compile(
    r"verif(?:y|ies|ied)|validat\w*(?:webhook|signature|hmac|request|event)|(?:webhook|signature|hmac)\w*valid|"
    r"check_?\w*(?:signature|hmac|webhook)|authenticat\w*webhook|construct_?event|unmarshal|is_?valid_?(?:webhook|signature)|"
    r"(?:handle|process|parse|receive)_?\w*(?:webhook|notification|event)$",
    re.IGNORECASE,
)
_USER_CHECK = re.compile(
    r"(?:auth\.getUser|auth\.getClaims|auth\.get_user|getServerSession|currentUser|get_current_user|getAuth|"
    r"auth\.api\.getSession|verifyIdToken|verify_id_token|^auth)$"
)
_TRANSACTION = re.compile(r"(?:^|\.)\$?transaction$|withTransaction$|\.begin$|\.transaction$")
_SECRET_TAGS = frozenset({src.SECRET, src.EMPTY, src.LITERAL, src.PUBLIC})
_CONVERSIONS = frozenset(
    {
        *(
            "from",
            "encode",
            "decode",
            "toString",
            "trim",
            "strip",
            "importKey",
            "bytes",
            "str",
            "String",
            "b64decode",
        ),
        *(
            "atob",
            "btoa",
            "TextEncoder",
            "split",
            "replace",
            "slice",
            "substring",
            "lower",
            "upper",
            "toLowerCase",
        ),
        *(
            "Uint8Array",
            "ArrayBuffer",
            "join",
            "concat",
            "format",
            "hex",
            "fromhex",
            "a2b_hex",
            "unhexlify",
            "at",
            "pop",
        ),
        *(
            "encodeUtf8",
            "utf8ToBytes",
            "hexToBytes",
            "bytearray",
            "memoryview",
            "removeprefix",
            "startswith",
            "rstrip",
        ),
    }
)
_WORTHLESS = frozenset({"key-from-sender", "public-secret"})
_NEVER_RUNS = frozenset({"addEventListener", "removeListener", "useEffect"})


class Calls:
    """Evaluates calls for a trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._active: list[tuple[str, str]] = []
        self._number = 0

    def value(
        self, expr: ex.Invocation, callee: str, base: Known, given: Arguments, state: State, awaited: bool
    ) -> Known:
        trace = self._trace
        if callee == "next" and "next" in (state.names.get("next") or UNKNOWN).tags and not given.places:
            trace.next_states.append(state.copy())
            return UNKNOWN
        closure = self._closure_called(expr, state)
        if closure is not None:
            return self._run_closure(closure, given, state)
        hook = self._hook_class(given, base, callee)
        if hook is not None:
            return hook if isinstance(hook, Known) else self._class_check(hook, base, given, state, callee)
        found = trace.lookup.functions(trace.path, trace.scope, callee, base.made_by)
        library = (
            None
            if found and "." not in callee
            else verifier_for(callee, trace.language, self._module(callee))
        )
        if library is not None and not (found and library.sources):
            return self._library_check(library, given, state, callee)
        if found and not expr.is_new:
            return self._ours(found, base, given, state, awaited)
        return self._foreign(expr, callee, base, given, state)

    def awaited(self, value: Known, state: State) -> Known:
        """The value of a promise."""
        if value.pending is None:
            return value
        state.ways = both(state.ways, value.pending_ways)
        for number in value.attempts:
            attempt = self._trace.attempts[number]
            if attempt.when_awaited is not None:
                attempt.problem, attempt.when_awaited = attempt.when_awaited, None
                attempt.proves = attempt.problem not in _WORTHLESS
        return self.awaited(value.pending, state)

    def happened(self, call: Call, effect: Effect, state: State) -> None:
        """Note an effect with what is known here."""
        trace = self._trace
        args = [arg for link in call.links for arg in link.args or ()]
        scratch = state.copy()
        tags: set[str] = set()
        columns: list[tuple[str, frozenset[str]]] = []
        kept_attempts = len(trace.attempts)
        for value in effect.values:
            columns += self._columns(value, scratch)
        for arg in args:
            known = trace.values.of(ex.of_value(arg, trace.language), scratch)
            tags |= known.tags | {tag for _, member in known.fields for tag in member.tags}
        del trace.attempts[kept_attempts:]
        if (
            effect.deed is Deed.CALL
            and args
            and not tags & {src.RAW, src.PARSED, src.EVENT, src.FETCHED, src.REENCODED, "body", src.ROW}
        ):
            return
        kept = trace.reads if effect.deed is Deed.READ else trace.happenings
        kept.append(
            Happening(
                effect,
                call,
                trace.path,
                call.span.line,
                trace.scope,
                state.unproven(),
                state.ways,
                frozenset(tags),
                tuple(label for labels in trace.labels for label in labels),
                len(trace.happenings),
                trace.catching > 0 and not trace.parsed_in_catch,
                trace.background > 0,
                trace.transaction > 0,
                trace.looping > 0,
                columns=tuple(columns),
            )
        )

    def _columns(self, value: Value, state: State) -> list[tuple[str, frozenset[str]]]:
        """What is written to which column, also when the row was put together before."""
        trace = self._trace
        if not value.entries:
            known = trace.values.of(ex.of_value(value, trace.language), state)
            return [(key, member.tags) for key, member in known.fields]
        columns: list[tuple[str, frozenset[str]]] = []
        for key, entry in value.entries:
            known = trace.values.of(ex.of_value(entry, trace.language), state)
            if key == "...":
                columns += [(name, member.tags) for name, member in known.fields]
            else:
                columns.append((key, known.tags))
        return columns

    def _module(self, callee: str) -> str:
        return self._trace.lookup.module_of(self._trace.path, callee.partition(".")[0])

    def _closure_called(self, expr: ex.Invocation, state: State) -> tuple[str, str] | None:
        match expr.callee:
            case ex.Name(id=name):
                known = state.names.get(name)
                return known.closure if known else None
            case ex.Closure(text=name):
                return self._trace.closure(name)
            case _:
                return None

    def _hook_class(self, given: Arguments, base: Known, callee: str) -> Known | VerifierClass | None:
        """`new Webhook(secret)` gives an object that remembers its secret; its `verify` is a check."""
        last = callee.rpartition(".")[2]
        module = self._module(callee)
        for item in hook_table().classes:
            if base.made_by == f"hook:{item.names[0]}" and last == item.method:
                return item
            if last in item.names and imported_from(module, item.sources):
                secret = given.places[0] if given.places else UNKNOWN
                return Known(made_by=f"hook:{item.names[0]}", fields=(("secret", secret),))
        return None

    def _class_check(
        self, item: VerifierClass, base: Known, given: Arguments, state: State, callee: str
    ) -> Known:
        as_call = VerifierCall(
            callee,
            item.fails,
            body=("0",),
            signature=("1",),
            secret=("secret",),
            asynchronous=item.asynchronous,
        )
        secret = base.field("secret")
        named = (("secret", secret),) if secret is not None else ()
        return self._library_check(as_call, Arguments(given.places, (*given.names, *named)), state, callee)

    def _library_check(self, item: VerifierCall, given: Arguments, state: State, callee: str) -> Known:
        trace = self._trace
        problem, proves, detail = judge_verifier(item, given, trace.guarded(state))
        if item.asynchronous:
            number = trace.attempt(callee, item.fails, "not-awaited", False, detail)
            trace.attempts[number].when_awaited = problem
            trace.attempts[number].place = _fallback_place(item, given)
            answer = self._answer(item, number, proves)
            ways = proven() if item.fails == "throws" and proves else ALWAYS
            return Known(
                of_tags(src.EVENT).tags,
                ALWAYS,
                NEVER,
                (),
                pending=answer,
                pending_ways=ways,
                attempts=answer.attempts,
            )
        number = trace.attempt(callee, item.fails, problem, proves, detail)
        trace.attempts[number].sync = item.sync_crypto
        trace.attempts[number].place = _fallback_place(item, given)
        if item.fails == "throws" and proves:
            state.add(VERIFIED)
        return self._answer(item, number, proves)

    def _answer(self, item: VerifierCall, number: int, proves: bool) -> Known:
        attempts = frozenset({number})
        ways = proven() if proves else ALWAYS
        if item.fails == "boolean":
            return Known(when_true=ways, attempts=attempts)
        if item.fails == "field":
            return Known(fields=((item.field, Known(when_true=ways, attempts=attempts)),), attempts=attempts)
        return Known(of_tags(src.EVENT).tags, attempts=attempts)

    def _ours(
        self,
        found: tuple[tuple[str, Function], ...],
        base: Known,
        given: Arguments,
        state: State,
        awaited: bool,
    ) -> Known:
        """A function of the project: follow it. Of several with the same name, what all of them give."""
        results: list[tuple[Known, State]] = []
        for path, function in found:
            inner = state.copy()
            results.append((self.follow(path, function, given, inner), inner))
        value, after = results[0]
        for other, other_state in results[1:]:
            value = merged(value, other)
            after = State(after.ways | other_state.ways, after.names)
        del base
        if all(function.is_async for _, function in found) and not awaited:
            gained: Ways = frozenset(frozenset(fact for fact in way if is_global(fact)) for way in after.ways)
            return Known(
                value.tags,
                ALWAYS,
                NEVER,
                value.fields,
                pending=value,
                pending_ways=gained,
                attempts=value.attempts,
            )
        state.ways = after.ways
        return value

    def follow(
        self, path: str, function: Function, given: Arguments, state: State, shared: bool = False
    ) -> Known:
        """Run a function's body from this state; the state afterwards is what holds when it returns."""
        trace = self._trace
        key = (path, function.name)
        if key in self._active or len(self._active) >= _DEPTH or trace.exhausted:
            return Known(frozenset[str]().union(*(item.tags for item in given.all())) - {CLOSED})
        self._number += 1
        marks = {index: f"id:{self._number}.{index}" for index in range(len(state.ways))}
        ordered = sorted(state.ways, key=sorted)
        start: Ways = frozenset(
            frozenset(fact for fact in way if shared or is_global(fact)) | {marks[index]}
            for index, way in enumerate(ordered)
        )
        names = dict(state.names) if shared or _encloses(trace.scope, path, trace.path, function) else {}
        inner = State(both(start, trace.module_ways(path)) if path != trace.path else start, names)
        self._parameters(function, given, inner)
        returns = self._run(path, function, inner)
        if shared:
            for name in state.names:
                if returns and name in returns[-1][0].names and name not in _param_names(function):
                    state.names[name] = returns[-1][0].names[name]
        state.ways = _recombined(ordered, marks, [item.ways for item, _ in returns])
        return _result(returns)

    def _run(self, path: str, function: Function, inner: State) -> list[tuple[State, Known]]:
        from lastmile_desktop.project.models.webhook_trace import Frame

        trace = self._trace
        trace.visited.add(path)
        frame = Frame(path, function)
        trace.frames.append(frame)
        self._active.append((path, function.name))
        kept = trace._step  # noqa: SLF001  the step at hand belongs to the caller again afterwards
        trace.run(function.body, inner)
        trace._step = kept  # noqa: SLF001
        self._active.pop()
        trace.frames.pop()
        if not inner.dead:
            frame.returns.append((inner, FALSE))
        trace.frames[-1].throws.extend(frame.throws)
        return frame.returns

    def _parameters(self, function: Function, given: Arguments, inner: State) -> None:
        named = dict(given.names)
        texts = list(function.params)
        if texts and texts[0].partition(":")[0].strip() in ("self", "cls", "this"):
            texts = texts[1:]
        for index, text in enumerate(texts):
            value = given.places[index] if index < len(given.places) else None
            names = _names_in(text)
            if value is None and all(name in inner.names for name in names) and not named:
                continue
            if len(names) == 1 and not text.lstrip().startswith(("{", "[")):
                inner.names[names[0]] = named.get(names[0]) or value or UNKNOWN
                continue
            for name in names:
                member = value.field(name) if value else None
                inner.names[name] = member or (Known(value.tags - {CLOSED}) if value else UNKNOWN)
                if value and src.REQUEST in value.tags and src.is_request_name(name):
                    inner.names[name] = of_tags(src.REQUEST)

    def _run_closure(self, closure: tuple[str, str], given: Arguments, state: State) -> Known:
        path, name = closure
        function = self._trace.lookup.function(path, name)
        if function is None:
            return UNKNOWN
        if closure == self._trace.handler:
            return self._run_handler(path, function, given, state)
        return self.follow(path, function, given, state, shared=True)

    def _run_handler(self, path: str, function: Function, given: Arguments, state: State) -> Known:
        """The wrapped handler, called by its wrapper."""
        trace = self._trace
        trace.handler_runs.append(len(trace.happenings))
        inner = State(state.ways, {**state.names, **trace.handler_names})
        known = tuple(item if item.tags or item.fields else UNKNOWN for item in given.places)
        result = self.follow(path, function, Arguments(known, given.names), inner, shared=True)
        state.ways = inner.ways
        return result

    def _foreign(
        self, expr: ex.Invocation, callee: str, base: Known, given: Arguments, state: State
    ) -> Known:
        """A call of code outside the project."""
        trace = self._trace
        last = callee.rpartition(".")[2]
        tags = base.tags.union(*(item.tags for item in given.all())) - {CLOSED, src.CONSTANT}
        if last in ("then", "catch", "finally") and base.pending is not None:
            base = self.awaited(base, state) if last == "then" else base
        if callee in _DECODES:
            trace.parsed_in_catch = trace.parsed_in_catch or trace.catching > 0
            return Known(
                tags - {src.RAW, src.REENCODED}
                | ({src.PARSED} if tags & {src.RAW, src.REENCODED, "body"} else set())
            )
        if callee in _ENCODES:
            from_body = tags & {src.PARSED, src.RAW, "body"}
            return Known((tags - {src.RAW, src.FIELD}) | {src.REENCODED} if from_body else tags)
        result = self._asks(expr, callee, given, state, tags)
        if result is None:
            result = self._passes(expr, callee, base, given, tags, state)
        self._callbacks(expr, callee, base, given, state, last)
        return result

    def _asks(
        self, expr: ex.Invocation, callee: str, given: Arguments, state: State, tags: frozenset[str]
    ) -> Known | None:
        """Calls that ask somebody else who is calling or what happened."""
        trace = self._trace
        if _USER_CHECK.search(callee):
            number = trace.attempt(callee, "user", "", True, "")
            user = Known(when_true=proven(), attempts=frozenset({number}))
            error = Known(when_false=proven(), attempts=frozenset({number}))
            inner = replace(user, fields=(("user", user), ("claims", user), ("session", user)))
            return replace(inner, fields=(*inner.fields, ("data", inner), ("error", error)))
        if refetches(callee, given):
            number = trace.attempt(callee, "fetch", "", True, "")
            state.add(REFETCHED)
            if callee.endswith(("events.retrieve", "Event.retrieve", "getEvent", "get_event")):
                state.add(VERIFIED)
                return Known(frozenset({src.EVENT, src.FETCHED}), attempts=frozenset({number}))
            asks = any("asks-provider" in item.tags for item in given.all())
            return Known(frozenset({src.FETCHED}) | (frozenset({"asks-provider"}) if asks else frozenset()))
        touched = tags & {src.RAW, src.REENCODED, src.PARSED, src.REQUEST, src.SIGNATURE, "body"}
        if (
            _CHECKING.search(callee.rpartition(".")[2])
            and touched
            and not expr.is_new
            and not callee.startswith(("res.", "console."))
        ):
            number = trace.attempt(callee, "unknown", "", True, "")
            state.add(VERIFIED)
            return Known(frozenset({src.EVENT}), when_true=proven(), attempts=frozenset({number}))
        return None

    def _passes(
        self,
        expr: ex.Invocation,
        callee: str,
        base: Known,
        given: Arguments,
        tags: frozenset[str],
        state: State,
    ) -> Known:
        """A value computed from what goes in."""
        del state
        if not _keeps_secret(expr, callee):
            tags = frozenset(
                tag for tag in tags if tag not in _SECRET_TAGS and not tag.startswith("setting:")
            )
        if expr.is_new:
            is_class = isinstance(expr.callee, ex.Name)
            return Known(tags, made_by=callee if is_class else "")
        if callee == "len":
            return Known(tags & {src.ROW})
        if callee in ("Boolean", "bool") and given.places:
            return given.places[0]
        pending = next((item.pending for item in (base, *given.all()) if item.pending), None)
        attempts = base.attempts.union(*(item.attempts for item in given.all()))
        if self._reads(callee) and tags & {src.PARSED, src.EVENT, src.FETCHED, src.RAW}:
            return Known(tags | {src.ROW}, when_false=frozenset({frozenset({FRESH})}))
        closure = (
            next((item.closure for item in given.places if item.closure), None)
            if callee.endswith("bind")
            else None
        )
        return Known(tags, pending=pending, attempts=attempts if pending else frozenset(), closure=closure)

    def _reads(self, callee: str) -> bool:
        """Whether the call at hand with this name reads from the database."""
        step = self._trace._step  # noqa: SLF001
        for call in getattr(step, "calls", ()):
            if (
                call.callee == callee
                or call.callee.endswith("." + callee)
                or callee.endswith("." + call.callee)
            ):
                effect = classify(call, self._trace.language)
                if effect is None:
                    return False
                answers = effect.deed is Deed.UPDATE and any(
                    link.name in ("select", "returning") for link in call.links
                )
                return answers or effect.deed in (Deed.READ, Deed.INSERT, Deed.UPSERT)
        return False

    def _callbacks(
        self, expr: ex.Invocation, callee: str, base: Known, given: Arguments, state: State, last: str
    ) -> None:
        """Functions given to foreign code run; those given by name too."""
        if last in _NEVER_RUNS:
            return
        trace = self._trace
        background, opens = runs_later(callee), bool(_TRANSACTION.search(callee))
        trace.background += background
        trace.transaction += opens
        subject = base if last == "then" else Known(base.tags - {src.REQUEST})
        for index, arg in enumerate(expr.args):
            known = given.places[index] if index < len(given.places) else UNKNOWN
            if known.closure:
                self._run_closure(known.closure, Arguments((subject, UNKNOWN, UNKNOWN), ()), state)
            elif isinstance(arg, ex.Name | ex.Attribute) and not known.tags:
                name = ex.plain_path(arg)
                if name.partition(".")[0] in state.names and "." not in name:
                    continue
                for path, function in (
                    trace.lookup.functions(trace.path, trace.scope, name)[:1] if name else ()
                ):
                    rest = Arguments((*given.places[index + 1 :], *([subject] if last == "then" else [])), ())
                    self.follow(path, function, rest, state)
        trace.background -= background
        trace.transaction -= opens


def _fallback_place(item: VerifierCall, given: Arguments) -> tuple[str, int]:
    secret = given.pick(item.secret) if item.secret else None
    return src.place_of(secret.tags) if secret is not None else ("", 0)


def _keeps_secret(expr: ex.Invocation, callee: str) -> bool:
    """Whether a call only changes the form of a secret; a client made with a key is not the key."""
    return callee.rpartition(".")[2] in _CONVERSIONS or (len(expr.args) <= 1 and not expr.is_new)


def _encloses(scope: str, path: str, here: str, function: Function) -> bool:
    return (
        path == here and bool(scope) and (function.parent == scope or function.parent.startswith(scope + "."))
    )


_PARAM = re.compile(
    r"^(?:(?:public|private|readonly)\s+)*(?:@\w+\([^)]*\)\s*)*(?:\.\.\.|\*{1,2})?([A-Za-z_$][\w$]*)"
)


def _names_in(text: str) -> list[str]:
    """Local names a parameter binds."""
    stripped = text.strip()
    if stripped.startswith(("{", "[")):
        closing = stripped.rfind("}" if stripped[0] == "{" else "]")
        inner = stripped[1 : closing if closing > 0 else len(stripped)]
        names: list[str] = []
        for part in inner.split(","):
            local = part.partition("=")[0].rpartition(":")[2].strip(" .{}[]")
            if re.fullmatch(r"[\w$]+", local):
                names.append(local)
        return names
    found = _PARAM.match(stripped)
    return [found[1]] if found else []


def _param_names(function: Function) -> set[str]:
    return {name for text in function.params for name in _names_in(text)}


def _recombined(before: list[Way], marks: dict[int, str], ends: list[Ways]) -> Ways:
    """The caller's ways, each with what the callee made of it."""
    found: set[Way] = set()
    for ways in ends:
        for way in ways:
            gained = frozenset(fact for fact in way if is_global(fact))
            for index, mark in marks.items():
                if mark in way:
                    found.add(before[index] | (gained - set(marks.values())))
                    break
            else:
                found.update(outer | gained for outer in before)
    return frozenset(found)


def _result(returns: list[tuple[State, Known]]) -> Known:
    """What a function gives back, with what each way of returning it proves."""
    result: Known | None = None
    for state, value in returns:
        known = under(value, state.ways)
        result = known if result is None else merged(result, known)
    return result or Known(when_true=NEVER, when_false=NEVER)
