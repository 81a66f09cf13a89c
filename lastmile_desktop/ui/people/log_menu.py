"""The whole log, out and in."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMenu

from lastmile_desktop.core.commands import ExportCalendar, ExportLog, ImportLog, ImportPeople
from lastmile_desktop.core.log import LogFormat
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import IconButton
from lastmile_desktop.ui.files import ask_for_folder, ask_to_read, ask_to_save
from lastmile_desktop.ui.language import tr


class LogMenu(IconButton):
    def __init__(self, context: Context) -> None:
        super().__init__(context.theme, "dots-three", tr("Export and import"), "log_menu")
        self._context = context
        menu = QMenu(self)
        for text, act in (
            (tr("Export the log as Markdown…"), lambda: self._save(LogFormat.MARKDOWN, "log.md")),
            (tr("Export the log as JSON…"), lambda: self._save(LogFormat.JSON, "log.json")),
            (tr("Export the log as tables…"), self._save_tables),
            (tr("Follow-ups for your calendar…"), self._save_calendar),
            (tr("Import a log…"), self._import_log),
            (tr("Import a list of people…"), self._import_people),
        ):
            menu.addAction(text).triggered.connect(act)
        self.setMenu(menu)
        self.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)

    def _save(self, kind: LogFormat, name: str) -> None:
        def write(path: Path) -> None:
            self._context.submit(ExportLog(path, kind))

        ask_to_save(self, tr("Export the log"), name, f"{kind} (*{Path(name).suffix})", write)

    def _save_tables(self) -> None:
        def write(path: Path) -> None:
            self._context.submit(ExportLog(path, LogFormat.CSV))

        ask_for_folder(self, tr("Export the log into an empty folder"), write)

    def _save_calendar(self) -> None:
        def write(path: Path) -> None:
            self._context.submit(ExportCalendar(path))

        ask_to_save(self, tr("Follow-ups for your calendar"), "follow-ups.ics", "iCalendar (*.ics)", write)

    def _import_log(self) -> None:
        kinds = tr("Exported logs") + " (*.json *.md *.csv)"
        ask_to_read(self, tr("Import a log"), kinds, lambda path: self._context.submit(ImportLog(path)))

    def _import_people(self) -> None:
        kinds = tr("Lists of people") + " (*.csv *.tsv *.vcf *.txt)"
        ask_to_read(
            self, tr("Import a list of people"), kinds, lambda path: self._context.submit(ImportPeople(path))
        )
