"""Walks a route's code in the order it runs: which checks come first, which effects follow, whose rows they touch.

The walk follows helpers of the project up to `MAX_DEPTH` calls deep and stops after `MAX_STEPS` statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Exit,
    Function,
    Leave,
    Loop,
    Step,
    Value,
)
from lastmile_desktop.project.models import conditions, parameters, proofs
from lastmile_desktop.project.models.callees import Callees, Target
from lastmile_desktop.project.models.conditions import Condition, Op, Proof
from lastmile_desktop.project.models.environment import in_production
from lastmile_desktop.project.models.flow import Completion, Frame, State, Trace, merge
from lastmile_desktop.project.models.routes import Guard, GuardStrength
from lastmile_desktop.project.models.scopes import Scopes
from lastmile_desktop.project.models.taint import CLEAN, Label, Taint, paths_in, taint_of

MAX_DEPTH = 5
MAX_STEPS = 2_500

_FAILURE_VALUE = re.compile(
    r"^(?:null|undefined|false|None|False|''|\"\"|\[\]|\{\}|)$|"
    r"\b(?:401|403|404|400|429|500|503)\b|unauthori[sz]ed|forbidden|redirect|error|fail|invalid|not found|denied|"
    r"(?:ok|success|valid|authorized|authenticated|isValid|allowed|isAdmin)['\"]?\s*[:=]\s*(?:false|False)|"
    r"(?:user|session|userId|user_id|payload|profile)['\"]?\s*[:=]\s*(?:null|None|undefined)|^\(?None\b|^\[?null\b",
    re.IGNORECASE,
)
_NOTHING_VALUE = re.compile(r"^(?:null|undefined|None|true|True|)$")
_DEREFERENCE = re.compile(
    r"(?<![\w$.?])((?:[A-Za-z_$][\w$]*!?\.){0,4}(?:[a-z]\w*User|user|claims|session|me|account|profile))!?\.[A-Za-z_]"
)
_ALWAYS_OBJECTS = frozenset(("getIronSession", "is_authenticated", "isAuthenticated"))
_CONVERSION = re.compile(
    r"^(?:Number|parseInt|parseFloat|String|BigInt|decodeURIComponent|int|str|UUID|uuid\.UUID|ObjectId|new ObjectId)\("
)
_COUNTED = re.compile(r"^([\w$]+)\.length\s*(>|===|==|!==|!=)\s*0$")
_PERSONAL = re.compile(
    r"\.\w*(?:email|phone|mobile|address|password|token|secret|ssn|birth|dob|iban|card|amount|total|balance|salary|note|message|body|content)\w*$",
    re.IGNORECASE,
)
_LOOP_BINDING = re.compile(
    r"(?:const|let|var|async for|for)?\s*\(?\s*(?:const|let|var)?\s*([\w$,\s{}\[\]()]+?)\s+(?:of|in)\s+(.+?)\)?:?$"
)
_COMPARES = re.compile(r"[=!]==?|\bin\b|\.includes|\.equals")
_ERROR_NAME = re.compile(r"^(?:\w*[eE]rr(?:or)?|\w*[rR]esponse|redirect|unauthorized|denied|failure)$")


class Walker:
    """One walk. `trace` gathers what was seen; states flow through the steps. `facts` answers tests whose value is
    known (the path of the request), `denies` names returned values that refuse the request."""

    def __init__(
        self,
        callees: Callees,
        scopes: Scopes,
        facts: Callable[[str, Frame], bool | None] | None = None,
        denies: Callable[[str], bool] | None = None,
    ) -> None:
        from lastmile_desktop.project.models.call_walk import CallWalk

        self._facts = facts
        self._denies = denies
        self.callees = callees
        self.scopes = scopes
        self.trace = Trace()
        self.calls = CallWalk(self)
        self._active: list[tuple[str, str]] = []

    def block(self, steps: tuple[Step, ...], frame: Frame, state: State) -> State:
        for step in steps:
            if state.left or self.trace.steps > MAX_STEPS:
                break
            self.trace.steps += 1
            state = self._step(step, frame, state)
        return state

    def _step(self, step: Step, frame: Frame, state: State) -> State:
        match step:
            case Do():
                return self._do(step, frame, state)
            case Leave():
                return self._leave(step, frame, state)
            case Branch():
                return self._branch(step, frame, state)
            case Attempt():
                return self._attempt(step, frame, state)
            case Loop():
                return self._loop(step, frame, state)

    def _do(self, step: Do, frame: Frame, state: State) -> State:
        state = self._dereferenced(step, frame, state)
        state, results = self.run_calls(step.calls, frame, state)
        if step.value is not None and step.targets:
            frame.texts.update(dict.fromkeys(step.targets, step.value.text))
            taint = self.value_taint(step.value, frame, results)
            if _COMPARES.search(step.value.text):
                self._claim_rows(step.value.text, frame, results, state)
                taint |= self._answer(step.value.text, frame, results)
            self._bind(step, taint, frame, results)
        return state

    def _dereferenced(self, step: Do | Leave, frame: Frame, state: State) -> State:
        """`session.user.id` on a missing session throws, so what follows has a caller."""
        if state.guarded:
            return state
        texts = [step.value.text] if step.value else [arg.text for call in step.calls for arg in call.args]
        for text in texts:
            for found in _DEREFERENCE.finditer(text):
                taint = taint_of(found.group(1), frame.env)
                if (
                    taint.labels & Label.IDENTITY
                    and not taint.labels & Label.REQUEST
                    and taint.via not in _ALWAYS_OBJECTS
                ):
                    name = taint.via or found.group(1)
                    return self._guarded(
                        state, Guard(name, GuardStrength.VERIFIED, frame.path, step.span.line)
                    )
        return state

    def run_calls(
        self, calls: tuple[Call, ...], frame: Frame, state: State
    ) -> tuple[State, dict[str, Taint]]:
        """Run calls in order. Results are kept by place and by dotted name, for the expression around them."""
        results: dict[str, Taint] = {}
        for call in calls:
            if state.left:
                break
            state, taint = self.calls.run(call, frame, state, results)
            results[place(call)] = taint
            results[call.callee] = results[call.callee] | taint if call.callee in results else taint
        return state, results

    def value_taint(self, value: Value, frame: Frame, results: dict[str, Taint]) -> Taint:
        """What an expression carries once its calls have run."""
        if value.function:
            return CLEAN
        if value.entries or value.items:
            taint = CLEAN
            for _, inner in value.entries:
                taint |= self.value_taint(inner, frame, results)
            for inner in value.items:
                taint |= self.value_taint(inner, frame, results)
            return replace(taint, text="")
        if not value.calls:
            taint = taint_of(value.text, frame.env)
            return taint if len(value.text) > 200 else replace(taint, text=value.text)
        outer = value.calls[0]
        taint = results.get(place(outer), CLEAN)
        inside = {place(call) for link in outer.links for arg in link.args or () for call in arg.calls}
        for call in value.calls[1:]:
            if place(call) not in inside:
                taint |= results.get(place(call), CLEAN)
        text = value.text.removeprefix("await ").lstrip("(")
        if (
            not text.startswith((outer.root, "new ", "await"))
            or " ? " in text
            or "||" in text
            or "??" in text
        ):
            taint |= _without_call(value.text, outer, frame)
        return taint

    def shown_rows(self, value: Value, frame: Frame, results: dict[str, Taint]) -> frozenset[int]:
        """The rows that an answer gives away: whole rows, or members that are about a person."""
        if value.entries or value.items:
            parts = [inner for _, inner in value.entries] + list(value.items)
            return frozenset(row for part in parts for row in self.shown_rows(part, frame, results))
        rows: set[int] = set()
        for call in value.calls:
            rows |= results.get(place(call), CLEAN).rows
        paths = paths_in(value.text)
        members = {path.root for path in paths if "." in path.text}
        for path in paths:
            taint = taint_of(path.text, frame.env)
            if taint.rows and (
                _PERSONAL.search(path.text) or ("." not in path.text and path.root not in members)
            ):
                rows |= taint.rows
            elif taint.rows and path.text.rpartition(".")[2] in ("data", "rows", "items", "results", "docs"):
                rows |= taint.rows
        return frozenset(rows)

    def _bind(self, step: Do, taint: Taint, frame: Frame, results: dict[str, Taint]) -> None:
        names = self._imported_names(step)
        value = step.value
        for target in step.targets:
            imported = names.get(target, target)
            given = taint
            several = len(step.targets) > 1 or imported != target
            if _ERROR_NAME.match(imported) and (several or not taint.rows):
                failing = taint.labels & (Label.IDENTITY | Label.CLAIMED | Label.SIGNATURE)
                given = (
                    replace(taint, labels=Label.FAILURE | failing & Label.CLAIMED, rows=frozenset())
                    if failing
                    else CLEAN
                )
                if not failing and not several:
                    given = taint
            elif not taint.labels and value is not None and not value.calls and not value.entries:
                given = taint | _member(value.text, imported, frame)
                given = given if given.labels else replace(given, alias=_alias(value.text, imported))
            elif taint.labels & Label.REQUEST and taint.origins and value is not None:
                given = replace(taint, origins=_named(taint.origins, target, imported, value))
            frame.bind(target, given, keep=frame.depth > 0 or bool(frame.env.get(target, CLEAN).labels))
            if value is not None and value.entries:
                for key, inner in value.entries:
                    if key != "...":
                        frame.env[f"{target}.{key}"] = self.value_taint(inner, frame, results)
            root = target.partition(".")[0]
            if "." in target and given is not CLEAN:
                self.trace.sets[target] = given
                if root in frame.texts:
                    frame.bind(root, given, keep=True)

    @staticmethod
    def _imported_names(step: Do) -> dict[str, str]:
        """Local name → original name of destructured results."""
        pairs: dict[str, str] = {}
        for call in step.calls:
            for name in call.assigned:
                original, _, local = name.partition(":")
                pairs[local or original] = original
        return pairs

    def _leave(self, step: Leave, frame: Frame, state: State) -> State:
        if step.how is Exit.RETURN:
            state = self._dereferenced(step, frame, state)
        state, results = self.run_calls(step.calls, frame, state)
        if state.left or step.how is Exit.THROW:
            return state.leaving()
        taint, text = CLEAN, ""
        if step.value is not None:
            text = step.value.text
            if self._denies is not None and self._denies(text):
                return state.leaving()
            taint = self.value_taint(step.value, frame, results)
            if step.value.function:
                taint |= Taint(via=f"{frame.path}#{step.value.function}")
            if (
                _COMPARES.search(text)
                or text.startswith(("!", "Boolean("))
                or " and " in text
                or "&&" in text
            ):
                self._claim_rows(text, frame, results, state)
                taint |= self._answer(text, frame, results)
        if frame.depth == 0:
            self.calls.expose(self.shown_rows(step.value, frame, results) if step.value else frozenset())
        frame.completions.append(Completion(state, taint, text))
        return state.leaving()

    def _branch(self, step: Branch, frame: Frame, state: State) -> State:
        state, results = self.run_calls(step.calls, frame, state)
        if state.left:
            return state
        condition = conditions.simplify(conditions.parse(step.test), lambda atom: self._known(atom, frame))
        if isinstance(condition, bool):
            return self.block(step.then if condition else step.orelse, frame, state)
        given = self._given(condition, frame, state)
        if given is not None:
            return self.block(step.then if given else step.orelse, frame, state)
        then, orelse = self._split(condition, step, frame, state, results)
        then = self.block(step.then, frame, then)
        orelse = self.block(step.orelse, frame, orelse)
        return merge(then, orelse)

    def _given(self, condition: Condition, frame: Frame, state: State) -> bool | None:
        """Behind a guard, a helper that asks whether it was given the caller was given it."""
        negated = condition.op is Op.NOT
        atom = condition.parts[0] if negated else condition
        if not state.guarded or frame.depth == 0 or atom.op is not Op.ATOM or frame.function is None:
            return None
        counted = _COUNTED.match(atom.text)
        if counted and frame.env.get(counted.group(1), CLEAN).labels & Label.IDENTITY:
            return (counted.group(2) in (">", "!==", "!=")) != negated
        if not any(atom.text in parameters.names(param) for param in frame.function.params):
            return None
        taint = frame.env.get(atom.text, CLEAN)
        if not taint.labels & Label.IDENTITY or taint.labels & (Label.REQUEST | Label.FAILURE) or taint.rows:
            return None
        return not negated

    def _known(self, atom: str, frame: Frame) -> bool | None:
        known = in_production(atom)
        return self._facts(atom, frame) if known is None and self._facts is not None else known

    def _split(
        self, condition: Condition, step: Branch, frame: Frame, state: State, results: dict[str, Taint]
    ) -> tuple[State, State]:
        """The states in which the two arms start."""
        sides = [state, state]
        proof, guard = self._proof(condition, frame, results)
        conditional = False
        if guard is not None and not (proof.when_true or proof.when_false):
            assumed = conditions.simplify(condition, lambda atom: self._setting(atom, frame))
            if isinstance(assumed, Condition):
                proof, guard = self._proof(assumed, frame, results)
                conditional = True
        guard = (
            replace(guard, path=frame.path, line=step.span.line, conditional=conditional) if guard else None
        )
        admin = conditions.prove(
            condition, lambda atom: proofs.administrator(atom, self._atom(atom, frame, results))
        )
        rows, origins, theirs = self._theirs(condition, frame, results)
        for index, (sure, is_admin, is_theirs) in enumerate(
            (
                (proof.when_true, admin.when_true, theirs.when_true),
                (proof.when_false, admin.when_false, theirs.when_false),
            )
        ):
            if sure and guard is not None:
                sides[index] = self._guarded(sides[index], guard)
            if is_admin:
                sides[index] = replace(sides[index], admin=True)
            if is_theirs:
                sides[index] = replace(sides[index], authorised=sides[index].authorised | origins)
                self.calls.compared(rows)
        return sides[0], sides[1]

    def _guarded(self, state: State, guard: Guard) -> State:
        if guard.strength is GuardStrength.UNVERIFIED:
            self.trace.claim(guard.name, guard.path, guard.line)
            return state
        if guard not in self.trace.found:
            self.trace.found.append(guard)
        return state.with_guard(guard)

    def _setting(self, atom: str, frame: Frame) -> bool | None:
        """A setting that is merely present is taken as set."""
        labels = taint_of(atom, frame.env).labels
        plain = proofs.comparison(atom).operator == ""
        return (
            True
            if plain and labels & Label.SECRET and not labels & (Label.REQUEST | Label.CREDENTIAL)
            else None
        )

    def _atom(self, text: str, frame: Frame, results: dict[str, Taint]) -> Taint:
        taint = taint_of(text, frame.env)
        for callee, found in results.items():
            if found is not CLEAN and not callee.startswith("@") and f"{callee}(" in text.replace("?.", "."):
                taint |= found
        return taint

    def _proof(
        self, condition: Condition, frame: Frame, results: dict[str, Taint]
    ) -> tuple[Proof, Guard | None]:
        """What the condition proves about the caller, and by which check."""
        names: list[tuple[str, GuardStrength]] = []

        def atom(text: str) -> Proof:
            parts = proofs.comparison(text)
            left = self._atom(parts.left, frame, results)
            right = self._atom(parts.right, frame, results) if parts.right else CLEAN
            proof = proofs.verified(text, left, right)
            if proof == conditions.NOTHING:
                claimed = (left | right).labels & Label.CLAIMED
                if claimed and not (left | right).labels & proofs.PROVEN:
                    names.append(((left | right).via or text[:40], GuardStrength.UNVERIFIED))
                return proof
            secret = proofs.is_secret_check(left, right) and not (left | right).labels & Label.FAILURE
            via = (left | right).via or ("a shared secret" if secret else text.strip("!( )")[:40])
            signature = (left | right).labels & Label.SIGNATURE
            strength = GuardStrength.CRON if secret else GuardStrength.VERIFIED
            names.append((via, GuardStrength.SIGNATURE if signature else strength))
            return proof

        proof = conditions.prove(condition, atom)
        sure = [item for item in names if item[1] is not GuardStrength.UNVERIFIED]
        if not sure and names:
            claimed = names[0]
            return Proof(True, True), Guard(claimed[0], GuardStrength.UNVERIFIED, frame.path, 0)
        guard = Guard(sure[0][0], sure[0][1], frame.path, 0) if sure else None
        return proof, guard

    def _theirs(
        self, condition: Condition, frame: Frame, results: dict[str, Taint]
    ) -> tuple[frozenset[int], frozenset[str], Proof]:
        rows: set[int] = set()
        origins: set[str] = set()

        def atom(text: str) -> Proof:
            parts = proofs.comparison(text)
            left = self._atom(parts.left, frame, results)
            right = self._atom(parts.right, frame, results) if parts.right else CLEAN
            both = left | right
            if not both.rows and not both.labels & Label.REQUEST:
                return proofs.administrator(text, both)
            scoped = self.calls.scoped(both.rows)
            proof = proofs.theirs(text, left, right, scoped)
            if proof == conditions.NOTHING:
                return proofs.administrator(text, both)
            rows.update(both.rows)
            origins.update(both.origins)
            origins.update(self.calls.requested(both.rows))
            return proof

        proof = conditions.prove(condition, atom)
        return frozenset(rows), frozenset(origins), proof

    def _answer(self, text: str, frame: Frame, results: dict[str, Taint]) -> Taint:
        """A comparison kept in a variable or returned: its truth may vouch for the caller."""
        if "=>" in text or text.startswith(("{", "[", "`")):
            return CLEAN
        proof, guard = self._proof(conditions.parse(text), frame, results)
        if not proof.when_true or guard is None or guard.strength is GuardStrength.UNVERIFIED:
            return CLEAN
        label = Label.SIGNATURE if guard.strength is GuardStrength.SIGNATURE else Label.IDENTITY
        return Taint(label, via=guard.name)

    def _claim_rows(self, text: str, frame: Frame, results: dict[str, Taint], state: State) -> None:
        """An owner compared inside an expression: `row.userId === user.id ? row : null`, a filter callback."""
        rows, _, proof = self._theirs(conditions.parse(_test_of(text)), frame, results)
        if proof.when_true or proof.when_false:
            self.calls.compared(rows)

    def _attempt(self, step: Attempt, frame: Frame, state: State) -> State:
        after = self.block(step.body, frame, state)
        for handler in step.handlers:
            handled = self.block(handler, frame, replace(state, handling=True))
            after = merge(after, replace(handled, handling=state.handling))
        if not step.final:
            return after
        ended = self.block(step.final, frame, replace(after, left=False))
        return ended.leaving() if after.left else ended

    def _loop(self, step: Loop, frame: Frame, state: State) -> State:
        state, results = self.run_calls(step.calls, frame, state)
        bound = _LOOP_BINDING.match(step.header)
        if bound and step.kind != "with":
            taint = self._atom(bound.group(2), frame, results)
            for name in re.findall(r"[A-Za-z_$][\w$]*", bound.group(1)):
                if name not in ("const", "let", "var"):
                    frame.bind(name, taint, keep=False)
        elif step.kind == "with":
            for name in re.findall(r"\bas\s+\(?([A-Za-z_]\w*)", step.header):
                frame.bind(name, self._atom(step.header, frame, results), keep=False)
            return self.block(step.body, frame, state)
        return merge(state, replace(self.block(step.body, frame, state), left=False))

    def enter(
        self, target: Target, frame: Frame, state: State, results: dict[str, Taint]
    ) -> tuple[State, Taint] | None:
        """Walk a function of the project as called from here; None when it is too deep or already running."""
        key = (target.path, target.function.name)
        if frame.depth >= MAX_DEPTH or key in self._active or self.trace.steps > MAX_STEPS:
            return None
        given = [(arg.name, self.value_taint(arg, frame, results), arg) for arg in target.args]
        env = self.scopes.env(target.path)
        if target.function.parent and target.path == frame.path and frame.function is not None:
            if target.function.name.startswith(frame.function.name + "."):
                env = frame.env
        inner = Frame(
            target.path, self.scopes.outline(target.path), target.function, dict(env), frame.depth + 1
        )
        inner.onward = frame.onward if env is frame.env else frozenset()
        parameters.bind(
            inner.env,
            target.function,
            given,
            target.bound,
            lambda value: self.value_taint(value, frame, results),
        )
        self._bind_object(inner.env, target, frame, results)
        self._active.append(key)
        ended = self.run(inner, state)
        self._active.pop()
        return ended, outcome(inner.completions, state, target)

    def _bind_object(
        self, env: dict[str, Taint], target: Target, frame: Frame, results: dict[str, Taint]
    ) -> None:
        """What the object of a method holds: from the call that made it, or the caller's own object."""
        for name, taint in frame.env.items():
            if name.startswith(("this.", "self.")):
                env.setdefault(name, taint)
        constructor = self.callees.constructor(target) if target.maker is not None else None
        if target.maker is None or constructor is None:
            return
        args = next((link.args for link in target.maker.links if link.args is not None), ())
        given = [(arg.name, self.value_taint(arg, frame, results), arg) for arg in args]
        inner: dict[str, Taint] = {}
        python = constructor.name.endswith("__init__")
        parameters.bind(
            inner, constructor, given, python, lambda value: self.value_taint(value, frame, results)
        )
        holder = "self" if python else "this"
        for name, taint in inner.items():
            env[f"{holder}.{name}"] = taint
        for step in constructor.body:
            if isinstance(step, Do) and step.value is not None:
                for assigned in step.targets:
                    if assigned.startswith(f"{holder}."):
                        env[assigned] = taint_of(step.value.text, inner)

    def run(self, frame: Frame, state: State) -> State:
        """Walk the function of a frame to its ends; the state that is sure when it has come back."""
        self.trace.files.add(frame.path)
        function = frame.function
        final = self.block(function.body if function else (), frame, state)
        if not final.left:
            frame.completions.append(Completion(final, CLEAN, ""))
        if not frame.completions:
            return state.leaving()
        after = frame.completions[0].state
        for completion in frame.completions[1:]:
            after = merge(after, completion.state)
        return replace(after, left=False)

    def callback(self, function: Function, frame: Frame, state: State, args: tuple[Taint, ...]) -> State:
        """Walk an inline function where it is passed; it shares the variables around it."""
        key = (frame.path, function.name)
        if key in self._active or self.trace.steps > MAX_STEPS:
            return state
        inner = Frame(
            frame.path, frame.outline, function, dict(frame.env), frame.depth, frame.onward, [], frame.texts
        )
        for index, param in enumerate(function.params):
            taint = args[min(index, len(args) - 1)] if args else CLEAN
            for name in parameters.names(param):
                inner.env[name] = taint
        self._active.append(key)
        ended = self.run(inner, state)
        self._active.pop()
        return ended


