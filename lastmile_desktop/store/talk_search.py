"""Full-text search over the log, with filters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.scan import Project
from lastmile_desktop.core.search import Piece, TalkHit, TalkQuery, TalksFound
from lastmile_desktop.store import conversations
from lastmile_desktop.store.database import Database

_TOKEN = re.compile(r'"([^"]{1,200})"?|(\S{1,100})')
_MOST_TOKENS = 12
_OPEN, _CLOSE = "\x02", "\x03"
_EXCERPT_WORDS = 24


def find(db: Database, project: Project, query: TalkQuery) -> TalksFound:
    """What fits all of the query. Words are found at their beginning, phrases as they stand; accents and case do
    not matter."""
    match = match_expression(query.text)
    if query.text.strip() and not match:
        return TalksFound(query, (), 0)
    conditions, values = _conditions(project, query)
    source = "conversations c JOIN people p ON p.id = c.person_id"
    if match:
        source = f"talk_text JOIN {source.replace('conversations c', 'conversations c ON c.id = talk_text.rowid', 1)}"
        conditions.insert(0, "talk_text MATCH ?")
        values.insert(0, match)
    where = " AND ".join(conditions)
    order = "bm25(talk_text, 8.0, 4.0, 1.0), c.held_at DESC" if match else "c.held_at DESC, c.id DESC"
    excerpt = f"snippet(talk_text, -1, '{_OPEN}', '{_CLOSE}', '…', {_EXCERPT_WORDS})" if match else "''"
    total = db.rows(f"SELECT count(*) AS n FROM {source} WHERE {where}", *values)[0]["n"]  # noqa: S608
    rows = db.rows(
        f"SELECT c.id, {excerpt} AS excerpt FROM {source} WHERE {where} ORDER BY {order} LIMIT ?",  # noqa: S608
        *values,
        query.limit,
    )
    excerpts = {int(row["id"]): tuple(_pieces(row["excerpt"])) for row in rows}
    talks = conversations.by_ids(db, project, tuple(excerpts))
    return TalksFound(query, tuple(TalkHit(talk, excerpts[talk.id]) for talk in talks), int(total))


def match_expression(text: str) -> str:
    """What FTS5 is asked for: every word by its beginning, every phrase as it stands; "" when nothing is left."""
    terms: list[str] = []
    for found in _TOKEN.finditer(text):
        words = re.findall(r"\w+", found[1] or found[2])
        if words:
            phrase = " ".join(words)
            terms.append(f'"{phrase}"' if found[1] else f'"{phrase}"*')
    return " AND ".join(terms[:_MOST_TOKENS])


def _conditions(project: Project, query: TalkQuery) -> tuple[list[str], list[object]]:
    asked: list[tuple[bool, str, tuple[object, ...]]] = [
        (True, "c.project_id = ?", (project.id,)),
        (
            query.person_id != 0,
            "c.id IN (SELECT conversation_id FROM conversation_people WHERE person_id = ?)",
            (query.person_id,),
        ),
        (query.segment != "", "json_extract(p.body, '$.segment') = ? COLLATE NOCASE", (query.segment,)),
        (query.tag != "", _MARKED, ("tag", query.tag.casefold())),
        (query.signal is not None, _MARKED, ("signal", str(query.signal))),
        (query.check != "", _MARKED, ("check", query.check)),
        (query.least.step > 0, "c.commitment >= ?", (query.least.step,)),
        (query.since is not None, "substr(c.held_at, 1, 10) >= ?", (str(query.since),)),
        (query.until is not None, "substr(c.held_at, 1, 10) <= ?", (str(query.until),)),
    ]
    wanted = [(condition, values) for is_asked, condition, values in asked if is_asked]
    return [condition for condition, _ in wanted], [value for _, values in wanted for value in values]


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
