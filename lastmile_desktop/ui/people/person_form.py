"""Everything about a person, each field kept once it is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lastmile_desktop.core.people import CompanySize, Person, PersonRole, PersonStatus
from lastmile_desktop.ui.conversations.entries import role_title
from lastmile_desktop.ui.form import YES, Form
from lastmile_desktop.ui.form_fields import capital
from lastmile_desktop.ui.language import tr
from lastmile_desktop.ui.people.people_lines import size_title, status_title
from lastmile_desktop.ui.theme import Theme

_LANES = {True: YES, False: "no", None: ""}
_TEXTS = ("name", "company", "segment", "how_met", "contact", "why", "reach_out", "note", "consent")
_DAYS = ("next_on", "contacted_on", "delete_by")


class PersonForm(Form):
    """Fields are named as those of Person."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "person")
        self.line("name", tr("Name"))
        self.line("company", tr("Company"))
        self.choice(
            "size", tr("How many work there"), [(size, capital(size_title(size))) for size in CompanySize]
        )
        self.line("segment", tr("Kind of customer"), tr("roofers, first-time landlords"))
        self.choice("role", tr("They"), [(role, capital(role_title(role))) for role in PersonRole])
        self.choice("in_lane", tr("In your lane"), (("", tr("Not sure")), (YES, tr("Yes")), ("no", tr("No"))))
        self.choice("status", tr("Status"), [(item, capital(status_title(item))) for item in PersonStatus])
        self.days = {"next_on": self.day("next_on", tr("Next date"), tr("on"))}
        self.line("contact", tr("Contact"), tr("phone, e-mail, address"))
        self.line("how_met", tr("How you met"))
        self.text("why", tr("Why they have the problem"))
        self.text("reach_out", tr("First message"))
        self.days["contacted_on"] = self.day("contacted_on", tr("Written to"), tr("on"))
        self.tick("seller", tr("Could sell it for you"))
        self.several("tags", tr("Tags"))
        self.text("note", tr("Notes"))
        self.line("consent", tr("What they agreed to"), tr("notes yes, recording no"))
        self.days["delete_by"] = self.day("delete_by", tr("Delete by"), tr("on"))

    def propose_days(self, today: date) -> None:
        for name, days in (("next_on", 7), ("contacted_on", 0), ("delete_by", 730)):
            self.days[name].propose(today + timedelta(days=days))

    def fill(self, person: Person) -> Person:
        """The person as the fields say; a name is never taken away."""
        texts = {name: self.value(name) for name in _TEXTS}
        return replace(
            person,
            **{**texts, "name": texts["name"] or person.name},
            size=CompanySize(self.value("size")),
            role=PersonRole(self.value("role")),
            in_lane={YES: True, "no": False}.get(self.value("in_lane")),
            status=PersonStatus(self.value("status")),
            seller=self.value("seller") == YES,
            tags=self.values_of("tags"),
            next_on=self.day_of("next_on"),
            contacted_on=self.day_of("contacted_on"),
            delete_by=self.day_of("delete_by"),
        )


def texts_of(person: Person) -> dict[str, str]:
    """What the form shows of a person."""
    texts = {name: str(getattr(person, name)) for name in (*_TEXTS, "size", "role", "status")}
    texts |= {name: str(getattr(person, name) or "") for name in _DAYS}
    texts["in_lane"] = _LANES[person.in_lane]
    texts["seller"] = YES if person.seller else ""
    texts["tags"] = "\n".join(person.tags)
    return texts
