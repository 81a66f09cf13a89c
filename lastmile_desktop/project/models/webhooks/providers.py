"""What the shipped table knows of companies that call an application, and of the calls that check a signature."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from lastmile_desktop.resources import resources_dir

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HookProvider:
    """A company that sends events; resources/webhook_providers.toml explains the fields."""

    name: str
    title: str
    money: bool
    headers: tuple[str, ...]
    hints: tuple[str, ...]
    packages: tuple[str, ...]
    events: tuple[str, ...]
    subscription: tuple[str, ...]
    repeats: bool = True


@dataclass(frozen=True, slots=True)
class VerifierCall:
    """A library call that checks a signature, and which of its arguments is what."""

    call: str
    fails: str
    field: str = ""
    body: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    secret_setting: str = ""
    asynchronous: bool = False
    sync_crypto: bool = False
    whole_request: bool = False
    sources: tuple[str, ...] = ()
    language: str = ""
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifierClass:
    names: tuple[str, ...]
    sources: tuple[str, ...]
    method: str
    fails: str
    asynchronous: bool
    body: tuple[str, ...]
    signature: tuple[str, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrapper:
    names: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HookTable:
    """The whole file. `verifiers` is by the last segment of the called name, longest suffix first."""

    providers: tuple[HookProvider, ...]
    verifiers: Mapping[str, tuple[VerifierCall, ...]]
    classes: tuple[VerifierClass, ...]
    wrappers: tuple[Wrapper, ...]
    comparisons: frozenset[str]
    refetches: tuple[str, ...]
    refetch_hosts: tuple[str, ...]
    handled: tuple[str, ...]
    header_owners: Mapping[str, tuple[str, ...]]

    def provider(self, name: str) -> HookProvider:
        """By name; a provider nobody knows gets an entry of its own."""
        for item in self.providers:
            if item.name == name:
                return item
        return HookProvider(name, "the sender", False, (), (), (), (), ())


@cache
def hook_table() -> HookTable:
    data = tomllib.loads((resources_dir() / "webhook_providers.toml").read_text(encoding="utf-8"))
    providers = tuple(_provider(entry) for entry in _entries(data, "provider"))
    verifiers: dict[str, list[VerifierCall]] = {}
    for entry in _entries(data, "verifier"):
        for name in _texts(entry, "call"):
            verifiers.setdefault(name.rpartition(".")[2], []).append(_verifier(name, entry))
    owners: dict[str, tuple[str, ...]] = {}
    for provider in providers:
        for header in provider.headers:
            owners[header] = (*owners.get(header, ()), provider.name)
    refetch = cast(Table, data["refetch"])
    return HookTable(
        providers,
        {key: tuple(sorted(found, key=lambda item: -len(item.call))) for key, found in verifiers.items()},
        tuple(_verifier_class(entry) for entry in _entries(data, "verifier_class")),
        tuple(Wrapper(_texts(entry, "names"), _texts(entry, "from")) for entry in _entries(data, "wrapper")),
        frozenset(_texts(cast(Table, data["comparison"]), "calls")),
        _texts(refetch, "calls"),
        _texts(refetch, "hosts"),
        _texts(cast(Table, data["handled"]), "packages"),
        owners,
    )


@cache
def event_pattern(provider: str, subscription_only: bool = False) -> re.Pattern[str] | None:
    """Matches a whole event name of this provider, None when it has none of its own."""
    found = hook_table().provider(provider)
    names = found.subscription if subscription_only else found.events
    if not names:
        return None
    return re.compile("|".join(f"(?:{re.escape(name).replace(re.escape('*'), '.*')})" for name in names))


def imported_from(module: str, sources: tuple[str, ...]) -> bool:
    """Whether a module is, or lies in, one of these packages (also through esm.sh and npm: addresses)."""
    bare = re.sub(r"^(?:npm:|jsr:|https://esm\.sh/|https://deno\.land/x/)", "", module)
    bare = bare if not bare.startswith("@") and "@" not in bare else re.sub(r"(?<=.)@[\w.^~-]+", "", bare)
    return any(
        bare == source
        or bare.startswith((source + "/", source + "."))
        or (source[-1:] == "/" and bare.startswith(source))
        for source in sources
    )


def _entries(table: Table, key: str) -> list[Table]:
    return cast(list[Table], table.get(key, []))


def _texts(entry: Table, key: str) -> tuple[str, ...]:
    return tuple(str(item) for item in cast(list[object], entry.get(key, [])))


def _provider(entry: Table) -> HookProvider:
    return HookProvider(
        str(entry["name"]),
        str(entry["title"]),
        bool(entry.get("money", False)),
        _texts(entry, "headers"),
        _texts(entry, "hints"),
        _texts(entry, "packages"),
        _texts(entry, "events"),
        _texts(entry, "subscription"),
        bool(entry.get("repeats", True)),
    )


def _verifier(name: str, entry: Table) -> VerifierCall:
    return VerifierCall(
        name,
        str(entry["fails"]),
        str(entry.get("field", "")),
        _texts(entry, "body"),
        _texts(entry, "signature"),
        _texts(entry, "secret"),
        str(entry.get("secret_setting", "")),
        bool(entry.get("asynchronous", False)),
        bool(entry.get("sync_crypto", False)),
        bool(entry.get("whole_request", False)),
        _texts(entry, "from"),
        str(entry.get("language", "")),
        _texts(entry, "key"),
    )


def _verifier_class(entry: Table) -> VerifierClass:
    return VerifierClass(
        _texts(entry, "names"),
        _texts(entry, "from"),
        str(entry["method"]),
        str(entry["fails"]),
        bool(entry.get("asynchronous", False)),
        _texts(entry, "body"),
        _texts(entry, "signature"),
        _texts(entry, "key"),
    )
