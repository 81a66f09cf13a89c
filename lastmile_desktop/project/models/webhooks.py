"""Entries that other companies call, and how each proves who is calling (catalogue §4.4, payments)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lastmile_desktop.project.models.routes import Route

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView


@dataclass(frozen=True, slots=True)
class Webhook:
    """`provider` is `stripe`, `clerk`, `resend`, … or `other`."""

    provider: str
    route: Route


@dataclass(frozen=True, slots=True)
class WebhookMap:
    webhooks: tuple[Webhook, ...] = ()
    unparsed: tuple[tuple[str, str], ...] = ()


def build(view: ProjectView) -> WebhookMap:
    return WebhookMap()
