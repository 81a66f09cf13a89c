"""A month of things that worked here and broke there."""

from __future__ import annotations

from datetime import date

from lastmile_desktop.core.commands import Command, KeepRecord
from lastmile_desktop.core.notebook import Difference, Incident, JournalEntry, MonthlyOutcomes, Outcome

ENTRIES = (
    JournalEntry(
        "Sign-up mails never arrive",
        date(2026, 10, 7),
        works_in="preview",
        fails_in="production",
        differences=(Difference.ENVIRONMENT_VARIABLE,),
        evidence="Resend shows no request at all",
        fix="RESEND_KEY set in the project settings",
        guard="delivery.env-parity",
        linked_checks=("delivery.env-parity",),
        minutes_lost=55,
    ),
    JournalEntry(
        "Job photos of another crew on the dashboard",
        date(2026, 11, 4),
        works_in="my account",
        fails_in="accounts with more than one crew",
        differences=(Difference.PERMISSION, Difference.DATA_VOLUME),
        evidence="Dana sent a screenshot",
        fix="the query asks for the crew of the caller",
        guard="a test with two crews",
        linked_checks=("access.object-ownership",),
        minutes_lost=180,
        incident=Incident(
            "Three customers saw photos that were not theirs.",
            26 * 60,
            "All three, by phone, the same evening",
            "08:10 Dana calls. 08:40 page switched off. 11:20 mended and live.",
        ),
    ),
    JournalEntry(
        "Payment page stays white after the release",
        date(2026, 11, 18),
        works_in="my laptop",
        fails_in="production",
        differences=(Difference.ENVIRONMENT_VARIABLE, Difference.BUILD_CONFIG),
        evidence="console: VITE_STRIPE_KEY is undefined",
        linked_checks=("delivery.env-parity",),
        minutes_lost=40,
    ),
    JournalEntry("PDF export hangs for Marcus", date(2026, 11, 19)),
)
OUTCOMES = (
    MonthlyOutcomes(
        "2026-10",
        (
            Outcome("Did it ship?", "Where people can open it is not known."),
            Outcome("Did anyone pay?", "Nobody yet.", "", False),
        ),
    ),
    MonthlyOutcomes(
        "2026-11",
        (
            Outcome(
                "Did it ship?",
                "It is open at acme.example. That the last release works there is not proven.",
                "",
                None,
            ),
            Outcome(
                "Does it work?",
                "1 check on slow, failing or empty moments has open gaps.",
                "4 of 5 checks without a gap.",
                False,
                ("check:reliability.no-timeouts",),
            ),
            Outcome(
                "Did we avoid incidents?",
                "1 incident, 180 minutes lost. 1 gap came back.",
                "",
                False,
                ("journal:2", "check:payments.webhook-replay-order"),
            ),
            Outcome(
                "Did we pass compliance?",
                "8 of 8 checks on privacy and law pass.",
                "3 statements of yours still stand, 1 of them for less than 30 days.",
                True,
            ),
            Outcome(
                "Did anyone pay?",
                "1 person: 49 USD.",
                "1 of 1 with a receipt or a link.",
                True,
                ("talk:3",),
            ),
        ),
    ),
)
KEPT: tuple[Command, ...] = tuple(KeepRecord(record) for record in (*ENTRIES, *OUTCOMES))
