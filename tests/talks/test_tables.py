from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.people import Person, PersonRole
from lastmile_desktop.talks.tables import read_people

DANA = Person("Dana Ortiz", company="Ortiz Roofing", contact="dana@ortiz.example")


@pytest.mark.parametrize(
    "text",
    [
        "Name,Company,Email\nDana Ortiz,Ortiz Roofing,dana@ortiz.example\n",
        "First Name;Last Name;Organisation;E-mail\r\nDana;Ortiz;Ortiz Roofing;dana@ortiz.example\r\n",
        "full_name\tcompany\temail_address\tid\nDana Ortiz\tOrtiz Roofing\tdana@ortiz.example\t17\n",
        '"Name","Company","Email"\n"Dana Ortiz","Ortiz Roofing","dana@ortiz.example"\n,,\n',
        "Dana Ortiz, Ortiz Roofing, dana@ortiz.example",
        "- Dana Ortiz <dana@ortiz.example>, Ortiz Roofing\n",
        "1. Dana Ortiz – Ortiz Roofing (dana@ortiz.example)\n\n",
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ortiz;Dana;;;\r\nFN:Dana Ortiz\r\nORG:Ortiz\r\n  Roofing\r\n"
        "item1.EMAIL;type=INTERNET:dana@ortiz.example\r\nEND:VCARD\r\n",
    ],
)
def test_a_person_is_found_in_every_kind_of_list(text: str) -> None:
    assert read_people("people", text.encode()) == (DANA,)
    assert read_people("people", text.encode("utf-16")) == (DANA,)


def test_what_is_said_of_a_person_is_kept() -> None:
    text = (
        "Name,Role,Segment,Tags,Job Title,Phone,Email,How met\n"
        'Lee Park,buyer,roofing,"pilot, texas",Owner,\'+1 555 0100,lee@park.example,fair\n'
    )
    (lee,) = read_people("people.csv", text.encode())
    assert lee == Person(
        "Lee Park",
        segment="roofing",
        role=PersonRole.BUYER,
        how_met="fair",
        contact="+1 555 0100, lee@park.example",
        tags=("pilot", "texas"),
        note="Owner",
    )


def test_a_role_of_another_kind_is_a_note() -> None:
    (lee,) = read_people("", b"Name,Role\nLee Park,Head of Sales\n")
    assert (lee.role, lee.note) == (PersonRole.UNKNOWN, "Head of Sales")


def test_somebody_who_is_in_it_twice_comes_once() -> None:
    assert len(read_people("", b"Lee Park\nlee park\nDana Ortiz\n")) == 2


def test_a_name_in_an_older_encoding_is_read() -> None:
    assert read_people("", "Name,Company\nJosé Núñez,Café\n".encode("cp1252"))[0].name == "José Núñez"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"Name,Company\n",
        b"\x00\x01\x02",
        b"12345\n",
        b"BEGIN:VCARD\nEND:VCARD\n",
        b"x" * 6_000_000,
    ],
)
def test_a_list_that_names_nobody_is_refused(data: bytes) -> None:
    with pytest.raises(LastMileError, match="Nobody was added"):
        read_people("list.csv", data)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_list_makes_it_fall_over(data: bytes) -> None:
    try:
        people = read_people("list", data)
    except LastMileError:
        return
    assert all(person.name.strip() for person in people)
