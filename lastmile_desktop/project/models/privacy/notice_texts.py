"""What a privacy or terms page says: templates never filled in, topics left out, whom to write to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lastmile_desktop.core.evidence import Evidence
from lastmile_desktop.project.lines import line_at

_PLACEHOLDER = re.compile(
    r"\[(?:your )?(?:company|business|app|website|site|legal|contact|product|organi[sz]ation|support|"
    r"e-?mail|address|date|name|country|state|jurisdiction|phone|insert)(?: ?[\w /-]{0,30})?\](?!\()|"
    r"\byour company(?: name)?\b(?! (?:will|may|can|is|and|or|has|data|uses|website|profile|logo))|"
    r"\bYourCompany\b|lorem ipsum|\bINSERT [A-Z ]{3,30}|@(?:example|yourdomain|yourcompany|yoursite|"
    r"domain)\.(?:com|org)|\bAcme(?: Inc| Corp)\b|\{\{? ?company_?name ?\}?\}|coming soon|XX/XX/20|"
    r"\[(?:TODO|TBD)\]",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^\s*(?://|\{/\*|/\*|\*|<!--)|placeholder\s*=")
_CONTACT = re.compile(
    r"mailto:|[\w.+-]{1,60}@[\w-]{1,60}\.[a-z]{2,}|\b(?:contact|support|kontakt|contato|"
    r"contacto)\b[^.\n]{0,60}(?:us|form|page|@|at\b|uns)|href=[\"'{`]+/?(?:contact|support|help)|"
    r"\{[^}]{0,40}(?:email|EMAIL|contact)",
    re.IGNORECASE,
)
NO_COOKIES = re.compile(
    r"\b(?:we|this (?:site|website|app)|our (?:site|website|app))\s+(?:do(?:es)? not|don['’]?t|doesn['’]?t|"
    r"never)\s+(?:use|set|place)\s+(?:any\s+|tracking\s+)?cookies|\bno (?:tracking )?cookies\b",
    re.IGNORECASE,
)
AI_WORDS = re.compile(
    r"\b(?:AI|A\.I\.|KI|GPT|ChatGPT|Claude|Gemini|chatbot|bot)\b|artificial intelligence|virtual assistant|"
    r"IA\b|intelligence artificielle|intelig[eê]ncia artificial"
)
_REFUND = re.compile(
    r"refund|cancel|money[- ]back|withdraw|widerruf|k[uü]ndig|reembols|rembours|annul|devolu|non-?refundable",
    re.IGNORECASE,
)
_PROSE = re.compile(r"[^<>{}`\"]{40,}")
_LOADS = re.compile(r"\.from\(|\buseQuery\(|\bfetch\(|\bt\(\s*[\"'`]")
_ENOUGH_PROSE = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """A service of the project that the page should speak of."""

    key: str
    value: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Silent:
    topic: str
    evidence: Evidence


_ADVERTISERS = re.compile(
    r"(?i)meta|facebook|tiktok|linkedin|pinterest|snap|twitter|google.?ads|adsense|bing|criteo"
)
_ENOUGH_WORDS = 60
_OTHER_SCRIPT = re.compile(
    r"[\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff"
    r"\uac00-\ud7af]{2,}"
)
_TOPICS = {
    "ads": (
        "trackers of advertisers",
        re.compile(
            r"advert|marketing partner|pixel|facebook|\bmeta\b|tiktok|remarketing|retarget|publicid|"
            r"publicit|werbe|reklam|إعلان",
            re.IGNORECASE,
        ),
    ),
    "pay.provider": (
        "payments",
        re.compile(
            r"payment|billing|stripe|paypal|paddle|razorpay|paystack|pagamento|zahlung|paiement|pago|"
            r"purchase|card",
            re.IGNORECASE,
        ),
    ),
    "ai.sdk": (
        "AI models that read what people enter",
        re.compile(
            r"\bAI\b|artificial intelligence|openai|anthropic|claude|gemini|gpt|language model|"
            r"machine learning|\bKI\b|\bIA\b|intelig[eê]ncia"
        ),
    ),
    "trackers": (
        "trackers and cookies",
        re.compile(r"analytics|cookie|tracking|pixel|tag manager|hotjar|clarity", re.IGNORECASE),
    ),
    "obs.analytics": (
        "analytics",
        re.compile(
            r"analytic|usage data|statistic|usage information|how you use|posthog|plausible|mixpanel|"
            r"analyse|metrics|cookie",
            re.IGNORECASE,
        ),
    ),
    "email.provider": (
        "email",
        re.compile(r"e-?mail|resend|sendgrid|postmark|newsletter|mailgun|brevo", re.IGNORECASE),
    ),
}


def missing_topics(text: str, asked: tuple[Asked, ...]) -> tuple[Silent, ...]:
    """What the project does and its privacy page does not speak of."""
    other_script = len(_OTHER_SCRIPT.findall(text)) > _ENOUGH_WORDS
    return tuple(
        Silent(f"{_TOPICS[item.key][0]} ({item.value})", item.evidence)
        for item in asked
        if item.key in _TOPICS
        and _TOPICS[item.key][1].search(text) is None
        and not _is_named(item.value, text)
        # The words above are of languages in Latin letters; names of companies are written so everywhere.
        and (not other_script or item.key == "ads")
    )


def _is_named(company: str, text: str) -> bool:
    return (
        re.search(rf"(?i)(?<![a-z]){re.escape(company.partition('-')[0].partition(' ')[0])}", text)
        is not None
    )


def is_advertiser(tracker: str) -> bool:
    """Whether a tracker follows people for the advertisements of others."""
    return _ADVERTISERS.search(tracker) is not None


def placeholder_in(text: str) -> tuple[int, str]:
    """The line and words of the first gap in a template, (0, "") without."""
    for match in _PLACEHOLDER.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        line = text[start : end if end >= 0 else len(text)]
        if not _COMMENT.search(line):
            return line_at(text, match.start()), match[0][:40]
    return 0, ""


def contact_in(text: str) -> bool:
    return _CONTACT.search(text) is not None


def speaks_of_refunds(text: str) -> bool:
    return _REFUND.search(text) is not None


def is_written_out(text: str) -> bool:
    """Whether the page holds its own words, rather than loading them from somewhere."""
    if _LOADS.search(text):
        return False
    return (
        sum(len(part) for part in _PROSE.findall(text) if part.count(" ") > 5 and ";" not in part)
        > _ENOUGH_PROSE
    )
