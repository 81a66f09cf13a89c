"""Functions on a host that nothing in the project calls: strangers may, customers of the app do not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.parse import language_of
from lastmile_desktop.project.models.usage.entries import is_for_tests
from lastmile_desktop.project.path_kinds import is_left_behind, is_tools_own

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_EDGE = re.compile(
    r"^(?P<folder>(?:.{1,200}/)?supabase/functions/(?P<name>[A-Za-z0-9][\w-]{2,80}))/(?:index|main)\.[jt]sx?$"
)
_NEXT = re.compile(
    r"^(?:[\w.-]{1,80}/){0,4}?(?:src/)?(?:app|pages)/api/(?P<route>.{1,200}?)(?:/route|/index)?\.[jt]s$"
)
# What another service, a clock or a link in a mail calls.
_FROM_OUTSIDE = re.compile(
    r"(?i)hook|callback|cron|ipn|notif|schedul|sitemap|feed|rss|unsubscribe|health|ping|track|redirect|oauth|inbound"
    r"|sync|daily|weekly|monthly|hourly|night|process|clean|remind|digest|queue|worker|poll|auth|og-|open-?graph|public"
    r"|external|mcp|expire|renew|recover|dunning|batch|job|backup|export|trigger|event|report|status|confirm|verify-email"
)
_OUTSIDE_CODE = re.compile(r"(?i)signature|CRON_SECRET|x-api-key|api[_-]?key\b.{0,40}header|cron")
_TEXTS = re.compile(r"\.(?:sql|json|jsonc|toml|ya?ml|html|sh|http)$")
_NO_CALLS = re.compile(
    r"(?:^|/)(?:config\.toml|deno\.jsonc?|package-lock\.json|pnpm-lock\.yaml|tsconfig[\w.]*\.json)$|^docs?/"
)
_NOTE_ENDINGS = (".md", ".mdx")
_NOTHING = frozenset[str]()
# A project that calls few of its functions is called by others: by an app in another repository, say.
_KNOWN_SHARE = 0.4
_KNOWN_CALLS = 3
_NOTES = re.compile(r"functions/v1/([\w-]{3,80})")


def uncalled(view: ProjectView, unused: Iterable[str]) -> frozenset[str]:
    """The source files of functions and addresses that nothing else in the project names."""
    paths = tuple(view.outlines)
    served = view.whole("usage.served", paths, lambda: _served(paths))
    if not served:
        return frozenset()
    names = frozenset(item.name for item in served.values())
    kinds = f"usage.notes:{','.join(sorted(names))}", f"usage.calls:{','.join(sorted(names))}"
    dead = frozenset(unused)
    called: dict[str, set[str]] = {}
    notes, code = _telling(view)
    read = {
        path: view.per_file(kinds[0], path, lambda text: _in_notes(text, names), _NOTHING) for path in notes
    }
    read |= {
        path: view.per_file(kinds[1], path, lambda text: _in_code(text, names), _NOTHING) for path in code
    }
    for path, found in read.items():
        if found and path not in dead:
            for name in found:
                called.setdefault(name, set()).add(path)
    alone = [
        entry
        for entry, item in served.items()
        if all(path.startswith(item.own) for path in called.get(item.name, ()))
    ]
    if len(served) - len(alone) < max(_KNOWN_CALLS, _KNOWN_SHARE * len(served)):
        return frozenset()
    for_nobody = [item for item in alone if not view.per_file("usage.outside", item, _is_for_outside, True)]
    own = tuple(served[entry].own for entry in for_nobody)
    return frozenset(path for path in paths if path.startswith(own))


@dataclass(frozen=True, slots=True)
class _Served:
    """What is offered under `name`; `own` begins the paths of the files that belong to it alone."""

    name: str
    own: str


def _served(paths: Iterable[str]) -> dict[str, _Served]:
    """Each entry that may be called from within the project only."""
    found: dict[str, _Served] = {}
    for path in paths:
        edge = _EDGE.match(path)
        route = _NEXT.match(path) if edge is None else None
        if edge is not None:
            name, whole, own = edge["name"], edge["name"], f"{edge['folder']}/"
        elif route is not None:
            name, whole, own = _segment(route["route"]), route["route"], path
        else:
            continue
        if name and not _FROM_OUTSIDE.search(whole) and not re.search(r"(?:^|/)v\d+/", whole):
            found[path] = _Served(name, own)
    return found


def _segment(route: str) -> str:
    """The last part of an address that is always the same."""
    fixed = [part for part in route.split("/") if not part.startswith(("[", "(", "_"))]
    return fixed[-1] if fixed and len(fixed[-1]) > 2 else ""


def _telling(view: ProjectView) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Notes, and the code and settings, that may name what they call."""
    paths = tuple(view.tree.files)

    def telling() -> tuple[tuple[str, ...], tuple[str, ...]]:
        found = tuple(filter(_tells, paths))
        notes = tuple(path for path in found if path.endswith(_NOTE_ENDINGS))
        return notes, tuple(path for path in found if not path.endswith(_NOTE_ENDINGS))

    return view.whole("usage.telling", paths, telling)


def _tells(path: str) -> bool:
    if is_for_tests(path) or is_tools_own(path) or is_left_behind(path) or _NO_CALLS.search(path) is not None:
        return False
    return language_of(path) is not None or _TEXTS.search(path) is not None or path.endswith(_NOTE_ENDINGS)


def _in_notes(text: str, names: frozenset[str]) -> frozenset[str]:
    """Which of these names stand in notes, as whole addresses."""
    return names.intersection(_NOTES.findall(text))


def _in_code(text: str, names: frozenset[str]) -> frozenset[str]:
    """Which of these names stand anywhere in code or settings, or begin so in a text that is put together."""
    found = names.intersection(re.findall(r"[\w-]{3,81}", text))
    begun = tuple(re.findall(r"[`/]([\w-]{3,60}[-_])\$\{", text))
    return found | {name for name in names if name.startswith(begun)} if begun else found


def _is_for_outside(text: str) -> bool:
    return _OUTSIDE_CODE.search(text) is not None
