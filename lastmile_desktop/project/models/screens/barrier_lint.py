"""Linters and tests that find barriers before people do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.packages import Package

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_LINTERS = (
    "eslint-plugin-jsx-a11y", "eslint-config-next", "@axe-core/react", "@axe-core/playwright", "axe-core",
    "jest-axe", "vitest-axe", "cypress-axe", "pa11y", "pa11y-ci", "@biomejs/biome", "oxlint", "@lhci/cli",
    "eslint-plugin-vuejs-accessibility", "eslint-plugin-react-native-a11y", "eslint-plugin-astro", "svelte-check",
    "@storybook/addon-a11y", "eslint-config-airbnb", "react-scripts", "ultracite",
)  # fmt: skip
_CHECKED_IN_CI = re.compile(r"pa11y|axe|lighthouse|lhci", re.IGNORECASE)


def lint_of(view: ProjectView, package: Package) -> str:
    for holder in (package, view.packages[0]):
        found = next((name for name in _LINTERS if name in holder.dependencies), "")
        if found:
            return found
    return ""


def checked_in_ci(view: ProjectView) -> bool:
    return any(
        path.startswith(".github/workflows/") and _CHECKED_IN_CI.search(view.text(path) or "")
        for path in view.tree.files
    )
