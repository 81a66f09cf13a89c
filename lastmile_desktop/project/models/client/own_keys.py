"""Keys of AI providers that the people who use an app type in themselves, kept in their own browser: the project pays
for nothing that is asked with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_MAX = 200_000
# The key comes out of the browser's store, or of a hook of the app that keeps it there.
_TAKEN = re.compile(
    r"(?i)\bapi_?key\s{0,3}=\s{0,3}(?:window\.)?(?:local|session)Storage\.getItem\("
    r"|\{[^{}]{0,300}\bapi_?key\b[^{}]{0,300}\}\s{0,3}=\s{0,3}(?P<hook>use\w{1,60}Store)(?:\.getState)?\("
)
# One key from the project makes the file speak of that one.
_OF_PROJECT = re.compile(
    r"\benv\b[^\n]{0,60}KEY|\b(?:VITE|NEXT_PUBLIC|EXPO_PUBLIC|REACT_APP)_\w{1,60}|[\"'`](?:sk-|gsk_|AIza)[\w-]{8}"
)
_KEEPS = re.compile(r"\bpersist\(|\b(?:local|session)Storage\.setItem\(")
_SETS = re.compile(r"\bset\w{0,30}(?:Api|API)_?(?:Key|KEY)\b")
_STORE = re.compile(r"\bexport\s+const\s+(use\w{1,60}Store)\b")
_NOTHING = ""


def is_asked_with_own_keys(view: ProjectView, path: str) -> bool:
    """Whether all that a file asks of a model goes with a key that the user typed in."""
    taken = view.per_file("own-keys.taken", path, _taken, _NOTHING)
    return taken == "store" or (taken != "" and taken in _hooks(view))


def is_for_the_user(view: ProjectView, path: str) -> bool:
    """Whether what a file asks goes through a client, in its own folder, that takes the key of the user."""
    if path not in view.client_graph.client:
        return False
    folder = path.rpartition("/")[0]
    return any(
        is_asked_with_own_keys(view, other)
        for other in view.client_graph.client
        if other.rpartition("/")[0] == folder
    )


def _hooks(view: ProjectView) -> frozenset[str]:
    """Hooks of the app that take a key from the user and keep it in the browser."""
    return frozenset(
        hook
        for path in view.client_graph.client
        if path in view.outlines and (hook := view.per_file("own-keys.hook", path, _hook, _NOTHING))
    )


def _taken(text: str) -> str:
    text = text[:_MAX]
    found = _TAKEN.search(text)
    if found is None or _OF_PROJECT.search(text):
        return _NOTHING
    return found["hook"] or "store"


def _hook(text: str) -> str:
    text = text[:_MAX]
    found = _STORE.search(text)
    if found is None or not _KEEPS.search(text) or not _SETS.search(text) or _OF_PROJECT.search(text):
        return _NOTHING
    return found[1]
