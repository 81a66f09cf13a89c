"""Where code runs: frozen when it has answered, switched off when nobody visits, or alive all the time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SUPABASE = re.compile(r"(?:^|/)supabase/functions/")
_NETLIFY = re.compile(r"(?:^|/)netlify/(?:functions|edge-functions)/")
_FIREBASE = re.compile(r"(?:^|/)functions/(?:src/)?[^/]+\.[jt]s$")
_VERCEL_API = re.compile(r"^api/.*\.(?:[cm]?[jt]s|py)$")
_NEXT = re.compile(
    r"(?:^|/)(?:app|pages)/|(?:^|/)(?:lib|server|actions|services|utils)/|(?:^|/)(?:middleware|proxy)\.[jt]s$"
)
_WEB = re.compile(r"(?m)^\s{0,8}-?\s{0,4}type:\s{0,4}[\"']?web\b")
_FREE_PLAN = re.compile(r"(?m)^\s{0,12}(?P<plan>plan):\s{0,4}[\"']?free\b")
_CONTAINERS = ("Dockerfile", "dockerfile", "Dockerfile.prod")
_ALWAYS_ON = frozenset({"render", "railway", "fly", "heroku", "aws", "gcp", "azure", "docker"})
_AUTOSCALE = re.compile(
    r"^\s{0,8}deploymentTarget\s{0,3}=\s{0,3}[\"'](?:autoscale|cloudrun)[\"']", re.MULTILINE
)


@lru_cache(maxsize=65_536)
def _by_path(path: str) -> str:
    if _SUPABASE.search(path):
        return "Supabase"
    return "Netlify" if _NETLIFY.search(path) else ""


def freezes_after_answer(view: ProjectView, path: str) -> str:
    """The platform that stops this code once it has answered; "" for a server that stays, or when it is not known."""
    known = _by_path(path)
    if known:
        return known
    hosts = set(view.facts.values("host"))
    package = view.package_of(path)
    if "firebase-functions" in package.dependencies and _FIREBASE.search(path):
        return "Firebase"
    if "cloudflare" in hosts and not hosts & _ALWAYS_ON and not path.endswith(".py"):
        return "Cloudflare"
    if "vercel" in hosts and _VERCEL_API.search(path):
        return "Vercel"
    if "next" in package.dependencies and _NEXT.search(path) and not path.endswith(".py"):
        return "" if _runs_itself(view, hosts) else "Vercel"
    return ""


def _runs_itself(view: ProjectView, hosts: set[str]) -> bool:
    """Whether a Next.js app is started as a server of one's own."""
    if "vercel" in hosts:
        return False
    if hosts & _ALWAYS_ON or "replit" in hosts:
        return True
    paths = tuple(view.tree.files)
    return view.whole(
        "has-dockerfile", paths, lambda: any(path.lower().endswith("dockerfile") for path in paths)
    )


def sleeps_when_idle(view: ProjectView, path: str) -> tuple[str, int] | None:
    """The file and line that let the host switch this server off while nobody visits (Replit's autoscale)."""
    if _by_path(path) or ".replit" not in view.tree.files:
        return None
    line = view.per_file("replit-autoscale", ".replit", _autoscale_line, 0)
    return (".replit", line) if line else None


def _autoscale_line(text: str) -> int:
    found = _AUTOSCALE.search(text)
    return line_at(text, found.start()) if found else 0


def offers_render(view: ProjectView) -> bool:
    """Whether render.yaml is what strangers start a copy of their own with, from a button in the README."""
    return view.per_file("render-button", "README.md", _has_render_button, False)


def _has_render_button(text: str) -> bool:
    return "render.com/deploy?repo" in text


def free_web_line(text: str) -> int:
    """The line of render.yaml that puts a web service on the plan that sleeps; jobs and databases do not count."""
    offset = 0
    for block in re.split(r"(?m)^(?=\s{0,8}-\s{1,4}(?:type|name):)|^(?=databases:)", text)[:60]:
        found = _FREE_PLAN.search(block)
        if found is not None and _WEB.search(block):
            return line_at(text, offset + found.start("plan"))
        offset += len(block)
    return 0
