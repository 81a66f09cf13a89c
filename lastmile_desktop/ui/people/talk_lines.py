"""Found talks as lines of a list, with what was looked for made bold. Pure."""

from __future__ import annotations

from datetime import datetime

from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.search import TalkHit, TalksFound
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.lines import TextLine
from lastmile_desktop.ui.people.reading_lines import given
from lastmile_desktop.ui.phrases import days_ago
from lastmile_desktop.ui.span_text import Span

_LONGEST = 180


def talk_lines(found: TalksFound, now: datetime) -> tuple[TextLine, ...]:
    return tuple(_line(hit, now) for hit in found.hits)


def _line(hit: TalkHit, now: datetime) -> TextLine:
    talk = hit.conversation
    ago = days_ago((now.date() - talk.when.astimezone(now.tzinfo).date()).days)
    rest = " · ".join(part for part in (talk.company, ago, tr(talk.channel.value), given(talk)) if part)
    paragraphs: list[tuple[Span, ...]] = [(Span(talk.person, bold=True), Span(f"  {rest}", "secondary"))]
    if hit.excerpt:
        paragraphs.append(
            tuple(
                Span(piece.text, "accent" if piece.hit else "text", bold=piece.hit) for piece in hit.excerpt
            )
        )
    elif words := _first_words(talk):
        paragraphs.append((Span(words),))
    return TextLine(f"talk:{talk.id}", tuple(paragraphs), talk.id)


def _first_words(talk: Conversation) -> str:
    text = " ".join((talk.said or talk.problem or talk.story).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
