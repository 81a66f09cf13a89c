"""The fields of a conversation that not every note needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lastmile_desktop.core.conversation import Commitment, Conversation, Ladder, MoneyStep
from lastmile_desktop.core.notebook import Notebook
from lastmile_desktop.core.people import Person, PersonRole
from lastmile_desktop.ui.conversations.entries import ladder_title, money_title, role_title
from lastmile_desktop.ui.form import YES, Form
from lastmile_desktop.ui.form_fields import capital, pydate, qdate
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.phrases import money
from lastmile_desktop.ui.theme import Theme

_MOST_MINUTES = 24 * 60


class MoreFields(Form):
    """Every field is named as the one of Conversation or Person that it fills."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "conversation")
        self.rows.setContentsMargins(6, 8, 0, 4)
        self._add_person()
        self._add_told()
        self._add_given()
        self._add_links()
        self.changed.connect(self._show_money)
        self._show_money()

    def _add_person(self) -> None:
        self.date_field = self.date("date", tr("Day"))
        self.line("minutes", tr("Minutes"), tr("30"))
        self.company = self.line("company", tr("Company"))
        self.segment = self.line("segment", tr("Kind of customer"))
        self.choice("role", tr("They"), [(role, capital(role_title(role))) for role in PersonRole])
        lanes = (("", tr("Not sure")), (YES, tr("Yes")), ("no", tr("No")))
        self.choice("in_lane", tr("In your lane"), lanes)
        self.several("others", tr("Also there"))

    def _add_told(self) -> None:
        self.heading(tr("What they said"))
        self.text("problem", tr("The problem, in their words"))
        self.text("story", tr("The last time it happened"))
        self.text("workaround", tr("What they do today"))
        self.line("pays_today", tr("What it costs them today"), tr("$200 a month, 3 hours a week"))
        self.several("tools", tr("Tools they use"))
        self.line("deciders", tr("Who else decides"))
        self.text("objections", tr("Objections"))
        self.text("surprises", tr("Surprises"))
        self.several("words", tr("Their words for things"))

    def _add_given(self) -> None:
        self.heading(tr("What came of it"))
        steps = [(level, capital(ladder_title(level))) for level in Ladder]
        firmness = [("", tr("Not said")), *((step, capital(money_title(step))) for step in MoneyStep)]
        self.choice("asked", tr("You asked for"), steps)
        self.choice("given", tr("They gave"), steps)
        self.line("what", tr("What exactly"), tr("pre-order, second meeting, introduction"))
        self.choice("money", tr("How firm"), firmness)
        self.line("amount", tr("Amount"), tr("49 USD"))
        self.line("evidence", tr("Evidence"), tr("receipt, address or file"))
        self.line("promise", tr("You promised"))
        self.follow_up = self.day("follow_up", tr("Follow up"), tr("on"))
        self.tick("changed_product", tr("Product changed by it"))

    def _add_links(self) -> None:
        self.heading(tr("Linked to"))
        self.about = self.several("about", tr("Gaps"), tr("words of the gap"), free=False)
        self.features = self.several("features", tr("Features"))
        self.tags = self.several("tags", tr("Tags"))
        self.tick("recording_agreed", tr("Recording agreed"))

    def set_today(self, today: date) -> None:
        self.date_field.setMaximumDate(qdate(today))
        self.follow_up.propose(today + timedelta(days=7))

    def offer_checks(self, titles: tuple[tuple[str, str], ...]) -> None:
        self.about.offer(titles)

    def offer_notebook(self, notebook: Notebook, tags: tuple[str, ...]) -> None:
        self.features.offer((feature.name, feature.name) for feature in notebook.features)
        self.tags.offer((tag, tag) for tag in tags)

    def show_person(self, person: Person | None) -> None:
        """What is known of the person stands in grey where nothing is written."""
        self.company.setPlaceholderText(person.company if person else "")
        self.segment.setPlaceholderText(person.segment if person else "")

    def chosen_day(self) -> date:
        return pydate(self.date_field.date())

    def clear(self) -> None:
        self.put({"date": self.value("date"), "asked": Ladder.NONE, "given": Ladder.NONE})
        self._show_money()

    def load(self, talk: Conversation, segment: str = "") -> None:
        given = talk.commitment
        lane = {True: YES, False: "no", None: ""}[talk.in_lane]
        texts = {
            "date": self.value("date"),
            "minutes": str(talk.minutes or ""),
            "company": talk.company,
            "segment": segment,
            "role": str(talk.role),
            "in_lane": lane,
            "asked": str(talk.asked),
            "given": str(given.level),
            "what": given.what,
            "money": str(given.money or ""),
            "amount": money(given.amount, given.currency) if given.amount else "",
            "evidence": given.evidence,
            "follow_up": str(talk.follow_up or ""),
            "changed_product": YES if talk.changed_product else "",
            "recording_agreed": YES if talk.recording_agreed else "",
            "about": "\n".join(talk.linked_checks),
        }
        texts |= {name: getattr(talk, name) for name in _TEXTS}
        texts |= {name: "\n".join(getattr(talk, name)) for name in _LISTS}
        self.put(texts)
        self._show_money()

    def fill(self, talk: Conversation) -> Conversation:
        """The talk with what the fields say."""
        values: dict[str, object] = {name: self.value(name) for name in _TEXTS}
        values |= {name: self.values_of(name) for name in _LISTS}
        return replace(
            talk,
            company=self.value("company"),
            role=PersonRole(self.value("role")),
            in_lane={YES: True, "no": False}.get(self.value("in_lane")),
            minutes=_minutes(self.value("minutes")),
            asked=Ladder(self.value("asked")),
            commitment=self._commitment(talk.commitment),
            follow_up=self.follow_up.value(),
            changed_product=self.value("changed_product") == YES,
            recording_agreed=self.value("recording_agreed") == YES,
            linked_checks=self.values_of("about"),
            **values,  # pyright: ignore[reportArgumentType]
        )

    def _commitment(self, before: Commitment) -> Commitment:
        level = Ladder(self.value("given"))
        if level is Ladder.NONE:
            return Commitment()
        is_money = level is Ladder.MONEY
        amount, currency = parse_amount(self.value("amount")) if is_money else (0, "")
        return replace(
            before,
            level=level,
            what=self.value("what"),
            amount=amount,
            currency=currency,
            money=MoneyStep(firm) if is_money and (firm := self.value("money")) else None,
            evidence=self.value("evidence"),
        )

    def _show_money(self) -> None:
        level = Ladder(self.value("given"))
        for name in ("what", "evidence"):
            self.show_row(name, level is not Ladder.NONE)
        for name in ("money", "amount"):
            self.show_row(name, level is Ladder.MONEY)


