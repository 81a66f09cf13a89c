"""What is common to queries of all languages and layers."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Call

_COUNTING = frozenset(
    (
        "count",
        "exists",
        "aggregate",
        "groupBy",
        "countDocuments",
        "estimatedDocumentCount",
        "count_documents",
        "distinct",
        "$count",
        "selectNoFrom",
    )
)
_COUNTED = re.compile(r"(?i)\bcount\s*\(|\bfn\.count|\bsum\s*\(|\bavg\s*\(|head:\s*true|select\s+exists")


def counts(call: Call) -> bool:
    """Whether a query only counts or sums, so that no row leaves the database."""
    if any(link.name in _COUNTING for link in call.links):
        return True
    chosen = [link for link in call.links if link.name in ("select", "query", "execute", "")]
    return any(_COUNTED.search(arg.text) for link in chosen for arg in link.args or ())
