"""HTTP calls of TypeScript and JavaScript: fetch, axios, got, ky, undici, superagent, node's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Value
from lastmile_desktop.project.models.calls.model import CallKind, CallSite

if TYPE_CHECKING:
    from lastmile_desktop.project.models.calls.sites import Spot

_FETCH = frozenset({"fetch", "globalThis.fetch", "nodeFetch", "node_fetch", "crossFetch", "undiciFetch"})
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
_LIBRARIES = {
    "axios": "axios",
    "got": "got",
    "ky": "ky",
    "superagent": "superagent",
    "undici": "undici",
    "needle": "needle",
    "node-fetch": "fetch",
    "cross-fetch": "fetch",
    "ofetch": "ofetch",
    "http": "node:http",
    "https": "node:http",
    "node:http": "node:http",
    "node:https": "node:http",
}
_DEFAULTS = {"ky": "default:10"}
_CALLERS_SIGNAL = re.compile(
    r"^(?:req|request|c\.req\.raw|ctx\.request|event\.request|context\.request)\.signal$"
)
_MILLISECONDS = re.compile(r"AbortSignal\.timeout\(\s*([\d_]+)\s*\)")
_CLOSE_BY = re.compile(r"^(?:['\"`]/|['\"`]\.|['\"`](?:data|blob):|new URL\(\s*['\"`]\.{0,2}/|[`]\$\{window)")
_LOCAL_NAME = re.compile(r"^(?:dataUrl|dataUri|dataURL|blobUrl|blobURL|base64\w*|objectUrl)$", re.IGNORECASE)


def site(spot: Spot, modules: Mapping[str, str], path: str, text: str) -> CallSite | None:
    """The HTTP request that this call makes, None when it makes none."""
    call = spot.call
    if call.is_new:
        return None
    library = _library(call, modules)
    if library is None or _stays_home(call):
        return None
    timeout, seconds = _limit(spot, library, text)
    return CallSite(CallKind.HTTP, library, call, path, spot.function, timeout, seconds=seconds)


def _library(call: Call, modules: Mapping[str, str]) -> str | None:
    if call.callee in ("fetch", "globalThis.fetch") and (call.links[0].name in ("", "fetch")):
        return "fetch" if call.links[0].args is not None or len(call.links) == 1 else None
    head = call.links[0] if call.links else None
    if call.root == "fetch" and head is not None and head.args is not None and not head.name:
        return "fetch"
    module = modules.get(call.root, "")
    module = module.removeprefix("npm:").split("@")[0] if not module.startswith("@") else module
    library = _LIBRARIES.get(module.rpartition("esm.sh/")[2]) or ("ofetch" if call.root == "$fetch" else None)
    if library is None:
        return None
    if call.root in _FETCH and head is not None and head.args is not None:
        return "fetch"
    if head is None or head.args is None:
        return None
    if library == "node:http":
        return library if head.name in ("get", "request") else None
    if library == "undici":
        return library if head.name in ("", "request") and call.root in ("request", "undici") else None
    return library if head.name == "" or head.name in _VERBS else None


def _stays_home(call: Call) -> bool:
    """A fetch of a path of one's own, or of data that is already here."""
    head = call.links[0]
    first = head.args[0] if head.args else None
    if first is None:
        return False
    return _CLOSE_BY.match(first.text) is not None or _LOCAL_NAME.match(first.text) is not None


def _limit(spot: Spot, library: str, text: str) -> tuple[str, float | None]:
    from lastmile_desktop.project.models.calls.sites import option

    call = spot.call
    head = call.links[0]
    args = head.args or ()
    if library == "superagent" and call.link("timeout") is not None:
        return "option", None
    if library == "node:http" and (call.link("setTimeout") is not None or ".setTimeout(" in text):
        return "option", None
    for value in args:
        signal = option(spot, value, "signal")
        if signal is not None and not _CALLERS_SIGNAL.match(signal.text):
            return "signal", _seconds(signal)
        limit = option(spot, value, "timeout", "headersTimeout", "requestTimeout", "response_timeout")
        if limit is not None and limit.text not in ("0", "false", "undefined"):
            return "option", _number(limit)
    return _DEFAULTS.get(library, ""), None


def _seconds(signal: Value) -> float | None:
    found = _MILLISECONDS.search(signal.text)
    return float(found[1].replace("_", "")) / 1000 if found else None


def _number(value: Value) -> float | None:
    text = value.text.replace("_", "")
    return float(text) / 1000 if re.fullmatch(r"\d+", text) else None
