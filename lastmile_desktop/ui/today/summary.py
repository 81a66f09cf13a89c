"""The verdict line and the build-and-talk strip: words and counts, never a score."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from lastmile_desktop.core.checklist import Checklist, verdict_line
from lastmile_desktop.core.conversation import letters_of_intent
from lastmile_desktop.core.events import BuildTalkChanged
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.ui.controls import mark_property
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.phrases import days_ago, hours
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.state import WindowState
from lastmile_desktop.ui.theme import Theme

_KEPT_WHOLE = 20
_GAP = "\u2003"
_COLOURS = {Band.STOP: "stop", Band.BEFORE_YOU_DOUBLE: "soon"}


class Summary(QFrame):
    def __init__(self, theme: Theme, state: WindowState) -> None:
        super().__init__()
        self._state = state
        self._narrow = False
        self.setObjectName("summary")
        self.verdict = SpanText(theme, "headline")
        self.verdict.setObjectName("verdict_line")
        self.strip = SpanText(theme)
        self.strip.setObjectName("build_talk")
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(8)
        self._layout.addWidget(self.verdict)
        self._layout.addWidget(self.strip)
        for signal in (
            state.checklist_changed,
            state.progress_changed,
            state.balance_changed,
            state.conversations_changed,
        ):
            signal.connect(self.refresh)
        self.set_narrow(False)

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        mark_property(self, "narrow", narrow)
        self._layout.setContentsMargins(*((14, 12, 14, 6) if narrow else (20, 16, 20, 14)))
        self.verdict.set_role("verdict_narrow" if narrow else "headline")
        self.strip.set_role("small" if narrow else "body")
        self.refresh()

    def refresh(self) -> None:
        state = self._state
        found = state.checklist
        if found is None:
            text = (
                tr("Looking at your project for the first time")
                if state.scanning
                else tr("Not looked at yet")
            )
            self.verdict.set_spans(Span(text, "secondary"))
        else:
            self.verdict.set_spans(*verdict_spans(found, streaming=state.is_first_scan, short=self._narrow))
        letters = letters_of_intent(state.conversations)
        spans = strip_spans(state.balance, letters, short=self._narrow) if state.balance else ()
        self.strip.set_spans(*spans)
        self.strip.setVisible(bool(spans))


def verdict_spans(found: Checklist, *, streaming: bool, short: bool) -> tuple[Span, ...]:
    """ "2 things stop you · 3 before you double to 80 users · 2 need you · 1 not checked"."""
    parts = _short(found) if short else verdict_line(found)
    spans: list[Span] = [Span(tr("So far: "), "secondary")] if streaming else []
    for place, (band, text) in enumerate(parts):
        if place:
            spans.append(Span("\u00a0· ", "faint"))
        calm = band is Band.STOP and not found.count(Band.STOP)
        colour = ("text" if streaming else "pass") if calm else _COLOURS.get(band, "secondary")
        shown = tr(text)
        spans.append(Span(shown.replace(" ", "\u00a0") if len(shown) < _KEPT_WHOLE else shown, colour))
    return tuple(spans)


def _short(found: Checklist) -> tuple[tuple[Band, str], ...]:
    stop, double = found.count(Band.STOP), found.count(Band.BEFORE_YOU_DOUBLE)
    parts = [(Band.STOP, counted(stop, "1 stops you", "{n} stop you") if stop else tr("Nothing stops you"))]
    if double:
        horizon = f"{found.situation.horizon:,}"
        parts.append((Band.BEFORE_YOU_DOUBLE, tr("{n} before {users} users", n=double, users=horizon)))
    if needs := found.count(Band.NEEDS_YOU):
        parts.append((Band.NEEDS_YOU, counted(needs, "1 needs you", "{n} need you")))
    if unknown := found.count(Band.NOT_CHECKED):
        parts.append((Band.NOT_CHECKED, tr("{n} not checked", n=unknown)))
    return tuple(parts)


def strip_spans(balance: BuildTalkChanged, letters: int = 0, *, short: bool) -> tuple[Span, ...]:
    """ "9.5 h building this week   0 conversations   last talk 12 days ago   sold: nothing yet"."""
    week, spans = balance.week, list[Span]()
    if week.known:
        spans.append(Span(tr("{n} h", n=hours(week.build_hours)), bold=True))
        spans.append(Span(" " + (tr("building") if short else tr("building this week")) + _GAP, "secondary"))
    talks = counted(week.conversations, "{n} conversation", "{n} conversations")
    quiet = week.conversations == 0 and week.known and week.build_hours > 0
    spans.append(Span(talks, "soon" if quiet else "text", bold=True))
    spans.append(Span(_GAP))
    if week.days_since_last_talk is not None:
        spans.append(Span(tr("last talk") + " ", "secondary"))
        spans.append(Span(days_ago(week.days_since_last_talk), bold=True))
    else:
        spans.append(Span(tr("no talk logged yet"), "secondary"))
    spans.append(Span(_GAP + tr("sold:") + " ", "secondary"))
    spans.append(Span(balance.sold or tr("nothing yet"), bold=bool(balance.sold)))
    if letters:
        said = counted(letters, "{n} letter of intent", "{n} letters of intent")
        spans.append(Span(f" · {said}", "secondary"))
    return tuple(spans)
