"""Outside services a project uses, whether they are put to work, and in which mode it takes payments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.core.evidence import Evidence, at
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.project.facts.survey import Survey, of_file
from lastmile_desktop.project.known import Provider, providers, providers_named
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.packages import Package

_EDGE_IMPORT = re.compile(
    r"""["'](?:npm:|jsr:|https://esm\.sh/(?:v\d+/)?|https://cdn\.skypack\.dev/)(@[\w.-]+/[\w.-]+|\w[\w.-]*)"""
)
_PAY_KEY = re.compile(r"\b(?:[spr]k|rzp)_(live|test)_[A-Za-z0-9]{8,}")
_SUBSCRIPTION = ("mode: 'subscription'", 'mode: "subscription"', "mode='subscription'", 'mode="subscription"')
_ONE_OFF = ("mode: 'payment'", 'mode: "payment"', "mode='payment'", 'mode="payment"')
_SMTP_BLOCK = re.compile(r"^\[auth\.email\.smtp\]", re.MULTILINE)


def facts(survey: Survey) -> Iterator[Fact]:
    found = [
        *_installed(survey),
        *_imported_at_the_edge(survey),
        *_named_in_settings(survey),
        *_paid_by_address(survey),
    ]
    yield from found
    known = {(fact.key, fact.value) for fact in found}
    for provider in providers():
        if provider.settings and (provider.fact, provider.value) not in known:
            where = _setting(survey, provider.settings)
            if where is not None:
                yield Fact(provider.fact, provider.value, survey.package_of(where.path).path, 0.7, where)
    yield from _homemade(survey)
    yield from _payments(survey)
    for path, line, _ in survey.search(survey.named("config.toml"), _SMTP_BLOCK):
        yield of_file("email.provider", "smtp", path, line)


def _installed(survey: Survey) -> Iterator[Fact]:
    """Services that a package of the project declares, with the place in the code that puts them to work."""
    by_package = [_providers_of(package) for package in survey.packages]
    starts = {text for found in by_package for provider in found for text in provider.start}
    hits = survey.hits(survey.code_files, tuple(sorted(starts)))
    for package, found in zip(survey.packages, by_package, strict=True):
        for provider, name in found.items():
            start = _first_inside(package, provider, hits)
            yield from _of_provider(survey, package, provider, name, start)


def _providers_of(package: Package) -> dict[Provider, str]:
    """Each service the package can reach, with the dependency that is that service ("" if it is not)."""
    found: dict[Provider, str] = {}
    for name in package.dependencies:
        installed, possible = providers_named(name)
        for provider in installed:
            found[provider] = found.get(provider) or name
        for provider in possible:
            found.setdefault(provider, "")
    return found


def _first_inside(
    package: Package, provider: Provider, hits: Mapping[str, list[Evidence]]
) -> Evidence | None:
    places = [
        place
        for text in provider.start
        for place in hits.get(text, ())
        if package.holds(place.path) and (not provider.within or re.search(provider.within, place.path))
    ]
    return min(places, key=lambda place: (place.path, place.line_start), default=None)


def _of_provider(
    survey: Survey, package: Package, provider: Provider, name: str, start: Evidence | None
) -> Iterator[Fact]:
    if name:
        declared = survey.declared(package, name)
        yield Fact(provider.fact, provider.value, package.path, 0.95, declared)
        if provider.start and start is None:
            yield Fact(f"{provider.fact}.installed-not-wired", provider.value, package.path, 0.8, declared)
    elif start is not None:
        yield Fact(provider.fact, provider.value, package.path, 0.9, start)
    if start is not None:
        yield Fact(f"{provider.fact}.wired", provider.value, package.path, 0.9, start)


def _imported_at_the_edge(survey: Survey) -> Iterator[Fact]:
    for name, evidence in _edge_imports(survey).items():
        for provider in providers_named(name)[0]:
            yield Fact(provider.fact, provider.value, survey.package_of(evidence.path).path, 0.95, evidence)


def _named_in_settings(survey: Survey) -> Iterator[Fact]:
    """Services whose address stands in a settings file, a page or a Supabase function."""
    for paths, texts_of in (
        (survey.settings_files, _hosts),
        (survey.page_files, _snippets),
        (survey.edge_files, _edges),
    ):
        needles = tuple(sorted({text for provider in providers() for text in texts_of(provider)}))
        hits = survey.hits(paths, needles)
        for provider in providers() if hits else ():
            places = [place for text in texts_of(provider) for place in hits.get(text, ())]
            by_package: dict[str, Evidence] = {}
            for place in sorted(places, key=lambda place: (place.path, place.line_start)):
                by_package.setdefault(survey.package_of(place.path).path, place)
            for package, where in by_package.items():
                yield Fact(provider.fact, provider.value, package, 0.9, where)


def _paid_by_address(survey: Survey) -> Iterator[Fact]:
    """Payment providers without a package of theirs: the code asks their address."""
    payments = tuple(provider for provider in providers() if provider.fact == "pay.provider")
    needles = tuple(sorted({host for provider in payments for host in provider.hosts}))
    hits = survey.hits(survey.code_files, needles)
    for provider in payments if hits else ():
        places = [place for host in provider.hosts for place in hits.get(host, ())]
        where = min(places, key=lambda place: (place.path, place.line_start), default=None)
        if where is not None:
            yield Fact(provider.fact, provider.value, survey.package_of(where.path).path, 0.9, where)


def _hosts(provider: Provider) -> tuple[str, ...]:
    return provider.hosts


def _snippets(provider: Provider) -> tuple[str, ...]:
    return provider.snippet


def _edges(provider: Provider) -> tuple[str, ...]:
    return provider.edge


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
            line_at(text, match.start()),
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
                (path for path in survey.code_files if package.holds(path) and path.endswith(".py")),
                ("django.contrib.auth",),
            )
            if where is not None:
                yield Fact("auth.provider", "django", package.path, 0.9, where)


def _payments(survey: Survey) -> Iterator[Fact]:
    for path in survey.env_files:
        seen: set[str] = set()
        for number, line in enumerate(survey.text(path).split("\n"), 1):
            match = _PAY_KEY.search(line)
            if match is not None and match[1] not in seen:
                seen.add(match[1])
                yield of_file("pay.mode", match[1], path, number)
    for needles, value in ((_SUBSCRIPTION, "subscription"), (_ONE_OFF, "one-off")):
        where = survey.first_hit(survey.code_files, needles)
        if where is not None:
            yield Fact("pay.model", value, survey.package_of(where.path).path, 0.85, where)
