"""Slow work inside a webhook handler: what it waits for before it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lastmile_desktop.project.code.outline import Call
from lastmile_desktop.project.models.payments.payment_calls import PayAction, action_of, called_name
from lastmile_desktop.project.models.routes.model import EffectKind
from lastmile_desktop.project.models.walk.effects import kind_of

_PDF = re.compile(
    r"(?:^|\.)(?:renderToBuffer|renderToStream|renderToFile|htmlToPdf|html_to_pdf|write_pdf|generatePdf|generatePDF|"
    r"generate_pdf|createPdf|createPDF|create_pdf|buildPdf|puppeteer\.launch|chromium\.launch|page\.pdf|from_string)$"
    r"|^(?:PDFDocument|jsPDF|HTML|pisa\.CreatePDF)\b"
)
_EMAIL = re.compile(
    r"(?:emails?\.send|batch\.send|sendMail|sgMail\.send|send_mail|sendmail|sendEmailWithTemplate|Emails\.send|"
    r"messages\.create|sendTransacEmail|EmailMessage\.send|send_message)$"
)
_OUTSIDE = re.compile(
    r"^(?:fetch|axios|got|ky|ofetch|\$fetch|requests|httpx)(?:\.(?:get|post|put|patch|delete|request))?$"
)
_ACCOUNTS = re.compile(
    r"auth\.admin\.\w+$|functions\.invoke$|users\.(?:createUser|updateUser\w*|deleteUser|getUser|updateUserMetadata)$|"
    r"(?:chat|conversations)\.postMessage$|WebhookClient\.send$|translate\w*$"
)
_FILES = re.compile(
    r"storage\.from\.(?:upload|download)$|(?:upload_?(?:file|video|image)\w*|put_?[oO]bject|download_file)$"
)
_VERIFIES = re.compile(
    r"api\.(?:paystack|flutterwave|razorpay|mollie|mercadopago|stripe|lemonsqueezy|paddle|polar)\.|api-m\.(?:sandbox\.)?paypal\."
)
_WEIGHT = {
    "file": 1.0,
    "llm": 2.0,
    "pdf": 2.0,
    "email": 1.5,
    "http": 1.0,
    "provider": 1.0,
    "ask": 0.5,
    "account": 0.5,
}


@dataclass(frozen=True, slots=True)
class Slow:
    """A call to another service, or work of seconds. `kind` is llm, pdf, email, http, provider (changes something
    there), ask (only asks), file or account; `labels` are the events it is done for."""

    kind: str
    name: str
    path: str
    line: int
    labels: tuple[str, ...]
    in_background: bool
    in_loop: bool

    @property
    def weight(self) -> float:
        """How much it delays the answer; a loop repeats it."""
        return max(_WEIGHT[self.kind], 2.0) if self.in_loop else _WEIGHT[self.kind]


def slow_kind(call: Call) -> str:
    """The kind of slow work a call is, "" when it is none."""
    name = called_name(call)
    if _PDF.search(name):
        return "pdf"
    kind = kind_of(call, call.args[0].text if call.args else "")
    if kind is EffectKind.LLM:
        return "llm"
    if kind is EffectKind.EMAIL or _EMAIL.search(name):
        return "email"
    pay = action_of(call, True) if _may_pay(name) else None
    if pay is not None:
        return "ask" if pay[0] in (PayAction.LOOK, PayAction.PREVIEW) else "provider"
    if _OUTSIDE.match(name) and call.links and call.links[-1].args is not None:
        return "ask" if _asks_provider(call) else "http"
    if _FILES.search(name):
        return "file"
    return "account" if _ACCOUNTS.search(name) else ""


def _asks_provider(call: Call) -> bool:
    """Whether a payment provider is asked how something stands, which is quick and part of taking its events."""
    args = call.args
    method = args[1].entry("method") if len(args) > 1 else None
    changes = method is not None and (method.literal or "").upper() not in ("GET", "")
    return bool(args) and not changes and _VERIFIES.search(args[0].text) is not None


@lru_cache(maxsize=4096)
def _may_pay(name: str) -> bool:
    return "stripe" in name.lower() or ("." in name and not name.startswith(("db.", "prisma.", "supabase")))


def heaviest(found: Sequence[Slow]) -> tuple[Slow, ...]:
    """The work done for one kind of event, where it adds up to most; work outside of all cases counts for each."""
    best: tuple[Slow, ...] = ()
    for labels in _cases(found):
        mine = tuple(item for item in found if labels[: len(item.labels)] == item.labels)
        if sum(item.weight for item in mine) > sum(item.weight for item in best):
            best = mine
    return best


def _cases(found: Sequence[Slow]) -> Iterator[tuple[str, ...]]:
    yield ()
    yield from dict.fromkeys(item.labels for item in found if item.labels)
