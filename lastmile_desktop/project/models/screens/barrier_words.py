"""What is said of a barrier that shuts people out who use a keyboard or a screen reader."""

from __future__ import annotations

from collections.abc import Mapping

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.code.outline import Barrier

_LOW = frozenset(["heading-order", "no-h1", "target-size", "form-error-not-announced", "motion"])
_LONGEST_DETAIL = 60


def severity_of(kind: str) -> Severity | None:
    return Severity.LOW if kind in _LOW else None


def message_of(barrier: Barrier) -> str:
    thing = " ".join(barrier.detail.split())[:_LONGEST_DETAIL]
    match barrier.kind:
        case "icon-button-no-name" if thing in ("a", "Link", "NavLink"):
            return "This link has no words, so nobody hears where it leads."
        case "icon-button-no-name":
            return f"This button shows only a picture ({thing}); a screen reader says just “button”."
        case "input-no-label" if thing.startswith("placeholder:"):
            asked = thing.removeprefix("placeholder:")
            return f"This field has only the placeholder “{asked}” for a label, which vanishes when typing."
        case "input-no-label" if thing.startswith("beside:"):
            return (
                "The words above this field are not tied to it, so a screen reader cannot say what to enter."
            )
        case "input-no-label":
            return f"This field ({thing}) has no label, so a screen reader cannot say what to enter."
        case "click-on-div":
            return f"This {thing} reacts to the mouse only; with a keyboard nobody can reach it."
        case "dialog-no-title":
            return "This dialog has no title, so a screen reader cannot say what has opened."
        case "focus-trap":
            return "This home-made dialog does not hold the keyboard, which wanders off behind it."
        case "autoplay":
            return f"This {thing} starts with sound by itself and offers no control to stop it."
        case "focus-outline-removed":
            return "The mark that shows where the keyboard is has been removed here."
        case "target-size":
            return "This button is smaller than 24 by 24 pixels, hard to hit with a finger or a tremor."
        case "form-error-not-announced":
            return "This error appears on the screen, but a screen reader does not say it."
        case "heading-order":
            before, _, after = thing.partition(" ")
            return f"The headings jump from {before} to {after} and leave out a level."
        case "colour-token-contrast":
            return f"Text in these colours is too faint to read for many ({thing}, at least 4.5 is needed)."
        case "motion":
            return "This animation never ends, also for people who asked their device for less motion."
        case kind:
            return _PAGE_MESSAGES[kind]


_PAGE_MESSAGES: Mapping[str, str] = {
    "img-no-alt": "This picture says nothing to a screen reader.",
    "html-no-lang": "This page does not say which language it is in.",
    "zoom-disabled": "This page forbids zooming, which people with weak eyes depend on.",
    "aria-misuse": "This embedded page has no title for screen readers.",
    "no-h1": "This page has headings, but no main heading (h1).",
}
