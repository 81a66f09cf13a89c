"""What was built lately reaches the window after a scan, over a real session and git."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lastmile_desktop.core import events
from lastmile_desktop.core.verdict import State
from lastmile_desktop.engines.compose import EngineHome
from lastmile_desktop.engines.engine import Engine
from tests.session.harness import Heard
from tests.session.test_portfolio import made, run


def no_engines(_: EngineHome) -> Sequence[Engine]:
    return ()


def test_new_pages_and_additions_are_told_and_judged(tmp_path: Path) -> None:
    root = made(tmp_path / "acme", "2026-01-02T09:00:00+00:00")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for number, name in enumerate(("Jobs", "Map", "Invoice")):
        page = root / "src" / "pages" / f"{name}.tsx"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"export default function {name}() {{\n  return <h1>{name}</h1>;\n}}\n")
        moment = (yesterday - timedelta(days=number)).isoformat()
        run(root, moment, "add", ".")
        run(root, moment, "commit", "-q", "-m", f"Add {name.lower()} page")
    with Heard(tmp_path / "home", no_engines, watch=False) as heard:
        scan = heard.open(root)
        verdict = scan.verdict("demand.feature-without-request")
        assert verdict is not None and verdict.state is State.GAP
        told = [event for event in heard.events if isinstance(event, events.FeaturesBuilt)]
        built = told[-1] if told else heard.wait(events.FeaturesBuilt)
    assert [unit.name for unit in built.units] == ["jobs page", "map page", "invoice page"]
