"""What one call means on a walk: a check of the caller, a query, an effect, or a helper to walk into."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Value
from lastmile_desktop.project.models import (
    conditions,
    effects,
    parameters,
    proofs,
    queries_js,
    queries_python,
)
from lastmile_desktop.project.models.access import Predicate, Query, Verb
from lastmile_desktop.project.models.flow import Draft, Frame, Handed, Happening, Passage, State
from lastmile_desktop.project.models.routes import EffectKind, Guard, GuardStrength
from lastmile_desktop.project.models.scopes import client_kind
from lastmile_desktop.project.models.taint import CLEAN, Label, Taint, taint_of
from lastmile_desktop.project.models.verifiers import OnFailure, Verifier, symbols

if TYPE_CHECKING:
    from lastmile_desktop.project.models.walk import Walker

_LEAVES_FROM = re.compile(
    r"^(?:next/navigation|@sveltejs/kit|flask|next-intl|@/i18n|~/i18n|react-router|werkzeug)"
)
_LEAVING = frozenset(
    ("redirect", "permanentRedirect", "notFound", "unauthorized", "forbidden", "abort", "error")
)
_ASSERTING = frozenset(("invariant", "assert", "assertCondition", "ensure"))
_TOKEN_COLUMN = re.compile(
    r"(?:token|secret|api_?key|_key|key_?hash|hash|nonce|signature|otp|code|session_?id|invite|share|jti|uuid_token)$",
    re.I,
)
_TOKEN_TABLE = re.compile(r"session|token|api_?key|invit|verification|magic|credential", re.IGNORECASE)
_OWNED_ID = re.compile(
    r"(?:^|[._])(?:user|owner|account|member|profile)_?id$|(?:^|[._])email$|^id$|^_id$", re.IGNORECASE
)
_SIGNATURE_NAME = re.compile(
    r"^(?:verify|validate|check|assert|is_?valid)_?\w*(?:webhook|signature|hmac|hook)\w*$", re.IGNORECASE
)
_SERVICE_ROOT = re.compile(r"admin|service", re.IGNORECASE)
_ACCESS_NAME = re.compile(
    r"^(?:can|has|is|check|verify|assert|require|ensure|authori[sz]e|owns|validate|enforce)(?=[A-Z_])", re.I
)
_ANSWERS = re.compile(
    r"^(?:res|response|reply|ctx|c|Response|NextResponse|h|rep)\.(?:[\w.]*\.)?(?:json|send|render|end|write|status|body|html|type)$|"
    r"^(?:json|jsonify|render|render_template|JSONResponse|JsonResponse|Response|HttpResponse|ORJSONResponse|StreamingResponse|"
    r"TemplateResponse|templates\.TemplateResponse|NextResponse|successResponse|sendSuccess|ok|jsonResponse)$"
)
_PAIRS = frozenset(("eq", "in", "match", "is", "contains", "in_", "is_", "where"))
_NARROWING = _PAIRS | frozenset(("filter", "filter_by", "andWhere", "or", "or_", "$dynamic", "having"))
_THROWING_LOOKUP = re.compile(
    r"OrThrow$|get_object_or_404|objects\.get$|first_or_404$|get_or_404$|\.one$|scalar_one$"
)
_MAC = re.compile(r"createHmac|hmac\.new|HMAC\b|subtle\.sign$", re.IGNORECASE)
_FILLING = frozenset(("push", "append", "unshift", "add", "extend", "update", "assign"))
_ITERATING = frozenset(("map", "forEach", "filter", "flatMap", "some", "every", "find", "reduce", "for_each"))
_RUNS_INLINE = frozenset(
    ("transaction", "$transaction", "then", "run", "all", "step", "try", "withTransaction", "cache")
)


class CallWalk:
    """Part of a Walker: judges calls and keeps the queries under way."""

    def __init__(self, walker: Walker) -> None:
        self._walker = walker

    def run(self, call: Call, frame: Frame, state: State, results: dict[str, Taint]) -> tuple[State, Taint]:
        if self._is_onward(call, frame):
            args = call.args
            taints = tuple(
                Handed(
                    self._walker.value_taint(arg, frame, results),
                    tuple(
                        (key, self._walker.value_taint(value, frame, results)) for key, value in arg.entries
                    ),
                )
                for arg in args
            )
            for arg in args:
                for key, value in arg.entries:
                    if key in ("ctx", "context", "data"):
                        self._hand_on(value, frame, results)
            self._walker.trace.passages.append(Passage(state, taints))
            return state, CLEAN
        if self._leaves(call, frame):
            return state.leaving(), CLEAN
        python = frame.outline.language == "python"
        target = self._walker.callees.target(frame.path, frame.function, call)
        if target is not None and not self._is_named_effect(call):
            entered = self._walker.enter(target, frame, state, results)
            if entered is not None:
                return self._entered(call, frame, state, entered, results)
        verifier = symbols().verifier(call.callee, "python" if python else "typescript")
        if verifier is not None and target is None and self._comes_from(call, verifier, frame):
            return self._verify(call, verifier, frame, state, results)
        if self._narrows(call, frame, state):
            return state, frame.env.get(call.root, CLEAN)
        query = _account_read(call) or self._query(call, frame, python)
        if query is not None:
            return self._access(call, query, frame, state, results)
        return self._other(call, frame, state, results, known=target is not None)

    def _is_onward(self, call: Call, frame: Frame) -> bool:
        if not call.links:
            return False
        if call.root in frame.onward:
            return True
        return (
            bool(frame.onward)
            and call.links[-1].name in ("next", "handle")
            and call.root in ("opts", "c", "ctx", "self")
        )

    def _hand_on(self, value: Value, frame: Frame, results: dict[str, Taint]) -> None:
        """Members of the context that a middleware passes down."""
        for key, inner in value.entries:
            if key != "...":
                taint = self._walker.value_taint(inner, frame, results)
                if taint is not CLEAN:
                    self._walker.trace.sets[f"ctx.{key}"] = taint

    def _leaves(self, call: Call, frame: Frame) -> bool:
        if call.callee in ("process.exit", "sys.exit", "ctx.throw", "context.throw", "http.abort"):
            return True
        if call.root not in _LEAVING or len(call.links) != 1 or call.links[0].name:
            return False
        return any(
            any(local == call.root for local, _ in item.names) and _LEAVES_FROM.match(item.module)
            for item in frame.outline.imports
        )

    def _is_named_effect(self, call: Call) -> bool:
        return len(call.links) > 1 and effects.kind_of(call) in (EffectKind.LLM, EffectKind.PAYMENT)

    def _entered(
        self, call: Call, frame: Frame, before: State, entered: tuple[State, Taint], results: dict[str, Taint]
    ) -> tuple[State, Taint]:
        state, taint = entered
        name = call.callee.rpartition(".")[2]
        if state.guarded and not before.guarded:
            taint |= Taint(Label.IDENTITY if taint.labels & Label.IDENTITY else Label.NONE, via=name)
            if symbols().admin_name.search(name):
                state = replace(state, admin=True)
        if symbols().names_guard(name) and symbols().admin_name.search(name) and taint.labels & proofs.PROVEN:
            taint |= Taint(Label.ADMIN)
        if state.guarded and symbols().admin_name.search(name) and symbols().throwing_name.search(name):
            state = replace(state, admin=True)
        return self._checked_by_name(call, frame, state, taint, results)

    def _checked_by_name(
        self, call: Call, frame: Frame, state: State, taint: Taint, results: dict[str, Taint]
    ) -> tuple[State, Taint]:
        """`requireProjectAccess(user.id, projectId)`: a caller and a request value go into a check by name."""
        name = call.callee.rpartition(".")[2]
        if not _ACCESS_NAME.match(name):
            return state, taint
        given = CLEAN
        for arg in call.args:
            given |= self._walker.value_taint(arg, frame, results)
        if (
            given.labels & Label.IDENTITY
            and (given.labels & Label.REQUEST or given.rows)
            and "zod" not in name.lower()
        ):
            if symbols().throwing_name.search(name):
                return replace(
                    state, authorised=state.authorised | given.origins | self.requested(given.rows)
                ), taint
            return state, taint | replace(given, text="")
        return state, taint

    def _comes_from(self, call: Call, verifier: Verifier, frame: Frame) -> bool:
        if not verifier.packages:
            return True
        params = frame.function.params if frame.function else ()
        if any(call.root in parameters.names(param) for param in params):
            return any(item.module.startswith(verifier.packages) for item in frame.outline.imports)
        for item in frame.outline.imports:
            if any(local == call.root for local, _ in item.names):
                if item.module.startswith(verifier.packages):
                    return True
                break
        found = self._walker.callees.definition(frame.path, call.root)
        if found is None:
            return False
        if found.package:
            return found.package.startswith(verifier.packages)
        step = self._walker.callees.value(found.path, found.name) if found.path else None
        made = step.value.calls[0].root if step and step.value and step.value.calls else ""
        return bool(re.search(r"auth|clerk|session|cache|lucia", made, re.IGNORECASE))

    def _verify(
        self, call: Call, verifier: Verifier, frame: Frame, state: State, results: dict[str, Taint]
    ) -> tuple[State, Taint]:
        name = verifier.name
        if not verifier.strength or _signature_ignored(call):
            self._walker.trace.claim(name, frame.path, call.span.line)
            return state, Taint(Label.CLAIMED, via=name)
        label = {"signature": Label.SIGNATURE, "password": Label.PASSWORD | Label.IDENTITY}.get(
            verifier.strength, Label.IDENTITY
        )
        strength = {"signature": GuardStrength.SIGNATURE, "cron": GuardStrength.CRON}.get(
            verifier.strength, GuardStrength.VERIFIED
        )
        inline = _callback_of(call)
        if verifier.on_failure is OnFailure.THROWS and inline is None:
            guard = Guard(name, strength, frame.path, call.span.line)
            self._walker.trace.found.append(guard)
            state = state.with_guard(guard)
            if any(re.search(r"\brole\b|permission", arg.text) for arg in call.args) and name.endswith(
                "protect"
            ):
                state = replace(state, admin=True)
        elif inline is not None:
            function = self._walker.callees.functions(frame.path).get(inline)
            if function is not None:
                self._walker.callback(
                    function, frame, state, (Taint(Label.FAILURE, via=name), Taint(label, via=name))
                )
        return state, Taint(label, via=name)

    def _query(self, call: Call, frame: Frame, python: bool) -> Query | None:
        if python:
            return queries_python.read(call)
        return queries_js.read(call, self._walker.scopes.tables(frame.path))

    def _access(
        self, call: Call, query: Query, frame: Frame, state: State, results: dict[str, Taint]
    ) -> tuple[State, Taint]:
        drafts = self._walker.trace.drafts
        draft = Draft(
            query,
            call,
            frame.path,
            frame.function.name if frame.function else "",
            self._client(query, frame),
            state.guards,
            admin=state.admin,
            handling=state.handling,
        )
        given = CLEAN
        via_token = False
        for predicate in query.predicates:
            taint = taint_of(predicate.value, frame.env)
            for callee, found in results.items():
                if not callee.startswith("@") and f"{callee}(" in predicate.value:
                    taint |= found
            given |= taint
            if taint.labels & (Label.REQUEST | Label.CREDENTIAL) and _is_token(
                predicate.column, query.table, taint
            ):
                via_token = True
            draft.bulk = draft.bulk or (predicate.many and bool(taint.labels & Label.REQUEST))
        draft.requested = given.origins
        draft.through = given.rows
        written = (
            self._walker.value_taint(query.payload, frame, results) if query.payload is not None else CLEAN
        )
        draft.fed = bool((given | written).labels & (Label.REQUEST | Label.CREDENTIAL))
        draft.computed = bool(written.rows) and not written.labels & Label.REQUEST
        draft.scope = self._scope(query, state, given, via_token)
        drafts.append(draft)
        for link in call.links:
            self._callbacks(call, link.args or (), frame, state, results)
        labels = Label.NONE
        if draft.scope == "caller":
            labels |= Label.IDENTITY if given.labels & Label.IDENTITY else Label.CLAIMED
            if _THROWING_LOOKUP.search(call.callee) and given.labels & Label.IDENTITY:
                state = replace(
                    state, authorised=state.authorised | given.origins | self.requested(given.rows)
                )
                self.compared(given.rows)
                if not state.guarded:
                    state = state.with_guard(
                        Guard(call.callee, GuardStrength.VERIFIED, frame.path, call.span.line)
                    )
        elif via_token and not state.guarded:
            labels |= Label.IDENTITY
        return state, Taint(
            labels,
            rows=frozenset((len(drafts) - 1,)),
            via="a token looked up in the database" if via_token else "",
        )

    def _narrows(self, call: Call, frame: Frame, state: State) -> bool:
        """`query = query.eq("user_id", user.id)`: a condition added to a query made before."""
        held = frame.env.get(call.root, CLEAN)
        if (
            not held.rows
            or not call.links
            or call.links[0].name not in _NARROWING
            or call.links[0].args is None
        ):
            return False
        given = CLEAN
        predicates: list[Predicate] = []
        for link in call.links:
            if link.name in _NARROWING:
                for arg in (link.args or ())[-1:] if link.name in _PAIRS else link.args or ():
                    given |= taint_of(arg.text, frame.env)
                column = link.args[0].text.strip("\"'") if link.args else "*"
                predicates.append(Predicate(column, " ".join(arg.text for arg in link.args or ())))
        for row in held.rows:
            draft = self._walker.trace.drafts[row]
            draft.query = replace(draft.query, predicates=(*draft.query.predicates, *predicates))
            draft.requested |= given.origins
            draft.through |= given.rows
            if draft.scope in ("", "unknown", "row"):
                draft.scope = self._scope(draft.query, state, given, False) or draft.scope
        return True

    def _scope(self, query: Query, state: State, given: Taint, via_token: bool) -> str:
        if state.admin:
            return "admin"
        if given.labels & (Label.IDENTITY | Label.CLAIMED):
            return "caller"
        if given.origins and given.origins & state.authorised:
            return "parent"
        if via_token:
            return "token"
        if given.rows and not given.labels & (Label.REQUEST | Label.CREDENTIAL):
            return "row"
        unknown = any(
            predicate.column == "*" and not predicate.value.startswith("{") for predicate in query.predicates
        )
        if unknown and not given.labels & Label.REQUEST:
            return "unknown"
        return ""

    def _client(self, query: Query, frame: Frame) -> str:
        if query.layer in ("prisma", "drizzle", "kysely", "mongo", "sqlalchemy", "sqlalchemy-unit", "django"):
            return "orm"
        if query.layer == "sql":
            return "driver"
        if query.layer in ("firestore", "auth"):
            return "service"
        held = taint_of(query.root.replace("()", ""), frame.env).client
        if held:
            return held
        if _SERVICE_ROOT.search(query.root):
            return "service"
        return "" if frame.outline.language == "python" else "user"

    def _other(
        self, call: Call, frame: Frame, state: State, results: dict[str, Taint], known: bool
    ) -> tuple[State, Taint]:
        given, argument = CLEAN, CLEAN
        for link in call.links:
            for arg in link.args or ():
                argument = self._walker.value_taint(arg, frame, results)
                given |= argument
            self._callbacks(call, link.args or (), frame, state, results)
        given = replace(given, text="", via="")
        key = taint_of(call.args[1].text, frame.env) if len(call.args) > 1 else CLEAN
        kind = client_kind(call, key)
        if kind:
            return state, Taint(client=kind)
        if _MAC.search(call.callee):
            return state, Taint(Label.SECRET)
        self._effect(call, frame, state, given)
        if call.links and _ANSWERS.search(call.callee):
            for arg in call.args:
                self.expose(self._walker.shown_rows(arg, frame, results))
        if call.links and call.links[-1].name in _FILLING and given.labels and call.root in frame.texts:
            frame.bind(call.root, given, keep=True)
        owner = taint_of(".".join([call.root, *(link.name for link in call.links if link.name)]), frame.env)
        name = call.callee.rpartition(".")[2]
        if call.root in _ASSERTING and call.args:
            return self._assert(call, frame, state, results), CLEAN
        if name == "set" and len(call.args) == 2 and call.args[0].literal and len(call.links) == 1:
            self._walker.trace.sets[f"@{call.args[0].literal}"] = self._walker.value_taint(
                call.args[1], frame, results
            )
        if known or owner.labels or owner.rows or call.is_new:
            return state, (owner | given) if not call.is_new or call.root in (
                "URL",
                "Date",
                "Number",
                "String",
            ) else given
        return self._by_name(call, name, frame, state, given, results)

    def _by_name(
        self, call: Call, name: str, frame: Frame, state: State, given: Taint, results: dict[str, Taint]
    ) -> tuple[State, Taint]:
        """Outside functions whose name says that they check the caller."""
        direct = len(call.links) == 1 and not call.links[0].name
        known = symbols().names_guard(name) or _SIGNATURE_NAME.search(name)
        if not direct or not known or not self._is_imported(call.root, frame):
            return self._checked_by_name(call, frame, state, given, results)
        if _SIGNATURE_NAME.search(name):
            guard = Guard(name, GuardStrength.SIGNATURE, frame.path, call.span.line)
            self._walker.trace.found.append(guard)
            return state.with_guard(guard), Taint(Label.SIGNATURE, via=name)
        labels = Label.IDENTITY | (Label.ADMIN if symbols().admin_name.search(name) else Label.NONE)
        if symbols().throwing_name.search(name):
            guard = Guard(name, GuardStrength.VERIFIED, frame.path, call.span.line)
            self._walker.trace.found.append(guard)
            state = replace(state.with_guard(guard), admin=state.admin or bool(labels & Label.ADMIN))
        return self._checked_by_name(call, frame, state, Taint(labels, via=name) | given, results)

    @staticmethod
    def _is_imported(name: str, frame: Frame) -> bool:
        return any(local == name for item in frame.outline.imports for local, _ in item.names)

    def _assert(self, call: Call, frame: Frame, state: State, results: dict[str, Taint]) -> State:
        taint = self._walker.value_taint(call.args[0], frame, results)
        text = call.args[0].text
        proof = conditions.prove(conditions.parse(text), lambda atom: proofs.verified(atom, taint, CLEAN))
        if proof.when_true:
            guard = Guard(taint.via or call.root, GuardStrength.VERIFIED, frame.path, call.span.line)
            return state.with_guard(guard)
        return state

    def _effect(self, call: Call, frame: Frame, state: State, given: Taint) -> None:
        url = ""
        if call.args and call.args[0].calls == ():
            first = call.args[0]
            url = first.text + " " + taint_of(first.text, frame.env).text
            for path in re.findall(r"[A-Za-z_$][\w$.]*", first.text)[:4]:
                url += " " + frame.env.get(path, CLEAN).text
        elif call.args:
            url = call.args[0].text
        kind = effects.kind_of(call, url)
        if kind is not None:
            requested = bool(given.labels & Label.REQUEST)
            happening = Happening(kind, call, frame.path, state.guards, requested, state.admin)
            self._walker.trace.happenings.append(happening)

    def _callbacks(
        self, call: Call, args: tuple[Value, ...], frame: Frame, state: State, results: dict[str, Taint]
    ) -> None:
        """Walk the inline functions that a call is given."""
        functions = self._walker.callees.functions(frame.path)
        if _registers(call):
            return
        for arg in _with_functions(args):
            function = functions.get(arg.function)
            if function is None:
                continue
            receiver = taint_of(call.root, frame.env)
            for link in call.links:
                if link.args is not None and arg in link.args:
                    break
                receiver |= taint_of(f"{call.root}.{link.name}", frame.env)
            self._walker.callback(
                function, frame, state, (replace(receiver, text=""),) if receiver is not CLEAN else ()
            )

    def scoped(self, rows: frozenset[int]) -> bool:
        """Whether these rows are known to be the caller's."""
        drafts = self._walker.trace.drafts
        return bool(rows) and any(
            drafts[row].scope in ("caller", "compared", "parent", "admin")
            for row in rows
            if row < len(drafts)
        )

    def requested(self, rows: frozenset[int]) -> frozenset[str]:
        """The request values that decided these rows."""
        drafts = self._walker.trace.drafts
        return frozenset(origin for row in self._with_sources(rows) for origin in drafts[row].requested)

    def _with_sources(self, rows: frozenset[int]) -> frozenset[int]:
        """These rows and the rows whose values led to them."""
        drafts = self._walker.trace.drafts
        found: set[int] = set()
        waiting = [row for row in rows if row < len(drafts)]
        while waiting:
            row = waiting.pop()
            if row not in found and row < len(drafts):
                found.add(row)
                waiting += drafts[row].through
        return frozenset(found)

    def expose(self, rows: frozenset[int]) -> None:
        """These rows reach the answer."""
        drafts = self._walker.trace.drafts
        for row in rows:
            if row < len(drafts):
                drafts[row].exposed = True

    def compared(self, rows: frozenset[int]) -> None:
        """An owner comparison covers these rows."""
        for row in self._with_sources(rows):
            draft = self._walker.trace.drafts[row]
            if draft.scope in ("", "row", "unknown"):
                draft.scope = "compared"


