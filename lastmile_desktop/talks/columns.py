"""Which column of somebody's spreadsheet means what, in English and German."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LONGEST_HEAD = 4_000
_PREAMBLE = 12
_SIGNS = re.compile(r"[^\w]+|_")
_NUMBERED = re.compile(r"\d+(?:value)?|(?<=[a-z])value$")

NAMES = {
    "name": "name fullname contactname displayname person contactperson ansprechpartner ansprechpartnerin kundenname "
    "customername customer kunde vorundnachname vornamenachname namen who wer lead client",
    "first": "firstname givenname vorname first",
    "last": "lastname surname familyname nachname familienname last",
    "company": "company companyname organization organisation organizationname account accountname firma unternehmen "
    "betrieb org employer business firmenname",
    "contact": "email emailaddress emailadresse mail emails phone phonenumber telephone mobile mobilephone cell "
    "telefon telefonnummer handy mobil mobiltelefon rufnummer linkedin linkedinurl url website profile contact "
    "kontakt kontaktdaten workphone businessphone",
    "role": "role rolle title jobtitle position funktion beruf berufsbezeichnung stelle organizationtitle",
    "segment": "segment industry branche vertical sector",
    "note": "note notes notiz notizen bemerkung bemerkungen comment comments kommentar description beschreibung "
    "anmerkung anmerkungen said text summary zusammenfassung gesagt transcript",
    "tags": "tags tag labels label groupmembership gruppe gruppen stichworte stichwörter categories kategorien",
    "status": "status stage stand phase",
    "next": "followup followupon followupdate nextdate nextcontact nextstepdate wiedervorlage nächsterkontakt next",
    "met": "source quelle howmet leadsource herkunft",
    "why": "why problem pain warum painpoint",
    "date": "date datum day tag am when wann calldate meetingdate created heldon zeitpunkt",
    "channel": "channel kanal medium type typ art via",
    "minutes": "minutes minuten duration dauer min length",
}
_MEANING = {word: meaning for meaning, words in NAMES.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are meanings, "" where nobody knows one. `first_line` is where the rows begin, counted from 1."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first_line: int

    def cells(self, row: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """What stands in a row, by meaning; several columns may mean the same."""
        found: dict[str, tuple[str, ...]] = {}
        for meaning, cell in zip(self.columns, row, strict=False):
            if meaning and (value := " ".join(cell.split())):
                found[meaning] = (*found.get(meaning, ()), value)
        return found


def table_in(text: str, needed: frozenset[str], most_rows: int) -> Table | None:
    """The table that begins with the first line which names a needed column and one more; None without such a line."""
    lines = text.split("\n")
    for at, line in enumerate(lines[:_PREAMBLE]):
        for delimiter in (";", ",", "\t", "|"):
            columns = _columns(line[:_LONGEST_HEAD], delimiter)
            named = {meaning for meaning in columns if meaning}
            if named & needed and len(named) > 1:
                return Table(columns, _rows(lines[at + 1 :], delimiter, most_rows), at + 2)
    return None


def is_head(line: str) -> bool:
    """Whether the line begins a table, though perhaps one without the columns that are needed."""
    return any(_columns(line[:_LONGEST_HEAD], delimiter)[:1] > ("",) for delimiter in (";", ",", "\t"))


def meaning_of(head: str) -> str:
    plain = _SIGNS.sub("", head.strip().strip('"').casefold())
    return _MEANING.get(plain) or _MEANING.get(_NUMBERED.sub("", plain), "")


def _columns(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(meaning_of(cell) for cell in next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return ()


def _rows(lines: Sequence[str], delimiter: str, most_rows: int) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = []
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    while len(rows) < most_rows:
        try:
            rows.append(tuple(next(reader)))
        except StopIteration:
            break
        except csv.Error:
            continue
    return tuple(rows)
