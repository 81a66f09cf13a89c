"""Small projects with packages, for tests of how files belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lastmile_desktop.project.packages import find
from lastmile_desktop.project.view import ProjectView
from tests.project.models.hooks import view_of


def project(files: Mapping[str, str]) -> ProjectView:
    """A project that holds these files, with the packages its manifests declare."""
    view = view_of(files)
    return replace(view, packages=find(view.tree, view.reader, view.memo))
