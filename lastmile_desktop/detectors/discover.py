"""Finds the detector of a check by its name: `detectors/<area>/<check>.py`. There is no list to keep."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from lastmile_desktop.core.finding import Detection, RawFinding
from lastmile_desktop.project.view import ProjectView

Detect = Callable[[ProjectView], Detection]
Refine = Callable[[ProjectView, tuple[RawFinding, ...]], tuple[RawFinding, ...]]


@dataclass(frozen=True, slots=True)
class Detector:
    """`detect(view)` judges the models; `refine(view, findings)` drops or changes what outside engines found for
    this check, where a model knows better (a table created in the same migration is not locked)."""

    check_id: str
    detect: Detect | None
    refine: Refine | None


def detector_for(check_id: str) -> Detector:
    """The detector module of a check; both functions are None when it has no module."""
    area, _, name = check_id.partition(".")
    package = f"lastmile_desktop.detectors.{area}"
    module_name = f"{package}.{name.replace('-', '_')}"
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(module_name) is None:
        return Detector(check_id, None, None)
    module = importlib.import_module(module_name)
    return Detector(check_id, getattr(module, "detect", None), getattr(module, "refine", None))
