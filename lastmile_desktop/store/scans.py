"""Past scans, whole, and the life of every finding."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

import msgspec

from lastmile_desktop.core.finding import Finding, Life
from lastmile_desktop.core.known import Known
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.store.database import Database

_LARGEST_BODY = 256 * 1024 * 1024


def save(db: Database, project: Project, scan: Scan, gone: Iterable[Finding], stoppers: int) -> Scan:
    """Store a scan and what it means for each finding, in one transaction.

    A scan whose checklist equals that of the newest stored one only moves that one's `confirmed_at`: saving a file
    that changes nothing leaves no row behind. Gives back the scan with its id.
    """
    digest = checklist_digest(scan)
    with db.transaction() as connection:
        newest = connection.execute(
            "SELECT id, checklist_digest FROM scans WHERE project_id = ? ORDER BY id DESC LIMIT 1",
            (project.id,),
        ).fetchone()
        if newest is not None and newest["checklist_digest"] == digest:
            scan = replace(scan, id=newest["id"])
            connection.execute(
                "UPDATE scans SET confirmed_at = ?, git_commit = ?, body = ? WHERE id = ?",
                (scan.started, scan.commit, _packed(scan), scan.id),
            )
        else:
            cursor = connection.execute(
                "INSERT INTO scans (project_id, started, confirmed_at, git_commit, branch, catalogue, "
                "checklist_digest, gaps, stoppers, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, x'')",
                (
                    project.id,
                    scan.started,
                    scan.started,
                    scan.commit,
                    scan.branch,
                    scan.catalogue,
                    digest,
                    sum(len(verdict.gaps) for verdict in scan.verdicts),
                    stoppers,
                ),
            )
            scan = replace(scan, id=int(cursor.lastrowid or 0))
            connection.execute("UPDATE scans SET body = ? WHERE id = ?", (_packed(scan), scan.id))
        current = [finding for verdict in scan.verdicts for finding in verdict.findings]
        connection.executemany(
            _UPSERT_FINDING,
            [(project.id, *_finding_row(item, scan.started, None)) for item in current]
            + [(project.id, *_finding_row(item, scan.started, scan.started)) for item in gone],
        )
    return scan


_UPSERT_FINDING = (
    "INSERT INTO findings (project_id, fingerprint, rule, life, first_seen, last_seen, ended_at, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project_id, fingerprint) DO UPDATE SET life = excluded.life, "
    "last_seen = CASE WHEN excluded.ended_at IS NULL THEN excluded.last_seen ELSE last_seen END, "
    "ended_at = excluded.ended_at, body = excluded.body"
)


def _finding_row(finding: Finding, seen: str, ended: str | None) -> tuple[object, ...]:
    body = msgspec.json.encode(finding).decode()
    return (finding.fingerprint, finding.rule, str(finding.life), finding.first_seen, seen, ended, body)


def known(db: Database, project: Project) -> Mapping[str, Known]:
    """What history says of every fingerprint ever seen in this project."""
    rows = db.rows(
        "SELECT fingerprint, life, first_seen, body FROM findings WHERE project_id = ?", project.id
    )
    return {
        row["fingerprint"]: Known(
            msgspec.json.decode(row["body"], type=Finding), row["first_seen"], Life(row["life"])
        )
        for row in rows
    }


def latest(db: Database, project: Project) -> Scan | None:
    """The newest stored scan, whole."""
    rows = db.rows("SELECT body FROM scans WHERE project_id = ? ORDER BY id DESC LIMIT 1", project.id)
    return _unpacked(rows[0]["body"]) if rows else None


def load(db: Database, scan_id: int) -> Scan | None:
    rows = db.rows("SELECT body FROM scans WHERE id = ?", scan_id)
    return _unpacked(rows[0]["body"]) if rows else None


def first_started(db: Database, project: Project) -> str:
    """When the first scan of this project was made, "" before it."""
    rows = db.rows("SELECT min(started) AS started FROM scans WHERE project_id = ?", project.id)
    return rows[0]["started"] or ""


def checklist_digest(scan: Scan) -> str:
    """What the checklist says, without times and without the news of this one scan (new, came back)."""
    settled = [
        replace(
            verdict,
            findings=tuple(
                replace(item, life=Life.OPEN if item.is_open else item.life, first_seen="")
                for item in verdict.findings
            ),
        )
        for verdict in scan.verdicts
    ]
    engines = [(info.name, info.version, info.health) for info in scan.engines]
    body = msgspec.json.encode((settled, engines, scan.facts, scan.unread, scan.catalogue))
    return hashlib.sha256(body).hexdigest()[:32]


def _packed(scan: Scan) -> bytes:
    return zlib.compress(msgspec.json.encode(scan), 6)


def _unpacked(body: bytes) -> Scan:
    text = zlib.decompressobj().decompress(body, _LARGEST_BODY)
    return msgspec.json.decode(text, type=Scan)
