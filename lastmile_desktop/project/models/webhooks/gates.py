"""Things in front of a webhook that turn the provider away: the platform's sign-in check, the application's own
middleware, protection against forged forms."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from lastmile_desktop.project.code.outline import Outline, calls_within
from lastmile_desktop.project.models.routes.model import GuardStrength

if TYPE_CHECKING:
    from lastmile_desktop.project.models.webhooks.model import Webhook
    from lastmile_desktop.project.view import ProjectView

_FUNCTION = re.compile(r"(?P<base>(?:.*/)?supabase/)functions/(?P<name>[^/]+)/")
_DEPLOYED_OPEN = re.compile(r"--no-verify-jwt")
_DEPLOY_FILES = re.compile(
    r"(?:^|/)(?:package\.json|README\.md|[\w.-]+\.sh|Makefile|justfile)$|^\.github/workflows/"
)
_MIDDLEWARE_FILE = re.compile(r"(?:^|/)(?:middleware|proxy)\.[jt]sx?$")
_CSRF_SETTINGS = "django.middleware.csrf.CsrfViewMiddleware"
_SIGNED_IN = re.compile(r"\b(?:IsAuthenticated|IsAdminUser|DjangoModelPermissions)\b")
_EXEMPT = re.compile(r"csrf_exempt|csrf\.exempt|@csrf_exempt|exempt\(")


@dataclass(frozen=True, slots=True)
class Gate:
    """`kind` is jwt, jwt-default, auth or csrf; the place is where it is decided."""

    kind: str
    path: str
    line: int
    name: str = ""
    confidence: float = 0.9


def gates(view: ProjectView, webhook: Webhook) -> tuple[Gate, ...]:
    """What stands in the way of this webhook's provider."""
    found = (_jwt(view, webhook), _auth(view, webhook), _csrf(view, webhook))
    return tuple(item for item in found if item is not None)


def _jwt(view: ProjectView, webhook: Webhook) -> Gate | None:
    match = _FUNCTION.match(webhook.entry.path if webhook.entry else webhook.handler_path)
    if match is None or webhook.provider in ("other", "supabase"):
        return None
    path = f"{match['base']}config.toml"
    if path not in view.tree.files:
        return None
    sections, verify, line = view.per_file(
        f"supabase-jwt:{match['name']}", path, lambda text: _verify_jwt(text, match["name"]), (0, None, 0)
    )
    if verify is True:
        return Gate("jwt", path, line, match["name"], 0.95)
    if verify is False or sections == 0 or _deployed_open(view):
        return None
    return Gate("jwt-default", webhook.handler_path, webhook.line, match["name"], 0.75)


def _verify_jwt(text: str, name: str) -> tuple[int, bool | None, int]:
    """(functions with a section of their own, this function's setting, its line) of a Supabase configuration."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return 0, None, 0
    functions = data.get("functions")
    if not isinstance(functions, dict):
        return 0, None, 0
    known = cast(dict[str, Any], functions)
    own = known.get(name)
    verify = cast(dict[str, Any], own).get("verify_jwt") if isinstance(own, dict) else None
    return len(known), verify if isinstance(verify, bool) else None, _line_of(text, name)


def _line_of(text: str, name: str) -> int:
    """The line of `verify_jwt` in a function's section, or of the section."""
    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            start = number if stripped.strip("[]").replace('"', "") == f"functions.{name}" else 0
        elif start and stripped.startswith("verify_jwt"):
            return number
    return start


def _deployed_open(view: ProjectView) -> bool:
    return any(
        view.per_file(
            "deployed-open", entry.path, lambda text: _DEPLOYED_OPEN.search(text) is not None, False
        )
        for entry in view.tree.readable()
        if _DEPLOY_FILES.search(entry.path)
    )


