"""privacy.consent-trackers: whether tracking waits until people agree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.models.privacy.notices import Notice
from lastmile_desktop.project.models.privacy.notices import build as notices_of
from lastmile_desktop.project.models.privacy.trackers import (
    ADVERTISING,
    GOOGLE,
    TrackerStart,
    Tracking,
    build,
)
from lastmile_desktop.project.view import ProjectView

CHECK = "privacy.consent-trackers"
_SENSITIVE = re.compile(
    r"(?:^|/)(?:app|pages|src/pages|src/routes|screens|views)/[^.]{0,80}(?:health|medical|patient|diagnos[ei]s|"
    r"therap|symptom|pregnan|fertility|hiv|addiction|mental|medication)",
    re.IGNORECASE,
)
_TELLS_OPENS = re.compile(
    r"(?:open|read)(?:s|ed|ing)?\b[^.]{0,40}(?:e-?mail|message)|(?:e-?mail|message)s?\b[^.]{0,60}\b(?:open|"
    r"read|pixel)",
    re.IGNORECASE,
)


def detect(view: ProjectView) -> Detection:
    """Every start of a tracker, and every question for consent."""
    tracking = build(view)
    following = [start for start in tracking.starts if not start.cookieless]
    if not tracking.starts and not any(spot.kind in ("unmasked", "opens") for spot in tracking.spots):
        return Detection(not_applicable=NotApplicable("Nothing here follows visitors."))
    asks = view.facts.value("profile.eu_users") != "no"
    findings = (
        *(_unasked(tracking, following) if asks else ()),
        *(_questions(tracking, following) if asks else ()),
        *(_mode(tracking, following) if asks else ()),
        *_unmasked(tracking),
        *_sensitive(view, following),
        *_opens(view, tracking),
        *_selling(tracking, following),
    )
    return Detection(
        findings,
        tuple(
            PassEvidence(at(start.path, start.line, note=_why(start)))
            for start in tracking.starts
            if _is_fine(start)
        ),
        looked=(Looked("trackers", len(tracking.starts), len(tracking.starts)),),
    )


def _is_fine(start: TrackerStart) -> bool:
    return start.gated or start.cookieless


def _why(start: TrackerStart) -> str:
    return (
        f"{start.tool} sets nothing on the device" if start.cookieless else f"{start.tool} waits for consent"
    )


def _unasked(tracking: Tracking, following: list[TrackerStart]) -> Iterator[RawFinding]:
    """Without any question it is one gap; beside a question, each tracker that does not wait is one."""
    early = [start for start in following if not start.gated]
    if not early:
        return
    if not tracking.screens:
        names = " and ".join(dict.fromkeys(start.tool for start in early))
        message = f"{names} starts on the first page load, and nobody is asked."
        yield RawFinding(
            f"{CHECK}/no-manager", message, tuple(at(start.path, start.line) for start in early), "consent"
        )
        return
    if any(screen.manager for screen in tracking.screens):
        return
    for start in early:
        screen = tracking.screens[0]
        message = (
            f"{start.tool} starts in {start.path} without waiting for the answer to the cookie question."
        )
        yield RawFinding(
            f"{CHECK}/loads-before-consent",
            message,
            (at(start.path, start.line), at(screen.path, screen.line)),
            f"{start.path}:{start.tool}",
        )


def _questions(tracking: Tracking, following: list[TrackerStart]) -> Iterator[RawFinding]:
    own = [screen for screen in tracking.screens if not screen.manager]
    if not own or not following:
        return
    for screen in own:
        if not screen.rejects:
            message = f"{screen.path} lets people accept cookies, but not refuse them."
            yield RawFinding(f"{CHECK}/no-reject", message, (at(screen.path, screen.line),), screen.path)
    if tracking.spot("withdraw") is None and len(own) == len(tracking.screens):
        message = "Who once agreed to cookies finds no way to take it back."
        yield RawFinding(f"{CHECK}/no-withdraw", message, (at(own[0].path, own[0].line),), "withdraw")


def _mode(tracking: Tracking, following: list[TrackerStart]) -> Iterator[RawFinding]:
    """Google wants to be told the answer; only worth saying once there is a question."""
    google = [start for start in following if start.tool in GOOGLE]
    own = [screen for screen in tracking.screens if not screen.manager]
    if google and own and tracking.spot("mode") is None:
        start = google[0]
        message = f"{start.tool} is never told whether people agreed (Google's consent mode is not set)."
        yield RawFinding(
            f"{CHECK}/consent-mode-missing", message, (at(start.path, start.line),), "consent-mode"
        )


def _unmasked(tracking: Tracking) -> Iterator[RawFinding]:
    for spot in tracking.spots:
        if spot.kind == "unmasked":
            message = f"{spot.path} records sessions with what people type and read left visible."
            yield RawFinding(
                f"{CHECK}/session-replay-unmasked", message, (at(spot.path, spot.line),), spot.path
            )


def _sensitive(view: ProjectView, following: list[TrackerStart]) -> Iterator[RawFinding]:
    pixels = [start for start in following if start.tool in ADVERTISING]
    if not pixels:
        return
    page = next((path for path in view.tree.files if _SENSITIVE.search(path)), "")
    told = view.facts.value("profile.health_data") == "yes" or view.facts.value("profile.minors") == "yes"
    if not page and not told:
        return
    start = pixels[0]
    what = f"such as {page}" if page else "on health or children, as you said"
    message = f"{start.tool} also runs on sensitive pages, {what}: visits there are told to an advertiser."
    places = (at(start.path, start.line), *((at(page, 1),) if page else ()))
    yield RawFinding(
        f"{CHECK}/pixel-on-sensitive-pages",
        message,
        places,
        start.tool,
        severity=Severity.HIGH if told else None,
    )


def _opens(view: ProjectView, tracking: Tracking) -> Iterator[RawFinding]:
    spot = tracking.spot("opens")
    if spot is None:
        return
    pages = notices_of(view).pages_of(Notice.PRIVACY)
    if any(_TELLS_OPENS.search(view.text(page.path) or "") for page in pages):
        return
    message = f"{spot.path} tracks whether people open their mails, and no privacy page says so."
    yield RawFinding(f"{CHECK}/emails-tracked", message, (at(spot.path, spot.line),), "opens")


def _selling(tracking: Tracking, following: list[TrackerStart]) -> Iterator[RawFinding]:
    pixels = [start for start in following if start.tool in ADVERTISING]
    if pixels and tracking.spot("choices") is None:
        start = pixels[0]
        message = (
            f"{start.tool} shares visitors with an advertiser, and there is no “Do not sell or share” choice."
        )
        yield RawFinding(f"{CHECK}/do-not-sell", message, (at(start.path, start.line),), "choices")
