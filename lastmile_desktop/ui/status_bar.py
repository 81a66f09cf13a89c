"""The line at the bottom: is this true right now, and did every engine run."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lastmile_desktop.core.events import WatchState
from lastmile_desktop.core.health import Condition, EngineInfo
from lastmile_desktop.ui import marks
from lastmile_desktop.ui.controls import Button, ElidedLabel, clear, fit, label, on_click
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.phrases import ago, engine_title
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.state import WindowState
from lastmile_desktop.ui.theme import Theme

_SAID_FOR_MS = 3_000


class Dot(QWidget):
    """The watching light; the words beside it say the same."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._tint = "faint"
        self.setFixedSize(8, 8)

    def show_tint(self, tint: str) -> None:
        self._tint = tint
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(self._tint))
        painter.drawEllipse(self.rect())


class EngineMark(QWidget):
    def __init__(self, theme: Theme, info: EngineInfo) -> None:
        super().__init__()
        self._theme = theme
        self._mark, self._tint = {
            Condition.OK: ("circle-tick", "pass"),
            Condition.IDLE: ("circle-dash", "faint"),
            Condition.DEGRADED: ("triangle-bar", "soon"),
            Condition.FAILED: ("octagon-cross", "stop"),
            Condition.MISSING: ("circle-question", "soon"),
        }[info.health.condition]
        self.setFixedSize(theme.px(16), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        marks.paint(QPainter(self), self._mark, QRectF(self.rect()), self._theme.colour(self._tint))


class EnginesPopup(QFrame):
    """Each engine, whether it works, and what to do if not."""

    scan_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("popup")
        self._theme = theme
        self._rows = QWidget()
        rows = QVBoxLayout(self._rows)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(10)
        again = Button(theme, tr("Scan again"), icon="arrows-clockwise", name="engines_scan")
        on_click(again, self._scan)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(12)
        layout.addWidget(label(tr("Engines"), "strong"))
        layout.addWidget(self._rows)
        layout.addWidget(again)

    def show_engines(self, engines: tuple[EngineInfo, ...], width: int) -> None:
        clear(self._rows)
        rows = self._rows.layout()
        assert isinstance(rows, QVBoxLayout)
        for engine in engines:
            rows.addWidget(self._row(engine))
        if not engines:
            rows.addWidget(label(tr("No scan has run yet."), "secondary"))
        fit(self, max(240, min(self._theme.px(380), width - 16)))

    def _row(self, engine: EngineInfo) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        text = SpanText(self._theme)
        version = f"  {engine.version}" if engine.version else ""
        state = {
            Condition.OK: tr("ran"),
            Condition.IDLE: tr("nothing to do here"),
            Condition.DEGRADED: tr("ran in part"),
            Condition.FAILED: tr("failed"),
            Condition.MISSING: tr("not found"),
        }[engine.health.condition]
        reason = f"\u2028{engine.health.reason}" if engine.health.reason and not engine.health.ok else ""
        text.set_spans(
            Span(engine_title(engine.name)),
            Span(f"{version} · {state}", "secondary", role="small"),
            Span(reason, "secondary", role="small"),
        )
        row.addWidget(EngineMark(self._theme, engine), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, 1)
        return holder

    def _scan(self) -> None:
        self.hide()
        self.scan_wanted.emit()


class StatusBar(QFrame):
    scan_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, theme: Theme, state: WindowState) -> None:
        super().__init__()
        self._theme, self._state = theme, state
        self._narrow = False
        self.setObjectName("status_bar")
        self._dot = Dot(theme)
        self._watch = ElidedLabel("small", "status_watch")
        self._files = label("", "small", "status_files")
        self._scanned = label("", "small", "status_scanned")
        self._progress = ElidedLabel("small", "status_progress")
        self._cancel = Button(theme, tr("Cancel"), "status", name="scan_cancel")
        self._engines = Button(theme, "", "status", name="engines")
        self._popup = EnginesPopup(theme, self)
        self._popup.scan_wanted.connect(self.scan_wanted)
        on_click(self._cancel, self.cancel_wanted.emit)
        on_click(self._engines, self.open_engines)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 14, 0)
        row.setSpacing(14)
        for part in (self._dot, self._watch, self._files, self._scanned):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        for part in (self._progress, self._cancel, self._engines):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._show_age)
        self._said = QTimer(self)
        self._said.setSingleShot(True)
        self._said.setInterval(_SAID_FOR_MS)
        self._said.timeout.connect(self.refresh)
        for signal in (state.health_changed, state.progress_changed, state.checklist_changed):
            signal.connect(self.refresh)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.refresh()

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        row = self.layout()
        if row is not None:
            row.setContentsMargins(12 if narrow else 20, 0, 6 if narrow else 14, 0)
        self.refresh()

    def say(self, text: str) -> None:
        """Show a few words for a moment, where the watching is told otherwise."""
        self._watch.show_text(text)
        self._said.start()

    def open_engines(self) -> None:
        self._popup.show_engines(self._state.engines, self.window().width())
        corner = self._engines.mapToGlobal(QPoint(self._engines.width(), 0))
        left = max(self.window().mapToGlobal(QPoint(0, 0)).x() + 8, corner.x() - self._popup.width())
        self._popup.move(left, corner.y() - self._popup.height() - 6)
        self._popup.show()
        self._popup.setFocus(Qt.FocusReason.PopupFocusReason)

    def refresh(self) -> None:
        state = self._state
        is_open = state.project is not None
        text, tint = _watching(state)
        self._dot.show_tint(tint)
        if not self._said.isActive():
            self._watch.show_text(text if is_open else tr("No project is open"))
        self._watch.setToolTip(state.watch.reason)
        files = state.watch.files or (state.scan.files if state.scan else 0)
        self._files.setText(counted(files, "{n} file", "{n} files"))
        self._files.setVisible(is_open and files > 0 and not self._narrow)
        self._show_progress()
        self._show_engines()
        self._show_age()

    def _show_progress(self) -> None:
        scanning, progress = self._state.scanning, self._state.progress
        running = scanning is not None
        text = progress.phase or (tr("Looking at everything") if running else "")
        if running and progress.total:
            text = tr("{what}, {n} of {all}", what=text, n=f"{progress.done:,}", all=f"{progress.total:,}")
        self._progress.setVisible(running)
        self._cancel.setVisible(running)
        self._progress.show_text(text)

    def _show_engines(self) -> None:
        engines = self._state.engines
        ran = sum(engine.health.ok for engine in engines)
        self._engines.setVisible(bool(engines))
        self._engines.setText(tr("{ran} of {all} engines", ran=ran, all=len(engines)))
        broken = ran < len(engines)
        self._engines.set_icon("warning" if broken else "check-circle", "soon" if broken else "pass")
        self._engines.setToolTip(
            "\n".join(f"{engine_title(e.name)}: {e.health.reason}" for e in engines if not e.health.ok)
        )

    def _show_age(self) -> None:
        when = self._state.scanned_at
        self._scanned.setVisible(when is not None and not self._narrow)
        if when is None:
            self._tick.stop()
            return
        now = self._state.now()
        self._scanned.setText(tr("scanned {ago}", ago=ago(when, now)))
        self._tick.start(1_000 if (now - when).total_seconds() < 60 else 20_000)

    def _restyle(self) -> None:
        self.setFixedHeight(self._theme.px(28))


def _watching(state: WindowState) -> tuple[str, str]:
    """The watching in words, and its light: green only when every engine ran too."""
    healthy = all(engine.health.ok for engine in state.engines)
    match state.watch.state:
        case WatchState.WATCHING:
            return tr("Watching"), "pass" if healthy else "soon"
        case WatchState.PAUSED:
            return tr("Paused"), "faint"
        case WatchState.DEGRADED:
            return state.watch.reason or tr("Watching in part"), "soon"
        case WatchState.STARTING:
            return tr("Starting to watch"), "faint"
        case WatchState.STOPPED:
            return tr("Not watching"), "faint"
