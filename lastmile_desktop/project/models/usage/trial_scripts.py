"""Scripts that makers run by hand to try the app out: they fill it with invented people, start a throw-away server,
look into a fault. No user of the app meets them, as long as nothing that puts the app online starts them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SOURCE = r"\.(?:py|[cm]?[jt]s)$"
_BELOW = r"(?:[\w.-]{1,40}/){0,3}"
_INVENTS = r"(?:fake|dummy|demo|sample|populate|debug|diagnose|playground|run[_-]beta|beta[_-]server)"
_TRIAL = re.compile(
    rf"(?i)(?:^|/)scripts?/{_BELOW}?(?:debug|demos?|trials?|playground)/{_BELOW}[\w.-]{{1,80}}{_SOURCE}"
    rf"|(?:^|/)(?:scripts?|management/commands)/{_BELOW}(?:[a-z]{{1,20}}[_-]){{0,3}}?{_INVENTS}"
    rf"(?:[_-][\w-]{{1,60}})?{_SOURCE}"
    rf"|^(?:populate(?:[_-][\w-]{{1,60}})?|(?:fake|dummy|demo|sample)[_-]data|(?:debug|diagnose)[_-][\w-]{{1,60}})"
    rf"{_SOURCE}"
)
# Whoever writes this into the name means the data of the people who use the app.
_IN_EARNEST = re.compile(r"(?i)(?:^|[/_.-])(?:prod(?:uction)?|live)(?:[/_.-]|$)")
_STARTS = re.compile(
    r"(?:^|/)(?:Procfile[\w.-]{0,20}|[\w.-]{0,40}[Dd]ockerfile[\w.-]{0,40}|[\w.-]{1,40}\.(?:sh|service|ya?ml)|crontab"
    r"|railway\.(?:json|toml)|fly\.toml|nixpacks\.toml|\.replit|vercel\.json|app\.json)$"
)
_NAMED = re.compile(r"(?:scripts?/(?:[\w-]{1,60}/){0,4}|manage\.py\s{1,4}|python3?\s{1,4})([\w-]{1,80})")
_NOTHING = frozenset[str]()
_MOST_READ = 200_000


@lru_cache(maxsize=65_536)
def is_named_trial(path: str) -> bool:
    """Whether the path tells of such a script, and of nobody's real data."""
    return _TRIAL.search(path) is not None and _IN_EARNEST.search(path) is None


def is_trial(view: ProjectView, path: str) -> bool:
    """The same, where no start command, container or timetable names the script."""
    return is_named_trial(path) and path.rpartition("/")[2].rpartition(".")[0] not in _started(view)


def _started(view: ProjectView) -> frozenset[str]:
    """What the files that start something run."""
    names = (
        view.per_file("trial-scripts.started", path, _run, _NOTHING)
        for path in view.tree.files
        if _starts(path)
    )
    return frozenset[str]().union(*names)


@lru_cache(maxsize=65_536)
def _starts(path: str) -> bool:
    return _STARTS.search(path) is not None


def _run(text: str) -> frozenset[str]:
    return frozenset(_NAMED.findall(text[:_MOST_READ]))
