"""Messages between windows: who is listened to, and who may read what is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Attempt, Call, Outline
from lastmile_desktop.project.models.literals import spots

_MENTIONS = re.compile(r"postMessage|['\"]message['\"]|onmessage")
_WINDOWS = frozenset({"window", "globalThis", "self", "addEventListener", "top", "parent"})
_CHECKED = re.compile(
    r"\.\s*(?:origin|source)\b|\b(?:origin|source)\b\s*[,}=!]|isTrusted\w*\(|verifyOrigin|allowedOrigin"
)
_USED = re.compile(r"\.\s*data\b|\bdata\b\s*[,}:]|JSON\.parse")
_SHOWN = re.compile(r"(?:console\.\w+|JSON\.stringify)\([^()\n]{0,160}\)")
_WORKER = re.compile(r"(?i)(?:^|/)(?:[\w-]*worker[\w-]*|sw|service-worker)\.[cm]?[jt]s$|dev-dist/|workbox")
_WORKER_CODE = re.compile(
    r"importScripts|ServiceWorkerGlobalScope|DedicatedWorker|self\.(?:skipWaiting|clients|registration)|WebView"
)
_CREDENTIAL = re.compile(
    r"(?i)token(?!s?_?(?:count|used|usage|limit))|jwt|session|password|secret|credential|api_?key|access_?key"
)
_SENSITIVE = re.compile(
    r"(?i)user|email|profile|account|payment|card|\bcode\b|\bdata\b|payload|result|response"
)
_FRAMED = re.compile(r"^(?:window\.)?(?:parent|top)\b|^self\.parent\b")


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """`kind` is `listens` (to any site) or `sends` (to any site). `sensitive` when what is sent holds a credential."""

    kind: str
    line: int
    sensitive: bool = True


# What an embedded calendar or form says when somebody is done: whoever sends it closes a window at most.
_WIDGET = re.compile(
    r"[=!]==?\s*['\"](?:calendly\.|hsFormCallback|onFormSubmitted|Tally\.|typeform|cal:|meetingBook|paperform)"
)


def open_messages(outline: Outline, text: str) -> tuple[OpenMessage, ...]:
    """The listeners and senders of one browser file that do not say which site they mean."""
    if not _MENTIONS.search(text) or _WORKER.search(outline.path) or _WORKER_CODE.search(text):
        return ()
    lines = text.split("\n")
    found: dict[int, OpenMessage] = {}
    for spot in spots(outline):
        for call in () if isinstance(spot.step, Attempt) else spot.step.calls:
            message = _listener(call, outline, lines) or _sender(call)
            if message is not None:
                found[message.line] = message
        targets = getattr(spot.step, "targets", ())
        value = getattr(spot.step, "value", None)
        if value is not None and any(target in ("window.onmessage", "onmessage") for target in targets):
            message = _judged(_body(value.function or value.text, outline, lines), spot.step.span.line)
            if message is not None:
                found[message.line] = message
    return tuple(found[line] for line in sorted(found))


def _listener(call: Call, outline: Outline, lines: list[str]) -> OpenMessage | None:
    link = call.links[-1] if call.links else None
    if link is None or not link.args or len(link.args) < 2 or call.root not in _WINDOWS:
        return None
    if (link.name or call.root) != "addEventListener" or link.args[0].literal != "message":
        return None
    handler = link.args[1]
    return _judged(_body(handler.function or handler.text.strip(), outline, lines), call.span.line)


def _body(name: str, outline: Outline, lines: list[str]) -> str:
    """The text of the function that handles the message, "" when it is not in this file."""
    for function in outline.functions:
        if function.name == name or function.name.rpartition(".")[2] == name:
            return "\n".join(lines[function.span.line - 1 : function.span.line_end])
    return ""


def _judged(body: str, line: int) -> OpenMessage | None:
    if not body or _CHECKED.search(body) or not _USED.search(_SHOWN.sub("", body)) or _WIDGET.search(body):
        return None
    return OpenMessage("listens", line)


def _sender(call: Call) -> OpenMessage | None:
    link = call.links[-1] if call.links else None
    if link is None or link.name != "postMessage" or not link.args or len(link.args) < 2:
        return None
    target = link.args[1]
    origin = target.entry("targetOrigin") or target
    if origin.literal != "*":
        return None
    what = link.args[0].text
    if _CREDENTIAL.search(what):
        return OpenMessage("sends", call.span.line)
    # A page made to be framed cannot know who frames it.
    framed = _FRAMED.match(call.callee) is not None
    return None if framed or not _SENSITIVE.search(what) else OpenMessage("sends", call.span.line, False)
