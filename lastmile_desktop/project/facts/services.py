"""Outside services a project uses, whether they are put to work, and in which mode it takes payments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.project.facts.survey import Survey, of_file
from lastmile_desktop.project.known import Provider, matches, providers
from lastmile_desktop.project.packages import Package

_EDGE_IMPORT = re.compile(
    r"""["'](?:npm:|jsr:|https://esm\.sh/(?:v\d+/)?|https://cdn\.skypack\.dev/)(@[\w.-]+/[\w.-]+|[\w.-]+)"""
)
_PAY_KEY = re.compile(r"\b[spr]k_(live|test)_[A-Za-z0-9]{8,}")
_RAZORPAY_KEY = re.compile(r"\brzp_(live|test)_[A-Za-z0-9]{8,}")
_PAY_MODEL = re.compile(r"\bmode\s*[:=]\s*[\"'](subscription|payment)[\"']")
_SMTP_BLOCK = re.compile(r"^\[auth\.email\.smtp\]", re.MULTILINE)


def facts(survey: Survey) -> Iterator[Fact]:
    edge = _edge_imports(survey)
    for provider in providers():
        yield from _of_provider(survey, provider, edge)
    yield from _homemade(survey)
    yield from _payments(survey)
    for path, line, _ in survey.search(survey.named("config.toml"), _SMTP_BLOCK):
        yield of_file("email.provider", "smtp", path, line)


def _of_provider(survey: Survey, provider: Provider, edge: dict[str, Evidence]) -> Iterator[Fact]:
    found = False
    for package in survey.packages:
        for fact in _in_package(survey, provider, package):
            found = True
            yield fact
    for name, evidence in edge.items():
        if matches(name, provider.packages):
            found = True
            yield Fact(provider.fact, provider.value, survey.package_of(evidence.path).path, 0.95, evidence)
            break
    for where in (
        survey.first_hit(survey.settings_files, provider.hosts) if provider.hosts else None,
        survey.first_hit(survey.page_files, provider.snippet) if provider.snippet else None,
        survey.first_hit(survey.edge_files, provider.edge) if provider.edge else None,
    ):
        if where is not None:
            found = True
            yield Fact(provider.fact, provider.value, survey.package_of(where.path).path, 0.9, where)
    if not found and provider.settings:
        where = _setting(survey, provider.settings)
        if where is not None:
            yield Fact(provider.fact, provider.value, survey.package_of(where.path).path, 0.7, where)


def _in_package(survey: Survey, provider: Provider, package: Package) -> Iterator[Fact]:
    name = next((name for name in package.dependencies if matches(name, provider.packages)), None)
    support = next((name for name in package.dependencies if matches(name, provider.needs_package)), None)
    if name is None and support is None:
        return
    start = survey.first_hit(_code_of(survey, package), provider.start) if provider.start else None
    if name is not None:
        declared = survey.declared(package, name)
        yield Fact(provider.fact, provider.value, package.path, 0.95, declared)
        if provider.start and start is None:
            yield Fact(f"{provider.fact}.installed-not-wired", provider.value, package.path, 0.8, declared)
    elif start is not None:
        yield Fact(provider.fact, provider.value, package.path, 0.9, start)
    if start is not None:
        yield Fact(f"{provider.fact}.wired", provider.value, package.path, 0.9, start)


def _code_of(survey: Survey, package: Package) -> Iterable[str]:
    return (path for path in survey.code_files if package.holds(path))


def _edge_imports(survey: Survey) -> dict[str, Evidence]:
    """Packages that Supabase functions import by address, each with where it is first imported."""
    found: dict[str, Evidence] = {}
    maps = tuple(path for path in survey.named("deno.json", "import_map.json") if "supabase/" in path)
    for path in (*survey.edge_files, *maps):
        digest = survey.tree.files[path].digest
        for name, line in survey.memo.per_file(
            "edge-imports", path, digest, lambda path=path: _imports(survey.text(path))
        ):
            found.setdefault(name, at(path, line))
    return found


def _imports(text: str) -> tuple[tuple[str, int], ...]:
    return tuple(
        (
            match[1].partition("@")[0] if not match[1].startswith("@") else match[1],
            text.count("\n", 0, match.start()) + 1,
        )
        for match in _EDGE_IMPORT.finditer(text)
    )


def _setting(survey: Survey, names: tuple[str, ...]) -> Evidence | None:
    spelled = "|".join(re.escape(name) + (r"\w+" if name.endswith("_") else r"\b") for name in names)
    pattern = re.compile(rf"^[ \t-]*(?:export\s+)?(?:{spelled})\s*[=:]", re.MULTILINE)
    return next((at(path, line) for path, line, _ in survey.search(survey.settings_files, pattern)), None)


def _homemade(survey: Survey) -> Iterator[Fact]:
    """Sign-in that a tool generates rather than a package brings."""
    for path in survey.code_files:
        if path.endswith("server/replitAuth.ts"):
            yield of_file("auth.provider", "replit", path, package=survey.package_of(path).path)
    for package in survey.packages:
        if "django" in package.dependencies:
            where = survey.first_hit(
                (path for path in _code_of(survey, package) if path.endswith(".py")), ("django.contrib.auth",)
            )
            if where is not None:
                yield Fact("auth.provider", "django", package.path, 0.9, where)


def _payments(survey: Survey) -> Iterator[Fact]:
    for pattern in (_PAY_KEY, _RAZORPAY_KEY):
        for path in survey.env_files:
            for mode in sorted({match[1] for match in pattern.finditer(survey.text(path))}):
                line = next(
                    line
                    for line, text in _numbered(survey, path)
                    if f"k_{mode}_" in text or f"p_{mode}_" in text
                )
                yield of_file("pay.mode", mode, path, line)
    if any(provider.fact == "pay.provider" and _declared(survey, provider) for provider in providers()):
        for kind, value in (("subscription", "subscription"), ("payment", "one-off")):
            needles = (f"mode: '{kind}'", f'mode: "{kind}"', f"mode='{kind}'", f'mode="{kind}"')
            where = survey.first_hit(survey.code_files, needles)
            if where is not None:
                yield Fact("pay.model", value, survey.package_of(where.path).path, 0.9, where)


def _declared(survey: Survey, provider: Provider) -> bool:
    names = (name for package in survey.packages for name in package.dependencies)
    return any(matches(name, provider.packages) for name in names) or bool(survey.edge_files)


def _numbered(survey: Survey, path: str) -> Iterator[tuple[int, str]]:
    return enumerate(survey.text(path).split("\n"), 1)
