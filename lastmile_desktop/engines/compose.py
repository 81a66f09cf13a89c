"""All outside engines, ready to be asked. The one place that knows which there are."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from lastmile_desktop.engines.engine import Engine


@dataclass(frozen=True, slots=True)
class EngineHome:
    """What engines need of their surroundings: a cache folder, the catalogue, the recognition key."""

    cache: Path
    rules: Path
    hmac_key: bytes


def compose(home: EngineHome, warm: bool) -> tuple[Engine, ...]:
    """`warm` keeps semgrep running between saves."""
    made: list[Engine] = []
    for name, build in (
        ("semgrep", lambda module: module.SemgrepEngine(home.rules, home.cache, keep_warm=warm)),
        ("secrets", lambda module: module.SecretsEngine(home.hmac_key, home.cache)),
        ("secrets_history", lambda module: module.SecretHistoryEngine(home.hmac_key, home.cache)),
        ("migrations", lambda module: module.MigrationsEngine()),
        ("markup", lambda module: module.MarkupEngine()),
        ("workflows", lambda module: module.WorkflowsEngine()),
    ):
        if importlib.util.find_spec(f"lastmile_desktop.engines.{name}"):
            made.append(build(importlib.import_module(f"lastmile_desktop.engines.{name}")))
    return tuple(made)
