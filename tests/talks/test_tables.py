"""People and talks come in from a spreadsheet, an address book or a list of lines, and nobody is made up."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.core.conversation import Channel
from lastmile_desktop.core.people import Person, PersonRole, PersonStatus
from lastmile_desktop.talks.tables import TableError, people_in, read_people, talks_in

GERMAN = """Vorname;Nachname;Firma;E-Mail;Telefon;Position;Notizen;Stichworte;Wiedervorlage;Status
Jörg;Müller;"Müller; Söhne";joerg@mueller.example;030 1234567;Inhaber;"trifft uns, gern";Dach, Nord;27.11.2026;kontaktiert
;;Leer GmbH;;;;;;;
Anna;;;;;Entscheiderin;;;;
"""
LINKEDIN = """Notes:
"When exporting your connection data, you may notice that some of the email addresses are missing."

First Name,Last Name,URL,Email Address,Company,Position,Connected On
Dana,Ross,https://www.linkedin.example/in/dana,,Ross Roofing,"Owner, Estimator",01 Mar 2026
"""
GOOGLE = """Name,Given Name,Family Name,Organization 1 - Name,Organization 1 - Title,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Value
Dana Ross,Dana,Ross,Ross Roofing,Owner,* myContacts ::: Roofers,Work,dana@ross.example,+1 555 010 0000
"""
CARDS = """BEGIN:VCARD
VERSION:3.0
N:Ross;Dana;M.;;
FN:Dana Ross
ORG:Ross Roofing\\, Inc.;Sales
item1.EMAIL;type=INTERNET;type=pref:dana@ross.ex
 ample
TEL;TYPE=CELL:+1 555 010 0000
TITLE:Owner
NOTE:met at the fair\\; has two crews\\nlikes dogs
CATEGORIES:roofers,warm\\, very
PHOTO;ENCODING=b;TYPE=JPEG:AAAA
END:VCARD
BEGIN:VCARD
VERSION:4.0
N:Vega;Luis;;;
TEL;VALUE=uri:tel:+49-30-1
END:VCARD
BEGIN:VCARD
VERSION:2.1
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg M=C3=BCller
END:VCARD
BEGIN:VCARD
VERSION:4.0
ORG:Nobody Ltd
END:VCARD
"""
LINES = """- Dana Ross, Ross Roofing, owner, dana@ross.example
2. Luis Vega (Vega GmbH) +49 30 1234567
Mara Linden – office manager at Linden Dach – met at the fair
Jane Doe <jane@doe.example>
kim@acme.example

