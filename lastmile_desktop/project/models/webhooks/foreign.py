"""Calls of code outside the project: what they pass through, whom they ask, which functions they run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.outline import Call
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.checks import Arguments, proven, refetches, runs_later
from lastmile_desktop.project.models.webhooks.effects import Deed, classify
from lastmile_desktop.project.models.webhooks.rows import (
    asks_by_secret,
    certain_row,
    finds_or_throws,
    kept_row,
    proven_row,
)
from lastmile_desktop.project.models.webhooks.state import (
    CLOSED,
    FRESH,
    REFETCHED,
    UNKNOWN,
    VERIFIED,
    Known,
    State,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.trace import Trace

_DECODES = frozenset(
    [
        "JSON.parse",
        "json.loads",
        "orjson.loads",
        "ujson.loads",
        "parse_qs",
        "parse_qsl",
        "qs.parse",
        "simplejson.loads",
    ]
)
_ENCODES = frozenset(
    ["JSON.stringify", "json.dumps", "orjson.dumps", "ujson.dumps", "stringify", "qs.stringify", "urlencode"]
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
    (
        *("from", "encode", "decode", "toString", "trim", "strip", "importKey", "bytes", "str", "String"),
        *(
            "b64decode",
            "atob",
            "btoa",
            "TextEncoder",
            "split",
            "replace",
            "slice",
            "substring",
            "lower",
            "upper",
        ),
        *(
            "toLowerCase",
            "Uint8Array",
            "ArrayBuffer",
            "join",
            "concat",
            "format",
            "hex",
            "fromhex",
            "a2b_hex",
        ),
        *("unhexlify", "at", "pop", "encodeUtf8", "utf8ToBytes", "hexToBytes", "bytearray", "memoryview"),
        *("removeprefix", "startswith", "rstrip"),
    )
)
_SET_ONCE = re.compile(r"(?i)^(?:\w*redis\w*|kv|cache|client|r)\.(?:set|setnx)$")
_ONLY_NEW = re.compile(r"\bnx\b\W{0,4}(?:true|True)|['\"]NX['\"]|nx=True")
_GIVES_BACK = re.compile(r"(?i)\breturning\b")
_DOES_NOTHING = re.compile(r"(?i)on\s+conflict[^;]{0,80}do\s+nothing")
_NEVER_RUNS = frozenset({"addEventListener", "removeListener", "useEffect"})


class Foreign:
    """Evaluates foreign calls for a trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def value(self, expr: ex.Invocation, callee: str, base: Known, given: Arguments, state: State) -> Known:
        """A call of code outside the project."""
        trace = self._trace
        last = callee.rpartition(".")[2]
        tags = base.tags.union(*(item.tags for item in given.all())) - {CLOSED, src.CONSTANT}
        if last in ("then", "catch", "finally") and base.pending is not None:
            base = self._trace.awaited(base, state) if last == "then" else base
        if callee in _DECODES:
            trace.parsed_in_catch = trace.parsed_in_catch or trace.catching > 0
            return Known(
                tags - {src.RAW, src.REENCODED}
                | ({src.PARSED} if tags & {src.RAW, src.REENCODED, src.BODY_OBJECT} else set())
            )
        if callee in _ENCODES:
            from_body = tags & {src.PARSED, src.RAW, src.BODY_OBJECT}
            return Known((tags - {src.RAW, src.FIELD}) | {src.REENCODED} if from_body else tags)
        result = self._asks(expr, callee, given, state, tags)
        if result is None:
            result = self._looked_up(callee, state, tags) or self._passes(expr, callee, base, given, tags)
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
        touched = tags & {src.RAW, src.REENCODED, src.PARSED, src.REQUEST, src.SIGNATURE, src.BODY_OBJECT}
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

    def _looked_up(self, callee: str, state: State, tags: frozenset[str]) -> Known | None:
        """A row that is found by something of the call: an id in the path, a secret."""
        if not tags & {src.REQUEST, src.SIGNATURE, *src.BODY} or self._claims(callee):
            return None
        call = self._call_at_hand(callee)
        one = callee.endswith("get_object_or_404")
        if call is None or not (one or self._reads(callee)):
            return None
        by_secret = asks_by_secret(call)
        if tags & {src.PARSED, src.EVENT, src.FETCHED, src.RAW, src.REENCODED}:
            if by_secret:
                self._trace.doubt()
            return None
        if not by_secret:
            return kept_row(tags)
        number = self._trace.attempt(callee, "shared-secret", "", True, "")
        if not finds_or_throws(callee):
            return proven_row(tags, number)
        self._trace.attempts[number].tested = True
        state.add(VERIFIED)
        return certain_row(tags)

    def _passes(
        self,
        expr: ex.Invocation,
        callee: str,
        base: Known,
        given: Arguments,
        tags: frozenset[str],
    ) -> Known:
        """A value computed from what goes in."""
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
        if self._claims(callee) and tags & {src.PARSED, src.EVENT, src.FETCHED, src.RAW, src.SIGNATURE}:
            # A row comes back only when this event made it.
            return Known(tags - {src.ROW}, when_true=frozenset({frozenset({FRESH})}))
        if self._reads(callee) and tags & {src.PARSED, src.EVENT, src.FETCHED, src.RAW}:
            return Known(tags | {src.ROW}, when_false=frozenset({frozenset({FRESH})}))
        closure = (
            next((item.closure for item in given.places if item.closure), None)
            if callee.endswith("bind")
            else None
        )
        return Known(tags, pending=pending, attempts=attempts if pending else frozenset(), closure=closure)

    def _call_at_hand(self, callee: str) -> Call | None:
        """The call with this name in the step at hand."""
        return next(iter(self._calls_at_hand(callee)), None)

    def _calls_at_hand(self, callee: str) -> Iterator[Call]:
        for call in getattr(self._trace.step, "calls", ()):
            if (
                call.callee == callee
                or call.callee.endswith("." + callee)
                or callee.endswith("." + call.callee)
            ):
                yield call

    def _claims(self, callee: str) -> bool:
        """Whether the call at hand inserts unless the row is there, and tells which it was."""
        for call in self._calls_at_hand(callee):
            texts = " ".join(arg.text for link in call.links for arg in link.args or ())
            if _SET_ONCE.search(call.callee) and (
                _ONLY_NEW.search(texts) or call.callee.lower().endswith("setnx")
            ):
                return True
            effect = classify(call, self._trace.language)
            gives_back = any(link.name == "returning" for link in call.links) or _GIVES_BACK.search(texts)
            quiet = any(link.name in ("onConflictDoNothing", "on_conflict_do_nothing") for link in call.links)
            if effect is not None and effect.deed is Deed.UPSERT and gives_back:
                return quiet or _DOES_NOTHING.search(texts) is not None
        return False

    def _reads(self, callee: str) -> bool:
        """Whether the call at hand with this name reads from the database."""
        call = self._call_at_hand(callee)
        effect = classify(call, self._trace.language) if call is not None else None
        if call is None or effect is None:
            return False
        answers = effect.deed is Deed.UPDATE and any(
            link.name in ("select", "returning") for link in call.links
        )
        return answers or effect.deed in (Deed.READ, Deed.INSERT, Deed.UPSERT)

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
                trace.follower.run_closure(known.closure, Arguments((subject, UNKNOWN, UNKNOWN), ()), state)
            elif isinstance(arg, ex.Name | ex.Attribute) and not known.tags:
                name = ex.plain_path(arg)
                if name.partition(".")[0] in state.names and "." not in name:
                    continue
                for path, function in (
                    trace.lookup.functions(trace.path, trace.scope, name)[:1] if name else ()
                ):
                    rest = Arguments((*given.places[index + 1 :], *([subject] if last == "then" else [])), ())
                    trace.follower.follow(path, function, rest, state)
        trace.background -= background
        trace.transaction -= opens


def _keeps_secret(expr: ex.Invocation, callee: str) -> bool:
    """Whether a call only changes the form of a secret; a client made with a key is not the key."""
    return callee.rpartition(".")[2] in _CONVERSIONS or (len(expr.args) <= 1 and not expr.is_new)