_TEXTS = (
    "problem", "story", "workaround", "pays_today", "deciders", "objections", "surprises", "promise",
)  # fmt: skip
_LISTS = ("others", "tools", "words", "features", "tags")
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}


def _minutes(text: str) -> int | None:
    """ "30", "45 min" → minutes; None when it is no number."""
    number = text.split()[0] if text.split() else ""
    return min(int(number), _MOST_MINUTES) if number.isascii() and number.isdigit() else None


def parse_amount(text: str) -> tuple[int, str]:
    """ "49 USD", "$49", "$1,200", "49,50 €" → minor units and currency; (0, "") when it is no amount."""
    cleaned = text.strip().upper()
    currency = next((code for sign, code in _SIGNS.items() if sign in cleaned), "")
    for sign in _SIGNS:
        cleaned = cleaned.replace(sign, " ")
    number = 0
    for word in cleaned.split():
        if word.isalpha():
            currency = word[:3]
        else:
            try:
                number = round(float(_plain(word)) * 100)
            except (ValueError, OverflowError):
                return 0, ""
    return (number, currency or "USD") if 0 < number < 10**11 else (0, "")


def _plain(number: str) -> str:
    """Without thousands separators, with a point before the cents: of two signs the last one separates cents, and so
    does a lone one that does not stand before three digits."""
    point, comma = number.rfind("."), number.rfind(",")
    if point >= 0 and comma >= 0:
        cents, thousands = (".", ",") if point > comma else (",", ".")
        return number.replace(thousands, "").replace(cents, ".")
    sign = "," if comma >= 0 else "."
    if sign == "," and number.count(sign) >= 1 and len(number) - number.rfind(sign) == 4:
        return number.replace(sign, "")
    return number.replace(sign, ".")
