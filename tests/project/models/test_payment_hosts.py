"""Requests to payment providers, told by their address."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.payments.payment_calls import PayAction, payment_calls
from tests.project.models.hooks import view_of


def asked(text: str, path: str = "app/api/pay/route.ts") -> list[tuple[PayAction, str]]:
    return [(pay.action, pay.provider) for pay in payment_calls(view_of({path: text}))]


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://payments.yoco.com/api/checkouts", "yoco"),
        ("https://api.xendit.co/v2/invoices", "xendit"),
        ("https://app.sandbox.midtrans.com/snap/v1/transactions", "midtrans"),
        ("https://api.paymongo.com/v1/checkout_sessions", "paymongo"),
        ("https://api.tosspayments.com/v1/payments", "toss"),
        ("https://api.tap.company/v2/charges", "tap"),
        ("https://api.moyasar.com/v1/invoices", "moyasar"),
        ("https://api.cashfree.com/pg/orders", "cashfree"),
        ("https://api.phonepe.com/apis/pg/checkout/v2/pay", "phonepe"),
        ("https://connect.squareup.com/v2/online-checkout/payment-links", "square"),
        ("https://api.mollie.com/v2/payments", "mollie"),
        ("https://api.klarna.com/payments/v1/sessions", "klarna"),
        ("https://api.pagar.me/core/v5/orders", "pagarme"),
        ("https://api.asaas.com/v3/payments", "asaas"),
        ("https://production.wompi.co/v1/transactions", "wompi"),
        ("https://api.conekta.io/orders", "conekta"),
        ("https://sandbox.safaricom.co.ke/mpesa/stkpush/v1/processrequest", "mpesa"),
        ("https://api.flutterwave.com/v3/payments", "flutterwave"),
    ],
)
def test_a_payment_is_opened(address: str, provider: str) -> None:
    body = 'method: "POST", body: JSON.stringify({ amount })'
    assert asked(f'export const POST = async () => {{ await fetch("{address}", {{ {body} }}); }};') == [
        (PayAction.OPEN, provider)
    ]


def test_the_address_may_stand_elsewhere_in_the_file() -> None:
    script = (
        'const API = "https://payments.yoco.com/api";\n'
        'export const POST = async () => { await fetch(`${API}/checkouts`, { method: "POST" }); };\n'
    )
    python = (
        'API = "https://api.xendit.co"\n'
        "def pay(amount):\n"
        '    return requests.post(f"{API}/v2/invoices", json={"amount": amount})\n'
    )
    assert asked(script) == [(PayAction.OPEN, "yoco")]
    assert asked(python, "app/pay.py") == [(PayAction.OPEN, "xendit")]


def test_toss_takes_the_money_at_confirming() -> None:
    assert asked(
        'export const POST = async () => { await fetch("https://api.tosspayments.com/v1/payments/confirm", '
        '{ method: "POST", body: JSON.stringify({ amount }) }); };'
    ) == [(PayAction.OPEN, "toss")]


def test_subscriptions_are_changed_and_ended() -> None:
    def does(method: str) -> list[tuple[PayAction, str]]:
        return asked(
            "export const POST = async () => { await fetch(`https://api.mercadopago.com/preapproval/${id}`, "
            f'{{ method: "{method}" }}); }};'
        )

    assert does("PUT") == [(PayAction.CHANGE, "mercadopago")]
    assert does("DELETE") == [(PayAction.CANCEL, "mercadopago")]


def test_asking_takes_no_money() -> None:
    assert asked(
        'export const GET = async () => { await fetch("https://api.xendit.co/v2/invoices/1"); };'
    ) == [(PayAction.LOOK, "xendit")]
    assert (
        asked('export const GET = async () => { await fetch("https://example.com/api/checkouts"); };') == []
    )
