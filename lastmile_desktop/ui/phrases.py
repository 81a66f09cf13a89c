"""Numbers, times and states in the founder's words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from lastmile_desktop.core.check import Effort, EngineName
from lastmile_desktop.core.ranking import Band
from lastmile_desktop.ui.language import counted, tr


def moment(iso: str) -> datetime | None:
    """An ISO 8601 time as an aware datetime, None when it is not one."""
    try:
        found = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def ago(then: datetime, now: datetime) -> str:
    """ "0.2 s ago", "40 s ago", "3 min ago", "5 h ago", "12 days ago"."""
    seconds = max(0.0, (now - then).total_seconds())
    if seconds < 1:
        return tr("{n} s ago", n=f"{max(0.1, seconds):.1f}")
    if seconds < 60:
        return tr("{n} s ago", n=int(seconds))
    if seconds < 3600:
        return tr("{n} min ago", n=int(seconds // 60))
    if seconds < 86_400:
        return tr("{n} h ago", n=int(seconds // 3600))
    return days_ago(int(seconds // 86_400))


def days_ago(days: int) -> str:
    if days <= 0:
        return tr("today")
    return tr("yesterday") if days == 1 else tr("{n} days ago", n=days)


def seen_since(then: datetime, now: datetime) -> str:
    """ "today 14:02", "yesterday 09:10", "16 November"."""
    local, today = then.astimezone(now.tzinfo), now.date()
    if local.date() == today:
        return tr("today {time}", time=f"{local:%H:%M}")
    if local.date() == today - timedelta(days=1):
        return tr("yesterday {time}", time=f"{local:%H:%M}")
    return long_day(local.date(), today)


def long_day(day: date, today: date) -> str:
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    return text if day.year == today.year else f"{text} {day.year}"


def month_title(month: str) -> str:
    """ "November 2026" of "2026-11"."""
    year, _, number = month.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}" if number.isdigit() and 1 <= int(number) <= 12 else month


def short_day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]}\u00a0{day.day}\u00a0{_MONTHS[day.month - 1][:3]}"


def period(day: date, today: date) -> str:
    """The heading a talk stands under: its day for two weeks, then its month."""
    days = (today - day).days
    if days < 15:
        return days_ago(days)
    month = _MONTHS[day.month - 1]
    return month if day.year == today.year else f"{month} {day.year}"


def hours(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def money(amount: int, currency: str) -> str:
    """Minor units as a founder writes them: "$49", "€49.50", "49 CHF"."""
    number = f"{amount / 100:,.2f}".removesuffix(".00")
    sign = {"USD": "$", "EUR": "€", "GBP": "£"}.get(currency.upper())
    return f"{sign}{number}" if sign else f"{number} {currency.upper()}".strip()


def takes_about(effort: Effort, minutes: int | None = None) -> str:
    if minutes:
        return counted(minutes, "{n} minute", "{n} minutes")
    return {
        Effort.XS: tr("15 minutes"),
        Effort.S: tr("an hour"),
        Effort.M: tr("half a day"),
        Effort.L: tr("more than half a day"),
    }[effort]


def band_title(band: Band, horizon: int) -> str:
    """The heading of a band in the list."""
    return {
        Band.STOP: tr("Stop"),
        Band.BEFORE_YOU_DOUBLE: tr("Before you double to {n} users", n=f"{horizon:,}"),
        Band.SOON: tr("Soon"),
        Band.LATER: tr("Later"),
        Band.NEEDS_YOU: tr("Needs you"),
        Band.NOT_CHECKED: tr("Not checked"),
        Band.SUPPRESSED: tr("Suppressed"),
        Band.PASSED: tr("Passed"),
        Band.NOT_APPLICABLE: tr("Not applicable"),
    }[band]


def state_title(band: Band, horizon: int) -> str:
    """What the band means for one check, above its detail."""
    return tr("Stops you") if band is Band.STOP else band_title(band, horizon)


def spoken(band: Band) -> str:
    """The band as a screen reader says it before a row's title."""
    return {
        Band.STOP: tr("stopper"),
        Band.BEFORE_YOU_DOUBLE: tr("before you double"),
        Band.SOON: tr("soon"),
        Band.LATER: tr("later"),
        Band.NEEDS_YOU: tr("needs you"),
        Band.NOT_CHECKED: tr("not checked"),
        Band.SUPPRESSED: tr("suppressed"),
        Band.PASSED: tr("passed"),
        Band.NOT_APPLICABLE: tr("not applicable"),
    }[band]


def engine_title(name: EngineName) -> str:
    return {
        EngineName.DETECTOR: tr("Our own reading of your code"),
        EngineName.SEMGREP: tr("Code patterns (semgrep)"),
        EngineName.SECRETS: tr("Secrets (kingfisher)"),
        EngineName.MIGRATIONS: tr("Database migrations (squawk)"),
        EngineName.MARKUP: tr("Markup and accessibility (oxlint)"),
        EngineName.WORKFLOWS: tr("GitHub workflows (zizmor)"),
        EngineName.GIT: tr("Git history"),
        EngineName.PROBE: tr("Live look at your site"),
        EngineName.AUDIT: tr("Package advisories"),
        EngineName.ATTESTATION: tr("What you stated"),
    }[name]


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TOOLS = {
    "v0": "v0",
    "claude-code": "Claude Code",
    "firebase-studio": "Firebase Studio",
    "copilot": "Copilot",
}


def tool_title(tool: str) -> str:
    """The AI tool's name as its maker writes it."""
    return _TOOLS.get(tool, tool.replace("-", " ").title())
