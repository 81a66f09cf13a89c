"""All outside engines, ready to be asked. The one place that knows which there are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lastmile_desktop.engines.engine import Engine
from lastmile_desktop.engines.markup import MarkupEngine
from lastmile_desktop.engines.migrations import MigrationsEngine
from lastmile_desktop.engines.secrets import SecretsEngine
from lastmile_desktop.engines.secrets_history import SecretHistoryEngine
from lastmile_desktop.engines.semgrep import SemgrepEngine
from lastmile_desktop.engines.workflows import WorkflowsEngine


@dataclass(frozen=True, slots=True)
class EngineHome:
    """What engines need of their surroundings: a cache folder, the catalogue, the recognition key."""

    cache: Path
    rules: Path
    hmac_key: bytes


def compose(home: EngineHome, warm: bool) -> tuple[Engine, ...]:
    """`warm` keeps semgrep running between saves."""
    return (
        SemgrepEngine(home.rules, home.cache, keep_warm=warm),
        SecretsEngine(home.hmac_key, home.cache),
        SecretHistoryEngine(home.hmac_key, home.cache),
        MigrationsEngine(),
        MarkupEngine(),
        WorkflowsEngine(),
    )