def _account_read(call: Call) -> Query | None:
    """Sign-in accounts read with the administrator's key."""
    if not effects.reads_accounts(call):
        return None
    predicates = (Predicate("id", call.args[0].text),) if call.args and not call.args[0].entries else ()
    return Query("auth", Verb.READ, "auth.users", call.root, predicates, bool(predicates))


def _registers(call: Call) -> bool:
    """Handing a callback to a router or an event source does not run it now."""
    last = call.links[-1] if call.links else None
    if last is None or last.args is None or len(last.args) < 2:
        return False
    first = last.args[0].literal
    return first is not None and (
        first.startswith("/") or last.name in ("on", "once", "addEventListener", "addHook")
    )


def _is_token(column: str, table: str, taint: Taint) -> bool:
    if _OWNED_ID.search(column.rpartition(".")[2]) and not _TOKEN_TABLE.search(table):
        return False
    if _TOKEN_COLUMN.search(column) or (
        column == "*" and any(_TOKEN_COLUMN.search(origin) for origin in taint.origins)
    ):
        return True
    return bool(taint.labels & Label.CREDENTIAL and _TOKEN_TABLE.search(table))


def _signature_ignored(call: Call) -> bool:
    """PyJWT told not to verify."""
    return any(
        re.search(r"verify_signature['\"]?\s*:\s*False|verify\s*=\s*False", arg.text) for arg in call.args
    ) or any(arg.name == "verify" and arg.text == "False" for arg in call.args)


def _callback_of(call: Call) -> str | None:
    last = call.args[-1] if call.args else None
    return last.function if last is not None and last.function else None


def _with_functions(args: tuple[Value, ...]) -> list[Value]:
    found: list[Value] = []
    for arg in args:
        if arg.function:
            found.append(arg)
        found += _with_functions(arg.items)
        found += _with_functions(tuple(value for _, value in arg.entries))
    return found
