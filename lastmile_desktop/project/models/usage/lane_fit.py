"""What the code decides that the lane decides too: how much organisation it needs, how it begins, what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.parse import language_of
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.schema.model import Place, Table
from lastmile_desktop.project.models.schema.usage import used_tables
from lastmile_desktop.project.models.screens.screens import is_ours, is_screen

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_ORGANISATION = re.compile(
    r"^(?:\w{0,20}_)?(?:org(?:anization|anisation)?s?|teams?|workspaces?|tenants?|departments?|members?|memberships?|"
    r"(?:org|team|workspace|user|organization)_(?:members?|roles?|users?|invites?|invitations?|settings)|roles?|"
    r"permissions?|role_permissions|user_permissions|invites?|invitations?|sso\w{0,20}|saml\w{0,20}|scim\w{0,20}|"
    r"audit(?:_\w{1,20})?|access_policies|approval_(?:flows?|steps?))$"
)
_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "roles",
        re.compile(
            r"(?i)\b(?:user_?roles?|has_?role|is_?admin|permissions?|rbac)\b|\brole\b\s{0,3}(?:[=!]==?|:|IN\b)"
        ),
    ),
    ("an audit log", re.compile(r"(?i)\baudit_?(?:log|trail|event|entr)\w{0,10}\b")),
    (
        "single sign-on",
        re.compile(
            r"(?i)\bsaml\w{0,20}\b|\bsso\b|signInWithSSO|\boidc\b|@?workos|\bokta\b|\bscim\b|azure-?ad|entra"
        ),
    ),
    (
        "export",
        re.compile(
            r"(?i)\bexport_?(?:to_?)?(?:csv|xlsx?|data|json|pdf|report)\b|text/csv|papaparse|exceljs|json2csv|csv\.writer"
        ),
    ),
)
_BEGINNING = re.compile(
    r"(?i)(?:^|/)(?:on-?boarding|setup|get(?:ting)?-started|welcome|wizard)(?:[-_/.A-Z]|$)"
)
_STEP_FILE = re.compile(r"(?i)(?:step|page)?[-_]?(?:\d{1,2}|one|two|three|four|five|six)[-_.]|step")
_STEP_LIST = re.compile(
    r"(?i)\b(?:steps|wizardSteps|onboardingSteps|stages)\b(?::\s{0,3}[\w<>\[\]|\s]{1,60})?\s{0,3}=\s{0,3}\[([\s\S]{0,6000}?)\n?\s{0,12}\]"
)
_PRICE = re.compile(
    r"(?:[$€£]\s?(\d{1,5}(?:[.,]\d{2})?)|(\d{1,5}(?:[.,]\d{2})?)\s?[€£$])(?:\s|</?\w{1,10}[^>\n]{0,200}>){0,4}"
    r"(?:/|per\s|a\s)\s{0,3}(?:user\s{0,3}/\s{0,3})?(mo(?:nth)?|year|yr|week|user|seat)\b",
    re.IGNORECASE,
)
_PRICES = re.compile(
    r"(?i)(?:^|[/_.-])(?:pricing|prices?|plans?|tiers?|billing|subscriptions?)[\w-]{0,20}\.\w{1,6}$"
)
_PERIODS = {"mo": "month", "yr": "year"}
_FEWEST_TABLES = 4
_MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class Overbuilt:
    """Tables that only larger companies need, of all tables."""

    tables: tuple[str, ...]
    total: int
    place: Place

    @property
    def share(self) -> float:
        return len(self.tables) / self.total


@dataclass(frozen=True, slots=True)
class Beginning:
    """The steps that stand before a new user's first result."""

    steps: int
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Price:
    amount: float
    per: str
    path: str
    line: int


def organisation_tables(view: ProjectView) -> Overbuilt | None:
    """None where there are too few tables to tell. A table that no code speaks of came with a template."""
    tables = [table for table in view.schema.tables.values() if table.created and table.created_place]
    if len(tables) < _FEWEST_TABLES:
        return None
    used = {name for name, use in used_tables(view).items() if use.paths}
    large = [table for table in tables if _ORGANISATION.match(_bare(table)) and table.name in used]
    place = next((table.created_place for table in large if table.created_place), None)
    return Overbuilt(tuple(_bare(table) for table in large), len(tables), place) if place else None


