"""Reads `rules/<area>/<check>/` into typed Checks. Every mistake names its file and key."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, cast

from lastmile_desktop.core.check import (
    Applies,
    Area,
    AttestationSpec,
    Check,
    Effort,
    EngineName,
    Places,
    Reach,
    Reference,
    Rule,
    Severity,
    TargetKind,
    Trap,
)
from lastmile_desktop.core.errors import CatalogueError

E = TypeVar("E", bound=StrEnum)
Table = Mapping[str, Any]

_REACH = {
    "demo": Reach.DEMO,
    "100": Reach.HUNDRED,
    "1k": Reach.THOUSAND,
    "10k": Reach.TEN_THOUSAND,
    "100k": Reach.HUNDRED_THOUSAND,
}


@dataclass(frozen=True)
class Catalogue:
    """All checks by id, in the order of their areas and then of their ids."""

    root: Path
    checks: Mapping[str, Check]
    version: str = ""

    def check(self, check_id: str) -> Check | None:
        """By id or by one of its former ids."""
        found = self.checks.get(check_id)
        if found is not None:
            return found
        return next((check for check in self.checks.values() if check_id in check.aliases), None)

    def folder(self, check: Check) -> Path:
        area, _, name = check.id.partition(".")
        return self.root / area / name


def load(root: Path) -> Catalogue:
    """Every check below `root`. Raises CatalogueError for the first thing that is not well formed."""
    checks: list[Check] = []
    for area_file in sorted(root.glob("*/area.toml")):
        area_reader = _Reader(area_file)
        area = Area(
            slug=area_file.parent.name,
            title=area_reader.text("title"),
            order=area_reader.number("order"),
            question=area_reader.text("question"),
        )
        checks += [_check(_Reader(file), area) for file in sorted(area_file.parent.glob("*/check.toml"))]
    checks.sort(key=lambda check: (check.area.order, check.id))
    return Catalogue(root, {check.id: check for check in checks}, _version(checks))


def _version(checks: list[Check]) -> str:
    """Changes whenever any check does, so that history can say "catalogue updated"."""
    return hashlib.sha256(repr(checks).encode()).hexdigest()[:12]


def _check(reader: _Reader, area: Area) -> Check:
    check_id = reader.text("id")
    if check_id != f"{area.slug}.{reader.file.parent.name}":
        raise reader.error("id", f"is {check_id!r} but the folder says {area.slug}.{reader.file.parent.name}")
    severity = reader.choice("severity", Severity)
    attestation = reader.optional("attestation")
    return Check(
        id=check_id,
        area=area,
        title_gap=reader.text("title_gap"),
        title_passed=reader.text("title_passed"),
        bites=reader.text("bites"),
        severity=severity,
        reach=reader.mapped("reach", _REACH),
        effort=reader.choice("effort", Effort),
        targets=reader.choice("targets", TargetKind),
        applies=_applies(reader.optional("applies")),
        rules=tuple(_rule(entry, check_id, severity) for entry in reader.tables("rules", required=True)),
        passes=reader.text("passes"),
        verify=reader.text("verify"),
        traps=tuple(
            Trap(entry.text("id"), entry.text("text"), entry.text("fixture"))
            for entry in reader.tables("traps")
        ),
        attestation=_attestation(attestation) if attestation else None,
        refs=tuple(Reference(entry.text("title"), entry.text("url", "")) for entry in reader.tables("refs")),
        tags=reader.texts("tags"),
        aliases=reader.texts("aliases"),
        places=reader.choice("places", Places, Places.FAULTS),
    )


def _rule(reader: _Reader, check_id: str, severity: Severity) -> Rule:
    return Rule(
        id=f"{check_id}/{reader.text('id')}",
        engine=reader.choice("engine", EngineName),
        severity=reader.choice("severity", Severity, severity),
        confidence=reader.fraction("confidence"),
        title=reader.text("title"),
        stacks=reader.texts("stacks"),
        reach=reader.mapped("reach", _REACH) if reader.text("reach", "") else None,
    )


def _applies(reader: _Reader | None) -> Applies:
    return Applies(reader.texts("any_of"), reader.texts("none_of")) if reader else Applies()


def _attestation(reader: _Reader) -> AttestationSpec:
    return AttestationSpec(
        statement=reader.text("statement"),
        minimum_evidence=reader.text("minimum_evidence"),
        life_days=reader.number("life_days"),
        voided_by=reader.texts("voided_by"),
    )


class _Reader:
    """A TOML table with its file and path of keys, for messages that say where the mistake is."""

    def __init__(self, file: Path, table: Table | None = None, where: str = "") -> None:
        self.file = file
        self._where = where
        if table is None:
            try:
                table = tomllib.loads(file.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
                raise self.error("", str(problem)) from problem
        self._table = table

    def error(self, key: str, problem: str) -> CatalogueError:
        return CatalogueError(
            "The catalogue has a mistake",
            f"{self.file}: {self._where}{key} {problem}.",
            "Reinstall Last Mile, or mend the file if you edited it.",
        )

    def _get(self, key: str, kind: type[Any], default: Any) -> Any:
        value = self._table.get(key, default)
        if value is None:
            raise self.error(key, "is missing")
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.error(key, f"must be a {kind.__name__}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        return str(self._get(key, str, default)).strip()

    def number(self, key: str) -> int:
        return int(self._get(key, int, None))

    def fraction(self, key: str) -> float:
        value = float(
            self._get(key, (float), None) if not isinstance(self._table.get(key), int) else self._table[key]
        )
        if not 0 < value <= 1:
            raise self.error(key, "must lie between 0 and 1")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = cast(list[Any], self._get(key, list, []))
        if not all(isinstance(value, str) for value in values):
            raise self.error(key, "must be a list of texts")
        return tuple(cast(list[str], values))

    def choice(self, key: str, options: type[E], default: E | None = None) -> E:
        text = self.text(key, str(default) if default is not None else None)
        return self._pick(key, text, options)

    def mapped(self, key: str, options: Mapping[str, Reach]) -> Reach:
        return self._pick(key, self.text(key), options.__getitem__)

    def _pick(self, key: str, text: str, pick: Callable[[str], Any]) -> Any:
        try:
            return pick(text)
        except (KeyError, ValueError):
            raise self.error(key, f"has the unknown value {text!r}") from None

    def optional(self, key: str) -> _Reader | None:
        table = self._table.get(key)
        if table is None:
            return None
        if not isinstance(table, dict):
            raise self.error(key, "must be a table")
        return _Reader(self.file, cast(Table, table), f"{self._where}{key}.")

    def tables(self, key: str, required: bool = False) -> list[_Reader]:
        entries = cast(list[Any], self._get(key, list, None if required else []))
        return [
            _Reader(self.file, entry, f"{self._where}{key}[{number}].")
            for number, entry in enumerate(entries)
        ]