def _auth(view: ProjectView, webhook: Webhook) -> Gate | None:
    """A sign-in guard that covers the route: the provider has no account."""
    if webhook.guard:
        return Gate(
            "auth",
            webhook.entry.path if webhook.entry else webhook.handler_path,
            webhook.entry.line if webhook.entry else webhook.line,
            webhook.guard,
        )
    found = _rest_framework(view, webhook) if webhook.framework == "drf" else None
    if found is not None:
        return found
    for route in view.routes.routes:
        if route.path != webhook.route.path or not (
            route.handler is None
            or webhook.route.handler is None
            or route.handler.name == webhook.route.handler.name
        ):
            continue
        for guard in route.guards:
            if guard.strength is GuardStrength.VERIFIED and _MIDDLEWARE_FILE.search(guard.path):
                return Gate("auth", guard.path, guard.line, guard.name, 0.8)
    return None


def _rest_framework(view: ProjectView, webhook: Webhook) -> Gate | None:
    """Django REST framework: the view lets in signed-in users only."""
    owner = webhook.handler_name.partition(".")[0]
    for item in view.outlines[webhook.handler_path].classes:
        for name, value, span in item.attributes:
            if item.name == owner and name == "permission_classes" and _SIGNED_IN.search(value.text):
                return Gate("auth", webhook.handler_path, span.line, _SIGNED_IN.findall(value.text)[0], 0.9)
    return None


def _csrf(view: ProjectView, webhook: Webhook) -> Gate | None:
    if webhook.framework == "django":
        return _django_csrf(view, webhook)
    if webhook.framework == "flask":
        return _flask_csrf(view, webhook)
    return None


def _django_csrf(view: ProjectView, webhook: Webhook) -> Gate | None:
    """Django refuses posts without a token unless the view is exempt."""
    on = any(
        view.per_file("django-csrf", path, lambda text: _CSRF_SETTINGS in text, False)
        for path in view.outlines
        if "settings" in path
    )
    if not on:
        return None
    outline = view.outlines[webhook.handler_path]
    if _exempted(view, webhook, outline):
        return None
    return Gate("csrf", webhook.handler_path, webhook.line, "Django", 0.85)


def _exempted(view: ProjectView, webhook: Webhook, outline: Outline) -> bool:
    name = webhook.handler_name.partition(".")[0]
    function = outline.function(webhook.handler_name)
    if function and any("csrf_exempt" in call.callee for call in function.decorators):
        return True
    for item in outline.classes:
        if item.name == name and any(
            "csrf_exempt" in arg.text for call in item.decorators for arg in call.args
        ):
            return True
    dispatch = outline.function(f"{name}.dispatch")
    if dispatch and any("csrf_exempt" in arg.text for call in dispatch.decorators for arg in call.args):
        return True
    exempt = re.compile(rf"csrf_exempt\(\s*(?:[\w.]*\.)?{re.escape(name)}\b")
    return any(
        view.per_file(f"csrf-exempt:{name}", path, lambda text: exempt.search(text) is not None, False)
        for path in view.outlines
        if path.endswith(("urls.py", "views.py")) or path == webhook.handler_path
    )


def _flask_csrf(view: ProjectView, webhook: Webhook) -> Gate | None:
    """Flask-WTF refuses posts without a token unless the view or its blueprint is exempt."""
    protects = False
    for outline in view.outlines.values():
        if outline.language != "python" or not any(
            item.module.startswith("flask_wtf") for item in outline.imports
        ):
            continue
        texts = view.text(outline.path) or ""
        protects = protects or "CSRFProtect(" in texts or "CsrfProtect(" in texts
    if not protects:
        return None
    name = webhook.handler_name
    owner = webhook.entry.owner if webhook.entry else ""
    function = view.outlines[webhook.handler_path].function(name)
    if function and any(call.callee.endswith("exempt") for call in function.decorators):
        return None
    for outline in view.outlines.values():
        if outline.language != "python":
            continue
        for steps in (outline.top, *(item.body for item in outline.functions)):
            for call in calls_within(steps):
                if call.callee.endswith(".exempt") and any(
                    name in arg.text or (owner and owner in arg.text) for arg in call.args
                ):
                    return None
    return Gate("csrf", webhook.handler_path, webhook.line, "Flask-WTF", 0.85)
