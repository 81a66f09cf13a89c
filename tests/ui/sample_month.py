"""An invented founder's month: people, talks, a transcript, quotes, the right ten, goals and a lane."""

from __future__ import annotations

from datetime import date, timedelta

from lastmile_desktop.core import commands
from lastmile_desktop.core.balance import BuildTalk, WeekOfWork
from lastmile_desktop.core.conversation import (
    Channel,
    Commitment,
    Conversation,
    Ladder,
    MoneyStep,
    Quote,
    QuoteSignal,
)
from lastmile_desktop.core.events import BuildTalkChanged
from lastmile_desktop.core.notebook import (
    Assumption,
    Citation,
    Feature,
    FeatureState,
    GuideQuestion,
    LearningGoal,
    Standing,
    Term,
)
from lastmile_desktop.core.people import CompanySize, Person, PersonRole, PersonStatus
from tests.ui.sample import NOW

TODAY = NOW.date()
_WHY = "Loses two or three jobs a month because the quote goes out days after the visit."
_DRAFT = (
    "Hi Rosa, I am writing something for small roofing crews that keeps job photos with the quote. "
    "Could you tell me for twenty minutes how the last quote went out? I have nothing to sell in that call."
)


def _person(name: str, company: str, rank: int | None, status: PersonStatus, **more: object) -> Person:
    return Person(name, company=company, rank=rank, status=status, **more)  # pyright: ignore[reportArgumentType]


PEOPLE = (
    _person(
        "Rosa Keller", "Keller & Daughters Roofing", 1, PersonStatus.SCHEDULED, segment="roofers",
        role=PersonRole.BUYER, size=CompanySize.FEW, in_lane=True, why=_WHY, reach_out=_DRAFT,
        next_on=TODAY + timedelta(days=3), contacted_on=TODAY - timedelta(days=4), how_met="Trade fair in Columbus",
        contact="rosa@keller-roofing.example", added_on=TODAY - timedelta(days=30), tags=("referral",),
    ),
    _person("Tom Adeyemi", "Adeyemi Exteriors", 2, PersonStatus.CONTACTED, segment="roofers", in_lane=True,
            why="Measures on paper, types it in at night.", contacted_on=TODAY - timedelta(days=2),
            added_on=TODAY - timedelta(days=20)),
    _person("Ines Fuchs", "Dachbau Fuchs", 3, PersonStatus.TALKED, segment="roofers", in_lane=True,
            why="Two crews share one phone for photos.", next_on=TODAY - timedelta(days=1),
            added_on=TODAY - timedelta(days=20)),
    _person("Walt Brandt", "Brandt Gutters", 4, PersonStatus.TO_CONTACT, segment="gutters",
            added_on=TODAY - timedelta(days=6)),
    _person("Noor Haddad", "Haddad Commercial", None, PersonStatus.NO, segment="commercial", in_lane=False,
            note="Sixty people, has an ERP. A clear no, and a useful one."),
    _person("Jonas Weil", "", None, PersonStatus.TALKED, role=PersonRole.PEER, note="Builds a tool for plumbers."),
)  # fmt: skip

TALKS = (
    Conversation(
        "Ines Fuchs",
        "Showed me the shared phone. Photos of three roofs in one album, nobody knows which is which.\n"
        "On Tuesday they sent the wrong roof to an insurer and had to drive out again.",
        NOW - timedelta(days=3, hours=2),
        company="Dachbau Fuchs",
        role=PersonRole.BUYER,
        channel=Channel.IN_PERSON,
        minutes=50,
        problem="Nobody knows which photo belongs to which roof.",
        workaround="They write the street on a shingle and photograph that first.",
        pays_today="Forty minutes of driving, twice a month",
        tools=("WhatsApp", "QuickBooks"),
        quotes=(
            Quote(
                "nobody knows which is which",
                signals=(QuoteSignal.PAIN,),
                linked_checks=("access.object-ownership",),
                linked_features=("Photos by job",),
            ),
        ),
        tags=("photos",),
        asked=Ladder.MONEY,
        commitment=Commitment(
            Ladder.MONEY,
            "ten licences from January",
            49_000,
            "EUR",
            MoneyStep.LETTER,
            "e-mail of 17 November",
        ),
        promise="Send her the import of old albums",
        follow_up=TODAY - timedelta(days=1),
    ),
    Conversation(
        "Noor Haddad",
        "Has an ERP that does this. Would never move. Told me who would: crews below ten people.",
        NOW - timedelta(days=9),
        company="Haddad Commercial",
        channel=Channel.VIDEO,
        minutes=25,
        objections="Another login for sixty people",
        tags=("said no",),
    ),
)

