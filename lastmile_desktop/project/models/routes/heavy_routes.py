"""Which routes do heavy work, as far as their names tell: exports, reports, pictures of pages."""

from __future__ import annotations

import re

from lastmile_desktop.project.models.routes.model import EffectKind, Route

_COMPLAINTS = re.compile(
    r"(?i)(?:content|user|post|abuse|bug|comment|message|review)_?reports?|flags?$|complaint|moderation|abuse"
)
_OF_WRONGS = re.compile(
    r"(?i)report[/_-](?:content|users?|posts?|abuse|bugs?|issues?|problems?|spam|comments?|listings?|messages?|errors?|reviews?|ads?|incidents?)\b"
)
_EXPENSIVE = re.compile(
    r"(?i)(?:^|[/_-])(?:export|pdf|report|geocode|render|transcode|screenshot|scrape|crawl)(?:$|[/_.-])"
)


def works_hard(route: Route) -> bool:
    """Whether a name says that much is worked out; who reports a post to the moderators only adds a row."""
    found = _EXPENSIVE.search(route.route)
    if found is None or route.handler is None:
        return False
    noted = any(
        effect.kind is EffectKind.DB_WRITE
        and effect.detail == "insert"
        and _COMPLAINTS.search(effect.table or "")
        for effect in route.effects
    )
    return not ("report" in found[0].lower() and (noted or _OF_WRONGS.search(route.route)))
