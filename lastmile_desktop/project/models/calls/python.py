"""HTTP calls of Python: requests, httpx, aiohttp, urllib; mail over SMTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Do, Loop, Value, steps_within
from lastmile_desktop.project.models.calls.model import CallKind, CallSite

if TYPE_CHECKING:
    from lastmile_desktop.project.models.calls.sites import Spot

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "stream"})
_SESSIONS = {"requests.Session": "requests", "requests.session": "requests", "Session": "requests"}


def site(spot: Spot, modules: Mapping[str, str], path: str) -> CallSite | None:
    """The request that this call makes, None when it makes none."""
    call = spot.call
    library = _library(call, modules, spot)
    if library is None:
        return None
    if library in ("httpx", "httpx-client"):
        return _httpx(call, spot, path, library)
    if library == "aiohttp":
        return _made(call, spot, path, "aiohttp", "default:300")
    if library == "smtplib":
        place = call.args[2] if len(call.args) > 2 and not call.args[2].name else None
        limited = _named(call, "timeout") is not None or place is not None
        return CallSite(CallKind.EMAIL, "smtplib", call, path, spot.function, "option" if limited else "")
    limit = _named(call, "timeout")
    if library == "urllib":
        limit = limit or (call.args[2] if len(call.args) > 2 and not call.args[2].name else None)
    has = limit is not None and limit.text != "None"
    if not has and any(arg.text.startswith("**") or arg.name == "**" for arg in call.args):
        return None
    return CallSite(
        CallKind.HTTP, library, call, path, spot.function, "option" if has else "", seconds=_number(limit)
    )


def _library(call: Call, modules: Mapping[str, str], spot: Spot) -> str | None:
    module = modules.get(call.root, "")
    last = call.links[-1].name if call.links else ""
    if not call.links or call.links[-1].args is None:
        return None
    if module == "requests" and call.root == "requests":
        return "requests" if last in _VERBS else None
    if module == "httpx" or module.startswith("httpx."):
        if call.callee in ("httpx.Client", "httpx.AsyncClient", "Client", "AsyncClient"):
            return "httpx-client"
        return "httpx" if last in _VERBS and call.root == "httpx" else None
    if call.callee in ("aiohttp.ClientSession", "ClientSession") and module.startswith("aiohttp"):
        return "aiohttp"
    if call.callee in ("urllib.request.urlopen", "request.urlopen", "urlopen"):
        return "urllib" if "urllib" in (module or call.callee) else None
    if call.callee in ("smtplib.SMTP", "smtplib.SMTP_SSL") or (
        module == "smtplib" and call.root in ("SMTP", "SMTP_SSL")
    ):
        return "smtplib"
    if last in _VERBS and len(call.links) == 1 and _made_by(spot, call.root):
        return "requests"
    return None


def _made_by(spot: Spot, name: str) -> bool:
    """Whether a local name is a `requests` session."""
    for step in steps_within(spot.steps):
        calls = step.calls if isinstance(step, Do | Loop) else ()
        for call in calls:
            if call.callee in _SESSIONS and (
                name in call.assigned or (isinstance(step, Do) and name in step.targets)
            ):
                return True
    return False


def _httpx(call: Call, spot: Spot, path: str, library: str) -> CallSite:
    """httpx waits 5 seconds unless told otherwise."""
    limit = _named(call, "timeout")
    endless = limit is not None and (
        limit.text == "None" or re.fullmatch(r"(?:httpx\.)?Timeout\(\s*None\s*\)", limit.text) is not None
    )
    role = "client" if library == "httpx-client" else "request"
    timeout = "" if endless else ("option" if limit is not None else "default:5")
    return CallSite(
        CallKind.HTTP, "httpx", call, path, spot.function, timeout, role=role, seconds=_number(limit)
    )


def _made(call: Call, spot: Spot, path: str, library: str, default: str) -> CallSite:
    limit = _named(call, "timeout")
    timeout = "option" if limit is not None and limit.text != "None" else default
    return CallSite(CallKind.HTTP, library, call, path, spot.function, timeout, role="client")


def _named(call: Call, name: str) -> Value | None:
    return next((arg for arg in call.args if arg.name == name), None)


def _number(value: Value | None) -> float | None:
    if value is None or not re.fullmatch(r"\d+(?:\.\d+)?", value.text):
        return None
    return float(value.text)
