"""Settings: every setting that is declared, the project's answers, and where the data lives."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import Answer, MeasureData, SetSetting
from lastmile_desktop.core.questions import QUESTIONS
from lastmile_desktop.settings import SETTINGS, Setting
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, label, on_click
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.onboarding.profile import ProfileForm
from lastmile_desktop.ui.pages import Page, PageView
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph

_CHOICES = {
    "system": "As the system is",
    "light": "Light",
    "dark": "Dark",
    "auto": "The first that is installed",
    "cursor": "Cursor",
    "code": "VS Code",
    "windsurf": "Windsurf",
    "zed": "Zed",
    "idea": "A JetBrains IDE",
    "custom": "Another command",
    "yes": "Yes",
    "no": "No",
}


class SettingsPage(PageView):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("settings")
        self._context = context
        self._fields: dict[str, QComboBox | QLineEdit] = {}
        body = QWidget()
        body.setObjectName("sheet")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(20, 18, 20, 24)
        self._column.setSpacing(6)
        self._column.addWidget(label(tr("Settings"), "headline"))
        for setting in SETTINGS:
            if setting.shown:
                self._add(setting)
        self._project_title = label(tr("This project"), "title")
        self._profile = ProfileForm(context.theme, QUESTIONS)
        self._column.addSpacing(14)
        self._column.addWidget(self._project_title)
        self._asked = paragraph(
            context.theme,
            tr("What no file tells. A question without an answer stays open; it never counts as no."),
            "small",
            "secondary",
        )
        self._column.addWidget(self._asked)
        self._column.addWidget(self._profile)
        self._size = SpanText(context.theme, "small", self)
        self._size.setObjectName("data_size")
        self._size.hide()
        self._add_data()
        self._column.addStretch(1)
        body.setMaximumWidth(context.theme.px(620))
        area = QScrollArea()
        area.setObjectName("settings_area")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self._profile.answered.connect(self._answer)
        context.state.settings_changed.connect(self.refresh)
        context.state.project_changed.connect(self.refresh)
        context.state.data_measured.connect(self._show_size)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._context.state.project is not None:
            self._context.submit(MeasureData())

    def refresh(self) -> None:
        state = self._context.state
        for key, field in self._fields.items():
            value = state.settings.get(key, "")
            if isinstance(field, QComboBox):
                field.setCurrentIndex(max(0, field.findData(value)))
            elif not field.hasFocus():
                field.setText(value)
        self._fields["editor_command"].setEnabled(state.settings.get("editor") == "custom")
        for part in (self._project_title, self._asked, self._profile):
            part.setVisible(state.project is not None)
        answers = dict(state.answers)
        if "profile.users" in answers:
            answers["profile.users"] = str(state.users)
        self._profile.show_answers(answers)

    def _add(self, setting: Setting) -> None:
        field = self._choice(setting) if setting.choices else self._text(setting)
        field.setObjectName(f"setting_{setting.key}")
        field.setAccessibleName(tr(setting.title))
        field.setAccessibleDescription(tr(setting.help))
        self._fields[setting.key] = field
        self._column.addSpacing(8)
        self._column.addWidget(label(tr(setting.title), "strong"))
        self._column.addWidget(field)
        self._column.addWidget(paragraph(self._context.theme, tr(setting.help), "small", "secondary"))

    def _choice(self, setting: Setting) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(12)
        for choice in setting.choices:
            box.addItem(tr(_CHOICES.get(choice, f"{choice} %")), choice)

        def chosen() -> None:
            self._context.submit(SetSetting(setting.key, str(box.currentData())))

        box.activated.connect(chosen)
        return box

    def _text(self, setting: Setting) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText("cursor --goto {file}:{line}" if setting.key == "editor_command" else "")
        field.editingFinished.connect(lambda: self._tell(setting.key, field.text().strip()))
        return field

    def _answer(self, key: str, value: str) -> None:
        self._context.submit(Answer(key, value))

    def _tell(self, key: str, value: str) -> None:
        if value != self._context.state.settings.get(key, ""):
            self._context.submit(SetSetting(key, value))

    def _add_data(self) -> None:
        if self._context.data is None:
            return
        folder = str(self._context.data)
        copy = Button(self._context.theme, tr("Copy the path"), icon="copy", name="copy_data_path")
        on_click(copy, lambda: self._copied(folder))
        self._column.addSpacing(14)
        self._column.addWidget(label(tr("Your data"), "title"))
        self._column.addWidget(
            paragraph(
                self._context.theme,
                tr("Scans, conversations and answers live on this computer only, in this folder:"),
                "body",
                "secondary",
            )
        )
        self._column.addWidget(paragraph(self._context.theme, folder, "mono"))
        self._column.addWidget(self._size)
        self._column.addWidget(copy)

    def _show_size(self, size: int) -> None:
        self._size.set_spans(
            Span(
                tr(
                    "It takes {size}.",
                    size=QLocale().formattedDataSize(
                        size, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat
                    ),
                ),
                "secondary",
            )
        )
        self._size.show()

    def _copied(self, folder: str) -> None:
        QGuiApplication.clipboard().setText(folder)
        self._context.navigator.say(tr("Path copied"))


PAGE = Page("settings", "Settings", "gear-six", 100, SettingsPage)
