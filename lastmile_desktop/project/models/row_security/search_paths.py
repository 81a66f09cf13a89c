"""Functions that look names up wherever their caller says, as rows for the founder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.finding import RawFinding
from lastmile_desktop.project.models.schema.model import Place, SqlFunction

_FEW = 3
_SHOWN = 200


def search_paths(check: str, functions: Iterable[SqlFunction]) -> Iterator[RawFinding]:
    """Said for each function while they are few, and once for each severity when they are many."""
    by_severity: dict[Severity, list[RawFinding]] = {}
    for function in functions:
        found = _search_path(check, function)
        by_severity.setdefault(found.severity or Severity.INFO, []).append(found)
    for severity, found in by_severity.items():
        if len(found) <= _FEW:
            yield from found
            continue
        places = tuple(item.evidence[0] for item in found[:_SHOWN])
        message = f"{len(found)} functions do not fix where names are looked up, such as {found[0].symbol}."
        yield RawFinding(
            f"{check}/search-path", message, places, symbol=f"search_path {severity}", severity=severity
        )


def _search_path(check: str, function: SqlFunction) -> RawFinding:
    name = function.name.removeprefix("public.")
    if function.security_definer:
        message = f"{name} runs with its owner's rights and looks names up wherever the caller says."
        severity = Severity.LOW if function.returns == "trigger" else Severity.MEDIUM
    else:
        message = f"{name} does not say where it looks names up; set search_path = ''."
        severity = Severity.INFO
    return RawFinding(f"{check}/search-path", message, (_at(function.place),), symbol=name, severity=severity)


def _at(place: Place) -> Evidence:
    return at(place.path, place.line, place.line_end)