def place(call: Call) -> str:
    """A key for one call of a statement."""
    return f"@{call.span.line}:{call.span.column}:{call.callee}"


def outcome(completions: list[Completion], before: State, target: Target) -> Taint:
    """What a helper's result says: its values, and whether a good one means that the caller was verified."""
    taint = CLEAN
    for completion in completions:
        taint |= completion.taint
    taint = replace(taint, text="")
    if before.guarded:
        return taint
    good = [item for item in completions if item.state.guarded or item.taint.labels & proofs.PROVEN]
    bad = [item for item in completions if item not in good]
    name = target.function.name.rpartition(".")[2] or target.function.name
    if (
        good
        and bad
        and all(_FAILURE_VALUE.search(item.text) or item.taint.labels & Label.FAILURE for item in bad)
    ):
        inverse = all(_NOTHING_VALUE.match(item.text) for item in good) and not any(
            _NOTHING_VALUE.match(item.text) or item.text in ("false", "False") for item in bad
        )
        label = Label.FAILURE if inverse else Label.IDENTITY
        strengths = {guard.strength for item in good for guard in item.state.guards}
        if GuardStrength.SIGNATURE in strengths:
            label |= Label.SIGNATURE
        return Taint(label, taint.origins, taint.rows, taint.client, "", name)
    if good and bad and not all(item.state.guarded for item in good):
        return replace(taint, via=name)
    if bad and good:
        return replace(taint, labels=taint.labels & ~proofs.PROVEN, via=name)
    return replace(taint, via=name) if taint.labels & (proofs.PROVEN | Label.CLAIMED) else taint


