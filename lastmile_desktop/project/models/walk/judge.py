"""What the conditions of a walk prove: that the caller was verified, is an administrator, owns a row."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from lastmile_desktop.project.code.outline import Branch, Do, Leave
from lastmile_desktop.project.models.guards.verifiers import Authority
from lastmile_desktop.project.models.routes.model import Guard, GuardStrength
from lastmile_desktop.project.models.routes.row_watch import RowWatch
from lastmile_desktop.project.models.walk import conditions, parameters, proofs
from lastmile_desktop.project.models.walk.conditions import Condition, Op, Proof
from lastmile_desktop.project.models.walk.environment import in_production
from lastmile_desktop.project.models.walk.flow import Frame, State, Trace
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Passed, Taint, taint_of
from lastmile_desktop.project.models.walk.values import Results, atom_taint

Facts = Callable[[str, Frame], bool | None]

_DEREFERENCE = re.compile(
    r"(?<![\w$.?])((?:[A-Za-z_$][\w$]*!?\.){0,4}(?:[a-z]\w*User|user|claims|session|me|account|profile))!?\.[A-Za-z_]"
)
_ALWAYS_OBJECTS = frozenset(("getIronSession", "is_authenticated", "isAuthenticated"))
_COUNTED = re.compile(r"^([\w$]+)\.length\s*(>|===|==|!==|!=)\s*0$")
_EQUALS = ("===", "==", "!==", "!=")
_NAME = re.compile(r"^[\w$.]+$")
_COMPARES = re.compile(r"[=!]==?|\bin\b|\.includes|\.equals|&&|\band\b|^!|^Boolean\(")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a condition says about rows and request values being the caller's."""

    rows: frozenset[int]
    origins: frozenset[str]
    proof: Proof
    demanded: bool = False

    def held(self, demanded: bool) -> Claim:
        """The same where whoever it is not true of is turned away."""
        return replace(self, demanded=demanded)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a condition says about a helper that was asked before having come back with a good answer."""

    authorised: frozenset[str]
    admin: Authority
    likely: frozenset[str]
    proof: Proof


class Judge:
    """Part of a walk. `facts` answers tests whose value is known beforehand, such as the path of the request."""

    def __init__(self, trace: Trace, rows: RowWatch, facts: Facts | None) -> None:
        self._trace = trace
        self._rows = rows
        self._facts = facts

    def known(self, step: Branch, frame: Frame, state: State) -> Condition | bool:
        """The condition with everything taken out that is decided before the walk; a bool when that is all."""
        condition = conditions.simplify(
            conditions.parse(step.test), lambda atom: self._known_atom(atom, frame)
        )
        if isinstance(condition, bool):
            return condition
        given = _given(condition, frame, state)
        return condition if given is None else given

    def _known_atom(self, atom: str, frame: Frame) -> bool | None:
        known = in_production(atom)
        return self._facts(atom, frame) if known is None and self._facts is not None else known

    def split(
        self,
        condition: Condition,
        line: int,
        frame: Frame,
        state: State,
        results: Results,
        refused: tuple[bool, bool] = (False, False),
    ) -> tuple[State, State, bool]:
        """The states in which the two arms of a branch start, and whether it only keeps the caller's own rows out. In
        a `refused` arm nothing is done with the rows."""
        proof, guard = self._caller(condition, frame, results)
        if guard is not None and not (proof.when_true or proof.when_false):
            assumed = conditions.simplify(condition, lambda atom: _setting(atom, frame))
            if isinstance(assumed, Condition):
                proof, guard = self._caller(assumed, frame, results)
                guard = replace(guard, conditional=True) if guard else None
        guard = replace(guard, path=frame.path, line=line) if guard else None
        admin, authority = self._authority(condition, frame, results)
        claim = self._claim(condition, frame, results, state.authorised)
        shown = _shown(condition, frame, results)
        missing = _missing(condition, frame)
        when_true = self._side(
            state,
            guard if proof.when_true else None,
            authority if admin.when_true else Authority.NONE,
            claim.held(refused[1]) if claim.proof.when_true and not refused[0] else None,
            shown if shown.proof.when_true else None,
        )
        when_false = self._side(
            state,
            guard if proof.when_false else None,
            authority if admin.when_false else Authority.NONE,
            claim.held(refused[0]) if claim.proof.when_false and not refused[1] else None,
            shown if shown.proof.when_false else None,
        )
        excludes = (claim.proof.when_true and refused[0]) or (claim.proof.when_false and refused[1])
        return _authorising(when_true, missing[0]), _authorising(when_false, missing[1]), excludes

    def _side(
        self,
        state: State,
        guard: Guard | None,
        authority: Authority,
        claim: Claim | None,
        shown: Shown | None,
    ) -> State:
        if guard is not None:
            state = self.guarded(state, guard)
            if guard.strength is GuardStrength.CRON:
                state = replace(state, admin=Authority.ADMIN)
        if authority:
            state = replace(state, admin=max(state.admin, authority))
        if claim is not None:
            self._rows.compared(claim.rows)
            if claim.demanded:
                self._rows.asked_about(claim.origins)
            leads = state.leads or self._rows.leading(claim.rows)
            state = replace(state, authorised=state.authorised | claim.origins, leads=leads)
        if shown is not None:
            admin = max(state.admin, shown.admin)
            likely = state.likely | shown.likely
            state = replace(state, authorised=state.authorised | shown.authorised, admin=admin, likely=likely)
        return state

    def guarded(self, state: State, guard: Guard) -> State:
        """The state behind a guard; one that proves nothing is only noted."""
        if guard.strength is GuardStrength.UNVERIFIED:
            self._trace.claim(guard.name, guard.path, guard.line)
            return state
        return state.with_guard(guard)

    def dereferenced(self, step: Do | Leave, frame: Frame, state: State) -> State:
        """`session.user.id` on a missing session throws, so what follows has a caller."""
        if state.guarded:
            return state
        texts = [
            arg.text
            for call in step.calls
            for link in call.links
            for arg in link.args or ()
            if not arg.function
        ]
        texts += [step.value.text] if step.value and not step.value.function else []
        for text in texts:
            for found in _DEREFERENCE.finditer(text):
                taint = taint_of(found.group(1), frame.env)
                sure = taint.labels & Label.IDENTITY and not taint.labels & (Label.REQUEST | Label.WRAPPED)
                if sure and taint.via not in _ALWAYS_OBJECTS:
                    name = taint.via or found.group(1)
                    return state.with_guard(Guard(name, GuardStrength.VERIFIED, frame.path, step.span.line))
        return state

    def answer(self, text: str, frame: Frame, state: State, results: Results) -> Taint:
        """A comparison kept in a variable or returned: its truth may vouch for the caller, or for rows."""
        if not _COMPARES.search(text):
            return CLEAN
        claim = self._claim(conditions.parse(_test_of(text)), frame, results, state.authorised)
        if claim.proof.when_true or claim.proof.when_false:
            self._rows.compared(claim.rows)
        if "=>" in text or text.startswith(("{", "[", "`")):
            return CLEAN
        proof, guard = self._caller(conditions.parse(text), frame, results)
        if not proof.when_true or guard is None or guard.strength is GuardStrength.UNVERIFIED:
            return CLEAN
        label = Label.SIGNATURE if guard.strength is GuardStrength.SIGNATURE else Label.IDENTITY
        label |= Label.ADMIN if guard.strength is GuardStrength.CRON else Label.NONE
        return Taint(label, via=guard.name)

    def asserted(self, text: str, frame: Frame, results: Results) -> tuple[Proof, Guard | None]:
        """What an assertion of this condition proves about the caller."""
        return self._caller(conditions.parse(text), frame, results)

    def _caller(self, condition: Condition, frame: Frame, results: Results) -> tuple[Proof, Guard | None]:
        """What the condition proves about the caller, and by which check."""
        names: list[tuple[str, GuardStrength]] = []

        def atom(text: str) -> Proof:
            parts = proofs.comparison(text)
            left = atom_taint(parts.left, frame.env, results)
            right = atom_taint(parts.right, frame.env, results) if parts.right else CLEAN
            both = left | right
            proof = proofs.verified(text, left, right)
            if proof != conditions.NOTHING:
                names.append(_named_check(text, both, proofs.is_secret_check(left, right)))
            elif proofs.always_there(text, left):
                given = f"{left.via}()" if left.via else parts.left
                names.append((f"a look at {given}, an object that is always there", GuardStrength.UNVERIFIED))
            elif both.labels & Label.CLAIMED and not both.labels & proofs.PROVEN:
                names.append((both.via or text[:40], GuardStrength.UNVERIFIED))
            return proof

        proof = conditions.prove(condition, atom)
        sure = next((item for item in names if item[1] is not GuardStrength.UNVERIFIED), None)
        if sure is not None:
            return proof, Guard(*sure, frame.path, 0)
        return (Proof(True, True), Guard(*names[0], frame.path, 0)) if names else (proof, None)

    def _claim(
        self, condition: Condition, frame: Frame, results: Results, authorised: frozenset[str]
    ) -> Claim:
        """What the condition says about rows and request values being the caller's, `authorised` ones known to be."""
        rows: set[int] = set()
        origins: set[str] = set()

        def atom(text: str) -> Proof:
            parts = proofs.comparison(text)
            left = atom_taint(parts.left, frame.env, results)
            right = atom_taint(parts.right, frame.env, results) if parts.right else CLEAN
            both = left | right
            proof = conditions.NOTHING
            if both.rows or both.labels & Label.REQUEST:
                part = bool(both.rows) and bool((left.origins | right.origins) & authorised)
                proof = proofs.theirs(text, left, right, part or self._rows.scoped(both.rows))
            if proof == conditions.NOTHING:
                if both.rows and parts.operator in _EQUALS:
                    self._rows.link(both.rows, (left if right.rows else right).origins)
                known = proofs.administrator(text, both)
                return known if known != conditions.NOTHING else proofs.has_right(text, both)
            rows.update(both.rows)
            origins.update(both.origins, self._rows.requested(both.rows))
            return proof

        proof = conditions.prove(condition, atom)
        return Claim(frozenset(rows), frozenset(origins), proof)

    def _authority(self, condition: Condition, frame: Frame, results: Results) -> tuple[Proof, Authority]:
        """What a condition proves about the caller's role, and how much that role may see: one that was looked up
        for something named in the request counts there only."""
        levels: list[Authority] = []

        def atom(text: str) -> Proof:
            taint = atom_taint(text, frame.env, results)
            proof = proofs.administrator(text, taint)
            if proof != conditions.NOTHING:
                within = taint.labels & Label.IDENTITY and self._rows.requested(taint.rows)
                levels.append(Authority.ROLE if within else proofs.authority_in(text, taint))
            return proof

        proof = conditions.prove(condition, atom)
        return proof, min(levels, default=Authority.NONE)


