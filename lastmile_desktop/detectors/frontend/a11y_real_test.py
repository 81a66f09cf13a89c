"""frontend.a11y-real-test: has somebody used the app with a screen reader and without a mouse.

No file can show that. An overlay script and automated tests are no evidence: they are named, and the question stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.finding import Detection, Looked, NotApplicable
from lastmile_desktop.project.models.screens.screens import screens
from lastmile_desktop.project.models.usage.serving import screen_fact
from lastmile_desktop.project.view import ProjectView

_OVERLAY = re.compile(
    r"accessibe|acsbapp|userway\.org|audioeye|equalweb|maxaccess|adally|accessiway|recite(?:me)?\.com|eye-able",
    re.I,
)
_STRICT = (("profile.sells_to", "public-sector"), ("profile.sells_to", "enterprise"))
_PAGES = (".html", ".tsx", ".jsx", ".vue", ".svelte")


def detect(view: ProjectView) -> Detection:
    shown = screens(view)
    pages = [path for path in view.tree.files if path.endswith(".html") and "templates/" in path]
    if screen_fact(view) is None and not pages:
        return Detection(not_applicable=NotApplicable("Nobody looks at screens of this project."))
    return Detection(
        looked=(Looked("screens", len(shown) + len(pages), len(shown) + len(pages)),),
        needs_attestation=_question(view),
    )


def _question(view: ProjectView) -> str:
    overlay = next(_overlays(view), "")
    who = ""
    if any(view.facts.has(key, value) for key, value in _STRICT):
        who = " Those you sell to will ask for it."
    elif view.facts.has("profile.eu_users", "yes") and view.facts.has("profile.sells_to", "consumers"):
        who = " European law asks for it."
    if overlay:
        return (
            f"{overlay} loads an accessibility overlay, which is no evidence. Let somebody go through sign-up, the "
            f"core task, payment, an error and cancelling with a screen reader and with the keyboard alone.{who}"
        )
    return (
        "Nobody has said that the app was used with a screen reader. Go through sign-up, the core task, payment, an "
        f"error and cancelling with VoiceOver or NVDA, with the keyboard alone, and at 200 % zoom.{who}"
    )


def _overlays(view: ProjectView) -> Iterator[str]:
    for path in view.tree.files:
        if path.endswith(_PAGES) and view.per_file("a11y-overlay", path, _is_overlay, False):
            yield path


def _is_overlay(text: str) -> bool:
    return _OVERLAY.search(text) is not None
