"""Where settings are defined: files of settings, containers, workflows and the configuration of hosts. A value is
classified at once and not kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.path_kinds import PathKind, is_example_env, path_kind
from lastmile_desktop.project.secret_shapes import classify
from lastmile_desktop.project.secret_values import is_placeholder, is_reference, looks_random

_MOST = 2_000
_NAME = r"[A-Za-z_][A-Za-z0-9_]{1,80}"
_DOTENV = re.compile(
    rf"(?m)^[ \t]{{0,8}}(?:export[ \t]{{1,3}})?(?P<name>{_NAME})[ \t]{{0,4}}=(?P<value>[^\n]{{0,8000}})$"
)
_COMMENTED = re.compile(r"(?m)^[ \t]{0,4}#[ \t]{0,4}(?P<name>[A-Z][A-Z0-9_]{2,80})=(?P<value>[^\n]{0,400})$")
_YAML_PAIR = re.compile(
    r"(?m)^[ \t]{2,40}(?:-[ \t]{1,3})?[\"']?(?P<name>[A-Z][A-Z0-9_]{1,80})[\"']?[ \t]{0,3}"
    r"(?:[:=][ \t]{0,8}(?P<value>[^\n]{0,400}))?$"
)
_RENDER_KEY = re.compile(r"(?m)^[ \t]{0,20}-[ \t]{1,3}key:[ \t]{0,3}(?P<name>[A-Z][A-Z0-9_]{1,80})")
_WORKFLOW_NAME = re.compile(r"\b(?:secrets|vars)\.(?P<name>[A-Z][A-Z0-9_]{1,80})")
_TOML_PAIR = re.compile(
    r"(?m)^[ \t]{0,8}[\"']?(?P<name>[A-Z][A-Z0-9_]{1,80})[\"']?[ \t]{0,3}=[ \t]{0,3}(?P<value>[^\n]{0,400})$"
)
_JSON_PAIR = re.compile(
    r"\"(?P<name>[A-Z][A-Z0-9_]{2,80})\"[ \t]{0,3}:[ \t]{0,3}\"(?P<value>[^\"\n]{0,400})\""
)
_JSON_NAME = re.compile(r"\"(?P<name>[A-Z][A-Z0-9_]{2,80})\"")
_SUPABASE_ENV = re.compile(r"env\((?P<name>[A-Z][A-Z0-9_]{1,80})\)")
_DOCKER = re.compile(
    r"(?m)^[ \t]{0,4}(?:ENV|ARG)[ \t]{1,3}(?P<name>[A-Z][A-Z0-9_]{1,80})(?:[ =][ \t]{0,2}(?P<value>[^\n]{0,400}))?$"
)
_DOC_NAME = re.compile(r"\b(?P<name>[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30}){1,8})\b|`(?P<single>[A-Z]{3,40})`")

_COMPOSE = re.compile(r"(?i)(?:^|/)(?:docker-)?compose[^/]*\.ya?ml$")
_APPHOSTING = re.compile(r"(?m)^[ \t]{0,20}-[ \t]{1,3}variable:[ \t]{0,3}(?P<name>[A-Z][A-Z0-9_]{1,80})")
_HOST_FILES: dict[str, tuple[re.Pattern[str], ...]] = {
    "render.yaml": (_RENDER_KEY,),
    "turbo.json": (_JSON_NAME,),
    "apphosting.yaml": (_APPHOSTING,),
    **dict.fromkeys(("fly.toml", "wrangler.toml", "netlify.toml", "railway.toml", ".replit"), (_TOML_PAIR,)),
    **dict.fromkeys(
        ("wrangler.json", "wrangler.jsonc", "vercel.json", "app.json", "eas.json"), (_JSON_PAIR,)
    ),
    **dict.fromkeys(("railway.json", "firebase.json"), (_JSON_PAIR,)),
    **dict.fromkeys(("app.yaml", "serverless.yml", "apprunner.yaml", "manifest.yml"), (_YAML_PAIR,)),
}


@dataclass(frozen=True, slots=True)
class TextDefinition:
    name: str
    line: int
    kind: str
    shape: str


@lru_cache(maxsize=65_536)
def kind_of(path: str) -> str | None:
    """Which kind of definitions a file of this name holds, None when it holds none."""
    name = PurePosixPath(path).name
    if is_example_env(path):
        return "example"
    kind = path_kind(path)
    if kind is PathKind.ENV or (kind is PathKind.TEST and name.startswith(".env")):
        return "env-file"
    if _COMPOSE.search(path):
        return "compose"
    if kind is PathKind.CI:
        return "ci"
    if name in _HOST_FILES or name.lower().startswith("dockerfile") or path.endswith("supabase/config.toml"):
        return "host-config"
    if (kind is PathKind.DOC and name.lower().endswith((".md", ".mdx"))) or name in (
        "replit.md",
        "CLAUDE.md",
        "AGENTS.md",
    ):
        return "doc"
    return None


def definitions(path: str, text: str) -> tuple[TextDefinition, ...]:
    """The settings that this file defines or names, each with the first line it stands on."""
    kind = kind_of(path)
    if kind is None:
        return ()
    found: dict[str, TextDefinition] = {}
    for match in _matches(path, text, kind):
        groups = match.groupdict()
        name = match["name"] or groups.get("single") or ""
        if name not in found:
            line = line_at(text, match.start())
            found[name] = TextDefinition(
                name, line, kind, shape_of(groups["value"]) if groups.get("value") else "empty"
            )
    return tuple(found.values())


def _matches(path: str, text: str, kind: str) -> Iterator[re.Match[str]]:
    name = PurePosixPath(path).name
    patterns: tuple[re.Pattern[str], ...]
    if kind in ("env-file", "example"):
        patterns = (_DOTENV, _COMMENTED) if kind == "example" else (_DOTENV,)
        if name.endswith((".yml", ".yaml")):
            patterns = (_YAML_PAIR,)
    elif kind == "compose":
        patterns = (_YAML_PAIR, re.compile(r"\$\{(?P<name>[A-Z][A-Z0-9_]{1,80})"))
    elif kind == "ci":
        patterns = (_YAML_PAIR, _WORKFLOW_NAME)
    elif kind == "doc":
        patterns = (_DOC_NAME,)
    elif name.lower().startswith("dockerfile"):
        patterns = (_DOCKER,)
    else:
        patterns = _HOST_FILES.get(name, (_SUPABASE_ENV,))
    for pattern in patterns:
        for count, match in enumerate(pattern.finditer(text)):
            if count >= _MOST:
                break
            yield match


def shape_of(raw: str) -> str:
    """What a value is, without the value: see EnvDefinition."""
    value = raw.strip().split(" #", 1)[0].strip().strip("\"'`,")
    if not value:
        return "empty"
    if is_reference(value):
        return "reference"
    shape = classify(value)
    if shape is not None:
        return f"{'public' if shape.is_public else 'secret'}:{shape.id}"
    if is_placeholder(value):
        return "placeholder"
    if len(value) >= 20 and looks_random(value) and "://" not in value:
        return "secret:named"
    return "plain"