def _authorising(state: State, origins: frozenset[str]) -> State:
    return replace(state, authorised=state.authorised | origins) if origins else state


def _missing(condition: Condition, frame: Frame) -> tuple[frozenset[str], frozenset[str]]:
    """Request values that are empty when the condition holds, and when it does not: nobody's row has them."""
    nothing = frozenset[str]()
    if condition.op is Op.ATOM:
        parts = proofs.comparison(condition.text)
        if not _NAME.match(parts.left) or (parts.operator and not proofs.is_empty(parts.right)):
            return nothing, nothing
        taint = taint_of(parts.left, frame.env)
        plain = taint.labels & Label.REQUEST and not taint.rows and not taint.labels & Label.IDENTITY
        empty = taint.origins if plain else nothing
        return (empty, nothing) if parts.operator in ("===", "==", "is") else (nothing, empty)
    found = [_missing(part, frame) for part in condition.parts]
    if condition.op is Op.NOT:
        return found[0][1], found[0][0]
    every = nothing.union(*(pair[condition.op is Op.OR] for pair in found))
    return (nothing, every) if condition.op is Op.OR else (every, nothing)


def _shown(condition: Condition, frame: Frame, results: Results) -> Shown:
    """What the checks have shown whose answer this condition looks at."""
    answers: list[Passed] = []

    def atom(text: str) -> Proof:
        parts = proofs.comparison(text)
        left = atom_taint(parts.left, frame.env, results)
        if left.passed is None:
            return conditions.NOTHING
        answers.append(left.passed)
        return proofs.verified(text, replace(left, labels=left.passed.label), CLEAN)

    proof = conditions.prove(condition, atom)
    admin = min((item.admin for item in answers), default=Authority.NONE)
    sets = [item.authorised for item in answers]
    likely = (
        frozenset[str]().union(*(item.likely for item in answers)) if len(answers) == 1 else frozenset[str]()
    )
    return Shown(frozenset.intersection(*sets) if sets else frozenset[str](), admin, likely, proof)


def _named_check(text: str, taint: Taint, shared_secret: bool) -> tuple[str, GuardStrength]:
    secret = shared_secret and not taint.labels & Label.FAILURE
    via = taint.via or ("a shared secret" if secret else text.strip("!( )")[:40])
    if taint.labels & Label.SIGNATURE:
        return via, GuardStrength.SIGNATURE
    return via, GuardStrength.CRON if secret else GuardStrength.VERIFIED


def _given(condition: Condition, frame: Frame, state: State) -> bool | None:
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


def _setting(atom: str, frame: Frame) -> bool | None:
    """A setting that is merely present is taken as set."""
    labels = taint_of(atom, frame.env).labels
    given = labels & (Label.REQUEST | Label.CREDENTIAL)
    plain = proofs.comparison(atom).operator == ""
    return True if plain and labels & Label.SECRET and not given else None


def _test_of(text: str) -> str:
    """The condition of a conditional expression, or the text itself."""
    depth = 0
    for index, char in enumerate(text):
        depth += char in "([{"
        depth -= char in ")]}"
        plain = text[index + 1 : index + 2] not in (".", "?") and text[index - 1 : index] != "?"
        if char == "?" and depth == 0 and plain:
            return text[:index]
    return text
