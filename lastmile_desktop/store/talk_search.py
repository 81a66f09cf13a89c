"""Full-text search over the log, with filters."""

from __future__ import annotations

import json
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
_RANK = "bm25(talk_text, 8.0, 4.0, 1.0)"


def find(db: Database, project: Project, query: TalkQuery) -> TalksFound:
    """What fits all of the query. Words are found at their beginning, phrases as they stand; accents and case do
    not matter."""
    match = match_expression(query.text)
    if query.text.strip() and not match:
        return TalksFound(query, (), 0)
    conditions, values = _conditions(project, query)
    if match:
        conditions.append("c.id IN (SELECT rowid FROM talk_text WHERE talk_text MATCH ?)")
        values.append(match)
    where = " AND ".join(conditions)
    order, most = ("c.id", _MOST_COMPARED) if match else ("c.held_at DESC, c.id", query.limit)
    rows = db.rows(
        f"SELECT c.id, count(*) OVER () AS total FROM conversations c WHERE {where} ORDER BY {order} DESC LIMIT ?",  # noqa: S608
        *(*values, most),
    )
    total = int(rows[0]["total"]) if rows else 0
    ids = [int(row["id"]) for row in rows]
    excerpts = _best(db, match, ids, query.limit) if match else dict.fromkeys(ids, ())
    talks = conversations.by_ids(db, project, tuple(excerpts))
    return TalksFound(query, tuple(TalkHit(talk, excerpts[talk.id]) for talk in talks), total)


def _best(db: Database, match: str, ids: Sequence[int], limit: int) -> dict[int, tuple[Piece, ...]]:
    """The best of these talks first, with the passages. `+` keeps the index from being asked once a talk, which takes
    a hundred times as long as going through all that match."""
    among = "talk_text MATCH ? AND +rowid IN (SELECT value FROM json_each(?))"
    ranked = db.rows(
        f"SELECT rowid AS id FROM talk_text WHERE {among} ORDER BY {_RANK}, rowid DESC LIMIT ?",  # noqa: S608
        *(match, _listed(ids), limit),
    )
    best = [int(row["id"]) for row in ranked]
    passages = db.rows(
        f"SELECT rowid AS id, snippet(talk_text, -1, '{_OPEN}', '{_CLOSE}', '…', {_EXCERPT_WORDS}) AS excerpt "  # noqa: S608
        f"FROM talk_text WHERE {among}",
        *(match, _listed(best)),
    )
    pieces = {int(row["id"]): tuple(_pieces(row["excerpt"])) for row in passages}
    return {identity: pieces[identity] for identity in best}


def _listed(ids: Sequence[int]) -> str:
    return json.dumps(list(ids))


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
