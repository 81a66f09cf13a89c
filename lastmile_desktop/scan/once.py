"""One whole scan in the calling thread, for the command line."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core.check import Check
from lastmile_desktop.core.checklist import Checklist
from lastmile_desktop.core.errors import ProjectError
from lastmile_desktop.core.health import EngineInfo
from lastmile_desktop.core.portfolio import ProjectCard
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.engines import git
from lastmile_desktop.engines.compose import EngineHome, compose
from lastmile_desktop.home import Home
from lastmile_desktop.resources import rules_dir
from lastmile_desktop.scan.project_scans import ProjectScans
from lastmile_desktop.store import projects
from lastmile_desktop.store.database import Database

log = logging.getLogger(__name__)


def scan_once(
    root: Path,
    home: Home,
    catalogue: Catalogue,
    clock: Callable[[], datetime],
    *,
    checks: Mapping[str, Check] | None = None,
    users: int | None = None,
    save: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
    portfolio: Callable[[Database, Project], tuple[ProjectCard, ...]] | None = None,
) -> tuple[Scan, Checklist]:
    """`portfolio` tells all registered projects, this one among them. Raises ProjectError when the folder cannot be
    read, StoreError when history cannot be."""
    if not root.is_dir():
        raise ProjectError("This folder is not there", f"{root} is no folder.", "Name another one.")
    db = Database(home.database) if save else None
    try:
        where = root.resolve()
        project = (
            projects.register(db, where, clock().isoformat()) if db else Project(0, str(where), where.name)
        )
        engines = compose(EngineHome(home.cache, rules_dir(), home.recognition_key()), warm=False)
        answers = {} if users is None else {"profile.users": str(users)}
        cards = portfolio(db, project) if db is not None and portfolio is not None else ()
        opened = ProjectScans(project, catalogue, engines, db, clock, checks, answers, lambda: cards)
        try:
            done = opened.scan(progress=progress)
        finally:
            opened.close()
        if done.unsaved is not None:
            log.warning("%s", done.unsaved)
        return done.scan, opened.checklist(done.scan)
    finally:
        if db is not None:
            db.close()


def engine_infos(home: Home) -> tuple[EngineInfo, ...]:
    """Every engine's version and whether it works, asked now."""
    engines = compose(EngineHome(home.cache, rules_dir(), home.recognition_key()), warm=False)
    try:
        return (git.info(), *{info.name: info for info in (engine.info() for engine in engines)}.values())
    finally:
        for engine in engines:
            engine.close()
