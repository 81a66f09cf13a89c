"""Every registered project as far as the store knows it, and what git said of each."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from lastmile_desktop.core.balance import Stage
from lastmile_desktop.core.conversation import Commitment, Ladder
from lastmile_desktop.core.notebook import StageDecision
from lastmile_desktop.core.people import PersonRole
from lastmile_desktop.core.portfolio import NOT_READ, BuildRecord, ProjectCard, Sum, total
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store import conversations, projects
from lastmile_desktop.store.database import Database

MOST_PROJECTS = 300
_BUILD = "build"
_RECENT = timedelta(days=30)


def registered(db: Database) -> tuple[Project, ...]:
    """The projects opened last first."""
    rows = db.rows(
        "SELECT id, root, name FROM projects ORDER BY opened_at DESC, id DESC LIMIT ?", MOST_PROJECTS
    )
    return tuple(Project(row["id"], row["root"], row["name"]) for row in rows)


def card(db: Database, project: Project, today: date) -> ProjectCard:
    """What is stored about a project; whether its folder is there is for others to say."""
    (told,) = db.rows(_TOLD, (today - _RECENT).isoformat(), today.isoformat(), project.id, *_NO_CUSTOMERS)
    given = _commitments(db, project)
    stage = projects.answers(db, project).get("profile.stage", "")
    return ProjectCard(
        project,
        stage=Stage(stage) if stage in set(Stage) else Stage.UNKNOWN,
        build=build(db, project),
        people=told["people"],
        payers=told["payers"],
        talks=told["talks"],
        recent_talks=told["recent"] or 0,
        last_talk=date.fromisoformat(told["last"]) if told["last"] else None,
        best=list(Ladder)[told["best"] or 0],
        sold=any(item.sells for item in given),
        money=total(Sum(item.amount, item.currency) for item in given if item.sells),
        stoppers=_newest_scan(db, project)[1],
        decision=_decision(db, project),
    )


def newest_scan(db: Database, project: Project) -> int:
    """The id of the newest stored scan, 0 before the first one."""
    return _newest_scan(db, project)[0]


_NO_CUSTOMERS = tuple(str(role) for role in PersonRole if not role.is_customer)
_ROLE = "coalesce(json_extract(p.body, '$.role'), 'unknown')"
# Whoever only uses or recommends it does not decide to pay.
_TOLD = f"""
    SELECT count(DISTINCT c.person_id) AS people,
           count(DISTINCT CASE WHEN {_ROLE} NOT IN ('user', 'influencer') THEN c.person_id END) AS payers,
           count(*) AS talks,
           sum(substr(c.held_at, 1, 10) > ? AND substr(c.held_at, 1, 10) <= ?) AS recent,
           max(substr(c.held_at, 1, 10)) AS last,
           max(c.commitment) AS best
    FROM conversations c JOIN people p ON p.id = c.person_id
    WHERE c.project_id = ? AND {_ROLE} NOT IN ({", ".join("?" * len(_NO_CUSTOMERS))})
"""  # noqa: S608 - made of constants


def build(db: Database, project: Project) -> BuildRecord:
    rows = db.rows("SELECT body FROM records WHERE project_id = ? AND kind = ?", project.id, _BUILD)
    return msgspec.json.decode(rows[0]["body"], type=BuildRecord) if rows else NOT_READ


def keep_build(db: Database, project: Project, record: BuildRecord) -> None:
    body = msgspec.json.encode(record).decode()
    with db.transaction() as connection:
        connection.execute("DELETE FROM records WHERE project_id = ? AND kind = ?", (project.id, _BUILD))
        connection.execute(
            "INSERT INTO records (project_id, kind, body) VALUES (?, ?, ?)", (project.id, _BUILD, body)
        )


def _commitments(db: Database, project: Project) -> tuple[Commitment, ...]:
    """Of money, whoever gave it; team members and friends are no customers."""
    rows = db.rows(
        "SELECT id FROM conversations WHERE project_id = ? AND commitment = ?", project.id, Ladder.MONEY.step
    )
    talks = conversations.by_ids(db, project, [row["id"] for row in rows])
    return tuple(talk.commitment for talk in talks if talk.role.is_customer)


def _newest_scan(db: Database, project: Project) -> tuple[int, int | None]:
    rows = db.rows("SELECT id, stoppers FROM scans WHERE project_id = ? ORDER BY id DESC LIMIT 1", project.id)
    return (int(rows[0]["id"]), int(rows[0]["stoppers"])) if rows else (0, None)


def _decision(db: Database, project: Project) -> StageDecision | None:
    rows = db.rows(
        "SELECT id, body FROM records WHERE project_id = ? AND kind = 'decision' ORDER BY id DESC LIMIT 1",
        project.id,
    )
    return msgspec.json.decode(rows[0]["body"], type=StageDecision) if rows else None
