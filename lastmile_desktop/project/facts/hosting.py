"""Where the project runs, what builds it, and under which names it is reached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.project.facts.layout import json_table
from lastmile_desktop.project.facts.survey import Survey, is_foreign, of_file
from lastmile_desktop.project.lines import line_at

_HOST_FILES = {
    "vercel.json": "vercel",
    "netlify.toml": "netlify",
    "wrangler.toml": "cloudflare",
    "wrangler.jsonc": "cloudflare",
    "wrangler.json": "cloudflare",
    "render.yaml": "render",
    "railway.json": "railway",
    "railway.toml": "railway",
    "nixpacks.toml": "railway",
    "fly.toml": "fly",
    "Procfile": "heroku",
    "amplify.yml": "aws",
    "serverless.yml": "aws",
    "apprunner.yaml": "aws",
    "cloudbuild.yaml": "gcp",
    "azure-pipelines.yml": "azure",
}
_URL_HOSTS = re.compile(
    r"https?://[\w-]{1,80}(?:\.[\w-]{1,80}){0,3}?\."
    r"(vercel\.app|netlify\.app|pages\.dev|workers\.dev|lovable\.app|bolt\.host|replit\.app|repl\.co|onrender\.com"
    r"|up\.railway\.app|fly\.dev|web\.app|firebaseapp\.com|herokuapp\.com)\b"
)
_URL_VALUE = {
    "vercel.app": "vercel",
    "netlify.app": "netlify",
    "pages.dev": "cloudflare",
    "workers.dev": "cloudflare",
    "lovable.app": "lovable",
    "bolt.host": "bolt",
    "replit.app": "replit",
    "repl.co": "replit",
    "onrender.com": "render",
    "up.railway.app": "railway",
    "fly.dev": "fly",
    "web.app": "firebase",
    "firebaseapp.com": "firebase",
    "herokuapp.com": "heroku",
}
_DEPLOYMENT = re.compile(r"^\[deployment\]", re.MULTILINE)
_CI_FILES = {
    ".gitlab-ci.yml": "gitlab",
    "bitbucket-pipelines.yml": "bitbucket",
    "azure-pipelines.yml": "azure",
    ".travis.yml": "travis",
    "Jenkinsfile": "jenkins",
    ".drone.yml": "drone",
    "cloudbuild.yaml": "cloud-build",
}
_ON_CHANGE = re.compile(
    r"^(?:on|'on'|\"on\")\s*:[^\n]*\b(?:push|pull_request)|^\s{1,6}(?:push|pull_request|merge_group)\s*:",
    re.MULTILINE,
)
_ON_LIST = re.compile(r"^\s*-\s*(?:push|pull_request)\s*$", re.MULTILINE)
_SCHEDULE = re.compile(r"^\s+schedule\s*:", re.MULTILINE)
_TRIGGERS = re.compile(r"^\[triggers\]|\"crons\"\s*:|^crons\s*=", re.MULTILINE)
_NETLIFY_SCHEDULE = re.compile(r"^\s*schedule\s*=", re.MULTILINE)
_SITE_SETTING = re.compile(
    r"^[ \t]*(?:export\s+)?(?:site_url|\w*(?:SITE|APP|BASE|PUBLIC|FRONTEND|DOMAIN)_URL)\s*[=:]\s*[\"']?"
    r"https://([a-z0-9.-]{4,120}\.[a-z]{2,})",
    re.MULTILINE | re.IGNORECASE,
)
_NOT_A_SITE = re.compile(
    r"supabase\.co$|example\.|your-?|localhost|railway\.internal|neon\.tech|yourdomain", re.IGNORECASE
)


def facts(survey: Survey) -> Iterator[Fact]:
    yield from _hosts(survey)
    yield from _iac(survey)
    yield from _ci(survey)
    yield from _crons(survey)
    yield from _domains(survey)


def _hosts(survey: Survey) -> Iterator[Fact]:
    for path in survey.named(*_HOST_FILES):
        host = _HOST_FILES[path.rpartition("/")[2]]
        if host == "heroku" and _is_read_by_others(survey, path):
            continue
        yield of_file("host", host, path, package=survey.package_of(path).path, confidence=0.9)
    for path in survey.named("firebase.json"):
        if '"hosting"' in survey.text(path):
            yield of_file(
                "host", "firebase", path, survey.line_of(path, '"hosting"'), survey.package_of(path).path
            )
    for path, line, _ in survey.search(survey.named(".replit"), _DEPLOYMENT):
        yield of_file("host", "replit", path, line)
    if ".vercel/project.json" in survey.tree:
        yield of_file("host", "vercel", ".vercel/project.json")
    for path in survey.named("app.yaml"):
        if survey.text(path).lstrip().startswith(("runtime:", "service:")):
            yield of_file("host", "gcp", path)
    seen: set[str] = set()
    places = (
        *survey.named("README.md", "readme.md", "index.html", "config.toml", "package.json"),
        *survey.env_files,
    )
    for path in places:
        text = survey.text(path)
        for match in _URL_HOSTS.finditer(text):
            host = _URL_VALUE[match[1]]
            if host not in seen:
                seen.add(host)
                line = line_at(text, match.start())
                yield Fact("host", host, survey.package_of(path).path, 0.7, at(path, line))


def _is_read_by_others(survey: Survey, procfile: str) -> bool:
    """Railway, Render and others start what a Procfile says, too; then the file names no host."""
    if any(
        survey.named(name)
        for name in ("railway.json", "railway.toml", "render.yaml", "nixpacks.toml", "dokku")
    ):
        return True
    texts = (
        survey.text(path) for path in survey.named("README.md", "readme.md", "CLAUDE.md", *survey.env_files)
    )
    return any("railway" in text.lower() and "heroku" not in text.lower() for text in texts)


def _iac(survey: Survey) -> Iterator[Fact]:
    seen: set[str] = set()
    for path in survey.tree.files:
        kind = _iac_kind(path)
        if kind and kind not in seen and not is_foreign(path):
            seen.add(kind)
            yield of_file("iac", kind, path)


@lru_cache(maxsize=65_536)
def _iac_kind(path: str) -> str:
    name = path.rpartition("/")[2]
    if name.endswith(".tf"):
        return "terraform"
    if name.startswith("Dockerfile"):
        return "docker"
    if re.match(r"(?:docker-)?compose[\w.-]*\.ya?ml$", name):
        return "compose"
    if name in ("cdk.json", "Pulumi.yaml", "Chart.yaml", "kustomization.yaml"):
        return {"cdk.json": "cdk", "Pulumi.yaml": "pulumi"}.get(name, "kubernetes")
    if name.endswith((".yaml", ".yml")) and re.search(r"(?:^|/)(?:k8s|kubernetes|manifests)/", path):
        return "kubernetes"
    return ""


def _ci(survey: Survey) -> Iterator[Fact]:
    for path in survey.tree.files:
        if re.match(r"\.github/workflows/[^/]+\.ya?ml$", path):
            text = survey.text(path)
            on_change = _ON_CHANGE.search(text) or _ON_LIST.search(text)
            line = line_at(text, on_change.start()) if on_change else 0
            yield of_file("ci" if on_change else "ci.other", "github-actions", path, line)
            schedule = _SCHEDULE.search(text)
            if schedule:
                yield of_file("cron", "github-actions", path, line_at(text, schedule.start()))
        elif path in _CI_FILES:
            yield of_file("ci", _CI_FILES[path], path)
        elif path.startswith(".circleci/config."):
            yield of_file("ci", "circleci", path)


def _crons(survey: Survey) -> Iterator[Fact]:
    for path in survey.named("vercel.json"):
        if json_table(survey, path).get("crons"):
            yield of_file(
                "cron", "vercel", path, survey.line_of(path, '"crons"'), survey.package_of(path).path
            )
    for names, pattern, value in (
        (("wrangler.toml", "wrangler.json", "wrangler.jsonc"), _TRIGGERS, "cloudflare"),
        (("netlify.toml",), _NETLIFY_SCHEDULE, "netlify"),
    ):
        for path, line, _ in survey.search(survey.named(*names), pattern):
            yield of_file("cron", value, path, line, survey.package_of(path).path)


def _domains(survey: Survey) -> Iterator[Fact]:
    for path in survey.named("CNAME"):
        name = survey.text(path).strip()
        if re.fullmatch(r"[a-z0-9.-]{4,120}", name):
            yield of_file("domains", name, path, 1)
    for path, line, name in survey.search((*survey.env_files, *survey.named("config.toml")), _SITE_SETTING):
        if not _NOT_A_SITE.search(name):
            yield of_file("domains", name.lower(), path, line, survey.package_of(path).path, 0.8)
