"""The policy book: key by key or as text, previewed before it is written, taken back afterwards."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import PreviewPolicy, ReadPlans, WritePolicy
from lastmile_desktop.core.events import PolicyPreviewed
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import Button, clear, on_click, rule
from lastmile_desktop.ui.flow import FlowLayout
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.navigator import Notice
from lastmile_desktop.ui.pages import Page, PageView
from lastmile_desktop.ui.policy.book import BookView
from lastmile_desktop.ui.policy.diff import DiffView
from lastmile_desktop.ui.policy.rules import RulesView
from lastmile_desktop.ui.span_text import Span, SpanText
from lastmile_desktop.ui.tabs import TabRow
from lastmile_desktop.ui.text_button import TextButton

RULES, BOOK = "rules", "book"


class PolicyPage(PageView):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("policy")
        self._context = context
        theme = context.theme
        self._preview: PolicyPreviewed | None = None
        self.rules = RulesView(theme, self._title_of)
        self.book = BookView(theme)
        self.diff = DiffView(theme)
        self._summary = SpanText(theme)
        self._summary.setObjectName("policy_summary")
        self._problems = QWidget()
        QVBoxLayout(self._problems).setContentsMargins(0, 0, 0, 0)
        self._tabs = TabRow(((RULES, tr("Rules")), (BOOK, tr("Text"))))
        self._views = QStackedWidget()
        self._views.addWidget(self._scrolling(self.rules))
        self._views.addWidget(self._padded(self.book))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._editing())
        self._stack.addWidget(self.diff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._tabs.chosen.connect(self._turn)
        for view in (self.rules, self.book):
            view.changed.connect(self._count)
        self.diff.left.connect(self._back)
        self.diff.applied.connect(self._apply)
        context.state.plans_changed.connect(self.refresh)
        context.state.policy_previewed.connect(self._show_preview)
        context.state.project_changed.connect(self._read)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._context.submit(ReadPlans())

    def escape(self) -> bool:
        if self._stack.currentWidget() is self.diff:
            self._back()
            return True
        return False

    def refresh(self) -> None:
        plans = self._context.state.plans
        self.rules.show_reading(plans.policy)
        self.book.show_text(plans.policy_text or "")
        written = len(plans.policy.values)
        if plans.policy_text is None:
            text = tr("No policy book yet. What you fill in here is written to .lastmile/policy.toml.")
        elif not plans.policy.readable:
            text = tr("The policy book cannot be read, so none of it counts.")
        else:
            text = counted(written, "{n} rule is written.", "{n} rules are written.")
        self._summary.set_spans(Span(text, "secondary"))
        self._show_problems()
        self._count()

    def show_tab(self, name: str) -> None:
        self._tabs.choose(name)

    def _show_problems(self) -> None:
        clear(self._problems)
        column = self._problems.layout()
        assert isinstance(column, QVBoxLayout)
        column.setSpacing(0)
        problems = self._context.state.plans.policy.problems
        for problem in problems:
            text = tr("Line {n}: {problem}", n=problem.line, problem=problem.text)
            button = TextButton(self._context.theme, text, "link", "policy_problem", (2, 2, 2, 2))
            button.say(text, "soon")
            on_click(button, lambda line=problem.line: self._go_to(line))
            column.addWidget(button)
        self._problems.setVisible(bool(problems))

    def _go_to(self, line: int) -> None:
        self.show_tab(BOOK)
        self.book.go_to(line)

    def _turn(self, name: str) -> None:
        self._views.setCurrentIndex(1 if name == BOOK else 0)
        self._count()

    def _count(self) -> None:
        """The foot is there while something is changed and not written."""
        changes = len(self.rules.changes())
        as_text = self.book.written is not None
        on_book = self._views.currentIndex() == 1
        self._foot.setVisible(as_text if on_book else bool(changes))
        said = tr("The text is changed.") if on_book else counted(changes, "{n} change", "{n} changes")
        self._changed.set_spans(Span(said, "secondary"))

    def _ask_preview(self) -> None:
        if self._views.currentIndex() == 1:
            self._context.submit(PreviewPolicy(text=self.book.written or ""))
        else:
            self._context.submit(PreviewPolicy(self.rules.changes()))

    def _show_preview(self, preview: PolicyPreviewed) -> None:
        self._preview = preview
        self._stack.setCurrentWidget(self.diff)
        self.diff.show_preview(preview)

    def _apply(self) -> None:
        preview = self._preview
        if preview is None:
            return
        self.rules.discard()
        self.book.discard()
        self._context.submit(WritePolicy(preview.after))
        self._back()

        def undo() -> None:
            self._context.submit(WritePolicy(preview.before))

        text = tr(".lastmile/policy.toml; the list is checked against it now.")
        self._context.navigator.notice(
            Notice(tr("Written"), text, "news", tr("Undo"), undo, key="policy-written")
        )

    def _back(self) -> None:
        self._stack.setCurrentIndex(0)

    def _discard(self) -> None:
        (self.book if self._views.currentIndex() == 1 else self.rules).discard()
        self._count()

    def _read(self) -> None:
        if self.isVisible() and self._context.state.project is not None:
            self._context.submit(ReadPlans())

    def _title_of(self, check_id: str) -> str:
        check = self._context.state.checks.get(check_id)
        return check.title_gap if check else check_id

    def _editing(self) -> QWidget:
        head = QVBoxLayout()
        head.setContentsMargins(18, 12, 18, 8)
        head.setSpacing(6)
        head.addWidget(self._summary)
        head.addWidget(self._problems)
        self._foot = self._made_foot()
        holder = QWidget()
        holder.setObjectName("content")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._tabs)
        column.addLayout(head)
        column.addWidget(self._views, 1)
        column.addWidget(self._foot)
        return holder

    def _made_foot(self) -> QFrame:
        theme = self._context.theme
        self._changed = SpanText(theme)
        look = Button(theme, tr("Look at the change"), "primary", "eye", "policy_preview")
        drop = Button(theme, tr("Discard"), "quiet", "", "policy_discard")
        on_click(look, self._ask_preview)
        on_click(drop, self._discard)
        row = QWidget()
        flow = FlowLayout(row, 8)
        for part in (look, drop, self._changed):
            flow.addWidget(part)
        foot = QFrame()
        column = QVBoxLayout(foot)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        inner = QHBoxLayout()
        inner.setContentsMargins(18, 8, 18, 8)
        inner.addWidget(row)
        column.addWidget(rule())
        column.addLayout(inner)
        return foot

    def _scrolling(self, inner: QWidget) -> QScrollArea:
        theme = self._context.theme
        body = QWidget()
        body.setObjectName("sheet")
        body.setMaximumWidth(theme.px(720))
        column = QVBoxLayout(body)
        column.setContentsMargins(18, 0, 18, 24)
        column.addWidget(inner)
        column.addStretch(1)
        area = QScrollArea()
        area.setObjectName("policy_area")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        theme.changed.connect(lambda: body.setMaximumWidth(theme.px(720)))
        return area

    def _padded(self, inner: QWidget) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(18, 0, 18, 14)
        column.addWidget(inner)
        return holder


PAGE = Page("policy", "Policy", "scales", 50, PolicyPage)