def _bare(table: Table) -> str:
    return table.name.rpartition(".")[2]


def lacks_of_a_large_company(view: ProjectView) -> tuple[str, ...]:
    """What large customers ask for and nothing in the code speaks of."""
    packages = " ".join(name for package in view.packages for name in package.dependencies)
    tables = " ".join(
        f"{_bare(table)} {' '.join(f'{column.name}:' for column in table.columns)}"
        for table in view.schema.tables.values()
    )
    found = {sign for sign, pattern in _SIGNS if pattern.search(packages) or pattern.search(tables)}
    for path in _code(view):
        if len(found) == len(_SIGNS):
            break
        found |= view.per_file("lane_fit.signs", path, _signs, frozenset[str]())
    return tuple(sign for sign, _ in _SIGNS if sign not in found)


def _signs(text: str) -> frozenset[str]:
    return frozenset(sign for sign, pattern in _SIGNS if pattern.search(text))


def speaks_of(view: ProjectView, tool: str) -> bool:
    """Whether a package, a setting, a path or the code names this tool, however it is spelled."""
    wanted = squeezed(tool)
    if any(wanted in squeezed(name) for package in view.packages for name in package.dependencies):
        return True
    if any(wanted in squeezed(read.name) for read in view.env.reads):
        return True
    return any(
        wanted in squeezed(path)
        or view.per_file(f"lane_fit.tool.{wanted}", path, lambda text: wanted in squeezed(text), False)
        for path in _code(view)
    )


def squeezed(text: str) -> str:
    """ "Quick Books", "quick-books" and "QuickBooks" are one name."""
    return re.sub(r"[\W_]+", "", text.casefold())


def beginning(view: ProjectView) -> Beginning | None:
    """The longest way in: numbered files of one folder, or a list of steps in one file."""
    found: list[Beginning] = []
    folders: dict[str, list[str]] = {}
    for path in _code(view):
        if not _BEGINNING.search(path):
            continue
        folder, _, name = path.rpartition("/")
        if _STEP_FILE.search(name) and path.endswith((".tsx", ".jsx", ".vue", ".svelte")):
            folders.setdefault(folder, []).append(path)
        steps, line = view.per_file("lane_fit.steps", path, _listed_steps, (0, 0))
        if steps:
            found.append(Beginning(steps, path, line))
    found += [Beginning(min(len(paths), _MOST_STEPS), sorted(paths)[0], 1) for paths in folders.values()]
    return max(found, key=lambda item: item.steps, default=None)


def _listed_steps(text: str) -> tuple[int, int]:
    """How many steps the longest list in the file has, and on which line it begins."""
    best = (0, 0)
    for match in _STEP_LIST.finditer(text):
        inner, depth, count = match.group(1), 0, 0
        for sign in inner:
            if sign in "{[(":
                count += depth == 0 and sign == "{"
                depth += 1
            elif sign in "}])":
                depth -= 1
        count = count or len(re.findall(r"[\"'][^\"'\n]{1,80}[\"']", inner))
        if count > best[0]:
            best = (min(count, _MOST_STEPS), line_at(text, match.start()))
    return best


def prices(view: ProjectView) -> tuple[Price, ...]:
    """What screens and texts of the product say that it costs."""
    found: list[Price] = []
    for path in _code(view):
        if not is_screen(path) and _PRICES.search(path) is None:
            continue
        for amount, per, line in view.per_file("lane_fit.prices", path, _priced, ()):
            found.append(Price(amount, per, path, line))
    return tuple(found)


def _priced(text: str) -> tuple[tuple[float, str, int], ...]:
    return tuple(_each_price(text))


def _each_price(text: str) -> Iterator[tuple[float, str, int]]:
    for match in _PRICE.finditer(text):
        amount = float((match.group(1) or match.group(2)).replace(",", "."))
        per = match.group(3).lower()
        yield amount, _PERIODS.get(per, per), line_at(text, match.start())


def _code(view: ProjectView) -> Iterable[str]:
    return (
        path
        for path, entry in view.tree.files.items()
        if not entry.minified and not entry.ignored_by_git and is_ours(path) and _is_code(path)
    )


def _is_code(path: str) -> bool:
    return language_of(path) is not None or path.endswith((".vue", ".svelte", ".html", ".astro"))
