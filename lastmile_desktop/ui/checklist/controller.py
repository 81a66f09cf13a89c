"""Keeps the list's lines in step with the state, and turns clicks and keys into wishes."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QObject, QTimer, Signal

from lastmile_desktop.core.ranking import Band
from lastmile_desktop.ui.checklist.entries import BandEntry, MoreEntry, RowEntry, Shape, entries
from lastmile_desktop.ui.checklist.model import ChecklistModel
from lastmile_desktop.ui.checklist.view import ChecklistView
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.phrases import ago
from lastmile_desktop.ui.state import WindowState


class ChecklistController(QObject):
    """Each signal carries a row's id: clicked, chosen with Enter, or moved to with the keys."""

    opened = Signal(str)
    entered = Signal(str)
    walked = Signal(str)

    def __init__(self, state: WindowState, model: ChecklistModel, view: ChecklistView) -> None:
        super().__init__(view)
        self._state, self._model, self._view = state, model, view
        self._shape = Shape()
        self._applying = False
        self._tick = QTimer(self)
        self._tick.setInterval(10_000)
        self._tick.timeout.connect(self.refresh)
        self._tick.start()
        view.filtered.connect(self._filter)
        view.list.chosen.connect(self._choose)
        view.list.entered.connect(self._enter)
        view.list.moved_to.connect(self._walk)
        state.checklist_changed.connect(self.refresh)
        state.health_changed.connect(self.refresh)
        self.refresh()

    @property
    def selected(self) -> str:
        return self._shape.selected

    def refresh(self) -> None:
        self._shape = replace(
            self._shape,
            streaming=self._state.is_first_scan,
            freshness=self._freshness(),
            all_engines_ran=all(engine.health.ok for engine in self._state.engines),
        )
        self._applying = True
        self._model.apply(entries(self._state.checklist, self._state.checks, self._shape))
        self._applying = False

    def select(self, row_id: str) -> None:
        """Show a row in the list, opening its band when that is closed."""
        row = self._state.row(row_id)
        if row is None:
            return
        self._shape = replace(self._shape, closed=self._shape.closed - {row.band}, selected=row_id)
        self.refresh()
        index = self._model.index_of(row_id)
        self._view.list.setCurrentIndex(index)
        self._view.list.scrollTo(index)

    def toggle(self, band: Band) -> None:
        self._shape = replace(self._shape, closed=self._shape.closed ^ {band})
        self.refresh()

    def _filter(self, text: str) -> None:
        self._shape = replace(self._shape, filter=text.strip())
        self.refresh()

    def _choose(self, index: QModelIndex) -> None:
        match self._model.entry(index):
            case RowEntry(row):
                self._shape = replace(self._shape, selected=row.id)
                self.opened.emit(row.id)
            case BandEntry(band):
                self.toggle(band)
            case MoreEntry(band):
                self._shape = replace(self._shape, expanded=self._shape.expanded | {band})
                self.refresh()
            case _:
                pass

    def _enter(self, index: QModelIndex) -> None:
        entry = self._model.entry(index)
        if isinstance(entry, RowEntry):
            self._shape = replace(self._shape, selected=entry.row.id)
            self.entered.emit(entry.row.id)

    def _walk(self, index: QModelIndex) -> None:
        entry = self._model.entry(index)
        if isinstance(entry, RowEntry) and not self._applying:
            self._shape = replace(self._shape, selected=entry.row.id)
            self.walked.emit(entry.row.id)

    def _freshness(self) -> str:
        """ "Last checked 2 s ago by 7 engines"."""
        when = self._state.scanned_at
        if when is None:
            return ""
        ran = sum(engine.health.ok for engine in self._state.engines)
        if ran < len(self._state.engines):
            engines = tr("{ran} of {all} engines", ran=ran, all=len(self._state.engines))
        else:
            engines = counted(ran, "{n} engine", "{n} engines")
        return tr("Last checked {ago} by {engines}", ago=ago(when, self._state.now()), engines=engines)
