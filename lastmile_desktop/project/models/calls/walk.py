"""What one call means on a walk: a check of the caller, a query, an effect, or a helper to walk into."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Value
from lastmile_desktop.project.models.guards import doubts
from lastmile_desktop.project.models.guards.caller_checks import CallerChecks
from lastmile_desktop.project.models.queries import queries_js, queries_python
from lastmile_desktop.project.models.queries.query_stores import gives_store, spelled_out
from lastmile_desktop.project.models.routes.model import EffectKind
from lastmile_desktop.project.models.walk import effects
from lastmile_desktop.project.models.walk.access import Predicate, Query, Verb
from lastmile_desktop.project.models.walk.callees import Target
from lastmile_desktop.project.models.walk.flow import Frame, Handed, Happening, Passage, State, merge
from lastmile_desktop.project.models.walk.proofs import PROVEN
from lastmile_desktop.project.models.walk.scopes import client_kind
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint, taint_of
from lastmile_desktop.project.models.walk.values import Results, made_with, shown_rows, value_taint

if TYPE_CHECKING:
    from lastmile_desktop.project.models.walk.model import Walker

_LEAVES_FROM = re.compile(
    r"^(?:next/navigation|@sveltejs/kit|flask|next-intl|@/i18n|~/i18n|react-router|werkzeug)"
)
_LEAVING = frozenset(
    ("redirect", "permanentRedirect", "notFound", "unauthorized", "forbidden", "abort", "error")
)
_ENDING = frozenset(("process.exit", "sys.exit", "ctx.throw", "context.throw", "http.abort"))
_ASSERTING = frozenset(("invariant", "assert", "assertCondition", "ensure"))
_ANSWERS = re.compile(
    r"^(?:res|response|reply|ctx|c|Response|NextResponse|h|rep)\.(?:[\w.]*\.)?(?:json|send|render|end|write|status|body|html|type)$|"
    r"^(?:json|jsonify|render|render_template|JSONResponse|JsonResponse|Response|HttpResponse|ORJSONResponse|StreamingResponse|"
    r"TemplateResponse|templates\.TemplateResponse|NextResponse|successResponse|sendSuccess|ok|jsonResponse)$"
)
_MAC = re.compile(r"createHmac|hmac\.new|HMAC\b|subtle\.sign$", re.IGNORECASE)
_FILLING = frozenset(("push", "append", "unshift", "add", "extend", "update", "assign"))
_FOR_EACH = frozenset(("map", "flatMap", "forEach", "every", "filter"))
_FINDING = frozenset(("find", "findIndex", "findLast", "some"))
_PICKED = re.compile(r"^([A-Za-z_$][\w$]{0,60})\[[^\]]{1,80}\]$")
_MOST_PICKED = 24
_SETTLING = frozenset(("then", "catch", "finally", "map", "filter", "forEach", "toString", "json"))
_HANDS_OUT_DATABASE = re.compile(
    r"prisma|drizzle|kysely|orm\b|(?:db|database|pool|connection)\b", re.IGNORECASE
)
_TRANSACTION = re.compile(r"^(?:transaction|tx|trx|t|batch|writeBatch)$", re.IGNORECASE)
_KEEPS_ARGUMENT = frozenset(("URL", "Date", "Number", "String", "ObjectId", "Map", "Set"))


class CallWalk:
    """Part of a Walker."""

    def __init__(self, walker: Walker) -> None:
        self._walker = walker
        self._trace = walker.trace
        self._rows = walker.rows
        self._checks = CallerChecks(walker.trace, walker.callees, walker.rows, walker.judge)

    def run(
        self, call: Call, callee: str, frame: Frame, state: State, results: Results
    ) -> tuple[State, Taint]:
        """The state after a call, and what its result carries."""
        if _is_onward(call, frame):
            self._pass_on(call, frame, state, results)
            return state, CLEAN
        if _leaves(call, callee, frame):
            return state.leaving(), CLEAN
        if call.is_new or callee[:1].isupper():
            _remember_arguments(call, frame, results)
        target = self._walker.callees.target(frame.path, frame.function, call)
        if target is not None and not _is_named_effect(call, callee):
            entered = self._walker.enter(target, frame, state, results)
            if entered is not None:
                name = callee.rpartition(".")[2]
                after, taint = self._checks.entered(call, name, state, *entered)
                if not (after.guarded or taint.labels & PROVEN):
                    after = doubts.doubted(after, self._walker.refused)
                asked = self._of_result(call, frame, after, taint, results)
                if asked is not None:
                    return asked
                return self._checks.access(call, name, frame, after, taint, results)
        if target is None and len(call.links) == 1 and not call.links[0].name:
            chosen = self._of_table(call, frame, state, results)
            if chosen is not None:
                return chosen
        if target is None:
            verifier = self._checks.verifier(call, callee, frame, results)
            if verifier is not None:
                self._verifier_callback(call, verifier.name, frame, state)
                return self._checks.verify(call, verifier, frame, state)
        if self._rows.narrowed(call, frame, state):
            return state, frame.env.get(call.root, CLEAN)
        query = _account_read(call, callee) or self._rows.of_object(call, frame) or self._query(call, frame)
        if query is None:
            return self._other(call, callee, frame, state, results, known=target is not None)
        after, taint = self._rows.query(call, query, frame, state, results)
        self._callbacks(call, frame, state)
        return after, taint

    def _of_result(
        self, call: Call, frame: Frame, state: State, held: Taint, results: Results
    ) -> tuple[State, Taint] | None:
        """`getAdmin().from("users").select()`: what is asked of the connection that a helper hands out."""
        at = next((index for index, link in enumerate(call.links) if link.args is not None), len(call.links))
        rest = call.links[at + 1 :]
        if not any(link.args is not None and link.name not in _SETTLING for link in rest):
            return None
        handed = replace(call, links=call.links[: at + 1])
        query = self._query(call if gives_store(handed) else replace(call, links=rest), frame)
        if query is None and _HANDS_OUT_DATABASE.search(call.callee):
            query = self._query(replace(call, root="db", links=rest), frame)
        if query is None:
            given = CLEAN
            for arg in call.args:
                given |= value_taint(arg, frame.env, results).opened
            return (state, given) if self._effect(call, frame, state, given) else None
        if held.client:
            frame.env[query.root] = Taint(client=held.client)
        after, taint = self._rows.query(call, query, frame, state, results)
        self._callbacks(call, frame, state)
        return after, taint

    def _of_table(
        self, call: Call, frame: Frame, state: State, results: Results
    ) -> tuple[State, Taint] | None:
        """`const handler = handlers[name]; handler(req)`: any function of that object may run."""
        table = _PICKED.match(frame.texts.get(call.root, ""))
        if table is None:
            return None
        prefix = f"{table.group(1)}."
        functions = self._walker.callees.functions(frame.path)
        several = [
            function
            for name, function in functions.items()
            if name.startswith(prefix) and "." not in name[len(prefix) :]
        ]
        ended: tuple[State, Taint] | None = None
        for function in several[:_MOST_PICKED]:
            entered = self._walker.enter(Target(frame.path, function, call.args), frame, state, results)
            if entered is not None:
                ended = (merge(ended[0], entered[0]), ended[1] | entered[1]) if ended else entered
        return ended

    def _pass_on(self, call: Call, frame: Frame, state: State, results: Results) -> None:
        """`next()` and `handler(request, { user })`: the request goes through, with what is handed on."""
        handed = tuple(
            Handed(
                value_taint(arg, frame.env, results),
                tuple((key, value_taint(value, frame.env, results)) for key, value in arg.entries),
            )
            for arg in call.args
        )
        for arg in call.args:
            for key, value in arg.entries:
                if key in ("ctx", "context", "data"):
                    self._hand_on(value, frame, results)
        self._trace.passages.append(Passage(state, handed))

    def _hand_on(self, value: Value, frame: Frame, results: Results) -> None:
        """Members of the context that a middleware passes down."""
        for key, inner in value.entries:
            taint = value_taint(inner, frame.env, results) if key != "..." else CLEAN
            if taint is not CLEAN:
                self._trace.sets[f"ctx.{key}"] = taint

    def _verifier_callback(self, call: Call, name: str, frame: Frame, state: State) -> None:
        """`jwt.verify(token, key, (error, user) => …)`: the callback knows whether it failed."""
        inline = call.args[-1].function if call.args else ""
        function = self._walker.callees.functions(frame.path).get(inline) if inline else None
        if function is not None:
            args = (Taint(Label.FAILURE, via=name), Taint(Label.IDENTITY, via=name))
            self._walker.callback(function, frame, state, args)

    def _query(self, call: Call, frame: Frame) -> Query | None:
        if frame.outline.language == "python":
            return queries_python.read(call)
        scopes = self._walker.scopes
        spelled = spelled_out(_of_document(call, frame), scopes.stores(frame.path))
        return queries_js.read(spelled, scopes.tables(frame.path))

    def _other(
        self, call: Call, callee: str, frame: Frame, state: State, results: Results, known: bool
    ) -> tuple[State, Taint]:
        """A call that is no query and could not be walked into."""
        given = CLEAN
        for link in call.links:
            for arg in link.args or ():
                given |= value_taint(arg, frame.env, results).opened
        if given.text or given.via or given.alias:
            given = Taint(given.labels, given.origins, given.rows, given.client)
        state, gathered = self._callbacks(call, frame, state)
        given |= gathered
        kind = client_kind(call, taint_of(call.args[1].text, frame.env) if len(call.args) > 1 else CLEAN)
        if kind:
            return state, Taint(client=kind)
        if _MAC.search(callee):
            return state, Taint(Label.SECRET)
        acts = self._effect(call, frame, state, given)
        if not acts and not state.guarded:
            state = doubts.doubted(state, doubts.of_call(call, callee, frame, given, results))
        self._side_effects(call, callee, frame, state, given, results)
        if call.root in _ASSERTING and call.args:
            return self._checks.asserted(call, frame, state, results), CLEAN
        owner = taint_of(_keyed_text(call, callee), frame.env)
        if known or owner.labels or owner.rows or call.is_new:
            keeps = not call.is_new or call.root in _KEEPS_ARGUMENT
            result = (owner | given) if keeps else given
            if result.rows and call.links[-1].name in ("map", "flatMap") and _with_functions(call.args):
                result = replace(result, kept=result.rows - gathered.rows)
            return state, replace(result, kept=result.rows) if acts and result.rows else result
        given = replace(given, kept=given.rows) if acts and given.rows else given
        name = callee.rpartition(".")[2]
        named = self._checks.by_name(call, name, frame, state)
        after, taint = (named[0], named[1] | given) if named is not None else (state, given)
        return self._checks.access(call, name, frame, after, taint, results)

    def _side_effects(
        self, call: Call, callee: str, frame: Frame, state: State, given: Taint, results: Results
    ) -> None:
        """Answers give rows away; lists are filled; `c.set("user", …)` is remembered."""
        if not call.links:
            return
        if _ANSWERS.search(callee):
            for arg in call.args:
                self._rows.expose(shown_rows(arg, frame.env, results), state)
        if call.root == "setattr" and call.args:
            self._rows.changed(f"{call.args[0].text}.", frame)
        last = call.links[-1].name
        if last in _FILLING and given.labels and call.root in frame.texts:
            frame.bind(call.root, given, keep=True)
        if last == "set" and len(call.links) == 1 and len(call.args) == 2 and call.args[0].literal:
            self._trace.sets[f"@{call.args[0].literal}"] = value_taint(call.args[1], frame.env, results)

    def _effect(self, call: Call, frame: Frame, state: State, given: Taint) -> bool:
        """Note an effect; whether there was one."""
        kind = effects.kind_of(call, _address(call, frame) if effects.may_call_out(call) else "")
        if kind is not None:
            requested = bool(given.labels & Label.REQUEST)
            happening = Happening(kind, call, frame.path, state.guards, requested, state.doubt)
            self._trace.happenings.append(happening)
        return kind is not None

    def _callbacks(self, call: Call, frame: Frame, state: State) -> tuple[State, Taint]:
        """Walk the inline functions that a call is given. What one that runs for every item has checked holds for
        the items afterwards; what it gives back is in the result."""
        gathered = CLEAN
        if _registers(call):
            return state, gathered
        functions = self._walker.callees.functions(frame.path)
        receiver = taint_of(call.root, frame.env)
        for link in call.links:
            for arg in _with_functions(link.args or ()):
                function = functions.get(arg.function)
                if function is not None:
                    given = (replace(receiver, text=""),) if receiver is not CLEAN else ()
                    ended, back = self._walker.callback(function, frame, state, given)
                    if link.name in _FOR_EACH:
                        state = replace(state, authorised=state.authorised | ended.authorised)
                        gathered |= Taint(back.labels & Label.REQUEST, back.origins, back.rows)
                    elif link.name in _FINDING:
                        self._rows.link(receiver.rows, back.origins)
                        gathered |= Taint(back.labels & Label.REQUEST, back.origins)
            if link.name:
                receiver |= taint_of(f"{call.root}.{link.name}", frame.env)
        return state, gathered


def _of_document(call: Call, frame: Frame) -> Call:
    """`ref.update({ … })` and `transaction.update(ref, { … })` with what `ref` stands for."""
    if not frame.documents or not call.links:
        return call
    held = frame.documents.get(call.root)
    if held is not None:
        return replace(call, root=held.root, links=(*held.links, *call.links))
    last = call.links[-1]
    held = frame.documents.get(last.args[0].text) if last.args and _TRANSACTION.match(call.root) else None
    if held is None or last.args is None:
        return call
    return replace(call, root=held.root, links=(*held.links, replace(last, args=last.args[1:])))


def _remember_arguments(call: Call, frame: Frame, results: Results) -> None:
    """What an object was made with, for its methods."""
    for index, arg in enumerate(call.args):
        if arg.calls:
            frame.env[made_with(call, index)] = value_taint(arg, frame.env, results)


def _keyed_text(call: Call, callee: str) -> str:
    """`session.get("userId")` as it is written; of other calls the name is enough."""
    key = call.args[0].literal if call.args and callee.endswith(".get") else None
    return f'{callee}("{key}")' if key is not None else callee


def _is_onward(call: Call, frame: Frame) -> bool:
    if not frame.onward or not call.links:
        return False
    if call.root in frame.onward:
        return True
    return call.links[-1].name in ("next", "handle") and call.root in ("opts", "c", "ctx", "self")


def _leaves(call: Call, callee: str, frame: Frame) -> bool:
    if callee in _ENDING:
        return True
    if call.root not in _LEAVING or len(call.links) != 1 or call.links[0].name:
        return False
    return any(
        any(local == call.root for local, _ in item.names) and _LEAVES_FROM.match(item.module)
        for item in frame.outline.imports
    )


def _is_named_effect(call: Call, callee: str) -> bool:
    return "." in callee and effects.kind_of(call) in (EffectKind.LLM, EffectKind.PAYMENT)


def _address(call: Call, frame: Frame) -> str:
    """The address a call goes to, with what its variables hold."""
    if not call.args:
        return ""
    first = call.args[0]
    parts = [first.text]
    if not first.calls:
        parts.append(taint_of(first.text, frame.env).text)
        names = re.findall(r"[A-Za-z_$][\w$.]*", first.text)[:4]
        parts += [frame.env.get(name, CLEAN).text or frame.texts.get(name, "") for name in names]
    return " ".join(part for part in parts if part)


def _account_read(call: Call, callee: str) -> Query | None:
    """Sign-in accounts read with the administrator's key."""
    if "admin" not in callee or not effects.reads_accounts(call):
        return None
    predicates = (Predicate("id", call.args[0].text),) if call.args and not call.args[0].entries else ()
    return Query("auth", Verb.READ, "auth.users", call.root, predicates, bool(predicates))


def _registers(call: Call) -> bool:
    """Handing a callback to a router or an event source does not run it now."""
    last = call.links[-1] if call.links else None
    if last is None or last.args is None or len(last.args) < 2:
        return False
    first = last.args[0].literal
    registering = last.name in ("on", "once", "addEventListener", "addHook")
    return first is not None and (first.startswith("/") or registering)


def _with_functions(args: tuple[Value, ...]) -> list[Value]:
    found: list[Value] = []
    for arg in args:
        if arg.function:
            found.append(arg)
        if arg.items:
            found += _with_functions(arg.items)
        if arg.entries:
            found += _with_functions(tuple(value for _, value in arg.entries))
    return found
