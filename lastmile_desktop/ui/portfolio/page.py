"""Projects: every registered project, closest to sold first. The unsold pile is visible on purpose."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from lastmile_desktop.core.commands import AskPortfolio, DecideStage, OpenProject
from lastmile_desktop.core.notebook import StageChoice
from lastmile_desktop.core.portfolio import Pile, ProjectCard, pile_of
from lastmile_desktop.ui.context import Context
from lastmile_desktop.ui.controls import label
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.navigator import Notice
from lastmile_desktop.ui.pages import Page, PageView
from lastmile_desktop.ui.portfolio.card import CardView
from lastmile_desktop.ui.portfolio.words import choice_title, pile_title, really_sold, top_line
from lastmile_desktop.ui.span_text import Span, SpanText, paragraph


class PortfolioPage(PageView):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("portfolio")
        self._context = context
        theme = context.theme
        self._cards: dict[int, CardView] = {}
        self._headings: dict[Pile, QLabel] = {}
        self._top = SpanText(theme, "title")
        self._top.setObjectName("portfolio_top")
        self._sold = SpanText(theme)
        self._sold.setObjectName("portfolio_sold")
        self._empty = paragraph(
            theme, tr("Every folder you open is listed here, also after it is gone."), "body", "secondary"
        )
        body = QWidget()
        body.setObjectName("sheet")
        self._column = QVBoxLayout(body)
        self._column.setSpacing(8)
        self._column.addWidget(label(tr("Projects"), "headline"))
        for part in (self._top, self._sold, self._empty):
            self._column.addWidget(part)
        self._fixed = self._column.count()
        self._column.addStretch(1)
        body.setMaximumWidth(theme.px(920))
        self._area = QScrollArea()
        self._area.setObjectName("portfolio_area")
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)
        theme.changed.connect(lambda: body.setMaximumWidth(theme.px(920)))
        context.state.portfolio_changed.connect(self._hear)
        context.state.project_changed.connect(self._ask)
        self.set_narrow(False)
        self.refresh()

    def set_narrow(self, narrow: bool) -> None:
        self._column.setContentsMargins(*((14, 12, 14, 20) if narrow else (20, 18, 20, 24)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._context.submit(AskPortfolio())

    def take_focus(self) -> None:
        self._area.setFocus()

    def refresh(self) -> None:
        cards = self._context.state.portfolio.cards
        self._top.set_spans(Span(top_line(cards)))
        self._sold.set_spans(
            Span(tr("What have you actually sold?") + " ", "secondary"), Span(really_sold(cards), bold=True)
        )
        for part in (self._top, self._sold):
            part.setVisible(bool(cards))
        self._empty.setVisible(not cards)
        self._drop({card.project.id for card in cards})
        place = self._fixed
        for pile in Pile:
            members = [card for card in cards if pile_of(card) is pile]
            place = self._show_pile(pile, members, place)

    def _show_pile(self, pile: Pile, members: list[ProjectCard], place: int) -> int:
        """Put a pile's heading and cards from this place on; gives back the next one."""
        heading = self._headings.get(pile)
        if heading is None:
            heading = self._headings[pile] = label("", "label", f"pile_{pile.name.lower()}")
            heading.setWordWrap(True)
            heading.setContentsMargins(0, 12, 0, 0)
        heading.setText(pile_title(pile, members))
        heading.setVisible(bool(members))
        self._put(heading, place)
        place += 1
        for card in members:
            view = self._view(card)
            view.show_card(card, self._context.state.now())
            self._put(view, place)
            place += 1
        return place

    def _put(self, widget: QWidget, place: int) -> None:
        if self._column.indexOf(widget) != place:
            self._column.removeWidget(widget)
            self._column.insertWidget(place, widget)

    def _view(self, card: ProjectCard) -> CardView:
        identity, root = card.project.id, Path(card.project.root)
        if identity not in self._cards:
            view = self._cards[identity] = CardView(self._context.theme)

            def decided(choice: StageChoice | None) -> None:
                self._decide(identity, choice)

            view.decided.connect(decided)
            view.open_wanted.connect(lambda: self._open(root))
        return self._cards[identity]

    def _drop(self, wanted: set[int]) -> None:
        for identity in set(self._cards) - wanted:
            view = self._cards.pop(identity)
            view.hide()
            view.deleteLater()

    def _decide(self, identity: int, choice: StageChoice | None) -> None:
        self._context.submit(DecideStage(identity, choice))
        if choice is not None:
            text = tr("{choice}. It stands for 90 days.", choice=choice_title(choice))
            self._context.navigator.notice(
                Notice(
                    tr("Decided"),
                    text,
                    "news",
                    tr("Undo"),
                    lambda: self._context.submit(DecideStage(identity, None)),
                    key="stage-decided",
                )
            )

    def _open(self, root: Path) -> None:
        self._context.submit(OpenProject(root))
        self._context.navigator.go("today")

    def _hear(self) -> None:
        self.refresh()
        if self._context.state.portfolio.waiting and self.isVisible():
            self._ask()

    def _ask(self) -> None:
        if self.isVisible():
            self._context.submit(AskPortfolio())


PAGE = Page("portfolio", "Projects", "folders", 60, PortfolioPage)
