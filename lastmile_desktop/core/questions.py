"""What no file tells about a project, asked once (catalogue §1.7). Each answer is a Fact; no answer is no fact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Question:
    """`key` is the fact's. `choices` are (value, title); `first` ones put the list in order and are asked first."""

    key: str
    text: str
    kind: Kind = Kind.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    first: bool = False


_YES_NO = (("yes", "Yes"), ("no", "No"))


def _yes_no(key: str, text: str) -> Question:
    return Question(key, text, Kind.CHOICE, _YES_NO)


QUESTIONS = (
    Question(
        "profile.stage",
        "How far is it?",
        Kind.CHOICE,
        (
            ("hobby", "For fun, not to be sold"),
            ("idea", "An idea"),
            ("demo", "A demo that works"),
            ("first-users", "The first people use it"),
            ("paying", "Somebody pays for it"),
            ("growing", "More pay every month"),
        ),
        first=True,
    ),
    Question(
        "profile.users",
        "How many people use it today?",
        Kind.NUMBER,
        hint="Leave empty if you do not know",
        first=True,
    ),
    Question("profile.url", "Where can they open it?", hint="https://", first=True),
    Question(
        "profile.sells_to",
        "Who buys it?",
        Kind.CHOICE,
        (
            ("consumers", "People, for themselves"),
            ("small-business", "Small businesses"),
            ("enterprise", "Large companies"),
            ("public-sector", "Schools, authorities, hospitals"),
        ),
    ),
    _yes_no("profile.eu_users", "Does anyone in the EU or the UK use it?"),
    _yes_no("profile.health_data", "Does it hold data about people's health?"),
    _yes_no("profile.card_data", "Do people type card numbers into a form of your own?"),
    _yes_no("profile.minors", "Is it meant for people under 18?"),
    _yes_no("profile.soc2", "Has a customer asked for SOC 2 or a security review?"),
    _yes_no("profile.ai_features", "Does it answer with an AI model?"),
    Question(
        "profile.team",
        "How many people work on it?",
        Kind.CHOICE,
        (("1", "I alone"), ("2-9", "2 to 9"), ("10-49", "10 to 49"), ("50+", "50 or more")),
    ),
    Question("profile.on_call", "Who is called when it is down?", hint="A name or a number"),
    Question(
        "profile.hosting_plan",
        "Which plan of your host do you pay for?",
        hint="Vercel Hobby, Render Starter …",
    ),
    Question("profile.db_plan", "Which plan of your database?", hint="Supabase Free, Neon Launch …"),
    Question("profile.data_region", "Where did you promise to keep customers' data?", hint="EU, Frankfurt …"),
)
