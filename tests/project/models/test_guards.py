"""What counts as asking who is calling, told apart by one handler with different beginnings."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from lastmile_desktop.project.models.routes.model import Route
from tests.project.models.hooks import view_of

DATA = Path(__file__).resolve().parents[2] / "data" / "routes"
CASES: list[dict[str, Any]] = tomllib.loads((DATA / "guards.toml").read_text(encoding="utf-8"))["case"]
HANDLER = """import {{ prisma }} from "@/lib/db";
{imports}
export async function POST(request: Request) {{
  const body = await request.json();
  {body}
  {inside}
  await prisma.order.update({{ where: {{ id: body.id }}, data: {{ status: body.status }} }});
  {end}
  {after}
  return Response.json({{ ok: true }});
}}
"""


def route_of(case: dict[str, Any]) -> Route:
    text = HANDLER.format(
        imports=case.get("imports", ""),
        body=case["body"],
        inside=case.get("inside", ""),
        end="}" if "inside" in case else "",
        after=case.get("after", ""),
    )
    files = {"package.json": '{"dependencies": {"next": "15"}}', "app/api/orders/route.ts": text}
    if "helper" in case:
        files["lib/auth.ts"] = case["helper"]
    (route,) = view_of(files).routes.routes
    return route


def worth(route: Route) -> str:
    """What stands before the order is changed."""
    effect = next(item for item in route.effects if item.table == "order")
    if not effect.guarded:
        return "weak" if any(guard.strength == "unverified" for guard in route.guards) else "open"
    counting = [guard for guard in route.guards if guard.strength != "unverified"]
    return "conditional" if all(guard.conditional for guard in counting) else counting[0].strength.value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_stands_before_the_effect(case: dict[str, Any]) -> None:
    assert worth(route_of(case)) == case["expect"]
