"""Whether a call to a payment service moves money, or only looks something up or keeps an address."""

from __future__ import annotations

import re
from dataclasses import replace

from lastmile_desktop.project.models.calls.effects import Doing
from lastmile_desktop.project.models.routes.model import EffectKind

# What moves money or binds somebody to pay; looking things up and keeping an address do not.
_MOVES = re.compile(
    r"(?i)(?:^|\.)_?(?:create|confirm|capture|cancel|refund|transfer|charge|pay|void|finali[sz]e|update|resume|pause|del(?:ete)?"
    r"|process|send|issue|settle|apply|release)\w{0,40}$"
)
_NO_MONEY = re.compile(
    r"(?i)\b(?:customers?|webhook_?endpoints?|products?|prices?|plans|accountLinks?|coupons?|promotionCodes?)\.\w+$|client$|customers?$"
)


def as_it_weighs(doing: Doing | None) -> Doing | None:
    """A call to a payment service for what it does: None for a look at it, a plain write where no money moves."""
    if doing is None or doing.kind is not EffectKind.PAYMENT:
        return doing
    if not _MOVES.search(doing.name):
        return None
    return replace(doing, kind=EffectKind.DB_WRITE) if _NO_MONEY.search(doing.name) else doing
