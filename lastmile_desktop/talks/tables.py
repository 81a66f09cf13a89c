"""Lists of people as they are kept elsewhere: tables with a head, contact cards, a name a line. Nothing is looked up,
nothing guessed: a column whose name says nothing is left out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.core.errors import LastMileError
from lastmile_desktop.core.people import Person, PersonRole

_LARGEST = 5 * 1024 * 1024
_MOST = 20_000
_LONGEST_CELL = 10_000

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "fullname", "person", "contactname", "displayname", "who"),
    "first": ("firstname", "givenname", "first"),
    "last": ("lastname", "surname", "familyname", "last"),
    "company": (
        "company",
        "companyname",
        "organization",
        "organisation",
        "organizationname",
        "account",
        "employer",
    ),
    "contact": (
        *("contact", "email", "emailaddress", "email1value", "mail", "phone", "phonenumber", "mobile"),
        *("phone1value", "linkedin", "url", "handle"),
    ),
    "segment": ("segment", "vertical", "industry"),
    "role": ("role",),
    "how_met": ("howmet", "source", "metat", "via"),
    "why": ("why", "problem"),
    "note": ("note", "notes", "comment", "comments", "jobtitle", "title", "position"),
    "tags": ("tags", "labels"),
}
_FIELD_OF = {name: field for field, names in _COLUMNS.items() for name in names}
_REACH = re.compile(r"[^\s,;<>()]{1,80}@[^\s,;<>()]{1,200}|https?://[^\s,;<>()]+|\+?\d[\d\s()./-]{5,24}\d")
_BETWEEN = re.compile(r"\t|;|,|\s[–—|-]\s")
_BULLET = re.compile(r"^(?:[-*•]|\d{1,3}[.)])\s+")


def read_people(name: str, data: bytes) -> tuple[Person, ...]:
    """Everybody in the list, each once, in its order. Raises LastMileError when it names nobody; `name` is what the
    file is called."""
    if len(data) > _LARGEST:
        raise _refused(name, "It has more than 5 MB.")
    text = _decoded(data)
    if "\x00" in text:
        raise _refused(name, "It is not a text.")
    if re.search(r"^BEGIN:VCARD", text, re.MULTILINE | re.IGNORECASE):
        found = _cards(text)
    else:
        head = _head(text)
        found = _rows(text, head) if head else _lines(text)
    people: dict[tuple[str, str, str], Person] = {}
    for person in found:
        key = (person.name.casefold(), person.company.casefold(), person.contact.casefold())
        people.setdefault(key, person)
        if len(people) > _MOST:
            raise _refused(name, f"It names more than {_MOST:,} people.")
    if not people:
        raise _refused(name, "Nobody is named in it.")
    return tuple(people.values())


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _head(text: str) -> str:
    """What separates the cells of the first line when that is the head of a table; "" when it is none."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    for delimiter in ("\t", ";", ","):
        fields = [_field(cell) for cell in next(csv.reader([first[:_LONGEST_CELL]], delimiter=delimiter), [])]
        if len(fields) > 1 and ("name" in fields or "first" in fields or "last" in fields):
            return delimiter
    return "," if _field(first) == "name" else ""


def _field(heading: str) -> str:
    return _FIELD_OF.get(re.sub(r"[\W_]+", "", heading).casefold(), "")


def _rows(text: str, delimiter: str) -> Iterator[Person]:
    rows = csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter)
    try:
        fields = [_field(cell) for cell in next(rows)]
        for row in rows:
            told: dict[str, list[str]] = {}
            for field, cell in zip(fields, row, strict=False):
                value = _unguarded(cell).strip()[:_LONGEST_CELL]
                if field and value:
                    told.setdefault(field, []).append(value)
            if person := _person(told):
                yield person
    except csv.Error as problem:
        raise _refused("", f"It is not a whole table: {problem}.") from problem


def _unguarded(cell: str) -> str:
    """Without the apostrophe that keeps a cell from being a formula."""
    return cell[1:] if re.match(r"'['=+\-@\t＝＋－＠]", cell) else cell


def _person(told: Mapping[str, list[str]]) -> Person | None:
    name = next(iter(told.get("name", ())), "") or " ".join((*told.get("first", ()), *told.get("last", ())))
    if not name:
        return None
    role = next(iter(told.get("role", ())), "").casefold()
    known = role in {str(item) for item in PersonRole}
    notes = (*told.get("note", ()), *(() if known else told.get("role", ())))
    return Person(
        name=name,
        company=next(iter(told.get("company", ())), ""),
        segment=next(iter(told.get("segment", ())), ""),
        role=PersonRole(role) if known else PersonRole.UNKNOWN,
        how_met=next(iter(told.get("how_met", ())), ""),
        contact=", ".join(dict.fromkeys(told.get("contact", ()))),
        why=next(iter(told.get("why", ())), ""),
        tags=tuple(tag for cell in told.get("tags", ()) for tag in _tags(cell)),
        note="\n".join(notes),
    )


def _tags(cell: str) -> list[str]:
    return [tag.strip(" \"'") for tag in re.split(r"[,;]", cell.strip("[]")) if tag.strip(" \"'")]


def _lines(text: str) -> Iterator[Person]:
    """`Dana Ortiz, Ortiz Roofing, dana@ortiz.example`: the name, the company, how to reach them, and what else."""
    for line in text.splitlines():
        line = _BULLET.sub("", line.strip()[:_LONGEST_CELL])
        reach = [found.strip() for found in _REACH.findall(line)]
        rest = [part.strip(" <>()[]\"'") for part in _BETWEEN.split(_REACH.sub(" ", line))]
        parts = [part for part in rest if re.search(r"\w", part)]
        if parts and re.search(r"[^\W\d_]", parts[0]):
            contact = ", ".join(found.strip("<>()[],;") for found in reach)
            yield Person(
                parts[0],
                company=parts[1] if len(parts) > 1 else "",
                contact=contact,
                note="\n".join(parts[2:]),
            )


_CARD = {"FN": "name", "ORG": "company", "EMAIL": "contact", "TEL": "contact", "URL": "contact"} | {
    "TITLE": "note",
    "NOTE": "note",
}


def _cards(text: str) -> Iterator[Person]:
    """vCard 3 and 4 (RFC 6350): folded lines joined, escapes undone."""
    told: dict[str, list[str]] = {}
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        head, _, value = line.partition(":")
        key = head.partition(";")[0].rpartition(".")[2].strip().upper()
        value = _unescaped(value).strip()[:_LONGEST_CELL]
        if key == "BEGIN":
            told = {}
        elif key == "END":
            if person := _person(told):
                yield person
        elif key == "N" and value:
            last, _, first = value.partition(";")
            told["first"], told["last"] = [first.partition(";")[0]], [last]
        elif key in _CARD and value:
            told.setdefault(_CARD[key], []).append(value.removeprefix("tel:").removeprefix("mailto:"))
    return


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def _refused(name: str, happened: str) -> LastMileError:
    return LastMileError(
        "Nobody was added",
        f"{name or 'The list'}: {happened}",
        "Bring a table with a column Name, contact cards, or a name on each line.",
    )