def _named(origins: frozenset[str], target: str, imported: str, value: Value) -> frozenset[str]:
    """Names for the request values a statement takes apart: `const { id } = await params` makes `id`."""
    text = value.text.removeprefix("await ").strip("() ")
    whole = re.fullmatch(r"[\w$.]+", text)
    if whole and len(origins) == 1 and text.rpartition(".")[2] == imported:
        return origins
    if (
        whole
        and "." in text
        and imported == target
        and text.rpartition(".")[2] not in ("body", "query", "params", "data")
    ):
        return origins
    if value.calls and not _CONVERSION.match(text):
        return frozenset((imported,))
    if re.search(
        r"^[\w$.]*(?:body|query|params|json\(\)|data|parsed\w*|input|formData|searchParams)\)?$", text
    ):
        return frozenset(f"{origin}.{imported}" for origin in origins) if whole else frozenset((imported,))
    return origins


def _member(text: str, name: str, frame: Frame) -> Taint:
    """`const { tenantId } = req as any` reads `req.tenantId`."""
    found = paths_in(text)
    if len(found) != 1 or found[0].called:
        return CLEAN
    return taint_of(f"{found[0].text}.{name}", frame.env)


def _alias(text: str, name: str) -> str:
    """The expression that a new name stands for; "" when it is more than a path."""
    found = paths_in(text)
    if len(found) != 1 or found[0].called:
        return ""
    path = found[0].text
    return path if path.rpartition(".")[2] == name else f"{path}.{name}"


def _without_call(text: str, call: Call, frame: Frame) -> Taint:
    """The parts of an expression beside its first call."""
    head = text.split(f"{call.root}.", 1)[0] if f"{call.root}." in text else text.split(f"{call.root}(", 1)[0]
    return taint_of(head, frame.env) if head and head != text else CLEAN


def _test_of(text: str) -> str:
    """The condition of a conditional expression, or the text itself."""
    depth = 0
    for index, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif (
            char == "?"
            and depth == 0
            and text[index + 1 : index + 2] not in (".", "?")
            and text[index - 1] != "?"
        ):
            return text[:index]
    return text
