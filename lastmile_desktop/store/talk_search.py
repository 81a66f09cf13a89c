"""Full-text search over the log, with filters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.search import Piece, TalkHit, TalkQuery, TalksFound
from lastmile_desktop.store import conversations
from lastmile_desktop.store.database import Database

_TOKEN = re.compile(r'"([^"]{1,200})"?|(\S{1,100})')
_MOST_TOKENS = 12
_OPEN, _CLOSE = "\x02", "\x03"
_EXCERPT_WORDS = 24
# Of more, the latest alone are compared: a word that is in every talk tells none of them apart.
_MOST_COMPARED = 1_000
# The person's name counts most, then the notes, then the transcript.
_RANK = "bm25(8.0, 4.0, 1.0)"


def find(db: Database, project: Project, query: TalkQuery) -> TalksFound:
    """What fits all of the query. Words are found at their beginning, phrases as they stand; accents and case do
    not matter."""
    match = match_expression(query.text)
    if query.text.strip() and not match:
        return TalksFound(query, (), 0)
    conditions, values = _conditions(project, query)
    if match:
        inside = "c.id IN (SELECT rowid FROM talk_text WHERE talk_text MATCH ?)"
        where, whole = " AND ".join((*conditions, inside)), [*values, match]
    else:
        where, whole = " AND ".join(conditions), values
    total = int(db.rows(f"SELECT count(*) AS n FROM conversations c WHERE {where}", *whole)[0]["n"])  # noqa: S608
    if match:
        since = (
            _ids(db, where, whole, f"c.id DESC LIMIT 1 OFFSET {_MOST_COMPARED}")
            if total > _MOST_COMPARED
            else []
        )
        excerpts = _best(
            db, match, (*conditions, "talk_text.rowid >= ?"), [*values, *(since or [0])], query.limit
        )
    else:
        newest = _ids(db, where, [*whole, query.limit], "c.held_at DESC, c.id DESC LIMIT ?")
        excerpts = dict.fromkeys(newest, ())
    talks = conversations.by_ids(db, project, tuple(excerpts))
    return TalksFound(query, tuple(TalkHit(talk, excerpts[talk.id]) for talk in talks), total)


def _ids(db: Database, where: str, values: Sequence[object], order: str) -> list[int]:
    rows = db.rows(f"SELECT c.id FROM conversations c WHERE {where} ORDER BY {order}", *values)  # noqa: S608
    return [row["id"] for row in rows]


def _best(
    db: Database, match: str, conditions: Sequence[str], values: Sequence[object], limit: int
) -> dict[int, tuple[Piece, ...]]:
    """The best of what fits, with the passages."""
    # CROSS JOIN keeps the order: asking the index once a talk takes a hundred times as long. Ordering by `rank` alone
    # lets the index sort, so that excerpts are made of what is shown and not of all that is found.
    rows = db.rows(
        f"SELECT c.id, snippet(talk_text, -1, '{_OPEN}', '{_CLOSE}', '…', {_EXCERPT_WORDS}) AS excerpt "  # noqa: S608
        "FROM talk_text CROSS JOIN conversations c ON c.id = talk_text.rowid "
        f"WHERE talk_text MATCH ? AND rank MATCH '{_RANK}' AND {' AND '.join(conditions)} ORDER BY rank LIMIT ?",
        *(match, *values, limit),
    )
    return {row["id"]: tuple(_pieces(row["excerpt"])) for row in rows}


def match_expression(text: str) -> str:
    """What FTS5 is asked for: every word by its beginning, every phrase as it stands; "" when nothing is left."""
    terms: list[str] = []
    for found in _TOKEN.finditer(text):
        words = re.findall(r"\w+", found[1] or found[2])
        if words:
            phrase = " ".join(words)
            whole = found[1] or _is_a_letter(phrase)
            terms.append(f'"{phrase}"' if whole else f'"{phrase}"*')
    return " AND ".join(terms[:_MOST_TOKENS])


def _is_a_letter(word: str) -> bool:
    """One letter begins half of all words: it is looked for as it stands. Where a sign is a word it may begin one."""
    return len(word) == 1 and word.isascii()


def _conditions(project: Project, query: TalkQuery) -> tuple[list[str], list[object]]:
    asked: list[tuple[bool, str, tuple[object, ...]]] = [
        (True, "c.project_id = ?", (project.id,)),
        (
            query.person_id != 0,
            "c.id IN (SELECT conversation_id FROM conversation_people WHERE person_id = ?)",
            (query.person_id,),
        ),
        (query.segment != "", _IN_SEGMENT, (project.id, query.segment)),
        (query.tag != "", _MARKED, ("tag", query.tag.casefold())),
        (query.signal is not None, _MARKED, ("signal", str(query.signal))),
        (query.check != "", _MARKED, ("check", query.check)),
        (query.least.step > 0, "c.commitment >= ?", (query.least.step,)),
        (query.since is not None, "substr(c.held_at, 1, 10) >= ?", (str(query.since),)),
        (query.until is not None, "substr(c.held_at, 1, 10) <= ?", (str(query.until),)),
    ]
    wanted = [(condition, values) for is_asked, condition, values in asked if is_asked]
    return [condition for condition, _ in wanted], [value for _, values in wanted for value in values]


_IN_SEGMENT = (
    "c.person_id IN (SELECT id FROM people "
    "WHERE project_id = ? AND json_extract(body, '$.segment') = ? COLLATE NOCASE)"
)
_MARKED = "c.id IN (SELECT conversation_id FROM talk_marks WHERE kind = ? AND value = ?)"


def _pieces(excerpt: str) -> Iterator[Piece]:
    for part in excerpt.split(_OPEN):
        hit, closed, rest = part.partition(_CLOSE)
        if not closed:
            hit, rest = "", hit
        if hit:
            yield Piece(" ".join(hit.split()), hit=True)
        if text := re.sub(r"\s+", " ", rest):
            yield Piece(text)
