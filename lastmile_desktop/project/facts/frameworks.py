"""Which frameworks each package is built with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.evidence import Evidence, EvidenceKind
from lastmile_desktop.core.facts import Fact
from lastmile_desktop.project.facts.layout import has_folder
from lastmile_desktop.project.facts.survey import Survey, of_file
from lastmile_desktop.project.known import Framework, frameworks
from lastmile_desktop.project.packages import Package

_SERVERS = frozenset(
    [
        "fw.next", "fw.tanstack_start", "fw.remix", "fw.react_router", "fw.sveltekit", "fw.nuxt", "fw.astro",
        "fw.solid_start", "fw.express", "fw.hono", "fw.fastify", "fw.koa", "fw.nest", "fw.fastapi",
        "fw.flask", "fw.django",
    ]
)  # fmt: skip
_MOBILE = ("fw.expo", "fw.react_native", "fw.flutter", "fw.capacitor")
_OUTPUT = re.compile(r"\boutput\s*:\s*[\"'](export|standalone)[\"']")
_NEXT_CONFIGS = ("next.config.js", "next.config.mjs", "next.config.ts", "next.config.cjs")
_PYTHON_APPS = (
    ("fw.fastapi", "fastapi", ("= FastAPI(", "return FastAPI(")),
    ("fw.flask", "flask", ("= Flask(__name__", "return Flask(__name__")),
    ("fw.django", "django", ("ROOT_URLCONF",)),
)


def facts(survey: Survey) -> Iterator[Fact]:
    for package in survey.packages:
        found = list(_of_package(survey, package))
        yield from found
        names = {fact.key for fact in found}
        yield from _vite(survey, package, names)
        if "fw.next" in names:
            yield from _next(survey, package)
        for key in _MOBILE:
            if key in names:
                evidence = next(fact.evidence for fact in found if fact.key == key)
                yield Fact("fw.mobile", key.removeprefix("fw."), package.path, 0.95, evidence)
    yield from _supabase_functions(survey)
    yield from _shadcn(survey)


def _of_package(survey: Survey, package: Package) -> Iterator[Fact]:
    for framework in frameworks():
        name = next((name for name in framework.packages if name in package.dependencies), None)
        if name is not None and _is_application(survey, package, framework):
            evidence = survey.declared(package, name)
            yield Fact(framework.fact, package.version(name) or "declared", package.path, 0.95, evidence)
    yield from _created(survey, package)


def _is_application(survey: Survey, package: Package, framework: Framework) -> bool:
    if not framework.needs:
        return True
    return any(
        has_folder(survey, package, need) if need.endswith("/") else _inside(package, need) in survey.tree
        for need in framework.needs
    )


def _created(survey: Survey, package: Package) -> Iterator[Fact]:
    """A Python application without a manifest still says in its code what it is."""
    if package.manifests and package.language == "python":
        return
    files = [
        path for path in survey.code_files if path.endswith(".py") and survey.package_of(path) is package
    ]
    for key, name, needles in _PYTHON_APPS if files else ():
        where = survey.first_hit(files, needles)
        if where is not None and name not in package.dependencies:
            yield Fact(key, "undeclared", package.path, 0.85, where)


def _vite(survey: Survey, package: Package, names: set[str]) -> Iterator[Fact]:
    if "vite" not in package.dependencies and "rolldown-vite" not in package.dependencies:
        return
    name = "vite" if "vite" in package.dependencies else "rolldown-vite"
    pages = ("index.html", "client/index.html", "src/index.html", "frontend/index.html")
    page = next((path for path in (_inside(package, page) for page in pages) if path in survey.tree), None)
    if page is None:
        return
    yield Fact("fw.vite", package.version(name), package.path, 0.95, survey.declared(package, name))
    if not names & _SERVERS:
        yield of_file("fw.vite_spa", package.version(name), page, package=package.path)


def _next(survey: Survey, package: Package) -> Iterator[Fact]:
    for source in ("", "src/"):
        for path in survey.tree.files:
            if path.startswith(_inside(package, f"{source}app/")) and re.search(
                r"/(?:page|route)\.[jt]sx?$", path
            ):
                yield of_file("fw.next.router", "app", path, package=package.path)
                break
        for path in survey.tree.files:
            inside = path.startswith(_inside(package, f"{source}pages/"))
            if inside and path.endswith((".tsx", ".jsx", ".ts", ".js")):
                yield of_file("fw.next.router", "pages", path, package=package.path, confidence=0.9)
                break
        for name in ("proxy", "middleware"):
            for suffix in ("ts", "js", "tsx", "mjs"):
                path = _inside(package, f"{source}{name}.{suffix}")
                if path in survey.tree:
                    yield of_file(f"fw.next.{name}_file", path, path, package=package.path)
    configs = tuple(_inside(package, name) for name in _NEXT_CONFIGS if _inside(package, name) in survey.tree)
    for path, line, value in survey.search(configs, _OUTPUT):
        yield of_file("fw.next.output", value, path, line, package.path)


def _supabase_functions(survey: Survey) -> Iterator[Fact]:
    names = sorted(
        {
            path.partition("supabase/functions/")[2].partition("/")[0]
            for path in survey.edge_files
            if path.partition("supabase/functions/")[2].count("/") >= 1
        }
        - {"_shared", "_utils", "shared"}
    )
    if names:
        first = next(path for path in survey.edge_files if f"supabase/functions/{names[0]}/" in path)
        evidence = Evidence(EvidenceKind.CONFIG, first, note=f"{len(names)} functions")
        yield Fact("fw.supabase_functions", str(len(names)), survey.package_of(first).path, 0.95, evidence)


def _shadcn(survey: Survey) -> Iterator[Fact]:
    for path in survey.named("components.json"):
        if "ui.shadcn.com" in survey.text(path) or '"aliases"' in survey.text(path):
            yield of_file("ui.kit", "shadcn", path, package=survey.package_of(path).path)


def _inside(package: Package, name: str) -> str:
    return name if package.path == "." else f"{package.path}/{name}"
