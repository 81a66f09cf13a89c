"""What code asks its own backend for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.code.parse import outline
from lastmile_desktop.project.models.client.client_calls import asked, fits, segments


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('fetch("/api/orders?all=1")', ["/api/orders"]),
        ("fetch(`/api/orders/${id}`, { method: 'DELETE' })", ["/api/orders/${id}"]),
        ('useQuery({ queryKey: ["/api/teams"] })', ["/api/teams"]),
        ('apiRequest("POST", "/api/teams")', ["/api/teams"]),
        ('app.get("/api/teams", handler)', []),
        ('fetch("https://rates.test/api/latest")', []),
        ('supabase.rpc("close", {})', ["close"]),
        ('supabase.functions.invoke("pay", {})', ["pay"]),
        ('supabase.from("t").select("a, b").eq("c", 1)', ["t.a", "t.b", "t.c"]),
        ('supabase.from("t").select("a, other(b)")', []),
        ('supabase.from("t").select("*")', []),
    ],
)
def test_what_is_asked_for(text: str, names: list[str]) -> None:
    assert [item.name for item in asked(outline("src/a.ts", text + "\n"))] == names


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("/api/orders/${id}", "/api/orders/:id", True),
        ("/api/orders/7", "/api/orders/[id]", True),
        ("/api/orders", "/orders", True),
        ("/api/auth/x/y", "/api/auth/[...all]", True),
        ("/api/invoices", "/api/orders", False),
        ("/api/orders/7/lines", "/api/orders/{id}", False),
    ],
)
def test_which_route_answers(one: str, other: str, expected: bool) -> None:
    assert fits(segments(one), segments(other)) is expected


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_addresses(one: str, other: str) -> None:
    fits(segments(one), segments(other))
