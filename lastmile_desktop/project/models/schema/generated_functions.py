"""Database functions that the types generated from a live database know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.schema.generated_types import generated_types

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SECTION = re.compile(r"\bFunctions: \{")
_NAME = re.compile(r"^\s{0,12}\"?(\w{1,63})\"?\s{0,2}:", re.MULTILINE)


def live_names(view: ProjectView) -> tuple[frozenset[str], frozenset[str]] | None:
    """The tables and functions of the generated types; None when there are no such types."""
    types = generated_types(view)
    if types is None:
        return None
    functions = view.per_file("supabase.functions", types.path, function_names, frozenset[str]())
    return (frozenset(types.tables), functions) if functions else None


def function_names(text: str) -> frozenset[str]:
    """Every name in the sections of functions: rather one too many than one too few."""
    found: set[str] = set()
    for head in _SECTION.finditer(text):
        end = text.find("Enums: {", head.end())
        section = text[head.end() : end if end >= 0 else len(text)]
        found.update(name.lower() for name in _NAME.findall(section))
    return frozenset(found)
