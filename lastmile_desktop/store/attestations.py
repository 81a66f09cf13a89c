"""Dated statements by the founder. None is ever deleted: history keeps what was stated when."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from lastmile_desktop.core.attestation import Attestation
from lastmile_desktop.core.scan import Project
from lastmile_desktop.store.database import Database


def add(db: Database, project: Project, attestation: Attestation) -> None:
    with db.transaction() as connection:
        connection.execute(
            "INSERT INTO attestations (project_id, check_id, target, done_on, body) VALUES (?, ?, ?, ?, ?)",
            (
                project.id,
                attestation.check_id,
                attestation.target,
                attestation.done_on.isoformat(),
                msgspec.json.encode(attestation).decode(),
            ),
        )


def all_of(db: Database, project: Project) -> tuple[Attestation, ...]:
    """The newest first."""
    rows = db.rows(
        "SELECT body FROM attestations WHERE project_id = ? ORDER BY done_on DESC, id DESC", project.id
    )
    return tuple(msgspec.json.decode(row["body"], type=Attestation) for row in rows)


def void(db: Database, project: Project, attestation: Attestation, why: str) -> None:
    """Mark an attestation as no longer true of this project."""
    old = msgspec.json.encode(attestation).decode()
    new = msgspec.json.encode(replace(attestation, voided=why)).decode()
    with db.transaction() as connection:
        connection.execute(
            "UPDATE attestations SET body = ? WHERE project_id = ? AND body = ?", (new, project.id, old)
        )
