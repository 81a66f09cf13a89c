"""Calls that ask who is calling: verifiers by name, assertions, access checks whose names say so."""

from __future__ import annotations

import re
from dataclasses import replace

from lastmile_desktop.project.code.outline import Call
from lastmile_desktop.project.models.guards.verifiers import Authority, OnFailure, Verifier, symbols
from lastmile_desktop.project.models.routes.model import Guard, GuardStrength
from lastmile_desktop.project.models.routes.row_watch import RowWatch
from lastmile_desktop.project.models.walk import parameters, proofs
from lastmile_desktop.project.models.walk.callees import Callees
from lastmile_desktop.project.models.walk.flow import Frame, State, Trace
from lastmile_desktop.project.models.walk.judge import Judge
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint
from lastmile_desktop.project.models.walk.values import Results, value_taint

_SIGNATURE_NAME = re.compile(
    r"^(?:verify|validate|check|assert|is_?valid)_?\w*(?:webhook|signature|hmac|hook)\w*$", re.IGNORECASE
)
_ACCESS_NAME = re.compile(
    r"^_*(?:can|has|is|check|verify|assert|require|ensure|authori[sz]e|owns|validate|enforce)(?=[A-Z_])",
    re.IGNORECASE,
)
_ROLE_OPTION = re.compile(r"\brole\b|permission")
_MAKES_AUTH = re.compile(r"auth|clerk|session|cache|lucia", re.IGNORECASE)
_LABELS = {"signature": Label.SIGNATURE, "password": Label.PASSWORD | Label.IDENTITY}
_STRENGTHS = {"signature": GuardStrength.SIGNATURE, "cron": GuardStrength.CRON}


class CallerChecks:
    """Part of a walk."""

    def __init__(self, trace: Trace, callees: Callees, rows: RowWatch, judge: Judge) -> None:
        self._trace = trace
        self._callees = callees
        self._rows = rows
        self._judge = judge

    def verifier(self, call: Call, callee: str, frame: Frame, results: Results) -> Verifier | None:
        """The known verifier that this call is, imported from where it has to come from."""
        language = "python" if frame.outline.language == "python" else "typescript"
        found = symbols().verifier(callee, language)
        if found is not None and found.opens_request and not _brings_request(call, frame, results):
            return None
        return found if found is not None and self._comes_from(call, found, frame) else None

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
        found = self._callees.definition(frame.path, call.root)
        if found is None:
            return False
        if found.package:
            return found.package.startswith(verifier.packages)
        step = self._callees.value(found.path, found.name) if found.path else None
        made = step.value.calls[0].root if step and step.value and step.value.calls else ""
        return _MAKES_AUTH.search(made) is not None

    def verify(self, call: Call, verifier: Verifier, frame: Frame, state: State) -> tuple[State, Taint]:
        """The state and result of a known verifier."""
        name = verifier.name
        if not verifier.strength or _signature_ignored(call):
            self._trace.claim(name, frame.path, call.span.line)
            return state, Taint(Label.CLAIMED, via=name)
        result = Taint(_LABELS.get(verifier.strength, Label.IDENTITY), via=name)
        if verifier.on_failure is OnFailure.THROWS and not _has_callback(call):
            strength = _STRENGTHS.get(verifier.strength, GuardStrength.VERIFIED)
            state = state.with_guard(Guard(name, strength, frame.path, call.span.line))
            if name.endswith("protect") and any(_ROLE_OPTION.search(arg.text) for arg in call.args):
                state = replace(state, admin=Authority.ADMIN)
        return state, result

    def entered(
        self, call: Call, name: str, before: State, state: State, taint: Taint
    ) -> tuple[State, Taint]:
        """A helper of the project was walked: its name may say what its guard is about."""
        known = symbols()
        leads = bool(taint.labels & Label.LEADS) or (state.leads and not before.leads and not state.admin)
        authority = Authority.NONE if leads else known.authority(name, _arguments(call))
        if state.guarded and not before.guarded:
            taint |= Taint(via=name)
            state = replace(state, admin=max(state.admin, authority))
        if authority is Authority.ADMIN and known.names_guard(name) and taint.labels & proofs.PROVEN:
            taint |= Taint(Label.ADMIN)
        if authority and state.guarded and known.throwing_name.search(name):
            state = replace(state, admin=max(state.admin, authority))
        return state, taint

    def access(
        self, call: Call, name: str, frame: Frame, state: State, taint: Taint, results: Results
    ) -> tuple[State, Taint]:
        """`requireProjectAccess(user.id, projectId)`: a caller and a request value go into a check by name."""
        if not _ACCESS_NAME.match(name) or "zod" in name.lower():
            return state, taint
        given = CLEAN
        for arg in call.args:
            given |= value_taint(arg, frame.env, results)
        if not given.labels & Label.IDENTITY or not (given.labels & Label.REQUEST or given.rows):
            return state, taint
        if symbols().throwing_name.search(name):
            checked = given.origins | self._rows.requested(given.rows)
            return replace(state, authorised=state.authorised | checked), taint
        return state, taint | replace(given, text="")

    def by_name(self, call: Call, name: str, frame: Frame, state: State) -> tuple[State, Taint] | None:
        """An outside function whose name says that it checks the caller; None for any other."""
        direct = len(call.links) == 1 and not call.links[0].name
        signature = _SIGNATURE_NAME.search(name) is not None
        if not direct or not (signature or symbols().names_guard(name)) or not _is_imported(call.root, frame):
            return None
        line = call.span.line
        if signature:
            guard = Guard(name, GuardStrength.SIGNATURE, frame.path, line)
            return state.with_guard(guard), Taint(Label.SIGNATURE, via=name)
        authority = symbols().authority(name, _arguments(call))
        labels = Label.IDENTITY | (Label.ADMIN if authority is Authority.ADMIN else Label.NONE)
        if symbols().throwing_name.search(name):
            state = state.with_guard(Guard(name, GuardStrength.VERIFIED, frame.path, line))
            state = replace(state, admin=max(state.admin, authority))
        return state, Taint(labels, via=name)

    def asserted(self, call: Call, frame: Frame, state: State, results: Results) -> State:
        """`invariant(user)` leaves unless it holds."""
        proof, guard = self._judge.asserted(call.args[0].text, frame, results)
        if not proof.when_true or guard is None:
            return state
        return self._judge.guarded(state, replace(guard, path=frame.path, line=call.span.line))


def _brings_request(call: Call, frame: Frame, results: Results) -> bool:
    given = CLEAN
    for arg in call.args:
        given |= value_taint(arg, frame.env, results)
    return bool(given.labels & (Label.REQUEST | Label.CREDENTIAL))


def _arguments(call: Call) -> str:
    return " ".join(arg.text for arg in call.args)


def _is_imported(name: str, frame: Frame) -> bool:
    return any(local == name for item in frame.outline.imports for local, _ in item.names)


def _has_callback(call: Call) -> bool:
    return bool(call.args and call.args[-1].function)


def _signature_ignored(call: Call) -> bool:
    """PyJWT told not to verify."""
    for arg in call.args:
        if re.search(r"verify_signature['\"]?\s*:\s*False|verify\s*=\s*False", arg.text):
            return True
        if arg.name == "verify" and arg.text == "False":
            return True
    return False
