"""How bad it is that anyone may call a function: severity, certainty, and the words for it."""

from __future__ import annotations

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.row_security.definer import Danger

GRADES = {
    Danger.GIVES_ROLE: (
        Severity.CRITICAL,
        0.85,
        "and make themselves an administrator in {tables}: it never asks who is calling",
    ),
    Danger.TAKES_POINTS: (
        Severity.HIGH,
        0.65,
        "and change {tables} of any customer: it never asks who is calling",
    ),
    Danger.USES_UP: (
        Severity.HIGH,
        0.7,
        "and change how much of their plan any customer has used ({tables})",
    ),
    Danger.MARKS: (Severity.LOW, 0.6, "which only notes in {tables} that something was sent or seen"),
    Danger.WORKS_OUT: (
        Severity.INFO,
        0.7,
        "which works {tables} out anew and is meant for your own system",
    ),
    Danger.TAKES_POWER: (
        Severity.CRITICAL,
        0.8,
        "and change {tables} of any customer: it never asks who is calling",
    ),
    Danger.CHANGES_ROWS: (
        Severity.HIGH,
        0.75,
        "and change {tables} of any customer: it never asks who is calling",
    ),
    Danger.READS_ROWS: (Severity.CRITICAL, 0.8, "and get rows of {tables}: it never asks who is calling"),
    Danger.READS_KEYS: (Severity.INFO, 0.6, "and learn which ids or rights somebody has"),
    Danger.READS_ONE: (Severity.MEDIUM, 0.65, "for any customer; it reads {tables} past their row security"),
    Danger.READS_SUMMARY: (Severity.MEDIUM, 0.6, "which reads {tables} past their row security"),
    Danger.JOINS_ANYONE: (
        Severity.HIGH,
        0.7,
        "for any user id and add rows to {tables}: it never asks who is calling",
    ),
    Danger.READS_HIDDEN: (
        Severity.MEDIUM,
        0.7,
        "which reads {tables}, of a schema that strangers are kept out of",
    ),
    Danger.TAKES_FORMS: (
        Severity.INFO,
        0.6,
        "and add rows to {tables} without limit; right for a public form",
    ),
    Danger.RUNS_CHORES: (Severity.MEDIUM, 0.7, "which changes {tables} and is meant for your own system"),
    Danger.CLEANS_UP: (Severity.LOW, 0.7, "which deletes from {tables} and is meant for your own system"),
    Danger.CLEANS_EXPIRED: (Severity.INFO, 0.8, "which only removes what has run out from {tables}"),
}
