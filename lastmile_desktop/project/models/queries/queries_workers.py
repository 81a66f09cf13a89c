"""Reads calls of a Worker's bindings as queries: R2 buckets and KV namespaces (`env.FILES.put(key, body)`)."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Call
from lastmile_desktop.project.models.walk.access import Predicate, Query, Verb

_OWNER = re.compile(r"^(?:c\.env|ctx\.env|context\.env|this\.env|env)\.([A-Z][A-Z0-9_]{1,60})$")
# Counters and caches of the worker itself are nobody's data.
_OWN_USE = re.compile(
    r"RATE|LIMIT|CACHE|NONCE|QUEUE|ASSETS|COUNTER|STATS|METRICS|LOG|LOCK|ANALYTICS|SESSION|STATE"
)
_VERBS = {"put": Verb.INSERT, "delete": Verb.DELETE, "list": Verb.READ, "get": Verb.READ}


def binding_query(call: Call) -> Query | None:
    """The bucket or namespace that this call touches, None when it touches none."""
    last = call.links[-1] if call.links else None
    if last is None or last.args is None or last.name not in _VERBS:
        return None
    owner = _OWNER.match(".".join([call.root, *(link.name for link in call.links[:-1] if link.name)]))
    if owner is None or _OWN_USE.search(owner.group(1)):
        return None
    key = (Predicate("path", last.args[0].text),) if last.args else ()
    return Query("storage", _VERBS[last.name], owner.group(1), "env", key, True)