GOALS = (
    LearningGoal("Who writes the quote, and when?", learned="The owner, at night, from photos."),
    LearningGoal("What does a late quote cost?"),
    LearningGoal("Who else has to agree before they pay?"),
)
QUESTIONS = (
    GuideQuestion("When did a quote last go out late? What happened?", section="story", place=1),
    GuideQuestion("Would you pay $49 a month for this?", section="close", place=2),
)
ASSUMPTIONS = (
    Assumption("Crews of up to ten send quotes from the phone.", standing=Standing.VALIDATED,
               citations=(Citation(4, "Photos of three roofs in one album"),), decided_on=TODAY),
    Assumption("Commercial roofers want it too.", standing=Standing.INVALIDATED, citations=(Citation(5),),
               decided_on=TODAY - timedelta(days=9)),
    Assumption("The owner decides alone."),
)  # fmt: skip
FEATURES = (Feature("Photos by job", state=FeatureState.BUILDING), Feature("Kanban board"))
TERMS = (
    Term("job site", generic="project", ours="Project", vertical="roofing"),
    Term("squares", vertical="roofing"),
)

LANE = """# Who this is for, and what is said no to.
for_who = "owner-operators of roofing companies in Ohio"
industry = "roofing"
company_size = [1, 10]
buyer = "owner"
user = ["owner", "office manager"]
problem = "quotes go out two days late because measurements live in text messages"
in_their_words = ["nobody knows which is which"]
instead_today = "text messages, paper, QuickBooks invoice"
pays_today = {tool = "QuickBooks", amount = 35, per = "month"}
promise = "quote sent before you leave the driveway"
says_no_to = ["commercial roofers over 50 people", "insurance-claim workflow"]
must_integrate = ["QuickBooks"]
must_not_need = ["SSO", "custom roles"]
price = {model = "flat", amount = 49, per = "month"}
first_value_minutes = 5
evidence = ["conv:4"]
"""

MONTH: tuple[commands.Command, ...] = (
    *(commands.KeepPerson(person) for person in PEOPLE),
    *(commands.LogConversation(talk) for talk in TALKS),
    commands.WriteLane(LANE),
    *(commands.KeepRecord(record) for record in (*GOALS, *QUESTIONS, *ASSUMPTIONS, *FEATURES, *TERMS)),
)

_HOURS = ((6, 0), (14, 0), (22, 0.5), (31, 0), (28, 0), (24, 1.5), (17, 1.0), (19, 2.8), (21, 0.5), (16, 1.4),
          (12, 3.2), (9.5, 2.3))  # fmt: skip
_MONDAY = date(2026, 11, 16)
WEEKS = tuple(
    WeekOfWork(_MONDAY - timedelta(weeks=11 - n), built, talked, round(talked))
    for n, (built, talked) in enumerate(_HOURS)
)
BALANCE = BuildTalkChanged(
    BuildTalk(True, 7, 9.5, 2.3, 2, 1, 1, 5, 3),
    BuildTalk(True, 14, 21.5, 5.5, 3, 2, 2, 5, 3, trend=(None, 0.02, 0.01, 0.08, 0.07, 0.2)),
    "1 pre-order, $49",
    WEEKS,
)

TRANSCRIPT = """Sam Okafor: Tell me about the last quote that went out late.
Rosa Keller: Last Thursday. I measured the Miller house, took maybe forty photos, and then I had two more visits.
Sam Okafor: What happened next?
Rosa Keller: I sat down at ten at night. I could not tell which photos were the Millers' and which were the Hansens'.
Rosa Keller: So I drove out again on Friday. By then he had signed with somebody else. That was a nine thousand dollar roof.
Sam Okafor: What do you do about it today?
Rosa Keller: I text the photos to myself with the street name. It works until I forget it once.
Sam Okafor: Who else sees them?
Rosa Keller: My daughter does the invoices. She calls them job sites, not projects, by the way. Nobody here says project.
Sam Okafor: When you last bought a tool, how did that go?
Rosa Keller: QuickBooks. Our accountant told us to. I paid the year because it was cheaper.
Sam Okafor: Would you pay for something that sorts them?
Rosa Keller: Sure, sounds nice.
Rosa Keller: You should talk to Tom Adeyemi. He has the same mess with three crews.
"""
WHOLE_MONTH: tuple[commands.Command, ...] = (
    *MONTH,
    commands.ImportPastedTalk(TRANSCRIPT),
    commands.ChooseFounder(6, "Sam Okafor"),
)
