"""The lane: asked in a form, shown as the file it becomes, written when the founder says so."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import WriteLane
from lastmile_desktop.core.lane import Lane
from lastmile_desktop.core.notebook import LaneVersion
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, label, on_click
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.form import Form
from lastmile_desktop.ui.form_fields import GrowingText
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.lane_fit import LaneFit
from lastmile_desktop.ui.people.lane_text import lane_text, texts_of
from lastmile_desktop.ui.people.rows import Row, Rows
from lastmile_desktop.ui.phrases import days_ago, long_day
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph
from lastmile_desktop.ui.theme import Theme

_SHOWN_QUOTES = 40


class LaneForm(Form):
    """Fields are named as the keys of the file."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "lane")
        hint = tr("owners of roofing companies with one to ten people in the Midwest")
        self.text("for_who", tr("Who it is for"), hint)
        self.line("industry", tr("Their trade or situation"), tr("roofing"))
        self.line("company_size", tr("How many work there"), tr("1-10"))
        self.line("buyer", tr("Who buys"), tr("owner"))
        self.several("user", tr("Who uses it"))
        self.text("problem", tr("The problem"))
        self.words = self.several("in_their_words", tr("In their words"), tr("a quote, or your note of one"))
        self.text("instead_today", tr("What they do today"))
        self.line("pays_today_what", tr("They pay today for"), tr("QuickBooks"))
        self.line("pays_today_amount", tr("How much"), tr("35"))
        pers = (
            ("", tr("not said")),
            *((per, tr("a {per}", per=per)) for per in ("month", "year", "week", "job")),
        )
        self.choice("pays_today_per", tr("How often"), pers)
        self.text("promise", tr("What you promise"))
        self.several("says_no_to", tr("What you say no to"), tr("at least two"))
        self.several("must_integrate", tr("Must work with"))
        self.several("must_not_need", tr("Must not need"))
        self.line("price_what", tr("Your price is"), tr("flat, per seat"))
        self.line("price_amount", tr("How much"), tr("49"))
        self.choice("price_per", tr("How often"), pers)
        self.line("first_value_minutes", tr("Minutes to first use"), tr("5"))
        self.evidence = self.several("evidence", tr("Talks that say so"), tr("name of a person"), free=False)


class VersionRow(Row[LaneVersion]):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._version: LaneVersion | None = None
        self._words = SpanText(context.theme)
        self._restore = Button(
            context.theme, tr("Write this one again"), "tag", "arrow-counter-clockwise", "lane_restore"
        )
        on_click(self._restore, self._write)
        buttons = QWidget()
        FlowLayout(buttons).addWidget(self._restore)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._words)
        column.addWidget(buttons)

    def show_record(self, record: LaneVersion) -> None:
        self._version = record
        today = self._context.state.now().date()
        first = next((line for line in record.text.splitlines() if line.strip().startswith("for_who")), "")
        when = f"{long_day(record.written_on, today)}, {days_ago((today - record.written_on).days)}"
        self._words.set_spans(
            Span(when, bold=True), Span(f"\n{first.partition('=')[2].strip()}" if first else "")
        )
        written = record.text == self._context.state.plans.lane_text
        self._restore.setEnabled(not written)
        self._restore.setText(tr("In the project now") if written else tr("Write this one again"))

    def _write(self) -> None:
        if self._version is not None:
            self._context.submit(WriteLane(self._version.text))


class LanePart(QWidget):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._shown: tuple[str | None, Lane | None] | None = None
        theme = context.theme
        self.form = LaneForm(theme)
        self._problem = paragraph(theme, "", "body", "stop")
        self.preview = GrowingText(theme, most_lines=40)
        self.preview.setObjectName("lane_preview")
        self.preview.setAccessibleName(tr("The file as it would be"))
        self.preview.setReadOnly(True)
        self.preview.setFont(theme.font("mono"))
        self._apply = Button(theme, tr("Write the file"), "primary", "check", "lane_apply")
        self._back = Button(theme, tr("Back to what is written"), "quiet", "", "lane_back")
        self._versions = Rows[LaneVersion](lambda _version: VersionRow(context))
        self._lay_out()
        self.form.changed.connect(self._show_preview)
        on_click(self._apply, self._write)
        on_click(self._back, self._reload)
        context.state.plans_changed.connect(self.refresh)
        context.state.notebook_changed.connect(self._refresh_versions)
        context.state.conversations_changed.connect(self._offer)
        self._offer()
        self.refresh()

    def refresh(self) -> None:
        """What is written goes into the form, unless the form says something else already."""
        plans = self._context.state.plans
        told = (plans.lane_text, plans.lane)
        if told != self._shown:
            untouched = self._shown is None or self._text(self._shown[0]) == (self._shown[0] or "")
            self._shown = told
            if untouched or self._text(plans.lane_text) == plans.lane_text or not self.form.texts():
                self.form.put(texts_of(plans.lane) if plans.lane else {})
        problem = plans.lane.problem_with_file if plans.lane else ""
        kept = tr("Writing makes a new file; the text that is there now is kept among the versions.")
        self._problem.set_spans(Span(f"{problem} {kept}" if problem else "", "stop"))
        self._problem.setVisible(bool(problem))
        self._show_preview()
        self._refresh_versions()

    def _refresh_versions(self) -> None:
        self._versions.apply(reversed(self._context.state.notebook.lanes))
        self._versions_title.setVisible(bool(self._context.state.notebook.lanes))

    def _offer(self) -> None:
        talks = self._context.state.conversations
        quotes = [quote.text for talk in talks for quote in talk.quotes][:_SHOWN_QUOTES]
        self.form.words.offer((text, " ".join(text.split())) for text in quotes)
        now = self._context.state.now()
        self.form.evidence.offer(
            (
                f"conv:{talk.id}",
                f"{talk.person}, {long_day(talk.when.astimezone(now.tzinfo).date(), now.date())}",
            )
            for talk in talks
        )

    def _text(self, before: str | None) -> str:
        return lane_text(before, self.form.texts())

    def _show_preview(self) -> None:
        before = self._context.state.plans.lane_text
        text = self._text(before) if self.form.texts() else before or ""
        if text != self.preview.toPlainText():
            self.preview.setPlainText(text)
        changed = bool(self.form.texts()) and text != (before or "")
        self._apply.setEnabled(changed)
        self._back.setVisible(changed)

    def _write(self) -> None:
        self._context.submit(WriteLane(self.preview.toPlainText()))
        self._context.navigator.say(tr("Lane written"))

    def _reload(self) -> None:
        lane = self._context.state.plans.lane
        self.form.put(texts_of(lane) if lane else {})
        self._show_preview()

    def _lay_out(self) -> None:
        theme = self._context.theme
        buttons = QFrame()
        flow = FlowLayout(buttons)
        flow.addWidget(self._apply)
        flow.addWidget(self._back)
        self._versions_title = label(tr("Versions"), "strong")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self._problem)
        column.addWidget(LaneFit(self._context))
        column.addWidget(self.form)
        column.addWidget(label(tr("The file"), "strong"))
        where = tr("This becomes .lastmile/lane.toml in your project. Your AI tool can read it too.")
        column.addWidget(paragraph(theme, where, "small", "secondary"))
        column.addWidget(self.preview)
        column.addWidget(buttons)
        column.addWidget(self._versions_title)
        column.addWidget(self._versions)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
