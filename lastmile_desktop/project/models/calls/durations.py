"""How long a handler may take: what it does in a row, how long it pauses, how heavy the packages are that it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Function,
    Loop,
    Step,
    calls_within,
    steps_within,
)
from lastmile_desktop.project.models.calls.effects import Doings, called_name
from lastmile_desktop.project.models.calls.retries import IS_POLLED
from lastmile_desktop.project.models.routes.model import EffectKind, Route
from lastmile_desktop.project.models.walk.effects import kind_of

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_BROWSER = re.compile(
    r"(?:puppeteer|chromium|playwright|browserType)\w*\.(?:launch|connect)$|^launchBrowser$"
)
_MEDIA = re.compile(
    r"^ffmpeg|\.(?:transcode|toFormat)$|videos?\.(?:generate|create)$|replicate\.run$|fal\.(?:run|subscribe)$|"
    r"images?\.generate$|generateVideo\w*$|experimental_generateImage$|HTML\(.*write_pdf|write_pdf$|pdfkit\.from_\w+$|whisper\w*\.transcribe$"
)
_STREAMS = re.compile(
    r"stream|ReadableStream|StreamingResponse|toDataStream|text/event-stream|toUIMessageStream", re.I
)
_HEAVY = re.compile(
    r"^(?:puppeteer(?:-core)?|playwright(?:-core)?|@tensorflow/.*|@huggingface/transformers|@xenova/transformers|canvas|aws-sdk|"
    r"googleapis|torch|tensorflow|transformers|sentence_transformers|cv2|spacy|sklearn|@sparticuz/chromium|onnxruntime-node)$"
)
_CRITICAL = re.compile(
    r"checkout|payment|pay\b|stripe|webhook|login|signin|sign-in|auth|session", re.IGNORECASE
)
_SLEEP = re.compile(
    r"setTimeout\(\s{0,5}\w{1,20}\s{0,3},\s{0,5}([\d_]{3,9})\s{0,3}\)|(?:sleep|delay|wait)\(\s{0,3}([\d_.]{1,9})\s{0,3}\)"
)
_ROUNDS = re.compile(r"<=?\s{0,3}(\d{1,4})\b|range\(\s{0,3}(\d{1,4})\s{0,3}\)")


@dataclass(frozen=True, slots=True)
class SlowPart:
    """`kind` is `browser`, `media`, `models` (one AI call after the other), `loop` (an AI call for each of many
    things), `poll` (asking until another service is done) or `wait` (pauses of `seconds` in all)."""

    kind: str
    path: str
    line: int
    name: str
    seconds: float = 0


def slow_parts(view: ProjectView, route: Route, doings: Doings) -> Iterator[SlowPart]:
    """What may take long in a handler that answers in one piece."""
    if route.handler is None:
        return
    doings.callees.note((route.path,))
    text = (view.text(route.path) or "").split("\n")
    span = route.handler.span
    if _STREAMS.search("\n".join(text[span.line - 1 : span.line_end])):
        return
    models: list[Call] = []
    for part in doings.parts(route.path, route.handler):
        for call in calls_within(part.body):
            if _BROWSER.search(call.callee):
                yield SlowPart("browser", route.path, call.span.line, called_name(call))
            elif _MEDIA.search(call.callee):
                yield SlowPart("media", route.path, call.span.line, called_name(call))
        yield from _loops(doings, route.path, part, text)
        for calls in _in_a_row(part.body):
            asking = [call for call in calls if call.awaited and _asks_model(doings, route.path, part, call)]
            models = max(models, asking, key=len)
    if len(models) > 1 and len({call.span.line for call in models}) > 1:
        yield SlowPart("models", route.path, models[0].span.line, called_name(models[0]))


def _in_a_row(steps: tuple[Step, ...]) -> Iterator[list[Call]]:
    """The calls of each way through a function; those of two branches never come together."""
    own: list[Call] = []
    for step in steps:
        match step:
            case Branch(then=then, orelse=orelse):
                yield from _in_a_row(then)
                yield from _in_a_row(orelse)
            case Attempt(body=body):
                inner = list(_in_a_row(body))
                own += inner[-1]
                yield from inner[:-1]
            case _:
                own += step.calls
    yield own


def _loops(doings: Doings, path: str, part: Function, text: list[str]) -> Iterator[SlowPart]:
    for step in steps_within(part.body):
        if not isinstance(step, Loop) or step.kind == "with":
            continue
        waits = _waits(step, text)
        if waits:
            yield SlowPart("wait", path, step.span.line, "waiting", waits)
            continue
        own = "\n".join(text[step.span.line - 1 : step.span.line_end])
        for call in calls_within(step.body):
            if call.awaited and _asks_model(doings, path, part, call):
                if IS_POLLED.search(own):
                    yield SlowPart("poll", path, step.span.line, called_name(call))
                    break
                yield SlowPart("loop", path, step.span.line, called_name(call))
                break


def _waits(step: Loop, text: list[str]) -> float:
    """Seconds that a loop pauses when it runs to its end; 0 when that cannot be read."""
    rounds = _ROUNDS.search(step.header)
    pause = _SLEEP.search("\n".join(text[step.span.line - 1 : step.span.line_end]))
    if rounds is None or pause is None:
        return 0
    count = int(rounds[1] or rounds[2])
    if pause[1]:
        return count * float(pause[1].replace("_", "") or 0) / 1000
    amount = float(re.sub(r"[^\d.]", "", pause[2]).strip(".") or 0) if pause[2].count(".") < 2 else 0
    return count * (amount / 1000 if amount >= 100 else amount)


def _asks_model(doings: Doings, path: str, function: Function, call: Call) -> bool:
    target = doings.target(path, function, call)
    if target is not None:
        return any(doing.kind is EffectKind.LLM for doing in doings.of(target.path, target.function, 2))

    return kind_of(call, call.args[0].text if call.args else "") is EffectKind.LLM


def heavy_imports(view: ProjectView, route: Route) -> Iterator[tuple[int, str]]:
    """(line, package) of heavy packages that an entry loads each time it starts."""
    outline = view.outlines.get(route.path)
    for item in outline.imports if outline is not None else ():
        name = re.sub(r"^(?:npm:|https://esm\.sh/)", "", item.module).partition("?")[0]
        bare = re.sub(r"(?<=.)@[\d^~].*$", "", name)
        if not item.dynamic and not item.type_only and _HEAVY.match(bare):
            yield item.span.line, bare


def is_critical(route: Route) -> bool:
    """Whether somebody pays or signs in through this entry."""
    return _names_critical(f"{route.route} {route.path}") or any(
        effect.kind is EffectKind.PAYMENT for effect in route.effects
    )


@lru_cache(maxsize=16_384)
def _names_critical(place: str) -> bool:
    return _CRITICAL.search(place) is not None
