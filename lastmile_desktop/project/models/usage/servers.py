"""Servers left behind when an app was moved to a hosted back end: the project says how it is put online and they are
no part of that, no file starts them, and the app asks them for nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.parse import language_of
from lastmile_desktop.project.models.usage.entries import is_for_tests
from lastmile_desktop.project.packages import Package
from lastmile_desktop.project.path_kinds import is_tools_own

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SERVERS = frozenset({"fastapi", "flask", "express", "fastify", "koa"})
_SCREENS = frozenset(
    {"react", "react-native", "expo", "vue", "svelte", "@sveltejs/kit", "solid-js", "@angular/core"}
)
_HOSTED = frozenset({
    "@supabase/supabase-js", "@supabase/ssr", "firebase", "@react-native-firebase/app", "convex", "appwrite",
    "pocketbase", "aws-amplify",
})  # fmt: skip
_DEPLOYS = re.compile(
    r"(?:^|/)(?:Dockerfile[\w.-]{0,40}|[\w.-]{0,40}compose[\w.-]{0,40}\.ya?ml|Procfile|render\.ya?ml|railway\.(?:json|toml)"
    r"|fly\.toml|vercel\.json|netlify\.toml|app\.ya?ml|nixpacks\.toml|serverless\.\w{2,4}|wrangler\.\w{4,5}|\.replit"
    r"|[\w.-]{1,60}\.(?:service|sh|bat|ps1|tf)|ecosystem\.config\.[cm]?js|runtime\.txt|Makefile|justfile|template\.ya?ml)$"
)
_ONLINE = re.compile(
    r"(?:^|/)(?:vercel\.json|netlify\.toml|firebase\.json|wrangler\.\w{4,5}|eas\.json|amplify\.yml|staticwebapp\.config\.json"
    r"|render\.ya?ml|fly\.toml|railway\.(?:json|toml))$"
)
_NAMES_FOLDERS = re.compile(
    r"\.(?:toml|ya?ml|sh|bat|ps1|service|conf|tf|json|gradle)$|(?:file|\.replit|compose)$"
)
_NOT_TOLD = re.compile(
    r"(?:^|/)(?:test_reports|coverage|docs?)/|lock\.(?:json|ya?ml)$|(?:^|/)(?:design_|test_result)\w*"
)
_PROVIDERS = (
    "anthropic|openai|stripe|github|google|googleapis|resend|sendgrid|twilio|mapbox|telegram|slack|expo"
)
_ASKS_OWN = re.compile(
    r"[\"'`]/?api/|\}/api/|\baxios\b|\bbaseURL\b|//(?:localhost|127\.0\.0\.1|10\.0\.2\.2)\b"
    r"|(?:process\.env|import\.meta\.env|Constants(?:\.\w{1,30}){1,3})\.\w{0,40}(?:API|BACKEND|SERVER|(?<!SUPA)(?<!FIRE)BASE)_?\w{0,20}"
    rf"|https?://(?:api|backend|server|app)\.(?!(?:{_PROVIDERS})\.)[\w-]{{2,60}}\."
    r"|https?://[\w.-]{2,80}\.(?:onrender|railway|fly|herokuapp|run|ngrok\S{0,5}|emergentagent|replit|azurewebsites)\."
)


def left_servers(view: ProjectView) -> frozenset[str]:
    """The folders of packages that are such a server."""
    waiting = [
        item for item in view.packages if item.path != "." and not _SERVERS.isdisjoint(item.dependencies)
    ]
    if not waiting or not any(_is_hosted_app(item) for item in view.packages):
        return frozenset()
    files = tuple(view.tree.files)
    if not view.whole("usage.online", files, lambda: any(_ONLINE.search(path) for path in files)):
        return frozenset()
    return frozenset(item.path for item in waiting if not _is_hosted_app(item) and _is_left(view, item))


def _is_hosted_app(package: Package) -> bool:
    used = package.dependencies
    return not _SCREENS.isdisjoint(used) and not _HOSTED.isdisjoint(used)


def _is_left(view: ProjectView, server: Package) -> bool:
    folder = server.path.rpartition("/")[2]
    for path in view.tree.files:
        if is_for_tests(path) or is_tools_own(path):
            continue
        if server.holds(path):
            if _DEPLOYS.search(path):
                return False
        elif language_of(path) is not None:
            if view.per_file("usage.asks-own", path, _asks_own, False):
                return False
        elif _NAMES_FOLDERS.search(path) and not _NOT_TOLD.search(path):
            words = view.per_file("usage.words", path, _words, frozenset[str]())
            if folder in words:
                return False
    return True


def _asks_own(text: str) -> bool:
    return _ASKS_OWN.search(text) is not None


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w-]{2,60}", text[:200_000]))
