"""The founder's own decisions in `.lastmile/policy.toml`, as far as checks read them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar, cast

from lastmile_desktop.project.policy_data import DataRule, ProcessorEntry, data_rules, processors

T = TypeVar("T")
Table = Mapping[str, Any]

PROJECT_DIR = ".lastmile"
POLICY_FILE = f"{PROJECT_DIR}/policy.toml"


@dataclass(frozen=True, slots=True)
class SecretEntry:
    """A line of the inventory of secrets: who owns one, where it is set, when it was last changed."""

    name: str
    owner: str = ""
    where: tuple[str, ...] = ()
    rotated_on: date | None = None


@dataclass(frozen=True, slots=True)
class TaxDecision:
    """What was decided about sales tax, and when to look at it again."""

    decision: str
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """`public_routes` are path globs that may be reached without signing in; `guards` are function names that
    the founder marked as "this is a guard"; `forbid_suppressing` are check ids; `limits` are the entry points that
    have one ("POST /api/chat"); `slo` are the names of what has a
    target. `problems` say file and line
    of what could not be used; the rest of the file still counts."""

    public_routes: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    rpo_hours: int | None = None
    rto_hours: int | None = None
    restore_drill_days: int = 90
    forbid_suppressing: tuple[str, ...] = ()
    slo: tuple[str, ...] = ()
    design_exceptions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    required_reviewers: int = 0
    ai_must_not_edit: tuple[str, ...] = ()
    require_smoke: bool = False
    secrets: tuple[SecretEntry, ...] = ()
    rotation_days: int = 180
    upgrade: str = ""
    downgrade: str = ""
    tax: TaxDecision | None = None
    regions: tuple[str, ...] = ()
    data_rules: tuple[DataRule, ...] = ()
    processors: tuple[ProcessorEntry, ...] = ()
    owner: str = ""
    reviewed_on: date | None = None
    problems: tuple[str, ...] = ()


DEFAULT = Policy()

# Every key of the policy book; what this version does not read yet is known all the same, and no mistake.
_SECTIONS: Mapping[str, frozenset[str]] = {
    "licences": frozenset(["allow", "deny", "exceptions"]),
    "dependencies": frozenset(["max_age_months", "min_release_age_days", "max_open_days", "forbid"]),
    "review": frozenset(["required_reviewers", "human_review_paths", "ai_may_edit", "ai_must_not_edit"]),
    "access": frozenset(["public_routes", "guards", "roles"]),
    "secrets": frozenset(["rotation_days", "inventory"]),
    "data": frozenset(["regions", "class"]),
    "backup": frozenset(["rpo_hours", "rto_hours", "restore_drill_days"]),
    "billing": frozenset(["upgrade", "downgrade", "tax"]),
    "release": frozenset(["freeze", "require_smoke"]),
    "design": frozenset(["tokens", "exceptions"]),
    "suppressions": frozenset(["forbid"]),
    "limits": frozenset(),
    "slo": frozenset(),
}
_OPEN_SECTIONS = frozenset(["limits", "slo"])
_TOP = frozenset(["schema", "owner", "reviewed_on", "processors"])
_SCHEMA = 1
_LINE = re.compile(r"at line (\d+)")


def load(text: str, path: str = POLICY_FILE) -> Policy:
    """The policy in this text. What is wrong is said in `problems`, and does not count."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        line = _LINE.search(str(problem))
        where = f"{path}:{line[1]}" if line else f"{path}:{text.count(chr(10)) + 1}"
        return Policy(
            problems=(f"{where}: this is not valid TOML, so none of your policy counts ({problem}).",)
        )
    except RecursionError:
        return Policy(problems=(f"{path}:1: this file is nested too deeply to be read.",))
    book = _Book(table, text, path)
    policy = Policy(
        public_routes=book.get("access", "public_routes", _texts, ()),
        guards=book.get("access", "guards", _texts, ()),
        rpo_hours=book.get("backup", "rpo_hours", _positive, None),
        rto_hours=book.get("backup", "rto_hours", _positive, None),
        restore_drill_days=book.get("backup", "restore_drill_days", _positive, DEFAULT.restore_drill_days),
        forbid_suppressing=book.get("suppressions", "forbid", _texts, ()),
        slo=book.get("", "slo", _names_of_targets, ()),
        design_exceptions=book.get("design", "exceptions", _places, ()),
        limits=book.get("", "limits", _names_of_targets, ()),
        required_reviewers=book.get("review", "required_reviewers", _count, 0),
        ai_must_not_edit=book.get("review", "ai_must_not_edit", _texts, ()),
        require_smoke=book.get("release", "require_smoke", _flag, False),
        secrets=book.get("secrets", "inventory", _secrets, ()),
        rotation_days=book.get("secrets", "rotation_days", _positive, DEFAULT.rotation_days),
        upgrade=book.get("billing", "upgrade", _text, ""),
        downgrade=book.get("billing", "downgrade", _text, ""),
        tax=book.get("billing", "tax", _tax, None),
        regions=book.get("data", "regions", _texts, ()),
        data_rules=book.get("data", "class", data_rules, ()),
        processors=book.get("", "processors", processors, ()),
        owner=book.get("", "owner", _text, ""),
        reviewed_on=book.get("", "reviewed_on", _date, None),
    )
    for section, key, read in _KEPT_ONLY:
        book.get(section, key, read, None)
    book.look_for_unknown_keys()
    return replace(policy, problems=tuple(book.problems))


