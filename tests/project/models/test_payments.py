"""Payment calls, what a request decides of them, and what counts as paid."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.models.payments.paid_state import paid_writes
from lastmile_desktop.project.models.payments.payment_calls import PayAction, payment_calls
from lastmile_desktop.project.models.payments.payment_flows import browser_decides
from lastmile_desktop.project.models.payments.payment_repeats import repeated
from lastmile_desktop.project.models.payments.subscriptions import subscriptions
from tests.project.models.hooks import view_of

HEAD = 'import Stripe from "stripe";\nconst stripe = new Stripe(process.env.STRIPE_SECRET_KEY!);\n'


def decided(body: str) -> list[str]:
    text = f"{HEAD}export async function POST(req: Request) {{\n{body}\n}}\n"
    return [item.field for item in browser_decides(view_of({"app/api/pay/route.ts": text}))]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("const { amount } = await req.json();\nawait stripe.charges.create({ amount });", ["amount"]),
        (
            "const { plan } = await req.json();\nawait stripe.charges.create({ amount: PRICES[plan] });",
            [],
        ),
        (
            "const { amount, id } = await req.json();\nconst item = await "
            "db.item.findUnique({ where: { id } });\n"
            "if (amount !== item.price) return new Response('', { status: 400 });\nawait "
            "stripe.charges.create({ amount });",
            [],
        ),
        (
            "const { amount } = await req.json();\nif (amount < 1) return new Response('', { status: 400 });\n"
            "await stripe.charges.create({ amount });",
            ["amount"],
        ),
        (
            "const { items } = await req.json();\nconst lines = items.map((item) => "
            "({ price: PRICES[item.id] }));\n"
            "await stripe.checkout.sessions.create({ line_items: lines });",
            ["line_items"],
        ),
    ],
)
def test_what_the_request_decides(body: str, fields: list[str]) -> None:
    assert decided(body) == fields


def test_options_are_read_through_variables() -> None:
    text = f"{HEAD}export async function f() {{\nconst options = {{ mode: 'subscription' }};\noptions.customer = 'c';\nawait stripe.checkout.sessions.create(options);\n}}\n"
    (pay,) = payment_calls(view_of({"lib/pay.ts": text}))
    assert pay.action is PayAction.CHECKOUT
    assert pay.has("mode") and pay.has("customer")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["app/api/pay/route.ts", "app/pay.py", "src/pay.tsx"]))
def test_any_text_is_read(text: str, path: str) -> None:
    view = view_of({path: f"{HEAD}{text}\nstripe.charges.create({{ amount: {text} }})"})
    payment_calls(view)
    browser_decides(view)
    paid_writes(view)
    repeated(view)
    subscriptions(view)
