"""payments.webhook-inline-work: what a webhook makes its provider wait for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any, cast

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.webhooks.effects import Deed
from lastmile_desktop.project.models.webhooks.model import Webhook
from lastmile_desktop.project.models.webhooks.replay import replays
from lastmile_desktop.project.models.webhooks.slow import Slow, heaviest
from lastmile_desktop.project.view import ProjectView

_CHECK = "payments.webhook-inline-work"
_TOO_SLOW = 2.0
_LONG_SECONDS = 60
_NAMES = {
    "llm": "asks an AI model",
    "pdf": "builds a PDF",
    "email": "sends e-mail",
    "http": "calls another server",
    "provider": "changes something at the payment provider",
    "ask": "asks the payment provider",
    "file": "moves files",
    "account": "calls a sign-in, storage or message service",
}
_DURATION = re.compile(r"\b(?:maxDuration|timeoutSeconds)\b\s*[:=]\s*(\d{2,4})\b")


def detect(view: ProjectView) -> Detection:
    """Judge every webhook that does something."""
    # Calls that want their answer now (a voice menu, a sign-in hook) cannot be put off.
    hooks = [
        hook for hook in view.webhooks.webhooks if (hook.happenings or hook.slow) and hook.company.repeats
    ]
    unknowns = [
        Unknown(f"This webhook file could not be read: {why}.", path) for path, why in view.webhooks.unparsed
    ]
    if not hooks:
        if unknowns:
            return Detection(unknowns=tuple(unknowns))
        return Detection(not_applicable=NotApplicable("No call from a provider makes anything happen here."))
    findings: list[RawFinding] = []
    passes: list[PassEvidence] = []
    for hook in hooks:
        own = list(_of_hook(view, hook))
        findings += own
        if own:
            continue
        if hook.unread:
            unknowns.append(
                Unknown(f"`{hook.name}` was not followed to its end: {hook.unread}.", hook.handler_path)
            )
        else:
            passes.append(_pass(hook))
    return Detection(
        tuple(findings), tuple(passes), tuple(unknowns), (Looked("webhooks", len(hooks), len(hooks)),)
    )


def _of_hook(view: ProjectView, hook: Webhook) -> Iterator[RawFinding]:
    waited = heaviest([item for item in hook.slow if not item.in_background])
    if sum(item.weight for item in waited) >= _TOO_SLOW:
        yield _slow(hook, waited)
    else:
        yield from _unkept(view, hook)
    yield from _long(view, hook)


def _slow(hook: Webhook, waited: tuple[Slow, ...]) -> RawFinding:
    worst = max(waited, key=lambda item: (item.weight, -item.line))
    kinds = list(dict.fromkeys(_NAMES[item.kind] for item in sorted(waited, key=lambda item: -item.weight)))
    again = " once for each item" if worst.in_loop else ""
    message = f"`{hook.name}` {_listed(kinds[:3])}{again} before it answers {hook.company.title}."
    evidence = [at(worst.path, worst.line, note=_NAMES[worst.kind])]
    evidence += [at(item.path, item.line, note=_NAMES[item.kind]) for item in waited if item is not worst][:4]
    light = not hook.company.money and worst.kind not in ("llm", "pdf")
    return RawFinding(
        f"{_CHECK}/slow-before-ack",
        message,
        tuple(evidence),
        hook.handler_name or hook.name,
        Severity.MEDIUM if light else None,
        0.75,
    )


def _listed(kinds: list[str]) -> str:
    return kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} and {kinds[-1]}"


def _unkept(view: ProjectView, hook: Webhook) -> Iterator[RawFinding]:
    """Work that goes on after the answer, without a row that remembers it."""
    later = [item for item in hook.happenings if item.in_background and item.effect.deed is not Deed.QUEUE]
    places = [(item.path, item.line, item.name) for item in later]
    places += [(item.path, item.line, item.name) for item in hook.slow if item.in_background]
    if not places or _is_kept(view, hook):
        return
    path, line, name = min(places, key=lambda item: (item[0] != hook.handler_path, item[1]))
    message = (
        f"`{hook.name}` answers first and does `{name}` afterwards, but nothing keeps the event: when that work fails, "
        f"{hook.company.title} does not send it again."
    )
    yield RawFinding(
        f"{_CHECK}/no-queue",
        message,
        (at(path, line),),
        hook.handler_name or hook.name,
        Severity.MEDIUM,
        0.75,
    )


def _is_kept(view: ProjectView, hook: Webhook) -> bool:
    """Whether the event is stored or queued before the answer."""
    if any(item.effect.deed is Deed.QUEUE for item in hook.happenings):
        return True
    early = [item for item in hook.happenings if not item.in_background]
    if any(item.effect.deed in (Deed.INSERT, Deed.UPSERT, Deed.UPDATE, Deed.RPC) for item in early):
        return True
    _, shelter = replays(view, hook)
    return (
        shelter is not None
        and "each event is kept" in shelter.note
        and any(item.line == shelter.line and not item.in_background for item in hook.happenings)
    )


def _long(view: ProjectView, hook: Webhook) -> Iterator[RawFinding]:
    found = _duration(view, hook)
    if found is None:
        return
    path, line, seconds = found
    message = f"`{hook.name}` may run for {seconds} seconds: work that long belongs after the answer."
    yield RawFinding(
        f"{_CHECK}/long-duration-needed",
        message,
        (at(path, line),),
        hook.handler_name or hook.name,
        Severity.MEDIUM,
        0.7,
    )


def _duration(view: ProjectView, hook: Webhook) -> tuple[str, int, int] | None:
    """(path, line, seconds) where the time limit of a webhook is raised."""
    paths = dict.fromkeys((hook.route.path, hook.handler_path))
    for path in paths:
        if sum(other.handler_path == path for other in view.webhooks.webhooks) > 1 and "route" not in path:
            continue
        found = view.per_file("payments.duration", path, _first_duration, None)
        if found is not None and (
            "webhook" in path.lower() or path.endswith(("route.ts", "route.js", "index.ts"))
        ):
            return (path, *found)
    for path in view.tree.files:
        if path.rpartition("/")[2] == "vercel.json":
            for pattern, line, seconds in view.per_file("payments.vercel", path, _vercel_durations, ()):
                if (
                    pattern != "**"
                    and any(fnmatch(item, f"*{pattern}") for item in paths)
                    and "hook" in pattern
                ):
                    return path, line, seconds
    return None


def _first_duration(text: str) -> tuple[int, int] | None:
    for match in _DURATION.finditer(text):
        if int(match[1]) >= _LONG_SECONDS:
            return line_at(text, match.start()), int(match[1])
    return None


def _vercel_durations(text: str) -> tuple[tuple[str, int, int], ...]:
    """(pattern, line, seconds) of functions that may run long."""
    try:
        table: object = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    functions = cast(dict[str, Any], table).get("functions") if isinstance(table, dict) else None
    found: list[tuple[str, int, int]] = []
    for pattern, options in (cast(dict[str, Any], functions) if isinstance(functions, dict) else {}).items():
        seconds = cast(dict[str, Any], options).get("maxDuration") if isinstance(options, dict) else None
        if isinstance(seconds, int) and seconds >= _LONG_SECONDS:
            position = text.find(f'"{pattern}"')
            found.append((pattern, line_at(text, max(position, 0)), seconds))
    return tuple(found)


def _pass(hook: Webhook) -> PassEvidence:
    queued = next((item for item in hook.happenings if item.effect.deed is Deed.QUEUE), None)
    if queued is not None:
        return PassEvidence(at(queued.path, queued.line, note="the work goes into a queue"))
    seen = [(item.path, item.line, item.name) for item in hook.happenings]
    seen += [(item.path, item.line, item.name) for item in hook.slow]
    names = [f"`{name}`" for name in dict.fromkeys(name for _, _, name in seen)]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    path, line, _ = seen[0]
    return PassEvidence(at(path, line, note=f"what it does before it answers: {', '.join(names[:3])}{more}"))
