"""scale.plan-limits: whether a plan will stop the app, or bill without end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.calls.places import free_web_line, offers_render
from lastmile_desktop.project.view import ProjectView

_CHECK = "scale.plan-limits"
_SERVICES = (
    "host", "db.provider", "ai.sdk", "email.provider", "auth.provider", "storage", "pay.provider", "sms.provider",
)  # fmt: skip
_FREE = re.compile(r"\b(?:free|hobby|trial|starter)\b", re.IGNORECASE)
_TRIAL = re.compile(r"\btrial\b", re.IGNORECASE)
_EARNING = frozenset({"paying", "growing"})
_USED = frozenset({"first-users", "paying", "growing"})
# Users a month that a plan includes, with the day somebody looked it up; older than that is not held against anyone.
_INCLUDED = {("auth.provider", "supabase"): 50_000, ("auth.provider", "clerk"): 10_000}
_LOOKED_UP = date(2026, 11, 20)
_GOOD_FOR_DAYS = 60
_NEAR = 0.7
_RENDER_DATABASE = re.compile(r"^databases:[\s\S]{0,400}?^\s{0,8}plan:\s{0,4}[\"']?free\b", re.MULTILINE)
_BIG_FILE = re.compile(
    r"supabase\.co/storage/v1/object/public/[^\s\"'`]{1,200}\.(?:mp4|mov|webm|avi|zip|pdf|wav)\b|"
    r"\.from\(\s{0,3}[\"'`][\w-]{0,30}video[\w-]{0,30}[\"'`]\s{0,3}\)\s{0,20}\.getPublicUrl"
)


def detect(view: ProjectView) -> Detection:
    """Compare the plans the founder named with what the project uses; the rest is a question."""
    services = _services(view)
    if not services:
        return Detection(not_applicable=NotApplicable("Nothing here runs on a service with a plan."))
    findings = (
        *_hobby(view),
        *_pauses(view),
        *_quota(view),
        *_trial(view),
        *_egress(view),
    )
    names = ", ".join(sorted({fact.value for fact in services}))
    return Detection(
        findings,
        tuple(PassEvidence(fact.evidence) for fact in services if fact.evidence is not None)[:4],
        looked=(Looked("services with a plan", len(services), len(services)),),
        needs_attestation=(
            f"Your project uses {names}. For each, write down the plan, its limit, the cap or alert on spending that "
            "you set, and what one active user costs you a month."
        ),
    )


def _services(view: ProjectView) -> tuple[Fact, ...]:
    return tuple(fact for fact in view.facts if fact.key in _SERVICES and fact.value not in ("own", "local"))


def _hobby(view: ProjectView) -> Iterator[RawFinding]:
    plan = view.facts.first("profile.hosting_plan")
    host = next((fact for fact in view.facts if fact.key == "host" and fact.value == "vercel"), None)
    earns = view.facts.value("profile.stage") in _EARNING or view.facts.has("pay.provider")
    if plan is None or not re.search(r"hobby|free", plan.value, re.IGNORECASE) or host is None or not earns:
        return
    message = (
        f"You said your hosting plan is \u201c{plan.value}\u201d: Vercel's Hobby plan is not for a business that takes "
        "money."
    )
    yield _finding("hobby-commercial", message, _place(host), "vercel", 0.9)


def _pauses(view: ProjectView) -> Iterator[RawFinding]:
    plan = view.facts.first("profile.db_plan")
    database = next(
        (fact for fact in view.facts if fact.key == "db.provider" and fact.value == "supabase"), None
    )
    if plan is not None and _FREE.search(plan.value) and database is not None and _is_used(view):
        message = (
            f"You said your database plan is \u201c{plan.value}\u201d: Supabase pauses a free project after about a "
            "quiet week."
        )
        yield _finding("free-pauses", message, _place(database), "supabase", 0.85)
    for path in view.tree.files:
        if path.endswith(("render.yaml", "render.yml")) and not offers_render(view):
            line = view.per_file("render-free-web", path, free_web_line, 0)
            if line:
                message = "Render's free plan puts this service to sleep after 15 minutes without visitors."
                yield _finding("free-pauses", message, at(path, line), path, 0.8)


def _is_used(view: ProjectView) -> bool:
    return view.facts.value("profile.stage") in _USED or view.facts.has("pay.provider")


def _quota(view: ProjectView) -> Iterator[RawFinding]:
    users = view.facts.value("profile.users")
    plan = view.facts.value("profile.db_plan") or ""
    if users is None or not users.isdigit() or (view.now.date() - _LOOKED_UP).days > _GOOD_FOR_DAYS:
        return
    for (key, value), included in _INCLUDED.items():
        fact = next((item for item in view.facts if item.key == key and item.value == value), None)
        if fact is not None and _FREE.search(plan) and int(users) >= included * _NEAR:
            message = (
                f"You have {users} users; the free plan of {value.capitalize()} includes {included} a month (looked up "
                f"{_LOOKED_UP})."
            )
            yield _finding("quota-near", message, _place(fact), value, 0.75)


def _trial(view: ProjectView) -> Iterator[RawFinding]:
    for key in ("profile.hosting_plan", "profile.db_plan"):
        plan = view.facts.first(key)
        if plan is not None and _TRIAL.search(plan.value):
            message = (
                f"You said a plan is \u201c{plan.value}\u201d: on the day it ends, what runs on it stops."
            )
            yield _finding("trial-ending", message, absent("a plan that lasts"), key, 0.8)
    for path in view.tree.files:
        if path.endswith(("render.yaml", "render.yml")) and not offers_render(view):
            line = view.per_file("render-free-database", path, _database_line, 0)
            if line:
                message = "Render deletes a free database after a month; a paid one is kept."
                yield _finding("trial-ending", message, at(path, line), path, 0.85)


def _database_line(text: str) -> int:
    found = _RENDER_DATABASE.search(text)
    return line_at(text, found.end()) if found else 0


def _egress(view: ProjectView) -> Iterator[RawFinding]:
    """Large files handed out by the database's own storage: one finding."""
    for path in view.outlines:
        if is_production(path):
            line = view.per_file("big-public-files", path, _big_file_line, 0)
            if line:
                message = "Large public files come from your database provider's storage, which bills every download."
                yield _finding("egress-heavy", message, at(path, line), path, 0.65)
                return


def _big_file_line(text: str) -> int:
    if "storage" not in text and "getPublicUrl" not in text:
        return 0
    for found in _BIG_FILE.finditer(text):
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].replace("://", "")
        if not re.search(r"//|^\s{0,40}[*#]|placeholder|example", before):
            return line_at(text, found.start())
    return 0


def _place(fact: Fact) -> Evidence:
    return fact.evidence or absent(f"a plan for {fact.value}")


def _finding(rule: str, message: str, place: Evidence, symbol: str, confidence: float) -> RawFinding:
    return RawFinding(f"{_CHECK}/{rule}", message, (place,), symbol, confidence=confidence)