class _Book:
    """The table with its text, to say the line of each mistake."""

    def __init__(self, table: Table, text: str, path: str) -> None:
        self._table = table
        self._lines = text.splitlines()
        self._path = path
        self.problems: list[str] = []
        schema = table.get("schema", _SCHEMA)
        if schema != _SCHEMA:
            self._complain("", "schema", f"must be {_SCHEMA}, the only version this program knows")

    def get(self, section: str, key: str, read: Callable[[object], T], default: T) -> T:
        table = self._table if not section else self._table.get(section)
        if table is None:
            return default
        if not isinstance(table, dict):
            self._complain("", section, "must be a table")
            return default
        value = cast(Table, table).get(key)
        if value is None:
            return default
        try:
            return read(value)
        except ValueError as problem:
            self._complain(section, key, str(problem))
            return default

    def look_for_unknown_keys(self) -> None:
        for name, value in self._table.items():
            if name in _TOP:
                continue
            known = _SECTIONS.get(name)
            if known is None:
                self._complain("", name, "is not a key of the policy book; is it a spelling mistake?")
            elif isinstance(value, dict) and name not in _OPEN_SECTIONS:
                for key in cast(Table, value):
                    if key not in known:
                        self._complain(name, key, "is not a key of this section; is it a spelling mistake?")

    def _complain(self, section: str, key: str, problem: str) -> None:
        name = f"[{section}] {key}" if section else key
        end = "" if problem.endswith("?") else "."
        self.problems.append(f"{self._path}:{self._line(section, key)}: {name} {problem}{end}")

    def _line(self, section: str, key: str) -> int:
        """The line of a key in its section, or of the section itself."""
        current, section_line = "", 1
        for number, line in enumerate(self._lines, 1):
            header = re.match(r"\s*\[+\s*([\w.-]+)\s*\]+", line)
            if header is not None:
                current = header[1]
                if current == (section or key):
                    section_line = number
                if not section and current.split(".")[0] == key:
                    return number
            elif current == section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return number
        return section_line


def _texts(value: object) -> tuple[str, ...]:
    entries = cast(list[object], value) if isinstance(value, list) else None
    if entries is None or not all(isinstance(entry, str) for entry in entries):
        raise ValueError("must be a list of texts")
    return tuple(str(entry) for entry in entries)