---
Dana Ross, Ross Roofing
This is a sentence that somebody pasted by mistake. It names nobody at all.
"""


def told(person: Person) -> tuple[str, str, str, str]:
    return person.name, person.company, person.contact, person.note


def test_a_german_spreadsheet_with_semicolons_is_read() -> None:
    found = people_in(GERMAN)
    first, second = found.people
    assert told(first) == (
        "Jörg Müller",
        "Müller; Söhne",
        "joerg@mueller.example, 030 1234567",
        "Inhaber\ntrifft uns, gern",
    )
    assert (first.tags, first.next_on, first.status) == (
        ("Dach", "Nord"),
        date(2026, 11, 27),
        PersonStatus.CONTACTED,
    )
    assert (second.name, second.role, second.note) == ("Anna", PersonRole.UNKNOWN, "Entscheiderin")
    assert found.skipped == (3,)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found_from_the_head(delimiter: str) -> None:
    text = "\n".join(
        delimiter.join(row)
        for row in (("Name", "Company", "E-mail"), ("Dana Ross", "Ross Roofing", "dana@ross.example"))
    )
    assert told(people_in(text).people[0]) == ("Dana Ross", "Ross Roofing", "dana@ross.example", "")


def test_lines_above_the_head_are_passed_over() -> None:
    (person,) = people_in(LINKEDIN).people
    assert told(person) == (
        "Dana Ross",
        "Ross Roofing",
        "https://www.linkedin.example/in/dana",
        "Owner, Estimator",
    )


def test_an_address_book_exported_with_numbered_columns_is_read() -> None:
    (person,) = people_in(GOOGLE).people
    assert told(person) == ("Dana Ross", "Ross Roofing", "dana@ross.example, +1 555 010 0000", "Owner")
    assert person.tags == ("myContacts", "Roofers")


def test_cards_of_all_versions_are_read_and_those_without_a_name_told() -> None:
    found = people_in(CARDS)
    assert [told(person) for person in found.people] == [
        (
            "Dana Ross",
            "Ross Roofing, Inc.",
            "dana@ross.example, +1 555 010 0000",
            "Owner\nmet at the fair; has two crews likes dogs",
        ),
        ("Luis Vega", "", "+49-30-1", ""),
        ("Jörg Müller", "", "", ""),
    ]
    assert found.people[0].tags == ("roofers", "warm, very")
    assert found.skipped == (4,)


def test_a_card_with_an_address_alone_is_named_by_it() -> None:
    (person,) = people_in("BEGIN:VCARD\nVERSION:2.1\nEMAIL;PREF:dana@ross.example\nEND:VCARD\n").people
    assert told(person) == ("dana@ross.example", "", "dana@ross.example", "")


def test_lines_are_read_as_people_write_them_down() -> None:
    found = people_in(LINES)
    assert [told(person) for person in found.people] == [
        ("Dana Ross", "Ross Roofing", "dana@ross.example", "owner"),
        ("Luis Vega", "Vega GmbH", "+49 30 1234567", ""),
        ("Mara Linden", "Linden Dach", "", "office manager\nmet at the fair"),
        ("Jane Doe", "", "jane@doe.example", ""),
        ("kim@acme.example", "", "kim@acme.example", ""),
    ]
    assert found.skipped == (7, 9)


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("Buyer", PersonRole.BUYER),
        ("Käufer", PersonRole.BUYER),
        ("end user", PersonRole.USER),
        ("Freund", PersonRole.FRIEND),
    ],
)
def test_a_word_for_one_of_our_roles_is_that_role(word: str, role: PersonRole) -> None:
    (person,) = people_in(f"name,role\nDana,{word}\n").people
    assert (person.role, person.note) == (role, "")


def test_namesakes_of_two_companies_are_two_people() -> None:
    assert len(people_in("name,company\nDana,A\nDana,B\nDANA,a\nDana,\n").people) == 2


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "no words"),
        (b"company,city\nAcme,Berlin\n" * 3, "no column for names"),
        (b"BEGIN:VCARD\nORG:Acme\nEND:VCARD\n", "no cards"),
        (b"%PDF-1.4", "a PDF"),
        (b"x" * 6_000_000, "5 MB"),
    ],
)
def test_a_file_that_names_nobody_is_refused_and_said_why(data: bytes, what: str) -> None:
    with pytest.raises(TableError) as caught:
        read_people("people.csv", data)
    assert what in caught.value.happened


def test_old_windows_letters_are_read() -> None:
    assert (
        read_people("x.csv", "Name;Firma\nJörg Müller;Größe AG\n".encode("cp1252"))[0].company == "Größe AG"
    )


def test_five_thousand_people_are_read_in_under_a_second() -> None:
    text = "name,company\n" + "".join(f"Dana {number},Ross {number}\n" for number in range(6_000))
    began = time.perf_counter()
    assert len(people_in(text).people) == 5_000
    assert time.perf_counter() - began < 1


@given(st.text(max_size=400))
def test_whatever_is_pasted_only_words_of_it_become_people(text: str) -> None:
    for person in people_in(text).people:
        assert all(word in text for word in person.name.split())
        assert all(word in text for word in person.company.split())


TALKS = """date,person,company,channel,minutes,notes,tags
2026-03-04 14:30,Dana Ross,Ross Roofing,Zoom,25 min,"It is all in my phone.
Nobody else sees it.",pain
4. März 2026,Jörg Müller,,Vor Ort,,zu spät,
06/07/2026,Nobody knows when,,call,,x,
,No Day,,call,,x,
2026-03-05,,,call,,nobody,
2026-03-06,Luis,,carrier pigeon,,coo,
"""


def test_talks_come_in_with_their_day_and_channel() -> None:
    talks = talks_in(TALKS.encode())
    assert [(talk.person, talk.when, talk.channel, talk.minutes) for talk in talks] == [
        ("Dana Ross", datetime(2026, 3, 4, 14, 30, tzinfo=UTC), Channel.VIDEO, 25),
        ("Jörg Müller", datetime(2026, 3, 4, 12, tzinfo=UTC), Channel.IN_PERSON, None),
        ("Luis", datetime(2026, 3, 6, 12, tzinfo=UTC), Channel.CALL, None),
    ]
    assert (talks[0].said, talks[0].company, talks[0].tags) == (
        "It is all in my phone. Nobody else sees it.",
        "Ross Roofing",
        ("pain",),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"name,notes\nDana,x\n",
        b"date,person\nsoon,Dana\n",
        b"\x00\x01\x02" * 99,
        b"speaker,date,text\nDana,2026-03-04,It is all in my phone.\nMe,2026-03-04,Since when?\n",
    ],
)
def test_a_file_that_is_no_table_of_talks_holds_none(data: bytes) -> None:
    assert talks_in(data) == ()
