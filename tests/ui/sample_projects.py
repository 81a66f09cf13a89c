"""A founder's projects, one sold, two on the way, a pile that is not."""

from __future__ import annotations

from datetime import date, timedelta

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.conversation import Ladder
from lastmile_desktop.core.notebook import StageChoice, StageDecision
from lastmile_desktop.core.portfolio import BuildRecord, ProjectCard, Sum, closest_to_sold
from lastmile_desktop.core.scan import Project
from tests.ui import sample


def _built(hours: float, days_ago: int, tool: str) -> BuildRecord:
    return BuildRecord("head", hours, None, sample.NOW - timedelta(days=days_ago), "", tool, 1)


CARDS = closest_to_sold(
    (
        ProjectCard(
            sample.PROJECT,
            is_open=True,
            stage=Stage.FIRST_USERS,
            build=_built(212.5, 0, "lovable"),
            people=3,
            payers=3,
            talks=3,
            recent_talks=1,
            last_talk=date(2026, 11, 8),
            best=Ladder.MONEY,
            sold=True,
            money=(Sum(4_900, "USD"),),
            stoppers=2,
            decision=StageDecision(StageChoice.SELL_NOW, date(2026, 11, 2), 1),
        ),
        ProjectCard(
            Project(2, "/projects/recipe-box", "recipe-box"),
            stage=Stage.DEMO,
            build=_built(64, 9, "v0"),
            people=2,
            payers=1,
            recent_talks=1,
            best=Ladder.TIME,
            stoppers=0,
        ),
        ProjectCard(
            Project(3, "/projects/quote-in-the-driveway-for-roofers", "quote-in-the-driveway-for-roofers"),
            before=("/projects/roof-quotes",),
            stage=Stage.DEMO,
            build=_built(91, 40, "cursor"),
            stoppers=5,
        ),
        ProjectCard(
            Project(4, "/projects/mood-journal", "mood-journal"),
            here=False,
            stage=Stage.DEMO,
            build=_built(38, 120, "bolt"),
            stoppers=3,
            decision=StageDecision(StageChoice.PAUSED, date(2026, 7, 1), 2),
        ),
        ProjectCard(Project(5, "/projects/standup-bot", "standup-bot"), build=BuildRecord("")),
        ProjectCard(
            Project(6, "/projects/chess-clock", "chess-clock"),
            stage=Stage.HOBBY,
            build=_built(17, 61, "claude-code"),
            stoppers=1,
        ),
    )
)