def _places(value: object) -> tuple[str, ...]:
    entries = cast(list[object], value) if isinstance(value, list) else None
    tables = [cast(Table, entry) for entry in entries or () if isinstance(entry, dict)]
    if (
        entries is None
        or len(tables) != len(entries)
        or not all(isinstance(item.get("where"), str) for item in tables)
    ):
        raise ValueError('must be a list such as [{ where = "src/Invoice.tsx", why = "print" }]')
    return tuple(str(item["where"]) for item in tables)


def _names_of_targets(value: object) -> tuple[str, ...]:
    """The keys of [slo] that hold a table with a number in it."""
    table = cast(Table, value) if isinstance(value, dict) else None
    if table is None:
        raise ValueError("must be a table such as checkout = { availability = 99.5, p95_ms = 2000 }")
    for name, target in table.items():
        numbers = list(cast(Table, target).values()) if isinstance(target, dict) else []
        if not numbers or not all(isinstance(number, int | float) for number in numbers):
            raise ValueError(f"{name} must hold numbers, such as {{ availability = 99.5 }}")
    return tuple(table)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value


def _positive(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ValueError("must be a whole number above 0")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a whole number, 0 or more")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _date(value: object) -> date:
    if not isinstance(value, date):
        raise ValueError("must be a date such as 2026-11-01, without quotes")
    return value


def _secrets(value: object) -> tuple[SecretEntry, ...]:
    entries = cast(list[object], value) if isinstance(value, list) else None
    if entries is None or not all(isinstance(entry, dict) and "name" in entry for entry in entries):
        raise ValueError("must be a list of tables, each with a name")
    tables = [cast(Table, entry) for entry in entries]
    return tuple(
        SecretEntry(
            _text(table["name"]),
            _text(table.get("owner", "")),
            _texts(table.get("where", [])),
            _date(table["rotated_on"]) if "rotated_on" in table else None,
        )
        for table in tables
    )


def _tables_with(*fields: str) -> Callable[[object], object]:
    """A reader of a list of tables that each hold these texts."""

    def read(value: object) -> object:
        entries = cast(list[object], value) if isinstance(value, list) else None
        tables = [cast(Table, entry) for entry in entries or () if isinstance(entry, dict)]
        whole = entries is not None and len(tables) == len(entries)
        if not whole or not all(isinstance(item.get(name), str) for item in tables for name in fields):
            raise ValueError(f"must be a list of tables, each with {' and '.join(fields)}")
        return tables

    return read


def _table_of(read: Callable[[object], object], what: str) -> Callable[[object], object]:
    """A reader of a table in which every value is one that `read` takes."""

    def read_all(value: object) -> object:
        if not isinstance(value, dict):
            raise ValueError(f"must be a table such as {what}")
        for name, entry in cast(Table, value).items():
            try:
                read(entry)
            except ValueError as problem:
                raise ValueError(f"has {name}, which {problem}") from problem
        return cast(Table, value)

    return read_all


def _tax(value: object) -> TaxDecision:
    if not isinstance(value, dict) or "decision" not in value:
        raise ValueError(
            'must be a table such as { decision = "merchant-of-record", review_on = 2027-06-01 }'
        )
    table = cast(Table, value)
    return TaxDecision(_text(table["decision"]), _date(table["review_on"]) if "review_on" in table else None)


# Keys that no check acts on yet: they are validated like all others, so that a mistake is found when it is made.
_KEPT_ONLY: tuple[tuple[str, str, Callable[[object], object]], ...] = (
    ("licences", "allow", _texts),
    ("licences", "deny", _texts),
    ("licences", "exceptions", _tables_with("package", "why")),
    ("dependencies", "max_age_months", _positive),
    ("dependencies", "min_release_age_days", _count),
    ("dependencies", "max_open_days", _table_of(_count, "{ critical = 2, high = 14 }")),
    ("dependencies", "forbid", _texts),
    ("review", "human_review_paths", _texts),
    ("review", "ai_may_edit", _texts),
    ("access", "roles", _table_of(_texts, 'viewer = ["projects:read"]')),
    ("release", "freeze", _texts),
    ("design", "tokens", _text),
)
