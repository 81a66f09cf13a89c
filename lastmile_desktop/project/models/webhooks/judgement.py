"""What a followed handler gets wrong when it proves who is calling."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Function
from lastmile_desktop.project.models.webhooks import sources as src
from lastmile_desktop.project.models.webhooks.checks import Attempted
from lastmile_desktop.project.models.webhooks.effects import Deed, Happening, is_log
from lastmile_desktop.project.models.webhooks.entries import Entry
from lastmile_desktop.project.models.webhooks.order import BodyState
from lastmile_desktop.project.models.webhooks.reads import Reads
from lastmile_desktop.project.models.webhooks.state import REFETCHED, UNSET, Way
from lastmile_desktop.project.models.webhooks.trace import Trace

_EDGE = re.compile(r"""export const runtime\s*=\s*['"](?:edge|experimental-edge)['"]""")
_CRYPTO = re.compile(
    r"createHmac|hmac\.new|hmac\.digest|timingSafeEqual|compare_digest|subtle\.(?:sign|verify)|createVerify|jwtVerify"
)
_OWN_SECRET = re.compile(r"hook|sign|endpoint|whsec", re.IGNORECASE)
_PARSED_PROBLEMS = frozenset({"reencoded", "parsed", "wrong-body"})
_SECRET_PROBLEMS = frozenset(
    {"empty-fallback", "literal-fallback", "no-secret", "wrong-setting", "written-secret", "swapped"}
)
_FROM_BODY = (src.RAW, src.PARSED, src.REENCODED, src.BODY_OBJECT)


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` says what is wrong, in one word; `line` is the line at fault; the effect is what a forger reaches.
    `sure` is false where something that may be a check was not understood, or nothing says what the effect does."""

    kind: str
    path: str
    line: int
    detail: str = ""
    effect: str = ""
    effect_path: str = ""
    effect_line: int = 0
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Proof:
    """Where the sender is proven."""

    path: str
    line: int
    how: str


def judge(
    entry: Entry, function: Function, trace: Trace, body: BodyState
) -> tuple[tuple[Fault, ...], Proof | None]:
    """The faults of a handler, worst first, and where it proves the sender."""
    faults: list[Fault] = []
    reached = _first_unproven(entry, trace)
    if reached is not None and not is_doubtful(entry, function, trace):
        faults.append(_lost(entry, function, trace, reached))
    elif reached is not None:
        faults += _skipped_unset(trace, reached)
    taken = {(fault.path, fault.line) for fault in faults}
    for attempt in trace.attempts:
        fault = _flaw(trace.lookup.reads, entry, attempt, body)
        if fault is not None and (fault.path, fault.line) not in taken:
            taken.add((fault.path, fault.line))
            faults.append(fault)
    proof = next(
        (
            Proof(item.path, item.line, item.how)
            for item in trace.attempts
            if item.proves and item.how != "user" and not item.problem
        ),
        None,
    )
    if proof is None:
        proof = next(
            (
                Proof(item.path, item.line, item.how)
                for item in trace.attempts
                if item.proves and not item.problem
            ),
            None,
        )
    return tuple(faults), proof


def is_doubtful(entry: Entry, function: Function, trace: Trace) -> bool:
    """Whether no check was understood, and something that may be one comes before the first effect."""
    reached = _first_unproven(entry, trace)
    if reached is None or not any(order <= reached.order for _, order in trace.doubts):
        return False
    return _lost(entry, function, trace, reached).kind == "none"


def _first_unproven(entry: Entry, trace: Trace) -> Happening | None:
    """The first effect that a stranger can reach."""
    for item in trace.happenings:
        if not item.unproven or item.in_catch or is_log(item.effect):
            continue
        if (
            entry.framework == "workers"
            and item.labels
            and not any("hook" in label.lower() for label in item.labels)
        ):
            continue
        if all(REFETCHED in way for way in item.unproven) and not item.tags & set(_FROM_BODY):
            continue
        if item.effect.deed is Deed.CALL and not item.tags & {*_FROM_BODY, src.EVENT}:
            continue
        return item
    return None


def _lost(entry: Entry, function: Function, trace: Trace, reached: Happening) -> Fault:
    """Why the sender is not proven where this effect happens, and on which line that is decided."""
    effect = (reached.name, reached.path, reached.line)
    marks = _marks(reached.unproven)
    broken = [item for item in trace.attempts if not item.proves and item.how != "user"]
    sound = [item for item in trace.attempts if item.proves and item.how not in ("user", "fetch")]
    if broken:
        worst = broken[0]
        return Fault(worst.problem, worst.path, worst.line, worst.detail, *effect)
    if all(UNSET in way for way in reached.unproven):
        unset = trace.unset_names
        # The provider's key for calls may be unset as well; the event is checked with the webhook's own secret.
        name = next((item for item in unset if _OWN_SECRET.search(item)), next(iter(unset), ""))
        line = unset.get(name, 0)
        place = sound[0] if sound else None
        if place is not None:
            decided = marks.get("bypass") or marks.get("continue")
            if decided is not None:
                return Fault("unset-skips", *decided, name, *effect)
            return Fault("unset-skips", place.path, line or place.line, name, *effect)
    if trace.rounds and sound:
        return Fault("bypass", *trace.rounds[0], sound[0].name, *effect)
    for kind in ("swallow", "continue", "bypass"):
        if kind in marks:
            return Fault(kind, *marks[kind], sound[0].name if sound else "", *effect)
    if reached.bypass and sound:
        return Fault("bypass", sound[0].path, reached.bypass, sound[0].name, *effect)
    earlier = [item for item in sound if item.order <= reached.order]
    if earlier and not any(item.tested for item in earlier):
        return Fault("ignored", earlier[0].path, earlier[0].line, earlier[0].name, *effect)
    if sound and not earlier:
        return Fault("after-effect", reached.path, reached.line, sound[0].name, *effect)
    if earlier:
        return Fault("bypass", earlier[0].path, earlier[0].line, earlier[0].name, *effect, sure=False)
    detail = "presence" if _looks_at_signature(trace, function) else ""
    sure = not (_may_check(trace, function) or reached.effect.deed is Deed.CALL or _asked_back(reached))
    return Fault("none", trace.path, _handler_line(entry, function), detail, *effect, sure=sure)


def _skipped_unset(trace: Trace, reached: Happening) -> list[Fault]:
    """Whatever the check that was not followed does: without the webhook's secret it is left out."""
    if not any(UNSET in way for way in reached.unproven):
        return []
    named = [(name, line) for name, line in trace.unset_names.items() if line and _OWN_SECRET.search(name)]
    effect = (reached.name, reached.path, reached.line)
    return [Fault("unset-skips", trace.path, line, name, *effect) for name, line in named[:1]]


def _asked_back(reached: Happening) -> bool:
    return all(REFETCHED in way for way in reached.unproven)


def _may_check(trace: Trace, function: Function) -> bool:
    """Whether the handler itself works with digests or keys in a way that was not understood."""
    lines = trace.lines(trace.path)[function.span.line - 1 : function.span.line_end]
    return bool(trace.doubts) or any(_CRYPTO.search(line[:500]) for line in lines)


def _handler_line(entry: Entry, function: Function) -> int:
    return function.span.line if entry.function else entry.line


def _looks_at_signature(trace: Trace, function: Function) -> bool:
    lines = trace.lines(trace.path)[function.span.line - 1 : function.span.line_end]
    return any("signature" in line.lower() for line in lines)


def _marks(ways: tuple[Way, ...]) -> dict[str, tuple[str, int]]:
    """Where checking was lost, (path, line) for each kind."""
    found: dict[str, tuple[str, int]] = {}
    for way in ways:
        for fact in sorted(way):
            kind, _, place = fact.partition(":")
            line, _, path = place.partition("@")
            if kind in ("swallow", "continue", "bypass") and line.isdigit():
                found.setdefault(kind, (path, int(line)))
    return found


def _flaw(reads: Reads, entry: Entry, attempt: Attempted, body: BodyState) -> Fault | None:
    """A check that is made and cannot work, or works only by luck."""
    if attempt.sync and _runs_at_edge(reads, entry):
        return Fault("sync", attempt.path, attempt.line, attempt.name)
    if attempt.problem in _PARSED_PROBLEMS:
        if body.culprit is not None and attempt.problem == "parsed":
            return Fault(
                "too-early",
                body.culprit.path,
                body.culprit.line,
                attempt.name,
                effect_path=attempt.path,
                effect_line=attempt.line,
            )
        return Fault(attempt.problem, attempt.path, attempt.line, attempt.name)
    if attempt.problem == "not-awaited" and attempt.proves:
        return Fault(attempt.problem, attempt.path, attempt.line, attempt.name)
    if attempt.problem.endswith("-fallback") and attempt.place[1]:
        return Fault(attempt.problem, *attempt.place, attempt.detail)
    if attempt.problem in _SECRET_PROBLEMS:
        return Fault(attempt.problem, attempt.path, attempt.line, attempt.detail)
    return None


def _runs_at_edge(reads: Reads, entry: Entry) -> bool:
    """Whether only Web Crypto is there: Deno, Workers, the edge runtime."""
    if entry.framework in ("deno", "workers"):
        return True
    if _EDGE.search(reads.text(entry.path) or ""):
        return True
    if entry.framework not in ("hono", "itty-router", "remix", "sveltekit", "tanstack"):
        return False
    folders = entry.path.split("/")[:-1]
    return any(
        reads.exists("/".join([*folders[:depth], name]))
        for depth in range(len(folders) + 1)
        for name in ("wrangler.toml", "wrangler.jsonc", "wrangler.json")
    )
