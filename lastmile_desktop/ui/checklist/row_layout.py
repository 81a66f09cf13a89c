"""Where everything in a line of the list stands, at a width and font scale; the delegate only draws it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetrics, QTextLayout

from lastmile_desktop.core.checklist import Chip, Row
from lastmile_desktop.core.verdict import State
from lastmile_desktop.ui.language import counted, tr
from lastmile_desktop.ui.span_text import Span, laid_out
from lastmile_desktop.ui.theme import Theme

NARROW_LIST = 420
CHIP_COLOURS = {
    Chip.NEW: ("accent", "accent_wash"),
    Chip.CAME_BACK: ("stop", "stop_wash"),
    Chip.CUSTOMER_ASKED: ("needs_you", "needs_you_wash"),
    Chip.BROKE_TWICE: ("stop", "stop_wash"),
}


@dataclass(frozen=True, slots=True)
class ChipBox:
    text: str
    colour: str
    wash: str
    box: QRectF


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Positions are relative to the line's top left corner."""

    height: int
    mark: QRectF
    title: QTextLayout
    title_at: QPointF
    place: QTextLayout | None
    place_at: QPointF
    chips: tuple[ChipBox, ...]


def margin(theme: Theme, width: int) -> int:
    """The left and right edge of everything in the list."""
    return theme.px(14) if width < theme.px(NARROW_LIST) else theme.px(20)


def text_left(theme: Theme, width: int) -> int:
    return margin(theme, width) + theme.px(30)


def row_layout(theme: Theme, row: Row, width: int) -> RowLayout:
    edge, left, top = margin(theme, width), text_left(theme, width), theme.px(9)
    room = max(1, width - left - edge)
    chips_width = _chips_width(theme, row.chips)
    beside = not row.chips or room - chips_width >= theme.px(180)
    title_room = room - chips_width - theme.px(12) if beside and row.chips else room
    title, title_height = laid_out(theme, (Span(row.title),), "row", title_room)
    y = top + title_height + theme.px(2)
    second = place_spans(row)
    place, place_at = None, QPointF(left, y)
    if second:
        place, place_height = laid_out(theme, second, "small", room)
        y += place_height
    if row.chips and not beside:
        y += theme.px(6)
        chips = _chips(theme, row.chips, left, y)
        y += theme.px(18)
    else:
        chips = _chips(theme, row.chips, width - edge - chips_width, top + theme.px(1))
    side = theme.px(18)
    return RowLayout(
        height=max(theme.px(56), round(y + theme.px(10))),
        mark=QRectF(edge, top + theme.px(1), side, side),
        title=title,
        title_at=QPointF(left, top),
        place=place,
        place_at=place_at,
        chips=chips,
    )


def place_spans(row: Row) -> tuple[Span, ...]:
    """The second line: where, or what in a sentence when there is no place."""
    if row.state is State.PASSED and row.detail:
        return (Span(row.detail, "secondary"),)
    if not row.place:
        return (Span(row.detail, "secondary"),) if row.detail else ()
    place = Span(row.place, "secondary", role="mono")
    if row.more <= 0:
        return (place,)
    return (place, Span("  " + counted(row.more, "and {n} more", "and {n} more"), "secondary"))


def _chip_width(theme: Theme, chip: Chip) -> float:
    return QFontMetrics(theme.font("chip")).horizontalAdvance(tr(chip.value)) + theme.px(12)


def _chips_width(theme: Theme, chips: tuple[Chip, ...]) -> float:
    return sum(_chip_width(theme, chip) for chip in chips) + theme.px(6) * max(0, len(chips) - 1)


def _chips(theme: Theme, chips: tuple[Chip, ...], left: float, top: float) -> tuple[ChipBox, ...]:
    boxes: list[ChipBox] = []
    for chip in chips:
        width = _chip_width(theme, chip)
        colour, wash = CHIP_COLOURS[chip]
        boxes.append(ChipBox(tr(chip.value), colour, wash, QRectF(left, top, width, theme.px(18))))
        left += width + theme.px(6)
    return tuple(boxes)
