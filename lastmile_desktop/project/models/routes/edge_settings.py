"""Whether the platform asks for a project token before a Supabase function (`verify_jwt` in `config.toml`)."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_FUNCTION = re.compile(r"^(.*?supabase/)functions/([^/]+)/")


def verifies_jwt(view: ProjectView, path: str) -> bool:
    """For the function that holds this path; true unless it is switched off. It proves only that the caller has
    some token of this project, and the public key in the app is one."""
    found = _FUNCTION.match(path)
    if found is None:
        return False
    off = view.per_file("edge.verify-jwt", f"{found.group(1)}config.toml", switched_off, frozenset[str]())
    return found.group(2) not in off


def switched_off(text: str) -> frozenset[str]:
    """The functions with `verify_jwt = false`; a file that is not valid TOML is read section by section."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        sections = re.finditer(r"^\[functions\.[\"']?([\w-]+)[\"']?\]([^\[]*)", text, re.MULTILINE)
        return frozenset(
            item.group(1) for item in sections if re.search(r"verify_jwt\s*=\s*false", item.group(2))
        )
    functions = data.get("functions")
    entries = cast(dict[str, Any], functions) if isinstance(functions, dict) else {}
    return frozenset(
        name
        for name, entry in entries.items()
        if isinstance(entry, dict) and cast(dict[str, Any], entry).get("verify_jwt") is False
    )
