"""The checklist's item model."""

from __future__ import annotations

from lastmile_desktop.ui.checklist.entries import Entry
from lastmile_desktop.ui.steady_model import SteadyModel


class ChecklistModel(SteadyModel[Entry]):
    """Lines of the checklist; a check's line has the id of its row."""
