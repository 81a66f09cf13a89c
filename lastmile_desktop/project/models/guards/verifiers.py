"""Names that count as asking who is calling, read once from the shipped data."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from typing import Any, cast

from lastmile_desktop.resources import resources_dir

_ONESELF = re.compile(r"(?:^|_|[a-z])(?:self|[sS]elf|Own|own|Same|same)(?:$|_|[A-Z])")


class OnFailure(StrEnum):
    EMPTY = "empty"
    THROWS = "throws"


class Authority(IntEnum):
    """What a check says beyond "signed in": nothing, that the caller holds some role, that they are the operator's
    own administrators, who may see everything."""

    NONE = 0
    ROLE = 1
    ADMIN = 2


@dataclass(frozen=True, slots=True)
class Verifier:
    """`strength` is verified, cron (a shared secret), signature or password; "" for a name that proves nothing,
    with `why`. `opens_request` when it counts only for what the request brought."""

    name: str
    on_failure: OnFailure
    packages: tuple[str, ...]
    language: str
    strength: str
    why: str = ""
    opens_request: bool = False


@dataclass(frozen=True)
class Symbols:
    """The data file, compiled for look-up."""

    by_last: dict[str, tuple[Verifier, ...]]
    identity_paths: frozenset[str]
    identity_keys: frozenset[str]
    middleware: frozenset[str]
    decorators: frozenset[str]
    mixins: frozenset[str]
    permissions: frozenset[str]
    open_permissions: frozenset[str]
    guard_name: re.Pattern[str]
    throwing_name: re.Pattern[str]
    admin_name: re.Pattern[str]
    role_name: re.Pattern[str]
    optional_name: re.Pattern[str]
    neutral_name: re.Pattern[str]

    def verifier(self, callee: str, language: str) -> Verifier | None:
        """The entry whose name ends this dotted callee, the longest first."""
        parts = callee.split(".")
        for verifier in self.by_last.get(parts[-1], ()):
            wanted = verifier.name.split(".")
            if parts[-len(wanted) :] == wanted and verifier.language in ("", language):
                return verifier
        return None

    def is_identity(self, path: str) -> bool:
        """Whether a dotted path is, or lies below, a value that a verified session provides."""
        parts = path.split(".")
        return any(".".join(parts[:size]) in self.identity_paths for size in range(1, len(parts) + 1))

    def authority(self, name: str, args: str = "") -> Authority:
        """What the name of a check says about the caller's role; `args` are what it is given."""
        if _ONESELF.search(name):
            return Authority.NONE
        if self.admin_name.search(name):
            return Authority.ADMIN
        if not self.role_name.search(name):
            return Authority.NONE
        return Authority.ADMIN if self.admin_name.search(args) else Authority.ROLE

    def names_guard(self, name: str) -> bool:
        return self.guard_name.search(name) is not None and not self.optional_name.search(name)


@cache
def symbols() -> Symbols:
    """The shipped symbols; a replaced file that is not well formed raises when first used."""
    data = tomllib.loads((resources_dir() / "auth_verifiers.toml").read_text(encoding="utf-8"))
    verifiers = [*_verifiers(data, "verifiers"), *_verifiers(data, "not_verifiers")]
    by_last: dict[str, list[Verifier]] = {}
    for verifier in sorted(verifiers, key=lambda item: (-item.name.count("."), item.language == "")):
        by_last.setdefault(verifier.name.rpartition(".")[2], []).append(verifier)
    names = cast(dict[str, str], data["names"])
    python = cast(dict[str, list[str]], data["python"])
    return Symbols(
        by_last={last: tuple(found) for last, found in by_last.items()},
        identity_paths=frozenset(cast(list[str], data["identities"]["paths"])),
        identity_keys=frozenset(cast(list[str], data["identities"]["keys"])),
        middleware=frozenset(cast(list[str], data["middleware"]["guards"])),
        decorators=frozenset(python["decorators"]),
        mixins=frozenset(python["mixins"]),
        permissions=frozenset(python["permissions"]),
        open_permissions=frozenset(python["open_permissions"]),
        guard_name=re.compile(names["guard"], re.IGNORECASE),
        throwing_name=re.compile(names["throws"]),
        admin_name=re.compile(names["admin"], re.IGNORECASE),
        role_name=re.compile(names["role"], re.IGNORECASE),
        optional_name=re.compile(names["optional"], re.IGNORECASE),
        neutral_name=re.compile(names["neutral"], re.IGNORECASE),
    )


def _verifiers(data: dict[str, Any], kind: str) -> list[Verifier]:
    return [
        Verifier(
            name=name,
            on_failure=OnFailure(entry.get("on_failure", "empty")),
            packages=tuple(entry.get("from", ())),
            language=str(entry.get("language", "")),
            strength="" if kind == "not_verifiers" else str(entry.get("strength", "verified")),
            why=str(entry.get("why", "")),
            opens_request=entry.get("given") == "request",
        )
        for entry in cast(list[dict[str, Any]], data[kind])
        for name in entry["call"]
    ]
